// SPDX-License-Identifier: GPL-2.0
/* The driver as a module: it can go exactly when nobody uses it. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define DISK "/dev/pks_test_blk"

FIXTURE(module) {
};

FIXTURE_SETUP(module)
{
	if (access("/sys/module/pks_test/initstate", F_OK))
		SKIP(return, "the driver is built in");
	ASSERT_EQ(0, pin_to_cpu(0));
}

/* Whatever went wrong, the next test finds a driver. */
FIXTURE_TEARDOWN(module)
{
	load_driver();
}

/* It works: its contexts reach it, and its lists can be read. */
static int use_driver(void)
{
	struct pks_test_run run = RUN(.repeat = 3);
	struct driver drv;
	int ret = driver_open(&drv);

	if (ret)
		return ret;
	if (drv.info.pkey)
		ret = run_pattern(&drv, "stray_read", "nmi", &run);
	else
		ret = run_pattern(&drv, "nothing", NULL, &run);
	driver_close(&drv);
	return ret;
}

TEST_F(module, MODULE_it_stays_while_it_is_open)
{
	struct driver drv;
	int disk;
	void *map;

	ASSERT_EQ(0, driver_open(&drv));
	EXPECT_EQ(-EWOULDBLOCK, unload_driver());
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, drv.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	driver_close(&drv);
	EXPECT_EQ(-EWOULDBLOCK, unload_driver());
	EXPECT_EQ(0, *(volatile char *)map);
	EXPECT_EQ(0, munmap(map, 4096));

	disk = open(DISK, O_RDONLY);
	EXPECT_LE(0, disk);
	EXPECT_EQ(-EWOULDBLOCK, unload_driver());
	close(disk);

	EXPECT_EQ(0, unload_driver());
	EXPECT_EQ(-1, access(PKS_TEST_DEVICE, F_OK));
	/* An NMI for each other CPU: a handler that it has left would be called. */
	EXPECT_EQ(0, write_file("/proc/sysrq-trigger", "l"));
	EXPECT_EQ(-ENOENT, unload_driver());
	EXPECT_EQ(0, load_driver());
	EXPECT_EQ(0, use_driver());
}

TEST_F_TIMEOUT(module, MODULE_it_comes_and_goes, 240)
{
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, unload_driver()) TH_LOG("round %d", i);
		ASSERT_EQ(0, load_driver()) TH_LOG("round %d", i);
		ASSERT_EQ(0, use_driver()) TH_LOG("round %d", i);
	}
	EXPECT_EQ(-EEXIST, load_driver());
}

/* State of the thread called @name, as /proc has it; 0 if there is none */
static char thread_state(const char *name)
{
	char comm[32], state = 0;
	unsigned int i;
	glob_t stats;
	FILE *f;

	if (glob("/proc/[0-9]*/stat", 0, NULL, &stats))
		return 0;
	for (i = 0; i < stats.gl_pathc && !state; i++) {
		f = fopen(stats.gl_pathv[i], "r");
		if (!f)
			continue;
		if (fscanf(f, "%*d (%31[^)]) %c", comm, &state) != 2 || strcmp(comm, name))
			state = 0;
		fclose(f);
	}
	globfree(&stats);
	return state;
}

/*
 * A thread that has been made and was never woken is blocked, says the kernel, and warns of
 * that two minutes later.
 */
TEST_F(module, MODULE_its_thread_is_not_blocked)
{
	char state = 'D';
	int i;

	ASSERT_EQ(0, unload_driver());
	ASSERT_EQ(0, load_driver());
	for (i = 0; i < 500 && state == 'D'; i++) {
		usleep(10000);
		state = thread_state("pks_test_blk");
	}
	EXPECT_NE('D', state);
	EXPECT_NE(0, state) TH_LOG("there is no such thread");
}

/* A child that opens and runs and closes until it is killed */
static pid_t start_user(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;) {
		struct pks_test_run run = RUN(.repeat = 5, .pages = 3);
		struct pks_test_item item;
		struct driver drv = { .fd = open(PKS_TEST_DEVICE, O_RDWR) };

		/* gone for the moment */
		if (drv.fd < 0)
			continue;
		if (!driver_find(&drv, PKS_TEST_PATTERNS, "switch_none", &item)) {
			run.pattern = item.index;
			driver_run(&drv, &run);
		}
		close(drv.fd);
	}
}

TEST_F(module, MODULE_it_goes_between_two_uses)
{
	int ret, went = 0, stayed = 0, status;
	pid_t pid = start_user();

	ASSERT_LT(0, pid);
	while (went < 5 || stayed < 5) {
		ret = unload_driver();
		if (ret) {
			ASSERT_EQ(-EWOULDBLOCK, ret);
			stayed++;
			usleep(1000);
			continue;
		}
		went++;
		ASSERT_EQ(0, load_driver());
	}
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, use_driver());
}

/* Are there so many threads of the driver's? One that has ended may linger. */
static bool threads_are(int expected)
{
	int tries = 100, n;

	do {
		n = WEXITSTATUS(system("exit $(cat /proc/[0-9]*/comm 2> /dev/null | grep -c '^pks_test/')"));
		if (n == expected)
			return true;
		usleep(10000);
	} while (tries--);
	return false;
}

TEST_F(module, MODULE_it_goes_after_its_user_was_killed)
{
	struct pks_test_run run = RUN(.repeat = 20, .pages = 10);
	struct driver drv;
	int fds[2], status;
	const char *why;
	pid_t pid;
	char c;

	ASSERT_EQ(0, driver_open(&drv));
	why = cannot_kmap(&drv);
	driver_close(&drv);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
	ASSERT_EQ(0, set_mode("silent"));
	ASSERT_EQ(0, pipe(fds));
	pid = fork();
	if (!pid) {
		if (driver_open(&drv) || run_pattern(&drv, "hold", NULL, &run))
			_exit(1);
		run = RUN(.pages = 10);
		if (run_pattern(&drv, "handoff", "kthread", &run) || write(fds[1], "!", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	ASSERT_EQ(1, read(fds[0], &c, 1));
	close(fds[0]);
	EXPECT_TRUE(threads_are(1));
	EXPECT_EQ(-EWOULDBLOCK, unload_driver());
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(threads_are(0));
	EXPECT_EQ(0, unload_driver());
	/* No kmap() has been left over. */
	check_mapped(_metadata, false);
	EXPECT_EQ(0, load_driver());
	EXPECT_EQ(0, use_driver());
}

TEST_HARNESS_MAIN
