// SPDX-License-Identifier: GPL-2.0
/*
 * pks-run: one pattern of the driver in one context, by name, and what came of
 * it. For a shell, perf or ftrace; it measures nothing.
 */
#include <errno.h>
#include <error.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

static void usage(void)
{
	fputs("usage: pks-run [-uw] [-n operations] [-p pages] [-c CPU] pattern [context]\n"
	      "       pks-run -l\n"
	      "  -u  pages without protection\n"
	      "  -w  touch by writing\n"
	      "  -c  CPU of the other context (the caller's)\n"
	      "  -l  list patterns and contexts\n", stderr);
	exit(2);
}

static long number(int option, const char *text, long least, long most)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 0);
	if (errno || end == text || *end || n < least || n > most)
		error(2, 0, "-%c %s: expected a number from %ld to %ld", option, text,
		      least, most);
	return n;
}

/* Of a pattern the contexts that it runs in, of a context the CPU that -c may name */
static const char *place(const struct pks_test_item *item)
{
	if (item->list == PKS_TEST_PATTERNS)
		return item->flags & PKS_TEST_ANY_CONTEXT ? "any context" : "caller";
	if (item->flags & PKS_TEST_INTERRUPTS)
		return "this CPU";
	return item->flags & PKS_TEST_OTHER_CPU ? "another CPU" : "any CPU";
}

static int list(const struct driver *drv, unsigned int list, const char *title)
{
	struct pks_test_item item;
	unsigned int i;
	int ret;

	printf("%s:\n", title);
	for (i = 0; !(ret = driver_item(drv, list, i, &item)); i++)
		printf("  %-24s %-12s %s\n", item.name, place(&item), item.desc);
	return ret == -ENOENT ? 0 : ret;
}

static void show(const struct pks_test_run *run)
{
	const struct pks_test_counts *counts = &run->counts;

	printf("done %" PRIu64 " touched %" PRIu64 " denied %" PRIu64
	       " wrong %" PRIu64 " switches %" PRIu64 "\n",
	       (uint64_t)run->done, (uint64_t)run->touched, (uint64_t)run->denied,
	       (uint64_t)run->wrong, (uint64_t)run->switches);
	printf("msr_writes %" PRIu64 " msr_spared %" PRIu64 " faults %" PRIu64
	       " grants %" PRIu64 " denials %" PRIu64 " ipis %" PRIu64 "\n",
	       (uint64_t)counts->msr_writes, (uint64_t)counts->msr_spared,
	       (uint64_t)counts->faults, (uint64_t)counts->grants,
	       (uint64_t)counts->denials, (uint64_t)counts->ipis);
	printf("PKRS inside 0x%08x touched 0x%08x after 0x%08x, depth inside %u after %u, unprotect counts %u\n",
	       run->pkrs_inside, run->pkrs_touched, run->pkrs_after,
	       run->depth_inside, run->depth_after, run->count_after);
}

static int run_names(const struct driver *drv, struct pks_test_run *run, char **names)
{
	int ret = driver_choose(drv, run, names[0], names[1]);

	if (ret)
		return ret;
	ret = driver_run(drv, run);
	if (!ret)
		show(run);
	else if (ret == -EOPNOTSUPP || ret == -EINTR)
		error(0, -ret, "%s %s", names[0], names[1] ?: "");
	return ret;
}

int main(int argc, char **argv)
{
	struct pks_test_run run = { .repeat = 1, .pages = 1, .cpu = -1 };
	struct driver drv;
	bool lists = false;
	int option, ret;

	program_invocation_name = program_invocation_short_name;
	while ((option = getopt(argc, argv, "n:p:c:uwl")) != -1) {
		switch (option) {
		case 'n':
			run.repeat = number(option, optarg, 1, PKS_TEST_REPEAT_MAX);
			break;
		case 'p':
			run.pages = number(option, optarg, 1, PKS_TEST_PAGES_MAX);
			break;
		case 'c':
			run.cpu = number(option, optarg, 0, 8191);
			break;
		case 'u':
			run.flags |= PKS_TEST_RUN_UNPROTECTED;
			break;
		case 'w':
			run.flags |= PKS_TEST_RUN_WRITE;
			break;
		case 'l':
			lists = true;
			break;
		default:
			usage();
		}
	}
	if (lists ? optind != argc : argc - optind < 1 || argc - optind > 2)
		usage();
	if (driver_open(&drv))
		return 1;
	if (lists)
		ret = list(&drv, PKS_TEST_PATTERNS, "patterns") ?:
		      list(&drv, PKS_TEST_CONTEXTS, "contexts");
	else
		ret = run_names(&drv, &run, argv + optind);
	driver_close(&drv);
	return ret ? 1 : 0;
}
