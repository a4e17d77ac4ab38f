// SPDX-License-Identifier: GPL-2.0
/* R2: keys in page tables; and the interface that changes rights by key. */
#include <errno.h>

#include "common.h"

static void check_key_pages(struct __test_metadata *_metadata, struct driver *drv,
			    const char *pattern, unsigned int pages)
{
	struct pks_test_run run = RUN(.pages = pages);

	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("%s: the kernel's log says which check", pattern);
}

TEST_F(pks, R2_vmalloc_mapping_with_a_key)
{
	check_pattern(_metadata, &self->drv, "key_rights");
}

TEST_F(pks, R2_one_page_of_a_large_mapping)
{
	check_pattern(_metadata, &self->drv, "key_split");
}

TEST_F(pks, R2_a_large_mapping_as_a_whole)
{
	check_pattern(_metadata, &self->drv, "key_large");
}

TEST_F(pks, R2_every_tlb_is_flushed)
{
	check_pattern(_metadata, &self->drv, "key_flush");
}

TEST_F(pks, R2_freed_pages_lose_their_key)
{
	check_pattern(_metadata, &self->drv, "key_free");
}

/* In one call and in many, taken off and freed with it */
TEST_F(pks, R2_ranges_get_a_key_and_lose_it)
{
	static const char * const patterns[] = {
		"tag", "tag_each", "tag_free", "tag_free_each",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct pks_test_run run = RUN(.pages = PKS_TEST_PAGES_MAX);

		check_key_pages(_metadata, &self->drv, patterns[i], 1);
		check_key_pages(_metadata, &self->drv, patterns[i], 8);
		check_key_pages(_metadata, &self->drv, patterns[i], 512);
		/* no block has as many neighbours as a run may have pages */
		EXPECT_EQ(-EINVAL, run_pattern(&self->drv, patterns[i], NULL, &run));
	}
}

TEST_F(pks, R2_aliases_have_no_key)
{
	check_pattern(_metadata, &self->drv, "key_alias");
}

TEST_F(pks, R2_no_count_opens_a_vmalloc_mapping)
{
	check_pattern(_metadata, &self->drv, "key_vmapped");
}

TEST_F(pks, R2_what_is_no_key_is_refused)
{
	check_pattern(_metadata, &self->drv, "key_bounds");
}

TEST_F(pks, R2_a_key_belongs_to_its_callback)
{
	check_pattern(_metadata, &self->drv, "key_callback");
}

TEST_F(pks, R2_a_callback_opens_its_key_and_closes_no_other)
{
	check_pattern(_metadata, &self->drv, "key_callback_amid");
}

TEST_F(pks, R2_a_callback_is_over_when_it_is_taken_away)
{
	if (cpu_count() < 2)
		SKIP(return, "needs a second CPU");
	check_pattern(_metadata, &self->drv, "key_callback_ends");
}

TEST_F(pks, R2_misuse_warns_and_changes_nothing)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("pks: no such key or protection|asm/pkeys\\.h"));
	check_pattern(_metadata, &self->drv, "key_misuse");
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, "no such key or protection: 16"));
	EXPECT_TRUE(kmsg_says(log, "asm/pkeys.h"));
	close(log);
}

/* With kmap()'s key or without, so not in the fixture that wants it. */
TEST(R2_a_key_needs_no_kmap)
{
	struct pks_test_run run;
	struct driver drv;
	__u64 msr;
	int cpu;

	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&drv));
	if (!driver_has_pks(&drv))
		SKIP(return, "this kernel runs without PKS");

	EXPECT_TRUE(file_contains("/proc/cpuinfo", " pks"));
	EXPECT_EQ(PKS_MSR_DEFAULT, drv.info.pkrs_default);
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		EXPECT_EQ(0, read_msr(cpu, PKS_MSR, &msr));
		EXPECT_EQ(PKS_MSR_DEFAULT, msr) TH_LOG("CPU %d", cpu);
	}
	run = RUN(.flags = PKS_TEST_RUN_UNPROTECTED);
	EXPECT_EQ(0, run_pattern(&drv, "key_rights", NULL, &run));
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which check");
	if (!drv.info.pkey) {
		run = RUN(.flags = PKS_TEST_RUN_UNPROTECTED);
		EXPECT_EQ(0, run_pattern(&drv, "key_callback", NULL, &run));
		EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which check");
		run = RUN();
		EXPECT_EQ(-EOPNOTSUPP, run_pattern(&drv, "kmap", NULL, &run));
	}
	driver_close(&drv);
}

TEST_HARNESS_MAIN
