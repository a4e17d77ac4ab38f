// SPDX-License-Identifier: GPL-2.0
/*
 * fio: I/O on a RAM disk whose pages are protected. In the mode local the caller
 * copies under kmap_local_page(); in the mode handoff it holds a kmap() while a
 * thread copies, so that each I/O goes through the fault that grants access.
 * What is written is read back and verified.
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

/* 4 MiB in blocks of a page: what the machine emulates in less than a second */
static char *run_fio(const char *rw)
{
	const char *verify = strstr(rw, "write") ? "--verify=crc32c --verify_fatal=1" : "";
	char *command, *text;

	if (asprintf(&command, "fio --name=pks --filename=" DISK " --rw=%s --bs=4k --size=4m --direct=1 --ioengine=psync --randseed=1 --output-format=json %s",
		     rw, verify) < 0)
		return NULL;
	text = command_output(command);
	free(command);
	return text;
}

/* The side of the job that it was run for: what verifies is not counted. */
static int take_values(struct bench_case *c, const char *text, const char *rw)
{
	const char *side = strstr(rw, "write") ? "write" : "read";
	double iops, median, tail;
	int job_error, total;
	json_error_t why;
	json_t *root;
	int ret;

	root = json_loads(text, 0, &why);
	ret = json_unpack_ex(root, &why, 0, "{s[{si,s{sF,si,s{s{sF,sF}}}}]}",
			     "jobs", "error", &job_error, side, "iops", &iops,
			     "total_ios", &total, "clat_ns", "percentile",
			     "50.000000", &median, "99.000000", &tail);
	json_decref(root);
	if (ret || job_error || !total) {
		error(0, 0, "fio %s: expected I/O without an error, came error %d, %d I/Os: %s",
		      rw, ret ? -1 : job_error, ret ? 0 : total,
		      ret ? why.text : "see its output");
		return -EPROTO;
	}
	c->values = json_pack("{sf,sf,sf}", "iops", iops, "median", median,
			      "tail", tail);
	c->run.done = 1;
	return c->values ? 0 : -ENOMEM;
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
		.counter = "tail", .unit = "ns by fio's clock",			\
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
