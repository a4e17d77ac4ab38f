// SPDX-License-Identifier: GPL-2.0
/*
 * Better or worse?
 *
 * On the instruction clock two runs of one build agree to the digit, so any
 * difference comes from the change. On time three things are asked of one: that
 * it exceeds the least effect, that the samples differ by a rank test (corrected
 * for the number of rows), and that the boots of one run are well apart from
 * those of the other. The last is what keeps unchanged code out of the list: samples of
 * one boot are more alike than boots are.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "compare.h"

/* Chance of one false verdict or more in the whole list */
#define ALPHA		0.01
/* With fewer boots, that they do not overlap says nothing. */
#define LEAST_BOOTS	4

const char * const verdict_names[NR_VERDICTS] = {
	[SAME] = "same",
	[UNSURE] = "unsure",
	[BETTER] = "better",
	[WORSE] = "worse",
};

static enum verdict direction(const struct row *row)
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

static void judge_instructions(struct row *row)
{
	bool samples = !strcmp(text_of(row->head, "kind"), "samples");

	if (row->change) {
		row->verdict = direction(row);
		snprintf(row->why, WHY_MAX, "%s", samples ?
			 "every instruction counts" : "every event counts");
		return;
	}
	if (!samples || json_equal(json_object_get(row->base, "distribution"),
				   json_object_get(row->head, "distribution"))) {
		snprintf(row->why, WHY_MAX, "%s", samples ?
			 "each sample is the same" : "the count is the same");
		return;
	}
	row->change = mean_of(row->head) - mean_of(row->base);
	if (row->change)
		row->verdict = direction(row);
	snprintf(row->why, WHY_MAX, "median the same; the change is the mean's");
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

/*
 * Are all boots of the one run clear of those of the other? Five of each are
 * apart by chance once in 126 times, and there are hundreds of rows; so the gap
 * must be half as wide as what the boots of one run differ by.
 */
static bool boots_apart(const json_t *base, const json_t *head)
{
	double gap = fmax(first_of(head) - last_of(base),
			  first_of(base) - last_of(head));
	double spread = fmax(last_of(base) - first_of(base),
			     last_of(head) - first_of(head));

	return gap > 0 && gap >= spread / 2;
}

static void judge_time(struct row *row, double least, size_t rows)
{
	const json_t *base = json_object_get(row->base, "per_boot");
	const json_t *head = json_object_get(row->head, "per_boot");
	double from = fabs(number_of(row->base, "value"));
	double percent = from ? 100 * fabs(row->change) / from : INFINITY;
	bool samples = !strcmp(text_of(row->head, "kind"), "samples");
	double p;

	if (!row->change || percent < least) {
		snprintf(row->why, WHY_MAX, "less than the %g %% that count", least);
		return;
	}
	p = samples ? rank_test(row->base, row->head) :
		      count_test(row->base, row->head);
	p = fmin(1, p * rows);
	if (p > ALPHA) {
		snprintf(row->why, WHY_MAX, "p = %.2g: chance", p);
		return;
	}
	row->verdict = UNSURE;
	if (json_array_size(base) < LEAST_BOOTS ||
	    json_array_size(head) < LEAST_BOOTS) {
		snprintf(row->why, WHY_MAX, "p = %.2g, but fewer than %d boots",
			 p, LEAST_BOOTS);
	} else if (!boots_apart(base, head)) {
		snprintf(row->why, WHY_MAX, "p = %.2g, but the boots are not apart", p);
	} else {
		row->verdict = direction(row);
		snprintf(row->why, WHY_MAX, "p = %.2g, all boots apart", p);
	}
}

static bool is_time(const struct row *row)
{
	return !strcmp(text_of(row->head, "clock"), "time");
}

/**
 * comparison_judge() - fill in change, verdict and reason of all rows
 * @cmp:	loaded
 */
void comparison_judge(struct comparison *cmp)
{
	size_t i, on_time = 0;
	struct row *row;

	for (i = 0; i < cmp->nr_rows; i++)
		on_time += is_time(&cmp->rows[i]);
	for (i = 0; i < cmp->nr_rows; i++) {
		row = &cmp->rows[i];
		row->change = number_of(row->head, "value") -
			      number_of(row->base, "value");
		if (is_time(row))
			judge_time(row, cmp->least, on_time);
		else
			judge_instructions(row);
	}
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
