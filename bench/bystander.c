// SPDX-License-Identifier: GPL-2.0
/*
 * bystander: a thread that only looks at the clock, on another CPU, while a page
 * is kmap()ed and kunmap()ed here. Idle is the same with a page that needs
 * neither, so that the difference is the scheme's.
 */
#include "lib/bench.h"

static const struct bench_step steps[] = {
	{
		.name = "busy", .pattern = "neighbour",
		.elsewhere = true, .parallel = true,
		.touches = true,
	}, {
		.name = "idle", .pattern = "neighbour",
		.elsewhere = true, .parallel = true,
		.flags = PKS_TEST_RUN_UNPROTECTED, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "stall", .step = "busy", .phases = BENCH_MAP,
		.title = "longest stall in a kmap() and kunmap()",
		.per = 1,
		.plots = BENCH_PLOT_CPUS | BENCH_PLOT_DISTRIBUTION,
		.question = BENCH_VERDICT_BYSTANDER,
		.shows = "For how long a CPU stands still that has nothing to do with the page, while another opens and closes it.",
	},
	{
		.name = "lost", .step = "busy", .phases = BENCH_UNMAP,
		.title = "all that is lost to a kmap() and kunmap()",
		.per = 1,
		.plots = BENCH_PLOT_CPUS,
		.shows = "All the time that such a CPU loses to one open and close elsewhere.",
	},
	{
		.name = "idle-stall", .step = "idle", .phases = BENCH_MAP,
		.title = "the same stall while nothing is opened",
		.per = 1,
	},
	{
		.name = "idle-lost", .step = "idle", .phases = BENCH_UNMAP,
		.title = "the same loss while nothing is opened",
		.per = 1,
	},
};

static const struct bench bench_bystander = {
	.name = "bystander",
	.place = 100,
	.desc = "what a busy CPU loses while another one maps and unmaps a page",
	.chapter = BENCH_ASKS_REST,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_bystander);
