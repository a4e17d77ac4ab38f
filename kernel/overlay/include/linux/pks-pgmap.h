/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of devices that is closed to the kernel: dev_pagemaps with a protection key on
 * all of their kernel mapping. Included by linux/memremap.h.
 */
#ifndef _LINUX_PKS_PGMAP_H
#define _LINUX_PKS_PGMAP_H

#include <linux/memremap.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION

void pks_pgmap_open(void);
void pks_pgmap_close(void);
int pgmap_protect(const struct dev_pagemap *pgmap, pgprot_t *prot);

/**
 * pgmap_protection_available() - may a dev_pagemap have PGMAP_PROTECTION?
 *
 * Who sets the flag asks first: memremap_pages() refuses it otherwise.
 */
static inline bool pgmap_protection_available(void)
{
	return pks_available();
}

/**
 * devmap_protected() - is the page one of a protected dev_pagemap?
 * @page:	the caller has a reference, or knows otherwise that the pagemap stays
 */
static __always_inline bool devmap_protected(const struct page *page)
{
	return page_is_access_protected(page) && pks_is_pgmap(page);
}

/* A page of @pgmap is set up, and nobody else has it yet. */
static inline void pgmap_protect_page(const struct dev_pagemap *pgmap, struct page *page)
{
	if (pgmap->flags & PGMAP_PROTECTION)
		__set_bit(PG_access_protected, pks_page_flags(page));
}

/* For those who know the pagemap: as pgmap_set_readwrite(), pgmap_set_noaccess() */
static inline void __pgmap_set_readwrite(const struct dev_pagemap *pgmap)
{
	if (pgmap->flags & PGMAP_PROTECTION)
		pks_pgmap_open();
}

static inline void __pgmap_set_noaccess(const struct dev_pagemap *pgmap)
{
	if (pgmap->flags & PGMAP_PROTECTION)
		pks_pgmap_close();
}

/**
 * pgmap_set_readwrite() - open protected pagemaps for the calling context
 * @page:	nothing is done if it is of none
 *
 * The key is the same for all of them. Around the access, and no longer: the context
 * has the key until pgmap_set_noaccess(), wherever it sleeps or migrates meanwhile,
 * and what interrupts it does not. The two do not nest.
 *
 * Context: any
 */
static inline void pgmap_set_readwrite(const struct page *page)
{
	if (devmap_protected(page))
		pks_pgmap_open();
}

/**
 * pgmap_set_noaccess() - undo pgmap_set_readwrite()
 * @page:	the same page, or one of the same pagemap
 */
static inline void pgmap_set_noaccess(const struct page *page)
{
	if (devmap_protected(page))
		pks_pgmap_close();
}

#else /* !CONFIG_DEVMAP_ACCESS_PROTECTION */

static inline bool pgmap_protection_available(void)
{
	return false;
}

static inline bool devmap_protected(const struct page *page)
{
	return false;
}

static inline int pgmap_protect(const struct dev_pagemap *pgmap, pgprot_t *prot)
{
	return 0;
}

static inline void pgmap_protect_page(const struct dev_pagemap *pgmap, struct page *page) { }
static inline void __pgmap_set_readwrite(const struct dev_pagemap *pgmap) { }
static inline void __pgmap_set_noaccess(const struct dev_pagemap *pgmap) { }
static inline void pgmap_set_readwrite(const struct page *page) { }
static inline void pgmap_set_noaccess(const struct page *page) { }

#endif /* CONFIG_DEVMAP_ACCESS_PROTECTION */

#endif /* _LINUX_PKS_PGMAP_H */
