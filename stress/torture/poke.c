// SPDX-License-Identifier: GPL-2.0
/*
 * Sending an NMI to some CPU, and telling there that it was ours: workers and timers
 * send them, and disturb.c, which calls the workers, has their handler.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include <asm/apic.h>
#include <asm/irq_vectors.h>

#include "torture.h"

/* An NMI is ours */
static DEFINE_PER_CPU(int, torture_poked);

/**
 * torture_poke() - send an NMI to some CPU, oneself included
 * @actor:	decides which
 *
 * Context: any
 */
void torture_poke(struct torture_actor *actor)
{
	unsigned int cpu = torture_rnd(actor, nr_cpu_ids);

	if (!cpu_online(cpu))
		return;
	WRITE_ONCE(per_cpu(torture_poked, cpu), 1);
	apic->send_IPI(cpu, NMI_VECTOR);
}

/**
 * torture_was_poked() - is the NMI that is being handled one of torture_poke()?
 *
 * Context: NMI
 * Return: true if so; each is told of once
 */
bool torture_was_poked(void)
{
	return xchg(this_cpu_ptr(&torture_poked), 0);
}
