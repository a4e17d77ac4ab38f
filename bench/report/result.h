/* SPDX-License-Identifier: GPL-2.0 */
/* What the samples say: one result a metric, scheme and boot. */
#ifndef PKS_REPORT_RESULT_H
#define PKS_REPORT_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "boot.h"
#include "lib/stats.h"

/* What results.json says of itself. */
#define RESULTS_FORMAT	"pks-bench results"
#define RESULTS_VERSION	3

/**
 * struct metric - one metric as its benchmark declares it
 * @name:	its name in the results
 * @title:	the same for a reader of the table
 * @step:	the step whose samples or counters are used
 * @unit:	as declared: "ticks" becomes what the clock counts
 * @better:	"less" or "more"
 * @counter:	the counter that is used, NULL: the samples are
 * @timer:	the step that shows the timer's cost, or NULL
 * @over:	the metric that this is shown as a multiple of, or NULL
 * @baseline:	the metric that, without PKS, is compared with this, or NULL
 * @map:	the samples' map phase counts
 * @touch:	the samples' touch phase counts
 * @unmap:	the samples' unmap phase counts
 * @per:	operations that one sample stands for
 * @plots:	names of the plots that it is drawn in
 * @question:	the question of the verdict that it answers, or NULL
 * @shows:	what to look for in them, or NULL
 */
struct metric {
	const char *name;
	const char *title;
	const char *step;
	const char *unit;
	const char *better;
	const char *counter;
	const char *timer;
	const char *over;
	const char *baseline;
	int map;
	int touch;
	int unmap;
	json_int_t per;
	json_t *plots;
	const char *question;
	const char *shows;
};

/**
 * struct result - one metric under one scheme of one boot
 * @boot:	where it was measured, the first of @nr_boots that are alike
 * @nr_boots:	how many boots it rests on
 * @bench:	name of the benchmark
 * @desc:	the benchmark in one line
 * @chapter:	the question that it helps to answer, NULL: recorded before there
 *		were any
 * @metric:	the metric
 * @scheme:	the scheme in force
 * @unit:	unit of @value and @stats
 * @n:		what @value rests on: samples, or operations that were counted
 * @value:	the median, or the count per operation
 * @stats:	of the samples, with the timer's cost subtracted; a counter has
 *		none
 * @samples:	all samples without warm-up, rising; NULL for a counter
 * @per_boot:	the value of each boot, rising
 * @quartiles:	the first quartile of each boot, rising; of samples alone
 * @waits:	a sample includes waiting for another CPU
 * @timer:	what was subtracted from each sample of the last boot
 * @counters:	what the CPUs counted, per operation
 */
struct result {
	const struct boot *boot;
	size_t nr_boots;
	const char *bench;
	const char *desc;
	const char *chapter;
	struct metric metric;
	const char *scheme;
	const char *unit;
	size_t n;
	double value;
	struct stats stats;
	double *samples;
	double *per_boot;
	double *quartiles;
	bool waits;
	double timer;
	json_t *counters;
};

/**
 * struct results - all results of a run
 * @run:	where they come from; must outlive them
 * @list:	by boot, benchmark, metric and scheme
 * @nr:		how many
 */
struct results {
	const struct run *run;
	struct result *list;
	size_t nr;
};

int results_compute(struct results *results, const struct run *run);
void results_free(struct results *results);
const struct result *result_over(const struct results *results,
				 const struct result *r);
const struct result *result_baseline(const struct results *results,
				     const struct result *r,
				     enum kernel_id kernel);
int results_save(const struct results *results, const char *dir);

#endif /* PKS_REPORT_RESULT_H */
