// SPDX-License-Identifier: GPL-2.0
/*
 * kmap() of access protected pages.
 *
 * kmap_local mappings belong to one context, which opens the domain for itself.
 * A kmap() mapping may be used by anyone, so it cannot be a matter of one
 * register. How it is made one is the scheme. "page" leaves the registers alone:
 * it counts the mappings of the page, and the #PF handler grants access to the
 * context that faults, for as long as that context lasts. The other schemes are
 * there to be compared with it.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <trace/events/pks.h>

#include "internal.h"

#define PKS_KMAP_BITS	PKR_PKEY_MASK(PKS_KEY_KMAP)

/**
 * struct pks_scheme - how kmap() opens a protected page
 * @name:	as in "pks_kmap="
 * @desc:	one line
 * @broadcast:	make every CPU apply the global mask; NULL where opening a page
 *		changes nothing for other contexts
 * @flips:	opens pages in the page tables, not by their key
 * @open:	the key is open for everyone, always
 */
struct pks_scheme {
	const char *name;
	const char *desc;
	void (*broadcast)(void);
	bool flips;
	bool open;
};

static void pks_broadcast_stop(void)
{
	/* The mask is out; no CPU does anything else until all have it. */
	stop_machine(pks_update_stopped_cpu, NULL, cpu_online_mask);
}

static void pks_broadcast_ipi(void)
{
	on_each_cpu(pks_update_this_cpu, NULL, 1);
}

static void pks_broadcast_ipi_serial(void)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, pks_update_this_cpu, NULL, 1);
	cpus_read_unlock();
}

enum {
	PKS_SCHEME_PAGE,
	PKS_SCHEME_STOP,
	PKS_SCHEME_IPI,
	PKS_SCHEME_IPI_SERIAL,
	PKS_SCHEME_SETMEM,
	PKS_SCHEME_OFF,
	PKS_SCHEMES,
};

static const struct pks_scheme pks_schemes[PKS_SCHEMES] = {
	[PKS_SCHEME_PAGE] = {
		.name = "page",
		.desc = "count per page, #PF grants access to who faults",
	},
	[PKS_SCHEME_STOP] = {
		.name = "stop",
		.desc = "open the key everywhere, through stop_machine()",
		.broadcast = pks_broadcast_stop,
	},
	[PKS_SCHEME_IPI] = {
		.name = "ipi",
		.desc = "open the key everywhere, through one broadcast",
		.broadcast = pks_broadcast_ipi,
	},
	[PKS_SCHEME_IPI_SERIAL] = {
		.name = "ipi-serial",
		.desc = "open the key everywhere, one CPU after another",
		.broadcast = pks_broadcast_ipi_serial,
	},
	[PKS_SCHEME_SETMEM] = {
		.name = "setmem",
		.desc = "no key: map and unmap the page, with a TLB shootdown",
		.flips = true,
		.open = true,
	},
	[PKS_SCHEME_OFF] = {
		.name = "off",
		.desc = "no protection",
		.open = true,
	},
};

/* Read with preemption off, changed while no CPU can be there. */
static const struct pks_scheme *pks_scheme __read_mostly =
	&pks_schemes[PKS_SCHEME_PAGE];

/*
 * Does opening a page change something for others? Two questions to the scheme
 * that runs, which cost nothing as long as that is "page".
 */
static bool pks_scheme_changes(const struct pks_scheme *scheme)
{
	return scheme->broadcast || scheme->flips;
}

static __always_inline bool pks_changes(void)
{
	return static_branch_unlikely(&pks_global) &&
	       pks_scheme_changes(READ_ONCE(pks_scheme));
}

static __always_inline bool pks_flips(void)
{
	return static_branch_unlikely(&pks_global) &&
	       READ_ONCE(pks_scheme)->flips;
}

/* One change of schemes, of the global mask or of tags at a time; outermost */
DEFINE_MUTEX(pks_lock);

/* Pages open under a scheme with a broadcast; pks_lock */
static unsigned int pks_open_pages;

/* kmap()s of protected pages that are not undone, summed over all CPUs */
static DEFINE_PER_CPU(long, pks_kmapped);

enum { PKS_MODE_STRICT, PKS_MODE_RELAXED, PKS_MODE_SILENT };

static const char * const pks_modes[] = {
	[PKS_MODE_STRICT]	= "strict",
	[PKS_MODE_RELAXED]	= "relaxed",
	[PKS_MODE_SILENT]	= "silent",
};

static int pks_mode __read_mostly = PKS_MODE_RELAXED;

bool pks_scheme_flips(void)
{
	lockdep_assert_held(&pks_lock);
	return pks_scheme->flips;
}

/* One CPU of the stopped machine. */
int pks_update_stopped_cpu(void *unused)
{
	pks_update_this_cpu(NULL);
	return 0;
}

/* The unprotect count changes only through these three. */
static void pks_count_add(struct page *page)
{
	struct pks_page *state = pks_store_get(page);

	if (!state)
		return;
	atomic_inc(&state->unprotect);
	pks_store_put();
	this_cpu_inc(pks_kmapped);
}

static bool pks_count_add_unless_zero(struct page *page)
{
	struct pks_page *state = pks_store_get(page);
	bool added;

	if (!state)
		return true;
	added = atomic_inc_not_zero(&state->unprotect);
	pks_store_put();
	if (added)
		this_cpu_inc(pks_kmapped);
	return added;
}

/* Down by one unless that leaves less than @least: -1 then, else what is left. */
static int pks_count_sub(struct page *page, int least)
{
	struct pks_page *state = pks_store_get(page);
	int old;

	if (!state)
		return 0;
	old = atomic_read(&state->unprotect);
	do {
		if (old <= least)
			break;
	} while (!atomic_try_cmpxchg(&state->unprotect, &old, old - 1));
	pks_store_put();
	if (old <= least)
		return -1;
	this_cpu_dec(pks_kmapped);
	return old - 1;
}

/**
 * pks_unprotect_count() - how often a page is kmap()ed
 * @page:	any
 *
 * Return: the count, 0 for a page that is not protected
 */
int pks_unprotect_count(struct page *page)
{
	struct pks_page *state = pks_store_get(page);
	int count;

	if (!state)
		return 0;
	count = atomic_read(&state->unprotect);
	pks_store_put();
	return count;
}
EXPORT_SYMBOL_GPL(pks_unprotect_count);

static void pks_set_mask(bool open)
{
	WRITE_ONCE(pkrs_global_mask, open ? ~PKS_KMAP_BITS : ~0u);
}

/* CPU hotplug may be waiting for whoever cannot leave its CPU. */
static void pks_may_wait_for_hotplug(void)
{
#ifdef CONFIG_SMP
	WARN_ON_ONCE(current->migration_disabled);
#endif
}

/* The first mapping of a page came, or the last one went. */
static void pks_change(struct page *page, bool open)
{
	unsigned long addr = (unsigned long)page_address(page);
	unsigned int cpus = num_online_cpus();

	trace_pks_global_update_begin(pks_scheme->name, open, cpus);
	if (pks_scheme->flips) {
		if (open)
			WARN_ON_ONCE(set_memory_p(addr, 1));
		else
			WARN_ON_ONCE(set_memory_np(addr, 1));
	} else {
		pks_may_wait_for_hotplug();
		pks_open_pages += open ? 1 : -1;
		WRITE_ONCE(pkrs_global_updating, true);
		pks_set_mask(pks_open_pages);
		pks_scheme->broadcast();
		WRITE_ONCE(pkrs_global_updating, false);
	}
	this_cpu_add(pks_counters.ipis, cpus - 1);
	trace_pks_global_update_end(pks_scheme->name, open, cpus);
}

/**
 * pks_drop_kmaps() - the kmap()s of a page that nobody owns any more are void
 * @page:	a protected page
 *
 * Context: may sleep, pks_lock held
 */
void pks_drop_kmaps(struct page *page)
{
	struct pks_page *state = pks_store_get(page);
	int count;

	if (!state)
		return;
	count = atomic_xchg(&state->unprotect, 0);
	pks_store_put();
	this_cpu_sub(pks_kmapped, count);
	if (count && pks_changes())
		pks_change(page, false);
}

static void pks_kmap_changing(struct page *page)
{
	/* Not the first: whoever was has finished. */
	if (pks_count_add_unless_zero(page))
		return;

	mutex_lock(&pks_lock);
	if (pks_changes() && !pks_unprotect_count(page))
		pks_change(page, true);
	pks_count_add(page);
	mutex_unlock(&pks_lock);
}

static int pks_kunmap_changing(struct page *page)
{
	int left = pks_count_sub(page, 1);

	if (left > 0)
		return left;

	mutex_lock(&pks_lock);
	left = pks_count_sub(page, 0);
	if (!left && pks_changes())
		pks_change(page, false);
	mutex_unlock(&pks_lock);
	return left;
}

/**
 * __pks_kmap() - open a protected page to anyone who has its address
 * @page:	a protected page
 *
 * Context: may sleep under a scheme that changes something for others, and then
 * needs migration enabled
 */
void __pks_kmap(struct page *page)
{
	struct thread_pks *pks = &current->thread.pks;

	/* Inside a kmap_local mapping of it: then it may go inside, too. */
	if (unlikely(READ_ONCE(pks->local_page) == page))
		WRITE_ONCE(pks->local_page, NULL);

	preempt_disable();
	if (!pks_changes()) {
		pks_count_add(page);
		preempt_enable();
		return;
	}
	preempt_enable();
	pks_kmap_changing(page);
}
EXPORT_SYMBOL_GPL(__pks_kmap);

/**
 * __pks_kunmap() - undo one kmap() of a protected page
 * @page:	a protected page
 *
 * Context: may sleep under a scheme that changes something for others, and then
 * needs migration enabled
 */
void __pks_kunmap(struct page *page)
{
	int left;

	WARN_ONCE(unlikely(READ_ONCE(current->thread.pks.local_page) == page),
		  "pks: kunmap() of pfn 0x%lx inside its kmap_local mapping\n",
		  page_to_pfn(page));

	preempt_disable();
	if (!pks_changes()) {
		left = pks_count_sub(page, 0);
		preempt_enable();
	} else {
		preempt_enable();
		left = pks_kunmap_changing(page);
	}
	WARN_ONCE(left < 0, "pks: kunmap() of pfn 0x%lx, which is not kmap()ed\n",
		  page_to_pfn(page));
}
EXPORT_SYMBOL_GPL(__pks_kunmap);

/**
 * __pks_kmap_local() - open a protected page to this context
 * @page:	a protected page
 *
 * Opens the domain: every page in it, which is what a key can do.
 *
 * Context: any; may sleep where the scheme flips page tables
 */
void __pks_kmap_local(struct page *page)
{
	struct thread_pks *pks = &current->thread.pks;
	union pks_word new;

	preempt_disable();
	if (pks_flips()) {
		preempt_enable();
		__pks_kmap(page);
		return;
	}

	WRITE_ONCE(pks->local_page, page);
	new.ctx = pks->ctx;
	new.all += PKS_WORD_DEPTH(1);
	if (new.ctx.depth == 1) {
		new.all &= ~PKS_WORD_PKRS(PKS_KMAP_BITS);
		pks_set_context(&pks->ctx, new.ctx);
		pkrs_write(new.ctx.pkrs);
		trace_pks_domain_opened(PKS_KEY_KMAP);
	} else {
		pks_set_context(&pks->ctx, new.ctx);
	}
	preempt_enable();
}
EXPORT_SYMBOL_GPL(__pks_kmap_local);

/**
 * __pks_kunmap_local() - undo one kmap_local mapping of this context
 * @page:	a protected page
 *
 * The last one closes the domain, with it what the #PF handler granted: if the
 * context still uses a kmap() mapping, its next access is granted again.
 *
 * Context: as __pks_kmap_local()
 */
void __pks_kunmap_local(struct page *page)
{
	struct thread_pks *pks = &current->thread.pks;
	union pks_word new;

	preempt_disable();
	if (pks_flips()) {
		preempt_enable();
		__pks_kunmap(page);
		return;
	}

	new.ctx = pks->ctx;
	if (WARN_ONCE(!new.ctx.depth, "pks: kunmap_local() without a mapping\n"))
		goto out;

	WRITE_ONCE(pks->local_page, NULL);
	new.all -= PKS_WORD_DEPTH(1);
	if (!new.ctx.depth) {
		new.all &= ~PKS_WORD_GRANTED(BIT(PKS_KEY_KMAP));
		new.all |= PKS_WORD_PKRS(PKR_AD_BIT << PKR_PKEY_SHIFT(PKS_KEY_KMAP));
		pks_set_context(&pks->ctx, new.ctx);
		pkrs_write(new.ctx.pkrs);
		trace_pks_domain_closed(PKS_KEY_KMAP);
	} else {
		pks_set_context(&pks->ctx, new.ctx);
	}
out:
	preempt_enable();
}
EXPORT_SYMBOL_GPL(__pks_kunmap_local);

static const char *pks_context_name(void)
{
	if (in_nmi())
		return "NMI";
	if (in_hardirq())
		return "hard interrupt";
	if (in_serving_softirq())
		return "softirq";
	return "thread";
}

/* Is the page open to anyone? One look at what is known of it. */
static bool pks_page_is_open(struct page *page)
{
	struct pks_page *state = pks_store_get(page);
	bool open;

	if (!state)
		return false;
	open = READ_ONCE(state->pkey) == PKS_KEY_KMAP &&
	       atomic_read(&state->unprotect) > 0;
	pks_store_put();
	return open;
}

static void pks_grant(struct pt_regs *regs)
{
	struct pt_regs_auxiliary *aux = &to_extended_pt_regs(regs)->aux;

	aux->ctx.pkrs &= ~PKS_KMAP_BITS;
	aux->ctx.granted |= BIT(PKS_KEY_KMAP);
	aux->switches = pks_switches();
}

/**
 * pks_page_fault() - the key of a protected page stopped an access
 * @regs:	the faulting context
 * @address:	what was accessed
 * @write:	how
 *
 * The grant is an edit of the saved state of the faulting context: it takes
 * effect when the exception returns, and ends with the context.
 *
 * Context: #PF handler, interrupts off
 * Return: true when the access may be tried again
 */
bool pks_page_fault(struct pt_regs *regs, unsigned long address, bool write)
{
	struct page *page;

	if (!virt_addr_valid((void *)address))
		return false;
	page = virt_to_page((void *)address);
	if (!page_is_access_protected(page))
		return false;

	/*
	 * Open for everyone, and this CPU is about to learn of it: returning
	 * from the exception applies the mask.
	 */
	if (unlikely(!(READ_ONCE(pkrs_global_mask) & PKS_KMAP_BITS)))
		return true;

	/* A scheme that opens keys for everyone has no business here. */
	if (pks_changes() || !pks_page_is_open(page) ||
	    READ_ONCE(pks_mode) == PKS_MODE_STRICT)
		return false;

	WARN_ONCE(READ_ONCE(pks_mode) == PKS_MODE_RELAXED,
		  "pks: %s of a page kmap()ed elsewhere: pfn 0x%lx, by %pS, %s[%d], %s\n",
		  write ? "write" : "read", page_to_pfn(page), (void *)regs->ip,
		  current->comm, task_pid_nr(current), pks_context_name());
	pks_grant(regs);
	pks_count(grants);
	trace_pks_fault_granted(regs, address, write, PKS_KEY_KMAP);
	return true;
}

static u32 pks_flags_of(const struct pks_scheme *scheme)
{
	return (pks_scheme_changes(scheme) ? PKS_SCHEME_KMAP_SLEEPS : 0) |
	       (scheme->flips ? PKS_SCHEME_LOCAL_SLEEPS : 0);
}

/**
 * pks_scheme_describe() - the list of schemes
 * @index:	0 and up
 * @name:	out: the name
 * @desc:	out: one line
 * @flags:	out: PKS_SCHEME_*
 *
 * Return: false past the end
 */
bool pks_scheme_describe(unsigned int index, const char **name,
			 const char **desc, u32 *flags)
{
	if (index >= PKS_SCHEMES)
		return false;

	*name = pks_schemes[index].name;
	*desc = pks_schemes[index].desc;
	*flags = pks_flags_of(&pks_schemes[index]);
	return true;
}
EXPORT_SYMBOL_GPL(pks_scheme_describe);

/**
 * pks_scheme_flags() - what the scheme in use asks of its users
 *
 * Return: PKS_SCHEME_*: whether kmap() and kunmap(), or even kmap_local_page(),
 * of a protected page may sleep
 */
u32 pks_scheme_flags(void)
{
	return pks_flags_of(READ_ONCE(pks_scheme));
}
EXPORT_SYMBOL_GPL(pks_scheme_flags);

/* As in "pks_kmap=": the scheme in use */
const char *pks_scheme_name(void)
{
	return READ_ONCE(pks_scheme)->name;
}
EXPORT_SYMBOL_GPL(pks_scheme_name);

/* As in "pks_mode=": the mode in use */
const char *pks_mode_name(void)
{
	return pks_modes[READ_ONCE(pks_mode)];
}
EXPORT_SYMBOL_GPL(pks_mode_name);

/**
 * pks_scheme_get() - keep the scheme what it is
 *
 * Changing it is refused like while a protected page is mapped, until
 * pks_scheme_put(): what pks_scheme_flags() says meanwhile holds.
 */
void pks_scheme_get(void)
{
	this_cpu_inc(pks_kmapped);
}
EXPORT_SYMBOL_GPL(pks_scheme_get);

/**
 * pks_scheme_put() - let the scheme change again
 */
void pks_scheme_put(void)
{
	this_cpu_dec(pks_kmapped);
}
EXPORT_SYMBOL_GPL(pks_scheme_put);

/* Is any protected page mapped? Exact while the machine is stopped. */
static bool pks_any_kmapped(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(pks_kmapped, cpu);
	return sum;
}

static bool pks_any_local(void)
{
	struct task_struct *p, *t;

	for_each_process_thread(p, t)
		if (t->thread.pks.ctx.depth || t->thread.pks.mapped)
			return true;
	return false;
}

/* Runs on one CPU while no other does anything. */
static int pks_switch_scheme(void *data)
{
	const struct pks_scheme *new = data;
	bool local = new->flips && pks_any_local();

	if (pks_any_kmapped() || local)
		return -EBUSY;

	pks_open_pages = 0;
	WRITE_ONCE(pks_scheme, new);
	pks_set_mask(new->open);
	return 0;
}

/* Make every protected page present, or not. */
static int pks_flip_all(bool present)
{
	unsigned long pfn, addr;
	int err = 0;

	for (pfn = 0; pfn < max_pfn && !err; pfn++) {
		if (!pfn_valid(pfn) || !page_is_access_protected(pfn_to_page(pfn)))
			continue;
		addr = (unsigned long)pfn_to_kaddr(pfn);
		err = present ? set_memory_p(addr, 1) : set_memory_np(addr, 1);
		cond_resched();
	}
	return err;
}

/*
 * Pages become present before the scheme that needs them so, and absent after
 * the one that does is gone. kmap() waits for the lock meanwhile.
 */
static int pks_set_scheme(const struct pks_scheme *new)
{
	bool flipped;
	int err = 0;

	mutex_lock(&pks_lock);
	if (new == pks_scheme)
		goto out;

	/* Whoever does not look at the scheme yet is done when the machine stops. */
	static_branch_enable(&pks_global);
	flipped = pks_scheme->flips;
	if (flipped) {
		err = pks_any_kmapped() ? -EBUSY : pks_flip_all(true);
		if (err)
			goto out_key;
	}
	WRITE_ONCE(pkrs_global_updating, true);
	err = stop_machine(pks_switch_scheme, (void *)new, NULL);
	if (!err)
		on_each_cpu(pks_update_this_cpu, NULL, 1);
	WRITE_ONCE(pkrs_global_updating, false);
	if (err ? flipped : new->flips)
		WARN_ON_ONCE(pks_flip_all(false));
out_key:
	if (pks_scheme == &pks_schemes[PKS_SCHEME_PAGE])
		static_branch_disable(&pks_global);
out:
	mutex_unlock(&pks_lock);
	return err;
}

static int pks_find_scheme(const char *name)
{
	int i;

	for (i = 0; i < PKS_SCHEMES; i++)
		if (sysfs_streq(name, pks_schemes[i].name))
			return i;
	return -EINVAL;
}

static int __init pks_kmap_param(char *arg)
{
	int i = arg ? pks_find_scheme(arg) : -EINVAL;

	if (i < 0) {
		pr_err("pks_kmap=%s: no such scheme, using %s\n", arg ?: "",
		       pks_scheme->name);
		return 0;
	}
	pks_scheme = &pks_schemes[i];
	if (i != PKS_SCHEME_PAGE)
		static_branch_enable(&pks_global);
	pks_set_mask(pks_scheme->open);
	return 0;
}
early_param("pks_kmap", pks_kmap_param);

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

static ssize_t kmap_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	int i, len = 0;

	for (i = 0; i < PKS_SCHEMES; i++)
		len += sysfs_emit_at(buf, len,
				     &pks_schemes[i] == pks_scheme ? "[%s] " : "%s ",
				     pks_schemes[i].name);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t kmap_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int i = pks_find_scheme(buf);

	if (i >= 0)
		i = pks_set_scheme(&pks_schemes[i]);
	return i < 0 ? i : count;
}

static struct kobj_attribute pks_mode_attr = __ATTR_RW(mode);
static struct kobj_attribute pks_kmap_attr = __ATTR_RW(kmap);

static struct attribute *pks_attrs[] = {
	&pks_mode_attr.attr,
	&pks_kmap_attr.attr,
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
