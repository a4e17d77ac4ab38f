// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that the caller enters by an exception of its own making, and an NMI
 * that it sends to itself.
 */
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "compat.h"
#include "pks_test.h"

/* The job that the next exception on this CPU is for, which kind that is, its registers */
struct pks_pending {
	struct pks_job *job;
	enum die_val kind;
	struct pt_regs *regs;
};

static DEFINE_PER_CPU(struct pks_pending, pks_pending);

/**
 * pks_pending_regs() - what the exception that runs a job here has put aside
 *
 * Context: a job; there, no other exception on this CPU runs one
 * Return: NULL in a job that no exception runs
 */
struct pt_regs *pks_pending_regs(void)
{
	return this_cpu_read(pks_pending.regs);
}

static bool pks_do_pending(enum die_val kind, struct pt_regs *regs)
{
	struct pks_pending *pending = this_cpu_ptr(&pks_pending);
	struct pks_job *job = pending->job;

	if (!job || pending->kind != kind)
		return false;
	pending->job = NULL;
	if (job->fn) {
		pending->regs = regs;
		job->fn(job->arg);
		pending->regs = NULL;
	}
	WRITE_ONCE(job->done, true);
	return true;
}

/* Stands for a WARN, of which no notifier is told */
#define PKS_DIE_BUG	DIE_OOPS

/* The kernel has found no WARN at our ud2, and the job is done: go on after it. */
static bool pks_skip_ud2(struct pt_regs *regs)
{
	struct pks_pending *pending = this_cpu_ptr(&pks_pending);

	if (pending->kind != PKS_DIE_BUG || pending->job)
		return false;
	pending->kind = 0;
	regs->ip += 2;
	return true;
}

static int pks_die_notify(struct notifier_block *nb, unsigned long kind, void *data)
{
	struct die_args *args = data;

	if (kind != DIE_TRAP && kind != DIE_INT3 && kind != DIE_DEBUG)
		return NOTIFY_DONE;
	if (kind == DIE_TRAP && args->trapnr == X86_TRAP_UD)
		return pks_skip_ud2(args->regs) ? NOTIFY_STOP : NOTIFY_DONE;
	if (kind == DIE_TRAP && args->trapnr != X86_TRAP_DE)
		return NOTIFY_DONE;
	if (!pks_do_pending(kind, args->regs))
		return NOTIFY_DONE;
	if (kind == DIE_DEBUG)
		args->regs->flags &= ~X86_EFLAGS_TF;
	if (kind == DIE_TRAP && cpu_feature_enabled(X86_FEATURE_FRED))
		args->regs->cx = 1;	/* what pks_divide_by_zero() divides by now */
	return NOTIFY_STOP;
}

static struct notifier_block pks_die_nb = {
	.notifier_call = pks_die_notify,
	.priority = INT_MAX,
};

#ifdef CONFIG_OPTPROBES
/*
 * A WARN is handled ahead of irqentry_enter(). The job runs there, in a probe
 * that is a mere jump: one by a breakpoint would have a context of its own.
 */
static int pks_bug_handler(struct kprobe *p, struct pt_regs *regs)
{
	/* these are made up by the jump */
	pks_do_pending(PKS_DIE_BUG, NULL);
	return 0;
}

NOKPROBE_SYMBOL(pks_bug_handler);

static struct kprobe pks_bug_probe = {
	.symbol_name = "report_bug",
	.pre_handler = pks_bug_handler,
};
#endif /* CONFIG_OPTPROBES */

/* The job that an NMI from another CPU is for */
static DEFINE_PER_CPU(struct pks_job *, pks_sent);

static bool pks_do_sent(void)
{
	/* Others write it: this_cpu_xchg(), which locks nothing, may lose a job. */
	struct pks_job *job = xchg(this_cpu_ptr(&pks_sent), NULL);

	if (!job)
		return false;
	job->fn(job->arg);
	/* pairs with pks_run_remote_nmi() */
	smp_store_release(&job->done, true);
	return true;
}

static int pks_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	return pks_do_pending(DIE_NMI, regs) || pks_do_sent() ? NMI_HANDLED : NMI_DONE;
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

/* By RCX, and again when our notifier has put something else there */
static void pks_divide_by_zero(void)
{
	unsigned long low = 0, high = 0, divisor = 0;

	asm volatile("divq %2" : "+a" (low), "+d" (high), "+c" (divisor) : : "memory", "cc");
}

/**
 * pks_run_exception() - run a job in the handler of #DE
 * @run:	unused
 * @job:	the job
 *
 * The instruction is a software interrupt: it returns to what follows. With FRED
 * the kernel takes none from itself.
 *
 * Return: 0, or -EIO when the exception did not reach us
 */
int pks_run_exception(struct pks_run *run, struct pks_job *job)
{
	pks_set_pending(job, DIE_TRAP);
	if (cpu_feature_enabled(X86_FEATURE_FRED))
		pks_divide_by_zero();
	else
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

#ifdef CONFIG_OPTPROBES
/**
 * pks_run_warn() - run a job where a WARN is handled
 * @run:	unused
 * @job:	the job
 *
 * Return: 0, or -EIO when the exception did not reach us
 */
int pks_run_warn(struct pks_run *run, struct pks_job *job)
{
	pks_set_pending(job, PKS_DIE_BUG);
	asm volatile(PKS_ASM_RETURNS("ud2") : : : "memory");
	return pks_end_pending(job);
}
#endif

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

/**
 * pks_run_remote_nmi() - run a job in an NMI handler of another CPU
 * @run:	says which CPU, whatever that does
 * @job:	the job
 *
 * Return: 0, -EBUSY when someone else does the same, or -EIO when the NMI did not
 * come within some thousand loops
 */
int pks_run_remote_nmi(struct pks_run *run, struct pks_job *job)
{
	struct pks_job **sent = per_cpu_ptr(&pks_sent, run->cpu);
	unsigned int loops = 10000000;

	if (cmpxchg(sent, NULL, job))
		return -EBUSY;
	apic->send_IPI(run->cpu, NMI_VECTOR);
	/* pairs with pks_do_sent() */
	while (!smp_load_acquire(&job->done)) {
		if (!--loops && cmpxchg(sent, job, NULL) == job)
			return -EIO;
		cpu_relax();
	}
	return 0;
}

int __init pks_init_exceptions(void)
{
	int err = register_nmi_handler(NMI_LOCAL, pks_nmi_handler, 0, "pks_test");

	if (err)
		return err;
	err = register_die_notifier(&pks_die_nb);
	if (err)
		goto nmi;
#ifdef CONFIG_OPTPROBES
	err = register_kprobe(&pks_bug_probe);
	if (err)
		goto notifier;
#endif
	return 0;

#ifdef CONFIG_OPTPROBES
notifier:
	unregister_die_notifier(&pks_die_nb);
#endif
nmi:
	unregister_nmi_handler(NMI_LOCAL, "pks_test");
	return err;
}

void pks_exit_exceptions(void)
{
#ifdef CONFIG_OPTPROBES
	unregister_kprobe(&pks_bug_probe);
#endif
	unregister_die_notifier(&pks_die_nb);
	unregister_nmi_handler(NMI_LOCAL, "pks_test");
}
