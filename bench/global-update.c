// SPDX-License-Identifier: GPL-2.0
/*
 * global-update: what the schemes that change a global key pay for opening and
 * closing a page, and the per-page scheme does not.
 */
#include "lib/bench.h"

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "kmap", .pattern = "kmap", .touches = true },
};

static const struct bench_metric metrics[] = {
	{
		.name = "open", .step = "kmap", .phases = BENCH_MAP,
		.title = "first open, kmap()",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.question = BENCH_VERDICT_GLOBAL,
		.shows = "What the caller waits for the first open of a page: level where nobody is told, rising where each CPU is.",
	},
	{
		.name = "close", .step = "kmap", .phases = BENCH_UNMAP,
		.title = "last close, kunmap()",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.shows = "What the caller waits for the last close of a page: level where nobody is told, rising where each CPU is.",
	},
	{
		.name = "ipis", .step = "kmap",
		.counter = "ipis", .unit = "IPIs",
		.title = "open and close",
		.per = 1,
	},
	{
		.name = "msr-writes", .step = "kmap",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "open, touch and close, on all CPUs",
		.per = 1,
	},
};

static const struct bench bench_global_update = {
	.name = "global-update",
	.place = 80,
	.desc = "the first open and the last close of a page, against the number of CPUs",
	.chapter = BENCH_ASKS_ACCESS,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_global_update);
