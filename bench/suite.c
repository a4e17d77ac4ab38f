// SPDX-License-Identifier: GPL-2.0
/* Runs the chosen benchmarks under the chosen schemes. */
#include <errno.h>
#include <error.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "choice.h"
#include "expect.h"
#include "lib/command.h"
#include "lib/perf-stat.h"
#include "lib/record.h"
#include "suite.h"

/* A line of progress waits for its end. */
static bool line_open;

static void end_line(void)
{
	if (line_open)
		putchar('\n');
	line_open = false;
	fflush(stdout);
}

/* Called by error() before a message: on a console both share the line. */
static void start_message(void)
{
	end_line();
	fprintf(stderr, "%s: ", program_invocation_short_name);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Each page is used once, and no step has more samples than it is worth. */
static unsigned int suite_repeat(const struct suite *suite,
				 const struct bench_step *step)
{
	unsigned int repeat = suite->repeat;

	if (step->most && repeat > step->most)
		repeat = step->most;
	if (step->together)
		return repeat;
	return repeat < step->pages ? step->pages : repeat;
}

/*
 * Fill in what the step asks for. What makes no sense without PKS the driver refuses,
 * with -EOPNOTSUPP.
 */
static int suite_prepare(const struct suite *suite, struct bench_case *c)
{
	c->run = (struct pks_test_run){
		.repeat = suite_repeat(suite, c->step),
		.cpu = c->step->elsewhere ? suite->other_cpu : -1,
	};
	if (c->step->measure)
		return 0;
	c->run.pages = c->step->pages ? c->step->pages : 1;
	c->run.flags = c->step->flags;
	c->run.nsamples = c->run.repeat;
	c->run.samples = (uintptr_t)c->samples;
	return driver_choose(&suite->drv, &c->run, c->step->pattern, c->step->context);
}

static bool suite_is_first(const struct suite *suite, const struct bench_case *c)
{
	return !driver_has_pks(&suite->drv) ||
	       !strcmp(c->scheme, suite->schemes[0]);
}

static bool needs_two_cpus(const struct bench_step *step)
{
	return step->elsewhere || step->parallel;
}

/*
 * All schemes but that by page treat each of many pages alike, and most tell every CPU
 * of it, which takes CPUs that run in turn long. What many pages cost is seen on one CPU.
 */
#define MANY_PAGES	256

static bool repeats_itself(const struct suite *suite, const struct bench_case *c)
{
	return suite->in_turn && suite->other_cpu >= 0 && !c->step->together &&
	       c->step->pages >= MANY_PAGES && strcmp(c->scheme, BENCH_PER_PAGE);
}

/* Why the step cannot be had here, NULL if it can, as far as this is known */
static const char *suite_obstacle(const struct suite *suite,
				  const struct bench_case *c)
{
	const struct bench_step *step = c->step;
	bool pks = driver_has_pks(&suite->drv);

	if (step->tool && !command_exists(step->tool))
		return "its tool is not installed";
	if (c->bench->once && !suite_is_first(suite, c))
		return "measured under one scheme alone";
	if (needs_two_cpus(step) && suite->other_cpu < 0)
		return "needs two CPUs";
	if (step->parallel && suite->in_turn)
		return "needs two CPUs that run at the same time";
	if (step->protection && (!pks || !strcmp(c->scheme, BENCH_OFF)))
		return "needs protection";
	if (step->mode && strcmp(c->scheme, BENCH_PER_PAGE))
		return "the mode is one of the per-page scheme";
	if (repeats_itself(suite, c))
		return "what many pages add is measured with one CPU";
	return NULL;
}

static int suite_run_in_mode(struct suite *suite, struct bench_case *c)
{
	int ret, mode_ret;

	ret = choice_set(CHOICE_MODE, c->step->mode);
	if (ret)
		return ret;
	if (c->step->tells && warn_again()) {
		c->obstacle = "the kernel tells of it once alone: debugfs is not mounted";
		ret = -EOPNOTSUPP;
	} else {
		ret = driver_run(&suite->drv, &c->run);
	}
	mode_ret = choice_set(CHOICE_MODE, BENCH_MODE);
	return ret ? ret : mode_ret;
}

/*
 * Where the CPUs run in turn, all is repeated to the instruction, and so is where
 * in a step the ticks of the kernel fall. Each step begins at a full second, or
 * an instruction more in one would move the ticks of all that follow. Waiting is
 * free: while no CPU has work, the clock leaps to the next timer.
 */
static void suite_wait_for_second(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec++;
	ts.tv_nsec = 0;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int suite_do(struct suite *suite, struct bench_case *c)
{
	if (suite->in_turn)
		suite_wait_for_second();
	if (c->step->measure)
		return c->step->measure(c);
	if (c->step->mode)
		return suite_run_in_mode(suite, c);
	return driver_run(&suite->drv, &c->run);
}

/*
 * Tracepoints that are on disturb what is measured: so the step runs once more
 * for its events, and these samples are thrown away.
 */
static int suite_perf(struct suite *suite, const struct bench_case *measured,
		      json_t **events)
{
	struct bench_case c = *measured;
	struct perf_stat perf;
	int ret;

	c.values = NULL;
	c.found = NULL;
	ret = suite_prepare(suite, &c);
	if (ret)
		return ret;
	c.samples = calloc(c.run.repeat, sizeof(*c.samples));
	c.run.samples = (uintptr_t)c.samples;
	ret = c.samples ? perf_stat_begin(&perf) : -ENOMEM;
	if (!ret) {
		ret = suite_do(suite, &c);
		*events = perf_stat_end(&perf);
		ret = ret ? ret : *events ? 0 : -EPROTO;
	}
	free(c.samples);
	json_decref(c.values);
	json_decref(c.found);
	return ret;
}

static int suite_case(struct suite *suite, struct bench_case *c)
{
	const char *obstacle = suite_obstacle(suite, c);
	int ret;

	if (obstacle)
		return record_skip(suite->root, c, obstacle);
	c->obstacle = NULL;
	ret = suite_prepare(suite, c);
	if (!ret)
		ret = suite_do(suite, c);
	if (ret == -EOPNOTSUPP)
		return record_skip(suite->root, c, c->obstacle ? c->obstacle :
				   driver_has_pks(&suite->drv) ?
				   "not supported under this scheme" :
				   "needs PKS");
	if (!ret)
		ret = bench_check(c);
	if (!ret && suite->perf)
		ret = suite_perf(suite, c, &c->events);
	if (!ret)
		ret = record_case(suite->root, c);
	json_decref(c->values);
	json_decref(c->events);
	json_decref(c->found);
	c->values = NULL;
	c->events = NULL;
	c->found = NULL;
	return ret;
}

static bool suite_stopped(const struct suite *suite)
{
	return __atomic_load_n(suite->stop, __ATOMIC_RELAXED);
}

static int suite_bench(struct suite *suite, const struct bench *bench,
		       const char *scheme)
{
	struct bench_case c = { .bench = bench, .scheme = scheme,
				.tsc_khz = suite->drv.info.tsc_khz,
				.job = suite->job };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < bench->nr_steps && !ret; i++) {
		c.step = &bench->steps[i];
		c.samples = calloc(suite_repeat(suite, c.step),
				   sizeof(*c.samples));
		if (!c.samples) {
			error(0, errno, "samples of %s", c.step->name);
			return -ENOMEM;
		}
		ret = suite_stopped(suite) ? -EINTR : suite_case(suite, &c);
		free(c.samples);
	}
	return ret;
}

static int suite_benches(struct suite *suite, const char *scheme,
			 unsigned int number)
{
	unsigned int total = suite->nr_benches * suite->nr_schemes;
	unsigned int i;
	double start;
	int ret = 0;

	for (i = 0; i < suite->nr_benches && !ret; i++) {
		start = now();
		printf("[%2u/%u] %s scheme=%s ... ", ++number, total,
		       suite->benches[i]->name, scheme);
		fflush(stdout);
		line_open = true;
		ret = suite_bench(suite, suite->benches[i], scheme);
		if (!ret)
			printf(" %.1f s", now() - start);
		end_line();
	}
	return ret;
}

/* A kernel without PKS has no scheme; its records say so. */
static int suite_without_pks(struct suite *suite)
{
	if (suite->nr_schemes) {
		error(0, 0, "-s %s: this kernel has no PKS, and so no scheme",
		      suite->schemes[0]);
		return -EINVAL;
	}
	suite->nr_schemes = 1;
	return suite_benches(suite, BENCH_NO_SCHEME, 0);
}

static int suite_add_scheme(struct suite *suite,
			    const char name[PKS_TEST_NAME_MAX])
{
	size_t size = sizeof(*suite->schemes);
	void *schemes;

	schemes = reallocarray(suite->schemes, suite->nr_schemes + 1, size);
	if (!schemes) {
		error(0, errno, "list of schemes");
		return -ENOMEM;
	}
	suite->schemes = schemes;
	memcpy(suite->schemes[suite->nr_schemes++], name, size);
	return 0;
}

/* All schemes of the driver, unless some were chosen; those it must have. */
static int suite_find_schemes(struct suite *suite)
{
	struct pks_test_item item;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < suite->nr_schemes && !ret; i++)
		ret = driver_find(&suite->drv, PKS_TEST_SCHEMES,
				  suite->schemes[i], &item);
	if (suite->nr_schemes)
		return ret;
	for (i = 0; !ret; i++) {
		ret = driver_item(&suite->drv, PKS_TEST_SCHEMES, i, &item);
		if (!ret)
			ret = suite_add_scheme(suite, item.name);
	}
	return ret == -ENOENT ? 0 : ret;
}

static int suite_schemes(struct suite *suite)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < suite->nr_schemes && !ret; i++) {
		ret = choice_set(CHOICE_SCHEME, suite->schemes[i]);
		if (!ret)
			ret = suite_benches(suite, suite->schemes[i],
					    i * suite->nr_benches);
	}
	return ret;
}

/*
 * One mode for all: "strict" would kill this program at the first fault, and
 * the warning of "relaxed" would be a part of what is measured.
 */
static int suite_with_pks(struct suite *suite)
{
	char scheme[PKS_TEST_NAME_MAX], mode[PKS_TEST_NAME_MAX];
	int ret, scheme_ret, mode_ret;

	ret = suite_find_schemes(suite);
	if (!ret)
		ret = choice_get(CHOICE_SCHEME, scheme);
	if (!ret)
		ret = choice_get(CHOICE_MODE, mode);
	if (ret)
		return ret;
	ret = choice_set(CHOICE_MODE, BENCH_MODE);
	if (!ret)
		ret = suite_schemes(suite);
	scheme_ret = choice_set(CHOICE_SCHEME, scheme);
	mode_ret = choice_set(CHOICE_MODE, mode);
	return ret ? ret : scheme_ret ? scheme_ret : mode_ret;
}

/**
 * suite_run() - run everything, and leave scheme and mode as they were
 * @suite:	what to run; @suite->root takes the records
 *
 * Return: 0, -EINTR if @suite->stop ended it, or another negative errno after
 * one line on stderr.
 */
int suite_run(struct suite *suite)
{
	unsigned int i;
	int ret = 0;

	error_print_progname = start_message;
	for (i = 0; i < suite->nr_benches && !ret; i++)
		ret = record_bench(suite->root, suite->benches[i]);
	if (ret)
		return ret;
	ret = driver_has_pks(&suite->drv) ? suite_with_pks(suite) :
					    suite_without_pks(suite);
	if (ret || json_array_size(json_object_get(suite->root, "records")))
		return ret;
	error(0, 0, "expected samples, came none: the driver has no step of these for us");
	return -EPROTO;
}
