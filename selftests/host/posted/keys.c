// SPDX-License-Identifier: GPL-2.0
/* linux/pks-keys.h and nothing else: the keys, for the preprocessor and for C */
#include <linux/pks-keys.h>

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#include <linux/build_bug.h>
#include <linux/compiler.h>

#if PKS_KEY_DEFAULT != 0 || PKS_NUM_PKEYS != 16
#error "the default key is 0 of 16"
#endif

#if PKS_NEW_KEY(PKS_KEY_DEFAULT, 1) != 1
#error "a new key has the next number"
#endif

#if PKS_NEW_KEY(3, CONFIG_NOBODY_HAS_THIS) != 3
#error "a key that is configured out takes no number"
#endif

#if defined(CONFIG_PKS_TEST) && (PKS_KEY_TEST <= PKS_KEY_DEFAULT || PKS_KEY_TEST >= PKS_KEY_MAX)
#error "PKS_KEY_TEST is one of the keys"
#endif

#if defined(CONFIG_PKS_KMAP) && PKS_KEYS_COUNTED != 1 << PKS_KEY_KMAP
#error "the key of kmap() is opened by count"
#endif

#if !defined(CONFIG_PKS_KMAP) && PKS_KEYS_COUNTED
#error "no key is opened by count but that of kmap()"
#endif

#if defined(CONFIG_PKS_TEST_ALL_KEYS) && PKS_KEY_MAX != PKS_NUM_PKEYS
#error "the test has all keys"
#endif

#if PKS_KEY_MAX > PKS_NUM_PKEYS
#error "more keys than the CPU has"
#endif

static_assert(PKR_BITS_PER_PKEY == 2 && PKR_PKEY_SHIFT(3) == 6);
static_assert(PKR_AD_BIT == 1 && PKR_WD_BIT == 2);
static_assert(PKR_RW_MASK(15) == 0);
static_assert(PKR_AD_MASK(15) == 0x40000000 && PKR_AD_MASK(0) == 1);
static_assert(PKR_WD_MASK(15) == 0x80000000 && PKR_WD_MASK(0) == 2);

static_assert(PKS_DECLARE_INIT_VALUE(3, RW, 1) == 0);
static_assert(PKS_DECLARE_INIT_VALUE(3, AD, 1) == 0x40);
static_assert(PKS_DECLARE_INIT_VALUE(3, WD, 1) == 0x80);
static_assert(PKS_DECLARE_INIT_VALUE(3, AD, CONFIG_NOBODY_HAS_THIS) == 0);

static_assert(PKS_KEY_DEFAULT_INIT == 0);
#ifdef CONFIG_PKS_TEST
static_assert(PKS_KEY_TEST_INIT == PKR_AD_MASK(PKS_KEY_TEST));
#endif
static_assert(PKS_ALL_AD == 0x55555555 && __same_type(PKS_ALL_AD, unsigned long));
#ifndef CONFIG_PKS_TEST_ALL_KEYS
static_assert((PKS_ALL_AD_MASK & PKS_ALL_AD) ==
	      (PKS_ALL_AD & ~((1ul << PKR_PKEY_SHIFT(PKS_KEY_MAX)) - 1)));
#endif

/* No key but the default one is open to who has asked for nothing */
static_assert(PKS_INIT_VALUE == 0x55555554);
static_assert(__same_type(PKS_INIT_VALUE, unsigned long));

/* What a user adds */
#define PKS_KEY_MINE		PKS_NEW_KEY(PKS_KEY_TEST, 1)
#define PKS_KEY_MINE_INIT	PKS_DECLARE_INIT_VALUE(PKS_KEY_MINE, WD, 1)
static_assert(PKS_KEY_MINE_INIT == 2ul << 2 * (PKS_KEY_TEST + 1));

/* Constants, wherever C wants one */
const unsigned int posted_default[PKS_KEY_MAX] = { [PKS_KEY_DEFAULT] = PKS_INIT_VALUE };

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */
