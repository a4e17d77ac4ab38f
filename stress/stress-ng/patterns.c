// SPDX-License-Identifier: GPL-2.0
/*
 * pks-patterns: the patterns of the loaded driver that a process survives, a name
 * a line. The plug-in is made from that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"

int main(void)
{
	struct pks_test_item item;
	struct driver drv;
	unsigned int i;
	int ret;

	if (driver_open(&drv))
		return EXIT_FAILURE;
	for (i = 0; !(ret = driver_item(&drv, PKS_TEST_PATTERNS, i, &item)); i++)
		if (!(item.flags & PKS_TEST_FATAL))
			puts(item.name);
	driver_close(&drv);
	return ret == -ENOENT ? EXIT_SUCCESS : EXIT_FAILURE;
}
