// SPDX-License-Identifier: GPL-2.0
/*
 * Which metrics of a run answer the questions. The metrics say so themselves, so
 * that no benchmark is known here by its name.
 */
#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bench.h"
#include "report/boot.h"
#include "verdict.h"

#define NEEDS_NOPKS	"needs a boot with PKS off as well"
#define NEEDS_TIME	"needs two CPUs on the time clock"

const struct question questions[] = {
	{
		.name = BENCH_VERDICT_FAULT,
		.text = "what the fault costs that grants access",
		.needs = "no such benchmark ran under page",
	}, {
		.name = BENCH_VERDICT_FAULT, .shown = MULTIPLE,
		.label = "the same, as a multiple of the cheapest exception",
		.text = "that fault as a multiple of the cheapest exception",
		.needs = "no such benchmark ran under page",
	}, {
		.name = BENCH_VERDICT_GLOBAL, .protecting = true,
		.text = "per page against telling every CPU",
		.needs = "no such benchmark ran",
	}, {
		.name = BENCH_VERDICT_SWITCH, .shown = MORE,
		.text = "what PKS adds to a context switch",
		.needs = NEEDS_NOPKS,
	}, {
		.name = BENCH_VERDICT_ENTRY, .shown = MORE,
		.text = "what PKS adds to an exception",
		.needs = NEEDS_NOPKS,
	}, {
		.name = BENCH_VERDICT_UNPROTECTED, .shown = MORE,
		.text = "what PKS adds to the use of an unprotected page",
		.needs = NEEDS_NOPKS,
	}, {
		.name = BENCH_VERDICT_WINDOW,
		.text = "for how long access outlives the last close",
		.needs = NEEDS_TIME,
	}, {
		.name = BENCH_VERDICT_BYSTANDER, .protecting = true,
		.text = "what a CPU loses that has nothing to do with it",
		.needs = NEEDS_TIME,
	},
};

const size_t nr_questions = ARRAY_SIZE(questions);

/* The metric of that name, kernel and scheme, measured with @metric */
static const json_t *find_beside(const json_t *run, const json_t *metric,
				 const char *name, const char *kernel,
				 const char *scheme)
{
	json_t *like = json_copy((json_t *)metric);
	const json_t *found = NULL;

	if (!json_object_set_new(like, "name", json_string(name)) &&
	    !json_object_set_new(like, "kernel", json_string(kernel)) &&
	    !json_object_set_new(like, "scheme", json_string(scheme)))
		found = metric_find(run, like);
	json_decref(like);
	return found;
}

/* What the metric is shown against: the run that is judged knows its name. */
static const json_t *find_base(const json_t *run, const json_t *metric,
			       const struct answer *answer)
{
	const json_t *baseline = json_object_get(answer->least, "baseline");

	if (answer->question->shown == MULTIPLE)
		return find_beside(run, metric, text_of(answer->least, "over"),
				   text_of(metric, "kernel"),
				   text_of(metric, "scheme"));
	return find_beside(run, metric,
			   text_of(json_array_get(baseline, 0), "metric"),
			   kernels[KERNEL_NOPKS].name, BENCH_NO_SCHEME);
}

/**
 * figure_of() - the figure that answers a question
 * @run:	results.json of the run that @metric is of
 * @metric:	the metric
 * @answer:	what it is a part of; its @least may be in another run
 * @figure:	takes the figure
 *
 * Return: true if there is one.
 */
bool figure_of(const json_t *run, const json_t *metric, const struct answer *answer,
	       double *figure)
{
	enum shown shown = answer->question->shown;
	const json_t *base;

	*figure = number_of(metric, "value");
	if (shown == VALUE)
		return true;
	base = find_base(run, metric, answer);
	if (!base)
		return false;
	if (shown == MORE) {
		*figure -= number_of(base, "value");
		return true;
	}
	/* As in the table: a floor of exceptions is one for what took some. */
	if (!number_of(base, "value") ||
	    number_of(json_object_get(metric, "counters_per_op"), "faults") < 1)
		return false;
	*figure /= number_of(base, "value");
	return true;
}

static bool answers(const json_t *run, const json_t *metric,
		    const struct question *question, const char *clock)
{
	struct answer answer = { .question = question, .least = metric };
	const char *scheme = text_of(metric, "scheme");
	double figure;

	return !strcmp(text_of(metric, "question"), question->name) &&
	       !strcmp(text_of(metric, "clock"), clock) &&
	       !strcmp(text_of(metric, "kernel"), kernels[KERNEL_PKS].name) &&
	       (question->protecting ? strcmp(scheme, BENCH_OFF) :
				       !strcmp(scheme, BENCH_PER_PAGE)) &&
	       figure_of(run, metric, &answer, &figure);
}

/* The answer that @metric is another number of CPUs of */
static struct answer *find_answer(const struct summary *s,
				  const struct question *question,
				  const json_t *metric)
{
	const json_t *other;
	size_t i;

	for (i = 0; i < s->nr_answers; i++) {
		other = s->answers[i].least;
		if (s->answers[i].question == question &&
		    !strcmp(text_of(other, "benchmark"), text_of(metric, "benchmark")) &&
		    !strcmp(text_of(other, "name"), text_of(metric, "name")) &&
		    !strcmp(text_of(other, "scheme"), text_of(metric, "scheme")))
			return &s->answers[i];
	}
	return NULL;
}

static int add_metric(struct summary *s, const struct question *question,
		      const json_t *metric)
{
	struct answer *answer = find_answer(s, question, metric), *list;

	if (!answer) {
		list = reallocarray(s->answers, s->nr_answers + 1, sizeof(*list));
		if (!list) {
			error(0, errno, "%s", s->dir);
			return -ENOMEM;
		}
		s->answers = list;
		list[s->nr_answers++] = (struct answer){ question, metric, metric };
		return 0;
	}
	if (number_of(metric, "cpus") < number_of(answer->least, "cpus"))
		answer->least = metric;
	if (number_of(metric, "cpus") > number_of(answer->most, "cpus"))
		answer->most = metric;
	return 0;
}

static bool is_answered(const struct summary *s, const struct question *question)
{
	size_t i;

	for (i = 0; i < s->nr_answers; i++) {
		if (s->answers[i].question == question)
			return true;
	}
	return false;
}

/* A question that has been answered on another clock is left at that. */
static int answer_question(struct summary *s, const struct question *question,
			   const char *clock)
{
	const json_t *run = s->reference.head, *metric;
	size_t i;
	int ret;

	if (is_answered(s, question))
		return 0;
	json_array_foreach(json_object_get(run, "metrics"), i, metric) {
		if (!answers(run, metric, question, clock))
			continue;
		ret = add_metric(s, question, metric);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * answers_find() - fill in the answers that the run has
 * @s:	with the run loaded
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int answers_find(struct summary *s)
{
	size_t i;
	int clock, ret;

	for (clock = 0; clock < NR_CLOCKS; clock++) {
		for (i = 0; i < nr_questions; i++) {
			ret = answer_question(s, &questions[i], clock_names[clock]);
			if (ret)
				return ret;
		}
	}
	return 0;
}
