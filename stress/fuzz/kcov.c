// SPDX-License-Identifier: GPL-2.0
/* Which places in the kernel the calls of this thread reach: Documentation/dev-tools/kcov.rst */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define KCOV_FILE	"/sys/kernel/debug/kcov"
#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0
#define KCOV_WORDS	(64 << 10)

/* The number of places, then the places */
static __u64 *cover;

/* A kernel without KCOV has no guidance to give: that is for the caller to say. */
int kcov_begin(void)
{
	int ret = 0, fd = open(KCOV_FILE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, KCOV_INIT_TRACE, KCOV_WORDS))
		goto fail;
	cover = mmap(NULL, KCOV_WORDS * sizeof(*cover), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		goto fail;
	return 0;
fail:
	ret = -errno;
	cover = NULL;
	error(0, errno, "%s", KCOV_FILE);
	close(fd);
	return ret;
}

void kcov_reset(void)
{
	if (cover)
		__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
}

/* A place counts together with the one before it: the way matters, too. */
static __u32 hash(__u64 before, __u64 place)
{
	return ((place ^ before << 7) * 0x9e3779b97f4a7c15ull) >> (64 - SEEN_BITS);
}

/* How much of what was reached is new to everyone */
unsigned int kcov_take(struct shared *shared)
{
	__u64 i, n = cover ? __atomic_load_n(&cover[0], __ATOMIC_RELAXED) : 0;
	unsigned int fresh = 0;
	__u64 before = 0;

	for (i = 1; i <= n && i < KCOV_WORDS; i++) {
		__u8 *seen = &shared->seen[hash(before, cover[i])];

		before = cover[i];
		if (!*seen && !__atomic_exchange_n(seen, 1, __ATOMIC_RELAXED))
			fresh++;
	}
	__atomic_fetch_add(&shared->covered, fresh, __ATOMIC_RELAXED);
	return fresh;
}
