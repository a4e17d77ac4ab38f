// SPDX-License-Identifier: GPL-2.0
/*
 * qemu_int3: keeps a guest alive whose emulator runs code that is gone.
 *
 * The kernel patches its code through an int3. QEMU before 8.1, with a thread
 * for each CPU, may translate the int3 on one CPU while another replaces it,
 * and then keeps that translation: an int3 is taken where there is none, and
 * the kernel dies of it. Writing the byte again makes QEMU throw the
 * translation away. No hardware needs this.
 */
#include <linux/kdebug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <asm/special_insns.h>
#include <asm/text-patching.h>

/* The mapping is read-only, and this may be any context. */
static void write_again(u8 *insn)
{
	unsigned long cr0 = native_read_cr0();

	asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~X86_CR0_WP) : "memory");
	/* atomic: the next patch may be on its way */
	asm volatile("lock orb $0, %0" : "+m" (*insn));
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
}

static int stale_int3(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	u8 *insn = (u8 *)(regs->ip - INT3_INSN_SIZE);

	if (event != DIE_INT3 || user_mode(regs) || *insn == INT3_INSN_OPCODE)
		return NOTIFY_DONE;
	write_again(insn);
	regs->ip = (unsigned long)insn;
	return NOTIFY_STOP;
}

static struct notifier_block notifier = { .notifier_call = stale_int3 };

static int __init qemu_int3_init(void)
{
	return register_die_notifier(&notifier);
}

static void __exit qemu_int3_exit(void)
{
	unregister_die_notifier(&notifier);
}

module_init(qemu_int3_init);
module_exit(qemu_int3_exit);
MODULE_DESCRIPTION("Survive stale translations of patched code under QEMU");
MODULE_LICENSE("GPL");
