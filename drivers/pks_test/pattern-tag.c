// SPDX-License-Identifier: GPL-2.0
/*
 * What a key costs the pages that carry it: putting it on, taking it off, and
 * freeing them with the key on. One operation is about as many neighbours as the
 * run has pages, in one call or one page after another.
 */
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pks.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "pks_test.h"

/* The pages are of no use to the next operation if they are not back by then. */
#define PKS_BACK_TIMEOUT	(10 * HZ)

/**
 * struct pks_tag - the pages of one run
 * @page:	the first of them
 * @order:	how many
 * @step:	so many of them a call
 * @freed:	mm_page_free, NULL where nothing is freed
 * @left:	pages that the allocator does not have back yet
 * @keyed:	it got one with its key
 * @when:	it had the last of them
 * @back:	it has all of them
 */
struct pks_tag {
	struct page *page;
	unsigned int order;
	unsigned int step;
	struct tracepoint *freed;
	atomic_t left;
	bool keyed;
	u64 when;
	struct completion back;
};

static unsigned int pks_tag_pages(const struct pks_tag *tag)
{
	return 1 << tag->order;
}

static int pks_set_keys(const struct pks_tag *tag, int pkey)
{
	unsigned long addr = (unsigned long)page_address(tag->page);
	unsigned int i;
	int err = 0;

	for (i = 0; i < pks_tag_pages(tag) && !err; i += tag->step)
		err = set_memory_pkey(addr + i * PAGE_SIZE, tag->step, pkey);
	return err;
}

static bool pks_flagged(const struct page *page, unsigned int nr, bool protected)
{
	while (nr--)
		if (page_is_access_protected(page + nr) != protected)
			return false;
	return true;
}

static bool pks_all_flagged(const struct pks_tag *tag, bool protected)
{
	return pks_flagged(tag->page, pks_tag_pages(tag), protected);
}

/* The first and the last can be accessed, or neither can. */
static bool pks_ends_open(const struct pks_tag *tag, bool open)
{
	u64 val;

	return pks_read(page_address(tag->page), &val) == open &&
	       pks_read(page_address(tag->page + pks_tag_pages(tag) - 1), &val) == open;
}

static void pks_free_tagged(struct pks_tag *tag)
{
	unsigned int i;

	if (tag->step == 1)
		for (i = 0; i < pks_tag_pages(tag); i++)
			__free_page(tag->page + i);
	else
		__free_pages(tag->page, tag->order);
}

/*
 * A large mapping takes one entry for all of its pages, until one of them has had a
 * key of its own. Which block the allocator has shall make no difference.
 */
static int pks_split_mapping(const struct pks_tag *tag)
{
	unsigned long addr = (unsigned long)page_address(tag->page);
	unsigned int level;

	if (!lookup_address(addr, &level) || level == PG_LEVEL_4K)
		return 0;
	return set_memory_pkey(addr, 1, PKS_TEST_KEY) ?: set_memory_pkey(addr, 1, 0);
}

/* Pages that nobody else looks at; those of a block are freed as such. */
static int pks_alloc_tagged(struct pks_tag *tag)
{
	int err;

	tag->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, tag->order);
	if (!tag->page)
		return -ENOMEM;
	if (tag->step == 1)
		split_page(tag->page, tag->order);
	err = pks_split_mapping(tag);
	if (err)
		pks_free_tagged(tag);
	return err;
}

static struct pks_tag *pks_new_tag(struct pks_run *run, bool each)
{
	unsigned int order = get_order(run->uapi.pages * PAGE_SIZE);
	struct pks_tag *tag;

	if (order > MAX_PAGE_ORDER)
		return ERR_PTR(-EINVAL);
	tag = kzalloc(sizeof(*tag), GFP_KERNEL);
	if (!tag)
		return ERR_PTR(-ENOMEM);
	tag->order = order;
	tag->step = each ? 1 : 1 << order;
	init_completion(&tag->back);
	return tag;
}

static int pks_begin_tag(struct pks_run *run, bool each)
{
	struct pks_tag *tag = pks_new_tag(run, each);
	int err;

	if (IS_ERR(tag))
		return PTR_ERR(tag);
	err = pks_alloc_tagged(tag);
	if (err)
		kfree(tag);
	else
		run->private = tag;
	return err;
}

static int pks_begin_tag_range(struct pks_run *run)
{
	return pks_begin_tag(run, false);
}

static int pks_begin_tag_each(struct pks_run *run)
{
	return pks_begin_tag(run, true);
}

static void pks_end_tag(struct pks_run *run)
{
	pks_free_tagged(run->private);
	kfree(run->private);
	run->private = NULL;
}

static int pks_op_tag(struct pks_run *run, struct page *page,
		      struct pks_test_sample *sample)
{
	struct pks_tag *tag = run->private;
	u64 begin = pks_ticks();
	int err;

	err = pks_set_keys(tag, PKS_TEST_KEY);
	sample->map = pks_ticks() - begin;
	if (err)
		return err;
	pks_check(run, pks_all_flagged(tag, true) && pks_ends_open(tag, false),
		  "they have the key");

	begin = pks_ticks();
	err = pks_set_keys(tag, 0);
	sample->unmap = pks_ticks() - begin;
	if (err)
		return err;
	pks_check(run, pks_all_flagged(tag, false) && pks_ends_open(tag, true),
		  "they have lost it");
	run->uapi.touched++;
	return 0;
}

/*
 * The allocator says here what it takes, whoever gives it. Later the page may be somebody
 * else's, with a key again.
 */
static void pks_page_freed(void *data, struct page *page, unsigned int order)
{
	struct pks_tag *tag = data;

	if (page < tag->page || page >= tag->page + pks_tag_pages(tag))
		return;
	if (!pks_flagged(page, 1 << order, false))
		WRITE_ONCE(tag->keyed, true);
	if (atomic_sub_return(1 << order, &tag->left))
		return;
	tag->when = pks_ticks();
	complete(&tag->back);
}

static void pks_find_freed(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "mm_page_free"))
		*(struct tracepoint **)found = tp;
}

static int pks_begin_free(struct pks_run *run, bool each)
{
	struct pks_tag *tag = pks_new_tag(run, each);
	int err;

	if (IS_ERR(tag))
		return PTR_ERR(tag);
	for_each_kernel_tracepoint(pks_find_freed, &tag->freed);
	/* Waits for CPU hotplug, which waits for who may not leave a CPU: PKS_TEST_MOVES */
	err = tag->freed ? tracepoint_probe_register(tag->freed, pks_page_freed, tag) :
			   -EOPNOTSUPP;
	if (err)
		kfree(tag);
	else
		run->private = tag;
	return err;
}

static int pks_begin_free_range(struct pks_run *run)
{
	return pks_begin_free(run, false);
}

static int pks_begin_free_each(struct pks_run *run)
{
	return pks_begin_free(run, true);
}

static void pks_end_free(struct pks_run *run)
{
	struct pks_tag *tag = run->private;

	tracepoint_probe_unregister(tag->freed, pks_page_freed, tag);
	tracepoint_synchronize_unregister();
	kfree(tag);
	run->private = NULL;
}

static int pks_op_tag_free(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	struct pks_tag *tag = run->private;
	u64 begin;
	int err = pks_alloc_tagged(tag);

	if (err)
		return err;
	begin = pks_ticks();
	err = pks_set_keys(tag, PKS_TEST_KEY);
	sample->map = pks_ticks() - begin;

	tag->keyed = false;
	atomic_set(&tag->left, pks_tag_pages(tag));
	reinit_completion(&tag->back);
	/*
	 * Whoever takes the key off comes after the call, not amid it, but where
	 * nothing can be freed so,
	 */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
	begin = pks_ticks();
	pks_free_tagged(tag);
	sample->touch = pks_ticks() - begin;
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	/* and has this CPU until all are back. */
	if (!wait_for_completion_timeout(&tag->back, PKS_BACK_TIMEOUT))
		return -ETIMEDOUT;
	sample->unmap = tag->when - begin;
	if (err)
		return err;
	pks_check(run, !tag->keyed, "they are back without it");
	run->uapi.touched++;
	return 0;
}

const struct pks_pattern pks_patterns_tag[] = {
	{
		.name = "tag",
		.desc = "put a key on a range of pages, and take it off",
		.flags = PKS_TEST_SELF_CHECK,
		.begin = pks_begin_tag_range,
		.op = pks_op_tag,
		.end = pks_end_tag,
	}, {
		.name = "tag_each",
		.desc = "the same, one page after another",
		.flags = PKS_TEST_SELF_CHECK,
		.begin = pks_begin_tag_each,
		.op = pks_op_tag,
		.end = pks_end_tag,
	}, {
		.name = "tag_free",
		.desc = "free a block with a key on: the call, and until the allocator has it",
		.flags = PKS_TEST_SELF_CHECK | PKS_TEST_MOVES,
		.begin = pks_begin_free_range,
		.op = pks_op_tag_free,
		.end = pks_end_free,
	}, {
		.name = "tag_free_each",
		.desc = "the same, one page after another",
		.flags = PKS_TEST_SELF_CHECK | PKS_TEST_MOVES,
		.begin = pks_begin_free_each,
		.op = pks_op_tag_free,
		.end = pks_end_free,
	},
	{ }
};
