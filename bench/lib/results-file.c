// SPDX-License-Identifier: GPL-2.0
/* The results.json of a run, as those read it who did not compute it. */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json-file.h"
#include "report/result.h"
#include "results-file.h"

/**
 * text_of() - a string of an object
 * @object:	the object
 * @key:	which
 *
 * Return: the string, "" if there is none.
 */
const char *text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/**
 * number_of() - a number of an object
 * @object:	the object
 * @key:	which
 *
 * Return: the number, 0 if there is none.
 */
double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/**
 * is_emulated() - is the time of a machine an emulator's?
 * @machine:	what results.json says of the machine
 *
 * Return: true if it is.
 */
bool is_emulated(const json_t *machine)
{
	return strcmp(text_of(machine, "qemu"), "none");
}

/**
 * clock_title() - what the clock of a metric is called
 * @metric:	the metric
 * @machine:	what results.json says of the machine
 *
 * Return: a text for a reader.
 */
const char *clock_title(const json_t *metric, const json_t *machine)
{
	if (!strcmp(text_of(metric, "clock"), "instructions"))
		return "instruction clock";
	return is_emulated(machine) ? "emulated time, not hardware latency" : "time";
}

static int check(const json_t *root, const char *path)
{
	if (!strcmp(text_of(root, "format"), RESULTS_FORMAT) &&
	    number_of(root, "version") == RESULTS_VERSION &&
	    json_array_size(json_object_get(root, "metrics")))
		return 0;
	error(0, 0,
	      "%s: expected format \"%s\", version %d, came \"%s\", version %g: measure again",
	      path, RESULTS_FORMAT, RESULTS_VERSION, text_of(root, "format"),
	      number_of(root, "version"));
	return -EINVAL;
}

/**
 * results_file_load() - read the results of a run
 * @dir:	the run's folder
 *
 * Return: a new reference, or NULL after one line on stderr.
 */
json_t *results_file_load(const char *dir)
{
	json_t *root;
	char *path;

	if (asprintf(&path, "%s/results.json", dir) < 0)
		return NULL;
	root = json_file_load(path);
	if (root && check(root, path)) {
		json_decref(root);
		root = NULL;
	}
	free(path);
	return root;
}
