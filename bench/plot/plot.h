/* SPDX-License-Identifier: GPL-2.0 */
/* A run as pictures and as a page. */
#ifndef PKS_PLOT_H
#define PKS_PLOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct figure - one metric on one clock, drawn in one way
 * @kind:	"cpus", "distribution" or "schemes": the name of the script, too
 * @file:	of the picture, without suffix
 * @first:	the first of @rows, for what they have in common
 * @rows:	the metric under each scheme, and for "cpus" on each number of CPUs
 * @nr_rows:	how many
 * @drawn:	there is something to draw
 */
struct figure {
	const char *kind;
	char *file;
	const json_t *first;
	const json_t **rows;
	size_t nr_rows;
	bool drawn;
};

/**
 * struct plot - all that is made of a run
 * @run:	its results.json
 * @dir:	folder for the data and for draw.gp, which draws them
 * @figures:	in the order of the metrics
 * @nr_figures:	how many
 */
struct plot {
	json_t *run;
	const char *dir;
	struct figure *figures;
	size_t nr_figures;
};

const json_t *metrics_of(const struct plot *plot);
const json_t *machine_of_run(const struct plot *plot);
bool is(const json_t *object, const char *key, const char *value);
bool same(const json_t *a, const json_t *b, const char *key);
bool same_metric(const json_t *a, const json_t *b);
bool one_value(const json_t *metric);

int figures_find(struct plot *plot);
void figures_free(struct plot *plot);
int figures_write(const struct plot *plot);
int page_print(const struct plot *plot, FILE *out);

#endif /* PKS_PLOT_H */
