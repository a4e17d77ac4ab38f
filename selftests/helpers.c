// SPDX-License-Identifier: GPL-2.0
/*
 * Helpers of the tests: files, registers of other CPUs, the kernel's log.
 */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"
#include "helpers.h"

int pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* fork() with a pipe from the child: it writes to *end, the parent reads from it */
pid_t fork_with_pipe(int *end)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	*end = fds[!pid];
	close(fds[!!pid]);
	return pid;
}

static void be_busy(int cpu, int ready)
{
	struct sched_param none = {};
	int i;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || pin_to_cpu(cpu) ||
	    sched_setscheduler(0, SCHED_IDLE, &none) || write(ready, "", 1) != 1)
		_exit(1);
	/* At a pause an emulator that runs CPUs in turn goes to the next. */
	for (;; __builtin_ia32_pause())
		for (i = 0; i < 1000; i++)
			asm volatile("");
}

/*
 * All other CPUs run something until the caller ends. One that is idle may look by itself
 * whether there is something to do (MWAIT, "idle=poll"), and takes no IPI then.
 */
int keep_cpus_busy(void)
{
	int cpu, end = -1, busy = 0;
	char ready;
	pid_t pid;

	for (cpu = sysconf(_SC_NPROCESSORS_CONF); cpu--;) {
		if (cpu == sched_getcpu())
			continue;
		pid = fork_with_pipe(&end);
		if (!pid)
			be_busy(cpu, end);
		if (pid < 0)
			return -1;
		busy += read(end, &ready, 1) == 1;
		close(end);
	}
	/* One that is offline cannot be. */
	return busy == cpu_count() - 1 ? 0 : -1;
}

int cpu_count(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

bool file_contains(const char *path, const char *text)
{
	static char buf[1 << 20];

	return !read_file(path, buf, sizeof(buf)) && strstr(buf, text);
}

static int open_msr(int cpu, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", cpu);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The other CPU reads it in an interrupt, which has asked for nothing. */
int read_msr(int cpu, __u32 msr, __u64 *val)
{
	int fd = open_msr(cpu, O_RDONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (pread(fd, val, sizeof(*val), msr) != sizeof(*val))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

int write_msr(int cpu, __u32 msr, __u64 val)
{
	int fd = open_msr(cpu, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (pwrite(fd, &val, sizeof(val), msr) != sizeof(val))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

int set_cpu_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return write_file(path, online ? "1" : "0");
}

/* A counter of the feature, of all CPUs; all ones if it cannot be had */
unsigned long sum_counter(const char *path, const char *name)
{
	unsigned long long sum;

	return counters_sum(path, &name, &sum, 1) == cpu_count() ? sum : ~0ul;
}

/* What /proc/interrupts says of all CPUs; all ones if it has no such line */
unsigned long sum_interrupts(const char *name)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long value, sum = 0;
	char word[64];
	int cpus = 0;

	while (file && fscanf(file, "%63s", word) == 1 && strcmp(word, name))
		;
	while (file && fscanf(file, "%lu", &value) == 1) {
		sum += value;
		cpus++;
	}
	if (file)
		fclose(file);
	return cpus == cpu_count() ? sum : ~0ul;
}

int set_mode(const char *mode)
{
	return write_file(CHOICE_MODE, mode);
}

/* Is there more than "page"? Only on a kernel with CONFIG_PKS_COMPARE */
bool has_schemes(void)
{
	return !access(CHOICE_SCHEME, F_OK);
}

static int insert_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		ret = -errno;
	close(fd);
	return ret;
}

/* From beside the tests, where the kernel's tree built it, or the guest's own */
int load_driver(void)
{
	int ret = insert_module("pks_test/pks_test.ko");

	return ret == -ENOENT ? insert_module("/lib/pks_test.ko") : ret;
}

/* Before any test: without the driver there is nothing to be tested. */
void __attribute__((constructor)) want_driver(void)
{
	int ret = access(PKS_TEST_DEVICE, F_OK) ? load_driver() : 0;

	if (!ret)
		return;
	printf("TAP version 13\n1..0 # SKIP there is no %s, and loading the module failed: %s\n",
	       PKS_TEST_DEVICE, strerror(-ret));
	exit(KSFT_SKIP);
}

int unload_driver(void)
{
	return syscall(SYS_delete_module, "pks_test", O_NONBLOCK) ? -errno : 0;
}

/* Why there is no page here that kmap() opens, or NULL */
const char *cannot_kmap(const struct driver *drv)
{
	if (!driver_has_pks(drv))
		return "this kernel runs without PKS";
	if (!drv->info.pkey)
		return "this kernel has no key for kmap() (CONFIG_PKS_KMAP)";
	return NULL;
}

#define WAKE_ALARM	"/sys/class/rtc/rtc0/wakealarm"

/* Why this machine cannot be put to sleep, or NULL */
const char *cannot_sleep(void)
{
	if (file_contains("/proc/cmdline", "pks_clock=instructions"))
		return "on the instruction clock nothing wakes a machine that sleeps";
	if (file_contains("/proc/cmdline", "pks_no_sleep"))
		return "this machine would not come back (pks_no_sleep)";
	if (!file_contains("/sys/power/mem_sleep", "deep") || access(WAKE_ALARM, W_OK))
		return "this machine has no S3, or no clock to wake it up";
	return NULL;
}

/*
 * Wake up in so many seconds. An alarm that goes off before the machine sleeps
 * would never wake it; with the count of wakeups named first, the kernel sees
 * that alarm, and says EBUSY instead of going to sleep. It does not see one that
 * comes at the very last, when the interrupts of devices are off and the other
 * CPUs go: only time helps there.
 */
static int suspend_to_ram(int seconds)
{
	static const char count[] = "/sys/power/wakeup_count";
	char text[32] = "";
	int ret;

	write_file(WAKE_ALARM, "0");
	ret = read_file(count, text, sizeof(text)) ?: write_file(count, text);
	if (ret)
		return ret;
	snprintf(text, sizeof(text), "+%d", seconds);
	return write_file(WAKE_ALARM, text) ?: write_file("/sys/power/state", "mem");
}

/* A machine with other things to do takes longer to get to sleep. */
int sleep_and_wake(void)
{
	int seconds, ret = -EBUSY;

	for (seconds = 5; ret == -EBUSY && seconds <= 40; seconds *= 2)
		ret = suspend_to_ram(seconds);
	return ret;
}

/* A place in the kernel's log: what is said from now on */
int kmsg_now(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

/* The next line that has the text, until the next call; NULL where there is none */
const char *kmsg_find(int since, const char *text)
{
	static char line[1024];
	ssize_t len;

	for (;;) {
		len = read(since, line, sizeof(line) - 1);
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return NULL;
		line[len] = '\0';
		if (strstr(line, text))
			return line;
	}
}

bool kmsg_says(int since, const char *text)
{
	return kmsg_find(since, text);
}

/* The next line that has the text says of which page, too */
bool kmsg_says_of(int since, const char *text, unsigned long long pfn)
{
	const char *line = kmsg_find(since, text);
	char page[32];
	int len = snprintf(page, sizeof(page), "pfn 0x%llx", pfn);
	const char *at = line ? strstr(line, page) : NULL;

	return at && !isxdigit(at[len]);
}

/* Where in /proc/kcore an address is, physical or virtual, -1 if nowhere */
off_t find_in_kcore(int fd, __u64 addr, bool virtual)
{
	Elf64_Phdr header;
	Elf64_Ehdr elf;
	__u64 start;
	int i;

	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf))
		return -1;
	for (i = 0; i < elf.e_phnum; i++) {
		if (pread(fd, &header, sizeof(header), elf.e_phoff + i * sizeof(header)) !=
		    sizeof(header))
			return -1;
		start = virtual ? header.p_vaddr : header.p_paddr;
		if (header.p_type == PT_LOAD && start <= addr &&
		    addr - start < header.p_filesz)
			return header.p_offset + addr - start;
	}
	return -1;
}

/* The address of a symbol of the kernel, 0: none */
__u64 kernel_symbol(const char *wanted)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long long addr, found = 0;
	char name[256];

	if (!file)
		return 0;
	while (!found && fscanf(file, "%llx %*c %255s%*[^\n]", &addr, name) == 2)
		if (!strcmp(name, wanted))
			found = addr;
	fclose(file);
	return found;
}

/* Where the next symbol behind an address is: what begins there ends before it */
__u64 kernel_symbol_behind(__u64 addr)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long long at, next = ~0ull;

	if (!file)
		return 0;
	while (fscanf(file, "%llx %*c %*s%*[^\n]", &at) == 1)
		if (at > addr && at < next)
			next = at;
	fclose(file);
	return next;
}

#define FAIL "/sys/kernel/debug/fail_function/"

/* NULL, or why no change of the page tables can be made to fail */
const char *cannot_fail(void)
{
	return access(FAIL, F_OK) ?
	       "this kernel lets no function fail (CONFIG_FAIL_FUNCTION)" : NULL;
}

/* The call of that number from now on, and no other, returns -ENOMEM instead. */
static int fail_call(const char *function, unsigned int nr, const char *of_caller_alone)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), FAIL "%s/retval", function);
	snprintf(text, sizeof(text), "%u", nr);
	/* none before all is set */
	return write_file(FAIL "times", "0") ?:
	       write_file(FAIL "inject", function) ?:
	       write_file(path, "0xfffffffffffffff4") ?:
	       write_file(FAIL "verbose", "0") ?:
	       write_file(FAIL "task-filter", of_caller_alone) ?:
	       write_file("/proc/self/make-it-fail", "1") ?:
	       write_file(FAIL "probability", "100") ?:
	       write_file(FAIL "interval", "1") ?:
	       /* so many calls, this one among them, and it fails */
	       write_file(FAIL "space", text) ?:
	       write_file(FAIL "times", "1");
}

/* One of the next changes of keys that the caller makes itself fails: the first is 1. */
int fail_at(unsigned int nr)
{
	return fail_call("arch_set_memory_pkey", nr, "1");
}

/* One of the next calls of it fails, whoever makes it: what is freed, a worker changes. */
int fail_anyones(const char *function, unsigned int nr)
{
	return fail_call(function, nr, "0");
}

/* Nothing fails any more. */
int fail_no_more(void)
{
	return write_file(FAIL "inject", "\n");
}

/* One operation on one page, unless @run says more; a name the driver lacks is -ENOENT. */
int run_pattern(struct driver *drv, const char *pattern, const char *context,
		struct pks_test_run *run)
{
	int ret = driver_choose(drv, run, pattern, context);

	if (ret)
		return ret;
	run->repeat = run->repeat ?: 1;
	run->pages = run->pages ?: 1;
	return driver_run(drv, run);
}

/*
 * Every context of the driver that this machine has the CPUs for, from *index
 * on, with a run that is set up for it.
 */
bool next_context(struct driver *drv, unsigned int *index,
		  struct pks_test_item *item, struct pks_test_run *run)
{
	bool other;

	do {
		if (driver_item(drv, PKS_TEST_CONTEXTS, (*index)++, item))
			return false;
		other = item->flags & PKS_TEST_OTHER_CPU;
	} while (other && cpu_count() < 2);

	*run = (struct pks_test_run){ .cpu = other };
	return true;
}

/* Every scheme that opens a page for everyone, at the cost of all, from *index on */
bool next_scheme_for_all(const struct driver *drv, unsigned int *index,
			 struct pks_test_item *item)
{
	do {
		if (driver_item(drv, PKS_TEST_SCHEMES, (*index)++, item))
			return false;
	} while (!(item->flags & PKS_TEST_KMAP_SLEEPS));
	return true;
}

/*
 * KiB that are free, with those that CPUs keep for themselves: these come and go by tens of
 * MiB. -1: they cannot be read.
 */
long free_kib(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	long pages, sum = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " pages free %ld", &pages) == 1 ||
		    sscanf(line, " count: %ld", &pages) == 1)
			sum += pages;
	}
	if (file)
		fclose(file);
	return sum ? sum * (sysconf(_SC_PAGESIZE) / 1024) : -1;
}
