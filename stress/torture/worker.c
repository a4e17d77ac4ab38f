// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that do the next best thing to pages, again and again: in their own
 * context, or in one that they ask the driver for.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "torture.h"

#define TORTURE_HELD	3
#define TORTURE_OPENED	4
#define TORTURE_SLOTS	4

/**
 * struct torture_worker - one of these threads
 * @actor:	its events
 * @ctx:	its context
 * @task:	itself
 * @held:	kmap()s that it has to undo, or to give away
 * @nr_held:	how many
 * @opened:	its kmap_local mappings, the latest last
 * @nr_opened:	how many
 * @session:	for the driver's contexts
 * @run:	for the driver's contexts
 * @steps:	that it takes; 0: any number
 * @done:	it has taken them
 */
struct torture_worker {
	struct torture_actor actor;
	struct torture_ctx ctx;
	struct task_struct *task;
	struct torture_page *held[TORTURE_HELD];
	unsigned int nr_held;
	struct torture_page *opened[TORTURE_OPENED];
	unsigned int nr_opened;
	struct pks_session session;
	struct pks_run run;
	unsigned long steps;
	bool done;
};

static struct torture_worker *torture_workers;
static unsigned int torture_nr_workers;

/* kmap()s on their way from one worker to another */
static struct torture_page *torture_slots[TORTURE_SLOTS];

/*
 * Some schemes open the key to all: that hides what must be denied, so it is done
 * by few at a time, and not for long.
 */
static bool torture_opens_key(void)
{
	return !torture.per_page && torture.flags & PKS_SCHEME_KMAP_SLEEPS &&
	       !(torture.flags & PKS_SCHEME_LOCAL_SLEEPS);
}

static void torture_step_kmap(struct torture_worker *w)
{
	struct torture_page *p = torture_any_page(&w->actor);

	if (w->nr_held == TORTURE_HELD ||
	    (torture_opens_key() && (torture_rnd(&w->actor, 4) ||
				     atomic_read(&torture.all.maybe) > 1)))
		return;
	torture_kmap(&w->ctx, p);
	w->held[w->nr_held++] = p;
}

static struct torture_page *torture_pick_held(struct torture_worker *w)
{
	unsigned int i = torture_rnd(&w->actor, w->nr_held);
	struct torture_page *p = w->held[i];

	w->held[i] = w->held[--w->nr_held];
	return p;
}

static void torture_step_kunmap(struct torture_worker *w)
{
	if (w->nr_held)
		torture_kunmap(&w->ctx, torture_pick_held(w));
}

static void torture_step_give(struct torture_worker *w)
{
	unsigned int i = torture_rnd(&w->actor, TORTURE_SLOTS);
	struct torture_page *p;

	if (!w->nr_held || torture_opens_key())
		return;
	p = torture_pick_held(w);
	torture_log(&w->ctx, TORTURE_GIVE, p, TORTURE_MAY, true);
	if (cmpxchg(&torture_slots[i], NULL, p))
		torture_kunmap(&w->ctx, p);
}

static void torture_step_take(struct torture_worker *w)
{
	struct torture_page *p;

	p = xchg(&torture_slots[torture_rnd(&w->actor, TORTURE_SLOTS)], NULL);
	if (!p)
		return;
	torture_log(&w->ctx, TORTURE_TAKE, p, TORTURE_MAY, true);
	torture_probe(&w->ctx, p);
	torture_kunmap(&w->ctx, p);
}

static void torture_step_open(struct torture_worker *w)
{
	struct torture_page *p = torture_any_page(&w->actor);

	if (w->nr_opened == TORTURE_OPENED)
		return;
	torture_open(&w->ctx, p);
	w->opened[w->nr_opened++] = p;
}

static void torture_step_close(struct torture_worker *w)
{
	if (w->nr_opened)
		torture_close(&w->ctx, w->opened[--w->nr_opened]);
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
static void torture_step_access(struct torture_worker *w)
{
	torture_access(&w->ctx);
}
#endif

static void torture_step_probe(struct torture_worker *w)
{
	struct torture_page *p = torture_any_page(&w->actor);

	if (w->nr_held && torture_rnd(&w->actor, 2))
		p = w->held[torture_rnd(&w->actor, w->nr_held)];
	torture_probe(&w->ctx, p);
}

/**
 * torture_visit() - a context of its own does a few things and ends
 * @actor:	on whose behalf
 * @where:	index of the context
 * @thread:	it can sleep
 */
void torture_visit(struct torture_actor *actor, unsigned int where, bool thread)
{
	struct torture_ctx ctx = { .actor = actor, .where = where, .thread = thread };
	bool may_open = thread || !(torture.flags & PKS_SCHEME_LOCAL_SLEEPS);
	struct torture_page *opened[2];
	unsigned int i = torture_rnd(actor, 6), nr = 0;

	torture_enter(&ctx);
	while (i--) {
		struct torture_page *p = torture_any_page(actor);

		switch (torture_rnd(actor, TORTURE_PGMAP_AD ? 5 : 4)) {
		case 0:
			if (!may_open || nr == ARRAY_SIZE(opened))
				break;
			torture_open(&ctx, p);
			opened[nr++] = p;
			break;
		case 1:
			if (nr)
				torture_close(&ctx, opened[--nr]);
			break;
		case 4:
			torture_access(&ctx);
			break;
		default:
			torture_probe(&ctx, p);
		}
	}
	while (nr)
		torture_close(&ctx, opened[--nr]);
	if (ctx.accesses)
		torture_access(&ctx);
	torture_leave(&ctx);
}

struct torture_job {
	struct pks_job job;
	struct torture_worker *w;
	unsigned int where;
	struct torture_page *kunmap;
};

static void torture_job_fn(void *data)
{
	struct torture_job *job = data;
	bool thread = pks_contexts[job->where].flags & PKS_TEST_SLEEPS;
	struct torture_ctx ctx = {
		.actor = &job->w->actor,
		.where = job->where,
		.thread = thread,
	};

	torture_visit(&job->w->actor, job->where, thread);
	if (!job->kunmap)
		return;
	ctx.preempt = preempt_count();
	ctx.granted = true;
	ctx.switches = current->nvcsw + current->nivcsw;
	torture_kunmap(&ctx, job->kunmap);
	job->kunmap = NULL;
}

/* Some other context, which may be the one to undo a kmap(). */
static void torture_step_visit(struct torture_worker *w)
{
	const struct pks_context_type *type;
	struct torture_job job = {
		.job = { .fn = torture_job_fn, .arg = &job },
		.w = w,
		.where = 1 + torture_rnd(&w->actor, pks_nr_contexts - 1),
	};
	bool unmap = w->nr_held && torture_rnd(&w->actor, 2), other;

	type = &pks_contexts[job.where];
	if (unmap && (type->flags & PKS_TEST_SLEEPS ||
		      !(torture.flags & PKS_SCHEME_KMAP_SLEEPS)))
		job.kunmap = torture_pick_held(w);

	/* On one's own CPU an "other CPU" is no context of its own. */
	other = type->flags & PKS_TEST_OTHER_CPU;
	if (other)
		preempt_disable();
	if (!other || w->run.cpu != smp_processor_id())
		type->run(&w->run, &job.job);
	if (other)
		preempt_enable();
	if (job.kunmap)
		torture_kunmap(&w->ctx, job.kunmap);
}

static void torture_step_sleep(struct torture_worker *w)
{
	torture_log(&w->ctx, TORTURE_SLEEP, NULL, TORTURE_MAY, true);
	usleep_range(10, 100);
}

/*
 * Anywhere; what was offline may come back. A CPU that is about to go would still
 * take a kernel thread, so nobody is moved while CPUs change.
 */
static void torture_move(struct task_struct *task, struct torture_actor *actor)
{
	unsigned int cpu = torture_rnd(actor, nr_cpu_ids);

	if (!cpus_read_trylock())
		return;
	if (cpu_online(cpu))
		set_cpus_allowed_ptr(task, cpumask_of(cpu));
	else
		set_cpus_allowed_ptr(task, cpu_possible_mask);
	cpus_read_unlock();
}

static void torture_step_migrate(struct torture_worker *w)
{
	torture_move(current, &w->actor);
	torture_log(&w->ctx, TORTURE_MIGRATE, NULL, TORTURE_MAY, true);
}

/**
 * torture_move_worker() - make a worker go on elsewhere, wherever it is
 * @actor:	decides which, and where
 *
 * Context: may sleep; holds torture.lock, so that the worker does not end
 */
void torture_move_worker(struct torture_actor *actor)
{
	struct torture_worker *w;

	w = &torture_workers[torture_rnd(actor, torture_nr_workers)];
	torture_move(w->task, actor);
}

/* A new page from the allocator must be accessible to anyone. */
static struct page *torture_new_page(struct torture_worker *w)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool ok;

	if (!page)
		return NULL;
	ok = pks_write(page_address(page), pks_expected(page));
	torture_check(&w->ctx, ok, "access to a page of the allocator", true, ok);
	return page;
}

/* A page of one's own: gets its key, and is given back with the key or without. */
static void torture_step_tag(struct torture_worker *w)
{
	struct torture_page own = { .page = torture_new_page(w), .index = -1 };
	unsigned long addr;

	if (!own.page)
		return;
	addr = (unsigned long)page_address(own.page);
	if (!set_memory_pkey(addr, 1, PKS_TEST_KEY)) {
		torture_log(&w->ctx, TORTURE_TAG, &own, TORTURE_MAY, true);
		torture_probe(&w->ctx, &own);
		torture_open(&w->ctx, &own);
		torture_probe(&w->ctx, &own);
		torture_close(&w->ctx, &own);
		if (torture_rnd(&w->actor, 2))
			set_memory_pkey(addr, 1, PKS_KEY_DEFAULT);
	}
	__free_page(own.page);
	torture_log(&w->ctx, TORTURE_FREE, NULL, TORTURE_MAY, true);
}

struct torture_mortal {
	struct torture_worker *w;
	struct completion over;
};

/* Lives with its parent's events, as that waits, and dies with what it opened. */
static int torture_mortal_fn(void *data)
{
	struct torture_mortal *mortal = data;
	struct torture_actor *actor = &mortal->w->actor;
	struct torture_ctx ctx = {
		.actor = actor,
		.where = TORTURE_MORTAL,
		.thread = true,
	};

	torture_enter(&ctx);
	torture_probe(&ctx, torture_any_page(actor));
	if (!(torture.flags & PKS_SCHEME_LOCAL_SLEEPS)) {
		torture_open(&ctx, torture_any_page(actor));
		torture_open(&ctx, torture_any_page(actor));
		torture_probe(&ctx, torture_any_page(actor));
	}
	kthread_complete_and_exit(&mortal->over, 0);
}

static void torture_step_birth(struct torture_worker *w)
{
	struct torture_mortal mortal = { .w = w };
	struct task_struct *task;

	init_completion(&mortal.over);
	torture_log(&w->ctx, TORTURE_BIRTH, NULL, TORTURE_MAY, true);
	task = kthread_run(torture_mortal_fn, &mortal, "pks_mortal");
	if (!IS_ERR(task))
		wait_for_completion(&mortal.over);
}

static void torture_step_poke(struct torture_worker *w)
{
	torture_poke(&w->actor);
}

static const struct torture_step {
	void (*fn)(struct torture_worker *w);
	unsigned int weight;
} torture_steps[] = {
	{ torture_step_kmap,	10 },
	{ torture_step_kunmap,	8 },
	{ torture_step_give,	5 },
	{ torture_step_take,	7 },
	{ torture_step_open,	10 },
	{ torture_step_close,	13 },
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	{ torture_step_access,	12 },
#endif
	{ torture_step_probe,	25 },
	{ torture_step_visit,	10 },
	{ torture_step_sleep,	4 },
	{ torture_step_migrate,	2 },
	{ torture_step_tag,	1 },
	{ torture_step_birth,	1 },
	{ torture_step_poke,	4 },
};

static void torture_step(struct torture_worker *w)
{
	unsigned int i, sum = 0, pick;

	if (torture_opens_key() && w->nr_held && torture_rnd(&w->actor, 2))
		return torture_step_kunmap(w);
	for (i = 0; i < ARRAY_SIZE(torture_steps); i++)
		sum += torture_steps[i].weight;
	pick = torture_rnd(&w->actor, sum);
	for (i = 0; pick >= torture_steps[i].weight; i++)
		pick -= torture_steps[i].weight;
	torture_steps[i].fn(w);
}

static int torture_worker_fn(void *data)
{
	struct torture_worker *w = data;
	unsigned long step;

	torture_enter(&w->ctx);
	for (step = 0; !w->steps || step < w->steps; step++) {
		if (kthread_should_stop() || torture_has_failed())
			break;
		torture_step(w);
		cond_resched();
	}
	while (w->nr_opened)
		torture_step_close(w);
	while (w->nr_held)
		torture_step_kunmap(w);
	if (w->ctx.accesses)
		torture_access(&w->ctx);
	torture_leave(&w->ctx);
	smp_store_release(&w->done, true); /* pairs with torture_workers_done() */

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

bool torture_workers_done(void)
{
	unsigned int i;

	for (i = 0; i < torture_nr_workers; i++)
		/* pairs with torture_worker_fn() */
		if (!smp_load_acquire(&torture_workers[i].done))
			return false;
	return true;
}

/* Everyone unmaps what it has, and what is on its way to nobody is unmapped here. */
void torture_stop_workers(void)
{
	struct torture_ctx ctx = { .thread = true, .preempt = preempt_count() };
	unsigned int i;

	for (i = 0; i < torture_nr_workers; i++)
		if (torture_workers[i].task)
			kthread_stop_put(torture_workers[i].task);
	for (i = 0; i < torture_nr_workers; i++)
		pks_stop_worker(&torture_workers[i].session.worker);

	ctx.actor = &torture_workers[0].actor;
	for (i = 0; i < TORTURE_SLOTS; i++) {
		struct torture_page *p = xchg(&torture_slots[i], NULL);

		if (p)
			torture_kunmap(&ctx, p);
	}
	torture_check_end(&ctx);
}

/* Their events are looked at after they have stopped. */
void torture_free_workers(void)
{
	kvfree(torture_workers);
}

/**
 * torture_start_workers() - let them go
 * @workers:	how many
 * @steps:	of each; 0: until they are stopped
 * @seed:	of their decisions
 *
 * Return: 0, or a negative errno and none is left
 */
int torture_start_workers(unsigned int workers, unsigned long steps, u64 seed)
{
	unsigned int i;
	int err;

	torture_workers = kvcalloc(workers, sizeof(*torture_workers), GFP_KERNEL);
	if (!torture_workers)
		return -ENOMEM;

	for (i = 0; i < workers; i++) {
		struct torture_worker *w = &torture_workers[i];
		struct task_struct *task;

		torture_init_actor(&w->actor, seed, "worker %u", i);
		w->ctx.actor = &w->actor;
		w->ctx.thread = true;
		w->steps = steps;
		w->run.session = &w->session;
		w->run.cpu = cpumask_any(cpu_online_mask);
		task = kthread_create(torture_worker_fn, w, "pks_torture/%u", i);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			goto stop;
		}
		w->task = get_task_struct(task);
	}
	torture_nr_workers = workers;
	for (i = 0; i < workers; i++)
		wake_up_process(torture_workers[i].task);
	return 0;

stop:
	while (i--)
		kthread_stop_put(torture_workers[i].task);
	kvfree(torture_workers);
	return err;
}
