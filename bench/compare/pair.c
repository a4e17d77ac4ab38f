// SPDX-License-Identifier: GPL-2.0
/* Which metrics of two runs can be held against each other. */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "lib/bench.h"

/* Samples of the time clock mean the same only where all of these agree. */
const char * const machine_members[NR_MACHINE_MEMBERS] = {
	"target", "qemu", "tools", "host_cpu", "host_cores",
};

/* What tells one metric from another */
const char * const metric_identity[NR_METRIC_IDENTITY] = {
	"clock", "kernel", "benchmark", "name", "scheme",
};

/**
 * metrics_of() - the metrics of a run
 * @run:	its results.json
 *
 * Return: an array, borrowed.
 */
const json_t *metrics_of(const json_t *run)
{
	return json_object_get(run, "metrics");
}

/**
 * machine_of() - what is known of the machine of a run
 * @run:	its results.json
 * @member:	which member of "machine"
 *
 * Return: the text, "" if there is none.
 */
const char *machine_of(const json_t *run, const char *member)
{
	return text_of(json_object_get(run, "machine"), member);
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	return !strcmp(text_of(a, key), text_of(b, key));
}

static bool same_metric(const json_t *a, const json_t *b)
{
	size_t i;

	if (number_of(a, "cpus") != number_of(b, "cpus"))
		return false;
	for (i = 0; i < NR_METRIC_IDENTITY; i++) {
		if (!same_text(a, b, metric_identity[i]))
			return false;
	}
	return true;
}

/**
 * metric_find() - the same metric of another run
 * @run:	results.json of the other run
 * @like:	the metric
 *
 * Return: the metric, or NULL if the run does not have it.
 */
const json_t *metric_find(const json_t *run, const json_t *like)
{
	const json_t *metric;
	size_t i;

	json_array_foreach(metrics_of(run), i, metric) {
		if (same_metric(metric, like))
			return metric;
	}
	return NULL;
}

/**
 * other_machine() - are the runs of two machines?
 * @cmp:	with both runs
 *
 * Return: what differs, as "machine" has it, NULL if nothing does.
 */
const char *other_machine(const struct comparison *cmp)
{
	size_t i;

	for (i = 0; i < NR_MACHINE_MEMBERS; i++) {
		if (strcmp(machine_of(cmp->base, machine_members[i]),
			   machine_of(cmp->head, machine_members[i])))
			return machine_members[i];
	}
	return NULL;
}

/**
 * on_time() - is a metric one of the time clock?
 * @metric:	the metric
 *
 * Return: true if it is.
 */
bool on_time(const json_t *metric)
{
	return !strcmp(text_of(metric, "clock"), "time");
}

static int refuse_unit(const json_t *base, const json_t *head)
{
	error(0, 0, "%s %s: expected unit \"%s\", which base has, came \"%s\": not comparable",
	      text_of(head, "benchmark"), text_of(head, "name"),
	      text_of(base, "unit"), text_of(head, "unit"));
	return -EINVAL;
}

static int pair_metric(struct comparison *cmp, const json_t *head,
		       const char *elsewhere)
{
	const json_t *base = metric_find(cmp->base, head);

	if (!base) {
		cmp->added++;
		return 0;
	}
	if (!same_text(base, head, "unit") || !same_text(base, head, "kind"))
		return refuse_unit(base, head);
	if (on_time(head) && elsewhere) {
		cmp->elsewhere++;
		return 0;
	}
	cmp->rows[cmp->nr_rows++] = (struct row){ .base = base, .head = head };
	return 0;
}

/* The boots of a run as a text: "instructions-1cpu time-2cpu" */
static char *boots_of(const json_t *run)
{
	char *text = NULL, *longer;
	const json_t *boot;
	size_t i;

	json_array_foreach(json_object_get(run, "boots"), i, boot) {
		if (asprintf(&longer, "%s%s%s", text ? text : "",
			     text ? " " : "", text_of(boot, "folder")) < 0)
			break;
		free(text);
		text = longer;
	}
	return text;
}

static int refuse_all(const struct comparison *cmp, const char *elsewhere)
{
	char *base, *head;

	if (cmp->elsewhere) {
		error(0, 0,
		      "%s and %s: only the time clock is in common, and %s differs: \"%s\", \"%s\"",
		      cmp->base_dir, cmp->head_dir, elsewhere,
		      machine_of(cmp->base, elsewhere),
		      machine_of(cmp->head, elsewhere));
		return -EINVAL;
	}
	base = boots_of(cmp->base);
	head = boots_of(cmp->head);
	error(0, 0,
	      "no metric in common: %s has %s, %s has %s; use the same CLOCK, CPUS and PROFILE",
	      cmp->base_dir, base ? base : "nothing", cmp->head_dir,
	      head ? head : "nothing");
	free(base);
	free(head);
	return -EINVAL;
}

/* Figures of a job mean nothing beside those of another one. */
static int refuse_job(const struct comparison *cmp)
{
	const char *base = machine_of(cmp->base, "job"), *head = machine_of(cmp->head, "job");

	if (!strcmp(base, head))
		return 0;
	error(0, 0,
	      "%s and %s: expected runs of one job with the same settings, came \"%s\" and \"%s\": not comparable",
	      cmp->base_dir, cmp->head_dir, *base ? base : "none", *head ? head : "none");
	return -EINVAL;
}

static int pair_all(struct comparison *cmp)
{
	const char *elsewhere = other_machine(cmp);
	const json_t *metric;
	size_t i;
	int ret;

	ret = refuse_job(cmp);
	if (ret)
		return ret;
	cmp->rows = calloc(json_array_size(metrics_of(cmp->head)),
			   sizeof(*cmp->rows));
	if (!cmp->rows) {
		error(0, errno, "%s", cmp->head_dir);
		return -ENOMEM;
	}
	json_array_foreach(metrics_of(cmp->head), i, metric) {
		ret = pair_metric(cmp, metric, elsewhere);
		if (ret)
			return ret;
	}
	if (!cmp->nr_rows)
		return refuse_all(cmp, elsewhere);
	cmp->missing = json_array_size(metrics_of(cmp->base)) - cmp->nr_rows -
		       cmp->elsewhere;
	return 0;
}

/**
 * comparison_load() - load two runs and pair their metrics
 * @cmp:	with @base_dir and @head_dir; to be freed in any case
 *
 * Return: 0, or a negative errno after one line on stderr that says why they
 * cannot be compared.
 */
int comparison_load(struct comparison *cmp)
{
	cmp->base = results_file_load(cmp->base_dir);
	if (cmp->base)
		cmp->head = results_file_load(cmp->head_dir);
	return cmp->head ? pair_all(cmp) : -EINVAL;
}

/**
 * comparison_free() - free what comparison_load() has loaded
 * @cmp:	loaded, or failed to load
 */
void comparison_free(struct comparison *cmp)
{
	free(cmp->rows);
	json_decref(cmp->base);
	json_decref(cmp->head);
}
