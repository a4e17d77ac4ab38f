// SPDX-License-Identifier: GPL-2.0
/*
 * kmap-local: the pair alone, nested, on a unprotected page, on many pages
 * in turn; and its ancestor kmap_atomic().
 */
#include <string.h>

#include "lib/bench.h"

static int check_one(const struct bench_case *c)
{
	if (strcmp(c->scheme, BENCH_PER_PAGE))
		return 0;
	return bench_expect_least(c, "MSR writes", 2 * c->run.done,
				  c->run.counts.msr_writes);
}

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{
		.name = "one", .pattern = "kmap_local",
		.touches = true, .check = check_one,
	},
	{ .name = "16", .pattern = "kmap_local", .pages = 16, .touches = true },
	{ .name = "256", .pattern = "kmap_local", .pages = 256, .touches = true },
	{ .name = "4096", .pattern = "kmap_local", .pages = 4096, .touches = true },
	{ .name = "nested", .pattern = "nested", .touches = true },
	{ .name = "atomic", .pattern = "kmap_atomic", .touches = true },
	{
		.name = "unprotected", .pattern = "kmap_local",
		.flags = PKS_TEST_RUN_UNPROTECTED, .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "pair", .step = "one",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), protected page",
		.per = 1, .timer = BENCH_TIMER,
		.plots = BENCH_PLOT_CPUS,
		.shows = "What a context pays for access of its own: only setmem has other CPUs to tell.",
	},
	{
		.name = "pair-msr-writes", .step = "one",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "kmap_local_page() + kunmap_local(), protected page",
		.per = 1,
	},
	{
		.name = "pair-16", .step = "16",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), 16 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "pair-256", .step = "256",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), 256 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "pair-4096", .step = "4096",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), 4,096 pages in turn",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "nested", .step = "nested",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local() inside another",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "atomic", .step = "atomic",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_atomic() + kunmap_atomic(), protected page",
		.per = 1, .timer = BENCH_TIMER,
	},
	{
		.name = "unprotected", .step = "unprotected",
		.phases = BENCH_MAP | BENCH_UNMAP,
		.title = "kmap_local_page() + kunmap_local(), unprotected page",
		.per = 1, .timer = BENCH_TIMER,
		.baseline = "unprotected",
		.question = BENCH_VERDICT_UNPROTECTED,
	},
	{
		.name = "unprotected-msr-writes", .step = "unprotected",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "kmap_local_page() + kunmap_local(), unprotected page",
		.per = 1,
	},
};

static const struct bench bench_kmap_local = {
	.name = "kmap-local",
	.place = 40,
	.desc = "kmap_local_page() and kunmap_local() of a page in one context",
	.chapter = BENCH_ASKS_ACCESS,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_kmap_local);
