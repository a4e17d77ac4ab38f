// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads of userspace that wake each other in turn, through pipes or through
 * a futex, on one CPU or on two. A sample is one turn there and back.
 */
#include <errno.h>
#include <error.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "ping-pong.h"

/* Whose turn it is; each thread waits for its own number. */
enum turn {
	PING,
	PONG,
	NR_TURNS,
};

/**
 * struct game - two threads and how they wake each other
 * @pass:	let the other one go on
 * @wait:	until the other one has let us
 * @pipe:	a pipe for each thread to wait at
 * @turn:	the futex
 * @rounds:	how often
 * @cpu:	that the second thread runs on
 * @error:	of the second thread
 */
struct game {
	int (*pass)(struct game *game, enum turn to);
	int (*wait)(struct game *game, enum turn self);
	int pipe[NR_TURNS][2];
	int turn;
	unsigned int rounds;
	int cpu;
	int error;
};

static int pass_pipe(struct game *game, enum turn to)
{
	return write(game->pipe[to][1], "", 1) == 1 ? 0 : -EIO;
}

static int wait_pipe(struct game *game, enum turn self)
{
	char byte;

	return read(game->pipe[self][0], &byte, 1) == 1 ? 0 : -EIO;
}

static int pass_futex(struct game *game, enum turn to)
{
	__atomic_store_n(&game->turn, to, __ATOMIC_RELEASE);
	return syscall(SYS_futex, &game->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL,
		       0) < 0 ? -errno : 0;
}

static int wait_futex(struct game *game, enum turn self)
{
	int turn;

	while ((turn = __atomic_load_n(&game->turn, __ATOMIC_ACQUIRE)) != (int)self) {
		if (syscall(SYS_futex, &game->turn, FUTEX_WAIT_PRIVATE, turn,
			    NULL, NULL, 0) < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return 0;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static void *pong(void *arg)
{
	struct game *game = arg;
	unsigned int i;

	/* The other one may give up while we wait in the kernel. */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	game->error = pin(game->cpu);
	/* It plays all the same: the other one must not wait for ever. */
	for (i = 0; i < game->rounds; i++) {
		if (game->wait(game, PONG) || game->pass(game, PING))
			game->error = -EIO;
	}
	return NULL;
}

static int ping(struct game *game, struct bench_case *c)
{
	__u64 begin;
	int ret = 0;

	while (c->run.done < game->rounds && !ret) {
		begin = __rdtsc();
		ret = game->pass(game, PONG);
		if (!ret)
			ret = game->wait(game, PING);
		c->samples[c->run.done++].touch = __rdtsc() - begin;
	}
	c->run.nsamples = c->run.done;
	return ret;
}

static int play(struct game *game, struct bench_case *c)
{
	pthread_t thread;
	int ret;

	game->rounds = c->run.repeat;
	game->cpu = c->step->elsewhere ? c->run.cpu : sched_getcpu();
	ret = pthread_create(&thread, NULL, pong, game);
	if (!ret) {
		ret = ping(game, c);
		if (ret)
			pthread_cancel(thread);
		pthread_join(thread, NULL);
		ret = ret ? ret : game->error;
	}
	if (ret)
		error(0, abs(ret), "%s: two threads that wake each other", c->step->name);
	return ret < 0 ? ret : -ret;
}

/**
 * ping_pong_pipe() - through two pipes
 * @c:	takes the samples; run.repeat says how many, run.cpu where the other one
 *	runs if the step has it elsewhere
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int ping_pong_pipe(struct bench_case *c)
{
	struct game game = { .pass = pass_pipe, .wait = wait_pipe };
	unsigned int i, nr = 0;
	int ret = 0;

	while (nr < NR_TURNS && !ret) {
		if (pipe(game.pipe[nr])) {
			ret = -errno;
			error(0, errno, "pipe");
		} else {
			nr++;
		}
	}
	if (!ret)
		ret = play(&game, c);
	for (i = 0; i < nr; i++) {
		close(game.pipe[i][0]);
		close(game.pipe[i][1]);
	}
	return ret;
}

/**
 * ping_pong_futex() - through one futex
 * @c:	as for ping_pong_pipe()
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int ping_pong_futex(struct bench_case *c)
{
	struct game game = { .pass = pass_futex, .wait = wait_futex };

	return play(&game, c);
}
