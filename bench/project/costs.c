// SPDX-License-Identifier: GPL-2.0
/* What events cost: as a table says, and as the time clock of a run had it. */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/results-file.h"
#include "project.h"

/* Which metric tells what an event costs; the first scheme of a run where NULL */
static const struct {
	const char *event;
	const char *which;
	const char *bench;
	const char *name;
	const char *scheme;
} sources[] = {
	{ "ipis", CASE_QUICK, "events", "ipi-busy", NULL },
	{ "ipis", CASE_IDLE, "events", "ipi-idle", NULL },
	{ "msr_writes", NULL, "events", "wrmsr", NULL },
	{ "msr_reads", NULL, "events", "rdmsr", NULL },
	{ "faults", NULL, "pf-unprotect", "touch", BENCH_PER_PAGE },
};

/* Under which the machine ran, for the name of its CPU */
static const char * const conditions[] = {
	"microcode", "frequency_driver", "governor", "turbo", "smt",
};

/**
 * cost_of() - what an event costs
 * @costs:	a table of costs
 * @event:	the event
 * @which:	its case, "" if it has none
 * @ns:		takes the range
 *
 * Return: 0, or -EINVAL after one line on stderr.
 */
int cost_of(const json_t *costs, const char *event, const char *which,
	    struct range *ns)
{
	const json_t *list = json_object_get(costs, "costs"), *cost, *range;
	size_t i, found = 0;

	json_array_foreach(list, i, cost) {
		if (strcmp(text_of(cost, "event"), event) ||
		    strcmp(text_of(cost, "case"), which))
			continue;
		range = json_object_get(cost, "ns");
		ns->least = json_number_value(json_array_get(range, 0));
		ns->most = json_number_value(json_array_get(range, 1));
		found++;
	}
	if (found == 1)
		return 0;
	error(0, 0, "the table of costs has %zu entries for %s %s: it needs one",
	      found, event, which);
	return -EINVAL;
}

/* Of the guest with the most CPUs */
static const json_t *find_measured(const json_t *run, const char *bench,
				   const char *name, const char *scheme)
{
	const json_t *metrics = json_object_get(run, "metrics"), *m;
	const json_t *most = NULL;
	size_t i;

	json_array_foreach(metrics, i, m) {
		if (strcmp(text_of(m, "clock"), "time") ||
		    strcmp(text_of(m, "kernel"), "pks") ||
		    strcmp(text_of(m, "benchmark"), bench) ||
		    strcmp(text_of(m, "name"), name) ||
		    (scheme && strcmp(text_of(m, "scheme"), scheme)))
			continue;
		if (!scheme)
			scheme = text_of(m, "scheme");
		if (!most || number_of(m, "cpus") >= number_of(most, "cpus"))
			most = m;
	}
	if (!most)
		error(0, 0, "%s %s was not measured on the time clock: measure on the machine whose costs these are to be",
		      bench, name);
	return most;
}

static double tsc_khz(const json_t *run)
{
	const json_t *boots = json_object_get(run, "boots"), *boot;
	size_t i;

	json_array_foreach(boots, i, boot) {
		if (!strcmp(text_of(boot, "clock"), "time"))
			return number_of(json_object_get(boot, "driver"), "tsc_khz");
	}
	return 0;
}

static json_t *source_of(const json_t *run, const json_t *metric)
{
	const char *qemu = text_of(json_object_get(run, "machine"), "qemu");
	bool real = !strcmp(qemu, "none");
	double khz = tsc_khz(run);

	return json_sprintf("%s%s%s: %s: %.0f cycles of a TSC at %.0f MHz",
			    real ? "measured" : "emulated by ", real ? "" : qemu,
			    real ? "" : ", no cost of hardware",
			    text_of(metric, "title"),
			    round(number_of(metric, "value") * khz / 1e6),
			    round(khz / 1000));
}

/* In tenths of a nanosecond */
static json_t *tenths(double ns)
{
	return json_real(round(ns * 10) / 10);
}

/* The least and the greatest median of its boots, which rise */
static int add_cost(json_t *list, const json_t *run, size_t i)
{
	const json_t *metric = find_measured(run, sources[i].bench,
					     sources[i].name, sources[i].scheme);
	const json_t *boots = json_object_get(metric, "per_boot");
	size_t nr = json_array_size(boots);
	double least, most;

	if (!metric || !nr)
		return -EINVAL;
	least = json_number_value(json_array_get(boots, 0));
	most = json_number_value(json_array_get(boots, nr - 1));
	return json_array_append_new(list,
				     json_pack("{ss,ss*,s[oo],so}",
					       "event", sources[i].event,
					       "case", sources[i].which,
					       "ns", tenths(least), tenths(most),
					       "source", source_of(run, metric)));
}

static json_t *cpu_of(const json_t *run)
{
	const json_t *machine = json_object_get(run, "machine");
	json_t *text = json_string(text_of(machine, "host_cpu")), *longer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		if (!json_object_get(machine, conditions[i]))
			continue;
		longer = json_sprintf("%s, %s %s", json_string_value(text),
				      conditions[i],
				      text_of(machine, conditions[i]));
		json_decref(text);
		text = longer;
	}
	return text;
}

/**
 * costs_measured() - what events cost on the machine of a run
 * @run:	the run, which has the time clock
 * @assumed:	a table of costs, for what no clock tells
 *
 * Return: a table of costs, or NULL after one line on stderr.
 */
json_t *costs_measured(const json_t *run, const json_t *assumed)
{
	json_t *list = json_array(), *costs, *cost;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		if (add_cost(list, run, i)) {
			json_decref(list);
			return NULL;
		}
	}
	json_array_foreach(json_object_get(assumed, "costs"), i, cost) {
		if (!strcmp(text_of(cost, "event"), "instructions"))
			json_array_append(list, cost);
	}
	costs = json_pack("{so,ss,sn,so}", "cpu", cpu_of(run), "scheme",
			  text_of(assumed, "scheme"), "claim", "costs", list);
	if (!costs)
		error(0, 0, "out of memory for the costs");
	return costs;
}
