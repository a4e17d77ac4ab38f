// SPDX-License-Identifier: GPL-2.0
/* R9: what becomes of a fault. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R9_a_page_that_is_not_open_is_denied)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", context.name, &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s reads", context.name);
		EXPECT_EQ(1, run.counts.denials);
		EXPECT_EQ(0, run.counts.grants);
		EXPECT_EQ(0, run_pattern(&self->drv, "stray_write", context.name, &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s writes", context.name);
	}
}

TEST_F(pks, R9_nofault_copies_get_their_fixup)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "nofault", NULL, &run));
	EXPECT_EQ(1, run.denied);
}

/* The caller dies of it, with pages kmap()ed, and perhaps a key open; returns how. */
static int die_of_stray_access(unsigned int flags, bool open)
{
	struct pks_test_run key = RUN();
	struct pks_test_run hold = RUN(.repeat = 5, .pages = 10);
	struct pks_test_run run = RUN(.flags = flags);
	struct driver drv;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (!driver_open(&drv) && !run_pattern(&drv, "hold", NULL, &hold) &&
		    (!open || !run_pattern(&drv, "key_open", NULL, &key)))
			run_pattern(&drv, "oops", NULL, &run);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

/* What the console shows, line by line in its order */
static void check_oops(struct __test_metadata *_metadata, struct driver *drv,
		       unsigned int flags, const char *access, unsigned int pkrs)
{
	struct pks_test_run run = RUN();
	int status, log = kmsg_now();
	char registers[64];

	ASSERT_LE(0, log);
	ASSERT_EQ(0, expect_splat("BUG: unable to handle page fault"));
	status = die_of_stray_access(flags, pkrs != PKS_MSR_DEFAULT);
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("status 0x%x", status);
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_TRUE(kmsg_says(log, access));
	EXPECT_TRUE(kmsg_says(log, "protection keys violation"));
	snprintf(registers, sizeof(registers), "PKRS: 0x%08x pkey: %u", pkrs, drv->info.pkey);
	EXPECT_TRUE(kmsg_says(log, registers));
	EXPECT_TRUE(kmsg_says(log, "RIP: 0010:pks_op_oops"));
	close(log);

	/* What the dead had mapped is closed, and counts no more. */
	check_mapped(_metadata, false);
	EXPECT_EQ(0, run_pattern(drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.denied);
}

/* Under a mode that grants nothing, as the page is kmap()ed */
TEST_F(pks, R9_without_a_fixup_it_is_an_oops_that_says_why)
{
	ASSERT_EQ(0, set_mode("strict"));
	check_oops(_metadata, &self->drv, 0, "supervisor read access", PKS_MSR_DEFAULT);
	check_oops(_metadata, &self->drv, PKS_TEST_RUN_WRITE, "supervisor write access",
		   PKS_MSR_DEFAULT);
}

/* Not what the handler has that prints it */
TEST_F(pks, R9_an_oops_shows_what_its_context_had_open)
{
	ASSERT_EQ(0, set_mode("strict"));
	check_oops(_metadata, &self->drv, 0, "supervisor read access",
		   PKS_MSR_DEFAULT & ~(3u << 2));
}

/* One touch of a page kmap()ed elsewhere; true if it was granted */
static bool granted(struct driver *drv)
{
	struct pks_test_run run = RUN();

	return !run_pattern(drv, "handoff", "kthread", &run) &&
	       run.touched == 1 && run.counts.grants == 1;
}

TEST_F(pks, R9_strict_grants_nothing)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, set_mode("strict\n"));
	EXPECT_TRUE(file_contains(CHOICE_MODE, "[strict]"));
	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
	EXPECT_EQ(1, run.denied);
	EXPECT_EQ(0, run.counts.grants);
	ASSERT_EQ(0, set_mode("silent"));
	EXPECT_TRUE(granted(&self->drv));
}

TEST_F(pks, R9_relaxed_tells_of_it_once)
{
	struct pks_test_run run;
	const char *line;
	unsigned int i;
	char page[32];
	int log;

	ASSERT_EQ(0, set_mode("relaxed\n"));
	for (i = 0; i < 2; i++) {
		log = kmsg_now();
		ASSERT_LE(0, log);
		ASSERT_EQ(0, warn_again());
		run = RUN(.repeat = 2, .flags = i ? PKS_TEST_RUN_WRITE : 0);
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "kthread", &run));
		EXPECT_EQ(2, run.counts.grants);
		/* What was touched and how, by which instruction, by whom, in which context */
		line = kmsg_find(log, i ? "write of a page kmap()ed elsewhere" :
				      "read of a page kmap()ed elsewhere");
		ASSERT_NE(NULL, line);
		EXPECT_NE(NULL, strstr(line, i ? ", by pks_write+" : ", by pks_read+"));
		EXPECT_NE(NULL, strstr(line, ", pks_test/0["));
		EXPECT_NE(NULL, strstr(line, "], thread"));
		snprintf(page, sizeof(page), ": pfn 0x%llx,", (unsigned long long)run.pfn);
		EXPECT_NE(NULL, strstr(line, page)) TH_LOG("%s", line);
		EXPECT_FALSE(kmsg_says(log, "of a page kmap()ed elsewhere"));
		close(log);
	}
}

/* As far as the warning tells contexts apart */
TEST_F(pks, R9_relaxed_names_the_context)
{
	static const struct {
		const char *context, *name;
	} told[] = {
		{ "kthread", ", thread" }, { "softirq", ", softirq" },
		{ "hardirq", ", hard interrupt" }, { "nmi", ", NMI" },
	};
	struct pks_test_run run;
	unsigned int i;
	int log;

	ASSERT_EQ(0, set_mode("relaxed"));
	for (i = 0; i < ARRAY_SIZE(told); i++) {
		log = kmsg_now();
		ASSERT_LE(0, log);
		ASSERT_EQ(0, warn_again());
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", told[i].context, &run));
		EXPECT_EQ(1, run.touched);
		EXPECT_TRUE(kmsg_says_of(log, told[i].name, run.pfn)) TH_LOG("%s", told[i].context);
		close(log);
	}
}

TEST_F(pks, R9_silent_says_nothing)
{
	int log = kmsg_now();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, warn_again());
	EXPECT_TRUE(granted(&self->drv));
	EXPECT_FALSE(kmsg_says(log, "of a page kmap()ed elsewhere"));
	close(log);
}

TEST_F(pks, R9_there_are_no_other_modes)
{
	EXPECT_EQ(-EINVAL, set_mode("stric"));
	EXPECT_EQ(-EINVAL, set_mode("strictly"));
	EXPECT_EQ(-EINVAL, set_mode("\n"));
	EXPECT_TRUE(file_contains(CHOICE_MODE, "[silent]"));
}

TEST_HARNESS_MAIN
