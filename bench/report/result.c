// SPDX-License-Identifier: GPL-2.0
/*
 * What the samples say. Which metrics there are, and what they are made of,
 * stands in the raw files: nothing here knows a benchmark by its name.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "result.h"

/* What is being computed, so that a message can say where it went wrong. */
struct context {
	struct results *results;
	const struct boot *boot;
	const char *bench;
	const char *desc;
	struct metric metric;
};

static int bad(const struct context *ctx, const char *what)
{
	error(0, 0, "%s/raw.json: %s: damaged, measure again", ctx->boot->folder, what);
	return -EINVAL;
}

static bool is(const json_t *object, const char *key, const char *value)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s && !strcmp(s, value);
}

static const json_t *find_record(const struct context *ctx, const char *step,
				 const char *scheme)
{
	const json_t *records = json_object_get(ctx->boot->raw, "records");
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		if (is(record, "benchmark", ctx->bench) &&
		    is(record, "step", step) && is(record, "scheme", scheme))
			return record;
	}
	return NULL;
}

/* Adds one phase to the samples that are being summed. */
static int add_phase(const struct context *ctx, const json_t *record,
		     const char *phase, double *x, size_t n)
{
	const json_t *samples = json_object_get(record, "samples");
	const json_t *array = json_object_get(samples, phase);
	const json_t *value;
	size_t i;

	if (json_array_size(array) != n)
		return bad(ctx, "not as many samples as operations");
	json_array_foreach(array, i, value) {
		if (!json_is_integer(value))
			return bad(ctx, "a sample is not an integer");
		x[i] += json_integer_value(value);
	}
	return 0;
}

static int add_phases(const struct context *ctx, const json_t *record,
		      double *x, size_t n)
{
	const struct metric *m = &ctx->metric;
	int ret = 0;

	if (m->map)
		ret = add_phase(ctx, record, "map", x, n);
	if (!ret && m->touch)
		ret = add_phase(ctx, record, "touch", x, n);
	if (!ret && m->unmap)
		ret = add_phase(ctx, record, "unmap", x, n);
	return ret;
}

static size_t operations(const json_t *record)
{
	json_int_t done = json_integer_value(json_object_get(record, "done"));

	return done > 0 ? done : 0;
}

/*
 * The samples of the metric's phases, in ticks, with @shift taken off each and
 * the rest multiplied by @scale.
 */
static int series_stats(const struct context *ctx, const json_t *record,
			double shift, double scale, struct stats *stats)
{
	size_t i, n = operations(record);
	double *x;
	int ret;

	if (!n)
		return bad(ctx, "a record without operations");
	x = calloc(n, sizeof(*x));
	if (!x)
		return -ENOMEM;
	ret = add_phases(ctx, record, x, n);
	for (i = 0; i < n && !ret; i++)
		x[i] = (x[i] - shift) * scale;
	if (!ret)
		ret = stats_compute(x, n, stats);
	free(x);
	return ret;
}

/* What the timer adds to the metric's phases: the median of the same ones. */
static int timer_cost(const struct context *ctx, const char *scheme,
		      double *ticks)
{
	const json_t *record;
	struct stats stats;
	int ret;

	*ticks = 0;
	if (!ctx->metric.timer)
		return 0;
	record = find_record(ctx, ctx->metric.timer, scheme);
	if (!record)
		return bad(ctx, "the timer's cost was not measured");
	ret = series_stats(ctx, record, 0, 1, &stats);
	if (!ret)
		*ticks = stats.median;
	return ret;
}

static int result_samples(const struct context *ctx, const json_t *record,
			  struct result *r)
{
	double scale = 1.0 / ctx->metric.per;
	double ticks;
	int ret;

	ret = timer_cost(ctx, r->scheme, &ticks);
	if (ret)
		return ret;
	if (!strcmp(r->unit, "ticks")) {
		if (r->boot->clock == CLOCK_INSTRUCTIONS) {
			r->unit = "instructions";
		} else {
			r->unit = ctx->results->run->emulated ?
				  "emulated ns" : "ns";
			scale *= 1e6 / r->boot->tsc_khz;
		}
	}
	ret = series_stats(ctx, record, ticks, scale, &r->stats);
	r->timer = ticks * scale;
	r->value = r->stats.median;
	r->n = r->stats.n;
	return ret;
}

/* All counters of the record, per operation of the metric. */
static int result_counters(const struct context *ctx, const json_t *record,
			   struct result *r)
{
	double per = (double)operations(record) * ctx->metric.per;
	json_t *counters = json_object_get(record, "counters");
	const char *name;
	json_t *count;

	if (!json_is_object(counters) || !per)
		return bad(ctx, "a record without counters");
	r->counters = json_object();
	json_object_foreach(counters, name, count) {
		if (!json_is_integer(count))
			return bad(ctx, "a counter is not an integer");
		json_object_set_new(r->counters, name,
				    json_real(json_integer_value(count) / per));
	}
	return 0;
}

static int result_count(const struct context *ctx, const json_t *record,
			struct result *r)
{
	const json_t *count = json_object_get(r->counters, ctx->metric.counter);

	if (!json_is_real(count))
		return bad(ctx, "a counter that a metric needs is missing");
	r->n = operations(record);
	r->value = json_real_value(count);
	return 0;
}

static struct result *new_result(struct results *results)
{
	struct result *list;

	list = reallocarray(results->list, results->nr + 1, sizeof(*list));
	if (!list)
		return NULL;
	results->list = list;
	return memset(&list[results->nr++], 0, sizeof(*list));
}

static int compute_record(const struct context *ctx, const json_t *record)
{
	const struct metric *m = &ctx->metric;
	struct result *r = new_result(ctx->results);
	int ret;

	if (!r)
		return -ENOMEM;
	*r = (struct result){
		.boot = ctx->boot, .bench = ctx->bench, .desc = ctx->desc,
		.metric = *m, .unit = m->unit,
		.scheme = json_string_value(json_object_get(record, "scheme")),
	};
	if (!r->scheme)
		return bad(ctx, "a record without a scheme");
	ret = result_counters(ctx, record, r);
	if (ret)
		return ret;
	return m->counter ? result_count(ctx, record, r) :
			    result_samples(ctx, record, r);
}

static int read_metric(struct context *ctx, json_t *json)
{
	struct metric *m = &ctx->metric;
	json_error_t why;

	*m = (struct metric){};
	if (json_unpack_ex(json, &why, 0,
			   "{ss,ss,ss,ss,ss,s?s,s?s,s?s,s?s,sb,sb,sb,sI}",
			   "name", &m->name, "title", &m->title,
			   "step", &m->step, "unit", &m->unit,
			   "better", &m->better, "counter", &m->counter,
			   "timer", &m->timer, "over", &m->over,
			   "baseline", &m->baseline, "map", &m->map,
			   "touch", &m->touch, "unmap", &m->unmap,
			   "per", &m->per))
		return bad(ctx, why.text);
	return m->per > 0 ? 0 : bad(ctx, "a metric per 0 operations");
}

/* The metric under every scheme that its step was run with. */
static int compute_metric(struct context *ctx, json_t *json)
{
	const json_t *records = json_object_get(ctx->boot->raw, "records");
	const json_t *record;
	int ret;
	size_t i;

	ret = read_metric(ctx, json);
	json_array_foreach(records, i, record) {
		if (ret)
			break;
		if (is(record, "benchmark", ctx->bench) &&
		    is(record, "step", ctx->metric.step))
			ret = compute_record(ctx, record);
	}
	return ret;
}

static int compute_bench(struct context *ctx, const json_t *bench)
{
	const json_t *metrics = json_object_get(bench, "metrics");
	json_t *metric;
	int ret = 0;
	size_t i;

	ctx->bench = json_string_value(json_object_get(bench, "name"));
	ctx->desc = json_string_value(json_object_get(bench, "desc"));
	if (!ctx->bench || !ctx->desc || !json_array_size(metrics))
		return bad(ctx, "a benchmark without name, description or metrics");
	json_array_foreach(metrics, i, metric) {
		ret = compute_metric(ctx, metric);
		if (ret)
			break;
	}
	return ret;
}

static int compute_boot(struct context *ctx)
{
	const json_t *list = json_object_get(ctx->boot->raw, "benchmarks");
	const json_t *bench;
	size_t i, before = ctx->results->nr;
	int ret = 0;

	json_array_foreach(list, i, bench) {
		ret = compute_bench(ctx, bench);
		if (ret)
			return ret;
	}
	return ctx->results->nr > before ? 0 : bad(ctx, "no samples in it");
}

/**
 * results_compute() - compute all results of a run
 * @results:	filled in; to be freed in any case
 * @run:	the run
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int results_compute(struct results *results, const struct run *run)
{
	struct context ctx = { .results = results };
	int ret = 0;
	size_t i;

	*results = (struct results){ .run = run };
	for (i = 0; i < run->nr_boots && !ret; i++) {
		ctx.boot = &run->boots[i];
		ret = compute_boot(&ctx);
	}
	if (ret == -ENOMEM)
		error(0, 0, "out of memory while computing");
	return ret;
}

/**
 * results_free() - free what results_compute() has computed
 * @results:	computed, or failed to compute
 */
void results_free(struct results *results)
{
	size_t i;

	for (i = 0; i < results->nr; i++)
		json_decref(results->list[i].counters);
	free(results->list);
}

/* The result called @name of the same benchmark, for @scheme on @boot. */
static const struct result *find_result(const struct results *results,
					const struct result *like,
					const char *name, const char *scheme,
					const struct boot *boot)
{
	const struct result *r;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		r = &results->list[i];
		if (r->boot == boot && !strcmp(r->bench, like->bench) &&
		    !strcmp(r->metric.name, name) && !strcmp(r->scheme, scheme))
			return r;
	}
	return NULL;
}

/**
 * result_over() - the result that another is shown as a multiple of
 * @results:	all results
 * @r:		the other
 *
 * Return: the result, or NULL if there is none.
 */
const struct result *result_over(const struct results *results,
				 const struct result *r)
{
	if (!r->metric.over)
		return NULL;
	return find_result(results, r, r->metric.over, r->scheme, r->boot);
}

/**
 * result_baseline() - what a result is compared with on a kernel without PKS
 * @results:	all results
 * @r:		the result
 * @kernel:	KERNEL_NOPKS or KERNEL_NONE
 *
 * A kernel with PKS off is itself compared with one that has it compiled out.
 *
 * Return: the result of the same clock and number of CPUs, or NULL if there is
 * none.
 */
const struct result *result_baseline(const struct results *results,
				     const struct result *r,
				     enum kernel_id kernel)
{
	const struct run *run = results->run;
	const struct boot *boot;
	size_t i;

	if (!r->metric.baseline || r->boot->kernel >= kernel)
		return NULL;
	for (i = 0; i < run->nr_boots; i++) {
		boot = &run->boots[i];
		if (boot->kernel == kernel && boot->clock == r->boot->clock &&
		    boot->cpus == r->boot->cpus)
			return find_result(results, r, r->metric.baseline,
					   BENCH_NO_SCHEME, boot);
	}
	return NULL;
}
