/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/pks_test: trigger every way of mapping a page from every context.
 *
 * The driver holds all lists (patterns, contexts, schemes); userspace asks for
 * them by index and never keeps a copy. Every struct starts with its own size,
 * so that it can grow at its end: a shorter struct of older userspace reads as
 * if padded with zeroes, a longer one of newer userspace is accepted as long as
 * what this driver does not know is zero (E2BIG otherwise). The size that is
 * part of the number of an ioctl does not count.
 */
#ifndef PKS_TEST_UAPI_H
#define PKS_TEST_UAPI_H

#include <linux/const.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#define PKS_TEST_DEVICE		"/dev/pks_test"
#define PKS_TEST_VERSION	2

#define PKS_TEST_NAME_MAX	32
#define PKS_TEST_DESC_MAX	128
#define PKS_TEST_PAGES_MAX	4096
#define PKS_TEST_REPEAT_MAX	1000000

/* Reads or writes of PKRS in one operation of write_pkrs and read_pkrs */
#define PKS_TEST_BATCH		1000

/* What the running kernel can do, see struct pks_test_info. */
#define PKS_TEST_HAS_PKS	_BITUL(0) /* compiled in, CPU has it, not "nopks" */
#define PKS_TEST_HAS_DEBUG	_BITUL(1) /* invariants are checked (CONFIG_DEBUG_PKS) */
#define PKS_TEST_STORE_HASH	_BITUL(2) /* counts live in the hash, not in page_ext */

/**
 * struct pks_test_info - what runs here
 * @size:	in: sizeof(struct pks_test_info)
 * @version:	out: PKS_TEST_VERSION of the driver
 * @flags:	out: PKS_TEST_HAS_* and PKS_TEST_STORE_*
 * @tsc_khz:	out: rate of the clock that samples are taken with, in kHz.
 *		With -icount shift=0 one tick is one instruction.
 * @pkrs_default: out: PKRS of a context that has asked for nothing
 * @pkey:	out: the pkey of access-protected pages, 0 where there are none
 */
struct pks_test_info {
	__u32 size;
	__u32 version;
	__u32 flags;
	__u32 tsc_khz;
	__u32 pkrs_default;
	__u32 pkey;
};

/**
 * enum pks_test_list - the lists that the driver keeps
 * @PKS_TEST_PATTERNS:	what is mapped, and who maps, touches and unmaps
 * @PKS_TEST_CONTEXTS:	where the touch (or the unmap) happens
 * @PKS_TEST_SCHEMES:	how kmap() opens a protected page; set by writing the
 *			name to /sys/kernel/mm/pks/kmap
 */
enum pks_test_list {
	PKS_TEST_PATTERNS,
	PKS_TEST_CONTEXTS,
	PKS_TEST_SCHEMES,
};

/* Properties of a pattern */
#define PKS_TEST_ANY_CONTEXT	_BITUL(0) /* runs in the context that is asked for */
#define PKS_TEST_EXPECT_DENIED	_BITUL(1) /* every touch must be denied */
#define PKS_TEST_KMAP		_BITUL(2) /* opens with kmap(): depends on the scheme */
#define PKS_TEST_LOCAL		_BITUL(3) /* opens with kmap_local or kmap_atomic */
#define PKS_TEST_PLAIN		_BITUL(4) /* needs no PKS: a yardstick */
#define PKS_TEST_UNMAP_ELSEWHERE _BITUL(5) /* kunmap() runs in the chosen context */
#define PKS_TEST_HOLDS		_BITUL(6) /* leaves the pages mapped until close */
#define PKS_TEST_FATAL		_BITUL(7) /* kills the caller with an oops */
#define PKS_TEST_SELF_CHECK	_BITUL(8) /* @wrong counts checks that failed */
#define PKS_TEST_MOVES		_BITUL(9) /* may end on another CPU */
#define PKS_TEST_ATOMIC		_BITUL(10) /* maps where it cannot sleep */
#define PKS_TEST_SOME_DENIED	_BITUL(11) /* some touches must be denied, others not */
#define PKS_TEST_WARNS		_BITUL(12) /* makes the kernel warn, once */
#define PKS_TEST_PMEM		_BITUL(13) /* of the device of the parameter pmem=, or not there */
#define PKS_TEST_BEYOND		_BITUL(14) /* goes beyond the page that is mapped */

/* Properties of a context */
#define PKS_TEST_SLEEPS		_BITUL(0) /* may sleep */
#define PKS_TEST_INTERRUPTS	_BITUL(1) /* runs on top of the caller's thread */
#define PKS_TEST_OTHER_CPU	_BITUL(2) /* needs a CPU that is not the caller's */
#define PKS_TEST_NMI_LIKE	_BITUL(3) /* entered through the NMI-like paths */
#define PKS_TEST_ANY_TIME	_BITUL(4) /* comes while interrupts are off, too */

/* Properties of a scheme */
#define PKS_TEST_KMAP_SLEEPS	_BITUL(0) /* kmap() and kunmap() may sleep */
#define PKS_TEST_LOCAL_SLEEPS	_BITUL(1) /* so may kmap_local_page() */

/**
 * struct pks_test_item - one line of one list
 * @size:	in: sizeof(struct pks_test_item)
 * @list:	in: enum pks_test_list
 * @index:	in: 0 and up; EINVAL past the end
 * @flags:	out: properties, by list
 * @name:	out: NUL-terminated
 * @desc:	out: NUL-terminated, one line
 */
struct pks_test_item {
	__u32 size;
	__u32 list;
	__u32 index;
	__u32 flags;
	char name[PKS_TEST_NAME_MAX];
	char desc[PKS_TEST_DESC_MAX];
};

/**
 * struct pks_test_sample - one operation, in ticks of the TSC
 * @map:	the mapping call
 * @touch:	the access, taken in the context that makes it
 * @unmap:	the unmapping call
 *
 * Each figure includes the cost of reading the clock, which the pattern
 * "nothing" shows; a phase that the pattern does not have is 0.
 */
struct pks_test_sample {
	__u64 map;
	__u64 touch;
	__u64 unmap;
};

/**
 * struct pks_test_counts - what all CPUs counted while the run lasted
 * @msr_writes:	writes of MSR_IA32_PKRS
 * @msr_spared:	writes left out because the register held the value
 * @faults:	protection-key faults taken in kernel mode
 * @grants:	of those, access granted to the faulting context
 * @denials:	of those, denied
 * @ipis:	interrupts that CPUs took to be called or rescheduled, whoever sent
 *		them: a global update, a flush of TLBs, a wake-up, or something that
 *		has nothing to do with the run
 */
struct pks_test_counts {
	__u64 msr_writes;
	__u64 msr_spared;
	__u64 faults;
	__u64 grants;
	__u64 denials;
	__u64 ipis;
};

/* How to run, see struct pks_test_run. */
#define PKS_TEST_RUN_UNPROTECTED _BITUL(0) /* use pages without protection */
#define PKS_TEST_RUN_WRITE	_BITUL(1) /* touch by writing, not by reading */

/**
 * struct pks_test_run - run one pattern
 * @size:	in: sizeof(struct pks_test_run)
 * @pattern:	in: index in PKS_TEST_PATTERNS
 * @context:	in: index in PKS_TEST_CONTEXTS; must be 0 where the pattern
 *		lacks PKS_TEST_ANY_CONTEXT
 * @repeat:	in: operations, 1 to PKS_TEST_REPEAT_MAX
 * @pages:	in: pages used in turn, 1 to PKS_TEST_PAGES_MAX
 * @cpu:	in: the CPU that the other context runs on, -1: the caller's
 * @flags:	in: PKS_TEST_RUN_*
 * @nsamples:	in: room in @samples; out: samples stored there, at most @repeat
 * @samples:	in: user pointer to an array of struct pks_test_sample, or 0
 * @done:	out: operations made
 * @touched:	out: accesses that went through
 * @denied:	out: accesses that were refused
 * @wrong:	out: accesses that went through and saw the wrong data, or, with
 *		PKS_TEST_SELF_CHECK, checks that failed
 * @switches:	out: context switches of the threads that took part
 * @counts:	out: what the CPUs counted meanwhile
 * @pkrs_inside: out: PKRS read by the last touching context before its access
 * @pkrs_touched: out: the same after its access
 * @pkrs_after:	out: PKRS of the caller at the end
 * @depth_inside: out: kmap_local depth of the touching context before its access
 * @depth_after: out: kmap_local depth of the caller at the end
 * @count_after: out: sum of the unprotect counts of the pages used, at the end
 * @pfn:	out: number of the first page used
 * @addr:	out: where the direct map has that page
 *
 * Returns 0 when the pattern ran, whatever it saw. EINVAL: a field out of its
 * bounds; EFAULT: a bad pointer; EOPNOTSUPP: not under this scheme, not in this
 * context, or not on this kernel; ENODEV: @cpu is not online; EINTR: a signal
 * arrived, the outputs say what was done; EBUSY: this file descriptor runs one
 * already; ENOMEM.
 */
struct pks_test_run {
	__u32 size;
	__u32 pattern;
	__u32 context;
	__u32 repeat;
	__u32 pages;
	__s32 cpu;
	__u32 flags;
	__u32 nsamples;
	__u64 samples;
	__u64 done;
	__u64 touched;
	__u64 denied;
	__u64 wrong;
	__u64 switches;
	struct pks_test_counts counts;
	__u32 pkrs_inside;
	__u32 pkrs_touched;
	__u32 pkrs_after;
	__u32 depth_inside;
	__u32 depth_after;
	__u32 count_after;
	__u64 pfn;
	__u64 addr;
};

/* Blocks of pages that one PKS_TEST_IOC_STEPS has at most, and how large they are. */
#define PKS_TEST_SLOTS		4
#define PKS_TEST_SLOT_PAGES	1024
#define PKS_TEST_STEPS_MAX	256

/**
 * enum pks_test_step_op - what can be done to the block of a slot
 * @PKS_TEST_STEP_ALLOC: have 2^@nr pages; @first: 1 for a folio, 0 for what can be split
 * @PKS_TEST_STEP_SPLIT: from here on its pages are freed one by one
 * @PKS_TEST_STEP_FREE:	give back all of it; once it is split, @nr pages from @first on
 * @PKS_TEST_STEP_TAG:	set_memory_pkey() of @nr pages from @first on, to the key of kmap()
 * @PKS_TEST_STEP_UNTAG: the same, to none
 * @PKS_TEST_STEP_WC:	set_memory_wc() of them
 * @PKS_TEST_STEP_WB:	set_memory_wb() of them
 * @PKS_TEST_STEP_KMAP:	kmap() of page @first
 * @PKS_TEST_STEP_KUNMAP: kunmap() of page @first
 * @PKS_TEST_STEP_MAP_LOCAL: kmap_local_page() of page @first
 * @PKS_TEST_STEP_UNMAP_LOCAL: kunmap_local() of byte @nr of page @first
 */
enum pks_test_step_op {
	PKS_TEST_STEP_ALLOC = 1,
	PKS_TEST_STEP_SPLIT,
	PKS_TEST_STEP_FREE,
	PKS_TEST_STEP_TAG,
	PKS_TEST_STEP_UNTAG,
	PKS_TEST_STEP_WC,
	PKS_TEST_STEP_WB,
	PKS_TEST_STEP_KMAP,
	PKS_TEST_STEP_KUNMAP,
	PKS_TEST_STEP_MAP_LOCAL,
	PKS_TEST_STEP_UNMAP_LOCAL,
};

/* What a page is found to be */
#define PKS_TEST_PAGE_KEY	0xf		/* of its entry in the page tables */
#define PKS_TEST_PAGE_CLOSED	_BITUL(4)	/* page_is_access_protected() */
#define PKS_TEST_PAGE_READABLE	_BITUL(5)	/* holds what it should, for the caller */
#define PKS_TEST_PAGE_WC	_BITUL(6)	/* mapped write-combining */
#define PKS_TEST_PAGE_FREED	_BITUL(7)	/* no longer ours: nothing else is told */
#define PKS_TEST_PAGE_COUNT(state) ((state) >> 16) /* how often it is kmap()ed */

/**
 * struct pks_test_step - one step of the life of a block
 * @op:		in: enum pks_test_step_op
 * @slot:	in: below PKS_TEST_SLOTS
 * @first:	in: by @op
 * @nr:		in: by @op
 * @result:	out: 0 or a negative errno. EINVAL is that of set_memory_pkey(), or the
 *		step is none that can be made: what it names is not there, or was not
 *		mapped; EBUSY is that of set_memory_pkey(), or what would be freed is
 *		kmap()ed; ETIMEDOUT: what was freed has kept its key for seconds
 * @depth:	out: kmap_local depth of the caller after it
 */
struct pks_test_step {
	__u16 op;
	__u16 slot;
	__u16 first;
	__u16 nr;
	__s32 result;
	__u32 depth;
};

/**
 * struct pks_test_steps - take steps, one after another, in the caller's context
 * @size:	in: sizeof(struct pks_test_steps)
 * @nr:		in: how many, up to PKS_TEST_STEPS_MAX; 0 with @count_keys
 * @steps:	in: user pointer to an array of struct pks_test_step
 * @pages:	in: user pointer to room for @nr times PKS_TEST_SLOT_PAGES __u32: what
 *		each page of the block of a step is found to be after it
 * @count_keys:	in: 1: fill in @keys
 * @pad:	in: 0
 * @keys:	out: pages of the whole direct map that have a key, whoever they belong to,
 *		but for persistent memory
 *
 * Whatever is left mapped or allocated after the last step is undone.
 *
 * Returns 0 when all steps were tried, whatever came of each. EINVAL: a field out of
 * its bounds; EFAULT: a bad pointer; EOPNOTSUPP: steps, and no kmap() of protected
 * pages here, or a scheme under which kmap_local_page() may sleep; EINTR: a signal
 * arrived, and no output is filled in; ENOMEM.
 */
struct pks_test_steps {
	__u32 size;
	__u32 nr;
	__u64 steps;
	__u64 pages;
	__u32 count_keys;
	__u32 pad;
	__u64 keys;
};

/*
 * Nobody's in Documentation/userspace-api/ioctl/ioctl-number.rst of 6.12, where a
 * driver in the kernel tree would have its line.
 */
#define PKS_TEST_IOC_MAGIC	0xd5

#define PKS_TEST_IOC_INFO	_IOWR(PKS_TEST_IOC_MAGIC, 0x00, struct pks_test_info)
#define PKS_TEST_IOC_ITEM	_IOWR(PKS_TEST_IOC_MAGIC, 0x01, struct pks_test_item)
#define PKS_TEST_IOC_RUN	_IOWR(PKS_TEST_IOC_MAGIC, 0x02, struct pks_test_run)
#define PKS_TEST_IOC_STEPS	_IOWR(PKS_TEST_IOC_MAGIC, 0x03, struct pks_test_steps)

#endif /* PKS_TEST_UAPI_H */
