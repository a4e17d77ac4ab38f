// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that end, and threads that begin, while something is open.
 */
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/umh.h>

#include "pks_test.h"

struct pks_mortal {
	struct pks_run *run;
	struct page *page;
	void (*life)(struct pks_mortal *mortal);
	struct completion over;
};

static int pks_mortal_fn(void *data)
{
	struct pks_mortal *mortal = data;

	mortal->life(mortal);
	kthread_complete_and_exit(&mortal->over, 0);
}

static int pks_live_and_die(struct pks_mortal *mortal)
{
	struct task_struct *task;

	init_completion(&mortal->over);
	task = kthread_create_on_cpu(pks_mortal_fn, mortal, mortal->run->cpu,
				     "pks_mortal/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&mortal->over);
	/* Gone for good, not only on its way out */
	while (READ_ONCE(task->__state) != TASK_DEAD)
		pks_nap();
	put_task_struct(task);
	return 0;
}

static void pks_die_mapped(struct pks_mortal *mortal)
{
	kmap_local_page(mortal->page);
	kmap_local_page(mortal->page);
}

static int pks_op_death(struct pks_run *run, struct page *page,
			struct pks_test_sample *sample)
{
	struct pks_mortal mortal = {
		.run = run,
		.page = page,
		.life = pks_die_mapped,
	};
	int err = pks_live_and_die(&mortal);
	struct pks_touch touch = { .page = page };

	return err ?: pks_touch_there(run, &touch);
}

static void pks_die_granted(struct pks_mortal *mortal)
{
	pks_touch_here(mortal->run, mortal->page);
}

static int pks_op_death_granted(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	struct pks_mortal mortal = {
		.run = run,
		.page = page,
		.life = pks_die_granted,
	};
	struct pks_touch touch = { .page = page };
	int err;

	kmap(page);
	err = pks_live_and_die(&mortal);
	kunmap(page);
	return err ?: pks_touch_there(run, &touch);
}

#ifdef CONFIG_PKS_TEST
static void pks_die_open(struct pks_mortal *mortal)
{
	pks_set_readwrite(PKS_KEY_TEST);
}

/* The thread has the CPU until it is dead, and we have it next: what is in the register? */
static int pks_op_death_next(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct pks_mortal mortal = { .run = run, .life = pks_die_open };
	struct task_struct *task;

	init_completion(&mortal.over);
	task = kthread_create_on_cpu(pks_mortal_fn, &mortal, task_cpu(current),
				     "pks_mortal/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	sched_set_fifo_low(task);
	wake_up_process(task);
	wait_for_completion(&mortal.over);
	pks_check(run, pks_read_pkrs() == PKS_INIT_VALUE, "the dead thread's key is closed");
	run->uapi.touched++;
	return 0;
}
#endif /* CONFIG_PKS_TEST */

#if defined(CONFIG_KRETPROBES) && defined(CONFIG_PKS_KMAP)
/*
 * A fork and an exec by whoever holds a mapping. Nobody forks with a mapping of
 * his own accord, so a probe opens the page on the way into the kernel function
 * that has to start afresh, in the context of the thread, and looks at what
 * that left when it returns. One at a time: the probe is not ours alone.
 */
static struct pks_run *pks_birth_run;
static struct page *pks_birth_page;
static atomic_t pks_birth_seen;
static u32 pks_birth_pkrs;

static int pks_birth_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	kmap_local_page(pks_birth_page);
	return 0;
}

/*
 * Only the worker that makes our program: another task's fork may be under way
 * when the probe goes, and nobody would close the page for it.
 */
static int pks_fork_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return current->flags & PF_WQ_WORKER ? pks_birth_enter(ri, regs) : 1;
}

NOKPROBE_SYMBOL(pks_fork_enter);

NOKPROBE_SYMBOL(pks_birth_enter);

static bool pks_starts_afresh(struct task_struct *task)
{
	return pks_is_default(&task->thread.pks.ctx) &&
	       !task->thread.pks.mapped;
}

static int pks_fork_done(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct task_struct *child = (void *)regs_return_value(regs);

	kunmap_local(page_address(pks_birth_page));
	if (!IS_ERR(child))
		pks_check(pks_birth_run, pks_starts_afresh(child),
			  "the child of a fork starts from the default");
	atomic_inc(&pks_birth_seen);
	return 0;
}

NOKPROBE_SYMBOL(pks_fork_done);

static int pks_exec_done(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	pks_check(pks_birth_run, pks_starts_afresh(current) &&
		  pks_read_pkrs() == pks_birth_pkrs,
		  "a new program starts from the default");
	atomic_inc(&pks_birth_seen);
	return 0;
}

NOKPROBE_SYMBOL(pks_exec_done);

static int pks_probe_birth(struct pks_run *run, struct page *page,
			   struct kretprobe *probe)
{
	static DEFINE_MUTEX(lock);
	char program[] = "/bin/true";
	char *argv[] = { program, NULL };
	char *envp[] = { NULL };
	int err;

	mutex_lock(&lock);
	pks_birth_run = run;
	pks_birth_page = page;
	pks_birth_pkrs = pks_read_pkrs();
	atomic_set(&pks_birth_seen, 0);
	err = register_kretprobe(probe);
	if (err)
		goto out;
	call_usermodehelper(argv[0], argv, envp, UMH_WAIT_PROC);
	unregister_kretprobe(probe);
	pks_check(run, atomic_read(&pks_birth_seen), "the probe was hit");
	run->uapi.touched++;
out:
	mutex_unlock(&lock);
	return err;
}

static int pks_op_fork(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	struct kretprobe probe = {
		.kp.symbol_name = "copy_process",
		.entry_handler = pks_fork_enter,
		.handler = pks_fork_done,
	};

	return pks_probe_birth(run, page, &probe);
}

static int pks_op_exec(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	struct kretprobe probe = {
		.kp.symbol_name = "flush_thread",
		.entry_handler = pks_birth_enter,
		.handler = pks_exec_done,
	};

	return pks_probe_birth(run, page, &probe);
}
#endif /* CONFIG_KRETPROBES && CONFIG_PKS_KMAP */

const struct pks_pattern pks_patterns_death[] = {
	{
		.name = "death",
		.desc = "a thread exits with kmap_local mappings, then a touch by the context",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED |
			 PKS_TEST_WARNS,
		.op = pks_op_death,
	}, {
		.name = "death_granted",
		.desc = "a thread exits with a grant, then a touch by the context",
		.flags = PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT | PKS_TEST_SOME_DENIED,
		.op = pks_op_death_granted,
	},
#ifdef CONFIG_PKS_TEST
	{
		.name = "death_next",
		.desc = "a thread exits with a key open, and the caller runs next",
		.flags = PKS_TEST_SELF_CHECK,
		.op = pks_op_death_next,
	},
#endif
#if defined(CONFIG_KRETPROBES) && defined(CONFIG_PKS_KMAP)
	{
		.name = "fork",
		.desc = "a task that has a page mapped makes another",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ATOMIC | PKS_TEST_SELF_CHECK,
		.op = pks_op_fork,
	}, {
		.name = "exec",
		.desc = "a task that has a page mapped executes a program",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ATOMIC | PKS_TEST_SELF_CHECK,
		.op = pks_op_exec,
	},
#endif
	{ }
};
