/* SPDX-License-Identifier: GPL-2.0 */
/* The files by which one of several names is chosen. */
#ifndef PKS_CHOICE_H
#define PKS_CHOICE_H

#include "pks_test_uapi.h"

/* How kmap() opens a protected page, and what a granting fault does besides */
#define CHOICE_SCHEME	"/sys/kernel/mm/pks/kmap"
#define CHOICE_MODE	"/sys/kernel/mm/pks/mode"
/* Who copies for the disk */
#define CHOICE_DISK	"/sys/module/pks_test/parameters/blk_mode"
/* What becomes of a stray access to persistent memory */
#define CHOICE_PMEM	"/sys/module/memremap/parameters/pks_fault_mode"

int choice_list(const char *path, char names[][PKS_TEST_NAME_MAX],
		unsigned int most);
int choice_get(const char *path, char name[PKS_TEST_NAME_MAX]);
int choice_set(const char *path, const char *name);

#endif /* PKS_CHOICE_H */
