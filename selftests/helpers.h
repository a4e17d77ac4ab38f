/* SPDX-License-Identifier: GPL-2.0 */
/* Files, registers of other CPUs, the kernel's log, and runs by name. */
#ifndef PKS_SELFTESTS_HELPERS_H
#define PKS_SELFTESTS_HELPERS_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

#include "choice.h"
#include "counters.h"
#include "driver.h"
#include "expect.h"
#include "file.h"

#define PKS_MSR			0x6e1
#define PKS_MSR_DEFAULT		0x55555554u

int pin_to_cpu(int cpu);
int cpu_count(void);
pid_t fork_with_pipe(int *end);
int keep_cpus_busy(void);
bool file_contains(const char *path, const char *text);
int read_msr(int cpu, __u32 msr, __u64 *val);
int write_msr(int cpu, __u32 msr, __u64 val);
int set_cpu_online(int cpu, bool online);
unsigned long sum_counter(const char *path, const char *name);
unsigned long sum_interrupts(const char *name);
int set_mode(const char *mode);
bool has_schemes(void);
void want_driver(void);
int load_driver(void);
int unload_driver(void);
const char *cannot_kmap(const struct driver *drv);
const char *cannot_sleep(void);
int sleep_and_wake(void);
off_t find_in_kcore(int fd, __u64 addr, bool virtual);
__u64 kernel_symbol(const char *wanted);
__u64 kernel_symbol_behind(__u64 addr);
const char *cannot_fail(void);
int fail_at(unsigned int nr);
int fail_anyones(const char *function, unsigned int nr);
int fail_no_more(void);
long free_kib(void);
int kmsg_now(void);
const char *kmsg_find(int since, const char *text);
bool kmsg_says(int since, const char *text);
bool kmsg_says_of(int since, const char *text, unsigned long long pfn);
int run_pattern(struct driver *drv, const char *pattern, const char *context,
		struct pks_test_run *run);
bool next_scheme_for_all(const struct driver *drv, unsigned int *index,
			 struct pks_test_item *item);
bool next_context(struct driver *drv, unsigned int *index,
		  struct pks_test_item *item, struct pks_test_run *run);

#endif /* PKS_SELFTESTS_HELPERS_H */
