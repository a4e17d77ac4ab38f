// SPDX-License-Identifier: GPL-2.0
/* A trend as data: trend.json, and plots.gp, what trend.gp draws. */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/gnuplot.h"
#include "lib/json-file.h"
#include "steps.h"
#include "trend.h"

/* So many runs have their names at the axis. */
#define NAMES_MAX	12

static const struct series *series_of(const struct trend *trend,
				      const struct change *change)
{
	return &trend->series[change->series];
}

static size_t run_of(const struct trend *trend, const struct change *change,
		     size_t at)
{
	return series_of(trend, change)->points[at].run;
}

static double percent_of(const struct change *change)
{
	return 100 * (change->after / change->before - 1);
}

/* Newest first; of one run, what is worse, and what is most */
static int in_order(const void *x, const void *y, void *data)
{
	const struct change *a = x, *b = y;
	size_t run_a = run_of(data, a, a->at), run_b = run_of(data, b, b->at);
	double most_a = fabs(percent_of(a)), most_b = fabs(percent_of(b));

	if (run_a != run_b)
		return run_a < run_b ? 1 : -1;
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? 1 : -1;
	if (most_a != most_b)
		return most_a < most_b ? 1 : -1;
	return a->series < b->series ? -1 : a->series > b->series;
}

static json_t *change_as_json(const struct trend *trend,
			      const struct change *change)
{
	static const char * const keys[] = {
		"benchmark", "name", "title", "scheme", "clock", "cpus", "kernel",
		"unit",
	};
	const struct series *s = series_of(trend, change);
	size_t from = run_of(trend, change, change->at - 1);
	size_t to = run_of(trend, change, change->at);
	json_t *json;
	size_t i;

	json = json_pack("{ss,ss,sf,sf,so,so,ss,ss,ss,ss}",
			 "from", run_name(trend->dirs[from]),
			 "to", run_name(trend->dirs[to]),
			 "before", change->before, "after", change->after,
			 "percent", change->before ?
			 json_real(percent_of(change)) : json_null(),
			 "p", on_time(s->metric) ? json_real(change->p) : json_null(),
			 "why", change->why,
			 "verdict", verdict_names[change->verdict],
			 "clock_title", clock_title(s->metric,
						    trend->plots[s->plot].machine),
			 "plot", trend->plots[s->plot].name);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(json, keys[i], json_object_get(s->metric, keys[i]));
	return json;
}

static json_t *changes_as_json(const struct trend *trend)
{
	json_t *array = json_array();
	size_t i;

	if (trend->nr_changes)
		qsort_r(trend->changes, trend->nr_changes,
			sizeof(*trend->changes), in_order, (void *)trend);
	for (i = 0; i < trend->nr_changes; i++)
		json_array_append_new(array,
				      change_as_json(trend, &trend->changes[i]));
	return array;
}

static json_t *plots_as_json(const struct trend *trend)
{
	json_t *array = json_array();
	const struct plot *plot;

	for (plot = trend->plots; plot < trend->plots + trend->nr_plots; plot++) {
		if (plot->longest < 2)
			continue;
		json_array_append_new(array,
				      json_pack("{ss,sI}", "name", plot->name,
						"changes", (json_int_t)plot->changes));
	}
	return array;
}

static json_t *runs_as_json(const struct trend *trend)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < trend->nr_runs; i++)
		json_array_append_new(array,
				      json_string(run_name(trend->dirs[i])));
	return array;
}

static json_int_t lonely(const struct trend *trend)
{
	json_int_t n = 0;
	size_t i;

	for (i = 0; i < trend->nr_series; i++)
		n += trend->series[i].nr == 1;
	return n;
}

static char *path_in(const char *dir, const char *file)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, file) >= 0)
		return path;
	error(0, ENOMEM, "%s", dir);
	return NULL;
}

/**
 * trend_as_json() - a trend as trend.json has it
 * @trend:	complete; its changes are sorted by this, the newest first
 *
 * Return: the object, or NULL after one line on stderr.
 */
json_t *trend_as_json(const struct trend *trend)
{
	json_t *json;

	json = json_pack("{so,sf,si,sI,sI,sI,so,so}", "runs", runs_as_json(trend),
			 "alpha", ALPHA, "least_runs", LEAST_RUNS,
			 "series", (json_int_t)trend->nr_series,
			 "series_of_one_run", lonely(trend),
			 "noisy_series", (json_int_t)trend->noisy,
			 "changes", changes_as_json(trend),
			 "plots", plots_as_json(trend));
	if (!json)
		error(0, ENOMEM, "trend.json");
	return json;
}

/**
 * trend_save() - write trend.json, all of it or nothing
 * @json:	by trend_as_json()
 * @dir:	a folder
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int trend_save(const json_t *json, const char *dir)
{
	char *path = path_in(dir, "trend.json");
	int ret;

	if (!path)
		return -ENOMEM;
	ret = json_file_save(json, path, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	free(path);
	return ret;
}

static void put_title(FILE *out, const json_t *metric, const json_t *machine)
{
	double cpus = number_of(metric, "cpus");

	fprintf(out, "title = \"");
	put_quoted(out, text_of(metric, "benchmark"));
	fprintf(out, ": ");
	put_quoted(out, text_of(metric, "title"));
	fprintf(out, "\"\nwhere = \"%g CPU%s, kernel ", cpus, cpus > 1 ? "s" : "");
	put_quoted(out, text_of(metric, "kernel"));
	fprintf(out, ", %s\\n", clock_title(metric, machine));
	put_quoted(out, is_emulated(machine) ? text_of(machine, "qemu") : "no emulator");
	fprintf(out, ", ");
	put_quoted(out, text_of(machine, "host_cpu"));
	fprintf(out, ", ");
	put_quoted(out, text_of(machine, "host_cores"));
	fprintf(out, " cores\"\nunit = \"");
	put_quoted(out, text_of(metric, "unit"));
	fprintf(out, "\"\n");
}

static void put_mark(FILE *out, const struct point *point, enum verdict verdict)
{
	if (point->verdict == verdict)
		fprintf(out, " %.15g", point->value);
	else
		fprintf(out, " NaN");
}

/* A line a point: run, value, the same if it got worse there, if it got better, name */
static void put_points(FILE *out, const struct trend *trend, size_t number)
{
	size_t every = (trend->nr_runs + NAMES_MAX - 1) / NAMES_MAX, i;
	const struct series *s = &trend->series[number];
	const struct point *point;

	for (i = 0; i < s->nr; i++) {
		point = &s->points[i];
		fprintf(out, "%zu %.15g", point->run, point->value);
		put_mark(out, point, WORSE);
		put_mark(out, point, BETTER);
		fprintf(out, " \"");
		if (!(point->run % every))
			put_quoted(out, run_name(trend->dirs[point->run]));
		fprintf(out, "\"\n");
	}
}

static void put_plot(FILE *out, const struct trend *trend, size_t number)
{
	const struct series *s, *any = NULL, *end = trend->series + trend->nr_series;
	const struct plot *plot = &trend->plots[number];

	fprintf(out, "schemes = \"");
	for (s = trend->series; s < end; s++) {
		if (s->plot != number)
			continue;
		fprintf(out, "%s%s", any ? " " : "", text_of(s->metric, "scheme"));
		any = s;
	}
	fprintf(out, "\"\nfile = \"%s\"\nruns = %zu\n", plot->name, trend->nr_runs);
	put_title(out, any->metric, plot->machine);
	fprintf(out, "$points << EOD\n");
	for (s = trend->series; s < end; s++) {
		if (s->plot != number)
			continue;
		put_points(out, trend, s - trend->series);
		/* This is where the next index begins. */
		fprintf(out, "\n\n");
	}
	fprintf(out, "EOD\nload \"trend.gp\"\n");
}

/**
 * trend_draw() - write plots.gp: for each plot its data, and what draws it
 * @trend:	complete
 * @dir:	a folder
 *
 * A plot of single points has nothing to show, and is left out.
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int trend_draw(const struct trend *trend, const char *dir)
{
	char *path = path_in(dir, "plots.gp");
	int ret = 0;
	FILE *out;
	size_t i;

	if (!path)
		return -ENOMEM;
	errno = 0;
	out = fopen(path, "w");
	if (out) {
		for (i = 0; i < trend->nr_plots; i++) {
			if (trend->plots[i].longest > 1)
				put_plot(out, trend, i);
		}
	}
	if (!out || ferror(out) | fclose(out)) {
		ret = errno ? -errno : -EIO;
		error(0, -ret, "%s: not written", path);
	}
	free(path);
	return ret;
}
