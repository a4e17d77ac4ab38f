// SPDX-License-Identifier: GPL-2.0
/*
 * pf-unprotect: what the #PF costs that grants access to a page which was
 * kmap()ed elsewhere, and what is paid instead under the other schemes.
 *
 * The caller kmap()s, a kernel thread touches, the caller kunmap()s. The
 * thread sleeps between two touches and so loses its grant at the context
 * switch: under the per-page scheme each touch faults. The schemes that update
 * everyone pay in kmap() and kunmap() what they save in the touch.
 */
#include <string.h>

#include "lib/bench.h"

static int check_handoff(const struct bench_case *c)
{
	if (strcmp(c->scheme, BENCH_PER_PAGE))
		return 0;
	return bench_expect(c, "grants", c->run.touched, c->run.counts.grants);
}

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "floor", .pattern = "floor", .touches = true },
	{
		.name = "handoff", .pattern = "handoff", .context = "kthread",
		.touches = true, .check = check_handoff,
	},
	{
		.name = "softirq", .pattern = "handoff", .context = "softirq",
		.touches = true, .check = check_handoff,
	}, {
		.name = "hardirq", .pattern = "handoff", .context = "hardirq",
		.touches = true, .check = check_handoff,
	}, {
		.name = "relaxed", .pattern = "handoff", .context = "kthread",
		.mode = "relaxed", .tells = true,
		.touches = true, .check = check_handoff,
	}, {
		.name = "strict", .pattern = "handoff", .context = "kthread",
		.mode = "strict", .denied = true,
	}, {
		.name = "crowd-one", .pattern = "crowd_one", .most = 50,
		.touches = true,
	}, {
		.name = "crowd-own", .pattern = "crowd_own", .most = 50,
		.pages = 64, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "touch", .step = "handoff", .phases = BENCH_TOUCH,
		.title = "touch of a page kmap()ed elsewhere (page: a fault)",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
		.plots = BENCH_PLOT_CPUS | BENCH_PLOT_DISTRIBUTION,
		.question = BENCH_VERDICT_FAULT,
		.shows = "What an access pays for a page that was opened elsewhere: under page it faults once and is granted access, under the others it was paid when the page was opened.",
	},
	{
		.name = "floor", .step = "floor", .phases = BENCH_TOUCH,
		.title = "floor: the cheapest kernel exception round trip",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "open", .step = "handoff", .phases = BENCH_MAP,
		.title = "first open, kmap()",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "close", .step = "handoff", .phases = BENCH_UNMAP,
		.title = "last close, kunmap()",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "ipis", .step = "handoff", .counter = "ipis",
		.title = "kmap(), touch elsewhere, kunmap()",
		.unit = "IPIs", .per = 1,
	},
	{
		.name = "msr-writes", .step = "handoff", .counter = "msr_writes",
		.title = "kmap(), touch elsewhere, kunmap(), on all CPUs",
		.unit = "MSR writes", .per = 1,
	},
	{
		.name = "touch-softirq", .step = "softirq",
		.phases = BENCH_TOUCH,
		.title = "the same touch by a softirq",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
	},
	{
		.name = "touch-hardirq", .step = "hardirq",
		.phases = BENCH_TOUCH,
		.title = "the same touch by a hard interrupt",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
	},
	{
		.name = "touch-relaxed", .step = "relaxed",
		.phases = BENCH_TOUCH,
		.title = "the same touch in the mode relaxed",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
	},
	{
		.name = "denied", .step = "strict", .phases = BENCH_TOUCH,
		.title = "the same touch, denied by the mode strict",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
	},
	{
		.name = "crowd-one", .step = "crowd-one", .phases = BENCH_TOUCH,
		.title = "all CPUs touch one page at the same time: the slowest",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.shows = "The slowest of all CPUs that fault on one page at the same time: a line that rises shows what they wait for one another.",
	},
	{
		.name = "crowd-own", .step = "crowd-own", .phases = BENCH_TOUCH,
		.title = "all CPUs touch, each a page of its own: the slowest",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.shows = "The slowest of all CPUs that fault at the same time, each on a page of its own: a line that rises shows something that they share.",
	},
	{
		.name = "timer", .step = BENCH_TIMER, .phases = BENCH_TOUCH,
		.title = "reading the clock, already subtracted from the above",
		.per = 1,
	},
};

static const struct bench bench_pf_unprotect = {
	.name = "pf-unprotect",
	.place = 50,
	.desc = "the #PF that grants access to a page kmap()ed elsewhere, and the calls around it",
	.chapter = BENCH_ASKS_FAULT,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_pf_unprotect);
