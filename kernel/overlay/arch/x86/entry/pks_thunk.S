/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one call out of the inlined part of the exception exit keeps every
 * register, so that the functions around it look as if it were not there.
 */
#include <linux/linkage.h>
#include "calling.h"
#include <asm/asm.h>

THUNK pks_end_aux_grants_thunk, pks_end_aux_grants
