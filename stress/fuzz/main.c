// SPDX-License-Identifier: GPL-2.0
/*
 * pks-fuzz: ioctls of /dev/pks_test that nobody would make. What reaches a new
 * place in the driver or in the feature (KCOV tells) is kept, and changed further.
 */
#include <argp.h>
#include <errno.h>
#include <error.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "fuzz.h"

/* Nothing is wrong, but the time was over before the number of ioctls was reached */
#define EXIT_TOO_FEW	2

struct options {
	const char *corpus;
	const char *output;
	unsigned long seconds;
	unsigned long calls;
	unsigned long seed;
};

static const struct argp_option option_list[] = {
	{ "corpus", 'c', "FILE", 0, "inputs to begin with", 0 },
	{ "output", 'o', "FILE", 0,
	  "where to write the inputs worth keeping, and all of worker n (FILE.<n>)", 0 },
	{ "seconds", 't', "N", 0, "end after so long (60)", 0 },
	{ "calls", 'n', "N", 0,
	  "end after so many ioctls; exit status 2 if the time is over before", 0 },
	{ "seed", 's', "N", 0, "of the random numbers (1)", 0 },
	{}
};

static struct shared *shared;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long *number = NULL;
	char *end;

	switch (key) {
	case 'c':
		options->corpus = arg;
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case 't':
		number = &options->seconds;
		break;
	case 'n':
		number = &options->calls;
		break;
	case 's':
		number = &options->seed;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	*number = strtoul(arg, &end, 10);
	if (end == arg || *end || !*number)
		argp_error(state, "-%c %s: expected a number above 0", key, arg);
	return 0;
}

static const struct argp parser = {
	.options = option_list,
	.parser = parse_option,
	.doc = "Fuzz the ioctls of /dev/pks_test.",
};

static void keep(const struct input *in)
{
	__u32 i = __atomic_fetch_add(&shared->nr_corpus, 1, __ATOMIC_RELAXED);

	if (i >= CORPUS_MAX)
		return;
	shared->corpus[i] = *in;
	__atomic_store_n(&shared->ready[i], 1, __ATOMIC_RELEASE);
}

static __u32 corpus_size(void)
{
	__u32 n = __atomic_load_n(&shared->nr_corpus, __ATOMIC_RELAXED);

	return n < CORPUS_MAX ? n : CORPUS_MAX;
}

static void choose_input(struct random *r, struct input *in)
{
	__u32 i = random_below(r, corpus_size());

	if (!random_below(r, 8) || !corpus_size() ||
	    !__atomic_load_n(&shared->ready[i], __ATOMIC_ACQUIRE)) {
		input_make(r, in);
		if (random_below(r, 2))
			input_mutate(r, in);
		return;
	}
	*in = shared->corpus[i];
	/* What goes on around a call is slow: more calls without */
	if (random_below(r, 32))
		in->around = AROUND_NOTHING;
	input_mutate(r, in);
}

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void try(struct random *r, const struct input *in, FILE *log)
{
	int err;

	if (log)
		input_print(log, in);
	if (call_make(shared, r, in, &err)) {
		__atomic_store_n(&shared->failed, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	}
	if (kcov_take(shared))
		keep(in);
}

/*
 * What a worker was about to do, in the order in which it did, beside the corpus: some
 * damage is seen only when all have ended. A line is written before its call is made.
 */
static FILE *open_log(const char *output, unsigned int number)
{
	char *name;
	FILE *f;

	if (!output)
		return NULL;
	if (asprintf(&name, "%s.%u", output, number) < 0)
		error(EXIT_FAILURE, errno, "the name of a log");
	f = fopen(name, "w");
	if (!f)
		error(EXIT_FAILURE, errno, "%s", name);
	setlinebuf(f);
	free(name);
	return f;
}

/* The inputs of the file come first, dealt out among the workers. */
static void worker(unsigned int number, unsigned int workers, const struct input *first,
		   unsigned int nr_first, const struct options *options)
{
	struct random r = { .state = options->seed * 0x9e3779b97f4a7c15ull + number + 1 };
	FILE *log = open_log(options->output, number);
	struct input in;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (call_prepare() || (kcov_begin() && !number))
		error(0, 0, "KCOV is not there: without guidance, inputs are random");
	for (i = number; i < nr_first && !stopped(); i += workers)
		try(&r, &first[i], log);
	while (!stopped()) {
		choose_input(&r, &in);
		try(&r, &in, log);
	}
	call_end();
	exit(EXIT_SUCCESS);
}

static struct input *load_corpus(const char *path, unsigned int *n)
{
	FILE *f = fopen(path, "r");
	struct input *list = calloc(CORPUS_MAX, sizeof(*list));
	char line[4 * BODY_MAX];

	if (!f || !list)
		error(EXIT_FAILURE, errno, "%s", path);
	for (*n = 0; *n < CORPUS_MAX && fgets(line, sizeof(line), f);) {
		if (*line == '#')
			continue;
		if (!input_parse(line, &list[(*n)++]))
			error(EXIT_FAILURE, 0, "%s: expected an input, came %s", path, line);
	}
	fclose(f);
	return list;
}

static void save_corpus(const char *path)
{
	FILE *f = fopen(path, "w");
	__u32 i;

	if (!f)
		error(EXIT_FAILURE, errno, "%s", path);
	fputs("# Inputs of pks-fuzz: cmd, places of argument and samples, what is around, how, length, body\n", f);
	for (i = 0; i < corpus_size(); i++)
		if (shared->ready[i])
			input_print(f, &shared->corpus[i]);
	if (fclose(f))
		error(EXIT_FAILURE, errno, "%s", path);
}

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static __u64 calls(void)
{
	return __atomic_load_n(&shared->calls, __ATOMIC_RELAXED);
}

static void say(const char *what, double start)
{
	double seconds = seconds_now() - start;

	printf("%s%.0f s: %llu ioctls, %.0f/s; %llu patterns ran; %llu places, %u inputs kept\n",
	       what, seconds, (unsigned long long)calls(), calls() / seconds,
	       (unsigned long long)shared->ran, (unsigned long long)shared->covered,
	       corpus_size());
	fflush(stdout);
}

static void watch(const struct options *options)
{
	double start = seconds_now(), last = start;

	while (!stopped()) {
		usleep(100000);
		if (seconds_now() - last > 5) {
			last = seconds_now();
			say("", start);
		}
		if (seconds_now() - start > options->seconds ||
		    (options->calls && calls() >= options->calls))
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	}
	say("fuzz: ", start);
}

/* A worker that does not end, or is killed, has found something. */
static int reap(unsigned int workers)
{
	int status, ret = 0;

	while (workers--) {
		if (wait(&status) < 0)
			return -errno;
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			error(0, 0, "expected a worker to exit, came status 0x%x", status);
			ret = -EPROTO;
		}
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = { .seconds = 60, .seed = 1 };
	unsigned int i, workers = sysconf(_SC_NPROCESSORS_ONLN), nr_first = 0;
	struct input *first = NULL;
	int ret;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (options.corpus)
		first = load_corpus(options.corpus, &nr_first);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		error(EXIT_FAILURE, errno, "shared memory");
	for (i = 0; i < workers; i++)
		if (!fork())
			worker(i, workers, first, nr_first, &options);
	watch(&options);
	ret = reap(workers);
	if (options.output)
		save_corpus(options.output);
	if (ret || shared->failed)
		return EXIT_FAILURE;
	return calls() < options.calls ? EXIT_TOO_FEW : EXIT_SUCCESS;
}
