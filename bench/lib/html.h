/* SPDX-License-Identifier: GPL-2.0 */
/* Text on a page, whatever is in it. */
#ifndef PKS_BENCH_HTML_H
#define PKS_BENCH_HTML_H

#include <jansson.h>
#include <stdio.h>

void put_text(FILE *out, const char *text);
void put_of(FILE *out, const json_t *object, const char *key);
void put_attribute(FILE *out, const json_t *object, const char *key);

#endif /* PKS_BENCH_HTML_H */
