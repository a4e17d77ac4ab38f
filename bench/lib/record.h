/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw samples with the conditions they were taken under, as JSON:
 *
 * format, version	RECORD_FORMAT, RECORD_VERSION
 * driver		struct pks_test_info; its flags also spelled out as pks,
 *			debug and store
 * mode			what a granting fault did besides, null without PKS
 * cpus_online
 * benchmarks[]		struct bench, with its metrics[]: struct bench_metric
 * records[]		struct bench_case: benchmark, step, scheme, what was
 *			asked of the driver, what it answered, counters{}, and
 *			samples{}: map[], touch[], unmap[], in ticks
 * skipped[]		benchmark, step, scheme and the reason
 */
#ifndef PKS_BENCH_RECORD_H
#define PKS_BENCH_RECORD_H

#include <jansson.h>

#include "bench.h"

#define RECORD_FORMAT	"pks-bench raw"
#define RECORD_VERSION	2

json_t *record_new(const struct pks_test_info *info, unsigned int cpus);
int record_bench(json_t *root, const struct bench *bench);
int record_case(json_t *root, const struct bench_case *c);
int record_skip(json_t *root, const struct bench_case *c, const char *reason);

#endif /* PKS_BENCH_RECORD_H */
