// SPDX-License-Identifier: GPL-2.0
/*
 * ctx-switch: what PKRS adds to a context switch.
 *
 * Two threads in the kernel, on one CPU, hand over to each other. A sample is
 * one switch there and back, hence two switches; the metrics are for one. The
 * baseline is the same hand-over on a kernel that has no PKS. Then the same for
 * threads of userspace, with all that a pipe or a futex adds.
 */
#include <string.h>

#include "lib/bench.h"
#include "lib/ping-pong.h"

#define SWITCHES_PER_SAMPLE	2

static int check_switches(const struct bench_case *c)
{
	return bench_expect_least(c, "context switches",
				  SWITCHES_PER_SAMPLE * c->run.done,
				  c->run.switches);
}

/* One mapping open: each switch must change the register. */
static int check_switches_one(const struct bench_case *c)
{
	int ret = check_switches(c);

	if (ret || strcmp(c->scheme, BENCH_PER_PAGE))
		return ret;
	return bench_expect_least(c, "MSR writes",
				  SWITCHES_PER_SAMPLE * c->run.done,
				  c->run.counts.msr_writes);
}

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "none", .pattern = "switch_none", .check = check_switches },
	{ .name = "one", .pattern = "switch_one", .check = check_switches_one },
	{ .name = "both", .pattern = "switch_both", .check = check_switches },
	{ .name = "pipe", .measure = ping_pong_pipe },
	{ .name = "pipe-two-cpus", .measure = ping_pong_pipe, .elsewhere = true },
	{ .name = "futex", .measure = ping_pong_futex },
	{
		.name = "futex-two-cpus", .measure = ping_pong_futex,
		.elsewhere = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "none", .step = "none", .phases = BENCH_TOUCH,
		.title = "one switch, both threads at the default PKRS",
		.per = SWITCHES_PER_SAMPLE, .timer = BENCH_TIMER,
		.baseline = "none",
		.question = BENCH_VERDICT_SWITCH,
		.plots = BENCH_PLOT_SCHEMES,
		.shows = "What a switch costs a thread that has nothing open, under each scheme and on kernels without PKS.",
	},
	{
		.name = "none-msr-writes", .step = "none", .counter = "msr_writes",
		.title = "one switch, both threads at the default PKRS",
		.unit = "MSR writes", .per = SWITCHES_PER_SAMPLE,
	},
	{
		.name = "one", .step = "one", .phases = BENCH_TOUCH,
		.title = "one switch, one thread with an open kmap_local mapping",
		.per = SWITCHES_PER_SAMPLE, .timer = BENCH_TIMER,
		.baseline = "none",
	},
	{
		.name = "one-msr-writes", .step = "one", .counter = "msr_writes",
		.title = "one switch, one thread with an open kmap_local mapping",
		.unit = "MSR writes", .per = SWITCHES_PER_SAMPLE,
	},
	{
		.name = "both", .step = "both", .phases = BENCH_TOUCH,
		.title = "one switch, both threads with an open kmap_local mapping",
		.per = SWITCHES_PER_SAMPLE, .timer = BENCH_TIMER,
		.baseline = "none",
		.plots = BENCH_PLOT_SCHEMES,
		.shows = "What a switch costs where each thread has a mapping open, so that PKRS changes, under each scheme and on kernels without PKS.",
	},
	{
		.name = "both-msr-writes", .step = "both", .counter = "msr_writes",
		.title = "one switch, both threads with an open kmap_local mapping",
		.unit = "MSR writes", .per = SWITCHES_PER_SAMPLE,
	},
	{
		.name = "pipe", .step = "pipe", .phases = BENCH_TOUCH,
		.title = "there and back through pipes, one CPU",
		.per = 1, .baseline = "pipe",
	},
	{
		.name = "pipe-two-cpus", .step = "pipe-two-cpus",
		.phases = BENCH_TOUCH,
		.title = "there and back through pipes, two CPUs",
		.per = 1, .baseline = "pipe-two-cpus",
	},
	{
		.name = "futex", .step = "futex", .phases = BENCH_TOUCH,
		.title = "there and back through a futex, one CPU",
		.per = 1, .baseline = "futex",
	},
	{
		.name = "futex-two-cpus", .step = "futex-two-cpus",
		.phases = BENCH_TOUCH,
		.title = "there and back through a futex, two CPUs",
		.per = 1, .baseline = "futex-two-cpus",
	},
};

static const struct bench bench_ctx_switch = {
	.name = "ctx-switch",
	.place = 60,
	.desc = "one switch between two threads in the kernel (half of there and back); of userspace",
	.chapter = BENCH_ASKS_REST,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_ctx_switch);
