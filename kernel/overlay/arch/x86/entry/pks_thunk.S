/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes back from an exception keeps every register, and need not save those that
 * only a rare call would change.
 */
#include <linux/linkage.h>
#include "calling.h"
#include <asm/asm.h>

.section .noinstr.text, "ax"

THUNK pks_end_handler_thunk, pks_end_handler
