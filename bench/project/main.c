// SPDX-License-Identifier: GPL-2.0
/*
 * pks-project: what one change of access would cost on another machine, from the
 * events that a run has counted and a table of what each costs there; or that table,
 * from a run that was measured on that machine.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-file.h"
#include "lib/results-file.h"
#include "project.h"

static int flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	error(0, errno, "printing the projection");
	return -EIO;
}

static int print_costs(const json_t *run, const json_t *assumed)
{
	json_t *costs = costs_measured(run, assumed);

	if (!costs)
		return -EINVAL;
	json_dumpf(costs, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(costs);
	return flush();
}

static int project(const json_t *run, json_t *costs, const char *dir)
{
	struct projection p = { .costs = costs };
	int ret = projection_compute(&p, run);

	if (!ret)
		ret = projection_write(&p, dir);
	if (ret)
		return ret;
	projection_print(&p);
	return flush();
}

int main(int argc, char **argv)
{
	json_t *run, *costs = NULL;
	int ret = -EINVAL;

	program_invocation_name = program_invocation_short_name;
	if (argc != 4)
		error(EXIT_FAILURE, 0,
		      "usage: pks-project <run> <costs> <folder>, or pks-project --costs <run> <costs>");
	if (!strcmp(argv[1], "--costs")) {
		run = results_file_load(argv[2]);
		if (run)
			costs = json_file_load(argv[3]);
		if (costs)
			ret = print_costs(run, costs);
	} else {
		run = results_file_load(argv[1]);
		if (run)
			costs = json_file_load(argv[2]);
		if (costs)
			ret = project(run, costs, argv[3]);
	}
	json_decref(costs);
	json_decref(run);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
