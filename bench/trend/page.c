// SPDX-License-Identifier: GPL-2.0
/*
 * The body of the page of all runs, from what trend.json says. An img names a file
 * beside plots.gp, and is alone in its line: whoever has drawn them puts them in.
 */
#include <errno.h>
#include <error.h>
#include <string.h>

#include "lib/format.h"
#include "lib/html.h"
#include "lib/results-file.h"
#include "trend.h"

static void put_value(FILE *out, const json_t *change, const char *key)
{
	double value = number_of(change, key);
	char text[32];

	format_value(text, sizeof(text), value, false);
	fprintf(out, "<data data-key=\"%s\" value=\"%.15g\">%s</data>", key, value,
		text);
}

static void print_figure(FILE *out, const char *plot, const char *alt)
{
	fprintf(out, "<figure id=\"%s\">\n<img src=\"%s.svg\" alt=\"", plot, plot);
	put_text(out, alt);
	fputs("\"/>\n</figure>\n", out);
}

static bool is_drawn(const json_t *changes, size_t nr, const char *plot)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(text_of(json_array_get(changes, i), "plot"), plot))
			return true;
	}
	return false;
}

static void print_values(FILE *out, const json_t *change)
{
	put_value(out, change, "before");
	fputs(" → ", out);
	put_value(out, change, "after");
	fputc(' ', out);
	put_of(out, change, "unit");
	if (!json_is_null(json_object_get(change, "percent")))
		fprintf(out, " (%+.3g %%)", number_of(change, "percent"));
	if (json_is_null(json_object_get(change, "p")))
		fputs(", exact: this clock has no noise", out);
	else
		fprintf(out, ", p = %.2g", number_of(change, "p"));
}

static void print_change(FILE *out, const json_t *change)
{
	static const char * const keys[] = {
		"benchmark", "name", "scheme", "clock", "kernel", "from", "to",
		"verdict",
	};
	double cpus = number_of(change, "cpus");
	size_t i;

	fputs("<article", out);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		put_attribute(out, change, keys[i]);
	fprintf(out, " data-cpus=\"%g\">\n<h3>", cpus);
	put_of(out, change, "verdict");
	fputs(": ", out);
	put_of(out, change, "benchmark");
	fputs(", ", out);
	put_of(out, change, "title");
	fputs(", scheme ", out);
	put_of(out, change, "scheme");
	fputs("</h3>\n<p><strong>", out);
	print_values(out, change);
	fputs("</strong><br/>", out);
	put_of(out, change, "clock_title");
	fprintf(out, ", %g CPU%s, kernel ", cpus, cpus > 1 ? "s" : "");
	put_of(out, change, "kernel");
	fputs("<br/>from run ", out);
	put_of(out, change, "from");
	fputs(" to ", out);
	put_of(out, change, "to");
	fputs("</p>\n", out);
}

static void print_changes(FILE *out, const json_t *changes)
{
	const char *run = "", *plot;
	const json_t *change;
	size_t i;

	json_array_foreach(changes, i, change) {
		if (strcmp(run, text_of(change, "to"))) {
			run = text_of(change, "to");
			fputs("<h2>With run ", out);
			put_text(out, run);
			fputs("</h2>\n", out);
		}
		print_change(out, change);
		plot = text_of(change, "plot");
		if (is_drawn(changes, i, plot))
			fprintf(out, "<p><a href=\"#%s\">Its plot</a> is above.</p>\n",
				plot);
		else
			print_figure(out, plot, text_of(change, "title"));
		fputs("</article>\n", out);
	}
}

static void print_summary(FILE *out, const json_t *trend)
{
	fprintf(out, "<p>%zu changes in %g series of %zu runs, the newest first. A cross marks where a metric got worse, a ring where it got better. ",
		json_array_size(json_object_get(trend, "changes")),
		number_of(trend, "series"),
		json_array_size(json_object_get(trend, "runs")));
	fprintf(out, "On the instruction clock a difference of one instruction is a change. On the time clock it takes %g runs before and %g after; the chance of a false one is to be %g in all series together, and p is that of a change as clear as this one. %g series have one run alone.</p>\n",
		number_of(trend, "least_runs"), number_of(trend, "least_runs"),
		number_of(trend, "alpha"), number_of(trend, "series_of_one_run"));
}

static void print_others(FILE *out, const json_t *plots)
{
	const json_t *plot;
	size_t i, nr = 0;

	json_array_foreach(plots, i, plot)
		nr += !number_of(plot, "changes");
	fprintf(out, "<section id=\"unchanged\">\n<details><summary>%zu metrics without a change</summary>\n<div class=\"figures\">\n",
		nr);
	json_array_foreach(plots, i, plot) {
		if (!number_of(plot, "changes"))
			print_figure(out, text_of(plot, "name"), text_of(plot, "name"));
	}
	fputs("</div>\n</details>\n</section>\n", out);
}

/**
 * trend_print() - print the body of the page
 * @trend:	what trend.json says
 * @out:	where to
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int trend_print(const json_t *trend, FILE *out)
{
	const json_t *changes = json_object_get(trend, "changes");

	print_summary(out, trend);
	print_changes(out, changes);
	print_others(out, json_object_get(trend, "plots"));
	if (!fflush(out) && !ferror(out))
		return 0;
	error(0, errno, "printing the page");
	return -EIO;
}
