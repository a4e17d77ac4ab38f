// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns that are there to be measured: what a round trip through a context
 * costs, what the others pay, and how long access outlives its last kunmap().
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/msr.h>

#include "pks_test.h"

/* Another thread that has ended its work waits here for kthread_stop(). */
static int pks_wait_for_stop(void)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int pks_op_visit(struct pks_run *run, struct page *page,
			struct pks_test_sample *sample)
{
	struct pks_job job = { .fn = pks_no_job };
	u64 begin = pks_ticks();
	int err = run->context->run(run, &job);

	sample->touch = pks_ticks() - begin;
	if (!err)
		run->uapi.touched++;
	return err;
}

static int pks_op_visit_open(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	void *addr = kmap_local_page(page);
	int err = pks_op_visit(run, page, sample);

	kunmap_local(addr);
	return err;
}

/* The register gets what it holds: whoever interrupts this finds what he expects. */
static __always_inline int pks_batch_pkrs(struct pks_run *run,
					  struct pks_test_sample *sample, bool write)
{
	const u32 pkrs = pks_read_pkrs();
	unsigned long flags;
	unsigned int i;
	u64 begin;

	local_irq_save(flags);
	begin = pks_ticks();
	for (i = 0; i < PKS_TEST_BATCH; i++)
		if (write)
			native_wrmsr(MSR_IA32_PKRS, pkrs, 0);
		else
			__rdmsr(MSR_IA32_PKRS);
	sample->touch = pks_ticks() - begin;
	local_irq_restore(flags);
	run->uapi.touched++;
	return 0;
}

static int pks_op_write_pkrs(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	return pks_batch_pkrs(run, sample, true);
}

static int pks_op_read_pkrs(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	return pks_batch_pkrs(run, sample, false);
}

/**
 * struct pks_crowd - a thread on each CPU, all of which touch at the same time
 * @threads:	how many
 * @waiting:	have not arrived in this round
 * @left:	have not touched in this round
 * @denied:	accesses that were refused
 * @finished:	the last one has touched
 * @member:	the threads
 */
struct pks_crowd {
	unsigned int threads;
	atomic_t waiting;
	atomic_t left;
	atomic_t denied;
	struct completion finished;
	struct pks_member {
		struct pks_crowd *crowd;
		struct task_struct *task;
		struct page *page;
		unsigned int round;
		u64 ticks;
	} member[];
};

static void pks_member_touch(struct pks_member *member)
{
	struct pks_crowd *crowd = member->crowd;
	u64 *addr = page_address(member->page), val = 0, begin;
	unsigned long flags;

	atomic_dec(&crowd->waiting);
	while (atomic_read(&crowd->waiting) > 0) {
		cpu_relax();
		cond_resched();
	}
	local_irq_save(flags);
	begin = pks_ticks();
	if (!pks_read(addr, &val))
		atomic_inc(&crowd->denied);
	member->ticks = pks_ticks() - begin;
	local_irq_restore(flags);
	if (atomic_dec_and_test(&crowd->left))
		complete(&crowd->finished);
}

/* Sleeps between two rounds, and so begins each with the default PKRS. */
static int pks_member_fn(void *data)
{
	struct pks_member *member = data;
	unsigned int round = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		/* pairs with pks_crowd_round(): the page is the round's */
		if (smp_load_acquire(&member->round) == round) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		round++;
		pks_member_touch(member);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void pks_crowd_free(struct pks_crowd *crowd)
{
	unsigned int i;

	for (i = 0; i < crowd->threads; i++)
		kthread_stop(crowd->member[i].task);
	kfree(crowd);
}

static int pks_begin_crowd(struct pks_run *run)
{
	struct pks_crowd *crowd;
	struct task_struct *task;
	unsigned int cpu;

	crowd = kzalloc(struct_size(crowd, member, nr_cpu_ids), GFP_KERNEL);
	if (!crowd)
		return -ENOMEM;
	init_completion(&crowd->finished);
	for_each_online_cpu(cpu) {
		struct pks_member *member = &crowd->member[crowd->threads];

		member->crowd = crowd;
		task = kthread_create_on_cpu(pks_member_fn, member, cpu, "pks_crowd/%u");
		if (IS_ERR(task)) {
			pks_crowd_free(crowd);
			return PTR_ERR(task);
		}
		member->task = task;
		crowd->threads++;
		wake_up_process(task);
	}
	run->private = crowd;
	return 0;
}

static void pks_end_crowd(struct pks_run *run)
{
	pks_crowd_free(run->private);
	run->private = NULL;
}

/* Until all of them sleep, and have lost what they were granted */
static void pks_crowd_settle(struct pks_crowd *crowd, const unsigned long *switches)
{
	unsigned int i;

	for (i = 0; i < crowd->threads; i++)
		while (READ_ONCE(crowd->member[i].task->nvcsw) == switches[i])
			usleep_range(10, 20);
}

static int pks_crowd_round(struct pks_run *run, struct page *page, bool own,
			   struct pks_test_sample *sample)
{
	struct pks_crowd *crowd = run->private;
	unsigned long *switches;
	unsigned int i;

	switches = kcalloc(crowd->threads, sizeof(*switches), GFP_KERNEL);
	if (!switches)
		return -ENOMEM;
	atomic_set(&crowd->waiting, crowd->threads);
	atomic_set(&crowd->left, crowd->threads);
	atomic_set(&crowd->denied, 0);
	reinit_completion(&crowd->finished);
	for (i = 0; i < crowd->threads; i++) {
		struct pks_member *member = &crowd->member[i];

		member->page = own ? run->pages->page[i % run->pages->nr] : page;
		kmap(member->page);
		switches[i] = READ_ONCE(member->task->nvcsw);
	}
	/* Who preempts this CPU first would wait, up to a tick, for those who still sleep. */
	preempt_disable();
	for (i = 0; i < crowd->threads; i++) {
		/* pairs with pks_member_fn(): the round may begin */
		smp_store_release(&crowd->member[i].round, crowd->member[i].round + 1);
		wake_up_process(crowd->member[i].task);
	}
	preempt_enable();
	wait_for_completion(&crowd->finished);
	pks_crowd_settle(crowd, switches);
	kfree(switches);
	for (i = 0; i < crowd->threads; i++) {
		kunmap(crowd->member[i].page);
		sample->touch = max(sample->touch, crowd->member[i].ticks);
	}
	if (atomic_read(&crowd->denied))
		run->uapi.denied++;
	else
		run->uapi.touched++;
	return 0;
}

static int pks_op_crowd_one(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	return pks_crowd_round(run, page, false, sample);
}

static int pks_op_crowd_own(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	return pks_crowd_round(run, page, true, sample);
}

/**
 * struct pks_stretch - what a neighbour saw between two moments
 * @begin:	the first reading of the clock
 * @end:	the last one
 * @longest:	longest time between two of them
 * @turns:	how many there were
 */
struct pks_stretch {
	u64 begin;
	u64 end;
	u64 longest;
	u64 turns;
};

/**
 * struct pks_neighbour - a thread of another CPU that has nothing to do with it
 * @task:	the thread
 * @asked:	number of the stretch that it shall be in
 * @answered:	number of the stretch that it is in
 * @last:	the stretch before that
 * @shortest:	shortest time ever between two readings: what a turn costs
 */
struct pks_neighbour {
	struct task_struct *task;
	unsigned int asked;
	unsigned int answered;
	struct pks_stretch last;
	u64 shortest;
};

/* Looks at the clock, again and again, until the next stretch is asked for. */
static void pks_neighbour_stretch(struct pks_neighbour *n)
{
	struct pks_stretch s = { .begin = pks_ticks() };
	u64 now;

	s.end = s.begin;
	/* pairs with pks_next_stretch(): the last one can be read */
	smp_store_release(&n->answered, n->answered + 1);
	while (READ_ONCE(n->asked) == n->answered) {
		now = pks_ticks();
		s.longest = max(s.longest, now - s.end);
		n->shortest = min(n->shortest, now - s.end);
		s.turns++;
		s.end = now;
		/* no code in a kernel that preempts, where it is not wanted */
		cond_resched();
	}
	n->last = s;
}

static int pks_neighbour_fn(void *data)
{
	struct pks_neighbour *n = data;

	while (!kthread_should_stop())
		pks_neighbour_stretch(n);
	return 0;
}

/* Returns when the neighbour is in the next stretch, and the last is known. */
static void pks_next_stretch(struct pks_neighbour *n)
{
	unsigned int next = n->asked + 1;

	WRITE_ONCE(n->asked, next);
	/* pairs with pks_neighbour_stretch() */
	while (smp_load_acquire(&n->answered) != next) {
		cpu_relax();
		cond_resched();
	}
}

static int pks_begin_neighbour(struct pks_run *run)
{
	struct pks_neighbour *n;

	if (task_cpu(current) == run->cpu)
		return -EINVAL;
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return -ENOMEM;
	n->shortest = U64_MAX;
	n->task = kthread_create_on_cpu(pks_neighbour_fn, n, run->cpu, "pks_neighbour/%u");
	if (IS_ERR(n->task)) {
		int err = PTR_ERR(n->task);

		kfree(n);
		return err;
	}
	n->asked = 1;
	run->private = n;
	wake_up_process(n->task);
	return 0;
}

static void pks_end_neighbour(struct pks_run *run)
{
	struct pks_neighbour *n = run->private;

	/* Never answered, and so each stretch ends where it begins */
	WRITE_ONCE(n->asked, 0);
	kthread_stop(n->task);
	kfree(n);
	run->private = NULL;
}

/* A stretch of the neighbour's with one kmap() and kunmap() of ours in it */
static int pks_op_neighbour(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_neighbour *n = run->private;
	struct pks_stretch *s = &n->last;

	pks_next_stretch(n);
	kmap(page);
	kunmap(page);
	pks_next_stretch(n);
	sample->map = s->longest;
	sample->unmap = s->end - s->begin - s->turns * n->shortest;
	run->uapi.touched++;
	return 0;
}

/* An interrupt handler goes on for so long after the last kunmap(), in ticks */
#define PKS_EXPOSURE_HANDLER	20000
/* A thread goes on until it is denied; if it never is, until this */
#define PKS_EXPOSURE_THREAD	100000000

/**
 * struct pks_exposure - a context that uses a page which is closed elsewhere
 * @run:	the run
 * @page:	the page
 * @touched:	the context has been granted access
 * @closed:	when the last kunmap() had returned, 0 before
 * @last:	when the last access that went through began: what interrupts the
 *		context after an access must not count as one
 * @limit:	ticks after @closed when the context ends
 * @sleeps:	the context may be scheduled away
 */
struct pks_exposure {
	struct pks_run *run;
	struct page *page;
	bool touched;
	u64 closed;
	u64 last;
	u64 limit;
	bool sleeps;
};

static bool pks_exposure_over(struct pks_exposure *e)
{
	/* pairs with pks_closer_fn() */
	u64 closed = smp_load_acquire(&e->closed);

	return closed && e->last > closed && e->last - closed > e->limit;
}

static void pks_expose(void *arg)
{
	struct pks_exposure *e = arg;
	u64 *addr = page_address(e->page), val = 0, begin, now;

	if (!pks_read(addr, &val)) {
		e->run->uapi.denied++;
		/* pairs with pks_closer_fn(): nobody waits for ever */
		smp_store_release(&e->touched, true);
		return;
	}
	e->run->uapi.touched++;
	/* pairs with pks_closer_fn() */
	smp_store_release(&e->touched, true);
	begin = pks_ticks();
	for (;;) {
		now = pks_ticks();
		if (!pks_read(addr, &val))
			break;
		e->last = now;
		if (pks_exposure_over(e))
			break;
		/* Whoever closes may have to wait until we are gone. */
		if (!READ_ONCE(e->closed) && e->last - begin > 10 * e->limit)
			break;
		if (e->sleeps)
			cond_resched();
	}
}

static int pks_closer_fn(void *data)
{
	struct pks_exposure *e = data;

	/* pairs with pks_expose() */
	while (!smp_load_acquire(&e->touched)) {
		cpu_relax();
		cond_resched();
	}
	kunmap(e->page);
	/* pairs with pks_expose() */
	smp_store_release(&e->closed, pks_ticks());
	return pks_wait_for_stop();
}

/* Wants the CPU that the context runs on, so that a thread is scheduled away. */
static int pks_rival_fn(void *unused)
{
	while (!kthread_should_stop())
		cond_resched();
	return 0;
}

static int pks_op_exposure(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	struct pks_exposure e = {
		.run = run, .page = page,
		.sleeps = run->context->flags & PKS_TEST_SLEEPS,
	};
	struct pks_job job = { .fn = pks_expose, .arg = &e };
	unsigned int cpu = cpumask_any_but(cpu_online_mask, run->cpu);
	struct task_struct *closer, *rival = NULL;
	int err = 0;

	e.limit = e.sleeps ? PKS_EXPOSURE_THREAD : PKS_EXPOSURE_HANDLER;
	closer = kthread_create_on_cpu(pks_closer_fn, &e, cpu, "pks_closer/%u");
	if (IS_ERR(closer))
		return PTR_ERR(closer);
	if (e.sleeps)
		rival = kthread_create_on_cpu(pks_rival_fn, NULL, run->cpu,
					      "pks_rival/%u");
	if (IS_ERR(rival)) {
		kthread_stop(closer);
		return PTR_ERR(rival);
	}
	kmap(page);
	wake_up_process(closer);
	if (rival)
		wake_up_process(rival);
	err = run->context->run(run, &job);
	/* Nobody waits for an access that will not come. */
	WRITE_ONCE(e.touched, true);
	while (!READ_ONCE(e.closed))
		pks_nap();
	kthread_stop(closer);
	if (rival)
		kthread_stop(rival);
	sample->touch = e.last > e.closed ? e.last - e.closed : 0;
	return err;
}

/* Time enough for a CPU with nothing to do to fall asleep, in us */
#define PKS_VISIT_PAUSE		2000

static int pks_op_visit_idle(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	usleep_range(PKS_VISIT_PAUSE, 2 * PKS_VISIT_PAUSE);
	return pks_op_visit(run, page, sample);
}

static int pks_begin_exposure(struct pks_run *run)
{
	return num_online_cpus() > 1 ? 0 : -ENODEV;
}

const struct pks_pattern pks_patterns_cost[] = {
	{
		.name = "visit",
		.desc = "into the context and back, with nothing to do there",
		.flags = PKS_TEST_PLAIN | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_visit,
	}, {
		.name = "visit_open",
		.desc = "the same inside kmap_local_page()",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_visit_open,
	}, {
		.name = "visit_busy",
		.desc = "the same, on a CPU where a thread runs, which is another one",
		.flags = PKS_TEST_ANY_CONTEXT,
		.begin = pks_begin_neighbour,
		.op = pks_op_visit,
		.end = pks_end_neighbour,
	}, {
		.name = "visit_idle",
		.desc = "the same, after a pause",
		.flags = PKS_TEST_PLAIN | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_visit_idle,
	}, {
		.name = "write_pkrs",
		.desc = "PKRS is written, PKS_TEST_BATCH times",
		.op = pks_op_write_pkrs,
	}, {
		.name = "read_pkrs",
		.desc = "PKRS is read, PKS_TEST_BATCH times",
		.op = pks_op_read_pkrs,
	}, {
		.name = "crowd_one",
		.desc = "kmap(), all CPUs touch the page at the same time: the slowest of them",
		.flags = PKS_TEST_KMAP,
		.begin = pks_begin_crowd,
		.op = pks_op_crowd_one,
		.end = pks_end_crowd,
	}, {
		.name = "crowd_own",
		.desc = "kmap(), each CPU touches a page of its own: the slowest of them",
		.flags = PKS_TEST_KMAP,
		.begin = pks_begin_crowd,
		.op = pks_op_crowd_own,
		.end = pks_end_crowd,
	}, {
		.name = "neighbour",
		.desc = "kmap(), kunmap(): longest stall and whole loss of a busy CPU",
		.flags = PKS_TEST_KMAP,
		.begin = pks_begin_neighbour,
		.op = pks_op_neighbour,
		.end = pks_end_neighbour,
	}, {
		.name = "exposure",
		.desc = "how long the context still has access after the last kunmap() elsewhere",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT | PKS_TEST_SOME_DENIED,
		.begin = pks_begin_exposure,
		.op = pks_op_exposure,
	},
	{ }
};
