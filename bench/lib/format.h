/* SPDX-License-Identifier: GPL-2.0 */
/* How figures are written for a reader. */
#ifndef PKS_BENCH_FORMAT_H
#define PKS_BENCH_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* Stands wherever a time of an emulator is shown. */
extern const char emulated_time[];

void format_number(char *out, size_t size, double value);
void format_value(char *out, size_t size, double value, bool count);
void format_difference(char *out, size_t size, double difference);
double interval_percent(double value, double low, double high);

#endif /* PKS_BENCH_FORMAT_H */
