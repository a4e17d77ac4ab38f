// SPDX-License-Identifier: GPL-2.0
/*
 * The feature's own counters: a line that names the columns, and one for each CPU that
 * is online, whose number comes first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"

#define COLUMNS_MAX	16

/* The words of the next line; how many they are, 0 at the end of the file */
static unsigned int next_line(FILE *file, char line[256], char *words[COLUMNS_MAX])
{
	char *rest = line, *word;
	unsigned int n = 0;

	if (!fgets(line, 256, file))
		return 0;
	while (n < COLUMNS_MAX && (word = strsep(&rest, " \n")))
		if (*word)
			words[n++] = word;
	return n;
}

static int find_columns(FILE *file, const char * const *names, unsigned int nr,
			unsigned int *columns)
{
	char line[256], *words[COLUMNS_MAX];
	unsigned int i, n = next_line(file, line, words);

	for (i = 0; i < nr; i++) {
		columns[i] = 1;
		while (columns[i] < n && strcmp(words[columns[i]], names[i]))
			columns[i]++;
		if (columns[i] >= n)
			return -ENOENT;
	}
	return 0;
}

/**
 * counter_read() - one counter of each CPU that is online
 * @path:	COUNTERS or COUNTERS_PMEM
 * @name:	of the column
 * @values:	takes them
 * @most:	room in @values
 *
 * Return: how many there are, or a negative errno: -ENOENT where there is no such
 * file or column.
 */
int counter_read(const char *path, const char *name, unsigned long long *values,
		 unsigned int most)
{
	char line[256], *words[COLUMNS_MAX];
	unsigned int column, cpus = 0;
	FILE *file = fopen(path, "r");
	int ret;

	if (!file)
		return -errno;
	ret = find_columns(file, &name, 1, &column);
	while (!ret && cpus < most && next_line(file, line, words) > column)
		values[cpus++] = strtoull(words[column], NULL, 10);
	fclose(file);
	return ret ? ret : (int)cpus;
}

/**
 * counters_sum() - counters of all CPUs that are online, read at one time
 * @path:	COUNTERS or COUNTERS_PMEM
 * @names:	of the columns
 * @sums:	takes a sum for each
 * @nr:		how many, less than 16
 *
 * Return: of how many CPUs, or a negative errno: -ENOENT where there is no such file
 * or column.
 */
int counters_sum(const char *path, const char * const *names,
		 unsigned long long *sums, unsigned int nr)
{
	unsigned int columns[COLUMNS_MAX], i, n;
	char line[256], *words[COLUMNS_MAX];
	FILE *file = fopen(path, "r");
	int ret, cpus = 0;

	if (!file)
		return -errno;
	memset(sums, 0, nr * sizeof(*sums));
	ret = find_columns(file, names, nr, columns);
	while (!ret && (n = next_line(file, line, words))) {
		for (i = 0; i < nr; i++)
			sums[i] += columns[i] < n ? strtoull(words[columns[i]], NULL, 10) : 0;
		cpus++;
	}
	fclose(file);
	return ret ? ret : cpus;
}
