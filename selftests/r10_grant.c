// SPDX-License-Identifier: GPL-2.0
/* R10: a grant ends with the context that has it. */
#include <signal.h>
#include <sys/mman.h>
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

static void check_grants_end(struct __test_metadata *_metadata, struct driver *drv,
			     const char *pattern)
{
	struct pks_test_run run = RUN(.repeat = 10);

	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_EQ(10, run.touched);
	EXPECT_EQ(10, run.counts.grants);
	EXPECT_EQ(0, run.wrong);
}

/* A switch inside a #PF that sleeps on top of the context is one, too. */
TEST_F(pks, R10_a_switch_in_a_nested_fault_ends_it)
{
	check_grants_end(_metadata, &self->drv, "grant_fault");
}

/* nor does it take a thread that goes to sleep */
TEST_F(pks, R10_so_does_being_preempted_there)
{
	check_grants_end(_metadata, &self->drv, "grant_preempted");
}

/* The register has the same in it before the switch and after. */
TEST_F(pks, R10_a_switch_to_who_has_the_key_ends_it)
{
	check_grants_end(_metadata, &self->drv, "switch_granted");
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

struct visits {
	unsigned int made;
	unsigned int granted;
};

/*
 * Visits the kernel from CPU 1 now and then, and looks what it has: in one system
 * call, for a grant ends with the first.
 */
static void visit(struct visits *visits)
{
	struct pks_test_run run = RUN();
	struct driver drv;
	volatile int spin;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pin_to_cpu(1) || driver_open(&drv) ||
	    run_pattern(&drv, "stray_read", "thread", &run))
		_exit(1);
	for (;;) {
		for (spin = 0; spin < 20000; spin++)
			;
		if (driver_run(&drv, &run) || run.denied != 1)
			visits->granted++;
		__atomic_add_fetch(&visits->made, 1, __ATOMIC_RELEASE);
	}
}

/* What an NMI is granted that hits user mode is not there in the next system call. */
TEST_F(pks, R10_an_nmi_leaves_nothing_to_user_mode)
{
	struct pks_test_run run;
	struct visits *visits;
	int i, tries = 10000;
	pid_t child;

	if (cpu_count() < 2)
		SKIP(return, "takes two CPUs");
	visits = mmap(NULL, sizeof(*visits), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, visits);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		visit(visits);
	/* An NMI that hits an idle CPU shows nothing. */
	while (!__atomic_load_n(&visits->made, __ATOMIC_ACQUIRE) && tries--)
		usleep(1000);
	ASSERT_LT(0, visits->made);
	for (i = 0; i < 200; i++) {
		run = RUN(.cpu = 1);
		EXPECT_EQ(0, run_pattern(&self->drv, "handoff", "remote_nmi", &run));
		EXPECT_EQ(1, run.counts.grants);
	}
	EXPECT_EQ(0, visits->granted);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	munmap(visits, sizeof(*visits));
}

TEST_F(pks, R10_who_sleeps_has_no_grant)
{
	struct pks_test_run run = RUN(.repeat = 10);

	EXPECT_EQ(0, run_pattern(&self->drv, "switch_asleep", NULL, &run));
	EXPECT_LE(10, run.touched);
	EXPECT_EQ(0, run.denied);
	EXPECT_EQ(0, run.wrong) TH_LOG("the kernel's log says which check");
	/* each turn has its own */
	EXPECT_LE(10, run.counts.grants);
	EXPECT_EQ(0, run.count_after);
}

TEST_HARNESS_MAIN
