/* SPDX-License-Identifier: GPL-2.0 */
/* Files of the kernel: short texts, written and read as a whole. */
#ifndef PKS_FILE_H
#define PKS_FILE_H

#include <stddef.h>

int write_file(const char *path, const char *text);
int read_file(const char *path, char *text, size_t size);

#endif /* PKS_FILE_H */
