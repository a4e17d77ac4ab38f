// SPDX-License-Identifier: GPL-2.0
/*
 * dax: what a file on persistent memory costs: reads, writes, faults of its mappings,
 * fsync, zeroing. PKS_DAX= names a folder of a file system that was mounted with
 * dax=always; the blocks of what is written are there already. Or it names a device,
 * /dev/dax0.0, which can be mapped and no more. Protected or not is a matter of the
 * kernel, and of nopks: the steps are the same.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/falloc.h>

#include <x86intrin.h>

#include "lib/bench.h"
#include "counters.h"

#define PAGE_BYTES	4096
#define HUGE_SIZE	(2ul << 20)
#define FILE_SIZE	(4 * HUGE_SIZE)
#define ZERO_OFFSET	32	/* no block begins there */

/**
 * struct dax - the file of one step
 * @fd:		FILE_SIZE bytes, all of them written; or a device of that size or more
 * @buf:	HUGE_SIZE bytes, aligned, present
 * @size:	of one operation
 */
struct dax {
	int fd;
	char *buf;
	size_t size;
};

static __u64 ticks_now(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* What all CPUs counted, as far as a kernel has that */
static void read_counts(struct pks_test_counts *counts)
{
	static const char * const names[] = {
		"msr_writes", "msr_spared", "faults", "grants", "denials",
	};
	unsigned long long sums[ARRAY_SIZE(names)];

	memset(counts, 0, sizeof(*counts));
	if (counters_sum(COUNTERS, names, sums, ARRAY_SIZE(names)) < 0)
		return;
	counts->msr_writes = sums[0];
	counts->msr_spared = sums[1];
	counts->faults = sums[2];
	counts->grants = sums[3];
	counts->denials = sums[4];
}

static int op_write(struct dax *dax, __u64 *ticks)
{
	__u64 begin = ticks_now();
	ssize_t len = pwrite(dax->fd, dax->buf, dax->size, 0);

	*ticks = ticks_now() - begin;
	return len == (ssize_t)dax->size ? 0 : -EIO;
}

static int op_read(struct dax *dax, __u64 *ticks)
{
	__u64 begin = ticks_now();
	ssize_t len = pread(dax->fd, dax->buf, dax->size, 0);

	*ticks = ticks_now() - begin;
	return len == (ssize_t)dax->size ? 0 : -EIO;
}

/* A mapping of the file that a large fault would fit, if there were a large extent */
static char *map_file(struct dax *dax)
{
	char *area = mmap(NULL, 2 * HUGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at;

	if (area == MAP_FAILED)
		return NULL;
	at = (char *)(((unsigned long)area + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1));
	if (mmap(at, HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dax->fd,
		 0) == MAP_FAILED)
		return NULL;
	return at;
}

static void unmap_file(char *at)
{
	munmap(at, HUGE_SIZE);
}

/* The first write to each page of what is not mapped yet, once for each fault or more */
static int op_fault(struct dax *dax, __u64 *ticks)
{
	char *at = map_file(dax);
	__u64 begin;
	size_t i;

	if (!at)
		return -ENOMEM;
	begin = ticks_now();
	for (i = 0; i < dax->size; i += PAGE_BYTES)
		*(volatile char *)(at + i) = 1;
	*ticks = ticks_now() - begin;
	unmap_file(at);
	return 0;
}

/* What was written through a mapping goes from the caches to the memory. */
static int op_fsync(struct dax *dax, __u64 *ticks)
{
	char *at = map_file(dax);
	__u64 begin;
	int ret;

	if (!at)
		return -ENOMEM;
	memset(at, 1, dax->size);
	begin = ticks_now();
	ret = fsync(dax->fd);
	*ticks = ticks_now() - begin;
	unmap_file(at);
	return ret ? -errno : 0;
}

/* There is something to be zeroed. */
static int prepare_zero(struct dax *dax)
{
	if (pwrite(dax->fd, dax->buf, HUGE_SIZE, 0) < 0 ||
	    pwrite(dax->fd, dax->buf, HUGE_SIZE, HUGE_SIZE) < 0)
		return -errno;
	return 0;
}

/* What is no whole block is zeroed, what is one need not be. */
static int op_zero(struct dax *dax, __u64 *ticks)
{
	__u64 begin = ticks_now();
	int ret = fallocate(dax->fd, FALLOC_FL_ZERO_RANGE, ZERO_OFFSET, dax->size);

	*ticks = ticks_now() - begin;
	return ret ? -errno : 0;
}

static const struct dax_ops {
	const char *name;
	int (*prepare)(struct dax *dax);
	int (*op)(struct dax *dax, __u64 *ticks);
} ops[] = {
	{ "write", NULL, op_write },
	{ "read", NULL, op_read },
	{ "fault", NULL, op_fault },
	{ "fsync", NULL, op_fsync },
	{ "zero", prepare_zero, op_zero },
};

static int dax_open_device(struct dax *dax, const char *path)
{
	dax->fd = open(path, O_RDWR | O_CLOEXEC);
	if (dax->fd < 0) {
		error(0, errno, "%s", path);
		return -errno;
	}
	return 0;
}

static int dax_open(struct dax *dax, const char *folder)
{
	char path[4096];
	size_t at;

	snprintf(path, sizeof(path), "%s/pks-bench-dax", folder);
	dax->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (dax->fd < 0) {
		error(0, errno, "%s", path);
		return -errno;
	}
	unlink(path);
	dax->buf = aligned_alloc(HUGE_SIZE, HUGE_SIZE);
	if (!dax->buf)
		return -ENOMEM;
	memset(dax->buf, 0x5a, HUGE_SIZE);
	for (at = 0; at < FILE_SIZE; at += HUGE_SIZE)
		if (pwrite(dax->fd, dax->buf, HUGE_SIZE, at) != (ssize_t)HUGE_SIZE)
			return -ENOSPC;
	return fsync(dax->fd) ? -errno : 0;
}

/* One operation, and what it alone adds to the counts */
static int dax_once(struct dax *dax, const struct dax_ops *ops, __u64 *ticks,
		    struct pks_test_counts *counts)
{
	struct pks_test_counts before, after;
	int ret = ops->prepare ? ops->prepare(dax) : 0;

	if (ret)
		return ret;
	read_counts(&before);
	ret = ops->op(dax, ticks);
	read_counts(&after);
	counts->msr_writes += after.msr_writes - before.msr_writes;
	counts->msr_spared += after.msr_spared - before.msr_spared;
	counts->faults += after.faults - before.faults;
	counts->grants += after.grants - before.grants;
	counts->denials += after.denials - before.denials;
	return ret;
}

static int dax_run(struct bench_case *c, struct dax *dax, const struct dax_ops *ops)
{
	struct pks_test_counts first = {};
	__u64 ticks;
	int ret;

	/* The first one finds nothing prepared. */
	ret = dax_once(dax, ops, &ticks, &first);
	while (!ret && c->run.done < c->run.repeat) {
		ret = dax_once(dax, ops, &ticks, &c->run.counts);
		c->samples[c->run.done++].touch = ticks;
	}
	c->run.nsamples = c->run.done;
	return ret;
}

/* A step is called <operation>-<bytes>. */
static int measure(struct bench_case *c)
{
	const char *folder = getenv("PKS_DAX"), *size = strchr(c->step->name, '-') + 1;
	struct dax dax = { .fd = -1, .size = strtoul(size, NULL, 10) };
	bool is_device;
	struct stat st;
	unsigned int i;
	int ret;

	for (i = 0; strncmp(ops[i].name, c->step->name, size - 1 - c->step->name); i++)
		;
	is_device = folder && !stat(folder, &st) && S_ISCHR(st.st_mode);
	if (!folder)
		c->obstacle = "PKS_DAX= names nothing";
	else if (is_device && ops[i].op != op_fault)
		c->obstacle = "PKS_DAX= is a device, which can be mapped and no more";
	if (c->obstacle)
		return -EOPNOTSUPP;
	ret = is_device ? dax_open_device(&dax, folder) : dax_open(&dax, folder);
	if (!ret)
		ret = dax_run(c, &dax, &ops[i]);
	free(dax.buf);
	if (dax.fd >= 0)
		close(dax.fd);
	return ret;
}

/* No operation faults on the key, and nobody is granted anything. */
static int check(const struct bench_case *c)
{
	return bench_expect(c, "faults on a key", 0, c->run.counts.faults);
}

#define STEP(op, size)								\
	{ .name = op "-" size, .measure = measure, .check = check, .most = 100 }

#define STEPS(op)	STEP(op, "64"), STEP(op, "4096"), STEP(op, "2097152")

static const struct bench_step steps[] = {
	STEPS("write"),
	STEPS("read"),
	STEP("fault", "4096"),
	STEP("fault", "2097152"),
	STEPS("fsync"),
	STEPS("zero"),
};

#define METRIC(op, size, what)							\
	{									\
		.name = op "-" size, .title = what, .step = op "-" size,	\
		.phases = BENCH_TOUCH, .per = 1, .baseline = op "-" size,	\
	}, {									\
		.name = op "-" size "-msr-writes", .title = what,		\
		.step = op "-" size, .counter = "msr_writes",			\
		.unit = "MSR writes", .per = 1,					\
	}

#define METRICS(op, what)							\
	METRIC(op, "64", what " of 64 bytes"),					\
	METRIC(op, "4096", what " of 4 KiB"),					\
	METRIC(op, "2097152", what " of 2 MiB")

static const struct bench_metric metrics[] = {
	METRICS("write", "write()"),
	METRICS("read", "read()"),
	METRIC("fault", "4096", "the first touch of a mapped page"),
	METRIC("fault", "2097152", "the first touch of each page of 2 MiB that are mapped"),
	METRICS("fsync", "fsync() after a write through a mapping"),
	METRICS("zero", "zeroing"),
};

static const struct bench bench_dax = {
	.name = "dax",
	.place = 150,
	.desc = "files on persistent memory: PKS_DAX= is a folder there, or a device",
	.chapter = BENCH_ASKS_IO,
	.unit = "ticks",
	.better = "less",
	.slow = true,
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_dax);
