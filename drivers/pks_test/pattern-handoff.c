// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings that travel: kmap() here, the touch or the kunmap() elsewhere.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/processor.h>

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

/**
 * struct pks_bystander - a thread that runs on another CPU all the time
 * @page:	what it looks at, once while the page is open, once after that
 * @deaf:	hears of no interrupt between the two, as long as PKS_DEAF_MS
 * @looks:	how often it may
 * @looked:	how often it has
 * @seen:	what it could read, a bit a look
 */
struct pks_bystander {
	struct page *page;
	bool deaf;
	unsigned int looks;
	unsigned int looked;
	unsigned long seen;
};

#define PKS_DEAF_MS	20

static void pks_bystander_look(struct pks_bystander *by, unsigned int i)
{
	u64 val = 0;

	if (pks_read(page_address(by->page), &val))
		by->seen |= BIT(i);
	/* pairs with pks_let_look(): it has been seen */
	smp_store_release(&by->looked, i + 1);
}

/* Whether it may look within so long, and is not to wait for longer */
static bool pks_may_look(struct pks_bystander *by, unsigned int i, unsigned int ms)
{
	ktime_t end = ktime_add_ms(ktime_get(), ms);
	bool may;

	/* pairs with pks_let_look(): the page is as it shall be */
	while (!(may = smp_load_acquire(&by->looks) > i) && ktime_before(ktime_get(), end))
		cpu_relax();
	return may;
}

static int pks_bystander_fn(void *data)
{
	struct pks_bystander *by = data;
	unsigned long flags = 0;
	bool looked;

	/* Who has this CPU to himself where nobody is preempted lets others in. */
	while (!pks_may_look(by, 0, 1))
		cond_resched();
	if (by->deaf)
		local_irq_save(flags);
	pks_bystander_look(by, 0);
	looked = pks_may_look(by, 1, PKS_DEAF_MS);
	if (looked)
		pks_bystander_look(by, 1);
	if (by->deaf)
		local_irq_restore(flags);
	if (!looked) {
		while (!pks_may_look(by, 1, 1))
			cond_resched();
		pks_bystander_look(by, 1);
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void pks_let_look(struct pks_bystander *by, unsigned int looks)
{
	/* pairs with pks_bystander_fn() */
	smp_store_release(&by->looks, looks);
	/* pairs with pks_bystander_fn() */
	while (smp_load_acquire(&by->looked) < looks)
		cond_resched();
}

static int pks_stand_by(struct pks_run *run, struct page *page, bool deaf)
{
	struct pks_bystander by = { .page = page, .deaf = deaf };
	struct task_struct *task;
	unsigned int seen;

	task = kthread_create_on_cpu(pks_bystander_fn, &by, run->cpu,
				     "pks_bystander/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	kmap(page);
	pks_let_look(&by, 1);
	kunmap(page);
	pks_let_look(&by, 2);
	kthread_stop(task);

	seen = hweight_long(by.seen);
	run->uapi.touched += seen;
	run->uapi.denied += 2 - seen;
	if (!(by.seen & BIT(0)))
		run->uapi.wrong++;
	return 0;
}

/* Never enters the kernel anew between its two looks, unless a tick comes. */
static int pks_op_bystander(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	return pks_stand_by(run, page, false);
}

/* Not even for a tick, nor to be told: who closes has to wait. */
static int pks_op_bystander_deaf(struct pks_run *run, struct page *page,
				 struct pks_test_sample *sample)
{
	return pks_stand_by(run, page, true);
}

static int pks_begin_bystander(struct pks_run *run)
{
	return task_cpu(current) == run->cpu ? -EINVAL : 0;
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
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT | PKS_TEST_SOME_DENIED,
		.op = pks_op_regrant,
	}, {
		.name = "bystander",
		.desc = "a busy thread of another CPU touches the open page, and the closed one",
		.flags = PKS_TEST_KMAP | PKS_TEST_SOME_DENIED,
		.begin = pks_begin_bystander,
		.op = pks_op_bystander,
	}, {
		.name = "bystander_deaf",
		.desc = "the same, and for a while it takes no interrupt",
		.flags = PKS_TEST_KMAP | PKS_TEST_SOME_DENIED,
		.begin = pks_begin_bystander,
		.op = pks_op_bystander_deaf,
	},
	{ }
};
