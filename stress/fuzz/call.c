// SPDX-License-Identifier: GPL-2.0
/*
 * Makes one call, with whatever shall go on around it, and judges the answer:
 * an errno that the ABI does not know, or a state that no call may leave.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "choice.h"
#include "driver.h"
#include "file.h"
#include "fuzz.h"

#define PAGE		4096ul
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define FILES		3
#define LISTED_MAX	128
#define CONTEXTS_MAX	16
#define CHOICES_MAX	32
/* What a call may take when many are to be made, ns */
#define CHEAP		100000

/* Where the states of pages go: a page of them for each step */
static __u32 states[STEPS_MAX][PKS_TEST_SLOT_PAGES];
/* Four pages: writable, not mapped; read-only, closed. The end of the first counts. */
static char *memory;
static struct driver files[FILES];
static unsigned int nr_patterns;
static struct pks_test_item patterns[LISTED_MAX];
/* What is written to the files that choose */
static unsigned int nr_choices;
static char choices[CHOICES_MAX][PKS_TEST_NAME_MAX];
/* What a pattern took the last time in a context; before, as much as those that sleep */
static __u64 cost[LISTED_MAX][CONTEXTS_MAX];

/* The second thread: does what it is told, once */
static struct {
	sem_t go, done;
	bool close;
	int fd;
	__u32 cmd;
	void *arg;
} helper;

static void *help(void *unused)
{
	for (;;) {
		sem_wait(&helper.go);
		if (helper.close)
			close(helper.fd);
		else
			ioctl(helper.fd, helper.cmd, helper.arg);
		sem_post(&helper.done);
	}
	return unused;
}

static void on_signal(int sig)
{
	(void)sig;
}

static int read_patterns(const struct driver *drv)
{
	unsigned int i, k;
	int ret = driver_list(drv, PKS_TEST_PATTERNS, patterns, LISTED_MAX);

	if (ret < 1)
		return ret ? ret : -EPROTO;
	nr_patterns = ret;
	for (i = 0; i < nr_patterns; i++)
		for (k = 0; k < CONTEXTS_MAX; k++)
			cost[i][k] = 50 * CHEAP;
	return 0;
}

/* Names that the kernel has for its schemes and modes, and others */
static int read_choices(void)
{
	static const char * const bad[] = { "", "\n", "page\n", "no such thing", "pag" };
	static const char * const paths[] = { CHOICE_SCHEME, CHOICE_MODE };
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		ret = choice_list(paths[i], choices + nr_choices,
				  CHOICES_MAX - ARRAY_SIZE(bad) - nr_choices);
		if (ret < 0)
			return ret;
		nr_choices += ret;
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		snprintf(choices[nr_choices++], PKS_TEST_NAME_MAX, "%s", bad[i]);
	return 0;
}

static int map_memory(void)
{
	memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || munmap(memory + PAGE, PAGE) ||
	    mprotect(memory + 3 * PAGE, PAGE, PROT_NONE))
		return -errno;
	return 0;
}

int call_prepare(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t thread;
	int i, ret;

	for (i = 0; i < FILES; i++) {
		ret = driver_open(&files[i]);
		if (ret)
			return ret;
	}
	ret = read_patterns(&files[0]);
	if (!ret)
		ret = read_choices();
	if (!ret)
		ret = map_memory();
	if (ret)
		return ret;
	sigaction(SIGALRM, &sa, NULL);
	sem_init(&helper.go, 0, 0);
	sem_init(&helper.done, 0, 0);
	return -pthread_create(&thread, NULL, help, NULL);
}

void call_end(void)
{
	int i;

	for (i = 0; i < FILES; i++)
		driver_close(&files[i]);
}

/*
 * A pointer to @len bytes of @body where that is possible; what follows them is the
 * rest of it, where there is room
 */
static void *place(enum place where, const void *body, __u32 len, __u32 room)
{
	char *at = memory + room;

	switch (where) {
	case PLACE_NULL:
		return NULL;
	case PLACE_UNALIGNED:
		at++;
		break;
	case PLACE_END:
		at = memory + PAGE - len;
		memcpy(at, body, len);
		return at;
	case PLACE_CROSSING:
		at = memory + PAGE - (len + 1) / 2;
		memcpy(at, body, (len + 1) / 2);
		return at;
	case PLACE_READONLY:
		at = memory + 2 * PAGE + room;
		mprotect(memory + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
		memcpy(at, body, BODY_MAX);
		mprotect(memory + 2 * PAGE, PAGE, PROT_READ);
		return at;
	case PLACE_CLOSED:
		return memory + 3 * PAGE;
	case PLACE_KERNEL:
		return (void *)0xffff888000001000ul;
	case PLACE_TOP:
		return (void *)-4l;
	default:
		break;
	}
	memcpy(at, body, BODY_MAX);
	return at;
}

/* Whatever size the number names: the driver goes by the one in the struct. */
static bool is_run(const struct input *in)
{
	return !((in->cmd ^ PKS_TEST_IOC_RUN) & ~IOCSIZE_MASK) && in->size >= 8;
}

static bool is_steps(const struct input *in)
{
	return !((in->cmd ^ PKS_TEST_IOC_STEPS) & ~IOCSIZE_MASK) && in->size >= 8;
}

static __u64 *cost_of(const struct pks_test_run *run)
{
	return &cost[run->pattern][run->context % CONTEXTS_MAX];
}

/*
 * The driver says which patterns kill, and the clock which are slow: those are
 * rare. Repeats are few unless a signal ends them.
 */
static void tame(struct input *in, struct random *r)
{
	struct pks_test_run *run = &in->run;
	__u64 ns;

	if (is_steps(in) && in->steps.nr > STEPS_MAX && in->steps.nr <= PKS_TEST_STEPS_MAX)
		in->steps.nr = STEPS_MAX;
	if (!is_run(in) || run->pattern >= nr_patterns)
		return;
	ns = *cost_of(run);
	if ((patterns[run->pattern].flags & PKS_TEST_FATAL) ||
	    (ns > CHEAP && random_below(r, 1 + ns / CHEAP)))
		run->pattern = 0;
	if (run->repeat > 4 && run->repeat <= PKS_TEST_REPEAT_MAX &&
	    (in->around != AROUND_SIGNAL || *cost_of(run) > CHEAP))
		run->repeat = 4;
	if (run->pages > 64 && run->pages <= PKS_TEST_PAGES_MAX && random_below(r, 256))
		run->pages = 64;
}

static void start_timer(__u32 us)
{
	struct itimerval timer = { .it_value.tv_usec = us };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void write_choice(const char *path, __u32 choice)
{
	const char *name = choices[choice % nr_choices];
	int ret = write_file(path, name);
	char text[256];

	if (ret == -ENOENT)
		return;
	if (ret && ret != -EBUSY && ret != -EINVAL && ret != -ENOMEM && ret != -EINTR)
		error(0, -ret, "%s: %s: an error that it may not give", path, name);
	ret = read_file(path, text, sizeof(text));
	if (ret)
		error(0, -ret, "%s: reading", path);
}

static void map_device(int fd, __u32 how)
{
	int prot = how & 4 ? PROT_READ : PROT_READ | PROT_WRITE;
	int flags = how & 8 ? MAP_SHARED : MAP_PRIVATE;
	size_t size = (1 + how % 3) * PAGE;
	char *at = mmap(NULL, size, prot, flags, fd, (how >> 4 & 3) * PAGE);

	if (at == MAP_FAILED)
		return;
	*(volatile char *)at;
	if (prot & PROT_WRITE)
		*(volatile char *)at = 1;
	munmap(at, size);
}

static void use_file(int fd, __u32 how)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	char byte = 0;

	if (read(fd, &byte, 1) >= 0 || write(fd, &byte, 1) >= 0 ||
	    lseek(fd, how, SEEK_SET) > 0)
		error(0, 0, "%s: expected neither read nor write nor seek to work", PKS_TEST_DEVICE);
	poll(&poll_fd, 1, 0);
}

static void set_fail(__u32 nth)
{
	char text[16];
	int ret;

	snprintf(text, sizeof(text), "%u", nth);
	ret = write_file("/proc/thread-self/fail-nth", text);
	if (ret && ret != -ENOENT)
		error(0, -ret, "/proc/thread-self/fail-nth");
}

/* A child that makes the call and, if need be, does not live to see its end */
static void call_in_child(int fd, __u32 cmd, void *arg, __u32 us, bool kill_it)
{
	struct timespec time = { .tv_nsec = us * 1000 };
	pid_t pid = fork();

	if (!pid) {
		ioctl(fd, cmd, arg);
		_exit(0);
	}
	if (pid < 0)
		return;
	if (kill_it) {
		nanosleep(&time, NULL);
		kill(pid, SIGKILL);
	}
	waitpid(pid, NULL, 0);
}

static void start_helper(int fd, __u32 cmd, void *arg, bool do_close)
{
	helper.fd = fd;
	helper.cmd = cmd;
	helper.arg = arg;
	helper.close = do_close;
	sem_post(&helper.go);
}

static void wait_for_helper(void)
{
	while (sem_wait(&helper.done) && errno == EINTR)
		;
}

static void begin_around(const struct input *in, int fd, void *arg)
{
	switch (in->around) {
	case AROUND_SIGNAL:
		start_timer(1 + in->extra);
		break;
	case AROUND_THREAD:
	case AROUND_CLOSE:
		start_helper(fd, in->cmd, arg, in->around == AROUND_CLOSE);
		break;
	case AROUND_FORK:
	case AROUND_KILL:
		call_in_child(fd, in->cmd, arg, in->extra % 2000,
			      in->around == AROUND_KILL);
		break;
	case AROUND_MMAP:
		map_device(fd, in->extra);
		break;
	case AROUND_SCHEME:
		write_choice(CHOICE_SCHEME, in->extra);
		break;
	case AROUND_MODE:
		write_choice(CHOICE_MODE, in->extra);
		break;
	case AROUND_FAIL:
		set_fail(1 + in->extra % 32);
		break;
	case AROUND_FILE:
		use_file(fd, in->extra);
		break;
	}
}

static void end_around(const struct input *in, struct driver *file)
{
	switch (in->around) {
	case AROUND_SIGNAL:
		start_timer(0);
		break;
	case AROUND_CLOSE:
		wait_for_helper();
		driver_open(file);
		break;
	case AROUND_THREAD:
		wait_for_helper();
		break;
	case AROUND_FAIL:
		set_fail(0);
		break;
	}
}

static bool errno_is_known(int err, enum around around)
{
	switch (err) {
	case 0:
	case EINVAL:
	case EFAULT:
	case ENOTTY:
	case E2BIG:
	case EOPNOTSUPP:
	case ENODEV:
	case EINTR:
	case EBUSY:
	case ENOMEM:
		return true;
	case EBADF:
		return around == AROUND_CLOSE;
	default:
		return false;
	}
}

static int fail(const struct input *in, const char *what, long long value)
{
	error(0, 0, "%s, came %lld; the input:", what, value);
	input_print(stderr, in);
	return -EPROTO;
}

/* @run is what the driver gave back, if it could. */
static int judge(const struct input *in, const struct pks_test_run *run, int err)
{
	__u32 flags = is_run(in) && in->run.pattern < nr_patterns ?
		      patterns[in->run.pattern].flags : 0;

	if (!errno_is_known(err, in->around))
		return fail(in, "expected an errno that the ABI has", err);
	if (err || !is_run(in) || in->size < sizeof(*run) || in->arg != PLACE_GOOD ||
	    in->around == AROUND_THREAD || in->around == AROUND_FORK ||
	    in->around == AROUND_KILL)
		return 0;
	if (run->done != in->run.repeat)
		return fail(in, "expected all operations done", run->done);
	if (run->nsamples > in->run.nsamples || run->nsamples > run->repeat)
		return fail(in, "expected no more samples than there is room for", run->nsamples);
	/* A mapping that is held, or left with a warning, is one of the caller's. */
	if (run->depth_after && !(flags & PKS_TEST_LOCAL &&
				  flags & (PKS_TEST_HOLDS | PKS_TEST_WARNS)))
		return fail(in, "expected kmap_local depth 0", run->depth_after);
	if (flags & PKS_TEST_HOLDS && flags & PKS_TEST_KMAP &&
	    !(in->run.flags & PKS_TEST_RUN_UNPROTECTED) && run->count_after < run->done)
		return fail(in, "expected the pages to be held", run->count_after);
	return 0;
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int call_make(struct shared *shared, struct random *r, const struct input *raw,
	      int *err)
{
	struct input in = *raw;
	__u64 begin;
	void *arg;
	struct driver *file;

	tame(&in, r);
	file = &files[random_below(r, FILES)];
	if (is_run(&in) && in.size >= 40)
		in.run.samples = (uintptr_t)place(in.samples, in.body, 96, 1024);
	if (is_steps(&in) && in.size >= 32) {
		in.steps.steps = (uintptr_t)place(in.samples, in.body, BODY_MAX, 1024) + STEPS_AT;
		in.steps.pages = (uintptr_t)states;
	}
	arg = place(in.arg, in.body, in.len, 0);

	begin_around(&in, file->fd, arg);
	kcov_reset();
	begin = now();
	*err = ioctl(file->fd, in.cmd, arg) ? errno : 0;
	begin = now() - begin;
	end_around(&in, file);

	__atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELAXED);
	if (!*err && is_run(&in)) {
		__atomic_fetch_add(&shared->ran, 1, __ATOMIC_RELAXED);
		if (in.run.pattern < nr_patterns && in.around == AROUND_NOTHING)
			*cost_of(&in.run) = begin;
	}
	if (file->fd < 0 || judge(&in, arg, *err))
		return -EPROTO;
	/* The session begins anew now and then, with what it had */
	if (!random_below(r, 512)) {
		driver_close(file);
		driver_open(file);
	}
	return 0;
}
