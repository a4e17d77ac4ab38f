// SPDX-License-Identifier: GPL-2.0
/*
 * memory: what the per-page state costs, and what splitting the direct map costs
 * where pages are protected. Many pages are protected at once, and the kernel's
 * own accounts are read before and after.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/bench.h"
#include "driver.h"

/* So many that what else the kernel does meanwhile is lost among them */
#define FILES		8
#define PAGES		(FILES * PKS_TEST_PAGES_MAX)
/* A table of the lowest level: it maps what one large page did. */
#define TABLE_BYTES	4096
#define LARGE_KB	2048
#define SYSLOG_READ_ALL	3
#define LOG_BYTES	(1 << 20)
#define SETTLE_US	100000

/* A line of /proc/meminfo, in KiB */
static int meminfo(const char *name, long *kb)
{
	FILE *f = fopen("/proc/meminfo", "re");
	size_t len = strlen(name);
	char line[128];
	int ret = -ENOENT;

	while (f && ret && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, len) || line[len] != ':')
			continue;
		*kb = strtol(line + len + 1, NULL, 10);
		ret = 0;
	}
	if (f)
		fclose(f);
	if (ret)
		error(0, 0, "/proc/meminfo: expected a line %s, came none", name);
	return ret;
}

/* What is freed later, after a grace period or by a worker, is to be gone. */
static int accounts(long *slab, long *direct)
{
	int ret;

	usleep(SETTLE_US);
	ret = meminfo("SUnreclaim", slab);

	return ret ? ret : meminfo("DirectMap4k", direct);
}

/* The kernel says at boot what its page_ext takes; 0 without one. */
static double page_ext_bytes(void)
{
	char *log = calloc(1, LOG_BYTES), *line;
	long bytes = 0, kb;

	if (!log || klogctl(SYSLOG_READ_ALL, log, LOG_BYTES - 1) < 0 ||
	    meminfo("MemTotal", &kb))
		goto out;
	line = strstr(log, " bytes of page_ext");
	while (line && line > log && line[-1] != ' ')
		line--;
	if (line)
		bytes = strtol(line, NULL, 10);
out:
	free(log);
	return bytes ? bytes / (kb / 4.0) : 0;
}

/* Pages of a file that nobody else has: they are allocated, and protected, anew. */
static int take_pages(struct driver drv[FILES], unsigned int flags)
{
	struct pks_test_run run;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < FILES && !ret; i++) {
		run = (struct pks_test_run){
			.repeat = 1, .cpu = -1, .pages = PKS_TEST_PAGES_MAX,
			.flags = flags,
		};
		ret = driver_choose(&drv[i], &run, "kmap", NULL);
		if (!ret)
			ret = driver_run(&drv[i], &run);
	}
	return ret;
}

/* Accounts before, with pages that are not protected, and with protected ones */
static int take_accounts(struct driver drv[FILES], long slab[3], long direct[3])
{
	int ret = accounts(&slab[0], &direct[0]);

	if (!ret)
		ret = take_pages(drv, PKS_TEST_RUN_UNPROTECTED);
	if (!ret)
		ret = accounts(&slab[1], &direct[1]);
	if (!ret)
		ret = take_pages(drv, 0);
	return ret ? ret : accounts(&slab[2], &direct[2]);
}

/* By how much the second step grew more than the first, per page */
static double growth(const long kb[3], double bytes)
{
	return (kb[2] - 2 * kb[1] + kb[0]) * bytes / PAGES;
}

static int measure(struct bench_case *c)
{
	long slab[3], direct[3];
	struct driver drv[FILES];
	unsigned int i, nr = 0;
	int ret = 0;

	while (nr < FILES && !ret)
		ret = driver_open(&drv[nr++]);
	if (!ret)
		ret = take_accounts(drv, slab, direct);
	for (i = 0; i < nr; i++)
		driver_close(&drv[i]);
	if (ret)
		return ret;
	c->run.done = 1;
	c->values = json_pack("{sf,sf,sf}", "page_ext", page_ext_bytes(),
			      "slab", growth(slab, 1024), "tables",
			      growth(direct, (double)TABLE_BYTES / LARGE_KB));
	return c->values ? 0 : -ENOMEM;
}

static const struct bench_step steps[] = {
	{ .name = "protect", .measure = measure, .most = 1, .protection = true },
};

static const struct bench_metric metrics[] = {
	{
		.name = "page-ext", .step = "protect", .counter = "page_ext",
		.title = "page_ext, for each page of memory, protected or not",
		.unit = "bytes", .per = 1,
	},
	{
		.name = "slab", .step = "protect", .counter = "slab",
		.title = "slab, for each of 32,768 protected pages",
		.unit = "bytes", .per = 1,
	},
	{
		.name = "tables", .step = "protect", .counter = "tables",
		.title = "tables of the split direct map, for each of 32,768 pages",
		.unit = "bytes", .per = 1,
	},
};

static const struct bench bench_memory = {
	.name = "memory",
	.place = 10,
	.desc = "what the state of the pages and the split direct map take",
	.chapter = BENCH_ASKS_PAGES,
	.unit = "bytes",
	.better = "less",
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_memory);
