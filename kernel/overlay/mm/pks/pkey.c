// SPDX-License-Identifier: GPL-2.0
/*
 * Pkeys in the direct map: put on, taken off, and off again before a page is
 * given back.
 */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
#include <linux/set_memory.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "internal.h"

/* Take the pkey off and forget the pages; what is not tagged stays as it is. */
static int pks_untag(struct page *page, int numpages)
{
	unsigned long addr = (unsigned long)page_address(page);
	int i, err;

	lockdep_assert_held(&pks_lock);

	if (pks_scheme_flips()) {
		err = set_memory_p(addr, numpages);
		if (err)
			return err;
	}
	err = arch_set_memory_pkey(addr, numpages, PKS_KEY_DEFAULT);
	if (err)
		return err;

	for (i = 0; i < numpages; i++) {
		clear_bit(PG_access_protected, &page[i].flags);
		pks_store_remove(page + i);
	}
	return 0;
}

static int pks_tag(struct page *page, int numpages, int pkey)
{
	unsigned long addr = (unsigned long)page_address(page);
	int i, err;

	lockdep_assert_held(&pks_lock);

	for (i = 0; i < numpages; i++) {
		err = pks_store_add(page + i, pkey);
		if (err)
			goto undo;
		set_bit(PG_access_protected, &page[i].flags);
	}
	err = arch_set_memory_pkey(addr, numpages, pkey);
	if (!err && pks_scheme_flips())
		err = set_memory_np(addr, numpages);
	if (err)
		goto undo;
	return 0;

undo:
	/* Splitting was done where it mattered, so this cannot run short. */
	WARN_ON_ONCE(pks_untag(page, numpages));
	return err;
}

/**
 * set_memory_pkey() - close a part of the direct map with a key, or open it
 * @addr:	page aligned, in the direct map
 * @numpages:	above 0
 * @pkey:	one of linux/pks-keys.h; PKS_KEY_DEFAULT takes the key off
 *
 * Large mappings are split where only a part is meant, and no CPU uses an old
 * translation when this returns. Other mappings of the same pages, those of
 * vmalloc() or of user space, keep what they have.
 *
 * Pages with a pkey are access protected, see page_is_access_protected(). They
 * may be freed like any other: the allocator gets them back without it.
 *
 * Context: may sleep
 * Return: 0; -EINVAL: not a key, not in the direct map, not aligned; -EBUSY: a
 * page is kmap()ed, or has a key already; -ENOMEM; -EOPNOTSUPP: no PKS. After an
 * error nothing has changed.
 */
int set_memory_pkey(unsigned long addr, int numpages, int pkey)
{
	struct page *page;
	int i, err;

	if (!pks_available())
		return -EOPNOTSUPP;
	if (pkey < PKS_KEY_DEFAULT || pkey >= PKS_KEY_MAX || numpages < 1 ||
	    !PAGE_ALIGNED(addr))
		return -EINVAL;
	for (i = 0; i < numpages; i++)
		if (!virt_addr_valid((void *)(addr + i * PAGE_SIZE)))
			return -EINVAL;

	page = virt_to_page((void *)addr);
	mutex_lock(&pks_lock);
	err = -EBUSY;
	for (i = 0; i < numpages; i++)
		if (pkey ? page_is_access_protected(page + i) :
			   pks_unprotect_count(page + i))
			goto out;
	err = pkey ? pks_tag(page, numpages, pkey) : pks_untag(page, numpages);
out:
	mutex_unlock(&pks_lock);
	return err;
}
EXPORT_SYMBOL_GPL(set_memory_pkey);

/* Pages without an owner whose pkey has to go before the allocator has them. */
static LIST_HEAD(pks_freed);
static DEFINE_SPINLOCK(pks_freed_lock);

static void pks_free_tagged(struct page *page)
{
	unsigned int order = page_private(page);
	int i, err;

	mutex_lock(&pks_lock);
	for (i = 0; i < 1 << order; i++)
		pks_drop_kmaps(page + i);
	err = pks_untag(page, 1 << order);
	mutex_unlock(&pks_lock);

	/* Never seen again rather than given to someone who cannot use it */
	if (WARN_ONCE(err, "pks: pkey of freed pfn 0x%lx: error %d\n",
		      page_to_pfn(page), err))
		return;

	set_page_private(page, 0);
	init_page_count(page);
	__free_pages(page, order);
}

static void pks_free_work(struct work_struct *unused)
{
	struct page *page, *next;
	LIST_HEAD(freed);

	spin_lock_irq(&pks_freed_lock);
	list_splice_init(&pks_freed, &freed);
	spin_unlock_irq(&pks_freed_lock);

	list_for_each_entry_safe(page, next, &freed, lru)
		pks_free_tagged(page);
}

static DECLARE_WORK(pks_free_worker, pks_free_work);

/* Out of line part of pks_defer_free(). */
bool __pks_defer_free(struct page *page, unsigned int order)
{
	unsigned long flags;
	bool tagged = false;
	int i;

	for (i = 0; i < 1 << order; i++) {
		if (!test_bit(PG_access_protected, &page[i].flags))
			continue;
		tagged = true;
		WARN_ONCE(pks_unprotect_count(page + i),
			  "pks: pfn 0x%lx freed while kmap()ed\n",
			  page_to_pfn(page + i));
	}
	if (!tagged)
		return false;

	set_page_private(page, order);
	spin_lock_irqsave(&pks_freed_lock, flags);
	list_add_tail(&page->lru, &pks_freed);
	spin_unlock_irqrestore(&pks_freed_lock, flags);
	schedule_work(&pks_free_worker);
	return true;
}
