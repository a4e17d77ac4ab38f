// SPDX-License-Identifier: GPL-2.0
/*
 * What perf stat counts on all CPUs while something runs: the tracepoints of the
 * feature, what belongs to it, and what the machine's own counters have.
 */
#include <errno.h>
#include <error.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "perf-stat.h"

#define TRACING		"/sys/kernel/tracing/events/"

/* Tracepoints that not every kernel has; perf fails altogether if one is missing. */
static const char * const tracepoints[] = {
	"ipi:ipi_send_cpu",
	"ipi:ipi_send_cpumask",
	"irq_vectors:call_function_entry",
	"irq_vectors:call_function_single_entry",
	"irq_vectors:reschedule_entry",
	"tlb:tlb_flush",
};

/* Counters that perf itself says it does not have, where it has not */
static const char counters[] =
	"context-switches,cpu-migrations,page-faults,cycles,instructions,cache-misses,dTLB-load-misses";

static bool has_tracepoint(const char *name)
{
	const char *colon = strchr(name, ':');
	char *path;
	bool has;

	if (asprintf(&path, TRACING "%.*s/%s", (int)(colon - name), name,
		     colon + 1) < 0)
		return false;
	has = !access(path, F_OK);
	free(path);
	return has;
}

/* The events as perf takes them, to be freed */
static char *event_list(void)
{
	size_t size, i;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs(counters, f);
	if (!access(TRACING "pks", F_OK))
		fputs(",pks:*", f);
	for (i = 0; i < ARRAY_SIZE(tracepoints); i++) {
		if (has_tracepoint(tracepoints[i]))
			fprintf(f, ",%s", tracepoints[i]);
	}
	fclose(f);
	return text;
}

static void exec_perf(const char *events, int control, int ack, int output)
{
	char fds[64], file[32];

	snprintf(fds, sizeof(fds), "fd:%d,%d", control, ack);
	snprintf(file, sizeof(file), "/proc/self/fd/%d", output);
	execlp("perf", "perf", "stat", "-a", "-x", ",", "-D", "-1", "--control",
	       fds, "-o", file, "-e", events, NULL);
	_exit(127);
}

/* "enable" and "disable"; perf says "ack\n" when it has done so. */
static int command(struct perf_stat *perf, const char *what)
{
	char answer[8];

	if (write(perf->control, what, strlen(what)) == (ssize_t)strlen(what) &&
	    read(perf->ack, answer, sizeof(answer)) > 0)
		return 0;
	error(0, 0, "perf stat: expected an answer to \"%.6s\", came none", what);
	return -EPROTO;
}

static void reap(struct perf_stat *perf)
{
	kill(perf->pid, SIGINT);
	close(perf->control);
	waitpid(perf->pid, NULL, 0);
	close(perf->ack);
}

static int start(struct perf_stat *perf, const char *events)
{
	int control[2], ack[2];

	perf->output = memfd_create("perf-stat", 0);
	if (perf->output < 0 || pipe(control))
		return -errno;
	if (pipe(ack))
		return -errno;
	perf->pid = fork();
	if (!perf->pid) {
		close(control[1]);
		close(ack[0]);
		exec_perf(events, control[0], ack[1], perf->output);
	}
	close(control[0]);
	close(ack[1]);
	perf->control = control[1];
	perf->ack = ack[0];
	return perf->pid < 0 ? -errno : 0;
}

/**
 * perf_stat_begin() - count from now on
 * @perf:	filled in
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int perf_stat_begin(struct perf_stat *perf)
{
	char *events = event_list();
	int ret = events ? start(perf, events) : -ENOMEM;

	free(events);
	if (ret) {
		error(0, -ret, "starting perf stat");
		return ret;
	}
	ret = command(perf, "enable\n");
	if (ret) {
		reap(perf);
		close(perf->output);
	}
	return ret;
}

/* "12,,pks:pks_fault_granted,...": what was not counted is no number. */
static void take_line(json_t *events, char *line)
{
	char *end, *name;
	long long count = strtoll(line, &end, 10);

	if (end == line || *end != ',')
		return;
	name = strchr(end + 1, ',');
	if (!name)
		return;
	name++;
	name[strcspn(name, ",\n")] = '\0';
	json_object_set_new(events, name, json_integer(count));
}

/**
 * perf_stat_end() - stop counting
 * @perf:	from perf_stat_begin()
 *
 * Return: an object, the count of each event by its name; NULL after one line on
 * stderr.
 */
json_t *perf_stat_end(struct perf_stat *perf)
{
	json_t *events = NULL;
	char line[512];
	FILE *f;
	int ret;

	ret = command(perf, "disable\n");
	reap(perf);
	f = fdopen(perf->output, "r");
	if (!f) {
		close(perf->output);
		return NULL;
	}
	rewind(f);
	if (!ret)
		events = json_object();
	while (events && fgets(line, sizeof(line), f))
		take_line(events, line);
	fclose(f);
	if (events && !json_object_size(events)) {
		error(0, 0, "perf stat: expected counts, came none");
		json_decref(events);
		events = NULL;
	}
	return events;
}
