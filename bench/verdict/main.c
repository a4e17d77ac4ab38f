// SPDX-License-Identifier: GPL-2.0
/*
 * pks-verdict: what a run says, on one screen, beside the figures of a reference,
 * and what has changed since the run before.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "verdict.h"

static const struct argp_option option_list[] = {
	{ "reference", 'r', "RUN", 0, "the run whose figures stand in brackets", 0 },
	{ "before", 'b', "RUN", 0, "the run since which changes are counted", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct summary *s = state->input;

	switch (key) {
	case 'r':
		s->reference_dir = arg;
		return 0;
	case 'b':
		s->before_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "expected one run, came more");
		s->dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (!s->dir)
			argp_error(state, "expected a run, came none");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int load(struct summary *s)
{
	int ret;

	s->reference.head = results_file_load(s->dir);
	if (!s->reference.head)
		return -EINVAL;
	if (s->reference_dir) {
		s->reference.base = results_file_load(s->reference_dir);
		if (!s->reference.base)
			return -EINVAL;
	}
	if (!s->before_dir)
		return 0;
	s->before = (struct comparison){
		.base_dir = s->before_dir, .head_dir = s->dir, .least = DEFAULT_LEAST,
	};
	ret = comparison_load(&s->before);
	if (!ret)
		comparison_judge(&s->before);
	return ret;
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		option_list, parse, "RUN",
		"Say on one screen what a run has measured.",
		NULL, NULL, NULL,
	};
	struct summary s = {};
	int ret;

	program_invocation_name = program_invocation_short_name;
	argp_parse(&argp, argc, argv, 0, NULL, &s);

	ret = load(&s);
	if (!ret)
		ret = answers_find(&s);
	if (!ret)
		ret = verdict_print(&s);
	free(s.answers);
	comparison_free(&s.before);
	comparison_free(&s.reference);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
