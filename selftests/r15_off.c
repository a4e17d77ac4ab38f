// SPDX-License-Identifier: GPL-2.0
/*
 * R15: a kernel that runs without PKS works, and has nothing of it. What its
 * code looks like is checked outside, by host/r15_compiled_out.
 */
#include <errno.h>

#include "common.h"

FIXTURE(without_pks) {
	struct driver drv;
};

FIXTURE_SETUP(without_pks)
{
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (driver_has_pks(&self->drv))
		SKIP(return, "this kernel runs with PKS");
}

FIXTURE_TEARDOWN(without_pks)
{
	driver_close(&self->drv);
}

/* Every pattern either needs no PKS and runs, or says that it cannot. */
TEST_F(without_pks, R15_what_needs_no_pks_runs)
{
	struct pks_test_item pattern;
	unsigned int i, ran = 0;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_PATTERNS, i, &pattern); i++) {
		struct pks_test_run run = RUN(.repeat = 5);
		bool plain = pattern.flags & PKS_TEST_PLAIN;

		EXPECT_EQ(plain ? 0 : -EOPNOTSUPP,
			  run_pattern(&self->drv, pattern.name, NULL, &run)) {
			TH_LOG("%s", pattern.name);
		}
		if (!plain)
			continue;
		EXPECT_EQ(5, run.touched) TH_LOG("%s", pattern.name);
		EXPECT_EQ(0, run.counts.msr_writes + run.counts.msr_spared);
		ran++;
	}
	EXPECT_LE(3, ran);
}

/* What PKS costs a page that has no key is the difference to this. */
TEST_F(without_pks, R15_mappings_of_plain_pages_are_there)
{
	static const char * const patterns[] = { "kmap", "kmap_local", "kmap_atomic" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct pks_test_run run = RUN(.repeat = 5, .flags = PKS_TEST_RUN_UNPROTECTED);

		EXPECT_EQ(0, run_pattern(&self->drv, patterns[i], NULL, &run)) {
			TH_LOG("%s", patterns[i]);
		}
		EXPECT_EQ(5, run.touched) TH_LOG("%s", patterns[i]);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", patterns[i]);
	}
}

TEST_F(without_pks, R15_no_interface_is_left)
{
	EXPECT_NE(0, access("/sys/kernel/mm/pks", F_OK));
	EXPECT_NE(0, access("/sys/kernel/debug/pks", F_OK));
}

TEST_HARNESS_MAIN
