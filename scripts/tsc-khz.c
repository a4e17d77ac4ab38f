// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the rate of this machine's TSC in kHz. It is also the rate of a guest's
 * on the time clock, as QEMU passes the TSC through: a guest that has to find out
 * by itself, against timers that QEMU emulates, is wrong by any factor while the
 * host is busy. Prints nothing on a machine without a TSC.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>

#define TRIES	100

struct moment {
	uint64_t tsc;
	int64_t ns;
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Of several tries, the one that nothing came between */
static struct moment take_moment(void)
{
	int64_t before, after, shortest = INT64_MAX;
	struct moment best = {}, m;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = now();
		m.tsc = __rdtsc();
		after = now();
		m.ns = before + (after - before) / 2;
		if (after - before < shortest) {
			shortest = after - before;
			best = m;
		}
	}
	return best;
}

int main(void)
{
	const struct timespec wait = { .tv_nsec = 100000000 };
	struct moment a, b;

	a = take_moment();
	nanosleep(&wait, NULL);
	b = take_moment();
	printf("%.0f\n", (double)(b.tsc - a.tsc) * 1e6 / (double)(b.ns - a.ns));
	return 0;
}
#else
int main(void)
{
	return 0;
}
#endif
