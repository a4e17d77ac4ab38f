// SPDX-License-Identifier: GPL-2.0
/*
 * A second timer, for an NMI amid what the first one interrupted.
 *
 * It is the HPET, which the kernel must leave alone ("hpet=disable"), by a pin of
 * the I/O APIC that nobody uses. The emulator's HPET ticks every ten instructions,
 * from the instruction on that starts it: a loop of up to ten instructions between
 * its start and that of the other timer makes the difference of the two exact.
 */
#define pr_fmt(fmt) "pks_walk: " fmt

#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/math.h>

#include <asm/apicdef.h>
#include <asm/hpet.h>
#include <asm/io_apic.h>

#include "walk.h"

/* As the chipset has it */
#define WALK_HPET_BASE	0xfed00000
#define WALK_HPET_SIZE	0x400
/* Instructions of a tick */
#define WALK_TICK	10
/* One of those that the HPET can be routed to, and PCI devices rarely are */
#define WALK_PIN	23
#define WALK_RTE_MASKED	BIT(16)
#define WALK_RTE_NMI	(APIC_MODE_NMI << 8)

static void __iomem *walk_hpet;
static void __iomem *walk_ioapic;
static u32 walk_due;		/* ticks; 0: not under way */
static unsigned int walk_pad;	/* instructions before the other timer starts */

/*
 * Instructions from the start of this timer to that of the other one, the pad
 * aside; measured when the module is loaded
 */
int walk_skew;

static void walk_write_pin(u32 low)
{
	unsigned long flags;

	/* The kernel's own accesses are made with interrupts off, too. */
	local_irq_save(flags);
	writel(0x11 + 2 * WALK_PIN, walk_ioapic);
	writel(0, walk_ioapic + 0x10);
	writel(0x10 + 2 * WALK_PIN, walk_ioapic);
	writel(low, walk_ioapic + 0x10);
	local_irq_restore(flags);
}

static u32 walk_read_pin(void)
{
	unsigned long flags;
	u32 low;

	local_irq_save(flags);
	writel(0x10 + 2 * WALK_PIN, walk_ioapic);
	low = readl(walk_ioapic + 0x10);
	local_irq_restore(flags);
	return low;
}

/**
 * walk_second_arm() - an NMI shall come
 * @after:	so many instructions after the other timer was started
 *
 * walk_second_start() is next.
 */
void walk_second_arm(unsigned int after)
{
	unsigned int instructions = after + walk_skew;

	walk_due = DIV_ROUND_UP(instructions, WALK_TICK);
	walk_pad = walk_due * WALK_TICK - instructions;
	writel(0, walk_hpet + HPET_COUNTER);
	writel(0, walk_hpet + HPET_COUNTER + 4);
	writel(HPET_TN_ENABLE | HPET_TN_32BIT | WALK_PIN << HPET_TN_ROUTE_SHIFT,
	       walk_hpet + HPET_Tn_CFG(0));
	writel(walk_due, walk_hpet + HPET_Tn_CMP(0));
}

/**
 * walk_second_start() - what the caller does next starts the other timer
 */
void walk_second_start(void)
{
	unsigned long pad = walk_pad + 1;

	writel(HPET_CFG_ENABLE, walk_hpet + HPET_CFG);
	/* An iteration is an instruction. */
	asm volatile("1: loop 1b" : "+c" (pad));
}

/**
 * walk_second_is_due() - whether an NMI is that of this timer
 *
 * Return: true once for each walk_second_arm()
 */
bool walk_second_is_due(void)
{
	if (!walk_due || readl(walk_hpet + HPET_COUNTER) < walk_due)
		return false;
	walk_due = 0;
	return true;
}

/**
 * walk_second_disarm() - nothing comes any more
 */
void walk_second_disarm(void)
{
	writel(0, walk_hpet + HPET_CFG);
	writel(0, walk_hpet + HPET_Tn_CFG(0));
	walk_due = 0;
}

int walk_init_second(void)
{
	walk_hpet = ioremap(WALK_HPET_BASE, WALK_HPET_SIZE);
	walk_ioapic = ioremap(IO_APIC_DEFAULT_PHYS_BASE, PAGE_SIZE);
	if (!walk_hpet || !walk_ioapic) {
		walk_exit_second();
		return -ENOMEM;
	}
	if (readl(walk_hpet + HPET_CFG) & HPET_CFG_ENABLE ||
	    !(readl(walk_hpet + HPET_Tn_CFG(0) + 4) & BIT(WALK_PIN)) ||
	    !(walk_read_pin() & WALK_RTE_MASKED)) {
		pr_err("needs an HPET that nobody uses, and pin %u of the I/O APIC, boot with \"hpet=disable\"\n",
		       WALK_PIN);
		walk_exit_second();
		return -EBUSY;
	}
	walk_write_pin(WALK_RTE_NMI);
	return 0;
}

void walk_exit_second(void)
{
	if (walk_hpet && walk_ioapic) {
		walk_second_disarm();
		walk_write_pin(WALK_RTE_MASKED);
	}
	if (walk_hpet)
		iounmap(walk_hpet);
	if (walk_ioapic)
		iounmap(walk_ioapic);
}
