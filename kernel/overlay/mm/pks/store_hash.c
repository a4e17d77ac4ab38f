// SPDX-License-Identifier: GPL-2.0
/*
 * The states of pages in a hash table, an entry for each page that is not plain.
 * Entries come and go with the pkey of the page; kmap() only looks them up, under
 * RCU.
 */
#include <linux/init.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "internal.h"

struct pks_entry {
	struct rhash_head node;
	const struct page *page;
	struct pks_page state;
	struct rcu_head rcu;
};

static const struct rhashtable_params pks_hash_params = {
	.head_offset = offsetof(struct pks_entry, node),
	.key_offset = offsetof(struct pks_entry, page),
	.key_len = sizeof(struct page *),
	.automatic_shrinking = true,
};

static struct rhashtable pks_hash;

static struct pks_entry *pks_find(const struct page *page)
{
	return rhashtable_lookup(&pks_hash, &page, pks_hash_params);
}

struct pks_page *pks_store_get(const struct page *page)
{
	struct pks_entry *entry;

	rcu_read_lock();
	entry = pks_find(page);
	if (entry) {
		__release(RCU);	/* pks_store_put() ends the section */
		return &entry->state;
	}
	rcu_read_unlock();
	return NULL;
}

int pks_store_add(struct page *page)
{
	struct pks_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	int err;

	if (!entry)
		return -ENOMEM;

	entry->page = page;
	err = rhashtable_lookup_insert_fast(&pks_hash, &entry->node,
					    pks_hash_params);
	if (err)
		kfree(entry);
	return !err ? 0 : err == -EEXIST ? -EBUSY : -ENOMEM;
}

void pks_store_remove(struct page *page)
{
	struct pks_entry *entry;

	rcu_read_lock();
	entry = pks_find(page);
	if (entry && !rhashtable_remove_fast(&pks_hash, &entry->node,
					     pks_hash_params))
		kfree_rcu(entry, rcu);
	rcu_read_unlock();
}

static int __init pks_hash_init(void)
{
	return rhashtable_init(&pks_hash, &pks_hash_params);
}
core_initcall(pks_hash_init);
