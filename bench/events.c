// SPDX-License-Identifier: GPL-2.0
/*
 * events: what the events that others count cost on this CPU, each by itself. From
 * the time clock of a real machine they are a table of costs for make project.
 */
#include "lib/bench.h"

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "write", .pattern = "write_pkrs", .touches = true },
	{ .name = "read", .pattern = "read_pkrs", .touches = true },
	{
		.name = "ipi-busy", .pattern = "visit_busy", .context = "ipi",
		.elsewhere = true, .parallel = true, .touches = true,
	}, {
		.name = "ipi-idle", .pattern = "visit_idle", .context = "ipi",
		.elsewhere = true, .parallel = true, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "wrmsr", .step = "write", .phases = BENCH_TOUCH,
		.title = "one WRMSR of PKRS, of a thousand in a row",
		.per = PKS_TEST_BATCH, .timer = BENCH_TIMER,
	},
	{
		.name = "rdmsr", .step = "read", .phases = BENCH_TOUCH,
		.title = "one RDMSR of PKRS, of a thousand in a row",
		.per = PKS_TEST_BATCH, .timer = BENCH_TIMER,
	},
	{
		.name = "ipi-busy", .step = "ipi-busy", .phases = BENCH_TOUCH,
		.title = "a call on another CPU, where a thread runs, until it is done",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "ipi-idle", .step = "ipi-idle", .phases = BENCH_TOUCH,
		.title = "a call on another CPU, idle for 2 ms, until it is done",
		.per = 1, .timer = BENCH_TIMER,
	},
};

static const struct bench bench_events = {
	.name = "events",
	.place = 160,
	.desc = "what the events cost that others count: PKRS written and read, an IPI",
	.chapter = BENCH_ASKS_EVENTS,
	.unit = "ticks",
	.better = "less",
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_events);
