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
#include <linux/pkeys.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
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

DEFINE_STATIC_KEY_FALSE(pks_enabled);
EXPORT_SYMBOL_GPL(pks_enabled);

/* What each CPU's PKRS holds; set up with the register, before any reader. */
DEFINE_PER_CPU(u32, pkrs_cache) = PKS_INIT_VALUE;
EXPORT_PER_CPU_SYMBOL_GPL(pkrs_cache);

DEFINE_PER_CPU(struct pks_counters, pks_counters);

/*
 * ANDed into every value written: the bits that are clear here are rights that
 * every context has. Only the schemes that open a key for the whole machine
 * change it, see mm/pks/kmap.c.
 */
u32 pkrs_global_mask __read_mostly = ~0u;

/*
 * The mask has changed, and not every CPU has applied it: a register may be what
 * the mask was before.
 */
bool pkrs_global_updating;

/* The mask may be anything but all ones: on before it is, off after it was. */
DEFINE_STATIC_KEY_FALSE(pks_global);

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
 * pks_setup_cpu() - switch PKS on
 *
 * The register gets its value first: CR4.PKS must never enforce what a reset,
 * a firmware or a previous kernel left in it. It is written whatever the cache
 * says, for the CPU may have been away.
 *
 * Context: each CPU, when it comes up for the first time or again
 */
void pks_setup_cpu(void)
{
	u32 val = PKS_INIT_VALUE & READ_ONCE(pkrs_global_mask);

	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return;

	__wrmsr(MSR_IA32_PKRS, val, 0);
	raw_cpu_write(pkrs_cache, val);
	cr4_set_bits(X86_CR4_PKS);
	/* Translations that were made without looking at the key */
	__flush_tlb_all();
}

/* Per-CPU data cannot be reached when CR4 is restored; this can. */
static u32 pkrs_suspended;

void pks_save_processor_state(void)
{
	if (cpu_feature_enabled(X86_FEATURE_PKS))
		pkrs_suspended = __rdmsr(MSR_IA32_PKRS);
}

/*
 * The register becomes what the cache says it is, before CR4.PKS is set. No tracer
 * and no sanitizer may come along: what they keep in per-CPU data is out of reach.
 */
noinstr void pks_restore_processor_state(void)
{
	if (cpu_feature_enabled(X86_FEATURE_PKS))
		__wrmsr(MSR_IA32_PKRS, pkrs_suspended, 0);
}

/*
 * Not before the alternatives are patched: from here on the entry code uses
 * the room beside pt_regs, which it makes only then.
 */
static int __init pks_init(void)
{
	if (!cpu_feature_enabled(X86_FEATURE_PKS))
		return 0;

	static_branch_enable(&pks_enabled);
	pr_info("%d keys in use, default PKRS 0x%08lx\n", PKS_KEY_MAX,
		PKS_INIT_VALUE);
	return 0;
}
early_initcall(pks_init);

/* The default key stays open, and that of kmap() belongs to kmap(). */
static bool pks_may_update(u8 pkey, u8 protection)
{
	return pkey > PKS_KEY_DEFAULT && pkey < PKS_KEY_MAX &&
	       !(PKS_KEYS_COUNTED & BIT(pkey)) && !(protection & ~PKEY_ACCESS_MASK);
}

/**
 * pks_update_protection() - change what the calling context may do
 * @pkey:	one of linux/pks-keys.h
 * @protection:	PKEY_READ_WRITE or PKEY_DISABLE_*
 *
 * Lasts until the context changes it again or ends: an interrupt, when it
 * returns; a thread, when it returns to user mode, executes another program or
 * exits. It follows a thread that sleeps or migrates. A key or a protection
 * that does not exist is refused with a warning.
 *
 * Context: any
 */
void pks_update_protection(u8 pkey, u8 protection)
{
	struct pks_context ctx;

	if (!static_branch_unlikely(&pks_enabled))
		return;
	if (WARN_ONCE(!pks_may_update(pkey, protection),
		      "pks: no such key or protection: %u, 0x%x\n", pkey, protection))
		return;

	preempt_disable();
	ctx = *pks_this_context();
	ctx.granted &= ~BIT(pkey);
	ctx.pkrs = pkey_update_pkval(ctx.pkrs, pkey, protection);
	pks_set_context(pks_this_context(), ctx);
	pkrs_write(ctx.pkrs);
	preempt_enable();
}
EXPORT_SYMBOL_GPL(pks_update_protection);

/**
 * pks_update_exception() - change what the interrupted context may do
 * @regs:	of that context, taken from kernel mode
 * @pkey:	one of linux/pks-keys.h
 * @protection:	PKEY_READ_WRITE or PKEY_DISABLE_*
 *
 * Takes effect when the exception returns.
 */
void pks_update_exception(struct pt_regs *regs, u8 pkey, u8 protection)
{
	struct pks_context *ctx = &to_extended_pt_regs(regs)->aux.ctx;

	if (!static_branch_unlikely(&pks_enabled))
		return;
	if (WARN_ONCE(!pks_may_update(pkey, protection) || user_mode(regs),
		      "pks: no such key, protection or context: %u, 0x%x\n",
		      pkey, protection))
		return;

	ctx->pkrs = pkey_update_pkval(ctx->pkrs, pkey, protection);
	ctx->granted &= ~BIT(pkey);
}
EXPORT_SYMBOL_GPL(pks_update_exception);

/**
 * pks_end_grants() - take back what the #PF handler gave
 * @task:	for the record
 * @ctx:	a context of @task; its PKRS is written by the caller
 *
 * What the context opened by itself stays open.
 */
void pks_end_grants(struct task_struct *task, struct pks_context *ctx)
{
	struct pks_context new = *ctx;
	unsigned long granted = ctx->granted;
	unsigned int pkey;

	for_each_set_bit(pkey, &granted, PKS_KEY_MAX)
		if (!(PKS_KEYS_COUNTED & BIT(pkey)) || !ctx->depth)
			new.pkrs = pkey_update_pkval(new.pkrs, pkey,
						     PKEY_DISABLE_ACCESS);
	new.granted = 0;
	pks_set_context(ctx, new);
	trace_pks_grant_ended(task, granted);
}

/**
 * pks_end_aux_grants() - a context is over, and the one below comes back
 * @aux:	of the latter; it loses what it was granted if the task was
 *		switched away from meanwhile
 *
 * Context: interrupts off, through pks_end_aux_grants_thunk()
 */
asmlinkage void pks_end_aux_grants(struct pt_regs_auxiliary *aux)
{
	u16 granted = pks_this_context()->granted;

	if (granted)
		trace_pks_grant_ended(current, granted);
	if (aux->ctx.granted && aux->switches != pks_switches())
		pks_end_grants(current, &aux->ctx);
}

/*
 * Out of line part of the return to user mode: whatever the thread still holds
 * ends here. A grant is meant to, a kmap_local mapping is a bug of its owner.
 */
void pks_leave_kernel(void)
{
	struct pks_context *ctx = pks_this_context();

	WARN_ONCE(ctx->depth, "pks: %s[%d] returns to user mode with %u kmap_local mappings\n",
		  current->comm, task_pid_nr(current), ctx->depth);
	if (ctx->granted)
		pks_end_grants(current, ctx);
	pks_set_context(ctx, PKS_CONTEXT_DEFAULT);
	pkrs_write(PKS_INIT_VALUE);
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

/**
 * pks_update_this_cpu() - apply the global mask here
 * @unused:	for smp_call_function() and stop_machine()
 *
 * Context: cannot migrate. In an interrupt the running context is the
 * interrupt's; what it returns to picks the mask up on the way out.
 */
void pks_update_this_cpu(void *unused)
{
	pkrs_write(pks_this_context()->pkrs);
}

static const pks_key_callback pks_key_callbacks[PKS_KEY_MAX] = {
#ifdef CONFIG_PKS_TEST_ALL_KEYS
	[PKS_KEY_DEFAULT + 1 ... PKS_KEY_MAX - 1] = pks_test_fault_callback,
#elif defined(CONFIG_PKS_TEST)
	[PKS_KEY_TEST]	= pks_test_fault_callback,
#endif
};

/* The key of whatever is mapped at @address; 0 where nothing is. */
static u8 pks_address_to_key(unsigned long address)
{
	unsigned int level;
	pte_t *pte = lookup_address(address, &level);

	/* Large entries carry the key in the same bits. */
	if (!pte || !pte_present(*pte))
		return PKS_KEY_DEFAULT;
	return pte_flags_pkey(pte_flags(*pte));
}

#ifdef CONFIG_PKS_KMAP
/*
 * Was it the key that kmap() opens? A page may have another one, and where kmap()'s
 * is open already trying again would not end. Under "page" the context says so; a
 * CPU that has not heard of a change for everyone yet has to look.
 */
static bool pks_kmap_key_stops(struct pt_regs *regs, unsigned long address)
{
	if (unlikely(READ_ONCE(pkrs_global_mask) != ~0u))
		return pks_address_to_key(address) == PKS_KEY_KMAP;
	return to_extended_pt_regs(regs)->aux.ctx.pkrs & PKR_PKEY_MASK(PKS_KEY_KMAP);
}
#endif

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
	u8 pkey;

	if (!static_branch_unlikely(&pks_enabled) || user_mode(regs))
		return false;

	pks_count(faults);
#ifdef CONFIG_PKS_KMAP
	if (pks_kmap_key_stops(regs, address) && pks_page_fault(regs, address, write))
		return true;
#endif

	pkey = pks_address_to_key(address);
	if (pkey < PKS_KEY_MAX && pks_key_callbacks[pkey] &&
	    pks_key_callbacks[pkey](regs, address, write))
		return true;

	pks_count(denials);
	trace_pks_fault_denied(regs, address, write, pkey);
	return false;
}

/* The lines of an oops that say why. */
void pks_show_fault(struct pt_regs *regs, unsigned long address)
{
	if (!static_branch_unlikely(&pks_enabled) || user_mode(regs))
		return;

	pr_alert("PKRS: 0x%08x pkey: %u\n",
		 to_extended_pt_regs(regs)->aux.pkrs & READ_ONCE(pkrs_global_mask),
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
	WARN_ONCE(1, "pks: %s at %s: msr 0x%08x cache 0x%08x pkrs 0x%08x mask 0x%08x depth %u granted 0x%x\n",
		  what, where, msr, cache, ctx.pkrs, READ_ONCE(pkrs_global_mask),
		  ctx.depth, ctx.granted);
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
	u32 mask = READ_ONCE(pkrs_global_mask);
	u32 cache = raw_cpu_read(pkrs_cache);
	u32 msr = __rdmsr(MSR_IA32_PKRS);

	/*
	 * A mask that is on its way may have been applied by an NMI: amid a writer,
	 * which does it again, or amid what was read above. It cannot have come to
	 * its end meanwhile, as this CPU does not answer here.
	 */
	if (READ_ONCE(pkrs_global_updating))
		return;
	if (cache == PKRS_IN_FLUX ? settled : msr != cache)
		pks_violation("the register is not what the cache says", where,
			      ctx, cache, msr);
	if (!settled)
		return;
	if (cache != (ctx.pkrs & mask) && mask == READ_ONCE(pkrs_global_mask))
		pks_violation("the register is not what the context holds",
			      where, ctx, cache, msr);
	if (!pks_kmap_depth_valid(ctx))
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
		sum->ipis += READ_ONCE(c->ipis);
		sum->saves += READ_ONCE(c->saves);
		sum->restores += READ_ONCE(c->restores);
	}
}
EXPORT_SYMBOL_GPL(pks_sum_counters);

static int counters_show(struct seq_file *m, void *unused)
{
	int cpu;

	seq_puts(m, "cpu msr_writes msr_spared faults grants denials ipis saves restores\n");
	for_each_online_cpu(cpu) {
		struct pks_counters *c = per_cpu_ptr(&pks_counters, cpu);

		seq_printf(m, "%d %lu %lu %lu %lu %lu %lu %lu %lu\n", cpu,
			   READ_ONCE(c->msr_writes), READ_ONCE(c->msr_spared),
			   READ_ONCE(c->faults), READ_ONCE(c->grants),
			   READ_ONCE(c->denials), READ_ONCE(c->ipis),
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
