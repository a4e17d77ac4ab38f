/* SPDX-License-Identifier: GPL-2.0 */
/* Talking to /dev/pks_test and choosing scheme and mode. */
#ifndef PKS_BENCH_DRIVER_H
#define PKS_BENCH_DRIVER_H

#include <stdbool.h>

#include "pks_test_uapi.h"

/* Where the running kernel's scheme, and what a granting fault does besides. */
#define DRIVER_SCHEME_FILE	"/sys/kernel/mm/pks/kmap"
#define DRIVER_MODE_FILE	"/sys/kernel/mm/pks/mode"

/**
 * struct driver - an open test driver
 * @fd:		the device
 * @info:	what runs here
 */
struct driver {
	int fd;
	struct pks_test_info info;
};

int driver_open(struct driver *drv);
void driver_close(struct driver *drv);
bool driver_has_pks(const struct driver *drv);
int driver_item(const struct driver *drv, unsigned int list, unsigned int index,
		struct pks_test_item *item);
int driver_find(const struct driver *drv, unsigned int list, const char *name,
		struct pks_test_item *item);
int driver_run(const struct driver *drv, struct pks_test_run *run);
int driver_choice_get(const char *path, char name[PKS_TEST_NAME_MAX]);
void driver_allow_warning(const char *regex);
void driver_tell_again(void);
void driver_end_warning(void);
int driver_choice_set(const char *path, const char *name);

#endif /* PKS_BENCH_DRIVER_H */
