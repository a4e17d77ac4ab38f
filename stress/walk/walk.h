/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PKS_WALK_H
#define _PKS_WALK_H

#include <linux/memremap.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/types.h>

/**
 * struct walk_window - a stretch of code that is interrupted everywhere
 * @name:	in the output
 * @desc:	one line
 * @global:	for the schemes that change the key for everyone, and only those
 * @begin:	before; NULL where nothing is to be done
 * @op:		the window; NULL where that is the return to user mode of whoever
 *		reads "pks_walk/user", and all of this runs there
 * @end:	says with walk_expect() what must be true now, and undoes it all
 */
struct walk_window {
	const char *name;
	const char *desc;
	bool global;
	void (*begin)(void);
	void (*op)(void);
	void (*end)(void);
};

extern const struct walk_window walk_windows[];
extern const unsigned int walk_nr_windows;

/**
 * enum walk_kind - what interrupts the window
 * @WALK_LOOK:	an NMI that only notes where it came
 * @WALK_NMI:	an NMI
 * @WALK_IRQ:	a hard interrupt
 * @WALK_PREEMPT: a hard interrupt that wakes a thread of higher priority
 */
enum walk_kind {
	WALK_LOOK,
	WALK_NMI,
	WALK_IRQ,
	WALK_PREEMPT,
};

/**
 * struct walk_hit - one interruption
 * @ip:		what would have been executed next
 * @irqs:	interrupts were on
 * @inside:	the window had begun and not ended
 * @preemptible: the interrupted context could be preempted
 * @came:	there was one
 * @victim:	the task that was interrupted
 * @switches:	how often that had been preempted before
 * @second_at:	when an NMI came on top of it, in instructions; 0: none did
 * @length:	instructions of the window and of what interrupted it, and some more
 */
struct walk_hit {
	unsigned long ip;
	bool irqs;
	bool inside;
	bool preemptible;
	bool came;
	struct task_struct *victim;
	unsigned long switches;
	u64 second_at;
	u64 length;
};

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
#define WALK_PGMAP	(PKS_INIT_VALUE & ~PKR_PKEY_MASK(PKS_KEY_PGMAP_PROTECTION))
#endif

/* judge.c */

/**
 * struct walk_now - where the walk is, and the first thing that was wrong there
 * @window:	that is being walked
 * @kind:	of the interruption
 * @at:		before this instruction of the window
 * @then:	and by an NMI so many later; 0: not again
 * @ip:		where the interruption came
 * @second_ip:	and where the second one
 * @violations:	what was wrong since it was set to 0
 * @violation:	the first of that
 */
struct walk_now {
	const struct walk_window *window;
	enum walk_kind kind;
	unsigned int at;
	unsigned int then;
	unsigned long ip;
	unsigned long second_ip;
	unsigned int violations;
	char violation[512];
};

extern const char * const walk_kinds[];
/* Another CPU does something meanwhile */
extern bool walk_racing;
/* A page that is never mapped for longer than a probe, and one that windows map */
extern struct page *walk_closed, *walk_page;
extern struct walk_now walk_now;
__printf(2, 3) void walk_expect(bool ok, const char *fmt, ...);
void walk_expect_context(const char *who, u32 pkrs, unsigned int depth,
			 unsigned int granted);
void walk_probe(const char *who);
void walk_glance(const char *who);

/* strike.c */
int walk_init_strike(void);
void walk_exit_strike(void);
void walk_arm(enum walk_kind kind, unsigned int ticks, unsigned int then);
void walk_disarm(struct walk_hit *hit);
void walk_strike(enum walk_kind kind, unsigned int ticks, unsigned int then,
		 void (*op)(void), struct walk_hit *hit);
u64 walk_count(void (*op)(void));
unsigned long walk_intrusions(void);

/* second.c */
extern int walk_skew;
int walk_init_second(void);
void walk_exit_second(void);
void walk_second_arm(unsigned int after);
void walk_second_start(void);
bool walk_second_is_due(void);
void walk_second_disarm(void);

/* race.c */
int walk_init_race(void);
void walk_exit_race(void);
const struct walk_window *walk_race(unsigned int number);
void walk_race_stop(void);
void walk_settle(void);
unsigned int walk_races_through(void);

/* windows.c */
int walk_init_windows(void);
void walk_exit_windows(void);

#endif /* _PKS_WALK_H */
