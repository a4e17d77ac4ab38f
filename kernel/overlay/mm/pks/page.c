// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a page: which state may follow which. Whoever tags, untags, maps or
 * frees asks here, and goes on or is told that he must not.
 *
 *		tag	untag	kmap()	kunmap()	free
 * plain	tagging	-	-	-		-
 * tagging	EBUSY	EBUSY	waits	warns		(has an owner)
 * closed	EBUSY	untagging open	warns		freed
 * open		EBUSY	EBUSY	open	open, closed	freed, warns
 * untagging	EBUSY	EBUSY	waits	warns		(has an owner)
 * freed	EBUSY	EBUSY	warns	warns		(was)
 *
 * A kmap_local mapping is a matter of the context that has it, not of the page:
 * tagging and untagging neither wait for it nor end it.
 */
#define pr_fmt(fmt) "pks: " fmt

#include <linux/bug.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/pks-kmap.h>
#include <linux/wait.h>

#include "internal.h"

/* kmap()s of pages whose state is about to change */
static DECLARE_WAIT_QUEUE_HEAD(pks_page_settled);

static int pks_page_state(const struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	int state;

	if (!known)
		return PKS_PAGE_PLAIN;
	state = atomic_read(&known->state);
	pks_store_put();
	return state;
}

bool pks_page_is(struct page *page, enum pks_page_state state)
{
	return pks_page_state(page) == state;
}

/* The key of a page that has one */
u32 pks_page_pkey(struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	u32 pkey;

	if (!known)
		return PKS_KEY_DEFAULT;
	pkey = READ_ONCE(known->pkey);
	pks_store_put();
	return pkey;
}

/* Whether a state that had to be @from is @to now */
static bool pks_page_change(struct page *page, int from, int to)
{
	struct pks_page *known = pks_store_get(page);
	bool changed;

	if (!known)
		return false;
	changed = atomic_try_cmpxchg(&known->state, &from, to);
	pks_store_put();
	return changed;
}

/**
 * pks_page_begin_tag() - a page is about to get a key
 * @page:	any
 * @pkey:	the key
 *
 * Context: may sleep
 * Return: 0, and the page is the caller's to settle; -EBUSY: it has a key; -ENOMEM
 */
int pks_page_begin_tag(struct page *page, u32 pkey)
{
	struct pks_page *known;
	int err = pks_store_add(page);

	if (err)
		return err;
	if (!pks_page_change(page, PKS_PAGE_PLAIN, PKS_PAGE_TAGGING))
		return -EBUSY;

	known = pks_store_get(page);
	if (known) {
		WRITE_ONCE(known->pkey, pkey);
		pks_store_put();
	}
	set_bit(PG_access_protected, pks_page_flags(page));
	return 0;
}

/**
 * pks_page_begin_untag() - a page is about to lose its key
 * @page:	any
 *
 * Return: 0, and the page is the caller's to settle; -ENOENT: it has none; -EBUSY:
 * it is kmap()ed, or changing
 */
int pks_page_begin_untag(struct page *page)
{
	if (pks_page_change(page, PKS_PAGE_CLOSED, PKS_PAGE_UNTAGGING))
		return 0;
	return pks_page_is(page, PKS_PAGE_PLAIN) ? -ENOENT : -EBUSY;
}

/**
 * pks_page_settle() - a change has come to its end
 * @page:	tagging, untagging or freed, by the caller
 * @state:	PKS_PAGE_CLOSED or PKS_PAGE_PLAIN
 *
 * Context: may sleep
 */
void pks_page_settle(struct page *page, enum pks_page_state state)
{
	struct pks_page *known;

	/* Before the state: who finds the page plain need not ask for it. */
	if (state == PKS_PAGE_PLAIN)
		clear_bit(PG_access_protected, pks_page_flags(page));

	known = pks_store_get(page);
	if (!WARN_ON_ONCE(!known)) {
		if (state == PKS_PAGE_PLAIN)
			WRITE_ONCE(known->pkey, PKS_KEY_DEFAULT);
		/* pairs with pks_page_map(): what was changed is seen */
		atomic_set_release(&known->state, state);
		pks_store_put();
	}
	if (state == PKS_PAGE_PLAIN)
		pks_store_remove(page);
	wake_up_all(&pks_page_settled);
}

/**
 * pks_page_free() - a page has no owner any more
 * @page:	any
 *
 * Context: any
 * Return: how many kmap()s of it nobody can undo any more: they are void
 */
unsigned int pks_page_free(struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	int state;

	if (!known)
		return 0;
	state = atomic_xchg(&known->state, PKS_PAGE_FREED);
	pks_store_put();
	return state > PKS_PAGE_CLOSED ? state - PKS_PAGE_CLOSED : 0;
}

/* One more, unless the state is not one that is counted in */
static int pks_page_count(struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	int state;

	if (!known)
		return PKS_PAGE_PLAIN;
	state = atomic_read(&known->state);
	do {
		if (state < PKS_PAGE_CLOSED || state == PKS_PAGE_MAX)
			break;
	} while (!atomic_try_cmpxchg_acquire(&known->state, &state, state + 1));
	pks_store_put();
	return state;
}

/**
 * pks_page_map() - count one kmap()
 * @page:	protected a moment ago
 *
 * A count that reaches PKS_PAGE_MAX stays there, and the page open: its end cannot
 * be told any more.
 *
 * Context: sleeps while the page is being tagged or untagged
 * Return: whether there is something to be undone
 */
bool pks_page_map(struct page *page)
{
	int state = pks_page_count(page);

	while (state == PKS_PAGE_TAGGING || state == PKS_PAGE_UNTAGGING) {
		wait_event(pks_page_settled, pks_page_state(page) != state);
		state = pks_page_count(page);
	}
	WARN_ONCE(state == PKS_PAGE_FREED, "pks: kmap() of pfn 0x%lx, which is free\n",
		  page_to_pfn(page));
	WARN_ONCE(state == PKS_PAGE_MAX, "pks: pfn 0x%lx is kmap()ed too often, and stays open\n",
		  page_to_pfn(page));
	return state >= PKS_PAGE_CLOSED;
}

/**
 * pks_page_unmap() - undo one kmap()
 * @page:	protected
 *
 * Context: any
 * Return: how many are left, -1: there was none
 */
int pks_page_unmap(const struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	int state;

	if (!known)
		return -1;
	state = atomic_read(&known->state);
	do {
		if (state <= PKS_PAGE_CLOSED || state == PKS_PAGE_MAX)
			break;
	} while (!atomic_try_cmpxchg_release(&known->state, &state, state - 1));
	pks_store_put();
	if (state <= PKS_PAGE_CLOSED)
		return -1;
	return state == PKS_PAGE_MAX ? state : state - 1 - PKS_PAGE_CLOSED;
}

/**
 * pks_unprotect_count() - how often a page is kmap()ed
 * @page:	any
 *
 * Return: the count, 0 for a page that is not protected
 */
int pks_unprotect_count(const struct page *page)
{
	int state = pks_page_state(page);

	return state > PKS_PAGE_CLOSED ? state - PKS_PAGE_CLOSED : 0;
}
EXPORT_SYMBOL_GPL(pks_unprotect_count);
