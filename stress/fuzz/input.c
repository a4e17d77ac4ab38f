// SPDX-License-Identifier: GPL-2.0
/* Inputs: made from nothing, changed a little, as text. */
#include <stddef.h>
#include <string.h>

#include "input.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* xorshift64*: the same everywhere */
__u32 random_below(struct random *r, __u32 n)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return n ? (r->state * 0x2545f4914f6cdd1dull >> 32) % n : 0;
}

/* At a bound, beside it, or far out */
static __u32 odd_number(struct random *r)
{
	static const __u32 odd[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128,
		255, 256, 4095, 4096, 4097, 65535, 65536,
		PKS_TEST_REPEAT_MAX, PKS_TEST_REPEAT_MAX + 1,
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};

	if (!random_below(r, 4))
		return random_below(r, 0xffffffff);
	return odd[random_below(r, ARRAY_SIZE(odd))];
}

static __u32 right_size(__u32 cmd)
{
	switch (cmd) {
	case PKS_TEST_IOC_INFO:
		return sizeof(struct pks_test_info);
	case PKS_TEST_IOC_ITEM:
		return sizeof(struct pks_test_item);
	case PKS_TEST_IOC_STEPS:
		return sizeof(struct pks_test_steps);
	default:
		return sizeof(struct pks_test_run);
	}
}

static void make_run(struct random *r, struct pks_test_run *run)
{
	*run = (struct pks_test_run){
		.pattern = random_below(r, 60),
		.context = random_below(r, 3) ? random_below(r, 13) : 0,
		.repeat = 1 + random_below(r, 3),
		.pages = 1 + random_below(r, 4),
		.cpu = (int)random_below(r, 4) - 1,
		.flags = random_below(r, 4),
		.nsamples = random_below(r, 4),
	};
}

static void make_steps(struct random *r, struct input *in)
{
	struct pks_test_step *step = (void *)(in->body + STEPS_AT);
	__u32 i;

	in->steps.nr = 1 + random_below(r, STEPS_MAX);
	for (i = 0; i < in->steps.nr; i++) {
		step[i].op = i ? random_below(r, 13) : PKS_TEST_STEP_ALLOC;
		step[i].slot = random_below(r, 2);
		step[i].first = random_below(r, 2);
		step[i].nr = random_below(r, 5);
	}
}

/* Most of what is right: what is wrong comes by mutation. */
void input_make(struct random *r, struct input *in)
{
	static const __u32 cmds[] = {
		PKS_TEST_IOC_INFO, PKS_TEST_IOC_ITEM, PKS_TEST_IOC_RUN,
		PKS_TEST_IOC_RUN, PKS_TEST_IOC_RUN, PKS_TEST_IOC_RUN,
		PKS_TEST_IOC_STEPS,
	};

	memset(in, 0, sizeof(*in));
	in->cmd = cmds[random_below(r, ARRAY_SIZE(cmds))];
	in->len = right_size(in->cmd);
	if (in->cmd == PKS_TEST_IOC_RUN)
		make_run(r, &in->run);
	if (in->cmd == PKS_TEST_IOC_STEPS)
		make_steps(r, in);
	if (in->cmd == PKS_TEST_IOC_ITEM) {
		in->item.list = random_below(r, 4);
		in->item.index = random_below(r, 60);
	}
	in->size = in->len;
}

static void mutate_number(struct random *r, struct input *in)
{
	__u32 words = in->cmd == PKS_TEST_IOC_STEPS ? BODY_MAX / sizeof(__u32) : 10;
	__u32 *word = (__u32 *)in->body + random_below(r, words);

	if (random_below(r, 2))
		*word = odd_number(r);
	else
		*word += (int)random_below(r, 5) - 2;
}

static void mutate_size(struct random *r, struct input *in)
{
	switch (random_below(r, 4)) {
	case 0:
		in->size = right_size(in->cmd);
		break;
	case 1:
		in->size = random_below(r, BODY_MAX + 1);
		break;
	case 2:
		/* older or newer than the driver: fields that are not there */
		in->size = in->len + 8 * ((int)random_below(r, 9) - 4);
		break;
	default:
		in->size = odd_number(r);
	}
	in->len = in->size > BODY_MAX ? BODY_MAX : in->size;
}

static void mutate_cmd(struct random *r, struct input *in)
{
	switch (random_below(r, 3)) {
	case 0:
		in->cmd = _IOWR(PKS_TEST_IOC_MAGIC, random_below(r, 5), struct pks_test_item);
		break;
	case 1:
		in->cmd ^= 1u << random_below(r, 32);
		break;
	default:
		in->cmd = odd_number(r);
	}
}

static void mutate_once(struct random *r, struct input *in)
{
	switch (random_below(r, 16)) {
	case 0:
		mutate_cmd(r, in);
		break;
	case 1:
		mutate_size(r, in);
		break;
	case 2:
		in->arg = random_below(r, PLACES);
		break;
	case 3:
		in->samples = random_below(r, PLACES);
		in->run.nsamples = 1 + random_below(r, 4);
		break;
	case 4:
		/* slow, but for the first */
		in->around = random_below(r, 4) ? AROUND_NOTHING :
						  random_below(r, AROUNDS);
		in->extra = random_below(r, 4096);
		break;
	case 5:
		in->body[random_below(r, BODY_MAX)] = random_below(r, 256);
		break;
	case 6:
		in->run.pattern = random_below(r, 64);
		break;
	case 7:
		in->run.context = random_below(r, 16);
		break;
	default:
		mutate_number(r, in);
	}
}

void input_mutate(struct random *r, struct input *in)
{
	unsigned int n = 1 + random_below(r, 3);

	while (n--)
		mutate_once(r, in);
}

/* cmd, places, what is around, and the body up to its last byte that is not 0 */
void input_print(FILE *f, const struct input *in)
{
	__u32 i, end = BODY_MAX;

	while (end && !in->body[end - 1])
		end--;
	fprintf(f, "%08x %u %u %u %u %u ", in->cmd, in->arg, in->samples,
		in->around, in->extra, in->len);
	for (i = 0; i < end; i++)
		fprintf(f, "%02x", in->body[i]);
	fputc('\n', f);
}

bool input_parse(const char *line, struct input *in)
{
	unsigned int arg, samples, around, byte, i;
	int n;

	memset(in, 0, sizeof(*in));
	if (sscanf(line, "%x %u %u %u %u %u %n", &in->cmd, &arg, &samples, &around,
		   &in->extra, &in->len, &n) != 6 || arg >= PLACES ||
	    samples >= PLACES || around >= AROUNDS || in->len > BODY_MAX)
		return false;
	in->arg = arg;
	in->samples = samples;
	in->around = around;
	for (i = 0; i < BODY_MAX && sscanf(line + n, "%2x", &byte) == 1; i++, n += 2)
		in->body[i] = byte;
	return !line[n] || line[n] == '\n';
}
