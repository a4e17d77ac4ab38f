// SPDX-License-Identifier: GPL-2.0
/* A projection as a table, as JSON, and as what gnuplot draws. */
#include <errno.h>
#include <error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json-file.h"
#include "lib/results-file.h"
#include "project.h"

static json_t *range_json(const struct range *ns)
{
	return json_pack("[ff]", ns->least, ns->most);
}

/* What was claimed, and what becomes of it: the least if all answer at once, the most
 * if all are idle
 */
static bool claimed(const struct projection *p, struct range *claim,
		    struct range *projected)
{
	const json_t *json = json_object_get(p->costs, "claim"), *ns;
	struct projected at;

	if (!json_is_object(json))
		return false;
	ns = json_object_get(json, "ns");
	claim->least = json_number_value(json_array_get(ns, 0));
	claim->most = json_number_value(json_array_get(ns, 1));
	at = projected_on(p, number_of(json, "cpus"));
	projected->least = at.quick.least;
	projected->most = at.idle.most;
	return true;
}

static json_t *claim_json(const struct projection *p)
{
	struct range claim, projected;
	json_t *json;

	if (!claimed(p, &claim, &projected))
		return json_null();
	json = json_copy(json_object_get(p->costs, "claim"));
	json_object_set_new(json, "projected", range_json(&projected));
	return json;
}

static json_t *projection_json(const struct projection *p)
{
	const struct projected *row;
	json_t *rows = json_array();

	for (row = p->rows; row < p->rows + NR_ROWS; row++)
		json_array_append_new(rows,
				      json_pack("{sI,sf,so,so,so}",
						"cpus", (json_int_t)row->cpus,
						"ipis", row->ipis,
						"quick", range_json(&row->quick),
						"idle", range_json(&row->idle),
						"page", range_json(&p->page)));
	return json_pack("{sf,s{sf,sf},s{sf,sf},so,so}",
			 "measured_to", p->measured_to,
			 "ipis_per_update", "at_0", p->at_0, "per_cpu", p->per_cpu,
			 "page", "instructions", p->instructions,
			 "msr_writes", p->msr_writes,
			 "claim", claim_json(p), "rows", rows);
}

/* gnuplot's prefixes count from the second; on a logarithm there is no 0. */
static void write_ns(FILE *out, double ns)
{
	if (ns > 0)
		fprintf(out, " %.15g", ns / 1e9);
	else
		fputs(" NaN", out);
}

static void write_rows(const struct projection *p, FILE *out)
{
	const struct projected *row;

	fputs("# CPUs, seconds: serial and all answer at once, least and most; all idle; page, least and most\n",
	      out);
	for (row = p->rows; row < p->rows + NR_ROWS; row++) {
		fprintf(out, "%g", row->cpus);
		write_ns(out, row->quick.least);
		write_ns(out, row->quick.most);
		write_ns(out, row->idle.most);
		write_ns(out, p->page.least);
		write_ns(out, p->page.most);
		fputc('\n', out);
	}
}

static void write_commands(const struct projection *p, FILE *out)
{
	fputs("# GNUPLOT_LIB=<checkout>/bench/plot gnuplot draw.gp\n"
	      "file = \"projection\"\n", out);
	fprintf(out, "counted_to = %g\nload \"projection.gp\"\n",
		p->measured_to);
}

static int write_file(const struct projection *p, const char *dir,
		      const char *name,
		      void (*write)(const struct projection *p, FILE *out))
{
	int ret = 0;
	char *path;
	FILE *out;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -ENOMEM;
	out = fopen(path, "w");
	if (out)
		write(p, out);
	if (!out || ferror(out) | fclose(out)) {
		error(0, errno, "%s: not written", path);
		ret = -EIO;
	}
	free(path);
	return ret;
}

/**
 * projection_write() - write projection.json, and what gnuplot draws
 * @p:		computed
 * @dir:	folder for them
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int projection_write(const struct projection *p, const char *dir)
{
	json_t *root = projection_json(p);
	char *path;
	int ret;

	if (asprintf(&path, "%s/projection.json", dir) < 0) {
		json_decref(root);
		return -ENOMEM;
	}
	ret = json_file_save(root, path, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	free(path);
	json_decref(root);
	if (!ret)
		ret = write_file(p, dir, "projection.dat", write_rows);
	return ret ? ret : write_file(p, dir, "draw.gp", write_commands);
}

static void print_costs(const struct projection *p)
{
	const json_t *cost, *ns;
	size_t i;

	printf("costs: %s\n", text_of(p->costs, "cpu"));
	json_array_foreach(json_object_get(p->costs, "costs"), i, cost) {
		ns = json_object_get(cost, "ns");
		printf("  %s%s%s: %.10g to %.10g ns (%s)\n", text_of(cost, "event"),
		       *text_of(cost, "case") ? ", " : "", text_of(cost, "case"),
		       json_number_value(json_array_get(ns, 0)),
		       json_number_value(json_array_get(ns, 1)),
		       text_of(cost, "source"));
	}
}

/* In microseconds, of which two digits are told; no IPI is not less than none. */
static double us(double ns)
{
	return round(ns / 10) / 100 + 0.0;
}

static double ms(double ns)
{
	return round(ns / 10000) / 100;
}

static double thousandth(double x)
{
	return round(x * 1000) / 1000;
}

static void print_range(const struct range *ns, int width)
{
	char text[64];

	snprintf(text, sizeof(text), "%.10g .. %.10g us", us(ns->least), us(ns->most));
	printf("  %*s", width, text);
}

static void print_row(const struct projection *p, const struct projected *row)
{
	char idle[32];

	snprintf(idle, sizeof(idle), "%.10g us", us(row->idle.most));
	printf("%5g", row->cpus);
	print_range(&row->quick, 28);
	printf("  %18s", idle);
	print_range(&p->page, 26);
	putchar('\n');
}

static void print_claim(const struct projection *p)
{
	const json_t *json = json_object_get(p->costs, "claim");
	struct range claim, projected;

	if (!claimed(p, &claim, &projected))
		return;
	printf("\nclaimed for %g CPUs: %.10g to %.10g ms (%s)\n", number_of(json, "cpus"),
	       ms(claim.least), ms(claim.most), text_of(json, "source"));
	printf("projected: %.10g to %.10g ms, which is %+.0f %% and %+.0f %%\n",
	       ms(projected.least), ms(projected.most),
	       round(100 * (projected.least / claim.least - 1)),
	       round(100 * (projected.most / claim.most - 1)));
}

/**
 * projection_print() - print the table
 * @p:	computed
 */
void projection_print(const struct projection *p)
{
	const struct projected *row;

	printf("A projection, not a measurement.\n");
	print_costs(p);
	printf("counted up to %g CPUs: %.10g IPIs a CPU for an update of one CPU after another, less %.10g;\n",
	       p->measured_to, thousandth(p->per_cpu), thousandth(-p->at_0));
	printf("page: %.10g instructions and %.10g MSR writes for open, fault and close\n\n",
	       p->instructions, p->msr_writes);
	printf("%5s  %28s  %18s  %26s\n", "CPUs", "serial, all answer at once",
	       "serial, all idle", "page: open, fault, close");
	for (row = p->rows; row < p->rows + NR_ROWS; row++)
		print_row(p, row);
	print_claim(p);
}
