/* SPDX-License-Identifier: GPL-2.0 */
/* Every metric over all runs, and where it changed. */
#ifndef PKS_TREND_H
#define PKS_TREND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "compare/compare.h"

/* Chance of one false change or more on the time clock, in all series together */
#define ALPHA	0.01

/**
 * struct point - a figure of a run
 * @run:	number of the run
 * @value:	the figure, in the unit of the metric
 * @verdict:	BETTER or WORSE where the series changes with it, else SAME
 */
struct point {
	size_t run;
	double value;
	enum verdict verdict;
};

/**
 * struct change - where a series changes
 * @series:	number of the series
 * @at:		number of its point that is the first after the change
 * @before:	the level before, in the unit of the metric
 * @after:	the level from there on
 * @verdict:	BETTER or WORSE
 * @p:		the chance of a change that clear without a cause, in all series
 *		together; 0 on the instruction clock, which has no noise
 * @why:	why it is one
 */
struct change {
	size_t series;
	size_t at;
	double before;
	double after;
	enum verdict verdict;
	double p;
	char why[WHY_MAX];
};

/**
 * struct series - a metric under one scheme, on one machine
 * @plot:	number of the plot that it is drawn in
 * @metric:	the metric in the newest run that has it
 * @level:	the one that began the level which it has now
 * @points:	a figure for each run that has it, the oldest first
 * @nr:		how many
 */
struct series {
	size_t plot;
	json_t *metric;
	json_t *level;
	struct point *points;
	size_t nr;
};

/**
 * struct plot - what is drawn in one picture: a metric under all schemes
 * @name:	the name of its file, without what tells the format
 * @machine:	what is known of the machine
 * @longest:	how many points the longest of its series has
 * @changes:	how many changes there are in it
 */
struct plot {
	char *name;
	json_t *machine;
	size_t longest;
	size_t changes;
};

/**
 * struct trend - all runs
 * @dirs:	their folders, in the order of their names, which begin with the time
 * @nr_runs:	how many
 * @series:	all series
 * @nr_series:	how many
 * @plots:	all plots
 * @nr_plots:	how many
 * @changes:	all changes
 * @nr_changes:	how many
 * @noisy:	how many of the series are of the time clock and long enough
 * @index:	numbers of series and plots, by what tells one from another
 */
struct trend {
	const char **dirs;
	size_t nr_runs;
	struct series *series;
	size_t nr_series;
	struct plot *plots;
	size_t nr_plots;
	struct change *changes;
	size_t nr_changes;
	size_t noisy;
	json_t *index;
};

const char *run_name(const char *dir);

int trend_load(struct trend *trend, const char **dirs, size_t nr);
int trend_find(struct trend *trend);
void trend_free(struct trend *trend);
json_t *trend_as_json(const struct trend *trend);
int trend_save(const json_t *json, const char *dir);
int trend_draw(const struct trend *trend, const char *dir);
int trend_print(const json_t *trend, FILE *out);

#endif /* PKS_TREND_H */
