// SPDX-License-Identifier: GPL-2.0
/*
 * entry: what saving and restoring PKRS adds to an exception, an interrupt and an
 * NMI. The baseline is the same round trip on a kernel without PKS; inside
 * kmap_local_page() the register has to be closed and opened again. The caller
 * sends the interrupts to itself.
 */
#include "lib/bench.h"

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	{
		.name = "exception", .pattern = "visit", .context = "exception",
		.touches = true,
	}, {
		.name = "exception-open", .pattern = "visit_open",
		.context = "exception", .touches = true,
	},
	{
		.name = "hardirq", .pattern = "visit", .context = "hardirq",
		.touches = true,
	}, {
		.name = "hardirq-open", .pattern = "visit_open",
		.context = "hardirq", .touches = true,
	},
	{
		.name = "softirq", .pattern = "visit", .context = "softirq",
		.touches = true,
	}, {
		.name = "softirq-open", .pattern = "visit_open",
		.context = "softirq", .touches = true,
	},
	{
		.name = "debug", .pattern = "visit", .context = "debug",
		.touches = true,
	}, {
		.name = "debug-open", .pattern = "visit_open",
		.context = "debug", .touches = true,
	},
	{
		.name = "nmi", .pattern = "visit", .context = "nmi",
		.touches = true,
	}, {
		.name = "nmi-open", .pattern = "visit_open",
		.context = "nmi", .touches = true,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "exception", .step = "exception", .phases = BENCH_TOUCH,
		.title = "there and back: a plain exception",
		.per = 1, .timer = BENCH_TIMER, .baseline = "exception",
		.question = BENCH_VERDICT_ENTRY,
		.plots = BENCH_PLOT_SCHEMES,
		.shows = "What an exception costs that has nothing to do with a protected page, under each scheme and on kernels without PKS.",
	},
	{
		.name = "exception-msr-writes", .step = "exception",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "there and back: a plain exception",
		.per = 1,
	},
	{
		.name = "exception-open", .step = "exception-open",
		.phases = BENCH_TOUCH,
		.title = "a plain exception, inside kmap_local_page()",
		.per = 1, .timer = BENCH_TIMER, .baseline = "exception",
	},
	{
		.name = "exception-open-msr-writes", .step = "exception-open",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "a plain exception, inside kmap_local_page()",
		.per = 1,
	},
	{
		.name = "hardirq", .step = "hardirq", .phases = BENCH_TOUCH,
		.title = "there and back: a hard interrupt",
		.per = 1, .timer = BENCH_TIMER, .baseline = "hardirq",
		.plots = BENCH_PLOT_SCHEMES,
		.shows = "What an interrupt costs that has nothing to do with a protected page, under each scheme and on kernels without PKS.",
	},
	{
		.name = "hardirq-msr-writes", .step = "hardirq",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "there and back: a hard interrupt",
		.per = 1,
	},
	{
		.name = "hardirq-open", .step = "hardirq-open",
		.phases = BENCH_TOUCH,
		.title = "a hard interrupt, inside kmap_local_page()",
		.per = 1, .timer = BENCH_TIMER, .baseline = "hardirq",
	},
	{
		.name = "hardirq-open-msr-writes", .step = "hardirq-open",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "a hard interrupt, inside kmap_local_page()",
		.per = 1,
	},
	{
		.name = "softirq", .step = "softirq", .phases = BENCH_TOUCH,
		.title = "there and back: an interrupt and a softirq",
		.per = 1, .timer = BENCH_TIMER, .baseline = "softirq",
	},
	{
		.name = "softirq-msr-writes", .step = "softirq",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "there and back: an interrupt and a softirq",
		.per = 1,
	},
	{
		.name = "softirq-open", .step = "softirq-open",
		.phases = BENCH_TOUCH,
		.title = "an interrupt and a softirq, inside kmap_local_page()",
		.per = 1, .timer = BENCH_TIMER, .baseline = "softirq",
	},
	{
		.name = "softirq-open-msr-writes", .step = "softirq-open",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "an interrupt and a softirq, inside kmap_local_page()",
		.per = 1,
	},
	{
		.name = "debug", .step = "debug", .phases = BENCH_TOUCH,
		.title = "there and back: #DB, a paranoid entry",
		.per = 1, .timer = BENCH_TIMER, .baseline = "debug",
	},
	{
		.name = "debug-msr-writes", .step = "debug",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "there and back: #DB, a paranoid entry",
		.per = 1,
	},
	{
		.name = "debug-open", .step = "debug-open",
		.phases = BENCH_TOUCH,
		.title = "#DB, a paranoid entry, inside kmap_local_page()",
		.per = 1, .timer = BENCH_TIMER, .baseline = "debug",
	},
	{
		.name = "debug-open-msr-writes", .step = "debug-open",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "#DB, a paranoid entry, inside kmap_local_page()",
		.per = 1,
	},
	{
		.name = "nmi", .step = "nmi", .phases = BENCH_TOUCH,
		.title = "there and back: an NMI",
		.per = 1, .timer = BENCH_TIMER, .baseline = "nmi",
	},
	{
		.name = "nmi-msr-writes", .step = "nmi",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "there and back: an NMI",
		.per = 1,
	},
	{
		.name = "nmi-open", .step = "nmi-open", .phases = BENCH_TOUCH,
		.title = "an NMI, inside kmap_local_page()",
		.per = 1, .timer = BENCH_TIMER, .baseline = "nmi",
	},
	{
		.name = "nmi-open-msr-writes", .step = "nmi-open",
		.counter = "msr_writes", .unit = "MSR writes",
		.title = "an NMI, inside kmap_local_page()",
		.per = 1,
	},
};

static const struct bench bench_entry = {
	.name = "entry",
	.place = 70,
	.desc = "into the kernel again and back: what keeping PKRS aside adds",
	.chapter = BENCH_ASKS_REST,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_entry);
