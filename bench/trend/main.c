// SPDX-License-Identifier: GPL-2.0
/* pks-trend: where did a metric change, over all runs? */
#include <argp.h>
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "trend.h"

struct options {
	const char *out;
	const char **dirs;
	size_t nr;
};

static const struct argp_option option_list[] = {
	{ "output", 'o', "FOLDER", 0,
	  "where trend.json and plots.gp go (default: here); the page is printed", 0 },
	{}
};

/* A shell completes a folder with a slash; the name of the run stands before it. */
static void strip_slashes(char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		dir[--len] = '\0';
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;
	size_t i;

	switch (key) {
	case 'o':
		opts->out = arg;
		return 0;
	case ARGP_KEY_ARGS:
		opts->dirs = (const char **)state->argv + state->next;
		opts->nr = state->argc - state->next;
		for (i = 0; i < opts->nr; i++)
			strip_slashes(state->argv[state->next + i]);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected runs, got none");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int save(const struct trend *trend, const char *out)
{
	json_t *json;
	int ret;

	if (trend->nr_runs < 2) {
		error(0, 0, "one run has no trend, two or more are needed: nothing written");
		return 0;
	}
	json = trend_as_json(trend);
	if (!json)
		return -ENOMEM;
	ret = trend_save(json, out);
	if (!ret)
		ret = trend_draw(trend, out);
	if (!ret)
		ret = trend_print(json, stdout);
	json_decref(json);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opts = { .out = "." };
	const struct argp argp = {
		option_list, parse, "RUN...",
		"Find where metrics changed over all runs, in the order of their names.",
		NULL, NULL, NULL,
	};
	struct trend trend = {};
	int ret;

	program_invocation_name = program_invocation_short_name;
	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	ret = trend_load(&trend, opts.dirs, opts.nr);
	if (!ret)
		ret = trend_find(&trend);
	if (!ret)
		ret = save(&trend, opts.out);
	trend_free(&trend);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
