/* SPDX-License-Identifier: GPL-2.0 */
/* One input of the fuzzer: an ioctl, and what goes on around it. */
#ifndef PKS_FUZZ_INPUT_H
#define PKS_FUZZ_INPUT_H

#include <stdbool.h>
#include <linux/types.h>
#include <stdio.h>

#include "pks_test_uapi.h"

#define BODY_MAX	256

/* Steps that stand behind the struct that asks for them */
#define STEPS_AT	64
#define STEPS_MAX	((BODY_MAX - STEPS_AT) / sizeof(struct pks_test_step))

/* Where a pointer leads */
enum place {
	PLACE_GOOD,
	PLACE_NULL,
	PLACE_UNALIGNED,
	PLACE_END,		/* the last byte of it is the last one mapped */
	PLACE_CROSSING,		/* its last bytes are not mapped */
	PLACE_READONLY,
	PLACE_CLOSED,		/* PROT_NONE */
	PLACE_KERNEL,
	PLACE_TOP,		/* wraps around the end of all addresses */
	PLACES,
};

/* What goes on around the call */
enum around {
	AROUND_NOTHING,
	AROUND_SIGNAL,		/* a signal arrives while it runs */
	AROUND_THREAD,		/* another thread makes the same call on the same file */
	AROUND_CLOSE,		/* another thread closes the file */
	AROUND_FORK,		/* a child makes it, too */
	AROUND_KILL,		/* a child makes it and is killed */
	AROUND_MMAP,		/* the device is mapped and touched */
	AROUND_SCHEME,		/* another scheme is written first */
	AROUND_MODE,		/* another mode */
	AROUND_FAIL,		/* an allocation fails */
	AROUND_FILE,		/* read, write, poll, seek */
	AROUNDS,
};

/**
 * struct input - one call
 * @cmd:	the ioctl's number
 * @arg:	enum place of its argument
 * @samples:	enum place of the samples, if it asks for some, or of the steps
 * @around:	enum around
 * @extra:	how: a time, a number, a choice
 * @len:	bytes of @body that are passed
 * @body:	the argument
 */
struct input {
	__u32 cmd;
	__u8 arg;
	__u8 samples;
	__u8 around;
	__u32 extra;
	__u32 len;
	union {
		__u8 body[BODY_MAX];
		struct pks_test_run run;
		struct pks_test_item item;
		struct pks_test_info info;
		struct pks_test_steps steps;
		__u32 size;
	};
};

struct random {
	__u64 state;
};

__u32 random_below(struct random *r, __u32 n);
void input_make(struct random *r, struct input *in);
void input_mutate(struct random *r, struct input *in);
void input_print(FILE *f, const struct input *in);
bool input_parse(const char *line, struct input *in);

#endif /* PKS_FUZZ_INPUT_H */
