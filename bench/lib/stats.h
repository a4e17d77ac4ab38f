/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics of raw samples. */
#ifndef PKS_BENCH_STATS_H
#define PKS_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct stats - what is known about a series of samples
 * @n:		samples used
 * @dropped:	samples left out in front, as warm-up
 * @settled:	false: no settled part was found, and nothing was left out
 * @median:	the 50th percentile
 * @low:	lower end of the median's 95 % interval
 * @high:	upper end of the median's 95 % interval
 * @p25:	the first quartile
 * @p90:	the 90th percentile
 * @p99:	the 99th percentile
 * @p999:	the 99.9th percentile
 * @min:	the least
 * @max:	the greatest
 */
struct stats {
	size_t n;
	size_t dropped;
	bool settled;
	double median;
	double low;
	double high;
	double p25;
	double p90;
	double p99;
	double p999;
	double min;
	double max;
};

size_t stats_warmup(const double *x, size_t n, bool *settled);
void stats_median_interval(const double *sorted, size_t n, double *low,
			   double *high);
int stats_compute(const double *x, size_t n, struct stats *s);
void stats_pool(double *x, size_t n, double *medians, size_t nr,
		struct stats *s);

#endif /* PKS_BENCH_STATS_H */
