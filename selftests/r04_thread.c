// SPDX-License-Identifier: GPL-2.0
/* R4: PKRS belongs to the thread. */
#include "common.h"

TEST_F(pks, R4_a_switch_closes_and_opens)
{
	struct pks_test_run run = RUN(.repeat = 100);

	/* The caller has a page mapped, its partner looks at it every time. */
	EXPECT_EQ(0, run_pattern(&self->drv, "switch_probe", NULL, &run));
	EXPECT_LE(200, run.switches);
	EXPECT_EQ(100, run.denied);
	EXPECT_EQ(100, run.touched);
	EXPECT_EQ(0, run.wrong);
}

TEST_F(pks, R4_it_survives_a_sleep)
{
	struct pks_test_run run = RUN(.repeat = 5);

	EXPECT_EQ(0, run_pattern(&self->drv, "preempt", NULL, &run));
	EXPECT_LE(5, run.switches);
	EXPECT_EQ(5, run.touched);
	EXPECT_EQ(0, run.counts.faults);
}

TEST_F(pks, R4_it_follows_the_thread_to_another_cpu)
{
	struct pks_test_run run = RUN(.repeat = 10, .cpu = 1);

	if (cpu_count() < 2)
		SKIP(return, "one CPU: nowhere to go");
	EXPECT_EQ(0, run_pattern(&self->drv, "migrate", NULL, &run));
	EXPECT_EQ(10, run.touched);
	EXPECT_EQ(0, run.wrong);
}

TEST_F(pks, R4_a_new_task_starts_from_the_default)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "fork", NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong);
}

TEST_F(pks, R4_a_new_program_starts_from_the_default)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "exec", NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong);
}

/* ... and off a CPU that goes offline */
TEST_F(pks, R4_it_survives_its_cpu)
{
	struct pks_test_run run = RUN(.repeat = 2, .cpu = cpu_count() - 1);

	if (!run.cpu)
		SKIP(return, "one CPU: nothing to take offline");
	EXPECT_EQ(0, run_pattern(&self->drv, "offline", NULL, &run));
	EXPECT_EQ(2, run.touched);
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_EQ(run.cpu + 1, cpu_count());
}

TEST_HARNESS_MAIN
