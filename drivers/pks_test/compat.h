/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernels of kernel/series call by different names. No other file of the
 * driver or of stress/ asks for a version.
 */
#ifndef _PKS_TEST_COMPAT_H
#define _PKS_TEST_COMPAT_H

#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/objtool.h>
#include <linux/version.h>

#include <asm/tlbflush.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)

#include <linux/migrate.h>

#define PKS_IRQS_CALL(stat)		((stat)->irq_call_count)
#define PKS_IRQS_RESCHED(stat)		((stat)->irq_resched_count)

#define PKS_NORESERVE			VM_NORESERVE

/* Here kthread_create_worker() wakes the thread that it makes, later it does not */
#define kthread_run_worker		kthread_create_worker

/* An instruction that raises an exception, after which objtool sees code */
#define PKS_ASM_RETURNS(insn)		insn "\n\t" ASM_REACHABLE

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}

/* Change bits of CR4, which the kernel may have pinned; whether a module can */
static inline bool pks_change_cr4(unsigned long set, unsigned long clear)
{
	cr4_update_irqsoff(set, clear);
	return true;
}

/* A page that a driver lets migrate; it is locked */
static inline void pks_set_movable(struct page *page)
{
	static const struct movable_operations ops;

	__SetPageMovable(page, &ops);
}

static inline void pks_clear_movable(struct page *page)
{
	__ClearPageMovable(page);
}

#else

#include <linux/annotate.h>

#define PKS_IRQS_CALL(stat)		((stat)->counts[IRQ_COUNT_CALL_FUNCTION])
#define PKS_IRQS_RESCHED(stat)		((stat)->counts[IRQ_COUNT_RESCHEDULE])

#define PKS_NORESERVE			mk_vma_flags(VMA_NORESERVE_BIT)

#define PKS_ASM_RETURNS(insn)		"1:\t" insn "\n\t" ANNOTATE_REACHABLE(1b)

static inline bool pks_change_cr4(unsigned long set, unsigned long clear)
{
#if IS_MODULE(CONFIG_LKDTM)	/* which it is exported for */
	native_write_cr4((native_read_cr4() | set) & ~clear);
#endif
	return IS_MODULE(CONFIG_LKDTM);
}

/* Of the two types of pages that may be, the one that is refused for nothing else */
static inline void pks_set_movable(struct page *page)
{
	__SetPageZsmalloc(page);
	SetPageMovableOps(page);
}

/* The flag goes when the page is freed. */
static inline void pks_clear_movable(struct page *page)
{
	__ClearPageZsmalloc(page);
}

#endif

#endif /* _PKS_TEST_COMPAT_H */
