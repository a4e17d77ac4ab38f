// SPDX-License-Identifier: GPL-2.0
/*
 * bochs-fixes: three mistakes of Bochs 3.1, put right where it runs. With LD_PRELOAD.
 *
 * IDIV of 64 bits. long_idiv() copies the dividend into a struct of one type and has
 * a function read it as a struct of another. A compiler may take it from there that
 * nobody reads the copy: GCC 16 leaves the store of its lower half out, and the
 * quotient is that of whatever was on the stack. A kernel finds out when it computes
 * what a clocksource is multiplied by. A jump to a division of the compiler's own
 * goes to the start of that function.
 *
 * Protection keys. A page is a supervisor page if any entry on the way to it is not
 * of user mode. Bochs asks all of them but the last. For what Linux maps by vmap() the
 * last one decides: Bochs then asks PKRU, and not PKRS, about such a page.
 * handle_pkeys() is called before the last one is looked at, with what the others are;
 * it gets the last one as well, and here it looks at that, too.
 *
 * MONITOR. From then on the CPU that waits must notice each store of another CPU to that
 * line. It does not where the other CPU has the page in its TLB. So Bochs has all CPUs
 * forget the page, but by its physical address, where they look for a linear one: the
 * store wakes nobody. Linux calls an idle CPU by such a store, and waits for the answer;
 * the caller hangs if no timer wakes the other one. Nothing else calls
 * bx_pc_system_c::invlpg(): it becomes what makes all CPUs forget everything.
 *
 * A Bochs that was compiled to something else is left alone. If it has one of the first
 * two mistakes nevertheless, tests fail; if it has the third, they hang now and then,
 * with more than one CPU.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* void long_idiv(Bit128s *, Bit64s *, const Bit128s *, Bit64s) */
#define LONG_IDIV	"_Z9long_idivP7Bit128sPlPKS_l"

/* Bit32u BX_CPU_C::handle_pkeys(bx_address, Bit64u entry, unsigned, bool user_page, unsigned) */
#define HANDLE_PKEYS	"_ZN8BX_CPU_C12handle_pkeysEmmjbj"

/* bx_phy_address BX_CPU_C::translate_linear_long_mode(...), its caller */
#define TRANSLATE	"_ZN8BX_CPU_C26translate_linear_long_modeEmRjS0_jj"

/* void bx_pc_system_c::invlpg(bx_address), and void bx_pc_system_c::MemoryMappingChanged() */
#define INVLPG		"_ZN14bx_pc_system_c6invlpgEm"
#define INVALIDATE_ALL	"_ZN14bx_pc_system_c20MemoryMappingChangedEv"

/* How far from the start of a function what is looked for may be */
#define TRANSLATE_SIZE	2048
#define HANDLE_SIZE	28

/* An instruction with a distance: its first byte, and 32 bits from its end */
#define CALL		0xe8
#define JMP		0xe9
#define BRANCH_SIZE	5

/* The caller has seen to it that the divisor is not 0. */
static void divide(__int128 *quotient, int64_t *remainder,
		   const __int128 *dividend, int64_t divisor)
{
	__int128 n;

	memcpy(&n, dividend, sizeof(n));	/* aligned for 64 bits only */
	*remainder = n % divisor;
	n /= divisor;
	memcpy(quotient, &n, sizeof(n));
}

static void write_code(unsigned char *code, const unsigned char *bytes, size_t len)
{
	const uintptr_t size = sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)code & -size);

	if (mprotect(page, 2 * size, PROT_READ | PROT_WRITE | PROT_EXEC)) {
		perror("bochs-fixes: mprotect");
		exit(1);
	}
	memcpy(code, bytes, len);
	mprotect(page, 2 * size, PROT_READ | PROT_EXEC);
}

static unsigned char *destination(const unsigned char *branch)
{
	int32_t distance;

	memcpy(&distance, branch + 1, sizeof(distance));
	return (unsigned char *)branch + BRANCH_SIZE + distance;
}

static void set_destination(unsigned char *branch, const unsigned char *at, const unsigned char *to)
{
	const int32_t distance = to - (at + BRANCH_SIZE);

	memcpy(branch + 1, &distance, sizeof(distance));
}

/* The first such instruction, to @to unless that is NULL */
static unsigned char *find_branch(unsigned char *code, size_t len, unsigned char opcode,
				  const unsigned char *to)
{
	size_t i;

	for (i = 0; i + BRANCH_SIZE <= len; i++) {
		if (code[i] == opcode && (!to || destination(code + i) == to))
			return code + i;
	}
	return NULL;
}

static void fix_idiv(unsigned char *code)
{
	/* movabs $divide, %rax; jmp *%rax */
	unsigned char jump[] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 };
	const uintptr_t target = (uintptr_t)divide;

	memcpy(jump + 2, &target, sizeof(target));
	write_code(code, jump, sizeof(jump));
}

/*
 * The caller has a part of handle_pkeys() inlined and calls the rest; the function
 * itself jumps to the rest, and is called by nobody. It becomes what the caller
 * calls: user_page &= entry >> 2, and on to the rest.
 */
static void fix_pkeys(unsigned char *handle, unsigned char *translate)
{
	/* mov %edx, %eax; shr $2, %eax; and %eax, %r8d; jmp <the rest> */
	unsigned char look[] = { 0x89, 0xd0, 0xc1, 0xe8, 0x02, 0x41, 0x21, 0xc0, JMP, 0, 0, 0, 0 };
	const size_t last = sizeof(look) - BRANCH_SIZE;
	unsigned char *jump = find_branch(handle, HANDLE_SIZE, JMP, NULL);
	unsigned char branch[BRANCH_SIZE] = { CALL };
	unsigned char *rest, *call;

	if (!jump)
		return;
	rest = destination(jump);
	call = find_branch(translate, TRANSLATE_SIZE, CALL, rest);
	if (!call)
		return;
	set_destination(look + last, handle + last, rest);
	write_code(handle, look, sizeof(look));
	set_destination(branch, call, handle);
	write_code(call, branch, sizeof(branch));
}

static void fix_monitor(unsigned char *invlpg, const unsigned char *invalidate_all)
{
	unsigned char branch[BRANCH_SIZE] = { JMP };

	set_destination(branch, invlpg, invalidate_all);
	write_code(invlpg, branch, sizeof(branch));
}

/* What starts Bochs inherits LD_PRELOAD, and has none of these functions. */
__attribute__((constructor))
static void fix(void)
{
	unsigned char *idiv = dlsym(RTLD_DEFAULT, LONG_IDIV);
	unsigned char *handle = dlsym(RTLD_DEFAULT, HANDLE_PKEYS);
	unsigned char *translate = dlsym(RTLD_DEFAULT, TRANSLATE);
	unsigned char *invlpg = dlsym(RTLD_DEFAULT, INVLPG);
	const unsigned char *invalidate_all = dlsym(RTLD_DEFAULT, INVALIDATE_ALL);

	if (idiv)
		fix_idiv(idiv);
	if (handle && translate)
		fix_pkeys(handle, translate);
	if (invlpg && invalidate_all)
		fix_monitor(invlpg, invalidate_all);
}
