// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the windows in which this feature can break, and interrupts each at
 * every instruction. Reading pks_walk/walk in debugfs does it, and gives a result
 * of KTAP for each window of the scheme that is in use; pks_walk/pairs interrupts
 * each twice, the second time by an NMI amid the first. Somebody has to read
 * pks_walk/user meanwhile, for the window that ends in user mode; pks_walk/names has
 * the names of all windows.
 */
#define pr_fmt(fmt) "pks_walk: " fmt

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "../../drivers/pks_test/pks_test.h"
#include "walk.h"

#define WALK_POINTS_MAX	32768
/* So many instructions later no window is under way any more. */
#define WALK_NEVER	((unsigned int)BIT(20))
/* Instructions of a window at which it need not be interrupted twice */
#define WALK_LOST	2
/* Runs of a point until it is interrupted where the first pass was */
#define WALK_TRIES	20
/* Walks of a window that took another way in the middle of it */
#define WALK_WALKS	3
/* Ticks within which whoever was preempted on another CPU runs again */
#define WALK_BACK	250

/**
 * struct walk_point - an instruction of the window, in order of execution
 * @ip:		where
 * @irqs:	interrupts are on before it
 */
struct walk_point {
	unsigned long ip;
	bool irqs;
};

/**
 * struct walk_tally - what came of the points of one kind
 * @hit:	interrupted before this very instruction
 * @deferred:	interrupted later, as interrupts or NMIs were off; with
 *		WALK_PREEMPT: interrupted here, preempted later
 * @missed:	not interrupted here in WALK_TRIES runs
 */
struct walk_tally {
	unsigned int hit;
	unsigned int deferred;
	unsigned int missed;
};

/* A tally for each kind, of which WALK_LOOK stays empty */
struct walk_tallies {
	struct walk_tally of[WALK_PREEMPT + 1];
};

/**
 * struct walk_pairs - two interruptions, the second an NMI amid the first
 * @all:	an instruction of a window, and one of what interrupts it there
 * @wanted:	of these, those that were tried
 * @walked:	of these, those that came
 * @lost:	instructions where none of them did
 * @points:	where the first came, of all windows
 */
struct walk_pairs {
	unsigned long all;
	unsigned long wanted;
	unsigned long walked;
	unsigned int lost;
	unsigned int points;
};

static unsigned int walk_stride = 1;
module_param_named(stride, walk_stride, uint, 0400);
MODULE_PARM_DESC(stride, "one instruction in so many is where a window is interrupted twice, or races");

static char *walk_only;
module_param_named(window, walk_only, charp, 0400);
MODULE_PARM_DESC(window, "the only one that is walked");

static struct walk_point *walk_points;
static unsigned int walk_nr_points;
static unsigned int walk_first;		/* ticks of the first of them */

/* Of a window that is a mere call: what there is of that in each */
static unsigned int walk_empty_points, walk_empty_race;

/* The files */
enum walk_what {
	WALK_ONCE,
	WALK_TWICE,
	WALK_RACES,
};

/**
 * struct walk_text - an open file
 * @next:	window
 * @number:	of those that were walked
 * @what:	is done to them
 * @ended:	there are no more
 * @len:	of @line
 * @line:	what the next read returns
 */
struct walk_text {
	unsigned int next;
	unsigned int number;
	enum walk_what what;
	bool ended;
	unsigned int len;
	char line[1024];
};

/* One at a time */
static DEFINE_MUTEX(walk_mutex);

static __printf(2, 3) void walk_print(struct walk_text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text->len += vscnprintf(text->line + text->len, sizeof(text->line) - text->len,
				fmt, args);
	va_end(args);
}

/* What a window must not change, whatever it does */
struct walk_state {
	int preempt;
	long saves;
	int count;
};

static void walk_get_state(struct walk_state *state)
{
	struct pks_counters sum;
	unsigned long flags;

	/* An interrupt counts while the counters are read. */
	local_irq_save(flags);
	pks_sum_counters(&sum);
	local_irq_restore(flags);
	state->preempt = preempt_count();
	state->saves = sum.saves - sum.restores;
	state->count = pks_unprotect_count(walk_page) + pks_unprotect_count(walk_closed);
}

/*
 * On another CPU a thread may have been preempted in an interrupt, by one that has an
 * interrupt itself: both are put back once they run. What is lost is not, however long
 * one waits.
 */
static void walk_await_saves(const struct walk_state *before, struct walk_state *after)
{
	int i;

	for (i = 0; i < WALK_BACK && after->saves > before->saves; i++) {
		schedule_timeout_uninterruptible(1);
		walk_get_state(after);
	}
}

static void walk_check_state(const struct walk_state *before)
{
	struct walk_state after;

	walk_get_state(&after);
	if (!walk_now.violations)
		walk_await_saves(before, &after);
	walk_expect(after.preempt == before->preempt, "preempt_count() 0x%x, expected 0x%x",
		    after.preempt, before->preempt);
	/* Fewer: a #PF of some program slept when the window began, and has ended. */
	walk_expect(after.saves <= before->saves,
		    "%ld contexts put aside and not put back", after.saves - before->saves);
	walk_expect(after.count == before->count, "unprotect counts %d, expected %d",
		    after.count, before->count);
	walk_expect_context("the walker afterwards", PKS_INIT_VALUE, 0, 0);
}

static struct walk_state walk_before;

static void walk_begin(void)
{
	walk_get_state(&walk_before);
	if (walk_now.window->begin)
		walk_now.window->begin();
}

static void walk_end(void)
{
	if (walk_now.window->end)
		walk_now.window->end();
	walk_check_state(&walk_before);
}

/* The return to user mode: who reads "pks_walk/user" does it, a byte a return. */
static DECLARE_WAIT_QUEUE_HEAD(walk_user_wait);
static unsigned int walk_user_ticks;	/* asked for, not yet begun */
static unsigned int walk_user_then;
static bool walk_user_left;		/* begun, not yet back */
static struct walk_hit walk_user_hit;

static ssize_t walk_user_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	unsigned int ticks;

	if (walk_user_left) {
		walk_disarm(&walk_user_hit);
		walk_end();
		walk_user_left = false;
		wake_up(&walk_user_wait);
	}
	if (!size || put_user('.', buf))
		return -EFAULT;
	if (wait_event_interruptible(walk_user_wait, walk_user_ticks))
		return -ERESTARTSYS;
	walk_user_left = true;
	ticks = walk_user_ticks;
	walk_user_ticks = 0;
	walk_begin();
	walk_arm(walk_now.kind, ticks, walk_user_then);
	return 1;
}

static void walk_user_run(unsigned int ticks, unsigned int then, struct walk_hit *hit)
{
	walk_user_then = then;
	walk_user_ticks = ticks;
	wake_up(&walk_user_wait);
	if (!wait_event_timeout(walk_user_wait, !walk_user_ticks && !walk_user_left, HZ)) {
		walk_user_ticks = 0;
		walk_expect(false, "nobody reads pks_walk/user");
	}
	*hit = walk_user_hit;
}

/*
 * One run of the window, interrupted @ticks after the timer started, and if there is
 * @then, again as many later.
 */
static void walk_run(enum walk_kind kind, unsigned int ticks, unsigned int then,
		     struct walk_hit *hit)
{
	walk_now.kind = kind;
	walk_now.at = ticks - walk_first;
	walk_now.then = then == WALK_NEVER ? 0 : then;
	if (!walk_now.window->op) {
		walk_user_run(ticks, then, hit);
		return;
	}
	walk_begin();
	walk_settle();
	walk_strike(kind, ticks, then, walk_now.window->op, hit);
	walk_end();
}

static bool walk_is_same(const struct walk_hit *one, const struct walk_hit *other)
{
	return one->ip == other->ip && one->irqs == other->irqs &&
	       one->inside == other->inside;
}

/*
 * Now and then a timer or the scheduler takes another way, and the same time is
 * another instruction: what two runs of three agree on is taken.
 */
static int walk_look(unsigned int ticks, struct walk_hit *hit)
{
	struct walk_hit last[2] = { };
	int i;

	for (i = 0; i < WALK_TRIES; i++) {
		walk_run(WALK_LOOK, ticks, 0, hit);
		if ((i > 0 && walk_is_same(hit, &last[0])) ||
		    (i > 1 && walk_is_same(hit, &last[1])))
			return 0;
		last[1] = last[0];
		last[0] = *hit;
	}
	return -EAGAIN;
}

/* The first pass finds the instructions of the window. */
static int walk_find_points(void)
{
	struct walk_hit hit;
	unsigned int ticks;
	int err;

	walk_nr_points = 0;
	walk_first = 1;
	for (ticks = 1; walk_nr_points < WALK_POINTS_MAX; ticks++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = walk_look(ticks, &hit);
		if (err)
			return err;
		if (hit.inside) {
			if (!walk_nr_points)
				walk_first = ticks;
			walk_points[walk_nr_points++] = (struct walk_point){
				.ip = hit.ip,
				.irqs = hit.irqs,
			};
		} else if (walk_nr_points) {
			return 0;
		} else if (!hit.came) {
			walk_expect(false, "the timer does not interrupt");
			return -EIO;
		}
	}
	walk_expect(false, "more than %u instructions", WALK_POINTS_MAX);
	return -E2BIG;
}

/* One that goes on where it was, any number of times */
static bool walk_repeats(unsigned long ip)
{
	u8 code[2];

	if (copy_from_kernel_nofault(code, (void *)ip, sizeof(code)))
		return false;
	return code[0] == 0xf2 || code[0] == 0xf3;
}

/* Interrupted later than asked for, if nothing else was executed meanwhile */
static bool walk_is_late(unsigned int i)
{
	return i && walk_points[i].ip == walk_points[i - 1].ip &&
	       !walk_repeats(walk_points[i].ip);
}

/* STI holds interrupts off until the instruction after the next. */
static bool walk_takes_irq(unsigned int i)
{
	return walk_points[i].irqs && (!i || walk_points[i - 1].irqs);
}

/* Whether a run was interrupted before the instruction @i */
static bool walk_is_here(unsigned int i, const struct walk_hit *hit)
{
	return hit->came && hit->inside && hit->ip == walk_points[i].ip;
}

/* Counts a hit, or says that the point has to be run again */
static bool walk_judge(enum walk_kind kind, unsigned int i, const struct walk_hit *hit,
		       unsigned long intrusions, struct walk_tally *tally)
{
	if (kind == WALK_NMI) {
		if (!walk_is_here(i, hit))
			return false;
		if (walk_is_late(i))
			tally->deferred++;
		else
			tally->hit++;
		return true;
	}
	if (!walk_takes_irq(i)) {
		tally->deferred += hit->came;
		return hit->came;
	}
	if (!walk_is_here(i, hit))
		return false;
	if (kind == WALK_IRQ) {
		tally->hit++;
		return true;
	}
	walk_expect(intrusions, "the thread of higher priority did not run");
	if (hit->preemptible && hit->victim->nivcsw != hit->switches)
		tally->hit++;
	else
		tally->deferred++;
	return true;
}

/*
 * An interrupt that comes while interrupts are off is pending, and nothing else:
 * the first of such instructions in a row stands for them all.
 */
static bool walk_is_the_same(enum walk_kind kind, unsigned int i)
{
	return kind >= WALK_IRQ && i && !walk_takes_irq(i) && !walk_takes_irq(i - 1);
}

static int walk_pass(enum walk_kind kind, struct walk_tally *tally)
{
	struct walk_hit hit;
	unsigned long intrusions;
	unsigned int i;
	int tries;

	for (i = 0; i < walk_nr_points; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (walk_is_the_same(kind, i)) {
			tally->deferred++;
			continue;
		}
		for (tries = 0; tries < WALK_TRIES; tries++) {
			intrusions = walk_intrusions();
			walk_run(kind, walk_first + i, 0, &hit);
			if (walk_judge(kind, i, &hit, walk_intrusions() - intrusions, tally))
				break;
		}
		if (tries == WALK_TRIES) {
			tally->missed++;
			return -EAGAIN;
		}
	}
	return 0;
}

/* All kinds, at all points of a window. -EAGAIN: it takes another way by now. */
static int walk_all(struct walk_tallies *tallies)
{
	enum walk_kind kind;
	int err;

	*tallies = (struct walk_tallies){ };
	err = walk_find_points();
	for (kind = WALK_NMI; kind <= WALK_PREEMPT && !err; kind++)
		err = walk_pass(kind, &tallies->of[kind]);
	return err;
}

/* The instructions of the window, and of what interrupts it at @i: what two runs say */
static int walk_measure(enum walk_kind kind, unsigned int ticks, u64 *length)
{
	struct walk_hit hit;
	u64 last = 0;
	int i;

	for (i = 0; i < WALK_TRIES; i++) {
		walk_run(kind, ticks, WALK_NEVER, &hit);
		if (i && hit.length == last) {
			*length = last;
			return 0;
		}
		last = hit.length;
	}
	return -EAGAIN;
}

/* When the NMI came that was due @then instructions after the first interruption */
static u64 walk_pair(enum walk_kind kind, unsigned int i, unsigned int then)
{
	struct walk_hit hit;
	int tries;

	for (tries = 0; tries < WALK_TRIES; tries++) {
		walk_run(kind, walk_first + i, then, &hit);
		if (walk_is_here(i, &hit) && hit.second_at)
			return hit.second_at;
	}
	return 0;
}

/*
 * All between two times has been walked once the NMI came at the same time for
 * both: it had to wait until then. The NMI of @from came at @first, that of @to at
 * @last; 0 is none. Returns how many of those after @from did come.
 */
static unsigned int walk_between(enum walk_kind kind, unsigned int i, unsigned int from,
				 unsigned int to, u64 first, u64 last)
{
	unsigned int middle = from + (to - from) / 2;
	u64 at;

	if (to - from < 2 || first == last)
		return last ? to - from : 0;
	at = walk_pair(kind, i, middle);
	return walk_between(kind, i, from, middle, first, at) +
	       walk_between(kind, i, middle, to, at, last);
}

/* An NMI at each instruction of what interrupts the window at @i */
static int walk_pairs_of(enum walk_kind kind, unsigned int i, u64 quiet,
			 struct walk_pairs *pairs)
{
	unsigned int last, walked;
	u64 length, first;
	int err;

	err = walk_measure(kind, walk_first + i, &length);
	if (err)
		return err;
	last = max(length, quiet) - quiet;
	pairs->all += last;
	/* One at least */
	if (pairs->points++ % walk_stride && pairs->wanted)
		return 0;
	pairs->wanted += last;
	first = walk_pair(kind, i, 1);
	/* Where the window sends itself an NMI, the second timer may shift the first. */
	if (!first)
		return ++pairs->lost > WALK_LOST ? -EAGAIN : 0;
	walked = 1 + walk_between(kind, i, 1, last, first, walk_pair(kind, i, last));
	pairs->walked += walked;
	if (fatal_signal_pending(current))
		return -EINTR;
	/* A run that takes another way may end before its second interruption. */
	return walked < last / 20 * 19 ? -EAGAIN : 0;
}

/* Interrupts wait for the end of NMIs and of interrupts: the second is an NMI. */
static int walk_all_pairs(struct walk_pairs *pairs)
{
	unsigned int i;
	u64 quiet;
	int err;

	pairs->all = 0;
	pairs->wanted = 0;
	pairs->walked = 0;
	pairs->lost = 0;
	err = walk_find_points();
	if (!err)
		err = walk_measure(WALK_NMI, WALK_NEVER, &quiet);
	for (i = 0; i < walk_nr_points && !err; i++) {
		if (!walk_is_late(i))
			err = walk_pairs_of(WALK_NMI, i, quiet, pairs);
		if (!err && walk_takes_irq(i))
			err = walk_pairs_of(WALK_IRQ, i, quiet, pairs);
	}
	return err;
}

/* The longest of a few runs */
static unsigned int walk_race_length(void)
{
	struct walk_hit hit;
	u64 length = 0;
	int i;

	for (i = 0; i < WALK_WALKS; i++) {
		walk_run(WALK_LOOK, WALK_NEVER, 0, &hit);
		length = max(length, hit.length);
	}
	return length;
}

/*
 * No two runs are equally long: one that was not stopped may have been over before, or
 * not have begun. Else the timer is late.
 */
static bool walk_race_is_late(unsigned int ticks, const struct walk_hit *hit)
{
	return hit->length > ticks + walk_empty_race && ticks > walk_empty_race;
}

/*
 * Between the start of the timer and the window the other CPU may have its turn, for a
 * tick of its own, and the time passes there. A timer that is late is late again.
 */
static bool walk_race_run(enum walk_kind kind, unsigned int ticks, struct walk_hit *hit)
{
	int i;

	for (i = 0; i < WALK_TRIES; i++) {
		walk_run(kind, ticks, 0, hit);
		if (hit->came && hit->inside)
			return true;
		if (!walk_race_is_late(ticks, hit))
			return false;
	}
	walk_expect(false, "nothing stopped it in %llu instructions", hit->length);
	return false;
}

static int walk_race_pass(enum walk_kind kind, unsigned int length, unsigned int stride,
			  struct walk_tally *tally)
{
	struct walk_hit hit;
	unsigned int ticks;

	for (ticks = min(stride, length) / 2 + 1; ticks < length; ticks += stride) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!walk_race_run(kind, ticks, &hit))
			continue;
		if (kind == WALK_NMI || hit.victim->nivcsw != hit.switches)
			tally->hit++;
		else
			tally->deferred++;
	}
	return tally->hit ? 0 : -EAGAIN;
}

/*
 * What allocates memory, or looks for its place in a hash, takes another way each time:
 * it is stopped after one instruction, and after two, and so on, wherever that is.
 */
static int walk_all_of_race(struct walk_tallies *tallies)
{
	unsigned int length, stride = walk_stride;
	int err;

	walk_first = 0;
	length = walk_race_length();
	walk_nr_points = length - walk_empty_race;
	do {
		*tallies = (struct walk_tallies){ };
		err = walk_race_pass(WALK_NMI, length, stride, &tallies->of[WALK_NMI]) ?:
		      walk_race_pass(WALK_PREEMPT, length, stride, &tallies->of[WALK_PREEMPT]);
		/* A few instructions may all be such that it has to wait there. */
		stride /= 2;
	} while (!err && stride && !walk_races_through());
	walk_expect(err || walk_races_through(), "the other one always had to wait");
	return err;
}

/* What the clock says of a window that nothing interrupts: the usual of 9 runs */
static unsigned int walk_length(void)
{
	u64 length[9];
	int i, j, n, most = 0;
	u64 usual = 0;

	for (i = 0; i < ARRAY_SIZE(length); i++) {
		walk_begin();
		length[i] = walk_count(walk_now.window->op);
		walk_end();
		for (n = 0, j = 0; j <= i; j++)
			n += length[j] == length[i];
		if (n > most) {
			most = n;
			usual = length[i];
		}
	}
	return usual;
}

static void walk_nothing(void)
{
}

static const struct walk_window walk_empty = { .op = walk_nothing };

/* Points and clock of a window that is a mere call: what belongs to neither */
static unsigned int walk_empty_length;

/* Instructions of a byte each */
#define WALK_SLED	512
static noinline void walk_sled(void)
{
	asm volatile(".rept " __stringify(WALK_SLED) "; nop; .endr");
}

static const struct walk_window walk_sled_window = { .op = walk_sled };

/*
 * Where the second timer comes if it is asked to come when the first does: so far
 * apart are their starts.
 */
static int walk_find_skew(void)
{
	struct walk_hit first, second;
	int err;

	walk_now.window = &walk_sled_window;
	walk_skew = 0;
	err = walk_look(WALK_SLED / 2, &first);
	if (err)
		return err;
	/* The first timer never: so long before it, the second comes at the same time. */
	walk_run(WALK_LOOK, WALK_NEVER, WALK_SLED / 2 - WALK_NEVER, &second);
	walk_expect(first.inside && second.second_at, "the second timer does not interrupt");
	walk_skew = first.ip - walk_now.second_ip;
	return walk_now.violations ? -EIO : 0;
}

static int walk_calibrate(void)
{
	int err;

	walk_now.window = &walk_empty;
	walk_now.violations = 0;
	walk_length();
	walk_empty_length = walk_length();
	err = walk_find_points();
	walk_empty_points = walk_nr_points;
	walk_empty_race = walk_race_length() - walk_nr_points;
	return err ?: walk_find_skew();
}

/* The clock must agree that these were all instructions. */
static void walk_check_length(void)
{
	unsigned int length;

	if (!walk_now.window->op)
		return;
	length = walk_length() - walk_empty_length + walk_empty_points;
	walk_expect(length == walk_nr_points, "%u points in a window of %u instructions",
		    walk_nr_points, length);
	walk_expect(walk_nr_points > walk_empty_points, "the window is empty");
}

static void walk_report(struct walk_text *text, const char *name)
{
	if (walk_now.violations)
		walk_print(text, "# %s: %s\n# %s: %u violations in all\n", name,
			   walk_now.violation, name, walk_now.violations);
	walk_print(text, "%s %u %-20s # %5u instructions: ",
		   walk_now.violations ? "not ok" : "ok", ++text->number, name,
		   walk_nr_points);
}

static void walk_report_all(struct walk_text *text, const struct walk_tallies *tallies)
{
	const struct walk_tally *nmi = &tallies->of[WALK_NMI];
	const struct walk_tally *irq = &tallies->of[WALK_IRQ];
	const struct walk_tally *preempt = &tallies->of[WALK_PREEMPT];

	walk_report(text, walk_now.window->name);
	walk_print(text, "NMI %5u hit %5u deferred; interrupt %5u hit %5u deferred; ",
		   nmi->hit, nmi->deferred, irq->hit, irq->deferred);
	walk_print(text, "%5u preempted %5u later\n", preempt->hit, preempt->deferred);
}

static void walk_report_pairs(struct walk_text *text, const struct walk_pairs *pairs)
{
	walk_report(text, walk_now.window->name);
	walk_print(text, "%lu pairs of %lu\n", pairs->walked, pairs->all);
}

static void walk_report_race(struct walk_text *text, const struct walk_tallies *tallies)
{
	const struct walk_tally *preempt = &tallies->of[WALK_PREEMPT];

	walk_report(text, walk_now.window->name);
	walk_print(text, "stopped %5u, preempted %5u; %5u times the other one came to its end\n",
		   tallies->of[WALK_NMI].hit, preempt->hit, walk_races_through());
}

static int walk_one(struct walk_text *text, const struct walk_window *window)
{
	struct walk_tallies tallies;
	static struct walk_pairs pairs;
	int err, walks = 0;

	walk_now.window = window;
	walk_now.violations = 0;
	if (window->op)
		walk_length();	/* what happens the first time only has happened */
	do {
		err = text->what == WALK_ONCE ? walk_all(&tallies) :
		      text->what == WALK_TWICE ? walk_all_pairs(&pairs) :
						 walk_all_of_race(&tallies);
	} while (err == -EAGAIN && ++walks < WALK_WALKS);
	if (err == -EINTR)
		return err;
	walk_expect(!err, "not the same way in %d runs, nor interrupted where it was asked to be",
		    WALK_TRIES);
	switch (text->what) {
	case WALK_ONCE:
		walk_check_length();
		walk_report_all(text, &tallies);
		break;
	case WALK_TWICE:
		walk_report_pairs(text, &pairs);
		break;
	case WALK_RACES:
		walk_report_race(text, &tallies);
		break;
	}
	return 0;
}

/* Only windows of the scheme that is in use */
static bool walk_is_wanted(const struct walk_window *window)
{
	if (walk_only && strcmp(walk_only, window->name))
		return false;
	return window->global == !!(pks_scheme_flags() & PKS_SCHEME_KMAP_SLEEPS);
}

static int walk_step_race(struct walk_text *text)
{
	const struct walk_window *race;

	do {
		race = walk_race(text->next++);
	} while (race && walk_only && strcmp(walk_only, race->name));
	if (race)
		return walk_one(text, race);
	if (!text->ended)
		walk_print(text, "1..%u\n", text->number);
	text->ended = true;
	return 0;
}

static int walk_step(struct walk_text *text)
{
	if (walk_racing)
		return walk_step_race(text);
	while (text->next < walk_nr_windows && !walk_is_wanted(&walk_windows[text->next]))
		text->next++;
	if (text->next < walk_nr_windows)
		return walk_one(text, &walk_windows[text->next++]);
	if (!text->ended)
		walk_print(text, "1..%u\n", text->number);
	text->ended = true;
	return 0;
}

/* A window a read, so that one sees how far it is */
static ssize_t walk_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct walk_text *text = file->private_data;
	unsigned int len;
	int err;

	if (size < sizeof(text->line))
		return -EINVAL;
	if (mutex_lock_interruptible(&walk_mutex))
		return -EINTR;
	sched_set_fifo_low(current);
	walk_racing = text->what == WALK_RACES;
	err = walk_step(text);
	sched_set_normal(current, 0);
	mutex_unlock(&walk_mutex);
	if (err)
		return err;
	len = text->len;
	text->len = 0;
	return copy_to_user(buf, text->line, len) ? -EFAULT : len;
}

static int walk_open(struct inode *inode, struct file *file)
{
	struct walk_text *text = kzalloc(sizeof(*text), GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	mutex_lock(&walk_mutex);
	walk_racing = false;
	/* Whose timer it is; the other CPU is for races */
	err = set_cpus_allowed_ptr(current, cpumask_of(0)) ?: walk_calibrate();
	mutex_unlock(&walk_mutex);
	if (err) {
		pr_err("calibration: %s\n", walk_now.violation);
		kfree(text);
		return err;
	}
	text->what = (unsigned long)inode->i_private;
	file->private_data = text;
	return 0;
}

/* What there is by name: races with two CPUs, else the windows of all schemes */
static int walk_names_show(struct seq_file *m, void *unused)
{
	const struct walk_window *race;
	unsigned int i;

	if (num_online_cpus() == 1) {
		for (i = 0; i < walk_nr_windows; i++)
			seq_printf(m, "%s\n", walk_windows[i].name);
		return 0;
	}
	mutex_lock(&walk_mutex);
	for (i = 0; (race = walk_race(i)); i++)
		seq_printf(m, "%s\n", race->name);
	mutex_unlock(&walk_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(walk_names);

static const struct file_operations walk_user_fops = {
	.owner = THIS_MODULE,
	.read = walk_user_read,
};

static int walk_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations walk_fops = {
	.owner = THIS_MODULE,
	.open = walk_open,
	.read = walk_read,
	.release = walk_release,
};

static struct pks_pages walk_pages = { .protected = true };
static struct dentry *walk_dir;

static int __init walk_init(void)
{
	int err;

	if (!pks_available())
		return -EOPNOTSUPP;
	if (!walk_stride) {
		pr_err("stride=0 is not good, use a number from 1\n");
		return -EINVAL;
	}
	walk_points = vcalloc(WALK_POINTS_MAX, sizeof(*walk_points));
	if (!walk_points)
		return -ENOMEM;
	err = pks_get_pages(&walk_pages, 2);
	if (err)
		goto pages;
	walk_closed = walk_pages.page[0];
	walk_page = walk_pages.page[1];
	err = walk_init_windows();
	if (err)
		goto pages;
	err = walk_init_race();
	if (err)
		goto windows;
	err = walk_init_second();
	if (err)
		goto race;
	err = walk_init_strike();
	if (err)
		goto second;
	walk_dir = debugfs_create_dir("pks_walk", NULL);
	if (num_online_cpus() == 1) {
		debugfs_create_file("walk", 0400, walk_dir, (void *)WALK_ONCE, &walk_fops);
		debugfs_create_file("pairs", 0400, walk_dir, (void *)WALK_TWICE, &walk_fops);
	} else {
		debugfs_create_file("races", 0400, walk_dir, (void *)WALK_RACES, &walk_fops);
	}
	debugfs_create_file("user", 0400, walk_dir, NULL, &walk_user_fops);
	debugfs_create_file("names", 0400, walk_dir, NULL, &walk_names_fops);
	return 0;

second:
	walk_exit_second();
race:
	walk_exit_race();
windows:
	walk_exit_windows();
pages:
	pks_put_pages(&walk_pages);
	vfree(walk_points);
	return err;
}

static void __exit walk_exit(void)
{
	debugfs_remove(walk_dir);
	walk_exit_strike();
	walk_exit_second();
	walk_exit_race();
	walk_exit_windows();
	pks_put_pages(&walk_pages);
	vfree(walk_points);
}

module_init(walk_init);
module_exit(walk_exit);
MODULE_DESCRIPTION("Interrupts what changes PKRS at each of its instructions");
MODULE_LICENSE("GPL");
