// SPDX-License-Identifier: GPL-2.0
/*
 * Which pictures a run asks for, and the numbers in them: one file of data for each,
 * and draw.gp, which has gnuplot draw them all. The scripts of the same folder know
 * what a picture looks like.
 */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/gnuplot.h"
#include "lib/results-file.h"
#include "plot.h"

/* Points of a line that tell it from others without its colour, about */
#define MARKS	6

static const char * const kinds[] = { "cpus", "distribution", "schemes" };

/**
 * metrics_of() - all metrics
 * @plot:	of this run
 *
 * Return: an array, borrowed.
 */
const json_t *metrics_of(const struct plot *plot)
{
	return json_object_get(plot->run, "metrics");
}

/**
 * machine_of_run() - who measured
 * @plot:	this run
 *
 * Return: what results.json says of the machine, borrowed.
 */
const json_t *machine_of_run(const struct plot *plot)
{
	return json_object_get(plot->run, "machine");
}

/**
 * is() - has an object this string?
 * @object:	the object
 * @key:	under this key
 * @value:	the string
 *
 * Return: true if so.
 */
bool is(const json_t *object, const char *key, const char *value)
{
	return !strcmp(text_of(object, key), value);
}

/**
 * same() - have two objects the same string, or both none?
 * @a:		the one
 * @b:		the other
 * @key:	under this key
 *
 * Return: true if so.
 */
bool same(const json_t *a, const json_t *b, const char *key)
{
	return is(a, key, text_of(b, key));
}

/**
 * same_metric() - are these one metric on one clock?
 * @a:	the one
 * @b:	the other, of another scheme, number of CPUs or kernel
 *
 * Return: true if so.
 */
bool same_metric(const json_t *a, const json_t *b)
{
	return same(a, b, "clock") && same(a, b, "benchmark") &&
	       same(a, b, "name");
}

static const json_t *values_of(const json_t *metric)
{
	return json_object_get(json_object_get(metric, "distribution"), "values");
}

/**
 * one_value() - have all samples of a metric the same value?
 * @metric:	the metric
 *
 * Return: true if so; such a distribution has nothing to be drawn.
 */
bool one_value(const json_t *metric)
{
	return json_array_size(values_of(metric)) == 1;
}

static bool asks_for(const json_t *metric, const char *kind)
{
	const json_t *plots = json_object_get(metric, "plots"), *plot;
	size_t i;

	json_array_foreach(plots, i, plot) {
		if (!strcmp(json_string_value(plot), kind))
			return is(metric, "kernel", "pks");
	}
	return false;
}

/* What is drawn beside a metric: the same on kernels with PKS. */
static bool belongs(const json_t *metric, const struct figure *f)
{
	return same_metric(metric, f->first) && is(metric, "kernel", "pks");
}

/* The greatest number of CPUs of which there is the metric, and what to compare with */
static double most_cpus(const struct plot *plot, const struct figure *f,
			bool compared)
{
	const json_t *metric;
	double most = 0;
	size_t i;

	json_array_foreach(metrics_of(plot), i, metric) {
		if (belongs(metric, f) && (!compared ||
					   json_array_size(json_object_get(metric, "baseline"))))
			most = fmax(most, number_of(metric, "cpus"));
	}
	return most;
}

/* All pictures but those against the number of CPUs are of one number. */
static double one_number(const struct plot *plot, const struct figure *f)
{
	double most = 0;

	if (!strcmp(f->kind, "schemes"))
		most = most_cpus(plot, f, true);
	return most ? most : most_cpus(plot, f, false);
}

static int compare_cpus(const void *a, const void *b)
{
	double x = number_of(*(const json_t **)a, "cpus");
	double y = number_of(*(const json_t **)b, "cpus");

	return (x > y) - (x < y);
}

static bool has_many_values(const struct figure *f)
{
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		if (!one_value(f->rows[i]))
			return true;
	}
	return false;
}

static bool worth_drawing(const struct figure *f)
{
	const json_t *last = f->rows[f->nr_rows - 1];

	if (!strcmp(f->kind, "cpus"))
		return number_of(f->rows[0], "cpus") != number_of(last, "cpus");
	return strcmp(f->kind, "distribution") || has_many_values(f);
}

static int name_file(struct figure *f)
{
	if (asprintf(&f->file, "%s-%s-%s-%s", text_of(f->first, "benchmark"),
		     text_of(f->first, "name"), text_of(f->first, "clock"),
		     f->kind) < 0)
		return -ENOMEM;
	make_file_name(f->file);
	return 0;
}

static int figure_fill(const struct plot *plot, struct figure *f)
{
	bool all = !strcmp(f->kind, "cpus");
	double number = one_number(plot, f);
	const json_t *metric;
	size_t i;

	f->rows = calloc(json_array_size(metrics_of(plot)), sizeof(*f->rows));
	if (!f->rows)
		return -ENOMEM;
	json_array_foreach(metrics_of(plot), i, metric) {
		if (belongs(metric, f) &&
		    (all || number_of(metric, "cpus") == number))
			f->rows[f->nr_rows++] = metric;
	}
	/* Boots come by their number of CPUs; nothing else relies on it. */
	if (all)
		qsort(f->rows, f->nr_rows, sizeof(*f->rows), compare_cpus);
	f->drawn = worth_drawing(f);
	return name_file(f);
}

static bool is_known(const struct plot *plot, const json_t *metric,
		     const char *kind)
{
	size_t i;

	for (i = 0; i < plot->nr_figures; i++) {
		if (!strcmp(plot->figures[i].kind, kind) &&
		    same_metric(plot->figures[i].first, metric))
			return true;
	}
	return false;
}

static int figure_add(struct plot *plot, const json_t *metric, const char *kind)
{
	struct figure *list;

	if (!asks_for(metric, kind) || is_known(plot, metric, kind))
		return 0;
	list = reallocarray(plot->figures, plot->nr_figures + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	plot->figures = list;
	list += plot->nr_figures++;
	*list = (struct figure){ .kind = kind, .first = metric };
	return figure_fill(plot, list);
}

/**
 * figures_find() - find out what there is to be drawn
 * @plot:	with its run; to be freed in any case
 *
 * Return: 0, or -ENOMEM after one line on stderr.
 */
int figures_find(struct plot *plot)
{
	const json_t *metric;
	size_t i, k;
	int ret = 0;

	json_array_foreach(metrics_of(plot), i, metric) {
		for (k = 0; k < ARRAY_SIZE(kinds) && !ret; k++)
			ret = figure_add(plot, metric, kinds[k]);
	}
	if (ret)
		error(0, 0, "out of memory while looking for plots");
	return ret;
}

/**
 * figures_free() - free what figures_find() has found
 * @plot:	of this
 */
void figures_free(struct plot *plot)
{
	size_t i;

	for (i = 0; i < plot->nr_figures; i++) {
		free(plot->figures[i].file);
		free(plot->figures[i].rows);
	}
	free(plot->figures);
}

/*
 * A scheme keeps its line, its point and its colour in every picture: its number in
 * the order in which schemes were measured.
 */
static size_t style_of(const struct plot *plot, const char *scheme)
{
	const json_t *metric, *before;
	size_t i, k, nr = 0;

	json_array_foreach(metrics_of(plot), i, metric) {
		json_array_foreach(metrics_of(plot), k, before) {
			if (same(before, metric, "scheme"))
				break;
		}
		if (k < i)
			continue;
		nr++;
		if (is(metric, "scheme", scheme))
			break;
	}
	return nr;
}

/* The schemes of a picture, first rows first */
static bool is_first_of_scheme(const struct figure *f, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++) {
		if (same(f->rows[i], f->rows[row], "scheme"))
			return false;
	}
	return true;
}

static void write_cpus(const struct figure *f, FILE *data)
{
	size_t i, k;

	for (i = 0; i < f->nr_rows; i++) {
		if (!is_first_of_scheme(f, i))
			continue;
		fprintf(data, "CPUs \"%s\"\n", text_of(f->rows[i], "scheme"));
		for (k = i; k < f->nr_rows; k++) {
			if (same(f->rows[i], f->rows[k], "scheme"))
				fprintf(data, "%.15g %.15g\n",
					number_of(f->rows[k], "cpus"),
					number_of(f->rows[k], "value"));
		}
		fprintf(data, "\n\n");
	}
}

/* The share of the samples up to each value, with the corners of the steps */
static void write_steps(const json_t *metric, FILE *data)
{
	const json_t *values = values_of(metric);
	const json_t *counts = json_object_get(json_object_get(metric, "distribution"),
					       "counts");
	size_t i, nr = json_array_size(values);
	double x, before, sum = 0, n = number_of(metric, "n");

	fprintf(data, "%s \"%s\" mark\n", "value", text_of(metric, "scheme"));
	for (i = 0; i < nr; i++) {
		x = json_number_value(json_array_get(values, i));
		before = sum;
		sum += json_number_value(json_array_get(counts, i));
		fprintf(data, "%.15g %.15g NaN\n", x, before / n);
		fprintf(data, "%.15g %.15g ", x, sum / n);
		if (i % (size_t)fmax(1, nr / MARKS))
			fprintf(data, "NaN\n");
		else
			fprintf(data, "%.15g\n", sum / n);
	}
	fprintf(data, "\n\n");
}

static void write_distribution(const struct figure *f, FILE *data)
{
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		if (!one_value(f->rows[i]))
			write_steps(f->rows[i], data);
	}
}

static double end_of(const json_t *metric, bool upper)
{
	const json_t *boots = json_object_get(metric, "per_boot");

	return json_number_value(json_array_get(boots, upper ?
						json_array_size(boots) - 1 : 0));
}

/* A bar for each scheme, then one for each kernel that it is compared with */
static void write_schemes(const struct figure *f, FILE *data)
{
	const json_t *base;
	size_t i;

	for (i = 0; i < f->nr_rows; i++)
		fprintf(data, "%zu %.15g %.15g %.15g \"%s\"\n", i,
			number_of(f->rows[i], "value"), end_of(f->rows[i], false),
			end_of(f->rows[i], true), text_of(f->rows[i], "scheme"));
	json_array_foreach(json_object_get(f->rows[0], "baseline"), i, base)
		fprintf(data, "%zu %.15g %.15g %.15g \"%s\"\n", f->nr_rows + i,
			number_of(base, "value"), number_of(base, "value"),
			number_of(base, "value"), text_of(base, "kernel"));
}

static int write_data(const struct plot *plot, const struct figure *f)
{
	FILE *data;
	char *path;
	int ret = 0;

	if (asprintf(&path, "%s/%s.dat", plot->dir, f->file) < 0)
		return -ENOMEM;
	data = fopen(path, "w");
	if (!data) {
		error(0, errno, "%s", path);
		ret = -EIO;
		goto out;
	}
	if (!strcmp(f->kind, "cpus"))
		write_cpus(f, data);
	else if (!strcmp(f->kind, "distribution"))
		write_distribution(f, data);
	else
		write_schemes(f, data);
	if (ferror(data) | fclose(data)) {
		error(0, errno, "%s: not written", path);
		ret = -EIO;
	}
out:
	free(path);
	return ret;
}

static void put_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s = \"", name);
	put_quoted(out, text);
	fputs("\"\n", out);
}

/* The lines of a picture, as far as they are drawn, by their style */
static void write_styles(const struct plot *plot, const struct figure *f,
			 FILE *out)
{
	bool steps = !strcmp(f->kind, "distribution");
	size_t i;

	fputs("styles = \"", out);
	for (i = 0; i < f->nr_rows; i++) {
		if (is_first_of_scheme(f, i) && !(steps && one_value(f->rows[i])))
			fprintf(out, "%zu ", style_of(plot, text_of(f->rows[i],
								    "scheme")));
	}
	fputs("\"\n", out);
}

static void write_commands(const struct plot *plot, const struct figure *f,
			   FILE *out)
{
	double cpus = number_of(f->rows[0], "cpus");
	char *title;

	fprintf(out, "\n");
	put_string(out, "file", f->file);
	if (asprintf(&title, "%s: %s", text_of(f->first, "benchmark"),
		     text_of(f->first, "title")) < 0)
		return;
	put_string(out, "title", title);
	free(title);
	if (!strcmp(f->kind, "cpus"))
		put_string(out, "where", clock_title(f->first, machine_of_run(plot)));
	else
		fprintf(out, "where = \"%g CPU%s, %s\"\n",
			cpus, cpus > 1 ? "s" : "",
			clock_title(f->first, machine_of_run(plot)));
	put_string(out, "unit", text_of(f->first, "unit"));
	write_styles(plot, f, out);
	fprintf(out, "load \"%s.gp\"\n", f->kind);
}

/**
 * figures_write() - write the data of all pictures, and draw.gp
 * @plot:	with its figures
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int figures_write(const struct plot *plot)
{
	FILE *out;
	char *path;
	int ret = 0;
	size_t i;

	if (asprintf(&path, "%s/draw.gp", plot->dir) < 0)
		return -ENOMEM;
	out = fopen(path, "w");
	if (!out) {
		error(0, errno, "%s", path);
		ret = -EIO;
		goto out;
	}
	fputs("# GNUPLOT_LIB=<checkout>/bench/plot gnuplot draw.gp\n", out);
	for (i = 0; i < plot->nr_figures && !ret; i++) {
		if (!plot->figures[i].drawn)
			continue;
		write_commands(plot, &plot->figures[i], out);
		ret = write_data(plot, &plot->figures[i]);
	}
	if (ferror(out) | fclose(out)) {
		error(0, errno, "%s: not written", path);
		ret = -EIO;
	}
out:
	free(path);
	return ret;
}
