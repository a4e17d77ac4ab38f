// SPDX-License-Identifier: GPL-2.0
/*
 * Change points of a series of figures that have noise.
 *
 * Where: E-divisive (Matteson and James, "A Nonparametric Approach for Multiple
 * Change Point Analysis of Multivariate Data", JASA 109, 2014): a series is split
 * where the energy distance of both parts is greatest, and so is each part.
 *
 * Which: Student's t-test at each split, the weakest taken back first until all
 * that are left are significant, as in "Hunter: Using Change Point Detection to
 * Hunt for Performance Regressions" (Fleming et al., ICPE 2023). Two things differ
 * from that. Splitting goes on down to LEAST_RUNS, as a step up and the step down
 * after it hide each other from the test of the first split. And the scatter is
 * that of all levels together, as levels of five runs say little about it.
 *
 * The test takes the best of all places for one that was chosen beforehand, so that
 * p is multiplied by their number. It also takes noise for Gaussian, which a few
 * wild runs are not; therefore nearly all figures of one level have to be on one
 * side of those of the other, too, however far a few are away.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "steps.h"

/*
 * Of the pairs of a figure before and one after a step, so many are in order. A step
 * of four runs then waits for the fifth, unless the run before it looks like them.
 */
#define LEAST_ORDER	0.95

/**
 * struct levels - a series on its way to be cut into levels
 * @x:		the figures; their logarithms, if they have
 * @n:		how many
 * @sorted:	room for as many
 * @grain:	the least difference of two of them
 * @cuts:	where levels begin, rising, with @n at the end
 * @nr:		how many cuts, without the last
 */
struct levels {
	double *x;
	size_t n;
	double *sorted;
	double grain;
	size_t *cuts;
	size_t nr;
};

/* Sum of the distances of the figure at @i to those from @from up to @to */
static double distances(const struct levels *l, size_t i, size_t from, size_t to)
{
	double sum = 0;
	size_t k;

	for (k = from; k < to; k++)
		sum += fabs(l->x[i] - l->x[k]);
	return sum;
}

/* Mean of the distances within a part, from their sum over all pairs */
static double within(double sum, double n)
{
	return 2 * sum / (n * (n - 1));
}

/* The figures from @from up to @to, cut where their energy distance is greatest */
static size_t best_cut(const struct levels *l, size_t from, size_t to)
{
	double left = 0, right = 0, across = 0, energy, most = -INFINITY;
	size_t k, best = from;

	for (k = from; k < to; k++)
		right += distances(l, k, from, k);
	for (k = from + 1; k < to; k++) {
		/* The figure before the cut goes over to the left. */
		double to_left = distances(l, k - 1, from, k - 1);
		double to_right = distances(l, k - 1, k, to);
		double n = k - from, m = to - k;

		left += to_left;
		right -= to_right;
		across += to_right - to_left;
		if (n < LEAST_RUNS || m < LEAST_RUNS)
			continue;
		energy = n * m / (n + m) * (2 * across / (n * m) -
			 within(left, n) - within(right, m));
		if (energy > most) {
			most = energy;
			best = k;
		}
	}
	return best;
}

static void split(struct levels *l, size_t from, size_t to)
{
	size_t cut;

	if (to - from < 2 * LEAST_RUNS)
		return;
	cut = best_cut(l, from, to);
	split(l, from, cut);
	l->cuts[l->nr++] = cut;
	split(l, cut, to);
}

/* The beginning of the level that ends at the cut with this number */
static size_t start_of(const struct levels *l, size_t i)
{
	return i ? l->cuts[i - 1] : 0;
}

static double mean_of(const struct levels *l, size_t from, size_t to)
{
	return gsl_stats_mean(l->x + from, 1, to - from);
}

/* Where both levels beside a cut are the least scattered */
static void move_cut(struct levels *l, size_t i)
{
	size_t from = start_of(l, i), to = l->cuts[i + 1], k, best = l->cuts[i];
	double most = -1, gap;

	for (k = from + LEAST_RUNS; k + LEAST_RUNS <= to; k++) {
		gap = mean_of(l, from, k) - mean_of(l, k, to);
		gap *= gap * (k - from) * (to - k);
		if (gap > most) {
			most = gap;
			best = k;
		}
	}
	l->cuts[i] = best;
}

/*
 * The scatter of all figures about their levels. Figures that are rounded scatter
 * by what was rounded off, too, where they are equal.
 */
static double scatter(const struct levels *l)
{
	double sum = 0;
	size_t i;

	for (i = 0; i <= l->nr; i++)
		sum += gsl_stats_tss(l->x + start_of(l, i), 1,
				     l->cuts[i] - start_of(l, i));
	return sqrt(sum / (l->n - l->nr - 1) + l->grain * l->grain / 12);
}

/* How many of the pairs of a figure before a cut and one after it are in order */
static double order(const struct levels *l, size_t from, size_t cut, size_t to)
{
	double below = 0, n = (double)(cut - from) * (to - cut);
	size_t i, k;

	for (i = from; i < cut; i++) {
		for (k = cut; k < to; k++)
			below += l->x[i] < l->x[k] ? 1 : l->x[i] == l->x[k] ? 0.5 : 0;
	}
	return fmax(below, n - below) / n;
}

static double chance_of(const struct levels *l, size_t i, double sigma)
{
	size_t from = start_of(l, i), cut = l->cuts[i], to = l->cuts[i + 1];
	double gap = fabs(mean_of(l, from, cut) - mean_of(l, cut, to));
	double t = gap / (sigma * sqrt(1.0 / (cut - from) + 1.0 / (to - cut)));

	if (!gap || order(l, from, cut, to) < LEAST_ORDER)
		return 1;
	return fmin(1, 2 * gsl_cdf_tdist_Q(t, l->n - l->nr - 1) * l->n);
}

static double median_of(const struct levels *l, const double *x, size_t from,
			size_t to)
{
	memcpy(l->sorted, x + from, (to - from) * sizeof(*x));
	gsl_sort(l->sorted, 1, to - from);
	return gsl_stats_median_from_sorted_data(l->sorted, 1, to - from);
}

/* Take back one cut after the other, until chance makes none of those that are left. */
static void merge(struct levels *l, double alpha, struct step *steps)
{
	double sigma, p;
	size_t i, weakest;

	while (l->nr) {
		for (i = 0; i < l->nr; i++)
			move_cut(l, i);
		sigma = scatter(l);
		weakest = 0;
		for (i = 0; i < l->nr; i++) {
			steps[i].p = chance_of(l, i, sigma);
			if (steps[i].p > steps[weakest].p)
				weakest = i;
		}
		p = steps[weakest].p;
		if (p <= alpha)
			return;
		memmove(l->cuts + weakest, l->cuts + weakest + 1,
			(l->nr - weakest) * sizeof(*l->cuts));
		l->nr--;
	}
}

/* Noise and changes of times are in proportion to them. A count may be 0. */
static void take_figures(struct levels *l, const double *x)
{
	bool logs = true;
	size_t i;

	for (i = 0; i < l->n; i++)
		logs &= x[i] > 0;
	for (i = 0; i < l->n; i++)
		l->x[i] = logs ? log(x[i]) : x[i];
	memcpy(l->sorted, l->x, l->n * sizeof(*x));
	gsl_sort(l->sorted, 1, l->n);
	for (i = 1; i < l->n; i++) {
		double gap = l->sorted[i] - l->sorted[i - 1];

		if (gap > 0 && (!l->grain || gap < l->grain))
			l->grain = gap;
	}
}

/**
 * steps_find() - find where a series changes its level
 * @x:		the figures, the oldest first
 * @n:		how many
 * @alpha:	the chance of a step or more in a series that has none
 * @steps:	takes the steps, the oldest first, to be freed; NULL without any
 * @nr:		takes how many
 *
 * Return: 0, or -ENOMEM.
 */
int steps_find(const double *x, size_t n, double alpha, struct step **steps,
	       size_t *nr)
{
	struct levels l = { .n = n };
	int ret = -ENOMEM;
	size_t i;

	*steps = NULL;
	*nr = 0;
	if (n < 2 * LEAST_RUNS)
		return 0;
	l.x = calloc(n, sizeof(*l.x));
	l.sorted = calloc(n, sizeof(*l.sorted));
	l.cuts = calloc(n, sizeof(*l.cuts));
	*steps = calloc(n, sizeof(**steps));
	if (!l.x || !l.sorted || !l.cuts || !*steps)
		goto out;
	take_figures(&l, x);
	split(&l, 0, n);
	l.cuts[l.nr] = n;
	merge(&l, alpha, *steps);
	for (i = 0; i < l.nr; i++) {
		(*steps)[i].at = l.cuts[i];
		(*steps)[i].before = median_of(&l, x, start_of(&l, i), l.cuts[i]);
		(*steps)[i].after = median_of(&l, x, l.cuts[i], l.cuts[i + 1]);
	}
	*nr = l.nr;
	ret = 0;
out:
	if (!*nr) {
		free(*steps);
		*steps = NULL;
	}
	free(l.cuts);
	free(l.sorted);
	free(l.x);
	return ret;
}
