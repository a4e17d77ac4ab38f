// SPDX-License-Identifier: GPL-2.0
/* pks-compare: did a change make anything worse? */
#include <argp.h>
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdlib.h>

#include "compare.h"

/* Something got worse, and: there is no answer. */
#define EXIT_WORSE	1
#define EXIT_TROUBLE	2

struct options {
	struct comparison cmp;
	bool json;
};

static const struct argp_option option_list[] = {
	{ "least", 'l', "PERCENT", 0,
	  "the least change that counts, where a figure needs a limit (default: 15)", 0 },
	{ "json", 'j', NULL, 0, "print JSON", 0 },
	{}
};

static void parse_least(const char *arg, double *least)
{
	char *end;

	*least = strtod(arg, &end);
	if (end == arg || *end || !(*least >= 0 && *least <= 1000))
		error(EXIT_TROUBLE, 0,
		      "LEAST=%s is not good, use a percentage from 0 to 1000", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case 'l':
		parse_least(arg, &opts->cmp.least);
		return 0;
	case 'j':
		opts->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			opts->cmp.base_dir = arg;
		else if (state->arg_num == 1)
			opts->cmp.head_dir = arg;
		else
			argp_error(state, "expected two runs, came more");
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "expected two runs, came %u",
				   state->arg_num);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	struct options opts = { .cmp.least = DEFAULT_LEAST };
	const struct argp argp = {
		option_list, parse, "BASE HEAD",
		"Compare two runs, metric by metric. Exit status: 1 if one got worse, 2 if there is no answer.",
		NULL, NULL, NULL,
	};
	int ret;

	program_invocation_name = program_invocation_short_name;
	argp_err_exit_status = EXIT_TROUBLE;
	argp_parse(&argp, argc, argv, 0, NULL, &opts);

	ret = comparison_load(&opts.cmp);
	if (!ret) {
		comparison_judge(&opts.cmp);
		ret = opts.json ? comparison_print_json(&opts.cmp) :
				  comparison_print(&opts.cmp);
	}
	if (ret)
		ret = EXIT_TROUBLE;
	else if (comparison_count(&opts.cmp, WORSE))
		ret = EXIT_WORSE;
	comparison_free(&opts.cmp);
	return ret;
}
