/* SPDX-License-Identifier: GPL-2.0 */
/* What perf stat counts on all CPUs while something runs. */
#ifndef PKS_BENCH_PERF_STAT_H
#define PKS_BENCH_PERF_STAT_H

#include <jansson.h>
#include <sys/types.h>

/**
 * struct perf_stat - a perf stat that waits to be told
 * @pid:	the process
 * @control:	takes commands
 * @ack:	answers them
 * @output:	an unlinked file that takes what it prints
 */
struct perf_stat {
	pid_t pid;
	int control;
	int ack;
	int output;
};

int perf_stat_begin(struct perf_stat *perf);
json_t *perf_stat_end(struct perf_stat *perf);

#endif /* PKS_BENCH_PERF_STAT_H */
