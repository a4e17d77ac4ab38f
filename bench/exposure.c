// SPDX-License-Identifier: GPL-2.0
/*
 * exposure: the window that the per-page scheme accepts. A context that was
 * granted access goes on reading while another CPU takes the last mapping away:
 * it keeps its access until it is left. 0 means that none was left when kunmap()
 * had returned, which is what the schemes that change a global key promise.
 */
#include <string.h>

#include "lib/bench.h"

/*
 * A context that never had access shows nothing; one that has it after all CPUs
 * were told otherwise shows that somebody cheats.
 */
static int check_exposure(const struct bench_case *c)
{
	__u64 after = 0;
	unsigned int i;
	int ret;

	ret = bench_expect(c, "accesses", c->run.done, c->run.touched);
	if (ret || !strcmp(c->scheme, BENCH_PER_PAGE))
		return ret;
	for (i = 0; i < c->run.nsamples; i++)
		after += !!c->samples[i].touch;
	return bench_expect(c, "accesses after the close", 0, after);
}

static const struct bench_step steps[] = {
	{
		.name = "hardirq", .pattern = "exposure", .context = "hardirq",
		.most = 50, .parallel = true, .zero = true, .protection = true,
		.check = check_exposure,
	},
	{
		.name = "softirq", .pattern = "exposure", .context = "softirq",
		.most = 50, .parallel = true, .zero = true, .protection = true,
		.check = check_exposure,
	},
	{
		.name = "kthread", .pattern = "exposure", .context = "kthread",
		.most = 30, .elsewhere = true, .parallel = true, .zero = true, .protection = true,
		.check = check_exposure,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "hardirq", .step = "hardirq", .phases = BENCH_TOUCH,
		.title = "access kept by a handler that goes on 20,000 ticks",
		.per = 1,
		.plots = BENCH_PLOT_DISTRIBUTION,
		.question = BENCH_VERDICT_WINDOW,
		.shows = "For how long an interrupt handler that was granted access keeps it after the last close elsewhere: 0 where a close takes it from everyone.",
	},
	{
		.name = "softirq", .step = "softirq", .phases = BENCH_TOUCH,
		.title = "access kept by a softirq that goes on 20,000 ticks",
		.per = 1,
		.plots = BENCH_PLOT_DISTRIBUTION,
		.shows = "The same for a softirq: it keeps its access until it is left, 0 where a close takes it from everyone.",
	},
	{
		.name = "kthread", .step = "kthread", .phases = BENCH_TOUCH,
		.title = "access kept by a thread that shares its CPU",
		.per = 1,
		.plots = BENCH_PLOT_DISTRIBUTION,
		.question = BENCH_VERDICT_WINDOW,
		.shows = "The same for a thread: it keeps its access until its CPU switches to another, 0 where a close takes it from everyone.",
	},
};

static const struct bench bench_exposure = {
	.name = "exposure",
	.place = 110,
	.desc = "how long a context still has access after the last kunmap() of another CPU",
	.chapter = BENCH_ASKS_WINDOW,
	.unit = "ticks",
	.better = "less",
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_exposure);
