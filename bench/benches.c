// SPDX-License-Identifier: GPL-2.0
/* The table of benchmarks: a new one is one file and one line here. */
#include "lib/bench.h"

const struct bench * const benches[] = {
	&bench_memory,
	&bench_size,
	&bench_kmap,
	&bench_kmap_local,
	&bench_pf_unprotect,
	&bench_ctx_switch,
	&bench_entry,
	&bench_global_update,
	&bench_tag,
	&bench_bystander,
	&bench_exposure,
	&bench_system,
	&bench_fio,
	&bench_stress_ng,
	&bench_dax,
	&bench_events,
};

const unsigned int nr_benches = ARRAY_SIZE(benches);
