// SPDX-License-Identifier: GPL-2.0
/* R2: keys in page tables; and the interface that changes rights by key. */
#include "common.h"

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

TEST_F(pks, R2_aliases_have_no_key)
{
	check_pattern(_metadata, &self->drv, "key_alias");
}

TEST_F(pks, R2_what_is_no_key_is_refused)
{
	check_pattern(_metadata, &self->drv, "key_bounds");
}

TEST_F(pks, R2_a_key_belongs_to_its_callback)
{
	check_pattern(_metadata, &self->drv, "key_callback");
}

TEST_F(pks, R2_misuse_warns_and_changes_nothing)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("pks: no such key or protection"));
	check_pattern(_metadata, &self->drv, "key_misuse");
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, "no such key or protection: 16"));
	close(log);
}

TEST_HARNESS_MAIN
