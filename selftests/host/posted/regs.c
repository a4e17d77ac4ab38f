// SPDX-License-Identifier: GPL-2.0
/* asm/ptrace.h and nothing else: what lies beside the registers of an exception */
#include <asm/ptrace.h>

#include <linux/build_bug.h>

struct pt_regs_auxiliary *posted_aux(struct pt_regs *regs);
struct pt_regs_auxiliary *posted_aux(struct pt_regs *regs)
{
	struct pt_regs_extended *extended = to_extended_pt_regs(regs);

	return &extended->aux;
}

static_assert(offsetof(struct pt_regs_extended, pt_regs) +
	      sizeof(struct pt_regs) == sizeof(struct pt_regs_extended));

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS
static_assert(__same_type(((struct pt_regs_auxiliary *)0)->pkrs, u32));
#else
static_assert(sizeof(struct pt_regs_extended) == sizeof(struct pt_regs));
#endif
