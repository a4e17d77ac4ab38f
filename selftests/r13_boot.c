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

FIXTURE(boot) {
	struct driver drv;	/* has the page that is held */
	struct driver other;	/* and this one another page */
	char scheme[PKS_TEST_NAME_MAX];
	char mode[PKS_TEST_NAME_MAX];
	unsigned int flags;	/* of the scheme, see struct pks_test_item */
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
	struct pks_test_item item;
	bool scheme, mode;

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
	ASSERT_EQ(0, driver_find(&self->drv, PKS_TEST_SCHEMES, self->scheme, &item));
	self->flags = item.flags;
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

	EXPECT_EQ(0, choice_get(CHOICE_SCHEME, name));
	EXPECT_STREQ(scheme, name);
	EXPECT_EQ(0, choice_get(CHOICE_MODE, name));
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

static void check_closed(struct __test_metadata *_metadata, FIXTURE_DATA(boot) *self)
{
	bool open = !strcmp(self->scheme, "off");

	check_open(_metadata, &self->drv, open);
	check_open(_metadata, &self->other, open);
}

/*
 * The page that is held is open; others are under a scheme that opens the key for
 * everyone, not under one that changes the page tables.
 */
static void check_held(struct __test_metadata *_metadata, FIXTURE_DATA(boot) *self)
{
	bool denied = !strcmp(self->scheme, "page") && !strcmp(self->mode, "strict");
	bool key = (self->flags & PKS_TEST_KMAP_SLEEPS) &&
		   !(self->flags & PKS_TEST_LOCAL_SLEEPS);

	check_open(_metadata, &self->drv, !denied);
	check_open(_metadata, &self->other, key || !strcmp(self->scheme, "off"));
}

TEST_F(boot, R13_what_the_command_line_chooses)
{
	check_chosen(_metadata, self->scheme, self->mode);
	check_closed(_metadata, self);
}

TEST_F(boot, R13_is_what_kmap_does)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	EXPECT_EQ(1, run.count_after);
	check_held(_metadata, self);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	check_closed(_metadata, self);
}

TEST_F(boot, R13_and_still_after_a_sleep)
{
	const char *missing = cannot_sleep();

	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_EQ(0, sleep_and_wake());
	check_chosen(_metadata, self->scheme, self->mode);
	check_closed(_metadata, self);
}

TEST_F(boot, R13_also_of_a_page_that_is_held)
{
	const char *missing = cannot_sleep();
	struct pks_test_run run = RUN();

	if (missing)
		SKIP(return, "%s", missing);
	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	ASSERT_EQ(0, sleep_and_wake());
	check_held(_metadata, self);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
	EXPECT_EQ(0, run.count_after);
	check_closed(_metadata, self);
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
