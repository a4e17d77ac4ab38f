// SPDX-License-Identifier: GPL-2.0
/* R13: every scheme keeps its promise. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define SCHEMES_MAX	32

FIXTURE(scheme) {
	struct driver drv;
};

FIXTURE_VARIANT(scheme) {
	char name[PKS_TEST_NAME_MAX];
	bool open;	/* protects nothing */
};

static FIXTURE_VARIANT(scheme) variants[SCHEMES_MAX];
static unsigned int nr_variants;

/*
 * A variant for each scheme that the driver lists, as FIXTURE_VARIANT_ADD() makes one
 * for what is known when it is compiled. A failure is the fixture's to find.
 */
static void __attribute__((constructor)) add_variants(void)
{
	static struct __fixture_variant_metadata entries[SCHEMES_MAX];
	struct pks_test_item schemes[SCHEMES_MAX];
	struct driver drv;
	int i, n;

	/* Constructors have no order of their own, and none that begins early may exit. */
	want_driver();
	if (driver_open(&drv))
		return;
	n = driver_list(&drv, PKS_TEST_SCHEMES, schemes, SCHEMES_MAX);
	for (i = 0; i < n; i++) {
		memcpy(variants[i].name, schemes[i].name, sizeof(variants[i].name));
		variants[i].open = !strcmp(schemes[i].name, "off");
		entries[i].name = variants[i].name;
		entries[i].data = &variants[i];
		__register_fixture_variant(&_scheme_fixture_object, &entries[i]);
		nr_variants++;
	}
	driver_close(&drv);
}

FIXTURE_SETUP(scheme)
{
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (cannot_kmap(&self->drv))
		SKIP(return, "%s", cannot_kmap(&self->drv));
	ASSERT_NE(NULL, variant) TH_LOG("the driver lists no scheme");
	ASSERT_EQ(0, set_mode("silent"));
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, variant->name));
}

FIXTURE_TEARDOWN(scheme)
{
	choice_set(CHOICE_SCHEME, "page");
	driver_close(&self->drv);
}

TEST_F(scheme, R13_a_mapping_works_in_every_context)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		run.repeat = 3;
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", context.name, &run));
		EXPECT_EQ(3, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.count_after);
	}
}

TEST_F(scheme, R13_after_a_close_nobody_has_access)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "closed", context.name, &run));
		EXPECT_EQ(!variant->open, run.denied) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run_pattern(&self->drv, "stray_write", context.name, &run));
		EXPECT_EQ(!variant->open, run.denied) TH_LOG("%s", context.name);
	}
}

/* Who used the mapping has lost it; the caller, without leaving the kernel. */
TEST_F(scheme, R13_nor_who_has_used_it)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		/* There a grant lasts until the context ends, see R10. */
		if (!strcmp(variant->name, "page") && !context.index)
			continue;
		EXPECT_EQ(0, run_pattern(&self->drv, "regrant", context.name, &run));
		EXPECT_EQ(variant->open ? 2 : 1, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(!variant->open, run.denied) TH_LOG("%s", context.name);
	}
}

/* A thread that slept through the close, and one that did not exist before */
TEST_F(scheme, R13_nor_a_sleeping_thread_nor_a_new_one)
{
	struct pks_test_item context;
	struct pks_test_run run = RUN(.repeat = 3);
	unsigned int i = 0;

	EXPECT_EQ(0, run_pattern(&self->drv, "regrant", "kthread", &run));
	EXPECT_EQ(variant->open ? 6 : 3, run.touched);
	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "death_granted", context.name, &run));
		EXPECT_EQ(variant->open ? 2 : 1, run.touched) TH_LOG("%s", context.name);
	}
}

TEST_F(scheme, R13_local_mappings_work)
{
	struct pks_test_run run = RUN(.repeat = 5);

	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_local", NULL, &run));
	EXPECT_EQ(5, run.touched);
	run = RUN(.repeat = 5);
	EXPECT_EQ(0, run_pattern(&self->drv, "preempt", NULL, &run));
	EXPECT_EQ(5, run.touched);
}

/* That all CPUs are updated once for each open and each close is R14_global_updates. */
TEST_F(scheme, R13_two_users_of_one_page)
{
	struct pks_test_run run = RUN(.repeat = 5);

	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_twice", NULL, &run));
	EXPECT_EQ(5, run.touched);
	EXPECT_EQ(0, run.count_after);
}

/* One page closes, another one is still open. */
TEST_F(scheme, R13_a_close_is_of_one_page)
{
	struct pks_test_run run = RUN(.repeat = 5);

	EXPECT_EQ(0, run_pattern(&self->drv, "kmap_other", NULL, &run));
	EXPECT_EQ(5, run.touched);
	EXPECT_EQ(0, run.count_after);
}

static void check_bystander(struct __test_metadata *_metadata, struct driver *drv,
			    const char *pattern, bool open)
{
	struct pks_test_run run = RUN(.repeat = 20, .cpu = 1);

	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(open ? 0 : 20, run.denied);
}

/* A CPU that does not enter the kernel anew after the close has to be told. */
TEST_F(scheme, R13_nor_a_busy_thread_of_another_cpu)
{
	if (!strcmp(variant->name, "page"))
		SKIP(return, "a grant lasts until the context ends, see R10");
	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other");
	check_bystander(_metadata, &self->drv, "bystander", variant->open);
}

/* and where it cannot be told at once, waited for */
TEST_F(scheme, R13_nor_one_that_takes_no_interrupt)
{
	if (!strcmp(variant->name, "page"))
		SKIP(return, "a grant lasts until the context ends, see R10");
	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other");
	check_bystander(_metadata, &self->drv, "bystander_deaf", variant->open);
}

/* Something that goes on elsewhere, until it is told to stop */
struct storm {
	bool stop;
	int failed;
	unsigned int rounds;
	const char *pattern;
	const char *context;
	pthread_t thread;
};

static bool storming(struct storm *storm)
{
	return !__atomic_load_n(&storm->stop, __ATOMIC_RELAXED) && !storm->failed;
}

static void start_storm(struct __test_metadata *_metadata, struct storm *storm,
			void *(*fn)(void *), const char *pattern, const char *context)
{
	*storm = (struct storm){ .pattern = pattern, .context = context };
	ASSERT_EQ(0, pthread_create(&storm->thread, NULL, fn, storm));
	while (!__atomic_load_n(&storm->rounds, __ATOMIC_RELAXED) && storming(storm))
		usleep(1000);
}

static void stop_storm(struct storm *storm)
{
	__atomic_store_n(&storm->stop, true, __ATOMIC_RELAXED);
	pthread_join(storm->thread, NULL);
}

/* A pattern in a row on CPU 1 */
static void *patterns(void *arg)
{
	struct storm *storm = arg;
	struct driver drv;

	storm->failed = driver_open(&drv) ?: pin_to_cpu(1);
	while (storming(storm)) {
		struct pks_test_run run = RUN(.repeat = 100, .cpu = storm->context ? 1 : -1);

		storm->failed = run_pattern(&drv, storm->pattern, storm->context, &run) ?:
				(int)run.wrong;
		storm->rounds++;
	}
	driver_close(&drv);
	return NULL;
}

/* An update that hits a CPU in an entry or an exit is not lost there. */
TEST_F(scheme, R13_not_even_amid_exceptions)
{
	struct pks_test_item context;
	struct pks_test_run run;
	struct storm storm;
	unsigned int i = 0;

	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other");
	while (next_context(&self->drv, &i, &context, &run)) {
		if (!(context.flags & PKS_TEST_INTERRUPTS))
			continue;
		start_storm(_metadata, &storm, patterns, "stray_read", context.name);
		run = RUN(.cpu = 1, .repeat = 3);
		EXPECT_EQ(0, run_pattern(&self->drv, "closed", "ipi", &run));
		EXPECT_EQ(variant->open ? 0 : 3, run.denied) TH_LOG("%s", context.name);
		stop_storm(&storm);
		EXPECT_EQ(0, storm.failed) TH_LOG("%s", context.name);
	}
}

/* Nor one that hits a thread amid its own write of the register. */
TEST_F(scheme, R13_not_even_amid_local_mappings)
{
	struct pks_test_run run = RUN(.cpu = 1, .repeat = 300);
	struct storm storm;

	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other");
	if (strncmp(variant->name, "ipi", 3))
		SKIP(return, "no interrupt changes the key");
	if (file_contains("/proc/cmdline", "pks_clock=instructions"))
		SKIP(return, "on the instruction clock CPUs run in turn: none comes amid a write");
	/* "kmap_local" would hold interrupts off. */
	start_storm(_metadata, &storm, patterns, "kmap_atomic", NULL);
	EXPECT_EQ(0, run_pattern(&self->drv, "closed", "ipi", &run));
	EXPECT_EQ(300, run.denied);
	stop_storm(&storm);
	EXPECT_EQ(0, storm.failed);
}

/* An update changes the bits of its key in what a CPU holds, and no others. */
TEST_F(scheme, R13_nor_does_it_change_another_key)
{
	struct pks_test_run run = RUN(.repeat = 20);
	struct storm storm;

	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other");
	start_storm(_metadata, &storm, patterns, "key_rights", NULL);
	EXPECT_EQ(0, run_pattern(&self->drv, "kmap", NULL, &run));
	EXPECT_EQ(20, run.touched);
	stop_storm(&storm);
	EXPECT_EQ(0, storm.failed);
}

/* The last CPU comes and goes */
static void *hotplug(void *arg)
{
	int cpu = cpu_count() - 1;
	struct storm *storm = arg;

	while (storming(storm)) {
		storm->failed = set_cpu_online(cpu, false) ?: set_cpu_online(cpu, true);
		storm->rounds++;
	}
	return NULL;
}

/*
 * A thread looks at the open page, and at the closed one, from a CPU that goes
 * offline under it: what the scheme promises holds wherever it gets to.
 */
TEST_F(scheme, R13_while_a_cpu_comes_and_goes)
{
	int cpu = cpu_count() - 1, ret;
	unsigned int runs = 0, ops = 0, denied = 0;
	struct storm storm;

	if (cpu < 2)
		SKIP(return, "two CPUs have to stay");
	start_storm(_metadata, &storm, hotplug, NULL, NULL);
	while ((runs < 4 || __atomic_load_n(&storm.rounds, __ATOMIC_RELAXED) < 2) &&
	       !storm.failed) {
		struct pks_test_run run = RUN(.cpu = cpu, .repeat = 3);

		if (cpu_count() <= cpu)
			continue;
		ret = run_pattern(&self->drv, "bystander", NULL, &run);
		if (ret == -ENODEV)
			continue;
		EXPECT_EQ(0, ret);
		EXPECT_EQ(0, run.wrong);
		ops += run.done;
		denied += run.denied;
		runs++;
	}
	stop_storm(&storm);
	EXPECT_EQ(0, storm.failed);
	/* Under "page" the busy thread may keep its grant, see R10. */
	if (strcmp(variant->name, "page"))
		EXPECT_EQ(variant->open ? 0 : ops, denied);
	EXPECT_EQ(cpu + 1, cpu_count());
}

/* What was opened or closed while it was away is open or closed on it. */
static void check_away(struct __test_metadata *_metadata, struct driver *drv, bool open,
		       const char *first, const char *meanwhile, const char *then)
{
	struct pks_test_run run = RUN();
	int cpu = cpu_count() - 1;

	if (first)
		EXPECT_EQ(0, run_pattern(drv, first, NULL, &RUN()));
	ASSERT_EQ(0, set_cpu_online(cpu, false));
	EXPECT_EQ(0, run_pattern(drv, meanwhile, NULL, &RUN()));
	ASSERT_EQ(0, set_cpu_online(cpu, true));
	ASSERT_EQ(0, pin_to_cpu(cpu));
	if (then)
		EXPECT_EQ(0, run_pattern(drv, then, NULL, &RUN()));
	EXPECT_EQ(0, run_pattern(drv, "closed", NULL, &run));
	EXPECT_EQ(!open, run.denied) TH_LOG("%s meanwhile", meanwhile);
	ASSERT_EQ(0, pin_to_cpu(0));
}

TEST_F(scheme, R13_on_a_cpu_that_was_away)
{
	if (cpu_count() == 1)
		SKIP(return, "one CPU has to stay");
	check_away(_metadata, &self->drv, variant->open, NULL, "hold", "release");
	check_away(_metadata, &self->drv, variant->open, "hold", "release", NULL);
}

TEST_F(scheme, R13_with_kmap_local_in_every_order)
{
	struct pks_test_run run = RUN(.repeat = 5);

	if (variant->open)
		SKIP(return, "nothing is closed");
	EXPECT_EQ(0, run_pattern(&self->drv, "orders", NULL, &run));
	EXPECT_EQ(5, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which order");
	EXPECT_EQ(0, run.count_after);
}

/* Each close is of who came last, and made once: the page is closed afterwards. */
TEST_F_TIMEOUT(scheme, R13_every_cpu_races_for_one_page, 240)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "hammer", NULL, &run));
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(0, run.count_after);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", NULL, &run));
	EXPECT_EQ(!variant->open, run.denied);
}

TEST_F(scheme, R13_it_cannot_be_left_while_a_page_is_mapped)
{
	struct pks_test_run run = RUN();
	const char *other = strcmp(variant->name, "page") ? "page" : "stop";

	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	EXPECT_EQ(-EBUSY, write_file(CHOICE_SCHEME, other));
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(0, write_file(CHOICE_SCHEME, other));
	EXPECT_EQ(0, write_file(CHOICE_SCHEME, variant->name));
}

/* What the driver lists is what can be chosen: none is left out. */
TEST(R13_all_schemes_are_tested)
{
	char names[SCHEMES_MAX][PKS_TEST_NAME_MAX];
	struct driver drv;
	unsigned int i;
	int n;

	ASSERT_EQ(0, driver_open(&drv));
	if (cannot_kmap(&drv))
		SKIP(return, "%s", cannot_kmap(&drv));
	n = choice_list(CHOICE_SCHEME, names, SCHEMES_MAX);
	ASSERT_EQ(nr_variants, n);
	for (i = 0; i < nr_variants; i++)
		EXPECT_STREQ(names[i], variants[i].name);
	EXPECT_STREQ("page", variants[0].name);
	EXPECT_EQ(has_schemes(), n > 1);
	if (has_schemes())
		EXPECT_EQ(-EINVAL, write_file(CHOICE_SCHEME, "pag"));
	driver_close(&drv);
}

TEST_HARNESS_MAIN
