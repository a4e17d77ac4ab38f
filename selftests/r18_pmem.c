// SPDX-License-Identifier: GPL-2.0
/*
 * R18: persistent memory has a key of its own, which is open for the context that
 * accesses it, and no longer. PKS_PMEM= names a block device of persistent memory,
 * whose content is not to be missed: in a guest, /dev/pmem0 of one with -p. What has
 * become of the content under stray writes the host can tell, see
 * selftests/host/pmem.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define TARGET		"/sys/module/pks_test/parameters/pmem"
#define PMEM_DRIVER	"/sys/bus/nd/drivers/nd_pmem/"
#define REPEAT		50

FIXTURE(pmem) {
	struct driver drv;
};

FIXTURE_SETUP(pmem)
{
	const char *device = getenv("PKS_PMEM");

	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (!device)
		SKIP(return, "PKS_PMEM= names no block device of persistent memory");
	if (!driver_has_pks(&self->drv))
		SKIP(return, "this kernel runs without PKS");
	if (access(CHOICE_PMEM, F_OK))
		SKIP(return, "this kernel does not protect persistent memory (CONFIG_DEVMAP_ACCESS_PROTECTION)");
	ASSERT_EQ(0, access(device, R_OK));
	ASSERT_EQ(0, write_file(TARGET, device));
	ASSERT_EQ(0, write_file(CHOICE_PMEM, "strict"));
}

FIXTURE_TEARDOWN(pmem)
{
	driver_close(&self->drv);
}

TEST_F(pmem, R18_all_of_it_has_the_key_in_large_mappings)
{
	check_pattern(_metadata, &self->drv, "pmem_mapping");
}

TEST_F(pmem, R18_it_is_opened_and_closed)
{
	unsigned long opened = sum_counter(COUNTERS_PMEM, "opened");
	unsigned long nested = sum_counter(COUNTERS_PMEM, "nested");

	check_pattern(_metadata, &self->drv, "pmem_open");
	EXPECT_EQ(opened + 1, sum_counter(COUNTERS_PMEM, "opened"));
	EXPECT_EQ(nested, sum_counter(COUNTERS_PMEM, "nested"));
}

/* Each kind of stray access, from each context: denied, counted, and nothing granted */
static void check_denied(struct __test_metadata *_metadata, struct driver *drv,
			 const char *pattern, unsigned int first)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = first;
	unsigned long faults;

	while (next_context(drv, &i, &context, &run)) {
		run.repeat = REPEAT;
		faults = sum_counter(COUNTERS_PMEM, "faults");
		EXPECT_EQ(0, run_pattern(drv, pattern, context.name, &run)) {
			TH_LOG("%s, %s", pattern, context.name);
		}
		EXPECT_EQ(REPEAT, run.denied) TH_LOG("%s, %s", pattern, context.name);
		EXPECT_EQ(0, run.touched) TH_LOG("%s, %s", pattern, context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s, %s", pattern, context.name);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
		EXPECT_EQ(REPEAT, run.counts.denials);
		EXPECT_EQ(0, run.counts.grants);
		EXPECT_EQ(faults + REPEAT, sum_counter(COUNTERS_PMEM, "faults"));
	}
}

TEST_F(pmem, R18_stray_reads_are_denied)
{
	check_denied(_metadata, &self->drv, "pmem_read", 0);
}

TEST_F(pmem, R18_stray_writes_are_denied)
{
	check_denied(_metadata, &self->drv, "pmem_write", 0);
}

TEST_F(pmem, R18_stray_memsets_are_denied)
{
	check_denied(_metadata, &self->drv, "pmem_memset", 0);
}

TEST_F(pmem, R18_stray_memcpys_are_denied)
{
	check_denied(_metadata, &self->drv, "pmem_memcpy", 0);
}

/* All but "thread", which is the one that has it open */
TEST_F(pmem, R18_what_is_open_is_open_for_one_context)
{
	check_denied(_metadata, &self->drv, "pmem_hidden", 1);
}

TEST_F(pmem, R18_kmap_local_nests)
{
	check_pattern(_metadata, &self->drv, "pmem_local");
	EXPECT_NE(0, sum_counter(COUNTERS_PMEM, "nested"));
}

TEST_F(pmem, R18_kmap_local_in_every_context)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		run.repeat = REPEAT;
		EXPECT_EQ(0, run_pattern(&self->drv, "pmem_local_there", context.name, &run)) {
			TH_LOG("%s", context.name);
		}
		EXPECT_EQ(REPEAT, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.counts.faults - run.counts.denials);
	}
}

TEST_F(pmem, R18_two_keys_are_two)
{
	check_pattern(_metadata, &self->drv, "pmem_both_keys");
}

static void check_warns(struct __test_metadata *_metadata, struct driver *drv,
			const char *pattern, const char *says)
{
	ASSERT_EQ(0, expect_splat(says));
	check_pattern(_metadata, drv, pattern);
	EXPECT_EQ(0, expect_end());
}

TEST_F(pmem, R18_nesting_warns)
{
	check_warns(_metadata, &self->drv, "pmem_nest", "access to persistent memory nests");
}

TEST_F(pmem, R18_an_end_without_a_beginning_warns)
{
	check_warns(_metadata, &self->drv, "pmem_unbalanced",
		    "access to persistent memory ends, and has not begun");
}

TEST_F(pmem, R18_kmap_warns_and_opens_nothing)
{
	check_warns(_metadata, &self->drv, "pmem_kmap", "of a protected pagemap");
}

TEST_F(pmem, R18_left_open_warns_and_is_closed)
{
	struct pks_test_run run = RUN();

	check_warns(_metadata, &self->drv, "pmem_leave",
		    "a thread returns to user mode with access to persistent memory");
	EXPECT_EQ(0, run_pattern(&self->drv, "pmem_read", NULL, &run));
	EXPECT_EQ(1, run.denied);
}

/* Also in the register, with nothing in between that would write it */
TEST_F(pmem, R18_and_closed_to_the_next_system_call)
{
	struct pks_test_run leave = RUN(), read = RUN(), run;
	int i;

	/* Whichever is the first warns. */
	ASSERT_EQ(0, expect_splat("a thread returns to user mode with access to persistent memory"));
	ASSERT_EQ(0, run_pattern(&self->drv, "pmem_leave", NULL, &leave));
	ASSERT_EQ(0, expect_end());
	ASSERT_EQ(0, run_pattern(&self->drv, "pmem_read", NULL, &read));
	for (i = 0; i < REPEAT; i++) {
		EXPECT_EQ(0, driver_run(&self->drv, &leave));
		run = RUN(.pattern = read.pattern, .repeat = 1, .pages = 1);
		EXPECT_EQ(0, driver_run(&self->drv, &run));
		EXPECT_EQ(1, run.denied);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
	}
}

TEST_F(pmem, R18_a_stray_access_is_an_oops_with_the_key)
{
	struct pks_test_run run = RUN(.flags = PKS_TEST_RUN_WRITE);
	int since = kmsg_now(), status;
	pid_t pid;

	ASSERT_EQ(0, expect_splat("BUG: unable to handle page fault"));
	pid = fork();
	if (!pid) {
		run_pattern(&self->drv, "pmem_oops", NULL, &run);
		_exit(0);
	}
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, expect_end());
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(kmsg_says(since, "protection keys violation"));
	close(since);
}

/* Warned of, once; and open to the context that did it for as long as that lasts */
TEST_F(pmem, R18_relaxed_warns_once_and_goes_on)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	ASSERT_EQ(0, write_file(CHOICE_PMEM, "relaxed"));
	ASSERT_EQ(0, expect_splat("stray read of persistent memory"));
	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "pmem_read", context.name, &run)) {
			TH_LOG("%s", context.name);
		}
		EXPECT_EQ(1, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
	}
	EXPECT_EQ(0, expect_end());
	EXPECT_EQ(0, write_file(CHOICE_PMEM, "strict"));
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "pmem_read", NULL, &run));
	EXPECT_EQ(1, run.denied);
	EXPECT_EQ(-EINVAL, write_file(CHOICE_PMEM, "lenient"));
	EXPECT_TRUE(file_contains(CHOICE_PMEM, "strict"));
}

TEST_HARNESS_MAIN
