// SPDX-License-Identifier: GPL-2.0
/*
 * The files by which one of several names is chosen. Those of the feature show all
 * names, with the current one in brackets; a parameter of a module shows that one
 * alone. The names are the kernel's: they are read, never copied.
 */
#include <errno.h>
#include <error.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "file.h"

/* A kernel with nothing to compare with has one scheme, and no file to choose it. */
static bool has_one_scheme(const char *path)
{
	return !strcmp(path, CHOICE_SCHEME) && access(path, F_OK) &&
	       !access(CHOICE_MODE, F_OK);
}

static int choice_read(const char *path, char *text, size_t size)
{
	int ret;

	if (has_one_scheme(path)) {
		snprintf(text, size, "[page]");
		return 0;
	}
	ret = read_file(path, text, size);
	if (ret)
		error(0, -ret, "%s", path);
	return ret;
}

/**
 * choice_list() - read which names there are
 * @path:	CHOICE_*
 * @names:	takes them
 * @most:	room in @names
 *
 * Return: how many, or a negative errno after one line on stderr.
 */
int choice_list(const char *path, char names[][PKS_TEST_NAME_MAX],
		unsigned int most)
{
	char text[256], *rest = text, *word;
	unsigned int n = 0;
	int ret = choice_read(path, text, sizeof(text));

	if (ret)
		return ret;
	while ((word = strsep(&rest, " []\n"))) {
		if (!*word)
			continue;
		if (n == most || strlen(word) >= PKS_TEST_NAME_MAX) {
			error(0, 0, "%s: expected at most %u names of less than %d characters, got more at %.40s",
			      path, most, PKS_TEST_NAME_MAX, word);
			return -E2BIG;
		}
		snprintf(names[n++], PKS_TEST_NAME_MAX, "%s", word);
	}
	return n;
}

/**
 * choice_get() - read which name is chosen
 * @path:	CHOICE_*
 * @name:	takes it
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int choice_get(const char *path, char name[PKS_TEST_NAME_MAX])
{
	char text[256], *start, *end;
	int ret = choice_read(path, text, sizeof(text));

	if (ret)
		return ret;
	start = strchr(text, '[');
	start = start ? start + 1 : text;
	end = start + strcspn(start, "] \n");
	/* One name without brackets is the whole text. */
	if (end == start || end - start >= PKS_TEST_NAME_MAX ||
	    (start == text ? end[0] && end[strspn(end, "\n")] : *end != ']')) {
		error(0, 0, "%s: expected one name, or one of several in brackets, got %.40s",
		      path, text);
		return -EPROTO;
	}
	*end = '\0';
	memcpy(name, start, end + 1 - start);
	return 0;
}

/**
 * choice_set() - choose a name, and see that it is chosen
 * @path:	CHOICE_*
 * @name:	the name
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int choice_set(const char *path, const char *name)
{
	char now[PKS_TEST_NAME_MAX];
	int ret = 0;

	if (!has_one_scheme(path))
		ret = write_file(path, name);
	if (ret) {
		error(0, -ret, "%s: setting %s", path, name);
		return ret;
	}
	ret = choice_get(path, now);
	if (ret)
		return ret;
	if (!strcmp(now, name))
		return 0;
	error(0, 0, "%s: expected %s after writing it, got %s", path, name, now);
	return -EPROTO;
}
