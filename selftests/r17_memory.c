// SPDX-License-Identifier: GPL-2.0
/*
 * R17: closed pages, and what else in the kernel touches memory. What the kernel
 * does by itself is triggered where it can be: hibernation, offlining, splitting,
 * compaction.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kernel-page-flags.h>
#include <linux/mman.h>

#include "common.h"

#define MEMORY		"/sys/devices/system/memory/"
#define SWAP		"/dev/ram0"
#define PAGE		4096ull
#define WORDS		(PAGE / sizeof(__u64))
#define HUGE		512	/* pages */
#define KPF_ARCH_3	42	/* of the kernel's own header */

TEST_F(pks, R17_parts_of_folios_are_refused)
{
	check_pattern(_metadata, &self->drv, "folio_parts");
}

TEST_F(pks, R17_copies_across_the_pages_of_a_folio)
{
	check_pattern(_metadata, &self->drv, "folio_copy");
}

TEST_F(pks, R17_a_folio_is_mapped_and_unmapped_anywhere)
{
	check_pattern(_metadata, &self->drv, "folio_map");
}

TEST_F(pks, R17_each_page_of_a_folio_has_its_count)
{
	check_pattern(_metadata, &self->drv, "folio_kmap");
}

TEST_F(pks, R17_pages_of_every_order_lose_their_key)
{
	check_pattern(_metadata, &self->drv, "folio_free");
}

TEST_F(pks, R17_a_block_is_closed_in_parts)
{
	check_pattern(_metadata, &self->drv, "block_parts");
}

TEST_F(pks, R17_a_block_is_taken_apart)
{
	check_pattern(_metadata, &self->drv, "block_split");
}

TEST_F(pks, R17_what_others_dispose_of_is_refused)
{
	check_pattern(_metadata, &self->drv, "refused");
}

TEST_F(pks, R17_bounce_buffers)
{
	if (!file_contains("/proc/cmdline", "swiotlb=force"))
		SKIP(return, "not booted with swiotlb=force: nothing bounces");
	check_pattern(_metadata, &self->drv, "bounce");
}

/* So many touches of the pages in an interrupt, which has asked for nothing */
static void check_pages(struct __test_metadata *_metadata, struct driver *drv,
			unsigned int pages, unsigned int open)
{
	struct pks_test_run run = RUN(.pages = pages, .repeat = pages);

	EXPECT_EQ(0, run_pattern(drv, "filled", NULL, &run));
	EXPECT_EQ(pages, run.touched);
	EXPECT_EQ(0, run.wrong);
	EXPECT_EQ(open, run.count_after);
	run = RUN(.pages = pages, .repeat = pages);
	EXPECT_EQ(0, run_pattern(drv, "stray_read", "hardirq", &run));
	EXPECT_EQ(open, run.touched);
	EXPECT_EQ(pages - open, run.denied);
	EXPECT_EQ(0, run.wrong);
}

/* To disk, and from there again without a reset between the two */
static int hibernate(void)
{
	return write_file("/sys/power/disk", "test_resume") ?:
	       write_file("/sys/power/state", "disk");
}

static void check_hibernation(struct __test_metadata *_metadata, struct driver *drv)
{
	struct pks_test_run run = RUN(.pages = 64, .repeat = 64);

	ASSERT_EQ(0, system("mkswap " SWAP " > /dev/null && swapon " SWAP));
	EXPECT_EQ(0, run_pattern(drv, "fill", NULL, &run));
	EXPECT_EQ(0, hibernate());
	check_pages(_metadata, drv, 64, 0);

	run = RUN(.pages = 32, .repeat = 32);
	EXPECT_EQ(0, run_pattern(drv, "hold", NULL, &run));
	EXPECT_EQ(0, hibernate());
	check_pages(_metadata, drv, 64, 32);

	run = RUN(.pages = 32, .repeat = 32);
	EXPECT_EQ(0, run_pattern(drv, "release", NULL, &run));
	EXPECT_EQ(0, hibernate());
	check_pages(_metadata, drv, 64, 0);
	EXPECT_EQ(0, system("swapoff " SWAP));
}

static bool can_hibernate(void)
{
	return file_contains("/sys/power/disk", "test_resume") && !access(SWAP, W_OK);
}

TEST_F_TIMEOUT(pks, R17_hibernation, 240)
{
	if (!can_hibernate())
		SKIP(return, "this kernel has no hibernation, or no " SWAP " to swap to");
	check_hibernation(_metadata, &self->drv);
}

/* Pages that are not there are copied, too. */
TEST_F_TIMEOUT(pks, R17_hibernation_of_absent_pages, 240)
{
	if (!can_hibernate())
		SKIP(return, "this kernel has no hibernation, or no " SWAP " to swap to");
	if (!has_schemes())
		SKIP(return, "this kernel has no scheme that takes pages away");
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "setmem"));
	check_hibernation(_metadata, &self->drv);
	driver_close(&self->drv);
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

static int write_number(const char *path, unsigned long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", number);
	return write_file(path, text);
}

/* As /proc/kpageflags tells them */
static __u64 page_flags(__u64 pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	__u64 flags = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) != sizeof(flags))
		flags = 0;
	close(fd);
	return flags;
}

static bool page_is(__u64 pfn, int bit)
{
	return page_flags(pfn) >> bit & 1;
}

static bool wait_for_page(__u64 pfn, int bit, bool wanted)
{
	int tries = 100;

	while (page_is(pfn, bit) != wanted && tries--)
		usleep(20000);
	return tries >= 0;
}

/*
 * It is on its way to the LRU, in a batch of some CPU, until all CPUs are asked for
 * theirs. Who drops the cache asks; what is dirty and in use stays. Compaction would ask,
 * too, but takes the page off the list, fails, and puts it into a batch again.
 */
static bool wait_for_lru(__u64 pfn)
{
	int tries = 20;

	while (tries--)
		if (!write_file("/proc/sys/vm/drop_caches", "1") &&
		    wait_for_page(pfn, KPF_LRU, true))
			return true;
	return false;
}

FIXTURE(cached) {
	struct driver drv;
	__u64 pfn;
};

/* A page that was closed first, and got into the page cache after that */
FIXTURE_SETUP(cached)
{
	struct pks_test_run run = RUN();

	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (cannot_kmap(&self->drv))
		SKIP(return, "%s", cannot_kmap(&self->drv));
	if (access(MEMORY "soft_offline_page", W_OK) || access("/proc/kpageflags", R_OK) ||
	    access("/proc/sys/vm/compact_memory", W_OK))
		SKIP(return, "this kernel has no migration, no soft offlining or no page flags to look at");
	ASSERT_EQ(0, run_pattern(&self->drv, "cached", NULL, &run));
	ASSERT_NE(0, run.pfn);
	self->pfn = run.pfn;
	if (!wait_for_lru(self->pfn))
		SKIP(return, "the page does not get to a list of the LRU here");
}

FIXTURE_TEARDOWN(cached)
{
	driver_close(&self->drv);
}

TEST_F(cached, R17_compaction_leaves_it)
{
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, write_file("/proc/sys/vm/compact_memory", "1"));
	check_pattern(_metadata, &self->drv, "cached_check");
}

TEST_F(cached, R17_it_is_not_migrated)
{
	int err, tries = 10;

	/* -EIO: it was on no list at that moment, and nothing was tried */
	do {
		err = write_number(MEMORY "soft_offline_page", self->pfn * PAGE);
	} while (err == -EIO && wait_for_lru(self->pfn) && tries--);
	EXPECT_EQ(-EBUSY, err);
	check_pattern(_metadata, &self->drv, "cached_check");
	EXPECT_FALSE(page_is(self->pfn, KPF_HWPOISON));
	EXPECT_TRUE(wait_for_lru(self->pfn));
}

/* Compaction may have it in its hands for a moment, and then it is on no list. */
TEST_F(cached, R17_it_is_not_reclaimed)
{
	EXPECT_TRUE(wait_for_page(self->pfn, KPF_UNEVICTABLE, true));
}

/* Where the driver has mapped its file for this process */
static void *mapped_file(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long at = 0;
	char line[256];

	while (maps && !at && fgets(line, sizeof(line), maps))
		if (strstr(line, "/pks_test (deleted)"))
			at = strtoul(line, NULL, 16);
	if (maps)
		fclose(maps);
	return (void *)at;
}

TEST_F(cached, R17_it_is_not_made_huge)
{
	struct pks_test_run run = RUN();
	void *at;

	if (access("/sys/kernel/mm/transparent_hugepage", F_OK))
		SKIP(return, "this kernel makes no huge pages of others");
	ASSERT_EQ(0, run_pattern(&self->drv, "cached_mapped", NULL, &run));
	at = mapped_file();
	ASSERT_NE(NULL, at);
	EXPECT_EQ(-1, madvise(at, HUGE * PAGE, MADV_COLLAPSE));
	/* not EINVAL, which is that of a kernel that does not know how */
	EXPECT_EQ(EAGAIN, errno);
	check_pattern(_metadata, &self->drv, "cached_check");
}

/* A poisoned page is kept, and keeps its key as long. */
TEST_F(cached, R17_it_is_poisoned_and_freed)
{
	write_number(MEMORY "hard_offline_page", self->pfn * PAGE);
	EXPECT_TRUE(page_is(self->pfn, KPF_HWPOISON));
	check_pattern(_metadata, &self->drv, "cached_check");
	driver_close(&self->drv);
	EXPECT_TRUE(page_is(self->pfn, KPF_ARCH_3));
	EXPECT_EQ(0, write_number("/sys/kernel/debug/hwpoison/unpoison-pfn", self->pfn));
	EXPECT_FALSE(page_is(self->pfn, KPF_HWPOISON));
	EXPECT_TRUE(wait_for_page(self->pfn, KPF_ARCH_3, false));
}

TEST_F(cached, R17_a_huge_one_is_split)
{
	struct pks_test_run run = RUN();
	int i;

	ASSERT_EQ(0, run_pattern(&self->drv, "cached_huge", NULL, &run));
	EXPECT_TRUE(page_is(run.pfn, KPF_COMPOUND_HEAD));
	check_pattern(_metadata, &self->drv, "cached_check");
	ASSERT_EQ(0, write_file("/sys/kernel/debug/split_huge_pages", "1"));
	EXPECT_FALSE(page_is(run.pfn, KPF_COMPOUND_HEAD));
	check_pattern(_metadata, &self->drv, "cached_check");
	for (i = 0; i < HUGE; i++)
		EXPECT_TRUE(page_is(run.pfn + i, KPF_ARCH_3)) TH_LOG("page %d", i);
	driver_close(&self->drv);
	for (i = 0; i < HUGE; i++)
		EXPECT_TRUE(wait_for_page(run.pfn + i, KPF_ARCH_3, false)) TH_LOG("page %d", i);
}

/* Ordinary pages of a driver, two of which are mapped */
static __u64 hold_two(struct driver *drv)
{
	struct pks_test_run run = RUN(.pages = 64, .repeat = 64);

	if (run_pattern(drv, "fill", NULL, &run))
		return 0;
	run = RUN(.pages = 2, .repeat = 2);
	return run_pattern(drv, "hold", NULL, &run) ? 0 : run.pfn;
}

TEST_F(pks, R17_offlined_while_in_use)
{
	__u64 pfn = hold_two(&self->drv);

	if (access(MEMORY "soft_offline_page", W_OK))
		SKIP(return, "this kernel does not take pages offline");
	ASSERT_NE(0, pfn);
	EXPECT_GT(0, write_number(MEMORY "soft_offline_page", pfn * PAGE));
	EXPECT_GT(0, write_number(MEMORY "soft_offline_page", (pfn + 2) * PAGE));
	EXPECT_FALSE(page_is(pfn, KPF_HWPOISON));
	check_pages(_metadata, &self->drv, 64, 2);
}

/* One that is mapped and one that is not; both can be opened and freed. */
TEST_F(pks, R17_poisoned_while_in_use)
{
	__u64 pfn = hold_two(&self->drv), i;

	if (access(MEMORY "hard_offline_page", W_OK))
		SKIP(return, "this kernel does not know poisoned pages");
	ASSERT_NE(0, pfn);
	for (i = 1; i < 3; i++) {
		EXPECT_GT(0, write_number(MEMORY "hard_offline_page", (pfn + i) * PAGE));
		EXPECT_TRUE(page_is(pfn + i, KPF_HWPOISON));
	}
	check_pages(_metadata, &self->drv, 64, 2);
	driver_close(&self->drv);
	for (i = 1; i < 3; i++) {
		EXPECT_FALSE(page_is(pfn + i, KPF_ARCH_3));
		EXPECT_EQ(0, write_number("/sys/kernel/debug/hwpoison/unpoison-pfn", pfn + i));
	}
}

/*
 * Whatever is in a block that has holes, the first one say, it is refused with
 * EINVAL for that. So let others keep what there is of it, and come back for more.
 */
static int unplug_in_use(struct driver *drv, char *path, size_t size, __u64 bytes)
{
	struct pks_test_run run = RUN(.pages = PKS_TEST_PAGES_MAX);
	__u64 pfn = hold_two(drv);
	int ret;

	if (!pfn)
		return -ENODEV;
	snprintf(path, size, MEMORY "memory%llu/state", pfn * PAGE / bytes);
	ret = write_file(path, "offline");
	return ret == -EINVAL ? run_pattern(drv, "filled", NULL, &run) : ret;
}

TEST_F(pks, R17_memory_in_use_is_not_unplugged)
{
	struct driver drv[32];
	char path[64], size[32];
	int i, ret = 0;

	if (read_file(MEMORY "block_size_bytes", size, sizeof(size)))
		SKIP(return, "this kernel does not unplug memory");
	for (i = 0; i < ARRAY_SIZE(drv) && !ret; i++) {
		ASSERT_EQ(0, driver_open(&drv[i]));
		ret = unplug_in_use(&drv[i], path, sizeof(path), strtoull(size, NULL, 16));
	}
	EXPECT_EQ(-EBUSY, ret);
	EXPECT_TRUE(file_contains(path, "online"));
	check_pages(_metadata, &drv[i - 1], 64, 2);
	while (i--)
		driver_close(&drv[i]);
}

/* What "fill" leaves in a page */
static __u64 filled_word(__u64 pfn, unsigned int i)
{
	return (0x504b530000000000ull | pfn) + i;
}

TEST_F(pks, R17_dev_mem)
{
	__u64 pfn = hold_two(&self->drv), page[2 * WORDS] = { };
	int fd, i;

	fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		SKIP(return, "this kernel has no /dev/mem");
	ASSERT_NE(0, pfn);
	if (pread(fd, page, PAGE, pfn * PAGE) < 0 && errno == EPERM) {
		close(fd);
		SKIP(return, "CONFIG_STRICT_DEVMEM: nobody has RAM there");
	}

	/* Closed: EFAULT one way and the other, and nothing has been written. */
	EXPECT_EQ(-1, pread(fd, page, PAGE, (pfn + 2) * PAGE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pwrite(fd, page, PAGE, (pfn + 2) * PAGE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pwrite(fd, page, 1, (pfn + 3) * PAGE - 1));
	EXPECT_EQ(EFAULT, errno);
	check_pages(_metadata, &self->drv, 64, 2);

	/* Open by its count: as any other page */
	EXPECT_EQ(PAGE, pread(fd, page, PAGE, pfn * PAGE));
	for (i = 0; i < WORDS; i++)
		EXPECT_EQ(filled_word(pfn, i), page[i]) TH_LOG("word %d", i);
	for (i = 0; i < WORDS; i++)
		page[i] = filled_word(pfn + 1, i);
	EXPECT_EQ(PAGE, pwrite(fd, page, PAGE, pfn * PAGE));
	EXPECT_EQ(PAGE, pread(fd, page + WORDS, PAGE, pfn * PAGE));
	EXPECT_EQ(0, memcmp(page, page + WORDS, PAGE));
	for (i = 0; i < WORDS; i++)
		page[i] = filled_word(pfn, i);
	EXPECT_EQ(PAGE - 3, pwrite(fd, (char *)page + 3, PAGE - 3, pfn * PAGE + 3));
	EXPECT_EQ(3, pwrite(fd, page, 3, pfn * PAGE));
	check_pages(_metadata, &self->drv, 64, 2);
	close(fd);
}

TEST_F(pks, R17_kcore)
{
	__u64 pfn = hold_two(&self->drv), page[WORDS];
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC), i;
	off_t offset;

	if (fd < 0)
		SKIP(return, "this kernel has no /proc/kcore");
	ASSERT_NE(0, pfn);
	offset = find_in_kcore(fd, (pfn + 2) * PAGE, false);
	ASSERT_LT(0, offset);
	memset(page, 1, sizeof(page));
	EXPECT_EQ(PAGE, pread(fd, page, PAGE, offset));
	for (i = 0; i < WORDS; i++)
		EXPECT_EQ(0, page[i]) TH_LOG("word %d", i);
	/* The same place shows what is open. */
	EXPECT_EQ(PAGE, pread(fd, page, PAGE, offset - 2 * PAGE));
	EXPECT_EQ(filled_word(pfn, 7), page[7]);
	check_pages(_metadata, &self->drv, 64, 2);
	close(fd);
}

#define CR0_ALWAYS	0x80010001ull	/* PE, WP, PG */
#define CR4_PKS		(1ull << 24)
#define CR4_ALWAYS	0x6a0ull	/* PAE, PGE, OSFXSR, OSXMMEXCPT */

/* CR0, CR2, CR3 and CR4 in turn? A register of a program can look like one of them. */
static bool are_control_registers(const __u64 *word)
{
	return (word[0] & CR0_ALWAYS) == CR0_ALWAYS && word[0] < 1ull << 32 &&
	       (word[3] & CR4_ALWAYS) == CR4_ALWAYS && word[3] < 2 * CR4_PKS;
}

/*
 * What brings the CPU back from a sleep writes what saved_context has of CR4, before
 * anybody can write PKRS: PKS has to be off in that. Which word it is only the compiler
 * knows, but not what is in it.
 */
TEST_F(pks, R1_asleep_pks_is_off)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC), found = 0;
	__u64 saved[64], addr = kernel_symbol("saved_context");
	unsigned int i, words;
	off_t offset;

	if (fd < 0 || !can_hibernate())
		SKIP(return, "this kernel has no hibernation, no " SWAP " or no /proc/kcore");
	ASSERT_NE(0, addr);
	words = (kernel_symbol_behind(addr) - addr) / sizeof(*saved);
	ASSERT_GE(ARRAY_SIZE(saved), words);
	offset = find_in_kcore(fd, addr, true);
	ASSERT_LT(0, offset);
	ASSERT_EQ(0, system("mkswap " SWAP " > /dev/null && swapon " SWAP));
	EXPECT_EQ(0, hibernate());
	EXPECT_EQ(0, system("swapoff " SWAP));
	ASSERT_EQ((int)sizeof(saved), pread(fd, saved, sizeof(saved), offset));
	for (i = 0; i + 3 < words; i++) {
		if (!are_control_registers(&saved[i]))
			continue;
		found++;
		EXPECT_EQ(0, saved[i + 3] & CR4_PKS);
	}
	EXPECT_EQ(1, found);
	close(fd);
}

static void check_failing(struct __test_metadata *_metadata, struct driver *drv,
			  const char *pattern, unsigned int nr)
{
	struct pks_test_run run = RUN();

	/* The page is there before anything fails. */
	EXPECT_EQ(0, run_pattern(drv, "kmap_local", NULL, &run));
	ASSERT_EQ(0, fail_at(nr));
	check_pattern(_metadata, drv, pattern);
	EXPECT_EQ(0, fail_no_more());
}

TEST_F(pks, R17_page_tables_that_cannot_be_changed)
{
	if (cannot_fail())
		SKIP(return, "%s", cannot_fail());
	check_failing(_metadata, &self->drv, "life_failing_untag", 1);
	check_failing(_metadata, &self->drv, "life_failing_tag", 1);
	/* Two pages get their keys, and then neither comes off. */
	check_failing(_metadata, &self->drv, "life_failing_keys", 3);
	if (!has_schemes())
		return;
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "setmem"));
	check_failing(_metadata, &self->drv, "life_failing_untag", 1);
	check_failing(_metadata, &self->drv, "life_failing_tag", 1);
	driver_close(&self->drv);
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
}

/* So many pages at once are freed, and the key does not come off. */
static void check_lost(struct __test_metadata *_metadata, struct driver *drv,
		       unsigned int pages)
{
	struct pks_test_run run = RUN(.pages = pages);
	int log = kmsg_now();
	char text[64];

	snprintf(text, sizeof(text), ", %u pages: error -12", pages);
	ASSERT_LE(0, log);
	/* The page is there before anything fails. */
	EXPECT_EQ(0, run_pattern(drv, "kmap_local", NULL, &RUN(.pages = pages)));
	ASSERT_EQ(0, expect_splat("pkey of freed pfn"));
	/* single pages lose their keys by the one; three blocks get theirs by the other first */
	ASSERT_EQ(0, pages == 1 ? fail_anyones("arch_set_pages_pkey", 1) :
				  fail_anyones("arch_set_memory_pkey", 4));
	EXPECT_EQ(0, run_pattern(drv, "life_failing_free", NULL, &run));
	ASSERT_EQ(0, fail_no_more());
	ASSERT_EQ(0, expect_end());
	EXPECT_TRUE(kmsg_says(log, text));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("%u pages: the kernel's log says which check", pages);
	close(log);
}

TEST_F(pks, R17_who_cannot_lose_its_key_is_given_to_nobody)
{
	if (cannot_fail())
		SKIP(return, "%s", cannot_fail());
	check_lost(_metadata, &self->drv, 1);
	check_lost(_metadata, &self->drv, 2);
}

/* Whose memory is freed for want of memory waits for none: somebody is there to do it. */
TEST_F(pks, R17_what_is_freed_comes_back_where_there_is_none)
{
	EXPECT_EQ(0, system("cat /proc/[0-9]*/comm 2> /dev/null | grep -q '^kworker/R-pks_f'"));
}

TEST_HARNESS_MAIN
