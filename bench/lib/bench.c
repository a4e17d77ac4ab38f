// SPDX-License-Identifier: GPL-2.0
/*
 * Was the work done? A figure for work that was left out looks excellent, so
 * nothing is recorded before the counts have been checked.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

const struct bench **benches;
unsigned int nr_benches;

static int bench_compare(const void *a, const void *b)
{
	const struct bench *const *x = a, *const *y = b;

	/* No place is the last one. */
	if ((*x)->place != (*y)->place)
		return (*x)->place - 1 < (*y)->place - 1 ? -1 : 1;
	return strcmp((*x)->name, (*y)->name);
}

/**
 * bench_sort() - put the benchmarks that were linked in order
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int bench_sort(void)
{
	extern const struct bench *const __start_benches[], *const __stop_benches[];
	const struct bench *const *bench;

	for (bench = __start_benches; bench < __stop_benches; bench++) {
		if (!(*bench)->chapter) {
			error(0, 0, "benchmark %s has no .chapter, use one of BENCH_ASKS_*",
			      (*bench)->name);
			return -EINVAL;
		}
	}

	nr_benches = __stop_benches - __start_benches;
	benches = malloc(nr_benches * sizeof(*benches));
	if (!benches) {
		error(0, errno, "list of benchmarks");
		return -ENOMEM;
	}
	memcpy(benches, __start_benches, nr_benches * sizeof(*benches));
	qsort(benches, nr_benches, sizeof(*benches), bench_compare);
	return 0;
}

static int bench_fail(const struct bench_case *c, const char *what,
		      const char *bound, __u64 want, __u64 got)
{
	error(0, 0, "%s: step %s, scheme %s: expected %s %s%llu, came %llu",
	      c->bench->name, c->step->name, c->scheme, what, bound, want, got);
	return -EPROTO;
}

/**
 * bench_expect() - check that a count is what it must be
 * @c:		the case that the count belongs to
 * @what:	name of the count
 * @want:	what it must be
 * @got:	what it is
 *
 * Return: 0, or -EPROTO after one line on stderr.
 */
int bench_expect(const struct bench_case *c, const char *what, __u64 want,
		 __u64 got)
{
	return got == want ? 0 : bench_fail(c, what, "= ", want, got);
}

/**
 * bench_expect_least() - check that a count reaches what it must reach
 * @c:		the case that the count belongs to
 * @what:	name of the count
 * @want:	the least that it must be
 * @got:	what it is
 *
 * Return: 0, or -EPROTO after one line on stderr.
 */
int bench_expect_least(const struct bench_case *c, const char *what,
		       __u64 want, __u64 got)
{
	return got >= want ? 0 : bench_fail(c, what, ">= ", want, got);
}

/**
 * bench_phases() - sum the chosen phases of a sample
 * @s:		the sample
 * @phases:	BENCH_MAP, BENCH_TOUCH and BENCH_UNMAP, or'ed
 *
 * Return: the sum in ticks.
 */
__u64 bench_phases(const struct pks_test_sample *s, unsigned int phases)
{
	__u64 sum = 0;

	if (phases & BENCH_MAP)
		sum += s->map;
	if (phases & BENCH_TOUCH)
		sum += s->touch;
	if (phases & BENCH_UNMAP)
		sum += s->unmap;
	return sum;
}

static __u64 bench_ticks(const struct bench_case *c, unsigned int phases)
{
	__u64 ticks = 0;
	unsigned int i;

	for (i = 0; i < c->run.nsamples; i++)
		ticks += bench_phases(&c->samples[i], phases);
	return ticks;
}

/* A phase that a metric rests on must have taken some time. */
static int bench_check_phases(const struct bench_case *c)
{
	const struct bench_metric *m;
	unsigned int i, phase;

	for (i = 0; i < c->bench->nr_metrics; i++) {
		m = &c->bench->metrics[i];
		if (strcmp(m->step, c->step->name))
			continue;
		for (phase = BENCH_MAP; phase <= BENCH_UNMAP; phase <<= 1) {
			if ((m->phases & phase) && !c->step->zero &&
			    !bench_ticks(c, phase))
				return bench_fail(c, m->name, "ticks > ", 0, 0);
		}
	}
	return 0;
}

/**
 * bench_check() - check that a case did the work that it is measured for
 * @c:	the case, after the driver has run it
 *
 * Return: 0, or -EPROTO after one line on stderr.
 */
int bench_check(const struct bench_case *c)
{
	const struct pks_test_run *run = &c->run;

	if (bench_expect(c, "operations done", run->repeat, run->done))
		return -EPROTO;
	if (c->values)
		return 0;
	if (bench_expect(c, "samples", run->repeat, run->nsamples) ||
	    bench_expect(c, "accesses with wrong data", 0, run->wrong) ||
	    bench_expect(c, "denied accesses",
			 c->step->denied ? run->repeat : 0, run->denied))
		return -EPROTO;
	if (c->step->touches &&
	    bench_expect(c, "accesses", run->done, run->touched))
		return -EPROTO;
	if (bench_check_phases(c))
		return -EPROTO;
	return c->step->check ? c->step->check(c) : 0;
}
