// SPDX-License-Identifier: GPL-2.0
/* R11: kmap() kmap_local_page() kunmap() kunmap_local() */
#include <unistd.h>

#include "common.h"

/* What the kernel says; the announcement must not look like it. */
#define WARNING "pks: kunmap() of pfn"

TEST_F(pks, R11_the_mix_works_and_warns_once)
{
	struct pks_test_run run = RUN(.repeat = 3);
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("inside its kmap_local mapping"));
	EXPECT_EQ(0, run_pattern(&self->drv, "mix", NULL, &run));
	ASSERT_EQ(0, expect_end());
	/* Not lost before the last unmap, and by no grant */
	EXPECT_EQ(3, run.touched);
	EXPECT_EQ(0, run.counts.faults);
	/* Not kept after it */
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_EQ(0, run.count_after);
	EXPECT_TRUE(kmsg_says_of(log, WARNING, run.pfn));
	EXPECT_FALSE(kmsg_says(log, WARNING));
	close(log);

	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.denied);
}

TEST_F(pks, R11_proper_nesting_does_not_warn)
{
	struct pks_test_run run = RUN(.repeat = 3);
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	EXPECT_EQ(0, run_pattern(&self->drv, "inside", NULL, &run));
	EXPECT_EQ(3, run.touched);
	EXPECT_FALSE(kmsg_says(log, WARNING));
	close(log);
}

/* What is known of one mapping is not taken for what is known of another. */
TEST_F(pks, R11_of_two_pages_each_has_its_own)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	check_pattern(_metadata, &self->drv, "life_two_inside");
	EXPECT_FALSE(kmsg_says(log, WARNING));
	ASSERT_EQ(0, expect_splat("inside its kmap_local mapping"));
	check_pattern(_metadata, &self->drv, "life_two_mix");
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, WARNING));
	close(log);
}

/* Open from the first to the last of them, closed after that, and one warning */
TEST_F(pks, R11_every_order_of_the_two)
{
	struct pks_test_run run = RUN(.repeat = 5);
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	EXPECT_EQ(0, run_pattern(&self->drv, "orders", NULL, &run));
	EXPECT_EQ(5, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which order");
	EXPECT_FALSE(kmsg_says(log, WARNING));
	run = RUN(.repeat = 12);
	ASSERT_EQ(0, expect_splat("inside its kmap_local mapping"));
	EXPECT_EQ(0, run_pattern(&self->drv, "orders", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which order");
	EXPECT_EQ(0, run.count_after);
	EXPECT_EQ(0, run.depth_after);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_TRUE(kmsg_says(log, WARNING));
	EXPECT_FALSE(kmsg_says(log, WARNING));
	close(log);
}

TEST_F(pks, R11_a_grant_becomes_a_mapping)
{
	check_pattern(_metadata, &self->drv, "life_granted");
}

TEST_HARNESS_MAIN
