// SPDX-License-Identifier: GPL-2.0
/*
 * Self-test of the statistics against distributions whose answer is known.
 * Output is KTAP.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "lib/bench.h"
#include "lib/stats.h"

#define N	1000

static double x[N];
static gsl_rng *rng;

static void fill_normal(size_t n, double mean, double sigma)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = mean + gsl_ran_gaussian(rng, sigma);
}

static void fill_constant(size_t n, double value)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = value;
}

static bool near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static bool test_no_sample(void)
{
	struct stats s;

	return stats_compute(x, 0, &s) < 0;
}

static bool test_one_sample(void)
{
	struct stats s;

	fill_constant(1, 7);
	return !stats_compute(x, 1, &s) && s.n == 1 && s.median == 7 &&
	       s.low == 7 && s.high == 7 && s.p999 == 7 && s.min == 7 &&
	       s.max == 7 && s.settled;
}

static bool test_two_samples(void)
{
	struct stats s;

	x[0] = 1;
	x[1] = 3;
	return !stats_compute(x, 2, &s) && s.median == 2 && s.low == 1 &&
	       s.high == 3;
}

static bool test_ties(void)
{
	struct stats s;

	fill_constant(N, 12005);
	return !stats_compute(x, N, &s) && s.n == N && s.median == 12005 &&
	       s.low == 12005 && s.high == 12005 && s.max == 12005;
}

static bool test_percentiles(void)
{
	struct stats s;
	size_t i;

	/* 0 to 999 without a trend, an extreme not in front: 7 and N share no factor. */
	for (i = 0; i < N; i++)
		x[i] = (i * 7 + N / 2) % N;
	return !stats_compute(x, N, &s) && s.median == 499.5 &&
	       near(s.p25, 249.75, 0.01) && near(s.p90, 899.1, 0.01) && near(s.p99, 989.01, 0.01) &&
	       near(s.p999, 998.001, 0.01) && s.min == 0 && s.max == 999;
}

static bool test_same_again(void)
{
	struct stats a, b;

	fill_normal(N, 100, 10);
	return !stats_compute(x, N, &a) && !stats_compute(x, N, &b) &&
	       a.low == b.low && a.high == b.high && a.low < a.high;
}

/* How often in a hundred the interval holds the true median. */
static double coverage(size_t n, bool exponential)
{
	const double truth = exponential ? log(2) : 0;
	size_t round, i, hits = 0;
	const size_t rounds = 2000;
	double low, high;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < n; i++)
			x[i] = exponential ? gsl_ran_exponential(rng, 1) :
					     gsl_ran_gaussian(rng, 1);
		gsl_sort(x, 1, n);
		stats_median_interval(x, n, &low, &high);
		hits += low <= truth && truth <= high;
	}
	return 100.0 * hits / rounds;
}

static bool test_coverage(void)
{
	return near(coverage(101, false), 95, 2) &&
	       near(coverage(200, false), 95, 2) &&
	       near(coverage(101, true), 95, 2);
}

/* The interval must be the one that plain resampling would give. */
static bool test_same_as_resampling(size_t n)
{
	double medians[4000], draw[N], low, high;
	size_t i, k;

	for (i = 0; i < n; i++)
		x[i] = gsl_ran_exponential(rng, 100);
	gsl_sort(x, 1, n);
	for (i = 0; i < 4000; i++) {
		for (k = 0; k < n; k++)
			draw[k] = x[gsl_rng_uniform_int(rng, n)];
		gsl_sort(draw, 1, n);
		medians[i] = gsl_stats_median_from_sorted_data(draw, 1, n);
	}
	gsl_sort(medians, 1, 4000);
	stats_median_interval(x, n, &low, &high);
	return near(low, medians[100], 0.1 * low) &&
	       near(high, medians[3900], 0.1 * high);
}

static bool test_resampling(void)
{
	return test_same_as_resampling(75) && test_same_as_resampling(76);
}

static bool test_warmup_found(void)
{
	bool settled;
	size_t i, drop;

	fill_normal(N, 100, 1);
	for (i = 0; i < 100; i++)
		x[i] += 200 * exp(-(double)i / 20);
	drop = stats_warmup(x, N, &settled);
	return settled && drop >= 60 && drop <= 150;
}

static bool test_cold_start(void)
{
	bool settled;

	fill_constant(N, 700);
	x[0] = 1500;
	x[1] = 900;
	return stats_warmup(x, N, &settled) == 2 && settled;
}

static bool test_outlier_kept(void)
{
	struct stats s;

	fill_constant(N, 700);
	x[300] = 99999;
	return !stats_compute(x, N, &s) && s.dropped == 0 && s.max == 99999;
}

static bool test_steady(void)
{
	bool settled;

	fill_normal(N, 100, 1);
	return stats_warmup(x, N, &settled) < N / 10 && settled;
}

static bool test_trend(void)
{
	bool settled;
	size_t i;

	for (i = 0; i < N; i++)
		x[i] = i;
	return stats_warmup(x, N, &settled) == 0 && !settled;
}

/* Several boots: the samples of all, and the interval of what each boot came to */
static bool test_pool(void)
{
	static const double sorted[] = { 1, 3, 5, 7, 9 };
	double medians[] = { 7, 1, 9, 5, 3 }, low, high;
	struct stats s = { };
	size_t i;

	for (i = 0; i < N; i++)
		x[i] = (i * 7 + N / 2) % N;
	stats_median_interval(sorted, ARRAY_SIZE(sorted), &low, &high);
	stats_pool(x, N, medians, ARRAY_SIZE(medians), &s);
	return s.n == N && s.median == 499.5 && s.min == 0 && s.max == 999 &&
	       !memcmp(medians, sorted, sizeof(sorted)) && s.low == low && s.high == high &&
	       low < 5 && high > 5;
}

/* One boot has no other to differ from: its samples say how far off it may be. */
static bool test_pool_of_one(void)
{
	double median = 499.5, low, high;
	struct stats s = { };
	size_t i;

	for (i = 0; i < N; i++)
		x[i] = N - 1 - i;
	stats_pool(x, N, &median, 1, &s);
	stats_median_interval(x, N, &low, &high);
	return s.n == N && s.median == 499.5 && s.low == low && s.high == high &&
	       low < 499.5 && high > 499.5;
}

static const struct test {
	const char *name;
	bool (*run)(void);
} tests[] = {
	{ "no sample is refused", test_no_sample },
	{ "one sample is its own median and interval", test_one_sample },
	{ "two samples", test_two_samples },
	{ "ties give an interval without width", test_ties },
	{ "percentiles of 0..999", test_percentiles },
	{ "the same samples give the same interval", test_same_again },
	{ "95 % of the intervals hold the true median", test_coverage },
	{ "the interval is that of plain resampling", test_resampling },
	{ "an exponential warm-up is found", test_warmup_found },
	{ "a cold start of two samples is found", test_cold_start },
	{ "an outlier in the middle is no warm-up", test_outlier_kept },
	{ "a steady series keeps its samples", test_steady },
	{ "a trend has not settled", test_trend },
	{ "several boots differ as their medians do", test_pool },
	{ "one boot differs as its samples do", test_pool_of_one },
};

int main(void)
{
	const size_t nr = ARRAY_SIZE(tests);
	size_t i, failed = 0;
	bool ok;

	rng = gsl_rng_alloc(gsl_rng_mt19937);
	printf("KTAP version 1\n1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		ok = tests[i].run();
		failed += !ok;
		printf("%s %zu %s\n", ok ? "ok" : "not ok", i + 1,
		       tests[i].name);
	}
	gsl_rng_free(rng);
	printf("# %zu passed, %zu failed\n", nr - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
