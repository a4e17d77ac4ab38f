// SPDX-License-Identifier: GPL-2.0
/* JSON files: read with a message that helps, written all or nothing. */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json-file.h"

/**
 * json_file_load() - read a file that holds one JSON object
 * @path:	the file
 *
 * Return: a new reference, or NULL after one line on stderr that says what is
 * wrong with the file and what to do.
 */
json_t *json_file_load(const char *path)
{
	json_error_t why;
	struct stat st;
	json_t *root;

	if (stat(path, &st)) {
		error(0, errno, "%s: measure again with \"make bench\"", path);
		return NULL;
	}
	if (!st.st_size) {
		error(0, 0, "%s: empty: see the console log beside it, then measure again",
		      path);
		return NULL;
	}
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		error(0, 0, "%s: line %d, byte %d: %s: cut short or damaged, measure again",
		      path, why.line, why.position, why.text);
		return NULL;
	}
	if (json_is_object(root))
		return root;
	error(0, 0, "%s: not a JSON object: written by something else, measure again",
	      path);
	json_decref(root);
	return NULL;
}

static int json_file_write(const json_t *root, int fd, size_t flags)
{
	FILE *file = fdopen(fd, "w");
	int ret = 0;

	if (!file) {
		ret = -errno;
		close(fd);
		return ret;
	}
	errno = 0;
	if (json_dumpf(root, file, flags) || fputc('\n', file) == EOF ||
	    fflush(file))
		ret = errno ? -errno : -EIO;
	/* A pipe or a character device has nothing to sync. */
	if (!ret && fsync(fd) && errno != EINVAL && errno != EROFS)
		ret = -errno;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

/* A device, such as the guest's port to the host, cannot be renamed over. */
static int json_file_save_device(const json_t *root, const char *path,
				 size_t flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : json_file_write(root, fd, flags);
}

static int json_file_save_regular(const json_t *root, const char *path,
				  size_t flags)
{
	char *temp;
	int fd, ret;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		goto out_free;
	}
	fchmod(fd, 0644);
	ret = json_file_write(root, fd, flags);
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret)
		unlink(temp);
out_free:
	free(temp);
	return ret;
}

/**
 * json_file_save() - write a JSON file, all of it or nothing
 * @root:	what to write
 * @path:	the file; replaced by rename, unless it is a device
 * @flags:	jansson's JSON_* dump flags
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int json_file_save(const json_t *root, const char *path, size_t flags)
{
	struct stat st;
	int ret;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		ret = json_file_save_device(root, path, flags);
	else
		ret = json_file_save_regular(root, path, flags);
	if (ret) {
		errno = -ret;
		error(0, errno, "%s: nothing written", path);
	}
	return ret;
}
