// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to /dev/pks_test. The lists stay in the driver: they are asked for,
 * never copied. Every failure is reported where it is seen, in one line.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver.h"

static const char * const list_names[] = {
	[PKS_TEST_PATTERNS] = "pattern",
	[PKS_TEST_CONTEXTS] = "context",
	[PKS_TEST_SCHEMES] = "scheme",
};

static int driver_info(struct driver *drv)
{
	int ret;

	drv->info = (struct pks_test_info){ .size = sizeof(drv->info) };
	if (ioctl(drv->fd, PKS_TEST_IOC_INFO, &drv->info)) {
		ret = -errno;
		error(0, errno, "%s: asking what it can do", PKS_TEST_DEVICE);
		return ret;
	}
	if (drv->info.version != PKS_TEST_VERSION) {
		error(0, 0, "%s speaks version %u, this program %u: build both from one tree",
		      PKS_TEST_DEVICE, drv->info.version, PKS_TEST_VERSION);
		return -EPROTO;
	}
	if (!drv->info.tsc_khz) {
		error(0, 0, "%s does not know the rate of its clock (tsc_khz is 0)",
		      PKS_TEST_DEVICE);
		return -EPROTO;
	}
	return 0;
}

/**
 * driver_open() - open the device and ask what runs here
 * @drv:	filled in
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int driver_open(struct driver *drv)
{
	int ret;

	drv->fd = open(PKS_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	if (drv->fd < 0) {
		ret = -errno;
		error(0, 0, "%s: %s: load the pks_test module, and run as root",
		      PKS_TEST_DEVICE, strerror(errno));
		return ret;
	}
	ret = driver_info(drv);
	if (ret)
		driver_close(drv);
	return ret;
}

/**
 * driver_close() - close the device, which releases all that it holds
 * @drv:	opened by driver_open()
 */
void driver_close(struct driver *drv)
{
	close(drv->fd);
	drv->fd = -1;
}

/**
 * driver_has_pks() - does the running kernel have PKS switched on
 * @drv:	opened by driver_open()
 *
 * Return: true if so.
 */
bool driver_has_pks(const struct driver *drv)
{
	return drv->info.flags & PKS_TEST_HAS_PKS;
}

/**
 * driver_item() - read one line of one list
 * @drv:	opened by driver_open()
 * @list:	enum pks_test_list
 * @index:	0 and up
 * @item:	filled in
 *
 * Return: 0, -ENOENT past the end of the list, or another negative errno
 * after one line on stderr.
 */
int driver_item(const struct driver *drv, unsigned int list, unsigned int index,
		struct pks_test_item *item)
{
	int ret;

	*item = (struct pks_test_item){
		.size = sizeof(*item), .list = list, .index = index,
	};
	if (!ioctl(drv->fd, PKS_TEST_IOC_ITEM, item))
		return 0;
	if (errno == EINVAL)
		return -ENOENT;
	ret = -errno;
	error(0, errno, "%s: reading %s %u", PKS_TEST_DEVICE, list_names[list], index);
	return ret;
}

/* Says what there is, for someone who asked for what there is not. */
static void driver_print_list(const struct driver *drv, unsigned int list,
			      const char *name)
{
	struct pks_test_item item;
	unsigned int i;
	char *text;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return;
	for (i = 0; !driver_item(drv, list, i, &item); i++)
		fprintf(out, "%s%s", i ? ", " : "", item.name);
	fclose(out);
	error(0, 0, "the driver has no %s \"%s\", it has: %s",
	      list_names[list], name, text);
	free(text);
}

/**
 * driver_find() - look an item up by its name
 * @drv:	opened by driver_open()
 * @list:	enum pks_test_list
 * @name:	what to look for
 * @item:	filled in
 *
 * Return: 0, -ENOENT if the driver has no such item, or another negative
 * errno, each after one line on stderr.
 */
int driver_find(const struct driver *drv, unsigned int list, const char *name,
		struct pks_test_item *item)
{
	unsigned int i;
	int ret;

	for (i = 0; !(ret = driver_item(drv, list, i, item)); i++) {
		if (!strcmp(item->name, name))
			return 0;
	}
	if (ret == -ENOENT)
		driver_print_list(drv, list, name);
	return ret;
}

/**
 * driver_run() - run one pattern
 * @drv:	opened by driver_open()
 * @run:	what to run; takes the answer
 *
 * -EOPNOTSUPP and -EINTR are for the caller to judge, all else is reported.
 *
 * Return: 0, or a negative errno.
 */
int driver_run(const struct driver *drv, struct pks_test_run *run)
{
	int ret;

	run->size = sizeof(*run);
	if (!ioctl(drv->fd, PKS_TEST_IOC_RUN, run))
		return 0;
	ret = -errno;
	if (ret != -EOPNOTSUPP && ret != -EINTR)
		error(0, errno, "%s: running pattern %u in context %u",
		      PKS_TEST_DEVICE, run->pattern, run->context);
	return ret;
}

/*
 * A file of the kernel that chooses one of several names; it shows them all,
 * with the current one in brackets.
 */
static int choice_parse(const char *path, char *text,
			char name[PKS_TEST_NAME_MAX])
{
	char *start = strchr(text, '[');
	char *end = start ? strchr(start, ']') : NULL;

	if (!end || end - start > PKS_TEST_NAME_MAX) {
		error(0, 0, "%s: expected a name in brackets, came %.40s",
		      path, text);
		return -EPROTO;
	}
	*end = '\0';
	memcpy(name, start + 1, end - start);
	return 0;
}

/* A kernel with nothing to compare with has one scheme, and no file to choose it. */
static bool has_one_scheme(const char *path)
{
	return !strcmp(path, DRIVER_SCHEME_FILE) && access(path, F_OK) &&
	       !access(DRIVER_MODE_FILE, F_OK);
}

/**
 * driver_choice_get() - read which name is chosen
 * @path:	DRIVER_SCHEME_FILE or DRIVER_MODE_FILE
 * @name:	takes it
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int driver_choice_get(const char *path, char name[PKS_TEST_NAME_MAX])
{
	char text[256];
	int fd, ret = 0;
	ssize_t len;

	if (has_one_scheme(path)) {
		snprintf(name, PKS_TEST_NAME_MAX, "page");
		return 0;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len < 0) {
		ret = -errno;
		error(0, errno, "%s", path);
	}
	if (fd >= 0)
		close(fd);
	if (ret)
		return ret;
	text[len] = '\0';
	return choice_parse(path, text, name);
}

static int choice_write(const char *path, const char *name)
{
	ssize_t len;
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : write(fd, name, strlen(name));
	if (len < 0) {
		ret = -errno;
		error(0, errno, "%s: setting %s", path, name);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

/**
 * driver_choice_set() - choose a name, and see that it is chosen
 * @path:	DRIVER_SCHEME_FILE or DRIVER_MODE_FILE
 * @name:	the name
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int driver_choice_set(const char *path, const char *name)
{
	char now[PKS_TEST_NAME_MAX];
	int ret = 0;

	if (!has_one_scheme(path))
		ret = choice_write(path, name);
	if (!ret)
		ret = driver_choice_get(path, now);
	if (ret)
		return ret;
	if (!strcmp(now, name))
		return 0;
	error(0, 0, "%s: expected %s after writing it, came %s", path, name, now);
	return -EPROTO;
}

/* Where the file is not there, nobody reads it. */
static void tell(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		error(0, errno, "%s: writing \"%s\"", path, text);
	close(fd);
}

/**
 * driver_allow_warning() - the kernel may warn from now on
 * @regex:	what the warning looks like
 *
 * Tells whoever watches the kernel's log that this is meant.
 */
void driver_allow_warning(const char *regex)
{
	char line[256];

	snprintf(line, sizeof(line), "pks-expect allow %s", regex);
	tell("/dev/kmsg", line);
}

/**
 * driver_tell_again() - what the kernel tells of once it tells of once more
 */
void driver_tell_again(void)
{
	tell("/sys/kernel/debug/clear_warn_once", "1");
}

/**
 * driver_end_warning() - no more warnings are meant
 */
void driver_end_warning(void)
{
	tell("/dev/kmsg", "pks-expect end");
}
