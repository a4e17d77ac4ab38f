// SPDX-License-Identifier: GPL-2.0
/* Running another program and taking what it prints. */
#include <errno.h>
#include <error.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"

/**
 * command_exists() - is there a program of that name?
 * @name:	its name, looked up as the shell does
 *
 * Return: true if it can be run.
 */
bool command_exists(const char *name)
{
	bool found = false;
	char *command;

	if (asprintf(&command, "command -v %s >/dev/null 2>&1", name) < 0)
		return false;
	found = !system(command);
	free(command);
	return found;
}

static char *read_all(FILE *f)
{
	size_t size;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);
	int c;

	if (!to)
		return NULL;
	while ((c = fgetc(f)) != EOF)
		fputc(c, to);
	fclose(to);
	return text;
}

/**
 * command_output() - run a command of the shell
 * @command:	it; nobody else may have a say in what is in it
 *
 * Return: what it printed, to be freed; NULL after one line on stderr if it
 * failed.
 */
char *command_output(const char *command)
{
	FILE *f = popen(command, "r");
	char *text = f ? read_all(f) : NULL;
	int status;

	if (!text)
		error(0, errno, "running %s", command);
	status = f ? pclose(f) : 0;
	if (text && status) {
		error(0, 0, "%s: expected exit status 0, came %d: %.200s", command,
		      WIFEXITED(status) ? WEXITSTATUS(status) : -1, text);
		free(text);
		text = NULL;
	}
	return text;
}

/**
 * command_output_everywhere() - the same on all CPUs, unlike what is measured otherwise
 * @command:	as of command_output()
 *
 * Return: as of command_output()
 */
char *command_output_everywhere(const char *command)
{
	cpu_set_t all, one;
	char *text;

	memset(&all, 0xff, sizeof(all));
	if (sched_getaffinity(0, sizeof(one), &one) ||
	    sched_setaffinity(0, sizeof(all), &all)) {
		error(0, errno, "moving to all CPUs");
		return NULL;
	}
	text = command_output(command);
	sched_setaffinity(0, sizeof(one), &one);
	return text;
}
