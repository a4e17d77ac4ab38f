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
 * Whatever was put aside was put back. A fault that sleeps may end on another CPU
 * than it began on, so that only the sums are equal.
 */
TEST_F(pks, R16_saves_equal_restores)
{
	unsigned long saves[64], restores[64];
	int cpu, n = cpu_count();
	long open = 0;

	if (!(self->drv.info.flags & PKS_TEST_HAS_DEBUG))
		SKIP(return, "built without CONFIG_DEBUG_PKS");
	ASSERT_GE(64, n);
	ASSERT_EQ(n, read_counter("saves", saves, 64));
	ASSERT_EQ(n, read_counter("restores", restores, 64));
	for (cpu = 0; cpu < n; cpu++) {
		EXPECT_LT(100, saves[cpu]) TH_LOG("CPU %d", cpu);
		open += saves[cpu] - restores[cpu];
	}
	/* oopses do not return, and the CPUs go on while they are read */
	EXPECT_GE(8, labs(open));
}

TEST_HARNESS_MAIN
