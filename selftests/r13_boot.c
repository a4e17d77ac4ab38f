// SPDX-License-Identifier: GPL-2.0
/*
 * R13: a scheme and a mode that the command line chooses are in force before anybody
 * else can choose, and still are after the machine has slept, with a page mapped or
 * with none. A boot that chooses nothing skips them: see scripts/test-plan for others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* What is open while a page is held: that page, and others */
struct promise {
	const char *scheme;
	bool others;
};

static const struct promise promises[] = {
	{ "page", false },
	{ "stop", true },
	{ "ipi", true },
	{ "ipi-serial", true },
	{ "setmem", false },
	{ "off", true },
};

FIXTURE(boot) {
	struct driver drv;	/* has the page that is held */
	struct driver other;	/* and this one another page */
	char scheme[PKS_TEST_NAME_MAX];
	char mode[PKS_TEST_NAME_MAX];
	const struct promise *promise;
};

/* The word after "name=" of the command line, and whether there is one */
static bool booted_with(const char *name, char word[PKS_TEST_NAME_MAX])
{
	char line[4096] = "", *at;
	bool found = false;

	if (read_file("/proc/cmdline", line, sizeof(line)))
		return false;
	for (at = strtok(line, "\n "); at; at = strtok(NULL, "\n "))
		if (!strncmp(at, name, strlen(name)))
			found = snprintf(word, PKS_TEST_NAME_MAX, "%s", at + strlen(name));
	return found;
}

FIXTURE_SETUP(boot)
{
	bool scheme, mode;
	unsigned int i;

	/* What is not chosen is what it is by default. */
	snprintf(self->scheme, sizeof(self->scheme), "page");
	snprintf(self->mode, sizeof(self->mode), "relaxed");
	scheme = booted_with("pks_kmap=", self->scheme);
	mode = booted_with("pks_mode=", self->mode);
	if (!scheme && !mode)
		SKIP(return, "not booted with pks_kmap= or pks_mode=");
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	ASSERT_EQ(0, driver_open(&self->other));
	for (i = 0; i < sizeof(promises) / sizeof(*promises); i++)
		if (!strcmp(promises[i].scheme, self->scheme))
			self->promise = &promises[i];
	ASSERT_NE(NULL, self->promise) TH_LOG("pks_kmap=%s is no scheme", self->scheme);
}

FIXTURE_TEARDOWN(boot)
{
	driver_close(&self->drv);
	driver_close(&self->other);
}

static void check_chosen(struct __test_metadata *_metadata, const char *scheme,
			 const char *mode)
{
	char name[PKS_TEST_NAME_MAX];

	EXPECT_EQ(0, driver_choice_get(DRIVER_SCHEME_FILE, name));
	EXPECT_STREQ(scheme, name);
	EXPECT_EQ(0, driver_choice_get(DRIVER_MODE_FILE, name));
	EXPECT_STREQ(mode, name);
}

/* Each CPU by itself: may it read the page of that file? */
static void check_open(struct __test_metadata *_metadata, struct driver *drv, bool open)
{
	int cpu;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		struct pks_test_run run = RUN(.cpu = cpu);

		EXPECT_EQ(0, run_pattern(drv, "stray_read", cpu ? "ipi" : "thread", &run));
		EXPECT_EQ(open, run.touched) TH_LOG("CPU %d", cpu);
		EXPECT_EQ(!open, run.denied) TH_LOG("CPU %d", cpu);
	}
}

static void check_closed(struct __test_metadata *_metadata, struct driver *drv,
			 struct driver *other, const struct promise *promise)
{
	bool open = !strcmp(promise->scheme, "off");

	check_open(_metadata, drv, open);
	check_open(_metadata, other, open);
}

static void check_held(struct __test_metadata *_metadata, struct driver *drv,
		       struct driver *other, const struct promise *promise, const char *mode)
{
	bool denied = !strcmp(promise->scheme, "page") && !strcmp(mode, "strict");

	check_open(_metadata, drv, !denied);
	check_open(_metadata, other, promise->others);
}

TEST_F(boot, R13_what_the_command_line_chooses)
{
	check_chosen(_metadata, self->scheme, self->mode);
	check_closed(_metadata, &self->drv, &self->other, self->promise);
}

TEST_F(boot, R13_is_what_kmap_does)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	EXPECT_EQ(1, run.count_after);
	check_held(_metadata, &self->drv, &self->other, self->promise, self->mode);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	check_closed(_metadata, &self->drv, &self->other, self->promise);
}

TEST_F(boot, R13_and_still_after_a_sleep)
{
	const char *missing = cannot_sleep();

	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_EQ(0, sleep_and_wake());
	check_chosen(_metadata, self->scheme, self->mode);
	check_closed(_metadata, &self->drv, &self->other, self->promise);
}

TEST_F(boot, R13_also_of_a_page_that_is_held)
{
	const char *missing = cannot_sleep();
	struct pks_test_run run = RUN();

	if (missing)
		SKIP(return, "%s", missing);
	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	ASSERT_EQ(0, sleep_and_wake());
	check_held(_metadata, &self->drv, &self->other, self->promise, self->mode);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(0, run.count_after);
	check_closed(_metadata, &self->drv, &self->other, self->promise);
}

/* One of the boots asks for this first: it is told of, and what is chosen then is used. */
TEST(R13_what_there_is_not)
{
	static const char * const said[] = {
		"pks_kmap=nothing: no such scheme, using page",
		"pks_kmap=: no such scheme, using page",
		"pks_mode=nothing: no such mode, using relaxed",
		"pks_mode=: no such mode, using relaxed",
	};
	unsigned int i;
	int log;

	if (!file_contains("/proc/cmdline", "pks_mode=nothing"))
		SKIP(return, "not booted with pks_mode=nothing");
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, log);
	for (i = 0; i < sizeof(said) / sizeof(*said); i++)
		EXPECT_TRUE(kmsg_says(log, said[i])) TH_LOG("line %u of them", i);
	close(log);
}

TEST_HARNESS_MAIN
