// SPDX-License-Identifier: GPL-2.0
/* R7: kmap() counts, and does nothing else. */
#include <errno.h>
#include <unistd.h>

#include "common.h"

/* Others may interrupt each other meanwhile, though not each time. */
TEST_F(pks, R7_no_msr_write_and_no_ipi)
{
	__u64 ipis[2] = { ~0ull, ~0ull };
	int i;

	ASSERT_EQ(0, keep_cpus_busy());
	for (i = 0; i < 20; i++) {
		struct pks_test_run run = RUN(.repeat = 100);

		EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
		EXPECT_EQ(100, run.count_after);
		EXPECT_EQ(0, run.counts.msr_writes);
		EXPECT_EQ(0, run.counts.faults);
		if (run.counts.ipis < ipis[0])
			ipis[0] = run.counts.ipis;
		run = RUN(.repeat = 100);
		EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
		EXPECT_EQ(0, run.count_after);
		EXPECT_EQ(0, run.counts.msr_writes);
		if (run.counts.ipis < ipis[1])
			ipis[1] = run.counts.ipis;
	}
	EXPECT_EQ(0, ipis[0]);
	EXPECT_EQ(0, ipis[1]);
}

TEST_F(pks, R7_a_mapping_can_be_used_in_any_context)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		run.repeat = 10;
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", context.name, &run));
		EXPECT_EQ(10, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.denied + run.wrong) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.count_after);
	}
}

TEST_F(pks, R7_written_through_too)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		run.flags = PKS_TEST_RUN_WRITE;
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", context.name, &run));
		EXPECT_EQ(1, run.touched) TH_LOG("%s", context.name);
	}
}

TEST_F(pks, R7_it_can_be_undone_in_any_context)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		run.repeat = 10;
		EXPECT_EQ(0, run_pattern(&self->drv, "foreign_unmap", context.name, &run));
		EXPECT_EQ(10, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.count_after) TH_LOG("%s", context.name);
	}
}

TEST_F(pks, R7_two_users_of_one_page)
{
	struct pks_test_run run = RUN(.repeat = 10);

	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_twice", NULL, &run));
	EXPECT_EQ(10, run.touched);
	EXPECT_EQ(0, run.count_after);
}

TEST_F(pks, R7_one_kunmap_too_many_warns_once_and_leaves_0)
{
	struct pks_test_run run = RUN(.repeat = 3);
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("which is not kmap\\(\\)ed"));
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(0, run.count_after);
	EXPECT_TRUE(kmsg_says_of(log, "which is not kmap()ed", run.pfn));
	EXPECT_FALSE(kmsg_says(log, "which is not kmap()ed"));
	close(log);

	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	EXPECT_EQ(1, run.touched);
}

/* The CPU that counted it is gone when it is undone, and the sum is right. */
TEST_F(pks, R7_a_mapping_outlives_its_cpu)
{
	struct pks_test_run run = RUN(.repeat = 20, .pages = 10);
	int cpu = cpu_count() - 1;

	if (!cpu)
		SKIP(return, "one CPU: nothing to take offline");
	ASSERT_EQ(0, pin_to_cpu(cpu));
	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, set_cpu_online(cpu, false));
	check_mapped(_metadata, true);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "kthread", &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(20, run.count_after);
	run = RUN(.repeat = 20, .pages = 10);
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(0, run.count_after);
	check_mapped(_metadata, false);
	EXPECT_EQ(0, set_cpu_online(cpu, true));
}

TEST_HARNESS_MAIN
