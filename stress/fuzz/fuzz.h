/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PKS_FUZZ_H
#define PKS_FUZZ_H

#include <linux/types.h>

#include "input.h"

#define CORPUS_MAX	4096
#define SEEN_BITS	16

/**
 * struct shared - what all workers have in common
 * @stop:	end as soon as you can
 * @failed:	some worker has seen what must not be
 * @calls:	ioctls that were made
 * @ran:	of those, patterns that ran
 * @covered:	places of the driver and the feature that were reached
 * @nr_corpus:	entries of @corpus; taken before they are filled in
 * @ready:	the entry is filled in
 * @corpus:	inputs, each of which reached something new
 * @seen:	places, by a hash
 */
struct shared {
	int stop;
	int failed;
	__u64 calls;
	__u64 ran;
	__u64 covered;
	__u32 nr_corpus;
	__u8 ready[CORPUS_MAX];
	struct input corpus[CORPUS_MAX];
	__u8 seen[1 << SEEN_BITS];
};

/* kcov.c */
int kcov_begin(void);
void kcov_reset(void);
unsigned int kcov_take(struct shared *shared);

/* call.c */
int call_prepare(void);
int call_make(struct shared *shared, struct random *r, const struct input *in,
	      int *err);
void call_end(void);

#endif /* PKS_FUZZ_H */
