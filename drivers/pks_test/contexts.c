// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that a job can run in: threads, softirqs, interrupts. Those that are
 * entered like an NMI are in exceptions.c.
 */
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "pks_test.h"

static void pks_do_job(struct pks_job *job)
{
	job->fn(job->arg);
	/* pairs with pks_job_done(): what the job wrote is seen with this */
	smp_store_release(&job->done, true);
}

static bool pks_job_done(struct pks_job *job)
{
	/* pairs with pks_do_job() */
	return smp_load_acquire(&job->done);
}

static int pks_run_thread(struct pks_run *run, struct pks_job *job)
{
	pks_do_job(job);
	return 0;
}

static int pks_worker_fn(void *data)
{
	struct pks_worker *worker = data;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		if (!worker->job) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		pks_do_job(worker->job);
		worker->job = NULL;
		complete(&worker->finished);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * pks_stop_worker() - end the kernel thread of a session
 * @worker:	has no job
 */
void pks_stop_worker(struct pks_worker *worker)
{
	if (worker->task)
		kthread_stop(worker->task);
	worker->task = NULL;
}
EXPORT_SYMBOL_GPL(pks_stop_worker);

static int pks_start_worker(struct pks_worker *worker, unsigned int cpu)
{
	struct task_struct *task;

	if (worker->task && worker->cpu == cpu)
		return 0;

	pks_stop_worker(worker);
	task = kthread_create_on_cpu(pks_worker_fn, worker, cpu, "pks_test/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	init_completion(&worker->finished);
	worker->task = task;
	worker->cpu = cpu;
	wake_up_process(task);
	return 0;
}

/* The thread sleeps between two jobs, so that each finds a fresh context. */
static int pks_run_kthread(struct pks_run *run, struct pks_job *job)
{
	struct pks_worker *worker = &run->session->worker;
	unsigned long switches;
	int err = pks_start_worker(worker, run->cpu);

	if (err)
		return err;
	switches = worker->task->nvcsw;
	worker->job = job;
	wake_up_process(worker->task);
	wait_for_completion(&worker->finished);
	/* It has switched away before it can be asked again. */
	while (READ_ONCE(worker->task->nvcsw) == switches)
		pks_nap();
	return 0;
}

struct pks_work {
	struct work_struct work;
	struct pks_job *job;
};

static void pks_work_fn(struct work_struct *work)
{
	pks_do_job(container_of(work, struct pks_work, work)->job);
}

static int pks_run_workqueue(struct pks_run *run, struct pks_job *job)
{
	struct pks_work work = { .job = job };

	INIT_WORK_ONSTACK(&work.work, pks_work_fn);
	queue_work_on(run->cpu, system_wq, &work.work);
	flush_work(&work.work);
	destroy_work_on_stack(&work.work);
	return 0;
}

struct pks_irq_work {
	struct irq_work work;
	struct pks_job *job;
};

static void pks_irq_work_fn(struct irq_work *work)
{
	pks_do_job(container_of(work, struct pks_irq_work, work)->job);
}

/* A self-IPI, which interrupts the caller. */
static int pks_run_hardirq(struct pks_run *run, struct pks_job *job)
{
	struct pks_irq_work work = {
		.work = IRQ_WORK_INIT_HARD(pks_irq_work_fn),
		.job = job,
	};

	preempt_disable();
	irq_work_queue(&work.work);
	while (!pks_job_done(job))
		cpu_relax();
	preempt_enable();
	irq_work_sync(&work.work);
	return 0;
}

struct pks_tasklet {
	struct tasklet_struct tasklet;
	struct pks_job *job;
};

static void pks_tasklet_fn(struct tasklet_struct *t)
{
	pks_do_job(container_of(t, struct pks_tasklet, tasklet)->job);
}

static void pks_raise_tasklet(void *tasklet)
{
	tasklet_schedule(tasklet);
}

/* Raised by an interrupt, so that it runs when that returns. */
static int pks_run_softirq(struct pks_run *run, struct pks_job *job)
{
	struct pks_tasklet tasklet = { .job = job };
	struct pks_job raise = {
		.fn = pks_raise_tasklet,
		.arg = &tasklet.tasklet,
	};
	int err;

	tasklet_setup(&tasklet.tasklet, pks_tasklet_fn);
	err = pks_run_hardirq(run, &raise);
	/*
	 * Under load ksoftirqd may have it, and under PREEMPT_RT it always has. When the CPU
	 * is taken offline it is parked, and the CPU waits for the caller, who cannot leave
	 * it: then the caller runs what is pending.
	 */
	while (!err && !pks_job_done(job)) {
		pks_nap();
		local_bh_disable();
		local_bh_enable();
	}
	tasklet_kill(&tasklet.tasklet);
	return err;
}

/* The caller itself runs it, without any exception in between. */
static int pks_run_bh(struct pks_run *run, struct pks_job *job)
{
	struct pks_tasklet tasklet = { .job = job };

	tasklet_setup(&tasklet.tasklet, pks_tasklet_fn);
	local_bh_disable();
	tasklet_schedule(&tasklet.tasklet);
	local_bh_enable();
	while (!pks_job_done(job))
		pks_nap();
	tasklet_kill(&tasklet.tasklet);
	return 0;
}

static void pks_ipi_fn(void *job)
{
	pks_do_job(job);
}

static int pks_run_ipi(struct pks_run *run, struct pks_job *job)
{
	return smp_call_function_single(run->cpu, pks_ipi_fn, job, true);
}

/**
 * pks_no_job() - for who wants the way into a context and back alone
 * @unused:	the argument of a job
 */
void pks_no_job(void *unused)
{
}

const struct pks_context_type pks_contexts[] = {
	{
		.name = "thread",
		.desc = "the caller itself",
		.flags = PKS_TEST_SLEEPS,
		.run = pks_run_thread,
	}, {
		.name = "kthread",
		.desc = "a kernel thread, which sleeps in between",
		.flags = PKS_TEST_SLEEPS,
		.run = pks_run_kthread,
	}, {
		.name = "workqueue",
		.desc = "a work item",
		.flags = PKS_TEST_SLEEPS,
		.run = pks_run_workqueue,
	}, {
		.name = "hardirq",
		.desc = "a hard interrupt on top of the caller",
		.flags = PKS_TEST_INTERRUPTS,
		.run = pks_run_hardirq,
	}, {
		.name = "softirq",
		.desc = "a softirq at the end of an interrupt",
		.flags = PKS_TEST_INTERRUPTS,
		.run = pks_run_softirq,
	}, {
		.name = "bh",
		.desc = "a softirq out of the caller's local_bh_enable()",
		.flags = PKS_TEST_INTERRUPTS,
		.run = pks_run_bh,
	}, {
		.name = "ipi",
		.desc = "an inter-processor interrupt on another CPU",
		.flags = PKS_TEST_OTHER_CPU,
		.run = pks_run_ipi,
	}, {
		.name = "exception",
		.desc = "a plain exception on top of the caller",
		.flags = PKS_TEST_INTERRUPTS | PKS_TEST_ANY_TIME,
		.run = pks_run_exception,
	}, {
#ifdef CONFIG_OPTPROBES
		.name = "warn",
		.desc = "the #UD of a WARN on top of the caller",
		.flags = PKS_TEST_INTERRUPTS | PKS_TEST_ANY_TIME,
		.run = pks_run_warn,
	}, {
#endif
		.name = "breakpoint",
		.desc = "#BP on top of the caller",
		.flags = PKS_TEST_INTERRUPTS | PKS_TEST_NMI_LIKE |
			 PKS_TEST_ANY_TIME,
		.run = pks_run_breakpoint,
	}, {
		.name = "debug",
		.desc = "#DB, a paranoid entry, on top of the caller",
		.flags = PKS_TEST_INTERRUPTS | PKS_TEST_NMI_LIKE |
			 PKS_TEST_ANY_TIME,
		.run = pks_run_debug,
	}, {
		.name = "nmi",
		.desc = "an NMI on top of the caller",
		.flags = PKS_TEST_INTERRUPTS | PKS_TEST_NMI_LIKE |
			 PKS_TEST_ANY_TIME,
		.run = pks_run_nmi,
	}, {
		.name = "remote_nmi",
		.desc = "an NMI on another CPU, whatever that does",
		.flags = PKS_TEST_OTHER_CPU | PKS_TEST_NMI_LIKE,
		.run = pks_run_remote_nmi,
	},
};
EXPORT_SYMBOL_GPL(pks_contexts);

const unsigned int pks_nr_contexts = ARRAY_SIZE(pks_contexts);
EXPORT_SYMBOL_GPL(pks_nr_contexts);
