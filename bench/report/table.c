// SPDX-License-Identifier: GPL-2.0
/*
 * The results as text: for each clock and benchmark one table, in it a block
 * for each metric, schemes down, CPUs across.
 */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/columns.h"
#include "lib/format.h"
#include "table.h"

#define MAX_ROWS	32
#define LABEL_WIDTH	42
#define CELL_WIDTH	16
/* What 100 characters leave for all cells of a line, and the least for one. */
#define CELLS_WIDTH	(100 - 2 - LABEL_WIDTH)
#define CELL_LEAST	9

/* One table, and the block of it that is being made. */
struct table {
	const struct results *results;
	enum clock_id clock;
	const char *bench;
	const char *unit;
	struct columns columns;
	struct row {
		enum kernel_id kernel;
		const char *scheme;
		char label[LABEL_WIDTH + 1];
		char cells[MAX_COLUMNS][CELL_WIDTH + 1];
	} rows[MAX_ROWS];
	size_t nr_rows;
};

typedef void (*cell_fn)(const struct table *t, const struct result *r,
			char *cell);

static bool in_table(const struct table *t, const struct result *r)
{
	return r->boot->clock == t->clock && !strcmp(r->bench, t->bench);
}

static int cell_width(const struct table *t)
{
	return fmax(CELL_LEAST, fmin(CELL_WIDTH, CELLS_WIDTH / t->columns.nr));
}

/* The value, and half the width of its interval where it has one. */
static void cell_value(const struct table *t, const struct result *r,
		       char *cell)
{
	char number[CELL_WIDTH];
	double percent;

	format_value(number, sizeof(number), r->value, r->metric.counter);
	percent = r->metric.counter ? 0 : interval_percent(r->value, r->stats.low,
							   r->stats.high);
	/* The figure has precedence where there is no room for both. */
	if (!percent || snprintf(cell, CELL_WIDTH + 1, "%s +-%.0f%%", number,
				 percent) >= cell_width(t))
		snprintf(cell, CELL_WIDTH + 1, "%s", number);
}

static void cell_ratio(const struct table *t, const struct result *r,
		       char *cell)
{
	const struct result *over = result_over(t->results, r);
	double faults = json_real_value(json_object_get(r->counters, "faults"));

	/* A floor of exceptions is none for an access that took none. */
	if (over && over->value && faults >= 1)
		snprintf(cell, CELL_WIDTH + 1, "%.2f x", r->value / over->value);
}

static void cell_more_than(const struct table *t, const struct result *r,
			   enum kernel_id kernel, char *cell)
{
	const struct result *base = result_baseline(t->results, r, kernel);

	if (!base)
		return;
	format_difference(cell, CELL_WIDTH + 1, r->value - base->value);
}

static void cell_more_than_nopks(const struct table *t, const struct result *r,
				 char *cell)
{
	cell_more_than(t, r, KERNEL_NOPKS, cell);
}

static void cell_more_than_none(const struct table *t, const struct result *r,
				char *cell)
{
	cell_more_than(t, r, KERNEL_NONE, cell);
}

static struct row *find_row(struct table *t, const struct result *r)
{
	struct row *row;
	size_t i;

	for (i = 0; i < t->nr_rows; i++) {
		row = &t->rows[i];
		if (row->kernel == r->boot->kernel &&
		    !strcmp(row->scheme, r->scheme))
			return row;
	}
	if (t->nr_rows == MAX_ROWS)
		return NULL;
	row = &t->rows[t->nr_rows++];
	*row = (struct row){ .kernel = r->boot->kernel, .scheme = r->scheme };
	if (r->boot->kernel == KERNEL_PKS)
		snprintf(row->label, sizeof(row->label), "%s", r->scheme);
	else if (kernels[r->boot->kernel].pks)
		snprintf(row->label, sizeof(row->label), "%s (%s)", r->scheme,
			 kernels[r->boot->kernel].label);
	else
		snprintf(row->label, sizeof(row->label), "%s",
			 kernels[r->boot->kernel].label);
	return row;
}

static void fill_block(struct table *t, const char *metric, cell_fn fn)
{
	const struct result *r;
	struct row *row;
	size_t i;

	t->nr_rows = 0;
	for (i = 0; i < t->results->nr; i++) {
		r = &t->results->list[i];
		if (!in_table(t, r) || strcmp(r->metric.name, metric))
			continue;
		row = find_row(t, r);
		if (row)
			fn(t, r, row->cells[columns_find(&t->columns, r->boot->cpus)]);
	}
}

static bool row_is_empty(const struct table *t, const struct row *row)
{
	size_t i;

	for (i = 0; i < t->columns.nr; i++) {
		if (row->cells[i][0])
			return false;
	}
	return true;
}

/* Puts the label of a row with the same figures behind this one's. */
static bool merge_row(struct row *row, const struct row *other)
{
	size_t len = strlen(row->label);

	if (memcmp(row->cells, other->cells, sizeof(row->cells)) ||
	    len + 2 + strlen(other->label) > LABEL_WIDTH)
		return false;
	snprintf(row->label + len, sizeof(row->label) - len, ", %s",
		 other->label);
	return true;
}

/* Drops empty rows and joins equal ones: fewer figures, the same content. */
static void condense_block(struct table *t)
{
	size_t from, to, kept = 0;

	for (from = 0; from < t->nr_rows; from++) {
		if (row_is_empty(t, &t->rows[from]))
			continue;
		for (to = 0; to < kept; to++) {
			if (merge_row(&t->rows[to], &t->rows[from]))
				break;
		}
		if (to == kept)
			t->rows[kept++] = t->rows[from];
	}
	t->nr_rows = kept;
}

static void print_block(struct table *t, const struct result *r,
			const char *what, cell_fn fn)
{
	const struct row *row;
	size_t i, k;

	fill_block(t, r->metric.name, fn);
	condense_block(t);
	if (!t->nr_rows)
		return;
	printf("\n%s%s", r->metric.title, what);
	if (strcmp(r->unit, t->unit))
		printf(" [%s]", r->unit);
	printf("\n");
	for (i = 0; i < t->nr_rows; i++) {
		row = &t->rows[i];
		printf("  %-*s", LABEL_WIDTH, row->label);
		for (k = 0; k < t->columns.nr; k++)
			printf("%*s", cell_width(t),
			       row->cells[k][0] ? row->cells[k] : "-");
		printf("\n");
	}
}

static void print_metric(struct table *t, const struct result *r)
{
	print_block(t, r, "", cell_value);
	print_block(t, r, ", as a multiple of the floor", cell_ratio);
	print_block(t, r, ": more than with PKS off at boot",
		    cell_more_than_nopks);
	print_block(t, r, ": more than with PKS compiled out",
		    cell_more_than_none);
}

static void print_title(const struct table *t, const struct result *first)
{
	size_t i;

	printf("\n%s: %s\n", t->bench, first->desc);
	printf("clock: %s | unit: %s, median | %s is better\n",
	       clock_names[t->clock], t->unit, first->metric.better);
	if (t->clock == CLOCK_TIME && t->results->run->emulated)
		puts(emulated_time);
	printf("  %-*s", LABEL_WIDTH, "scheme");
	for (i = 0; i < t->columns.nr; i++) {
		unsigned int cpus = t->columns.cpus[i];
		char head[CELL_WIDTH];

		snprintf(head, sizeof(head), "%u CPU%s", cpus, cpus > 1 ? "s" : "");
		printf("%*s", cell_width(t), head);
	}
	printf("\n");
}

/* The first result of each metric that is in the table, in order. */
static bool is_first(const struct table *t, size_t index)
{
	const struct result *list = t->results->list;
	size_t i;

	for (i = 0; i < index; i++) {
		if (in_table(t, &list[i]) &&
		    !strcmp(list[i].metric.name, list[index].metric.name))
			return false;
	}
	return true;
}

static int print_table(struct table *t)
{
	const struct results *results = t->results;
	const struct result *first = NULL;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		if (!in_table(t, &results->list[i]))
			continue;
		if (!first)
			first = &results->list[i];
		if (columns_add(&t->columns, results->list[i].boot->cpus))
			return -E2BIG;
	}
	t->unit = first->unit;
	print_title(t, first);
	for (i = 0; i < results->nr; i++) {
		if (in_table(t, &results->list[i]) && is_first(t, i))
			print_metric(t, &results->list[i]);
	}
	return 0;
}

/* One table for each pair of clock and benchmark, in the order of results. */
static bool starts_table(const struct results *results, size_t index)
{
	const struct result *list = results->list;
	size_t i;

	for (i = 0; i < index; i++) {
		if (list[i].boot->clock == list[index].boot->clock &&
		    !strcmp(list[i].bench, list[index].bench))
			return false;
	}
	return true;
}

static void print_unsettled(const struct results *results)
{
	size_t i, nr = 0;

	for (i = 0; i < results->nr; i++)
		nr += !results->list[i].metric.counter &&
		      !results->list[i].stats.settled;
	if (nr)
		printf("\n%zu series did not settle: nothing was dropped from them as warm-up,\n"
		       "they are marked \"settled\": false in results.json\n", nr);
}

/**
 * tables_print() - print all tables to stdout
 * @results:	what to print
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int tables_print(const struct results *results)
{
	struct table t;
	int ret = 0;
	size_t i;

	for (i = 0; i < results->nr && !ret; i++) {
		if (!starts_table(results, i))
			continue;
		t = (struct table){
			.results = results,
			.clock = results->list[i].boot->clock,
			.bench = results->list[i].bench,
		};
		ret = print_table(&t);
	}
	if (!ret)
		print_unsettled(results);
	if (!ret && (fflush(stdout) || ferror(stdout))) {
		ret = -errno;
		error(0, errno, "printing the tables");
	}
	return ret;
}
