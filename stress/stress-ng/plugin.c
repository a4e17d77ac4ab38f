// SPDX-License-Identifier: GPL-2.0
/*
 * Methods of stress-ng's plugin stressor: one for each pattern of the driver.
 *
 * stress-ng calls what is named stress_* in a process that has no capabilities
 * left, again and again. It takes no notice of what becomes of that process. So
 * the devices are opened when the plug-in is loaded, and a check that fails ends
 * the stressor, which is the parent, by a signal: that counts as a failure.
 *
 * methods.h has a METHOD(name) for each pattern. It is made from the list of the
 * driver that was loaded then, and must agree with the one that is loaded now.
 */
#include <errno.h>
#include <error.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "choice.h"
#include "driver.h"
#include "expect.h"

/* Processes that can run at the same time: each has a file descriptor of its own. */
#define SESSIONS	64
#define CONTEXTS_MAX	64
#define SCHEMES_MAX	16

/* What patterns make the kernel warn of: PKS itself, bits of no right, CR4 */
#define WARNINGS	"pks: |asm/pkeys\\.h|pinned CR4 bits changed"

#define METHOD(name)	METHOD_##name,
enum method_index {
#include "methods.h"
	METHODS,
};
#undef METHOD

#define METHOD(name)	[METHOD_##name] = #name,
static const char * const method_names[METHODS] = {
#include "methods.h"
};
#undef METHOD

/**
 * struct shared - what all processes of stress-ng have in common
 * @owner:	the process that uses the session
 * @turn:	calls of the method: decides about context and CPU
 * @runs:	calls that the driver did not refuse
 * @warning:	some process has announced a warning
 * @used:	contexts in which something ran
 */
struct shared {
	pid_t owner[SESSIONS];
	unsigned int turn[METHODS];
	unsigned long runs[METHODS];
	bool warning;
	unsigned long used[CONTEXTS_MAX];
};

static struct shared *shared;
static struct driver sessions[SESSIONS];
static struct pks_test_item patterns[METHODS];
static struct pks_test_item contexts[CONTEXTS_MAX];
static struct pks_test_item schemes[SCHEMES_MAX];
static unsigned int nr_contexts, nr_schemes;
static pid_t loader;

/* One line, and the stressor has failed. */
__attribute__((format(printf, 2, 3)))
static int fail(const struct pks_test_item *pattern, const char *fmt, ...)
{
	pid_t stressor = getppid();
	va_list args;
	char text[256];

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error(0, 0, "plug-in: %s: %s", pattern->name, text);
	if (stressor == 1 || stressor == loader)
		exit(EXIT_FAILURE);
	kill(stressor, SIGTRAP);
	return -1;
}

static bool owner_is_gone(pid_t owner)
{
	return !owner || (kill(owner, 0) && errno == ESRCH);
}

/* The session of this process, which it keeps until it ends */
static const struct driver *my_session(void)
{
	static const struct driver *mine;
	static pid_t self;
	unsigned int i;
	pid_t owner;

	if (self == getpid())
		return mine;
	self = getpid();
	mine = NULL;
	for (i = 0; i < SESSIONS && !mine; i++) {
		owner = __atomic_load_n(&shared->owner[i], __ATOMIC_RELAXED);
		if (owner_is_gone(owner) &&
		    __atomic_compare_exchange_n(&shared->owner[i], &owner, self, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			mine = &sessions[i];
	}
	return mine;
}

static const struct pks_test_item *scheme_now(void)
{
	char name[PKS_TEST_NAME_MAX];
	unsigned int i;

	if (choice_get(CHOICE_SCHEME, name))
		return NULL;
	for (i = 0; i < nr_schemes; i++)
		if (!strcmp(schemes[i].name, name))
			return &schemes[i];
	return NULL;
}

/*
 * Can a page be open although nobody has opened it? Others run beside us, and the
 * schemes that open a key for everyone open all pages with one. Not so "page", and
 * the one that works on page tables.
 */
static bool may_be_open(const struct pks_test_item *scheme)
{
	return strcmp(scheme->name, "page") &&
	       !(scheme->flags & PKS_TEST_LOCAL_SLEEPS);
}

/* The checks inside the kernel are of keys that nobody else has a hand in. */
static bool wrong_counts(const struct pks_test_item *pattern,
			 const struct pks_test_item *scheme)
{
	return !may_be_open(scheme) &&
	       !((pattern->flags & PKS_TEST_SELF_CHECK) &&
		 (scheme->flags & PKS_TEST_LOCAL_SLEEPS));
}

static int check_access(const struct pks_test_item *pattern,
			const struct pks_test_item *scheme,
			const struct pks_test_run *run)
{
	/* Not so where the context is the caller itself, who has it mapped. */
	bool own = !run->context && (pattern->flags & PKS_TEST_LOCAL);
	bool denied = pattern->flags & PKS_TEST_EXPECT_DENIED;
	bool both = pattern->flags & PKS_TEST_SOME_DENIED;

	if (run->wrong && wrong_counts(pattern, scheme))
		return fail(pattern, "scheme %s, context %s: expected nothing wrong, came %llu",
			    scheme->name, contexts[run->context].name, run->wrong);
	if (denied && !own && run->touched && !may_be_open(scheme))
		return fail(pattern, "scheme %s, context %s: expected every access to be denied, %llu went through",
			    scheme->name, contexts[run->context].name, run->touched);
	if (!denied && !both && run->denied)
		return fail(pattern, "scheme %s, context %s: expected no access to be denied, came %llu",
			    scheme->name, contexts[run->context].name, run->denied);
	return 0;
}

/* A kmap_local mapping that is held is the caller's, until this returned. */
static bool holds_local(const struct pks_test_item *pattern)
{
	return pattern->flags & PKS_TEST_HOLDS && pattern->flags & PKS_TEST_LOCAL;
}

/* What has to be so under every scheme, whatever else runs */
static int check_state(const struct driver *drv, const struct pks_test_item *pattern,
		       const struct pks_test_run *run)
{
	__u32 key = 3u << (2 * drv->info.pkey);

	if (run->depth_after && !holds_local(pattern))
		return fail(pattern, "expected kmap_local depth 0 after it, came %u",
			    run->depth_after);
	if ((run->pkrs_after ^ drv->info.pkrs_default) & ~key)
		return fail(pattern, "expected PKRS 0x%08x after it, but for key %u, came 0x%08x",
			    drv->info.pkrs_default, drv->info.pkey, run->pkrs_after);
	if (run->count_after && !(pattern->flags & PKS_TEST_HOLDS))
		return fail(pattern, "expected no kmap() left over, came %u",
			    run->count_after);
	return 0;
}

/* A thread that has used no kmap() has no grant: its PKRS is the default. */
static int check_default(const struct driver *drv, const struct pks_test_item *pattern,
			 const struct pks_test_item *scheme,
			 const struct pks_test_run *run)
{
	if (may_be_open(scheme) || (scheme->flags & PKS_TEST_LOCAL_SLEEPS) ||
	    (pattern->flags & PKS_TEST_KMAP) || holds_local(pattern) ||
	    run->pkrs_after == drv->info.pkrs_default)
		return 0;
	return fail(pattern, "expected PKRS 0x%08x after it, came 0x%08x",
		    drv->info.pkrs_default, run->pkrs_after);
}

/* A right that is held is the thread's, and no page has to do with it. */
static bool holds_right(const struct pks_test_item *pattern)
{
	return pattern->flags & PKS_TEST_HOLDS &&
	       !(pattern->flags & (PKS_TEST_KMAP | PKS_TEST_LOCAL));
}

/* What @run left is judged without the right, which key_same takes back. */
static int give_back(const struct driver *drv, struct pks_test_run *run)
{
	struct pks_test_run same = { .repeat = 1, .pages = 1, .cpu = -1 };
	int ret = driver_choose(drv, &same, "key_same", NULL);

	if (!ret)
		ret = driver_run(drv, &same);
	run->pkrs_after = same.pkrs_after;
	return ret;
}

/* Whatever the session holds: pages that stay open are for one call alone. */
static int release(const struct driver *drv, const struct pks_test_run *held)
{
	struct pks_test_run run = {
		.repeat = held->count_after, .pages = held->pages, .cpu = -1,
	};
	int ret;

	if (!held->count_after)
		return 0;
	ret = driver_choose(drv, &run, "release", NULL);
	return ret ? ret : driver_run(drv, &run);
}

/*
 * Not here, not now, not on the only CPU, not the first CPU, which cannot be switched
 * off: nothing of that is the driver's fault.
 */
static bool is_refusal(const struct pks_test_run *run, int err)
{
	return err == -EOPNOTSUPP || err == -ENOMEM || err == -ENODEV ||
	       (err == -EPERM && run->cpu == 0) || (err == -EINVAL && run->cpu < 0);
}

static int check_run(const struct driver *drv, unsigned int method,
		     struct pks_test_run *run, int err)
{
	const struct pks_test_item *pattern = &patterns[method];
	const struct pks_test_item *scheme = scheme_now();

	if (is_refusal(run, err))
		return 0;
	if (err && err != -EINTR)
		return fail(pattern, "context %s, CPU %d: expected it to run, came %s",
			    contexts[run->context].name, run->cpu, strerror(-err));
	if (!scheme)
		return fail(pattern, "expected a scheme that the driver knows");
	if (run->done)
		__atomic_fetch_add(&shared->used[run->context], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared->runs[method], !!run->done, __ATOMIC_RELAXED);
	if (holds_right(pattern) && give_back(drv, run))
		return fail(pattern, "its right cannot be taken back");
	if (check_access(pattern, scheme, run) || check_state(drv, pattern, run) ||
	    check_default(drv, pattern, scheme, run))
		return -1;
	return release(drv, run) ? fail(pattern, "its pages cannot be released") : 0;
}

/* The next CPU of the set after @home, -1 if there is none */
static int other_cpu(const cpu_set_t *set, int home)
{
	int i, cpu;

	for (i = 1; i < CPU_SETSIZE; i++) {
		cpu = (home + i) % CPU_SETSIZE;
		if (CPU_ISSET(cpu, set))
			return cpu;
	}
	return -1;
}

/* Where the other context runs; the patterns without one may want a CPU, too. */
static bool wants_other(const struct pks_test_item *pattern,
			const struct pks_test_item *context, unsigned int turn)
{
	if (!(pattern->flags & PKS_TEST_ANY_CONTEXT))
		return true;
	if (context->flags & PKS_TEST_OTHER_CPU)
		return true;
	return context->index && (context->flags & PKS_TEST_SLEEPS) && turn % 2;
}

/* On one CPU, as another one than the caller's is what is asked for */
static int run_pinned(const struct driver *drv, struct pks_test_run *run)
{
	cpu_set_t all, one, now;
	int home, ret;

	if (sched_getaffinity(0, sizeof(all), &all))
		return -errno;
	home = sched_getcpu();
	run->cpu = other_cpu(&all, home);
	if (run->cpu < 0)
		return contexts[run->context].flags & PKS_TEST_OTHER_CPU ?
		       -EOPNOTSUPP : driver_run(drv, run);
	CPU_ZERO(&one);
	CPU_SET(home, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -ENODEV;
	ret = driver_run(drv, run);
	/* A pattern takes CPUs away: then the caller is where it was not to be. */
	if (ret == -EINVAL &&
	    (sched_getaffinity(0, sizeof(now), &now) || !CPU_EQUAL(&now, &one)))
		ret = -ENODEV;
	return sched_setaffinity(0, sizeof(all), &all) ? -errno : ret;
}

/* One call of a method, and the checks of what came of it */
static int run_once(enum method_index method)
{
	const struct pks_test_item *pattern = &patterns[method];
	const struct driver *drv = my_session();
	/* Not all methods begin with the same context: one round has them all. */
	unsigned int turn = method + __atomic_fetch_add(&shared->turn[method], 1,
							__ATOMIC_RELAXED);
	struct pks_test_run run = {
		.pattern = pattern->index, .cpu = -1, .repeat = 1, .pages = 1,
		.flags = turn & 1 ? PKS_TEST_RUN_WRITE : 0,
	};
	int ret;

	if (!drv)
		return fail(pattern, "expected at most %d processes, all sessions are taken",
			    SESSIONS);
	if (pattern->flags & PKS_TEST_ANY_CONTEXT)
		run.context = turn % nr_contexts;
	if (wants_other(pattern, &contexts[run.context], turn / nr_contexts))
		ret = run_pinned(drv, &run);
	else
		ret = driver_run(drv, &run);
	return check_run(drv, method, &run, ret);
}

/*
 * What the kernel may warn of is announced to whoever watches the log, by one process
 * at a time; others go on. A warning comes once, and not in every context: it is not
 * asked for.
 */
static int run_warning(enum method_index method)
{
	int ret;

	if (__atomic_test_and_set(&shared->warning, __ATOMIC_ACQUIRE))
		return 0;
	ret = allow_splats(WARNINGS);
	if (!ret || ret == -ENOENT)
		ret = run_once(method);
	else
		ret = fail(&patterns[method], "a warning cannot be announced: %s",
			   strerror(-ret));
	expect_end();
	__atomic_clear(&shared->warning, __ATOMIC_RELEASE);
	return ret;
}

/* What was begun must come to its end: no signal in between. */
static int stress(enum method_index method)
{
	bool warn = patterns[method].flags & PKS_TEST_WARNS;
	sigset_t all, before;
	int ret;

	if (!warn && !(patterns[method].flags & PKS_TEST_HOLDS))
		return run_once(method);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = warn ? run_warning(method) : run_once(method);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

#define METHOD(name)			\
	int stress_##name(void);	\
	int stress_##name(void)		\
	{				\
		return stress(METHOD_##name);	\
	}
#include "methods.h"

/* The driver's list and the methods must be the same, in whatever order. */
static int match_methods(const struct driver *drv)
{
	struct pks_test_item item;
	unsigned int i, m;

	for (i = 0; !driver_item(drv, PKS_TEST_PATTERNS, i, &item); i++) {
		if (item.flags & PKS_TEST_FATAL)
			continue;
		for (m = 0; m < METHODS && strcmp(method_names[m], item.name); m++)
			;
		if (m == METHODS) {
			error(0, 0, "plug-in: the driver has a pattern \"%s\", which has no method here: build the plug-in anew",
			      item.name);
			return -EINVAL;
		}
		patterns[m] = item;
	}
	for (m = 0; m < METHODS; m++)
		if (!patterns[m].size) {
			error(0, 0, "plug-in: the driver has no pattern \"%s\" for this method: build the plug-in anew",
			      method_names[m]);
			return -EINVAL;
		}
	return 0;
}

static int prepare(void)
{
	int i, n;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	for (i = 0; i < SESSIONS; i++)
		if (driver_open(&sessions[i]))
			return -ENODEV;
	if (!driver_has_pks(&sessions[0])) {
		error(0, 0, "plug-in: this kernel runs without PKS: nothing to stress");
		return -EOPNOTSUPP;
	}
	n = driver_list(&sessions[0], PKS_TEST_CONTEXTS, contexts, CONTEXTS_MAX);
	if (n < 1)
		return -EPROTO;
	nr_contexts = n;
	n = driver_list(&sessions[0], PKS_TEST_SCHEMES, schemes, SCHEMES_MAX);
	if (n < 1)
		return -EPROTO;
	nr_schemes = n;
	return match_methods(&sessions[0]);
}

/* When it is loaded: before stress-ng has started, or given up, anything */
__attribute__((constructor))
static void begin(void)
{
	loader = getpid();
	if (prepare())
		_exit(EXIT_FAILURE);
}

static void print_unused(void)
{
	const char *before = "plug-in: refused each time:";
	unsigned int m;

	for (m = 0; m < METHODS; m++)
		if (shared->turn[m] && !shared->runs[m]) {
			fprintf(stderr, "%s %s", before, method_names[m]);
			before = "";
		}
	if (!*before)
		fputc('\n', stderr);
}

__attribute__((destructor))
static void end(void)
{
	unsigned long runs = 0, methods = 0, used = 0;
	unsigned int i;

	if (getpid() != loader)
		return;
	for (i = 0; i < METHODS; i++) {
		runs += shared->runs[i];
		methods += !!shared->runs[i];
	}
	for (i = 0; i < nr_contexts; i++)
		used += !!shared->used[i];
	print_unused();
	fprintf(stderr, "plug-in: %lu runs of %lu patterns in %lu contexts\n", runs,
		methods, used);
}
