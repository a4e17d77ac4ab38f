// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/pks_test: the lists, and the run of one pattern.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/tsc.h>

#include "pks_test.h"

/* The table of contents: one line a file. */
static const struct pks_pattern * const pks_families[] = {
	pks_patterns_kmap,
	pks_patterns_local,
	pks_patterns_handoff,
	pks_patterns_sched,
	pks_patterns_stray,
	pks_patterns_death,
	pks_patterns_keys,
	pks_patterns_life,
	pks_patterns_memory,
	pks_patterns_cost,
	pks_patterns_tag,
	pks_patterns_pmem,
};

static const struct pks_pattern *pks_find_pattern(unsigned int index)
{
	const struct pks_pattern *pattern;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pks_families); i++)
		for (pattern = pks_families[i]; pattern->name; pattern++)
			if (!index--)
				return pattern;
	return NULL;
}

/* Copy in a struct that starts with its size, whatever that is. */
static int pks_copy_in(void *to, size_t size, void __user *from)
{
	u32 user_size;

	if (get_user(user_size, (u32 __user *)from))
		return -EFAULT;
	if (user_size < sizeof(u32) || user_size > PAGE_SIZE)
		return -EINVAL;
	return copy_struct_from_user(to, size, from, user_size);
}

/* Copy out as much as the caller has room for; @from starts with that size. */
static int pks_copy_out(void __user *to, const void *from, size_t size)
{
	u32 user_size = *(const u32 *)from;

	return copy_to_user(to, from, min_t(size_t, user_size, size)) ? -EFAULT : 0;
}

static long pks_ioctl_info(void __user *arg)
{
	struct pks_test_info info;
	int err = pks_copy_in(&info, sizeof(info), arg);

	if (err)
		return err;
	info.version = PKS_TEST_VERSION;
	info.flags = (pks_available() ? PKS_TEST_HAS_PKS : 0) |
		     (IS_ENABLED(CONFIG_DEBUG_PKS) ? PKS_TEST_HAS_DEBUG : 0) |
		     (IS_ENABLED(CONFIG_PKS_STORE_HASH) ? PKS_TEST_STORE_HASH : 0);
	info.tsc_khz = tsc_khz;
	info.pkrs_default = pks_available() ? PKS_TEST_PKRS_DEFAULT : 0;
	info.pkey = pks_available() ? PKS_TEST_KEY : 0;
	return pks_copy_out(arg, &info, sizeof(info));
}

static int pks_describe(struct pks_test_item *item)
{
	const struct pks_pattern *pattern;
	const char *name, *desc;

	switch (item->list) {
	case PKS_TEST_PATTERNS:
		pattern = pks_find_pattern(item->index);
		if (!pattern)
			return -EINVAL;
		name = pattern->name;
		desc = pattern->desc;
		item->flags = pattern->flags;
		break;
	case PKS_TEST_CONTEXTS:
		if (item->index >= pks_nr_contexts)
			return -EINVAL;
		name = pks_contexts[item->index].name;
		desc = pks_contexts[item->index].desc;
		item->flags = pks_contexts[item->index].flags;
		break;
	case PKS_TEST_SCHEMES:
		if (!pks_scheme_describe(item->index, &name, &desc, &item->flags))
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}

	strscpy_pad(item->name, name);
	strscpy_pad(item->desc, desc);
	return 0;
}

static long pks_ioctl_item(void __user *arg)
{
	struct pks_test_item item;
	int err = pks_copy_in(&item, sizeof(item), arg);

	if (!err)
		err = pks_describe(&item);
	return err ?: pks_copy_out(arg, &item, sizeof(item));
}

/* Can the pattern run in that context, under the scheme of the moment? */
static int pks_check_run(struct pks_run *run)
{
	u32 flags = run->pattern->flags;
	bool sleeps = run->context->flags & PKS_TEST_SLEEPS;
	u32 scheme = pks_scheme_flags();
	bool unprotected = run->uapi.flags & PKS_TEST_RUN_UNPROTECTED;
	bool mappings = unprotected && flags & (PKS_TEST_KMAP | PKS_TEST_LOCAL);
	bool pages = PKS_TEST_KEY || unprotected;

	/*
	 * Mappings of plain pages are there without PKS, too, to be compared with, and so
	 * is persistent memory, for which nobody asks the driver.
	 */
	if (!(pks_available() && pages) && !mappings &&
	    !(flags & (PKS_TEST_PLAIN | PKS_TEST_PMEM)))
		return -EOPNOTSUPP;
	if ((flags & PKS_TEST_UNMAP_ELSEWHERE) && !sleeps &&
	    (scheme & PKS_SCHEME_KMAP_SLEEPS))
		return -EOPNOTSUPP;
	/* Where kmap_local_page() changes the page tables, it opens that page alone. */
	if ((flags & (PKS_TEST_ANY_CONTEXT | PKS_TEST_ATOMIC | PKS_TEST_BEYOND)) &&
	    (flags & PKS_TEST_LOCAL) && (scheme & PKS_SCHEME_LOCAL_SLEEPS))
		return -EOPNOTSUPP;
	return 0;
}

/* Whoever runs this stays where he is, unless the pattern moves him. */
static int pks_check_cpu(struct pks_run *run)
{
	u32 flags = run->context->flags;
	bool here;

	if (run->uapi.cpu < 0)
		run->cpu = raw_smp_processor_id();
	here = run->cpu == raw_smp_processor_id();
	return (flags & (here ? PKS_TEST_OTHER_CPU : PKS_TEST_INTERRUPTS)) ? -EINVAL : 0;
}

static int pks_prepare_run(struct pks_run *run, struct pks_session *session)
{
	const struct pks_test_run *uapi = &run->uapi;
	bool protected = !(uapi->flags & PKS_TEST_RUN_UNPROTECTED);

	if (uapi->context >= pks_nr_contexts ||
	    uapi->repeat < 1 || uapi->repeat > PKS_TEST_REPEAT_MAX ||
	    uapi->pages < 1 || uapi->pages > PKS_TEST_PAGES_MAX ||
	    uapi->cpu < -1 ||
	    uapi->flags & ~(PKS_TEST_RUN_UNPROTECTED | PKS_TEST_RUN_WRITE))
		return -EINVAL;
	if (uapi->cpu >= 0 && (uapi->cpu >= nr_cpu_ids || !cpu_online(uapi->cpu)))
		return -ENODEV;

	run->session = session;
	run->pattern = pks_find_pattern(uapi->pattern);
	if (!run->pattern)
		return -EINVAL;
	run->context = &pks_contexts[uapi->context];
	run->cpu = uapi->cpu;
	run->pages = &session->pages[protected && PKS_TEST_KEY && pks_available()];
	run->uapi.nsamples = min(uapi->nsamples, uapi->repeat);
	memset(&run->uapi.done, 0, sizeof(run->uapi) - offsetof(typeof(run->uapi), done));
	if (!(run->pattern->flags & PKS_TEST_ANY_CONTEXT) && uapi->context)
		return -EINVAL;
	return 0;
}

static unsigned long pks_run_switches(struct pks_run *run)
{
	struct task_struct *worker = run->session->worker.task;
	struct task_struct *partner = run->partner;

	return current->nvcsw + current->nivcsw +
	       (worker ? worker->nvcsw + worker->nivcsw : 0) +
	       (partner ? partner->nvcsw + partner->nivcsw : 0);
}

static int pks_operate(struct pks_run *run, struct pks_test_sample *samples)
{
	struct pks_test_run *uapi = &run->uapi;
	struct pks_test_counts before, after;
	unsigned long switches;
	int err = 0;
	u32 i;

	uapi->pfn = page_to_pfn(run->pages->page[0]);
	uapi->addr = (unsigned long)page_address(run->pages->page[0]);
	if (run->pattern->begin)
		err = run->pattern->begin(run);
	if (err)
		return err;

	switches = pks_run_switches(run);
	pks_get_counts(&before);
	for (i = 0; i < uapi->repeat && !err; i++) {
		struct pks_test_sample sample = { };

		if (signal_pending(current)) {
			err = -EINTR;
			break;
		}
		/* A kernel that preempts nobody lets others in here alone. */
		cond_resched();
		err = run->pattern->op(run, run->pages->page[i % uapi->pages], &sample);
		if (i < uapi->nsamples)
			samples[i] = sample;
	}
	pks_get_counts(&after);
	uapi->done = i;
	uapi->switches = pks_run_switches(run) - switches;
	pks_sub_counts(&uapi->counts, &after, &before);

	if (run->pattern->end)
		run->pattern->end(run);
	uapi->pkrs_after = pks_read_pkrs();
	uapi->depth_after = pks_depth();
	uapi->nsamples = min(uapi->nsamples, i);
	uapi->count_after = pks_count_pages(run->pages);
	return err;
}

/*
 * A CPU that goes offline pushes away whoever schedules there with migration enabled. Who
 * makes run after run has it enabled for a moment between two runs, and would schedule in
 * that moment by chance alone: the CPU could wait for minutes.
 */
static void pks_leave_cpu(void)
{
	migrate_enable();
	if (!cpu_active(raw_smp_processor_id()))
		schedule();
}

/* What is found to be possible stays so, unless the run has no end to wait for. */
static int pks_run_held(struct pks_run *run, struct pks_test_sample *samples)
{
	bool fatal = run->pattern->flags & PKS_TEST_FATAL;
	bool moves = run->pattern->flags & PKS_TEST_MOVES || fatal;
	int err;

	if (!fatal)
		pks_scheme_get();
	/* What changes something for others may have to wait for CPU hotplug. */
	moves |= !!(pks_scheme_flags() & PKS_SCHEME_KMAP_SLEEPS);
	if (!moves)
		migrate_disable();
	err = pks_check_run(run) ?: pks_check_cpu(run) ?: pks_operate(run, samples);
	if (!moves)
		pks_leave_cpu();
	if (!fatal)
		pks_scheme_put();
	return err;
}

static int pks_run(struct pks_run *run)
{
	struct pks_test_sample *samples = NULL;
	u64 __user *to = u64_to_user_ptr(run->uapi.samples);
	int err;

	if (!to)
		run->uapi.nsamples = 0;
	err = pks_get_pages(run->pages, run->uapi.pages);
	if (err)
		return err;
	if (run->uapi.nsamples) {
		samples = kvcalloc(run->uapi.nsamples, sizeof(*samples), GFP_KERNEL);
		if (!samples)
			return -ENOMEM;
	}

	err = pks_run_held(run, samples);
	if (run->uapi.nsamples &&
	    copy_to_user(to, samples, run->uapi.nsamples * sizeof(*samples)))
		err = -EFAULT;
	kvfree(samples);
	return err;
}

static long pks_ioctl_run(struct file *file, void __user *arg)
{
	struct pks_session *session = file->private_data;
	struct pks_run run = { .file = file };
	int err;

	err = pks_copy_in(&run.uapi, sizeof(run.uapi), arg);
	if (err)
		return err;
	if (test_and_set_bit_lock(0, &session->busy))
		return -EBUSY;
	err = pks_prepare_run(&run, session);
	if (!err)
		err = pks_run(&run);
	clear_bit_unlock(0, &session->busy);

	if (!err || err == -EINTR)
		err = pks_copy_out(arg, &run.uapi, sizeof(run.uapi)) ?: err;
	return err;
}

static long pks_ioctl_steps(void __user *arg)
{
	struct pks_test_steps steps;
	int err = pks_copy_in(&steps, sizeof(steps), arg);

	if (!err)
		err = pks_steps(&steps);
	return err ?: pks_copy_out(arg, &steps, sizeof(steps));
}

static long pks_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	/* The struct says how large it is, and may be another one than here. */
	switch (cmd & ~IOCSIZE_MASK) {
	case PKS_TEST_IOC_INFO & ~IOCSIZE_MASK:
		return pks_ioctl_info(uarg);
	case PKS_TEST_IOC_ITEM & ~IOCSIZE_MASK:
		return pks_ioctl_item(uarg);
	case PKS_TEST_IOC_RUN & ~IOCSIZE_MASK:
		return pks_ioctl_run(file, uarg);
	case PKS_TEST_IOC_STEPS & ~IOCSIZE_MASK:
		return pks_ioctl_steps(uarg);
	default:
		return -ENOTTY;
	}
}

/* Memory whose first touch takes another thread, for patterns that want that. */
static vm_fault_t pks_vm_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff == PKS_PREEMPTED_PAGE)
		pks_be_preempted();
	else
		pks_switch_away();
	vmf->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return vmf->page ? 0 : VM_FAULT_OOM;
}

static const struct vm_operations_struct pks_vm_ops = {
	.fault = pks_vm_fault,
};

static int pks_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return -EINVAL;
	vma->vm_ops = &pks_vm_ops;
	return 0;
}

static int pks_open(struct inode *inode, struct file *file)
{
	struct pks_session *session;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return -ENOMEM;
	session->pages[1].protected = true;
	file->private_data = session;
	return nonseekable_open(inode, file);
}

static int pks_release(struct inode *inode, struct file *file)
{
	struct pks_session *session = file->private_data;

	pks_stop_worker(&session->worker);
	pks_drop_cache(session);
	pks_put_pages(&session->pages[0]);
	pks_put_pages(&session->pages[1]);
	kfree(session);
	return 0;
}

static const struct file_operations pks_fops = {
	.owner		= THIS_MODULE,
	.open		= pks_open,
	.release	= pks_release,
	.unlocked_ioctl	= pks_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= pks_mmap,
};

static struct miscdevice pks_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "pks_test",
	.fops	= &pks_fops,
	.mode	= 0600,
};

static int __init pks_test_init(void)
{
	int err = pks_init_exceptions();

	if (err)
		return err;
	err = pks_init_block();
	if (err)
		goto exceptions;
	err = misc_register(&pks_device);
	if (err)
		goto block;
	return 0;

block:
	pks_exit_block();
exceptions:
	pks_exit_exceptions();
	return err;
}
module_init(pks_test_init);

static void __exit pks_test_exit(void)
{
	misc_deregister(&pks_device);
	pks_exit_block();
	pks_exit_exceptions();
}
module_exit(pks_test_exit);

MODULE_DESCRIPTION("Trigger every way of mapping an access protected page");
MODULE_LICENSE("GPL");
