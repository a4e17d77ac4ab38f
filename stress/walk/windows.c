// SPDX-License-Identifier: GPL-2.0
/*
 * The windows. Each restores what it changed, so that every run of it is the
 * same run.
 */
#include <linux/bottom_half.h>
#include <linux/highmem.h>
#include <linux/kdebug.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include <asm/trapnr.h>

#include "../../drivers/pks_test/compat.h"
#include "../../drivers/pks_test/pks_test.h"
#include "walk.h"

#define WALK_OPEN	(PKS_INIT_VALUE & ~PKR_PKEY_MASK(PKS_KEY_KMAP))
#define WALK_TEST_OPEN	(PKS_INIT_VALUE & ~PKR_PKEY_MASK(PKS_KEY_TEST))
#define WALK_GRANT	BIT(PKS_KEY_KMAP)

static const char who[] = "the walker";

/* What the window itself read */
static bool walk_ok;
static u64 walk_val;

static unsigned long walk_switches;

static void walk_read_page(void)
{
	walk_val = 0;
	walk_ok = pks_read(page_address(walk_page), &walk_val);
}

static void walk_read_closed(void)
{
	walk_ok = pks_read(page_address(walk_closed), &walk_val);
}

static void walk_expect_read(void)
{
	walk_expect(walk_ok && walk_val == pks_expected(walk_page),
		    "%s: cannot read the page that it mapped", who);
}

static void walk_expect_denied(void)
{
	walk_read_page();
	walk_expect(!walk_ok, "%s: reads a page after its last unmap", who);
}

/* The writer, by key */

static void walk_open_key(void)
{
	pks_set_readwrite(PKS_KEY_TEST);
}

static void walk_close_key(void)
{
	pks_set_noaccess(PKS_KEY_TEST);
}

static void walk_end_open_key(void)
{
	walk_expect_context(who, WALK_TEST_OPEN, 0, 0);
	walk_close_key();
}

/* kmap_local */

static void walk_open_local(void)
{
	kmap_local_page(walk_page);
}

static void walk_close_local(void)
{
	kunmap_local(page_address(walk_page));
}

static void walk_end_open_local(void)
{
	walk_expect_context(who, WALK_OPEN, 1, 0);
	walk_read_page();
	walk_expect_read();
	walk_close_local();
	walk_expect_denied();
}

static void walk_end_nested(void)
{
	walk_expect_context(who, WALK_OPEN, 2, 0);
	walk_close_local();
	walk_end_open_local();
}

static void walk_begin_close_nested(void)
{
	walk_open_local();
	walk_open_local();
}

static void walk_local_pair(void)
{
	walk_open_local();
	walk_read_page();
	walk_close_local();
}

/* kmap() and the fault */

static void walk_kmap(void)
{
	kmap(walk_page);
}

static void walk_kunmap(void)
{
	kunmap(walk_page);
}

/* A grant is there until a switch; the next kunmap_local() ends it, too. */
static void walk_expect_grant(void)
{
	if (current->nvcsw + current->nivcsw != walk_switches) {
		walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
		return;
	}
	walk_expect_context(who, WALK_OPEN, 0, WALK_GRANT);
}

static void walk_drop_grant(void)
{
	walk_open_local();
	walk_close_local();
}

static void walk_begin_grant(void)
{
	walk_kmap();
	walk_read_page();
	walk_switches = current->nvcsw + current->nivcsw;
	walk_expect_read();
}

static void walk_end_grant(void)
{
	walk_expect_grant();
	walk_drop_grant();
	walk_kunmap();
	walk_expect_denied();
}

/* It may have been granted, switched away from, and granted again. */
static void walk_end_fault(void)
{
	walk_expect_read();
	walk_read_page();
	walk_expect_read();
	walk_expect_context(who, WALK_OPEN, 0, WALK_GRANT);
	walk_drop_grant();
	walk_kunmap();
	walk_expect_denied();
}

static void walk_end_denial(void)
{
	walk_expect(!walk_ok, "%s: reads a closed page", who);
}

static void walk_end_kmap(void)
{
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_expect(pks_unprotect_count(walk_page) == 1, "unprotect count %d, expected 1",
		    pks_unprotect_count(walk_page));
	walk_kunmap();
	walk_expect_denied();
}

/* The first open and the last close of a global scheme change every register. */
static void walk_end_global_open(void)
{
	walk_read_page();
	walk_expect_read();
	walk_kunmap();
	walk_expect_denied();
}

static void walk_begin_global_local(void)
{
	walk_open_local();
	walk_kmap();
}

static void walk_end_global_local(void)
{
	walk_read_page();
	walk_expect_read();
	walk_close_local();
	walk_expect_denied();
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
/* The key of persistent memory. None of that is needed: who has the key has it all. */

static void walk_end_pgmap_close(void)
{
	walk_expect(!current->thread.pks.pgmap, "%s: has a reason for a key that is closed",
		    who);
}

static void walk_end_pgmap_open(void)
{
	walk_expect_context(who, WALK_PGMAP, 0, 0);
	pks_pgmap_close();
	walk_end_pgmap_close();
}

static void walk_end_pgmap_mapped(void)
{
	walk_expect_context(who, WALK_OPEN & WALK_PGMAP, 1, 0);
	pks_pgmap_close();
	walk_end_open_local();
}

static void walk_begin_pgmap_mapped(void)
{
	walk_open_local();
	pks_pgmap_open();
}
#endif

/* Contexts on top of the walker, which has the page mapped or was granted it */

static u32 walk_job_pkrs;
static unsigned int walk_job_depth;

static void walk_job_look(void *unused)
{
	walk_job_pkrs = pks_read_pkrs();
	walk_job_depth = pks_depth();
}

/* Is granted access, inside what runs the job */
static void walk_job_fault(void *unused)
{
	walk_job_look(NULL);
	walk_read_page();
}

static void walk_enter(const char *name, void (*fn)(void *arg))
{
	struct pks_job job = { .fn = fn };
	unsigned int i;

	for (i = 0; i < pks_nr_contexts; i++)
		if (pks_contexts[i].name && !strcmp(pks_contexts[i].name, name))
			pks_contexts[i].run(NULL, &job);
	walk_expect(job.done, "the driver did not run its job in the context %s", name);
}

static void walk_expect_job(void)
{
	walk_expect(walk_job_pkrs == PKS_INIT_VALUE && !walk_job_depth,
		    "on top of the walker: PKRS 0x%08x, depth %u", walk_job_pkrs,
		    walk_job_depth);
}

static void walk_end_context(void)
{
	walk_expect_job();
	walk_end_open_local();
}

static void walk_end_granted_context(void)
{
	walk_expect_job();
	walk_end_grant();
}

/* What was granted there has ended there. */
static void walk_end_context_grant(void)
{
	walk_expect_job();
	walk_expect_read();
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_kunmap();
	walk_expect_denied();
}

#define WALK_CONTEXT(context)				\
static void walk_op_##context(void)			\
{							\
	walk_enter(#context, walk_job_look);		\
}

WALK_CONTEXT(exception)
WALK_CONTEXT(breakpoint)
WALK_CONTEXT(debug)
WALK_CONTEXT(hardirq)
WALK_CONTEXT(softirq)
WALK_CONTEXT(bh)
WALK_CONTEXT(nmi)

static void walk_op_hardirq_fault(void)
{
	walk_enter("hardirq", walk_job_fault);
}

static void walk_op_bh_fault(void)
{
	walk_enter("bh", walk_job_fault);
}

static void walk_op_nmi_fault(void)
{
	walk_enter("nmi", walk_job_fault);
}

/*
 * The kernel treats an NMI in a special way that hits the same instruction as
 * the last: have one elsewhere.
 */
static void walk_forget_nmi(void)
{
	struct walk_hit hit;

	walk_arm(WALK_LOOK, 1, 0);
	walk_disarm(&hit);
}

static void walk_begin_nmi(void)
{
	walk_forget_nmi();
	walk_open_local();
}

static void walk_begin_nmi_fault(void)
{
	walk_forget_nmi();
	walk_kmap();
}

/*
 * The #UD of a WARN is looked at ahead of irqentry_enter(), as that of UBSAN is:
 * the latter is not looked up in a table of thousands, and then treated like any
 * other #UD, so that both parts are walked.
 */
extern const u8 walk_ud1[], walk_ud1_end[];

static noinline void walk_op_undefined(void)
{
	asm volatile(".globl walk_ud1, walk_ud1_end\n"
		     "walk_ud1:\n"
		     PKS_ASM_RETURNS("ud1 (%%rax), %%eax") "\n"
		     "walk_ud1_end:\n" : : : "memory");
}

static int walk_die_notify(struct notifier_block *nb, unsigned long kind, void *data)
{
	struct die_args *args = data;

	if (kind != DIE_TRAP || args->trapnr != X86_TRAP_UD ||
	    args->regs->ip != (unsigned long)walk_ud1)
		return NOTIFY_DONE;
	walk_job_look(NULL);
	args->regs->ip = (unsigned long)walk_ud1_end;
	return NOTIFY_STOP;
}

static struct notifier_block walk_die_nb = {
	.notifier_call = walk_die_notify,
};

/* The switch: to a second thread and back */

static struct task_struct *walk_peer, *walk_walker;
static void (*walk_peer_op)(void);
static u32 walk_peer_pkrs;
static unsigned int walk_peer_depth;

static int walk_peer_fn(void *unused)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (walk_walker)
			wake_up_process(walk_walker);
		schedule();
		if (walk_peer_op)
			walk_peer_op();
		walk_peer_op = NULL;
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void walk_in_peer(void (*op)(void))
{
	walk_walker = current;
	walk_peer_op = op;
	set_current_state(TASK_UNINTERRUPTIBLE);
	wake_up_process(walk_peer);
	schedule();
}

static void walk_peer_look(void)
{
	walk_peer_pkrs = pks_read_pkrs();
	walk_peer_depth = pks_depth();
}

static void walk_switch(void)
{
	walk_in_peer(walk_peer_look);
}

static void walk_expect_peer(u32 pkrs, unsigned int depth)
{
	walk_expect(walk_peer_pkrs == pkrs && walk_peer_depth == depth,
		    "the other thread: PKRS 0x%08x, expected 0x%08x; depth %u, expected %u",
		    walk_peer_pkrs, pkrs, walk_peer_depth, depth);
}

static void walk_end_switch_open(void)
{
	walk_expect_peer(PKS_INIT_VALUE, 0);
	walk_end_open_local();
}

static void walk_end_switch_grant(void)
{
	walk_expect_peer(PKS_INIT_VALUE, 0);
	walk_end_grant();
}

static void walk_begin_peer_open(void)
{
	walk_in_peer(walk_open_local);
}

static void walk_end_peer_open(void)
{
	walk_expect_peer(WALK_OPEN, 1);
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_in_peer(walk_close_local);
	walk_expect_denied();
}

#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
static void walk_end_pgmap_context(void)
{
	walk_expect_job();
	walk_end_pgmap_open();
}

static void walk_begin_pgmap_nmi(void)
{
	walk_forget_nmi();
	pks_pgmap_open();
}

static void walk_end_pgmap_switch(void)
{
	walk_expect_peer(PKS_INIT_VALUE, 0);
	walk_end_pgmap_open();
}
#endif

/* Back from user mode */
static void walk_end_user(void)
{
	walk_expect_context(who, PKS_INIT_VALUE, 0, 0);
	walk_read_page();
	walk_expect_read();
	walk_drop_grant();
	walk_kunmap();
	walk_expect_denied();
}

const struct walk_window walk_windows[] = {
	{
		.name = "key-open",
		.desc = "pks_update_protection() opens a key",
		.op = walk_open_key,
		.end = walk_end_open_key,
	}, {
		.name = "key-close",
		.desc = "pks_update_protection() closes a key",
		.begin = walk_open_key,
		.op = walk_close_key,
	}, {
		.name = "local-open",
		.desc = "the first kmap_local_page() of a context",
		.op = walk_open_local,
		.end = walk_end_open_local,
	}, {
		.name = "local-open-nested",
		.desc = "the second",
		.begin = walk_open_local,
		.op = walk_open_local,
		.end = walk_end_nested,
	}, {
		.name = "local-close-nested",
		.desc = "kunmap_local() with one mapping left",
		.begin = walk_begin_close_nested,
		.op = walk_close_local,
		.end = walk_end_open_local,
	}, {
		.name = "local-close",
		.desc = "the last kunmap_local() of a context",
		.begin = walk_open_local,
		.op = walk_close_local,
		.end = walk_expect_denied,
#ifdef CONFIG_DEVMAP_ACCESS_PROTECTION
	}, {
		.name = "pgmap-open",
		.desc = "an access to persistent memory begins",
		.op = pks_pgmap_open,
		.end = walk_end_pgmap_open,
	}, {
		.name = "pgmap-close",
		.desc = "it ends",
		.begin = pks_pgmap_open,
		.op = pks_pgmap_close,
		.end = walk_end_pgmap_close,
	}, {
		.name = "pgmap-open-mapped",
		.desc = "it begins within a kmap_local mapping",
		.begin = walk_open_local,
		.op = pks_pgmap_open,
		.end = walk_end_pgmap_mapped,
	}, {
		.name = "pgmap-close-mapped",
		.desc = "it ends within one",
		.begin = walk_begin_pgmap_mapped,
		.op = pks_pgmap_close,
		.end = walk_end_open_local,
	}, {
		.name = "pgmap-hardirq",
		.desc = "a hard interrupt on top of it",
		.begin = pks_pgmap_open,
		.op = walk_op_hardirq,
		.end = walk_end_pgmap_context,
	}, {
		.name = "pgmap-nmi",
		.desc = "an NMI on top of it",
		.begin = walk_begin_pgmap_nmi,
		.op = walk_op_nmi,
		.end = walk_end_pgmap_context,
	}, {
		.name = "pgmap-switch",
		.desc = "from a thread amid it to one that has nothing, and back",
		.begin = pks_pgmap_open,
		.op = walk_switch,
		.end = walk_end_pgmap_switch,
#endif
	}, {
		.name = "local-pair",
		.desc = "kmap_local_page(), access, kunmap_local()",
		.op = walk_local_pair,
		.end = walk_expect_read,
	}, {
		.name = "kmap",
		.desc = "kmap(), against the fault of whoever interrupts",
		.op = walk_kmap,
		.end = walk_end_kmap,
	}, {
		.name = "kunmap",
		.desc = "kunmap(), against the fault of whoever interrupts",
		.begin = walk_kmap,
		.op = walk_kunmap,
		.end = walk_expect_denied,
	}, {
		.name = "grant",
		.desc = "#PF that grants access, to its return and the access again",
		.begin = walk_kmap,
		.op = walk_read_page,
		.end = walk_end_fault,
	}, {
		.name = "denial",
		.desc = "#PF that denies access, to its fixup",
		.op = walk_read_closed,
		.end = walk_end_denial,
	}, {
		.name = "exception",
		.desc = "#DE on top of a mapping, entry to exit",
		.begin = walk_open_local,
		.op = walk_op_exception,
		.end = walk_end_context,
	}, {
		.name = "exception-granted",
		.desc = "#DE on top of a grant",
		.begin = walk_begin_grant,
		.op = walk_op_exception,
		.end = walk_end_granted_context,
	}, {
		.name = "breakpoint",
		.desc = "#BP on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_breakpoint,
		.end = walk_end_context,
	}, {
		.name = "debug",
		.desc = "#DB, a paranoid entry, on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_debug,
		.end = walk_end_context,
	}, {
		.name = "undefined",
		.desc = "#UD on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_undefined,
		.end = walk_end_context,
	}, {
		.name = "nmi",
		.desc = "an NMI on top of a mapping",
		.begin = walk_begin_nmi,
		.op = walk_op_nmi,
		.end = walk_end_context,
	}, {
		.name = "nmi-grant",
		.desc = "a grant to an NMI; its #PF lets the next NMI in",
		.begin = walk_begin_nmi_fault,
		.op = walk_op_nmi_fault,
		.end = walk_end_context_grant,
	}, {
		.name = "hardirq",
		.desc = "a hard interrupt on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_hardirq,
		.end = walk_end_context,
	}, {
		.name = "hardirq-granted",
		.desc = "a hard interrupt on top of a grant",
		.begin = walk_begin_grant,
		.op = walk_op_hardirq,
		.end = walk_end_granted_context,
	}, {
		.name = "hardirq-grant",
		.desc = "a grant to a hard interrupt, and its end",
		.begin = walk_kmap,
		.op = walk_op_hardirq_fault,
		.end = walk_end_context_grant,
	}, {
		.name = "softirq",
		.desc = "a softirq at the end of an interrupt, on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_softirq,
		.end = walk_end_context,
	}, {
		.name = "bh",
		.desc = "a softirq out of local_bh_enable(), on top of a mapping",
		.begin = walk_open_local,
		.op = walk_op_bh,
		.end = walk_end_context,
	}, {
		.name = "bh-granted",
		.desc = "a softirq out of local_bh_enable(), on top of a grant",
		.begin = walk_begin_grant,
		.op = walk_op_bh,
		.end = walk_end_granted_context,
	}, {
		.name = "bh-grant",
		.desc = "a grant to a softirq out of local_bh_enable(), and its end",
		.begin = walk_kmap,
		.op = walk_op_bh_fault,
		.end = walk_end_context_grant,
	}, {
		.name = "switch-open",
		.desc = "from a thread with a mapping to one without, and back",
		.begin = walk_open_local,
		.op = walk_switch,
		.end = walk_end_switch_open,
	}, {
		.name = "switch-grant",
		.desc = "from a thread with a grant to one without, and back",
		.begin = walk_begin_grant,
		.op = walk_switch,
		.end = walk_end_switch_grant,
	}, {
		.name = "switch-closed",
		.desc = "from a thread without a mapping to one with, and back",
		.begin = walk_begin_peer_open,
		.op = walk_switch,
		.end = walk_end_peer_open,
	}, {
		.name = "exec",
		.desc = "what exec does about a mapping that is left open",
		.begin = walk_open_local,
		.op = pks_flush_thread,
		.end = walk_expect_denied,
	}, {
		.name = "user-mode",
		.desc = "return to user mode with a grant",
		.begin = walk_begin_grant,
		.end = walk_end_user,
	}, {
		.name = "global-open",
		.desc = "the first kmap() changes the key for everyone",
		.global = true,
		.op = walk_kmap,
		.end = walk_end_global_open,
	}, {
		.name = "global-close",
		.desc = "the last kunmap() changes the key for everyone",
		.global = true,
		.begin = walk_kmap,
		.op = walk_kunmap,
		.end = walk_expect_denied,
	}, {
		.name = "global-close-mapped",
		.desc = "the same, with a kmap_local mapping",
		.global = true,
		.begin = walk_begin_global_local,
		.op = walk_kunmap,
		.end = walk_end_global_local,
	},
};

const unsigned int walk_nr_windows = ARRAY_SIZE(walk_windows);

int __init walk_init_windows(void)
{
	walk_peer = kthread_run_on_cpu(walk_peer_fn, NULL, 0, "pks_walk/%u");
	if (IS_ERR(walk_peer))
		return PTR_ERR(walk_peer);
	sched_set_fifo_low(walk_peer);
	return register_die_notifier(&walk_die_nb);
}

void walk_exit_windows(void)
{
	unregister_die_notifier(&walk_die_nb);
	kthread_stop(walk_peer);
}
