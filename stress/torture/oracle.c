// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle: from what was asked of kmap() and its relatives it knows what an
 * access must come to. It reads nothing of what the feature keeps for itself,
 * except to check it.
 *
 * A mapping is counted as possible before kmap() begins and as sure after that
 * has returned, and the other way round for kunmap(). An access that saw a sure
 * mapping must work, and one that saw no possible mapping must be denied, if
 * nothing began meanwhile.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "torture.h"

#define TORTURE_OPEN_PKRS	(PKS_INIT_VALUE & ~PKR_PKEY_MASK(PKS_KEY_KMAP))

struct torture_world torture = {
	.lock = __MUTEX_INITIALIZER(torture.lock),
};

/*
 * Jobs of several actors may run in one softirq, one interrupt, one NMI or one
 * kernel thread, and find what the one before was granted.
 */
enum torture_share { TORTURE_IN_THREAD, TORTURE_IN_SOFTIRQ, TORTURE_IN_IRQ, TORTURE_IN_NMI,
		     TORTURE_SHARES };

static DEFINE_PER_CPU(bool [TORTURE_SHARES], torture_left_granted);

static atomic_t torture_failed;

bool torture_has_failed(void)
{
	return atomic_read(&torture_failed);
}

/* A debugger stops here. */
static noinline void torture_violation(struct torture_ctx *ctx, struct torture_page *p,
				       const char *what, const char *expected,
				       const char *came)
{
	struct pks_context has = READ_ONCE(current->thread.pks.ctx);

	if (atomic_xchg(&torture_failed, 1))
		return;

	pr_alert("pks_torture: VIOLATION: %s: expected %s, came %s (pks_torture.ko at 0x%lx)\n",
		 what, expected, came, (unsigned long)THIS_MODULE->mem[MOD_TEXT].base);
	pr_alert("pks_torture: by %s in context %s on CPU %u, scheme %s, mode %s, PKRS 0x%08x, depth %u, expected depth %u\n",
		 ctx->actor->name, torture_context_name(ctx->where),
		 raw_smp_processor_id(), torture.scheme, torture.mode,
		 pks_read_pkrs(), pks_depth(), ctx->depth);
	pr_alert("pks_torture: the kernel has PKRS 0x%08x depth %u granted 0x%x for the context, and 0x%08x in the cache of the CPU\n",
		 has.pkrs, has.depth, has.granted, raw_cpu_read(pkrs_cache));
	if (p)
		pr_alert("pks_torture: page %d pfn 0x%lx: count %d, mappings %d to %d\n",
			 p->index, page_to_pfn(p->page), pks_unprotect_count(p->page),
			 atomic_read(&p->sure), atomic_read(&p->maybe));
	torture_show_events(ctx->actor);
	if (p && p->by && p->by != ctx->actor)
		torture_show_events(p->by);
}

/**
 * torture_check() - a thing that must be so
 * @ctx:	where
 * @ok:		is it so?
 * @what:	what it is
 * @expected:	for the report
 * @came:	for the report
 */
void torture_check(struct torture_ctx *ctx, bool ok, const char *what, long expected,
		   long came)
{
	char texts[2][24];

	if (likely(ok))
		return;
	snprintf(texts[0], sizeof(texts[0]), "0x%lx", expected);
	snprintf(texts[1], sizeof(texts[1]), "0x%lx", came);
	torture_violation(ctx, NULL, what, texts[0], texts[1]);
}

static unsigned long torture_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

static bool torture_may_be_granted(struct torture_ctx *ctx)
{
	return ctx->granted &&
	       (!ctx->thread || ctx->switches == torture_switches());
}

/* The counts that decide whether anything at all is open where @p is */
static struct torture_page *torture_domain(struct torture_page *p)
{
	bool by_page = torture.per_page || torture.flags & PKS_SCHEME_LOCAL_SLEEPS;

	return by_page ? p : &torture.all;
}

/* Is it the context's own right that decides, whatever others do? */
static bool torture_is_settled(struct torture_ctx *ctx)
{
	return torture.open || ctx->depth || torture.strict;
}

static enum torture_verdict torture_expect(struct torture_ctx *ctx,
					   struct torture_page *p)
{
	if (torture.open || ctx->depth)
		return TORTURE_MUST;
	if (torture.strict)
		return TORTURE_DENY;
	if (atomic_read(&p->sure))
		return TORTURE_MUST;
	if (atomic_read(&torture_domain(p)->maybe) || torture_may_be_granted(ctx))
		return TORTURE_MAY;
	return TORTURE_DENY;
}

/* PKRS, where it is known without looking at what other contexts hold */
static void torture_check_pkrs(struct torture_ctx *ctx)
{
	int changes = atomic_read(&torture.all.changes);
	u32 pkrs, expected = PKS_INIT_VALUE;
	bool open;

	/*
	 * A grant ends with the next switch, and a mapping at any time: right after
	 * PKRS is read both may be gone that were there.
	 */
	smp_mb(); /* pairs with torture_begin() */
	open = torture.per_page ? torture_may_be_granted(ctx) :
				  atomic_read(&torture.all.maybe);
	smp_mb(); /* pairs with torture_end_unmap() */
	pkrs = pks_read_pkrs();
	smp_mb(); /* pairs with torture_begin() */
	torture_check(ctx, (pkrs & TORTURE_PGMAP_AD) == (ctx->accesses ? 0 : TORTURE_PGMAP_AD),
		      "the key of persistent memory",
		      ctx->accesses ? 0 : TORTURE_PGMAP_AD, pkrs & TORTURE_PGMAP_AD);
	pkrs |= TORTURE_PGMAP_AD;
	if (torture.open || torture.flags & PKS_SCHEME_LOCAL_SLEEPS || ctx->depth)
		expected = TORTURE_OPEN_PKRS;
	else if (open || (!torture.per_page && changes != atomic_read(&torture.all.changes)))
		return;
	torture_check(ctx, pkrs == expected, "PKRS", expected, pkrs);
}

static void torture_check_count(struct torture_ctx *ctx, struct torture_page *p)
{
	int changes, sure, maybe, count;

	if (p->index < 0)
		return;
	changes = atomic_read(&p->changes);
	smp_mb(); /* pairs with torture_begin() */
	sure = atomic_read(&p->sure);
	maybe = atomic_read(&p->maybe);
	count = pks_unprotect_count(p->page);
	smp_mb(); /* pairs with torture_begin() */
	if (changes != atomic_read(&p->changes))
		return;
	/* A kunmap() may have returned since the larger one was read. */
	torture_check(ctx, count >= sure && count <= maybe, "unprotect count",
		      sure, count);
}

static void torture_check_state(struct torture_ctx *ctx)
{
	unsigned int depth = pks_depth();
	int preempt = preempt_count();

	torture_check(ctx, depth == ctx->depth, "depth", ctx->depth, depth);
	torture_check(ctx, preempt == ctx->preempt, "preempt_count()", ctx->preempt,
		      preempt);
	torture_check_pkrs(ctx);
}

static bool *torture_left_granted_here(void)
{
	enum torture_share share = TORTURE_IN_THREAD;

	if (in_nmi())
		share = TORTURE_IN_NMI;
	else if (in_hardirq())
		share = TORTURE_IN_IRQ;
	else if (in_serving_softirq())
		share = TORTURE_IN_SOFTIRQ;
	return raw_cpu_ptr(&torture_left_granted[share]);
}

/**
 * torture_enter() - a context begins
 * @ctx:	the context
 *
 * It starts from the default, unless it shares an interrupt or a thread with a
 * context that was granted something.
 */
void torture_enter(struct torture_ctx *ctx)
{
	bool *left = torture_left_granted_here();

	ctx->preempt = preempt_count();
	if (torture.per_page && pks_read_pkrs() == TORTURE_OPEN_PKRS &&
	    current->thread.pks.ctx.granted && *left) {
		ctx->granted = true;
		ctx->switches = torture_switches();
	} else {
		*left = false;
	}
	torture_log(ctx, TORTURE_ENTER, NULL, TORTURE_MAY, true);
	torture_check_state(ctx);
}

/* A context ends. */
void torture_leave(struct torture_ctx *ctx)
{
	torture_check_state(ctx);
	if (ctx->granted)
		*torture_left_granted_here() = true;
	torture_log(ctx, TORTURE_LEAVE, NULL, TORTURE_MAY, true);
}

/* Atomics that return a value order everything around them. */
static void torture_begin(struct torture_ctx *ctx, struct torture_page *p)
{
	WRITE_ONCE(p->by, ctx->actor);
	atomic_inc_return(&p->changes);
	atomic_inc_return(&torture.all.changes);
}

static void torture_begin_map(struct torture_ctx *ctx, struct torture_page *p)
{
	atomic_inc_return(&torture.all.maybe);
	atomic_inc_return(&p->maybe);
	torture_begin(ctx, p);
}

static void torture_end_map(struct torture_page *p)
{
	atomic_inc_return(&p->sure);
}

static void torture_begin_unmap(struct torture_ctx *ctx, struct torture_page *p)
{
	atomic_dec_return(&p->sure);
	torture_begin(ctx, p);
}

static void torture_end_unmap(struct torture_page *p)
{
	atomic_dec_return(&p->maybe);
	atomic_dec_return(&torture.all.maybe);
}

/**
 * torture_kmap() - kmap(), and what it has to leave
 * @ctx:	may sleep
 * @p:		the page
 */
void torture_kmap(struct torture_ctx *ctx, struct torture_page *p)
{
	torture_begin_map(ctx, p);
	kmap(p->page);
	torture_end_map(p);
	torture_log(ctx, TORTURE_KMAP, p, TORTURE_MAY, true);
	torture_check_state(ctx);
	torture_check_count(ctx, p);
}

/**
 * torture_kunmap() - kunmap(), by whoever has the mapping
 * @ctx:	may sleep if kunmap() does under the scheme
 * @p:		the page
 */
void torture_kunmap(struct torture_ctx *ctx, struct torture_page *p)
{
	torture_begin_unmap(ctx, p);
	kunmap(p->page);
	torture_end_unmap(p);
	torture_log(ctx, TORTURE_KUNMAP, p, TORTURE_MAY, true);
	torture_check_state(ctx);
	torture_check_count(ctx, p);
}

static bool torture_local_is_kmap(void)
{
	return torture.flags & PKS_SCHEME_LOCAL_SLEEPS;
}

/**
 * torture_open() - kmap_local_page()
 * @ctx:	may sleep if that does under the scheme
 * @p:		the page
 */
void torture_open(struct torture_ctx *ctx, struct torture_page *p)
{
	if (torture_local_is_kmap())
		torture_begin_map(ctx, p);
	kmap_local_page(p->page);
	if (torture_local_is_kmap())
		torture_end_map(p);
	else
		ctx->depth++;
	torture_log(ctx, TORTURE_OPEN, p, TORTURE_MAY, true);
	torture_check_state(ctx);
}

/**
 * torture_close() - kunmap_local()
 * @ctx:	has opened it
 * @p:		what it opened last
 */
void torture_close(struct torture_ctx *ctx, struct torture_page *p)
{
	if (torture_local_is_kmap())
		torture_begin_unmap(ctx, p);
	kunmap_local(page_address(p->page));
	if (torture_local_is_kmap())
		torture_end_unmap(p);
	else
		ctx->depth--;
	torture_log(ctx, TORTURE_CLOSE, p, TORTURE_MAY, true);
	torture_check_state(ctx);
}

/**
 * torture_access() - an access to persistent memory begins, or ends
 * @ctx:	any
 *
 * What matters is the key: there need be no such memory.
 */
void torture_access(struct torture_ctx *ctx)
{
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	if (ctx->accesses)
		pks_pgmap_close();
	else
		pks_pgmap_open();
	ctx->accesses = !ctx->accesses;
	torture_log(ctx, ctx->accesses ? TORTURE_ACCESS : TORTURE_END, NULL, TORTURE_MAY, true);
	torture_check_state(ctx);
#endif
}

/**
 * torture_probe() - access a page, and judge what came of it
 * @ctx:	who
 * @p:		the page
 */
void torture_probe(struct torture_ctx *ctx, struct torture_page *p)
{
	bool write = torture_rnd(ctx->actor, 2), ok;
	u64 *addr = page_address(p->page), val = pks_expected(p->page);
	enum torture_verdict verdict;
	int changes, all_changes;

	changes = atomic_read(&p->changes);
	all_changes = atomic_read(&torture_domain(p)->changes);
	smp_mb(); /* pairs with torture_begin() */
	verdict = torture_expect(ctx, p);
	ok = write ? pks_write(addr, val) : pks_read(addr, &val);
	smp_mb(); /* pairs with torture_begin() */
	if (!torture_is_settled(ctx) &&
	    (changes != atomic_read(&p->changes) ||
	     all_changes != atomic_read(&torture_domain(p)->changes)))
		verdict = TORTURE_MAY;

	if (ok && torture.per_page && !ctx->depth) {
		ctx->granted = true;
		ctx->switches = torture_switches();
	}
	torture_log(ctx, write ? TORTURE_WRITE : TORTURE_READ, p, verdict, ok);
	if (verdict == TORTURE_MUST && !ok)
		torture_violation(ctx, p, "access", "that it works", "a denial");
	if (verdict == TORTURE_DENY && ok)
		torture_violation(ctx, p, "access", "a denial", "that it works");
	if (ok && val != pks_expected(p->page))
		torture_violation(ctx, p, "content", "what was written", "something else");
	torture_check_state(ctx);
}

struct torture_page *torture_any_page(struct torture_actor *actor)
{
	return &torture.page[torture_rnd(actor, TORTURE_PAGES)];
}

/* All is unmapped: nothing may be left. */
void torture_check_end(struct torture_ctx *ctx)
{
	int i;

	for (i = 0; i < TORTURE_PAGES; i++) {
		struct torture_page *p = &torture.page[i];
		int count = pks_unprotect_count(p->page);

		torture_check(ctx, !count, "unprotect count at the end", 0, count);
		torture_check(ctx, !atomic_read(&p->maybe), "mappings at the end", 0,
			      atomic_read(&p->maybe));
	}
}
