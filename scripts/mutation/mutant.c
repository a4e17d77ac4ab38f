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
unsigned long pks_mutants[PKS_MUTANT_MAX / PKS_MUTANT_WORD + 1];
char pks_mutant_lines[PKS_MUTANT_MAX];

__attribute__((constructor)) static void mutant_choose(void)
{
	const char *text = getenv("PKS_MUTANT");
	int nr = text ? atoi(text) : 0;

	if (nr > 0 && nr < PKS_MUTANT_MAX)
		pks_mutants[nr / PKS_MUTANT_WORD] |= 1ul << nr % PKS_MUTANT_WORD;
	pks_mutant = nr > 0 ? 1 : nr;
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
