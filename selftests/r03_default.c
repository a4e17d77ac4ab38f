// SPDX-License-Identifier: GPL-2.0
/* R3: closed by default, and no write of a value that is there already. */
#include "common.h"

TEST_F(pks, R3_every_key_but_0_is_closed)
{
	struct pks_test_run run = RUN();
	__u64 msr;
	int cpu;

	EXPECT_EQ(PKS_MSR_DEFAULT, self->drv.info.pkrs_default);
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		EXPECT_EQ(0, read_msr(cpu, PKS_MSR, &msr));
		EXPECT_EQ(PKS_MSR_DEFAULT, msr) TH_LOG("CPU %d", cpu);
	}
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", NULL, &run));
	EXPECT_EQ(1, run.denied);
}

TEST_F(pks, R3_unchanged_values_are_not_written)
{
	struct pks_test_run run = RUN(.repeat = 100);

	/* 200 switches between threads at the default */
	EXPECT_EQ(0, run_pattern(&self->drv, "switch_none", NULL, &run));
	EXPECT_LE(200, run.switches);
	EXPECT_EQ(0, run.counts.msr_writes);
	/* and a hundred calls that ask for what there is */
	run = RUN(.repeat = 100);
	EXPECT_EQ(0, run_pattern(&self->drv, "key_same", NULL, &run));
	EXPECT_EQ(0, run.counts.msr_writes);
	EXPECT_LE(100, run.counts.msr_spared);
}

/* A cache that is wrong after hotplug would spare the write that opens. */
TEST_F(pks, R3_the_cache_is_right_after_hotplug)
{
	struct pks_test_run run;
	int cpu = cpu_count() - 1;

	if (!cpu)
		SKIP(return, "one CPU: nothing to take offline");
	ASSERT_EQ(0, set_cpu_online(cpu, false));
	ASSERT_EQ(0, set_cpu_online(cpu, true));
	run = RUN(.cpu = cpu);
	EXPECT_EQ(0, run_pattern(&self->drv, "local_there", "ipi", &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(2, run.counts.msr_writes);
}

TEST_HARNESS_MAIN
