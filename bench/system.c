// SPDX-License-Identifier: GPL-2.0
/*
 * system: the public benchmarks that everybody knows, unchanged, to see what a
 * kernel that protects some pages costs those who use none of them.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/command.h"

/* The number in front of @unit, as "   0.421961 usecs/op" */
static int number_before(const char *text, const char *unit, double *number)
{
	const char *end = strstr(text, unit), *start;

	if (!end)
		goto fail;
	for (start = end; start > text && strchr("0123456789. ", start[-1]); start--)
		;
	*number = strtod(start, NULL);
	if (*number > 0)
		return 0;
fail:
	error(0, 0, "perf bench: expected a number of %s, came none: %.200s", unit,
	      text);
	return -EPROTO;
}

static int measure(struct bench_case *c, const char *command, const char *unit,
		   double seconds)
{
	double number;
	char *text;
	int ret;

	while (c->run.done < c->run.repeat) {
		text = command_output(command);
		if (!text)
			return -EPROTO;
		ret = number_before(text, unit, &number);
		free(text);
		if (ret)
			return ret;
		c->samples[c->run.done++].touch = number * seconds * 1e3 * c->tsc_khz;
	}
	c->run.nsamples = c->run.done;
	return 0;
}

static int measure_pipe(struct bench_case *c)
{
	return measure(c, "perf bench sched pipe -l 2000", "usecs/op", 1e-6);
}

static int measure_messaging(struct bench_case *c)
{
	return measure(c, "perf bench sched messaging -g 1 -l 20", "[sec]", 1);
}

static int measure_syscall(struct bench_case *c)
{
	return measure(c, "perf bench syscall basic -l 100000", "usecs/op", 1e-6);
}

static const struct bench_step steps[] = {
	{ .name = "pipe", .tool = "perf", .measure = measure_pipe, .most = 3 },
	{
		.name = "messaging", .tool = "perf",
		.measure = measure_messaging, .most = 3,
	},
	{
		.name = "syscall", .tool = "perf",
		.measure = measure_syscall, .most = 1,
	},
};

static const struct bench_metric metrics[] = {
	{
		.name = "pipe", .step = "pipe", .phases = BENCH_TOUCH,
		.title = "perf bench sched pipe, one operation",
		.per = 1, .baseline = "pipe",
	},
	{
		.name = "messaging", .step = "messaging", .phases = BENCH_TOUCH,
		.title = "perf bench sched messaging -g 1 -l 20, all of it",
		.per = 1, .baseline = "messaging",
	},
	{
		.name = "syscall", .step = "syscall", .phases = BENCH_TOUCH,
		.title = "perf bench syscall basic, one call",
		.per = 1, .baseline = "syscall",
	},
};

static const struct bench bench_system = {
	.name = "system",
	.place = 120,
	.desc = "public benchmarks of the scheduler and of system calls, unchanged",
	.chapter = BENCH_ASKS_REST,
	.unit = "ticks",
	.better = "less",
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_system);
