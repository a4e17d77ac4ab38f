// SPDX-License-Identifier: GPL-2.0
/* linux/memremap.h, linux/dax.h: memory of devices that is opened for an access */
#include <linux/dax.h>
#include <linux/memremap.h>
#include <linux/pks.h>

int posted_pgmap(struct dev_pagemap *pgmap);
int posted_pgmap(struct dev_pagemap *pgmap)
{
	if (pgmap_protection_available())
		pgmap->flags |= PGMAP_PROTECTION;
	__pgmap_set_readwrite(pgmap);
	__pgmap_set_noaccess(pgmap);
	return pgmap->flags & PGMAP_PROTECTION;
}

bool posted_page(struct page *page);
bool posted_page(struct page *page)
{
	pgmap_set_readwrite(page);
	pgmap_set_noaccess(page);
	return devmap_protected(page);
}

bool posted_dax(struct dax_device *dax_dev);
bool posted_dax(struct dax_device *dax_dev)
{
	dax_set_readwrite(dax_dev);
	dax_set_noaccess(dax_dev);
	return dax_map_protected(dax_dev);
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
#if PKS_KEY_PGMAP_PROTECTION <= PKS_KEY_DEFAULT || PKS_KEY_PGMAP_PROTECTION >= PKS_KEY_MAX
#error "PKS_KEY_PGMAP_PROTECTION is one of the keys"
#endif
static_assert(__same_type(&pgmap_pks_fault_callback, pks_key_callback));
#endif
