/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that are closed unless kmap()ed: the checks that stand in kmap() and
 * its relatives, and in the page allocator.
 */
#ifndef _LINUX_PKS_KMAP_H
#define _LINUX_PKS_KMAP_H

#include <linux/align.h>
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

/* For bit operations, whatever struct page calls them */
#define pks_page_flags(page)	((unsigned long *)&(page)->flags)

void __pks_kmap(struct page *page);
void __pks_kunmap(const struct page *page);
void *__pks_kmap_local(void *addr);
void __pks_kunmap_local(const void *addr, struct task_struct *task);
bool __pks_defer_free(struct page *page, unsigned int order);
int pks_unprotect_count(const struct page *page);
const char *pks_mode_name(void);

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
#include <linux/mmzone.h>

void *__pks_pgmap_kmap_local(void *addr);
bool __pks_pgmap_kunmap_local(const void *addr);

/* Of a protected page: is it one of a device? */
static __always_inline bool pks_is_pgmap(const struct page *page)
{
	return is_zone_device_page(page);
}

#define pks_pgmap_kunmap_local(addr, task)				\
	(unlikely((task)->thread.pks.pgmap) && __pks_pgmap_kunmap_local(addr))
#else
static __always_inline bool pks_is_pgmap(const struct page *page)
{
	return false;
}

static inline void *__pks_pgmap_kmap_local(void *addr)
{
	return addr;
}

#define pks_pgmap_kunmap_local(addr, task)	((void)(addr), (void)(task), false)
#endif

/**
 * page_is_access_protected() - is the page closed unless somebody opens it?
 * @page:	any page
 *
 * Context: any; one test of the page's flags, nothing without PKS
 */
static __always_inline bool page_is_access_protected(const struct page *page)
{
	return static_branch_unlikely(&pks_enabled) &&
	       test_bit(PG_access_protected, pks_page_flags(page));
}

static __always_inline void pks_kmap(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kmap(page);
}

static __always_inline void pks_kunmap(const struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kunmap(page);
}

static __always_inline void *pks_kmap_local(const struct page *page, void *addr)
{
	if (!page_is_access_protected(page))
		return addr;
	if (pks_is_pgmap(page))
		return __pks_pgmap_kmap_local(addr);
	return __pks_kmap_local(PTR_ALIGN_DOWN(addr, PAGE_SIZE)) +
	       ((unsigned long)addr & ~PAGE_MASK);
}

/*
 * The mapping may be one of a page that has lost its key since: whoever has mappings
 * at all has to look. Who has none has none too many, which is told where the
 * invariants are checked. What kmap_local_page() returned, or an address near it, is
 * in the direct map: no need for all that virt_to_page() looks at. Macros, for neither
 * the memory map nor the task is known where this is included.
 */
#ifdef CONFIG_DEBUG_PKS
#define pks_was_closed(addr)						\
	test_bit(PG_access_protected,					\
		 pks_page_flags(pfn_to_page(PHYS_PFN((unsigned long)(addr) - PAGE_OFFSET))))
#else
#define pks_was_closed(addr)	((void)(addr), false)
#endif

#define pks_kunmap_local(addr)						\
do {									\
	const void *__addr = (addr);					\
									\
	if (static_branch_unlikely(&pks_enabled)) {			\
		struct task_struct *__task = current;			\
									\
		if (!pks_pgmap_kunmap_local(__addr, __task) &&		\
		    (__task->thread.pks.ctx.depth || pks_was_closed(__addr))) \
			__pks_kunmap_local(__addr, __task);		\
	}								\
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
	       (order || test_bit(PG_access_protected, pks_page_flags(page))) &&
	       __pks_defer_free(page, order);
}

#else /* !CONFIG_PKS_KMAP */

/* A function, though inlined, would change which registers its callers use. */
#define page_is_access_protected(page)	((void)(page), false)

static __always_inline void pks_kmap(struct page *page) { }
static __always_inline void pks_kunmap(const struct page *page) { }
static __always_inline void pks_kunmap_local(const void *addr) { }

static __always_inline void *pks_kmap_local(const struct page *page, void *addr)
{
	return addr;
}

static __always_inline bool pks_defer_free(struct page *page, unsigned int order)
{
	return false;
}

static inline int pks_unprotect_count(const struct page *page)
{
	return 0;
}

#endif /* CONFIG_PKS_KMAP */

#endif /* _LINUX_PKS_KMAP_H */
