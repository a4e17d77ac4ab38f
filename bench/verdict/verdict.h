/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict of a run: what its metrics answer, and what has changed. */
#ifndef PKS_VERDICT_H
#define PKS_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

#include "compare/compare.h"

/**
 * enum shown - what of a metric is the answer
 * @VALUE:	the value
 * @MULTIPLE:	the value as a multiple of the metric's floor
 * @MORE:	how much more it is than with PKS off at boot
 */
enum shown {
	VALUE,
	MULTIPLE,
	MORE,
};

/**
 * struct question - what the verdict answers
 * @name:	BENCH_VERDICT_*, by which metrics say that they answer it
 * @text:	the question for a reader, where there is no answer
 * @needs:	and what has to be measured for one
 * @label:	of the answer, NULL: the title of the metric
 * @shown:	what of the metric is the answer
 * @protecting:	each scheme that protects has an answer, not the per-page one alone
 */
struct question {
	const char *name;
	const char *text;
	const char *needs;
	const char *label;
	enum shown shown;
	bool protecting;
};

/**
 * struct answer - one metric under one scheme
 * @question:	what it answers
 * @least:	the metric at the fewest CPUs that it was measured at
 * @most:	the same at the most, which may be @least
 */
struct answer {
	const struct question *question;
	const json_t *least;
	const json_t *most;
};

/**
 * struct summary - what the verdict is made of
 * @dir:	folder of the run
 * @reference_dir: that of the run whose figures stand beside, or NULL
 * @before_dir:	that of the run before, or NULL
 * @reference:	the reference as base, the run as head
 * @before:	the run before as base, the run as head, judged
 * @answers:	all answers, on the instruction clock and then on time
 * @nr_answers:	how many
 */
struct summary {
	const char *dir;
	const char *reference_dir;
	const char *before_dir;
	struct comparison reference;
	struct comparison before;
	struct answer *answers;
	size_t nr_answers;
};

extern const struct question questions[];
extern const size_t nr_questions;

int answers_find(struct summary *s);
bool figure_of(const json_t *run, const json_t *metric, const struct answer *answer,
	       double *figure);
int verdict_print(const struct summary *s);

#endif /* PKS_VERDICT_H */
