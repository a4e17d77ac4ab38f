// SPDX-License-Identifier: GPL-2.0
/* Files of the kernel: short texts, written and read as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/**
 * write_file() - write a text with one write()
 * @path:	the file
 * @text:	what it takes
 *
 * Return: 0, or a negative errno; nothing is printed.
 */
int write_file(const char *path, const char *text)
{
	/* tracefs takes the truncation as an order to empty its buffer */
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/**
 * read_file() - read a text, as far as there is room for it
 * @path:	the file
 * @text:	takes it, and a NUL
 * @size:	room in @text
 *
 * Return: 0, or a negative errno; nothing is printed.
 */
int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = 0, part = 0;
	int ret = 0;

	if (fd < 0)
		return -errno;
	while (len + 1 < (ssize_t)size &&
	       (part = read(fd, text + len, size - 1 - len)) > 0)
		len += part;
	if (part < 0)
		ret = -errno;
	close(fd);
	text[len] = '\0';
	return ret;
}
