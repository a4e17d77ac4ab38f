// SPDX-License-Identifier: GPL-2.0
/*
 * R14: what a run tells is what happened. Each pattern, whether it checks anything by
 * itself or is there to be measured, is held to what its flags say of it.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define REPEAT	3u
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))

static __u64 now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* What can be run without anything that has to be expected, or undone */
static bool is_quiet(const struct pks_test_item *pattern)
{
	return !(pattern->flags & (PKS_TEST_FATAL | PKS_TEST_WARNS | PKS_TEST_HOLDS |
				   PKS_TEST_PMEM));
}

static void check_outputs(struct __test_metadata *_metadata, struct driver *drv,
			  const struct pks_test_item *pattern,
			  const struct pks_test_item *where, const struct pks_test_run *run)
{
	/* the caller's own context has what the caller has mapped */
	bool own = pattern->flags & PKS_TEST_LOCAL && !where->index;
	bool itself = pattern->flags & PKS_TEST_SELF_CHECK;
	const char *context = where->name;
	__u32 granted = PKS_MSR_DEFAULT & ~(3u << 2 * drv->info.pkey);

	EXPECT_EQ(REPEAT, run->done) TH_LOG("%s, %s", pattern->name, context);
	EXPECT_EQ(REPEAT, run->nsamples) TH_LOG("%s, %s", pattern->name, context);
	EXPECT_EQ(0, run->wrong) TH_LOG("%s, %s", pattern->name, context);
	EXPECT_EQ(0, run->depth_after) TH_LOG("%s, %s", pattern->name, context);
	EXPECT_EQ(0, run->count_after) TH_LOG("%s, %s", pattern->name, context);
	/* what a thread was granted it has until it is switched away from */
	if (!(pattern->flags & PKS_TEST_KMAP) || run->pkrs_after != granted)
		EXPECT_EQ(PKS_MSR_DEFAULT, run->pkrs_after) TH_LOG("%s, %s", pattern->name, context);
	if (pattern->flags & PKS_TEST_SOME_DENIED || itself) {
		EXPECT_LE(REPEAT, run->touched + run->denied) TH_LOG("%s, %s", pattern->name, context);
	} else if (pattern->flags & PKS_TEST_EXPECT_DENIED && !own) {
		EXPECT_EQ(0, run->touched) TH_LOG("%s, %s", pattern->name, context);
		EXPECT_LE(REPEAT, run->denied) TH_LOG("%s, %s", pattern->name, context);
	} else {
		EXPECT_LE(REPEAT, run->touched) TH_LOG("%s, %s", pattern->name, context);
		EXPECT_EQ(0, run->denied) TH_LOG("%s, %s", pattern->name, context);
	}
}

static void check_everywhere(struct __test_metadata *_metadata, struct driver *drv,
			     const struct pks_test_item *pattern)
{
	struct pks_test_sample samples[REPEAT];
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;
	int err;

	while (next_context(drv, &i, &context, &run)) {
		if (context.index && !(pattern->flags & PKS_TEST_ANY_CONTEXT))
			return;
		run.repeat = REPEAT;
		run.pages = 2;
		run.nsamples = REPEAT;
		run.samples = (uintptr_t)samples;
		/* some want a CPU which is not the caller's */
		if (cpu_count() > 1 && !(context.flags & PKS_TEST_INTERRUPTS))
			run.cpu = 1;
		err = run_pattern(drv, pattern->name, context.name, &run);
		if (err == -EOPNOTSUPP || err == -EINVAL || (err == -ENODEV && cpu_count() < 2))
			continue;
		EXPECT_EQ(0, err) TH_LOG("%s, %s", pattern->name, context.name);
		if (!err)
			check_outputs(_metadata, drv, pattern, &context, &run);
	}
}

TEST_F_TIMEOUT(pks, R14_every_pattern_tells_what_it_did, 300)
{
	struct pks_test_item pattern;
	unsigned int i;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_PATTERNS, i, &pattern); i++)
		if (is_quiet(&pattern))
			check_everywhere(_metadata, &self->drv, &pattern);
}

FIXTURE(failing) {
	struct driver drv;
};

/* Of patterns whose names begin so */
FIXTURE_VARIANT(failing) {
	const char *prefix;
};

FIXTURE_VARIANT_ADD(failing, key) { .prefix = "key_" };
FIXTURE_VARIANT_ADD(failing, tag) { .prefix = "tag" };
FIXTURE_VARIANT_ADD(failing, folio) { .prefix = "folio_" };

FIXTURE_SETUP(failing)
{
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (cannot_kmap(&self->drv))
		SKIP(return, "%s", cannot_kmap(&self->drv));
	if (cannot_fail())
		SKIP(return, "%s", cannot_fail());
}

FIXTURE_TEARDOWN(failing)
{
	driver_close(&self->drv);
}

/* It fails and says so, or it has done what it is there for. Returns whether it failed */
static bool check_failing(struct __test_metadata *_metadata, struct driver *drv,
			  const char *pattern, unsigned int nr)
{
	struct pks_test_run run = RUN();
	int err;

	EXPECT_EQ(0, fail_at(nr));
	err = run_pattern(drv, pattern, NULL, &run);
	EXPECT_EQ(0, fail_no_more());
	EXPECT_TRUE(err == -ENOMEM || (!err && (run.touched || run.denied || run.wrong)))
		TH_LOG("%s, change %u: %d", pattern, nr, err);
	run = RUN();
	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run)) TH_LOG("%s after it", pattern);
	EXPECT_LE(1, run.touched + run.denied) TH_LOG("%s after it", pattern);
	EXPECT_EQ(0, run.wrong) TH_LOG("%s after it", pattern);
	return err;
}

/*
 * A change of keys that fails, at each of the first places in turn. What the patterns
 * life_ check afterwards is about pages that have none, which the kernel warns of.
 */
TEST_F(failing, R14_a_run_that_fails_says_so)
{
	struct pks_test_item pattern;
	struct pks_test_run run;
	unsigned int i, nr, failed = 0;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_PATTERNS, i, &pattern); i++) {
		run = RUN();
		if (!is_quiet(&pattern) || strncmp(pattern.name, variant->prefix, strlen(variant->prefix)) ||
		    run_pattern(&self->drv, pattern.name, NULL, &run))
			continue;
		for (nr = 1; nr <= 4; nr++)
			failed += check_failing(_metadata, &self->drv, pattern.name, nr);
	}
	EXPECT_LT(0, failed);
}

/* One that has REPEAT operations on two pages, and what they took */
static struct pks_test_run sampled(struct pks_test_sample *samples, int cpu)
{
	return RUN(.repeat = REPEAT, .pages = 2, .cpu = cpu, .nsamples = REPEAT,
		   .samples = (uintptr_t)samples);
}

/* What a phase takes is told where there is one, and is 0 where there is none. */
static void check_phases(struct __test_metadata *_metadata, struct driver *drv,
			 const char *pattern, bool map, bool touch, bool unmap)
{
	struct pks_test_sample samples[REPEAT];
	struct pks_test_run run = sampled(samples, 0);
	unsigned int i;

	ASSERT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	for (i = 0; i < REPEAT; i++) {
		EXPECT_EQ(map, !!samples[i].map) TH_LOG("%s", pattern);
		EXPECT_EQ(touch, !!samples[i].touch) TH_LOG("%s", pattern);
		EXPECT_EQ(unmap, !!samples[i].unmap) TH_LOG("%s", pattern);
	}
}

TEST_F(pks, R14_each_phase_has_its_sample)
{
	check_phases(_metadata, &self->drv, "kmap", true, true, true);
	check_phases(_metadata, &self->drv, "kmap_local", true, true, true);
	check_phases(_metadata, &self->drv, "kmap_atomic", true, true, true);
	check_phases(_metadata, &self->drv, "handoff", true, true, true);
	check_phases(_metadata, &self->drv, "stray_read", false, true, false);
	check_phases(_metadata, &self->drv, "visit", false, true, false);
	check_phases(_metadata, &self->drv, "visit_open", false, true, false);
	check_phases(_metadata, &self->drv, "write_pkrs", false, true, false);
	check_phases(_metadata, &self->drv, "read_pkrs", false, true, false);
}

/* The context is told of as it was before its access, and inside its mapping. */
TEST_F(pks, R14_the_depth_is_that_of_the_access)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	EXPECT_EQ(1, run.depth_inside);
	EXPECT_EQ(0, run.depth_after);
	run = RUN();
	ASSERT_EQ(0, run_pattern(&self->drv, "kmap_atomic", NULL, &run));
	EXPECT_EQ(1, run.depth_inside);
	run = RUN();
	ASSERT_EQ(0, run_pattern(&self->drv, "kmap", NULL, &run));
	EXPECT_EQ(0, run.depth_inside);
}

/* Inside a mapping a visit goes on: it opens and closes once more than one without. */
TEST_F(pks, R14_a_visit_inside_a_mapping_has_one)
{
	struct pks_test_run run = RUN(.repeat = 1000);

	ASSERT_EQ(0, run_pattern(&self->drv, "visit", "thread", &run));
	EXPECT_EQ(1000, run.touched);
	EXPECT_GT(1000, run.counts.msr_writes);
	run = RUN(.repeat = 1000);
	ASSERT_EQ(0, run_pattern(&self->drv, "visit_open", "thread", &run));
	EXPECT_EQ(1000, run.touched);
	EXPECT_LE(2000, run.counts.msr_writes);
}

TEST_F(pks, R14_an_idle_visit_comes_after_a_pause)
{
	struct pks_test_run run = RUN(.repeat = 10);
	__u64 begin = now_us();

	ASSERT_EQ(0, run_pattern(&self->drv, "visit_idle", "thread", &run));
	EXPECT_EQ(10, run.touched);
	EXPECT_LE(20000, now_us() - begin);
}

/*
 * One fault, and one grant, for each CPU and round: a thread begins with the default. One
 * that is preempted between its grant and the access faults again, which a busy host brings
 * about now and then.
 */
static void check_crowd(struct __test_metadata *_metadata, struct driver *drv,
			const char *pattern, unsigned int grants)
{
	struct pks_test_sample samples[REPEAT];
	struct pks_test_run run = sampled(samples, 0);
	unsigned int i;

	ASSERT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_EQ(REPEAT, run.touched) TH_LOG("%s", pattern);
	EXPECT_EQ(0, run.denied) TH_LOG("%s", pattern);
	EXPECT_LE(grants * REPEAT, run.counts.grants) TH_LOG("%s", pattern);
	EXPECT_GE(grants * REPEAT * 5 / 4, run.counts.grants) TH_LOG("%s", pattern);
	EXPECT_EQ(0, run.count_after) TH_LOG("%s", pattern);
	for (i = 0; i < REPEAT; i++)
		EXPECT_LT(0, samples[i].touch) TH_LOG("%s", pattern);
}

TEST_F(pks, R14_a_crowd_is_of_all_cpus)
{
	check_crowd(_metadata, &self->drv, "crowd_one", cpu_count());
	check_crowd(_metadata, &self->drv, "crowd_own", cpu_count());
	if (!has_schemes())
		return;
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "ipi"));
	check_crowd(_metadata, &self->drv, "crowd_one", 0);
	check_crowd(_metadata, &self->drv, "crowd_own", 0);
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

/*
 * What it loses is at least what its longest turn is above the shortest one, which is
 * taken to be less than 100,000 ticks.
 */
TEST_F(pks, R14_a_neighbour_is_on_another_cpu)
{
	struct pks_test_sample samples[REPEAT];
	struct pks_test_run run = sampled(samples, 1);
	unsigned int i;

	if (cpu_count() < 2)
		SKIP(return, "needs a second CPU");
	ASSERT_EQ(0, run_pattern(&self->drv, "neighbour", NULL, &run));
	EXPECT_EQ(REPEAT, run.touched);
	EXPECT_EQ(0, run.denied);
	for (i = 0; i < REPEAT; i++) {
		EXPECT_LT(0, samples[i].map);
		EXPECT_GT(INT64_MAX, samples[i].unmap);
		EXPECT_LE(samples[i].map, samples[i].unmap + 100000);
	}
	run = sampled(samples, 0);
	EXPECT_EQ(-EINVAL, run_pattern(&self->drv, "neighbour", NULL, &run));
}

struct exposure {
	__u64 shortest, longest;
};

static struct exposure exposure_of(struct __test_metadata *_metadata, struct driver *drv,
				   const char *context, int cpu)
{
	struct exposure e = { .shortest = UINT64_MAX };
	struct pks_test_sample samples[10];
	struct pks_test_run run = RUN(.repeat = 10, .cpu = cpu, .nsamples = 10,
				      .samples = (uintptr_t)samples);
	unsigned int i;

	EXPECT_EQ(0, run_pattern(drv, "exposure", context, &run)) TH_LOG("%s", context);
	EXPECT_EQ(10, run.touched) TH_LOG("%s", context);
	EXPECT_EQ(0, run.denied) TH_LOG("%s", context);
	EXPECT_EQ(0, run.count_after) TH_LOG("%s", context);
	for (i = 0; i < run.nsamples; i++) {
		e.shortest = min(e.shortest, samples[i].touch);
		e.longest = max(e.longest, samples[i].touch);
	}
	return e;
}

/* It ends early where who closes comes late, as on a busy host: but not each time. */
static void check_handler(struct __test_metadata *_metadata, struct driver *drv,
			  const char *context)
{
	int tries = 50;

	while (exposure_of(_metadata, drv, context, 0).longest <= 20000 && --tries)
		;
	EXPECT_LT(0, tries) TH_LOG("%s: never more than 20000 ticks after the close", context);
}

/*
 * A handler has what it was granted until it returns, 20,000 ticks after the close; a
 * thread whose CPU somebody wants until it is switched away from, and does not get to
 * the end that it has otherwise.
 */
TEST_F(pks, R14_access_outlives_its_mapping)
{
	if (cpu_count() < 2)
		SKIP(return, "needs a second CPU");
	if (file_contains("/proc/cmdline", "pks_clock=instructions"))
		SKIP(return, "needs CPUs that run at the same time");
	check_handler(_metadata, &self->drv, "hardirq");
	check_handler(_metadata, &self->drv, "softirq");
	EXPECT_GT(100000000, exposure_of(_metadata, &self->drv, "kthread", 1).shortest);
	if (!has_schemes())
		return;
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "ipi"));
	EXPECT_EQ(0, exposure_of(_metadata, &self->drv, "hardirq", 0).longest);
	EXPECT_EQ(0, exposure_of(_metadata, &self->drv, "kthread", 1).longest);
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

/* The pages of a run go back: 40 runs of 4 MiB each would be missed. */
TEST_F(pks, R14_no_run_keeps_its_pages)
{
	long before, after = 0;
	unsigned int i;
	int tries = 50;

	before = free_kib() / 1024;
	ASSERT_LT(0, before);
	for (i = 0; i < 40; i++) {
		struct pks_test_run run = RUN(.pages = 1024);

		ASSERT_EQ(0, run_pattern(&self->drv, i % 2 ? "kmap_local" : "kmap", NULL, &run));
	}
	/* they lose their key by and by */
	do {
		usleep(100000);
		after = free_kib() / 1024;
	} while (before - after > 40 && tries--);
	EXPECT_GE(40, before - after) TH_LOG("%ld MiB were free, and are %ld", before, after);
}

TEST_HARNESS_MAIN
