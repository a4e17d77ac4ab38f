// SPDX-License-Identifier: GPL-2.0
/*
 * The headers in the order in which a test of the keys had them, and a callback
 * that looks at everything there is.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/pgtable.h>
#include <linux/pkeys.h>
#include <linux/pks.h>
#include <linux/pks-keys.h>

#include <uapi/asm-generic/mman-common.h>

#include <asm/msr.h>
#include <asm/ptrace.h>

#ifdef CONFIG_PKS_TEST

DECLARE_PER_CPU(u32, pkrs_cache);

/* The part of the register that one key has, here and in the cache */
static bool posted_is(u8 pkey, u32 expected)
{
	u32 cache = *get_cpu_ptr(&pkrs_cache);
	u64 pkrs;

	pkrs = native_read_msr(MSR_IA32_PKRS);
	put_cpu_ptr(&pkrs_cache);
	if (cache == PKS_INIT_VALUE)
		pr_err("0x%llx, expected 0x%lx\n", pkrs, PKS_INIT_VALUE);
	return ((pkrs >> PKR_PKEY_SHIFT(pkey)) & PKEY_ACCESS_MASK) == expected;
}

bool pks_test_fault_callback(struct pt_regs *regs, unsigned long address, bool write)
{
	struct pt_regs_auxiliary *aux = &to_extended_pt_regs(regs)->aux;

	if (!cpu_feature_enabled(X86_FEATURE_PKS) || !posted_is(PKS_KEY_TEST, PKEY_DISABLE_ACCESS))
		return false;
	if (write)
		pks_update_exception(regs, PKS_KEY_TEST, PKEY_READ_WRITE);
	else
		aux->pkrs = pkey_update_pkval(aux->pkrs, PKS_KEY_TEST, PKEY_READ_WRITE);
	return true;
}

void *posted_alloc(u8 pkey);
void *posted_alloc(u8 pkey)
{
	return __vmalloc_node_range(PAGE_SIZE, 1, VMALLOC_START, VMALLOC_END, GFP_KERNEL,
				    PAGE_KERNEL_PKEY(pkey), 0, NUMA_NO_NODE,
				    __builtin_return_address(0));
}

#endif /* CONFIG_PKS_TEST */

#ifdef CONFIG_PKS_TEST_ALL_KEYS
/* Every key that the CPU has may be used */
static_assert(PKS_KEY_MAX == PKS_NUM_PKEYS);
#endif
