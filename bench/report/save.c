// SPDX-License-Identifier: GPL-2.0
/* results.json: the results as data, with all that a later reader must know. */
#include <errno.h>
#include <error.h>
#include <stdlib.h>

#include "lib/json-file.h"
#include "result.h"

static json_t *save_baselines(const struct results *results,
			      const struct result *r)
{
	json_t *array = json_array();
	const struct result *base;
	int k;

	for (k = 0; k < NR_KERNELS; k++) {
		if (kernels[k].pks)
			continue;
		base = result_baseline(results, r, k);
		if (!base)
			continue;
		json_array_append_new(array,
				      json_pack("{ss,ss,sf,sf}",
						"kernel", kernels[k].name,
						"metric", base->metric.name,
						"value", base->value,
						"difference",
						r->value - base->value));
	}
	return array;
}

/* How often each value was seen: all that is left to ask of the samples. */
static json_t *save_distribution(const struct result *r)
{
	json_t *values = json_array(), *counts = json_array();
	size_t i, first = 0;

	for (i = 1; i <= r->n; i++) {
		if (i < r->n && r->samples[i] == r->samples[first])
			continue;
		json_array_append_new(values, json_real(r->samples[first]));
		json_array_append_new(counts, json_integer(i - first));
		first = i;
	}
	return json_pack("{so,so}", "values", values, "counts", counts);
}

static json_t *save_boots(const struct result *r, const double *values)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < r->nr_boots; i++)
		json_array_append_new(array, json_real(values[i]));
	return array;
}

static json_t *save_stats(const struct result *r)
{
	const struct stats *s = &r->stats;

	return json_pack("{sI,sb,sf,sf,s[ff],sf,sf,sf,sf,sf,sf,so,so}",
			 "warmup_dropped", (json_int_t)s->dropped,
			 "settled", s->settled, "timer_subtracted", r->timer,
			 "median", s->median, "interval", s->low, s->high,
			 "p25", s->p25, "p90", s->p90, "p99", s->p99, "p99.9", s->p999,
			 "min", s->min, "max", s->max,
			 "p25_per_boot", save_boots(r, r->quartiles),
			 "distribution", save_distribution(r));
}

static json_t *save_result(const struct results *results,
			   const struct result *r)
{
	json_t *json, *stats;

	json = json_pack("{ss,ss,ss,ss,ss,sI,ss,ss,ss,ss,sI,sf,so,sb,sO,ss*,ss*,sO,so,ss*,ss*,ss*}",
			 "name", r->metric.name, "title", r->metric.title,
			 "benchmark", r->bench, "scheme", r->scheme,
			 "clock", clock_names[r->boot->clock],
			 "cpus", (json_int_t)r->boot->cpus,
			 "kernel", kernels[r->boot->kernel].name,
			 "kind", r->metric.counter ? "count" : "samples",
			 "unit", r->unit, "better", r->metric.better,
			 "n", (json_int_t)r->n, "value", r->value,
			 "per_boot", save_boots(r, r->per_boot),
			 "waits", r->waits,
			 "plots", r->metric.plots,
			 "over", r->metric.over,
			 "question", r->metric.question,
			 "counters_per_op", r->counters,
			 "baseline", save_baselines(results, r),
			 "desc", r->desc, "chapter", r->chapter,
			 "shows", r->metric.shows);
	if (r->metric.counter)
		return json;
	stats = save_stats(r);
	json_object_update(json, stats);
	json_decref(stats);
	return json;
}

static json_t *save_boot(const struct boot *boot)
{
	return json_pack("{ss,ss,sI,ss,sO,sO,sO}", "folder", boot->folder,
			 "clock", clock_names[boot->clock],
			 "cpus", (json_int_t)boot->cpus,
			 "kernel", kernels[boot->kernel].name,
			 "driver", json_object_get(boot->raw, "driver"),
			 "mode", json_object_get(boot->raw, "mode"),
			 "skipped", json_object_get(boot->raw, "skipped"));
}

static json_t *save_all(const struct results *results)
{
	const struct run *run = results->run;
	json_t *metrics = json_array();
	json_t *boots = json_array();
	size_t i;

	for (i = 0; i < run->nr_boots; i++)
		json_array_append_new(boots, save_boot(&run->boots[i]));
	for (i = 0; i < results->nr; i++)
		json_array_append_new(metrics,
				      save_result(results, &results->list[i]));
	return json_pack("{ss,si,sO,so,so}", "format", RESULTS_FORMAT,
			 "version", RESULTS_VERSION, "machine", run->machine,
			 "boots", boots, "metrics", metrics);
}

/**
 * results_save() - write results.json, all of it or nothing
 * @results:	what to write
 * @dir:	the run's folder
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int results_save(const struct results *results, const char *dir)
{
	int ret = -ENOMEM;
	json_t *root;
	char *path;

	if (asprintf(&path, "%s/results.json", dir) < 0)
		return -ENOMEM;
	root = save_all(results);
	if (root)
		ret = json_file_save(root, path, JSON_COMPACT | JSON_REAL_PRECISION(15));
	else
		error(0, 0, "%s: out of memory", path);
	json_decref(root);
	free(path);
	return ret;
}
