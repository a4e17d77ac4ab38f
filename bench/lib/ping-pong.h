/* SPDX-License-Identifier: GPL-2.0 */
/* Two threads of userspace that wake each other in turn. */
#ifndef PKS_BENCH_PING_PONG_H
#define PKS_BENCH_PING_PONG_H

#include "bench.h"

int ping_pong_pipe(struct bench_case *c);
int ping_pong_futex(struct bench_case *c);

#endif /* PKS_BENCH_PING_PONG_H */
