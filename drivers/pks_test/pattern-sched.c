// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings and the scheduler: preempted, migrated, switched away from; and the
 * switch itself.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "pks_test.h"

/* Sleeps with the page mapped: the domain goes away and comes back. */
static int pks_op_preempt(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	void *addr = kmap_local_page(page);

	pks_switch_away();
	sample->touch = pks_touch_here(run, page);
	kunmap_local(addr);
	return 0;
}

/* Whoever takes that CPU away meanwhile has the thread go on elsewhere. */
static int pks_move_to(unsigned int cpu)
{
	int err = set_cpus_allowed_ptr(current, cpumask_of(cpu));

	if (err == -EINVAL || (!err && task_cpu(current) != cpu))
		return -ENODEV;
	return err;
}

/* The mapping follows the thread to another CPU and back. */
static int pks_op_migrate(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	unsigned int home = task_cpu(current);
	void *addr = kmap_local_page(page);
	u64 val = 0;
	int err;

	err = pks_move_to(run->cpu);
	if (!err) {
		sample->touch = pks_touch_here(run, page);
		kunmap_local(addr);
		/* Closed on this CPU, so closed on the other */
		err = pks_move_to(home);
		if (!err && pks_read(addr, &val))
			run->uapi.wrong++;
		return err;
	}
	kunmap_local(addr);
	return err;
}

static int pks_begin_migrate(struct pks_run *run)
{
	return task_cpu(current) == run->cpu ? -EINVAL : 0;
}

static void pks_end_migrate(struct pks_run *run)
{
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/* The first CPU may have to stay, and 1 says that somebody else was faster. */
static int pks_take_offline(unsigned int cpu)
{
	int err = remove_cpu(cpu);

	if (err == -EPERM)
		return -EOPNOTSUPP;
	return err > 0 ? -ENODEV : err;
}

/* What a CPU has counted is counted, wherever the CPU is. */
static bool pks_counts_are_kept(const struct pks_test_counts *before)
{
	struct pks_test_counts now;

	pks_get_counts(&now);
	return now.msr_writes >= before->msr_writes && now.msr_spared >= before->msr_spared &&
	       now.faults >= before->faults && now.grants >= before->grants &&
	       now.denials >= before->denials;
}

/* Two that take CPUs away would have none left. */
static DEFINE_MUTEX(pks_offline_mutex);

/* The CPU goes offline under a thread that has a page mapped there. */
static int pks_offline_mapped(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	void *addr = kmap_local_page(page);
	struct pks_test_counts counts;
	u64 val = 0;
	int err;

	err = pks_move_to(run->cpu);
	pks_get_counts(&counts);
	err = err ?: pks_take_offline(run->cpu);
	if (err) {
		kunmap_local(addr);
		return err;
	}
	sample->touch = pks_touch_here(run, page);
	kunmap_local(addr);
	if (pks_read(addr, &val) || !pks_counts_are_kept(&counts))
		run->uapi.wrong++;
	return min(add_cpu(run->cpu), 0);
}

static int pks_op_offline(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	int err = mutex_lock_killable(&pks_offline_mutex);

	if (err)
		return err;
	err = pks_offline_mapped(run, page, sample);
	mutex_unlock(&pks_offline_mutex);
	return err;
}

/* A grant does not outlive a switch, the count does. */
static int pks_op_grant_switch(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	u64 val = 0;

	kmap(page);
	pks_touch_here(run, page);
	pks_switch_away();
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	pks_switch_away();
	if (pks_read(page_address(page), &val))
		run->uapi.wrong++;
	return 0;
}

/*
 * Read a page of user memory that is not there: the handler of the #PF sleeps
 * in pks_vm_fault(), on top of the context that reads.
 */
static int pks_sleep_in_fault(struct pks_run *run)
{
	unsigned long addr;
	u8 byte;
	int err;

	addr = vm_mmap(run->file, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	err = get_user(byte, (u8 __user *)addr);
	vm_munmap(addr, PAGE_SIZE);
	return err;
}

/* The mapping is put aside for the fault, and there again after it. */
static int pks_op_fault_sleep(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	void *addr = kmap_local_page(page);
	int err = pks_sleep_in_fault(run);

	sample->touch = pks_touch_here(run, page);
	kunmap_local(addr);
	return err;
}

/* A grant is put aside, too, but the switch ends it all the same. */
static int pks_op_grant_fault(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	u64 val = 0;
	int err;

	kmap(page);
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	err = pks_sleep_in_fault(run);
	if (pks_read(page_address(page), &val))
		run->uapi.wrong++;
	return err;
}

/* Wants the CPU all the time. */
static int pks_rival_fn(void *unused)
{
	while (!kthread_should_stop())
		cond_resched();
	return 0;
}

static int pks_begin_rival(struct pks_run *run)
{
	run->partner = kthread_create_on_cpu(pks_rival_fn, NULL, task_cpu(current),
					     "pks_rival/%u");
	if (IS_ERR(run->partner))
		return PTR_ERR(run->partner);
	wake_up_process(run->partner);
	return 0;
}

/* The same where the switch inside the fault is none that the thread has asked for */
static int pks_op_grant_preempted(struct pks_run *run, struct page *page,
				  struct pks_test_sample *sample)
{
	unsigned long addr;
	u64 val = 0;
	u8 byte;
	int err;

	addr = vm_mmap(run->file, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE,
		       PKS_PREEMPTED_PAGE * PAGE_SIZE);
	if (IS_ERR_VALUE(addr))
		return addr;
	kmap(page);
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	err = get_user(byte, (u8 __user *)addr);
	if (pks_read(page_address(page), &val))
		run->uapi.wrong++;
	vm_munmap(addr, PAGE_SIZE);
	return err;
}

/* Only a kernel thread can be told to stop. */
static bool pks_stopping(void)
{
	return (current->flags & PF_KTHREAD) && kthread_should_stop();
}

/* Let the other one run, and wait until it lets us. */
static void pks_pass_turn(struct pks_run *run, struct task_struct *to)
{
	struct task_struct *self = current;

	WRITE_ONCE(run->turn, to);
	wake_up_process(to);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(run->turn) == self || pks_stopping())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/**
 * struct pks_partner - what the other thread has
 * @run:	the run
 * @caller:	the one that it takes turns with
 * @local:	page that it has mapped, or NULL
 * @stray:	page that it touches each time, or NULL
 */
struct pks_partner {
	struct pks_run *run;
	struct task_struct *caller;
	struct page *local;
	struct page *stray;
};

static int pks_partner_fn(void *data)
{
	struct pks_partner partner = *(struct pks_partner *)data;
	void *addr = partner.local ? kmap_local_page(partner.local) : NULL;

	while (!kthread_should_stop()) {
		if (partner.stray)
			pks_touch_here(partner.run, partner.stray);
		pks_pass_turn(partner.run, partner.caller);
	}
	if (addr)
		kunmap_local(addr);
	return 0;
}

static int pks_begin_switch(struct pks_run *run, struct pks_partner *partner,
			    struct page *local)
{
	struct task_struct *task;

	partner->run = run;
	partner->caller = current;
	task = kthread_create_on_cpu(pks_partner_fn, partner, task_cpu(current),
				     "pks_switch/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	run->partner = task;
	if (local)
		kmap_local_page(local);
	/* The first turn, in which the partner takes its copy of the struct */
	pks_pass_turn(run, task);
	return 0;
}

static int pks_begin_switch_none(struct pks_run *run)
{
	return pks_begin_switch(run, &(struct pks_partner){ }, NULL);
}

static int pks_begin_switch_one(struct pks_run *run)
{
	return pks_begin_switch(run, &(struct pks_partner){ }, run->pages->page[0]);
}

static int pks_begin_switch_both(struct pks_run *run)
{
	struct pks_partner partner = { .local = run->pages->page[0] };

	return pks_begin_switch(run, &partner, run->pages->page[0]);
}

/* The caller has nothing, at first. */
static int pks_begin_switch_other(struct pks_run *run)
{
	return pks_begin_switch(run, &(struct pks_partner){ .local = run->pages->page[0] }, NULL);
}

static int pks_begin_switch_probe(struct pks_run *run)
{
	struct pks_partner partner = { .stray = run->pages->page[0] };
	int err = pks_begin_switch(run, &partner, run->pages->page[0]);

	/* The first turn does not count. */
	run->uapi.denied = 0;
	return err;
}

static void pks_end_switch(struct pks_run *run)
{
	kthread_stop(run->partner);
	run->partner = NULL;
}

static void pks_end_switch_open(struct pks_run *run)
{
	pks_end_switch(run);
	kunmap_local(page_address(run->pages->page[0]));
}

static int pks_op_switch(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	pks_pass_turn(run, run->partner);
	sample->touch = pks_ticks() - begin;
	run->uapi.touched++;
	return 0;
}

/* A grant ends with a switch to a thread for which the key stays open. */
static int pks_op_switch_granted(struct pks_run *run, struct page *page,
				 struct pks_test_sample *sample)
{
	u64 val = 0;

	kmap(page);
	sample->touch = pks_touch_here(run, page);
	kunmap(page);
	pks_pass_turn(run, run->partner);
	if (pks_read(page_address(page), &val))
		run->uapi.wrong++;
	return 0;
}

static int pks_op_switch_probe(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	pks_pass_turn(run, run->partner);
	sample->touch = pks_touch_here(run, run->pages->page[0]);
	return 0;
}

#ifdef CONFIG_PKS_KMAP
/* The other thread is granted the key in each of its turns. */
static int pks_begin_switch_asleep(struct pks_run *run)
{
	struct pks_partner partner = { .stray = run->pages->page[0] };
	int err;

	kmap(run->pages->page[0]);
	err = pks_begin_switch(run, &partner, NULL);
	if (err)
		kunmap(run->pages->page[0]);
	return err;
}

/* Whoever is switched away from has no grant any more, and not only when it runs again. */
static int pks_op_switch_asleep(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	const struct pks_context *ctx = &run->partner->thread.pks.ctx;

	pks_pass_turn(run, run->partner);
	pks_check(run, READ_ONCE(ctx->pkrs) == PKS_INIT_VALUE && !READ_ONCE(ctx->granted),
		  "who sleeps has no grant");
	return 0;
}

static void pks_end_switch_asleep(struct pks_run *run)
{
	pks_end_switch(run);
	kunmap(run->pages->page[0]);
}
#endif /* CONFIG_PKS_KMAP */

#ifdef CONFIG_DEBUG_PKS
/* What a thread holds is changed while it sleeps: who switches to it finds out. */
static int pks_op_switch_mistaken(struct pks_run *run, struct page *page,
				  struct pks_test_sample *sample)
{
	struct pks_context *ctx = &run->partner->thread.pks.ctx;

	WRITE_ONCE(ctx->depth, 1);
	pks_pass_turn(run, run->partner);
	WRITE_ONCE(ctx->depth, 0);
	run->uapi.touched++;
	return 0;
}
#endif

const struct pks_pattern pks_patterns_sched[] = {
	{
		.name = "preempt",
		.desc = "sleep inside kmap_local_page(), then touch",
		.flags = PKS_TEST_LOCAL,
		.op = pks_op_preempt,
	}, {
		.name = "migrate",
		.desc = "move to another CPU inside kmap_local_page(), touch, unmap there",
		.flags = PKS_TEST_LOCAL | PKS_TEST_MOVES,
		.begin = pks_begin_migrate,
		.op = pks_op_migrate,
		.end = pks_end_migrate,
	}, {
		.name = "offline",
		.desc = "take a CPU offline from itself, inside kmap_local_page(), then touch",
		.flags = PKS_TEST_LOCAL | PKS_TEST_MOVES,
		.begin = pks_begin_migrate,
		.op = pks_op_offline,
		.end = pks_end_migrate,
	}, {
		.name = "grant_switch",
		.desc = "kmap(), touch, sleep, touch, kunmap(), sleep, stray touch",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_grant_switch,
	}, {
		.name = "fault_sleep",
		.desc = "a #PF that sleeps inside kmap_local_page(), then touch",
		.flags = PKS_TEST_LOCAL,
		.op = pks_op_fault_sleep,
	}, {
		.name = "grant_fault",
		.desc = "kmap(), touch, kunmap(), a #PF that sleeps, stray touch",
		.flags = PKS_TEST_KMAP,
		.op = pks_op_grant_fault,
	}, {
		.name = "grant_preempted",
		.desc = "kmap(), touch, kunmap(), a #PF that is preempted, stray touch",
		.flags = PKS_TEST_KMAP,
		.begin = pks_begin_rival,
		.op = pks_op_grant_preempted,
		.end = pks_end_switch,
	}, {
		.name = "switch_none",
		.desc = "to a kernel thread and back, both at the default PKRS",
		.flags = PKS_TEST_PLAIN,
		.begin = pks_begin_switch_none,
		.op = pks_op_switch,
		.end = pks_end_switch,
	}, {
		.name = "switch_one",
		.desc = "to a kernel thread and back, the caller has a page mapped",
		.flags = PKS_TEST_LOCAL,
		.begin = pks_begin_switch_one,
		.op = pks_op_switch,
		.end = pks_end_switch_open,
	}, {
		.name = "switch_both",
		.desc = "to a kernel thread and back, both have a page mapped",
		.flags = PKS_TEST_LOCAL,
		.begin = pks_begin_switch_both,
		.op = pks_op_switch,
		.end = pks_end_switch_open,
	}, {
		.name = "switch_granted",
		.desc = "the caller is granted the key, the other thread has a page mapped",
		.flags = PKS_TEST_KMAP | PKS_TEST_LOCAL | PKS_TEST_SELF_CHECK,
		.begin = pks_begin_switch_other,
		.op = pks_op_switch_granted,
		.end = pks_end_switch,
	}, {
		.name = "switch_probe",
		.desc = "the caller has a page mapped, the other thread touches it",
		.flags = PKS_TEST_LOCAL | PKS_TEST_SOME_DENIED,
		.begin = pks_begin_switch_probe,
		.op = pks_op_switch_probe,
		.end = pks_end_switch_open,
	},
#ifdef CONFIG_PKS_KMAP
	{
		.name = "switch_asleep",
		.desc = "the other thread touches a page that is kmap()ed, and sleeps",
		.flags = PKS_TEST_KMAP | PKS_TEST_SELF_CHECK,
		.begin = pks_begin_switch_asleep,
		.op = pks_op_switch_asleep,
		.end = pks_end_switch_asleep,
	},
#endif
#ifdef CONFIG_DEBUG_PKS
	{
		.name = "switch_mistaken",
		.desc = "what the other thread holds is changed: debug builds warn",
		.flags = PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.begin = pks_begin_switch_none,
		.op = pks_op_switch_mistaken,
		.end = pks_end_switch,
	},
#endif
	{ }
};
