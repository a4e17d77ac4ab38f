// SPDX-License-Identifier: GPL-2.0
/*
 * bochs-idiv: gives Bochs 3.1 a 64-bit IDIV that divides what it was given.
 *
 * Its long_idiv() copies the dividend into a struct of one type and has a function
 * read it as a struct of another. A compiler may take it from there that nobody
 * reads the copy: GCC 16 leaves the store of its lower half out, and the quotient is
 * that of whatever was on the stack. A kernel finds out when it computes what a
 * clocksource is multiplied by. Run with LD_PRELOAD, this puts a jump to a division
 * of the compiler's own at the start of that function.
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

__attribute__((constructor))
static void put_jump(void)
{
	/* movabs $divide, %rax; jmp *%rax */
	unsigned char jump[] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 };
	uintptr_t page, size = sysconf(_SC_PAGESIZE);
	const uintptr_t target = (uintptr_t)divide;
	unsigned char *code;

	code = dlsym(RTLD_DEFAULT, LONG_IDIV);
	/* what starts Bochs inherits LD_PRELOAD, and other versions need nothing */
	if (!code)
		return;
	memcpy(jump + 2, &target, sizeof(target));
	page = (uintptr_t)code & -size;
	if (mprotect((void *)page, 2 * size, PROT_READ | PROT_WRITE | PROT_EXEC)) {
		perror("bochs-idiv: mprotect");
		exit(1);
	}
	memcpy(code, jump, sizeof(jump));
	mprotect((void *)page, 2 * size, PROT_READ | PROT_EXEC);
}
