// SPDX-License-Identifier: GPL-2.0
/* R5: what interrupts a context starts from the default, and gives it back. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

TEST_F(pks, R5_no_context_has_what_the_caller_opened)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0, seen = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		if (!(context.flags & PKS_TEST_INTERRUPTS))
			continue;
		run.repeat = 10;
		EXPECT_EQ(0, run_pattern(&self->drv, "interrupted", context.name, &run));
		EXPECT_EQ(10, run.denied) TH_LOG("%s got through", context.name);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside) TH_LOG("%s", context.name);
		EXPECT_EQ(0, run.depth_inside) TH_LOG("%s", context.name);
		/* The caller had its own back after each. */
		EXPECT_EQ(0, run.wrong) TH_LOG("lost to %s", context.name);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
		seen++;
	}
	/* hardirq, softirq, bh, #DE, #BP, #DB and NMI at the least */
	EXPECT_LE(7, seen);
}

/* The return is another one where interrupts are off. */
TEST_F(pks, R5_nor_where_interrupts_are_off)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0, seen = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		if (!(context.flags & PKS_TEST_ANY_TIME))
			continue;
		run.repeat = 10;
		EXPECT_EQ(0, run_pattern(&self->drv, "masked", context.name, &run));
		EXPECT_EQ(10, run.denied) TH_LOG("%s got through", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("lost to %s", context.name);
		EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_after);
		seen++;
	}
	EXPECT_LE(4, seen);
}

TEST_F(pks, R5_opening_one_key_does_not_open_another)
{
	struct pks_test_item context;
	struct pks_test_run run;
	unsigned int i = 0;

	while (next_context(&self->drv, &i, &context, &run)) {
		if (!(context.flags & PKS_TEST_INTERRUPTS))
			continue;
		EXPECT_EQ(0, run_pattern(&self->drv, "key_apart", context.name, &run));
		EXPECT_EQ(1, run.denied) TH_LOG("%s has the caller's key", context.name);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", context.name);
	}
}

/* A thread that holds a key, in user mode on CPU 1 */
static pid_t start_holder(int *ready)
{
	struct pks_test_run run = RUN();
	pid_t pid = fork_with_pipe(ready);
	struct driver drv;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pin_to_cpu(1) || driver_open(&drv) ||
		    run_pattern(&drv, "key_open", NULL, &run) || write(*ready, "!", 1) != 1)
			_exit(1);
		for (;;)
			;
	}
	return pid;
}

/* A key stays with its thread in user mode, and not with what hits it there. */
TEST_F(pks, R5_nor_who_interrupts_user_mode)
{
	static const char * const contexts[] = { "ipi", "remote_nmi" };
	unsigned int i;
	pid_t pid;
	int ready;
	char c;

	if (cpu_count() < 2)
		SKIP(return, "takes two CPUs");
	pid = start_holder(&ready);
	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(ready, &c, 1));
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		struct pks_test_run run = RUN(.cpu = 1, .repeat = 20);

		EXPECT_EQ(0, run_pattern(&self->drv, "key_apart", contexts[i], &run));
		EXPECT_EQ(20, run.denied) TH_LOG("%s has the key", contexts[i]);
		EXPECT_EQ(0, run.wrong) TH_LOG("%s", contexts[i]);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready);
}

/* The handler edits the saved copy: a grant is seen after the return. */
TEST_F(pks, R5_the_saved_state_is_what_takes_effect)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "thread", &run));
	EXPECT_EQ(1, run.counts.grants);
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(PKS_MSR_DEFAULT, run.pkrs_inside);
	EXPECT_EQ(PKS_MSR_DEFAULT & ~(3u << 2 * self->drv.info.pkey), run.pkrs_touched);
}

TEST_HARNESS_MAIN
