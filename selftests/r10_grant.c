// SPDX-License-Identifier: GPL-2.0
/* R10: a grant ends with the context that has it. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R10_after_the_last_kunmap_no_new_context_has_access)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "closed", context.name, &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s", context.name);
	}
}

/* The caller's grant lasts through the ioctl, that of any other is over. */
TEST_F(pks, R10_the_return_ends_it)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		EXPECT_EQ(0, run_pattern(&self->drv, "regrant", context.name, &run));
		EXPECT_EQ(context.index ? 1 : 2, run.touched) TH_LOG("%s", context.name);
		EXPECT_EQ(context.index ? 1 : 0, run.denied) TH_LOG("%s", context.name);
		EXPECT_EQ(1, run.counts.grants) TH_LOG("%s", context.name);
	}
}

TEST_F(pks, R10_a_switch_ends_it_and_the_next_access_is_granted_again)
{
	struct pks_test_run run = RUN(.repeat = 5);

	EXPECT_EQ(0, run_pattern(&self->drv, "grant_switch", NULL, &run));
	EXPECT_LE(10, run.switches);
	EXPECT_EQ(10, run.touched);
	EXPECT_EQ(10, run.counts.grants);
	/* and denied when the count is 0 */
	EXPECT_EQ(5, run.counts.denials);
	EXPECT_EQ(0, run.wrong);
}

/* A switch inside a #PF that sleeps on top of the context is one, too. */
TEST_F(pks, R10_a_switch_in_a_nested_fault_ends_it)
{
	struct pks_test_run run = RUN(.repeat = 3);

	EXPECT_EQ(0, run_pattern(&self->drv, "grant_fault", NULL, &run));
	EXPECT_EQ(3, run.touched);
	EXPECT_EQ(0, run.wrong);
}

TEST_F(pks, R10_the_return_to_user_mode_ends_it)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "hold", NULL, &run));
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(1, run.counts.grants);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "stray_read", "thread", &run));
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
	EXPECT_EQ(1, run.counts.grants);
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "release", NULL, &run));
}

/*
 * What an NMI is granted that hits user mode: the next interrupt there starts
 * from the default. /dev/cpu/1/msr reads the register in one.
 */
TEST_F(pks, R10_an_nmi_leaves_nothing_to_user_mode)
{
	struct pks_test_run run;
	int ready[2], i;
	__u64 msr;
	pid_t child;
	char c = 0;

	if (cpu_count() < 2)
		SKIP(return, "takes two CPUs");
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		pin_to_cpu(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			;
	}
	/* An NMI that hits an idle CPU shows nothing. */
	ASSERT_EQ(1, read(ready[0], &c, 1));
	for (i = 0; i < 50; i++) {
		run = RUN(.cpu = 1);
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "remote_nmi", &run));
		EXPECT_EQ(1, run.counts.grants);
		EXPECT_EQ(0, read_msr(1, PKS_MSR, &msr));
		EXPECT_EQ(PKS_MSR_DEFAULT, msr);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

TEST_HARNESS_MAIN
