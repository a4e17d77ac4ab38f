// SPDX-License-Identifier: GPL-2.0
/* R16: debug builds find what is wrong, and say what. */
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R16_a_register_that_is_not_what_the_cache_says)
{
	int log = kmsg_now(), tries = 250;
	bool said = false;
	__u64 msr;

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("pks: the register is not what the cache says"));
	EXPECT_EQ(0, write_msr(0, PKS_MSR, 0x55555550));
	while (tries-- && !said) {
		usleep(20000);
		said = kmsg_says(log, "msr 0x55555550 cache 0x55555554");
	}
	EXPECT_EQ(0, write_msr(0, PKS_MSR, PKS_MSR_DEFAULT));
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(said);
	EXPECT_EQ(0, read_msr(0, PKS_MSR, &msr));
	EXPECT_EQ(PKS_MSR_DEFAULT, msr);
	close(log);
}

/*
 * Whatever was put aside was put back. A fault that sleeps may end on another CPU than it
 * began on, so that only the sums are equal; and the CPUs go on while they are read, on a
 * busy host for as long as that likes: once more, then.
 */
TEST_F(pks, R16_saves_equal_restores)
{
	unsigned long saves[64], before, sum, after;
	int i, n = cpu_count();

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	ASSERT_GE(64, n);
	ASSERT_EQ(n, read_counter("saves", saves, 64));
	for (i = 0; i < n; i++)
		EXPECT_LT(100, saves[i]) TH_LOG("CPU %d", i);
	for (i = 0; i < 1000; i++) {
		before = sum_counter("restores");
		sum = sum_counter("saves");
		after = sum_counter("restores");
		if (after - before <= 8)
			break;
	}
	if (i == 1000)
		SKIP(return, "never did the CPUs less than 8 restores while they were read");
	ASSERT_NE(~0ul, sum);
	EXPECT_LE(before, sum);
	/* A few are under way, and oopses do not return. */
	EXPECT_GE(after + 8, sum);
}

TEST_HARNESS_MAIN
