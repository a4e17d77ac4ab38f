/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that are closed unless kmap()ed: the checks that stand in kmap() and
 * its relatives, and in the page allocator.
 */
#ifndef _LINUX_PKS_KMAP_H
#define _LINUX_PKS_KMAP_H

#include <linux/jump_label.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/pfn.h>

#ifdef CONFIG_PKS_KMAP

#include <asm/current.h>

DECLARE_STATIC_KEY_FALSE(pks_enabled);

extern struct page_ext_operations pks_page_ext_ops;

/* The direct map of the page carries a pkey. */
#define PG_access_protected	PG_arch_3

void __pks_kmap(struct page *page);
void __pks_kunmap(struct page *page);
void __pks_kmap_local(struct page *page);
void __pks_kunmap_local(const void *addr);
bool __pks_defer_free(struct page *page, unsigned int order);
int pks_unprotect_count(struct page *page);
const char *pks_mode_name(void);

/**
 * page_is_access_protected() - is the page closed unless somebody opens it?
 * @page:	any page
 *
 * Context: any; one test of the page's flags, nothing without PKS
 */
static __always_inline bool page_is_access_protected(const struct page *page)
{
	return static_branch_unlikely(&pks_enabled) &&
	       test_bit(PG_access_protected, &page->flags);
}

static __always_inline void pks_kmap(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kmap(page);
}

static __always_inline void pks_kunmap(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kunmap(page);
}

static __always_inline void pks_kmap_local(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kmap_local(page);
}

/*
 * The mapping may be one of a page that has lost its key since: whoever has mappings
 * at all has to look. What kmap_local_page() returned, or an address near it, is in
 * the direct map: no need for all that virt_to_page() looks at. A macro, for neither
 * the memory map nor the task is known where this is included.
 */
#define pks_kunmap_local(addr)						\
do {									\
	const void *__addr = (addr);					\
	struct page *__page;						\
									\
	if (!static_branch_unlikely(&pks_enabled))			\
		break;							\
	__page = pfn_to_page(PHYS_PFN((unsigned long)__addr - PAGE_OFFSET)); \
	if (test_bit(PG_access_protected, &__page->flags) ||		\
	    current->thread.pks.ctx.depth)				\
		__pks_kunmap_local(__addr);				\
} while (0)

/**
 * pks_defer_free() - a page is about to go back to the allocator
 * @page:	nobody holds a reference
 * @order:	of the allocation
 *
 * Return: true when a page still carries a pkey; it is freed once the pkey is
 * gone, which takes a context that can sleep
 */
static __always_inline bool pks_defer_free(struct page *page, unsigned int order)
{
	return static_branch_unlikely(&pks_enabled) &&
	       (order || test_bit(PG_access_protected, &page->flags)) &&
	       __pks_defer_free(page, order);
}

#else /* !CONFIG_PKS_KMAP */

static __always_inline bool page_is_access_protected(const struct page *page)
{
	return false;
}

static __always_inline void pks_kmap(struct page *page) { }
static __always_inline void pks_kunmap(struct page *page) { }
static __always_inline void pks_kmap_local(struct page *page) { }
static __always_inline void pks_kunmap_local(const void *addr) { }

static __always_inline bool pks_defer_free(struct page *page, unsigned int order)
{
	return false;
}

static inline int pks_unprotect_count(struct page *page)
{
	return 0;
}

#endif /* CONFIG_PKS_KMAP */

#endif /* _LINUX_PKS_KMAP_H */
