// SPDX-License-Identifier: GPL-2.0
/*
 * The events that were counted, extrapolated over the number of CPUs, times what
 * each costs.
 */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_fit.h>

#include "lib/bench.h"
#include "lib/results-file.h"
#include "project.h"

static bool is_wanted(const json_t *m, const char *bench, const char *name,
		      const char *scheme)
{
	return !strcmp(text_of(m, "clock"), "instructions") &&
	       !strcmp(text_of(m, "kernel"), "pks") &&
	       !strcmp(text_of(m, "benchmark"), bench) &&
	       !strcmp(text_of(m, "name"), name) &&
	       !strcmp(text_of(m, "scheme"), scheme);
}

/* Of the first boot that has it, as it is the same on all */
static int value_of(const json_t *run, const char *name, double *value)
{
	const json_t *metrics = json_object_get(run, "metrics"), *m;
	size_t i;

	json_array_foreach(metrics, i, m) {
		if (!is_wanted(m, "pf-unprotect", name, BENCH_PER_PAGE))
			continue;
		*value += number_of(m, "value");
		return 0;
	}
	error(0, 0, "page: %s was not measured: measure with CLOCK=instructions",
	      name);
	return -EINVAL;
}

/* IPIs of an update on each number of CPUs; an open and a close are two updates. */
static size_t take_points(const json_t *run, const char *scheme, double *x,
			  double *y)
{
	const json_t *metrics = json_object_get(run, "metrics"), *m;
	size_t i, n = 0;

	json_array_foreach(metrics, i, m) {
		if (!is_wanted(m, "global-update", "ipis", scheme))
			continue;
		x[n] = number_of(m, "cpus");
		y[n++] = number_of(json_object_get(m, "counters_per_op"),
				   "ipis") / 2;
	}
	return n;
}

static int fit(struct projection *p, const json_t *run)
{
	size_t i, n, most = json_array_size(json_object_get(run, "metrics"));
	const char *scheme = text_of(p->costs, "scheme");
	double cov00, cov01, cov11, sumsq;
	double *x, *y;
	int ret = -ENOMEM;

	x = calloc(most, sizeof(*x));
	y = calloc(most, sizeof(*y));
	if (!x || !y)
		goto out;
	n = take_points(run, scheme, x, y);
	if (n < 2) {
		error(0, 0, "%s: counted at %zu numbers of CPUs, two are needed: measure with CLOCK=instructions",
		      scheme, n);
		ret = -EINVAL;
		goto out;
	}
	for (i = 0; i < n; i++)
		p->measured_to = fmax(p->measured_to, x[i]);
	gsl_fit_linear(x, 1, y, 1, n, &p->at_0, &p->per_cpu, &cov00, &cov01,
		       &cov11, &sumsq);
	ret = 0;
out:
	free(y);
	free(x);
	return ret;
}

/* Open, fault and close; the fault and its end write the register. */
static int count_page(struct projection *p, const json_t *run)
{
	int ret = value_of(run, "open", &p->instructions);

	if (!ret)
		ret = value_of(run, "touch", &p->instructions);
	if (!ret)
		ret = value_of(run, "close", &p->instructions);
	if (!ret)
		ret = value_of(run, "msr-writes", &p->msr_writes);
	return ret;
}

static struct range times(const struct range *cost, double n)
{
	return (struct range){ cost->least * n, cost->most * n };
}

/**
 * projected_on() - what one update would cost
 * @p:		with the line through what was counted
 * @cpus:	on this many CPUs
 *
 * Return: the IPIs, and their costs.
 */
struct projected projected_on(const struct projection *p, double cpus)
{
	double ipis = p->at_0 + p->per_cpu * cpus;

	return (struct projected){ cpus, ipis, times(&p->quick, ipis),
				   times(&p->idle, ipis) };
}

/**
 * projection_compute() - project what a run has counted
 * @p:		with its costs; filled in
 * @run:	results.json of the run
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int projection_compute(struct projection *p, const json_t *run)
{
	struct range write, instruction;
	int ret = fit(p, run);
	size_t i;

	if (!ret)
		ret = count_page(p, run);
	if (!ret)
		ret = cost_of(p->costs, "ipis", CASE_QUICK, &p->quick);
	if (!ret)
		ret = cost_of(p->costs, "ipis", CASE_IDLE, &p->idle);
	if (!ret)
		ret = cost_of(p->costs, "msr_writes", "", &write);
	if (!ret)
		ret = cost_of(p->costs, "instructions", "", &instruction);
	if (ret)
		return ret;
	p->page.least = p->instructions * instruction.least +
			p->msr_writes * write.least;
	p->page.most = p->instructions * instruction.most +
		       p->msr_writes * write.most;
	for (i = 0; i < NR_ROWS; i++)
		p->rows[i] = projected_on(p, exp2(i));
	return 0;
}
