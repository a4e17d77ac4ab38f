// SPDX-License-Identifier: GPL-2.0
/*
 * The life of blocks of pages, step by step as userspace wants it: who knows what
 * each page has to be after each step is there, not here.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>

#include "pks_test.h"

#ifdef CONFIG_PKS_KMAP

/* Outstanding kmap_local mappings; more than that are refused. */
#define PKS_STEPS_LOCAL		32

/**
 * struct pks_slot - a block of pages
 * @page:	the first, or NULL; what was freed is known here until the next ALLOC,
 *		for mappings may be left of it
 * @order:	how large it was when it was allocated
 * @folio:	allocated as one
 * @split:	its pages are freed one by one
 * @wc:		some of it may be mapped write-combining
 * @freed:	a bit for each page that is not ours any more
 */
struct pks_slot {
	struct page *page;
	unsigned int order;
	bool folio;
	bool split;
	bool wc;
	DECLARE_BITMAP(freed, PKS_TEST_SLOT_PAGES);
};

/**
 * struct pks_blocks - what the steps of one ioctl have
 * @slot:	the blocks
 * @local:	pages with a kmap_local mapping, in the order in which they were mapped
 * @nr_local:	how many
 * @kept:	a page that was freed has kept its key: nobody waits for others any more
 */
struct pks_blocks {
	struct pks_slot slot[PKS_TEST_SLOTS];
	struct page *local[PKS_STEPS_LOCAL];
	unsigned int nr_local;
	bool kept;
};

static unsigned int pks_slot_pages(const struct pks_slot *slot)
{
	return slot->page ? 1 << slot->order : 0;
}

static void *pks_slot_addr(const struct pks_slot *slot, unsigned int first)
{
	return page_address(slot->page + first);
}

/* Pages of the block that are there */
static bool pks_slot_has(const struct pks_slot *slot, unsigned int first, unsigned int nr)
{
	unsigned int end = first + nr;

	return nr && end <= pks_slot_pages(slot) &&
	       find_next_bit(slot->freed, end, first) >= end;
}

static bool pks_slot_is_kmapped(const struct pks_slot *slot, unsigned int first,
				unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		if (pks_unprotect_count(slot->page + i))
			return true;
	return false;
}

static int pks_step_alloc(struct pks_slot *slot, bool folio, unsigned int order)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | (folio ? __GFP_COMP : 0);
	unsigned int i;

	if (order > ilog2(PKS_TEST_SLOT_PAGES) || order > MAX_PAGE_ORDER ||
	    !bitmap_full(slot->freed, PKS_TEST_SLOT_PAGES))
		return -EINVAL;
	slot->page = alloc_pages(gfp, order);
	if (!slot->page)
		return -ENOMEM;
	slot->order = order;
	slot->folio = folio && order;
	slot->split = false;
	slot->wc = false;
	bitmap_clear(slot->freed, 0, 1 << order);
	for (i = 0; i < 1 << order; i++)
		*(u64 *)pks_slot_addr(slot, i) = pks_expected(slot->page + i);
	return 0;
}

static int pks_step_split(struct pks_slot *slot)
{
	if (!pks_slot_has(slot, 0, pks_slot_pages(slot)) || slot->folio || slot->split)
		return -EINVAL;
	split_page(slot->page, slot->order);
	slot->split = true;
	return 0;
}

/* The key comes off what is freed, and some time later. */
static int pks_step_free(struct pks_blocks *blocks, struct pks_slot *slot,
			 unsigned int first, unsigned int nr)
{
	unsigned int i;

	if (!pks_slot_has(slot, first, nr) || (!slot->split && nr != pks_slot_pages(slot)))
		return -EINVAL;
	if (pks_slot_is_kmapped(slot, first, nr))
		return -EBUSY;
	if (slot->wc)
		set_memory_wb((unsigned long)pks_slot_addr(slot, first), nr);
	bitmap_set(slot->freed, first, nr);
	if (!slot->split)
		__free_pages(slot->page, slot->order);
	for (i = first; i < first + nr && slot->split; i++)
		__free_page(slot->page + i);
	for (i = first; i < first + nr && !blocks->kept; i++)
		blocks->kept = !pks_wait_for_no_key(slot->page + i);
	return blocks->kept ? -ETIMEDOUT : 0;
}

static int pks_step_kunmap(struct page *page)
{
	if (page_is_access_protected(page) && !pks_unprotect_count(page))
		return -EINVAL;
	kunmap(page);
	return 0;
}

static int pks_step_map_local(struct pks_blocks *blocks, struct page *page)
{
	if (blocks->nr_local == PKS_STEPS_LOCAL)
		return -EINVAL;
	kmap_local_page(page);
	blocks->local[blocks->nr_local++] = page;
	return 0;
}

/* The latest mapping of that page; it need not be ours any more. */
static int pks_step_unmap_local(struct pks_blocks *blocks, struct page *page,
				unsigned int byte)
{
	unsigned int i = blocks->nr_local;

	if (byte >= PAGE_SIZE)
		return -EINVAL;
	while (i && blocks->local[i - 1] != page)
		i--;
	if (!i)
		return -EINVAL;
	kunmap_local(page_address(page) + byte);
	blocks->nr_local--;
	memmove(blocks->local + i - 1, blocks->local + i,
		(blocks->nr_local + 1 - i) * sizeof(*blocks->local));
	return 0;
}

static int pks_step_range(struct pks_slot *slot, const struct pks_test_step *step)
{
	unsigned long addr;

	if (!pks_slot_has(slot, step->first, step->nr))
		return -EINVAL;
	addr = (unsigned long)pks_slot_addr(slot, step->first);
	switch (step->op) {
	case PKS_TEST_STEP_TAG:
		return set_memory_pkey(addr, step->nr, PKS_TEST_KEY);
	case PKS_TEST_STEP_UNTAG:
		return set_memory_pkey(addr, step->nr, PKS_KEY_DEFAULT);
	case PKS_TEST_STEP_WC:
		slot->wc = true;
		return set_memory_wc(addr, step->nr);
	default:
		return set_memory_wb(addr, step->nr);
	}
}

static int pks_step_page(struct pks_blocks *blocks, struct pks_slot *slot,
			 const struct pks_test_step *step)
{
	struct page *page = slot->page + step->first;

	if (step->first >= pks_slot_pages(slot))
		return -EINVAL;
	if (step->op == PKS_TEST_STEP_UNMAP_LOCAL)
		return pks_step_unmap_local(blocks, page, step->nr);
	if (!pks_slot_has(slot, step->first, 1))
		return -EINVAL;
	switch (step->op) {
	case PKS_TEST_STEP_KMAP:
		return kmap(page) == page_address(page) ? 0 : -EFAULT;
	case PKS_TEST_STEP_KUNMAP:
		return pks_step_kunmap(page);
	default:
		return pks_step_map_local(blocks, page);
	}
}

static int pks_step(struct pks_blocks *blocks, struct pks_test_step *step)
{
	struct pks_slot *slot;

	if (step->slot >= PKS_TEST_SLOTS)
		return -EINVAL;
	slot = &blocks->slot[step->slot];
	switch (step->op) {
	case PKS_TEST_STEP_ALLOC:
		return pks_step_alloc(slot, step->first, step->nr);
	case PKS_TEST_STEP_SPLIT:
		return pks_step_split(slot);
	case PKS_TEST_STEP_FREE:
		return pks_step_free(blocks, slot, step->first, step->nr);
	case PKS_TEST_STEP_TAG:
	case PKS_TEST_STEP_UNTAG:
	case PKS_TEST_STEP_WC:
	case PKS_TEST_STEP_WB:
		return pks_step_range(slot, step);
	case PKS_TEST_STEP_KMAP:
	case PKS_TEST_STEP_KUNMAP:
	case PKS_TEST_STEP_MAP_LOCAL:
	case PKS_TEST_STEP_UNMAP_LOCAL:
		return pks_step_page(blocks, slot, step);
	default:
		return -EINVAL;
	}
}

/* What a fault has granted ends, or the next page looks open as well. */
static void pks_end_grant(void)
{
	if (READ_ONCE(current->thread.pks.ctx.granted))
		pks_switch_away();
}

static u32 pks_look_at(struct page *page)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)page_address(page), &level);
	u32 state = pks_key_of(page_address(page)) & PKS_TEST_PAGE_KEY;
	u64 val = 0;

	if (pks_read(page_address(page), &val) && val == pks_expected(page))
		state |= PKS_TEST_PAGE_READABLE;
	pks_end_grant();
	if (page_is_access_protected(page))
		state |= PKS_TEST_PAGE_CLOSED;
	if (pte && pte_flags(*pte) & (_PAGE_PWT | _PAGE_PCD))
		state |= PKS_TEST_PAGE_WC;
	return state | pks_unprotect_count(page) << 16;
}

static void pks_look(const struct pks_slot *slot, u32 *state)
{
	unsigned int i;

	for (i = 0; i < pks_slot_pages(slot); i++)
		state[i] = test_bit(i, slot->freed) ? PKS_TEST_PAGE_FREED :
						      pks_look_at(slot->page + i);
}

static void pks_free_slot(struct pks_blocks *blocks, struct pks_slot *slot)
{
	unsigned int i;

	for (i = 0; i < pks_slot_pages(slot); i++) {
		while (!test_bit(i, slot->freed) && pks_unprotect_count(slot->page + i))
			kunmap(slot->page + i);
	}
	for (i = 0; i < pks_slot_pages(slot) && slot->split; i++)
		pks_step_free(blocks, slot, i, 1);
	pks_step_free(blocks, slot, 0, pks_slot_pages(slot));
}

static void pks_free_blocks(struct pks_blocks *blocks)
{
	unsigned int i;

	while (blocks->nr_local)
		kunmap_local(page_address(blocks->local[--blocks->nr_local]));
	for (i = 0; i < PKS_TEST_SLOTS; i++)
		pks_free_slot(blocks, &blocks->slot[i]);
	kvfree(blocks);
}

static struct pks_blocks *pks_new_blocks(void)
{
	struct pks_blocks *blocks = kvzalloc(sizeof(*blocks), GFP_KERNEL);
	unsigned int i;

	for (i = 0; i < PKS_TEST_SLOTS && blocks; i++)
		bitmap_fill(blocks->slot[i].freed, PKS_TEST_SLOT_PAGES);
	return blocks;
}

static int pks_take_steps(struct pks_test_step *step, u32 *pages, unsigned int nr)
{
	struct pks_blocks *blocks = pks_new_blocks();
	int err = 0;

	if (!blocks)
		return -ENOMEM;
	pks_scheme_get();
	if (pks_scheme_flags() & PKS_SCHEME_LOCAL_SLEEPS)
		err = -EOPNOTSUPP;
	for (; nr && !err; nr--, step++, pages += PKS_TEST_SLOT_PAGES) {
		step->result = pks_step(blocks, step);
		step->depth = pks_depth();
		if (step->slot < PKS_TEST_SLOTS)
			pks_look(&blocks->slot[step->slot], pages);
		if (signal_pending(current))
			err = -EINTR;
	}
	pks_free_blocks(blocks);
	pks_scheme_put();
	return err;
}

static int pks_copy_steps(struct pks_test_steps *uapi, struct pks_test_step *step, u32 *pages)
{
	size_t size = uapi->nr * sizeof(*step);
	int err;

	if (copy_from_user(step, u64_to_user_ptr(uapi->steps), size))
		return -EFAULT;
	err = pks_take_steps(step, pages, uapi->nr);
	if (err)
		return err;
	if (copy_to_user(u64_to_user_ptr(uapi->steps), step, size) ||
	    copy_to_user(u64_to_user_ptr(uapi->pages), pages,
			 uapi->nr * PKS_TEST_SLOT_PAGES * sizeof(*pages)))
		return -EFAULT;
	return 0;
}

static int pks_do_steps(struct pks_test_steps *uapi)
{
	struct pks_test_step *step;
	int err = -ENOMEM;
	u32 *pages;

	if (!pks_available())
		return -EOPNOTSUPP;
	step = kvcalloc(uapi->nr, sizeof(*step), GFP_KERNEL);
	pages = kvcalloc(uapi->nr, PKS_TEST_SLOT_PAGES * sizeof(*pages), GFP_KERNEL);
	if (step && pages)
		err = pks_copy_steps(uapi, step, pages);
	kvfree(pages);
	kvfree(step);
	return err;
}

#else /* !CONFIG_PKS_KMAP */

static int pks_do_steps(struct pks_test_steps *uapi)
{
	return -EOPNOTSUPP;
}

#endif /* CONFIG_PKS_KMAP */

/* Persistent memory, where it lies between other, has a key that stays. */
static bool pks_may_be_tagged(unsigned long pfn)
{
	return pfn_valid(pfn) && !is_zone_device_page(pfn_to_page(pfn));
}

/* Of a large mapping all pages have its key. */
static u64 pks_keys_of_node(int nid)
{
	unsigned long pfn = node_start_pfn(nid), size;
	u64 keys = 0;

	for (; pfn < node_end_pfn(nid); pfn += size) {
		unsigned long addr = (unsigned long)pfn_to_kaddr(pfn);
		unsigned int level = PG_LEVEL_4K;
		pte_t *pte = pks_may_be_tagged(pfn) ? lookup_address(addr, &level) : NULL;

		size = page_level_size(pte ? level : PG_LEVEL_4K) >> PAGE_SHIFT;
		size -= pfn & (size - 1);
		if (pte && pte_present(*pte) && pte_flags_pkey(pte_flags(*pte)))
			keys += size;
	}
	return keys;
}

static u64 pks_count_keys(void)
{
	u64 keys = 0;
	int nid;

	for_each_online_node(nid)
		keys += pks_keys_of_node(nid);
	return keys;
}

/**
 * pks_steps() - what PKS_TEST_IOC_STEPS does
 * @uapi:	copied in, gets the answer
 *
 * Context: the caller's thread, may sleep
 * Return: 0 or a negative errno, see struct pks_test_steps
 */
int pks_steps(struct pks_test_steps *uapi)
{
	if (!uapi->nr == !uapi->count_keys || uapi->nr > PKS_TEST_STEPS_MAX ||
	    uapi->count_keys > 1 || uapi->pad)
		return -EINVAL;
	if (uapi->nr)
		return pks_do_steps(uapi);
	uapi->keys = pks_count_keys();
	return 0;
}
