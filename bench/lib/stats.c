// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of raw samples, on top of GSL.
 *
 * Medians and percentiles throughout: a stray timer interrupt among the
 * samples moves a mean, and says nothing about what is measured.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "stats.h"

/* Any fixed number: the same samples must give the same interval. */
#define SEED		20201217
#define REPLICATES	2000

/* Below this a warm-up cannot be told from chance. */
#define WARMUP_LEAST	40
#define WARMUP_BATCH	5

static double quantile(const double *sorted, size_t n, double f)
{
	return gsl_stats_quantile_from_sorted_data(sorted, 1, n, f);
}

static double *sorted_copy(const double *x, size_t n)
{
	double *copy = malloc(n * sizeof(*copy));

	if (copy) {
		memcpy(copy, x, n * sizeof(*copy));
		gsl_sort(copy, 1, n);
	}
	return copy;
}

static double batch_median(const double *x, size_t batch)
{
	double b[WARMUP_BATCH];

	memcpy(b, x + batch * WARMUP_BATCH, sizeof(b));
	gsl_sort(b, 1, WARMUP_BATCH);
	return gsl_stats_median_from_sorted_data(b, 1, WARMUP_BATCH);
}

/*
 * MSER (White, 1997): the best truncation is the one that leaves the smallest
 * standard error of what remains. It is fed medians of small batches, since a
 * single outlier late in the series is a result and not warm-up. Built from
 * the end, as each step adds one batch in front (Welford's update).
 */
static size_t mser(const double *x, size_t batches)
{
	double error, least = INFINITY, mean = 0, m2 = 0;
	size_t d = batches, best = 0, m;

	while (d-- > 0) {
		double value = batch_median(x, d);
		double delta = value - mean;

		m = batches - d;
		mean += delta / m;
		m2 += delta * (value - mean);
		error = m2 / ((double)m * m);
		/* On a tie the longer remainder wins. */
		if (d <= batches / 2 && error <= least) {
			least = error;
			best = d;
		}
	}
	return best;
}

/* The batches hide a cold start of one or two samples: look at those alone. */
static size_t leading_outliers(const double *x, size_t n)
{
	double *sorted = sorted_copy(x, n);
	double low, high;
	size_t i = 0;

	if (!sorted)
		return 0;
	low = quantile(sorted, n, 0.01);
	high = quantile(sorted, n, 0.99);
	while (i < WARMUP_BATCH && (x[i] < low || x[i] > high))
		i++;
	free(sorted);
	return i;
}

/**
 * stats_warmup() - find out how many samples are warm-up
 * @x:		the samples, in the order in which they were taken
 * @n:		how many
 * @settled:	false if the series has not settled in its first half; then
 *		nothing is left out, as no choice would be better than another
 *
 * Return: the number of samples in front to leave out.
 */
size_t stats_warmup(const double *x, size_t n, bool *settled)
{
	size_t batches = n / WARMUP_BATCH;
	size_t batch, drop;

	*settled = true;
	if (n < WARMUP_LEAST)
		return 0;
	batch = mser(x, batches);
	if (batch == batches / 2) {
		*settled = false;
		return 0;
	}
	drop = batch * WARMUP_BATCH;
	return drop + leading_outliers(x + drop, n - drop);
}

/*
 * The median of a bootstrap resample without drawing the resample: drawing n
 * values from a sorted sample is drawing n uniform positions in it, and the
 * k-th smallest of n uniforms is a Beta(k, n - k + 1). The distribution is the
 * same, the cost does not depend on n. For an even n the next order statistic,
 * given this one, is the smallest of the n - k uniforms that remain above it.
 */
static double resampled_median(const gsl_rng *rng, const double *sorted,
			       size_t n)
{
	size_t k = (n + 1) / 2;
	double u = gsl_ran_beta(rng, k, n - k + 1);
	double v = u;

	if (n % 2 == 0)
		v = u + (1 - u) * gsl_ran_beta(rng, 1, n - k);
	return (sorted[(size_t)fmin(u * n, n - 1)] +
		sorted[(size_t)fmin(v * n, n - 1)]) / 2;
}

/**
 * stats_median_interval() - the 95 % bootstrap interval of the median
 * @sorted:	the samples in rising order
 * @n:		how many, at least 1
 * @low:	takes the lower end
 * @high:	takes the upper end
 *
 * Percentile method, fixed seed: the same samples give the same interval.
 */
void stats_median_interval(const double *sorted, size_t n, double *low,
			   double *high)
{
	double medians[REPLICATES];
	gsl_rng *rng;
	size_t i;

	*low = sorted[0];
	*high = sorted[n - 1];
	if (*low == *high)
		return;
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, SEED);
	for (i = 0; i < REPLICATES; i++)
		medians[i] = resampled_median(rng, sorted, n);
	gsl_rng_free(rng);
	gsl_sort(medians, 1, REPLICATES);
	*low = quantile(medians, REPLICATES, 0.025);
	*high = quantile(medians, REPLICATES, 0.975);
}

static void describe(const double *sorted, size_t n, struct stats *s)
{
	s->n = n;
	s->median = gsl_stats_median_from_sorted_data(sorted, 1, n);
	stats_median_interval(sorted, n, &s->low, &s->high);
	s->p25 = quantile(sorted, n, 0.25);
	s->p90 = quantile(sorted, n, 0.9);
	s->p99 = quantile(sorted, n, 0.99);
	s->p999 = quantile(sorted, n, 0.999);
	s->min = sorted[0];
	s->max = sorted[n - 1];
}

/**
 * stats_compute() - describe a series of samples
 * @x:	the samples, in the order in which they were taken
 * @n:	how many
 * @s:	filled in
 *
 * Return: 0, -EINVAL without a sample, or -ENOMEM.
 */
int stats_compute(const double *x, size_t n, struct stats *s)
{
	double *sorted;

	if (!n)
		return -EINVAL;
	s->dropped = stats_warmup(x, n, &s->settled);
	sorted = sorted_copy(x + s->dropped, n - s->dropped);
	if (!sorted)
		return -ENOMEM;
	describe(sorted, n - s->dropped, s);
	free(sorted);
	return 0;
}

/**
 * stats_pool() - describe the samples of several boots as one
 * @x:		the samples of them all, without warm-up; sorted by this
 * @n:		how many, at least 1
 * @medians:	the median of each boot; sorted by this
 * @nr:		how many boots, at least 1
 * @s:		filled in, but for what is known of warm-up
 *
 * The samples of one boot share what that boot was like, so that the interval
 * of the median comes from the boots where there are more than one.
 */
void stats_pool(double *x, size_t n, double *medians, size_t nr,
		struct stats *s)
{
	gsl_sort(x, 1, n);
	describe(x, n, s);
	gsl_sort(medians, 1, nr);
	if (nr > 1)
		stats_median_interval(medians, nr, &s->low, &s->high);
}
