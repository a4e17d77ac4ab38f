// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of /dev/pks_test: what they refuse, and how; what they write, and
 * no more than that; what becomes of two callers, a signal, a close.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define CANARY		0xa5
#define NOBODY		65534

/* What the driver has, see driver_item() */
struct sizes {
	unsigned int patterns, contexts;
	unsigned int nothing, switching;
};

FIXTURE(abi) {
	struct driver drv;
	struct sizes have;
	unsigned char *buf;	/* two pages, and one behind them that is not there */
	size_t page;
};

static unsigned int list_length(struct driver *drv, unsigned int list)
{
	struct pks_test_item item;
	unsigned int n = 0;

	while (!driver_item(drv, list, n, &item))
		n++;
	return n;
}

FIXTURE_SETUP(abi)
{
	struct pks_test_item item;

	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	self->page = getpagesize();
	self->buf = mmap(NULL, 3 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buf);
	ASSERT_EQ(0, munmap(self->buf + 2 * self->page, self->page));
	self->have.patterns = list_length(&self->drv, PKS_TEST_PATTERNS);
	self->have.contexts = list_length(&self->drv, PKS_TEST_CONTEXTS);
	/* Two that need no PKS: one is over at once, one sleeps all the time */
	ASSERT_EQ(0, driver_find(&self->drv, PKS_TEST_PATTERNS, "nothing", &item));
	self->have.nothing = item.index;
	ASSERT_EQ(0, driver_find(&self->drv, PKS_TEST_PATTERNS, "switch_none", &item));
	self->have.switching = item.index;
}

FIXTURE_TEARDOWN(abi)
{
	driver_close(&self->drv);
}

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

/* A run that is good: of "nothing", once, here */
static struct pks_test_run good_run(const struct sizes *have)
{
	return (struct pks_test_run){
		.size = sizeof(struct pks_test_run), .pattern = have->nothing,
		.repeat = 1, .pages = 1, .cpu = -1,
	};
}

/* Each ioctl with a struct that it takes, for what is the same for all */
struct good_call {
	const char *name;
	unsigned long cmd;
	size_t size;
	union {
		struct pks_test_info info;
		struct pks_test_item item;
		struct pks_test_run run;
		struct pks_test_steps steps;
	} arg;
};

#define NR_CALLS 4

static void good_calls(const struct sizes *have, struct good_call calls[NR_CALLS])
{
	calls[0] = (struct good_call){
		.name = "info", .cmd = PKS_TEST_IOC_INFO, .size = sizeof(calls->arg.info),
	};
	calls[0].arg.info = (struct pks_test_info){ .size = calls[0].size };
	calls[1] = (struct good_call){
		.name = "item", .cmd = PKS_TEST_IOC_ITEM, .size = sizeof(calls->arg.item),
	};
	calls[1].arg.item = (struct pks_test_item){ .size = calls[1].size };
	calls[2] = (struct good_call){
		.name = "run", .cmd = PKS_TEST_IOC_RUN, .size = sizeof(calls->arg.run),
	};
	calls[2].arg.run = good_run(have);
	calls[3] = (struct good_call){
		.name = "steps", .cmd = PKS_TEST_IOC_STEPS, .size = sizeof(calls->arg.steps),
	};
	calls[3].arg.steps = (struct pks_test_steps){ .size = calls[3].size, .count_keys = 1 };
}

/* The struct at @at, with a size of @size and zeroes as far as that goes */
static void put(unsigned char *at, const struct good_call *call, __u32 size)
{
	size_t copied = size < call->size ? size : call->size;

	memset(at, 0, size);
	memcpy(at, &call->arg, copied < sizeof(size) ? sizeof(size) : copied);
	memcpy(at, &size, sizeof(size));
}

TEST_F(abi, ABI_it_is_roots_alone)
{
	struct stat st;
	int status;
	pid_t pid;

	ASSERT_EQ(0, stat(PKS_TEST_DEVICE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);

	/* Whatever the file says, the driver wants to know for itself. */
	ASSERT_EQ(0, chmod(PKS_TEST_DEVICE, 0666));
	pid = fork();
	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		_exit(open(PKS_TEST_DEVICE, O_RDWR) < 0 && errno == EPERM ? 0 : 2);
	}
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, chmod(PKS_TEST_DEVICE, 0600));
	EXPECT_EQ(0, status);
}

TEST_F(abi, ABI_other_commands_are_no_ioctls_of_it)
{
	struct pks_test_run run = good_run(&self->have);
	int fd = self->drv.fd;

	EXPECT_EQ(-ENOTTY, call(fd, 0, &run));
	EXPECT_EQ(-ENOTTY, call(fd, _IOWR(PKS_TEST_IOC_MAGIC, 0x04, struct pks_test_run), &run));
	EXPECT_EQ(-ENOTTY, call(fd, _IOWR(PKS_TEST_IOC_MAGIC, 0xff, struct pks_test_run), &run));
	EXPECT_EQ(-ENOTTY, call(fd, _IOWR(PKS_TEST_IOC_MAGIC - 1, 0x02, struct pks_test_run), &run));
	EXPECT_EQ(-ENOTTY, call(fd, _IOW(PKS_TEST_IOC_MAGIC, 0x02, struct pks_test_run), &run));
	EXPECT_EQ(-ENOTTY, call(fd, _IO(PKS_TEST_IOC_MAGIC, 0x02), &run));
	EXPECT_EQ(-1, read(fd, &run, sizeof(run)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(fd, &run, sizeof(run)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

/* A system call as 32-bit programs make it: arguments of 32 bits */
static int call_32(int number, unsigned int a, unsigned int b, unsigned int c)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret) : "0" (number), "b" (a), "c" (b), "d" (c)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

#define GETPID_32	20
#define IOCTL_32	54

static void no_32_bits(int sig)
{
	_exit(1);
}

/* A kernel that takes none has no gate there. */
static bool takes_32_bit_calls(void)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		signal(SIGSEGV, no_32_bits);
		_exit(call_32(GETPID_32, 0, 0, 0) != getpid());
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

TEST_F(abi, ABI_32_bit_programs_get_the_same)
{
	/* Of the pages that they have, one whose address is no positive int */
	unsigned char *low = (void *)0xf0000000ul;
	struct good_call calls[NR_CALLS];
	struct pks_test_run *run = (void *)low;
	unsigned int i;

	if (!takes_32_bit_calls())
		SKIP(return, "this kernel takes no 32-bit system calls (CONFIG_IA32_EMULATION)");
	ASSERT_EQ(low, mmap(low, self->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));

	good_calls(&self->have, calls);
	calls[2].arg.run.nsamples = 1;
	calls[2].arg.run.samples = (unsigned long)low + self->page / 2;
	for (i = 0; i < NR_CALLS; i++) {
		struct good_call *c = &calls[i];

		put(low, c, c->size);
		EXPECT_EQ(0, call_32(IOCTL_32, self->drv.fd, c->cmd, (unsigned long)low)) {
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(0, call(self->drv.fd, c->cmd, &c->arg));
		if (c->cmd != PKS_TEST_IOC_RUN) {
			EXPECT_EQ(0, memcmp(low, &c->arg, c->size)) TH_LOG("%s", c->name);
			continue;
		}
		/* The figures of two runs are not the same. */
		EXPECT_EQ(1, run->done);
		EXPECT_EQ(1, run->nsamples);
	}
	EXPECT_EQ(-ENOTTY, call_32(IOCTL_32, self->drv.fd,
				   _IOWR(PKS_TEST_IOC_MAGIC, 0x04, struct pks_test_run),
				   (unsigned long)low));
	EXPECT_EQ(-EFAULT, call_32(IOCTL_32, self->drv.fd, PKS_TEST_IOC_INFO, 0));
	EXPECT_EQ(0, munmap(low, self->page));
}

TEST_F(abi, ABI_info_says_which_version)
{
	struct pks_test_info info = { .size = sizeof(info), .version = 99, .flags = ~0u };

	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_INFO, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(PKS_TEST_VERSION, info.version);
	EXPECT_EQ(0, info.flags & ~(PKS_TEST_HAS_PKS | PKS_TEST_HAS_DEBUG |
				    PKS_TEST_STORE_HASH));
	EXPECT_LT(1000, info.tsc_khz);
}

TEST_F(abi, ABI_sizes_that_cannot_be)
{
	static const __u32 sizes[] = { 0, 1, 3, 4097, 1u << 31, UINT_MAX };
	struct good_call calls[NR_CALLS];
	unsigned int i, j;

	good_calls(&self->have, calls);
	for (i = 0; i < NR_CALLS; i++) {
		for (j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
			put(self->buf, &calls[i], calls[i].size);
			memcpy(self->buf, &sizes[j], sizeof(*sizes));
			EXPECT_EQ(-EINVAL, call(self->drv.fd, calls[i].cmd, self->buf)) {
				TH_LOG("%s, size %u", calls[i].name, sizes[j]);
			}
		}
	}
}

/* Newer userspace: more than the driver knows, and all of that is zero, or not */
TEST_F(abi, ABI_a_longer_struct_is_taken_if_the_rest_is_zero)
{
	struct good_call calls[NR_CALLS];
	unsigned int i, at;

	good_calls(&self->have, calls);
	for (i = 0; i < NR_CALLS; i++) {
		struct good_call *c = &calls[i];
		unsigned long newer = _IOC(_IOC_DIR(c->cmd), _IOC_TYPE(c->cmd),
					   _IOC_NR(c->cmd), c->size + 8);

		put(self->buf, c, c->size + 8);
		EXPECT_EQ(0, call(self->drv.fd, c->cmd, self->buf)) TH_LOG("%s", c->name);
		put(self->buf, c, c->size + 8);
		EXPECT_EQ(0, call(self->drv.fd, newer, self->buf)) {
			TH_LOG("%s, as newer userspace numbers it", c->name);
		}
		put(self->buf, c, 4096);
		EXPECT_EQ(0, call(self->drv.fd, c->cmd, self->buf)) TH_LOG("%s", c->name);
		for (at = c->size; at < c->size + 8; at++) {
			put(self->buf, c, c->size + 8);
			self->buf[at] = 1;
			EXPECT_EQ(-E2BIG, call(self->drv.fd, c->cmd, self->buf)) {
				TH_LOG("%s, byte %u", c->name, at);
			}
		}
		put(self->buf, c, 4096);
		self->buf[4095] = 1;
		EXPECT_EQ(-E2BIG, call(self->drv.fd, c->cmd, self->buf)) TH_LOG("%s", c->name);
	}
}

/* Older userspace: less than the driver knows, and no byte behind that changes */
TEST_F(abi, ABI_a_shorter_struct_is_not_written_beyond)
{
	static const __u32 sizes[NR_CALLS] = {
		offsetof(struct pks_test_info, flags),
		offsetof(struct pks_test_item, desc),
		offsetof(struct pks_test_run, denied),
		offsetof(struct pks_test_steps, keys),
	};
	struct good_call calls[NR_CALLS];
	struct pks_test_info *info = (void *)self->buf;
	unsigned int i, at;

	good_calls(&self->have, calls);
	for (i = 0; i < NR_CALLS; i++) {
		memset(self->buf, CANARY, 2 * self->page);
		put(self->buf, &calls[i], sizes[i]);
		EXPECT_EQ(0, call(self->drv.fd, calls[i].cmd, self->buf)) {
			TH_LOG("%s", calls[i].name);
		}
		for (at = sizes[i]; at < 2 * self->page; at++) {
			if (self->buf[at] != CANARY)
				break;
		}
		EXPECT_EQ(2 * self->page, at) {
			TH_LOG("%s: byte %u was written", calls[i].name, at);
		}
	}
	/* The size alone is a struct, too, though for a run it asks for nothing. */
	put(self->buf, &calls[0], sizeof(__u32));
	info->version = 99;
	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_INFO, self->buf));
	EXPECT_EQ(99, info->version);
	put(self->buf, &calls[2], sizeof(__u32));
	EXPECT_EQ(-EINVAL, call(self->drv.fd, PKS_TEST_IOC_RUN, self->buf));
}

TEST_F(abi, ABI_pointers_that_lead_nowhere)
{
	unsigned char *end = self->buf + 2 * self->page;
	struct good_call calls[NR_CALLS];
	unsigned int i;

	good_calls(&self->have, calls);
	for (i = 0; i < NR_CALLS; i++) {
		unsigned long cmd = calls[i].cmd;
		int fd = self->drv.fd;

		EXPECT_EQ(-EFAULT, call(fd, cmd, NULL)) TH_LOG("%s", calls[i].name);
		EXPECT_EQ(-EFAULT, call(fd, cmd, end)) TH_LOG("%s", calls[i].name);
		EXPECT_EQ(-EFAULT, call(fd, cmd, (void *)0xffff888000000000ul)) {
			TH_LOG("%s", calls[i].name);
		}
		/* The size can be read, the rest cannot. */
		memcpy(end - 8, &calls[i].arg, 8);
		EXPECT_EQ(-EFAULT, call(fd, cmd, end - 8)) TH_LOG("%s", calls[i].name);
		/* It ends where memory does, at an odd address. */
		put(end - calls[i].size, &calls[i], calls[i].size);
		EXPECT_EQ(0, call(fd, cmd, end - calls[i].size)) TH_LOG("%s", calls[i].name);
		put(self->buf + 1, &calls[i], calls[i].size);
		EXPECT_EQ(0, call(fd, cmd, self->buf + 1)) TH_LOG("%s", calls[i].name);
		/* It can be read, but not written. */
		put(self->buf, &calls[i], calls[i].size);
		ASSERT_EQ(0, mprotect(self->buf, self->page, PROT_READ));
		EXPECT_EQ(-EFAULT, call(fd, cmd, self->buf)) TH_LOG("%s", calls[i].name);
		ASSERT_EQ(0, mprotect(self->buf, self->page, PROT_READ | PROT_WRITE));
	}
}

#define ITEM(_list, _index) \
	((struct pks_test_item){ .size = sizeof(struct pks_test_item), \
				 .list = _list, .index = _index })

TEST_F(abi, ABI_lists_have_an_end)
{
	struct pks_test_item item;
	unsigned int list, n;

	for (list = PKS_TEST_PATTERNS; list <= PKS_TEST_SCHEMES; list++) {
		for (n = 0; ; n++) {
			item = ITEM(list, n);
			if (call(self->drv.fd, PKS_TEST_IOC_ITEM, &item))
				break;
			EXPECT_NE(0, item.name[0]);
			EXPECT_EQ(0, item.name[sizeof(item.name) - 1]);
			EXPECT_NE(0, item.desc[0]);
			EXPECT_EQ(0, item.desc[sizeof(item.desc) - 1]);
			ASSERT_GT(1000, n);
		}
		EXPECT_EQ(EINVAL, errno);
		item = ITEM(list, UINT_MAX);
		EXPECT_EQ(-EINVAL, call(self->drv.fd, PKS_TEST_IOC_ITEM, &item));
	}
	item = ITEM(PKS_TEST_SCHEMES + 1, 0);
	EXPECT_EQ(-EINVAL, call(self->drv.fd, PKS_TEST_IOC_ITEM, &item));
	item = ITEM(UINT_MAX, 0);
	EXPECT_EQ(-EINVAL, call(self->drv.fd, PKS_TEST_IOC_ITEM, &item));
}

/*
 * Each field of a run at its bounds and beyond, the others good. One of them is a million
 * operations, for which 30 s are not enough on Bochs with two CPUs.
 */
TEST_F_TIMEOUT(abi, ABI_a_run_has_bounds, 240)
{
	int cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int nothing = self->have.nothing;
	const struct {
		struct pks_test_run run;
		int ret;
	} cases[] = {
		{ { .repeat = 0, .pages = 1, .cpu = -1 }, -EINVAL },
		{ { .repeat = PKS_TEST_REPEAT_MAX, .pages = 1, .cpu = -1 }, 0 },
		{ { .repeat = PKS_TEST_REPEAT_MAX + 1, .pages = 1, .cpu = -1 }, -EINVAL },
		{ { .repeat = UINT_MAX, .pages = 1, .cpu = -1 }, -EINVAL },
		{ { .repeat = 1, .pages = 0, .cpu = -1 }, -EINVAL },
		{ { .repeat = 1, .pages = PKS_TEST_PAGES_MAX, .cpu = -1 }, 0 },
		{ { .repeat = 1, .pages = PKS_TEST_PAGES_MAX + 1, .cpu = -1 }, -EINVAL },
		{ { .repeat = 1, .pages = UINT_MAX, .cpu = -1 }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -2 }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = INT_MIN }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = 0 }, 0 },
		{ { .repeat = 1, .pages = 1, .cpu = cpus }, -ENODEV },
		{ { .repeat = 1, .pages = 1, .cpu = INT_MAX }, -ENODEV },
		{ { .repeat = 1, .pages = 1, .cpu = -1, .flags = 3 }, 0 },
		{ { .repeat = 1, .pages = 1, .cpu = -1, .flags = 4 }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1, .flags = 1u << 31 }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1, .context = 1 }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1,
		    .context = self->have.contexts }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1, .context = UINT_MAX }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1,
		    .pattern = self->have.patterns - nothing }, -EINVAL },
		{ { .repeat = 1, .pages = 1, .cpu = -1,
		    .pattern = UINT_MAX - nothing }, -EINVAL },
	};
	struct pks_test_run run;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		run = cases[i].run;
		run.size = sizeof(run);
		run.pattern += nothing;
		EXPECT_EQ(cases[i].ret, call(self->drv.fd, PKS_TEST_IOC_RUN, &run)) {
			TH_LOG("case %u", i);
		}
		if (!cases[i].ret)
			EXPECT_EQ(run.repeat, run.touched) TH_LOG("case %u", i);
	}
}

TEST_F(abi, ABI_steps_have_bounds)
{
	static const struct pks_test_steps cases[] = {
		{ .nr = 0 },
		{ .nr = 1, .count_keys = 1 },
		{ .nr = 1, .pad = 1 },
		{ .nr = PKS_TEST_STEPS_MAX + 1 },
		{ .nr = UINT_MAX },
		{ .count_keys = 2 },
		{ .count_keys = 1, .pad = 1 },
	};
	struct pks_test_steps steps;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		steps = cases[i];
		steps.size = sizeof(steps);
		EXPECT_EQ(-EINVAL, call(self->drv.fd, PKS_TEST_IOC_STEPS, &steps)) {
			TH_LOG("case %u", i);
		}
	}
}

/* What they point to, and that nothing is left where the answer has no room */
TEST_F(abi, ABI_steps_fit_their_room)
{
	unsigned char *end = self->buf + 2 * self->page;
	struct pks_test_step *step = (void *)end - 2 * sizeof(*step);
	struct pks_test_steps steps = { .size = sizeof(steps), .nr = 2 };
	int fd = self->drv.fd;

	if (!self->drv.info.pkey)
		SKIP(return, "this kernel has no key for kmap()");
	memset(step, 0, 2 * sizeof(*step));
	step[0] = (struct pks_test_step){ .op = PKS_TEST_STEP_ALLOC };
	step[1] = (struct pks_test_step){ .op = PKS_TEST_STEP_TAG, .nr = 1 };
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_STEPS, &steps));
	steps.steps = (unsigned long)step;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_STEPS, &steps));
	steps.steps += 1;
	steps.pages = (unsigned long)self->buf;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_STEPS, &steps));
	steps.steps = 0xffff888000000000ul;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_STEPS, &steps));
	/* The second page's room is a page short of what two steps need. */
	steps.steps = (unsigned long)step;
	steps.pages += self->page;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_STEPS, &steps));

	steps = (struct pks_test_steps){ .size = sizeof(steps), .count_keys = 1 };
	EXPECT_EQ(0, call(fd, PKS_TEST_IOC_STEPS, &steps));
	EXPECT_EQ(0, steps.keys);
}

TEST_F(abi, ABI_a_cpu_has_to_be_online)
{
	struct pks_test_run run = good_run(&self->have);

	run.cpu = cpu_count() - 1;
	if (!run.cpu)
		SKIP(return, "one CPU: nothing to take offline");
	ASSERT_EQ(0, set_cpu_online(run.cpu, false));
	EXPECT_EQ(-ENODEV, call(self->drv.fd, PKS_TEST_IOC_RUN, &run));
	ASSERT_EQ(0, set_cpu_online(run.cpu, true));
	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_RUN, &run));
}

TEST_F(abi, ABI_samples_fit_their_room)
{
	struct pks_test_sample *samples = (void *)self->buf;
	struct pks_test_run run = good_run(&self->have);
	unsigned char *end = self->buf + 2 * self->page;
	int fd = self->drv.fd;

	/* Room for more than there are: what is behind them stays as it is. */
	memset(self->buf, CANARY, self->page);
	run.repeat = 3;
	run.nsamples = UINT_MAX;
	run.samples = (uintptr_t)samples;
	EXPECT_EQ(0, call(fd, PKS_TEST_IOC_RUN, &run));
	EXPECT_EQ(3, run.nsamples);
	EXPECT_LT(0, samples[2].map);
	EXPECT_EQ(CANARY, *(unsigned char *)&samples[3]);

	/* Room for fewer */
	memset(self->buf, CANARY, self->page);
	run = good_run(&self->have);
	run.repeat = 3;
	run.nsamples = 2;
	run.samples = (uintptr_t)samples;
	EXPECT_EQ(0, call(fd, PKS_TEST_IOC_RUN, &run));
	EXPECT_EQ(2, run.nsamples);
	EXPECT_EQ(3, run.done);
	EXPECT_EQ(CANARY, *(unsigned char *)&samples[2]);

	/* No room, and none that there is */
	run.samples = 0;
	EXPECT_EQ(0, call(fd, PKS_TEST_IOC_RUN, &run));
	EXPECT_EQ(0, run.nsamples);
	run.samples = (uintptr_t)end;
	EXPECT_EQ(0, call(fd, PKS_TEST_IOC_RUN, &run));
	run.nsamples = 1;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_RUN, &run));
	run.samples = (uintptr_t)end - sizeof(*samples) / 2;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_RUN, &run));
	run.samples = 0xffff888000000000ul;
	EXPECT_EQ(-EFAULT, call(fd, PKS_TEST_IOC_RUN, &run));
}

TEST_F(abi, ABI_outputs_are_not_inputs)
{
	struct pks_test_run run;

	memset(&run, CANARY, sizeof(run));
	memcpy(&run, &(struct pks_test_run){
		.size = sizeof(run), .pattern = self->have.nothing,
		.repeat = 7, .pages = 1, .cpu = -1,
	}, offsetof(struct pks_test_run, done));
	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_RUN, &run));
	EXPECT_EQ(7, run.done);
	EXPECT_EQ(7, run.touched);
	EXPECT_EQ(0, run.denied + run.wrong + run.counts.faults + run.depth_inside +
		  run.depth_after + run.count_after);
	EXPECT_EQ(self->drv.info.pkrs_default, run.pkrs_after);
}

TEST_F(abi, ABI_it_can_be_mapped_privately)
{
	void *map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->drv.fd, 0);

	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	map = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->drv.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, *(char *)map);
	memset(map, CANARY, self->page);
	EXPECT_EQ(0, munmap(map, self->page));
}

/* A run that would take minutes, in a thread of its own */
struct runner {
	struct driver *drv;
	struct pks_test_run run;
	struct pks_test_sample samples[4];
	pthread_t thread;
	pid_t tid;
	int ret;
};

static void on_signal(int sig)
{
}

static void *runner_fn(void *arg)
{
	struct runner *runner = arg;

	runner->tid = gettid();
	/* Who looks whether it is busy may have been there first. */
	do {
		runner->ret = call(runner->drv->fd, PKS_TEST_IOC_RUN, &runner->run);
	} while (runner->ret == -EBUSY);
	return NULL;
}

static bool start_runner(struct runner *runner, struct driver *drv,
			 const struct sizes *have)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct pks_test_run probe = good_run(have);
	int ret = 0, tries = 1000;

	runner->drv = drv;
	runner->run = good_run(have);
	runner->run.pattern = have->switching;
	runner->run.repeat = PKS_TEST_REPEAT_MAX;
	runner->run.nsamples = 4;
	runner->run.samples = (uintptr_t)runner->samples;
	if (sigaction(SIGUSR1, &act, NULL) ||
	    pthread_create(&runner->thread, NULL, runner_fn, runner))
		return false;
	while (tries-- && ret != -EBUSY) {
		usleep(5000);
		ret = call(drv->fd, PKS_TEST_IOC_RUN, &probe);
	}
	return ret == -EBUSY;
}

/* How often its thread has slept: in the driver, once an operation, and before the first */
static long times_slept(struct runner *runner)
{
	static const char name[] = "\nvoluntary_ctxt_switches:";
	char path[64], text[4096], *line;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", runner->tid);
	if (read_file(path, text, sizeof(text)))
		return -1;
	line = strstr(text, name);
	return line ? atol(line + strlen(name)) : -1;
}

/*
 * What it has done is told at its end alone. Until the thread that it switches with is there
 * it may sleep a few times; 20 are enough for that, and for five operations.
 */
static bool wait_for_operations(struct runner *runner)
{
	long begin = times_slept(runner), end = begin + 20, now = begin;
	int tries = 1000;

	while (tries-- && now >= 0 && now < end) {
		usleep(5000);
		now = times_slept(runner);
	}
	return begin >= 0 && now >= end;
}

static void stop_runner(struct runner *runner)
{
	pthread_kill(runner->thread, SIGUSR1);
	pthread_join(runner->thread, NULL);
}

TEST_F(abi, ABI_one_run_at_a_time)
{
	struct pks_test_run run = good_run(&self->have);
	struct pks_test_info info = { .size = sizeof(info) };
	struct runner runner;
	struct driver other;

	ASSERT_TRUE(start_runner(&runner, &self->drv, &self->have));
	EXPECT_EQ(-EBUSY, call(self->drv.fd, PKS_TEST_IOC_RUN, &run));
	/* but questions, and another file, which shares nothing with it */
	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_INFO, &info));
	EXPECT_EQ(0, driver_open(&other));
	EXPECT_EQ(0, call(other.fd, PKS_TEST_IOC_RUN, &run));
	driver_close(&other);
	stop_runner(&runner);
	EXPECT_EQ(-EINTR, runner.ret);
	EXPECT_EQ(0, call(self->drv.fd, PKS_TEST_IOC_RUN, &run));
}

TEST_F(abi, ABI_a_signal_ends_a_run_with_its_outputs)
{
	struct runner runner;

	ASSERT_TRUE(start_runner(&runner, &self->drv, &self->have));
	EXPECT_TRUE(wait_for_operations(&runner));
	stop_runner(&runner);
	EXPECT_EQ(-EINTR, runner.ret);
	EXPECT_LT(4, runner.run.done);
	EXPECT_GT(PKS_TEST_REPEAT_MAX, runner.run.done);
	EXPECT_EQ(runner.run.done, runner.run.touched);
	EXPECT_LE(2 * runner.run.done, runner.run.switches);
	EXPECT_EQ(4, runner.run.nsamples);
	EXPECT_LT(0, runner.samples[3].touch);
}

TEST_F(abi, ABI_closed_while_it_runs)
{
	struct runner runner;
	struct driver drv;

	ASSERT_EQ(0, driver_open(&drv));
	ASSERT_TRUE(start_runner(&runner, &drv, &self->have));
	EXPECT_EQ(0, close(drv.fd));
	EXPECT_TRUE(wait_for_operations(&runner));
	stop_runner(&runner);
	EXPECT_EQ(-EINTR, runner.ret);
	EXPECT_LT(0, runner.run.done);
	EXPECT_EQ(runner.run.done, runner.run.touched);
}

/* What userspace asks for by name, with numbers that cannot be meant together */
TEST_F(pks, ABI_a_context_runs_where_it_can)
{
	struct pks_test_run run = RUN(.cpu = 0);

	EXPECT_EQ(-EINVAL, run_pattern(&self->drv, "stray_read", "ipi", &run));
	if (cpu_count() < 2)
		return;
	run = RUN(.cpu = 1);
	EXPECT_EQ(-EINVAL, run_pattern(&self->drv, "stray_read", "hardirq", &run));
	run = RUN(.cpu = 0);
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "masked", "softirq", &run));
}

TEST_F(pks, ABI_the_first_cpu_may_have_to_stay)
{
	struct pks_test_run run = RUN(.cpu = 0);

	if (cpu_count() < 2)
		SKIP(return, "one CPU: there is no other to ask from");
	if (!access("/sys/devices/system/cpu/cpu0/online", F_OK))
		SKIP(return, "CPU 0 can go offline here");
	ASSERT_EQ(0, pin_to_cpu(1));
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "offline", NULL, &run));
}

/* A run that sleeps again and again, on a CPU; it says so before */
static void run_on(int cpu, const char *context, int end)
{
	struct pks_test_run run = RUN(.cpu = -1, .repeat = 500);
	struct driver drv;

	if (pin_to_cpu(cpu) || driver_open(&drv) || write(end, "", 1) != 1)
		_exit(1);
	_exit(run_pattern(&drv, "handoff", context, &run) ? 2 : 0);
}

/* The CPU goes and comes back, once the child at the other @end has said that it runs there */
static void send_cpu_away(struct __test_metadata *_metadata, int cpu, int end)
{
	char word;

	EXPECT_EQ(1, read(end, &word, 1));
	close(end);
	EXPECT_EQ(0, set_cpu_online(cpu, false));
	EXPECT_EQ(0, set_cpu_online(cpu, true));
}

/*
 * A run that cannot leave its CPU, and a CPU that is to go: both come to their end, even
 * where ksoftirqd, parked by then, would have had something to do for the run.
 */
TEST_F(pks, ABI_a_cpu_can_go_under_a_run)
{
	static const char * const contexts[] = { "kthread", "softirq", "bh" };
	int cpu = cpu_count() - 1, status, end;
	unsigned int i;
	pid_t pid;

	if (!cpu)
		SKIP(return, "one CPU: nothing to take offline");
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		pid = fork_with_pipe(&end);
		if (!pid)
			run_on(cpu, contexts[i], end);
		ASSERT_LT(0, pid);
		send_cpu_away(_metadata, cpu, end);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status) TH_LOG("%s", contexts[i]);
	}
}

/* Run after run on a CPU, each of which sleeps where it may not leave that */
static void run_and_run(int cpu, int end)
{
	struct pks_test_run run;
	struct driver drv;

	if (pin_to_cpu(cpu) || driver_open(&drv) || write(end, "", 1) != 1)
		_exit(1);
	do {
		run = RUN(.cpu = -1, .repeat = 5);
	} while (!run_pattern(&drv, "grant_switch", NULL, &run));
	_exit(2);
}

/*
 * Who is hardly ever seen where he may leave a CPU is sent away from there all the same.
 * Left to chance, that takes longer than a test may.
 */
TEST_F(pks, ABI_a_cpu_can_go_between_runs)
{
	int cpu = cpu_count() - 1, status, end;
	pid_t pid;

	if (!cpu)
		SKIP(return, "one CPU: nothing to take offline");
	pid = fork_with_pipe(&end);
	if (!pid)
		run_and_run(cpu, end);
	ASSERT_LT(0, pid);
	send_cpu_away(_metadata, cpu, end);
	EXPECT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(pks, ABI_what_may_sleep_does_not_run_where_one_cannot)
{
	struct pks_test_run run = RUN();

	if (!has_schemes())
		SKIP(return, "this kernel has nothing to compare with");
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "ipi"));
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "foreign_unmap", "hardirq", &run));
	run = RUN();
	EXPECT_EQ(0, run_pattern(&self->drv, "foreign_unmap", "workqueue", &run));
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "setmem"));
	run = RUN();
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "local_there", "hardirq", &run));
	run = RUN();
	EXPECT_EQ(-EOPNOTSUPP, run_pattern(&self->drv, "kmap_atomic", NULL, &run));
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

TEST_HARNESS_MAIN
