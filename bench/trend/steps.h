/* SPDX-License-Identifier: GPL-2.0 */
/* Change points of a series of figures that have noise. */
#ifndef PKS_TREND_STEPS_H
#define PKS_TREND_STEPS_H

#include <stddef.h>

/* A level is one that so many runs in a row have. */
#define LEAST_RUNS	5

/**
 * struct step - where a series changes its level
 * @at:		the first figure of the new level
 * @p:		the chance of a change that clear somewhere in a series without any
 * @before:	the median of the level before
 * @after:	the median of the level from here
 */
struct step {
	size_t at;
	double p;
	double before;
	double after;
};

int steps_find(const double *x, size_t n, double alpha, struct step **steps,
	       size_t *nr);

#endif /* PKS_TREND_STEPS_H */
