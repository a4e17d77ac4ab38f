// SPDX-License-Identifier: GPL-2.0
/*
 * What the samples say. Which metrics there are, and what they are made of,
 * stands in the raw files: nothing here knows a benchmark by its name.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "lib/bench.h"
#include "result.h"

/* What is being computed, so that a message can say where it went wrong. */
struct context {
	struct results *results;
	const struct boot *boot;
	size_t nr_boots;
	const char *bench;
	const char *desc;
	const char *chapter;
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
 * the rest multiplied by @scale. To be freed.
 */
static double *take_series(const struct context *ctx, const json_t *record,
			   double shift, double scale)
{
	size_t i, n = operations(record);
	double *x;

	if (!n) {
		bad(ctx, "a record without operations");
		return NULL;
	}
	x = calloc(n, sizeof(*x));
	if (!x || add_phases(ctx, record, x, n)) {
		free(x);
		return NULL;
	}
	for (i = 0; i < n; i++)
		x[i] = (x[i] - shift) * scale;
	return x;
}

/* What the timer adds to the metric's phases: the median of the same ones. */
static int timer_cost(const struct context *ctx, const char *scheme,
		      double *ticks)
{
	const json_t *record;
	struct stats stats;
	double *x;
	int ret;

	*ticks = 0;
	if (!ctx->metric.timer)
		return 0;
	record = find_record(ctx, ctx->metric.timer, scheme);
	if (!record)
		return bad(ctx, "the timer's cost was not measured");
	x = take_series(ctx, record, 0, 1);
	if (!x)
		return -EINVAL;
	ret = stats_compute(x, operations(record), &stats);
	free(x);
	if (!ret)
		*ticks = stats.median;
	return ret;
}

/* What a tick of this boot is in the unit of the result, per operation */
static double tick_scale(const struct context *ctx, const struct result *r)
{
	bool raw = strcmp(ctx->metric.unit, "ticks") ||
		   r->boot->clock == CLOCK_INSTRUCTIONS;

	return (raw ? 1 : 1e6 / ctx->boot->tsc_khz) / ctx->metric.per;
}

static const char *tick_unit(const struct context *ctx)
{
	if (ctx->boot->clock == CLOCK_INSTRUCTIONS)
		return "instructions";
	return ctx->results->run->emulated ? "emulated ns" : "ns";
}

/* Adds the samples of one boot, without its warm-up, and their median. */
static int add_boot_samples(const struct context *ctx, const json_t *record,
			    struct result *r, size_t boot)
{
	size_t n = operations(record), dropped;
	double scale = tick_scale(ctx, r);
	struct stats stats;
	double ticks, *x;
	int ret;

	ret = timer_cost(ctx, r->scheme, &ticks);
	if (ret)
		return ret;
	x = take_series(ctx, record, ticks, scale);
	if (!x)
		return -EINVAL;
	ret = stats_compute(x, n, &stats);
	dropped = stats.dropped;
	if (!ret) {
		memcpy(r->samples + r->n, x + dropped, (n - dropped) * sizeof(*x));
		r->n += n - dropped;
		r->stats.dropped += dropped;
		r->stats.settled &= stats.settled;
		r->per_boot[boot] = stats.median;
		r->quartiles[boot] = stats.p25;
		r->timer = ticks * scale;
	}
	free(x);
	return ret;
}

/*
 * Was another CPU asked for something, by an IPI or as the partner? CPUs take IPIs
 * that are not of the operation's doing, too: fewer than one in ten operations.
 */
static bool record_waits(const json_t *record)
{
	json_t *counters = json_object_get(record, "counters");

	return json_integer_value(json_object_get(record, "cpu")) >= 0 ||
	       10 * json_number_value(json_object_get(counters, "ipis")) >
	       operations(record);
}

/* Adds what the CPUs of one boot counted. */
static int add_boot_counts(const struct context *ctx, const json_t *record,
			   struct result *r, size_t boot)
{
	double per = (double)operations(record) * ctx->metric.per;
	json_t *counters = json_object_get(record, "counters");
	const char *name;
	json_t *count;
	double sum;

	if (!json_is_object(counters) || !per)
		return bad(ctx, "a record without counters");
	json_object_foreach(counters, name, count) {
		if (!json_is_number(count))
			return bad(ctx, "a counter is not a number");
		sum = json_number_value(count) +
		      json_real_value(json_object_get(r->counters, name));
		json_object_set_new(r->counters, name, json_real(sum));
	}
	r->waits |= record_waits(record);
	if (!ctx->metric.counter)
		return 0;
	count = json_object_get(counters, ctx->metric.counter);
	if (!count)
		return bad(ctx, "a counter that a metric needs is missing");
	r->per_boot[boot] = json_number_value(count) / per;
	r->n += operations(record);
	return 0;
}

/* The counters are sums over all boots: make them per operation. */
static void divide_counters(struct result *r, double operations)
{
	const char *name;
	json_t *sum;

	json_object_foreach(r->counters, name, sum)
		json_real_set(sum, json_real_value(sum) / operations);
}

static size_t operations_of_all(const struct context *ctx,
				const struct result *r)
{
	struct context boot = *ctx;
	size_t i, sum = 0;

	for (i = 0; i < r->nr_boots; i++) {
		boot.boot = &r->boot[i];
		sum += operations(find_record(&boot, r->metric.step, r->scheme));
	}
	return sum;
}

static int result_fill(const struct context *ctx, struct result *r)
{
	size_t i, all = operations_of_all(ctx, r);
	struct context boot = *ctx;
	const json_t *record;
	int ret = 0;

	r->counters = json_object();
	r->per_boot = calloc(r->nr_boots, sizeof(*r->per_boot));
	r->quartiles = calloc(r->nr_boots, sizeof(*r->quartiles));
	r->samples = calloc(all + 1, sizeof(*r->samples));
	if (!r->counters || !r->per_boot || !r->quartiles || !r->samples)
		return -ENOMEM;
	r->stats.settled = true;
	for (i = 0; i < r->nr_boots && !ret; i++) {
		boot.boot = &r->boot[i];
		record = find_record(&boot, r->metric.step, r->scheme);
		if (!record)
			return bad(&boot, "a step that the boots like it have is missing");
		ret = add_boot_counts(&boot, record, r, i);
		if (!ret && !r->metric.counter)
			ret = add_boot_samples(&boot, record, r, i);
	}
	if (!ret)
		divide_counters(r, (double)all * r->metric.per);
	return ret;
}

static int result_compute(const struct context *ctx, struct result *r)
{
	int ret = result_fill(ctx, r);

	if (ret)
		return ret;
	if (r->metric.counter) {
		gsl_sort(r->per_boot, 1, r->nr_boots);
		r->value = json_real_value(json_object_get(r->counters,
							   r->metric.counter));
		return 0;
	}
	gsl_sort(r->quartiles, 1, r->nr_boots);
	stats_pool(r->samples, r->n, r->per_boot, r->nr_boots, &r->stats);
	r->value = r->stats.median;
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

	if (!r)
		return -ENOMEM;
	*r = (struct result){
		.boot = ctx->boot, .nr_boots = ctx->nr_boots,
		.bench = ctx->bench, .desc = ctx->desc,
		.chapter = ctx->chapter, .metric = *m,
		.unit = strcmp(m->unit, "ticks") ? m->unit : tick_unit(ctx),
		.scheme = json_string_value(json_object_get(record, "scheme")),
	};
	if (!r->scheme)
		return bad(ctx, "a record without a scheme");
	return result_compute(ctx, r);
}

static int read_metric(struct context *ctx, json_t *json)
{
	struct metric *m = &ctx->metric;
	json_error_t why;

	*m = (struct metric){};
	if (json_unpack_ex(json, &why, 0,
			   "{ss,ss,ss,ss,ss,s?s,s?s,s?s,s?s,s?s,sb,sb,sb,sI,so,s?s}",
			   "name", &m->name, "title", &m->title,
			   "step", &m->step, "unit", &m->unit,
			   "better", &m->better, "counter", &m->counter,
			   "timer", &m->timer, "over", &m->over,
			   "baseline", &m->baseline,
			   "question", &m->question, "map", &m->map,
			   "touch", &m->touch, "unmap", &m->unmap,
			   "per", &m->per, "plots", &m->plots,
			   "shows", &m->shows))
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
	ctx->chapter = json_string_value(json_object_get(bench, "chapter"));
	/* One whose metrics are what it finds may have found none. */
	if (!ctx->bench || !ctx->desc || !json_is_array(metrics))
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
	for (i = 0; i < run->nr_boots && !ret; i += ctx.nr_boots) {
		ctx.boot = &run->boots[i];
		ctx.nr_boots = 1;
		while (i + ctx.nr_boots < run->nr_boots &&
		       boot_alike(ctx.boot, ctx.boot + ctx.nr_boots))
			ctx.nr_boots++;
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

	for (i = 0; i < results->nr; i++) {
		json_decref(results->list[i].counters);
		free(results->list[i].samples);
		free(results->list[i].per_boot);
		free(results->list[i].quartiles);
	}
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
