// SPDX-License-Identifier: GPL-2.0
/*
 * The torture of one scheme in one mode, those that are set when the module is
 * loaded. It lasts as many steps or seconds as asked for, and the module stays
 * until it is unloaded, which ends it early.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "torture.h"

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of all decisions");

static unsigned int workers;
module_param(workers, uint, 0444);
MODULE_PARM_DESC(workers, "threads, 1 to 128; 0: two for each CPU that is online");

static unsigned long steps;
module_param(steps, ulong, 0444);
MODULE_PARM_DESC(steps, "of each thread; 0: any number");

static unsigned int seconds = 10;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "at most; 0: until the module is unloaded");

static unsigned int quantum = 100000;
module_param(quantum, uint, 0444);
MODULE_PARM_DESC(quantum, "mean time between two interrupts of a CPU, 1000 to 1000000000 ns");

static enum { TORTURE_RUNS, TORTURE_SUCCEEDED, TORTURE_FAILED } torture_state;
static unsigned long torture_begun;
static struct task_struct *torture_main_task;
static struct pks_pages torture_pages = { .protected = true };

static const char * const torture_states[] = {
	[TORTURE_RUNS]		= "running",
	[TORTURE_SUCCEEDED]	= "SUCCESS",
	[TORTURE_FAILED]	= "FAILURE",
};

static int torture_describe(char *buf, size_t size)
{
	struct torture_actor sum;

	torture_sum_actors(&sum);
	return scnprintf(buf, size,
			 "%s: %s %s seed %lu %u workers %u s: %llu events, must %llu deny %llu may %llu, hash %016llx order %016llx",
			 torture_states[READ_ONCE(torture_state)], torture.scheme,
			 torture.mode, seed, workers,
			 jiffies_to_msecs(jiffies - torture_begun) / 1000, sum.events,
			 sum.verdicts[TORTURE_MUST], sum.verdicts[TORTURE_DENY],
			 sum.verdicts[TORTURE_MAY], sum.hash, sum.order);
}

static int torture_status_get(char *buf, const struct kernel_param *kp)
{
	int len = torture_describe(buf, PAGE_SIZE - 1);

	buf[len] = '\n';
	return len + 1;
}

static const struct kernel_param_ops torture_status_ops = {
	.get = torture_status_get,
};
module_param_cb(status, &torture_status_ops, NULL, 0444);
MODULE_PARM_DESC(status, "running, SUCCESS or FAILURE, and how far it is");

static bool torture_is_over(void)
{
	return torture_has_failed() || kthread_should_stop() ||
	       (steps && torture_workers_done()) ||
	       (seconds && time_after(jiffies, torture_begun + seconds * HZ));
}

/* Contexts that nobody waits for do nothing after this. */
static void torture_calm(void)
{
	mutex_lock(&torture.lock);
	WRITE_ONCE(torture.running, false);
	mutex_unlock(&torture.lock);
	synchronize_rcu();
}

static void torture_finish(void)
{
	char text[256];

	torture_calm();
	torture_stop_workers();
	WRITE_ONCE(torture_state,
		   torture_has_failed() ? TORTURE_FAILED : TORTURE_SUCCEEDED);
	torture_describe(text, sizeof(text));
	pr_info("pks_torture: --- End of test: %s\n", text);
}

static int torture_main(void *unused)
{
	while (!torture_is_over())
		schedule_timeout_interruptible(1);
	torture_finish();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int torture_init_world(void)
{
	int err = pks_get_pages(&torture_pages, TORTURE_PAGES), i;

	if (err)
		return err;
	for (i = 0; i < TORTURE_PAGES; i++) {
		torture.page[i].page = torture_pages.page[i];
		torture.page[i].index = i;
	}
	strscpy(torture.scheme, pks_scheme_name());
	torture.mode = pks_mode_name();
	torture.flags = pks_scheme_flags();
	torture.per_page = !strcmp(torture.scheme, "page");
	torture.open = !torture.per_page && !torture.flags;
	torture.strict = torture.per_page && !strcmp(torture.mode, "strict");
	return 0;
}

static int __init torture_init(void)
{
	int err;

	if (!pks_available())
		return -ENODEV;
	if (!workers)
		workers = 2 * num_online_cpus();
	if (workers > 128 || quantum < 1000 || quantum > 1000000000)
		return -EINVAL;
	err = torture_init_world();
	if (err)
		return err;
	torture_begun = jiffies;
	err = torture_start_disturbing(seed, quantum);
	if (err)
		goto pages;
	err = torture_start_workers(workers, steps, seed);
	if (err)
		goto disturbing;
	WRITE_ONCE(torture.running, true);
	torture_main_task = kthread_run(torture_main, NULL, "pks_torture");
	if (IS_ERR(torture_main_task)) {
		err = PTR_ERR(torture_main_task);
		goto workers;
	}
	return 0;

workers:
	torture_calm();
	torture_stop_workers();
	torture_free_workers();
disturbing:
	torture_stop_disturbing();
pages:
	pks_put_pages(&torture_pages);
	return err;
}
module_init(torture_init);

static void __exit torture_exit(void)
{
	kthread_stop(torture_main_task);
	torture_stop_disturbing();
	torture_free_workers();
	pks_put_pages(&torture_pages);
}
module_exit(torture_exit);

MODULE_DESCRIPTION("Torture kmap() of access protected pages, and know what must come of it");
MODULE_LICENSE("GPL");
