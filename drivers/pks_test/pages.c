// SPDX-License-Identifier: GPL-2.0
/*
 * The pages that patterns work on. They stay with the file descriptor, tagged
 * in runs of neighbours so that thousands of them cost few TLB flushes.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "pks_test.h"

#define PKS_RUN_OF_PAGES	64

static void pks_free_block(void *addr, unsigned int nr, bool protected)
{
	int err = protected ? set_memory_pkey((unsigned long)addr, nr, 0) : 0;

	/* Pages that cannot be opened again are of no use to anybody. */
	if (!WARN_ONCE(err, "pks_test: cannot take the pkey off: %d\n", err))
		free_pages_exact(addr, nr * PAGE_SIZE);
}

static void *pks_alloc_block(unsigned int nr, bool protected)
{
	void *addr = alloc_pages_exact(nr * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	unsigned int i;
	int err;

	if (!addr)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < nr; i++)
		*(u64 *)(addr + i * PAGE_SIZE) =
			pks_expected(virt_to_page(addr + i * PAGE_SIZE));

	err = protected ? set_memory_pkey((unsigned long)addr, nr, PKS_TEST_KEY) : 0;
	if (err) {
		free_pages_exact(addr, nr * PAGE_SIZE);
		return ERR_PTR(err);
	}
	return addr;
}

/**
 * pks_get_pages() - have at least so many pages
 * @pages:	grows if need be
 * @nr:		at most PKS_TEST_PAGES_MAX, or what the first call asked for
 *
 * Return: 0, -ENOMEM, or what set_memory_pkey() says
 */
int pks_get_pages(struct pks_pages *pages, unsigned int nr)
{
	if (!pages->page)
		pages->page = kvcalloc(max(nr, PKS_TEST_PAGES_MAX) + PKS_RUN_OF_PAGES,
				       sizeof(*pages->page), GFP_KERNEL);
	if (!pages->page)
		return -ENOMEM;

	while (pages->nr < nr) {
		void *addr = pks_alloc_block(PKS_RUN_OF_PAGES, pages->protected);
		unsigned int i;

		if (IS_ERR(addr))
			return PTR_ERR(addr);
		for (i = 0; i < PKS_RUN_OF_PAGES; i++)
			pages->page[pages->nr++] = virt_to_page(addr + i * PAGE_SIZE);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(pks_get_pages);

/**
 * pks_put_pages() - undo the kmap()s that are left and free the pages
 * @pages:	nobody uses them any more
 */
void pks_put_pages(struct pks_pages *pages)
{
	unsigned int i;

	for (i = 0; i < pages->nr && pages->protected; i++)
		while (pks_unprotect_count(pages->page[i]) > 0)
			kunmap(pages->page[i]);
	for (i = 0; i < pages->nr; i += PKS_RUN_OF_PAGES)
		pks_free_block(page_address(pages->page[i]), PKS_RUN_OF_PAGES,
			       pages->protected);
	kvfree(pages->page);
	pages->page = NULL;
	pages->nr = 0;
}
EXPORT_SYMBOL_GPL(pks_put_pages);

/**
 * pks_count_pages() - how many kmap()s of the pages are not undone
 * @pages:	all of them are looked at
 *
 * Return: the sum of their unprotect counts
 */
unsigned int pks_count_pages(struct pks_pages *pages)
{
	unsigned int i, sum = 0;

	for (i = 0; i < pages->nr && pages->protected; i++)
		sum += pks_unprotect_count(pages->page[i]);
	return sum;
}
EXPORT_SYMBOL_GPL(pks_count_pages);
