// SPDX-License-Identifier: GPL-2.0
/*
 * What must be so where a window was interrupted, and what must be so for whoever
 * interrupts it. The others call this; it calls none of them.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "../../drivers/pks_test/pks_test.h"
#include "walk.h"

const char * const walk_kinds[] = {
	[WALK_LOOK]	= "look",
	[WALK_NMI]	= "NMI",
	[WALK_IRQ]	= "interrupt",
	[WALK_PREEMPT]	= "preemption",
};

bool walk_racing;
struct page *walk_closed, *walk_page;
struct walk_now walk_now;

/**
 * walk_expect() - something that must be true at this point
 * @ok:		whether it is
 * @fmt:	else: what is true instead
 *
 * Context: any
 */
void walk_expect(bool ok, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (ok || walk_now.violations++)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	if (walk_now.then)
		snprintf(walk_now.violation, sizeof(walk_now.violation),
			 "%s before instruction %u, %pS, NMI %u later, %pS: %pV",
			 walk_kinds[walk_now.kind], walk_now.at, (void *)walk_now.ip, walk_now.then,
			 (void *)walk_now.second_ip, &vaf);
	else
		snprintf(walk_now.violation, sizeof(walk_now.violation),
			 "%s before instruction %u, %pS: %pV",
			 walk_kinds[walk_now.kind], walk_now.at, (void *)walk_now.ip, &vaf);
	va_end(args);
}

/**
 * walk_expect_context() - the invariants, for the context that runs
 * @who:	that is
 * @pkrs:	what it must have
 * @depth:	its kmap_local mappings
 * @granted:	keys that it was granted
 */
void walk_expect_context(const char *who, u32 pkrs, unsigned int depth,
			 unsigned int granted)
{
	struct pks_context ctx = READ_ONCE(current->thread.pks.ctx);
	u32 open = pkrs & ~PKR_PKEY_MASK(PKS_KEY_KMAP);
	u32 msr = pks_read_pkrs();
	u32 cache = raw_cpu_read(pkrs_cache);

	walk_expect(cache == msr, "%s: PKRS 0x%08x, cache 0x%08x", who, msr, cache);
	walk_expect(msr == pkrs || (walk_now.window->global && msr == open),
		    "%s: PKRS 0x%08x, expected 0x%08x", who, msr, pkrs);
	walk_expect(ctx.pkrs == pkrs, "%s: the context holds 0x%08x, expected 0x%08x",
		    who, ctx.pkrs, pkrs);
	walk_expect(ctx.depth == depth, "%s: depth %u, expected %u", who, ctx.depth, depth);
	walk_expect(ctx.granted == granted, "%s: granted 0x%x, expected 0x%x",
		    who, ctx.granted, granted);
}

static bool walk_can_read(struct page *page)
{
	u64 val = 0;

	if (!pks_read(page_address(page), &val))
		return false;
	walk_expect(val == pks_expected(page), "read 0x%llx, expected 0x%llx", val,
		    pks_expected(page));
	return true;
}

/* Under the other schemes the register says, and that has been checked. */
static bool walk_may_read(struct page *page)
{
	if (walk_now.window->global)
		return !(pks_read_pkrs() & PKR_PKEY_MASK(PKS_KEY_KMAP));
	return pks_unprotect_count(page) > 0;
}

static void walk_expect_access(const char *who, struct page *page)
{
	bool may = walk_may_read(page);

	walk_expect(walk_can_read(page) == may, "%s: %s a page with unprotect count %d",
		    who, may ? "is denied" : "reads", pks_unprotect_count(page));
}

/**
 * walk_glance() - a context that has just begun has one look
 * @who:	that is
 *
 * It starts from the default, has a fault, which grants or denies, and a mapping.
 */
void walk_glance(const char *who)
{
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_expect_access(who, walk_page);
	/* Who else runs in this interruption shall not find what was granted. */
	kunmap_local(kmap_local_page(walk_closed));
}

/**
 * walk_probe() - a context that has just begun looks around
 * @who:	that is
 *
 * It starts from the default, can read what is kmap()ed and nothing else, and
 * has its own kmap_local mappings.
 */
void walk_probe(const char *who)
{
	void *addr;

	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_expect_access(who, walk_closed);
	walk_expect_access(who, walk_page);
	addr = kmap_local_page(walk_closed);
	walk_expect(walk_can_read(walk_closed), "%s: cannot read what it mapped", who);
	kunmap_local(addr);
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	pks_pgmap_open();
	walk_expect_context(who, WALK_PGMAP, 0, 0);
	pks_pgmap_close();
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
#endif
}
