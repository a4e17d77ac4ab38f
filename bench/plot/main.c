// SPDX-License-Identifier: GPL-2.0
/*
 * pks-plot: what gnuplot needs to draw a run, from its results.json alone, and the
 * body of the page that shows the pictures.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "lib/results-file.h"
#include "plot.h"

static int print(const struct plot *plot)
{
	int ret = page_print(plot, stdout);

	if (!ret && !fflush(stdout) && !ferror(stdout))
		return 0;
	error(0, errno, "printing the page");
	return -EIO;
}

int main(int argc, char **argv)
{
	struct plot plot = {};
	int ret = -EINVAL;

	program_invocation_name = program_invocation_short_name;
	if (argc != 3 || argv[1][0] == '-')
		error(EXIT_FAILURE, 0,
		      "usage: pks-plot <folder of a run> <folder for what is drawn>");
	plot.dir = argv[2];
	plot.run = results_file_load(argv[1]);
	if (plot.run)
		ret = figures_find(&plot);
	if (!ret)
		ret = figures_write(&plot);
	if (!ret)
		ret = print(&plot);
	figures_free(&plot);
	json_decref(plot.run);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
