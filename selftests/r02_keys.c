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

static void check_key_pattern(struct __test_metadata *_metadata,
			      struct driver *drv, const char *pattern)
{
	check_key_pages(_metadata, drv, pattern, 1);
}

TEST_F(pks, R2_vmalloc_mapping_with_a_key)
{
	check_key_pattern(_metadata, &self->drv, "key_rights");
}

TEST_F(pks, R2_one_page_of_a_large_mapping)
{
	check_key_pattern(_metadata, &self->drv, "key_split");
}

TEST_F(pks, R2_a_large_mapping_as_a_whole)
{
	check_key_pattern(_metadata, &self->drv, "key_large");
}

TEST_F(pks, R2_every_tlb_is_flushed)
{
	check_key_pattern(_metadata, &self->drv, "key_flush");
}

TEST_F(pks, R2_freed_pages_lose_their_key)
{
	check_key_pattern(_metadata, &self->drv, "key_free");
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
	check_key_pattern(_metadata, &self->drv, "key_alias");
}

TEST_F(pks, R2_what_is_no_key_is_refused)
{
	check_key_pattern(_metadata, &self->drv, "key_bounds");
}

TEST_F(pks, R2_a_key_belongs_to_its_callback)
{
	check_key_pattern(_metadata, &self->drv, "key_callback");
}

TEST_F(pks, R2_misuse_warns_and_changes_nothing)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("pks: no such key or protection"));
	check_key_pattern(_metadata, &self->drv, "key_misuse");
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, "no such key or protection: 16"));
	close(log);
}

TEST_HARNESS_MAIN
