// SPDX-License-Identifier: GPL-2.0
/*
 * pks-bench: run the benchmarks on this machine and write raw samples.
 *
 * It does no statistics: pks-report makes the results from what is written
 * here.
 */
#include <argp.h>
#include <errno.h>
#include <error.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json-file.h"
#include "lib/record.h"
#include "suite.h"

#define DEFAULT_SAMPLES	1000

static int stop;

/* What the command line says. */
struct options {
	const char *output;
	struct suite *suite;
	bool all;
	bool tools;
	bool parallel;
	bool list;
};

static const struct argp_option option_list[] = {
	{ "output", 'o', "FILE", 0, "where to write the raw samples (JSON)", 0 },
	{ "bench", 'b', "NAME", 0, "run this one; repeatable (default: all)", 0 },
	{ "scheme", 's', "SCHEME", 0,
	  "measure this one; repeatable (default: all that the driver lists)", 0 },
	{ "samples", 'n', "N", 0, "samples of each step (default: 1000)", 0 },
	{ "job", 'j', "FILE", 0, "the job file that fio-job or stress-ng-job runs", 0 },
	{ "in-turn", 't', NULL, 0,
	  "the CPUs run in turn: leave out what needs two at the same time", 0 },
	{ "all", 'a', NULL, 0, "the slow benchmarks, too", 0 },
	{ "tools", 'T', NULL, 0,
	  "of these, the benchmarks that need a tool which is not of this suite", 0 },
	{ "parallel", 'P', NULL, 0,
	  "of these, the benchmarks that need two CPUs at the same time", 0 },
	{ "perf", 'p', NULL, 0,
	  "run each step once more, and record what perf stat counts", 0 },
	{ "list", 'l', NULL, 0, "list the benchmarks and their metrics", 0 },
	{}
};

static void handle_signal(int sig)
{
	__atomic_store_n(&stop, sig, __ATOMIC_RELAXED);
}

/*
 * Whatever ends this program must not leave another scheme behind. Without
 * SA_RESTART, as a signal must end the driver's run, too.
 */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = handle_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static void list_benches(void)
{
	const struct bench *b;
	unsigned int i, k;

	for (i = 0; i < nr_benches; i++) {
		b = benches[i];
		printf("%s: %s (%s, %s is better)\n", b->name, b->desc, b->unit,
		       b->better);
		for (k = 0; k < b->nr_metrics; k++)
			printf("  %-34s %s\n", b->metrics[k].name,
			       b->metrics[k].title);
	}
}

static void choose_bench(struct argp_state *state, struct suite *suite,
			 const char *name)
{
	unsigned int i;

	for (i = 0; i < suite->nr_benches; i++) {
		if (!strcmp(suite->benches[i]->name, name))
			return;
	}
	for (i = 0; i < nr_benches; i++) {
		if (strcmp(benches[i]->name, name))
			continue;
		suite->benches[suite->nr_benches++] = benches[i];
		return;
	}
	argp_error(state, "no benchmark \"%s\": -l lists them", name);
}

static void choose_scheme(struct argp_state *state, struct suite *suite,
			  const char *name)
{
	if (strlen(name) >= PKS_TEST_NAME_MAX)
		argp_error(state, "-s %s: the name is too long", name);
	memcpy(suite->schemes[suite->nr_schemes++], name, strlen(name) + 1);
}

static void choose_samples(struct argp_state *state, struct suite *suite,
			   const char *arg)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || end == arg || *end || n < 1 || n > PKS_TEST_REPEAT_MAX)
		argp_error(state, "-n %s: expected a number from 1 to %d", arg,
			   PKS_TEST_REPEAT_MAX);
	suite->repeat = n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = arg;
		return 0;
	case 'b':
		choose_bench(state, options->suite, arg);
		return 0;
	case 's':
		choose_scheme(state, options->suite, arg);
		return 0;
	case 'n':
		choose_samples(state, options->suite, arg);
		return 0;
	case 'a':
		options->all = true;
		return 0;
	case 'T':
		options->tools = true;
		return 0;
	case 'P':
		options->parallel = true;
		return 0;
	case 'p':
		options->suite->perf = true;
		return 0;
	case 'j':
		options->suite->job = arg;
		return 0;
	case 't':
		options->suite->in_turn = true;
		return 0;
	case 'l':
		options->list = true;
		return 0;
	case ARGP_KEY_END:
		if (!options->output && !options->list)
			argp_error(state, "-o FILE is needed: where to write the raw samples");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_list,
	.parser = parse_option,
	.doc = "Measure protection keys for supervisor pages on this machine.",
};

/*
 * One CPU for the whole run: what is measured must not depend on where the
 * scheduler happens to put this program. What shall run elsewhere gets the next.
 */
static int pin_to_first_cpu(struct suite *suite)
{
	cpu_set_t set;
	int cpu, ret;

	if (sched_getaffinity(0, sizeof(set), &set))
		goto fail;
	for (cpu = 0; !CPU_ISSET(cpu, &set); cpu++)
		;
	suite->other_cpu = -1;
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1 && CPU_COUNT(&set) > 1)
		for (suite->other_cpu = cpu + 1;
		     !CPU_ISSET(suite->other_cpu, &set); suite->other_cpu++)
			;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return 0;
fail:
	ret = -errno;
	error(0, errno, "pinning to one CPU");
	return ret;
}

static bool is_wanted(const struct bench *bench, const struct options *options)
{
	bool tool = false, parallel = false;
	unsigned int i;

	for (i = 0; i < bench->nr_steps; i++) {
		tool |= !!bench->steps[i].tool;
		parallel |= bench->steps[i].parallel;
	}
	return (options->all || !bench->slow) && (!options->tools || tool) &&
	       (!options->parallel || parallel);
}

static void choose_default(struct suite *suite, const struct options *options)
{
	unsigned int i;

	for (i = 0; i < nr_benches; i++) {
		if (is_wanted(benches[i], options))
			suite->benches[suite->nr_benches++] = benches[i];
	}
}

static int measure(struct suite *suite, const char *output)
{
	int ret;

	catch_signals();
	ret = pin_to_first_cpu(suite);
	if (!ret)
		ret = driver_open(&suite->drv);
	if (ret)
		return ret;
	suite->stop = &stop;
	suite->root = record_new(&suite->drv.info, sysconf(_SC_NPROCESSORS_ONLN));
	ret = suite->root ? suite_run(suite) : -ENOMEM;
	if (ret == -EINTR)
		error(0, 0, "interrupted: nothing written");
	if (!ret)
		ret = json_file_save(suite->root, output, JSON_COMPACT);
	json_decref(suite->root);
	driver_close(&suite->drv);
	return ret;
}

int main(int argc, char **argv)
{
	struct suite suite = { .repeat = DEFAULT_SAMPLES };
	struct options options = { .suite = &suite };
	int ret;

	program_invocation_name = program_invocation_short_name;
	ret = bench_sort();
	if (ret)
		goto out;
	/* Room for all that the command line can name. */
	suite.benches = calloc(nr_benches, sizeof(*suite.benches));
	suite.schemes = calloc(argc, sizeof(*suite.schemes));
	if (!suite.benches || !suite.schemes) {
		ret = -ENOMEM;
		error(0, errno, "command line");
		goto out;
	}
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	ret = 0;
	if (options.list) {
		list_benches();
		goto out;
	}
	if (!suite.nr_benches)
		choose_default(&suite, &options);
	ret = measure(&suite, options.output);
out:
	free(suite.schemes);
	free(suite.benches);
	free(benches);
	if (stop)
		return 128 + stop;
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
