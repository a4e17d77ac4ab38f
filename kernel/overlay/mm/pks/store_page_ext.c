// SPDX-License-Identifier: GPL-2.0
/*
 * The states of pages beside every page. There is room for each page from boot on,
 * zeroed, which is PKS_PAGE_PLAIN: nothing is ever added or removed.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/page_ext.h>
#include <linux/pks-kmap.h>
#include <linux/rcupdate.h>

#include <asm/cpufeature.h>

#include "internal.h"

static bool __init pks_need_page_ext(void)
{
	return cpu_feature_enabled(X86_FEATURE_PKS);
}

struct page_ext_operations pks_page_ext_ops = {
	.size = sizeof(struct pks_page),
	.need = pks_need_page_ext,
};

int pks_store_add(struct page *page)
{
	if (!pks_store_get(page))
		return -ENOMEM;
	pks_store_put();
	return 0;
}

void pks_store_remove(struct page *page)
{
}
