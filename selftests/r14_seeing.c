// SPDX-License-Identifier: GPL-2.0
/* R14: tracepoints and counters. */
#include <stdio.h>
#include <stdlib.h>
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

/* One line a CPU: number, writes, spared, faults, grants, denials, ... */
static int sum_counters(unsigned long sum[5])
{
	FILE *file = fopen("/sys/kernel/debug/pks/counters", "r");
	unsigned long c[5];
	int i, cpus = 0;

	memset(sum, 0, 5 * sizeof(*sum));
	if (!file || fscanf(file, "%*[^\n]") < 0)
		return -1;
	while (fscanf(file, "%*d %lu %lu %lu %lu %lu %*[^\n]", &c[0], &c[1],
		      &c[2], &c[3], &c[4]) == 5) {
		for (i = 0; i < 5; i++)
			sum[i] += c[i];
		cpus++;
	}
	fclose(file);
	return cpus;
}

TEST_F(pks, R14_counters_count)
{
	struct pks_test_run run = RUN(.repeat = 50);
	unsigned long before[5], after[5];

	ASSERT_EQ(cpu_count(), sum_counters(before));
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	run = RUN(.repeat = 20);
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	run = RUN(.repeat = 100);
	EXPECT_EQ(0, run_pattern(&self->drv, "key_same", NULL, &run));
	ASSERT_EQ(cpu_count(), sum_counters(after));
	/* 50 grants at least wrote the register, and 100 calls did not. */
	EXPECT_LE(50, after[0] - before[0]);
	EXPECT_LE(100, after[1] - before[1]);
	EXPECT_EQ(70, after[2] - before[2]);
	EXPECT_EQ(50, after[3] - before[3]);
	EXPECT_EQ(20, after[4] - before[4]);
}

TEST_HARNESS_MAIN
