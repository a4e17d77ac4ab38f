// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings that travel: kmap() here, the touch or the kunmap() elsewhere.
 */
#include <linux/highmem.h>

#include "pks_test.h"

static int pks_op_handoff(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page };
	u64 begin = pks_ticks();
	int err;

	kmap(page);
	sample->map = pks_ticks() - begin;

	err = pks_touch_there(run, &touch);
	sample->touch = touch.ticks;

	begin = pks_ticks();
	kunmap(page);
	sample->unmap = pks_ticks() - begin;
	return err;
}

struct pks_unmap {
	struct page *page;
	u64 ticks;
};

static void pks_unmap_fn(void *arg)
{
	struct pks_unmap *unmap = arg;
	u64 begin = pks_ticks();

	kunmap(unmap->page);
	unmap->ticks = pks_ticks() - begin;
}

static int pks_op_foreign_unmap(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	struct pks_unmap unmap = { .page = page };
	struct pks_job job = { .fn = pks_unmap_fn, .arg = &unmap };
	u64 begin = pks_ticks();
	int err;

	kmap(page);
	sample->map = pks_ticks() - begin;

	sample->touch = pks_touch_here(run, page);

	err = run->context->run(run, &job);
	sample->unmap = unmap.ticks;
	if (err)
		kunmap(page);
	return err;
}

/* After the last kunmap() a context that did not use the mapping has nothing. */
static int pks_op_closed(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page };
	int err;

	kmap(page);
	kunmap(page);
	err = pks_touch_there(run, &touch);
	sample->touch = touch.ticks;
	return err;
}

/* What a context was granted ends with it, though the caller holds the page. */
static int pks_op_regrant(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page };
	int err;

	kmap(page);
	err = pks_touch_there(run, &touch);
	kunmap(page);
	if (err)
		return err;

	/* Granted above, and over */
	err = pks_touch_there(run, &touch);
	sample->touch = touch.ticks;
	return err;
}

const struct pks_pattern pks_patterns_handoff[] = {
	{
		.name = "handoff",
		.desc = "kmap() by the caller, touch by the context, kunmap() by the caller",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_handoff,
	}, {
		.name = "foreign_unmap",
		.desc = "kmap() and touch by the caller, kunmap() by the context",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT | PKS_TEST_UNMAP_ELSEWHERE,
		.op = pks_op_foreign_unmap,
	}, {
		.name = "closed",
		.desc = "kmap() and kunmap() by the caller, then a touch by the context",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_closed,
	}, {
		.name = "regrant",
		.desc = "touch by the context while the page is open, and after that",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_regrant,
	},
	{ }
};
