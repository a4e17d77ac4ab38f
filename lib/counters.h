/* SPDX-License-Identifier: GPL-2.0 */
/* The feature's own counters, a column each, a line for each CPU. */
#ifndef PKS_COUNTERS_H
#define PKS_COUNTERS_H

#define COUNTERS		"/sys/kernel/debug/pks/counters"
#define COUNTERS_PMEM		"/sys/kernel/debug/pks_pgmap"

int counter_read(const char *path, const char *name, unsigned long long *values,
		 unsigned int most);
int counters_sum(const char *path, const char * const *names,
		 unsigned long long *sums, unsigned int nr);

#endif /* PKS_COUNTERS_H */
