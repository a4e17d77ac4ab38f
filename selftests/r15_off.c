// SPDX-License-Identifier: GPL-2.0
/*
 * R15: a kernel that runs without PKS works, and has nothing of it. What its
 * code looks like is checked outside, by host/r15_compiled_out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common.h"

#define TRACING		"/sys/kernel/tracing/"

FIXTURE(without_pks) {
	struct driver drv;
};

FIXTURE_SETUP(without_pks)
{
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (driver_has_pks(&self->drv))
		SKIP(return, "this kernel runs with PKS");
}

FIXTURE_TEARDOWN(without_pks)
{
	driver_close(&self->drv);
}

/* Every pattern either needs no PKS and runs, or says that it cannot. */
TEST_F(without_pks, R15_what_needs_no_pks_runs)
{
	struct pks_test_item pattern;
	unsigned int i, ran = 0;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_PATTERNS, i, &pattern); i++) {
		struct pks_test_run run = RUN(.repeat = 5);
		bool plain = pattern.flags & PKS_TEST_PLAIN;

		EXPECT_EQ(plain ? 0 : -EOPNOTSUPP,
			  run_pattern(&self->drv, pattern.name, NULL, &run)) {
			TH_LOG("%s", pattern.name);
		}
		if (!plain)
			continue;
		EXPECT_EQ(5, run.touched) TH_LOG("%s", pattern.name);
		EXPECT_EQ(0, run.counts.msr_writes + run.counts.msr_spared);
		ran++;
	}
	EXPECT_LE(3, ran);
}

/* What PKS costs a page that has no key is the difference to this. */
TEST_F(without_pks, R15_mappings_of_plain_pages_are_there)
{
	static const char * const patterns[] = { "kmap", "kmap_local", "kmap_atomic" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct pks_test_run run = RUN(.repeat = 5, .flags = PKS_TEST_RUN_UNPROTECTED);

		EXPECT_EQ(0, run_pattern(&self->drv, patterns[i], NULL, &run)) {
			TH_LOG("%s", patterns[i]);
		}
		EXPECT_EQ(5, run.touched) TH_LOG("%s", patterns[i]);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", patterns[i]);
	}
}

TEST_F(without_pks, R15_no_interface_is_left)
{
	EXPECT_NE(0, access("/sys/kernel/mm/pks", F_OK));
	EXPECT_NE(0, access("/sys/kernel/debug/pks", F_OK));
}

/* One more: a file that is opened to be written anew loses those that it has. */
static bool add_probe(const char *name, const char *function)
{
	int fd = open(TRACING "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	bool added = fd >= 0 && dprintf(fd, "p:pks_hooks/%s %s\n", name, function) > 0;

	close(fd);
	return added;
}

/* A probe at each function that the inlined part of a hook calls; how many there are */
static unsigned int probe_hooks(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[256], name[128], module[32];
	unsigned int nr = 0;

	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%*x %*1[tT] %127s %31s", name, module) != 1 ||
		    strncmp(name, "__pks_", 6))
			continue;
		nr += add_probe(name, name);
	}
	if (symbols)
		fclose(symbols);
	return nr;
}

/* How often they were called, of any event of kprobe_events */
static unsigned long count_hits(void)
{
	FILE *profile = fopen(TRACING "kprobe_profile", "r");
	unsigned long hits, sum = 0;

	while (profile && fscanf(profile, "%*s %lu %*u", &hits) == 1)
		sum += hits;
	if (profile)
		fclose(profile);
	return profile ? sum : ~0ul;
}

/* The kernel allocates a block of pages for that, and frees it. */
static void free_blocks(void)
{
	static char value[65536];
	int i;

	for (i = 0; i < 10; i++)
		setxattr("/", "user.none", value, sizeof(value), 0);
}

/*
 * What is inlined asks whether PKS is on, and goes no further. The hooks of
 * kmap_local_page() are of those that cannot be probed.
 */
TEST_F(without_pks, R15_no_hook_is_called)
{
	if (access(TRACING "kprobe_events", W_OK))
		SKIP(return, "this kernel has no kprobe_events");
	if (!probe_hooks())
		SKIP(return, "this kernel has no hook that can be probed");
	ASSERT_TRUE(add_probe("alive", "vfs_setxattr"));
	ASSERT_EQ(0, write_file(TRACING "events/pks_hooks/enable", "1"));
	free_blocks();
	if (!fork())
		_exit(0);
	EXPECT_EQ(0, write_file(TRACING "events/pks_hooks/enable", "0"));
	EXPECT_EQ(10, count_hits()) TH_LOG("see kprobe_profile: alive, and no other");
	EXPECT_EQ(0, write_file(TRACING "kprobe_events", ""));
}

#define NOBODYS		0x12345678u

/* Over a sleep it is neither written nor read: what is in it nobody has seen. */
TEST_F(without_pks, R15_nor_is_the_register_touched_over_a_sleep)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	__u64 msr = 0, addr = kernel_symbol("pkrs_suspended");
	const char *missing = cannot_sleep();
	unsigned int saved = ~0u;

	if (fd < 0 || !addr)
		SKIP(return, "this kernel has no /proc/kcore, or nothing to save PKRS in");
	if (missing)
		SKIP(return, "%s", missing);
	if (write_msr(0, PKS_MSR, NOBODYS))
		SKIP(return, "this CPU has no such register");
	EXPECT_EQ(0, sleep_and_wake());
	EXPECT_EQ(sizeof(saved), pread(fd, &saved, sizeof(saved), find_in_kcore(fd, addr, true)));
	EXPECT_EQ(0, saved);
	/* A sleep of the CPU may take it away. */
	EXPECT_EQ(0, read_msr(0, PKS_MSR, &msr));
	EXPECT_NE(PKS_MSR_DEFAULT, msr);
	EXPECT_EQ(0, write_msr(0, PKS_MSR, 0));
	close(fd);
}

/* The counts of pages take memory where there is PKS, and nowhere else. */
TEST(R15_room_for_counts_comes_with_pks)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct driver drv;
	bool needed;

	ASSERT_EQ(0, driver_open(&drv));
	needed = driver_has_pks(&drv) && drv.info.pkey &&
		 !(drv.info.flags & PKS_TEST_STORE_HASH);
	driver_close(&drv);
	if (file_contains("/proc/cmdline", "page_owner"))
		SKIP(return, "page_owner= takes the same memory");
	if (!kmsg_says(log, "Linux version"))
		SKIP(return, "the log does not go back to the boot");
	EXPECT_EQ(needed, kmsg_says(log, "bytes of page_ext"));
	close(log);
}

TEST_HARNESS_MAIN
