// SPDX-License-Identifier: GPL-2.0
/*
 * kmap() of access protected pages.
 *
 * kmap_local mappings belong to one context, which opens the domain for itself.
 * A kmap() mapping may be used by anyone, so it cannot be a matter of one
 * register: the mappings of the page are counted, and the #PF handler grants access
 * to the context that faults, for as long as that context lasts.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/once_lite.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <trace/events/pks.h>

#include "internal.h"

#define PKS_KMAP_BITS	PKR_PKEY_MASK(PKS_KEY_KMAP)

enum { PKS_MODE_STRICT, PKS_MODE_RELAXED, PKS_MODE_SILENT };

static const char * const pks_modes[] = {
	[PKS_MODE_STRICT]	= "strict",
	[PKS_MODE_RELAXED]	= "relaxed",
	[PKS_MODE_SILENT]	= "silent",
};

static int pks_mode __read_mostly = PKS_MODE_RELAXED;

/*
 * What the running context has mapped with kmap_local is written down, addresses in
 * the order of their mappings, above what the contexts below it have mapped: so it is
 * known at the end of a mapping whether it is one, whatever became of the page. Of
 * more than PKS_LOCAL_MAX only the number is known, and the entries that are 0 are of
 * those, too.
 */
#define PKS_LOCAL_KMAPPED	1ul	/* the page was kmap()ed since */

/* The context of a thread that has one mapping, and nothing else that is open */
#define PKS_LOCAL_PKRS		((u32)(PKS_INIT_VALUE & ~(unsigned long)PKS_KMAP_BITS))
#define PKS_LOCAL_WORD		(PKS_WORD_PKRS(PKS_LOCAL_PKRS) | PKS_WORD_DEPTH(1))

/* Where entries of the running context end */
static unsigned int pks_local_end(const struct thread_pks *pks)
{
	return min_t(unsigned int, pks->base + pks->ctx.depth, PKS_LOCAL_MAX);
}

static bool pks_same_folio(unsigned long entry, unsigned long addr)
{
	struct page *page = virt_to_page((void *)addr);

	return entry && PageCompound(page) &&
	       virt_to_head_page((void *)(entry & PAGE_MASK)) == compound_head(page);
}

/* The entry of the latest mapping of a page, or of one of its folio's, or NULL */
static unsigned long *pks_local_find(struct thread_pks *pks, unsigned long addr)
{
	unsigned int i;

	for (i = pks_local_end(pks); i-- > pks->base;)
		if ((pks->local[i] & PAGE_MASK) == addr)
			return &pks->local[i];
	for (i = pks_local_end(pks); i-- > pks->base;)
		if (pks_same_folio(pks->local[i], addr))
			return &pks->local[i];
	return NULL;
}

static __always_inline unsigned long *pks_local_find_page(const struct page *page)
{
	struct thread_pks *pks = &current->thread.pks;

	if (likely(!pks->ctx.depth))
		return NULL;
	return pks_local_find(pks, (unsigned long)page_address(page));
}

/* Those above come down; the last one that is left has none above it, or an unknown */
static void pks_local_remove(struct thread_pks *pks, unsigned long *entry)
{
	unsigned long *last = &pks->local[pks_local_end(pks) - 1];

	for (; entry < last; entry++)
		entry[0] = entry[1];
	*last = 0;
}

/* Is there a mapping of which no more than that it is one is known? */
static bool pks_local_unknown(const struct thread_pks *pks)
{
	unsigned int i;

	for (i = pks->base; i < pks_local_end(pks); i++)
		if (!pks->local[i])
			return true;
	return pks->base + pks->ctx.depth > PKS_LOCAL_MAX;
}

/**
 * __pks_kmap() - open a protected page to anyone who has its address
 * @page:	a protected page
 *
 * Context: may sleep, but only while the page is being tagged or untagged
 */
void __pks_kmap(struct page *page)
{
	unsigned long *entry;

	/* Closed to whoever else gets the address: nobody counts its mappings. */
	if (WARN_ONCE(pks_is_pgmap(page),
		      "pks: kmap() of pfn 0x%lx, of a protected pagemap: use kmap_local_page()\n",
		      page_to_pfn(page)))
		return;
	entry = pks_local_find_page(page);
	/* Inside a kmap_local mapping of it: then it may go inside, too. */
	if (entry)
		*entry |= PKS_LOCAL_KMAPPED;
	pks_page_map(page);
}
EXPORT_SYMBOL(__pks_kmap);

/**
 * __pks_kunmap() - undo one kmap() of a protected page
 * @page:	a protected page
 *
 * Context: any
 */
void __pks_kunmap(const struct page *page)
{
	unsigned long *entry;

	if (pks_is_pgmap(page))
		return;
	entry = pks_local_find_page(page);
	WARN_ONCE(entry && !(*entry & PKS_LOCAL_KMAPPED),
		  "pks: kunmap() of pfn 0x%lx inside its kmap_local mapping\n",
		  page_to_pfn(page));
	WARN_ONCE(pks_page_unmap(page) < 0,
		  "pks: kunmap() of pfn 0x%lx, which is not kmap()ed\n",
		  page_to_pfn(page));
}
EXPORT_SYMBOL(__pks_kunmap);

/*
 * The context changes first: what interrupts has its entries above those that the
 * depth tells of.
 */
static void pks_local_note(struct thread_pks *pks, unsigned int slot, unsigned long addr)
{
	barrier();
	if (slot < PKS_LOCAL_MAX)
		pks->local[slot] = addr;
}

/* A context that has the domain open by a mapping already gets one more. */
static noinline void *pks_local_nest(struct thread_pks *pks, void *addr)
{
	unsigned int slot = pks->base + pks->ctx.depth;

	if (WARN_ONCE(pks->ctx.depth == PKS_DEPTH_MAX,
		      "pks: %s[%d] has more kmap_local mappings than can be counted\n",
		      current->comm, task_pid_nr(current)))
		return addr;
	WRITE_ONCE(pks->ctx.depth, pks->ctx.depth + 1);
	pks_local_note(pks, slot, (unsigned long)addr);
	return addr;
}

/*
 * The first mapping of a context that holds something else. A grant that it has becomes
 * part of the mapping, and ends with it.
 */
static noinline void *pks_local_open(struct thread_pks *pks, void *addr)
{
	union pks_word new;

	preempt_disable();
	new.all = pks_context_word(&pks->ctx);
	new.all &= ~(PKS_WORD_PKRS(PKS_KMAP_BITS) |
		     PKS_WORD_GRANTED(BIT(PKS_KEY_KMAP)));
	new.all += PKS_WORD_DEPTH(1);
	pks_set_context(&pks->ctx, new.ctx);
	pks_local_note(pks, pks->base, (unsigned long)addr);
	pkrs_write(new.ctx.pkrs);
	trace_pks_domain_opened(PKS_KEY_KMAP);
	preempt_enable();
	return addr;
}

/* Apart from what it traces: that needs no register then which has to be saved. */
static noinline void *pks_local_trace_opened(void *addr)
{
	trace_pks_domain_opened(PKS_KEY_KMAP);
	return addr;
}

/**
 * __pks_kmap_local() - open a protected page to this context
 * @addr:	of the page
 *
 * Opens the domain: every page in it, which is what a key can do.
 *
 * May be preempted amid the first mapping: what the context holds is written down at
 * once, and a switch puts it into the register of the CPU where it goes on. Whatever
 * of the writer comes after that writes there what is there.
 *
 * Context: any
 * Return: @addr
 */
notrace void *__pks_kmap_local(void *addr)
{
	struct thread_pks *pks = &current->thread.pks;

	if (likely(pks_is_default(&pks->ctx))) {
		pks_set_word(&pks->ctx, PKS_LOCAL_WORD);
		barrier();
		pks->local[pks->base] = (unsigned long)addr;
		__pkrs_write(PKS_LOCAL_PKRS);
		if (trace_pks_domain_opened_enabled())
			addr = pks_local_trace_opened(addr);
	} else if (pks->ctx.depth) {
		addr = pks_local_nest(pks, addr);
	} else {
		addr = pks_local_open(pks, addr);
	}
	return addr;
}
EXPORT_SYMBOL(__pks_kmap_local);

/* The last mapping of a context goes, and closes the domain. */
static void pks_local_close(struct thread_pks *pks)
{
	union pks_word new = { .all = pks_context_word(&pks->ctx) };

	new.all |= PKS_WORD_PKRS(PKR_AD_BIT << PKR_PKEY_SHIFT(PKS_KEY_KMAP));
	new.all -= PKS_WORD_DEPTH(1);
	pks_set_context(&pks->ctx, new.ctx);
	pkrs_write(new.ctx.pkrs);
	trace_pks_domain_closed(PKS_KEY_KMAP);
}

static void pks_local_end_one(struct thread_pks *pks, unsigned long addr)
{
	unsigned long *entry = pks_local_find(pks, addr);
	bool closed = page_is_access_protected(virt_to_page((void *)addr));

	if (!entry && !pks_local_unknown(pks)) {
		/* A page that has no key may have been mapped without a trace. */
		WARN_ONCE(closed, "pks: kunmap_local() of pfn 0x%lx, which this context has not mapped\n",
			  PHYS_PFN(__pa(addr)));
		return;
	}
	if (!entry && !closed)
		return;
	if (entry)
		pks_local_remove(pks, entry);
	if (pks->ctx.depth == PKS_DEPTH_MAX)
		return;
	if (pks->ctx.depth == 1)
		pks_local_close(pks);
	else
		WRITE_ONCE(pks->ctx.depth, pks->ctx.depth - 1);
}

/* Is it the latest of several? Then nothing closes, and no entry has to come down. */
static bool pks_local_is_inner(const struct thread_pks *pks, unsigned long addr)
{
	unsigned int last = pks->base + pks->ctx.depth - 1;

	return pks->ctx.depth > 1 && last < PKS_LOCAL_MAX &&
	       (pks->local[last] & PAGE_MASK) == addr;
}

/* Any other than the only mapping of a context that holds nothing else */
static noinline void pks_local_end_other(struct thread_pks *pks, unsigned long addr)
{
	if (likely(pks_local_is_inner(pks, addr))) {
		WRITE_ONCE(pks->ctx.depth, pks->ctx.depth - 1);
		return;
	}
	preempt_disable();
	pks_local_end_one(pks, addr);
	preempt_enable();
}

/**
 * __pks_kunmap_local() - undo one kmap_local mapping of this context
 * @addr:	within the mapping
 * @task:	current, which the caller knows
 *
 * The last one closes the domain, with it what the #PF handler granted: if the
 * context still uses a kmap() mapping, its next access is granted again.
 *
 * Called for any mapping of a context that has one of a protected page. May be
 * preempted, as __pks_kmap_local().
 *
 * Context: any
 */
notrace void __pks_kunmap_local(const void *addr, struct task_struct *task)
{
	struct thread_pks *pks = &task->thread.pks;
	unsigned long start = (unsigned long)addr & PAGE_MASK;

	if (likely(pks_context_word(&pks->ctx) == PKS_LOCAL_WORD &&
		   pks->local[pks->base] == start)) {
		pks_set_word(&pks->ctx, PKS_INIT_VALUE);
		barrier();
		__pkrs_write(PKS_INIT_VALUE);
		trace_pks_domain_closed(PKS_KEY_KMAP);
	} else {
		pks_local_end_other(pks, start);
	}
}
EXPORT_SYMBOL(__pks_kunmap_local);

static const char *pks_context_name(void)
{
	if (in_nmi())
		return "NMI";
	if (in_hardirq())
		return "hard interrupt";
	return in_serving_softirq() ? "softirq" : "thread";
}

static noinline void pks_tell(struct pt_regs *regs, unsigned long address, bool write)
{
	pr_warn("%s of a page kmap()ed elsewhere: pfn 0x%lx, by %pS, %s[%d], %s\n",
		write ? "write" : "read", PHYS_PFN(__pa(address)), (void *)regs->ip,
		current->comm, task_pid_nr(current), pks_context_name());
}

static void pks_grant(struct pt_regs *regs)
{
	struct pt_regs_auxiliary *aux = &to_extended_pt_regs(regs)->aux;

	aux->ctx.pkrs &= ~PKS_KMAP_BITS;
	aux->ctx.granted |= BIT(PKS_KEY_KMAP);
	aux->switches = pks_switches();
}

/**
 * pks_kmap_fault_callback() - the key of kmap() stopped an access
 * @regs:	the faulting context
 * @address:	what was accessed
 * @write:	how
 *
 * The grant is an edit of the saved state of the faulting context: it takes
 * effect when the exception returns, and ends with the context.
 *
 * An access to a page that is kmap()ed is no bug of anybody, so that the mode
 * "relaxed" tells of it and does not warn.
 *
 * Context: #PF handler, interrupts off
 * Return: true when the access may be tried again
 */
bool pks_kmap_fault_callback(struct pt_regs *regs, unsigned long address, bool write)
{
	int mode = READ_ONCE(pks_mode);
	struct page *page;

	/* Mappings of vmalloc() may have the key, too; nobody can open those. */
	if (address < PAGE_OFFSET || address >= (unsigned long)high_memory)
		return false;
	page = pfn_to_page(PHYS_PFN(address - PAGE_OFFSET));
	if (mode == PKS_MODE_STRICT || !pks_page_is_open(page))
		return false;

	if (mode == PKS_MODE_RELAXED)
		DO_ONCE_LITE(pks_tell, regs, address, write);
	pks_grant(regs);
	pks_count(grants);
	trace_pks_fault_granted(regs, address, write, PKS_KEY_KMAP);
	return true;
}

/* As in "pks_mode=": the mode in use */
const char *pks_mode_name(void)
{
	return pks_modes[READ_ONCE(pks_mode)];
}
EXPORT_SYMBOL_GPL(pks_mode_name);

static int __init pks_mode_param(char *arg)
{
	int i = arg ? sysfs_match_string(pks_modes, arg) : -EINVAL;

	if (i < 0)
		pr_err("pks_mode=%s: no such mode, using %s\n", arg ?: "",
		       pks_modes[pks_mode]);
	else
		pks_mode = i;
	return 0;
}
early_param("pks_mode", pks_mode_param);

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(pks_modes); i++)
		len += sysfs_emit_at(buf, len, i == pks_mode ? "[%s] " : "%s ",
				     pks_modes[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int i = sysfs_match_string(pks_modes, buf);

	if (i < 0)
		return i;
	WRITE_ONCE(pks_mode, i);
	return count;
}

static struct kobj_attribute pks_mode_attr = __ATTR_RW(mode);

static struct attribute *pks_attrs[] = {
	&pks_mode_attr.attr,
	NULL,
};

static const struct attribute_group pks_group = {
	.name = "pks",
	.attrs = pks_attrs,
};

static int __init pks_sysfs_init(void)
{
	return pks_available() ? sysfs_create_group(mm_kobj, &pks_group) : 0;
}
late_initcall(pks_sysfs_init);
