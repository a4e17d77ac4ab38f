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

/* Its name, for a message that is said of its number */
static const char *driver_name(const struct driver *drv, unsigned int list,
			       unsigned int index, struct pks_test_item *item)
{
	return driver_item(drv, list, index, item) ? "that it lacks" : item->name;
}

/* EINVAL is what the driver says of a pattern, a context and a CPU that do not fit each other. */
static void driver_report(const struct driver *drv, const struct pks_test_run *run, int err)
{
	struct pks_test_item pattern, context;

	error(0, err, "%s: pattern %s, context %s, CPU %d (pks-run -l says what runs where)",
	      PKS_TEST_DEVICE,
	      driver_name(drv, PKS_TEST_PATTERNS, run->pattern, &pattern),
	      driver_name(drv, PKS_TEST_CONTEXTS, run->context, &context), run->cpu);
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
		driver_report(drv, run, -ret);
	return ret;
}

/**
 * driver_list() - read a list of the driver
 * @drv:	opened by driver_open()
 * @list:	enum pks_test_list
 * @items:	takes it, whole
 * @most:	room in @items
 *
 * Return: its length, or a negative errno after one line on stderr.
 */
int driver_list(const struct driver *drv, unsigned int list,
		struct pks_test_item *items, unsigned int most)
{
	struct pks_test_item item;
	unsigned int n;
	int ret;

	for (n = 0; !(ret = driver_item(drv, list, n, &item)); n++) {
		if (n == most) {
			error(0, 0, "%s: expected a list of at most %u, got %s \"%s\", too: make room for it in this program",
			      PKS_TEST_DEVICE, most, list_names[list], item.name);
			return -E2BIG;
		}
		items[n] = item;
	}
	return ret == -ENOENT ? (int)n : ret;
}

/**
 * driver_choose() - say by name what to run
 * @drv:	opened by driver_open()
 * @run:	takes pattern and context
 * @pattern:	name of the pattern
 * @context:	name of the context, NULL: the caller itself
 *
 * Return: 0, -ENOENT if the driver has no such item, or another negative
 * errno, each after one line on stderr.
 */
int driver_choose(const struct driver *drv, struct pks_test_run *run,
		  const char *pattern, const char *context)
{
	struct pks_test_item item;
	int ret;

	ret = driver_find(drv, PKS_TEST_PATTERNS, pattern, &item);
	if (ret)
		return ret;
	run->pattern = item.index;
	run->context = 0;
	if (!context)
		return 0;
	ret = driver_find(drv, PKS_TEST_CONTEXTS, context, &item);
	if (!ret)
		run->context = item.index;
	return ret;
}
