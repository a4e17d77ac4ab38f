// SPDX-License-Identifier: GPL-2.0
/*
 * lockstep: makes QEMU's instruction clock exact with more than one CPU.
 *
 * With -icount all CPUs take turns in one thread. QEMU's main loop runs in
 * another, and when it is late it works (advances the clock over idle time,
 * fires timers) while the CPUs have already gone on, or are about to: whose
 * turn is next then depends on how the host schedules the two threads. Run
 * with LD_PRELOAD, this lets the main loop go on only while the thread of the
 * CPUs waits for it, so that the two never run at the same time.
 *
 * QEMU waits for all CPUs to be idle in pthread_cond_wait(), ends that wait
 * with pthread_cond_broadcast(), and its main loop sleeps in ppoll().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For what a busy guest may wait for: nothing hangs, at worst it is slow. */
#define PATIENCE_SECONDS 10

static int (*real_wait)(pthread_cond_t *cond, pthread_mutex_t *mutex);
static int (*real_broadcast)(pthread_cond_t *cond);
static int (*real_ppoll)(struct pollfd *fds, nfds_t nr,
			 const struct timespec *timeout, const sigset_t *mask);

static atomic_int idle;
static _Atomic(pthread_cond_t *) idle_cond;

__attribute__((constructor))
static void look_up(void)
{
	/* the default versions, which dlsym() does not always prefer */
	real_wait = dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
	real_broadcast = dlvsym(RTLD_NEXT, "pthread_cond_broadcast", "GLIBC_2.3.2");
	if (!real_wait || !real_broadcast) {
		real_wait = dlsym(RTLD_NEXT, "pthread_cond_wait");
		real_broadcast = dlsym(RTLD_NEXT, "pthread_cond_broadcast");
	}
	real_ppoll = dlsym(RTLD_NEXT, "ppoll");
}

static bool in_main_thread(void)
{
	return syscall(SYS_gettid) == getpid();
}

static long futex(int op, int value, const struct timespec *timeout)
{
	return syscall(SYS_futex, &idle, op, value, timeout, NULL, 0);
}

/* Only the thread of the CPUs and, while it starts, the main thread get here. */
int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	int ret;

	if (in_main_thread())
		return real_wait(cond, mutex);
	idle_cond = cond;
	idle = 1;
	futex(FUTEX_WAKE_PRIVATE, 1, NULL);
	ret = real_wait(cond, mutex);
	idle = 0;
	return ret;
}

/* The CPUs go on from here, whenever the host lets their thread run. */
int pthread_cond_broadcast(pthread_cond_t *cond)
{
	if (cond == idle_cond)
		idle = 0;
	return real_broadcast(cond);
}

int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout,
	  const sigset_t *mask)
{
	const struct timespec patience = { .tv_sec = PATIENCE_SECONDS };
	int ret = real_ppoll(fds, nr, timeout, mask), saved = errno;

	if (!in_main_thread())
		return ret;
	while (!idle && idle_cond) {
		if (futex(FUTEX_WAIT_PRIVATE, 0, &patience) && errno != EAGAIN)
			break;
	}
	errno = saved;
	return ret;
}
