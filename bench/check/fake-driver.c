// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for the kernel when pks-bench itself is tested: what open(),
 * write(), ioctl(), sysconf() and what sleeps would have done. Its figures are made
 * up, so that the report's are known beforehand; none of them is a measurement.
 *
 * PKS_FAKE_CPUS	CPUs online
 * PKS_FAKE_FLAGS	flags of struct pks_test_info
 * PKS_FAKE_FAULT	what goes wrong: grants, wrong, touched, switches,
 *			ticks, signal, version, exposure
 * PKS_FAKE_SYSFS	the folder that stands for /sys/kernel/mm/pks,
 *			with the files kmap and mode
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/bench.h"
#include "choice.h"
#include "driver.h"

/* What a pattern costs, in ticks beyond the timer's own. */
struct fake_pattern {
	const char *name;
	unsigned int flags;
	unsigned int map;
	unsigned int touch;
	unsigned int unmap;
};

#define TIMER_TICKS	20
#define NR_SCHEMES	2

static const struct fake_pattern patterns[] = {
	{ "nothing", PKS_TEST_PLAIN, 0, 0, 0 },
	{ "floor", PKS_TEST_PLAIN, 0, 1000, 0 },
	{ "kmap", PKS_TEST_KMAP, 30, 5, 30 },
	{ "kmap_twice", PKS_TEST_KMAP, 30, 5, 30 },
	{ "crowd_one", PKS_TEST_KMAP, 0, 1300, 0 },
	{ "crowd_own", PKS_TEST_KMAP, 0, 1250, 0 },
	{ "neighbour", PKS_TEST_KMAP, 10, 0, 10 },
	{ "exposure", PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT, 0, 1000, 0 },
	{ "visit", PKS_TEST_PLAIN | PKS_TEST_ANY_CONTEXT, 0, 1000, 0 },
	{ "visit_open", PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT, 0, 1100, 0 },
	{ "visit_busy", PKS_TEST_ANY_CONTEXT, 0, 3000, 0 },
	{ "visit_idle", PKS_TEST_PLAIN | PKS_TEST_ANY_CONTEXT, 0, 9000, 0 },
	{ "write_pkrs", 0, 0, 200 * PKS_TEST_BATCH, 0 },
	{ "read_pkrs", 0, 0, 100 * PKS_TEST_BATCH, 0 },
	{ "nested", PKS_TEST_LOCAL, 20, 5, 20 },
	{ "kmap_atomic", PKS_TEST_LOCAL, 25, 5, 25 },
	{ "kmap_local", PKS_TEST_LOCAL, 25, 5, 25 },
	{ "handoff", PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT, 30, 1250, 30 },
	{ "switch_none", PKS_TEST_PLAIN, 0, 2000, 0 },
	{ "switch_one", PKS_TEST_LOCAL, 0, 2100, 0 },
	{ "switch_both", PKS_TEST_LOCAL, 0, 2020, 0 },
	{ "tag", 0, 4000, 0, 4000 },
	{ "tag_each", 0, 8000, 0, 8000 },
	{ "tag_free", 0, 4000, 100, 5000 },
	{ "tag_free_each", 0, 8000, 200, 9000 },
};

static const char * const contexts[] = {
	"thread", "kthread", "hardirq", "softirq", "exception", "debug", "nmi",
	"ipi",
};
static const char * const schemes[NR_SCHEMES] = { "page", "stop" };

static unsigned int env_number(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

static bool fault(const char *name)
{
	const char *value = getenv("PKS_FAKE_FAULT");

	return value && !strcmp(value, name);
}

static bool chosen(const char *path, const char *what)
{
	char name[PKS_TEST_NAME_MAX];

	return getenv("PKS_FAKE_SYSFS") && !choice_get(path, name) &&
	       !strcmp(name, what);
}

static bool scheme_is_page(void)
{
	return chosen(CHOICE_SCHEME, BENCH_PER_PAGE);
}

/* The file that the next write() goes to */
static int sysfs_fd = -1;

static int open_sysfs(const char *name, int flags)
{
	const char *dir = getenv("PKS_FAKE_SYSFS");
	char path[PATH_MAX];

	if (!dir) {
		errno = ENOENT;
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	sysfs_fd = openat(AT_FDCWD, path, flags | (flags & O_WRONLY ? O_TRUNC : 0));
	return sysfs_fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (!strcmp(path, CHOICE_SCHEME))
		return open_sysfs("kmap", flags);
	if (!strcmp(path, CHOICE_MODE))
		return open_sysfs("mode", flags);
	if (!strcmp(path, PKS_TEST_DEVICE) || strstr(path, "kmsg") ||
	    strstr(path, "clear_warn_once"))
		path = "/dev/null";
	return openat(AT_FDCWD, path, flags, mode);
}

/* The kernel shows in brackets what was written without. */
ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	if (fd != sysfs_fd)
		return syscall(SYS_write, fd, buf, len);
	sysfs_fd = -1;
	return dprintf(fd, "other [%.*s] more\n", (int)len, (const char *)buf);
}

/* Who waits for something that this kernel does not do need not wait. */
int __wrap_usleep(useconds_t usec)
{
	(void)usec;
	return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request,
			   struct timespec *left)
{
	(void)clock;
	(void)flags;
	(void)request;
	(void)left;
	return 0;
}

long __wrap_sysconf(int name)
{
	if (name != _SC_NPROCESSORS_ONLN)
		return -1;
	return env_number("PKS_FAKE_CPUS", 1);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static int fake_info(struct pks_test_info *info)
{
	info->version = PKS_TEST_VERSION + fault("version");
	info->flags = env_number("PKS_FAKE_FLAGS", PKS_TEST_HAS_PKS);
	info->tsc_khz = 2000000;
	info->pkrs_default = 0x55555554;
	info->pkey = 1;
	return 0;
}

static int fake_item(struct pks_test_item *item)
{
	const char *name;

	switch (item->list) {
	case PKS_TEST_PATTERNS:
		if (item->index >= ARRAY_SIZE(patterns))
			return fail(EINVAL);
		name = patterns[item->index].name;
		item->flags = patterns[item->index].flags;
		break;
	case PKS_TEST_CONTEXTS:
		if (item->index >= ARRAY_SIZE(contexts))
			return fail(EINVAL);
		name = contexts[item->index];
		break;
	default:
		if (item->index >= NR_SCHEMES)
			return fail(EINVAL);
		name = schemes[item->index];
		break;
	}
	snprintf(item->name, sizeof(item->name), "%s", name);
	return 0;
}

/* The stop-the-world scheme pays on each side, and the more CPUs the more. */
static void fake_samples(const struct fake_pattern *p, struct pks_test_run *run)
{
	struct pks_test_sample *s = (void *)(uintptr_t)run->samples;
	unsigned int cpus = env_number("PKS_FAKE_CPUS", 1);
	bool handoff = !strcmp(p->name, "handoff");
	bool stop = handoff && !scheme_is_page();
	unsigned int i;

	for (i = 0; i < run->nsamples; i++) {
		s[i].map = TIMER_TICKS + (stop ? 5000 * cpus : p->map);
		s[i].touch = TIMER_TICKS + (stop ? 1 : p->touch);
		s[i].unmap = TIMER_TICKS + (stop ? 5000 * cpus : p->unmap);
		if (fault("ticks") ||
		    (!strcmp(p->name, "exposure") && !scheme_is_page() &&
		     !fault("exposure")))
			s[i].touch = 0;
	}
	run->counts.grants = handoff && !stop ? run->repeat : 0;
	run->counts.ipis = stop ? (__u64)2 * run->repeat * (cpus - 1) : 0;
}

static int fake_run(struct pks_test_run *run)
{
	const struct fake_pattern *p = &patterns[run->pattern];

	if (fault("signal")) {
		raise(SIGTERM);
		return fail(EINTR);
	}
	fake_samples(p, run);
	run->done = run->repeat;
	run->touched = run->repeat - fault("touched");
	run->wrong = fault("wrong");
	run->counts.grants -= run->counts.grants ? fault("grants") : 0;
	run->counts.faults = run->counts.grants;
	if (scheme_is_page() && chosen(CHOICE_MODE, "strict")) {
		run->denied = run->repeat;
		run->touched = 0;
	}
	if (strcmp(p->name, "switch_none") &&
	    !(run->flags & PKS_TEST_RUN_UNPROTECTED))
		run->counts.msr_writes = 2 * run->repeat;
	run->switches = 2 * run->repeat - fault("switches");
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	switch (request) {
	case PKS_TEST_IOC_INFO:
		return fake_info(arg);
	case PKS_TEST_IOC_ITEM:
		return fake_item(arg);
	case PKS_TEST_IOC_RUN:
		return fake_run(arg);
	default:
		return fail(ENOTTY);
	}
}
