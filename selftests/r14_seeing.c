// SPDX-License-Identifier: GPL-2.0
/* R14: tracepoints and counters. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"

#define TRACING "/sys/kernel/tracing/"

/* The part of the trace that a test looks at begins here, */
static void trace_begin(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, write_file(TRACING "trace", ""));
	/* an oops in another test has switched it off as well */
	ASSERT_EQ(0, write_file(TRACING "tracing_on", "1"));
}

/* and ends here. */
static void trace_end(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, write_file(TRACING "tracing_on", "0"));
}

/* Whether events come at all: that changes the kernel's code, which takes long */
static void trace_events(struct __test_metadata *_metadata, bool on)
{
	ASSERT_EQ(0, write_file(TRACING "events/pks/enable", on ? "1" : "0"));
	ASSERT_EQ(0, write_file(TRACING "tracing_on", on ? "0" : "1"));
}

/**
 * struct event - a line of the trace
 * @pid:	of the task that it came in
 * @cpu:	where
 * @fields:	what the event says
 */
struct event {
	int pid;
	int cpu;
	char fields[256];
};

/* The next event of that name: "<comm>-<pid> [<cpu>] <flags> <time>: <name>: <fields>" */
static bool next_event(FILE *trace, const char *name, struct event *event)
{
	char line[512], head[64], *at, *bracket;

	snprintf(head, sizeof(head), ": %s: ", name);
	while (trace && fgets(line, sizeof(line), trace)) {
		at = strstr(line, head);
		bracket = strstr(line, " [");
		if (!at || !bracket || sscanf(bracket, " [%d]", &event->cpu) != 1)
			continue;
		while (bracket > line && *bracket != '-')
			bracket--;
		event->pid = strtol(bracket + 1, NULL, 10);
		snprintf(event->fields, sizeof(event->fields), "%s", at + strlen(head));
		event->fields[strcspn(event->fields, "\n")] = '\0';
		return true;
	}
	return false;
}

/* Each access of the run at its place: one event, and no other */
static int check_faults(struct __test_metadata *_metadata, struct driver *drv,
			const struct pks_test_run *run, const char *name, unsigned int nr,
			bool write, const char *context)
{
	FILE *trace = fopen(TRACING "trace", "r");
	struct event event = { .pid = -1 };
	char address[64], rest[64];
	unsigned int n = 0;

	snprintf(address, sizeof(address), "address=0x%llx ip=%s+0x",
		 (unsigned long long)run->addr, write ? "pks_write" : "pks_read");
	snprintf(rest, sizeof(rest), " [pks_test] write=%d pkey=%u", write, drv->info.pkey);
	for (; next_event(trace, name, &event); n++) {
		EXPECT_EQ(0, strncmp(event.fields, address, strlen(address))) {
			TH_LOG("%s: %s: has to begin with %s", context, event.fields, address);
		}
		EXPECT_NE(NULL, strstr(event.fields, rest)) {
			TH_LOG("%s: %s: has to end with%s", context, event.fields, rest);
		}
		EXPECT_EQ(run->cpu, event.cpu) TH_LOG("%s: %s", context, event.fields);
	}
	EXPECT_EQ(nr, n) TH_LOG("%s: %s", context, name);
	if (trace)
		fclose(trace);
	return event.pid;
}

/* As many ends as there were grants, each of the task that was granted the key */
static void check_ends(struct __test_metadata *_metadata, struct driver *drv,
		       unsigned int nr, int pid, const char *context)
{
	FILE *trace = fopen(TRACING "trace", "r");
	struct event event;
	unsigned int n = 0;
	char end[64];

	snprintf(end, sizeof(end), " pid=%d keys=0x%x", pid, 1u << drv->info.pkey);
	for (; next_event(trace, "pks_grant_ended", &event); n++)
		EXPECT_NE(NULL, strstr(event.fields, end)) {
			TH_LOG("%s: %s: has to end with%s", context, event.fields, end);
		}
	EXPECT_EQ(nr, n) TH_LOG("%s", context);
	if (trace)
		fclose(trace);
}

/*
 * Whoever sends an IPI goes on before its handler has returned, and what its exception
 * ends is traced after that. Who gets to run on that CPU comes later.
 */
static void await_exceptions(struct __test_metadata *_metadata, int cpu)
{
	cpu_set_t was;

	ASSERT_EQ(0, sched_getaffinity(0, sizeof(was), &was));
	ASSERT_EQ(0, pin_to_cpu(cpu));
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(was), &was));
}

static void check_traces(struct __test_metadata *_metadata, struct driver *drv,
			 const char *context, int cpu)
{
	struct pks_test_run run = RUN(.repeat = 3, .cpu = cpu);
	int pid;

	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(drv, "handoff", context, &run));
	await_exceptions(_metadata, cpu);
	trace_end(_metadata);
	/* The caller's own grant may last for all three. */
	EXPECT_LE(strcmp(context, "thread") ? 3 : 1, run.counts.grants) TH_LOG("%s", context);
	pid = check_faults(_metadata, drv, &run, "pks_fault_granted", run.counts.grants, false,
			   context);
	check_faults(_metadata, drv, &run, "pks_fault_denied", 0, false, context);
	check_ends(_metadata, drv, run.counts.grants, pid, context);

	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(drv, "stray_write", context, &run));
	await_exceptions(_metadata, cpu);
	trace_end(_metadata);
	check_faults(_metadata, drv, &run, "pks_fault_denied", 3, true, context);
	check_faults(_metadata, drv, &run, "pks_fault_granted", 0, true, context);
	check_ends(_metadata, drv, 0, pid, context);
}

/* Where, by what, of which page and key, on which CPU: of each context */
TEST_F(pks, R14_faults_are_traced_as_they_were)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;
	int last;

	trace_events(_metadata, true);
	while (next_context(&self->drv, &i, &context, &run))
		check_traces(_metadata, &self->drv, context.name, run.cpu);

	/* and on another CPU than the first */
	last = cpu_count() - 1;
	ASSERT_EQ(0, pin_to_cpu(last));
	for (i = 0; last && next_context(&self->drv, &i, &context, &run);)
		if (!(context.flags & PKS_TEST_OTHER_CPU))
			check_traces(_metadata, &self->drv, context.name, last);
	trace_events(_metadata, false);
}

/* How many events of that name there are, each of which says @fields */
static unsigned int count_events(struct __test_metadata *_metadata, const char *name,
				 const char *fields)
{
	FILE *trace = fopen(TRACING "trace", "r");
	struct event event;
	unsigned int n = 0;

	for (; next_event(trace, name, &event); n++) {
		EXPECT_STREQ(fields, event.fields) TH_LOG("%s", name);
		EXPECT_EQ(getpid(), event.pid) TH_LOG("%s", name);
		EXPECT_EQ(0, event.cpu) TH_LOG("%s", name);
	}
	if (trace)
		fclose(trace);
	return n;
}

TEST_F(pks, R14_domains_are_traced)
{
	struct pks_test_run run = RUN(.repeat = 3);
	char fields[32];

	snprintf(fields, sizeof(fields), "pkey=%u", self->drv.info.pkey);
	trace_events(_metadata, true);
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	trace_end(_metadata);
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_opened", fields));
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_closed", fields));
	/* The first opens, and the last closes. */
	run = RUN(.repeat = 3);
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "nested", NULL, &run));
	trace_end(_metadata);
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_opened", fields));
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_closed", fields));
	/* and so it is where the context held something before */
	run = RUN(.repeat = 3);
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "life_granted", NULL, &run));
	trace_end(_metadata);
	trace_events(_metadata, false);
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_opened", fields));
	EXPECT_EQ(3, count_events(_metadata, "pks_domain_closed", fields));
}

/* CLFLUSH asks for the key as a load does, but not in QEMU. */
TEST_F(pks, R17_what_is_flushed_is_mapped)
{
	struct pks_test_step asked[] = {
		{ .op = PKS_TEST_STEP_ALLOC, .nr = 2 },
		{ .op = PKS_TEST_STEP_TAG, .first = 1, .nr = 3 },
		{ .op = PKS_TEST_STEP_WC, .nr = 4 },
	};
	static __u32 pages[ARRAY_SIZE(asked)][PKS_TEST_SLOT_PAGES];
	struct pks_test_steps steps = {
		.size = sizeof(steps), .nr = ARRAY_SIZE(asked),
		.steps = (unsigned long)asked, .pages = (unsigned long)pages,
	};
	char fields[32];
	unsigned int i;

	snprintf(fields, sizeof(fields), "pkey=%u", self->drv.info.pkey);
	trace_events(_metadata, true);
	trace_begin(_metadata);
	EXPECT_EQ(0, ioctl(self->drv.fd, PKS_TEST_IOC_STEPS, &steps));
	trace_end(_metadata);
	trace_events(_metadata, false);
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		EXPECT_EQ(0, asked[i].result) TH_LOG("step %u", i);
	/* It goes by way of an uncached mapping, and flushes twice. */
	EXPECT_EQ(2 * 3, count_events(_metadata, "pks_domain_opened", fields));
	EXPECT_EQ(2 * 3, count_events(_metadata, "pks_domain_closed", fields));
}

/* One opens, then one closes */
static void check_updates(struct __test_metadata *_metadata, const char *name,
			  const char *open, const char *close)
{
	FILE *trace = fopen(TRACING "trace", "r");
	struct event event;

	ASSERT_TRUE(next_event(trace, name, &event)) TH_LOG("%s: %s", name, open);
	EXPECT_STREQ(open, event.fields) TH_LOG("%s", name);
	ASSERT_TRUE(next_event(trace, name, &event)) TH_LOG("%s: %s", name, close);
	EXPECT_STREQ(close, event.fields) TH_LOG("%s", name);
	EXPECT_FALSE(next_event(trace, name, &event)) TH_LOG("%s: %s", name, event.fields);
	fclose(trace);
}

/* An open and a close, with as many users as the pattern has */
static void check_scheme(struct __test_metadata *_metadata, struct driver *drv,
			 const char *scheme, const char *pattern)
{
	struct pks_test_run run = RUN();
	char open[64], close[64];

	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, scheme));
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run)) TH_LOG("%s %s", scheme, pattern);
	trace_end(_metadata);
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
	snprintf(open, sizeof(open), "scheme=%s open=1 cpus=%d", scheme, cpu_count());
	snprintf(close, sizeof(close), "scheme=%s open=0 cpus=%d", scheme, cpu_count());
	check_updates(_metadata, "pks_global_update_begin", open, close);
	check_updates(_metadata, "pks_global_update_end", open, close);
}

TEST_F(pks, R14_global_updates_are_traced)
{
	struct pks_test_item scheme;
	unsigned int i = 0;

	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	trace_events(_metadata, true);
	while (next_scheme_for_all(&self->drv, &i, &scheme)) {
		check_scheme(_metadata, &self->drv, scheme.name, "kmap");
		check_scheme(_metadata, &self->drv, scheme.name, "kmap_twice");
	}
	/* In "page", which is on again, nobody is updated. */
	trace_begin(_metadata);
	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_twice", NULL, &RUN()));
	trace_end(_metadata);
	trace_events(_metadata, false);
	EXPECT_EQ(0, count_events(_metadata, "pks_global_update_begin", ""));
}

TEST_F(pks, R14_counters_count)
{
	static const char * const names[] = {
		"msr_writes", "msr_spared", "faults", "grants", "denials",
	};
	unsigned long before[ARRAY_SIZE(names)], counted[ARRAY_SIZE(names)];
	struct pks_test_run run = RUN(.repeat = 50);
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		before[i] = sum_counter(COUNTERS, names[i]);
		ASSERT_NE(~0ul, before[i]) TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	EXPECT_EQ(50, run.counts.faults);
	EXPECT_EQ(50, run.counts.grants);
	EXPECT_EQ(0, run.counts.denials);
	run = RUN(.repeat = 20);
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(20, run.counts.faults);
	EXPECT_EQ(0, run.counts.grants);
	EXPECT_EQ(20, run.counts.denials);
	run = RUN(.repeat = 100);
	EXPECT_EQ(0, run_pattern(&self->drv, "key_same", NULL, &run));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		counted[i] = sum_counter(COUNTERS, names[i]) - before[i];
	/* 50 grants at least wrote the register, and 100 calls did not. */
	EXPECT_LE(50, counted[0]);
	EXPECT_LE(100, counted[1]);
	EXPECT_EQ(70, counted[2]);
	EXPECT_EQ(50, counted[3]);
	EXPECT_EQ(20, counted[4]);
}

/*
 * Whatever else happens is counted, too, so that the least of many runs is what one
 * takes: each event once.
 */
static struct pks_test_run least_of(struct __test_metadata *_metadata,
				    struct driver *drv, const char *pattern)
{
	struct pks_test_run least = { .switches = ~0ull,
		.counts = { .msr_writes = ~0ull, .msr_spared = ~0ull } };
	int i;

	for (i = 0; i < 50; i++) {
		struct pks_test_run run = RUN(.repeat = 10);

		EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
		if (run.switches < least.switches)
			least.switches = run.switches;
		if (run.counts.msr_writes < least.counts.msr_writes)
			least.counts.msr_writes = run.counts.msr_writes;
		if (run.counts.msr_spared < least.counts.msr_spared)
			least.counts.msr_spared = run.counts.msr_spared;
	}
	return least;
}

TEST_F(pks, R14_an_event_counts_once)
{
	struct pks_test_run least = least_of(_metadata, &self->drv, "kmap_local");

	EXPECT_EQ(20, least.counts.msr_writes);
	EXPECT_EQ(0, least.counts.msr_spared);
	EXPECT_EQ(0, least.switches);
	least = least_of(_metadata, &self->drv, "switch_none");
	EXPECT_EQ(0, least.counts.msr_writes);
	EXPECT_EQ(0, least.counts.msr_spared);
	EXPECT_EQ(20, least.switches);
	least = least_of(_metadata, &self->drv, "key_same");
	EXPECT_EQ(0, least.counts.msr_writes);
	EXPECT_EQ(10, least.counts.msr_spared);
}

/*
 * The kernel has its own account of interrupts. It is read around the run, and so it
 * may have more of them, though not each time.
 */
static void check_ipis(struct __test_metadata *_metadata, struct driver *drv,
		       const char *pattern, const char *context, int cpu)
{
	unsigned long taken, equal = 0;
	int i;

	for (i = 0; i < 100 && (i < 5 || !equal); i++) {
		struct pks_test_run run = RUN(.repeat = 5, .cpu = cpu);

		taken = sum_interrupts("CAL:") + sum_interrupts("RES:");
		EXPECT_EQ(0, run_pattern(drv, pattern, context, &run));
		taken = sum_interrupts("CAL:") + sum_interrupts("RES:") - taken;
		EXPECT_GE(taken, run.counts.ipis) TH_LOG("%s", pattern);
		equal += run.counts.ipis == taken && (!cpu || taken);
	}
	EXPECT_LT(0, equal) TH_LOG("%s %s", pattern, context ?: "");
}

TEST_F(pks, R14_ipis_are_those_that_cpus_took)
{
	ASSERT_NE(~0ul, sum_interrupts("CAL:"));
	ASSERT_NE(~0ul, sum_interrupts("RES:"));
	ASSERT_EQ(0, keep_cpus_busy());
	check_ipis(_metadata, &self->drv, "nothing", NULL, 0);
	check_ipis(_metadata, &self->drv, "kmap", NULL, 0);
	if (cpu_count() < 2)
		return;
	/* none of a scheme's doing */
	check_ipis(_metadata, &self->drv, "visit", "ipi", 1);
	check_ipis(_metadata, &self->drv, "visit", "kthread", 1);
	if (!has_schemes())
		return;
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "stop"));
	check_ipis(_metadata, &self->drv, "kmap", NULL, 1);
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "setmem"));
	check_ipis(_metadata, &self->drv, "kmap", NULL, 1);
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

TEST_HARNESS_MAIN
