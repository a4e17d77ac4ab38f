// SPDX-License-Identifier: GPL-2.0
/* R1: PKS is on, on every CPU, whenever it came up. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* The CPU holds the default, and enforces it. */
static bool cpu_enforces(struct driver *drv, int cpu)
{
	struct pks_test_run run = RUN(.cpu = cpu);
	__u64 msr = 0;

	if (read_msr(cpu, PKS_MSR, &msr) || msr != PKS_MSR_DEFAULT)
		return false;
	if (run_pattern(drv, "stray_read", cpu ? "ipi" : "thread", &run))
		return false;
	return run.denied == 1 && !run.touched;
}

/* ... and lets through what is to be let through. */
static bool cpu_grants(struct driver *drv, int cpu)
{
	struct pks_test_run run = RUN(.cpu = cpu);

	return !run_pattern(drv, "handoff", "kthread", &run) &&
	       run.touched == 1 && run.counts.grants == 1;
}

TEST_F(pks, R1_enumerated_and_enabled_on_every_cpu)
{
	int cpu;

	EXPECT_TRUE(file_contains("/proc/cpuinfo", " pks"));
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		EXPECT_TRUE(cpu_enforces(&self->drv, cpu)) TH_LOG("CPU %d", cpu);
		EXPECT_TRUE(cpu_grants(&self->drv, cpu)) TH_LOG("CPU %d", cpu);
	}
}

TEST_F(pks, R1_on_again_after_hotplug)
{
	int cpu = cpu_count() - 1;

	if (!cpu)
		SKIP(return, "one CPU: nothing to take offline");
	ASSERT_EQ(0, set_cpu_online(cpu, false));
	ASSERT_EQ(0, set_cpu_online(cpu, true));
	EXPECT_TRUE(cpu_enforces(&self->drv, cpu));
	EXPECT_TRUE(cpu_grants(&self->drv, cpu));
}

TEST_F(pks, R1_on_again_after_resume)
{
	const char *missing = cannot_sleep();
	int cpu;

	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_EQ(0, sleep_and_wake());
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		EXPECT_TRUE(cpu_enforces(&self->drv, cpu)) TH_LOG("CPU %d", cpu);
		EXPECT_TRUE(cpu_grants(&self->drv, cpu)) TH_LOG("CPU %d", cpu);
	}
}

/* A kernel without keys for tests, or for kmap(), has no calls to be made of them. */
static void check_pattern_if_any(struct __test_metadata *_metadata, struct driver *drv,
				 const char *pattern)
{
	struct pks_test_item item;

	if (!driver_find(drv, PKS_TEST_PATTERNS, pattern, &item))
		check_pattern(_metadata, drv, pattern);
}

/* Nobody has asked for PKS, and calls that ask come to nothing. */
static void check_cpus_without(struct __test_metadata *_metadata, struct driver *drv)
{
	__u64 msr;
	int cpu;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		ASSERT_EQ(0, pin_to_cpu(cpu));
		check_pattern_if_any(_metadata, drv, "life_asked");
		check_pattern_if_any(_metadata, drv, "life_rightless");
		msr = 1;
		EXPECT_EQ(0, read_msr(cpu, PKS_MSR, &msr)) TH_LOG("CPU %d", cpu);
		EXPECT_EQ(0, msr) TH_LOG("CPU %d", cpu);
	}
}

/* The other way round, so not in the fixture that wants PKS. */
TEST(R1_nopks_never_touches_the_register)
{
	struct pks_test_run run = RUN();
	struct driver drv;

	if (!file_contains("/proc/cmdline", "nopks"))
		SKIP(return, "not booted with nopks");
	ASSERT_EQ(0, driver_open(&drv));
	EXPECT_FALSE(driver_has_pks(&drv));
	EXPECT_FALSE(file_contains("/proc/cpuinfo", " pks"));
	check_cpus_without(_metadata, &drv);
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&drv, "kmap", NULL, &run));
	EXPECT_EQ(0, run_pattern(&drv, "switch_none", NULL, &run));
	if (!cannot_sleep()) {
		ASSERT_EQ(0, sleep_and_wake());
		check_cpus_without(_metadata, &drv);
	}
	driver_close(&drv);
}

TEST_HARNESS_MAIN
