// SPDX-License-Identifier: GPL-2.0
/*
 * The body of the page: pictures under the questions that they answer, then all
 * figures, a table a benchmark and clock, then who measured. An img names a file
 * beside draw.gp, and is alone in its line: whoever has drawn them puts them in.
 */
#include <ctype.h>
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/columns.h"
#include "lib/format.h"
#include "lib/html.h"
#include "lib/results-file.h"
#include "plot.h"
#include "report/boot.h"

/* One table: the metrics of a benchmark on one clock, and its numbers of CPUs */
struct table {
	FILE *out;
	const json_t **metrics;
	size_t nr;
	struct columns columns;
};

/* The first metric of each chapter */
struct chapters {
	const json_t **first;
	size_t nr;
};

/* What a benchmark, or the number of a question, is called in links */
static void put_anchor(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(isalnum((unsigned char)*name) ? *name : '-', out);
}

static void put_value(FILE *out, const json_t *metric, double value)
{
	char text[32];

	format_value(text, sizeof(text), value, is(metric, "kind", "count"));
	fputs(text, out);
}

/* Who was recorded before there were questions stands under its own name. */
static bool same_chapter(const json_t *a, const json_t *b)
{
	return same(a, b, "chapter") &&
	       (*text_of(a, "chapter") || same(a, b, "benchmark"));
}

static bool same_benchmark(const json_t *a, const json_t *b)
{
	return same(a, b, "benchmark");
}

static bool same_table(const json_t *a, const json_t *b)
{
	return same(a, b, "clock") && same(a, b, "benchmark");
}

/* Is this the first metric of those that are the same in something? */
static bool is_first(const struct plot *plot, size_t index,
		     bool (*alike)(const json_t *a, const json_t *b))
{
	const json_t *metric = json_array_get(metrics_of(plot), index);
	size_t i;

	for (i = 0; i < index; i++) {
		if (alike(json_array_get(metrics_of(plot), i), metric))
			return false;
	}
	return true;
}

static const char *chapter_name(const json_t *metric)
{
	return text_of(metric, *text_of(metric, "chapter") ? "chapter" :
							     "benchmark");
}

static void add_chapter(struct chapters *list, const json_t *metric)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (same_chapter(list->first[i], metric))
			return;
	}
	list->first[list->nr++] = metric;
}

/* In the order of the pictures; what has none comes last. */
static int list_chapters(const struct plot *plot, struct chapters *list)
{
	const json_t *metric;
	size_t i;

	list->first = calloc(json_array_size(metrics_of(plot)),
			     sizeof(*list->first));
	if (!list->first)
		return -ENOMEM;
	for (i = 0; i < plot->nr_figures; i++)
		add_chapter(list, plot->figures[i].first);
	json_array_foreach(metrics_of(plot), i, metric)
		add_chapter(list, metric);
	return 0;
}

static void print_contents(const struct chapters *list, FILE *out)
{
	size_t i;

	fputs("<nav id=\"contents\" aria-label=\"Contents\">\n<ul>\n", out);
	for (i = 0; i < list->nr; i++) {
		fputs("<li><a href=\"#about-", out);
		put_anchor(out, chapter_name(list->first[i]));
		fputs("\">", out);
		put_text(out, chapter_name(list->first[i]));
		fputs("</a></li>\n", out);
	}
	fputs("<li><a href=\"#tables\">All figures</a></li>\n"
	      "<li><a href=\"#machine\">What was measured where</a></li>\n"
	      "</ul>\n</nav>\n", out);
}

/* The schemes whose samples are as many as of @row, and the same number */
static bool alike(const struct figure *f, size_t row, size_t other)
{
	return one_value(f->rows[other]) &&
	       number_of(f->rows[row], "value") ==
	       number_of(f->rows[other], "value") &&
	       number_of(f->rows[row], "n") == number_of(f->rows[other], "n");
}

static bool was_told(const struct figure *f, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++) {
		if (alike(f, row, i))
			return true;
	}
	return false;
}

/* What is told in words, as it has no distribution */
static void print_one_values(const struct figure *f, FILE *out)
{
	const json_t *metric;
	size_t i, k;

	for (i = 0; i < f->nr_rows; i++) {
		metric = f->rows[i];
		if (!one_value(metric) || was_told(f, i))
			continue;
		put_of(out, metric, "scheme");
		for (k = i + 1; k < f->nr_rows; k++) {
			if (!alike(f, i, k))
				continue;
			fputs(", ", out);
			put_of(out, f->rows[k], "scheme");
		}
		fprintf(out, ": all %g samples are ", number_of(metric, "n"));
		put_value(out, metric, number_of(metric, "value"));
		fputc(' ', out);
		put_of(out, metric, "unit");
		fputs(". ", out);
	}
}

/* How much each scheme grew from the fewest CPUs to the most */
static void print_growth(const struct figure *f, FILE *out)
{
	const json_t *from, *to;
	const char *before = "";
	char times[32];
	size_t i, k;

	fprintf(out, "From %g to %g CPUs:", number_of(f->rows[0], "cpus"),
		number_of(f->rows[f->nr_rows - 1], "cpus"));
	for (i = 0; i < f->nr_rows; i++) {
		from = f->rows[i];
		to = from;
		for (k = 0; k < i && !same(f->rows[k], from, "scheme"); k++)
			;
		for (; k < f->nr_rows && k >= i; k++) {
			if (same(f->rows[k], from, "scheme"))
				to = f->rows[k];
		}
		if (from == to || number_of(from, "value") <= 0)
			continue;
		fprintf(out, "%s ", before);
		put_of(out, from, "scheme");
		format_number(times, sizeof(times), number_of(to, "value") /
						    number_of(from, "value"));
		fprintf(out, " %s x", times);
		before = ",";
	}
	fputc('.', out);
}

static void print_title(const struct plot *plot, const struct figure *f,
			FILE *out)
{
	put_of(out, f->first, "benchmark");
	fputs(": ", out);
	put_of(out, f->first, "title");
	fprintf(out, " (%s)", clock_title(f->first, machine_of_run(plot)));
}

static void print_figure(const struct plot *plot, const struct figure *f,
			 FILE *out)
{
	bool steps = !strcmp(f->kind, "distribution");

	if (!f->drawn && !steps)
		return;
	fprintf(out, "<figure id=\"%s\">\n", f->file);
	if (f->drawn) {
		fprintf(out, "<img src=\"%s.svg\" alt=\"", f->file);
		print_title(plot, f, out);
		fputs("\"/>\n", out);
	}
	fputs("<figcaption>", out);
	if (f->drawn) {
		put_of(out, f->first, "shows");
	} else {
		print_title(plot, f, out);
		fputs(": there is no distribution to draw.", out);
	}
	fputs(" <small>", out);
	if (!strcmp(f->kind, "cpus"))
		print_growth(f, out);
	if (steps)
		print_one_values(f, out);
	fputs("</small></figcaption>\n</figure>\n", out);
}

static void print_links(const struct plot *plot, const json_t *chapter,
			FILE *out)
{
	const json_t *metric;
	size_t i;

	fputs("<p class=\"note\">All figures:", out);
	json_array_foreach(metrics_of(plot), i, metric) {
		if (!same_chapter(metric, chapter) ||
		    !is_first(plot, i, same_benchmark))
			continue;
		fputs(" <a href=\"#table-", out);
		put_anchor(out, text_of(metric, "benchmark"));
		fputs("\">", out);
		put_of(out, metric, "benchmark");
		fputs("</a>", out);
	}
	fputs("</p>\n", out);
}

static void print_chapter(const struct plot *plot, const json_t *chapter,
			  FILE *out)
{
	size_t i;

	fputs("<section>\n<h2 id=\"about-", out);
	put_anchor(out, chapter_name(chapter));
	fputs("\">", out);
	put_text(out, chapter_name(chapter));
	fputs("</h2>\n<div class=\"figures\">\n", out);
	for (i = 0; i < plot->nr_figures; i++) {
		if (same_chapter(plot->figures[i].first, chapter))
			print_figure(plot, &plot->figures[i], out);
	}
	fputs("</div>\n", out);
	print_links(plot, chapter, out);
	fputs("</section>\n", out);
}

static void print_chapters(const struct plot *plot,
			   const struct chapters *list, FILE *out)
{
	bool old = false;
	size_t i;

	fputs("<p>On the <em>instruction clock</em> a tick is an instruction of the guest, and runs repeat to the digit. Emulated <em>time</em> is never the latency of hardware.</p>\n",
	      out);
	for (i = 0; i < list->nr; i++)
		old |= !*text_of(list->first[i], "chapter");
	if (old)
		fputs("<p>This run is older than the questions that benchmarks answer: what it shows is grouped by benchmark.</p>\n",
		      out);
	for (i = 0; i < list->nr; i++)
		print_chapter(plot, list->first[i], out);
}

static const struct kernel *kernel_of(const char *name)
{
	size_t i;

	for (i = 0; i < NR_KERNELS; i++) {
		if (!strcmp(kernels[i].name, name))
			return &kernels[i];
	}
	return NULL;
}

/* Whose row this is: a scheme's, or that of a kernel without PKS */
static void print_label(const json_t *metric, FILE *out)
{
	const char *name = text_of(metric, "kernel");
	const struct kernel *kernel = kernel_of(name);
	const char *label = kernel ? kernel->label : name;

	if (kernel && !kernel->pks) {
		put_text(out, label);
		return;
	}
	put_of(out, metric, "scheme");
	if (!strcmp(name, "pks"))
		return;
	fputs(" (", out);
	put_text(out, label);
	fputc(')', out);
}

static bool same_row(const json_t *a, const json_t *b)
{
	return same(a, b, "name") && same(a, b, "kernel") &&
	       same(a, b, "scheme");
}

static const json_t *find_cell(const struct table *t, const json_t *row,
			       double cpus)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (number_of(t->metrics[i], "cpus") == cpus &&
		    same_row(t->metrics[i], row))
			return t->metrics[i];
	}
	return NULL;
}

static const json_t *baseline_of(const json_t *metric, const char *kernel)
{
	const json_t *base;
	size_t i;

	json_array_foreach(json_object_get(metric, "baseline"), i, base) {
		if (is(base, "kernel", kernel))
			return base;
	}
	return NULL;
}

static void print_cell(const struct table *t, const json_t *metric,
		       double value, bool more)
{
	const json_t *interval = json_object_get(metric, "interval");
	double percent;

	fprintf(t->out, "<td data-cpus=\"%g\"><data value=\"%.15g\">%s",
		number_of(metric, "cpus"), value, more && value > 0 ? "+" : "");
	put_value(t->out, metric, value);
	fputs("</data>", t->out);
	percent = interval_percent(value,
				   json_number_value(json_array_get(interval, 0)),
				   json_number_value(json_array_get(interval, 1)));
	if (percent && !more)
		fprintf(t->out, " <small>±%g&#160;%%</small>", percent);
	fputs("</td>\n", t->out);
}

static void print_row(const struct table *t, const json_t *row)
{
	const json_t *cell;
	size_t i;

	fputs("<tr", t->out);
	put_attribute(t->out, row, "name");
	put_attribute(t->out, row, "kernel");
	put_attribute(t->out, row, "scheme");
	fputs("><th scope=\"row\">", t->out);
	print_label(row, t->out);
	fputs("</th>\n", t->out);
	for (i = 0; i < t->columns.nr; i++) {
		cell = find_cell(t, row, t->columns.cpus[i]);
		if (cell)
			print_cell(t, cell, number_of(cell, "value"), false);
		else
			fputs("<td>-</td>\n", t->out);
	}
	fputs("</tr>\n", t->out);
}

/* What the row is more than on a kernel without PKS, if that was measured */
static void print_more(const struct table *t, const json_t *row,
		       const struct kernel *than)
{
	const json_t *cell, *base = NULL;
	size_t i;

	for (i = 0; i < t->columns.nr && !base; i++)
		base = baseline_of(find_cell(t, row, t->columns.cpus[i]), than->name);
	if (!base)
		return;
	fputs("<tr class=\"more\"", t->out);
	put_attribute(t->out, row, "name");
	put_attribute(t->out, row, "kernel");
	put_attribute(t->out, row, "scheme");
	fprintf(t->out, " data-than=\"%s\"><th scope=\"row\">more than with %s</th>\n",
		than->name, than->label);
	for (i = 0; i < t->columns.nr; i++) {
		cell = find_cell(t, row, t->columns.cpus[i]);
		base = baseline_of(cell, than->name);
		if (base)
			print_cell(t, cell, number_of(base, "difference"), true);
		else
			fputs("<td>-</td>\n", t->out);
	}
	fputs("</tr>\n", t->out);
}

static bool is_first_in(const struct table *t, size_t index,
			bool (*alike)(const json_t *a, const json_t *b))
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (alike(t->metrics[i], t->metrics[index]))
			return false;
	}
	return true;
}

static void print_metric(const struct table *t, const json_t *metric)
{
	size_t i, k;

	fprintf(t->out, "<tr class=\"metric\"><th colspan=\"%zu\" scope=\"rowgroup\">",
		t->columns.nr + 1);
	put_of(t->out, metric, "title");
	fputs(" [", t->out);
	put_of(t->out, metric, "unit");
	fputs("]</th></tr>\n", t->out);
	for (i = 0; i < t->nr; i++) {
		if (!same(t->metrics[i], metric, "name") ||
		    !is_first_in(t, i, same_row))
			continue;
		print_row(t, t->metrics[i]);
		for (k = 0; k < NR_KERNELS; k++)
			print_more(t, t->metrics[i], &kernels[k]);
	}
}

static void print_table_body(const struct plot *plot, const struct table *t)
{
	const json_t *first = t->metrics[0];
	size_t i;

	fputs("<div class=\"scroll\">\n<table", t->out);
	put_attribute(t->out, first, "benchmark");
	put_attribute(t->out, first, "clock");
	fprintf(t->out, ">\n<caption>%s; medians, or counts for each operation; %s is better</caption>\n<thead><tr><th></th>",
		clock_title(first, machine_of_run(plot)), text_of(first, "better"));
	for (i = 0; i < t->columns.nr; i++)
		fprintf(t->out, "<th scope=\"col\">%g&#160;CPU%s</th>", t->columns.cpus[i],
			t->columns.cpus[i] > 1 ? "s" : "");
	fputs("</tr></thead>\n<tbody>\n", t->out);
	for (i = 0; i < t->nr; i++) {
		if (is_first_in(t, i, same_metric))
			print_metric(t, t->metrics[i]);
	}
	fputs("</tbody>\n</table>\n</div>\n", t->out);
}

static int print_table(const struct plot *plot, const json_t *first, FILE *out)
{
	struct table t = { .out = out };
	const json_t *metric;
	int ret = 0;
	size_t i;

	t.metrics = calloc(json_array_size(metrics_of(plot)),
			   sizeof(*t.metrics));
	if (!t.metrics)
		return -ENOMEM;
	json_array_foreach(metrics_of(plot), i, metric) {
		if (!same_table(metric, first))
			continue;
		t.metrics[t.nr++] = metric;
		ret = columns_add(&t.columns, number_of(metric, "cpus"));
		if (ret)
			break;
	}
	if (!ret)
		print_table_body(plot, &t);
	free(t.metrics);
	return ret;
}

static int print_benchmark(const struct plot *plot, const json_t *first,
			   FILE *out)
{
	const json_t *metric;
	int ret = 0;
	size_t i;

	fputs("<details>\n<summary><b>", out);
	put_of(out, first, "benchmark");
	fputs("</b> ", out);
	put_of(out, first, "desc");
	fputs("</summary>\n<div id=\"table-", out);
	put_anchor(out, text_of(first, "benchmark"));
	fputs("\">\n", out);
	json_array_foreach(metrics_of(plot), i, metric) {
		if (!ret && same_benchmark(metric, first) &&
		    is_first(plot, i, same_table))
			ret = print_table(plot, metric, out);
	}
	fputs("</div>\n</details>\n", out);
	return ret;
}

static int print_tables(const struct plot *plot, FILE *out)
{
	const json_t *metric;
	int ret = 0;
	size_t i;

	fputs("<section>\n<h2 id=\"tables\">All figures</h2>\n", out);
	json_array_foreach(metrics_of(plot), i, metric) {
		if (!ret && is_first(plot, i, same_benchmark))
			ret = print_benchmark(plot, metric, out);
	}
	fputs("</section>\n", out);
	return ret;
}

static void print_machine_row(FILE *out, const char *name, const char *value)
{
	fputs("<tr><th scope=\"row\">", out);
	for (; *name; name++)
		fputc(*name == '_' ? ' ' : *name, out);
	fputs("</th><td>", out);
	put_text(out, value);
	fputs("</td></tr>\n", out);
}

static void print_machine(const struct plot *plot, FILE *out)
{
	json_t *machine = json_object_get(plot->run, "machine"), *value;
	const json_t *boot;
	const char *name;
	size_t i;

	fputs("<section>\n<h2>What was measured where</h2>\n<div class=\"scroll\">\n<table id=\"machine\">\n",
	      out);
	json_object_foreach(machine, name, value)
		print_machine_row(out, name, json_string_value(value));
	fputs("<tr><th scope=\"row\">boots</th><td>", out);
	json_array_foreach(json_object_get(plot->run, "boots"), i, boot) {
		put_of(out, boot, "folder");
		fputc(' ', out);
	}
	fputs("</td></tr>\n</table>\n</div>\n</section>\n", out);
}

/**
 * page_print() - print the body of the page
 * @plot:	with its figures
 * @out:	where
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int page_print(const struct plot *plot, FILE *out)
{
	struct chapters list = {};
	int ret;

	ret = list_chapters(plot, &list);
	if (!ret) {
		print_contents(&list, out);
		print_chapters(plot, &list, out);
		ret = print_tables(plot, out);
	}
	if (ret == -ENOMEM)
		error(0, 0, "out of memory while printing the page");
	if (!ret)
		print_machine(plot, out);
	free(list.first);
	return ret;
}
