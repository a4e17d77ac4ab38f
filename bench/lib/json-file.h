/* SPDX-License-Identifier: GPL-2.0 */
/* JSON files: read with a message that helps, written all or nothing. */
#ifndef PKS_BENCH_JSON_FILE_H
#define PKS_BENCH_JSON_FILE_H

#include <jansson.h>

json_t *json_file_load(const char *path);
int json_file_save(const json_t *root, const char *path, size_t flags);

#endif /* PKS_BENCH_JSON_FILE_H */
