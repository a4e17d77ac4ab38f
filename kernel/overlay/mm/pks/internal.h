/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MM_PKS_INTERNAL_H
#define _MM_PKS_INTERNAL_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/page_ext.h>
#include <linux/pks-kmap.h>
#include <linux/rcupdate.h>

/**
 * struct pks_page - what is known of one page
 * @state:	enum pks_page_state
 * @pkey:	in its direct map entry, once that is settled
 */
struct pks_page {
	atomic_t state;
	u16 pkey;
};

/**
 * enum pks_page_state - the life of a page
 * @PKS_PAGE_FREED:	nobody owns it; it waits for its key to come off
 * @PKS_PAGE_UNTAGGING:	its key is being taken off
 * @PKS_PAGE_TAGGING:	it is being given a key
 * @PKS_PAGE_PLAIN:	it has no key
 * @PKS_PAGE_CLOSED:	it has a key, and nobody has it kmap()ed; each kmap() adds
 *			one to that
 * @PKS_PAGE_MAX:	so many kmap()s cannot be counted; it stays open
 *
 * PG_access_protected is set in all of them but PKS_PAGE_PLAIN. page.c has the
 * transitions; nothing else changes a state.
 */
enum pks_page_state {
	PKS_PAGE_FREED		= -3,
	PKS_PAGE_UNTAGGING	= -2,
	PKS_PAGE_TAGGING	= -1,
	PKS_PAGE_PLAIN		= 0,
	PKS_PAGE_CLOSED		= 1,
	PKS_PAGE_MAX		= INT_MAX,
};

/* page.c: one page from state to state */
int pks_page_begin_tag(struct page *page, u32 pkey);
int pks_page_begin_untag(struct page *page);
void pks_page_settle(struct page *page, enum pks_page_state state);
unsigned int pks_page_free(struct page *page);
bool pks_page_is(struct page *page, enum pks_page_state state);
u32 pks_page_pkey(struct page *page);
bool pks_page_map(struct page *page);
int pks_page_unmap(const struct page *page);

/*
 * The store: find the struct pks_page of a page. Two of them, chosen at build
 * time: store_page_ext.c and store_hash.c.
 */

/**
 * pks_store_add() - make room for what is known of a page
 * @page:	any
 *
 * Context: may sleep
 * Return: 0; -EBUSY: there is room for it already; -ENOMEM
 */
int pks_store_add(struct page *page);

/**
 * pks_store_remove() - forget a page
 * @page:	in the store
 *
 * Context: may sleep
 */
void pks_store_remove(struct page *page);

/**
 * pks_store_get() - find what is known of a page
 * @page:	any
 *
 * Context: any; begins an RCU read side section if it finds something
 * Return: valid until pks_store_put(), or NULL
 */
#ifdef CONFIG_PKS_STORE_HASH
struct pks_page *pks_store_get(const struct page *page);
#else
static inline struct pks_page *pks_store_get(const struct page *page)
{
	struct page_ext *ext = page_ext_get(page);

	return ext ? page_ext_data(ext, &pks_page_ext_ops) : NULL;
}
#endif

/**
 * pks_store_put() - done with what pks_store_get() found
 */
static inline void pks_store_put(void)
{
	__acquire(RCU);
	/* What page_ext_put() does, too, which looks at nothing but NULL */
	rcu_read_unlock();
}

/**
 * pks_page_is_open() - may whoever has its address use the page?
 * @page:	any
 *
 * Context: any
 * Return: whether it is one of kmap()'s, and kmap()ed
 */
static inline bool pks_page_is_open(struct page *page)
{
	struct pks_page *known = pks_store_get(page);
	bool open;

	if (!known)
		return false;
	open = atomic_read(&known->state) > PKS_PAGE_CLOSED &&
	       READ_ONCE(known->pkey) == PKS_KEY_KMAP;
	pks_store_put();
	return open;
}

#endif /* _MM_PKS_INTERNAL_H */
