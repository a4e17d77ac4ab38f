/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Supervisor protection keys: close kernel mappings, open them for one context
 * at a time.
 */
#ifndef _LINUX_PKS_H
#define _LINUX_PKS_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <linux/pks-keys.h>
#include <uapi/asm-generic/mman-common.h>

struct pt_regs;

/**
 * typedef pks_key_callback - decide about a violation of one key
 * @regs:	the faulting context; pks_update_exception() edits it
 * @address:	what was accessed
 * @write:	how
 *
 * Called from the #PF handler, interrupts off, in whatever context faulted.
 *
 * Return: true when the access may be tried again
 */
typedef bool (*pks_key_callback)(struct pt_regs *regs, unsigned long address,
				 bool write);

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#include <asm/pks.h>

static_assert(PKS_KEY_MAX <= PKS_NUM_PKEYS);
static_assert(((PKS_INIT_VALUE | PKS_INIT_VALUE >> 1) & PKS_ALL_AD) ==
	      (PKS_ALL_AD & ~PKR_AD_MASK(PKS_KEY_DEFAULT)),
	      "a key has no initial value: everybody would have access to it");

bool pks_available(void);
void pks_update_protection(u8 pkey, u8 protection);
void pks_update_exception(struct pt_regs *regs, u8 pkey, u8 protection);

#else /* !CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

#include <asm/ptrace.h>

/* Architectures that have it say so. */
#ifndef pt_regs_auxiliary
struct pt_regs_auxiliary { };
#endif

static __always_inline void pks_enter_context(struct pt_regs_auxiliary *aux) { }
static __always_inline void pks_leave_context(struct pt_regs_auxiliary *aux) { }

static inline bool pks_available(void)
{
	return false;
}

static inline void pks_update_protection(u8 pkey, u8 protection)
{
}

static inline void pks_update_exception(struct pt_regs *regs, u8 pkey,
					u8 protection)
{
}

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

/**
 * pks_set_noaccess() - close a key for the calling context
 * @pkey:	one of linux/pks-keys.h
 */
static inline void pks_set_noaccess(u8 pkey)
{
	pks_update_protection(pkey, PKEY_DISABLE_ACCESS);
}

/**
 * pks_set_readwrite() - open a key for the calling context
 * @pkey:	one of linux/pks-keys.h
 */
static inline void pks_set_readwrite(u8 pkey)
{
	pks_update_protection(pkey, PKEY_READ_WRITE);
}

#ifdef CONFIG_PKS_KMAP
int set_memory_pkey(unsigned long addr, int numpages, int pkey);
bool pks_kmap_fault_callback(struct pt_regs *regs, unsigned long address,
			     bool write);
#else
static inline int set_memory_pkey(unsigned long addr, int numpages, int pkey)
{
	return -EOPNOTSUPP;
}
#endif

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
bool pgmap_pks_fault_callback(struct pt_regs *regs, unsigned long address,
			      bool write);
#endif

#ifdef CONFIG_PKS_TEST
bool pks_test_fault_callback(struct pt_regs *regs, unsigned long address,
			     bool write);
void pks_test_set_fault_hook(pks_key_callback hook);
#endif

#endif /* _LINUX_PKS_H */
