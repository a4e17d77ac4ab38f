/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PKS_TEST_H
#define _PKS_TEST_H

#include <linux/completion.h>
#include <linux/mm_types.h>
#include <linux/pks.h>
#include <linux/pks-kmap.h>
#ifdef CONFIG_PKS_COMPARE
#include <linux/pks-compare.h>
#endif
#include <linux/sched.h>
#include <linux/types.h>

#include "pks_test_uapi.h"

/* What a kernel without the feature does not define, and does not need. */
#ifdef CONFIG_PKS_KMAP
#define PKS_TEST_KEY		PKS_KEY_KMAP
#else
#define PKS_TEST_KEY		0
#endif
#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS
#define PKS_TEST_PKRS_DEFAULT	PKS_INIT_VALUE
#else
#define PKS_TEST_PKRS_DEFAULT	0
#endif

#ifdef CONFIG_PKS_COMPARE
static_assert(PKS_TEST_KMAP_SLEEPS == PKS_SCHEME_KMAP_SLEEPS);
static_assert(PKS_TEST_LOCAL_SLEEPS == PKS_SCHEME_LOCAL_SLEEPS);
#else
/* A kernel with nothing to compare with has one scheme, which sleeps nowhere. */
#define PKS_SCHEME_KMAP_SLEEPS	PKS_TEST_KMAP_SLEEPS
#define PKS_SCHEME_LOCAL_SLEEPS	PKS_TEST_LOCAL_SLEEPS

static inline bool pks_scheme_describe(unsigned int index, const char **name,
				       const char **desc, u32 *flags)
{
	if (index || !IS_ENABLED(CONFIG_PKS_KMAP))
		return false;
	*name = "page";
	*desc = "count per page, #PF grants access to who faults";
	*flags = 0;
	return true;
}

static inline u32 pks_scheme_flags(void)
{
	return 0;
}

static inline const char *pks_scheme_name(void)
{
	return "page";
}

static inline void pks_scheme_get(void) { }
static inline void pks_scheme_put(void) { }
#endif

struct pks_run;

/**
 * struct pks_pattern - one way of mapping, touching and unmapping a page
 * @name:	for userspace
 * @desc:	one line
 * @flags:	PKS_TEST_*
 * @begin:	before the first operation, or NULL
 * @op:	one operation; fills the phases of the sample that it has
 * @end:	after the last operation if @begin did not fail, or NULL
 *
 * All of them run in the ioctl, which cannot migrate unless PKS_TEST_MOVES is
 * set; they return 0 or a negative errno and leave nothing mapped, unless
 * PKS_TEST_HOLDS says so.
 */
struct pks_pattern {
	const char *name;
	const char *desc;
	u32 flags;
	int (*begin)(struct pks_run *run);
	int (*op)(struct pks_run *run, struct page *page,
		  struct pks_test_sample *sample);
	void (*end)(struct pks_run *run);
};

/* The patterns of one file; ends with an entry without a name. */
extern const struct pks_pattern pks_patterns_kmap[];
extern const struct pks_pattern pks_patterns_local[];
extern const struct pks_pattern pks_patterns_handoff[];
extern const struct pks_pattern pks_patterns_sched[];
extern const struct pks_pattern pks_patterns_stray[];
extern const struct pks_pattern pks_patterns_death[];
extern const struct pks_pattern pks_patterns_keys[];
extern const struct pks_pattern pks_patterns_life[];
extern const struct pks_pattern pks_patterns_memory[];
extern const struct pks_pattern pks_patterns_cost[];
extern const struct pks_pattern pks_patterns_tag[];
extern const struct pks_pattern pks_patterns_pmem[];

/**
 * struct pks_job - a function to run in some context
 * @fn:		the function; must not sleep unless the context may
 * @arg:	its argument
 * @done:	set by the context when it has run
 */
struct pks_job {
	void (*fn)(void *arg);
	void *arg;
	bool done;
};

/**
 * struct pks_context_type - where a job can run
 * @name:	for userspace
 * @desc:	one line
 * @flags:	PKS_TEST_*
 * @run:	runs the job there and waits for it
 */
struct pks_context_type {
	const char *name;
	const char *desc;
	u32 flags;
	int (*run)(struct pks_run *run, struct pks_job *job);
};

extern const struct pks_context_type pks_contexts[];
extern const unsigned int pks_nr_contexts;

/**
 * struct pks_pages - pages of one kind that a file descriptor owns
 * @page:	the pages
 * @nr:		how many
 * @protected:	whether they carry PKS_KEY_KMAP
 */
struct pks_pages {
	struct page **page;
	unsigned int nr;
	bool protected;
};

/**
 * struct pks_worker - a kernel thread that waits for jobs
 * @task:	NULL as long as none was needed
 * @cpu:	that it is bound to
 * @job:	what to do next
 * @finished:	it has been done
 */
struct pks_worker {
	struct task_struct *task;
	unsigned int cpu;
	struct pks_job *job;
	struct completion finished;
};

/**
 * struct pks_cache - protected pages in the page cache of a file
 * @file:	NULL as long as there are none
 * @page:	the first
 * @nr:		how many, side by side
 */
struct pks_cache {
	struct file *file;
	struct page *page;
	unsigned int nr;
};

/**
 * struct pks_session - what one open file descriptor has
 * @busy:	bit 0: an ioctl runs. Not a lock: a run may end in an oops, and
 *		the file must close after that
 * @pages:	ordinary pages, protected pages
 * @worker:	of the kthread context
 * @cache:	of the patterns that want some
 */
struct pks_session {
	unsigned long busy;
	struct pks_pages pages[2];
	struct pks_worker worker;
	struct pks_cache cache;
};

/**
 * struct pks_run - one PKS_TEST_IOC_RUN
 * @file:	the open device
 * @session:	of @file
 * @uapi:	what userspace asked for and gets
 * @pattern:	the pattern
 * @context:	the context
 * @pages:	of @session, the kind asked for
 * @cpu:	that the other context runs on
 * @partner:	thread that takes turns with the caller, if the pattern has one
 * @turn:	whose turn it is
 * @private:	of the pattern, between its begin and its end
 */
struct pks_run {
	struct file *file;
	struct pks_session *session;
	struct pks_test_run uapi;
	const struct pks_pattern *pattern;
	const struct pks_context_type *context;
	struct pks_pages *pages;
	unsigned int cpu;
	struct task_struct *partner;
	struct task_struct *turn;
	void *private;
};

/**
 * struct pks_touch - one access and what came of it
 * @run:	takes the tally
 * @page:	what is accessed
 * @local:	map it in the touching context first
 * @ticks:	of the access
 */
struct pks_touch {
	struct pks_run *run;
	struct page *page;
	bool local;
	u64 ticks;
};

/* In the mapping of the device: the first touch of which page is preempted, and does not sleep */
#define PKS_PREEMPTED_PAGE	1

/* access.c */
u64 pks_ticks(void);
u32 pks_read_pkrs(void);
unsigned int pks_depth(void);
void pks_get_counts(struct pks_test_counts *counts);
void pks_sub_counts(struct pks_test_counts *counts,
		    const struct pks_test_counts *after,
		    const struct pks_test_counts *before);
u64 pks_expected(struct page *page);
bool pks_read(const u64 *addr, u64 *val);
bool pks_write(u64 *addr, u64 val);
bool pks_fill(void *addr, u8 byte, unsigned long bytes);
bool pks_copy(void *addr, const void *from, unsigned long bytes);
bool pks_can_read(const u64 *addr);
void pks_nap(void);
void pks_switch_away(void);
void pks_be_preempted(void);
int pks_key_of(const void *addr);
bool pks_wait_for_no_key(struct page *page);
void pks_touch(void *touch);
u64 pks_touch_here(struct pks_run *run, struct page *page);
int pks_touch_there(struct pks_run *run, struct pks_touch *touch);
void pks_check(struct pks_run *run, bool ok, const char *what);

/* pages.c */
int pks_get_pages(struct pks_pages *pages, unsigned int nr);
void pks_put_pages(struct pks_pages *pages);
unsigned int pks_count_pages(struct pks_pages *pages);

/* contexts.c */
void pks_no_job(void *unused);
void pks_stop_worker(struct pks_worker *worker);

/* exceptions.c */
int pks_init_exceptions(void);
void pks_exit_exceptions(void);
struct pt_regs *pks_pending_regs(void);
int pks_run_nmi(struct pks_run *run, struct pks_job *job);
int pks_run_remote_nmi(struct pks_run *run, struct pks_job *job);
int pks_run_exception(struct pks_run *run, struct pks_job *job);
int pks_run_debug(struct pks_run *run, struct pks_job *job);
#ifdef CONFIG_OPTPROBES
int pks_run_warn(struct pks_run *run, struct pks_job *job);
#endif
int pks_run_breakpoint(struct pks_run *run, struct pks_job *job);

/* pattern-memory.c */
void pks_drop_cache(struct pks_session *session);

/* steps.c */
int pks_steps(struct pks_test_steps *uapi);

/* block.c */
int pks_init_block(void);
void pks_exit_block(void);

#endif /* _PKS_TEST_H */
