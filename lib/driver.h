/* SPDX-License-Identifier: GPL-2.0 */
/* Talking to /dev/pks_test. */
#ifndef PKS_DRIVER_H
#define PKS_DRIVER_H

#include <stdbool.h>

#include "pks_test_uapi.h"

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
int driver_list(const struct driver *drv, unsigned int list,
		struct pks_test_item *items, unsigned int most);
int driver_choose(const struct driver *drv, struct pks_test_run *run,
		  const char *pattern, const char *context);
int driver_run(const struct driver *drv, struct pks_test_run *run);

#endif /* PKS_DRIVER_H */
