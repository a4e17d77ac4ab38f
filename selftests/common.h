/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of several rules need. Names of patterns and contexts are the
 * driver's; a test that asks for one it does not have fails.
 */
#ifndef PKS_SELFTESTS_COMMON_H
#define PKS_SELFTESTS_COMMON_H

#include <errno.h>

#include "../kselftest_harness.h"
#include "helpers.h"

/* A limit is for what hangs: an emulator on a busy host may be slow. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 150

/*
 * What to run, all else zero: run_pattern() makes that one operation on one
 * page. The fixture runs on CPU 0, so that 0 is the caller's.
 */
#define RUN(...) ((struct pks_test_run){ __VA_ARGS__ })

FIXTURE(pks) {
	struct driver drv;
};

FIXTURE_SETUP(pks)
{
	ASSERT_EQ(0, pin_to_cpu(0));
	ASSERT_EQ(0, driver_open(&self->drv));
	if (cannot_kmap(&self->drv))
		SKIP(return, "%s", cannot_kmap(&self->drv));
	ASSERT_EQ(0, choice_set(CHOICE_SCHEME, "page"));
	ASSERT_EQ(0, set_mode("silent"));
}

FIXTURE_TEARDOWN(pks)
{
	driver_close(&self->drv);
}

/*
 * Another scheme is refused for exactly as long as something is kmap()ed; where
 * there is no other, that cannot be told.
 */
static inline void check_mapped(struct __test_metadata *_metadata, bool mapped)
{
	if (!has_schemes())
		return;
	EXPECT_EQ(mapped ? -EBUSY : 0, write_file(CHOICE_SCHEME, "stop"));
	EXPECT_EQ(0, write_file(CHOICE_SCHEME, "page"));
}

/* A pattern that checks what it does by itself */
static inline void check_pattern(struct __test_metadata *_metadata,
				 struct driver *drv, const char *pattern)
{
	struct pks_test_run run = RUN();

	EXPECT_EQ(0, run_pattern(drv, pattern, NULL, &run));
	EXPECT_EQ(1, run.touched);
	EXPECT_EQ(0, run.wrong) TH_LOG("%s: the kernel's log says which check", pattern);
}

#endif /* PKS_SELFTESTS_COMMON_H */
