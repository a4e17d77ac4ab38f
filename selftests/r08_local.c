// SPDX-License-Identifier: GPL-2.0
/* R8: kmap_local and kmap_atomic mappings belong to one context. */
#include <unistd.h>
#include <x86intrin.h>

#include "common.h"

/*
 * An interrupt while the domain is open writes the register twice, so what the
 * pair itself writes is the least of many runs.
 */
static void check_pair(struct __test_metadata *_metadata, struct driver *drv,
		       const char *pattern, unsigned int flags, unsigned int writes)
{
	__u64 least = ~0ull;
	int i;

	for (i = 0; i < 20; i++) {
		struct pks_test_run run = RUN(.flags = flags);

		EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
		EXPECT_EQ(1, run.touched);
		EXPECT_EQ(0, run.counts.faults);
		EXPECT_EQ(0, run.depth_after);
		if (run.counts.msr_writes < least)
			least = run.counts.msr_writes;
	}
	EXPECT_EQ(writes, least) TH_LOG("%s", pattern);
}

TEST_F(pks, R8_the_first_opens_and_the_last_closes)
{
	check_pair(_metadata, &self->drv, "kmap_local", 0, 2);
	check_pair(_metadata, &self->drv, "kmap_atomic", 0, 2);
	check_pair(_metadata, &self->drv, "nested", 0, 2);
}

TEST_F(pks, R8_unprotected_pages_cost_no_msr_write)
{
	check_pair(_metadata, &self->drv, "kmap_local", PKS_TEST_RUN_UNPROTECTED, 0);
	check_pair(_metadata, &self->drv, "kmap_atomic", PKS_TEST_RUN_UNPROTECTED, 0);
}

TEST_F(pks, R8_after_the_last_nobody_has_access)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", NULL, &run));
	EXPECT_EQ(1, run.denied);
}

TEST_F(pks, R8_the_depth_is_invisible_to_what_interrupts)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		if (!(context.flags & PKS_TEST_INTERRUPTS))
			continue;
		run.repeat = 10;
		EXPECT_EQ(0, run_pattern(&self->drv, "both_local", context.name, &run));
		EXPECT_EQ(10, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.depth_inside) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("closed by %s", context.name);
		EXPECT_EQ(0, run.counts.faults) TH_LOG("%s", context.name);
	}
}

TEST_F(pks, R8_what_a_context_maps_the_caller_does_not_have)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "local_there", context.name, &run));
		EXPECT_EQ(1, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("left open by %s", context.name);
	}
}

TEST_F(pks, R8_one_kunmap_local_too_many_warns_and_leaves_0)
{
	struct pks_test_run run = RUN(.repeat = 3);
	int log = kmsg_now();

	if (!has_schemes() && !(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "who has no mapping has none too many here: it would cost each kunmap_local()");
	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("which this context has not mapped"));
	EXPECT_EQ(0, run_pattern(&self->drv, "local_release", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(0, run.depth_after);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
	EXPECT_TRUE(kmsg_says_of(log, "pks: kunmap_local() of pfn", run.pfn));
	close(log);
	check_pair(_metadata, &self->drv, "kmap_local", 0, 2);
}

TEST_F(pks, R8_a_mapping_ends_at_user_mode_with_a_warning)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, expect_splat("returns to user mode with 1 kmap_local mappings"));
	EXPECT_EQ(0, run_pattern(&self->drv, "local_leak", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(1, run.depth_after);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.denied);
	EXPECT_EQ(0, run.depth_inside);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
	check_pair(_metadata, &self->drv, "kmap_local", 0, 2);
}

TEST_F(pks, R8_a_fault_that_sleeps_on_top_leaves_it_open)
{
	struct pks_test_run run = RUN(.repeat = 3);

	EXPECT_EQ(0, run_pattern(&self->drv, "fault_sleep", NULL, &run));
	EXPECT_EQ(3, run.touched);
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(0, run.counts.faults);
}

/* How many ticks of the clock 2,000 instructions take, at best */
static __u64 ticks_of_2000(void)
{
	__u64 start, took, best = ~0ull;
	unsigned int left;
	int i;

	for (i = 0; i < 100; i++) {
		left = 1000;
		start = __rdtsc();
		asm volatile("1:	dec	%0\n"
			     "	jnz	1b" : "+r" (left) : : "cc");
		took = __rdtsc() - start;
		best = took < best ? took : best;
	}
	return best;
}

/*
 * Told by the instruction clock, where a tick is an instruction. With the address of the
 * page, which is 6, and more where there is something to be compared with.
 */
TEST_F(pks, R8_a_pair_costs_few_instructions)
{
	unsigned int bound = has_schemes() ? 100 : 56;
	struct pks_test_sample samples[100], timer[100];
	struct pks_test_run run = RUN(.repeat = 100, .nsamples = 100,
				      .samples = (uintptr_t)timer);
	__u64 best = ~0ull, read = ~0ull, pair, ticks;
	unsigned int i;

	if (!file_contains("/proc/cmdline", "pks_clock=instructions"))
		SKIP(return, "time tells nothing about instructions");
	/* An emulator may count the turns of CPUs that are halted as well. */
	ticks = ticks_of_2000();
	if (cpu_count() > 1 && ticks > 2100)
		SKIP(return, "a tick is not an instruction here: 2000 take %llu",
		     (unsigned long long)ticks);
	if (self->drv.info.flags & PKS_TEST_HAS_DEBUG)
		SKIP(return, "this kernel checks itself all the time");
	ASSERT_EQ(0, run_pattern(&self->drv, "nothing", NULL, &run));
	run.samples = (uintptr_t)samples;
	ASSERT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	ASSERT_EQ(100, run.nsamples);
	for (i = 0; i < 100; i++) {
		pair = samples[i].map + samples[i].unmap;
		best = pair < best ? pair : best;
		read = timer[i].map < read ? timer[i].map : read;
	}
	TH_LOG("%llu instructions, of which %llu are two readings of the clock",
	       (unsigned long long)best, 2ull * read);
	EXPECT_GE(bound, best - 2 * read);
}

TEST_HARNESS_MAIN
