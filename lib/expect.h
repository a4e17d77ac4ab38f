/* SPDX-License-Identifier: GPL-2.0 */
/* Announcing warnings of the kernel that are meant. */
#ifndef PKS_EXPECT_H
#define PKS_EXPECT_H

int warn_again(void);
int expect_splat(const char *regex);
int allow_splats(const char *regex);
int expect_end(void);

#endif /* PKS_EXPECT_H */
