/* SPDX-License-Identifier: GPL-2.0 */
/* Two runs, metric by metric. */
#ifndef PKS_COMPARE_H
#define PKS_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/results-file.h"

#define WHY_MAX	80
/* Where it takes one, the least change that counts, in percent */
#define DEFAULT_LEAST	15

#define NR_MACHINE_MEMBERS	5
#define NR_METRIC_IDENTITY	5

/**
 * enum verdict - what became of a metric
 * @SAME:	no difference, or none that matters
 * @UNSURE:	a difference that may be noise
 * @BETTER:	a difference for the better
 * @WORSE:	a difference for the worse
 * @NR_VERDICTS: how many there are
 */
enum verdict {
	SAME,
	UNSURE,
	BETTER,
	WORSE,
	NR_VERDICTS,
};

/**
 * struct row - one metric that both runs have
 * @base:	the metric in results.json of the one
 * @head:	the same of the other
 * @from:	the figure of @base that is compared, in the unit of the metric: on
 *		time the first quartile of its samples, else its value
 * @to:		the same of @head
 * @change:	from the one to the other
 * @verdict:	what that means
 * @why:	and why
 */
struct row {
	const json_t *base;
	const json_t *head;
	double from;
	double to;
	double change;
	enum verdict verdict;
	char why[WHY_MAX];
};

/**
 * struct comparison - two runs
 * @base_dir:	folder of the one
 * @head_dir:	folder of the other
 * @base:	its results.json
 * @head:	that of the other
 * @least:	on the time clock a smaller change does not count, in percent
 * @rows:	the metrics that both have, in the order of @head
 * @nr_rows:	how many
 * @missing:	metrics that only @base has
 * @added:	metrics that only @head has
 * @elsewhere:	rows of the time clock that are left out, as another machine
 *		measured them
 */
struct comparison {
	const char *base_dir;
	const char *head_dir;
	json_t *base;
	json_t *head;
	double least;
	struct row *rows;
	size_t nr_rows;
	size_t missing;
	size_t added;
	size_t elsewhere;
};

extern const char * const verdict_names[NR_VERDICTS];
extern const char * const machine_members[NR_MACHINE_MEMBERS];
extern const char * const metric_identity[NR_METRIC_IDENTITY];

const json_t *metric_find(const json_t *run, const json_t *like);
const char *other_machine(const struct comparison *cmp);

bool on_time(const json_t *metric);
double metric_figure(const json_t *metric);

const json_t *metrics_of(const json_t *run);
const char *machine_of(const json_t *run, const char *member);

enum verdict row_direction(const struct row *row);
void row_judge(struct row *row, double least, size_t rows);

int comparison_load(struct comparison *cmp);
void comparison_free(struct comparison *cmp);
void comparison_judge(struct comparison *cmp);
size_t comparison_count(const struct comparison *cmp, enum verdict verdict);
int comparison_print(const struct comparison *cmp);
int comparison_print_json(const struct comparison *cmp);

#endif /* PKS_COMPARE_H */
