// SPDX-License-Identifier: GPL-2.0
/*
 * Other ways to make kmap() of a protected page: each opens a page for everyone when
 * its first mapping comes, and closes it when the last one goes, at a cost for
 * everyone. They are there to be compared with "page", which is kmap.c.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pks.h>
#include <linux/pks-compare.h>
#include <linux/pks-kmap.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/xarray.h>

#define CREATE_TRACE_POINTS
#include <trace/events/pks_compare.h>

#include "internal.h"

#define PKS_KMAP_BITS	PKR_PKEY_MASK(PKS_KEY_KMAP)

/*
 * ANDed into every value written: the bits that are clear here are rights that
 * every context has.
 */
u32 pkrs_global_mask __read_mostly = ~0u;

/*
 * The mask has changed, and not every CPU has applied it: a register may be what
 * the mask was before.
 */
bool pkrs_global_updating;

bool pks_global __read_mostly;

/* One change of schemes, of the global mask or of keys at a time; outermost */
static DEFINE_MUTEX(pks_lock);

/* Pages open under a scheme with a broadcast; pks_lock */
static unsigned int pks_open_pages;

/* Every page that has a key, by its pfn; pks_lock */
static DEFINE_XARRAY(pks_tagged);

/* Users that rely on the scheme */
static atomic_t pks_scheme_users;

/**
 * pkrs_write_masked() - pkrs_write() under a mask that others change
 * @pkrs:	as there
 *
 * A global update changes the mask first and interrupts every CPU after that: not
 * this one in here. The register would be of one mask then and the cache of another,
 * and an update that undoes the first would find nothing to write. At most one is
 * still to come, and what an NMI did of it is done again.
 *
 * Context: as pkrs_write()
 */
noinstr void pkrs_write_masked(u32 pkrs)
{
	unsigned long flags;
	u32 val;

	raw_local_irq_save(flags);
	do {
		val = pkrs & READ_ONCE(pkrs_global_mask);
		if (raw_cpu_read(pkrs_cache) != val)
			__pkrs_write(val);
		else
			pks_count(msr_spared);
	} while (val != (pkrs & READ_ONCE(pkrs_global_mask)));
	raw_local_irq_restore(flags);
}

/*
 * Apply the global mask here, where one cannot migrate. In an interrupt the running
 * context is the interrupt's; what it returns to picks the mask up on the way out.
 */
static void pks_update_this_cpu(void *unused)
{
	pkrs_write(pks_this_context()->pkrs);
}

/* One CPU of the stopped machine. */
static int pks_update_stopped_cpu(void *unused)
{
	pks_update_this_cpu(NULL);
	return 0;
}

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

static const struct pks_scheme pks_schemes[] = {
	{
		.name = "page",
		.desc = "count per page, #PF grants access to who faults",
	}, {
		.name = "stop",
		.desc = "open the key everywhere, through stop_machine()",
		.broadcast = pks_broadcast_stop,
	}, {
		.name = "ipi",
		.desc = "open the key everywhere, through one broadcast",
		.broadcast = pks_broadcast_ipi,
	}, {
		.name = "ipi-serial",
		.desc = "open the key everywhere, one CPU after another",
		.broadcast = pks_broadcast_ipi_serial,
	}, {
		.name = "setmem",
		.desc = "no key: map and unmap the page, with a TLB shootdown",
		.flips = true,
		.open = true,
	}, {
		.name = "off",
		.desc = "no protection",
		.open = true,
	},
};

#define PKS_SCHEME_PAGE		(&pks_schemes[0])

/* Changed while the machine is stopped, and nothing is kmap()ed */
static const struct pks_scheme *pks_scheme __read_mostly = PKS_SCHEME_PAGE;

/* Does opening a page change something for others? */
static bool pks_scheme_changes(const struct pks_scheme *scheme)
{
	return scheme->broadcast || scheme->flips;
}

/* Does the scheme that runs say what may be accessed, and not the page's state? */
bool pks_compare_changes(void)
{
	return pks_is_masked() &&
	       READ_ONCE(pks_scheme) != PKS_SCHEME_PAGE;
}

bool pks_compare_flips(void)
{
	return pks_is_masked() && READ_ONCE(pks_scheme)->flips;
}

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
static void pks_change(const struct page *page, bool open)
{
	unsigned long addr = (unsigned long)page_address(page);
	unsigned int cpus = num_online_cpus();

	lockdep_assert_held(&pks_lock);

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
	trace_pks_global_update_end(pks_scheme->name, open, cpus);
}

static bool pks_page_opened(const struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	bool opened;

	if (!known)
		return false;
	/* pairs with pks_page_set_opened(): what opened it is done */
	opened = smp_load_acquire(&known->opened);
	pks_store_put();
	return opened;
}

static void pks_page_set_opened(const struct page *page, bool opened)
{
	struct pks_page *known = pks_store_get(page);

	if (WARN_ON_ONCE(!known))
		return;
	/* pairs with pks_page_opened() */
	smp_store_release(&known->opened, opened);
	pks_store_put();
}

/**
 * pks_compare_kmap() - a kmap() was counted
 * @page:	has it
 *
 * The scheme cannot change as long as something is counted.
 *
 * Context: may sleep under a scheme that changes something for others, and then
 * needs migration enabled
 */
void pks_compare_kmap(struct page *page)
{
	if (!pks_is_masked() ||
	    !pks_scheme_changes(READ_ONCE(pks_scheme)))
		return;

	/* pairs with pks_close(): it is opened still, or the count is seen there */
	smp_mb();
	if (pks_page_opened(page))
		return;
	mutex_lock(&pks_lock);
	if (!pks_page_opened(page)) {
		pks_change(page, true);
		pks_page_set_opened(page, true);
	}
	mutex_unlock(&pks_lock);
}

/* Nobody has it kmap()ed any more, unless somebody has come meanwhile. */
static void pks_close(const struct page *page)
{
	pks_page_set_opened(page, false);
	/* pairs with pks_compare_kmap() */
	smp_mb();
	if (pks_unprotect_count(page))
		pks_page_set_opened(page, true);
	else
		pks_change(page, false);
}

/**
 * pks_compare_kunmap() - undo one kmap()
 * @page:	protected
 *
 * Context: as pks_compare_kmap()
 * Return: as pks_page_unmap()
 */
int pks_compare_kunmap(const struct page *page)
{
	int left;

	if (!pks_is_masked() ||
	    !pks_scheme_changes(READ_ONCE(pks_scheme)))
		return pks_page_unmap(page);

	mutex_lock(&pks_lock);
	left = pks_page_unmap(page);
	if (!left)
		pks_close(page);
	mutex_unlock(&pks_lock);
	return left;
}

/*
 * For good: who writes a hibernation image makes what he finds absent writable, copies
 * it, and leaves it neither present nor writable.
 */
static int pks_make_present(unsigned long addr, int numpages)
{
	return set_memory_p(addr, numpages) ?: set_memory_rw(addr, numpages);
}

/* A page without a key cannot be left open, nor absent. */
static int pks_flip_present(struct page *page, int numpages, bool present)
{
	unsigned long addr = (unsigned long)page_address(page);

	if (!pks_scheme->flips)
		return 0;
	return present ? pks_make_present(addr, numpages) : set_memory_np(addr, numpages);
}

static void pks_forget(struct page *page, int numpages)
{
	int i;

	for (i = 0; i < numpages; i++) {
		/* Its owner has gone with kmap()s that nobody will undo. */
		if (pks_page_opened(page + i)) {
			pks_page_set_opened(page + i, false);
			/* Where pages are flipped, one without a key is present. */
			if (!pks_scheme->flips)
				pks_change(page + i, false);
		}
		xa_erase(&pks_tagged, page_to_pfn(page + i));
	}
}

static int pks_remember(struct page *page, int numpages)
{
	int i, err;

	for (i = 0; i < numpages; i++) {
		err = xa_err(xa_store(&pks_tagged, page_to_pfn(page + i), page + i,
				      GFP_KERNEL));
		if (err) {
			pks_forget(page, i);
			return err;
		}
	}
	return 0;
}

static int pks_put_key(struct page *page, int numpages, int pkey)
{
	unsigned long addr = (unsigned long)page_address(page);
	int err = pks_remember(page, numpages);

	if (err)
		return err;
	err = arch_set_memory_pkey(addr, numpages, pkey);
	if (!err)
		err = pks_flip_present(page, numpages, false);
	if (err)
		pks_forget(page, numpages);
	return err;
}

static int pks_take_key(struct page *page, int numpages)
{
	unsigned long addr = (unsigned long)page_address(page);
	int err = pks_flip_present(page, numpages, true);

	if (err)
		return err;
	err = arch_set_memory_pkey(addr, numpages, PKS_KEY_DEFAULT);
	if (err)
		WARN_ON_ONCE(pks_flip_present(page, numpages, false));
	else
		pks_forget(page, numpages);
	return err;
}

/**
 * pks_compare_set_pkey() - arch_set_memory_pkey() of pages that a scheme may flip
 * @page:	the first one
 * @numpages:	above 0
 * @pkey:	to be put on; PKS_KEY_DEFAULT takes it off
 *
 * Context: may sleep
 * Return: 0 or a negative errno
 */
int pks_compare_set_pkey(struct page *page, int numpages, int pkey)
{
	int err;

	mutex_lock(&pks_lock);
	err = pkey ? pks_put_key(page, numpages, pkey) : pks_take_key(page, numpages);
	mutex_unlock(&pks_lock);
	return err;
}

/**
 * pks_compare_clear_pkeys() - the same for pages of a list, to take their keys off
 * @pages:	the pages
 * @numpages:	above 0
 *
 * Context: may sleep
 * Return: 0 or a negative errno
 */
int pks_compare_clear_pkeys(struct page **pages, int numpages)
{
	int i, err = 0;

	mutex_lock(&pks_lock);
	for (i = 0; i < numpages && !err; i++)
		err = pks_flip_present(pages[i], 1, true);
	err = err ?: arch_set_pages_pkey(pages, numpages, PKS_KEY_DEFAULT);
	for (i = 0; i < numpages && !err; i++)
		pks_forget(pages[i], 1);
	mutex_unlock(&pks_lock);
	return err;
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
	if (index >= ARRAY_SIZE(pks_schemes))
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

/**
 * pks_scheme_name() - the scheme in use
 *
 * Return: as in "pks_kmap="
 */
const char *pks_scheme_name(void)
{
	return READ_ONCE(pks_scheme)->name;
}
EXPORT_SYMBOL_GPL(pks_scheme_name);

/**
 * pks_scheme_get() - keep the scheme what it is
 *
 * Changing it is refused like while a protected page is mapped, until
 * pks_scheme_put(): what pks_scheme_flags() says meanwhile holds.
 */
void pks_scheme_get(void)
{
	atomic_inc(&pks_scheme_users);
}
EXPORT_SYMBOL_GPL(pks_scheme_get);

/**
 * pks_scheme_put() - let the scheme change again
 */
void pks_scheme_put(void)
{
	atomic_dec(&pks_scheme_users);
}
EXPORT_SYMBOL_GPL(pks_scheme_put);

/* Is any protected page mapped? Exact while the machine is stopped. */
static bool pks_any_kmapped(void)
{
	unsigned long pfn;
	struct page *page;

	xa_for_each(&pks_tagged, pfn, page)
		if (pks_unprotect_count(page))
			return true;
	return atomic_read(&pks_scheme_users);
}

static bool pks_has_local(const struct task_struct *task)
{
	return task->thread.pks.ctx.depth || task->thread.pks.mapped;
}

static bool pks_any_local(void)
{
	struct task_struct *p, *t;
	int cpu;

	for_each_possible_cpu(cpu)
		if (pks_has_local(idle_task(cpu)))
			return true;
	for_each_process_thread(p, t)
		if (pks_has_local(t))
			return true;
	return false;
}

/* Runs on one CPU while no other does anything. */
static int pks_switch_scheme(void *data)
{
	const struct pks_scheme *new = data;

	if (pks_any_kmapped() || (new->flips && pks_any_local()))
		return -EBUSY;

	pks_open_pages = 0;
	WRITE_ONCE(pks_scheme, new);
	pks_set_mask(new->open);
	return 0;
}

/* Make every protected page present, or not. */
static int pks_flip_all(bool present)
{
	unsigned long pfn;
	struct page *page;
	int err = 0;

	xa_for_each(&pks_tagged, pfn, page) {
		unsigned long addr = (unsigned long)page_address(page);

		err = present ? pks_make_present(addr, 1) : set_memory_np(addr, 1);
		if (err)
			break;
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
	WRITE_ONCE(pks_global, true);
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
	if (pks_scheme == PKS_SCHEME_PAGE)
		WRITE_ONCE(pks_global, false);
out:
	mutex_unlock(&pks_lock);
	return err;
}

static const struct pks_scheme *pks_find_scheme(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pks_schemes); i++)
		if (sysfs_streq(name, pks_schemes[i].name))
			return &pks_schemes[i];
	return NULL;
}

static int __init pks_kmap_param(char *arg)
{
	const struct pks_scheme *scheme = arg ? pks_find_scheme(arg) : NULL;

	if (!scheme) {
		pr_err("pks_kmap=%s: no such scheme, using %s\n", arg ?: "",
		       pks_scheme->name);
		return 0;
	}
	pks_scheme = scheme;
	pks_global = scheme != PKS_SCHEME_PAGE;
	pks_set_mask(scheme->open);
	return 0;
}
early_param("pks_kmap", pks_kmap_param);

static ssize_t kmap_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(pks_schemes); i++)
		len += sysfs_emit_at(buf, len,
				     &pks_schemes[i] == pks_scheme ? "[%s] " : "%s ",
				     pks_schemes[i].name);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t kmap_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	const struct pks_scheme *scheme = pks_find_scheme(buf);
	int err = scheme ? pks_set_scheme(scheme) : -EINVAL;

	return err ?: count;
}

static struct kobj_attribute pks_kmap_attr = __ATTR_RW(kmap);

/* Beside "mode", which is there before. */
static int __init pks_compare_init(void)
{
	return pks_available() ?
	       sysfs_add_file_to_group(mm_kobj, &pks_kmap_attr.attr, "pks") : 0;
}
late_initcall_sync(pks_compare_init);
