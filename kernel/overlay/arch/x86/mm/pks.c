// SPDX-License-Identifier: GPL-2.0
/*
 * Supervisor protection keys: the register, its owners and its faults.
 *
 * Nothing in here knows why a key exists. What the key of kmap()ed pages means
 * is in mm/pks/.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/once_lite.h>
#include <linux/pkeys.h>
#include <linux/pks.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <asm/cpufeature.h>
#include <asm/pgtable.h>
#include <asm/tlbflush.h>
#include <asm/trap_pf.h>

#define CREATE_TRACE_POINTS
#include <trace/events/pks.h>

/* The low level entry code reserves what the struct needs, and no more. */
static_assert(offsetof(struct pt_regs_extended, pt_regs) ==
	      sizeof(struct pt_regs_extended) - sizeof(struct pt_regs));
static_assert(offsetof(struct pt_regs_auxiliary, pkrs) ==
	      offsetof(struct pt_regs_auxiliary, ctx.pkrs));

/*
 * Who is interrupted has his state put aside; what was put aside comes back. In
 * this order, see pks_init().
 */
DEFINE_STATIC_KEY_FALSE(pks_saving);
DEFINE_STATIC_KEY_FALSE(pks_enabled);
/* For modules of any licence: kmap_local_page() asks for it where it is inlined. */
EXPORT_SYMBOL(pks_enabled);

/* What each CPU's PKRS holds; set up with the register, before any reader. */
DEFINE_PER_CPU(u32, pkrs_cache) = PKS_INIT_VALUE;
EXPORT_PER_CPU_SYMBOL_GPL(pkrs_cache);

DEFINE_PER_CPU(struct pks_counters, pks_counters);

static int __init pks_disable(char *arg)
{
	setup_clear_cpu_cap(X86_FEATURE_PKS);
	return 0;
}
early_param("nopks", pks_disable);

/**
 * pks_available() - is access by key enforced on this machine?
 *
 * Return: true from early_initcall on, if the CPU has PKS and "nopks" was not
 * given
 */
bool pks_available(void)
{
	return static_branch_unlikely(&pks_enabled);
}
EXPORT_SYMBOL_GPL(pks_available);

/**
 * pks_init_register() - give PKRS a value before CR4.PKS enforces it
 *
 * Never may what a reset, a firmware or a previous kernel left in the register
 * take effect. It is written whatever the cache says, for the CPU may have been
 * away.
 *
 * Context: each CPU that comes up, before CR4.PKS is set
 */
void pks_init_register(void)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return;

	native_wrmsr(MSR_IA32_PKRS, PKS_INIT_VALUE, 0);
	raw_cpu_write(pkrs_cache, PKS_INIT_VALUE);
}

/**
 * pks_setup_cpu() - switch PKS on
 *
 * CPUs other than the first have CR4.PKS already, as it is one of the bits that are
 * pinned: cr4_init() sets it.
 *
 * Context: each CPU, when it comes up for the first time or again
 */
void pks_setup_cpu(void)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return;

	pks_init_register();
	cr4_set_bits(X86_CR4_PKS);
	/* Translations that were made without looking at the key */
	__flush_tlb_all();
}

/* Per-CPU data cannot be reached when CR4 is restored; this can. */
static u32 pkrs_suspended;

/**
 * pks_suspend_cr4() - what CR4 is to be until PKRS can be restored
 * @cr4:	as it is
 *
 * What brings CR4 back after a sleep does so before anybody writes PKRS, in which
 * firmware may have left what it likes: PKS stays off until pks_resume_cr4().
 *
 * Context: the CPU that goes to sleep, no other is running
 * Return: @cr4 without PKS
 */
unsigned long pks_suspend_cr4(unsigned long cr4)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return cr4;

	pkrs_suspended = __rdmsr(MSR_IA32_PKRS);
	return cr4 & ~X86_CR4_PKS;
}

/**
 * pks_resume_cr4() - give PKRS back what it was, and say what CR4 is to be
 * @cr4:	what pks_suspend_cr4() returned
 *
 * The register becomes what the cache says it is, before CR4.PKS is set. No tracer
 * and no sanitizer may come along: what they keep in per-CPU data is out of reach.
 *
 * Return: @cr4 with PKS
 */
noinstr unsigned long pks_resume_cr4(unsigned long cr4)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return cr4;

	native_wrmsr(MSR_IA32_PKRS, pkrs_suspended, 0);
	return cr4 | X86_CR4_PKS;
}

/*
 * Not before the alternatives are patched: from here on the entry code uses
 * the room beside pt_regs, which it makes only then.
 *
 * An interrupt may come while the code is being patched, and find one end of it
 * done and not the other. To put aside what is not brought back does no harm as
 * long as everybody has the default; to bring back what was not put aside would
 * bring back rubbish. No context that began before the first key was set is under
 * way at the second: there is one CPU yet, and this is a thread.
 */
static int __init pks_init(void)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return 0;

	static_branch_enable(&pks_saving);
	static_branch_enable(&pks_enabled);
	/* Saves and restores are equal in number from here on. */
	memset(this_cpu_ptr(&pks_counters), 0, sizeof(pks_counters));
	pr_info("%d keys in use, default PKRS 0x%08lx\n", PKS_KEY_MAX,
		PKS_INIT_VALUE);
	return 0;
}
early_initcall(pks_init);

/* The default key stays open, and one that is opened by count is by nothing else. */
static bool pks_may_update(u8 pkey, u8 protection)
{
	return pkey > PKS_KEY_DEFAULT && pkey < PKS_KEY_MAX &&
	       !(PKS_KEYS_COUNTED & BIT(pkey)) && !(protection & ~PKEY_ACCESS_MASK);
}

/* The calling context's own rights; the caller cannot migrate. */
static void pks_update_context(u8 pkey, u8 protection)
{
	struct pks_context ctx = *pks_this_context();

	ctx.granted &= ~BIT(pkey);
	ctx.pkrs = pkey_update_pkval(ctx.pkrs, pkey, protection);
	pks_set_context(pks_this_context(), ctx);
	pkrs_write(ctx.pkrs);
}

/**
 * pks_update_protection() - change what the calling context may do
 * @pkey:	one of linux/pks-keys.h
 * @protection:	PKEY_READ_WRITE or PKEY_DISABLE_*
 *
 * Lasts until the context changes it again or ends: an interrupt, when it
 * returns; a thread, when it executes another program or exits. It stays with a
 * thread that sleeps, migrates, or goes to user mode and comes back; what interrupts
 * the thread does not have it. A key or a protection that does not exist is refused
 * with a warning.
 *
 * Context: any
 */
void pks_update_protection(u8 pkey, u8 protection)
{
	if (!static_branch_unlikely(&pks_enabled))
		return;
	if (WARN_ONCE(!pks_may_update(pkey, protection),
		      "pks: no such key or protection: %u, 0x%x\n", pkey, protection))
		return;

	preempt_disable();
	pks_update_context(pkey, protection);
	preempt_enable();
}
EXPORT_SYMBOL_GPL(pks_update_protection);

/**
 * pks_update_exception() - change what the interrupted context may do
 * @regs:	of that context
 * @pkey:	one of linux/pks-keys.h
 * @protection:	PKEY_READ_WRITE or PKEY_DISABLE_*
 *
 * The exception has the same rights from now on: a callback can look at what it
 * opens. The interrupted context has them when the exception returns.
 *
 * Context: the exception itself; it cannot migrate
 */
void pks_update_exception(struct pt_regs *regs, u8 pkey, u8 protection)
{
	struct pks_context *ctx = &to_extended_pt_regs(regs)->aux.ctx;

	if (!static_branch_unlikely(&pks_enabled))
		return;
	if (WARN_ONCE(!pks_may_update(pkey, protection),
		      "pks: no such key or protection: %u, 0x%x\n", pkey, protection))
		return;

	ctx->pkrs = pkey_update_pkval(ctx->pkrs, pkey, protection);
	ctx->granted &= ~BIT(pkey);
	pks_update_context(pkey, protection);
}
EXPORT_SYMBOL_GPL(pks_update_exception);

/* What is left of a context without what the #PF handler gave */
static struct pks_context pks_without_grants(struct pks_context ctx)
{
	unsigned long granted = ctx.granted;
	unsigned int pkey;

	for_each_set_bit(pkey, &granted, PKS_KEY_MAX)
		ctx.pkrs = pkey_update_pkval(ctx.pkrs, pkey, PKEY_DISABLE_ACCESS);
	ctx.granted = 0;
	return ctx;
}

/**
 * pks_end_grants() - take back what the #PF handler gave
 * @task:	current, or just switched away from; PKRS is written by the caller
 *
 * What the task opened by itself stays open.
 */
void pks_end_grants(struct task_struct *task)
{
	struct pks_context *ctx = &task->thread.pks.ctx;

	trace_pks_grant_ended(task, ctx->granted);
	pks_set_context(ctx, pks_without_grants(*ctx));
}

/* Who runs now, if that is another context than a moment ago, has its mappings above. */
static __always_inline void pks_set_mapped(struct thread_pks *pks, unsigned int mapped)
{
	pks->mapped = mapped;
	pks->base = min(mapped, PKS_LOCAL_MAX);
}

/**
 * pks_put_aside() - out of line part of __pks_enter_context()
 * @aux:	has the interrupted context already
 *
 * Context: interrupts off, RCU may not watch; through pks_call()
 */
noinstr void pks_put_aside(struct pt_regs_auxiliary *aux)
{
	struct thread_pks *pks = &current->thread.pks;

	pks_set_mapped(pks, pks->mapped + aux->ctx.depth);
	barrier();
	aux->switches = pks_switches();
	pks_put_pgmap_aside(pks, aux);
	pks_set_context(&pks->ctx, PKS_CONTEXT_DEFAULT);
	pkrs_write(PKS_INIT_VALUE);
}

/* The task was switched away from since the grant. */
static __always_inline bool pks_grant_is_over(const struct pt_regs_auxiliary *aux)
{
	return aux->ctx.granted && aux->switches != pks_switches();
}

/**
 * pks_end_handler() - what pks_take_back() rarely has to do
 * @aux:	of the context that comes back
 *
 * What the handler was granted goes with it, what it mapped should have; and a grant
 * of the context that comes back may have come to its end.
 *
 * Context: interrupts off, RCU watching; through pks_end_handler_thunk()
 */
noinstr void pks_end_handler(struct pt_regs_auxiliary *aux)
{
	const struct pks_context *ctx = pks_this_context();

	instrumentation_begin();
	WARN_ONCE(ctx->depth, "pks: a handler returns with %u kmap_local mappings, on behalf of %s[%d]\n",
		  ctx->depth, current->comm, task_pid_nr(current));
	if (ctx->granted)
		trace_pks_grant_ended(current, ctx->granted);
	pks_warn_pgmap(current, "a handler returns");
	if (pks_grant_is_over(aux)) {
		trace_pks_grant_ended(current, aux->ctx.granted);
		aux->ctx = pks_without_grants(aux->ctx);
	}
	instrumentation_end();
}

/**
 * pks_take_back() - out of line part of __pks_leave_context()
 * @aux:	of the context that comes back; it loses what it was granted if the
 *		task was switched away from meanwhile
 *
 * Context: interrupts off, RCU watching; through pks_call()
 */
noinstr void pks_take_back(struct pt_regs_auxiliary *aux)
{
	struct thread_pks *pks = &current->thread.pks;

	if (unlikely(pks_word_is_held(pks_context_word(&pks->ctx)) || pks_grant_is_over(aux)))
		pks_call(pks_end_handler_thunk, aux);
	pks_set_context(&pks->ctx, aux->ctx);
	pks_take_pgmap_back(pks, aux);
	/* Not before that: an NMI has its mappings above those of the two together. */
	barrier();
	if (unlikely(aux->ctx.depth))
		pks_set_mapped(pks, pks->mapped - aux->ctx.depth);
	pkrs_write(aux->ctx.pkrs);
}

/*
 * Whatever the task still has of kmap_local mappings ends here, and with them the
 * keys that they opened.
 */
static void pks_drop_mappings(struct pks_context *ctx)
{
	struct pks_context new = *ctx;
	unsigned long keys = PKS_KEYS_COUNTED;
	unsigned int pkey;

	for_each_set_bit(pkey, &keys, PKS_KEY_MAX)
		new.pkrs = pkey_update_pkval(new.pkrs, pkey, PKEY_DISABLE_ACCESS);
	new.depth = 0;
	pks_set_context(ctx, new);
}

/*
 * Out of line part of the return to user mode. A grant is meant to end here, a
 * kmap_local mapping is a bug of its owner. Interrupts are off.
 */
void pks_leave_kernel(void)
{
	struct pks_context *ctx = pks_this_context();

	WARN_ONCE(ctx->depth, "pks: %s[%d] returns to user mode with %u kmap_local mappings\n",
		  current->comm, task_pid_nr(current), ctx->depth);
	if (ctx->granted)
		pks_end_grants(current);
	if (ctx->depth)
		pks_drop_mappings(ctx);
	pks_warn_pgmap(current, "a thread returns to user mode");
	pks_drop_pgmap(&current->thread.pks);
	pkrs_write(ctx->pkrs);
}

/* A task that exits: its mappings end with it, but nobody would ever hear of them. */
void pks_exit_thread(struct task_struct *task)
{
	WARN_ONCE(task->thread.pks.ctx.depth,
		  "pks: %s[%d] exits with %u kmap_local mappings\n",
		  task->comm, task_pid_nr(task), task->thread.pks.ctx.depth);
	pks_warn_pgmap(task, "a thread exits");
}

/* exec: the new program starts like a new task. */
void pks_flush_thread(void)
{
	if (!static_branch_unlikely(&pks_enabled))
		return;

	preempt_disable();
	pks_init_task(current);
	pkrs_write(PKS_INIT_VALUE);
	preempt_enable();
}

#ifdef CONFIG_PKS_TEST
EXPORT_SYMBOL_GPL(pks_flush_thread);
#endif

static const pks_key_callback pks_key_callbacks[PKS_NUM_PKEYS] = {
#ifdef CONFIG_PKS_TEST_ALL_KEYS
	[PKS_KEY_DEFAULT + 1 ... PKS_KEY_MAX - 1] = pks_test_fault_callback,
#elif defined(CONFIG_PKS_TEST)
	[PKS_KEY_TEST]	= pks_test_fault_callback,
#endif
#ifdef CONFIG_PKS_KMAP
	[PKS_KEY_KMAP]	= pks_kmap_fault_callback,
#endif
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	[PKS_KEY_PGMAP_PROTECTION] = pgmap_pks_fault_callback,
#endif
};

/* An entry that is not of a page, large or small */
static __always_inline bool pks_is_table(unsigned long entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT;
}

/*
 * The key of whatever is mapped at @address; 0 where nothing is. As
 * lookup_address(), which is after more than a key. Large entries carry it in the
 * same bits.
 */
static __always_inline u8 pks_address_to_key(unsigned long address)
{
	pgd_t *pgd = pgd_offset_k(address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(*pgd))
		return PKS_KEY_DEFAULT;
	p4d = p4d_offset(pgd, address);
	if (!pks_is_table(p4d_val(*p4d)))
		return pte_flags_pkey(p4d_val(*p4d));
	pud = pud_offset(p4d, address);
	if (!pks_is_table(pud_val(*pud)))
		return pte_flags_pkey(pud_val(*pud));
	pmd = pmd_offset(pud, address);
	if (!pks_is_table(pmd_val(*pmd)))
		return pte_flags_pkey(pmd_val(*pmd));
	return pte_flags_pkey(pte_val(*pte_offset_kernel(pmd, address)));
}

static noinline void pks_deny(struct pt_regs *regs, unsigned long address, bool write)
{
	pks_count(denials);
	trace_pks_fault_denied(regs, address, write, pks_address_to_key(address));
}

/**
 * pks_handle_key_fault() - a kernel access was stopped by its key
 * @regs:	the faulting context
 * @error_code:	of the #PF, with X86_PF_PK
 * @address:	what was accessed
 *
 * Context: #PF handler, interrupts off
 * Return: true when the access may be tried again; else it takes the way of
 * any bad access, to its fixup or to an oops
 */
bool pks_handle_key_fault(struct pt_regs *regs, unsigned long error_code,
			  unsigned long address)
{
	bool write = error_code & X86_PF_WRITE;
	pks_key_callback callback;

	if (!static_branch_unlikely(&pks_enabled) || user_mode(regs))
		return false;

	pks_count(faults);
	callback = pks_key_callbacks[pks_address_to_key(address)];
	if (likely(callback && callback(regs, address, write)))
		return true;

	pks_deny(regs, address, write);
	return false;
}

/* The lines of an oops that say why. */
void pks_show_fault(struct pt_regs *regs, unsigned long address)
{
	if (!static_branch_unlikely(&pks_enabled) || user_mode(regs))
		return;

	pr_alert("PKRS: 0x%08x pkey: %u\n",
		 to_extended_pt_regs(regs)->aux.pkrs,
		 pks_address_to_key(address));
}

#ifdef CONFIG_PKS_TEST
static pks_key_callback pks_test_hook;

/**
 * pks_test_set_fault_hook() - who decides about violations of PKS_KEY_TEST
 * @hook:	NULL for nobody; no call is under way when this returns
 *
 * Violations of any other key never get there.
 */
void pks_test_set_fault_hook(pks_key_callback hook)
{
	WRITE_ONCE(pks_test_hook, hook);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(pks_test_set_fault_hook);

/* Weak: a test that is built in brings its own. */
bool __weak pks_test_fault_callback(struct pt_regs *regs, unsigned long address,
				    bool write)
{
	pks_key_callback hook = READ_ONCE(pks_test_hook);

	return hook && hook(regs, address, write);
}
#endif /* CONFIG_PKS_TEST */

#ifdef CONFIG_DEBUG_PKS
static noinstr void pks_violation(const char *what, const char *where,
				  struct pks_context ctx, u32 cache, u32 msr)
{
	instrumentation_begin();
	/* Where WARN_ONCE() is an exception each time, that would come here again. */
	DO_ONCE_LITE(WARN, 1,
		     "pks: %s at %s: msr 0x%08x cache 0x%08x pkrs 0x%08x depth %u granted 0x%x\n",
		     what, where, msr, cache, ctx.pkrs, ctx.depth, ctx.granted);
	instrumentation_end();
}

/**
 * pks_check_state() - the four invariants
 * @where:	for the report
 * @settled:	the register must match the context; false where a writer may
 *		have been interrupted
 */
noinstr void pks_check_state(const char *where, bool settled)
{
	struct pks_context ctx = READ_ONCE(*pks_this_context());
	u32 cache, msr;

	/* Where a writer was interrupted, an NMI in between does its work. */
	do {
		cache = this_cpu_read(pkrs_cache);
		msr = __rdmsr(MSR_IA32_PKRS);
	} while (cache != this_cpu_read(pkrs_cache));
	if (cache == PKRS_IN_FLUX ? settled : msr != cache)
		pks_violation("the register is not what the cache says", where,
			      ctx, cache, msr);
	if (!settled)
		return;
	if (cache != ctx.pkrs)
		pks_violation("the register is not what the context holds",
			      where, ctx, cache, msr);
	if (!pks_depth_valid(ctx))
		pks_violation("the domain is not as open as the depth says",
			      where, ctx, cache, msr);
}

/**
 * pks_check_canary() - is what was put aside still what was put there?
 * @aux:	of the context that comes back
 */
noinstr void pks_check_canary(struct pt_regs_auxiliary *aux)
{
	if (aux->canary == PKS_CANARY)
		return;
	instrumentation_begin();
	WARN_ONCE(1, "pks: saved context overwritten: canary 0x%lx, expected 0x%lx\n",
		  aux->canary, PKS_CANARY);
	instrumentation_end();
}
#endif /* CONFIG_DEBUG_PKS */

/**
 * pks_sum_counters() - what all CPUs counted since boot
 * @sum:	the result; other CPUs may count meanwhile
 */
void pks_sum_counters(struct pks_counters *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		struct pks_counters *c = per_cpu_ptr(&pks_counters, cpu);

		sum->msr_writes += READ_ONCE(c->msr_writes);
		sum->msr_spared += READ_ONCE(c->msr_spared);
		sum->faults += READ_ONCE(c->faults);
		sum->grants += READ_ONCE(c->grants);
		sum->denials += READ_ONCE(c->denials);
		sum->saves += READ_ONCE(c->saves);
		sum->restores += READ_ONCE(c->restores);
	}
}
EXPORT_SYMBOL_GPL(pks_sum_counters);

static int counters_show(struct seq_file *m, void *unused)
{
	int cpu;

	seq_puts(m, "cpu msr_writes msr_spared faults grants denials saves restores\n");
	for_each_online_cpu(cpu) {
		struct pks_counters *c = per_cpu_ptr(&pks_counters, cpu);

		seq_printf(m, "%d %lu %lu %lu %lu %lu %lu %lu\n", cpu,
			   READ_ONCE(c->msr_writes), READ_ONCE(c->msr_spared),
			   READ_ONCE(c->faults), READ_ONCE(c->grants),
			   READ_ONCE(c->denials),
			   READ_ONCE(c->saves), READ_ONCE(c->restores));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int __init pks_debugfs_init(void)
{
	if (pks_available())
		debugfs_create_file("counters", 0400,
				    debugfs_create_dir("pks", NULL), NULL,
				    &counters_fops);
	return 0;
}
late_initcall(pks_debugfs_init);
