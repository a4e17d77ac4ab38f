// SPDX-License-Identifier: GPL-2.0
/*
 * Closed pages, and what else in the kernel touches memory: folios and their
 * parts, the page cache, DMA through a bounce buffer; and pages that cannot be
 * closed.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/platform_device.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "pks_test.h"

#define PKS_SMALL_ORDER	2
#define PKS_HUGE_ORDER	(PMD_SHIFT - PAGE_SHIFT)

static int pks_set_key(struct page *page, unsigned int nr, int pkey)
{
	return set_memory_pkey((unsigned long)page_address(page), nr, pkey);
}

/* What the page says, what its mapping says, and what an access says */
static bool pks_page_has(struct page *page, int pkey)
{
	return page_is_access_protected(page) == !!pkey &&
	       pks_key_of(page_address(page)) == pkey &&
	       pks_can_read(page_address(page)) == !pkey;
}

static bool pks_pages_have(struct page *page, unsigned int nr, int pkey)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!pks_page_has(page + i, pkey))
			return false;
	return true;
}

/* Some pages that are closed, each with its own first word; to be freed as they are */
static struct page *pks_alloc_closed(unsigned int order, gfp_t gfp)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | gfp, order);
	unsigned int i;
	int err;

	if (!page)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < 1 << order; i++)
		*(u64 *)page_address(page + i) = pks_expected(page + i);
	err = pks_set_key(page, 1 << order, PKS_TEST_KEY);
	if (err) {
		__free_pages(page, order);
		return ERR_PTR(err);
	}
	return page;
}

/* A range that must be refused, whatever its pages have at present */
static void pks_refused(struct pks_run *run, struct page *page, unsigned int nr,
			int pkey, const char *what)
{
	int err = pks_set_key(page, nr, pkey);

	pks_check(run, err == -EINVAL, what);
	if (!err)
		pks_set_key(page, nr, pkey ? 0 : PKS_TEST_KEY);
}

/* All parts of a small folio, and some of a large one: never the whole */
static void pks_refuse_parts(struct pks_run *run, struct page *head,
			     unsigned int order, int pkey, const char *what)
{
	unsigned int nr = 1 << order, step = max(1u, nr / 4 - 1), first, len;

	for (first = 0; first < nr; first += step)
		for (len = 1; first + len <= nr && len < nr; len += step)
			pks_refused(run, head + first, len, pkey, what);
	pks_refused(run, head, nr - 1, pkey, what);
	pks_refused(run, head + 1, nr - 1, pkey, what);
	pks_refused(run, head + nr - 1, 1, pkey, what);
}

static int pks_try_folio(struct pks_run *run, unsigned int order)
{
	struct page *head = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_COMP, order);
	unsigned int nr = 1 << order;

	if (!head)
		return -ENOMEM;
	pks_refuse_parts(run, head, order, PKS_TEST_KEY, "a part of a folio cannot be closed");
	pks_check(run, pks_pages_have(head, nr, 0), "nothing of it has been");
	pks_check(run, !pks_set_key(head, nr, PKS_TEST_KEY), "all of it can");
	pks_check(run, pks_pages_have(head, nr, PKS_TEST_KEY), "each of its pages is");
	pks_refuse_parts(run, head, order, 0, "a part of a folio cannot be opened");
	pks_check(run, pks_pages_have(head, nr, PKS_TEST_KEY), "nothing of it has been opened");
	pks_check(run, !pks_set_key(head, nr, 0), "all of it can be opened");
	pks_check(run, pks_pages_have(head, nr, 0), "each of its pages is open");
	__free_pages(head, order);
	return 0;
}

/* Folios, as many as it takes to have two side by side */
#define PKS_FOLIOS	512

static struct page *pks_find_neighbours(struct page **head, unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			if (head[j] == head[i] + (1 << PKS_SMALL_ORDER))
				return head[i];
	return NULL;
}

static void pks_try_neighbours(struct pks_run *run, struct page *head)
{
	unsigned int nr = 1 << PKS_SMALL_ORDER;

	pks_refused(run, head, 2 * nr - 1, PKS_TEST_KEY, "a folio and a part of the next");
	pks_refused(run, head + 1, 2 * nr - 1, PKS_TEST_KEY, "a part, and the next folio");
	pks_refused(run, head + 1, 2 * nr - 2, PKS_TEST_KEY, "an end and a beginning");
	pks_check(run, pks_pages_have(head, 2 * nr, 0), "nothing of two folios has been closed");
	pks_check(run, !pks_set_key(head, 2 * nr, PKS_TEST_KEY), "two folios can be");
	pks_check(run, pks_pages_have(head, 2 * nr, PKS_TEST_KEY), "each page of them is");
	pks_check(run, !pks_set_key(head + nr, nr, 0), "the second can be opened alone");
	pks_check(run, pks_pages_have(head, nr, PKS_TEST_KEY) &&
		  pks_pages_have(head + nr, nr, 0), "it alone is open");
	pks_check(run, !pks_set_key(head, nr, 0), "and so can the first");
}

static int pks_op_folio_parts(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct page **head = kcalloc(PKS_FOLIOS, sizeof(*head), GFP_KERNEL);
	struct page *pair;
	unsigned int n, order;
	int err;

	if (!head)
		return -ENOMEM;
	for (n = 0; n < PKS_FOLIOS; n++) {
		head[n] = alloc_pages(GFP_KERNEL | __GFP_COMP, PKS_SMALL_ORDER);
		if (!head[n])
			break;
	}
	pair = pks_find_neighbours(head, n);
	if (pair)
		pks_try_neighbours(run, pair);
	while (n--)
		__free_pages(head[n], PKS_SMALL_ORDER);
	kfree(head);
	if (!pair)
		return -ENOMEM;
	err = pks_try_folio(run, PKS_SMALL_ORDER);
	/* and the largest that is to be had */
	for (order = PKS_HUGE_ORDER; !err && order > PKS_SMALL_ORDER; order--)
		if (pks_try_folio(run, order) != -ENOMEM)
			break;
	if (!err)
		run->uapi.touched++;
	return err;
}

/* What is in a folio, through a mapping of each page alone */
static bool pks_folio_holds(struct folio *folio, const u8 *expected)
{
	unsigned int i;
	bool same = true;
	void *addr;

	for (i = 0; i < folio_nr_pages(folio) && same; i++) {
		addr = kmap_local_page(folio_page(folio, i));
		same = !memcmp(addr, expected + i * PAGE_SIZE, PAGE_SIZE);
		kunmap_local(addr);
	}
	return same;
}

/* One range of a folio is written, read back, and cleared. */
static void pks_copy_range(struct pks_run *run, struct folio *folio, u8 *mirror,
			   u8 *buf, size_t offset, size_t len)
{
	memset(mirror + offset, 1 + (offset + len) % 255, len);
	memcpy_to_folio(folio, offset, mirror + offset, len);
	memset(buf, 0, len);
	memcpy_from_folio(buf, folio, offset, len);
	pks_check(run, !memcmp(buf, mirror + offset, len), "what was written is read");
	folio_zero_range(folio, offset, len / 2);
	memset(mirror + offset, 0, len / 2);
	pks_check(run, !pks_depth(), "the copy has left no mapping");
}

static int pks_copy_folio(struct pks_run *run, unsigned int order)
{
	size_t size = PAGE_SIZE << order, i, j;
	const size_t offsets[] = {
		0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 24, size / 2 - 3,
		size - PAGE_SIZE - 5, size - 1,
	};
	const size_t lens[] = { 1, 7, PAGE_SIZE, PAGE_SIZE + 2, 2 * PAGE_SIZE + 1, size };
	struct page *head = pks_alloc_closed(order, __GFP_COMP);
	struct folio *folio;
	u8 *mirror, *buf;
	int err = -ENOMEM;

	if (IS_ERR(head))
		return PTR_ERR(head);
	folio = page_folio(head);
	mirror = vzalloc(size);
	buf = vzalloc(size);
	if (!mirror || !buf)
		goto out;
	memcpy_to_folio(folio, 0, mirror, size);
	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		for (j = 0; j < ARRAY_SIZE(lens); j++)
			pks_copy_range(run, folio, mirror, buf, offsets[i],
				       min(lens[j], size - offsets[i]));
	pks_check(run, pks_folio_holds(folio, mirror), "all else is what it was");
	pks_check(run, pks_pages_have(head, 1 << order, PKS_TEST_KEY), "all of it is closed");
	err = 0;
out:
	vfree(buf);
	vfree(mirror);
	__free_pages(head, order);
	return err;
}

static int pks_op_folio_copy(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	int err = pks_copy_folio(run, PKS_SMALL_ORDER) ?:
		  pks_copy_folio(run, PKS_HUGE_ORDER);

	if (!err)
		run->uapi.touched++;
	return err;
}

/* Mapped at one offset, unmapped by an address elsewhere in the folio */
static void pks_map_folio(struct pks_run *run, struct folio *folio, size_t offset,
			  size_t other)
{
	void *base = page_address(&folio->page);
	u64 *addr = kmap_local_folio(folio, offset), val = 0;

	pks_check(run, addr == base + offset, "a folio is mapped in the direct map");
	pks_check(run, pks_depth() == 1, "by one mapping");
	pks_check(run, pks_read(addr, &val), "and can be read");
	kunmap_local(base + other);
	pks_check(run, !pks_depth(), "no mapping is left");
	pks_check(run, pks_page_has(folio_page(folio, offset / PAGE_SIZE), PKS_TEST_KEY),
		  "it is closed again");
}

static int pks_op_folio_map(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct page *head = pks_alloc_closed(PKS_SMALL_ORDER, __GFP_COMP);
	unsigned int nr = 1 << PKS_SMALL_ORDER, i, j;
	struct folio *folio;

	if (IS_ERR(head))
		return PTR_ERR(head);
	folio = page_folio(head);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++)
			pks_map_folio(run, folio, i * PAGE_SIZE + 40,
				      j * PAGE_SIZE + PAGE_SIZE / 2);
	}
	__free_pages(head, PKS_SMALL_ORDER);
	run->uapi.touched++;
	return 0;
}

/* Page i of a folio is kmap()ed i times: a count is one page's. */
static int pks_op_folio_kmap(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct page *head = pks_alloc_closed(PKS_SMALL_ORDER, __GFP_COMP);
	int nr = 1 << PKS_SMALL_ORDER, i, j;

	if (IS_ERR(head))
		return PTR_ERR(head);
	for (i = 0; i < nr; i++)
		for (j = 0; j < i; j++)
			kmap(head + i);
	for (i = 0; i < nr; i++)
		pks_check(run, pks_unprotect_count(head + i) == i,
			  "each page of a folio has a count of its own");
	pks_check(run, !pks_can_read(page_address(head)), "the page without one is closed");
	pks_check(run, pks_set_key(head, nr, 0) == -EBUSY,
		  "a folio with a page that is kmap()ed stays closed");
	pks_check(run, pks_key_of(page_address(head)) == PKS_TEST_KEY,
		  "its first page, too, which is not");
	for (i = 0; i < nr; i++)
		for (j = 0; j < i; j++)
			kunmap(head + i);
	pks_check(run, !pks_set_key(head, nr, 0), "and can be opened after that");
	__free_pages(head, PKS_SMALL_ORDER);
	run->uapi.touched++;
	return 0;
}

/* Pages that have no head are independent, though they came together. */
static int pks_op_block_parts(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	unsigned int nr = 1 << PKS_SMALL_ORDER, i;
	struct page *block = alloc_pages(GFP_KERNEL, PKS_SMALL_ORDER);

	if (!block)
		return -ENOMEM;
	pks_check(run, !pks_set_key(block + 1, 2, PKS_TEST_KEY),
		  "a part of a block can be closed");
	pks_check(run, pks_page_has(block, 0) && pks_pages_have(block + 1, 2, PKS_TEST_KEY) &&
		  pks_page_has(block + 3, 0), "that part is");
	__free_pages(block, PKS_SMALL_ORDER);
	for (i = 0; i < nr; i++)
		pks_check(run, pks_wait_for_no_key(block + i), "a freed page loses its key");
	run->uapi.touched++;
	return 0;
}

/* Pages of a block go their own ways; each of them is freed closed. */
static int pks_op_block_split(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct page *block = pks_alloc_closed(PKS_SMALL_ORDER, 0);
	unsigned int nr = 1 << PKS_SMALL_ORDER, i;

	if (IS_ERR(block))
		return PTR_ERR(block);
	split_page(block, PKS_SMALL_ORDER);
	pks_check(run, pks_pages_have(block, nr, PKS_TEST_KEY), "each of them is closed");
	pks_check(run, !pks_set_key(block + 2, 1, 0), "one is opened");
	pks_check(run, pks_page_has(block + 2, 0) && pks_page_has(block + 3, PKS_TEST_KEY),
		  "its neighbour is not");
	for (i = 0; i < nr; i++)
		__free_page(block + i);
	for (i = 0; i < nr; i++)
		pks_check(run, pks_wait_for_no_key(block + i), "a freed page loses its key");
	run->uapi.touched++;
	return 0;
}

static int pks_free_closed(struct pks_run *run, unsigned int order, gfp_t gfp)
{
	struct page *page = pks_alloc_closed(order, gfp);
	unsigned int i;

	if (IS_ERR(page))
		return PTR_ERR(page);
	__free_pages(page, order);
	for (i = 0; i < 1 << order; i++)
		pks_check(run, pks_wait_for_no_key(page + i), "a freed page loses its key");
	return 0;
}

/* Freed closed, of every order that there is */
static int pks_op_folio_free(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	unsigned int order;
	int err = 0;

	for (order = 0; order <= PKS_HUGE_ORDER && !err; order++)
		err = pks_free_closed(run, order, 0) ?:
		      pks_free_closed(run, order, __GFP_COMP);
	if (!err)
		run->uapi.touched++;
	return err;
}

/*
 * Pages that somebody else disposes of cannot be closed. Each function gets one,
 * and gives it back.
 */
static void pks_refuse_folio(struct pks_run *run, struct page *page, const char *what)
{
	struct folio *folio = page_folio(page);

	pks_refused(run, &folio->page, folio_nr_pages(folio), PKS_TEST_KEY, what);
	pks_check(run, pks_pages_have(&folio->page, folio_nr_pages(folio), 0), what);
}

static int pks_refuse_slab(struct pks_run *run)
{
	void *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	pks_refuse_folio(run, virt_to_page(object), "slab");
	kfree(object);
	return 0;
}

/* The low memory of a PC has some. */
static int pks_refuse_reserved(struct pks_run *run)
{
	unsigned long pfn;

	for (pfn = 1; pfn < 256; pfn++) {
		if (!pfn_valid(pfn) || !PageReserved(pfn_to_page(pfn)))
			continue;
		pks_refuse_folio(run, pfn_to_page(pfn), "reserved");
		return 0;
	}
	pks_check(run, false, "there is a reserved page");
	return 0;
}

/* Not yet on the LRU, where it is going to be soon */
static int pks_refuse_cached(struct pks_run *run)
{
	struct file *file = shmem_file_setup("pks_test", PAGE_SIZE, PKS_NORESERVE);
	struct page *page;

	if (IS_ERR(file))
		return PTR_ERR(file);
	page = shmem_read_mapping_page(file->f_mapping, 0);
	if (!IS_ERR(page)) {
		pks_refuse_folio(run, page, "in the page cache");
		put_page(page);
	}
	fput(file);
	return PTR_ERR_OR_ZERO(page);
}

/* Pages of a file, until the first of them is on the LRU */
#define PKS_LRU_PAGES	64

/* Truncated, and on the LRU still, as somebody has it */
static int pks_refuse_truncated(struct pks_run *run)
{
	struct file *file = shmem_file_setup("pks_test", PKS_LRU_PAGES << PAGE_SHIFT,
					     PKS_NORESERVE);
	struct page *page, *next;
	unsigned int i;

	if (IS_ERR(file))
		return PTR_ERR(file);
	page = shmem_read_mapping_page(file->f_mapping, 0);
	next = page;
	for (i = 1; i < PKS_LRU_PAGES && !IS_ERR(next) && !PageLRU(page); i++) {
		next = shmem_read_mapping_page(file->f_mapping, i);
		if (!IS_ERR(next))
			put_page(next);
	}
	if (!IS_ERR(page)) {
		shmem_truncate_range(file_inode(file), 0, -1);
		/* unless who reads has gone to another CPU amid them */
		if (PageLRU(page))
			pks_refuse_folio(run, page, "on the LRU");
		put_page(page);
	}
	fput(file);
	return PTR_ERR_OR_ZERO(next);
}

static int pks_refuse_user(struct pks_run *run, unsigned long addr, const char *what)
{
	struct page *page;
	int n = get_user_pages_fast(addr & PAGE_MASK, 1, 0, &page);

	if (n != 1)
		return n ?: -ENOMEM;
	pks_refuse_folio(run, page, what);
	put_page(page);
	return 0;
}

/* A page of this driver that user space has mapped */
static int pks_refuse_mapped(struct pks_run *run)
{
	unsigned long addr = vm_mmap(run->file, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0);
	int err;

	if (IS_ERR_VALUE(addr))
		return addr;
	err = pks_refuse_user(run, addr, "mapped by user space");
	vm_munmap(addr, PAGE_SIZE);
	return err;
}

static int pks_refuse_poisoned(struct pks_run *run)
{
	struct page *page;

	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return 0;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	SetPageHWPoison(page);
	pks_refuse_folio(run, page, "poisoned");
	ClearPageHWPoison(page);
	__free_page(page);
	return 0;
}

/* One that a driver would let migrate; while it is locked nobody looks at how. */
static int pks_refuse_movable(struct pks_run *run)
{
	struct page *page;

	if (!IS_ENABLED(CONFIG_COMPACTION))
		return 0;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	lock_page(page);
	pks_set_movable(page);
	pks_refuse_folio(run, page, "movable");
	pks_clear_movable(page);
	unlock_page(page);
	__free_page(page);
	return 0;
}

/* One of the caller's own, which is there as long as its stack is */
static int pks_refuse_table(struct pks_run *run)
{
	unsigned long addr = current->mm->start_stack;
	pmd_t *pmd;

	mmap_read_lock(current->mm);
	pmd = pmd_offset(pud_offset(p4d_offset(pgd_offset(current->mm, addr), addr), addr), addr);
	if (pmd_present(*pmd) && !pmd_leaf(*pmd))
		pks_refuse_folio(run, pmd_page(*pmd), "page table");
	else
		pks_check(run, false, "the stack is mapped by small pages");
	mmap_read_unlock(current->mm);
	return 0;
}

static int pks_op_refused(struct pks_run *run, struct page *page,
			  struct pks_test_sample *sample)
{
	int err = pks_refuse_slab(run) ?: pks_refuse_reserved(run) ?:
		  pks_refuse_cached(run) ?: pks_refuse_truncated(run) ?:
		  pks_refuse_user(run, current->mm->start_stack, "anonymous") ?:
		  pks_refuse_mapped(run) ?: pks_refuse_poisoned(run) ?:
		  pks_refuse_movable(run) ?: pks_refuse_table(run);

	if (!err)
		run->uapi.touched++;
	return err;
}

/*
 * A page that was closed before it went to the page cache, in a file that nobody
 * has a name for. There it is on the LRU, and for all that comes from that.
 */
static int pks_cache_folio(struct pks_session *session, unsigned int order)
{
	struct file *file = shmem_file_setup("pks_test", PAGE_SIZE << order, PKS_NORESERVE);
	struct folio *folio;
	unsigned int i;
	int err = -ENOMEM;

	if (IS_ERR(file))
		return PTR_ERR(file);
	folio = folio_alloc(GFP_KERNEL | __GFP_NOWARN, order);
	if (!folio)
		goto out_file;
	for (i = 0; i < 1 << order; i++)
		*(u64 *)page_address(folio_page(folio, i)) =
			pks_expected(folio_page(folio, i));
	err = pks_set_key(&folio->page, 1 << order, PKS_TEST_KEY);
	if (err)
		goto out_folio;
	folio_mark_uptodate(folio);
	err = filemap_add_folio(file->f_mapping, folio, 0, GFP_KERNEL);
	if (err)
		goto out_folio;
	folio_mark_dirty(folio);
	folio_unlock(folio);

	pks_drop_cache(session);
	session->cache.file = file;
	session->cache.page = &folio->page;
	session->cache.nr = 1 << order;
	folio_put(folio);
	return 0;

out_folio:
	folio_put(folio);
out_file:
	fput(file);
	return err;
}

/**
 * pks_drop_cache() - let go of what pks_cache_folio() put into the page cache
 * @session:	need not have any
 */
void pks_drop_cache(struct pks_session *session)
{
	if (session->cache.file)
		fput(session->cache.file);
	session->cache.file = NULL;
}

static int pks_cache(struct pks_run *run, unsigned int order)
{
	int err = pks_cache_folio(run->session, order);

	if (err)
		return err;
	run->uapi.pfn = page_to_pfn(run->session->cache.page);
	run->uapi.touched++;
	return 0;
}

static int pks_op_cached(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	return pks_cache(run, 0);
}

static int pks_op_cached_huge(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	return pks_cache(run, PKS_HUGE_ORDER);
}

/* What the session has in the page cache, or a small page: no order of patterns matters. */
static int pks_have_cache(struct pks_run *run)
{
	return run->session->cache.file ? 0 : pks_cache_folio(run->session, 0);
}

/* In the caller's memory, where a huge page would fit */
static int pks_op_cached_mapped(struct pks_run *run, struct page *page,
				struct pks_test_sample *sample)
{
	unsigned long at;
	int err;

	if (!current->mm)
		return -EINVAL;
	err = pks_have_cache(run);
	if (err)
		return err;
	at = vm_mmap(NULL, 0, 2 * PMD_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (!IS_ERR_VALUE(at))
		at = vm_mmap(run->session->cache.file, ALIGN(at, PMD_SIZE), PMD_SIZE,
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 0);
	if (IS_ERR_VALUE(at))
		return at;
	run->uapi.touched++;
	return 0;
}

/* Where and what they were: no copy of them, no key lost, no word changed */
static void pks_check_cached(struct pks_run *run, struct page *page, pgoff_t index)
{
	struct file *file = run->session->cache.file;
	struct folio *folio = filemap_get_folio(file->f_mapping, index);
	u64 *addr;

	pks_check(run, !IS_ERR(folio), "the page is in the cache");
	if (IS_ERR(folio))
		return;
	pks_check(run, folio_file_page(folio, index) == page, "it is the page that it was");
	pks_check(run, pks_page_has(page, PKS_TEST_KEY), "it has its key");
	addr = kmap_local_page(folio_file_page(folio, index));
	pks_check(run, *addr == pks_expected(page), "it holds what it held");
	kunmap_local(addr);
	folio_put(folio);
}

static int pks_op_cached_check(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	struct pks_cache *cache = &run->session->cache;
	unsigned int i;
	int err = pks_have_cache(run);

	if (err)
		return err;
	for (i = 0; i < cache->nr; i++)
		pks_check_cached(run, cache->page + i, i);
	run->uapi.touched++;
	return 0;
}

/* Each word of a page is its own; the first one is what other patterns expect. */
static int pks_op_fill(struct pks_run *run, struct page *page,
		       struct pks_test_sample *sample)
{
	u64 *addr = kmap_local_page(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*addr); i++)
		addr[i] = pks_expected(page) + i;
	kunmap_local(addr);
	run->uapi.touched++;
	return 0;
}

static int pks_op_filled(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	u64 *addr = kmap_local_page(page);
	bool same = addr[0] == pks_expected(page);
	unsigned int i;

	/* As it came, or filled: one way or the other, all of it */
	for (i = 1; i < PAGE_SIZE / sizeof(*addr); i++)
		same &= addr[i] == (addr[1] ? pks_expected(page) + i : 0);
	kunmap_local(addr);
	if (same)
		run->uapi.touched++;
	else
		run->uapi.wrong++;
	return 0;
}

/* A device that cannot reach a page, so that the kernel copies for it */
static int pks_begin_bounce(struct pks_run *run)
{
	struct platform_device *pdev;
	int err;

	pdev = platform_device_register_simple("pks_test", PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err) {
		platform_device_unregister(pdev);
		return err;
	}
	run->private = pdev;
	return 0;
}

static void pks_end_bounce(struct pks_run *run)
{
	platform_device_unregister(run->private);
}

/* What is in pages, closed or not, as a device sees it */
static void pks_copy_pages(struct page *page, unsigned int nr, u8 *buf, bool write)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (write)
			memcpy_to_page(page + i, 0, buf + i * PAGE_SIZE, PAGE_SIZE);
		else
			memcpy_from_page(buf + i * PAGE_SIZE, page + i, 0, PAGE_SIZE);
	}
}

/*
 * One transfer in both directions: the device sees what is in the pages, and
 * what it writes arrives there, in the range that was mapped and not beside it.
 */
static int pks_bounce(struct pks_run *run, struct page *block, u8 *mirror, u8 *buf,
		      size_t offset, size_t len)
{
	struct device *dev = &((struct platform_device *)run->private)->dev;
	unsigned int nr = 1 << PKS_SMALL_ORDER;
	dma_addr_t dma;
	u8 *seen;

	memset(mirror, 1 + (offset + len) % 250, nr * PAGE_SIZE);
	pks_copy_pages(block, nr, mirror, true);
	dma = dma_map_page(dev, block, offset, len, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, dma))
		return -ENOMEM;
	seen = phys_to_virt(dma_to_phys(dev, dma));
	if (dma_to_phys(dev, dma) == page_to_phys(block) + offset) {
		dma_unmap_page(dev, dma, len, DMA_BIDIRECTIONAL);
		return -EOPNOTSUPP;
	}
	pks_check(run, !memcmp(seen, mirror + offset, len), "the device sees the pages");

	/* A part of it comes while the device still has the rest ... */
	memset(seen, 251, len);
	dma_sync_single_for_cpu(dev, dma, len / 2, DMA_BIDIRECTIONAL);
	memset(mirror + offset, 251, len / 2);
	pks_copy_pages(block, nr, buf, false);
	pks_check(run, !memcmp(buf, mirror, nr * PAGE_SIZE), "a part of it has come");

	/* ... and is given back, changed. */
	memset(mirror + offset, 252, len / 2);
	pks_copy_pages(block, nr, mirror, true);
	dma_sync_single_for_device(dev, dma, len / 2, DMA_BIDIRECTIONAL);
	pks_check(run, !memcmp(seen, mirror + offset, len / 2), "the device sees the change");
	dma_unmap_page(dev, dma, len, DMA_BIDIRECTIONAL);
	memset(mirror + offset + len / 2, 251, len - len / 2);
	pks_copy_pages(block, nr, buf, false);
	pks_check(run, !memcmp(buf, mirror, nr * PAGE_SIZE), "all of it has come, and no more");
	return 0;
}

/* Of the four pages, only those in the middle are closed. */
static int pks_bounce_block(struct pks_run *run, struct page *block, u8 *mirror, u8 *buf)
{
	static const struct {
		size_t offset, len;
	} ranges[] = {
		{ 0, 64 },				/* open */
		{ PAGE_SIZE, PAGE_SIZE },		/* one that is closed */
		{ PAGE_SIZE + 512, 2048 },
		{ 2 * PAGE_SIZE - 24, 48 },		/* both of them */
		{ PAGE_SIZE - 512, 2 * PAGE_SIZE + 1024 },
		{ 0, 4 * PAGE_SIZE },			/* all */
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(ranges) && !err; i++) {
		err = pks_bounce(run, block, mirror, buf, ranges[i].offset, ranges[i].len);
		pks_check(run, pks_page_has(block, 0) &&
			  pks_pages_have(block + 1, 2, PKS_TEST_KEY) && !pks_depth(),
			  "what is closed is closed after a transfer");
	}
	return err;
}

static int pks_op_bounce(struct pks_run *run, struct page *page,
			 struct pks_test_sample *sample)
{
	struct page *block = alloc_pages(GFP_KERNEL, PKS_SMALL_ORDER);
	u8 *mirror = vmalloc(PAGE_SIZE << PKS_SMALL_ORDER);
	u8 *buf = vmalloc(PAGE_SIZE << PKS_SMALL_ORDER);
	int err = -ENOMEM;

	if (!block || !mirror || !buf)
		goto out;
	err = pks_set_key(block + 1, 2, PKS_TEST_KEY) ?:
	      pks_bounce_block(run, block, mirror, buf);
	if (!err)
		run->uapi.touched++;
out:
	vfree(buf);
	vfree(mirror);
	if (block)
		__free_pages(block, PKS_SMALL_ORDER);
	return err;
}

#define PKS_MEMORY_PATTERN(_name, _desc, _flags)			\
	{								\
		.name = #_name,						\
		.desc = _desc,						\
		.flags = PKS_TEST_SELF_CHECK | PKS_TEST_LOCAL | (_flags), \
		.op = pks_op_##_name,					\
	}

const struct pks_pattern pks_patterns_memory[] = {
	PKS_MEMORY_PATTERN(folio_parts, "closing and opening parts of folios, which is refused", 0),
	PKS_MEMORY_PATTERN(folio_copy, "copies from and to folios, across their pages",
			   PKS_TEST_BEYOND),
	PKS_MEMORY_PATTERN(folio_map, "kmap_local_folio() of each page", PKS_TEST_BEYOND),
	PKS_MEMORY_PATTERN(folio_kmap, "kmap() of pages of a folio", PKS_TEST_KMAP),
	PKS_MEMORY_PATTERN(folio_free, "closed pages freed, of every order", 0),
	PKS_MEMORY_PATTERN(block_parts, "a part of a block that is no folio", 0),
	PKS_MEMORY_PATTERN(block_split, "a closed block taken apart", 0),
	PKS_MEMORY_PATTERN(refused, "pages that others dispose of, which cannot be closed", 0),
	PKS_MEMORY_PATTERN(cached, "a closed page goes to the page cache, until close", 0),
	PKS_MEMORY_PATTERN(cached_huge, "the same with a huge one", 0),
	PKS_MEMORY_PATTERN(cached_mapped, "what is in the page cache is mapped to user space", 0),
	PKS_MEMORY_PATTERN(cached_check, "what is in the page cache is what it was", 0),
	PKS_MEMORY_PATTERN(fill, "all of the page is written", 0),
	PKS_MEMORY_PATTERN(filled, "all of the page is as it was written", 0),
	{
		.name = "bounce",
		.desc = "DMA of closed pages through a bounce buffer (swiotlb=force)",
		.flags = PKS_TEST_SELF_CHECK | PKS_TEST_LOCAL | PKS_TEST_ATOMIC,
		.begin = pks_begin_bounce,
		.op = pks_op_bounce,
		.end = pks_end_bounce,
	},
	{ }
};
