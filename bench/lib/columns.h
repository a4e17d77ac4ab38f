/* SPDX-License-Identifier: GPL-2.0 */
/* The columns of a table: one for each number of CPUs that was measured. */
#ifndef PKS_BENCH_COLUMNS_H
#define PKS_BENCH_COLUMNS_H

#include <stddef.h>

#define MAX_COLUMNS	16

/**
 * struct columns - the numbers of CPUs of a table
 * @cpus:	the numbers, rising
 * @nr:		how many
 */
struct columns {
	double cpus[MAX_COLUMNS];
	size_t nr;
};

size_t columns_find(const struct columns *columns, double cpus);
int columns_add(struct columns *columns, double cpus);

#endif /* PKS_BENCH_COLUMNS_H */
