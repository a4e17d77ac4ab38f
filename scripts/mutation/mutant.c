// SPDX-License-Identifier: GPL-2.0
/*
 * Which mutant is switched on in a program of the benchmarks: PKS_MUTANT=; with -1 the
 * numbers of the lines that were executed are added to the file PKS_MUTANT_LINES=.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/pks-mutation.h>

int pks_mutant;
char pks_mutant_lines[PKS_MUTANT_MAX];

__attribute__((constructor)) static void mutant_choose(void)
{
	const char *nr = getenv("PKS_MUTANT");

	pks_mutant = nr ? atoi(nr) : 0;
}

__attribute__((destructor)) static void mutant_tell(void)
{
	const char *name = getenv("PKS_MUTANT_LINES");
	FILE *file;
	int i;

	if (pks_mutant != PKS_MUTANT_REACH || !name)
		return;
	file = fopen(name, "a");
	if (!file)
		err(1, "%s", name);
	for (i = 0; i < PKS_MUTANT_MAX; i++)
		if (pks_mutant_lines[i])
			fprintf(file, "%d\n", i);
	fclose(file);
}
