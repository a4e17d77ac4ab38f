/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kmap() of a protected page could be made of instead, to be compared with:
 * for tests and benchmarks alone.
 */
#ifndef _LINUX_PKS_COMPARE_H
#define _LINUX_PKS_COMPARE_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/types.h>

struct page;

/* What a scheme asks of its users, see pks_scheme_describe(). */
#define PKS_SCHEME_KMAP_SLEEPS	BIT(0)
#define PKS_SCHEME_LOCAL_SLEEPS	BIT(1)

#ifdef CONFIG_PKS_COMPARE

/*
 * The scheme is another than "page", or about to be. No static key: it would be
 * patched again and again in what runs at the entry of the int3 that this takes.
 */
extern bool pks_global;
extern u32 pkrs_global_mask;
extern bool pkrs_global_updating;

static __always_inline bool pks_is_masked(void)
{
	return unlikely(READ_ONCE(pks_global));
}

/* What a context with @pkrs has under the mask */
static __always_inline u32 pks_masked(u32 pkrs)
{
	return pkrs & READ_ONCE(pkrs_global_mask);
}

/* In between, the scheme stays what it is. Macros, for the task may not be known here. */
#define pks_compare_begin()	preempt_disable()
#define pks_compare_end()	preempt_enable()

/*
 * A mask that is on its way may have been applied by an NMI: amid a writer, which
 * does it again, or amid a look at the register. It cannot come to its end before
 * this CPU answers.
 */
static __always_inline bool pks_mask_is_changing(void)
{
	return READ_ONCE(pkrs_global_updating);
}

void __no_caller_saved_registers pkrs_write_masked(u32 pkrs);
void pks_compare_kmap(struct page *page);
int pks_compare_kunmap(const struct page *page);
bool pks_compare_changes(void);
bool pks_compare_flips(void);
int pks_compare_set_pkey(struct page *page, int numpages, int pkey);
int pks_compare_clear_pkeys(struct page **pages, int numpages);

bool pks_scheme_describe(unsigned int index, const char **name,
			 const char **desc, u32 *flags);
u32 pks_scheme_flags(void);
const char *pks_scheme_name(void);
void pks_scheme_get(void);
void pks_scheme_put(void);

#else /* !CONFIG_PKS_COMPARE */

static __always_inline bool pks_is_masked(void)
{
	return false;
}

static __always_inline u32 pks_masked(u32 pkrs)
{
	return pkrs;
}

static __always_inline bool pks_mask_is_changing(void)
{
	return false;
}

#define pks_compare_begin()	do { } while (0)
#define pks_compare_end()	do { } while (0)

static __always_inline void pkrs_write_masked(u32 pkrs) { }
static __always_inline void pks_compare_kmap(struct page *page) { }

#define pks_compare_kunmap(page)	pks_page_unmap(page)

static __always_inline bool pks_compare_changes(void)
{
	return false;
}

static __always_inline bool pks_compare_flips(void)
{
	return false;
}

#define pks_compare_set_pkey(page, numpages, pkey) \
	arch_set_memory_pkey((unsigned long)page_address(page), numpages, pkey)
#define pks_compare_clear_pkeys(pages, numpages) \
	arch_set_pages_pkey(pages, numpages, PKS_KEY_DEFAULT)

#endif /* CONFIG_PKS_COMPARE */

#endif /* _LINUX_PKS_COMPARE_H */
