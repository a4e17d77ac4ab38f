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
#include <asm/processor-flags.h>

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
 * @msr_spared:	calls of the writer that found the value in the register
 * @faults:	kernel-mode #PF with the PK bit
 * @grants:	of those, granted to the faulting context
 * @denials:	of those, denied
 * @saves:	contexts put aside (CONFIG_DEBUG_PKS)
 * @restores:	contexts put back (CONFIG_DEBUG_PKS)
 */
struct pks_counters {
	unsigned long msr_writes;
	unsigned long msr_spared;
	unsigned long faults;
	unsigned long grants;
	unsigned long denials;
	unsigned long saves;
	unsigned long restores;
};

#define pks_count(what)	raw_cpu_inc(pks_counters.what)

DECLARE_STATIC_KEY_FALSE(pks_saving);
DECLARE_STATIC_KEY_FALSE(pks_enabled);
DECLARE_PER_CPU(u32, pkrs_cache);
DECLARE_PER_CPU(struct pks_counters, pks_counters);

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

/* A bit of CR4 that nobody may take away again */
#define PKS_CR4_PINNED		X86_CR4_PKS

void pks_init_register(void);
void pks_setup_cpu(void);
unsigned long pks_suspend_cr4(unsigned long cr4);
unsigned long pks_resume_cr4(unsigned long cr4);
void pks_end_grants(struct task_struct *task);
void __no_caller_saved_registers pks_put_aside(struct pt_regs_auxiliary *aux);
void __no_caller_saved_registers pks_take_back(struct pt_regs_auxiliary *aux);
asmlinkage void pks_end_handler(struct pt_regs_auxiliary *aux);
void pks_leave_kernel(void);
void pks_flush_thread(void);
void pks_exit_thread(struct task_struct *task);
bool pks_handle_key_fault(struct pt_regs *regs, unsigned long error_code,
			  unsigned long address);
void pks_show_fault(struct pt_regs *regs, unsigned long address);
int arch_set_memory_pkey(unsigned long addr, int numpages, int pkey);
int arch_set_pages_pkey(struct page **pages, int numpages, int pkey);

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
	raw_cpu_write(pkrs_cache, PKRS_IN_FLUX);
	barrier();
	native_wrmsr(MSR_IA32_PKRS, val, 0);
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
 */
static __always_inline void pkrs_write(u32 pkrs)
{
	if (raw_cpu_read(pkrs_cache) != pkrs)
		__pkrs_write(pkrs);
	else
		pks_count(msr_spared);
}

/* The context that runs now */
static __always_inline struct pks_context *pks_this_context(void)
{
	return &current->thread.pks.ctx;
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
#define PKS_PGMAP_AD		PKR_AD_MASK(PKS_KEY_PGMAP_PROTECTION)

/*
 * The key of protected pagemaps. What a context has it for is beside the word, and is 0
 * whenever the word has the key closed: who opens it writes the word first, and who
 * closes it last.
 */
static __always_inline bool pks_has_pgmap(struct pks_context ctx)
{
	return !(ctx.pkrs & PKS_PGMAP_AD);
}

static __always_inline void pks_put_pgmap_aside(struct thread_pks *pks,
						struct pt_regs_auxiliary *aux)
{
	aux->pgmap = pks->pgmap;
	WRITE_ONCE(pks->pgmap, 0);
}

static __always_inline void pks_take_pgmap_back(struct thread_pks *pks,
						struct pt_regs_auxiliary *aux)
{
	WRITE_ONCE(pks->pgmap, pks_has_pgmap(aux->ctx) ? aux->pgmap : 0);
}

/* Does a context that ends hold a mapping, a grant, or that key? */
static __always_inline bool pks_word_is_held(u64 word)
{
	return (word & (~0ull << 32 | PKS_PGMAP_AD)) != PKS_PGMAP_AD;
}

static inline void pks_init_pgmap(struct task_struct *task)
{
	task->thread.pks.pgmap = 0;
}

void pks_warn_pgmap(struct task_struct *task, const char *how);
void pks_drop_pgmap(struct thread_pks *pks);
#else
static __always_inline void pks_put_pgmap_aside(struct thread_pks *pks,
						struct pt_regs_auxiliary *aux) { }
static __always_inline void pks_take_pgmap_back(struct thread_pks *pks,
						struct pt_regs_auxiliary *aux) { }
static inline void pks_init_pgmap(struct task_struct *task) { }
static inline void pks_warn_pgmap(struct task_struct *task, const char *how) { }
static inline void pks_drop_pgmap(struct thread_pks *pks) { }

static __always_inline bool pks_word_is_held(u64 word)
{
	return word >> 32;
}
#endif

/*
 * No READ_ONCE(), for the compiler may compare it in memory: nobody else changes it,
 * and what interrupts puts back what it found.
 */
static __always_inline u64 pks_context_word(const struct pks_context *ctx)
{
	return *(const u64 *)ctx;
}

/*
 * All of it in one store: whatever interrupts puts the one state back or the
 * other, never a mixture that opens a key without anybody to close it.
 */
static __always_inline void pks_set_word(struct pks_context *ctx, u64 word)
{
	WRITE_ONCE(*(u64 *)ctx, word);
}

static __always_inline void pks_set_context(struct pks_context *ctx,
					    struct pks_context new)
{
	pks_set_word(ctx, ((union pks_word){ .ctx = new }).all);
}

static __always_inline bool pks_is_default(const struct pks_context *ctx)
{
	return pks_context_word(ctx) == PKS_INIT_VALUE;
}

/* A key that is opened by count is open by a mapping, or by a grant, or not at all. */
static __always_inline bool pks_depth_valid(struct pks_context ctx)
{
	unsigned int pkey;

	for (pkey = 0; pkey < PKS_KEY_MAX; pkey++) {
		bool open = !(ctx.pkrs & (PKR_AD_BIT << PKR_PKEY_SHIFT(pkey)));

		if ((PKS_KEYS_COUNTED & BIT(pkey)) &&
		    open != (ctx.depth || (ctx.granted & BIT(pkey))))
			return false;
	}
	return true;
}

/* The register is as every context begins, and nobody is about to write it. */
static __always_inline bool pkrs_is_default(void)
{
	return raw_cpu_read(pkrs_cache) == PKS_INIT_VALUE;
}

static __always_inline unsigned long pks_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/*
 * Calls what keeps all registers, so that the compiler need neither save nor move one
 * for it: where this is inlined, that would be done whether PKS is on or not.
 */
#define pks_call(func, saved)						\
do {									\
	struct pt_regs_auxiliary *__aux = (saved);			\
									\
	asm volatile("xchgq %%rdi, %[aux]\n\t"				\
		     "call " #func "\n\t"				\
		     "xchgq %%rdi, %[aux]"				\
		     : [aux] "+r" (__aux), ASM_CALL_CONSTRAINT		\
		     : : "memory", "cc");				\
} while (0)

/**
 * __pks_enter_context() - put the running context aside, start from the default
 * @aux:	where to; __pks_leave_context() finds it there
 *
 * Nearly always there is nothing to be changed.
 *
 * Context: interrupts off. May run before RCU watches.
 */
static __always_inline void __pks_enter_context(struct pt_regs_auxiliary *aux)
{
	union pks_word word = { .all = pks_context_word(pks_this_context()) };

	pks_check_state("entry", false);
#ifdef CONFIG_DEBUG_PKS
	aux->canary = PKS_CANARY;
	pks_count(saves);
#endif
	aux->ctx = word.ctx;
	if (unlikely(word.all != PKS_INIT_VALUE || !pkrs_is_default()))
		pks_call(pks_put_aside, aux);
	pks_check_state("entered", true);
}

static __always_inline void pks_enter_context(struct pt_regs_auxiliary *aux)
{
	if (static_branch_unlikely(&pks_saving))
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
	pks_check_state("exit", true);
#ifdef CONFIG_DEBUG_PKS
	pks_check_canary(aux);
	pks_count(restores);
#endif
	if (unlikely(!pks_is_default(&aux->ctx) ||
		     !pks_is_default(pks_this_context()) || !pkrs_is_default()))
		pks_call(pks_take_back, aux);
	pks_check_state("return", true);
}

static __always_inline void pks_leave_context(struct pt_regs_auxiliary *aux)
{
	if (static_branch_unlikely(&pks_enabled))
		__pks_leave_context(aux);
}

/* The same beside the registers of an exception */
static __always_inline void pks_enter_regs(struct pt_regs *regs)
{
	pks_enter_context(&to_extended_pt_regs(regs)->aux);
}

static __always_inline void pks_leave_regs(struct pt_regs *regs)
{
	pks_leave_context(&to_extended_pt_regs(regs)->aux);
}

/**
 * pks_switch_to() - the CPU goes from one task to another
 * @prev:	loses what it was granted
 * @next:	is current already, so that an NMI in here puts back what @next
 *		holds
 *
 * A task that holds nothing but its PKRS, and finds that in the register, is told by
 * one comparison. Then @prev has no grant either: the key would be open in the
 * register, and in @next it is open by nothing but a mapping or a grant, which are in
 * the other half of the word. Unless an NMI came since @next is current, and has
 * written the register: then the grant ends when @prev is @next, before it runs.
 */
static __always_inline void pks_switch_to(struct task_struct *prev,
					  struct task_struct *next)
{
	if (!static_branch_unlikely(&pks_enabled))
		return;

	if (unlikely(pks_context_word(&next->thread.pks.ctx) != raw_cpu_read(pkrs_cache))) {
		if (prev->thread.pks.ctx.granted)
			pks_end_grants(prev);
		if (next->thread.pks.ctx.granted)
			pks_end_grants(next);
		pkrs_write(next->thread.pks.ctx.pkrs);
	}
	pks_check_state("switch", true);
}

/**
 * pks_init_task() - a task starts from the default, whatever its parent held
 * @task:	not yet running, or current
 */
static inline void pks_init_task(struct task_struct *task)
{
	task->thread.pks.mapped = 0;
	task->thread.pks.base = 0;
	pks_init_pgmap(task);
	pks_set_context(&task->thread.pks.ctx, PKS_CONTEXT_DEFAULT);
}

/*
 * On the way to user mode: grants end with the visit to the kernel, and nobody
 * holds a kmap_local mapping any more. Keys that the thread opened stay open.
 */
static __always_inline void pks_exit_to_user_mode(void)
{
	if (static_branch_unlikely(&pks_enabled) &&
	    unlikely(pks_word_is_held(pks_context_word(pks_this_context()))))
		pks_leave_kernel();
}

#else /* !CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

#define PKS_CR4_PINNED		0

struct pt_regs;
struct task_struct;

static __always_inline void pks_enter_regs(struct pt_regs *regs) { }
static __always_inline void pks_leave_regs(struct pt_regs *regs) { }
static __always_inline void pks_switch_to(struct task_struct *prev,
					  struct task_struct *next) { }
static inline void pks_init_task(struct task_struct *task) { }
static __always_inline void pks_exit_to_user_mode(void) { }
static inline void pks_flush_thread(void) { }
static inline void pks_exit_thread(struct task_struct *task) { }
static inline void pks_init_register(void) { }
static inline void pks_setup_cpu(void) { }
static inline void pks_show_fault(struct pt_regs *regs, unsigned long address) { }

static inline unsigned long pks_suspend_cr4(unsigned long cr4)
{
	return cr4;
}

static inline unsigned long pks_resume_cr4(unsigned long cr4)
{
	return cr4;
}

static inline bool pks_handle_key_fault(struct pt_regs *regs,
					unsigned long error_code,
					unsigned long address)
{
	return false;
}

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

#endif /* _ASM_X86_PKS_H */
