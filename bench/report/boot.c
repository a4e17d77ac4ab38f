// SPDX-License-Identifier: GPL-2.0
/*
 * The raw samples of a run: one folder a boot, whose name says under which
 * conditions it was made. What the guest says of itself must agree with it.
 */
#include <dirent.h>
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "lib/json-file.h"
#include "lib/record.h"

const char * const clock_names[NR_CLOCKS] = {
	[CLOCK_INSTRUCTIONS] = "instructions",
	[CLOCK_TIME] = "time",
};

const struct kernel kernels[NR_KERNELS] = {
	[KERNEL_PKS] = { "pks", "", "PKS", true },
	[KERNEL_HASH] = { "hash", "-hash", "hash store", true },
	[KERNEL_LEAN] = { "lean", "-lean", "comparators compiled out", true },
	[KERNEL_OUTLINE] = { "outline", "-outline", "check out of line", true },
	[KERNEL_NOPKS] = { "nopks", "-nopks", "PKS off at boot", false },
	[KERNEL_NONE] = { "none", "-none", "PKS compiled out", false },
};

/* How the name of a folder ends whose guest had the tools that others do without */
#define TOOLS	"-tools"

static const char * const machine_members[] = {
	"target", "commit", "kernel", "config", "gcc", "qemu", "qemu_args", "tools",
	"host_cpu", "host_cores", "host_kernel", "host_os",
};

static int machine_check(const struct run *run, const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(machine_members); i++) {
		if (json_is_string(json_object_get(run->machine,
						   machine_members[i])))
			continue;
		error(0, 0, "%s: expected a string \"%s\", came none", path,
		      machine_members[i]);
		return -EINVAL;
	}
	return 0;
}

static int machine_load(struct run *run, const char *dir)
{
	char *path;
	int ret = -EINVAL;

	if (asprintf(&path, "%s/machine.json", dir) < 0)
		return -ENOMEM;
	run->machine = json_file_load(path);
	if (run->machine)
		ret = machine_check(run, path);
	if (!ret)
		run->emulated = strcmp("none", json_string_value(json_object_get(run->machine,
										 "qemu")));
	free(path);
	return ret;
}

/* Returns what follows the clock and its dash, NULL if no clock leads. */
static const char *parse_clock(const char *folder, enum clock_id *clock)
{
	size_t len;
	int i;

	for (i = 0; i < NR_CLOCKS; i++) {
		len = strlen(clock_names[i]);
		if (strncmp(folder, clock_names[i], len) || folder[len] != '-')
			continue;
		*clock = i;
		return folder + len + 1;
	}
	return NULL;
}

/* The first boot of a kind has no number, the others have 2 and up. */
static int parse_repeat(const char *text, struct boot *boot)
{
	char *end = "";

	boot->repeat = *text ? 0 : 1;
	if (*text == '.')
		boot->repeat = strtoul(text + 1, &end, 10);
	return boot->repeat && !*end ? 0 : -EINVAL;
}

static int parse_cpus_kernel(const char *text, struct boot *boot)
{
	const size_t tools = strlen(TOOLS);
	const char *rest;
	size_t len;
	char *end;
	int i;

	boot->cpus = strtoul(text, &end, 10);
	if (end == text || !boot->cpus || strncmp(end, "cpu", 3))
		return -EINVAL;
	end += 3;
	len = strcspn(end, ".");
	boot->tools = len >= tools && !strncmp(end + len - tools, TOOLS, tools);
	rest = end + len;
	if (boot->tools)
		len -= tools;
	for (i = 0; i < NR_KERNELS; i++) {
		if (strlen(kernels[i].suffix) != len ||
		    strncmp(end, kernels[i].suffix, len))
			continue;
		boot->kernel = i;
		return parse_repeat(rest, boot);
	}
	return -EINVAL;
}

static int boot_expect(const char *path, const char *what, json_int_t want,
		       json_int_t got)
{
	if (want == got)
		return 0;
	error(0, 0, "%s: expected %s %" JSON_INTEGER_FORMAT ", came %"
	      JSON_INTEGER_FORMAT ": measure again", path, what, want, got);
	return -EINVAL;
}

static int boot_check(struct boot *boot, const char *path)
{
	const struct kernel *kernel = &kernels[boot->kernel];
	const char *format, *store;
	json_int_t cpus, khz;
	json_t *mode, *skipped;
	json_error_t why;
	int version, pks;

	if (json_unpack_ex(boot->raw, &why, 0,
			   "{ss,si,sI,so,so,s{sI,sb,ss}}",
			   "format", &format, "version", &version,
			   "cpus_online", &cpus, "mode", &mode,
			   "skipped", &skipped, "driver", "tsc_khz", &khz,
			   "pks", &pks, "store", &store)) {
		error(0, 0, "%s: %s: not written by pks-bench", path, why.text);
		return -EINVAL;
	}
	if (strcmp(format, RECORD_FORMAT)) {
		error(0, 0, "%s: expected format \"%s\", came \"%s\"", path,
		      RECORD_FORMAT, format);
		return -EINVAL;
	}
	if (boot_expect(path, "version", RECORD_VERSION, version) ||
	    boot_expect(path, "CPUs", boot->cpus, cpus) ||
	    boot_expect(path, "PKS (0 off, 1 on)", kernel->pks, pks) ||
	    boot_expect(path, "hash store (0 no, 1 yes)",
			boot->kernel == KERNEL_HASH, !strcmp(store, "hash")))
		return -EINVAL;
	if (khz < 1) {
		error(0, 0, "%s: expected tsc_khz above 0, came none", path);
		return -EINVAL;
	}
	boot->tsc_khz = khz;
	return 0;
}

static int boot_load(struct boot *boot, const char *dir)
{
	int ret = -EINVAL;
	char *path;

	if (asprintf(&path, "%s/%s/raw.json", dir, boot->folder) < 0)
		return -ENOMEM;
	boot->raw = json_file_load(path);
	if (boot->raw)
		ret = boot_check(boot, path);
	free(path);
	return ret;
}

static int run_add(struct run *run, const char *dir, const char *folder)
{
	struct boot *boots, boot = {};
	const char *rest;

	rest = parse_clock(folder, &boot.clock);
	if (!rest)
		return 0;
	if (parse_cpus_kernel(rest, &boot)) {
		error(0, 0, "%s/%s: expected a folder <clock>-<cpus>cpu[-hash|-lean|-outline|-nopks|-none][-tools][.<repeat>]",
		      dir, folder);
		return -EINVAL;
	}
	boots = reallocarray(run->boots, run->nr_boots + 1, sizeof(boot));
	if (!boots)
		return -ENOMEM;
	run->boots = boots;
	boot.folder = strdup(folder);
	if (!boot.folder)
		return -ENOMEM;
	run->boots[run->nr_boots++] = boot;
	return boot_load(&run->boots[run->nr_boots - 1], dir);
}

static int compare_boots(const void *a, const void *b)
{
	const struct boot *x = a, *y = b;

	if (x->clock != y->clock)
		return x->clock < y->clock ? -1 : 1;
	if (x->kernel != y->kernel)
		return x->kernel < y->kernel ? -1 : 1;
	if (x->cpus != y->cpus)
		return x->cpus < y->cpus ? -1 : 1;
	if (x->tools != y->tools)
		return x->tools ? 1 : -1;
	return (x->repeat > y->repeat) - (x->repeat < y->repeat);
}

/**
 * boot_alike() - are these two boots of one kind?
 * @a:	one
 * @b:	the other
 *
 * Return: true if they differ in nothing that was asked for.
 */
bool boot_alike(const struct boot *a, const struct boot *b)
{
	return a->clock == b->clock && a->kernel == b->kernel &&
	       a->cpus == b->cpus && a->tools == b->tools;
}

static int run_scan(struct run *run, const char *dir)
{
	struct dirent *entry;
	int ret = 0;
	DIR *d;

	d = opendir(dir);
	if (!d) {
		ret = -errno;
		error(0, errno, "%s", dir);
		return ret;
	}
	while (!ret && (entry = readdir(d)))
		ret = run_add(run, dir, entry->d_name);
	closedir(d);
	if (ret == -ENOMEM)
		error(0, 0, "%s: out of memory", dir);
	return ret;
}

/**
 * run_load() - load all raw samples of a run
 * @run:	filled in; to be freed in any case
 * @dir:	the run's folder
 *
 * Return: 0, or a negative errno after one line on stderr.
 */
int run_load(struct run *run, const char *dir)
{
	int ret;

	*run = (struct run){};
	ret = run_scan(run, dir);
	if (ret)
		return ret;
	if (!run->nr_boots) {
		error(0, 0, "%s: no folder <clock>-<cpus>cpu here: is this a run's folder?",
		      dir);
		return -ENOENT;
	}
	qsort(run->boots, run->nr_boots, sizeof(*run->boots), compare_boots);
	return machine_load(run, dir);
}

/**
 * run_free() - free what run_load() has loaded
 * @run:	loaded, or failed to load
 */
void run_free(struct run *run)
{
	size_t i;

	for (i = 0; i < run->nr_boots; i++) {
		json_decref(run->boots[i].raw);
		free(run->boots[i].folder);
	}
	free(run->boots);
	json_decref(run->machine);
}
