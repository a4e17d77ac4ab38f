// SPDX-License-Identifier: GPL-2.0
/*
 * Pagemaps of devices whose kernel mapping carries a key: persistent memory, where a
 * stray write is data that is lost for good.
 *
 * Whoever accesses such memory opens the key around that, for its own context. A fault
 * on this key is a stray access: nobody counts mappings, and nobody is granted access,
 * but where "relaxed" was asked for.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pkeys.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <trace/events/pks.h>

/* The parameter was posted as one of mm/memremap.c. */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"memremap."
#include <linux/moduleparam.h>

/*
 * Why a context has the key, in thread_pks.pgmap: pks_pgmap_open(), which does not
 * nest, and a number of kmap_local mappings, which do, in each other and in that.
 */
#define PKS_PGMAP_OPENED	0x80000000u

/* A context that has the key, and nothing else */
#define PKS_PGMAP_PKRS		((u32)(PKS_INIT_VALUE & ~(unsigned long)PKS_PGMAP_AD))

/**
 * struct pks_pgmap_counters - what one CPU counted since boot
 * @opened:	accesses, and kmap_local mappings, that found the key closed
 * @nested:	those that found it open
 * @faults:	accesses by a context without the key
 */
struct pks_pgmap_counters {
	unsigned long opened;
	unsigned long nested;
	unsigned long faults;
};

static DEFINE_PER_CPU(struct pks_pgmap_counters, pks_pgmap_counters);

enum { PKS_FAULT_STRICT, PKS_FAULT_RELAXED };

static const char * const pks_fault_modes[] = {
	[PKS_FAULT_STRICT]	= "strict",
	[PKS_FAULT_RELAXED]	= "relaxed",
};

static int pks_fault_mode __read_mostly = PKS_FAULT_STRICT;

static int pks_fault_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(pks_fault_modes, val);

	if (mode < 0)
		return mode;
	WRITE_ONCE(pks_fault_mode, mode);
	return 0;
}

static int pks_fault_mode_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", pks_fault_modes[READ_ONCE(pks_fault_mode)]);
}

static const struct kernel_param_ops pks_fault_mode_ops = {
	.set = pks_fault_mode_set,
	.get = pks_fault_mode_get,
};

module_param_cb(pks_fault_mode, &pks_fault_mode_ops, NULL, 0644);

/**
 * pgmap_protect() - put the key into what a dev_pagemap will be mapped with
 * @pgmap:	about to be mapped
 * @prot:	of the mapping
 *
 * Return: 0, also for a pagemap that did not ask for a key; -EINVAL: there is no PKS,
 * or the memory is none that the kernel accesses by this mapping
 */
int pgmap_protect(const struct dev_pagemap *pgmap, pgprot_t *prot)
{
	if (!(pgmap->flags & PGMAP_PROTECTION))
		return 0;
	if (!pgmap_protection_available() ||
	    WARN_ONCE(pgmap->type != MEMORY_DEVICE_FS_DAX &&
		      pgmap->type != MEMORY_DEVICE_GENERIC,
		      "pks: no protection for a pagemap of type %d\n", pgmap->type))
		return -EINVAL;
	*prot = __pgprot(pgprot_val(*prot) | _PAGE_PKEY(PKS_KEY_PGMAP_PROTECTION));
	return 0;
}

/* The key becomes open, or closed. What was granted is a part of what it is opened for. */
static void pks_pgmap_update(struct thread_pks *pks, u8 protection)
{
	struct pks_context ctx = pks->ctx;

	ctx.pkrs = pkey_update_pkval(ctx.pkrs, PKS_KEY_PGMAP_PROTECTION, protection);
	ctx.granted &= ~BIT(PKS_KEY_PGMAP_PROTECTION);
	pks_set_context(&pks->ctx, ctx);
	pkrs_write(ctx.pkrs);
}

/* One more reason to have the key: @why is added to those that there are. */
static noinline void pks_pgmap_begin(struct thread_pks *pks, unsigned int why)
{
	preempt_disable();
	if (pks->pgmap) {
		raw_cpu_inc(pks_pgmap_counters.nested);
	} else {
		raw_cpu_inc(pks_pgmap_counters.opened);
		pks_pgmap_update(pks, PKEY_READ_WRITE);
		trace_pks_domain_opened(PKS_KEY_PGMAP_PROTECTION);
	}
	WRITE_ONCE(pks->pgmap, pks->pgmap + why);
	preempt_enable();
}

/* One reason less; the last one closes the key. */
static noinline void pks_pgmap_end(struct thread_pks *pks, unsigned int why)
{
	preempt_disable();
	WRITE_ONCE(pks->pgmap, pks->pgmap - why);
	if (!pks->pgmap) {
		barrier();
		pks_pgmap_update(pks, PKEY_DISABLE_ACCESS);
		trace_pks_domain_closed(PKS_KEY_PGMAP_PROTECTION);
	}
	preempt_enable();
}

/**
 * pks_pgmap_open() - give the calling context the key of all protected pagemaps
 *
 * May be preempted, as __pks_kmap_local().
 *
 * Context: any; does not nest
 */
notrace void pks_pgmap_open(void)
{
	struct thread_pks *pks = &current->thread.pks;

	if (likely(pks_is_default(&pks->ctx))) {
		pks_set_word(&pks->ctx, PKS_PGMAP_PKRS);
		barrier();
		WRITE_ONCE(pks->pgmap, PKS_PGMAP_OPENED);
		pkrs_write(PKS_PGMAP_PKRS);
		raw_cpu_inc(pks_pgmap_counters.opened);
		trace_pks_domain_opened(PKS_KEY_PGMAP_PROTECTION);
		return;
	}
	if (WARN_ONCE(pks->pgmap & PKS_PGMAP_OPENED,
		      "pks: access to persistent memory nests, by %s[%d]\n",
		      current->comm, task_pid_nr(current))) {
		raw_cpu_inc(pks_pgmap_counters.nested);
		return;
	}
	pks_pgmap_begin(pks, PKS_PGMAP_OPENED);
}
EXPORT_SYMBOL_GPL(pks_pgmap_open);

/**
 * pks_pgmap_close() - take the key from the calling context
 *
 * Context: any; after pks_pgmap_open()
 */
notrace void pks_pgmap_close(void)
{
	struct thread_pks *pks = &current->thread.pks;

	if (likely(pks->pgmap == PKS_PGMAP_OPENED &&
		   pks_context_word(&pks->ctx) == PKS_PGMAP_PKRS)) {
		WRITE_ONCE(pks->pgmap, 0);
		barrier();
		pks_set_word(&pks->ctx, PKS_INIT_VALUE);
		pkrs_write(PKS_INIT_VALUE);
		trace_pks_domain_closed(PKS_KEY_PGMAP_PROTECTION);
		return;
	}
	if (WARN_ONCE(!(pks->pgmap & PKS_PGMAP_OPENED),
		      "pks: access to persistent memory ends, and has not begun, by %s[%d]\n",
		      current->comm, task_pid_nr(current)))
		return;
	pks_pgmap_end(pks, PKS_PGMAP_OPENED);
}
EXPORT_SYMBOL_GPL(pks_pgmap_close);

/**
 * __pks_pgmap_kmap_local() - open the key for a mapping
 * @addr:	in a page of a protected pagemap
 *
 * Context: any; nests
 * Return: @addr
 */
void *__pks_pgmap_kmap_local(void *addr)
{
	pks_pgmap_begin(&current->thread.pks, 1);
	return addr;
}
EXPORT_SYMBOL(__pks_pgmap_kmap_local);

/**
 * __pks_pgmap_kunmap_local() - undo that
 * @addr:	within the mapping; the context has the key
 *
 * Context: any
 * Return: whether the page is one of a protected pagemap
 */
bool __pks_pgmap_kunmap_local(const void *addr)
{
	struct thread_pks *pks = &current->thread.pks;

	if (!devmap_protected(pfn_to_page(PHYS_PFN((unsigned long)addr - PAGE_OFFSET))))
		return false;
	if (!WARN_ONCE(!(pks->pgmap & ~PKS_PGMAP_OPENED),
		       "pks: kunmap_local() of pfn 0x%lx, which this context has not mapped\n",
		       PHYS_PFN((unsigned long)addr - PAGE_OFFSET)))
		pks_pgmap_end(pks, 1);
	return true;
}
EXPORT_SYMBOL(__pks_pgmap_kunmap_local);

/**
 * pks_warn_pgmap() - a context ends that should not have the key any more
 * @task:	whose context it is
 * @how:	it ends
 *
 * What was granted is not meant: that ends with the context, and without a word.
 */
void pks_warn_pgmap(struct task_struct *task, const char *how)
{
	WARN_ONCE(task->thread.pks.pgmap,
		  "pks: %s with access to persistent memory, of %s[%d]\n", how,
		  task->comm, task_pid_nr(task));
}

/**
 * pks_drop_pgmap() - what is left of the key goes
 * @pks:	of current, whose register the caller writes
 */
void pks_drop_pgmap(struct thread_pks *pks)
{
	struct pks_context ctx = pks->ctx;

	if (!pks->pgmap)
		return;
	WRITE_ONCE(pks->pgmap, 0);
	barrier();
	ctx.pkrs = pkey_update_pkval(ctx.pkrs, PKS_KEY_PGMAP_PROTECTION,
				     PKEY_DISABLE_ACCESS);
	pks_set_context(&pks->ctx, ctx);
}

/* "relaxed": the context that faulted goes on, and has the key for as long as it lasts */
static void pks_pgmap_grant(struct pt_regs *regs)
{
	struct pt_regs_auxiliary *aux = &to_extended_pt_regs(regs)->aux;

	aux->ctx.pkrs = pkey_update_pkval(aux->ctx.pkrs, PKS_KEY_PGMAP_PROTECTION,
					  PKEY_READ_WRITE);
	aux->ctx.granted |= BIT(PKS_KEY_PGMAP_PROTECTION);
	aux->switches = pks_switches();
	aux->pgmap = 0;
}

/**
 * pgmap_pks_fault_callback() - the key of a protected pagemap stopped an access
 * @regs:	the faulting context
 * @address:	what was accessed
 * @write:	how
 *
 * Context: #PF handler, interrupts off
 * Return: true when the access may be tried again
 */
bool pgmap_pks_fault_callback(struct pt_regs *regs, unsigned long address, bool write)
{
	raw_cpu_inc(pks_pgmap_counters.faults);
	if (READ_ONCE(pks_fault_mode) != PKS_FAULT_RELAXED)
		return false;

	WARN_ONCE(1, "pks: stray %s of persistent memory: pfn 0x%lx, by %pS, %s[%d]\n",
		  write ? "write" : "read", PHYS_PFN(address - PAGE_OFFSET),
		  (void *)regs->ip, current->comm, task_pid_nr(current));
	pks_pgmap_grant(regs);
	pks_count(grants);
	trace_pks_fault_granted(regs, address, write, PKS_KEY_PGMAP_PROTECTION);
	return true;
}

static int pgmap_counters_show(struct seq_file *m, void *unused)
{
	int cpu;

	seq_puts(m, "cpu opened nested faults\n");
	for_each_online_cpu(cpu) {
		struct pks_pgmap_counters *c = per_cpu_ptr(&pks_pgmap_counters, cpu);

		seq_printf(m, "%d %lu %lu %lu\n", cpu, READ_ONCE(c->opened),
			   READ_ONCE(c->nested), READ_ONCE(c->faults));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pgmap_counters);

static int __init pks_pgmap_debugfs_init(void)
{
	if (pks_available())
		debugfs_create_file("pks_pgmap", 0400, NULL, NULL, &pgmap_counters_fops);
	return 0;
}
late_initcall(pks_pgmap_debugfs_init);
