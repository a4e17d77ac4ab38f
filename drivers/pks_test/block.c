// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/pks_test_blk: a RAM disk whose pages are access protected, so that real
 * I/O goes through kmap_local_page() or, handed to another thread, through
 * kmap() and the fault that grants access.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string_helpers.h>

#include "compat.h"
#include "pks_test.h"

#define PKS_BLK_NAME	"pks_test_blk"
#define PKS_BLK_MB_MAX	65536

static unsigned int pks_blk_mb = (PKS_TEST_PAGES_MAX << PAGE_SHIFT) >> 20;
module_param_named(blk_mb, pks_blk_mb, uint, 0400);
MODULE_PARM_DESC(blk_mb, "size of /dev/pks_test_blk in MiB, 1 to 65536 (16); it takes so much memory from the first open on");

enum pks_blk_mode {
	PKS_BLK_LOCAL,
	PKS_BLK_HANDOFF,
};

static const char * const pks_blk_modes[] = {
	[PKS_BLK_LOCAL] = "local",
	[PKS_BLK_HANDOFF] = "handoff",
};

static int pks_blk_mode;

static int pks_blk_set_mode(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(pks_blk_modes, val);

	if (mode < 0)
		return mode;
	WRITE_ONCE(pks_blk_mode, mode);
	return 0;
}

static int pks_blk_get_mode(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", pks_blk_modes[READ_ONCE(pks_blk_mode)]);
}

static const struct kernel_param_ops pks_blk_mode_ops = {
	.set = pks_blk_set_mode,
	.get = pks_blk_get_mode,
};

module_param_cb(blk_mode, &pks_blk_mode_ops, NULL, 0600);
MODULE_PARM_DESC(blk_mode, "who copies for /dev/pks_test_blk: local (the caller, under kmap_local_page()) or handoff (a thread, while the caller holds a kmap())");

/**
 * struct pks_blk - the disk
 * @disk:	what the block layer knows
 * @pages:	its contents; there from the first open on
 * @worker:	the thread that copies in the mode handoff
 */
static struct pks_blk {
	struct gendisk *disk;
	struct pks_pages pages;
	struct kthread_worker *worker;
} pks_blk;

/**
 * struct pks_blk_copy - one copy between the disk and a bio
 * @work:	when the worker does it
 * @page:	of the disk
 * @offset:	in @page
 * @bvec:	the other side, of the same length
 * @write:	to the disk
 */
struct pks_blk_copy {
	struct kthread_work work;
	struct page *page;
	unsigned int offset;
	struct bio_vec bvec;
	bool write;
};

/* @addr is open to the context that runs this, or will be when it faults. */
static void pks_blk_do_copy(struct pks_blk_copy *copy, void *addr)
{
	if (copy->write)
		memcpy_from_bvec(addr + copy->offset, &copy->bvec);
	else
		memcpy_to_bvec(&copy->bvec, addr + copy->offset);
}

static void pks_blk_work_fn(struct kthread_work *work)
{
	struct pks_blk_copy *copy = container_of(work, struct pks_blk_copy, work);

	pks_blk_do_copy(copy, page_address(copy->page));
}

static void pks_blk_copy_local(struct pks_blk_copy *copy)
{
	void *addr = kmap_local_page(copy->page);

	pks_blk_do_copy(copy, addr);
	kunmap_local(addr);
}

static void pks_blk_copy_handoff(struct pks_blk_copy *copy)
{
	kmap(copy->page);
	kthread_init_work(&copy->work, pks_blk_work_fn);
	kthread_queue_work(pks_blk.worker, &copy->work);
	kthread_flush_work(&copy->work);
	kunmap(copy->page);
}

/* Copies what lies in one page of the disk, takes it off @bvec, returns its length */
static unsigned int pks_blk_segment(struct bio_vec *bvec, u64 pos, bool write)
{
	struct pks_blk_copy copy = {
		.page = pks_blk.pages.page[pos >> PAGE_SHIFT],
		.offset = offset_in_page(pos),
		.bvec = *bvec,
		.write = write,
	};

	copy.bvec.bv_len = min_t(unsigned int, bvec->bv_len, PAGE_SIZE - copy.offset);
	if (READ_ONCE(pks_blk_mode) == PKS_BLK_HANDOFF)
		pks_blk_copy_handoff(&copy);
	else
		pks_blk_copy_local(&copy);
	bvec->bv_offset += copy.bvec.bv_len;
	bvec->bv_len -= copy.bvec.bv_len;
	return copy.bvec.bv_len;
}

/* Process context: the block layer has nothing in between that could not sleep. */
static void pks_blk_submit_bio(struct bio *bio)
{
	u64 pos = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	bool write = op_is_write(bio_op(bio));
	struct bvec_iter iter;
	struct bio_vec bvec;

	bio_for_each_segment(bvec, bio, iter) {
		struct bio_vec left = bvec;

		for (; left.bv_len; pos += pks_blk_segment(&left, pos, write))
			;
	}
	bio_endio(bio);
}

/* Serialized by the block layer */
static int pks_blk_open(struct gendisk *disk, blk_mode_t mode)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return pks_get_pages(&pks_blk.pages, pks_blk_mb << (20 - PAGE_SHIFT));
}

static const struct block_device_operations pks_blk_fops = {
	.owner		= THIS_MODULE,
	.open		= pks_blk_open,
	.submit_bio	= pks_blk_submit_bio,
};

static int pks_blk_add_disk(void)
{
	struct queue_limits lim = {
		.logical_block_size = SECTOR_SIZE,
		.physical_block_size = PAGE_SIZE,
		.io_min = PAGE_SIZE,
	};
	struct gendisk *disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
	int err;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->fops = &pks_blk_fops;
	/* A look for partitions would open it, and nobody has asked for that. */
	disk->flags = GENHD_FL_NO_PART;
	strscpy(disk->disk_name, PKS_BLK_NAME);
	set_capacity(disk, (sector_t)pks_blk_mb << (20 - SECTOR_SHIFT));
	err = add_disk(disk);
	if (err)
		put_disk(disk);
	else
		pks_blk.disk = disk;
	return err;
}

/**
 * pks_init_block() - make /dev/pks_test_blk
 *
 * Return: 0, or a negative errno
 */
int __init pks_init_block(void)
{
	int err;

	if (!pks_blk_mb || pks_blk_mb > PKS_BLK_MB_MAX) {
		pr_err("blk_mb=%u: expected 1 to %u\n", pks_blk_mb, PKS_BLK_MB_MAX);
		return -EINVAL;
	}

	pks_blk.pages.protected = IS_ENABLED(CONFIG_PKS_KMAP) && pks_available();
	pks_blk.worker = kthread_run_worker(0, PKS_BLK_NAME);
	if (IS_ERR(pks_blk.worker))
		return PTR_ERR(pks_blk.worker);
	err = pks_blk_add_disk();
	if (err)
		kthread_destroy_worker(pks_blk.worker);
	return err;
}

/**
 * pks_exit_block() - take it away; nobody has it open
 */
void pks_exit_block(void)
{
	del_gendisk(pks_blk.disk);
	put_disk(pks_blk.disk);
	kthread_destroy_worker(pks_blk.worker);
	pks_put_pages(&pks_blk.pages);
}
