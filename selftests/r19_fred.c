// SPDX-License-Identifier: GPL-2.0
/* R19: what the other tests say holds for FRED only where events come by FRED. */
#include "common.h"

#define TRACING "/sys/kernel/tracing/"

static void trace_stacks(struct __test_metadata *_metadata, const char *on)
{
	EXPECT_EQ(0, write_file(TRACING "options/stacktrace", on));
	EXPECT_EQ(0, write_file(TRACING "events/pks/enable", on));
}

/* The stacks of a #PF of the caller, and of one in an NMI on top of it */
TEST_F(pks, R19_events_come_by_fred)
{
	static const char * const contexts[] = { "thread", "nmi" };
	struct pks_test_run run;
	unsigned int i;

	if (!file_contains("/proc/cmdline", "fred=on") && !file_contains("/proc/cpuinfo", " fred "))
		SKIP(return, "no FRED: the CPU has none, and nobody asked for it (fred=on)");
	/* Not there where the kernel does not use it */
	EXPECT_TRUE(file_contains("/proc/cpuinfo", " fred "))
		TH_LOG("fred=on, and /proc/cpuinfo has no fred: another CPU, or kernel, is needed");
	/* an oops in another test has switched it off */
	ASSERT_EQ(0, write_file(TRACING "tracing_on", "1"));
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		ASSERT_EQ(0, write_file(TRACING "trace", ""));
		trace_stacks(_metadata, "1");
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", contexts[i], &run));
		trace_stacks(_metadata, "0");
		EXPECT_TRUE(file_contains(TRACING "trace", "=> asm_fred_entrypoint_kernel"))
			TH_LOG("%s", contexts[i]);
		EXPECT_FALSE(file_contains(TRACING "trace", "=> asm_exc_"))
			TH_LOG("%s", contexts[i]);
	}
}

TEST_HARNESS_MAIN
