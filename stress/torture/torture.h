/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many contexts map, touch, hand over and unmap the same pages in random order,
 * and an oracle knows of each access what must come of it.
 */
#ifndef _PKS_TORTURE_H
#define _PKS_TORTURE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include "pks_test.h"

#define TORTURE_PAGES		16
#define TORTURE_EVENTS		32

/* The key of persistent memory, which is opened by nothing but an access: 0, no key */
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
#define TORTURE_PGMAP_AD	PKR_AD_MASK(PKS_KEY_PGMAP_PROTECTION)
#else
#define TORTURE_PGMAP_AD	0
#endif

/**
 * enum torture_verdict - what must come of an access
 * @TORTURE_MAY:	either: a mapping comes or goes meanwhile, or the context
 *			may still hold what it was granted (R10)
 * @TORTURE_MUST:	it must work
 * @TORTURE_DENY:	it must be denied
 */
enum torture_verdict {
	TORTURE_MAY,
	TORTURE_MUST,
	TORTURE_DENY,
	TORTURE_VERDICTS,
};

enum torture_op {
	TORTURE_ENTER,
	TORTURE_LEAVE,
	TORTURE_READ,
	TORTURE_WRITE,
	TORTURE_KMAP,
	TORTURE_KUNMAP,
	TORTURE_OPEN,
	TORTURE_CLOSE,
	TORTURE_ACCESS,
	TORTURE_END,
	TORTURE_GIVE,
	TORTURE_TAKE,
	TORTURE_SLEEP,
	TORTURE_MIGRATE,
	TORTURE_TAG,
	TORTURE_FREE,
	TORTURE_BIRTH,
	TORTURE_OPS,
};

/**
 * struct torture_event - one thing that an actor did
 * @ticks:	when, by the TSC
 * @order:	its place among the events of all actors
 * @pkrs:	the register after it
 * @depth:	kmap_local mappings of the context after it
 * @cpu:	where
 * @op:		enum torture_op
 * @where:	index of the context, see torture_context_name()
 * @page:	index of the page, -1: none, or one of the actor's own
 * @verdict:	of an access: enum torture_verdict
 * @ok:		of an access: it went through
 */
struct torture_event {
	u64 ticks;
	u32 order;
	u32 pkrs;
	u16 depth;
	u16 cpu;
	u8 op;
	u8 where;
	s8 page;
	u8 verdict : 7;
	u8 ok : 1;
};

/**
 * struct torture_actor - someone who acts in a row
 * @name:	for reports
 * @rnd:	its decisions
 * @hash:	over its events, times included
 * @order:	over the places of its events among those of all actors
 * @events:	how many there were
 * @verdicts:	its accesses, by enum torture_verdict
 * @last:	its latest events, a ring
 */
struct torture_actor {
	char name[16];
	struct rnd_state rnd;
	u64 hash;
	u64 order;
	u64 events;
	u64 verdicts[TORTURE_VERDICTS];
	struct torture_event last[TORTURE_EVENTS];
};

/**
 * struct torture_page - the shadow of one page
 * @page:	the page
 * @index:	for reports
 * @sure:	kmap()s that have returned and whose kunmap() has not begun
 * @maybe:	kmap()s that have begun and whose kunmap() has not returned
 * @changes:	counts the beginnings: the same before and after an access means
 *		that neither count moved for it
 * @by:		who mapped or unmapped it last
 */
struct torture_page {
	struct page *page;
	int index;
	atomic_t sure;
	atomic_t maybe;
	atomic_t changes;
	struct torture_actor *by;
};

/**
 * struct torture_ctx - what the oracle knows of one execution context
 * @actor:	on whose behalf
 * @where:	index of the context
 * @thread:	can be switched away from, and loses its grant by that
 * @granted:	an access went through that may have been granted
 * @switches:	of the thread, when that was
 * @depth:	kmap_local mappings that it holds
 * @accesses:	it is amid an access to persistent memory
 * @preempt:	preempt_count() that every step has to leave
 */
struct torture_ctx {
	struct torture_actor *actor;
	unsigned int where;
	bool thread;
	bool granted;
	unsigned long switches;
	unsigned int depth;
	bool accesses;
	int preempt;
};

/**
 * struct torture_world - what holds for a phase
 * @page:	the pages that everyone knows
 * @all:	sums of their counts: for the schemes that open the key
 * @scheme:	name of the scheme
 * @mode:	name of the mode
 * @flags:	PKS_SCHEME_* of the scheme
 * @per_page:	the scheme is "page"
 * @open:	the scheme protects nothing
 * @strict:	kmap() opens nothing
 * @running:	contexts that nobody waits for may act
 * @lock:	held by whoever acts in a thread that nobody waits for
 */
struct torture_world {
	struct torture_page page[TORTURE_PAGES];
	struct torture_page all;
	char scheme[PKS_TEST_NAME_MAX];
	const char *mode;
	u32 flags;
	bool per_page;
	bool open;
	bool strict;
	bool running;
	/* of those who are not waited for, against the end */
	struct mutex lock;
};

extern struct torture_world torture;

/* Contexts beyond those of the driver */
enum {
	TORTURE_TIMER = 100,
	TORTURE_TASKLET,
	TORTURE_NMI,
	TORTURE_PREEMPTOR,
	TORTURE_MORTAL,
};

/* events.c */
void torture_init_actor(struct torture_actor *actor, u64 seed, const char *fmt, ...)
	__printf(3, 4);
void torture_forget_actors(void);
u32 torture_rnd(struct torture_actor *actor, u32 below);
void torture_log(struct torture_ctx *ctx, enum torture_op op,
		 struct torture_page *p, enum torture_verdict verdict, bool ok);
void torture_show_events(struct torture_actor *actor);
void torture_sum_actors(struct torture_actor *sum);
const char *torture_context_name(unsigned int where);

/* poke.c */
void torture_poke(struct torture_actor *actor);
bool torture_was_poked(void);

/* oracle.c */
void torture_enter(struct torture_ctx *ctx);
void torture_leave(struct torture_ctx *ctx);
void torture_kmap(struct torture_ctx *ctx, struct torture_page *p);
void torture_kunmap(struct torture_ctx *ctx, struct torture_page *p);
void torture_open(struct torture_ctx *ctx, struct torture_page *p);
void torture_close(struct torture_ctx *ctx, struct torture_page *p);
void torture_access(struct torture_ctx *ctx);
void torture_probe(struct torture_ctx *ctx, struct torture_page *p);
void torture_check(struct torture_ctx *ctx, bool ok, const char *what, long expected,
		   long came);
void torture_check_end(struct torture_ctx *ctx);
struct torture_page *torture_any_page(struct torture_actor *actor);
bool torture_has_failed(void);

/* worker.c */
void torture_visit(struct torture_actor *actor, unsigned int where, bool thread);
int torture_start_workers(unsigned int workers, unsigned long steps, u64 seed);
bool torture_workers_done(void);
void torture_stop_workers(void);
void torture_move_worker(struct torture_actor *actor);
void torture_free_workers(void);

/* disturb.c */
int torture_start_disturbing(u64 seed, unsigned int quantum);
void torture_stop_disturbing(void);

#endif /* _PKS_TORTURE_H */
