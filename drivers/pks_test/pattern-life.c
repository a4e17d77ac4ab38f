// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of mappings when pages get and lose their keys, and of pages that
 * are unmapped in another way than they were mapped.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/gcd.h>
#include <linux/highmem.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/msr.h>

#include "compat.h"
#include "pks_test.h"

#ifdef CONFIG_PKS_KMAP

#define PKS_VISITS	100	/* of a context that counts what it does */

/* A page of our own, to be tagged and untagged at will; NULL: no memory */
static struct page *pks_own_page(int pkey)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	*(u64 *)page_address(page) = pks_expected(page);
	if (pkey && set_memory_pkey((unsigned long)page_address(page), 1, pkey)) {
		__free_page(page);
		return NULL;
	}
	return page;
}

static int pks_tag(struct page *page)
{
	return set_memory_pkey((unsigned long)page_address(page), 1, PKS_KEY_KMAP);
}

static int pks_untag(struct page *page)
{
	return set_memory_pkey((unsigned long)page_address(page), 1, PKS_KEY_DEFAULT);
}

static bool pks_may_read(struct page *page)
{
	u64 val = 0;

	return pks_read(page_address(page), &val) && val == pks_expected(page);
}

/* A context that has the domain open can read any page of it. */
static bool pks_is_closed(struct pks_run *run)
{
	u64 val;

	return !pks_depth() && !pks_read(page_address(run->pages->page[0]), &val);
}

/* The key comes off under a mapping, which has its end like any other. */
static int pks_op_life_untag(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);
	void *addr;

	if (!own)
		return -ENOMEM;
	addr = kmap_local_page(own);
	pks_check(run, !pks_untag(own), "the key comes off a page that is mapped");
	pks_check(run, pks_may_read(own), "who has it mapped can read it");
	kunmap_local(addr);
	pks_check(run, pks_is_closed(run), "the domain is closed with the mapping");

	pks_check(run, !pks_tag(own), "the key goes on again");
	addr = kmap_local_page(own);
	pks_check(run, !pks_untag(own) && !pks_tag(own), "off and on again");
	pks_check(run, pks_may_read(own), "who has it mapped can read it still");
	kunmap_local(addr);
	pks_check(run, pks_is_closed(run), "and nobody after that");
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

/* The key goes on under a mapping that left no trace: denied, told of, and no more. */
static int pks_op_life_tag(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_DEFAULT);
	void *addr, *other;

	if (!own)
		return -ENOMEM;
	addr = kmap_local_page(own);
	pks_check(run, !pks_tag(own), "the key goes on");
	pks_check(run, !pks_may_read(own), "the page is closed");
	other = kmap_local_page(page);
	kunmap_local(addr);
	pks_check(run, pks_depth() == 1 && pks_may_read(page),
		  "another mapping is open as before");
	kunmap_local(other);
	pks_check(run, pks_is_closed(run), "the domain is closed");
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

/* A page is not untagged as long as somebody has it kmap()ed. */
static int pks_op_life_busy(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);

	if (!own)
		return -ENOMEM;
	kmap(own);
	pks_check(run, pks_untag(own) == -EBUSY, "a page that is kmap()ed keeps its key");
	pks_check(run, pks_tag(own) == -EBUSY, "and gets no other");
	pks_check(run, pks_unprotect_count(own) == 1, "its count is what it was");
	kunmap(own);
	pks_check(run, !pks_untag(own), "the key comes off once it is not");
	pks_check(run, !pks_untag(own), "and there is none to come off after that");
	pks_check(run, !page_is_access_protected(own), "the page is an ordinary one");
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

/* kunmap_local() of a page beside the one that was mapped */
static int pks_op_life_neighbour(struct pks_run *run, struct page *page,
				 struct pks_test_sample *sample)
{
	struct page *plain = pks_own_page(PKS_KEY_DEFAULT);
	struct page *closed = pks_own_page(PKS_KEY_KMAP);
	void *addr;
	int err = -ENOMEM;

	if (!plain || !closed)
		goto out;
	addr = kmap_local_page(page);
	kunmap_local(page_address(plain));
	pks_check(run, pks_depth() == 1 && pks_may_read(page),
		  "a page without a key ends nothing");
	kunmap_local(page_address(closed));
	pks_check(run, pks_depth() == 1 && pks_may_read(page),
		  "nor does one that is not mapped");
	kunmap_local(addr + PAGE_SIZE - 1);
	pks_check(run, pks_is_closed(run), "the page itself does");
	run->uapi.touched++;
	err = 0;
out:
	if (closed)
		__free_page(closed);
	if (plain)
		__free_page(plain);
	return err;
}

/* As many mappings as are known page by page, fewer, and more: each number of them */
#define PKS_LIFE_PAGES	20

/* All of them from the last on, in steps that come to each */
static void pks_map_and_unmap(struct pks_run *run, struct page **pages, unsigned int nr,
			      unsigned int step)
{
	unsigned int i, at = nr - 1;

	for (i = 0; i < nr; i++)
		kmap_local_page(pages[i]);
	for (i = 0; i < nr; i++) {
		pks_check(run, pks_depth() == nr - i && pks_may_read(pages[0]),
			  "open until the last");
		kunmap_local(page_address(pages[at]));
		at = (at + step) % nr;
	}
	pks_check(run, pks_is_closed(run), "closed with the last");
}

static int pks_op_life_order(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *pages[PKS_LIFE_PAGES] = { };
	unsigned int i, nr, step;
	int err = -ENOMEM;

	for (i = 0; i < PKS_LIFE_PAGES; i++) {
		pages[i] = pks_own_page(PKS_KEY_KMAP);
		if (!pages[i])
			goto out;
	}
	for (nr = 1; nr <= PKS_LIFE_PAGES; nr++)
		for (step = 1; step <= nr; step++)
			if (gcd(step, nr) == 1)
				pks_map_and_unmap(run, pages, nr, step);
	run->uapi.touched++;
	err = 0;
out:
	for (i = 0; i < PKS_LIFE_PAGES && pages[i]; i++)
		__free_page(pages[i]);
	return err;
}

/* As many mappings as can be counted but one */
#define PKS_LIFE_DEEP	65534

static void pks_map_often(struct page *page, unsigned int times)
{
	while (times--)
		kmap_local_page(page);
}

static void pks_unmap_often(struct page *page, unsigned int times)
{
	while (times--)
		kunmap_local(page_address(page));
}

static int pks_op_life_deep(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	pks_map_often(page, PKS_LIFE_DEEP);
	pks_check(run, pks_depth() == PKS_LIFE_DEEP, "all of them are counted");
	pks_unmap_often(page, PKS_LIFE_DEEP - 1);
	pks_check(run, pks_depth() == 1 && pks_may_read(page), "open until the last");
	kunmap_local(page_address(page));
	pks_check(run, pks_is_closed(run), "closed with the last");
	run->uapi.touched++;
	return 0;
}

/* One too many: the domain is open for as long as the context lasts, and that is all. */
static int pks_op_life_deeper(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	pks_map_often(page, PKS_LIFE_DEEP + 3);
	pks_unmap_often(page, PKS_LIFE_DEEP + 3);
	pks_switch_away();
	pks_check(run, pks_depth() && pks_may_read(page), "the domain stays open");
	pks_check(run, pks_read_pkrs() ==
		  (PKS_INIT_VALUE & ~PKR_PKEY_MASK(PKS_KEY_KMAP)),
		  "no other key is");
	run->uapi.touched++;
	return 0;
}

/*
 * The caller has a page mapped, and what interrupts it maps another one: of the first
 * is known what was known.
 */
static int pks_op_life_interrupted(struct pks_run *run, struct page *page,
				   struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);
	struct pks_touch touch = { .page = own, .local = true };
	void *addr;
	int err;

	if (!own)
		return -ENOMEM;
	addr = kmap_local_page(page);
	kmap(page);
	err = pks_touch_there(run, &touch);
	kunmap(page);
	pks_check(run, pks_depth() == 1 && pks_may_read(page), "the mapping is there");
	kunmap_local(addr);
	pks_check(run, pks_is_closed(run), "and has its end");
	pks_check(run, !current->thread.pks.mapped, "nobody below a thread has mappings");
	__free_page(own);
	return err;
}

/* The same in the order that is to be warned of, whatever came in between */
static int pks_op_life_interrupted_mix(struct pks_run *run, struct page *page,
				       struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);
	struct pks_touch touch = { .page = own, .local = true };
	void *addr;
	int err;

	if (!own)
		return -ENOMEM;
	kmap(page);
	addr = kmap_local_page(page);
	err = pks_touch_there(run, &touch);
	kunmap(page);
	kunmap_local(addr);
	__free_page(own);
	return err;
}

/* kmap() inside one of two kmap_local mappings, either of which may end first: no mix */
static int pks_op_life_two_inside(struct pks_run *run, struct page *page,
				  struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP), *inside;
	unsigned int i;

	if (!own)
		return -ENOMEM;
	for (i = 0; i < 4; i++) {
		inside = i & 1 ? own : page;
		kmap_local_page(page);
		kmap_local_page(own);
		kmap(inside);
		kunmap_local(page_address(i & 2 ? page : own));
		kunmap(inside);
		pks_check(run, pks_depth() == 1 && pks_may_read(page), "open until the last");
		kunmap_local(page_address(i & 2 ? own : page));
		pks_check(run, pks_is_closed(run), "closed with the last");
	}
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

/* One page is kmap()ed inside, and the other one is the mix. */
static int pks_op_life_two_mix(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);

	if (!own)
		return -ENOMEM;
	kmap(page);
	kmap_local_page(page);
	kmap_local_page(own);
	kmap(own);
	kunmap(own);
	kunmap(page);
	pks_check(run, pks_depth() == 2 && pks_may_read(page), "open until the last");
	kunmap_local(page_address(own));
	kunmap_local(page_address(page));
	pks_check(run, pks_is_closed(run), "closed with the last");
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

static void pks_leave_mapped(void *page)
{
	kmap_local_page(page);
}

/* A context that ends with a page mapped: nobody has it after that. */
static int pks_op_life_left(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_job job = { .fn = pks_leave_mapped, .arg = page };
	int err;

	/* Threads do not end with it: the caller would have it, or whoever works next. */
	if (run->context->flags & PKS_TEST_SLEEPS)
		return -EOPNOTSUPP;
	err = run->context->run(run, &job);
	pks_check(run, pks_is_closed(run), "the caller has nothing of it");
	run->uapi.touched++;
	return err;
}

/* How often the key comes off, and how long that may take */
#define PKS_LIFE_CHANGES	50
#define PKS_LIFE_SECONDS	60

/**
 * struct pks_life_race - kmap() against who takes the key off
 * @page:	the page
 * @inside:	threads that have it mapped, or are about to
 * @hold:	nobody may begin: the key goes on, of which a mapping must not hear
 * @wrong:	mappings that could not be read through
 */
struct pks_life_race {
	struct page *page;
	atomic_t inside;
	bool hold;
	atomic_t wrong;
};

static void pks_life_map(struct pks_life_race *race)
{
	atomic_inc(&race->inside);
	/* pairs with pks_life_tag() */
	smp_mb__after_atomic();
	if (!READ_ONCE(race->hold)) {
		kmap(race->page);
		if (!pks_may_read(race->page))
			atomic_inc(&race->wrong);
		kunmap(race->page);
	}
	atomic_dec(&race->inside);
}

static int pks_life_tag(struct pks_life_race *race)
{
	int err;

	WRITE_ONCE(race->hold, true);
	/* pairs with pks_life_map() */
	smp_mb();
	while (atomic_read(&race->inside))
		pks_nap();
	err = pks_tag(race->page);
	WRITE_ONCE(race->hold, false);
	return err;
}

static int pks_life_mapper(void *data)
{
	struct pks_life_race *race = data;
	unsigned int turn = 0;

	while (!kthread_should_stop()) {
		pks_life_map(race);
		/* Now and then nobody has it. */
		if (++turn % 8)
			cond_resched();
		else
			schedule_timeout_interruptible(1);
	}
	return 0;
}

static int pks_op_life_race(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_life_race race = { .page = pks_own_page(PKS_KEY_KMAP) };
	unsigned long end = jiffies + PKS_LIFE_SECONDS * HZ;
	unsigned int i, changed = 0, threads = 0, cpu;
	struct task_struct **task;
	int err = -ENOMEM;

	task = kcalloc(nr_cpu_ids, sizeof(*task), GFP_KERNEL);
	if (!race.page || !task)
		goto out;
	err = 0;
	for_each_online_cpu(cpu) {
		task[threads] = kthread_create_on_cpu(pks_life_mapper, &race, cpu,
						      "pks_life/%u");
		if (IS_ERR(task[threads])) {
			err = PTR_ERR(task[threads]);
			break;
		}
		wake_up_process(task[threads++]);
	}
	while (changed < PKS_LIFE_CHANGES && !err && time_before(jiffies, end)) {
		err = pks_untag(race.page);
		if (err == -EBUSY) {
			err = 0;
			cond_resched();
			continue;
		}
		changed++;
		err = err ?: pks_life_tag(&race);
	}
	for (i = 0; i < threads; i++)
		kthread_stop(task[i]);
	run->uapi.wrong += !!pks_unprotect_count(race.page);
	run->uapi.touched += changed;
	run->uapi.denied += atomic_read(&race.wrong);
	pks_check(run, !pks_untag(race.page), "nothing is left counted");
out:
	kfree(task);
	if (race.page)
		__free_page(race.page);
	return err;
}

#ifdef CONFIG_KPROBES
/**
 * struct pks_life_tagging - kmap() of a page that is about to get its key
 * @probe:	where it gets that
 * @page:	the page
 * @tagger:	who gives it that
 * @mapper:	who maps it, on another CPU
 * @begun:	it may
 * @mapped:	it has
 * @waits:	it was seen waiting
 * @late:	it came to neither in that time, as others had its CPU
 * @read:	it could read through its mapping
 * @done:	its mapping has come to its end
 */
struct pks_life_tagging {
	struct kprobe probe;
	struct page *page;
	struct task_struct *tagger;
	struct task_struct *mapper;
	bool begun;
	bool mapped;
	bool waits;
	bool late;
	bool read;
	struct completion done;
};

static int pks_life_map_amid(void *data)
{
	struct pks_life_tagging *tagging = data;

	while (!READ_ONCE(tagging->begun))
		cond_resched();
	kmap(tagging->page);
	WRITE_ONCE(tagging->mapped, true);
	tagging->read = pks_may_read(tagging->page);
	kunmap(tagging->page);
	complete(&tagging->done);
	return 0;
}

/* The page is known to be getting its key, which goes on only once the mapper waits. */
static int pks_life_amid(struct kprobe *probe, struct pt_regs *regs)
{
	struct pks_life_tagging *tagging = container_of(probe, struct pks_life_tagging, probe);
	unsigned int tries = 20000;

	/* Others may be giving keys, too. */
	if (current != tagging->tagger)
		return 0;
	WRITE_ONCE(tagging->begun, true);
	while (tries-- && !tagging->waits) {
		udelay(5);
		tagging->waits = READ_ONCE(tagging->mapper->__state) == TASK_UNINTERRUPTIBLE;
	}
	if (!tagging->waits && !READ_ONCE(tagging->mapped))
		tagging->late = true;
	return 0;
}

NOKPROBE_SYMBOL(pks_life_amid);

static int pks_life_start_mapper(struct pks_life_tagging *tagging)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, task_cpu(current));
	struct task_struct *task;

	if (cpu >= nr_cpu_ids)
		return -ENODEV;
	task = kthread_create_on_cpu(pks_life_map_amid, tagging, cpu, "pks_life/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	tagging->mapper = task;
	wake_up_process(task);
	return 0;
}

static int pks_op_life_tagging(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	struct pks_life_tagging tagging = {
		.probe.symbol_name = "arch_set_memory_pkey",
		.probe.pre_handler = pks_life_amid,
		.page = pks_own_page(PKS_KEY_DEFAULT),
		.tagger = current,
	};
	int err = -ENOMEM;

	if (!tagging.page)
		return err;
	init_completion(&tagging.done);
	/*
	 * This waits for CPU hotplug, and so may the mapper's kmap(). Hotplug waits for whoever
	 * may not leave his CPU, and for a mapper that has not begun: here there is neither.
	 */
	err = register_kprobe(&tagging.probe);
	if (err)
		goto page;
	migrate_disable();
	err = pks_life_start_mapper(&tagging);
	if (!err)
		err = pks_tag(tagging.page);
	migrate_enable();
	if (!tagging.mapper)
		goto probe;
	WRITE_ONCE(tagging.begun, true);
	wait_for_completion(&tagging.done);
	if (err)
		goto probe;
	pks_check(run, tagging.waits || tagging.late,
		  "who maps a page that is getting its key waits for it");
	pks_check(run, tagging.read, "and may read it then");
	pks_check(run, !pks_may_read(tagging.page) && !pks_untag(tagging.page),
		  "it has its key, and no mapping");
	run->uapi.touched++;
probe:
	unregister_kprobe(&tagging.probe);
page:
	__free_page(tagging.page);
	return err;
}
#endif /* CONFIG_KPROBES */

/* Without PKS nobody gets a key or a right; with it, the same calls do what they say. */
static int pks_op_life_asked(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_DEFAULT);
	int err;

	if (!own)
		return -ENOMEM;
	pks_check(run, !(native_read_cr4() & X86_CR4_PKS) == !pks_available(), "CR4.PKS");
	err = pks_tag(own);
	pks_check(run, err == (pks_available() ? 0 : -EOPNOTSUPP), "what one is told");
	pks_check(run, page_is_access_protected(own) == pks_available(), "what the page is");
	pks_check(run, pks_may_read(own) == !pks_available(), "who may read it");
	err = pks_untag(own);
	pks_check(run, err == (pks_available() ? 0 : -EOPNOTSUPP), "and the way back");
	pks_check(run, pks_may_read(own) && !page_is_access_protected(own), "open at the end");
	run->uapi.touched++;
	__free_page(own);
	return 0;
}

#ifdef CONFIG_PKS_TEST
/* Where there are no rights, none are changed, nor what is beside the registers. */
static int pks_op_life_rightless(struct pks_run *run, struct page *page,
				 struct pks_test_sample *sample)
{
	struct pt_regs_extended *ext = kzalloc(sizeof(*ext), GFP_KERNEL);

	if (!ext)
		return -ENOMEM;
	if (!pks_available()) {
		pks_set_readwrite(PKS_KEY_TEST);
		pks_update_exception(&ext->pt_regs, PKS_KEY_TEST, PKEY_READ_WRITE);
		pks_flush_thread();
		pks_check(run, !memchr_inv(ext, 0, sizeof(*ext)), "no right is changed");
	}
	run->uapi.touched++;
	kfree(ext);
	return 0;
}
#endif

/*
 * PKRS is not what it should be, in a context that holds something: whoever comes in
 * between finds that out, and puts it right when it ends.
 */
static int pks_op_life_violated(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	struct pks_job job = { .fn = pks_no_job };
	void *addr;
	u32 pkrs;
	int err;

	/* A context that is waited for cannot come in between: here nobody may sleep. */
	if (!(run->context->flags & PKS_TEST_INTERRUPTS))
		return -EOPNOTSUPP;
	addr = kmap_local_page(page);
	pkrs = pks_read_pkrs();
	preempt_disable();
	native_wrmsr(MSR_IA32_PKRS, pkrs & ~PKR_PKEY_MASK(PKS_NUM_PKEYS - 1), 0);
	err = run->context->run(run, &job);
	pks_check(run, pks_read_pkrs() == pkrs, "what was put aside comes back");
	native_wrmsr(MSR_IA32_PKRS, pkrs, 0);
	preempt_enable();
	kunmap_local(addr);
	if (!err)
		run->uapi.touched++;
	return err;
}

/* A grant of the thread becomes part of its mapping, and ends with it. */
static int pks_op_life_granted(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	const struct pks_context *ctx = &current->thread.pks.ctx;
	void *addr;

	kmap(page);
	/* not switched away from between the access and the look */
	preempt_disable();
	pks_check(run, pks_may_read(page) && ctx->granted, "who may read it was granted that");
	addr = kmap_local_page(page);
	pks_check(run, ctx->depth == 1 && !ctx->granted, "a mapping is no grant");
	kunmap_local(addr);
	pks_check(run, pks_is_default(ctx), "nothing is left of either");
	preempt_enable();
	kunmap(page);
	run->uapi.touched++;
	return 0;
}

/* Of so many mappings not all are known: one without a key is none of them even so. */
static int pks_op_life_many(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	const struct pks_context *ctx = &current->thread.pks.ctx;
	struct page *plain = pks_own_page(PKS_KEY_DEFAULT);
	unsigned int i, many = PKS_LOCAL_MAX + 2;

	if (!plain)
		return -ENOMEM;
	for (i = 0; i < many; i++)
		kmap_local_page(page);
	kunmap_local(kmap_local_page(plain));
	pks_check(run, ctx->depth == many, "a page without a key takes no mapping away");
	while (i--)
		kunmap_local(page_address(page));
	pks_check(run, pks_is_closed(run) && pks_is_default(ctx), "all of them have come down");
	__free_page(plain);
	run->uapi.touched++;
	return 0;
}

#ifdef CONFIG_DEBUG_PKS
static void pks_mistake(void *unused)
{
	WRITE_ONCE(current->thread.pks.ctx.depth, 1);
}

/* What an interrupt says that it holds is not so: it is told of before it returns. */
static int pks_op_life_mistaken(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	struct pks_job job = { .fn = pks_mistake };
	int err;

	/* of a thread it would stay so */
	if (run->context->flags & PKS_TEST_SLEEPS)
		return -EOPNOTSUPP;
	err = run->context->run(run, &job);
	run->uapi.touched++;
	return err;
}

static void pks_mistake_aside(void *done)
{
	struct pt_regs *regs = pks_pending_regs();

	if (!regs)
		return;
	to_extended_pt_regs(regs)->aux.ctx.pkrs &= ~PKR_PKEY_MASK(PKS_KEY_KMAP);
	*(bool *)done = true;
}

/* What an exception put aside is not what comes back: it is told of when it does. */
static int pks_op_life_aside(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	bool done = false;
	struct pks_job job = { .fn = pks_mistake_aside, .arg = &done };
	int err = run->context->run(run, &job);

	/* the end of a mapping closes the key again */
	kunmap_local(kmap_local_page(page));
	if (!err && !done)
		err = -EOPNOTSUPP;
	if (!err)
		run->uapi.touched++;
	return err;
}

/* So many at least, and not that many that it is no number of them */
static bool pks_is_more(unsigned long after, unsigned long before)
{
	return after - before >= PKS_VISITS && after - before < 1000000;
}

/* What all CPUs counted is what each did, and nothing that was there before. */
static int pks_op_life_summed(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct pks_counters before, after;
	void *addr = kmap_local_page(page);
	unsigned int i;
	int err = 0;

	memset(&before, 0x5a, sizeof(before));
	memset(&after, 0xa5, sizeof(after));
	pks_sum_counters(&before);
	for (i = 0; i < PKS_VISITS && !err; i++) {
		struct pks_job job = { .fn = pks_no_job };

		err = pks_run_exception(run, &job);
	}
	pks_sum_counters(&after);
	kunmap_local(addr);
	pks_check(run, pks_is_more(after.saves, before.saves), "each save is in the sum");
	pks_check(run, pks_is_more(after.restores, before.restores), "and each restore");
	run->uapi.touched++;
	return err;
}
#endif

/*
 * A page that was just freed has its key still, which a worker of this CPU takes off:
 * not before this, which goes first.
 */
static int pks_op_life_freed(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_KMAP);

	if (!own)
		return -ENOMEM;
	sched_set_fifo(current);
	migrate_disable();
	__free_page(own);
	__pks_kmap(own);
	pks_check(run, !pks_unprotect_count(own), "who is free is mapped by nobody");
	migrate_enable();
	sched_set_normal(current, 0);
	run->uapi.touched++;
	return 0;
}

/* A key that cannot be taken off stays, and with it all that it means. */
static int pks_op_life_failing_untag(struct pks_run *run, struct page *page,
				     struct pks_test_sample *sample)
{
	void *addr;
	int err = pks_untag(page);

	if (!err)
		return pks_tag(page) ?: -EOPNOTSUPP;
	pks_check(run, err == -ENOMEM, "the error is told");
	pks_check(run, page_is_access_protected(page) && pks_is_closed(run),
		  "the page is as closed as it was");
	addr = kmap_local_page(page);
	pks_check(run, pks_may_read(page), "and opened like any other");
	kunmap_local(addr);
	pks_check(run, pks_is_closed(run), "and closed");
	pks_check(run, !pks_untag(page) && pks_may_read(page), "the next try takes the key off");
	pks_check(run, !pks_tag(page) && pks_is_closed(run), "and puts it on again");
	run->uapi.touched++;
	return 0;
}

#ifdef CONFIG_PKS_TEST
/* Where the keys of several pages cannot be taken off each has the one that it had. */
static int pks_op_life_failing_keys(struct pks_run *run, struct page *page,
				    struct pks_test_sample *sample)
{
	struct page *pair = alloc_pages(GFP_KERNEL, 1);
	unsigned long addr;
	int err;

	if (!pair)
		return -ENOMEM;
	addr = (unsigned long)page_address(pair);
	err = set_memory_pkey(addr, 1, PKS_KEY_TEST) ?: pks_tag(pair + 1);
	if (err)
		goto out;
	if (!set_memory_pkey(addr, 2, PKS_KEY_DEFAULT)) {
		err = -EOPNOTSUPP;
		goto out;
	}
	pks_check(run, pks_key_of((void *)addr) == PKS_KEY_TEST, "the first has its key");
	pks_check(run, pks_key_of((void *)addr + PAGE_SIZE) == PKS_KEY_KMAP,
		  "the second has its own");
	pks_check(run, !set_memory_pkey(addr, 2, PKS_KEY_DEFAULT), "the next try takes them off");
	run->uapi.touched++;
out:
	__free_pages(pair, 1);
	return err;
}
#endif /* CONFIG_PKS_TEST */

/* A page that could not get a key is an ordinary one. */
static int pks_op_life_failing_tag(struct pks_run *run, struct page *page,
				   struct pks_test_sample *sample)
{
	struct page *own = pks_own_page(PKS_KEY_DEFAULT);
	int err;

	if (!own)
		return -ENOMEM;
	err = pks_tag(own);
	if (!err) {
		err = pks_untag(own) ?: -EOPNOTSUPP;
		goto out;
	}
	pks_check(run, err == -ENOMEM, "the error is told");
	pks_check(run, !page_is_access_protected(own) && pks_may_read(own),
		  "the page is as open as it was");
	pks_check(run, !pks_tag(own) && !pks_may_read(own), "the next try puts the key on");
	err = pks_untag(own);
	pks_check(run, !err && pks_may_read(own), "and takes it off again");
	run->uapi.touched++;
out:
	__free_page(own);
	return err;
}

static bool pks_may_fail(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return current->make_it_fail;
#else
	return false;
#endif
}

/* 2^@order pages of our own with the key of kmap(); NULL: no memory */
static struct page *pks_closed_block(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return NULL;
	if (!set_memory_pkey((unsigned long)page_address(page), 1 << order, PKS_KEY_KMAP))
		return page;
	__free_pages(page, order);
	return NULL;
}

/* Was it freed, and has kept its key? Nobody has a reference to it, nor gets one. */
static bool pks_is_lost(struct page *page)
{
	return page_is_access_protected(page) && !page_count(page) &&
	       pks_key_of(page_address(page)) == PKS_KEY_KMAP;
}

/* Once more, by who has lost it */
static void pks_free_lost(struct page *page, unsigned int order)
{
	set_page_private(page, 0);
	init_page_count(page);
	__free_pages(page, order);
}

/*
 * What keeps its key when it is freed is lost, and stays closed. The worker takes what
 * was freed all at once, single pages last: when something loses its key that was freed
 * after something else had lost its own, what was freed before both has been tried. They
 * are of the other kind, of which nothing fails. A run of two pages is one of a block.
 */
static int pks_op_life_failing_free(struct pks_run *run, struct page *page,
				    struct pks_test_sample *sample)
{
	unsigned int order = run->uapi.pages > 1, i;
	struct page *own, *next[2];

	/* What loses its key is soon somebody else's: only for who has asked for failures */
	if (!pks_may_fail())
		return -EOPNOTSUPP;
	own = pks_closed_block(order);
	for (i = 0; i < ARRAY_SIZE(next); i++)
		next[i] = pks_closed_block(!order);

	if (own)
		__free_pages(own, order);
	for (i = 0; i < ARRAY_SIZE(next); i++) {
		if (!next[i])
			continue;
		__free_pages(next[i], !order);
		pks_check(run, pks_wait_for_no_key(next[i]), "a freed page loses its key");
	}
	if (!own || !next[0] || !next[1])
		return -ENOMEM;
	if (!pks_is_lost(own))
		return -EOPNOTSUPP;
	pks_check(run, pks_is_lost(own + (1 << order) - 1), "all of a block is lost");
	pks_free_lost(own, order);
	pks_check(run, pks_wait_for_no_key(own + (1 << order) - 1),
		  "the next try takes the key off");
	run->uapi.touched++;
	return 0;
}

/* CR4.PKS cannot be taken away by a later write of CR4. */
static int pks_op_life_cr4(struct pks_run *run, struct page *page,
			   struct pks_test_sample *sample)
{
	unsigned long flags;
	bool changed;

	local_irq_save(flags);
	changed = pks_change_cr4(0, X86_CR4_PKS);
	pks_check(run, native_read_cr4() & X86_CR4_PKS, "CR4.PKS stays");
	pks_change_cr4(X86_CR4_PKS, 0);
	local_irq_restore(flags);
	if (!changed)
		return -EOPNOTSUPP;
	pks_check(run, pks_is_closed(run), "what is closed stays closed");
	run->uapi.touched++;
	return 0;
}

#define PKS_LIFE_PATTERN(_name, _desc, _flags)				\
	{								\
		.name = "life_" #_name,					\
		.desc = _desc,						\
		.flags = PKS_TEST_SELF_CHECK | (_flags),		\
		.op = pks_op_life_##_name,				\
	}

#endif /* CONFIG_PKS_KMAP */

const struct pks_pattern pks_patterns_life[] = {
#ifdef CONFIG_PKS_KMAP
	PKS_LIFE_PATTERN(untag, "a page loses its key while it is mapped", PKS_TEST_LOCAL),
	PKS_LIFE_PATTERN(tag, "a page gets its key while it is mapped, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(busy, "a key that stays as long as the page is kmap()ed",
			 PKS_TEST_KMAP),
	PKS_LIFE_PATTERN(neighbour, "another page is unmapped than was mapped, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(order, "each number of mappings, ended in other orders", PKS_TEST_LOCAL),
	PKS_LIFE_PATTERN(deep, "as many mappings of one context as can be counted",
			 PKS_TEST_LOCAL),
	PKS_LIFE_PATTERN(deeper, "more than that, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_WARNS | PKS_TEST_HOLDS),
	PKS_LIFE_PATTERN(interrupted, "what interrupts a mapping maps another page",
			 PKS_TEST_LOCAL | PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT),
	PKS_LIFE_PATTERN(interrupted_mix, "the same inside the mix, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_KMAP | PKS_TEST_ANY_CONTEXT |
			 PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(two_inside, "two pages mapped, of which one is kmap()ed inside",
			 PKS_TEST_LOCAL | PKS_TEST_KMAP),
	PKS_LIFE_PATTERN(two_mix, "the same around the mix of the other, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_KMAP | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(left, "the context ends with a page mapped, with a warning",
			 PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(race, "kmap() while the key comes and goes", PKS_TEST_KMAP),
#ifdef CONFIG_KPROBES
	PKS_LIFE_PATTERN(tagging, "kmap() of a page that is about to get its key",
			 PKS_TEST_MOVES),
#endif
	PKS_LIFE_PATTERN(asked, "a key for a page, which takes PKS", PKS_TEST_PLAIN),
#ifdef CONFIG_PKS_TEST
	PKS_LIFE_PATTERN(rightless, "rights are changed where there are none", PKS_TEST_PLAIN),
#endif
	PKS_LIFE_PATTERN(violated, "PKRS is changed under a mapping: debug builds warn",
			 PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(granted, "a page is mapped by who was granted it",
			 PKS_TEST_KMAP | PKS_TEST_LOCAL | PKS_TEST_ATOMIC),
	PKS_LIFE_PATTERN(many, "more mappings than are known, and one without a key",
			 PKS_TEST_LOCAL),
#ifdef CONFIG_DEBUG_PKS
	PKS_LIFE_PATTERN(mistaken, "an interrupt changes what it holds: debug builds warn",
			 PKS_TEST_ANY_CONTEXT | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(aside, "what an exception put aside is changed: debug builds warn",
			 PKS_TEST_LOCAL | PKS_TEST_ANY_CONTEXT | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(summed, "what all CPUs count, summed up", PKS_TEST_LOCAL),
#endif
	PKS_LIFE_PATTERN(freed, "kmap() of a page that was just freed, with a warning",
			 PKS_TEST_KMAP | PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(failing_untag, "the page tables cannot be changed", PKS_TEST_LOCAL),
#ifdef CONFIG_PKS_TEST
	PKS_LIFE_PATTERN(failing_keys, "the same of two pages with a key each", 0),
#endif
	PKS_LIFE_PATTERN(failing_tag, "the same when a page is to get a key", 0),
	PKS_LIFE_PATTERN(failing_free, "the same when one is freed, with a warning",
			 PKS_TEST_WARNS),
	PKS_LIFE_PATTERN(cr4, "CR4.PKS is cleared, with a warning", PKS_TEST_WARNS),
#endif
	{ }
};
