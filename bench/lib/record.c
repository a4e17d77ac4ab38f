// SPDX-License-Identifier: GPL-2.0
/*
 * Raw samples with the conditions they were taken under, as JSON. Nothing is
 * computed here: the report does that, from what is written here alone.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

/* jansson's errors say nothing: what fails here is memory. */
static int record_append(json_t *root, const char *list, json_t *item)
{
	if (json_array_append_new(json_object_get(root, list), item)) {
		error(0, 0, "out of memory while recording");
		return -ENOMEM;
	}
	return 0;
}

static json_t *record_driver(const struct pks_test_info *info)
{
	return json_pack("{sI,sI,sI,sI,sI,sb,sb,ss}",
			 "version", (json_int_t)info->version,
			 "flags", (json_int_t)info->flags,
			 "tsc_khz", (json_int_t)info->tsc_khz,
			 "pkrs_default", (json_int_t)info->pkrs_default,
			 "pkey", (json_int_t)info->pkey,
			 "pks", !!(info->flags & PKS_TEST_HAS_PKS),
			 "debug", !!(info->flags & PKS_TEST_HAS_DEBUG),
			 "store", info->flags & PKS_TEST_STORE_HASH ?
				  "hash" : "page_ext");
}

/**
 * record_new() - start a recording
 * @info:	what runs here
 * @cpus:	CPUs online
 *
 * Return: a new reference, or NULL after one line on stderr.
 */
json_t *record_new(const struct pks_test_info *info, unsigned int cpus)
{
	json_t *root;

	root = json_pack("{ss,si,so,ss?,sI,s[],s[],s[]}",
			 "format", RECORD_FORMAT, "version", RECORD_VERSION,
			 "driver", record_driver(info),
			 "mode", info->flags & PKS_TEST_HAS_PKS ? BENCH_MODE :
								  NULL,
			 "cpus_online", (json_int_t)cpus,
			 "benchmarks", "records", "skipped");
	if (!root)
		error(0, 0, "out of memory while recording");
	return root;
}

static json_t *record_plots(const struct bench_metric *m)
{
	json_t *plots = json_array();

	if (m->plots & BENCH_PLOT_CPUS)
		json_array_append_new(plots, json_string("cpus"));
	if (m->plots & BENCH_PLOT_DISTRIBUTION)
		json_array_append_new(plots, json_string("distribution"));
	if (m->plots & BENCH_PLOT_SCHEMES)
		json_array_append_new(plots, json_string("schemes"));
	return plots;
}

static json_t *record_metric(const struct bench *bench,
			     const struct bench_metric *m)
{
	return json_pack("{ss,ss,ss,ss,ss,sb,sb,sb,ss*,sI,ss*,ss*,ss*,ss*,so,ss*}",
			 "name", m->name, "title", m->title, "step", m->step,
			 "unit", m->unit ? m->unit : bench->unit,
			 "better", m->better ? m->better : bench->better,
			 "map", !!(m->phases & BENCH_MAP),
			 "touch", !!(m->phases & BENCH_TOUCH),
			 "unmap", !!(m->phases & BENCH_UNMAP),
			 "counter", m->counter, "per", (json_int_t)m->per,
			 "timer", m->timer, "over", m->over,
			 "baseline", m->baseline,
			 "question", m->question,
			 "plots", record_plots(m), "shows", m->shows);
}

/**
 * record_bench() - say what a benchmark is and which metrics it yields
 * @root:	from record_new()
 * @bench:	the benchmark
 *
 * Return: 0, or -ENOMEM after one line on stderr.
 */
int record_bench(json_t *root, const struct bench *bench)
{
	json_t *metrics = json_array();
	unsigned int i;

	for (i = 0; i < bench->nr_metrics; i++)
		json_array_append_new(metrics,
				      record_metric(bench, &bench->metrics[i]));
	return record_append(root, "benchmarks",
			     json_pack("{ss,ss,ss,ss,ss,so}",
				       "name", bench->name, "desc", bench->desc,
				       "chapter", bench->chapter,
				       "unit", bench->unit,
				       "better", bench->better,
				       "metrics", metrics));
}

static json_t *record_samples(const struct bench_case *c, unsigned int phase)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < c->run.nsamples; i++)
		json_array_append_new(array,
				      json_integer(bench_phases(&c->samples[i],
								phase)));
	return array;
}

static json_t *record_own_counters(const struct bench_case *c)
{
	const struct pks_test_run *run = &c->run;

	if (c->values)
		return json_incref(c->values);
	return json_pack("{sI,sI,sI,sI,sI,sI,sI}",
			 "msr_writes", (json_int_t)run->counts.msr_writes,
			 "msr_spared", (json_int_t)run->counts.msr_spared,
			 "faults", (json_int_t)run->counts.faults,
			 "grants", (json_int_t)run->counts.grants,
			 "denials", (json_int_t)run->counts.denials,
			 "ipis", (json_int_t)run->counts.ipis,
			 "switches", (json_int_t)run->switches);
}

/* What perf stat counted stands beside what the driver counted. */
static json_t *record_counters(const struct bench_case *c)
{
	json_t *counters = record_own_counters(c);

	if (c->events)
		json_object_update(counters, c->events);
	return counters;
}

static json_t *record_find_bench(const json_t *root, const char *name)
{
	json_t *bench;
	size_t i;

	json_array_foreach(json_object_get(root, "benchmarks"), i, bench) {
		if (!strcmp(json_string_value(json_object_get(bench, "name")), name))
			return bench;
	}
	return NULL;
}

static bool record_has_metric(const json_t *metrics, const char *name)
{
	const json_t *metric;
	size_t i;

	json_array_foreach(metrics, i, metric) {
		if (!strcmp(json_string_value(json_object_get(metric, "name")), name))
			return true;
	}
	return false;
}

/* What turned up while the step ran is a metric of it like any other. */
static void record_found(const json_t *root, const struct bench_case *c,
			 const char *by, const char *found, const char *unit,
			 const char *better)
{
	const json_t *bench = record_find_bench(root, c->bench->name);
	json_t *metrics = json_object_get(bench, "metrics");
	struct bench_metric m = {
		.step = c->step->name, .counter = found, .unit = unit, .better = better, .per = 1,
	};
	char *name, *title;

	if (asprintf(&name, "%s %s", c->step->name, found) < 0)
		return;
	if (asprintf(&title, "%s, %s: %s", by, c->step->name, found) < 0)
		goto out;
	m.name = name;
	m.title = title;
	if (!record_has_metric(metrics, name))
		json_array_append_new(metrics, record_metric(c->bench, &m));
	free(title);
out:
	free(name);
}

static const char *found_text(const struct bench_case *c, const char *name, const char *key)
{
	return json_string_value(json_object_get(json_object_get(c->found, name), key));
}

static void record_events(const json_t *root, const struct bench_case *c)
{
	const char *name;
	json_t *value;

	json_object_foreach(c->events, name, value) {
		if (json_integer_value(value))
			record_found(root, c, "perf stat", name, "events", NULL);
	}
	if (!c->step->finds)
		return;
	json_object_foreach(c->values, name, value)
		record_found(root, c, c->step->tool, name,
			     found_text(c, name, "unit"),
			     found_text(c, name, "better"));
}

static json_t *record_conditions(const struct bench_case *c)
{
	const struct bench_step *step = c->step;
	const struct pks_test_run *run = &c->run;

	return json_pack("{ss,ss,ss,ss,ss?,sb,sb,sI,sI,sI}",
			 "benchmark", c->bench->name, "step", step->name,
			 "scheme", c->scheme, "pattern",
			 step->pattern ? step->pattern : "",
			 "context", step->context,
			 "unprotected",
			 !!(step->flags & PKS_TEST_RUN_UNPROTECTED),
			 "write", !!(step->flags & PKS_TEST_RUN_WRITE),
			 "repeat", (json_int_t)run->repeat,
			 "pages", (json_int_t)run->pages,
			 "cpu", (json_int_t)run->cpu);
}

static json_t *record_answer(const struct bench_case *c)
{
	const struct pks_test_run *run = &c->run;

	return json_pack("{sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,so,s{so,so,so}}",
			 "done", (json_int_t)run->done,
			 "touched", (json_int_t)run->touched,
			 "denied", (json_int_t)run->denied,
			 "wrong", (json_int_t)run->wrong,
			 "pkrs_inside", (json_int_t)run->pkrs_inside,
			 "pkrs_touched", (json_int_t)run->pkrs_touched,
			 "pkrs_after", (json_int_t)run->pkrs_after,
			 "depth_inside", (json_int_t)run->depth_inside,
			 "depth_after", (json_int_t)run->depth_after,
			 "count_after", (json_int_t)run->count_after,
			 "counters", record_counters(c),
			 "samples",
			 "map", record_samples(c, BENCH_MAP),
			 "touch", record_samples(c, BENCH_TOUCH),
			 "unmap", record_samples(c, BENCH_UNMAP));
}

/**
 * record_case() - record what a case gave
 * @root:	from record_new()
 * @c:		the case, after its check
 *
 * Return: 0, or -ENOMEM after one line on stderr.
 */
int record_case(json_t *root, const struct bench_case *c)
{
	json_t *record = record_conditions(c);
	json_t *answer = record_answer(c);

	if (json_object_update(record, answer)) {
		json_decref(record);
		record = NULL;
	}
	json_decref(answer);
	record_events(root, c);
	return record_append(root, "records", record);
}

/**
 * record_skip() - record that a case was left out
 * @root:	from record_new()
 * @c:		the case
 * @reason:	why
 *
 * Return: 0, or -ENOMEM after one line on stderr.
 */
int record_skip(json_t *root, const struct bench_case *c, const char *reason)
{
	return record_append(root, "skipped",
			     json_pack("{ss,ss,ss,ss}",
				       "benchmark", c->bench->name,
				       "step", c->step->name,
				       "scheme", c->scheme,
				       "reason", reason));
}
