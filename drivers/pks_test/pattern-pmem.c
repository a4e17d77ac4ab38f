// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent memory: stray accesses to a block device's, wherever in it, and the ways
 * to open it. Which device that is the parameter "pmem" says; without it these
 * patterns are not to be had.
 */
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pks_test.h"

#ifdef CONFIG_FS_DAX

static char *pks_pmem;
module_param_named(pmem, pks_pmem, charp, 0600);
MODULE_PARM_DESC(pmem, "block device whose persistent memory the patterns pmem_* access");

#define PKS_STRAY_BYTES		256

/* What a stray access leaves, if it is let through: nothing that a file would have */
#define PKS_STRAY_BYTE		0xb5
#define PKS_STRAY_WORD		0xb5b5b5b5b5b5b5b5ull

/**
 * struct pks_pmem - the device, for as long as a run lasts
 * @file:	of the block device
 * @dax:	of it
 * @start:	where it begins in @dax, in bytes
 * @size:	in bytes
 * @random:	where the next access goes
 * @lock:	of dax_read_lock(): its addresses are good until then
 * @addr:	of its first byte
 */
struct pks_pmem {
	struct file *file;
	struct dax_device *dax;
	u64 start;
	u64 size;
	struct rnd_state random;
	int lock;
	u64 *addr;
};

static int pks_pmem_open(struct pks_pmem *pmem)
{
	char *path;

	kernel_param_lock(THIS_MODULE);
	path = kstrdup(pks_pmem ?: "", GFP_KERNEL);
	kernel_param_unlock(THIS_MODULE);
	if (!path)
		return -ENOMEM;
	pmem->file = *path ? bdev_file_open_by_path(path, BLK_OPEN_READ, NULL, NULL) :
			     ERR_PTR(-EOPNOTSUPP);
	kfree(path);
	return PTR_ERR_OR_ZERO(pmem->file);
}

/* The address of a byte of the device. */
static void *pks_pmem_addr(struct pks_pmem *pmem, u64 at)
{
	void *addr;
	long nr;

	nr = dax_direct_access(pmem->dax, PHYS_PFN(pmem->start + at), 1, DAX_ACCESS,
			       &addr, NULL);
	return nr == 1 ? addr + offset_in_page(at) : ERR_PTR(nr < 0 ? nr : -ERANGE);
}

static int pks_pmem_begin(struct pks_run *run)
{
	struct pks_pmem *pmem = kzalloc(sizeof(*pmem), GFP_KERNEL);
	int err;

	if (!pmem)
		return -ENOMEM;
	err = pks_pmem_open(pmem);
	if (err)
		goto free;
	pmem->dax = fs_dax_get_by_bdev(file_bdev(pmem->file), &pmem->start, NULL, NULL);
	err = -EOPNOTSUPP;
	if (!pmem->dax)
		goto close;
	pmem->size = bdev_nr_bytes(file_bdev(pmem->file));
	prandom_seed_state(&pmem->random, get_random_u64());
	pmem->lock = dax_read_lock();
	pmem->addr = pks_pmem_addr(pmem, 0);
	err = PTR_ERR_OR_ZERO(pmem->addr);
	if (err)
		goto unlock;
	run->private = pmem;
	return 0;

unlock:
	dax_read_unlock(pmem->lock);
	fs_put_dax(pmem->dax, NULL);
close:
	fput(pmem->file);
free:
	kfree(pmem);
	return err;
}

static void pks_pmem_end(struct pks_run *run)
{
	struct pks_pmem *pmem = run->private;

	dax_read_unlock(pmem->lock);
	fs_put_dax(pmem->dax, NULL);
	fput(pmem->file);
	kfree(pmem);
}

/* Anywhere, such that PKS_STRAY_BYTES from there are in one page */
static u64 pks_pmem_anywhere(struct pks_pmem *pmem)
{
	u64 at = (u64)prandom_u32_state(&pmem->random) << 32 |
		 prandom_u32_state(&pmem->random);

	return at % (pmem->size / PKS_STRAY_BYTES) * PKS_STRAY_BYTES;
}

/* The first patterns of the table below, in this order */
enum pks_stray { PKS_STRAY_READ, PKS_STRAY_WRITE, PKS_STRAY_MEMSET, PKS_STRAY_MEMCPY };

struct pks_pmem_hit {
	struct pks_run *run;
	void *addr;
	enum pks_stray how;
	bool ok;
};

/* One access, in the context that runs this */
static void pks_pmem_hit(void *arg)
{
	static const u8 source[PKS_STRAY_BYTES] = {
		[0 ... PKS_STRAY_BYTES - 1] = PKS_STRAY_BYTE
	};
	struct pks_pmem_hit *hit = arg;

	hit->run->uapi.pkrs_inside = pks_read_pkrs();
	switch (hit->how) {
	case PKS_STRAY_READ:
		hit->ok = pks_can_read(hit->addr);
		break;
	case PKS_STRAY_WRITE:
		hit->ok = pks_write(hit->addr, PKS_STRAY_WORD);
		break;
	case PKS_STRAY_MEMSET:
		hit->ok = pks_fill(hit->addr, PKS_STRAY_BYTE, PKS_STRAY_BYTES);
		break;
	case PKS_STRAY_MEMCPY:
		hit->ok = pks_copy(hit->addr, source, PKS_STRAY_BYTES);
		break;
	}
	hit->run->uapi.pkrs_touched = pks_read_pkrs();
}

/* In the context that was asked for; 0, and @hit->ok says what came of it */
static int pks_pmem_hit_there(struct pks_run *run, struct pks_pmem_hit *hit)
{
	struct pks_job job = { .fn = pks_pmem_hit, .arg = hit };

	hit->run = run;
	return run->context->run(run, &job);
}

static void pks_pmem_tally(struct pks_run *run, const struct pks_pmem_hit *hit)
{
	if (hit->ok)
		run->uapi.touched++;
	else
		run->uapi.denied++;
}

static int pks_op_pmem_stray(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct pks_pmem_hit hit = { .how = run->pattern - pks_patterns_pmem };
	int err;

	hit.addr = pks_pmem_addr(pmem, pks_pmem_anywhere(pmem));
	err = PTR_ERR_OR_ZERO(hit.addr) ?: pks_pmem_hit_there(run, &hit);
	if (!err)
		pks_pmem_tally(run, &hit);
	return err;
}

/* No fixup: the caller does not come back from this. */
static int pks_op_pmem_oops(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;

	/* Nobody else would give it back. */
	dax_read_unlock(pmem->lock);
	if (run->uapi.flags & PKS_TEST_RUN_WRITE)
		WRITE_ONCE(*pmem->addr, PKS_STRAY_WORD);
	else
		READ_ONCE(*pmem->addr);
	pmem->lock = dax_read_lock();
	run->uapi.touched++;
	return 0;
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION

/* Every page has the key, and those that are mapped 2 MiB at a time still are. */
static void pks_pmem_check_mapping(struct pks_run *run, unsigned long addr)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	pks_check(run, pks_key_of((void *)addr) == PKS_KEY_PGMAP_PROTECTION,
		  "the mapping has the key");
	pks_check(run, pte && level >= PG_LEVEL_2M, "the mapping is a large one");
	pks_check(run, devmap_protected(virt_to_page((void *)addr)), "its page says so");
}

static int pks_op_pmem_mapping(struct pks_run *run, struct page *page,
			       struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	void *addr;
	u64 at;

	for (at = 0; at < pmem->size; at += PAGE_SIZE) {
		addr = pks_pmem_addr(pmem, at);
		if (IS_ERR(addr))
			return PTR_ERR(addr);
		pks_pmem_check_mapping(run, (unsigned long)addr);
	}
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_open(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr, val = 0;

	pks_check(run, !pks_can_read(addr), "closed at first");
	pgmap_set_readwrite(dev);
	pks_check(run, pks_read(addr, &val) && pks_write(addr, val), "open");
	pks_switch_away();
	pks_check(run, pks_can_read(addr), "open after a sleep");
	pgmap_set_noaccess(dev);
	pks_check(run, !pks_can_read(addr), "closed again");
	pks_check(run, pks_read_pkrs() == PKS_TEST_PKRS_DEFAULT, "PKRS is the default");
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_local(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr;
	void *first, *second;

	first = kmap_local_page(dev);
	pks_check(run, first == addr && pks_can_read(addr), "mapped is open");
	second = kmap_local_page(dev + 1);
	kunmap_local(second);
	pks_check(run, pks_can_read(addr), "open until the last mapping ends");
	pgmap_set_readwrite(dev);
	pgmap_set_noaccess(dev);
	pks_check(run, pks_can_read(addr), "an access within a mapping does not close that");
	kunmap_local(first);
	pks_check(run, !pks_can_read(addr), "closed by the last mapping");

	pgmap_set_readwrite(dev);
	first = kmap_local_page(dev);
	kunmap_local(first);
	pks_check(run, pks_can_read(addr), "a mapping within an access does not close that");
	second = kmap_local_page(dev);
	pgmap_set_noaccess(dev);
	pks_check(run, pks_can_read(addr), "a mapping lasts longer than the access");
	kunmap_local(second);
	pks_check(run, !pks_can_read(addr), "closed by the end of both");
	pks_check(run, pks_read_pkrs() == PKS_TEST_PKRS_DEFAULT, "PKRS is the default");
	run->uapi.touched++;
	return 0;
}

/* A mapping of the one key within one of the other, either way round */
static int pks_op_pmem_both_keys(struct pks_run *run, struct page *page,
				 struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr, *other = page_address(page);

	kmap_local_page(page);
	pks_check(run, !pks_can_read(addr), "kmap()'s key does not open it");
	pgmap_set_readwrite(dev);
	pks_check(run, pks_can_read(addr) && pks_can_read(other), "both are open");
	pgmap_set_noaccess(dev);
	pks_check(run, !pks_can_read(addr) && pks_can_read(other), "the inner one closes alone");
	kmap_local_page(dev);
	pks_check(run, pks_can_read(addr), "both are mapped");
	kunmap_local(other);
	pks_check(run, pks_can_read(addr) && !pks_can_read(other), "the outer one closes alone");
	kunmap_local(addr);
	pks_check(run, !pks_can_read(addr), "both are closed");
	run->uapi.touched++;
	return 0;
}

/* The caller has it open, and what interrupts him, or runs elsewhere, has not. */
static int pks_op_pmem_hidden(struct pks_run *run, struct page *page,
			      struct pks_test_sample *sample)
{
	struct pks_pmem_hit hit = { .how = PKS_STRAY_WRITE };
	struct pks_pmem *pmem = run->private;
	int err;

	if (run->context == pks_contexts)
		return -EOPNOTSUPP;
	hit.addr = pks_pmem_addr(pmem, pks_pmem_anywhere(pmem));
	if (IS_ERR(hit.addr))
		return PTR_ERR(hit.addr);
	pgmap_set_readwrite(virt_to_page(hit.addr));
	err = pks_pmem_hit_there(run, &hit);
	if (!pks_can_read(hit.addr))
		run->uapi.wrong++;
	pgmap_set_noaccess(virt_to_page(hit.addr));
	if (!err)
		pks_pmem_tally(run, &hit);
	return err;
}

struct pks_pmem_map {
	struct pks_run *run;
	u64 *addr;
};

/* Maps it for this context, whatever the one below has */
static void pks_pmem_map_here(void *arg)
{
	struct pks_pmem_map *map = arg;

	if (pks_can_read(map->addr) && map->run->context != pks_contexts)
		map->run->uapi.wrong++;
	kmap_local_page(virt_to_page(map->addr));
	if (pks_can_read(map->addr))
		map->run->uapi.touched++;
	else
		map->run->uapi.denied++;
	kunmap_local(map->addr);
}

static int pks_op_pmem_local_there(struct pks_run *run, struct page *page,
				   struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct pks_pmem_map map = { .run = run, .addr = pmem->addr };
	struct pks_job job = { .fn = pks_pmem_map_here, .arg = &map };
	void *next = kmap_local_page(virt_to_page(pmem->addr) + 1);
	int err = run->context->run(run, &job);

	if (!pks_can_read(map.addr))
		run->uapi.wrong++;
	kunmap_local(next);
	if (pks_can_read(map.addr))
		run->uapi.wrong++;
	return err;
}

static int pks_op_pmem_nest(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr;

	pgmap_set_readwrite(dev);
	pgmap_set_readwrite(dev);
	pgmap_set_noaccess(dev);
	pks_check(run, !pks_can_read(addr), "the first end closes it");
	pks_check(run, pks_read_pkrs() == PKS_TEST_PKRS_DEFAULT, "PKRS is the default");
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_unbalanced(struct pks_run *run, struct page *page,
				  struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr;

	pgmap_set_noaccess(dev);
	pks_check(run, !pks_can_read(addr), "closed");
	kmap_local_page(dev);
	pgmap_set_noaccess(dev);
	pks_check(run, pks_can_read(addr), "a mapping is still there");
	kunmap_local(addr);
	pks_check(run, !pks_can_read(addr), "closed again");
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_kmap(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr;

	pks_check(run, kmap(dev) == addr, "it has an address");
	pks_check(run, !pks_can_read(addr), "which is closed");
	kunmap(dev);
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_leave(struct pks_run *run, struct page *page,
			     struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	struct page *dev = virt_to_page(pmem->addr);
	u64 *addr = pmem->addr;

	pgmap_set_readwrite(dev);
	pks_check(run, pks_can_read(addr), "open");
	run->uapi.touched++;
	return 0;
}

static int pks_op_pmem_pair(struct pks_run *run, struct page *page,
			    struct pks_test_sample *sample)
{
	struct pks_pmem *pmem = run->private;
	u64 begin = pks_ticks();

	dax_set_readwrite(pmem->dax);
	sample->map = pks_ticks() - begin;
	begin = pks_ticks();
	dax_set_noaccess(pmem->dax);
	sample->unmap = pks_ticks() - begin;
	run->uapi.touched++;
	return 0;
}

#endif /* CONFIG_DEVMAP_ACCESS_PROTECTION */

#define PKS_PMEM_PATTERN	.begin = pks_pmem_begin, .end = pks_pmem_end

const struct pks_pattern pks_patterns_pmem[] = {
	[PKS_STRAY_READ] = {
		.name = "pmem_read",
		.desc = "a read of persistent memory, anywhere",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_pmem_stray,
		PKS_PMEM_PATTERN,
	},
	[PKS_STRAY_WRITE] = {
		.name = "pmem_write",
		.desc = "a write to persistent memory, anywhere",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_pmem_stray,
		PKS_PMEM_PATTERN,
	},
	[PKS_STRAY_MEMSET] = {
		.name = "pmem_memset",
		.desc = "a memset() of persistent memory, anywhere",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_pmem_stray,
		PKS_PMEM_PATTERN,
	},
	[PKS_STRAY_MEMCPY] = {
		.name = "pmem_memcpy",
		.desc = "a memcpy() to persistent memory, anywhere",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_pmem_stray,
		PKS_PMEM_PATTERN,
	},
	{
		.name = "pmem_oops",
		.desc = "a stray access to persistent memory that kills the caller",
		.flags = PKS_TEST_PMEM | PKS_TEST_FATAL,
		.op = pks_op_pmem_oops,
		PKS_PMEM_PATTERN,
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	}, {
		.name = "pmem_mapping",
		.desc = "each page of persistent memory has the key, in a large mapping",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK,
		.op = pks_op_pmem_mapping,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_open",
		.desc = "persistent memory is opened, and closed again",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK,
		.op = pks_op_pmem_open,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_local",
		.desc = "kmap_local_page() of persistent memory, in itself and in an access",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK,
		.op = pks_op_pmem_local,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_both_keys",
		.desc = "persistent memory and a page that is closed by kmap()'s key",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK,
		.op = pks_op_pmem_both_keys,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_hidden",
		.desc = "a write by another context than the one that has it open",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT | PKS_TEST_EXPECT_DENIED,
		.op = pks_op_pmem_hidden,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_local_there",
		.desc = "mapped by a context while the one below has a mapping as well",
		.flags = PKS_TEST_PMEM | PKS_TEST_ANY_CONTEXT,
		.op = pks_op_pmem_local_there,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_nest",
		.desc = "opened twice: warned of, and closed by the first end",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.op = pks_op_pmem_nest,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_unbalanced",
		.desc = "closed without having been opened: warned of",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.op = pks_op_pmem_unbalanced,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_kmap",
		.desc = "kmap() of persistent memory: warned of, and closed",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.op = pks_op_pmem_kmap,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_leave",
		.desc = "left open at the return to user mode: warned of, and closed",
		.flags = PKS_TEST_PMEM | PKS_TEST_SELF_CHECK | PKS_TEST_WARNS,
		.op = pks_op_pmem_leave,
		PKS_PMEM_PATTERN,
	}, {
		.name = "pmem_pair",
		.desc = "dax_set_readwrite() and dax_set_noaccess()",
		.flags = PKS_TEST_PMEM,
		.op = pks_op_pmem_pair,
		PKS_PMEM_PATTERN,
#endif
	},
	{ }
};

#else /* !CONFIG_FS_DAX */

const struct pks_pattern pks_patterns_pmem[] = {
	{ }
};

#endif /* CONFIG_FS_DAX */
