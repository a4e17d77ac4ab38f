// SPDX-License-Identifier: GPL-2.0
/* R14: tracepoints and counters. */
#include <stdio.h>
#include <string.h>

#include "common.h"

#define TRACING "/sys/kernel/tracing/"

static bool traced(const char *text)
{
	return file_contains(TRACING "trace", text);
}

static void trace_begin(struct __test_metadata *_metadata)
{
	/* an oops in another test has switched it off */
	ASSERT_EQ(0, write_file(TRACING "tracing_on", "1"));
	ASSERT_EQ(0, write_file(TRACING "trace", ""));
	ASSERT_EQ(0, write_file(TRACING "events/pks/enable", "1"));
}

static void trace_end(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, write_file(TRACING "events/pks/enable", "0"));
}

TEST_F(pks, R14_faults_and_grants_are_traced)
{
	struct pks_test_run run = RUN();

	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	trace_end(_metadata);
	EXPECT_TRUE(traced("pks_fault_granted: address=0x"));
	EXPECT_TRUE(traced("pks_fault_denied: address=0x"));
	EXPECT_TRUE(traced("pks_grant_ended: comm=pks_test/0"));
}

/* A grant of each kind of context has its end. */
TEST_F(pks, R14_every_grant_ends)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		trace_begin(_metadata);
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", context.name, &run));
		trace_end(_metadata);
		EXPECT_TRUE(traced("pks_fault_granted")) TH_LOG("%s", context.name);
		EXPECT_TRUE(traced("pks_grant_ended")) TH_LOG("%s", context.name);
	}
}

TEST_F(pks, R14_domains_are_traced)
{
	struct pks_test_run run = RUN();

	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	trace_end(_metadata);
	EXPECT_TRUE(traced("pks_domain_opened: pkey="));
	EXPECT_TRUE(traced("pks_domain_closed: pkey="));
}

TEST_F(pks, R14_global_updates_are_traced)
{
	struct pks_test_run run = RUN();
	char text[64];

	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	ASSERT_EQ(0, driver_choice_set(DRIVER_SCHEME_FILE, "ipi"));
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "kmap", NULL, &run));
	trace_end(_metadata);
	ASSERT_EQ(0, driver_choice_set(DRIVER_SCHEME_FILE, "page"));
	snprintf(text, sizeof(text), "pks_global_update_begin: scheme=ipi open=1 cpus=%d",
		 cpu_count());
	EXPECT_TRUE(traced(text));
	snprintf(text, sizeof(text), "pks_global_update_end: scheme=ipi open=0 cpus=%d",
		 cpu_count());
	EXPECT_TRUE(traced(text));
}

TEST_F(pks, R14_counters_count)
{
	static const char * const names[] = {
		"msr_writes", "msr_spared", "faults", "grants", "denials",
	};
	unsigned long before[ARRAY_SIZE(names)], counted[ARRAY_SIZE(names)];
	struct pks_test_run run = RUN(.repeat = 50);
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		before[i] = sum_counter(names[i]);
		ASSERT_NE(~0ul, before[i]) TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	run = RUN(.repeat = 20);
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	run = RUN(.repeat = 100);
	EXPECT_EQ(0, run_pattern(&self->drv, "key_same", NULL, &run));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		counted[i] = sum_counter(names[i]) - before[i];
	/* 50 grants at least wrote the register, and 100 calls did not. */
	EXPECT_LE(50, counted[0]);
	EXPECT_LE(100, counted[1]);
	EXPECT_EQ(70, counted[2]);
	EXPECT_EQ(50, counted[3]);
	EXPECT_EQ(20, counted[4]);
}

/*
 * Whatever else happens is counted, too, so that the least of many runs is what one
 * takes: each event once.
 */
static struct pks_test_run least_of(struct __test_metadata *_metadata,
				    struct driver *drv, const char *pattern)
{
	struct pks_test_run least = { .switches = ~0ull,
		.counts = { .msr_writes = ~0ull, .msr_spared = ~0ull } };
	int i;

	for (i = 0; i < 50; i++) {
		struct pks_test_run run = RUN(.repeat = 10);

		EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
		if (run.switches < least.switches)
			least.switches = run.switches;
		if (run.counts.msr_writes < least.counts.msr_writes)
			least.counts.msr_writes = run.counts.msr_writes;
		if (run.counts.msr_spared < least.counts.msr_spared)
			least.counts.msr_spared = run.counts.msr_spared;
	}
	return least;
}

TEST_F(pks, R14_an_event_counts_once)
{
	struct pks_test_run least = least_of(_metadata, &self->drv, "kmap_local");

	EXPECT_EQ(20, least.counts.msr_writes);
	EXPECT_EQ(0, least.counts.msr_spared);
	EXPECT_EQ(0, least.switches);
	least = least_of(_metadata, &self->drv, "switch_none");
	EXPECT_EQ(0, least.counts.msr_writes);
	EXPECT_EQ(0, least.counts.msr_spared);
	EXPECT_EQ(20, least.switches);
	least = least_of(_metadata, &self->drv, "key_same");
	EXPECT_EQ(0, least.counts.msr_writes);
	EXPECT_EQ(10, least.counts.msr_spared);
}

/*
 * The kernel has its own account of interrupts. It is read around the run, and so it
 * may have more of them, though not each time.
 */
static void check_ipis(struct __test_metadata *_metadata, struct driver *drv,
		       const char *pattern, const char *context, int cpu)
{
	unsigned long taken, equal = 0;
	int i;

	for (i = 0; i < 100 && (i < 5 || !equal); i++) {
		struct pks_test_run run = RUN(.repeat = 5, .cpu = cpu);

		taken = sum_interrupts("CAL:") + sum_interrupts("RES:");
		EXPECT_EQ(0, run_pattern(drv, pattern, context, &run));
		taken = sum_interrupts("CAL:") + sum_interrupts("RES:") - taken;
		EXPECT_GE(taken, run.counts.ipis) TH_LOG("%s", pattern);
		equal += run.counts.ipis == taken && (!cpu || taken);
	}
	EXPECT_LT(0, equal) TH_LOG("%s %s", pattern, context ?: "");
}

TEST_F(pks, R14_ipis_are_those_that_cpus_took)
{
	ASSERT_NE(~0ul, sum_interrupts("CAL:"));
	ASSERT_NE(~0ul, sum_interrupts("RES:"));
	check_ipis(_metadata, &self->drv, "nothing", NULL, 0);
	check_ipis(_metadata, &self->drv, "kmap", NULL, 0);
	if (cpu_count() < 2)
		SKIP(return, "one CPU: nobody to interrupt");
	/* none of a scheme's doing */
	check_ipis(_metadata, &self->drv, "visit", "ipi", 1);
	check_ipis(_metadata, &self->drv, "visit", "kthread", 1);
	if (!has_schemes())
		return;
	ASSERT_EQ(0, driver_choice_set(DRIVER_SCHEME_FILE, "stop"));
	check_ipis(_metadata, &self->drv, "kmap", NULL, 1);
	ASSERT_EQ(0, driver_choice_set(DRIVER_SCHEME_FILE, "setmem"));
	check_ipis(_metadata, &self->drv, "kmap", NULL, 1);
	ASSERT_EQ(0, driver_choice_set(DRIVER_SCHEME_FILE, "page"));
}

TEST_HARNESS_MAIN
