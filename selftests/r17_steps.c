// SPDX-License-Identifier: GPL-2.0
/*
 * R17: the life of pages by random steps. A model says what each page of a block has to
 * be after each step; where the kernel is of another mind, steps are left out for as
 * long as it stays so, and what is left is the shortest way there.
 *
 *	./r17_steps			the seeds from 1 on
 *	PKS_SEED=17 ./r17_steps		one of them
 *	PKS_SEEDS=1000 ./r17_steps	as many
 */
#include <errno.h>
#include <error.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define SEEDS		24
#define STEPS		48
#define ORDER_MAX	10
#define SHRINK_SECONDS	60
#define LOST_KIB	256
#define LOCAL_MAX	30
/* Of more mappings of one context than that only the number is known. */
#define LOCAL_KNOWN	16
#define KMAPS_MAX	100

/* What has to be true of a page */
struct page_model {
	unsigned int kmaps;	/* kmap()s that are counted */
	unsigned int local;	/* kmap_local mappings */
	unsigned int known;	/* of those, the ones made while it had the key */
	bool key;
	bool wc;
	bool freed;
};

struct block_model {
	unsigned int nr;
	bool folio;
	bool split;
	struct page_model page[PKS_TEST_SLOT_PAGES];
};

struct model {
	struct block_model block[PKS_TEST_SLOTS];
	unsigned int kmaps;	/* of all pages */
	unsigned int local;	/* mappings, and of those the known ones */
	unsigned int known;
};

/* Whom a kmap() opens a page for */
enum opens {
	FOR_WHO_ASKS,		/* page, a mode that grants */
	FOR_NOBODY,		/* page, strict */
	ALL_PAGES,		/* a scheme that opens the key for everyone */
	NOTHING_IS_CLOSED,	/* off */
};

/**
 * struct world - what the steps are taken in
 * @drv:	the driver
 * @name:	scheme and mode
 * @opens:	what a kmap() is good for there
 */
struct world {
	const struct driver *drv;
	char name[2 * PKS_TEST_NAME_MAX];
	enum opens opens;
};

/* What is asked of the driver, and what came */
struct sequence {
	unsigned int seed;
	unsigned int nr;
	struct pks_test_step step[STEPS];
};

/* Where the two differ */
struct difference {
	int step;		/* -1: nowhere */
	unsigned int failed;	/* steps that came to nothing, but for those that allocate */
	char text[256];
};

static const struct op {
	const char *name;
	unsigned int weight;
} ops[] = {
	[PKS_TEST_STEP_ALLOC] = { "alloc", 10 },
	[PKS_TEST_STEP_SPLIT] = { "split", 2 },
	[PKS_TEST_STEP_FREE] = { "free", 6 },
	[PKS_TEST_STEP_TAG] = { "tag", 16 },
	[PKS_TEST_STEP_UNTAG] = { "untag", 12 },
	[PKS_TEST_STEP_WC] = { "wc", 2 },
	[PKS_TEST_STEP_WB] = { "wb", 2 },
	[PKS_TEST_STEP_KMAP] = { "kmap", 12 },
	[PKS_TEST_STEP_KUNMAP] = { "kunmap", 10 },
	[PKS_TEST_STEP_MAP_LOCAL] = { "kmap_local", 12 },
	[PKS_TEST_STEP_UNMAP_LOCAL] = { "kunmap_local", 10 },
};

static bool is_there(const struct block_model *block, unsigned int first, unsigned int nr)
{
	unsigned int i;

	if (!nr || first + nr > block->nr)
		return false;
	for (i = first; i < first + nr; i++)
		if (block->page[i].freed)
			return false;
	return true;
}

static bool is_whole(const struct block_model *block, unsigned int first, unsigned int nr)
{
	return !block->folio || (!first && nr == block->nr);
}

/* What is asked of pages one by one */
static bool has_key(const struct page_model *page)
{
	return page->key;
}

static bool is_wc(const struct page_model *page)
{
	return page->wc;
}

static bool is_kmapped(const struct page_model *page)
{
	return page->kmaps;
}

static bool is_in_use(const struct page_model *page)
{
	return !page->freed || page->local;
}

/* Whoever maps a page without a key leaves no trace. */
static bool has_untraced(const struct page_model *page)
{
	return page->local > page->known;
}

static bool any_page(const struct block_model *block, unsigned int first, unsigned int nr,
		     bool (*is)(const struct page_model *page))
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		if (is(&block->page[i]))
			return true;
	return false;
}

static void set_keys(struct block_model *block, unsigned int first, unsigned int nr, bool key)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		block->page[i].key = key;
}

static void set_wc(struct block_model *block, unsigned int first, unsigned int nr, bool wc)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		block->page[i].wc = wc;
}

/*
 * Is it a step that a caller may take? The kernel warns of the others, or says nothing
 * of what comes of them.
 */
static bool is_meant(const struct model *model, const struct pks_test_step *step)
{
	const struct block_model *block = &model->block[step->slot];
	const struct page_model *page = &block->page[step->first];
	unsigned int first = step->first, nr = step->nr;

	switch (step->op) {
	case PKS_TEST_STEP_ALLOC:
		return !any_page(block, 0, block->nr, is_in_use);
	case PKS_TEST_STEP_SPLIT:
		return is_there(block, 0, block->nr) && !block->folio && !block->split;
	case PKS_TEST_STEP_FREE:
		/* An address without a key may be somebody's by then. */
		return is_there(block, first, nr) && (block->split || nr == block->nr) &&
		       !any_page(block, first, nr, has_untraced);
	case PKS_TEST_STEP_TAG:
		/* Whoever has it mapped already has left no trace of that. */
		return is_there(block, first, nr) &&
		       !any_page(block, first, nr, has_untraced);
	case PKS_TEST_STEP_UNTAG:
	case PKS_TEST_STEP_WB:
		return is_there(block, first, nr);
	case PKS_TEST_STEP_WC:
		return is_there(block, first, nr) && !any_page(block, first, nr, is_wc);
	case PKS_TEST_STEP_KMAP:
		return is_there(block, first, 1) && page->kmaps < KMAPS_MAX;
	case PKS_TEST_STEP_KUNMAP:
		/* The mix is warned of. */
		return is_there(block, first, 1) && !page->local;
	case PKS_TEST_STEP_MAP_LOCAL:
		if (!is_there(block, first, 1) || model->local >= LOCAL_MAX)
			return false;
		if (page->key)
			return model->known < LOCAL_KNOWN || model->local == model->known;
		return model->known < LOCAL_KNOWN;
	case PKS_TEST_STEP_UNMAP_LOCAL:
		return first < block->nr && page->local;
	}
	return false;
}

static void take_alloc(struct block_model *block, bool folio, unsigned int order)
{
	memset(block, 0, sizeof(*block));
	block->nr = 1 << order;
	block->folio = folio && order;
}

static int take_tag(struct block_model *block, unsigned int first, unsigned int nr)
{
	if (!is_whole(block, first, nr))
		return -EINVAL;
	if (any_page(block, first, nr, has_key))
		return -EBUSY;
	set_keys(block, first, nr, true);
	return 0;
}

static int take_untag(struct block_model *block, unsigned int first, unsigned int nr)
{
	if (!is_whole(block, first, nr))
		return -EINVAL;
	if (any_page(block, first, nr, is_kmapped))
		return -EBUSY;
	set_keys(block, first, nr, false);
	return 0;
}

static int take_free(struct block_model *block, unsigned int first, unsigned int nr)
{
	unsigned int i;

	if (any_page(block, first, nr, is_kmapped))
		return -EBUSY;
	for (i = first; i < first + nr; i++)
		block->page[i].freed = true;
	set_keys(block, first, nr, false);
	set_wc(block, first, nr, false);
	return 0;
}

static int take_kunmap(struct model *model, struct page_model *page)
{
	if (page->key && !page->kmaps)
		return -EINVAL;
	page->kmaps -= page->key;
	model->kmaps -= page->key;
	return 0;
}

static void take_unmap_local(struct model *model, struct page_model *page)
{
	page->local--;
	model->local--;
	if (page->known) {
		page->known--;
		model->known--;
	}
}

/* Takes a step that is meant; what it has to return */
static int take(struct model *model, const struct pks_test_step *step)
{
	struct block_model *block = &model->block[step->slot];
	struct page_model *page = &block->page[step->first];

	switch (step->op) {
	case PKS_TEST_STEP_ALLOC:
		take_alloc(block, step->first, step->nr);
		return 0;
	case PKS_TEST_STEP_SPLIT:
		block->split = true;
		return 0;
	case PKS_TEST_STEP_FREE:
		return take_free(block, step->first, step->nr);
	case PKS_TEST_STEP_TAG:
		return take_tag(block, step->first, step->nr);
	case PKS_TEST_STEP_UNTAG:
		return take_untag(block, step->first, step->nr);
	case PKS_TEST_STEP_WC:
	case PKS_TEST_STEP_WB:
		set_wc(block, step->first, step->nr, step->op == PKS_TEST_STEP_WC);
		return 0;
	case PKS_TEST_STEP_KMAP:
		page->kmaps += page->key;
		model->kmaps += page->key;
		return 0;
	case PKS_TEST_STEP_KUNMAP:
		return take_kunmap(model, page);
	case PKS_TEST_STEP_MAP_LOCAL:
		page->local++;
		model->local++;
		page->known += page->key;
		model->known += page->key;
		return 0;
	case PKS_TEST_STEP_UNMAP_LOCAL:
		take_unmap_local(model, page);
		return 0;
	}
	return 0;
}

static bool is_readable(const struct world *world, const struct model *model,
			const struct page_model *page)
{
	if (!page->key || model->known)
		return true;
	switch (world->opens) {
	case FOR_WHO_ASKS:
		return page->kmaps;
	case ALL_PAGES:
		return model->kmaps;
	case NOTHING_IS_CLOSED:
		return true;
	default:
		return false;
	}
}

static __u32 expected(const struct world *world, const struct model *model,
		      const struct page_model *page)
{
	__u32 state = page->kmaps << 16;

	if (page->freed)
		return PKS_TEST_PAGE_FREED;
	if (page->key)
		state |= world->drv->info.pkey | PKS_TEST_PAGE_CLOSED;
	if (page->wc)
		state |= PKS_TEST_PAGE_WC;
	if (is_readable(world, model, page))
		state |= PKS_TEST_PAGE_READABLE;
	return state;
}

/* Random numbers below @below */
static unsigned int pick(unsigned int *seed, unsigned int below)
{
	return rand_r(seed) % below;
}

/* A page: often one at an end, or beside the middle, where another table begins */
static unsigned int pick_page(unsigned int *seed, unsigned int nr)
{
	switch (pick(seed, 6)) {
	case 0:
		return 0;
	case 1:
		return nr - 1;
	case 2:
		return nr / 2;
	case 3:
		return nr / 2 - (nr > 1);
	default:
		return pick(seed, nr);
	}
}

static unsigned int pick_op(unsigned int *seed)
{
	unsigned int i, all = 0, at;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		all += ops[i].weight;
	at = pick(seed, all);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return i;
}

static void pick_range(unsigned int *seed, unsigned int nr, struct pks_test_step *step)
{
	unsigned int from = pick_page(seed, nr), to = pick_page(seed, nr);

	if (!pick(seed, 3)) {
		from = 0;
		to = nr - 1;
	}
	step->first = from < to ? from : to;
	step->nr = (from < to ? to - from : from - to) + 1;
}

/* Any step; whether it is meant is another question */
static struct pks_test_step pick_step(unsigned int *seed, const struct model *model)
{
	struct pks_test_step step = { .op = pick_op(seed), .slot = pick(seed, PKS_TEST_SLOTS) };
	unsigned int nr = model->block[step.slot].nr ?: 1;

	switch (step.op) {
	case PKS_TEST_STEP_ALLOC:
		step.first = pick(seed, 2);
		step.nr = pick(seed, 2) ? pick(seed, ORDER_MAX + 1) : pick(seed, 4);
		break;
	case PKS_TEST_STEP_SPLIT:
		break;
	case PKS_TEST_STEP_FREE:
	case PKS_TEST_STEP_TAG:
	case PKS_TEST_STEP_UNTAG:
	case PKS_TEST_STEP_WC:
	case PKS_TEST_STEP_WB:
		pick_range(seed, nr, &step);
		break;
	case PKS_TEST_STEP_UNMAP_LOCAL:
		step.nr = pick(seed, 4096);
		step.first = pick_page(seed, nr);
		break;
	default:
		step.first = pick_page(seed, nr);
	}
	return step;
}

static bool make_sequence(struct sequence *seq, unsigned int seed)
{
	struct model *model = calloc(1, sizeof(*model));
	unsigned int tries = 100 * STEPS;

	if (!model)
		return false;
	*seq = (struct sequence){ .seed = seed };
	while (seq->nr < STEPS && tries--) {
		struct pks_test_step step = pick_step(&seed, model);

		if (!is_meant(model, &step))
			continue;
		take(model, &step);
		seq->step[seq->nr++] = step;
	}
	free(model);
	return true;
}

static void describe(const struct pks_test_step *step, char *text, size_t size)
{
	if (step->op == PKS_TEST_STEP_ALLOC)
		snprintf(text, size, "%u: alloc order %u%s", step->slot, step->nr,
			 step->first ? ", a folio" : "");
	else if (step->op == PKS_TEST_STEP_SPLIT)
		snprintf(text, size, "%u: split", step->slot);
	else if (step->op <= PKS_TEST_STEP_WB)
		snprintf(text, size, "%u: %s pages %u to %u", step->slot, ops[step->op].name,
			 step->first, step->first + step->nr - 1);
	else
		snprintf(text, size, "%u: %s page %u", step->slot, ops[step->op].name,
			 step->first);
}

static void compare_pages(const struct world *world, const struct model *model,
			  unsigned int slot, const __u32 *seen, struct difference *diff, int at)
{
	const struct block_model *block = &model->block[slot];
	unsigned int i;
	__u32 want;

	for (i = 0; i < block->nr; i++) {
		want = expected(world, model, &block->page[i]);
		if (seen[i] == want)
			continue;
		diff->step = at;
		snprintf(diff->text, sizeof(diff->text),
			 "page %u of block %u has to be 0x%x, is 0x%x", i, slot, want, seen[i]);
		return;
	}
}

/* One step that the kernel took against the model, which takes it here */
static void compare_step(const struct world *world, struct model *model,
			 const struct pks_test_step *step, const __u32 *seen,
			 struct difference *diff, int at)
{
	int want = 0;

	/* What could not be done for want of memory has changed nothing. */
	if (step->result == -ENOMEM) {
		diff->failed += step->op != PKS_TEST_STEP_ALLOC;
	} else {
		want = take(model, step);
		if (step->result != want) {
			diff->step = at;
			snprintf(diff->text, sizeof(diff->text), "it has to return %d, returns %d",
				 want, step->result);
			return;
		}
	}
	if (step->depth != model->known) {
		diff->step = at;
		snprintf(diff->text, sizeof(diff->text), "the depth has to be %u, is %u",
			 model->known, step->depth);
		return;
	}
	compare_pages(world, model, step->slot, seen, diff, at);
}

/* Those of the steps that are meant */
static void choose(const struct sequence *seq, struct sequence *meant)
{
	struct model *model = calloc(1, sizeof(*model));
	unsigned int i;

	meant->nr = 0;
	for (i = 0; i < seq->nr && model; i++) {
		if (!is_meant(model, &seq->step[i]))
			continue;
		take(model, &seq->step[i]);
		meant->step[meant->nr++] = seq->step[i];
	}
	free(model);
}

/* Until they differ, or one that came to nothing leaves others that are not meant */
static void compare(const struct world *world, const struct sequence *asked,
		    const __u32 *pages, struct difference *diff)
{
	struct model *model = calloc(1, sizeof(*model));
	unsigned int i;

	for (i = 0; i < asked->nr && model && diff->step < 0; i++) {
		if (!is_meant(model, &asked->step[i]))
			break;
		compare_step(world, model, &asked->step[i], pages + i * PKS_TEST_SLOT_PAGES,
			     diff, i);
	}
	free(model);
}

/* Takes the steps of a sequence that are meant. 0, or a negative errno */
static int play(const struct world *world, const struct sequence *seq, struct difference *diff)
{
	__u32 *pages = calloc(STEPS, PKS_TEST_SLOT_PAGES * sizeof(*pages));
	struct pks_test_steps steps = { .size = sizeof(steps) };
	struct sequence asked;
	int ret = -ENOMEM;

	*diff = (struct difference){ .step = -1 };
	if (!pages)
		return ret;
	ret = 0;
	choose(seq, &asked);
	if (!asked.nr)
		goto out;
	steps.nr = asked.nr;
	steps.steps = (unsigned long)asked.step;
	steps.pages = (unsigned long)pages;
	if (ioctl(world->drv->fd, PKS_TEST_IOC_STEPS, &steps))
		ret = -errno;
	else
		compare(world, &asked, pages, diff);
out:
	free(pages);
	return ret;
}

static void leave_out(struct sequence *seq, unsigned int from, unsigned int nr)
{
	memmove(seq->step + from, seq->step + from + nr,
		(seq->nr - from - nr) * sizeof(*seq->step));
	seq->nr -= nr;
}

/* Half of the steps, a quarter, ... one: what is not needed goes, while there is time. */
static void shrink(const struct world *world, struct sequence *seq, struct difference *diff)
{
	struct difference now;
	time_t end = time(NULL) + SHRINK_SECONDS;
	struct sequence less;
	unsigned int nr, i;

	seq->nr = diff->step + 1;
	for (nr = seq->nr / 2 ?: 1; nr; nr /= 2) {
		for (i = 0; i + nr <= seq->nr && time(NULL) < end;) {
			less = *seq;
			leave_out(&less, i, nr);
			if (!play(world, &less, &now) && now.step >= 0) {
				*seq = less;
				*diff = now;
			} else {
				i += nr;
			}
		}
	}
}

static void tell(const struct world *world, const struct sequence *seq,
		 const struct difference *diff)
{
	char text[64];
	unsigned int i;

	printf("# seed %u, %s, the shortest way there:\n", seq->seed, world->name);
	for (i = 0; i < seq->nr; i++) {
		describe(&seq->step[i], text, sizeof(text));
		printf("#   %s\n", text);
	}
	printf("# after that: %s\n", diff->text);
}

static unsigned int number_of(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);
	unsigned long n;
	char *end;

	if (!text)
		return otherwise;
	n = strtoul(text, &end, 10);
	if (end == text || *end || n > UINT_MAX)
		error(KSFT_FAIL, 0, "%s=%s is not good, use a number", name, text);
	return n;
}

static long long keys_of_all(const struct driver *drv)
{
	struct pks_test_steps steps = { .size = sizeof(steps), .count_keys = 1 };

	return ioctl(drv->fd, PKS_TEST_IOC_STEPS, &steps) ? -errno : (long long)steps.keys;
}

static void play_seed(struct __test_metadata *_metadata, const struct world *world,
		      unsigned int seed)
{
	struct difference diff;
	struct sequence seq;

	ASSERT_TRUE(make_sequence(&seq, seed));
	ASSERT_EQ(STEPS, seq.nr);
	ASSERT_EQ(0, play(world, &seq, &diff));
	if (diff.step >= 0) {
		shrink(world, &seq, &diff);
		tell(world, &seq, &diff);
	}
	ASSERT_EQ(-1, diff.step) TH_LOG("PKS_SEED=%u ./r17_steps: see above", seed);
	ASSERT_EQ(0, diff.failed) TH_LOG("PKS_SEED=%u: -ENOMEM, and nobody asked for it", seed);
}

static void play_seeds(struct __test_metadata *_metadata, const struct world *world,
		       unsigned int nr)
{
	unsigned int first = number_of("PKS_SEED", 1), i;

	ASSERT_NE(0, nr) TH_LOG("PKS_SEEDS=0 plays nothing, use a number from 1");
	for (i = 0; i < (getenv("PKS_SEED") ? 1 : nr); i++)
		play_seed(_metadata, world, first + i);
}

static struct world world_of(const struct driver *drv, const char *scheme, const char *mode)
{
	struct world world = { .drv = drv, .opens = ALL_PAGES };

	snprintf(world.name, sizeof(world.name), "%s:%s", scheme, mode);
	if (!strcmp(scheme, "page"))
		world.opens = strcmp(mode, "strict") ? FOR_WHO_ASKS : FOR_NOBODY;
	else if (!strcmp(scheme, "off"))
		world.opens = NOTHING_IS_CLOSED;
	return world;
}

TEST_F_TIMEOUT(pks, R17_each_step_does_what_it_has_to, 300)
{
	struct world world = world_of(&self->drv, "page", "silent");

	ASSERT_EQ(0, keys_of_all(&self->drv));
	play_seeds(_metadata, &world, number_of("PKS_SEEDS", SEEDS));
	EXPECT_EQ(0, keys_of_all(&self->drv)) TH_LOG("pages of others have a key");
}

/*
 * Tables of mappings that are split stay, and lists of free pages come and go on each
 * CPU: who loses memory loses some each time.
 */
TEST_F_TIMEOUT(pks, R17_and_gives_back_what_it_took, 300)
{
	struct world world = world_of(&self->drv, "page", "silent");
	long before, lost = LOST_KIB;
	unsigned int i;

	for (i = 0; i < 10 && lost >= LOST_KIB; i++) {
		before = free_kib();
		play_seeds(_metadata, &world, SEEDS / 4);
		lost = before - free_kib();
	}
	EXPECT_GT(LOST_KIB, lost) TH_LOG("each of %u times", i);
}

TEST_F_TIMEOUT(pks, R17_also_in_strict, 300)
{
	struct world world = world_of(&self->drv, "page", "strict");

	ASSERT_EQ(0, set_mode("strict"));
	play_seeds(_metadata, &world, SEEDS / 4);
	EXPECT_EQ(0, set_mode("silent"));
	EXPECT_EQ(0, keys_of_all(&self->drv));
}

TEST_F_TIMEOUT(pks, R17_and_under_every_scheme, 300)
{
	struct pks_test_item scheme;
	struct world world;
	unsigned int i;

	for (i = 0; !driver_item(&self->drv, PKS_TEST_SCHEMES, i, &scheme); i++) {
		if (scheme.flags & PKS_TEST_LOCAL_SLEEPS)
			continue;
		ASSERT_EQ(0, choice_set(CHOICE_SCHEME, scheme.name));
		world = world_of(&self->drv, scheme.name, "silent");
		play_seeds(_metadata, &world, SEEDS / 8);
	}
	EXPECT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
	EXPECT_EQ(0, keys_of_all(&self->drv));
}

/* Steps that are refused, each with what has to come of it */
TEST_F(pks, R17_steps_that_cannot_be_taken)
{
	static const struct pks_test_step steps[] = {
		{ .op = 0, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_UNMAP_LOCAL + 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_ALLOC, .slot = PKS_TEST_SLOTS, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_ALLOC, .nr = ORDER_MAX + 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .nr = 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_KMAP, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_SPLIT, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_FREE, .nr = 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_ALLOC, .nr = 2 },
		{ .op = PKS_TEST_STEP_ALLOC, .nr = 2, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .nr = 5, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .first = 4, .nr = 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .first = 0xffff, .nr = 0xffff, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_KMAP, .first = 4, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_FREE, .nr = 3, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_TAG, .nr = 4 },
		{ .op = PKS_TEST_STEP_KUNMAP, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_UNMAP_LOCAL, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_MAP_LOCAL, .depth = 1 },
		{ .op = PKS_TEST_STEP_UNMAP_LOCAL, .nr = 4096, .result = -EINVAL, .depth = 1 },
		{ .op = PKS_TEST_STEP_UNMAP_LOCAL, .first = 1, .result = -EINVAL, .depth = 1 },
		{ .op = PKS_TEST_STEP_UNMAP_LOCAL, .nr = 4095 },
		{ .op = PKS_TEST_STEP_KMAP, .first = 3 },
		{ .op = PKS_TEST_STEP_FREE, .nr = 4, .result = -EBUSY },
		{ .op = PKS_TEST_STEP_SPLIT },
		{ .op = PKS_TEST_STEP_SPLIT, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_FREE, .first = 1, .nr = 1 },
		{ .op = PKS_TEST_STEP_UNTAG, .nr = 3, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_KMAP, .first = 1, .result = -EINVAL },
		{ .op = PKS_TEST_STEP_FREE, .nr = 2, .result = -EINVAL },
	};
	struct pks_test_step asked[ARRAY_SIZE(steps)];
	static __u32 pages[ARRAY_SIZE(steps)][PKS_TEST_SLOT_PAGES];
	struct pks_test_steps all = {
		.size = sizeof(all), .nr = ARRAY_SIZE(steps),
		.steps = (unsigned long)asked, .pages = (unsigned long)pages,
	};
	unsigned int i;

	memcpy(asked, steps, sizeof(asked));
	ASSERT_EQ(0, ioctl(self->drv.fd, PKS_TEST_IOC_STEPS, &all));
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		EXPECT_EQ(steps[i].result, asked[i].result) TH_LOG("step %u", i);
		EXPECT_EQ(steps[i].depth, asked[i].depth) TH_LOG("step %u", i);
	}
	EXPECT_EQ(PKS_TEST_PAGE_FREED, pages[i - 1][1]);
	EXPECT_EQ(0, keys_of_all(&self->drv)) TH_LOG("something is left");
}

/* A block, some of it closed, so that one step changes it in several pieces */
static const struct sequence in_pieces = {
	.nr = 9,
	.step = {
		{ .op = PKS_TEST_STEP_ALLOC, .nr = 5 },
		{ .op = PKS_TEST_STEP_TAG, .first = 1, .nr = 3 },
		{ .op = PKS_TEST_STEP_TAG, .first = 8, .nr = 1 },
		{ .op = PKS_TEST_STEP_TAG, .first = 30, .nr = 2 },
		{ .op = PKS_TEST_STEP_UNTAG, .first = 0, .nr = 32 },
		{ .op = PKS_TEST_STEP_TAG, .first = 0, .nr = 32 },
		{ .op = PKS_TEST_STEP_UNTAG, .first = 0, .nr = 32 },
		{ .op = PKS_TEST_STEP_UNTAG, .first = 0, .nr = 32 },
		{ .op = PKS_TEST_STEP_UNTAG, .first = 0, .nr = 32 },
	},
};

/* One failure of the page tables, at each place in turn */
TEST_F(pks, R17_or_nothing_at_all)
{
	struct world world = world_of(&self->drv, "page", "silent");
	struct difference diff;
	unsigned int i;

	if (cannot_fail())
		SKIP(return, "%s", cannot_fail());
	for (i = 1; i <= 8; i++) {
		ASSERT_EQ(0, fail_at(i));
		EXPECT_EQ(0, play(&world, &in_pieces, &diff));
		EXPECT_EQ(0, fail_no_more());
		EXPECT_EQ(-1, diff.step) TH_LOG("failure %u, step %d: %s", i, diff.step, diff.text);
		EXPECT_EQ(1, diff.failed) TH_LOG("failure %u", i);
	}
	EXPECT_EQ(0, keys_of_all(&self->drv));
}

TEST_HARNESS_MAIN
