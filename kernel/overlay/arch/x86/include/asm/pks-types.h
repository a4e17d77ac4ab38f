/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_PKS_TYPES_H
#define _ASM_X86_PKS_TYPES_H

#ifndef __ASSEMBLY__

#include <linux/container_of.h>	/* for to_extended_pt_regs() */

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#include <linux/pks-keys.h>
#include <linux/types.h>

/**
 * struct pks_context - what one execution context may access
 * @pkrs:	PKRS of the context
 * @depth:	kmap_local mappings of protected pages that the context holds; at
 *		PKS_DEPTH_MAX there are more than can be counted, and the domain
 *		stays open for as long as the context lasts
 * @granted:	keys that the #PF handler opened for the context, a bit each
 *
 * Only the context itself changes it, and the handler of a #PF that it takes.
 * Whatever else interrupts it puts the whole aside and back again.
 */
struct pks_context {
	u32 pkrs;
	u16 depth;
	u16 granted;
} __aligned(8);

#define PKS_DEPTH_MAX		((u16)~0u)

/* Mappings of a task that are known page by page, see mm/pks/kmap.c. */
#define PKS_LOCAL_MAX		16u

/**
 * struct thread_pks - PKS state of a task
 * @ctx:	the context that runs on the task's behalf right now: the thread
 *		itself, or what interrupted it
 * @mapped:	kmap_local mappings of the contexts that are put aside
 * @base:	where those of the running context begin in @local
 * @local:	addresses that are mapped, the contexts that are put aside first; the
 *		last entry is for what has no room
 * @pgmap:	why the running context has the key of protected pagemaps, see
 *		mm/pks/pgmap.c; 0 where the key is closed
 */
struct thread_pks {
	struct pks_context ctx;
	unsigned int mapped;
	unsigned int base;
#ifdef CONFIG_PKS_KMAP
	unsigned long local[PKS_LOCAL_MAX + 1];
#endif
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	unsigned int pgmap;
#endif
};

/**
 * struct pt_regs_auxiliary - state of the interrupted context
 * @ctx:	the state; what is in it when the handler returns takes effect
 * @pkrs:	its PKRS
 * @switches:	context switches of the task when @ctx.granted was saved; a
 *		grant does not outlive a switch
 * @canary:	set by debug builds, to detect an entry path that did not make
 *		room for the struct
 * @pgmap:	thread_pks.pgmap of the context, if @ctx has that key
 *
 * The low level entry code places one right below the struct pt_regs of every
 * exception; who runs softirqs keeps one on its stack.
 */
struct pt_regs_auxiliary {
	union {
		struct pks_context ctx;
		u32 pkrs;
	};
	unsigned long switches;
	unsigned long canary;
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	unsigned long pgmap;
#endif
};

/* For the initialiser of a struct thread_struct */
#define PKS_THREAD_INIT		.pks.ctx.pkrs = PKS_INIT_VALUE,

#else /* !CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */

/* Nothing is kept; linux/pks.h need not define it. */
struct pt_regs_auxiliary { };
#define pt_regs_auxiliary pt_regs_auxiliary

#define PKS_THREAD_INIT

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */
#endif /* !__ASSEMBLY__ */

#endif /* _ASM_X86_PKS_TYPES_H */
