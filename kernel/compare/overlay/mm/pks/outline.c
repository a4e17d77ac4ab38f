// SPDX-License-Identifier: GPL-2.0
/* The checks of kmap() and its relatives as functions: once in the kernel. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/pks-kmap.h>

void pks_kmap(struct page *page)
{
	pks_check_kmap(page);
}
EXPORT_SYMBOL(pks_kmap);

void pks_kunmap(const struct page *page)
{
	pks_check_kunmap(page);
}
EXPORT_SYMBOL(pks_kunmap);

void *pks_kmap_local(const struct page *page, void *addr)
{
	return pks_check_kmap_local(page, addr);
}
EXPORT_SYMBOL(pks_kmap_local);

void pks_kunmap_local(const void *addr)
{
	pks_check_kunmap_local(addr);
}
EXPORT_SYMBOL(pks_kunmap_local);
