/* SPDX-License-Identifier: GPL-2.0 */
/* What one change of access would cost on another machine. */
#ifndef PKS_PROJECT_H
#define PKS_PROJECT_H

#include <jansson.h>
#include <stdbool.h>

#define MOST_CPUS_LOG	10
#define NR_ROWS		(MOST_CPUS_LOG + 1)

/* Cases of the event "ipis" in a table of costs */
#define CASE_QUICK	"every other CPU answers at once"
#define CASE_IDLE	"every other CPU is idle"

/**
 * struct range - the least and the greatest
 * @least:	in nanoseconds
 * @most:	in nanoseconds
 */
struct range {
	double least;
	double most;
};

/**
 * struct projection - what one change of access would cost
 * @costs:	what events cost, docs/event-costs.json or another like it
 * @measured_to: the most CPUs that IPIs were counted on
 * @at_0:	IPIs of an update of one CPU after another, at 0 CPUs
 * @per_cpu:	and for each CPU: the straight line through what was counted
 * @instructions: of open, fault and close under the per-page scheme
 * @msr_writes:	of the same
 * @quick:	what an IPI costs that is answered at once
 * @idle:	and one to an idle CPU
 * @page:	what open, fault and close cost, on any number of CPUs
 * @rows:	on 1, 2, 4, ... CPUs
 */
struct projection {
	json_t *costs;
	double measured_to;
	double at_0;
	double per_cpu;
	double instructions;
	double msr_writes;
	struct range quick;
	struct range idle;
	struct range page;
	struct projected {
		double cpus;
		double ipis;
		struct range quick;
		struct range idle;
	} rows[NR_ROWS];
};

struct projected projected_on(const struct projection *p, double cpus);
int cost_of(const json_t *costs, const char *event, const char *which,
	    struct range *ns);
int projection_compute(struct projection *p, const json_t *run);
int projection_write(const struct projection *p, const char *dir);
void projection_print(const struct projection *p);
json_t *costs_measured(const json_t *run, const json_t *assumed);

#endif /* PKS_PROJECT_H */
