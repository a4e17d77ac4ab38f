// SPDX-License-Identifier: GPL-2.0
/*
 * kmap() in one context, and the yardsticks that need no mapping at all.
 */
#include <linux/cpumask.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pks_test.h"

static int pks_op_nothing(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	sample->map = pks_ticks() - begin;
	begin = pks_ticks();
	sample->touch = pks_ticks() - begin;
	begin = pks_ticks();
	sample->unmap = pks_ticks() - begin;
	run->uapi.touched++;
	return 0;
}

static int pks_op_floor(struct pks_run *run, struct page *page,
			struct pks_test_sample *sample)
{
	struct pks_job job = { };
	unsigned long flags;
	u64 begin;
	int err;

	local_irq_save(flags);
	begin = pks_ticks();
	err = pks_run_exception(run, &job);
	sample->touch = pks_ticks() - begin;
	local_irq_restore(flags);
	if (!err)
		run->uapi.touched++;
	return err;
}

static int pks_op_kmap(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	kmap(page);
	sample->map = pks_ticks() - begin;

	sample->touch = pks_touch_here(run, page);

	begin = pks_ticks();
	kunmap(page);
	sample->unmap = pks_ticks() - begin;
	return 0;
}

static int pks_op_kmap_twice(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	u64 begin;

	kmap(page);

	begin = pks_ticks();
	kmap(page);
	sample->map = pks_ticks() - begin;

	begin = pks_ticks();
	kunmap(page);
	sample->unmap = pks_ticks() - begin;

	/* One user has closed, the other has not. */
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	return 0;
}

/* There are more pages than one, however few were asked for. */
static struct page *pks_other_page(struct pks_run *run, struct page *page)
{
	return run->pages->page[run->pages->page[0] == page];
}

static int pks_op_stray_other(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct page *other = pks_other_page(run, page);

	kmap(other);
	sample->touch = pks_touch_here(run, page);
	kunmap(other);
	return 0;
}

static int pks_op_kmap_other(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *other = pks_other_page(run, page);

	kmap(page);
	kmap(other);
	kunmap(other);
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	return 0;
}

static int pks_op_hold(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	kmap(page);
	sample->map = pks_ticks() - begin;
	run->uapi.touched++;
	return 0;
}

static int pks_op_release(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	kunmap(page);
	sample->unmap = pks_ticks() - begin;
	return 0;
}

/* Each may make every CPU do something, under a scheme that does that. */
#define PKS_HAMMER_BLOWS	20000
#define PKS_HAMMER_SLOW		20

struct pks_hammer {
	struct pks_run *run;
	struct page *page;
	int blows;
	atomic_t waiting;
	atomic_t wrong;
};

/* Start together, and race for the count of one page. */
static void pks_hammer_fn(struct pks_hammer *hammer)
{
	struct page *page = hammer->page;
	u64 val = 0;
	int i;

	atomic_dec(&hammer->waiting);
	while (atomic_read(&hammer->waiting) > 0)
		cond_resched();
	for (i = 0; i < hammer->blows; i++) {
		kmap(page);
		if (!(i % 64) && (!pks_read(page_address(page), &val) ||
				  val != pks_expected(page)))
			atomic_inc(&hammer->wrong);
		kunmap(page);
	}
}

static int pks_hammer_thread(void *data)
{
	pks_hammer_fn(data);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int pks_op_hammer(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	struct pks_hammer hammer = {
		.run = run, .page = page,
		.blows = pks_scheme_flags() & PKS_SCHEME_KMAP_SLEEPS ?
			 PKS_HAMMER_SLOW : PKS_HAMMER_BLOWS,
	};
	unsigned int cpu, threads = 0;
	struct task_struct **task;
	int err = 0;

	task = kcalloc(nr_cpu_ids, sizeof(*task), GFP_KERNEL);
	if (!task)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		task[threads] = kthread_create_on_cpu(pks_hammer_thread, &hammer,
						      cpu, "pks_hammer/%u");
		if (IS_ERR(task[threads])) {
			err = PTR_ERR(task[threads]);
			break;
		}
		threads++;
	}
	atomic_set(&hammer.waiting, threads);
	for (cpu = 0; cpu < threads; cpu++)
		wake_up_process(task[cpu]);
	/* kthread_stop() is only heard once the blows are done */
	while (atomic_read(&hammer.waiting) > 0)
		pks_nap();
	for (cpu = 0; cpu < threads; cpu++)
		kthread_stop(task[cpu]);
	kfree(task);
	run->uapi.touched += threads;
	run->uapi.wrong += atomic_read(&hammer.wrong);
	return err;
}

const struct pks_pattern pks_patterns_kmap[] = {
	{
		.name = "nothing",
		.desc = "empty phases: what reading the clock costs",
		.flags = PKS_TEST_PLAIN,
		.op = pks_op_nothing,
	}, {
		.name = "floor",
		.desc = "the cheapest round trip through a kernel exception",
		.flags = PKS_TEST_PLAIN,
		.op = pks_op_floor,
	}, {
		.name = "kmap",
		.desc = "kmap(), touch, kunmap() in the caller",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_kmap,
	}, {
		.name = "kmap_twice",
		.desc = "a second kmap() and kunmap() inside the first",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_kmap_twice,
	}, {
		.name = "kmap_other",
		.desc = "kmap() and kunmap() of another page inside the first",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_kmap_other,
	}, {
		.name = "stray_other",
		.desc = "touch of a page while another one is kmap()ed",
		.flags = PKS_TEST_KMAP | PKS_TEST_SOME_DENIED,
		.op = pks_op_stray_other,
	}, {
		.name = "hold",
		.desc = "kmap() and no kunmap() before the file is closed",
		.flags = PKS_TEST_KMAP | PKS_TEST_HOLDS,
		.op = pks_op_hold,
	}, {
		.name = "release",
		.desc = "kunmap() and no kmap(): one too many, unless held",
		.flags = PKS_TEST_KMAP | PKS_TEST_WARNS,
		.op = pks_op_release,
	}, {
		.name = "hammer",
		.desc = "every CPU kmap()s and kunmap()s one page, again and again",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_hammer,
	},
	{ }
};
