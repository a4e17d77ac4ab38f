// SPDX-License-Identifier: GPL-2.0
/* The verdict as text: at most 30 lines of 100 characters. */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "lib/format.h"
#include "report/boot.h"
#include "verdict.h"

#define LABEL_WIDTH	52
#define CPUS_WIDTH	6
#define CELL_WIDTH	21
#define LINE_WIDTH	100
#define MOST_WORSE	3

static void format_figure(char *out, size_t size, const json_t *metric,
			  const struct answer *answer, double figure)
{
	switch (answer->question->shown) {
	case MULTIPLE:
		snprintf(out, size, "%.2f x", figure);
		break;
	case MORE:
		format_difference(out, size, figure);
		break;
	default:
		format_value(out, size, figure, !strcmp(text_of(metric, "kind"), "count"));
	}
}

/* The same figure of the reference, which says nothing of another machine's time. */
static bool reference_figure(const struct summary *s, const json_t *metric,
			     const struct answer *answer, double *figure)
{
	const json_t *base;

	if (!s->reference.base || (on_time(metric) && other_machine(&s->reference)))
		return false;
	base = metric_find(s->reference.base, metric);
	return base && !strcmp(text_of(base, "unit"), text_of(metric, "unit")) &&
	       figure_of(s->reference.base, base, answer, figure);
}

/* A figure, and that of the reference in brackets */
static void print_cell(const struct summary *s, const json_t *metric,
		       const struct answer *answer)
{
	char own[24], reference[24] = "-", cell[64];
	double figure;

	figure_of(s->reference.head, metric, answer, &figure);
	format_figure(own, sizeof(own), metric, answer, figure);
	if (reference_figure(s, metric, answer, &figure))
		format_figure(reference, sizeof(reference), metric, answer, figure);
	snprintf(cell, sizeof(cell), "%s (%s)", own, reference);
	printf("%*s", CELL_WIDTH, cell);
}

static void print_answer(const struct summary *s, const struct answer *answer,
			 const char *unit)
{
	const struct question *question = answer->question;
	const json_t *metric = answer->least;
	bool other_unit = strcmp(text_of(metric, "unit"), unit);
	char label[LABEL_WIDTH + 1], cpus[32];

	snprintf(label, sizeof(label), "%s%s%s%s%s%s",
		 question->label ?: text_of(metric, "title"),
		 question->protecting ? ": " : "",
		 question->protecting ? text_of(metric, "scheme") : "",
		 other_unit ? " [" : "", other_unit ? text_of(metric, "unit") : "",
		 other_unit ? "]" : "");
	snprintf(cpus, sizeof(cpus), "%g", number_of(metric, "cpus"));
	if (answer->most != metric)
		snprintf(cpus, sizeof(cpus), "%g, %g", number_of(metric, "cpus"),
			 number_of(answer->most, "cpus"));
	printf("%-*s%*s", LABEL_WIDTH, label, CPUS_WIDTH, cpus);
	print_cell(s, metric, answer);
	if (answer->most != metric)
		print_cell(s, answer->most, answer);
	printf("\n");
}

static void print_heading(const struct summary *s, const json_t *first)
{
	char text[LABEL_WIDTH + 1];

	snprintf(text, sizeof(text), "clock: %s | unit: %s, median",
		 text_of(first, "clock"), text_of(first, "unit"));
	printf("%-*s%*s%*s%*s\n", LABEL_WIDTH, text, CPUS_WIDTH, "CPUs",
	       CELL_WIDTH, "fewest (reference)", CELL_WIDTH, "most (reference)");
	if (on_time(first) && is_emulated(json_object_get(s->reference.head, "machine")))
		puts(emulated_time);
}

static void print_clock(const struct summary *s, const char *clock)
{
	const json_t *first = NULL;
	size_t i;

	for (i = 0; i < s->nr_answers; i++) {
		if (strcmp(text_of(s->answers[i].least, "clock"), clock))
			continue;
		if (!first) {
			first = s->answers[i].least;
			print_heading(s, first);
		}
		print_answer(s, &s->answers[i], text_of(first, "unit"));
	}
	if (first)
		printf("\n");
}

static void print_unanswered(const struct summary *s)
{
	size_t i, k;

	for (i = 0; i < nr_questions; i++) {
		for (k = 0; k < s->nr_answers; k++) {
			if (s->answers[k].question == &questions[i])
				break;
		}
		if (k == s->nr_answers)
			printf("not measured: %s (%s)\n", questions[i].text,
			       questions[i].needs);
	}
}

/* Greatest change first, as a part of what it was */
static int compare_changes(const void *a, const void *b)
{
	const struct row *x = *(const struct row **)a, *y = *(const struct row **)b;
	double p = x->from ? fabs(x->change / x->from) : INFINITY;
	double q = y->from ? fabs(y->change / y->from) : INFINITY;

	if (p == q)
		return (x > y) - (x < y);
	return p > q ? -1 : 1;
}

static void print_worse(const struct row *row)
{
	char from[24], to[24], line[LINE_WIDTH + 1];
	double cpus = number_of(row->head, "cpus");

	format_number(from, sizeof(from), row->from);
	format_number(to, sizeof(to), row->to);
	snprintf(line, sizeof(line), "  worse: %s %s, %s, %s, %g CPU%s: %s -> %s %s",
		 text_of(row->head, "benchmark"), text_of(row->head, "name"),
		 text_of(row->head, "scheme"), text_of(row->head, "kernel"), cpus,
		 cpus > 1 ? "s" : "", from, to, text_of(row->head, "unit"));
	puts(line);
}

static int print_worst(const struct comparison *cmp)
{
	const struct row **worse = calloc(cmp->nr_rows, sizeof(*worse));
	size_t i, nr = 0;

	if (!worse) {
		error(0, errno, "%s", cmp->head_dir);
		return -ENOMEM;
	}
	for (i = 0; i < cmp->nr_rows; i++) {
		if (cmp->rows[i].verdict == WORSE)
			worse[nr++] = &cmp->rows[i];
	}
	qsort(worse, nr, sizeof(*worse), compare_changes);
	for (i = 0; i < nr && i < MOST_WORSE; i++)
		print_worse(worse[i]);
	free(worse);
	return 0;
}

static int print_changes(const struct summary *s)
{
	const struct comparison *cmp = &s->before;

	if (!s->before_dir) {
		printf("no run before this one to compare with\n");
		return 0;
	}
	printf("%zu figures are also in %s: %zu same, %zu unsure, %zu better, %zu worse\n",
	       cmp->nr_rows, basename(s->before_dir), comparison_count(cmp, SAME),
	       comparison_count(cmp, UNSURE), comparison_count(cmp, BETTER),
	       comparison_count(cmp, WORSE));
	return print_worst(cmp);
}

/**
 * verdict_print() - print the verdict to stdout
 * @s:	with its answers
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int verdict_print(const struct summary *s)
{
	int clock, ret;

	printf("%s (%s%s); +: more than with PKS off at boot\n", basename(s->dir),
	       s->reference_dir ? "reference: " : "no reference",
	       s->reference_dir ? basename(s->reference_dir) : "");
	for (clock = 0; clock < NR_CLOCKS; clock++)
		print_clock(s, clock_names[clock]);
	print_unanswered(s);
	ret = print_changes(s);
	printf("all figures: %s/table | pictures: make plot | every change: make compare\n",
	       basename(s->dir));
	if (!ret && (fflush(stdout) || ferror(stdout))) {
		ret = -errno;
		error(0, errno, "printing the verdict");
	}
	return ret;
}
