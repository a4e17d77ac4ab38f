// SPDX-License-Identifier: GPL-2.0
/*
 * fio: I/O on a RAM disk whose pages are protected. In the mode local the caller
 * copies under kmap_local_page(); in the mode handoff it holds a kmap() while a
 * thread copies, so that each I/O goes through the fault that grants access.
 * What our own jobs write is read back and verified; fio-job runs anyone's.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "choice.h"
#include "lib/bench.h"
#include "lib/command.h"

#define DISK		"/dev/pks_test_blk"

static const struct fio_value {
	const char *name;
	const char *unit;
	const char *better;
	const char *percentile;
} fio_values[] = {
	{ "iops", "I/Os per second", "more", NULL },
	{ "bw", "KiB per second", "more", NULL },
	{ "median", "ns by fio's clock", "less", "50.000000" },
	{ "p99", "ns by fio's clock", "less", "99.000000" },
};

/* The jobs that fio tells of, a new reference; its notes may stand around them */
static json_t *parse_jobs(const char *text)
{
	const char *start = strncmp(text, "{\n", 2) ? strstr(text, "\n{\n") : text;
	json_error_t why;
	json_t *root, *jobs;

	root = json_loads(start ? start : text, JSON_DISABLE_EOF_CHECK, &why);
	jobs = json_incref(json_object_get(root, "jobs"));
	json_decref(root);
	if (!json_array_size(jobs)) {
		error(0, 0, "fio: expected jobs, came: %.200s", text);
		json_decref(jobs);
		return NULL;
	}
	return jobs;
}

/* Whoever switched the clock or the percentiles off has none of these. */
static json_t *fio_value(const json_t *side, const struct fio_value *value)
{
	json_t *clat = json_object_get(side, "clat_ns");

	if (!value->percentile)
		return json_object_get(side, value->name);
	if (!json_integer_value(json_object_get(clat, "N")))
		return NULL;
	return json_object_get(json_object_get(clat, "percentile"), value->percentile);
}

/*
 * What fio measured of one direction of a job, under names that begin with @prefix.
 * Returns the I/Os done, or a negative errno.
 */
static json_int_t add_side(struct bench_case *c, const char *prefix, const json_t *side)
{
	json_int_t total = json_integer_value(json_object_get(side, "total_ios"));
	json_t *value;
	unsigned int i;
	char *name;

	for (i = 0; total && i < ARRAY_SIZE(fio_values); i++) {
		value = fio_value(side, &fio_values[i]);
		if (!value)
			continue;
		if (asprintf(&name, "%s%s", prefix, fio_values[i].name) < 0)
			return -ENOMEM;
		json_object_set_new(c->values, name, json_real(json_number_value(value)));
		if (c->found)
			json_object_set_new(c->found, name,
					    json_pack("{ss,ss}", "unit", fio_values[i].unit,
						      "better", fio_values[i].better));
		free(name);
	}
	return total;
}

static int check_job(const json_t *job)
{
	int job_error = json_integer_value(json_object_get(job, "error"));

	if (!job_error)
		return 0;
	error(0, job_error, "fio: job %s failed",
	      json_string_value(json_object_get(job, "jobname")));
	return -EPROTO;
}

/* 4 MiB in blocks of a page: what the machine emulates in less than a second */
static char *run_fio(const char *rw)
{
	const char *verify = strstr(rw, "write") ? "--verify=crc32c --verify_fatal=1" : "";
	char *command, *text;

	if (asprintf(&command,
		     "fio --name=pks --filename=%s --rw=%s --bs=4k --size=4m --direct=1 --ioengine=psync --randseed=1 --output-format=json %s",
		     DISK, rw, verify) < 0)
		return NULL;
	text = command_output(command);
	free(command);
	return text;
}

/* The side of the job that it was run for: what verifies is not counted. */
static int take_values(struct bench_case *c, const char *text, const char *rw)
{
	json_t *jobs = parse_jobs(text), *job = json_array_get(jobs, 0);
	const char *side = strstr(rw, "write") ? "write" : "read";
	int ret = job ? check_job(job) : -EPROTO;

	c->values = json_object();
	if (!ret && add_side(c, "", json_object_get(job, side)) <= 0) {
		error(0, 0, "fio %s: expected I/O, came none", rw);
		ret = -EPROTO;
	}
	json_decref(jobs);
	c->run.done = 1;
	return ret;
}

/* The step is called <mode>-<what fio calls rw>. */
static int measure(struct bench_case *c)
{
	const char *rw = strchr(c->step->name, '-') + 1;
	char *mode = strndup(c->step->name, rw - 1 - c->step->name);
	char *text;
	int ret;

	ret = mode ? choice_set(CHOICE_DISK, mode) : -ENOMEM;
	free(mode);
	if (ret)
		return ret;
	text = run_fio(rw);
	ret = text ? take_values(c, text, rw) : -EPROTO;
	free(text);
	return ret;
}

#define STEP(mode, rw) \
	{ .name = mode "-" rw, .tool = "fio", .measure = measure, .parallel = true, .most = 1 }

static const struct bench_step steps[] = {
	STEP("local", "write"), STEP("local", "randwrite"),
	STEP("local", "read"), STEP("local", "randread"),
	STEP("handoff", "write"), STEP("handoff", "randwrite"),
	STEP("handoff", "read"), STEP("handoff", "randread"),
};

#define METRICS(mode, rw)							\
	{									\
		.name = mode "-" rw "-iops", .step = mode "-" rw,		\
		.counter = "iops", .unit = "I/Os per second", .better = "more",	\
		.title = mode ", " rw " of 4 KiB", .per = 1,			\
		.plots = BENCH_PLOT_SCHEMES,					\
		.shows = "Requests of 4 KiB in a second, under each scheme.",	\
	}, {									\
		.name = mode "-" rw "-median", .step = mode "-" rw,		\
		.counter = "median", .unit = "ns by fio's clock",		\
		.title = mode ", " rw " of 4 KiB, median", .per = 1,		\
	}, {									\
		.name = mode "-" rw "-p99", .step = mode "-" rw,		\
		.counter = "p99", .unit = "ns by fio's clock",			\
		.title = mode ", " rw " of 4 KiB, 99 %", .per = 1,		\
	}

static const struct bench_metric metrics[] = {
	METRICS("local", "write"), METRICS("local", "randwrite"),
	METRICS("local", "read"), METRICS("local", "randread"),
	METRICS("handoff", "write"), METRICS("handoff", "randwrite"),
	METRICS("handoff", "read"), METRICS("handoff", "randread"),
};

static const struct bench bench_fio = {
	.name = "fio",
	.place = 130,
	.desc = "fio on /dev/pks_test_blk, a RAM disk of protected pages",
	.chapter = BENCH_ASKS_IO,
	.unit = "ns",
	.better = "less",
	.slow = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_fio);
/*
 * The values of one job of the file, named after the file, it and the direction.
 * Clones of a job have its name: they are numbered.
 */
static json_int_t add_job(struct bench_case *c, const json_t *job, unsigned int number)
{
	static const char * const sides[] = { "read", "write", "trim" };
	json_int_t done, total = 0;
	unsigned int i;
	char *prefix;

	for (i = 0; i < ARRAY_SIZE(sides); i++) {
		if (asprintf(&prefix, "%s %s.%u %s ", basename(c->job),
			     json_string_value(json_object_get(job, "jobname")),
			     number, sides[i]) < 0)
			return -ENOMEM;
		done = add_side(c, prefix, json_object_get(job, sides[i]));
		free(prefix);
		if (done < 0)
			return done;
		total += done;
	}
	return total;
}

static int take_jobs(struct bench_case *c, const json_t *jobs)
{
	json_int_t done, total = 0;
	const json_t *job;
	size_t i;
	int ret;

	c->values = json_object();
	c->found = json_object();
	c->run.done = 1;
	json_array_foreach(jobs, i, job) {
		ret = check_job(job);
		done = ret ? ret : add_job(c, job, i + 1);
		if (done < 0)
			return done;
		total += done;
	}
	if (total)
		return 0;
	error(0, 0, "fio %s: expected I/O on " DISK ", came none", basename(c->job));
	return -EPROTO;
}

/* What it says of errors comes with the results, which have them, too. */
#define FIO_JOB		"fio --output-format=json '%s' 2>&1; printf \"\nstatus $?\""

/* The step is called as the mode; whoever wrote the file has made it use the disk. */
static int measure_job(struct bench_case *c)
{
	char *command, *text;
	const char *status;
	json_t *jobs;
	int ret;

	if (!c->job) {
		c->obstacle = "needs a job: pks-bench -j";
		return -EOPNOTSUPP;
	}
	ret = choice_set(CHOICE_DISK, c->step->name);
	if (ret)
		return ret;
	if (asprintf(&command, FIO_JOB, c->job) < 0)
		return -ENOMEM;
	text = command_output_everywhere(command);
	free(command);
	jobs = text ? parse_jobs(text) : NULL;
	ret = jobs ? take_jobs(c, jobs) : -EPROTO;
	status = text ? strstr(text, "\nstatus ") : NULL;
	if (!ret && (!status || strcmp(status, "\nstatus 0"))) {
		error(0, 0, "fio %s: expected exit status 0, came %s", basename(c->job),
		      status ? status + 1 : "none");
		ret = -EPROTO;
	}
	json_decref(jobs);
	free(text);
	return ret;
}

static const struct bench_step job_steps[] = {
	{ .name = "local", .tool = "fio", .measure = measure_job, .finds = true, .most = 1 },
	{ .name = "handoff", .tool = "fio", .measure = measure_job, .finds = true, .most = 1 },
};

static const struct bench bench_fio_job = {
	.name = "fio-job",
	.desc = "a job file of fio, -j, on /dev/pks_test_blk",
	.chapter = BENCH_ASKS_IO,
	.unit = "I/Os per second",
	.better = "more",
	.slow = true,
	.place = 135,
	.steps = job_steps,
	.nr_steps = ARRAY_SIZE(job_steps),
};

BENCH(bench_fio_job);
