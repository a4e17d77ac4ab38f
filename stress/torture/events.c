// SPDX-License-Identifier: GPL-2.0
/*
 * Actors, and what they did: a hash over all of it, and the latest in full.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/siphash.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "torture.h"

#define TORTURE_ACTORS_MAX	512

/* Every actor since the module was loaded, in the order of their making */
static struct torture_actor *torture_actors[TORTURE_ACTORS_MAX];
static unsigned int torture_nr_actors;
static atomic_t torture_order;

static const char * const torture_ops[TORTURE_OPS] = {
	[TORTURE_ENTER]		= "enter",
	[TORTURE_LEAVE]		= "leave",
	[TORTURE_READ]		= "read",
	[TORTURE_WRITE]		= "write",
	[TORTURE_KMAP]		= "kmap",
	[TORTURE_KUNMAP]	= "kunmap",
	[TORTURE_OPEN]		= "kmap_local",
	[TORTURE_CLOSE]		= "kunmap_local",
	[TORTURE_ACCESS]	= "access",
	[TORTURE_END]		= "end of access",
	[TORTURE_GIVE]		= "give",
	[TORTURE_TAKE]		= "take",
	[TORTURE_SLEEP]		= "sleep",
	[TORTURE_MIGRATE]	= "migrate",
	[TORTURE_TAG]		= "set key",
	[TORTURE_FREE]		= "free",
	[TORTURE_BIRTH]		= "new thread",
};

/**
 * torture_init_actor() - someone new
 * @actor:	zeroed
 * @seed:	of all decisions that are made in this run
 * @fmt:	the name, which decides with the seed what the actor does
 *
 * Context: one at a time
 */
void torture_init_actor(struct torture_actor *actor, u64 seed, const char *fmt, ...)
{
	siphash_key_t key = { { seed, 0 } };
	va_list args;

	va_start(args, fmt);
	vsnprintf(actor->name, sizeof(actor->name), fmt, args);
	va_end(args);
	prandom_seed_state(&actor->rnd,
			   siphash(actor->name, strlen(actor->name), &key));
	if (!WARN_ON_ONCE(torture_nr_actors == TORTURE_ACTORS_MAX))
		torture_actors[torture_nr_actors++] = actor;
}

/* A number from 0 on that is below @below */
u32 torture_rnd(struct torture_actor *actor, u32 below)
{
	return prandom_u32_state(&actor->rnd) % below;
}

const char *torture_context_name(unsigned int where)
{
	switch (where) {
	case TORTURE_TIMER:	return "timer interrupt";
	case TORTURE_TASKLET:	return "tasklet";
	case TORTURE_NMI:	return "NMI from elsewhere";
	case TORTURE_PREEMPTOR:	return "preempting thread";
	case TORTURE_MORTAL:	return "new thread";
	default:		return pks_contexts[where].name;
	}
}

/**
 * torture_log() - an actor has done something
 * @ctx:	in which context
 * @op:		what
 * @p:		to which page, or NULL
 * @verdict:	of an access
 * @ok:		of an access
 *
 * Context: that of the actor, any
 */
void torture_log(struct torture_ctx *ctx, enum torture_op op,
		 struct torture_page *p, enum torture_verdict verdict, bool ok)
{
	struct torture_actor *actor = ctx->actor;
	struct torture_event event = {
		.ticks = pks_ticks(),
		.order = atomic_inc_return(&torture_order),
		.pkrs = pks_read_pkrs(),
		.depth = pks_depth(),
		.cpu = raw_smp_processor_id(),
		.op = op,
		.where = ctx->where,
		.page = p ? p->index : -1,
		.verdict = verdict,
		.ok = ok,
	};
	siphash_key_t key = { { actor->hash, 0 } };

	actor->hash = siphash(&event, sizeof(event), &key);
	key = (siphash_key_t){ { actor->order, 0 } };
	actor->order = siphash_1u32(event.order, &key);
	actor->last[actor->events++ % TORTURE_EVENTS] = event;
	if (op == TORTURE_READ || op == TORTURE_WRITE)
		actor->verdicts[verdict]++;
}

static const char *torture_outcome(const struct torture_event *event)
{
	static const char * const verdicts[TORTURE_VERDICTS][2] = {
		[TORTURE_MAY]	= { "denied, might", "done, might" },
		[TORTURE_MUST]	= { "DENIED, must work", "done, must" },
		[TORTURE_DENY]	= { "denied, must be", "DONE, must be denied" },
	};

	if (event->op != TORTURE_READ && event->op != TORTURE_WRITE)
		return "";
	return verdicts[event->verdict][event->ok];
}

/* The latest events of an actor, the latest last */
void torture_show_events(struct torture_actor *actor)
{
	u64 i = actor->events > TORTURE_EVENTS ? actor->events - TORTURE_EVENTS : 0;

	pr_alert("pks_torture: events of %s, %llu in all:\n", actor->name, actor->events);
	for (; i < actor->events; i++) {
		const struct torture_event *event = &actor->last[i % TORTURE_EVENTS];

		pr_alert("pks_torture:   #%u at %llu CPU %u %s: %s page %d pkrs 0x%08x depth %u %s\n",
			 event->order, event->ticks, event->cpu,
			 torture_context_name(event->where), torture_ops[event->op],
			 event->page, event->pkrs, event->depth,
			 torture_outcome(event));
	}
}

/**
 * torture_sum_actors() - what all of them did
 * @sum:	out: hashes, and sums of the counts
 */
void torture_sum_actors(struct torture_actor *sum)
{
	unsigned int i, verdict;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < torture_nr_actors; i++) {
		struct torture_actor *actor = torture_actors[i];
		siphash_key_t key = { { sum->hash, i } };

		sum->hash = siphash_1u64(actor->hash, &key);
		key = (siphash_key_t){ { sum->order, i } };
		sum->order = siphash_1u64(actor->order, &key);
		sum->events += READ_ONCE(actor->events);
		for (verdict = 0; verdict < TORTURE_VERDICTS; verdict++)
			sum->verdicts[verdict] += READ_ONCE(actor->verdicts[verdict]);
	}
}
