// SPDX-License-Identifier: GPL-2.0
/*
 * stress-ng: its own stressors beside the plug-in that runs our patterns, as the
 * jobs of stress/stress-ng/ mix them. What it counts is a measure of how well they
 * get along, and pks-stress-ng checks that nothing went wrong.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/bench.h"
#include "lib/command.h"

/* Long enough for every pattern in every context, on an emulated CPU */
#define SECONDS	"10"

/* The value of a line "  <key>: <value>", NULL on any other line */
static const char *yaml_value(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " -");
	return strncmp(line, key, len) || line[len] != ':' ? NULL : line + len + 2;
}

/* stress-ng's YAML is flat: a stressor, and lines of what it did. */
static json_t *parse_metrics(char *text)
{
	json_t *values = json_object();
	const char *stressor = NULL, *value;
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		value = yaml_value(line, "stressor");
		if (value)
			stressor = value;
		value = yaml_value(line, "bogo-ops-per-second-real-time");
		if (value && stressor)
			json_object_set_new(values, stressor, json_real(atof(value)));
	}
	return values;
}

/* A round of the plug-in may take longer than the job: its runs are what counts. */
static int check_values(const struct bench_case *c)
{
	const char *stressor;
	json_t *value;

	json_object_del(c->values, "plugin");
	json_object_foreach(c->values, stressor, value) {
		if (json_real_value(value) > 0)
			continue;
		error(0, 0, "stress-ng, %s: expected operations of %s, came none",
		      c->step->name, stressor);
		return -EPROTO;
	}
	if (json_object_get(c->values, "patterns") && json_object_size(c->values) > 1)
		return 0;
	error(0, 0, "stress-ng, %s: expected metrics of patterns and stressors, came none",
	      c->step->name);
	return -EPROTO;
}

/* The step is called like the job. */
static int measure(struct bench_case *c)
{
	char *command, *text;

	if (asprintf(&command, "pks-stress-ng %s " SECONDS, c->step->name) < 0)
		return -ENOMEM;
	text = command_output_everywhere(command);
	free(command);
	if (!text)
		return -EPROTO;
	c->values = parse_metrics(text);
	c->run.done = 1;
	free(text);
	return check_values(c);
}

#define JOB(job)							\
	{								\
		.name = job, .tool = "pks-stress-ng", .measure = measure,	\
		.parallel = true, .finds = true, .most = 1,		\
	}

static const struct bench_step steps[] = {
	JOB("scheduling"), JOB("memory"), JOB("interrupts"), JOB("device"),
};

static const struct bench bench_stress_ng = {
	.name = "stress-ng",
	.place = 140,
	.desc = "stress-ng beside its plug-in that runs every pattern",
	.chapter = BENCH_ASKS_REST,
	.unit = "bogo operations per second",
	.better = "more",
	.slow = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
};

BENCH(bench_stress_ng);
