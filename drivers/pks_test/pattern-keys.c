// SPDX-License-Identifier: GPL-2.0
/*
 * The keys themselves: in page tables, in the register, in fault callbacks.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/pkeys.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "pks_test.h"

#ifdef CONFIG_PKS_TEST

/* An alias of an ordinary page, closed with the key for tests */
static u64 *pks_map_test_key(struct page *page)
{
	return vmap(&page, 1, VM_MAP, PAGE_KERNEL_PKEY(PKS_KEY_TEST));
}

static int pks_op_key_rights(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	u64 *addr = pks_map_test_key(page), val = pks_expected(page);

	if (!addr)
		return -ENOMEM;

	pks_check(run, pks_key_of(addr) == PKS_KEY_TEST, "the mapping has the key");
	pks_check(run, !pks_can_read(addr), "closed by default");
	pks_set_readwrite(PKS_KEY_TEST);
	pks_check(run, pks_can_read(addr) && pks_write(addr, val),
		  "open after pks_set_readwrite()");
	pks_update_protection(PKS_KEY_TEST, PKEY_DISABLE_WRITE);
	pks_check(run, pks_can_read(addr) && !pks_write(addr, val),
		  "only to reads after PKEY_DISABLE_WRITE");
	pks_switch_away();
	pks_check(run, pks_can_read(addr) && !pks_write(addr, val),
		  "the same after a sleep");
	pks_set_noaccess(PKS_KEY_TEST);
	pks_check(run, !pks_can_read(addr), "closed after pks_set_noaccess()");
	vunmap(addr);
	run->uapi.touched++;
	return 0;
}

struct pks_key_probe {
	struct pks_run *run;
	struct page *page;
	u64 *addr;
};

/* Opens one key, and finds that it has not got the other one with it. */
static void pks_probe_keys(void *arg)
{
	struct pks_key_probe *probe = arg;
	u64 *page_addr = kmap_local_page(probe->page);

	if (pks_can_read(probe->addr))
		probe->run->uapi.touched++;
	else
		probe->run->uapi.denied++;
	if (!pks_can_read(page_addr))
		probe->run->uapi.wrong++;
	kunmap_local(page_addr);
}

static int pks_op_key_apart(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_key_probe probe = { .run = run, .page = page };
	struct pks_job job = { .fn = pks_probe_keys, .arg = &probe };
	struct page *other = alloc_page(GFP_KERNEL);
	int err = -ENOMEM;

	if (!other)
		return err;
	probe.addr = pks_map_test_key(other);
	if (!probe.addr)
		goto out;

	pks_set_readwrite(PKS_KEY_TEST);
	err = run->context->run(run, &job);
	if (!err && !pks_can_read(probe.addr))
		run->uapi.wrong++;
	pks_set_noaccess(PKS_KEY_TEST);
	vunmap(probe.addr);
out:
	__free_page(other);
	return err;
}

static int pks_op_key_bounds(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *other = alloc_page(GFP_KERNEL);
	unsigned long addr;
	u32 before = pks_read_pkrs();

	if (!other)
		return -ENOMEM;
	addr = (unsigned long)page_address(other);

	pks_check(run, set_memory_pkey(addr, 1, PKS_NUM_PKEYS) == -EINVAL,
		  "key 16 is refused");
	pks_check(run, set_memory_pkey(addr, 1, PKS_KEY_MAX) == -EINVAL,
		  "a key that nobody has is refused");
	pks_check(run, set_memory_pkey(addr, 1, -1) == -EINVAL,
		  "key -1 is refused");
	pks_check(run, set_memory_pkey(addr, 0, PKS_KEY_TEST) == -EINVAL,
		  "no page is refused");
	pks_check(run, set_memory_pkey(addr + 8, 1, PKS_KEY_TEST) == -EINVAL,
		  "half a page is refused");
	pks_check(run, set_memory_pkey(0x1000, 1, PKS_KEY_TEST) == -EINVAL,
		  "what is not in the direct map is refused");
	pks_check(run, pks_key_of((void *)addr) == 0, "the page has no key");
	pks_check(run, pks_read_pkrs() == before, "PKRS is what it was");
	__free_page(other);
	run->uapi.touched++;
	return 0;
}

/* Each call is refused with a warning, and changes nothing. */
static int pks_op_key_misuse(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	u32 before = pks_read_pkrs();

	pks_update_protection(PKS_NUM_PKEYS, PKEY_READ_WRITE);
	pks_update_protection((u8)-1, PKEY_READ_WRITE);
	pks_update_protection(PKS_KEY_DEFAULT, PKEY_DISABLE_ACCESS);
	pks_update_protection(PKS_KEY_TEST, PKEY_ACCESS_MASK + 1);
	pks_update_protection(PKS_KEY_KMAP, PKEY_READ_WRITE);
	pks_check(run, pks_read_pkrs() == before, "PKRS is what it was");
	pks_check(run, pkey_update_pkval(PKS_ALL_AD, 3, PKR_WD_MASK(1)) ==
		  (PKS_ALL_AD & ~PKR_AD_MASK(3)), "bits of no protection are of no key");
	run->uapi.touched++;
	return 0;
}

/* Two pages of a large mapping are closed, its neighbours are not. */
static int pks_op_key_split(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	unsigned int order = PMD_SHIFT - PAGE_SHIFT;
	u64 *block = (u64 *)__get_free_pages(GFP_KERNEL, order), *middle;
	int err;

	if (!block)
		return -ENOMEM;
	middle = (void *)block + PMD_SIZE / 2;
	err = set_memory_pkey((unsigned long)middle, 2, PKS_KEY_KMAP);
	if (err)
		goto out;

	pks_check(run, pks_key_of(middle) == PKS_KEY_KMAP &&
		  pks_key_of((void *)middle + PAGE_SIZE) == PKS_KEY_KMAP,
		  "the pages have the key");
	pks_check(run, !pks_can_read(middle) &&
		  !pks_can_read((void *)middle + PAGE_SIZE), "the pages are closed");
	pks_check(run, pks_can_read((void *)middle - PAGE_SIZE) &&
		  pks_can_read((void *)middle + 2 * PAGE_SIZE) &&
		  pks_can_read(block), "the others are open");
	pks_check(run, set_memory_pkey((unsigned long)middle, 1, PKS_KEY_TEST) == -EBUSY,
		  "a page has one key at a time");
	pks_check(run, !set_memory_pkey((unsigned long)middle, 2, 0),
		  "the key comes off");
	pks_check(run, pks_can_read(middle) &&
		  pks_can_read((void *)middle + PAGE_SIZE), "the pages are open again");
	run->uapi.touched++;
out:
	free_pages((unsigned long)block, order);
	return err;
}

struct pks_reach {
	const u64 *addr;
	atomic_t cpus;
};

static void pks_reach_fn(void *arg)
{
	struct pks_reach *reach = arg;

	if (pks_can_read(reach->addr))
		atomic_inc(&reach->cpus);
}

/* How many CPUs can read the page */
static int pks_reach(const u64 *addr)
{
	struct pks_reach reach = { .addr = addr };

	on_each_cpu(pks_reach_fn, &reach, 1);
	return atomic_read(&reach.cpus);
}

/*
 * Every CPU has the old translation when the key is put on, and taken off. What
 * splits a large mapping flushes them all: that is done with before.
 */
static int pks_op_key_flush(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	u64 *addr = (u64 *)__get_free_page(GFP_KERNEL);
	int cpus = num_online_cpus();
	int err;

	if (!addr)
		return -ENOMEM;
	err = set_memory_pkey((unsigned long)addr, 1, PKS_KEY_KMAP) ?:
	      set_memory_pkey((unsigned long)addr, 1, 0);
	if (err)
		goto out;
	pks_check(run, pks_reach(addr) == cpus, "every CPU reads the page");
	err = set_memory_pkey((unsigned long)addr, 1, PKS_KEY_KMAP);
	if (err)
		goto out;
	pks_check(run, pks_reach(addr) == 0, "no CPU reads it closed");
	err = set_memory_pkey((unsigned long)addr, 1, 0);
	pks_check(run, pks_reach(addr) == cpus, "every CPU reads it again");
	run->uapi.touched++;
out:
	free_page((unsigned long)addr);
	return err;
}

/* Freed with the key on: the allocator gets it without. */
static int pks_op_key_free(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	unsigned int order;
	struct page *other;
	void *addr;
	int err;

	for (order = 0; order < 3; order++) {
		other = alloc_pages(GFP_KERNEL, order);
		if (!other)
			return -ENOMEM;
		addr = page_address(other);
		err = set_memory_pkey((unsigned long)addr, 1 << order, PKS_KEY_KMAP);
		if (err) {
			__free_pages(other, order);
			return err;
		}
		pks_check(run, !pks_can_read(addr), "a page that is in use keeps it");
		__free_pages(other, order);
		pks_check(run, pks_wait_for_no_key(other),
			  "a freed page loses its key");
	}
	run->uapi.touched++;
	return 0;
}

/* Freed while kmap()ed, by an owner who died, say: warned of, and void. */
static int pks_free_mapped(struct pks_run *run, unsigned int order)
{
	struct page *other = alloc_pages(GFP_KERNEL, order), *last;
	int err;

	if (!other)
		return -ENOMEM;
	last = other + (1 << order) - 1;
	err = set_memory_pkey((unsigned long)page_address(other), 1 << order, PKS_KEY_KMAP);
	if (err) {
		__free_pages(other, order);
		return err;
	}
	kmap(last);
	__free_pages(other, order);
	pks_check(run, pks_wait_for_no_key(last), "a freed page loses its key");
	pks_check(run, !pks_unprotect_count(last), "and its count");
	return 0;
}

static int pks_op_key_free_mapped(struct pks_run *run, struct page *page,
				  struct pks_test_sample *sample)
{
	int err = pks_free_mapped(run, 0) ?: pks_free_mapped(run, 2);

	run->uapi.touched++;
	return err;
}

/* Other mappings of a closed page are no concern of its key: so documented. */
static int pks_op_key_alias(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	u64 *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL), val = 0;

	if (!alias)
		return -ENOMEM;
	pks_check(run, pks_key_of(alias) == 0, "the alias has no key");
	pks_check(run, pks_read(alias, &val) && val == pks_expected(page),
		  "the page is read through the alias");
	pks_check(run, !pks_can_read(page_address(page)), "the page is closed");
	vunmap(alias);
	run->uapi.touched++;
	return 0;
}

/* A right that is what it was: nothing is written. */
static int pks_op_key_same(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	u64 begin = pks_ticks();

	pks_set_noaccess(PKS_KEY_TEST);
	sample->map = pks_ticks() - begin;
	run->uapi.touched++;
	return 0;
}

/* A right that is kept until key_same gives it back */
static int pks_op_key_open(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	pks_set_readwrite(PKS_KEY_TEST);
	run->uapi.touched++;
	return 0;
}

static DEFINE_MUTEX(pks_hook_lock);
static int pks_hook_calls;
static bool pks_hook_saw;
static struct task_struct *pks_hook_task;

static bool pks_hook(struct pt_regs *regs, unsigned long address, bool write)
{
	/* Others use the key, too. */
	if (current != pks_hook_task)
		return false;
	/* What is let through and faults again would do so for ever. */
	if (++pks_hook_calls > 3)
		return false;
	pks_update_exception(regs, PKS_KEY_TEST, PKEY_READ_WRITE);
	/* Whoever opens it may look at it. */
	pks_hook_saw = pks_can_read((void *)address);
	return true;
}

/* From here on the caller's violations of the key are let through, until the end of it. */
static void pks_set_hook(void)
{
	mutex_lock(&pks_hook_lock);
	pks_hook_calls = 0;
	pks_hook_task = current;
	pks_test_set_fault_hook(pks_hook);
}

static void pks_unset_hook(void)
{
	pks_test_set_fault_hook(NULL);
	mutex_unlock(&pks_hook_lock);
}

/* A callback decides about its own key, and about no other. */
static int pks_op_key_callback(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	struct page *other = alloc_page(GFP_KERNEL);
	u64 *addr = other ? pks_map_test_key(other) : NULL;
	int err = -ENOMEM;

	if (!addr)
		goto out;

	pks_set_hook();
	pks_check(run, pks_can_read(page_address(page)) == !PKS_TEST_KEY && !pks_hook_calls,
		  "a violation of another key is not asked about");
	pks_check(run, pks_can_read(addr) && pks_hook_calls == 1,
		  "a violation of the key is, and is let through");
	pks_check(run, pks_hook_saw, "who decides has the access that he gives");
	pks_check(run, pks_can_read(addr) && pks_hook_calls == 1,
		  "what it opened stays open for the context");
	pks_set_noaccess(PKS_KEY_TEST);
	pks_unset_hook();
	pks_check(run, !pks_can_read(addr), "nobody is asked any more");
	vunmap(addr);
	run->uapi.touched++;
	err = 0;
out:
	if (other)
		__free_page(other);
	return err;
}

static bool pks_hook_entered;
static bool pks_hook_inside;

/* Takes its time, and does not hear of it when it is to go. */
static bool pks_slow_hook(struct pt_regs *regs, unsigned long address, bool write)
{
	if (current != pks_hook_task)
		return false;
	WRITE_ONCE(pks_hook_inside, true);
	WRITE_ONCE(pks_hook_entered, true);
	mdelay(50);
	WRITE_ONCE(pks_hook_inside, false);
	return false;
}

static int pks_violate(void *addr)
{
	return pks_can_read(addr);
}

/* It has begun when it is taken away, and is over then. */
static int pks_unset_amid(struct pks_run *run, u64 *addr, unsigned int cpu)
{
	struct task_struct *task = kthread_create_on_cpu(pks_violate, addr, cpu, "pks_hook/%u");
	u64 end = ktime_get_ns() + 10ull * NSEC_PER_SEC;
	bool seen;

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	mutex_lock(&pks_hook_lock);
	pks_hook_task = task;
	pks_hook_entered = false;
	pks_test_set_fault_hook(pks_slow_hook);
	wake_up_process(task);
	do {
		cpu_relax();
		cond_resched();
		seen = READ_ONCE(pks_hook_entered);
	} while (!seen && ktime_get_ns() < end);
	pks_test_set_fault_hook(NULL);
	pks_check(run, !READ_ONCE(pks_hook_inside), "no call is under way");
	kthread_stop(task);
	mutex_unlock(&pks_hook_lock);
	put_task_struct(task);
	return seen ? 0 : -EOPNOTSUPP;
}

/* Who takes the callback away may free what it works with. */
static int pks_op_key_callback_ends(struct pks_run *run, struct page *page,
				    struct pks_test_sample *sample)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct page *other;
	int err = -ENOMEM;
	u64 *addr;

	if (cpu >= nr_cpu_ids)
		return -EOPNOTSUPP;
	other = alloc_page(GFP_KERNEL);
	addr = other ? pks_map_test_key(other) : NULL;
	if (addr) {
		err = pks_unset_amid(run, addr, cpu);
		vunmap(addr);
		run->uapi.touched++;
	}
	if (other)
		__free_page(other);
	return err;
}

#ifdef CONFIG_PKS_KMAP
/* What is open: these keys, and no other */
static bool pks_has_open(u32 keys)
{
	return pks_read_pkrs() == ((u32)PKS_INIT_VALUE & ~keys);
}

/* No count is of a mapping of vmalloc(): its key is open in a domain, or not at all. */
static int pks_op_key_vmapped(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	u64 *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL_PKEY(PKS_KEY_KMAP));
	void *mapped;

	if (!alias)
		return -ENOMEM;
	kmap(page);
	pks_check(run, pks_key_of(alias) == PKS_KEY_KMAP, "the mapping has the key");
	pks_check(run, !pks_can_read(alias) && !pks_write(alias, pks_expected(page)),
		  "it is closed, whatever the page's count");
	mapped = kmap_local_page(page);
	pks_check(run, pks_can_read(alias), "it is open to who has the domain open");
	kunmap_local(mapped);
	pks_check(run, !pks_can_read(alias), "and to nobody after that");
	kunmap(page);
	vunmap(alias);
	run->uapi.touched++;
	return 0;
}

/* What one key was granted is no matter of a callback for another, and has its end. */
static void pks_let_in_amid_grant(struct pks_run *run, struct page *page, u64 *addr)
{
	const struct pks_context *ctx = &current->thread.pks.ctx;
	u16 granted;

	kmap(page);
	/* not switched away from before the last look */
	preempt_disable();
	pks_check(run, pks_can_read(page_address(page)), "who maps a page may read it");
	granted = ctx->granted;
	pks_check(run, pks_can_read(addr) && ctx->granted == granted,
		  "a grant is what it was after a violation that is let through");
	preempt_enable();
	kunmap(page);
	pks_set_noaccess(PKS_KEY_TEST);
	pks_switch_away();
	pks_check(run, pks_has_open(0), "and ends with a switch");
}

/* A callback opens its key to who has a page mapped: of what he holds nothing else changes. */
static int pks_op_key_callback_amid(struct pks_run *run, struct page *page,
				    struct pks_test_sample *sample)
{
	u32 test = PKR_PKEY_MASK(PKS_KEY_TEST), kmap = PKR_PKEY_MASK(PKS_KEY_KMAP);
	struct page *other = alloc_page(GFP_KERNEL);
	u64 *addr = other ? pks_map_test_key(other) : NULL;
	void *mapped;
	int err = -ENOMEM;

	if (!addr)
		goto out;

	pks_set_hook();
	mapped = kmap_local_page(page);
	pks_check(run, pks_can_read(addr) && pks_hook_calls == 1,
		  "a violation is let through amid a mapping");
	pks_check(run, pks_has_open(test | kmap) && pks_depth() == 1 && pks_can_read(mapped),
		  "the mapping is what it was");
	pks_switch_away();
	pks_check(run, pks_has_open(test | kmap) && pks_can_read(mapped) && pks_can_read(addr),
		  "both keys are open after a sleep");
	kunmap_local(mapped);
	pks_check(run, pks_has_open(test) && pks_can_read(addr) && pks_hook_calls == 1,
		  "what it opened does not end with the mapping");
	pks_set_noaccess(PKS_KEY_TEST);
	pks_check(run, pks_has_open(0), "nothing is left open");
	pks_let_in_amid_grant(run, page, addr);
	pks_unset_hook();
	vunmap(addr);
	run->uapi.touched++;
	err = 0;
out:
	if (other)
		__free_page(other);
	return err;
}
#endif /* CONFIG_PKS_KMAP */

/*
 * Some of the direct map that has one large mapping. What is split stays so, and is
 * what the allocator gives again first: it is kept while looking on.
 */
static u64 *pks_get_large(unsigned int order)
{
	unsigned int level, tries = 128;
	struct page *page, *next;
	u64 *block = NULL;
	LIST_HEAD(split);

	while (!block && tries--) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
		if (!page)
			break;
		lookup_address((unsigned long)page_address(page), &level);
		if (level == PG_LEVEL_4K)
			list_add(&page->lru, &split);
		else
			block = page_address(page);
	}
	list_for_each_entry_safe(page, next, &split, lru)
		__free_pages(page, order);
	return block;
}

/* What a kmap() of the page opens is not its key; "setmem" would split the mapping. */
static bool pks_kmap_opens(u64 *addr)
{
	bool open;

	if (pks_scheme_flags() & PKS_SCHEME_LOCAL_SLEEPS)
		return false;
	kmap(virt_to_page(addr));
	open = pks_can_read(addr);
	kunmap(virt_to_page(addr));
	return open;
}

/* How many pages of a block have the key */
static unsigned int pks_count_keys(void *block, unsigned int order, int pkey)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 1 << order; i++)
		nr += pks_key_of(block + i * PAGE_SIZE) == pkey;
	return nr;
}

/* The key is found in a large entry, too, and in those that the entry is split into. */
static int pks_op_key_large(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	unsigned int order = PMD_SHIFT - PAGE_SHIFT, level;
	u64 *block = pks_get_large(order);
	int err;

	if (!block)
		return -ENOMEM;
	err = set_memory_pkey((unsigned long)block, 1 << order, PKS_KEY_TEST);
	if (err)
		goto out;

	lookup_address((unsigned long)block, &level);
	pks_check(run, level != PG_LEVEL_4K, "the mapping is as large as it was");
	pks_check(run, pks_key_of(block) == PKS_KEY_TEST, "it has the key");
	pks_check(run, !pks_can_read(block), "it is closed");
	pks_check(run, !pks_kmap_opens(block), "and remains so while it is kmap()ed");
	pks_set_hook();
	pks_check(run, pks_can_read((void *)block + PMD_SIZE / 2) && pks_hook_calls == 1,
		  "a violation is one of its key");
	pks_set_noaccess(PKS_KEY_TEST);
	pks_unset_hook();
	/* It flushes what it changes, which takes access to it. */
	pks_set_readwrite(PKS_KEY_TEST);
	err = set_memory_wc((unsigned long)block, 1);
	pks_set_noaccess(PKS_KEY_TEST);
	lookup_address((unsigned long)block, &level);
	pks_check(run, !err && level == PG_LEVEL_4K, "another change of one page splits it");
	pks_check(run, pks_count_keys(block, order, PKS_KEY_TEST) == 1 << order,
		  "all of it has the key still");
	err = set_memory_wb((unsigned long)block, 1) ?:
	      set_memory_pkey((unsigned long)block, 1 << order, 0);
	pks_check(run, pks_can_read(block), "it is open again");
	run->uapi.touched++;
out:
	free_pages((unsigned long)block, order);
	return err;
}

#define PKS_KEY_PATTERN(_name, _desc, _flags)				\
	{								\
		.name = "key_" #_name,					\
		.desc = _desc,						\
		.flags = PKS_TEST_SELF_CHECK | (_flags),		\
		.op = pks_op_key_##_name,				\
	}

#endif /* CONFIG_PKS_TEST */

const struct pks_pattern pks_patterns_keys[] = {
#ifdef CONFIG_PKS_TEST
	PKS_KEY_PATTERN(rights, "the rights that a key can give, across a sleep", 0),
	PKS_KEY_PATTERN(same, "a right that is asked for and held already", 0),
	PKS_KEY_PATTERN(open, "a right that stays with the thread", PKS_TEST_HOLDS),
	PKS_KEY_PATTERN(bounds, "what set_memory_pkey() refuses", 0),
	PKS_KEY_PATTERN(misuse, "what pks_update_protection() refuses, with a warning",
			PKS_TEST_WARNS),
	PKS_KEY_PATTERN(split, "one page of a large mapping", 0),
	PKS_KEY_PATTERN(large, "a large mapping as a whole", 0),
	PKS_KEY_PATTERN(flush, "old translations on every CPU", 0),
	PKS_KEY_PATTERN(free, "pages freed with the key on", 0),
	PKS_KEY_PATTERN(free_mapped, "a page freed while it is kmap()ed, with a warning",
			PKS_TEST_WARNS),
	PKS_KEY_PATTERN(alias, "a second mapping of a closed page", 0),
	PKS_KEY_PATTERN(callback, "who decides about violations of which key", 0),
	PKS_KEY_PATTERN(callback_ends, "who decides is taken away while it does", 0),
#ifdef CONFIG_PKS_KMAP
	PKS_KEY_PATTERN(callback_amid, "the same while a page is mapped", PKS_TEST_LOCAL),
	PKS_KEY_PATTERN(vmapped, "a mapping of vmalloc() that has the key of kmap()",
			PKS_TEST_KMAP | PKS_TEST_LOCAL),
#endif
	{
		.name = "key_apart",
		.desc = "the caller holds one key, the context opens another",
		.flags = PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_key_apart,
	},
#endif
	{ }
};
