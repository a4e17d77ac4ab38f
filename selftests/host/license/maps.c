// SPDX-License-Identifier: GPL-2.0
/* Maps a page in every way there is, from a module that says it is not under the GPL. */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/pks-kmap.h>

static void maps_touch(void *addr)
{
	*(char *)addr = 1;
}

static int __init maps_init(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *addr;

	if (!page)
		return -ENOMEM;

	maps_touch(kmap(page));
	kunmap(page);

	addr = kmap_local_page(page);
	maps_touch(addr);
	kunmap_local(addr);

	addr = kmap_local_folio(page_folio(page), 0);
	maps_touch(addr);
	kunmap_local(addr);

	addr = kmap_atomic(page);
	maps_touch(addr);
	kunmap_atomic(addr);

	pr_info("protected: %d\n", page_is_access_protected(page));
	__free_page(page);
	return 0;
}
module_init(maps_init);

MODULE_DESCRIPTION("kmap() and its relatives, without the GPL");
MODULE_LICENSE("Proprietary");
