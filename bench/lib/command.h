/* SPDX-License-Identifier: GPL-2.0 */
/* Running another program and taking what it prints. */
#ifndef PKS_BENCH_COMMAND_H
#define PKS_BENCH_COMMAND_H

#include <stdbool.h>

bool command_exists(const char *name);
char *command_output(const char *command);
char *command_output_everywhere(const char *command);

#endif /* PKS_BENCH_COMMAND_H */
