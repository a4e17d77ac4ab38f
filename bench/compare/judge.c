// SPDX-License-Identifier: GPL-2.0
/*
 * Better or worse?
 *
 * On the instruction clock two runs of one build agree to the digit, so any
 * difference comes from the change; but where a tick falls comes from it, too, and
 * is no cost of it: what counts is the path that samples take which nothing hit.
 * On time three things are asked of one: that it exceeds the least effect, that
 * the samples differ by a rank test (corrected for the number of rows), and that
 * all boots of the one run are clear of those of the other. The last is what
 * keeps unchanged code out of the list: samples of one boot are more alike than
 * boots are.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

#include "compare.h"

/* Chance of one false verdict or more in the whole list */
#define ALPHA		0.01
/* Chance that the boots of two runs of unchanged code are apart for the worse */
#define CHANCE		0.001
/* With fewer samples, a quartile is one sample. */
#define LEAST_SAMPLES	8
/* A change of a count is one of the path if it is seen in so many operations. */
#define LEAST_SHARE	0.1

const char * const verdict_names[NR_VERDICTS] = {
	[SAME] = "same",
	[UNSURE] = "unsure",
	[BETTER] = "better",
	[WORSE] = "worse",
};

/**
 * row_direction() - is a change one for the better?
 * @row:	with a change
 *
 * Return: BETTER or WORSE.
 */
enum verdict row_direction(const struct row *row)
{
	bool less = !strcmp(text_of(row->head, "better"), "less");

	return (row->change < 0) == less ? BETTER : WORSE;
}

/* A distribution as results.json has it, rising */
struct distribution {
	const json_t *values;
	const json_t *counts;
	size_t nr;
};

static struct distribution distribution_of(const json_t *metric)
{
	const json_t *d = json_object_get(metric, "distribution");
	struct distribution dist = {
		.values = json_object_get(d, "values"),
		.counts = json_object_get(d, "counts"),
	};

	dist.nr = json_array_size(dist.values);
	return dist;
}

static double value_at(const struct distribution *d, size_t i)
{
	return i < d->nr ? json_number_value(json_array_get(d->values, i)) :
			   INFINITY;
}

static double count_at(const struct distribution *d, size_t i)
{
	return json_number_value(json_array_get(d->counts, i));
}

static double mean_of(const json_t *metric)
{
	struct distribution d = distribution_of(metric);
	double sum = 0, n = 0;
	size_t i;

	for (i = 0; i < d.nr; i++) {
		sum += value_at(&d, i) * count_at(&d, i);
		n += count_at(&d, i);
	}
	return n ? sum / n : 0;
}

/* The smallest value that is not below a share @f of the samples */
static double quantile_of(const json_t *metric, double f)
{
	struct distribution d = distribution_of(metric);
	double n = 0, sum = 0;
	size_t i;

	for (i = 0; i < d.nr; i++)
		n += count_at(&d, i);
	for (i = 0; i < d.nr; i++) {
		sum += count_at(&d, i);
		if (sum >= f * n)
			break;
	}
	return value_at(&d, i);
}

/*
 * What happens now and then, a tick or another thread, only makes samples longer:
 * from the first quartile to the median they are what the path takes by itself.
 * If these parts of two runs do not meet, the path has changed.
 */
static bool paths_apart(const struct row *row)
{
	return quantile_of(row->base, 0.5) < quantile_of(row->head, 0.25) ||
	       quantile_of(row->head, 0.5) < quantile_of(row->base, 0.25);
}

static bool paths_equal(const struct row *row)
{
	return quantile_of(row->base, 0.25) == quantile_of(row->head, 0.25) &&
	       !row->change;
}

static double percent_of(const struct row *row)
{
	return row->from ? 100 * fabs(row->change / row->from) : INFINITY;
}

/*
 * A sample that waits for another CPU takes until that one has its turn, which
 * depends on where in its turn the emulator was when the wait began.
 */
static const char *why_coarse(const struct row *row)
{
	if (json_is_true(json_object_get(row->base, "waits")) ||
	    json_is_true(json_object_get(row->head, "waits")))
		return "waits for another CPU's turn";
	if (number_of(row->base, "n") < LEAST_SAMPLES ||
	    number_of(row->head, "n") < LEAST_SAMPLES)
		return "too few samples";
	return NULL;
}

static void judge_samples(struct row *row, double least)
{
	const char *coarse = why_coarse(row);

	if (json_equal(json_object_get(row->base, "distribution"),
		       json_object_get(row->head, "distribution"))) {
		snprintf(row->why, WHY_MAX, "each sample is the same");
	} else if (paths_equal(row)) {
		row->change = mean_of(row->head) - mean_of(row->base);
		snprintf(row->why, WHY_MAX,
			 "the path is the same; the change is the mean's");
	} else if (!paths_apart(row)) {
		row->verdict = UNSURE;
		snprintf(row->why, WHY_MAX, "the paths are not apart");
	} else if (coarse && percent_of(row) < least) {
		row->verdict = UNSURE;
		snprintf(row->why, WHY_MAX, "%s: counts from %g %% on", coarse,
			 least);
	} else {
		row->verdict = row_direction(row);
		snprintf(row->why, WHY_MAX, "%s",
			 coarse ? coarse : "every instruction counts");
	}
}

/* A stray event is one operation's, a change is that of many. */
static void judge_count(struct row *row)
{
	if (!row->change) {
		snprintf(row->why, WHY_MAX, "the count is the same");
	} else if (fabs(row->change) < LEAST_SHARE) {
		row->verdict = UNSURE;
		snprintf(row->why, WHY_MAX, "in fewer than one operation in ten");
	} else {
		row->verdict = row_direction(row);
		snprintf(row->why, WHY_MAX, "every event counts");
	}
}

static bool is_count(const json_t *metric)
{
	return strcmp(text_of(metric, "kind"), "samples");
}

static void judge_instructions(struct row *row, double least)
{
	if (is_count(row->head))
		judge_count(row);
	else
		judge_samples(row, least);
}

/*
 * Mann and Whitney, 1947: the chance that two samples of one distribution are
 * ranked as far apart as these. The normal approximation with the correction
 * for ties is good for some 20 samples and more.
 */
static double rank_test(const json_t *base, const json_t *head)
{
	struct distribution b = distribution_of(base);
	struct distribution h = distribution_of(head);
	double nb = 0, nh = 0, u = 0, ties = 0, n, sigma;
	size_t i = 0, k = 0;

	while (i < b.nr || k < h.nr) {
		double x = value_at(&b, i), y = value_at(&h, k);
		double in_b = x <= y ? count_at(&b, i++) : 0;
		double in_h = y <= x ? count_at(&h, k++) : 0;
		double tied = in_b + in_h;

		u += in_h * (nb + in_b / 2);
		nb += in_b;
		nh += in_h;
		ties += tied * tied * tied - tied;
	}
	n = nb + nh;
	sigma = sqrt(nb * nh / 12 * (n + 1 - ties / (n * (n - 1))));
	if (!sigma)
		return 1;
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(u - nb * nh / 2) / sigma));
}

/* Two counts are two samples of one rate: the exact test of that. */
static double count_test(const json_t *base, const json_t *head)
{
	double nb = number_of(base, "n"), nh = number_of(head, "n");
	double b = round(number_of(base, "value") * nb);
	double h = round(number_of(head, "value") * nh);
	double share = nh / (nb + nh);
	double tail;

	if (!(b + h))
		return 1;
	tail = fmin(gsl_cdf_binomial_P(h, share, b + h),
		    h ? gsl_cdf_binomial_Q(h - 1, share, b + h) : 1);
	return fmin(1, 2 * tail);
}

static double first_of(const json_t *array)
{
	return json_number_value(json_array_get(array, 0));
}

static double last_of(const json_t *array)
{
	return json_number_value(json_array_get(array,
						json_array_size(array) - 1));
}

static bool boots_apart(const json_t *base, const json_t *head)
{
	return last_of(base) < first_of(head) || last_of(head) < first_of(base);
}

/*
 * The chance that all boots of head are above all those of base though nothing
 * has changed: of all ways to deal the boots out to two runs, it is one.
 */
static double chance_apart(const json_t *base, const json_t *head)
{
	size_t nb = json_array_size(base), nh = json_array_size(head);

	return 1 / gsl_sf_choose(nb + nh, nb);
}

static double middle_of(const json_t *array)
{
	size_t n = json_array_size(array);

	return (json_number_value(json_array_get(array, (n - 1) / 2)) +
		json_number_value(json_array_get(array, n / 2))) / 2;
}

/*
 * What a host does besides makes samples longer, up to most of them. The first
 * quartile of a boot is moved least by it, and so is what boots are judged by.
 */
static const char *boots_key(const json_t *metric)
{
	return is_count(metric) ? "per_boot" : "p25_per_boot";
}

static void judge_time(struct row *row, double least, size_t rows)
{
	const json_t *base = json_object_get(row->base, boots_key(row->head));
	const json_t *head = json_object_get(row->head, boots_key(row->head));
	double p;

	if (!row->change || percent_of(row) < least) {
		snprintf(row->why, WHY_MAX, "less than the %g %% that count", least);
		return;
	}
	p = is_count(row->head) ? count_test(row->base, row->head) :
			    rank_test(row->base, row->head);
	p = fmin(1, p * rows);
	if (p > ALPHA) {
		snprintf(row->why, WHY_MAX, "p = %.2g: chance", p);
		return;
	}
	row->verdict = UNSURE;
	if (chance_apart(base, head) > CHANCE) {
		snprintf(row->why, WHY_MAX, "p = %.2g, but %zu and %zu boots are too few",
			 p, json_array_size(base), json_array_size(head));
	} else if (!boots_apart(base, head)) {
		snprintf(row->why, WHY_MAX, "p = %.2g, but the boots are not apart", p);
	} else {
		row->verdict = row_direction(row);
		snprintf(row->why, WHY_MAX, "p = %.2g, all boots apart", p);
	}
}

/**
 * metric_figure() - the figure of a metric that runs are compared by
 * @metric:	the metric
 *
 * Return: on time the first quartile of its samples, else its value.
 */
double metric_figure(const json_t *metric)
{
	if (on_time(metric) && !is_count(metric))
		return middle_of(json_object_get(metric, boots_key(metric)));
	return number_of(metric, "value");
}

/**
 * row_judge() - fill in change, verdict and reason of a row
 * @row:	with both metrics
 * @least:	where it takes one, the least change that counts, in percent
 * @rows:	how many rows of the time clock there are
 */
void row_judge(struct row *row, double least, size_t rows)
{
	row->from = metric_figure(row->base);
	row->to = metric_figure(row->head);
	row->change = row->to - row->from;
	if (on_time(row->head))
		judge_time(row, least, rows);
	else
		judge_instructions(row, least);
}

/**
 * comparison_judge() - fill in change, verdict and reason of all rows
 * @cmp:	loaded
 */
void comparison_judge(struct comparison *cmp)
{
	size_t i, rows = 0;

	for (i = 0; i < cmp->nr_rows; i++)
		rows += on_time(cmp->rows[i].head);
	for (i = 0; i < cmp->nr_rows; i++)
		row_judge(&cmp->rows[i], cmp->least, rows);
}

/**
 * comparison_count() - how many rows have a verdict
 * @cmp:	judged
 * @verdict:	which
 *
 * Return: the number of rows.
 */
size_t comparison_count(const struct comparison *cmp, enum verdict verdict)
{
	size_t i, nr = 0;

	for (i = 0; i < cmp->nr_rows; i++)
		nr += cmp->rows[i].verdict == verdict;
	return nr;
}
