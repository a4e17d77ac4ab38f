/* SPDX-License-Identifier: GPL-2.0 */
/* What gnuplot reads, whatever is in it. */
#ifndef PKS_BENCH_GNUPLOT_H
#define PKS_BENCH_GNUPLOT_H

#include <stdio.h>

void put_quoted(FILE *out, const char *text);
void make_file_name(char *name);

#endif /* PKS_BENCH_GNUPLOT_H */
