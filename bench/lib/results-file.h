/* SPDX-License-Identifier: GPL-2.0 */
/* The results.json of a run, as those read it who did not compute it. */
#ifndef PKS_BENCH_RESULTS_FILE_H
#define PKS_BENCH_RESULTS_FILE_H

#include <jansson.h>
#include <stdbool.h>

const char *text_of(const json_t *object, const char *key);
double number_of(const json_t *object, const char *key);
bool is_emulated(const json_t *machine);
const char *clock_title(const json_t *metric, const json_t *machine);
json_t *results_file_load(const char *dir);

#endif /* PKS_BENCH_RESULTS_FILE_H */
