/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PKS_KEYS_H
#define _LINUX_PKS_KEYS_H

/*
 * The supervisor protection keys of this kernel. Macros without a cast, which #if
 * understands, and next to no includes: thread_struct needs them.
 */
#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#include <linux/kconfig.h>
#include <asm/pkeys_common.h>

/**
 * PKS_NEW_KEY() - the number of a key
 * @prev:	the key before it
 * @config:	its user's config symbol, or 1
 *
 * A key that is configured out takes no number: what has its name has @prev's.
 */
#define PKS_NEW_KEY(prev, config)	((prev) + __is_defined(config))

/**
 * PKS_DECLARE_INIT_VALUE() - what a context that has asked for nothing may do
 * @pkey:	a key
 * @value:	RW, AD or WD, see PKR_AD_MASK()
 * @config:	as for PKS_NEW_KEY()
 */
#define PKS_DECLARE_INIT_VALUE(pkey, value, config)			\
	(PKR_##value##_MASK(pkey) * __is_defined(config))

/*
 * A key belongs to exactly one user. To add one: a line here, which PKS_KEY_FREE
 * counts from, a line below for its initial value, and that ORed in. What is left
 * out of the last two would be open to everybody, and does not compile.
 */
#define PKS_KEY_DEFAULT		0	/* every mapping that nobody tagged */
#define PKS_KEY_TEST		PKS_NEW_KEY(PKS_KEY_DEFAULT, CONFIG_PKS_TEST)
#define PKS_KEY_KMAP		PKS_NEW_KEY(PKS_KEY_TEST, CONFIG_PKS_KMAP)
#define PKS_KEY_PGMAP_PROTECTION					\
	PKS_NEW_KEY(PKS_KEY_KMAP, CONFIG_DEVMAP_ACCESS_PROTECTION)
#define PKS_KEY_FREE		PKS_NEW_KEY(PKS_KEY_PGMAP_PROTECTION, 1)

#define PKS_KEY_DEFAULT_INIT	PKS_DECLARE_INIT_VALUE(PKS_KEY_DEFAULT, RW, 1)
#define PKS_KEY_TEST_INIT	PKS_DECLARE_INIT_VALUE(PKS_KEY_TEST, AD, CONFIG_PKS_TEST)
#define PKS_KEY_KMAP_INIT	PKS_DECLARE_INIT_VALUE(PKS_KEY_KMAP, AD, CONFIG_PKS_KMAP)
#define PKS_KEY_PGMAP_PROTECTION_INIT					\
	PKS_DECLARE_INIT_VALUE(PKS_KEY_PGMAP_PROTECTION, AD,		\
			       CONFIG_DEVMAP_ACCESS_PROTECTION)

/* The keys that nobody has */
#define PKS_ALL_AD_MASK		(~0UL << PKR_PKEY_SHIFT(PKS_KEY_FREE))

/* PKRS of a context that has asked for nothing */
#define PKS_INIT_VALUE							\
	((PKS_ALL_AD & PKS_ALL_AD_MASK) | PKS_KEY_DEFAULT_INIT |	\
	 PKS_KEY_TEST_INIT | PKS_KEY_KMAP_INIT | PKS_KEY_PGMAP_PROTECTION_INIT)

/* All keys below it may be used; the test of all keys has those of nobody, too. */
#ifdef CONFIG_PKS_TEST_ALL_KEYS
#define PKS_KEY_MAX		PKS_NUM_PKEYS
#else
#define PKS_KEY_MAX		PKS_KEY_FREE
#endif

/* A bit for each key that is opened by count: by mapping, not by whoever asks */
#define PKS_KEYS_COUNTED	(__is_defined(CONFIG_PKS_KMAP) << PKS_KEY_KMAP)

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */
#endif /* _LINUX_PKS_KEYS_H */
