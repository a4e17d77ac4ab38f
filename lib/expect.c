// SPDX-License-Identifier: GPL-2.0
/*
 * Announcing warnings of the kernel that are meant: whoever watches the console
 * (scripts/console.sh) reads these lines in the kernel's log, and takes any other
 * warning for a failure. pks.sh has the same for scripts of a shell.
 */
#include <errno.h>
#include <stdio.h>

#include "expect.h"
#include "file.h"

static int announce(const char *what, const char *regex)
{
	char line[256];

	if (snprintf(line, sizeof(line), "pks-expect %s%s\n", what, regex) >=
	    (int)sizeof(line))
		return -ENAMETOOLONG;
	return write_file("/dev/kmsg", line);
}

/**
 * warn_again() - what the kernel warns of once it warns of once more
 *
 * Return: 0, or a negative errno: -ENOENT where debugfs is not mounted.
 */
int warn_again(void)
{
	return write_file("/sys/kernel/debug/clear_warn_once", "1");
}

/**
 * expect_splat() - a warning has to come until expect_end()
 * @regex:	what it looks like, an extended regular expression
 *
 * The kernel may have warned of this before: it will again.
 *
 * Return: 0, or a negative errno.
 */
int expect_splat(const char *regex)
{
	int ret = warn_again();

	return ret ? ret : announce("begin ", regex);
}

/**
 * allow_splats() - warnings may come until expect_end()
 * @regex:	what they look like, an extended regular expression
 *
 * Return: 0, or a negative errno: -ENOENT where there is no log to be watched.
 */
int allow_splats(const char *regex)
{
	return announce("allow ", regex);
}

/**
 * expect_end() - no more warnings are meant
 *
 * Return: 0, or a negative errno.
 */
int expect_end(void)
{
	return announce("end", "");
}
