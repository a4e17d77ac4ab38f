/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PKRS: who holds it, when it is written.
 *
 * The register follows the execution context. current->thread.pks.ctx is the
 * context that runs now. What interrupts it puts that state aside, runs with
 * the default and puts it back; the switch leaves it in the task. The register
 * is derived from it, and pkrs_cache says what was last written.
 */
#ifndef _ASM_X86_PKS_H
#define _ASM_X86_PKS_H

#include <linux/pks-keys.h>
#include <asm/pks-types.h>

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/instrumentation.h>
#include <linux/irqflags.h>
#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <asm/asm.h>
#include <asm/current.h>
#include <asm/msr.h>
#include <asm/ptrace.h>

/**
 * struct pks_counters - what one CPU counted since boot
 * @msr_writes:	writes of MSR_IA32_PKRS
 * @msr_spared:	writes left out because the register held the value
 * @faults:	kernel-mode #PF with the PK bit
 * @grants:	of those, granted to the faulting context
 * @denials:	of those, denied
 * @ipis:	other CPUs interrupted by global updates that this CPU began
 * @saves:	contexts put aside (CONFIG_DEBUG_PKS)
 * @restores:	contexts put back (CONFIG_DEBUG_PKS)
 */
struct pks_counters {
	unsigned long msr_writes;
	unsigned long msr_spared;
	unsigned long faults;
	unsigned long grants;
	unsigned long denials;
	unsigned long ipis;
	unsigned long saves;
	unsigned long restores;
};

#define pks_count(what)	raw_cpu_inc(pks_counters.what)

DECLARE_STATIC_KEY_FALSE(pks_enabled);
DECLARE_STATIC_KEY_FALSE(pks_global);
DECLARE_PER_CPU(u32, pkrs_cache);
DECLARE_PER_CPU(struct pks_counters, pks_counters);
extern u32 pkrs_global_mask;
extern bool pkrs_global_updating;

#define PKS_CONTEXT_DEFAULT	((struct pks_context){ .pkrs = PKS_INIT_VALUE })

/* A context in one word: the compiler is bad at changing its parts in a register. */
union pks_word {
	struct pks_context ctx;
	u64 all;
};

#define PKS_WORD_PKRS(bits)	((u64)(bits))
#define PKS_WORD_DEPTH(n)	((u64)(n) << 32)
#define PKS_WORD_GRANTED(keys)	((u64)(keys) << 48)

/*
 * In pkrs_cache while the register is being written. No context ever asks for
 * it: it denies the default key.
 */
#define PKRS_IN_FLUX		(~0u)

static_assert(sizeof(struct pks_context) == sizeof(u64));

void pks_setup_cpu(void);
void pks_save_processor_state(void);
void pks_restore_processor_state(void);
void pks_end_grants(struct task_struct *task, struct pks_context *ctx);
asmlinkage void pks_end_aux_grants(struct pt_regs_auxiliary *aux);
void pks_leave_kernel(void);
void pks_flush_thread(void);
void pks_update_this_cpu(void *unused);
bool pks_handle_key_fault(struct pt_regs *regs, unsigned long error_code,
			  unsigned long address);
void pks_show_fault(struct pt_regs *regs, unsigned long address);
int arch_set_memory_pkey(unsigned long addr, int numpages, int pkey);

void pks_sum_counters(struct pks_counters *sum);

#ifdef CONFIG_DEBUG_PKS
void pks_check_state(const char *where, bool settled);
void pks_check_canary(struct pt_regs_auxiliary *aux);
#define PKS_CANARY		0x504b5253504b5253ul
#else
static __always_inline void pks_check_state(const char *where, bool settled) { }
#endif

/*
 * The cache is invalid while the register is written, so that an NMI between
 * the two never believes that there is nothing to close.
 */
static __always_inline void __pkrs_write(u32 val)
{
	if (raw_cpu_read(pkrs_cache) == val) {
		pks_count(msr_spared);
		return;
	}
	raw_cpu_write(pkrs_cache, PKRS_IN_FLUX);
	barrier();
	__wrmsr(MSR_IA32_PKRS, val, 0);
	barrier();
	raw_cpu_write(pkrs_cache, val);
	pks_count(msr_writes);
}

/**
 * pkrs_write() - give the CPU the rights of a context
 * @pkrs:	PKRS of the context that runs now
 *
 * The caller cannot migrate, and the running context already holds @pkrs: an
 * interruption at any instruction in here puts the register back to what the
 * context says.
 *
 * A global update changes the mask first and interrupts every CPU after that: not
 * this one in here. The register would be of one mask then and the cache of another,
 * and an update that undoes the first would find nothing to write. At most one is
 * still to come, and what an NMI did of it is done again.
 */
static __always_inline void pkrs_write(u32 pkrs)
{
	unsigned long flags;
	u32 val;

	if (!static_branch_unlikely(&pks_global)) {
		__pkrs_write(pkrs);
		return;
	}
	raw_local_irq_save(flags);
	do {
		val = pkrs & READ_ONCE(pkrs_global_mask);
		__pkrs_write(val);
	} while (val != (pkrs & READ_ONCE(pkrs_global_mask)));
	raw_local_irq_restore(flags);
}

/* The context that runs now */
static __always_inline struct pks_context *pks_this_context(void)
{
	return &current->thread.pks.ctx;
}

/*
 * All of it in one store: whatever interrupts puts the one state back or the
 * other, never a mixture that opens a key without anybody to close it.
 */
static __always_inline void pks_set_context(struct pks_context *ctx,
					    struct pks_context new)
{
	WRITE_ONCE(*(u64 *)ctx, ((union pks_word){ .ctx = new }).all);
}

static __always_inline bool pks_is_default(const struct pks_context *ctx)
{
	return ctx->pkrs == PKS_INIT_VALUE && !(ctx->depth | ctx->granted);
}

static __always_inline unsigned long pks_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/*
 * Calls pks_end_aux_grants() so that the compiler need neither save nor move a
 * register for it: where this is inlined, that would be done whether PKS is on
 * or not.
 */
static __always_inline void pks_call_end_grants(struct pt_regs_auxiliary *aux)
{
	asm volatile("xchgq %%rdi, %[aux]\n\t"
		     "call pks_end_aux_grants_thunk\n\t"
		     "xchgq %%rdi, %[aux]"
		     : [aux] "+r" (aux), ASM_CALL_CONSTRAINT : : "memory", "cc");
}

/**
 * __pks_enter_context() - put the running context aside, start from the default
 * @aux:	where to; __pks_leave_context() finds it there
 *
 * Context: interrupts off. May run before RCU watches.
 */
static __always_inline void __pks_enter_context(struct pt_regs_auxiliary *aux)
{
	struct thread_pks *pks = &current->thread.pks;

	pks_check_state("entry", false);
	aux->ctx = pks->ctx;
	if (unlikely(aux->ctx.depth | aux->ctx.granted)) {
		pks->mapped += aux->ctx.depth;
		aux->switches = pks_switches();
	}
#ifdef CONFIG_DEBUG_PKS
	aux->canary = PKS_CANARY;
	pks_count(saves);
#endif
	pks_set_context(&pks->ctx, PKS_CONTEXT_DEFAULT);
	pkrs_write(PKS_INIT_VALUE);
	pks_check_state("entered", true);
}

static __always_inline void pks_enter_context(struct pt_regs_auxiliary *aux)
{
	if (static_branch_unlikely(&pks_enabled))
		__pks_enter_context(aux);
}

/**
 * __pks_leave_context() - go back to the context that was put aside
 * @aux:	where it is
 *
 * What was granted to the context that ends here ends with it.
 *
 * Context: interrupts off, RCU watching.
 */
static __always_inline void __pks_leave_context(struct pt_regs_auxiliary *aux)
{
	struct thread_pks *pks = &current->thread.pks;

	pks_check_state("exit", true);
#ifdef CONFIG_DEBUG_PKS
	pks_check_canary(aux);
	pks_count(restores);
#endif
	if (unlikely(aux->ctx.depth | aux->ctx.granted))
		pks->mapped -= aux->ctx.depth;
	if (unlikely(pks->ctx.granted | aux->ctx.granted)) {
		instrumentation_begin();
		pks_call_end_grants(aux);
		instrumentation_end();
	}

	pks_set_context(&pks->ctx, aux->ctx);
	pkrs_write(aux->ctx.pkrs);
	pks_check_state("return", true);
}

static __always_inline void pks_leave_context(struct pt_regs_auxiliary *aux)
{
	if (static_branch_unlikely(&pks_enabled))
		__pks_leave_context(aux);
}

/**
 * pks_switch_to() - the CPU goes from one task to another
 * @prev:	loses what it was granted
 * @next:	is current already, so that an NMI in here puts back what @next
 *		holds
 */
static __always_inline void pks_switch_to(struct task_struct *prev,
					  struct task_struct *next)
{
	if (!static_branch_unlikely(&pks_enabled))
		return;

	if (unlikely(prev->thread.pks.ctx.granted))
		pks_end_grants(prev, &prev->thread.pks.ctx);
	pkrs_write(next->thread.pks.ctx.pkrs);
	pks_check_state("switch", true);
}

/**
 * pks_init_task() - a task starts from the default, whatever its parent held
 * @task:	not yet running, or current
 */
static inline void pks_init_task(struct task_struct *task)
{
	task->thread.pks.local_page = NULL;
	task->thread.pks.mapped = 0;
	pks_set_context(&task->thread.pks.ctx, PKS_CONTEXT_DEFAULT);
}

/* On the way to user mode: kernel rights end with the visit to the kernel. */
static __always_inline void pks_exit_to_user_mode(void)
{
	if (static_branch_unlikely(&pks_enabled) &&
	    unlikely(!pks_is_default(pks_this_context())))
		pks_leave_kernel();
}

/*
 * The same beside the registers of an exception. What hits user mode finds the
 * default, and there is no room beside its registers. That is asked in here, so
 * that it is not where PKS is off.
 */
static __always_inline void pks_enter_regs(struct pt_regs *regs)
{
	if (static_branch_unlikely(&pks_enabled) && !user_mode(regs))
		__pks_enter_context(&to_extended_pt_regs(regs)->aux);
}

static __always_inline void pks_leave_regs(struct pt_regs *regs)
{
	if (!static_branch_unlikely(&pks_enabled))
		return;
	if (!user_mode(regs)) {
		__pks_leave_context(&to_extended_pt_regs(regs)->aux);
	} else if (unlikely(!pks_is_default(pks_this_context()))) {
		/* An NMI goes back to user mode by a way of its own. */
		instrumentation_begin();
		pks_leave_kernel();
		instrumentation_end();
	}
}

#else /* !CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

static __always_inline void pks_enter_regs(struct pt_regs *regs) { }
static __always_inline void pks_leave_regs(struct pt_regs *regs) { }

static __always_inline void pks_switch_to(struct task_struct *prev,
					  struct task_struct *next) { }
static inline void pks_init_task(struct task_struct *task) { }
static __always_inline void pks_exit_to_user_mode(void) { }
static inline void pks_flush_thread(void) { }
static inline void pks_setup_cpu(void) { }
static inline void pks_save_processor_state(void) { }
static inline void pks_restore_processor_state(void) { }
static inline void pks_show_fault(struct pt_regs *regs, unsigned long address) { }

static inline bool pks_handle_key_fault(struct pt_regs *regs,
					unsigned long error_code,
					unsigned long address)
{
	return false;
}

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

#endif /* _ASM_X86_PKS_H */
