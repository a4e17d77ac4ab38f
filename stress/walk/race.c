// SPDX-License-Identifier: GPL-2.0
/*
 * Two CPUs: one is stopped at each instruction of what it does, the other does
 * something to the same page meanwhile, from its beginning to its end.
 *
 * The other cannot come to its end where it has to wait for the stopped one, be it
 * for a lock or for the answer to an interrupt: then the stopped one goes on after a
 * while, and both run at once.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/set_memory.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/smp.h>

#include "../../drivers/pks_test/compat.h"
#include "../../drivers/pks_test/pks_test.h"
#include "walk.h"

/* Looks at the other CPU before the one that is stopped goes on */
#define WALK_PATIENCE	300

/* Turns that it has before, to go to sleep */
#define WALK_REST	50

/* Looks at the other CPU, outside of a window, before this one goes to sleep */
#define WALK_SPIN	100000

/**
 * struct walk_racer - what one of the two does
 * @deed:	from walk_deeds
 * @who:	for messages
 * @err:	what it was told
 * @ok:		what it read was right
 * @page:	of its own
 */
struct walk_racer {
	const struct walk_deed *deed;
	const char *who;
	int err;
	bool ok;
	struct page *page;
};

/**
 * struct walk_deed - something that can race with others, and with itself
 * @name:	in the output
 * @begin:	before; NULL where nothing is to be done
 * @op:		the deed; it may sleep
 * @end:	says what must be true now, and undoes it all
 * @last:	its end is after that of the other one, whose page may have no key yet
 */
struct walk_deed {
	const char *name;
	bool last;
	void (*begin)(struct walk_racer *racer);
	void (*op)(struct walk_racer *racer);
	void (*end)(struct walk_racer *racer);
};

/* Whatever the other one does, who has mapped a page can read it. */
static void walk_race_read(struct walk_racer *racer)
{
	u64 val;

	racer->ok = pks_read(page_address(walk_page), &val) && val == pks_expected(walk_page);
}

static void walk_race_expect_read(struct walk_racer *racer)
{
	walk_expect(racer->ok, "%s: cannot read the page that it has mapped", racer->who);
}

static void walk_race_kmap(struct walk_racer *racer)
{
	kmap(walk_page);
}

static void walk_race_kunmap(struct walk_racer *racer)
{
	kunmap(walk_page);
}

static void walk_race_end_kmap(struct walk_racer *racer)
{
	walk_race_read(racer);
	walk_race_expect_read(racer);
	walk_race_kunmap(racer);
}

static void walk_race_end_fault(struct walk_racer *racer)
{
	walk_race_expect_read(racer);
	walk_race_kunmap(racer);
}

static void walk_race_local(struct walk_racer *racer)
{
	void *addr = kmap_local_page(walk_page);

	walk_race_read(racer);
	kunmap_local(addr);
}

/* Mapped, it keeps its key; else it has none until the other one has ended. */
static void walk_race_untag(struct walk_racer *racer)
{
	racer->err = set_memory_pkey((unsigned long)page_address(walk_page), 1, 0);
}

static void walk_race_end_untag(struct walk_racer *racer)
{
	walk_expect(!racer->err || racer->err == -EBUSY || racer->err == -ENOENT,
		    "%s: was told %d, expected 0, %d or %d", racer->who, racer->err, -EBUSY,
		    -ENOENT);
	/* Who comes second is told 0, too, and the one that ended first gave it back. */
	if (racer->err || pks_key_of(page_address(walk_page)))
		return;
	walk_race_read(racer);
	walk_expect(racer->ok, "%s: cannot read a page without a key", racer->who);
	racer->err = set_memory_pkey((unsigned long)page_address(walk_page), 1, PKS_KEY_KMAP);
	walk_expect(!racer->err, "%s: gets no key back: %d", racer->who, racer->err);
}

/* A neighbour gets a key, and is freed with it. */
static void walk_race_begin_tag(struct walk_racer *racer)
{
	racer->page = alloc_page(GFP_KERNEL);
	walk_expect(racer->page, "%s: no memory", racer->who);
}

static void walk_race_tag(struct walk_racer *racer)
{
	racer->err = racer->page ?
		     set_memory_pkey((unsigned long)page_address(racer->page), 1,
				     PKS_KEY_KMAP) : 0;
}

static void walk_race_free(struct walk_racer *racer)
{
	if (racer->page)
		__free_page(racer->page);
	racer->page = NULL;
}

static void walk_race_end_tag(struct walk_racer *racer)
{
	int pkey = racer->page ? pks_key_of(page_address(racer->page)) : PKS_KEY_KMAP;

	walk_expect(!racer->err && pkey == PKS_KEY_KMAP,
		    "%s: was told %d and got the key %d, expected 0 and %d", racer->who,
		    racer->err, pkey, PKS_KEY_KMAP);
	walk_race_free(racer);
}

static void walk_race_begin_free(struct walk_racer *racer)
{
	walk_race_begin_tag(racer);
	walk_race_tag(racer);
	walk_expect(!racer->err, "%s: gets no key: %d", racer->who, racer->err);
}

/* One of them closes the page, which is open until then, or about to be opened. */
static void walk_race_close(struct walk_racer *racer)
{
	racer->err = set_memory_pkey((unsigned long)page_address(walk_page), 1, PKS_KEY_KMAP);
}

static void walk_race_end_close(struct walk_racer *racer)
{
	walk_expect(!racer->err || racer->err == -EBUSY, "%s: was told %d, expected 0 or %d",
		    racer->who, racer->err, -EBUSY);
}

/* Of a page that is about to be closed: who comes before that has not mapped anything. */
static void walk_race_kmap_open(struct walk_racer *racer)
{
	bool closed = page_is_access_protected(walk_page);

	kmap(walk_page);
	racer->err = pks_unprotect_count(walk_page) ? 0 : -ENOENT;
	racer->ok = !closed || !racer->err;
}

static void walk_race_end_kmap_open(struct walk_racer *racer)
{
	walk_expect(racer->ok, "%s: has mapped a page that is being closed, and is not counted",
		    racer->who);
	if (!racer->err)
		walk_race_end_kmap(racer);
}

/* From the first mapping to the last one */
static void walk_race_pair(struct walk_racer *racer)
{
	kmap(walk_page);
	walk_race_read(racer);
	kunmap(walk_page);
}

static void walk_race_key(struct walk_racer *racer)
{
	pks_set_readwrite(PKS_KEY_TEST);
	pks_set_noaccess(PKS_KEY_TEST);
}

/*
 * Those before WALK_DO_ALL race with each other, and with themselves, the others as
 * walk_pairs says.
 */
enum walk_do {
	WALK_DO_KMAP,
	WALK_DO_KUNMAP,
	WALK_DO_FAULT,
	WALK_DO_LOCAL,
	WALK_DO_UNTAG,
	WALK_DO_TAG,
	WALK_DO_FREE,
	WALK_DO_KEY,
	WALK_DO_ALL,
	WALK_DO_CLOSE = WALK_DO_ALL,
	WALK_DO_CLOSE_AGAIN,
	WALK_DO_KMAP_OPEN,
	WALK_DO_PAIR,
};

static const struct walk_deed walk_deeds[] = {
	[WALK_DO_KMAP] = {
		.name = "kmap",
		.op = walk_race_kmap,
		.end = walk_race_end_kmap,
	},
	[WALK_DO_KUNMAP] = {
		.name = "kunmap",
		.begin = walk_race_kmap,
		.op = walk_race_kunmap,
	},
	[WALK_DO_FAULT] = {
		.name = "fault",
		.begin = walk_race_kmap,
		.op = walk_race_read,
		.end = walk_race_end_fault,
	},
	[WALK_DO_LOCAL] = {
		.name = "local",
		.op = walk_race_local,
		.end = walk_race_expect_read,
	},
	[WALK_DO_UNTAG] = {
		.name = "untag",
		.last = true,
		.op = walk_race_untag,
		.end = walk_race_end_untag,
	},
	[WALK_DO_TAG] = {
		.name = "tag",
		.begin = walk_race_begin_tag,
		.op = walk_race_tag,
		.end = walk_race_end_tag,
	},
	[WALK_DO_FREE] = {
		.name = "free",
		.begin = walk_race_begin_free,
		.op = walk_race_free,
	},
	[WALK_DO_KEY] = {
		.name = "key",
		.op = walk_race_key,
	},
	[WALK_DO_CLOSE] = {
		.name = "close",
		.begin = walk_race_untag,
		.op = walk_race_close,
		.end = walk_race_end_close,
	},
	[WALK_DO_CLOSE_AGAIN] = {
		.name = "close",
		.op = walk_race_close,
		.end = walk_race_end_close,
	},
	[WALK_DO_KMAP_OPEN] = {
		.name = "kmap",
		.op = walk_race_kmap_open,
		.end = walk_race_end_kmap_open,
	},
	[WALK_DO_PAIR] = {
		.name = "pair",
		.op = walk_race_pair,
		.end = walk_race_expect_read,
	},
};

static const enum walk_do walk_pairs[][2] = {
	{ WALK_DO_CLOSE,	WALK_DO_CLOSE },
	{ WALK_DO_CLOSE,	WALK_DO_KMAP_OPEN },
	{ WALK_DO_KMAP_OPEN,	WALK_DO_CLOSE },
	{ WALK_DO_CLOSE_AGAIN,	WALK_DO_UNTAG },
	{ WALK_DO_UNTAG,	WALK_DO_CLOSE_AGAIN },
	{ WALK_DO_PAIR,		WALK_DO_PAIR },
	{ WALK_DO_PAIR,		WALK_DO_KUNMAP },
	{ WALK_DO_KUNMAP,	WALK_DO_PAIR },
};

/* Who is stopped, and who is not */
static struct walk_racer walk_stopped = { .who = "the one that is stopped" };
static struct walk_racer walk_other = { .who = "the one that is not" };

/* How far the other one is, and how far it may go */
enum walk_stage {
	WALK_ASLEEP,
	WALK_BEGUN,
	WALK_DONE,
	WALK_ENDED,
};

static enum walk_stage walk_stage, walk_allowed;
static unsigned int walk_through;
static struct task_struct *walk_other_task;

static void walk_do(struct walk_racer *racer, void (*fn)(struct walk_racer *racer))
{
	if (fn)
		fn(racer);
}

static void walk_reach(enum walk_stage stage)
{
	/* pairs with walk_has_reached(): what was done is seen */
	smp_store_release(&walk_stage, stage);
}

static bool walk_has_reached(enum walk_stage wanted)
{
	/* pairs with walk_reach() */
	return smp_load_acquire(&walk_stage) >= wanted;
}

/*
 * The other one may itself wait for a thread of this CPU, a kworker say, which does not
 * get it from the walker before that has slept.
 */
static void walk_await(enum walk_stage wanted)
{
	unsigned int i;

	for (i = 0; !walk_has_reached(wanted); i++) {
		if (i < WALK_SPIN)
			cpu_relax();
		else
			schedule_timeout_uninterruptible(1);
	}
}

/* The emulator's CPUs take turns: one that waits must take none, or it takes time. */
static void walk_await_leave(enum walk_stage wanted)
{
	for (;;) {
		local_irq_disable();
		/* pairs with walk_allow() */
		if (smp_load_acquire(&walk_allowed) >= wanted)
			break;
		raw_safe_halt();
		cond_resched();
	}
	local_irq_enable();
}

/* Also from an NMI, which may have come between the two writes that an IPI takes */
static void walk_allow(enum walk_stage stage)
{
	u32 icr2 = native_apic_mem_read(APIC_ICR2);

	/* pairs with walk_await_leave(): what was done here is seen there */
	smp_store_release(&walk_allowed, stage);
	arch_smp_send_reschedule(1);
	native_apic_mem_write(APIC_ICR2, icr2);
}

static int walk_other_fn(void *unused)
{
	for (;;) {
		walk_await_leave(WALK_BEGUN);
		if (kthread_should_stop())
			return 0;
		walk_do(&walk_other, walk_other.deed->begin);
		walk_reach(WALK_BEGUN);
		walk_await_leave(WALK_DONE);
		walk_other.deed->op(&walk_other);
		walk_reach(WALK_DONE);
		walk_await_leave(WALK_ENDED);
		walk_do(&walk_other, walk_other.deed->end);
		WRITE_ONCE(walk_allowed, WALK_ASLEEP);
		walk_reach(WALK_ENDED);
	}
}

/**
 * walk_settle() - the other CPU comes to rest
 *
 * While that executes anything, time passes that is none of this CPU's instructions.
 */
void walk_settle(void)
{
	int i;

	for (i = 0; i < WALK_REST && walk_other_task; i++)
		cpu_relax();
}

/**
 * walk_race_stop() - this CPU stops, and the other one does what it has to do
 *
 * Context: any; an NMI, or a thread that preempts
 */
void walk_race_stop(void)
{
	int i;

	walk_allow(WALK_DONE);
	for (i = 0; i < WALK_PATIENCE; i++) {
		if (walk_has_reached(WALK_DONE)) {
			walk_through++;
			return;
		}
		cpu_relax();
	}
}

static void walk_race_begin(void)
{
	WRITE_ONCE(walk_stage, WALK_ASLEEP);
	walk_allow(WALK_BEGUN);
	walk_await(WALK_BEGUN);
	walk_do(&walk_stopped, walk_stopped.deed->begin);
}

static void walk_race_op(void)
{
	walk_stopped.deed->op(&walk_stopped);
}

static void walk_race_expect_closed(void)
{
	unsigned long addr = (unsigned long)page_address(walk_page);
	u64 val;

	/* What was granted goes with a switch, or with the next mapping. */
	kunmap_local(kmap_local_page(walk_closed));
	walk_expect(!pks_unprotect_count(walk_page), "unprotect count %d, expected 0",
		    pks_unprotect_count(walk_page));
	walk_expect(pks_key_of((void *)addr) == PKS_KEY_KMAP, "key %d, expected %d",
		    pks_key_of((void *)addr), PKS_KEY_KMAP);
	walk_expect(page_is_access_protected(walk_page), "the page has lost its flag");
	walk_expect(!pks_read((u64 *)addr, &val), "reads a page that nobody has mapped");
}

static void walk_race_end(void)
{
	walk_allow(WALK_DONE);
	walk_await(WALK_DONE);
	if (!walk_stopped.deed->last)
		walk_do(&walk_stopped, walk_stopped.deed->end);
	walk_allow(WALK_ENDED);
	walk_await(WALK_ENDED);
	if (walk_stopped.deed->last)
		walk_do(&walk_stopped, walk_stopped.deed->end);
	walk_race_expect_closed();
}

static char walk_race_name[32];

static const struct walk_window walk_race_window = {
	.name = walk_race_name,
	.begin = walk_race_begin,
	.op = walk_race_op,
	.end = walk_race_end,
};

/**
 * walk_race() - the two deeds of a race
 * @number:	of the race, from 0
 *
 * Return: the window of the one that is stopped; NULL: there is no such race
 */
const struct walk_window *walk_race(unsigned int number)
{
	unsigned int others = number - WALK_DO_ALL * WALK_DO_ALL;

	if (number < WALK_DO_ALL * WALK_DO_ALL) {
		walk_stopped.deed = &walk_deeds[number / WALK_DO_ALL];
		walk_other.deed = &walk_deeds[number % WALK_DO_ALL];
	} else if (others < ARRAY_SIZE(walk_pairs)) {
		walk_stopped.deed = &walk_deeds[walk_pairs[others][0]];
		walk_other.deed = &walk_deeds[walk_pairs[others][1]];
	} else {
		return NULL;
	}
	snprintf(walk_race_name, sizeof(walk_race_name), "%s/%s", walk_stopped.deed->name,
		 walk_other.deed->name);
	walk_through = 0;
	return &walk_race_window;
}

/**
 * walk_races_through() - how often the other one came to its end at once
 *
 * Return: the number, since walk_race()
 */
unsigned int walk_races_through(void)
{
	return walk_through;
}

int walk_init_race(void)
{
	if (num_online_cpus() < 2)
		return 0;
	walk_other_task = kthread_run_on_cpu(walk_other_fn, NULL, 1, "pks_race/%u");
	return PTR_ERR_OR_ZERO(walk_other_task);
}

void walk_exit_race(void)
{
	if (!walk_other_task)
		return;
	WRITE_ONCE(walk_allowed, WALK_ENDED);
	kthread_stop(walk_other_task);
}
