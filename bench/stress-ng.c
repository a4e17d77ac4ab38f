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
static int check_values(const struct bench_case *c, const char *job)
{
	const char *stressor;
	json_t *value;

	json_object_del(c->values, "plugin");
	json_object_foreach(c->values, stressor, value) {
		if (json_real_value(value) > 0)
			continue;
		error(0, 0, "stress-ng, %s: expected operations of %s, came none",
		      job, stressor);
		return -EPROTO;
	}
	if (json_object_get(c->values, "patterns") && json_object_size(c->values) > 1)
		return 0;
	error(0, 0, "stress-ng, %s: expected metrics of patterns and stressors, came none",
	      job);
	return -EPROTO;
}

/* @job as pks-stress-ng takes it, and @seconds, which may be empty */
static int run_job(struct bench_case *c, const char *job, const char *seconds)
{
	char *command, *text;

	if (asprintf(&command, "pks-stress-ng '%s' %s", job, seconds) < 0)
		return -ENOMEM;
	text = command_output_everywhere(command);
	free(command);
	if (!text)
		return -EPROTO;
	c->values = parse_metrics(text);
	c->run.done = 1;
	free(text);
	return check_values(c, job);
}

/* The step is called like the job. */
static int measure(struct bench_case *c)
{
	return run_job(c, c->step->name, SECONDS);
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

/* Figures of two jobs are not the same metric. */
static int name_after_job(struct bench_case *c)
{
	json_t *named = json_object(), *value;
	const char *stressor;
	char *name;

	json_object_foreach(c->values, stressor, value) {
		if (asprintf(&name, "%s %s", basename(c->job), stressor) < 0) {
			json_decref(named);
			return -ENOMEM;
		}
		json_object_set(named, name, value);
		free(name);
	}
	json_decref(c->values);
	c->values = named;
	return 0;
}

/* How long it takes is a matter of its own. */
static int measure_job(struct bench_case *c)
{
	int ret;

	if (!c->job) {
		c->obstacle = "needs a job: pks-bench -j";
		return -EOPNOTSUPP;
	}
	ret = run_job(c, c->job, "");
	return ret ? ret : name_after_job(c);
}

static const struct bench_step job_steps[] = {
	{
		.name = "job", .tool = "pks-stress-ng", .measure = measure_job,
		.parallel = true, .finds = true, .most = 1,
	},
};

static const struct bench bench_stress_ng_job = {
	.name = "stress-ng-job",
	.place = 145,
	.desc = "a job file of stress-ng, -j, beside the plug-in",
	.chapter = BENCH_ASKS_REST,
	.unit = "bogo operations per second",
	.better = "more",
	.slow = true,
	.steps = job_steps,
	.nr_steps = ARRAY_SIZE(job_steps),
};

BENCH(bench_stress_ng_job);
