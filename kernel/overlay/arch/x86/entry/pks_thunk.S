/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls out of the inlined parts of exception entry and exit keep every
 * register, so that the functions around them look as if they were not there.
 */
#include <linux/linkage.h>
#include "calling.h"
#include <asm/asm.h>

.section .noinstr.text, "ax"

THUNK pks_put_aside_thunk, pks_put_aside
THUNK pks_take_back_thunk, pks_take_back
