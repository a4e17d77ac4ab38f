// SPDX-License-Identifier: GPL-2.0
/*
 * An NMI or a hard interrupt after a given number of instructions.
 *
 * On the instruction clock of the emulator the timer of the local APIC counts
 * instructions, and its delivery mode may be NMI. The kernel must leave that
 * timer alone ("nolapic_timer"). The hard interrupt has a vector of its own,
 * from the domain that devices get theirs from.
 */
#define pr_fmt(fmt) "pks_walk: " fmt

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/kthread.h>
#include <linux/preempt.h>

#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/irq_regs.h>
#include <asm/irqdomain.h>
#include <asm/nmi.h>
#include <asm/processor-flags.h>

#include "../../drivers/pks_test/pks_test.h"
#include "walk.h"

/* The strike that is under way; one CPU, and only the walker changes it. */
static enum walk_kind walk_kind;
static bool walk_armed;
static bool walk_paired;	/* an NMI shall come on top of it */
static u64 walk_start;
static bool walk_inside;
static struct walk_hit walk_hit;

static unsigned int walk_irq;
static u32 walk_vector;

static struct task_struct *walk_intruder;
static unsigned long walk_intruded;

/**
 * walk_intrusions() - how often the thread of higher priority ran
 *
 * Return: the number, ever increasing
 */
unsigned long walk_intrusions(void)
{
	return READ_ONCE(walk_intruded);
}

static int walk_intruder_fn(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
		if (kthread_should_stop())
			break;
		if (walk_racing)
			walk_race_stop();
		else
			walk_probe("a thread that preempts");
		WRITE_ONCE(walk_intruded, walk_intruded + 1);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* An NMI may come from elsewhere, and shall take the same instructions then. */
static bool walk_timer_is_due(void)
{
	return !native_apic_mem_read(APIC_TMCCT) && walk_armed;
}

static void walk_take(struct pt_regs *regs, bool preemptible)
{
	walk_armed = false;
	walk_hit.ip = regs->ip;
	walk_now.ip = regs->ip;
	walk_hit.irqs = regs->flags & X86_EFLAGS_IF;
	walk_hit.preemptible = preemptible && walk_hit.irqs;
	walk_hit.inside = walk_inside && !user_mode(regs);
	walk_hit.victim = current;
	walk_hit.switches = current->nivcsw;
	walk_hit.came = true;
}

/* What was interrupted, as it will be put back */
static void walk_check_victim(struct pt_regs *regs)
{
	struct pks_context ctx;

	if (user_mode(regs))
		return;
	ctx = to_extended_pt_regs(regs)->aux.ctx;
	walk_expect(pks_depth_valid(ctx),
		    "the interrupted context has depth %u, grants 0x%x and PKRS 0x%08x",
		    ctx.depth, ctx.granted, ctx.pkrs);
}

/* The NMI on top of an interruption. What it does is no part of that. */
static void walk_take_second(struct pt_regs *regs)
{
	walk_hit.second_at = rdtsc() - walk_start;
	walk_now.second_ip = regs->ip;
	walk_check_victim(regs);
	walk_probe("an NMI on top of it");
}

/*
 * In what interrupts. What is interrupted itself looks once, and has a fault. In a
 * race the other CPU looks.
 */
static void walk_look_around(const char *who, struct pt_regs *regs)
{
	walk_check_victim(regs);
	if (walk_racing && walk_kind == WALK_NMI)
		walk_race_stop();
	else if (walk_racing)
		return;
	else if (walk_paired)
		walk_glance(who);
	else
		walk_probe(who);
}

static int walk_nmi(unsigned int type, struct pt_regs *regs)
{
	/*
	 * The driver does its job in the first NMI that comes, and may then have
	 * one that nobody expects.
	 */
	if (walk_timer_is_due() && walk_kind <= WALK_NMI) {
		walk_take(regs, false);
		if (walk_kind == WALK_NMI)
			walk_look_around("an NMI", regs);
	} else if (walk_second_is_due()) {
		walk_take_second(regs);
	} else if (!walk_inside) {
		return NMI_DONE;
	}
	return NMI_HANDLED;
}

static irqreturn_t walk_interrupt(int irq, void *unused)
{
	struct pt_regs *regs = get_irq_regs();

	if (!walk_armed)
		return IRQ_NONE;

	walk_take(regs, preempt_count() == HARDIRQ_OFFSET);
	walk_look_around("a hard interrupt", regs);
	if (walk_kind == WALK_PREEMPT)
		wake_up_process(walk_intruder);
	return IRQ_HANDLED;
}

/**
 * walk_arm() - what follows is the window
 * @kind:	what interrupts it
 * @ticks:	after so many instructions
 * @then:	and by an NMI, as many after that; 0: by nothing else
 *
 * The same instructions follow the start of the timer for every kind.
 */
void walk_arm(enum walk_kind kind, unsigned int ticks, unsigned int then)
{
	u32 lvt = kind <= WALK_NMI ? APIC_MODE_NMI << 8 : walk_vector;

	walk_kind = kind;
	walk_hit = (struct walk_hit){ };
	walk_now.ip = 0;
	walk_now.second_ip = 0;
	walk_paired = then;
	if (then)
		walk_second_arm(ticks + then);
	native_apic_mem_write(APIC_TDCR, APIC_TDR_DIV_1);
	native_apic_mem_write(APIC_LVTT, lvt);
	walk_armed = true;
	barrier();
	if (then)
		walk_second_start();
	walk_start = rdtsc();
	native_apic_mem_write(APIC_TMICT, ticks);
	WRITE_ONCE(walk_inside, true);
}

/**
 * walk_disarm() - the window has ended
 * @hit:	out: what came of it
 */
void walk_disarm(struct walk_hit *hit)
{
	u64 end;

	/* What comes outside is no part of the length. */
	end = rdtsc();
	WRITE_ONCE(walk_inside, false);
	native_apic_mem_write(APIC_LVTT, APIC_LVT_MASKED);
	native_apic_mem_write(APIC_TMICT, 0);
	walk_armed = false;
	if (walk_paired)
		walk_second_disarm();
	*hit = walk_hit;
	hit->length = end - walk_start;
}

/**
 * walk_strike() - run a window and interrupt it
 * @kind:	by what
 * @ticks:	after so many instructions
 * @then:	and by an NMI, as many after that; 0: by nothing else
 * @op:		the window
 * @hit:	out: what came of it
 */
void walk_strike(enum walk_kind kind, unsigned int ticks, unsigned int then,
		 void (*op)(void), struct walk_hit *hit)
{
	walk_arm(kind, ticks, then);
	op();
	walk_disarm(hit);
}

/**
 * walk_count() - run a window and interrupt nothing
 * @op:		the window
 *
 * Return: instructions, with a constant for the call
 */
u64 walk_count(void (*op)(void))
{
	u64 ticks;

	/* The timer runs as always, but it is masked. */
	native_apic_mem_write(APIC_TMICT, ~0u);
	WRITE_ONCE(walk_inside, true);
	ticks = rdtsc();
	op();
	ticks = rdtsc() - ticks;
	WRITE_ONCE(walk_inside, false);
	native_apic_mem_write(APIC_TMICT, 0);
	return ticks;
}

static int __init walk_get_vector(void)
{
	struct irq_alloc_info info = { .mask = cpumask_of(0) };
	int irq, err;

	irq = irq_domain_alloc_irqs(x86_vector_domain, 1, NUMA_NO_NODE, &info);
	if (irq < 0)
		return irq;
	irq_set_handler(irq, handle_edge_irq);
	err = request_irq(irq, walk_interrupt, IRQF_NOBALANCING, "pks_walk", &walk_irq);
	if (err) {
		irq_dispose_mapping(irq);
		return err;
	}
	walk_irq = irq;
	walk_vector = irqd_cfg(irq_get_irq_data(irq))->vector;
	return 0;
}

static void walk_put_vector(void)
{
	free_irq(walk_irq, &walk_irq);
	irq_dispose_mapping(walk_irq);
}

static bool __init walk_timer_is_free(void)
{
	return native_apic_mem_read(APIC_LVTT) & APIC_LVT_MASKED &&
	       !native_apic_mem_read(APIC_TMICT);
}

int __init walk_init_strike(void)
{
	int err;

	if (num_online_cpus() > 2 || x2apic_mode || !walk_timer_is_free()) {
		pr_err("needs one CPU or two, and the first one's local APIC timer for itself, boot with \"nolapic_timer\"\n");
		return -EBUSY;
	}
	err = walk_get_vector();
	if (err)
		return err;
	walk_intruder = kthread_run_on_cpu(walk_intruder_fn, NULL, 0, "pks_intruder/%u");
	err = PTR_ERR_OR_ZERO(walk_intruder);
	if (err)
		goto vector;
	sched_set_fifo(walk_intruder);
	/* Ahead of the driver, whose job may change what the probe sees */
	err = register_nmi_handler(NMI_LOCAL, walk_nmi, NMI_FLAG_FIRST, "pks_walk");
	if (err)
		goto intruder;
	return 0;

intruder:
	kthread_stop(walk_intruder);
vector:
	walk_put_vector();
	return err;
}

void walk_exit_strike(void)
{
	unregister_nmi_handler(NMI_LOCAL, "pks_walk");
	kthread_stop(walk_intruder);
	walk_put_vector();
}
