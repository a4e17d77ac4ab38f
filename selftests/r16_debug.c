// SPDX-License-Identifier: GPL-2.0
/* R16: debug builds find what is wrong, and say what. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

/* The key is taken for open that @msr has open, and the kernel says what it finds. */
static void check_violation(struct __test_metadata *_metadata, __u64 msr, __u64 good)
{
	int log = kmsg_now(), tries = 250;
	bool said = false;
	char values[64];

	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	snprintf(values, sizeof(values), "msr 0x%08llx cache 0x%08llx", msr, good);
	ASSERT_EQ(0, expect_splat("pks: the register is not what the cache says"));
	EXPECT_EQ(0, write_msr(0, PKS_MSR, msr));
	while (tries-- && !said) {
		usleep(20000);
		said = kmsg_says(log, values);
	}
	EXPECT_EQ(0, write_msr(0, PKS_MSR, good));
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(said) TH_LOG("%s", values);
	EXPECT_EQ(0, read_msr(0, PKS_MSR, &msr));
	EXPECT_EQ(good, msr);
	close(log);
}

TEST_F(pks, R16_a_register_that_is_not_what_the_cache_says)
{
	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	check_violation(_metadata, PKS_MSR_DEFAULT & ~7u, PKS_MSR_DEFAULT);
}

TEST_F(pks, R16_a_violation_tells_what_the_context_holds)
{
	unsigned int open = PKS_MSR_DEFAULT & ~(3u << 2 * self->drv.info.pkey);
	struct pks_test_run run = RUN();
	int log = kmsg_now();
	char values[128];

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	ASSERT_LE(0, log);
	snprintf(values, sizeof(values),
		 "msr 0x%08x cache 0x%08x pkrs 0x%08x depth 1 granted 0x0",
		 open & ~(3u << 30), open, open);
	ASSERT_EQ(0, warn_again());
	ASSERT_EQ(0, expect_splat("pks: the register is not what the cache says"));
	EXPECT_EQ(0, run_pattern(&self->drv, "life_violated", "exception", &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong);
	EXPECT_TRUE(kmsg_says(log, values)) TH_LOG("%s", values);
	close(log);
}

/* What somebody holds is changed, and said to be wrong where it is looked at next. */
static void check_mistake(struct __test_metadata *_metadata, struct driver *drv,
			  const char *pattern, const char *context, const char *splats,
			  const char *where)
{
	struct pks_test_run run = RUN();
	int log = kmsg_now();
	char text[64];

	snprintf(text, sizeof(text), "as open as the depth says at %s:", where);
	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	ASSERT_EQ(0, expect_splat(splats));
	EXPECT_EQ(0, run_pattern(drv, pattern, context, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(1, run.touched);
	EXPECT_TRUE(kmsg_says(log, text)) TH_LOG("%s", text);
	close(log);
}

#define CLOSED_WITH_A_MAPPING "pks: the domain is not as open as the depth says"

TEST_F(pks, R16_what_one_holds_is_looked_at)
{
	static const char * const exceptions[] = { "exception", "breakpoint", "debug", "nmi" };
	unsigned int i;

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	check_mistake(_metadata, &self->drv, "switch_mistaken", NULL, CLOSED_WITH_A_MAPPING, "switch");
	check_mistake(_metadata, &self->drv, "life_mistaken", "hardirq",
		      CLOSED_WITH_A_MAPPING "|a handler returns with 1 kmap_local", "exit");
	for (i = 0; i < ARRAY_SIZE(exceptions); i++)
		check_mistake(_metadata, &self->drv, "life_aside", exceptions[i],
			      CLOSED_WITH_A_MAPPING, "return");
}

/* Nor where a scheme has a key open for everyone */
TEST_F(pks, R16_nor_while_a_key_is_open_for_all)
{
	unsigned int open = PKS_MSR_DEFAULT & ~(3u << 2 * self->drv.info.pkey);
	__u64 msr;

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "off"));
	EXPECT_EQ(0, read_msr(0, PKS_MSR, &msr));
	EXPECT_EQ(open, msr);
	check_violation(_metadata, open & ~7u, open);
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

/* Nothing would take back what a thread is made to hold, and it would go on with that. */
TEST_F(pks, R16_no_thread_is_left_with_a_mistake)
{
	static const char * const threads[] = { "thread", "kthread", "workqueue" };
	struct pks_test_run run = RUN();
	unsigned int i;

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "life_mistaken", threads[i], &run))
			TH_LOG("thread %u", i);
}

/*
 * Whatever was put aside was put back. A fault that sleeps may end on another CPU than it
 * began on, so that only the sums are equal; and the CPUs go on while they are read, on a
 * busy host for as long as that likes: once more, then.
 */
TEST_F(pks, R16_saves_equal_restores)
{
	struct pks_test_run run = RUN(.repeat = 1000);
	unsigned long long saves[64];
	unsigned long before, sum, after;
	int i, n = cpu_count();

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	ASSERT_GE(64, n);
	ASSERT_EQ(n, counter_read(COUNTERS, "saves", saves, 64));
	for (i = 0; i < n; i++)
		EXPECT_LT(100, saves[i]) TH_LOG("CPU %d", i);
	/* so many of each that what is not counted is missed */
	sum = saves[0];
	before = sum_counter(COUNTERS, "restores");
	ASSERT_EQ(0, run_pattern(&self->drv, "visit", "exception", &run));
	ASSERT_EQ(n, counter_read(COUNTERS, "saves", saves, 64));
	EXPECT_LE(sum + run.repeat, saves[0]);
	EXPECT_LE(before + run.repeat, sum_counter(COUNTERS, "restores"));
	for (i = 0; i < 1000; i++) {
		before = sum_counter(COUNTERS, "restores");
		sum = sum_counter(COUNTERS, "saves");
		after = sum_counter(COUNTERS, "restores");
		if (after - before <= 8)
			break;
	}
	if (i == 1000 && __test_passed(_metadata))
		SKIP(return, "the CPUs never made fewer than 9 restores while they were read");
	ASSERT_NE(~0ul, sum);
	EXPECT_LE(before, sum);
	/* A few are under way, and oopses do not return. */
	EXPECT_GE(after + 8, sum);
}

TEST_F(pks, R16_the_sum_of_all_CPUs)
{
	struct pks_test_run run = RUN();

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	EXPECT_EQ(0, run_pattern(&self->drv, "life_summed", NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which");
}

TEST_HARNESS_MAIN
