// SPDX-License-Identifier: GPL-2.0
/* A comparison as text, the worst at the end, and as JSON. */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "lib/bench.h"

static const char *short_clock(const struct row *row)
{
	return strcmp(text_of(row->head, "clock"), "time") ? "instr" : "time";
}

static void format_where(const struct row *row, char *out, size_t size)
{
	const char *kernel = text_of(row->head, "kernel");

	snprintf(out, size, "%s %gcpu%s%s", short_clock(row),
		 number_of(row->head, "cpus"), strcmp(kernel, "pks") ? " " : "",
		 strcmp(kernel, "pks") ? kernel : "");
}

/* Few digits where few are known, all of them where all are. */
static void format_value(const struct row *row, double value, char *out,
			 size_t size)
{
	if (strcmp(text_of(row->head, "clock"), "time") || !value)
		snprintf(out, size, "%.10g", value);
	else
		snprintf(out, size, "%.5g", value);
}

static void print_row(const struct row *row)
{
	char base[32], head[32], where[48], name[80], percent[16] = "";

	format_where(row, where, sizeof(where));
	format_value(row, row->from, base, sizeof(base));
	format_value(row, row->to, head, sizeof(head));
	snprintf(name, sizeof(name), "%s %s", text_of(row->head, "benchmark"),
		 text_of(row->head, "name"));
	if (row->from && row->change)
		snprintf(percent, sizeof(percent), "%+.2f%%",
			 100 * row->change / fabs(row->from));
	printf("%-6s  %-38s %-10s %-16s %12s %12s  %+.6g %s %s  (%s)\n",
	       verdict_names[row->verdict], name, text_of(row->head, "scheme"),
	       where, base, head, row->change, text_of(row->head, "unit"),
	       percent, row->why);
}

static void print_left_out(const struct comparison *cmp)
{
	if (cmp->missing)
		printf("left out: %zu metrics that only %s has\n", cmp->missing,
		       cmp->base_dir);
	if (cmp->added)
		printf("left out: %zu metrics that only %s has\n", cmp->added,
		       cmp->head_dir);
	if (cmp->elsewhere)
		printf("left out: %zu metrics of the time clock, as two machines measured them\n",
		       cmp->elsewhere);
}

static int flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	error(0, errno, "printing the comparison");
	return -EIO;
}

/**
 * comparison_print() - a row a metric, the worst last
 * @cmp:	judged
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int comparison_print(const struct comparison *cmp)
{
	unsigned int verdict;
	size_t i;

	printf("base: %s\nhead: %s\n", cmp->base_dir, cmp->head_dir);
	printf("on the time clock: first quartiles; changes under %g %% do not count\n\n",
	       cmp->least);
	printf("%-6s  %-38s %-10s %-16s %12s %12s  change (why)\n", "", "metric",
	       "scheme", "where", "base", "head");
	for (verdict = 0; verdict < NR_VERDICTS; verdict++) {
		for (i = 0; i < cmp->nr_rows; i++) {
			if (cmp->rows[i].verdict == verdict)
				print_row(&cmp->rows[i]);
		}
	}
	printf("\n");
	print_left_out(cmp);
	printf("%zu metrics: %zu same, %zu unsure, %zu better, %zu worse\n",
	       cmp->nr_rows, comparison_count(cmp, SAME),
	       comparison_count(cmp, UNSURE), comparison_count(cmp, BETTER),
	       comparison_count(cmp, WORSE));
	return flush();
}

static json_t *row_as_json(const struct row *row)
{
	static const char * const keys[] = {
		"clock", "cpus", "kernel", "benchmark", "name", "scheme", "unit",
	};
	json_t *json = json_pack("{sf,sf,sf,ss,ss}",
				 "base", row->from, "head", row->to,
				 "change", row->change,
				 "verdict", verdict_names[row->verdict],
				 "why", row->why);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(json, keys[i], json_object_get(row->head, keys[i]));
	return json;
}

/**
 * comparison_print_json() - the same for a program
 * @cmp:	judged
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int comparison_print_json(const struct comparison *cmp)
{
	json_t *rows = json_array();
	json_t *root;
	size_t i;

	for (i = 0; i < cmp->nr_rows; i++)
		json_array_append_new(rows, row_as_json(&cmp->rows[i]));
	root = json_pack("{ss,ss,sf,so}", "base", cmp->base_dir,
			 "head", cmp->head_dir, "least", cmp->least,
			 "rows", rows);
	json_dumpf(root, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(root);
	return flush();
}
