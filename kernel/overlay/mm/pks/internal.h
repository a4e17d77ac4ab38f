/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MM_PKS_INTERNAL_H
#define _MM_PKS_INTERNAL_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>

/**
 * struct pks_page - what is known of one protected page
 * @unprotect:	kmap()s of it; 0: nobody but a kmap_local mapping has access
 * @pkey:	in its direct map entry
 */
struct pks_page {
	atomic_t unprotect;
	u32 pkey;
};

/*
 * The store: find the struct pks_page of a page. Two of them, chosen at build
 * time: store_page_ext.c and store_hash.c.
 */

/**
 * pks_store_add() - make room for what is known of a page
 * @page:	not in the store
 * @pkey:	its pkey
 *
 * Context: may sleep
 * Return: 0 or -ENOMEM
 */
int pks_store_add(struct page *page, u32 pkey);

/**
 * pks_store_remove() - forget a page
 * @page:	in the store, or not
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
struct pks_page *pks_store_get(struct page *page);

/**
 * pks_store_put() - done with what pks_store_get() found
 */
void pks_store_put(void);

/* Serialises schemes, global updates and tagging; outermost. */
extern struct mutex pks_lock;

bool pks_scheme_flips(void);
void pks_drop_kmaps(struct page *page);
int pks_update_stopped_cpu(void *unused);

#endif /* _MM_PKS_INTERNAL_H */
