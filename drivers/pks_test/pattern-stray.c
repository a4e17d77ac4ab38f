// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that nobody opened the page for.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "pks_test.h"

static int pks_stray(struct pks_run *run, struct page *page,
		     struct pks_test_sample *sample, u32 flag)
{
	struct pks_touch touch = { .page = page };
	u32 flags = run->uapi.flags;
	int err;

	run->uapi.flags = (flags & ~PKS_TEST_RUN_WRITE) | flag;
	err = pks_touch_there(run, &touch);
	run->uapi.flags = flags;
	sample->touch = touch.ticks;
	return err;
}

static int pks_op_stray_read(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	return pks_stray(run, page, sample, 0);
}

static int pks_op_stray_write(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	return pks_stray(run, page, sample, PKS_TEST_RUN_WRITE);
}

/* The kernel's own way of asking whether something can be read */
static int pks_op_nofault(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	u64 val;

	if (copy_from_kernel_nofault(&val, page_address(page), sizeof(val)))
		run->uapi.denied++;
	else
		run->uapi.touched++;
	return 0;
}

/* No fixup: the caller does not come back from this. */
static int pks_op_oops(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	u64 *addr = page_address(page);

	if (run->uapi.flags & PKS_TEST_RUN_WRITE)
		WRITE_ONCE(*addr, pks_expected(page));
	else
		READ_ONCE(*addr);
	run->uapi.touched++;
	return 0;
}

const struct pks_pattern pks_patterns_stray[] = {
	{
		.name = "stray_read",
		.desc = "a read by the context that nobody mapped the page for",
		.flags = PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_stray_read,
	}, {
		.name = "stray_write",
		.desc = "a write by the context that nobody mapped the page for",
		.flags = PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_stray_write,
	}, {
		.name = "nofault",
		.desc = "copy_from_kernel_nofault() from a page that is not mapped",
		.flags = PKS_TEST_EXPECT_DENIED,
		.op = pks_op_nofault,
	}, {
		.name = "oops",
		.desc = "a stray access without a fixup, which kills the caller",
		.flags = PKS_TEST_FATAL,
		.op = pks_op_oops,
	},
	{ }
};
