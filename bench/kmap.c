// SPDX-License-Identifier: GPL-2.0
/*
 * kmap: the pair alone, nested, on a unprotected page, and on many pages
 * in turn, where the store has more to look through.
 */
#include "lib/bench.h"

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "one", .pattern = "kmap", .touches = true },
	{ .name = "16", .pattern = "kmap", .pages = 16, .touches = true },
	{ .name = "256", .pattern = "kmap", .pages = 256, .touches = true },
	{ .name = "4096", .pattern = "kmap", .pages = 4096, .touches = true },
	{ .name = "nested", .pattern = "kmap_twice", .touches = true },
	{
		.name = "unprotected", .pattern = "kmap",
		.flags = PKS_TEST_RUN_UNPROTECTED, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "pair", .step = "one",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), protected page",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.shows = "What the caller pays for the pair: a scheme that keeps its state with the page stays level, one that tells every CPU rises with their number.",
	},
	{
		.name = "pair-16", .step = "16",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), 16 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "pair-256", .step = "256",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), 256 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "pair-4096", .step = "4096",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), 4,096 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "nested", .step = "nested",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap() of a page that is mapped",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "unprotected", .step = "unprotected",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), unprotected page",
		.per = 1, .timer = BENCH_TIMER,
		.baseline = "unprotected",
		.question = BENCH_VERDICT_UNPROTECTED,
	},
	{
		.name = "unprotected-touch", .step = "unprotected",
		.phases = BENCH_TOUCH,
		.title = "an access to an unprotected page",
		.per = 1, .timer = BENCH_TIMER,
		.baseline = "unprotected-touch",
		.question = BENCH_VERDICT_UNPROTECTED,
	},
	{
		.name = "msr-writes", .step = "one",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "kmap(), touch, kunmap()",
		.per = 1,
	},
	{
		.name = "timer", .step = BENCH_TIMER, .phases = BENCH_TOUCH,
		.title = "reading the clock, already subtracted from the above",
		.per = 1,
	},
};

static const struct bench bench_kmap = {
	.name = "kmap",
	.place = 30,
	.desc = "kmap() and kunmap() of a page in one context",
	.chapter = BENCH_ASKS_ACCESS,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_kmap);
