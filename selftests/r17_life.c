// SPDX-License-Identifier: GPL-2.0
/* R17: no transition of a page loses a mapping, a count, a key or an error. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

/* A pattern that checks itself, and what is left behind it */
static void check_life(struct __test_metadata *_metadata, struct driver *drv,
		       const char *pattern)
{
	struct pks_test_run run = RUN(.repeat = 3);

	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_LE(3, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("%s: the kernel's log says what", pattern);
	EXPECT_EQ(0, run.depth_after);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_EQ(0, run.count_after);
}

/* The same, of one of which the kernel has to say something, once */
static void check_told(struct __test_metadata *_metadata, struct driver *drv,
		       const char *pattern, const char *regex, const char *text)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat(regex));
	check_life(_metadata, drv, pattern);
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, text));
	EXPECT_FALSE(kmsg_says(log, text));
	close(log);
}

TEST_F(pks, R17_a_key_comes_off_under_a_mapping)
{
	check_life(_metadata, &self->drv, "life_untag");
}

TEST_F(pks, R17_one_without_a_key_among_more_than_are_known)
{
	check_life(_metadata, &self->drv, "life_many");
}

TEST_F(pks, R17_a_key_goes_on_under_a_mapping)
{
	check_told(_metadata, &self->drv, "life_tag", "which this context has not mapped",
		   "pks: kunmap_local() of pfn");
}

TEST_F(pks, R17_a_page_that_is_kmapped_keeps_its_key)
{
	check_life(_metadata, &self->drv, "life_busy");
}

TEST_F(pks, R17_another_page_is_not_unmapped)
{
	check_told(_metadata, &self->drv, "life_neighbour",
		   "which this context has not mapped", "pks: kunmap_local() of pfn");
}

TEST_F(pks, R17_a_page_that_was_freed_is_not_mapped)
{
	check_told(_metadata, &self->drv, "life_freed", "which is free", "pks: kmap() of pfn");
}

TEST_F(pks, R17_mappings_end_in_any_order)
{
	check_life(_metadata, &self->drv, "life_order");
}

TEST_F(pks, R17_sixty_thousand_mappings)
{
	check_life(_metadata, &self->drv, "life_deep");
}

/* More than can be counted: this context has lost count, and nobody anything else. */
TEST_F(pks, R17_more_mappings_than_can_be_counted)
{
	struct pks_test_run run = RUN();
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("mappings than can be counted|returns to user mode with"));
	EXPECT_EQ(0, run_pattern(&self->drv, "life_deeper", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(0, run.wrong);
	EXPECT_TRUE(kmsg_says(log, "mappings than can be counted"));
	EXPECT_TRUE(kmsg_says(log, "returns to user mode with 65535 kmap_local mappings"));
	close(log);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.denied);
	EXPECT_EQ(0, run.depth_inside);
}

TEST_F(pks, R17_what_interrupts_a_mapping_leaves_it_alone)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	ASSERT_EQ(0, warn_again());
	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "life_interrupted", context.name, &run));
		EXPECT_EQ(1, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.count_after);
	}
}

/* and what is known of it: the mix is told of, whoever came in between. */
TEST_F(pks, R17_nor_is_the_mix_forgotten)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;
	int log;

	while (next_context(&self->drv, &i, &context, &run)) {
		log = kmsg_now();
		ASSERT_LE(0, log);
		ASSERT_EQ(0, expect_splat("inside its kmap_local mapping"));
		EXPECT_EQ(0, run_pattern(&self->drv, "life_interrupted_mix", context.name, &run));
		ASSERT_EQ(0, expect_end());
		EXPECT_TRUE(kmsg_says(log, "pks: kunmap() of pfn")) TH_LOG("%s", context.name);
		close(log);
	}
}

static bool wait_for_splat(int log, const char *text)
{
	bool said = false, ended = false;
	int tries = 1000;

	for (; !ended && tries; tries--) {
		said = said || kmsg_says(log, text);
		ended = said && kmsg_says(log, "end trace");
		if (!ended)
			usleep(10000);
	}
	return ended;
}

/* A handler that ends with a mapping is told of, and nobody has its access. */
TEST_F(pks, R17_a_context_that_ends_with_a_mapping)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;
	int log;

	while (next_context(&self->drv, &i, &context, &run)) {
		if (context.flags & PKS_TEST_SLEEPS)
			continue;
		log = kmsg_now();
		ASSERT_LE(0, log);
		ASSERT_EQ(0, expect_splat("returns with 1 kmap_local mappings"));
		EXPECT_EQ(0, run_pattern(&self->drv, "life_left", context.name, &run));
		/* Another CPU may have more to say of it. */
		EXPECT_TRUE(wait_for_splat(log, "pks: a handler returns"))
			TH_LOG("%s", context.name);
		ASSERT_EQ(0, expect_end());
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", context.name);
		close(log);
	}
}

TEST_F(pks, R17_kmap_against_who_takes_the_key_off)
{
	struct pks_test_run run = RUN();
	int log = kmsg_now();

	ASSERT_LE(0, log);
	EXPECT_EQ(0, run_pattern(&self->drv, "life_race", NULL, &run));
	EXPECT_EQ(50, run.touched) TH_LOG("as often the key came off");
	EXPECT_EQ(0, run.denied) TH_LOG("kmap()ed, and could not be read");
	EXPECT_EQ(0, run.wrong);
	check_mapped(_metadata, false);
	close(log);
}

TEST_F(pks, R17_kmap_waits_for_a_key_that_is_on_its_way)
{
	if (cpu_count() < 2)
		SKIP(return, "needs a second CPU");
	check_life(_metadata, &self->drv, "life_tagging");
}

/*
 * What a pattern makes CPUs interrupt each other; others do so, too, not each time. With
 * "enough" of them, or fewer, it is not asked again.
 */
static __u64 least_ipis(struct __test_metadata *_metadata, struct driver *drv,
			const char *pattern, unsigned int pages, __u64 enough)
{
	__u64 least = ~0ull;
	int i;

	for (i = 0; i < 5 && least > enough; i++) {
		struct pks_test_run run = RUN(.pages = pages);

		EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
		if (run.counts.ipis < least)
			least = run.counts.ipis;
	}
	return least;
}

/*
 * Keys that go on and come off page by page take a flush of every TLB each. Where the
 * pages are freed with the key on, only what puts it on does.
 */
TEST_F(pks, R17_freed_pages_share_a_flush)
{
	unsigned int pages = 32, flush = cpu_count() - 1, between = 3 * pages * flush / 2;
	__u64 each, freed;

	if (!flush)
		SKIP(return, "one CPU: there is no other to flush");
	ASSERT_EQ(0, keep_cpus_busy());
	each = least_ipis(_metadata, &self->drv, "tag_each", pages, 0);
	freed = least_ipis(_metadata, &self->drv, "tag_free_each", pages, between);
	TH_LOG("%llu IPIs, %llu where they are freed", (unsigned long long)each,
	       (unsigned long long)freed);
	EXPECT_LT(between, each);
	EXPECT_GE(between, freed);
}

/* A pattern ten times, with @cpu; a CPU that is away is no failure. */
static int run_amid_hotplug(struct driver *drv, const char *pattern, int cpu)
{
	int i, err;

	for (i = 0; i < 10; i++) {
		struct pks_test_run run = RUN(.pages = 2, .cpu = cpu);

		/* where the pattern left us may be the CPU that goes */
		err = cpu < 0 ? 0 : pin_to_cpu(0);
		err = err ?: run_pattern(drv, pattern, NULL, &run);
		if (err && err != -ENODEV)
			return err;
		if (run.wrong)
			return -EIO;
	}
	return 0;
}

/* Two that take a CPU away take turns, and who gives keys meanwhile waits for neither. */
TEST_F(pks, R17_keys_come_and_go_while_a_cpu_does)
{
	struct driver drv;
	int status;
	pid_t pid;

	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other to take away");
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (driver_open(&drv))
			_exit(1);
		while (!run_amid_hotplug(&drv, "offline", 1))
			;
		_exit(1);
	}
	/* from CPU 0, where the mapper is on 1, and from 1 */
	EXPECT_EQ(0, run_amid_hotplug(&self->drv, "life_tagging", -1));
	EXPECT_EQ(0, run_amid_hotplug(&self->drv, "offline", 1));
	EXPECT_EQ(0, run_amid_hotplug(&self->drv, "life_tagging", -1));
	EXPECT_EQ(0, run_amid_hotplug(&self->drv, "tag_free_each", -1));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("who took CPU 1 away has failed");
	EXPECT_TRUE(file_contains("/sys/devices/system/cpu/cpu1/online", "1"));
}

/* One flush when they get their key, and one when they lose it */
TEST_F(pks, R17_a_range_shares_a_flush)
{
	unsigned int flush = cpu_count() - 1;
	__u64 taken;

	if (!flush)
		SKIP(return, "one CPU: there is no other to flush");
	ASSERT_EQ(0, keep_cpus_busy());
	taken = least_ipis(_metadata, &self->drv, "tag", 128, 4 * flush);
	TH_LOG("%llu IPIs", (unsigned long long)taken);
	EXPECT_LT(0, taken);
	EXPECT_GE(4 * flush, taken);
}

/* A right that a thread opens stays with it, and with nobody else. */
TEST_F(pks, R4_a_key_stays_open_over_the_visit_to_user_mode)
{
	unsigned int open = PKS_MSR_DEFAULT & ~(3u << 2);
	struct pks_test_run run = RUN();
	struct driver drv;
	int status, i;
	pid_t pid;

	EXPECT_EQ(0, run_pattern(&self->drv, "key_open", NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(open, run.pkrs_after);
	for (i = 0; i < 3; i++) {
		usleep(10000);
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "nothing", NULL, &run));
		EXPECT_EQ(open, run.pkrs_after);
	}
	pid = fork();
	if (!pid) {
		run = RUN();
		_exit(driver_open(&drv) || run_pattern(&drv, "nothing", NULL, &run) ||
		      run.pkrs_after != PKS_MSR_DEFAULT);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("the child has the key");
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "key_same", NULL, &run));
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
}

TEST_F(pks, R1_nobody_switches_it_off_by_the_way)
{
	check_told(_metadata, &self->drv, "life_cr4", "pinned CR4 bits",
		   "pinned CR4 bits changed: 0x1000000");
}

TEST_HARNESS_MAIN
