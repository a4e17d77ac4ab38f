/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a benchmark is: steps that the driver runs, and metrics that the report
 * derives from their samples. Both are data, and the metrics travel with the
 * raw samples: a new benchmark needs no change in the report.
 */
#ifndef PKS_BENCH_H
#define PKS_BENCH_H

#include <stdbool.h>

#include <jansson.h>

#include "pks_test_uapi.h"

/* The scheme that stands in the records of a kernel without PKS. */
#define BENCH_NO_SCHEME		"none"
/* The scheme under which a check knows what must have been counted. */
#define BENCH_PER_PAGE		"page"
/* The scheme that protects nothing. */
#define BENCH_OFF		"off"
/* The mode that everything is measured in. */
#define BENCH_MODE		"silent"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Phases of a sample, see struct pks_test_sample. */
enum bench_phase {
	BENCH_MAP = 1,
	BENCH_TOUCH = 2,
	BENCH_UNMAP = 4,
};

/* The questions of the verdict: which metrics answer them, they say themselves. */
#define BENCH_VERDICT_FAULT	"fault"
#define BENCH_VERDICT_GLOBAL	"global"
#define BENCH_VERDICT_SWITCH	"switch"
#define BENCH_VERDICT_ENTRY	"entry"
#define BENCH_VERDICT_UNPROTECTED	"unprotected"
#define BENCH_VERDICT_WINDOW	"window"
#define BENCH_VERDICT_BYSTANDER	"bystander"

/* What a metric is drawn as, besides over time. */
enum bench_plot {
	BENCH_PLOT_CPUS = 1,
	BENCH_PLOT_DISTRIBUTION = 2,
	BENCH_PLOT_SCHEMES = 4,
};

/* The questions under which the report shows pictures and tables */
#define BENCH_ASKS_ACCESS	"What does changing access cost, against the number of CPUs?"
#define BENCH_ASKS_FAULT	"What does a fault cost?"
#define BENCH_ASKS_REST		"What does everything else pay?"
#define BENCH_ASKS_WINDOW	"For how long is a page open that should be closed?"
#define BENCH_ASKS_PAGES	"What do keys cost in memory, in code, and for pages as such?"
#define BENCH_ASKS_IO		"What do input and output pay?"
#define BENCH_ASKS_EVENTS	"What do single events cost on this machine?"

struct bench;
struct bench_step;

/**
 * struct bench_case - one step under one scheme, and what came of it
 * @bench:	the benchmark that it belongs to
 * @step:	the step
 * @scheme:	the scheme in force, BENCH_NO_SCHEME without PKS
 * @run:	what the driver was asked for and what it answered
 * @samples:	@run.nsamples raw samples
 * @tsc_khz:	ticks of a sample in a millisecond
 * @events:	what perf stat counted when the step ran once more; or NULL
 * @values:	what a step has counted for itself, in the units of its metrics;
 *		NULL: the driver counted
 * @found:	the unit of each of @values and which is better, {unit, better}; NULL:
 *		as the benchmark says
 * @job:	the file of the job that a step has to run, NULL: none was named
 * @obstacle:	why it cannot be measured here, where -EOPNOTSUPP is returned
 */
struct bench_case {
	const struct bench *bench;
	const struct bench_step *step;
	const char *scheme;
	struct pks_test_run run;
	struct pks_test_sample *samples;
	unsigned int tsc_khz;
	json_t *events;
	json_t *values;
	json_t *found;
	const char *job;
	const char *obstacle;
};

/**
 * struct bench_step - one pattern that a benchmark has run for it
 * @name:	what the metrics call it
 * @measure:	does the work instead of the driver: fills in the samples, or
 *		the values, and run.done; or the obstacle; NULL: the driver does
 * @tool:	program that @measure runs, or NULL
 * @pattern:	the driver's name of the pattern
 * @context:	the driver's name of the context, NULL: the caller itself
 * @flags:	PKS_TEST_RUN_*
 * @pages:	pages used in turn, each at least once; 0: one
 * @together:	each operation uses all of these pages
 * @most:	the most samples that are worth their time, 0: no limit
 * @elsewhere:	the context runs on another CPU than the caller
 * @parallel:	needs two CPUs that run at the same time
 * @finds:	each of the values that @measure finds is a metric, and is named by
 *		whoever it ran; else the metrics of the benchmark name them
 * @protection: needs a scheme that protects
 * @zero:	may take no time at all
 * @mode:	in this mode, under the per-page scheme alone; NULL: BENCH_MODE
 * @tells:	the kernel tells of the first grant
 * @denied:	every operation must be denied
 * @touches:	every operation must have touched its page
 * @check:	what else proves that the work was done, or NULL
 */
struct bench_step {
	const char *name;
	int (*measure)(struct bench_case *c);
	const char *tool;
	const char *pattern;
	const char *context;
	unsigned int flags;
	unsigned int pages;
	bool together;
	unsigned int most;
	bool elsewhere;
	bool parallel;
	bool finds;
	bool protection;
	bool zero;
	const char *mode;
	bool tells;
	bool denied;
	bool touches;
	int (*check)(const struct bench_case *c);
};

/**
 * struct bench_metric - one figure that the report derives from one step
 * @name:	its name in the results
 * @title:	the same for a reader of the table
 * @step:	the step whose samples or counters are used
 * @phases:	the phases that are summed, or 0 for a counter
 * @counter:	the counter that is divided by the operations, or NULL
 * @unit:	unit of the counter, NULL: that of the benchmark
 * @better:	"less" or "more", NULL: as the benchmark says
 * @per:	operations that one sample stands for, at least 1
 * @timer:	the step whose median is the timer's cost, to be subtracted once
 *		a phase; NULL: nothing is subtracted
 * @over:	the metric that this one is shown as a multiple of, or NULL
 * @baseline:	the metric that, measured without PKS, is what this one is
 *		compared with, or NULL
 * @plots:	BENCH_PLOT_*, or'ed
 * @question:	BENCH_VERDICT_*, the question of the verdict that it answers, or NULL
 * @shows:	one sentence that says what to look for in them
 */
struct bench_metric {
	const char *name;
	const char *title;
	const char *step;
	unsigned int phases;
	const char *counter;
	const char *unit;
	const char *better;
	unsigned int per;
	const char *timer;
	const char *over;
	const char *baseline;
	unsigned int plots;
	const char *question;
	const char *shows;
};

/**
 * struct bench - one benchmark
 * @name:	what -b takes
 * @place:	where it is run and shown: less comes first, 0 after all others, and of the
 *		same place what has its name first in the alphabet
 * @desc:	one line
 * @chapter:	BENCH_ASKS_*, the question that it helps to answer; each has one
 * @unit:	unit of the samples
 * @better:	"less" or "more"
 * @slow:	takes too long to be run unasked
 * @once:	one scheme is enough, as no other does anything else
 * @steps:	what is run, in this order
 * @nr_steps:	how many
 * @metrics:	what the report makes of it, in this order
 * @nr_metrics:	how many
 */
struct bench {
	const char *name;
	unsigned int place;
	const char *desc;
	const char *chapter;
	const char *unit;
	const char *better;
	bool slow;
	bool once;
	const struct bench_step *steps;
	unsigned int nr_steps;
	const struct bench_metric *metrics;
	unsigned int nr_metrics;
};

/* An empty operation: what reading the clock costs, in every phase. */
#define BENCH_TIMER		"timer"
#define BENCH_TIMER_STEP	{ .name = BENCH_TIMER, .pattern = "nothing" }

/* A benchmark is a file of bench/ that says so: the linker makes the list. */
#define BENCH(which)							\
	static const struct bench *const which##_entry			\
		__attribute__((section("benches"), used)) = &(which)

/* The list, which bench_sort() has put in order */
extern const struct bench **benches;
extern unsigned int nr_benches;

int bench_sort(void);

__u64 bench_phases(const struct pks_test_sample *s, unsigned int phases);
int bench_expect(const struct bench_case *c, const char *what, __u64 want,
		 __u64 got);
int bench_expect_least(const struct bench_case *c, const char *what,
		       __u64 want, __u64 got);
int bench_check(const struct bench_case *c);

#endif /* PKS_BENCH_H */
