// SPDX-License-Identifier: GPL-2.0
/* R12: a task that dies leaves nothing open. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R12_dead_with_local_mappings)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		int log = kmsg_now();

		ASSERT_LE(0, log);
		ASSERT_EQ(0, expect_splat("exits with 2 kmap_local mappings"));
		EXPECT_EQ(0, run_pattern(&self->drv, "death", context.name, &run));
		ASSERT_EQ(0, expect_end());
		EXPECT_EQ(1, run.denied) TH_LOG("%s has the dead thread's access", context.name);
		EXPECT_EQ(0, run.count_after);
		EXPECT_TRUE(kmsg_says(log, "pks: pks_mortal/"));
		close(log);
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

TEST_F(pks, R12_who_runs_next_has_nothing_of_the_dead)
{
	struct pks_test_run run = RUN(.repeat = 50);

	EXPECT_EQ(0, run_pattern(&self->drv, "death_next", NULL, &run));
	EXPECT_EQ(50, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("the register was not what the caller has open");
}

static void say(int ready)
{
	if (write(ready, "!", 1) != 1)
		_exit(1);
}

static void say_and_wait(int ready)
{
	say(ready);
	for (;;)
		pause();
}

static void wait_for(struct __test_metadata *_metadata, int ready)
{
	char c;

	ASSERT_EQ(1, read(ready, &c, 1));
}

static void kill_child(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
}

/* A child that kmap()s pages, says so, and does what comes next */
static pid_t start_holder(int *ready, void (*next)(struct driver *drv, int ready))
{
	struct pks_test_run run = RUN(.repeat = 100, .pages = 10);
	pid_t pid = fork_with_pipe(ready);
	struct driver drv;

	if (!pid) {
		if (driver_open(&drv) || run_pattern(&drv, "hold", NULL, &run))
			_exit(1);
		if (next)
			next(&drv, *ready);
		say_and_wait(*ready);
	}
	return pid;
}

TEST_F(pks, R12_killed_with_kmaps)
{
	int ready;
	pid_t pid = start_holder(&ready, NULL);

	ASSERT_LT(0, pid);
	wait_for(_metadata, ready);
	check_mapped(_metadata, true);
	kill_child(_metadata, pid);
	check_mapped(_metadata, false);
	close(ready);
}

/* The program is another one: the file was closed, and so is what it held. */
static void execute(struct driver *drv, int ready)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", ready);
	fcntl(ready, F_SETFD, 0);
	execlp("sh", "sh", "-c", "echo >&$1; exec sleep 1000", "sh", text, NULL);
	_exit(1);
}

TEST_F(pks, R12_executes_a_program_with_kmaps)
{
	int ready;
	pid_t pid = start_holder(&ready, execute);

	ASSERT_LT(0, pid);
	wait_for(_metadata, ready);
	check_mapped(_metadata, false);
	kill_child(_metadata, pid);
	close(ready);
}

/* A child of the holder has the file, too: that holds until both are gone. */
static void leave_it_to_a_child(struct driver *drv, int ready)
{
	pid_t pid = fork();

	if (!pid) {
		pid = getpid();
		if (write(ready, &pid, sizeof(pid)) == sizeof(pid))
			say_and_wait(ready);
	}
	_exit(0);
}

TEST_F(pks, R12_the_last_owner_of_the_file_counts)
{
	struct pks_test_run run = RUN();
	int ready, status, tries = 1000;
	pid_t pid = start_holder(&ready, leave_it_to_a_child), heir;

	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(sizeof(heir), read(ready, &heir, sizeof(heir)));
	wait_for(_metadata, ready);
	check_mapped(_metadata, true);
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.denied);
	ASSERT_EQ(0, kill(heir, SIGKILL));
	while (!kill(heir, 0) && tries--)
		usleep(10000);
	check_mapped(_metadata, false);
	close(ready);
}

/*
 * A child that runs a pattern until it is killed, in the middle of it: in the
 * first context that the pattern takes, with another CPU if it takes that.
 */
static pid_t start_pattern(struct pks_test_item *pattern, int *ready)
{
	struct pks_test_run run = RUN(.size = sizeof(run), .pattern = pattern->index,
				      .repeat = PKS_TEST_REPEAT_MAX, .pages = 4);
	struct pks_test_item context;
	struct driver drv;
	pid_t pid = fork_with_pipe(ready);

	if (pid)
		return pid;
	if (driver_open(&drv))
		_exit(1);
	say(*ready);
	for (;; run.context++) {
		/* What a machine cannot do at all ends at once, in every context. */
		if (driver_item(&drv, PKS_TEST_CONTEXTS, run.context, &context)) {
			run.context = 0;
			continue;
		}
		run.cpu = context.flags & PKS_TEST_INTERRUPTS ? -1 : cpu_count() - 1;
		ioctl(drv.fd, PKS_TEST_IOC_RUN, &run);
	}
}

/* Whatever it was about, nothing is left: no access, no count, no splat. */
TEST_F_TIMEOUT(pks, R12_killed_in_every_pattern, 300)
{
	struct pks_test_item pattern;
	struct pks_test_run run;
	unsigned int i, ran = 0;
	int ready, status;
	pid_t pid;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_PATTERNS, i, &pattern); i++) {
		if (pattern.flags & (PKS_TEST_FATAL | PKS_TEST_WARNS))
			continue;
		pid = start_pattern(&pattern, &ready);
		ASSERT_LT(0, pid);
		wait_for(_metadata, ready);
		close(ready);
		usleep(5000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("%s ended before", pattern.name);
		check_mapped(_metadata, false);
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s", pattern.name);
		ran++;
	}
	EXPECT_LE(30, ran);
}

/* What nobody can undo any more does not count, and keeps no scheme in place. */
TEST_F(pks, R12_freed_with_a_kmap)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, expect_splat("freed with 1 kmap"));
	EXPECT_EQ(0, run_pattern(&self->drv, "key_free_mapped", NULL, &run));
	ASSERT_EQ(0, expect_end());
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong);
	check_mapped(_metadata, false);
}

/* Nor does it keep the key open, where the first kmap() opens it for everyone. */
TEST_F(pks, R12_freed_with_a_kmap_that_opened_for_all)
{
	struct pks_test_item scheme;
	struct pks_test_run run;
	unsigned int i = 0;

	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	while (next_scheme_for_all(&self->drv, &i, &scheme)) {
		ASSERT_EQ(0, write_file(CHOICE_SCHEME, scheme.name));
		ASSERT_EQ(0, expect_splat("freed with 1 kmap"));
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "key_free_mapped", NULL, &run));
		ASSERT_EQ(0, expect_end());
		EXPECT_EQ(0, run.wrong);
		run = RUN();
		EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s", scheme.name);
	}
	EXPECT_EQ(0, write_file(CHOICE_SCHEME, "page"));
}

TEST_HARNESS_MAIN
