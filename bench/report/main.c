// SPDX-License-Identifier: GPL-2.0
/*
 * pks-report: make results.json and the tables from the raw samples of a run.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>

#include "result.h"
#include "table.h"

int main(int argc, char **argv)
{
	struct results results = {};
	struct run run;
	int ret;

	program_invocation_name = program_invocation_short_name;
	if (argc != 2 || argv[1][0] == '-')
		error(EXIT_FAILURE, 0, "usage: pks-report <folder of a run>");
	ret = run_load(&run, argv[1]);
	if (!ret)
		ret = results_compute(&results, &run);
	if (!ret)
		ret = results_save(&results, argv[1]);
	if (!ret)
		ret = tables_print(&results);
	results_free(&results);
	run_free(&run);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
