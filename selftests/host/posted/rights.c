// SPDX-License-Identifier: GPL-2.0
/* linux/pks.h and nothing else: what a user calls, where there is PKS and where not */
#include <linux/pks.h>

bool posted_rights(struct pt_regs *regs);
bool posted_rights(struct pt_regs *regs)
{
	if (!pks_available())
		return false;
	pks_set_readwrite(1);
	pks_set_noaccess(1);
	pks_update_exception(regs, 1, 0);
	return true;
}

#ifdef CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS
static_assert(PKEY_READ_WRITE == 0);
static_assert(__same_type(&pks_available, bool (*)(void)));
static_assert(__same_type(&pks_set_readwrite, void (*)(u8)));
static_assert(__same_type(&pks_set_noaccess, void (*)(u8)));
static_assert(__same_type(&pks_update_protection, void (*)(u8, u8)));
static_assert(__same_type(&pks_update_exception, void (*)(struct pt_regs *, u8, u8)));
static_assert(__same_type(pks_key_callback, bool (*)(struct pt_regs *, unsigned long, bool)));

void posted_protection(void);
void posted_protection(void)
{
	pks_update_protection(1, PKEY_READ_WRITE);
	pks_update_protection(1, PKEY_DISABLE_WRITE);
	pks_update_protection(1, PKEY_DISABLE_ACCESS);
}

const pks_key_callback posted_callbacks[PKS_KEY_MAX] = {
#ifdef CONFIG_PKS_TEST
	[PKS_KEY_TEST] = pks_test_fault_callback,
#endif
};
#endif /* CONFIG_ARCH_ENABLE_SUPERVISOR_PKEYS */
