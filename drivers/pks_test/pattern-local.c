// SPDX-License-Identifier: GPL-2.0
/*
 * kmap_local_page() and kmap_atomic(): alone, nested, mixed with kmap(), and
 * in a context on top of another that has the page mapped.
 */
#include <linux/array_size.h>
#include <linux/ctype.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/sched.h>

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
	/* Whoever maps a page wants its address: without PKS, too, it is had in here. */
	barrier_data(addr);
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

/*
 * Every order in which a kmap() and a kmap_local_page() of one page can be made
 * (capitals) and undone. The one that warns, the mix, is the last.
 */
static const char * const pks_orders[] = {
	"KkLl", "LlKk", "LKkl", "LKlk", "KLlk", "KLkl",
};

static void pks_do_step(struct page *page, char step)
{
	switch (step) {
	case 'K':
		kmap(page);
		break;
	case 'k':
		kunmap(page);
		break;
	case 'L':
		kmap_local_page(page);
		break;
	case 'l':
		kunmap_local(page_address(page));
		break;
	}
}

static int pks_op_orders(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	unsigned long nr = (unsigned long)run->private;
	const char *order = pks_orders[nr % ARRAY_SIZE(pks_orders)], *step;
	int open = 0;
	u64 val = 0;

	run->private = (void *)(nr + 1);
	for (step = order; *step; step++) {
		pks_do_step(page, *step);
		open += isupper(*step) ? 1 : -1;
		/* What was granted before ends with a switch. */
		pks_switch_away();
		pks_check(run, pks_read(page_address(page), &val) == !!open, order);
	}
	run->uapi.touched++;
	return 0;
}

/* One kunmap_local() too many */
static int pks_op_local_release(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	kunmap_local(page_address(page));
	return 0;
}

/* Back to user mode with the page mapped */
static int pks_op_local_leak(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	kmap_local_page(page);
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

/* An exception returns another way to where interrupts are off. */
static int pks_op_masked(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = pks_op_interrupted(run, page, sample);
	local_irq_restore(flags);
	return err;
}

static int pks_begin_masked(struct pks_run *run)
{
	return run->context->flags & PKS_TEST_ANY_TIME ? 0 : -EOPNOTSUPP;
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
		.flags = PKS_TEST_LOCAL | PKS_TEST_KMAP | PKS_TEST_WARNS,
		.op = pks_op_mix,
	}, {
		.name = "inside",
		.desc = "kmap() and kunmap() inside kmap_local_page()",
		.flags = PKS_TEST_LOCAL | PKS_TEST_KMAP,
		.op = pks_op_inside,
	}, {
		.name = "orders",
		.desc = "kmap() and kmap_local_page() in every order, the mix last",
		.flags = PKS_TEST_LOCAL | PKS_TEST_KMAP | PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.op = pks_op_orders,
	}, {
		.name = "local_release",
		.desc = "kunmap_local() and no kmap_local_page(): one too many",
		.flags = PKS_TEST_LOCAL | PKS_TEST_WARNS,
		.op = pks_op_local_release,
	}, {
		.name = "local_leak",
		.desc = "kmap_local_page() and back to user mode",
		.flags = PKS_TEST_LOCAL | PKS_TEST_HOLDS | PKS_TEST_WARNS,
		.op = pks_op_local_leak,
	}, {
		.name = "interrupted",
		.desc = "stray touch by the context while the caller has the page mapped",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_interrupted,
	}, {
		.name = "masked",
		.desc = "the same with interrupts off, by contexts that come all the same",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.begin = pks_begin_masked,
		.op = pks_op_masked,
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
