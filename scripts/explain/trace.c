// SPDX-License-Identifier: GPL-2.0
/*
 * trace: a plug-in for QEMU that writes down which instructions a guest executes
 * between two readings of the driver's clock.
 *
 * A reading is an RDTSC of a module. From the first one on, all that is executed up
 * to the next is a path; each path is written once, and each time it is taken is a
 * line. What a guest with one CPU and -icount measures is how many instructions there
 * are between two readings: a path is those, one by one.
 *
 *	i <number> <address> <size> <text>	an instruction
 *	p <number> <number of an instruction>...	a path
 *	w <number>				a path is taken; "-": one too long to be kept
 *
 * The file is written at each reading: the emulator may be killed at any time.
 */
#include <errno.h>
#include <error.h>
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is used of the interface, version 1, as "QEMU TCG Plugins" of QEMU's documentation
 * has it: Debian has no package with the header.
 */
#define PUBLIC __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id,
						      struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
char *qemu_plugin_insn_disas(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data),
					    enum qemu_plugin_cb_flags flags,
					    void *data);

extern PUBLIC int qemu_plugin_version;
int qemu_plugin_version = 1;

/* x86-64: where modules begin, behind the image of a kernel without KASLR */
#define MODULES		0xffffffffa0000000ULL
#define INSN_MAX	15
/* Longer than what any metric counts */
#define PATH_MAX_INSNS	(1 << 18)

/**
 * struct insn - an instruction: a place, and what was there
 * @addr:	the place
 * @bytes:	what was there
 * @size:	how many bytes
 * @number:	its number in the file, 0: not written yet
 * @text:	for a reader
 */
struct insn {
	uint64_t addr;
	uint8_t bytes[INSN_MAX];
	uint8_t size;
	unsigned int number;
	char *text;
};

/**
 * struct path - instructions one after the other, all of which were written
 * @hash:	of them
 * @length:	how many
 */
struct path {
	uint64_t hash;
	size_t length;
};

static FILE *out;
static void *insns;
static unsigned int nr_insns;
static struct path *paths;
static size_t nr_paths;
static struct insn *now[PATH_MAX_INSNS];
static size_t nr_now;
static bool began;

static int compare_insns(const void *a, const void *b)
{
	const struct insn *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->size != y->size)
		return x->size - y->size;
	return memcmp(x->bytes, y->bytes, x->size);
}

/* The one that stands for all of the same place and bytes */
static struct insn *find_insn(const struct qemu_plugin_insn *which)
{
	struct insn *insn = calloc(1, sizeof(*insn));
	struct insn **found;

	if (!insn)
		error(1, errno, "trace");
	insn->addr = qemu_plugin_insn_vaddr(which);
	insn->size = qemu_plugin_insn_size(which);
	memcpy(insn->bytes, qemu_plugin_insn_data(which), insn->size);
	found = tsearch(insn, &insns, compare_insns);
	if (!found)
		error(1, errno, "trace");
	if (*found == insn)
		insn->text = qemu_plugin_insn_disas(which);
	else
		free(insn);
	return *found;
}

static bool is_reading(const struct insn *insn)
{
	static const uint8_t rdtsc[] = { 0x0f, 0x31 }, rdtscp[] = { 0x0f, 0x01, 0xf9 };

	return insn->addr >= MODULES &&
	       (!memcmp(insn->bytes, rdtsc, sizeof(rdtsc)) ||
		!memcmp(insn->bytes, rdtscp, sizeof(rdtscp)));
}

static void write_path(void)
{
	size_t i;

	for (i = 0; i < nr_now; i++) {
		if (now[i]->number)
			continue;
		now[i]->number = ++nr_insns;
		fprintf(out, "i %u %016" PRIx64 " %u %s\n", now[i]->number, now[i]->addr,
			now[i]->size, now[i]->text);
	}
	fprintf(out, "p %zu", nr_paths);
	for (i = 0; i < nr_now; i++)
		fprintf(out, " %u", now[i]->number);
	putc('\n', out);
}

/* FNV-1a, of where the instructions are kept */
static uint64_t hash_path(void)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < nr_now; i++)
		hash = (hash ^ (uintptr_t)now[i]) * 0x100000001b3ULL;
	return hash;
}

/* Return: the number of what was just executed */
static size_t find_path(void)
{
	struct path path = { .hash = hash_path(), .length = nr_now };
	size_t i;

	for (i = 0; i < nr_paths; i++)
		if (paths[i].hash == path.hash && paths[i].length == path.length)
			return i;
	paths = reallocarray(paths, nr_paths + 1, sizeof(*paths));
	if (!paths)
		error(1, errno, "trace");
	write_path();
	paths[nr_paths] = path;
	return nr_paths++;
}

static void executed(unsigned int cpu, void *data)
{
	(void)cpu;
	if (!began)
		return;
	if (nr_now < PATH_MAX_INSNS)
		now[nr_now] = data;
	nr_now++;
}

static void read_clock(unsigned int cpu, void *data)
{
	executed(cpu, data);
	if (nr_now > PATH_MAX_INSNS)
		fputs("w -\n", out);
	else if (began)
		fprintf(out, "w %zu\n", find_path());
	if (fflush(out))
		error(1, errno, "trace");
	nr_now = 0;
	began = true;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < nr; i++) {
		struct qemu_plugin_insn *which = qemu_plugin_tb_get_insn(tb, i);
		struct insn *insn = find_insn(which);

		qemu_plugin_register_vcpu_insn_exec_cb(which,
						       is_reading(insn) ? read_clock : executed,
						       QEMU_PLUGIN_CB_NO_REGS, insn);
	}
}

PUBLIC int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", strlen("out="))) {
		error(0, 0, "trace: expected out=<file>, the only argument");
		return -1;
	}
	out = fopen(argv[0] + strlen("out="), "w");
	if (!out) {
		error(0, errno, "trace: %s", argv[0]);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
