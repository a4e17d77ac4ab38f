// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that the caller enters by an exception of its own making, and an NMI
 * that it sends to itself.
 */
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "pks_test.h"

/* The job that the next exception on this CPU is for, and which kind that is */
struct pks_pending {
	struct pks_job *job;
	enum die_val kind;
};

static DEFINE_PER_CPU(struct pks_pending, pks_pending);

static bool pks_do_pending(enum die_val kind)
{
	struct pks_pending *pending = this_cpu_ptr(&pks_pending);
	struct pks_job *job = pending->job;

	if (!job || pending->kind != kind)
		return false;
	pending->job = NULL;
	if (job->fn)
		job->fn(job->arg);
	WRITE_ONCE(job->done, true);
	return true;
}

static int pks_die_notify(struct notifier_block *nb, unsigned long kind, void *data)
{
	struct die_args *args = data;

	if (kind != DIE_TRAP && kind != DIE_INT3 && kind != DIE_DEBUG)
		return NOTIFY_DONE;
	if (kind == DIE_TRAP && args->trapnr != X86_TRAP_DE)
		return NOTIFY_DONE;
	if (!pks_do_pending(kind))
		return NOTIFY_DONE;
	if (kind == DIE_DEBUG)
		args->regs->flags &= ~X86_EFLAGS_TF;
	return NOTIFY_STOP;
}

static struct notifier_block pks_die_nb = {
	.notifier_call = pks_die_notify,
	.priority = INT_MAX,
};

static int pks_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	return pks_do_pending(DIE_NMI) ? NMI_HANDLED : NMI_DONE;
}

/* Preemption is off: the exception comes at once, on this CPU. */
static void pks_set_pending(struct pks_job *job, enum die_val kind)
{
	preempt_disable();
	this_cpu_write(pks_pending.kind, kind);
	this_cpu_write(pks_pending.job, job);
}

static int pks_end_pending(struct pks_job *job)
{
	this_cpu_write(pks_pending.job, NULL);
	preempt_enable();
	return READ_ONCE(job->done) ? 0 : -EIO;
}

/**
 * pks_run_exception() - run a job in the handler of #DE
 * @run:	unused
 * @job:	the job
 *
 * The instruction is a software interrupt: it returns to what follows.
 *
 * Return: 0, or -EIO when the exception did not reach us
 */
int pks_run_exception(struct pks_run *run, struct pks_job *job)
{
	pks_set_pending(job, DIE_TRAP);
	asm volatile("int %0" : : "i" (X86_TRAP_DE) : "memory");
	return pks_end_pending(job);
}

/**
 * pks_run_breakpoint() - run a job in the handler of #BP
 * @run:	unused
 * @job:	the job
 *
 * Return: 0, or -EIO when the exception did not reach us
 */
int pks_run_breakpoint(struct pks_run *run, struct pks_job *job)
{
	pks_set_pending(job, DIE_INT3);
	asm volatile("int3" : : : "memory");
	return pks_end_pending(job);
}

/**
 * pks_run_debug() - run a job in the handler of #DB
 * @run:	unused
 * @job:	the job
 *
 * Sets the trap flag; the instruction that follows is stepped over.
 *
 * Return: 0, or -EIO when the exception did not reach us
 */
int pks_run_debug(struct pks_run *run, struct pks_job *job)
{
	pks_set_pending(job, DIE_DEBUG);
	asm volatile("pushfq\n\t"
		     "orq %0, (%%rsp)\n\t"
		     "popfq\n\t"
		     "nop"
		     : : "i" (X86_EFLAGS_TF) : "memory", "cc");
	return pks_end_pending(job);
}

/**
 * pks_run_nmi() - run a job in an NMI handler
 * @run:	unused
 * @job:	the job
 *
 * Return: 0, or -EIO when the NMI did not come within some thousand loops
 */
int pks_run_nmi(struct pks_run *run, struct pks_job *job)
{
	unsigned int loops = 1000000;

	pks_set_pending(job, DIE_NMI);
	apic->send_IPI(smp_processor_id(), NMI_VECTOR);
	while (!READ_ONCE(job->done) && --loops)
		cpu_relax();
	return pks_end_pending(job);
}

int __init pks_init_exceptions(void)
{
	int err = register_nmi_handler(NMI_LOCAL, pks_nmi_handler, 0, "pks_test");

	if (err)
		return err;
	err = register_die_notifier(&pks_die_nb);
	if (err)
		unregister_nmi_handler(NMI_LOCAL, "pks_test");
	return err;
}

void pks_exit_exceptions(void)
{
	unregister_die_notifier(&pks_die_nb);
	unregister_nmi_handler(NMI_LOCAL, "pks_test");
}
