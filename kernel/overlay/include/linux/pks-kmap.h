/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that are closed unless kmap()ed: the checks that stand in kmap() and
 * its relatives, in the page allocator and in the #PF handler.
 */
#ifndef _LINUX_PKS_KMAP_H
#define _LINUX_PKS_KMAP_H

#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/pfn.h>
#include <linux/pks-keys.h>

struct pt_regs;

/* What a scheme asks of its users, see pks_scheme_describe(). */
#define PKS_SCHEME_KMAP_SLEEPS	BIT(0)
#define PKS_SCHEME_LOCAL_SLEEPS	BIT(1)

#ifdef CONFIG_PKS_KMAP

#include <asm/pks-types.h>

DECLARE_STATIC_KEY_FALSE(pks_enabled);

extern struct page_ext_operations pks_page_ext_ops;

/* The direct map of the page carries a pkey. */
#define PG_access_protected	PG_arch_3

void __pks_kmap(struct page *page);
void __pks_kunmap(struct page *page);
void __pks_kmap_local(struct page *page);
void __pks_kunmap_local(struct page *page);
bool __pks_defer_free(struct page *page, unsigned int order);
bool pks_page_fault(struct pt_regs *regs, unsigned long address, bool write);
int pks_unprotect_count(struct page *page);
bool pks_scheme_describe(unsigned int index, const char **name,
			 const char **desc, u32 *flags);
u32 pks_scheme_flags(void);
const char *pks_scheme_name(void);
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

/* The checks, in the code of whoever maps */
static __always_inline void pks_check_kmap(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kmap(page);
}

static __always_inline void pks_check_kunmap(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kunmap(page);
}

static __always_inline void pks_check_kmap_local(struct page *page)
{
	if (page_is_access_protected(page))
		__pks_kmap_local(page);
}

/*
 * What kmap_local_page() returned, or an address near it, is in the direct map:
 * no need for all that virt_to_page() looks at. A macro, for neither is the
 * memory map known where this is included.
 */
#define pks_check_kunmap_local(addr)					\
do {									\
	struct page *__page;						\
									\
	if (!static_branch_unlikely(&pks_enabled))			\
		break;							\
	__page = pfn_to_page(PHYS_PFN((unsigned long)(addr) - PAGE_OFFSET)); \
	if (test_bit(PG_access_protected, &__page->flags))		\
		__pks_kunmap_local(__page);				\
} while (0)

#ifdef CONFIG_PKS_KMAP_OUTLINE
void pks_kmap(struct page *page);
void pks_kunmap(struct page *page);
void pks_kmap_local(struct page *page);
void pks_kunmap_local(const void *addr);
#else
#define pks_kmap(page)		pks_check_kmap(page)
#define pks_kunmap(page)	pks_check_kunmap(page)
#define pks_kmap_local(page)	pks_check_kmap_local(page)
#define pks_kunmap_local(addr)	pks_check_kunmap_local(addr)
#endif

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

/* Open by a mapping of its own, or by a grant, or not at all */
static __always_inline bool pks_kmap_depth_valid(struct pks_context ctx)
{
	bool open = !(ctx.pkrs & (PKR_AD_BIT << PKR_PKEY_SHIFT(PKS_KEY_KMAP)));

	return open == (ctx.depth || (ctx.granted & (1u << PKS_KEY_KMAP)));
}

#else /* !CONFIG_PKS_KMAP */

/* A macro, for the types are not known where there is no PKS at all. */
#define pks_kmap_depth_valid(ctx)	((void)(ctx), true)

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

static inline bool pks_scheme_describe(unsigned int index, const char **name,
				       const char **desc, u32 *flags)
{
	return false;
}

static inline u32 pks_scheme_flags(void)
{
	return 0;
}

#endif /* CONFIG_PKS_KMAP */

#endif /* _LINUX_PKS_KMAP_H */
