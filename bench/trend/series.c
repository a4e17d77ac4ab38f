// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in, series and their changes out.
 *
 * On the instruction clock runs of one build agree to the digit: a series changes
 * where pks-compare finds a run better or worse than the one that began the level,
 * be it the newest run of all. On time there is noise, and steps.h tells what of it
 * is a change.
 */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/gnuplot.h"
#include "steps.h"
#include "trend.h"

/**
 * run_name() - the name of a run
 * @dir:	its folder
 *
 * Return: the last part of the path.
 */
const char *run_name(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? slash + 1 : dir;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(run_name(*(const char * const *)a),
		      run_name(*(const char * const *)b));
}

/* "6.12" of "6.12.117": what point releases of one series have in common */
static int series_length(const char *kernel)
{
	size_t major = strcspn(kernel, ".");

	return major + (kernel[major] ? 1 + strcspn(kernel + major + 1, ".") : 0);
}

/*
 * What two figures must have in common to be of one series, but for the scheme:
 * the metric, and the machine.
 */
static char *plot_key(const json_t *run, const json_t *metric)
{
	const char *kernel = machine_of(run, "kernel");
	char *key = NULL;
	size_t size, i;
	FILE *out = open_memstream(&key, &size);

	if (!out)
		return NULL;
	for (i = 0; i < NR_METRIC_IDENTITY; i++) {
		if (strcmp(metric_identity[i], "scheme"))
			fprintf(out, "%s\n", text_of(metric, metric_identity[i]));
	}
	fprintf(out, "%g\n%s\n%s\n%.*s\n", number_of(metric, "cpus"),
		text_of(metric, "unit"), text_of(metric, "kind"),
		series_length(kernel), kernel);
	for (i = 0; i < NR_MACHINE_MEMBERS; i++)
		fprintf(out, "%s\n", machine_of(run, machine_members[i]));
	if (fclose(out)) {
		free(key);
		return NULL;
	}
	return key;
}

/*
 * number_in() - the number that a key has, or gets as the next one
 * @array:	grows by one element, of zeros, if the key is new
 */
static int number_in(json_t *index, const char *key, void *array, size_t size,
		     size_t *nr, size_t *number)
{
	const json_t *known = json_object_get(index, key);
	void **elements = array;
	void *more;

	if (known) {
		*number = json_integer_value(known);
		return 0;
	}
	more = reallocarray(*elements, *nr + 1, size);
	if (!more)
		return -ENOMEM;
	*elements = more;
	memset((char *)more + *nr * size, 0, size);
	*number = *nr;
	if (json_object_set_new(index, key, json_integer(*nr)))
		return -ENOMEM;
	(*nr)++;
	return 0;
}

static void keep(json_t **place, const json_t *metric)
{
	json_decref(*place);
	*place = json_incref((json_t *)metric);
}

/* A name for a file; metrics of two machines differ in a number at the end. */
static char *plot_name(json_t *index, const json_t *metric)
{
	char *name, *numbered;
	size_t n = 1;

	if (asprintf(&name, "%s-%s-%s-%gcpu-%s", text_of(metric, "benchmark"),
		     text_of(metric, "name"), text_of(metric, "clock"),
		     number_of(metric, "cpus"), text_of(metric, "kernel")) < 0)
		return NULL;
	make_file_name(name);
	n += json_integer_value(json_object_get(index, name));
	json_object_set_new(index, name, json_integer(n));
	if (n == 1)
		return name;
	if (asprintf(&numbered, "%s-%zu", name, n) < 0)
		numbered = NULL;
	free(name);
	return numbered;
}

static int find_plot(struct trend *trend, const json_t *run, const json_t *metric,
		     const char *key, size_t *number)
{
	size_t before = trend->nr_plots;
	struct plot *plot;
	int ret;

	ret = number_in(trend->index, key, &trend->plots, sizeof(*trend->plots),
			&trend->nr_plots, number);
	if (ret || trend->nr_plots == before)
		return ret;
	plot = &trend->plots[*number];
	plot->machine = json_incref(json_object_get(run, "machine"));
	plot->name = plot_name(trend->index, metric);
	return plot->name ? 0 : -ENOMEM;
}

static int find_series(struct trend *trend, const json_t *run,
		       const json_t *metric, size_t *number)
{
	char *key = plot_key(run, metric), *own;
	size_t plot, before = trend->nr_series;
	int ret = -ENOMEM;

	if (!key)
		return ret;
	ret = find_plot(trend, run, metric, key, &plot);
	if (ret)
		goto out;
	ret = -ENOMEM;
	if (asprintf(&own, "%s%s\n", key, text_of(metric, "scheme")) < 0)
		goto out;
	ret = number_in(trend->index, own, &trend->series, sizeof(*trend->series),
			&trend->nr_series, number);
	if (!ret && trend->nr_series != before)
		trend->series[*number].plot = plot;
	free(own);
out:
	free(key);
	return ret;
}

static int add_change(struct trend *trend, const struct change *change)
{
	struct change *more = reallocarray(trend->changes, trend->nr_changes + 1,
					   sizeof(*more));
	const struct series *s = &trend->series[change->series];

	if (!more)
		return -ENOMEM;
	trend->changes = more;
	more[trend->nr_changes++] = *change;
	s->points[change->at].verdict = change->verdict;
	trend->plots[s->plot].changes++;
	return 0;
}

/* The level goes on, unless the newest point is better or worse. */
static int judge_exact(struct trend *trend, size_t number)
{
	struct series *s = &trend->series[number];
	struct row row = { .base = s->level, .head = s->metric };
	struct change change = { .series = number, .at = s->nr - 1 };

	if (!s->level) {
		keep(&s->level, s->metric);
		return 0;
	}
	row_judge(&row, DEFAULT_LEAST, 0);
	if (row.verdict != BETTER && row.verdict != WORSE)
		return 0;
	keep(&s->level, s->metric);
	change.before = row.from;
	change.after = row.to;
	change.verdict = row.verdict;
	memcpy(change.why, row.why, sizeof(change.why));
	return add_change(trend, &change);
}

static int add_point(struct trend *trend, const json_t *run, const json_t *metric)
{
	struct point *points;
	struct series *s;
	size_t number;
	int ret;

	ret = find_series(trend, run, metric, &number);
	if (ret)
		return ret;
	s = &trend->series[number];
	points = reallocarray(s->points, s->nr + 1, sizeof(*points));
	if (!points)
		return -ENOMEM;
	s->points = points;
	points[s->nr++] = (struct point){
		.run = trend->nr_runs, .value = metric_figure(metric),
	};
	keep(&s->metric, metric);
	if (s->nr > trend->plots[s->plot].longest)
		trend->plots[s->plot].longest = s->nr;
	return on_time(metric) ? 0 : judge_exact(trend, number);
}

/* A run that cannot be read is named, and left out. */
static int add_run(struct trend *trend, const char *dir)
{
	json_t *run = results_file_load(dir);
	const json_t *metric;
	int ret = 0;
	size_t i;

	if (!run) {
		error(0, 0, "%s: left out", dir);
		return 0;
	}
	json_array_foreach(metrics_of(run), i, metric) {
		ret = add_point(trend, run, metric);
		if (ret)
			break;
	}
	json_decref(run);
	trend->dirs[trend->nr_runs++] = dir;
	return ret;
}

/**
 * trend_load() - make series of runs, with the changes of the instruction clock
 * @trend:	of zeros; to be freed in any case
 * @dirs:	folders of the runs; sorted by this
 * @nr:		how many
 *
 * A name that comes twice is a copy, and counts once.
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int trend_load(struct trend *trend, const char **dirs, size_t nr)
{
	int ret = -ENOMEM;
	size_t i;

	trend->dirs = calloc(nr, sizeof(*trend->dirs));
	trend->index = json_object();
	if (!trend->dirs || !trend->index)
		goto out;
	ret = 0;
	qsort(dirs, nr, sizeof(*dirs), by_name);
	for (i = 0; i < nr && !ret; i++) {
		if (!i || by_name(&dirs[i - 1], &dirs[i]))
			ret = add_run(trend, dirs[i]);
	}
out:
	if (ret)
		error(0, -ret, "reading the runs");
	return ret;
}

static bool is_noisy(const struct series *s)
{
	return on_time(s->metric) && s->nr >= 2 * LEAST_RUNS;
}

static int add_step(struct trend *trend, size_t number, const struct step *step)
{
	const json_t *metric = trend->series[number].metric;
	const struct row row = {
		.head = metric, .change = step->after - step->before,
	};
	struct change change = {
		.series = number, .at = step->at, .before = step->before,
		.after = step->after, .verdict = row_direction(&row),
		.p = step->p * trend->noisy,
	};

	snprintf(change.why, WHY_MAX, "p = %.2g", change.p);
	return add_change(trend, &change);
}

static int find_steps(struct trend *trend, size_t number)
{
	const struct series *s = &trend->series[number];
	double *x = calloc(s->nr, sizeof(*x));
	struct step *steps;
	size_t i, nr;
	int ret;

	if (!x)
		return -ENOMEM;
	for (i = 0; i < s->nr; i++)
		x[i] = s->points[i].value;
	ret = steps_find(x, s->nr, ALPHA / trend->noisy, &steps, &nr);
	for (i = 0; i < nr && !ret; i++)
		ret = add_step(trend, number, &steps[i]);
	free(steps);
	free(x);
	return ret;
}

/**
 * trend_find() - find the changes of the time clock
 * @trend:	loaded
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int trend_find(struct trend *trend)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < trend->nr_series; i++)
		trend->noisy += is_noisy(&trend->series[i]);
	for (i = 0; i < trend->nr_series && !ret; i++) {
		if (is_noisy(&trend->series[i]))
			ret = find_steps(trend, i);
	}
	if (ret)
		error(0, -ret, "finding changes");
	return ret;
}

/**
 * trend_free() - free what trend_load() and trend_find() have made
 * @trend:	the trend
 */
void trend_free(struct trend *trend)
{
	size_t i;

	for (i = 0; i < trend->nr_series; i++) {
		json_decref(trend->series[i].metric);
		json_decref(trend->series[i].level);
		free(trend->series[i].points);
	}
	for (i = 0; i < trend->nr_plots; i++) {
		json_decref(trend->plots[i].machine);
		free(trend->plots[i].name);
	}
	free(trend->series);
	free(trend->plots);
	free(trend->changes);
	free(trend->dirs);
	json_decref(trend->index);
}
