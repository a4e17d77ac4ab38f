/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the chosen benchmarks under the chosen schemes. */
#ifndef PKS_BENCH_SUITE_H
#define PKS_BENCH_SUITE_H

#include <jansson.h>

#include "lib/bench.h"
#include "driver.h"

/**
 * struct suite - what to run, and what came of it
 * @drv:	the driver
 * @benches:	the chosen benchmarks
 * @nr_benches:	how many
 * @schemes:	the chosen schemes; none: all that the driver has
 * @nr_schemes:	how many
 * @repeat:	operations, and so samples, of each step
 * @other_cpu:	a CPU that this program does not run on, -1 if there is none
 * @job:	the job that a benchmark has to run, or NULL
 * @in_turn:	the CPUs run in turn, as on an emulator's instruction clock
 * @perf:	run each step once more, under perf stat
 * @stop:	set by a signal: end as soon as possible
 * @root:	the recording
 */
struct suite {
	struct driver drv;
	const struct bench **benches;
	unsigned int nr_benches;
	char (*schemes)[PKS_TEST_NAME_MAX];
	unsigned int nr_schemes;
	unsigned int repeat;
	int other_cpu;
	const char *job;
	bool in_turn;
	bool perf;
	const int *stop;
	json_t *root;
};

int suite_run(struct suite *suite);

#endif /* PKS_BENCH_SUITE_H */
