// SPDX-License-Identifier: GPL-2.0
/*
 * size: the code of the kernel, and that of the functions that use kmap(), where
 * the check whether a page is protected is compiled out, stands where it is
 * needed, or is called. Whoever built the kernel has looked into it, and left a
 * program that prints what he saw.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/bench.h"
#include "lib/command.h"

#define PROGRAM	"code-size"

/* Lines of a name and a number */
static json_t *take_values(char *text)
{
	json_t *values = json_object();
	char *line, *rest = text, *end;
	char name[32];
	double number;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (sscanf(line, "%31s %lf", name, &number) != 2 || number <= 0)
			goto fail;
		json_object_set_new(values, name, json_real(number));
	}
	if (json_object_size(values))
		return values;
	line = "nothing";
fail:
	end = strchr(line, '\n');
	error(0, 0, PROGRAM ": expected lines of a name and a number above 0, came %.*s",
	      end ? (int)(end - line) : 60, line);
	json_decref(values);
	return NULL;
}

static int measure(struct bench_case *c)
{
	char *text = command_output(PROGRAM);

	if (!text)
		return -EPROTO;
	c->values = take_values(text);
	c->run.done = 1;
	free(text);
	return c->values ? 0 : -EPROTO;
}

static const struct bench_step steps[] = {
	{ .name = "code", .tool = PROGRAM, .measure = measure, .most = 1 },
};

static const struct bench_metric metrics[] = {
	{
		.name = "code", .step = "code", .counter = "code",
		.title = "code of the whole kernel",
		.per = 1, .baseline = "code",
	},
	{
		.name = "loaded", .step = "code", .counter = "loaded",
		.title = "code and the data it comes with: tables of branches, of unwinding",
		.per = 1, .baseline = "loaded",
	},
	{
		.name = "users", .step = "code", .counter = "users",
		.title = "code of the functions that use kmap() or a relative",
		.per = 1, .baseline = "users",
	},
	{
		.name = "functions", .step = "code", .counter = "functions",
		.title = "how many functions these are",
		.unit = "functions", .per = 1,
	},
};

static const struct bench bench_size = {
	.name = "size",
	.place = 20,
	.desc = "how much code the check in kmap() and its relatives makes",
	.chapter = BENCH_ASKS_PAGES,
	.unit = "bytes",
	.better = "less",
	.slow = true,
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_size);
