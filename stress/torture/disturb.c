// SPDX-License-Identifier: GPL-2.0
/*
 * What comes from outside and at any instruction: on each CPU a timer of random
 * period, and behind it a tasklet, a thread that preempts and moves the workers,
 * and NMIs for other CPUs, which are visits like the rest.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/nmi.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smpboot.h>

#include <asm/nmi.h>

#include "compat.h"
#include "torture.h"

/**
 * struct torture_cpu - the disturbances of one CPU
 * @timer:	actor of the timer's interrupts
 * @soft:	actor of the tasklet
 * @nmi:	actor of the NMIs
 * @preemptor:	actor of the preempting thread
 * @hrtimer:	fires after a random time
 * @tasklet:	runs after it
 * @preempt:	the thread shall run
 */
struct torture_cpu {
	struct torture_actor timer;
	struct torture_actor soft;
	struct torture_actor nmi;
	struct torture_actor preemptor;
	struct hrtimer hrtimer;
	struct tasklet_struct tasklet;
	bool preempt;
};

static struct torture_cpu *torture_cpus;
static unsigned int torture_quantum;
static DEFINE_PER_CPU(struct task_struct *, torture_preemptor);

static int torture_nmi(unsigned int type, struct pt_regs *regs)
{
	struct torture_cpu *cpu = &torture_cpus[raw_smp_processor_id()];

	if (!torture_was_poked())
		return NMI_DONE;
	if (READ_ONCE(torture.running))
		torture_visit(&cpu->nmi, TORTURE_NMI, false);
	return NMI_HANDLED;
}

static void torture_tasklet(struct tasklet_struct *t)
{
	struct torture_cpu *cpu = container_of(t, struct torture_cpu, tasklet);

	if (READ_ONCE(torture.running))
		torture_visit(&cpu->soft, TORTURE_TASKLET, false);
}

static void torture_preempt(struct torture_cpu *cpu)
{
	struct task_struct *task = this_cpu_read(torture_preemptor);

	WRITE_ONCE(cpu->preempt, true);
	if (task)
		wake_up_process(task);
}

static enum hrtimer_restart torture_tick(struct hrtimer *hrtimer)
{
	struct torture_cpu *cpu = container_of(hrtimer, struct torture_cpu, hrtimer);

	if (READ_ONCE(torture.running)) {
		torture_visit(&cpu->timer, TORTURE_TIMER, false);
		switch (torture_rnd(&cpu->timer, 4)) {
		case 0:
			tasklet_schedule(&cpu->tasklet);
			break;
		case 1:
			torture_preempt(cpu);
			break;
		case 2:
			torture_poke(&cpu->timer);
			break;
		}
	}
	hrtimer_forward_now(hrtimer, torture_quantum / 4 +
			    torture_rnd(&cpu->timer, torture_quantum * 2));
	return HRTIMER_RESTART;
}

static int torture_should_preempt(unsigned int cpu)
{
	return READ_ONCE(torture_cpus[cpu].preempt);
}

static void torture_preempt_fn(unsigned int nr)
{
	struct torture_cpu *cpu = &torture_cpus[nr];

	WRITE_ONCE(cpu->preempt, false);
	if (!mutex_trylock(&torture.lock))
		return;
	if (torture.running) {
		torture_visit(&cpu->preemptor, TORTURE_PREEMPTOR, true);
		if (!torture_rnd(&cpu->preemptor, 4))
			torture_move_worker(&cpu->preemptor);
	}
	mutex_unlock(&torture.lock);
}

/* The timer is there while its CPU is. */
static void torture_cpu_up(unsigned int cpu)
{
	hrtimer_start(&torture_cpus[cpu].hrtimer, torture_quantum,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void torture_cpu_down(unsigned int cpu)
{
	hrtimer_cancel(&torture_cpus[cpu].hrtimer);
	/* Runs the tasklet: under PREEMPT_RT ksoftirqd would, and is parked already. */
	local_bh_disable();
	local_bh_enable();
	tasklet_kill(&torture_cpus[cpu].tasklet);
}

static void torture_setup(unsigned int cpu)
{
	sched_set_fifo(current);
	torture_cpu_up(cpu);
}

static void torture_cleanup(unsigned int cpu, bool online)
{
	torture_cpu_down(cpu);
}

static struct smp_hotplug_thread torture_preemptors = {
	.store			= &torture_preemptor,
	.thread_should_run	= torture_should_preempt,
	.thread_fn		= torture_preempt_fn,
	.thread_comm		= "pks_preempt/%u",
	.setup			= torture_setup,
	.cleanup		= torture_cleanup,
	.park			= torture_cpu_down,
	.unpark			= torture_cpu_up,
};

static void torture_init_cpu(struct torture_cpu *cpu, unsigned int nr, u64 seed)
{
	torture_init_actor(&cpu->timer, seed, "timer %u", nr);
	torture_init_actor(&cpu->soft, seed, "tasklet %u", nr);
	torture_init_actor(&cpu->nmi, seed, "NMI %u", nr);
	torture_init_actor(&cpu->preemptor, seed, "preemptor %u", nr);
	hrtimer_setup(&cpu->hrtimer, torture_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	tasklet_setup(&cpu->tasklet, torture_tasklet);
}

/**
 * torture_start_disturbing() - from now on anything may be interrupted
 * @seed:	of the decisions
 * @quantum:	mean period of the timers in ns
 *
 * Return: 0 or a negative errno
 */
int torture_start_disturbing(u64 seed, unsigned int quantum)
{
	unsigned int cpu;
	int err;

	torture_cpus = kvcalloc(nr_cpu_ids, sizeof(*torture_cpus), GFP_KERNEL);
	if (!torture_cpus)
		return -ENOMEM;
	torture_quantum = quantum;
	for_each_possible_cpu(cpu)
		torture_init_cpu(&torture_cpus[cpu], cpu, seed);

	err = register_nmi_handler(NMI_LOCAL, torture_nmi, 0, "pks_torture");
	if (err)
		goto free;
	err = smpboot_register_percpu_thread(&torture_preemptors);
	if (err)
		goto nmi;
	return 0;

nmi:
	unregister_nmi_handler(NMI_LOCAL, "pks_torture");
free:
	kvfree(torture_cpus);
	return err;
}

/* Nobody pokes any more. */
void torture_stop_disturbing(void)
{
	smpboot_unregister_percpu_thread(&torture_preemptors);
	unregister_nmi_handler(NMI_LOCAL, "pks_torture");
	kvfree(torture_cpus);
}
