/* SPDX-License-Identifier: GPL-2.0 */
/* The raw samples of a run: one folder a boot. */
#ifndef PKS_REPORT_BOOT_H
#define PKS_REPORT_BOOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * enum clock_id - what a tick of the samples is
 * @CLOCK_INSTRUCTIONS:	one instruction of the guest
 * @CLOCK_TIME:		a cycle of the TSC
 * @NR_CLOCKS:		how many clocks there are
 */
enum clock_id {
	CLOCK_INSTRUCTIONS,
	CLOCK_TIME,
	NR_CLOCKS,
};

/**
 * enum kernel_id - how the kernel was built and booted
 * @KERNEL_PKS:		with PKS
 * @KERNEL_HASH:	with PKS, the counts in the global hash
 * @KERNEL_LEAN:	with PKS, without what it is compared with
 * @KERNEL_OUTLINE:	with PKS, a call for each check of a page
 * @KERNEL_NOPKS:	PKS off at boot
 * @KERNEL_NONE:	PKS compiled out
 * @NR_KERNELS:		how many there are
 */
enum kernel_id {
	KERNEL_PKS,
	KERNEL_HASH,
	KERNEL_LEAN,
	KERNEL_OUTLINE,
	KERNEL_NOPKS,
	KERNEL_NONE,
	NR_KERNELS,
};

/**
 * struct kernel - a way of building and booting the kernel
 * @name:	in the results
 * @suffix:	of the folder
 * @label:	for a reader of the table
 * @pks:	PKS is on
 */
struct kernel {
	const char *name;
	const char *suffix;
	const char *label;
	bool pks;
};

/**
 * struct boot - the samples of one boot
 * @folder:	where they are, below the run's folder
 * @clock:	what a tick is
 * @cpus:	CPUs online
 * @kernel:	what was booted
 * @tools:	the guest had the tools that some benchmarks need
 * @repeat:	which of several boots like this, from 1
 * @tsc_khz:	rate of the clock
 * @raw:	contents of its raw.json
 */
struct boot {
	char *folder;
	enum clock_id clock;
	unsigned int cpus;
	enum kernel_id kernel;
	bool tools;
	unsigned int repeat;
	unsigned int tsc_khz;
	json_t *raw;
};

/**
 * struct run - all boots of a run
 * @machine:	contents of machine.json
 * @emulated:	something played the CPU
 * @boots:	sorted by clock, kernel, CPUs and repeat
 * @nr_boots:	how many, at least 1
 */
struct run {
	json_t *machine;
	bool emulated;
	struct boot *boots;
	size_t nr_boots;
};

extern const char * const clock_names[NR_CLOCKS];
extern const struct kernel kernels[NR_KERNELS];

bool boot_alike(const struct boot *a, const struct boot *b);
int run_load(struct run *run, const char *dir);
void run_free(struct run *run);

#endif /* PKS_REPORT_BOOT_H */
