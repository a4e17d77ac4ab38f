// SPDX-License-Identifier: GPL-2.0
/* What gnuplot reads, whatever is in it. */
#include <ctype.h>
#include <string.h>

#include "gnuplot.h"

/**
 * put_quoted() - write what stands between the quotes of a string
 * @out:	commands or data of gnuplot
 * @text:	the text; nothing in it is taken for a command
 */
void put_quoted(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(strchr("\"\\`", *text) ? '\'' : *text, out);
}

/**
 * make_file_name() - make a name one that a file can have anywhere
 * @name:	changed in place, and as long as before
 */
void make_file_name(char *name)
{
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && *name != '.')
			*name = '-';
	}
}
