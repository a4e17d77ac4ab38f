// SPDX-License-Identifier: GPL-2.0
/*
 * tag: what a key costs the pages that carry it, for one page and for many: putting
 * it on, taking it off, and freeing them with the key on. A free gives the pages to
 * whoever takes the key off; what its caller pays is one figure, what passes until
 * the allocator has them is another.
 */
#include "lib/bench.h"

/* Large ranges take long, and few operations tell all there is to be told. */
#define MOST	10

#define STEP(_name, _pattern, _pages) {					\
	.name = _name, .pattern = _pattern, .pages = _pages,		\
	.together = true, .most = MOST, .touches = true,		\
}

static const struct bench_step steps[] = {
	BENCH_TIMER_STEP,
	STEP("1", "tag", 1),
	STEP("8", "tag", 8),
	STEP("64", "tag", 64),
	STEP("512", "tag", 512),
	STEP("each-64", "tag_each", 64),
	STEP("each-512", "tag_each", 512),
	STEP("free-1", "tag_free", 1),
	STEP("free-8", "tag_free", 8),
	STEP("free-64", "tag_free", 64),
	STEP("free-512", "tag_free", 512),
	STEP("free-each-64", "tag_free_each", 64),
	STEP("free-each-512", "tag_free_each", 512),
};

#define TICKS(_name, _title, _step, _phase, _plots) {			\
	.name = _name, .title = _title, .step = _step, .phases = _phase, \
	.per = 1, .timer = BENCH_TIMER, .plots = _plots,		\
	.shows = "Each call flushes the TLB of every CPU once, whatever the number of its pages.",	\
}

#define COUNT(_name, _title, _step, _counter, _unit) {			\
	.name = _name, .title = _title, .step = _step,			\
	.counter = _counter, .unit = _unit, .per = 1,			\
}

#define MSR_WRITES(_step, _what)					\
	COUNT("msr-writes-" _step, _what, _step, "msr_writes", "MSR writes")

#define TAGGED(_step, _what)						\
	TICKS("tag-" _step, "key on: " _what, _step, BENCH_MAP,		\
	      BENCH_PLOT_CPUS),						\
	TICKS("untag-" _step, "key off: " _what, _step, BENCH_UNMAP, 0), \
	COUNT("ipis-" _step, "key on and off: " _what, _step, "ipis", "IPIs")

#define FREED(_step, _what)						\
	TICKS("call-" _step, "free with the key on, the call: " _what,	\
	      _step, BENCH_TOUCH, 0),					\
	TICKS("back-" _step, "free with the key on, until the allocator has it: " _what, \
	      _step, BENCH_UNMAP, BENCH_PLOT_CPUS),			\
	COUNT("ipis-" _step, "key on, and free: " _what, _step, "ipis", "IPIs")

static const struct bench_metric metrics[] = {
	TAGGED("1", "a page"),
	MSR_WRITES("1", "key on and off: a page"),
	TAGGED("8", "8 pages at once"),
	TAGGED("64", "64 pages at once"),
	TAGGED("512", "512 pages at once"),
	MSR_WRITES("512", "key on and off: 512 pages at once"),
	TAGGED("each-64", "64 pages, one by one"),
	TAGGED("each-512", "512 pages, one by one"),
	FREED("free-1", "a page"),
	MSR_WRITES("free-1", "key on, and free: a page"),
	FREED("free-8", "a block of 8 pages"),
	FREED("free-64", "a block of 64 pages"),
	FREED("free-512", "a block of 512 pages"),
	MSR_WRITES("free-512", "key on, and free: a block of 512 pages"),
	FREED("free-each-64", "64 pages, one by one"),
	FREED("free-each-512", "512 pages, one by one"),
};

static const struct bench bench_tag = {
	.name = "tag",
	.place = 90,
	.desc = "putting a key on pages, taking it off, and freeing them with it",
	.chapter = BENCH_ASKS_PAGES,
	.unit = "ticks",
	.better = "less",
	.once = true,
	.steps = steps,
	.nr_steps = ARRAY_SIZE(steps),
	.metrics = metrics,
	.nr_metrics = ARRAY_SIZE(metrics),
};

BENCH(bench_tag);
