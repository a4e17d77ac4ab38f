// SPDX-License-Identifier: GPL-2.0
/* linux/pkeys.h, linux/pgtable.h: keys of mappings, one key of a register */
#include <linux/pgtable.h>
#include <linux/pkeys.h>

static_assert(PKEY_READ_WRITE == 0 && PKEY_ACCESS_MASK == 3);
static_assert(PKR_AD_BIT == 1);
static_assert(__same_type(&pkey_update_pkval, u32 (*)(u32, u8, u32)));

u32 posted_pkval(u32 pkval, u8 pkey);
u32 posted_pkval(u32 pkval, u8 pkey)
{
	return pkey_update_pkval(pkval, pkey, PKEY_DISABLE_WRITE);
}

u16 posted_pkey(pte_t pte);
u16 posted_pkey(pte_t pte)
{
	return pte_flags_pkey(pte_flags(pte));
}

pgprot_t posted_prot(u8 pkey);
pgprot_t posted_prot(u8 pkey)
{
	return PAGE_KERNEL_PKEY(pkey);
}

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS
static_assert(_PAGE_PKEY(5) == 5ul << 59);
#else
static_assert(_PAGE_PKEY(5) == 0);
#endif
