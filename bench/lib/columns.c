// SPDX-License-Identifier: GPL-2.0
/* The columns of a table: one for each number of CPUs that was measured. */
#include <errno.h>
#include <error.h>

#include "columns.h"

/**
 * columns_find() - find the column of a number of CPUs
 * @columns:	the columns
 * @cpus:	the number
 *
 * Return: its index, @columns->nr if there is none.
 */
size_t columns_find(const struct columns *columns, double cpus)
{
	size_t i;

	for (i = 0; i < columns->nr && columns->cpus[i] != cpus; i++)
		;
	return i;
}

/**
 * columns_add() - have a column for a number of CPUs
 * @columns:	the columns
 * @cpus:	the number; it may be there
 *
 * Return: 0, or -E2BIG after one line on stderr.
 */
int columns_add(struct columns *columns, double cpus)
{
	size_t i;

	if (columns_find(columns, cpus) < columns->nr)
		return 0;
	if (columns->nr == MAX_COLUMNS) {
		error(0, 0, "more than %d different numbers of CPUs in one run",
		      MAX_COLUMNS);
		return -E2BIG;
	}
	for (i = columns->nr++; i && columns->cpus[i - 1] > cpus; i--)
		columns->cpus[i] = columns->cpus[i - 1];
	columns->cpus[i] = cpus;
	return 0;
}
