// SPDX-License-Identifier: GPL-2.0
/*
 * Pkeys in the direct map: put on, taken off, and off again before a page is
 * given back. What may follow what is in page.c.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
#include <linux/set_memory.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "internal.h"

/*
 * Is it a page that only its owner does anything with? The kernel moves, merges,
 * swaps out or maps the others by itself, or keeps its own data in them, through
 * addresses that nobody opens.
 */
static bool pks_page_is_private(struct page *page)
{
	struct folio *folio = page_folio(page);

	return !PageReserved(page) && !PageBuddy(page) && !PageSlab(page) &&
	       !PageTable(page) && !PageOffline(page) && !PageHWPoison(page) &&
	       !is_zone_device_page(page) && !is_zone_movable_page(page) &&
	       !is_migrate_cma_page(page) && !folio_test_hugetlb(folio) &&
	       !folio_test_lru(folio) && !PageZsmalloc(page) &&
	       !folio_mapped(folio) && !folio->mapping;
}

/*
 * Who splits, copies or frees a folio looks at its first page alone, and who maps a
 * folio may go through all of it: it has one key, or none.
 */
static bool pks_pages_are_whole(struct page *page, int numpages)
{
	struct folio *first = page_folio(page);
	struct folio *last = page_folio(page + numpages - 1);

	return folio_page(first, 0) == page &&
	       folio_page(last, 0) + folio_nr_pages(last) == page + numpages;
}

static bool pks_pages_are_private(struct page *page, int numpages)
{
	int i;

	for (i = 0; i < numpages; i++)
		if (!pks_page_is_private(page + i))
			return false;
	return true;
}

static int pks_set_pkey(struct page *page, int numpages, int pkey)
{
	return arch_set_memory_pkey((unsigned long)page_address(page), numpages, pkey);
}

/* How many pages are ours to change from here on, and what comes next is not. */
static int pks_run_length(struct page *page, int numpages, enum pks_page_state state)
{
	int i;

	for (i = 0; i < numpages && pks_page_is(page + i, state); i++)
		;
	return i;
}

/* Take the key off those pages of a range that are in @state: that, and no more */
static int pks_clear_pkey(struct page *page, int numpages, enum pks_page_state state)
{
	int i, run, err = 0;

	for (i = 0; i < numpages && !err; i += run ?: 1) {
		run = pks_run_length(page + i, numpages - i, state);
		if (run)
			err = pks_set_pkey(page + i, run, PKS_KEY_DEFAULT);
	}
	return err;
}

static void pks_settle_from(struct page *page, int numpages, enum pks_page_state from,
			    enum pks_page_state to)
{
	int i;

	for (i = 0; i < numpages; i++)
		if (pks_page_is(page + i, from))
			pks_page_settle(page + i, to);
}

/*
 * Each page by itself, as not all need have the same key. Where the key came off a
 * mapping has been split, and elsewhere it is on still: this cannot run short.
 */
static void pks_undo_clear(struct page *page, int numpages)
{
	int i;

	for (i = 0; i < numpages; i++)
		if (pks_page_is(page + i, PKS_PAGE_UNTAGGING))
			WARN_ON_ONCE(pks_set_pkey(page + i, 1, pks_page_pkey(page + i)));
}

static int pks_untag(struct page *page, int numpages)
{
	int i, err;

	for (i = 0; i < numpages; i++) {
		err = pks_page_begin_untag(page + i);
		if (err && err != -ENOENT)
			goto undo;
	}
	err = pks_clear_pkey(page, numpages, PKS_PAGE_UNTAGGING);
	if (err) {
		pks_undo_clear(page, numpages);
		goto undo;
	}
	pks_settle_from(page, numpages, PKS_PAGE_UNTAGGING, PKS_PAGE_PLAIN);
	return 0;

undo:
	pks_settle_from(page, i, PKS_PAGE_UNTAGGING, PKS_PAGE_CLOSED);
	return err;
}

static int pks_tag(struct page *page, int numpages, int pkey)
{
	int i, err;

	for (i = 0; i < numpages; i++) {
		err = pks_page_begin_tag(page + i, pkey);
		if (err)
			goto undo;
	}
	err = pks_set_pkey(page, numpages, pkey);
	if (err)
		goto undo_pkey;
	pks_settle_from(page, numpages, PKS_PAGE_TAGGING, PKS_PAGE_CLOSED);
	return 0;

undo_pkey:
	/* What was split is split, and what was not has no key: this cannot run short. */
	WARN_ON_ONCE(pks_set_pkey(page, numpages, PKS_KEY_DEFAULT));
undo:
	pks_settle_from(page, i, PKS_PAGE_TAGGING, PKS_PAGE_PLAIN);
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
 * may be freed like any other: the allocator gets them back without it. Pages of
 * the range that have no key are none to take off, which is no error.
 *
 * The pages must be the caller's alone: not on the LRU or movable, of no slab, page
 * table or hugetlb folio, not reserved, mapped by user space, poisoned or of a
 * device; of a folio, all of it or nothing. Whoever has one mapped already must not
 * use it any more: mappings of a page without a key leave no trace.
 *
 * Context: may sleep
 * Return: 0; -EINVAL: not a key, not in the direct map, not aligned, or not pages
 * that one may tag; -EBUSY: a page is kmap()ed, has a key already, or is being
 * changed by someone else; -ENOMEM; -EOPNOTSUPP: no PKS. After an error nothing has
 * changed.
 */
int set_memory_pkey(unsigned long addr, int numpages, int pkey)
{
	struct page *page;
	int i;

	if (!pks_available())
		return -EOPNOTSUPP;
	if (pkey < PKS_KEY_DEFAULT || pkey >= PKS_KEY_MAX || numpages < 1 ||
	    !PAGE_ALIGNED(addr))
		return -EINVAL;
	for (i = 0; i < numpages; i++)
		if (!virt_addr_valid((void *)(addr + i * PAGE_SIZE)))
			return -EINVAL;

	page = virt_to_page((void *)addr);
	if (!pks_pages_are_whole(page, numpages))
		return -EINVAL;
	if (!pkey)
		return pks_untag(page, numpages);
	return pks_pages_are_private(page, numpages) ?
	       pks_tag(page, numpages, pkey) : -EINVAL;
}
EXPORT_SYMBOL_GPL(set_memory_pkey);

/*
 * Pages without an owner whose pkey has to go before the allocator has them. They
 * are memory that somebody may be waiting for.
 */
static struct workqueue_struct *pks_free_wq;
static LIST_HEAD(pks_freed);
static DEFINE_SPINLOCK(pks_freed_lock);

/* Single pages are taken off this many at a time, with one flush of the TLBs. */
#define PKS_FREE_BATCH		128

struct pks_free_batch {
	struct page *page[PKS_FREE_BATCH];
	int nr;
};

/* Never seen again rather than given to someone who cannot use it */
static void pks_lose_pages(struct page *page, int numpages, int err)
{
	WARN_ONCE(1, "pks: pkey of freed pfn 0x%lx, %d pages: error %d\n",
		  page_to_pfn(page), numpages, err);
}

static void pks_free_untagged(struct page *page)
{
	unsigned int order = page_private(page);

	set_page_private(page, 0);
	init_page_count(page);
	__free_pages(page, order);
}

static void pks_free_batch(struct pks_free_batch *batch)
{
	int i, err;

	err = batch->nr ? arch_set_pages_pkey(batch->page, batch->nr, PKS_KEY_DEFAULT) : 0;
	for (i = 0; i < batch->nr; i++) {
		if (err) {
			pks_lose_pages(batch->page[i], 1, err);
			continue;
		}
		pks_page_settle(batch->page[i], PKS_PAGE_PLAIN);
		pks_free_untagged(batch->page[i]);
	}
	batch->nr = 0;
}

/* A block, of which all pages or some have a key */
static void pks_free_block(struct page *page)
{
	int numpages = 1 << page_private(page);
	int err = pks_clear_pkey(page, numpages, PKS_PAGE_FREED);

	if (err) {
		pks_lose_pages(page, numpages, err);
		return;
	}
	pks_settle_from(page, numpages, PKS_PAGE_FREED, PKS_PAGE_PLAIN);
	pks_free_untagged(page);
}

static void pks_free_work(struct work_struct *unused)
{
	static struct pks_free_batch batch;
	struct page *page, *next;
	LIST_HEAD(freed);

	spin_lock_irq(&pks_freed_lock);
	list_splice_init(&pks_freed, &freed);
	spin_unlock_irq(&pks_freed_lock);

	list_for_each_entry_safe(page, next, &freed, lru) {
		if (page_private(page)) {
			pks_free_block(page);
			continue;
		}
		batch.page[batch.nr++] = page;
		if (batch.nr == PKS_FREE_BATCH)
			pks_free_batch(&batch);
	}
	pks_free_batch(&batch);
}

static DECLARE_WORK(pks_free_worker, pks_free_work);

/* Out of line part of pks_defer_free(). */
bool __pks_defer_free(struct page *page, unsigned int order)
{
	unsigned int kmaps = 0;
	bool tagged = false;
	unsigned long flags;
	int i;

	for (i = 0; i < 1 << order; i++) {
		if (!test_bit(PG_access_protected, pks_page_flags(page + i)))
			continue;
		tagged = true;
		kmaps += pks_page_free(page + i);
	}
	if (!tagged)
		return false;
	WARN_ONCE(kmaps, "pks: pfn 0x%lx, order %u, freed with %u kmap()s\n",
		  page_to_pfn(page), order, kmaps);

	set_page_private(page, order);
	spin_lock_irqsave(&pks_freed_lock, flags);
	list_add_tail(&page->lru, &pks_freed);
	spin_unlock_irqrestore(&pks_freed_lock, flags);
	queue_work(pks_free_wq, &pks_free_worker);
	return true;
}

static int __init pks_free_init(void)
{
	pks_free_wq = alloc_workqueue("pks_free", WQ_MEM_RECLAIM | WQ_PERCPU, 1);
	return pks_free_wq ? 0 : -ENOMEM;
}
early_initcall(pks_free_init);
