// SPDX-License-Identifier: GPL-2.0
/* R6: which pages are protected, and what is counted for them. */
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R6_ordinary_pages_are_not_protected)
{
	struct pks_test_run run = RUN(.repeat = 10, .flags = PKS_TEST_RUN_UNPROTECTED);

	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", NULL, &run));
	EXPECT_EQ(10, run.touched);
	EXPECT_EQ(0, run.counts.faults);
}

TEST_F(pks, R6_protected_pages_are)
{
	struct pks_test_run run = RUN(.repeat = 300, .pages = 300);

	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", NULL, &run));
	EXPECT_EQ(300, run.denied);
	EXPECT_EQ(300, run.counts.denials);
}

TEST_F(pks, R6_a_page_has_a_count_of_its_own)
{
	struct pks_test_run run = RUN(.repeat = 30, .pages = 10);

	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	EXPECT_EQ(30, run.count_after);
	run = RUN(.repeat = 20, .pages = 10);
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(10, run.count_after);
	run = RUN(.repeat = 10, .pages = 10);
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(0, run.count_after);
}

TEST_F(pks, R6_a_page_is_open_by_its_own_count)
{
	struct pks_test_run run = RUN(.repeat = 10, .pages = 10);

	EXPECT_EQ(0, run_pattern(&self->drv, "stray_other", NULL, &run));
	EXPECT_EQ(10, run.denied);
	EXPECT_EQ(0, run.counts.grants);
}

TEST_F(pks, R6_the_count_is_atomic)
{
	bool in_turn = file_contains("/proc/cmdline", "pks_clock=instructions");
	time_t end = time(NULL) + 5;
	int rounds = 0;

	if (cpu_count() < 2)
		SKIP(return, "one CPU: nobody to race with");
	/*
	 * A race is not lost each time, and not for seconds where others want the
	 * host's CPUs, too. Where the CPUs run in turn, more time is of no use.
	 */
	do {
		struct pks_test_run run = RUN();

		ASSERT_EQ(0, run_pattern(&self->drv, "hammer", NULL, &run));
		EXPECT_LT(0, run.touched);
		EXPECT_EQ(0, run.wrong);
		EXPECT_EQ(0, run.count_after);
	} while (in_turn ? ++rounds < 30 : time(NULL) < end);
}

/* The store that was configured is the store that is used. */
TEST_F(pks, R6_the_store_is_the_one_that_was_chosen)
{
	bool hash = self->drv.info.flags & PKS_TEST_STORE_HASH;

	EXPECT_EQ(0, system("zcat /proc/config.gz > /tmp/config"));
	EXPECT_EQ(hash, file_contains("/tmp/config", "CONFIG_PKS_STORE_HASH=y"));
	EXPECT_EQ(!hash, file_contains("/tmp/config", "CONFIG_PKS_STORE_PAGE_EXT=y"));
}

TEST_HARNESS_MAIN
