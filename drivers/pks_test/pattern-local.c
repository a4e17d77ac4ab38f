// SPDX-License-Identifier: GPL-2.0
/*
 * kmap_local_page() and kmap_atomic(): alone, nested, mixed with kmap(), and
 * in a context on top of another that has the page mapped.
 */
#include <linux/highmem.h>
#include <linux/irqflags.h>

#include "pks_test.h"

/*
 * What interrupts an open mapping closes it and opens it again, and that would
 * be counted with the pair. So nothing interrupts, unless the scheme has to sleep.
 */
static int pks_op_local(struct pks_run *run, struct page *page,
			struct pks_test_sample *sample)
{
	bool sleeps = pks_scheme_flags() & PKS_SCHEME_LOCAL_SLEEPS;
	unsigned long flags;
	void *addr;
	u64 begin;

	if (!sleeps)
		local_irq_save(flags);
	begin = pks_ticks();
	addr = kmap_local_page(page);
	sample->map = pks_ticks() - begin;

	sample->touch = pks_touch_here(run, page);

	/* Any address in the page will do. */
	addr += PAGE_SIZE - 1;
	begin = pks_ticks();
	kunmap_local(addr);
	sample->unmap = pks_ticks() - begin;
	if (!sleeps)
		local_irq_restore(flags);
	return 0;
}

static int pks_op_atomic(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();
	void *addr;

	addr = kmap_atomic(page);
	sample->map = pks_ticks() - begin;

	sample->touch = pks_touch_here(run, page);

	begin = pks_ticks();
	kunmap_atomic(addr);
	sample->unmap = pks_ticks() - begin;
	return 0;
}

static int pks_op_nested(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	void *outer = kmap_local_page(page), *inner;
	u64 begin = pks_ticks();

	inner = kmap_local_page(page);
	sample->map = pks_ticks() - begin;

	begin = pks_ticks();
	kunmap_local(inner);
	sample->unmap = pks_ticks() - begin;

	/* Still mapped by the outer one */
	sample->touch = pks_touch_here(run, page);
	kunmap_local(outer);
	return 0;
}

/* What the discussion calls legal, and hopes that nobody does */
static int pks_op_mix(struct pks_run *run, struct page *page,
		      struct pks_test_sample *sample)
{
	u64 begin;
	void *addr;

	kmap(page);
	addr = kmap_local_page(page);

	begin = pks_ticks();
	kunmap(page);
	sample->unmap = pks_ticks() - begin;

	sample->touch = pks_touch_here(run, page);
	kunmap_local(addr);
	return 0;
}

/* The same two, properly nested: nothing to warn of */
static int pks_op_inside(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	void *addr = kmap_local_page(page);

	kmap(page);
	kunmap(page);
	sample->touch = pks_touch_here(run, page);
	kunmap_local(addr);
	return 0;
}

/* The caller has the page mapped, and what interrupts it has not. */
static int pks_op_interrupted(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page };
	void *addr = kmap_local_page(page);
	u64 val = 0;
	int err;

	err = pks_touch_there(run, &touch);
	sample->touch = touch.ticks;
	if (!err && (!pks_read(addr, &val) || val != pks_expected(page)))
		run->uapi.wrong++;
	kunmap_local(addr);
	return err;
}

/* The caller has the page mapped, and what interrupts it maps it, too. */
static int pks_op_both_local(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page, .local = true };
	void *addr = kmap_local_page(page);
	u64 val = 0;
	int err;

	err = pks_touch_there(run, &touch);
	sample->touch = touch.ticks;
	if (!err && (!pks_read(addr, &val) || val != pks_expected(page)))
		run->uapi.wrong++;
	kunmap_local(addr);
	return err;
}

/* Only the other context maps it. */
static int pks_op_local_there(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct pks_touch touch = { .page = page, .local = true };
	int err = pks_touch_there(run, &touch);
	u64 val = 0;

	sample->touch = touch.ticks;
	if (!err && pks_read(page_address(page), &val))
		run->uapi.wrong++;
	return err;
}

const struct pks_pattern pks_patterns_local[] = {
	{
		.name = "kmap_local",
		.desc = "kmap_local_page(), touch, kunmap_local()",
		.flags = PKS_TEST_LOCAL,
		.op = pks_op_local,
	}, {
		.name = "kmap_atomic",
		.desc = "kmap_atomic(), touch, kunmap_atomic()",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ATOMIC,
		.op = pks_op_atomic,
	}, {
		.name = "nested",
		.desc = "a second kmap_local_page() inside the first",
		.flags = PKS_TEST_LOCAL,
		.op = pks_op_nested,
	}, {
		.name = "mix",
		.desc = "kmap() kmap_local_page() kunmap() touch kunmap_local()",
		.flags = PKS_TEST_LOCAL | PKS_TEST_KMAP,
		.op = pks_op_mix,
	}, {
		.name = "inside",
		.desc = "kmap() and kunmap() inside kmap_local_page()",
		.flags = PKS_TEST_LOCAL | PKS_TEST_KMAP,
		.op = pks_op_inside,
	}, {
		.name = "interrupted",
		.desc = "stray touch by the context while the caller has the page mapped",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_interrupted,
	}, {
		.name = "both_local",
		.desc = "the context maps the page while the caller has it mapped",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_both_local,
	}, {
		.name = "local_there",
		.desc = "the context maps, touches and unmaps; the caller has no access",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_local_there,
	},
	{ }
};
