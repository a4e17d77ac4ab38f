// SPDX-License-Identifier: GPL-2.0
/* R12: a task that dies leaves nothing open. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R12_dead_with_local_mappings)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "death", context.name, &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s has the dead thread's access", context.name);
		EXPECT_EQ(0, run.count_after);
	}
}

TEST_F(pks, R12_dead_with_a_grant)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "death_granted", context.name, &run));
		EXPECT_EQ(1, run.touched) TH_LOG("the thread before its death");
		EXPECT_EQ(1, run.denied) TH_LOG("%s has the dead thread's grant", context.name);
	}
}

/* A child that kmap()s pages, says so, and waits to be killed */
static pid_t start_holder(int *ready)
{
	struct pks_test_run run = RUN(.repeat = 100, .pages = 10);
	struct driver drv;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		if (driver_open(&drv) || run_pattern(&drv, "hold", NULL, &run))
			_exit(1);
		if (write(fds[1], "!", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	*ready = fds[0];
	return pid;
}

/* Another scheme is refused for exactly as long as something is mapped. */
TEST_F(pks, R12_killed_with_kmaps)
{
	int ready, status;
	pid_t pid = start_holder(&ready);
	char c;

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(ready, &c, 1));
	EXPECT_EQ(-EBUSY, write_file(DRIVER_SCHEME_FILE, "stop"));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, write_file(DRIVER_SCHEME_FILE, "stop"));
	EXPECT_EQ(0, write_file(DRIVER_SCHEME_FILE, "page"));
	close(ready);
}

/* What nobody can undo any more does not count, and keeps no scheme in place. */
TEST_F(pks, R12_freed_with_a_kmap)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, expect_splat("freed while kmap"));
	EXPECT_EQ(0, run_pattern(&self->drv, "key_free_mapped", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(0, write_file(DRIVER_SCHEME_FILE, "stop"));
	EXPECT_EQ(0, write_file(DRIVER_SCHEME_FILE, "page"));
}

TEST_HARNESS_MAIN
