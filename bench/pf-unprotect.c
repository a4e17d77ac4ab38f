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

static int check_local(const struct bench_case *c)
{
	if (strcmp(c->scheme, BENCH_PER_PAGE))
		return 0;
	return bench_expect_least(c, "MSR writes", 2 * c->run.done,
				  c->run.counts.msr_writes);
}

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{ .name = "floor", .pattern = "floor", .touches = true },
	{
		.name = "handoff", .pattern = "handoff", .context = "kthread",
		.touches = true, .check = check_handoff,
	},
	{ .name = "kmap", .pattern = "kmap", .touches = true },
	{
		.name = "local", .pattern = "kmap_local",
		.touches = true, .check = check_local,
	},
	{
		.name = "local-unprotected", .pattern = "kmap_local",
		.flags = PKS_TEST_RUN_UNPROTECTED, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "touch", .step = "handoff", .phases = BENCH_TOUCH,
		.title = "touch of a page kmap()ed elsewhere (page: the granting fault)",
		.per = 1, .timer = BENCH_TIMER, .over = "floor",
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
		.name = "kmap-pair", .step = "kmap",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap() + kunmap(), protected page",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "local-pair", .step = "local",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), protected page",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "local-pair-msr-writes", .step = "local",
		.counter = "msr_writes",
		.title = "kmap_local_page() + kunmap_local(), protected page",
		.unit = "MSR writes", .per = 1,
	},
	{
		.name = "local-pair-unprotected", .step = "local-unprotected",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), page without protection",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "local-pair-unprotected-msr-writes",
		.step = "local-unprotected", .counter = "msr_writes",
		.title = "kmap_local_page() + kunmap_local(), page without protection",
		.unit = "MSR writes", .per = 1,
	},
	{
		.name = "timer", .step = BENCH_TIMER, .phases = BENCH_TOUCH,
		.title = "reading the clock, already subtracted from the above",
		.per = 1,
	},
};

const struct bench bench_pf_unprotect = {
	.name = "pf-unprotect",
	.desc = "the #PF that grants access to a page kmap()ed elsewhere, and the calls around it",
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};
