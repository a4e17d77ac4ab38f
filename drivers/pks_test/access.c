// SPDX-License-Identifier: GPL-2.0
/*
 * The accesses themselves: a single load or store, its fixup, and the tally.
 */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/highmem.h>
#include <linux/pgtable.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include <asm/asm.h>
#include <asm/msr.h>

#include "compat.h"
#include "pks_test.h"

/**
 * pks_ticks() - the clock of the samples
 *
 * Return: the TSC, read after everything before it
 */
u64 pks_ticks(void)
{
	return rdtsc_ordered();
}
EXPORT_SYMBOL_GPL(pks_ticks);

/**
 * pks_read_pkrs() - what the register of this CPU holds
 *
 * Return: PKRS, 0 without PKS
 */
u32 pks_read_pkrs(void)
{
	return pks_available() ? __rdmsr(MSR_IA32_PKRS) : 0;
}
EXPORT_SYMBOL_GPL(pks_read_pkrs);

/**
 * pks_depth() - kmap_local mappings of protected pages in this context
 *
 * Return: the number, 0 without PKS
 */
unsigned int pks_depth(void)
{
#ifdef CONFIG_PKS_KMAP
	return READ_ONCE(current->thread.pks.ctx.depth);
#else
	return 0;
#endif
}
EXPORT_SYMBOL_GPL(pks_depth);

/*
 * The interrupts that CPUs took because another one asked, as /proc/interrupts has
 * them: "CAL", the two vectors of function calls, by which kernel and user TLBs are
 * flushed as well, and "RES", that of wake-ups. irq_tlb_count is a part of "CAL".
 * A CPU that is on its way to sleep is told by a flag, takes none, and has none
 * counted; the sender's own part of a call is none, either.
 */
static u32 pks_ipis_taken(void)
{
	u32 sum = 0;
#ifdef CONFIG_SMP
	int cpu;

	for_each_possible_cpu(cpu) {
		const irq_cpustat_t *stat = per_cpu_ptr(&irq_stat, cpu);

		sum += READ_ONCE(PKS_IRQS_CALL(stat));
		sum += READ_ONCE(PKS_IRQS_RESCHED(stat));
	}
#endif
	return sum;
}

/**
 * pks_get_counts() - what all CPUs counted so far
 * @counts:	out: the counts; all but @ipis are 0 on a kernel without PKS
 */
void pks_get_counts(struct pks_test_counts *counts)
{
#ifdef CONFIG_PKS_KMAP
	struct pks_counters sum;

	pks_sum_counters(&sum);
	counts->msr_writes = sum.msr_writes;
	counts->msr_spared = sum.msr_spared;
	counts->faults = sum.faults;
	counts->grants = sum.grants;
	counts->denials = sum.denials;
#else
	memset(counts, 0, sizeof(*counts));
#endif
	counts->ipis = pks_ipis_taken();
}

/**
 * pks_sub_counts() - what was counted between two moments
 * @counts:	out: @after less @before
 * @after:	the later one
 * @before:	the earlier one
 */
void pks_sub_counts(struct pks_test_counts *counts,
		    const struct pks_test_counts *after,
		    const struct pks_test_counts *before)
{
	counts->msr_writes = after->msr_writes - before->msr_writes;
	counts->msr_spared = after->msr_spared - before->msr_spared;
	counts->faults = after->faults - before->faults;
	counts->grants = after->grants - before->grants;
	counts->denials = after->denials - before->denials;
	/* The kernel's counters have 32 bits, and begin again. */
	counts->ipis = (u32)(after->ipis - before->ipis);
}

/**
 * pks_expected() - what the first word of a page holds
 * @page:	one of pks_get_pages()
 *
 * Return: a value that no other page has
 */
u64 pks_expected(struct page *page)
{
	return 0x504b530000000000ull | page_to_pfn(page);
}
EXPORT_SYMBOL_GPL(pks_expected);

/**
 * pks_read() - load one word that may be denied
 * @addr:	aligned
 * @val:	out: the word, untouched if it is denied
 *
 * Return: false when the access was denied
 */
noinline bool pks_read(const u64 *addr, u64 *val)
{
	int err = 0;

	asm volatile("1: movq (%[addr]), %[val]\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[err])
		     : [err] "+r" (err), [val] "+r" (*val)
		     : [addr] "r" (addr) : "memory");
	return !err;
}
EXPORT_SYMBOL_GPL(pks_read);

/**
 * pks_write() - store one word that may be denied
 * @addr:	aligned
 * @val:	the word
 *
 * Return: false when the access was denied
 */
noinline bool pks_write(u64 *addr, u64 val)
{
	int err = 0;

	asm volatile("1: movq %[val], (%[addr])\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[err])
		     : [err] "+r" (err)
		     : [addr] "r" (addr), [val] "r" (val) : "memory");
	return !err;
}
EXPORT_SYMBOL_GPL(pks_write);

/**
 * pks_fill() - memset() that may be denied
 * @addr:	where
 * @byte:	what
 * @bytes:	how many
 *
 * Return: false when it was denied, at whatever byte
 */
noinline bool pks_fill(void *addr, u8 byte, unsigned long bytes)
{
	int err = 0;

	asm volatile("1: rep stosb\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[err])
		     : [err] "+r" (err), "+c" (bytes), "+D" (addr)
		     : "a" (byte) : "memory");
	return !err;
}

/**
 * pks_copy() - memcpy() that may be denied
 * @addr:	where to
 * @from:	where from
 * @bytes:	how many
 *
 * Return: false when it was denied, at whatever byte
 */
noinline bool pks_copy(void *addr, const void *from, unsigned long bytes)
{
	int err = 0;

	asm volatile("1: rep movsb\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[err])
		     : [err] "+r" (err), "+c" (bytes), "+D" (addr), "+S" (from)
		     : : "memory");
	return !err;
}

/**
 * pks_can_read() - is an access let through?
 * @addr:	aligned
 *
 * Return: false when it was denied
 */
bool pks_can_read(const u64 *addr)
{
	u64 val;

	return pks_read(addr, &val);
}

/**
 * pks_nap() - sleep for a millisecond
 *
 * Under PREEMPT_RT timers are softirqs of ksoftirqd, which a CPU that goes has parked when
 * it waits for those who cannot leave it: this one expires in its interrupt.
 *
 * Context: may sleep
 */
void pks_nap(void)
{
	ktime_t wait = NSEC_PER_MSEC;

	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_hrtimeout_range(&wait, 0, HRTIMER_MODE_REL_HARD);
}

/**
 * pks_switch_away() - let another thread run on this CPU
 *
 * A timer that goes off before who has set it sleeps is no switch yet.
 *
 * Context: may sleep
 */
void pks_switch_away(void)
{
	unsigned long switches = current->nvcsw + current->nivcsw;

	do {
		pks_nap();
	} while (current->nvcsw + current->nivcsw == switches);
}

/**
 * pks_be_preempted() - go on until another thread has had this CPU
 *
 * Context: may sleep; there is another thread that wants this CPU
 */
void pks_be_preempted(void)
{
	unsigned long switches = current->nivcsw;

	while (READ_ONCE(current->nivcsw) == switches)
		cond_resched();
}

/**
 * pks_key_of() - the pkey that a mapping has
 * @addr:	mapped there
 *
 * Return: that of its page table entry, -1 where none maps it
 */
int pks_key_of(const void *addr)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)addr, &level);

	return pte && pte_present(*pte) ? pte_flags_pkey(pte_flags(*pte)) : -1;
}
EXPORT_SYMBOL_GPL(pks_key_of);

/**
 * pks_wait_for_no_key() - a freed page loses its key some time later
 * @page:	first loses it in the page tables, then altogether
 *
 * Return: false when it has not done so for seconds
 */
bool pks_wait_for_no_key(struct page *page)
{
	unsigned int loops = 5000;

	while ((pks_key_of(page_address(page)) || page_is_access_protected(page)) &&
	       --loops)
		pks_nap();
	return loops;
}

static bool pks_access(struct pks_run *run, struct page *page, u64 *addr, u64 *val)
{
	if (!(run->uapi.flags & PKS_TEST_RUN_WRITE))
		return pks_read(addr, val);
	/* The word that is there already: what others read does not change */
	*val = pks_expected(page);
	return pks_write(addr, *val);
}

/**
 * pks_touch() - access a page in the context that runs this
 * @arg:	struct pks_touch
 *
 * Context: any
 */
void pks_touch(void *arg)
{
	struct pks_touch *touch = arg;
	struct pks_run *run = touch->run;
	u64 *addr = page_address(touch->page), val = 0, begin;
	unsigned long flags;
	bool ok;

	run->uapi.pkrs_inside = pks_read_pkrs();
	run->uapi.depth_inside = pks_depth();
	if (touch->local)
		kmap_local_page(touch->page);

	/* Nothing but the access between the two readings */
	local_irq_save(flags);
	begin = pks_ticks();
	ok = pks_access(run, touch->page, addr, &val);
	touch->ticks = pks_ticks() - begin;
	local_irq_restore(flags);

	run->uapi.pkrs_touched = pks_read_pkrs();
	if (touch->local)
		kunmap_local(addr);

	if (!ok)
		run->uapi.denied++;
	else if (val != pks_expected(touch->page))
		run->uapi.wrong++;
	else
		run->uapi.touched++;
}

/**
 * pks_touch_here() - access a page in the caller's context
 * @run:	takes the tally
 * @page:	what is accessed
 *
 * Return: ticks of the access
 */
u64 pks_touch_here(struct pks_run *run, struct page *page)
{
	struct pks_touch touch = { .run = run, .page = page };

	pks_touch(&touch);
	return touch.ticks;
}

/**
 * pks_touch_there() - access a page in the context that was asked for
 * @run:	says which
 * @touch:	the access
 *
 * Return: 0, or why the context could not be had
 */
int pks_touch_there(struct pks_run *run, struct pks_touch *touch)
{
	struct pks_job job = { .fn = pks_touch, .arg = touch };

	touch->run = run;
	return run->context->run(run, &job);
}

/* How many checks of a run are told of when they fail: some are of each page of many */
#define PKS_TOLD_MAX	16

/**
 * pks_check() - one check of a pattern with PKS_TEST_SELF_CHECK
 * @run:	takes the tally
 * @ok:		what must be true
 * @what:	said when it is not, of the first PKS_TOLD_MAX of a run
 */
void pks_check(struct pks_run *run, bool ok, const char *what)
{
	if (ok)
		return;
	if (run->uapi.wrong++ < PKS_TOLD_MAX)
		pr_notice("%s: %s: not so\n", run->pattern->name, what);
}
