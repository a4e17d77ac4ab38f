/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PKS_KEYS_H
#define _LINUX_PKS_KEYS_H

/*
 * The supervisor protection keys of this kernel. A key belongs to exactly one
 * user; to add one, append an entry below. Keys that are configured out take no
 * number.
 */
#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS

#define PKR_BITS_PER_PKEY	2
#define PKR_AD_BIT		0x1u
#define PKR_WD_BIT		0x2u
#define PKR_PKEY_SHIFT(pkey)	((pkey) * PKR_BITS_PER_PKEY)
#define PKR_PKEY_MASK(pkey)	((PKR_AD_BIT | PKR_WD_BIT) << PKR_PKEY_SHIFT(pkey))

enum {
	/* Every mapping that nobody tagged; always accessible */
	PKS_KEY_DEFAULT,
#ifdef CONFIG_PKS_TEST
	/* For tests of the keys themselves */
	PKS_KEY_TEST,
#endif
#ifdef CONFIG_PKS_KMAP
	/* Pages that are closed unless kmap()ed, see mm/pks/ */
	PKS_KEY_KMAP,
#endif
	PKS_KEY_MAX,
};

/* Hardware has this many, whatever the number of users. */
#define PKS_KEY_HW_MAX		16

/*
 * Access disabled for every key but the default one, used or not. A compile
 * time constant: there is no moment of the boot at which it is not yet known.
 */
#define PKS_INIT_VALUE		0x55555554u

/* Keys that are opened and closed by count, and not by pks_set_readwrite() */
#ifdef CONFIG_PKS_KMAP
#define PKS_KEYS_COUNTED	(1u << PKS_KEY_KMAP)
#else
#define PKS_KEYS_COUNTED	0u
#endif

#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */
#endif /* _LINUX_PKS_KEYS_H */
