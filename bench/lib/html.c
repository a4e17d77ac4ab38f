// SPDX-License-Identifier: GPL-2.0
/* Text on a page, whatever is in it. */
#include "lib/html.h"
#include "lib/results-file.h"

/**
 * put_text() - write text so that it stands on a page as it is
 * @out:	the page
 * @text:	the text
 */
void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

/**
 * put_of() - write a member of an object
 * @out:	the page
 * @object:	the object
 * @key:	the name of a member that is a string
 */
void put_of(FILE *out, const json_t *object, const char *key)
{
	put_text(out, text_of(object, key));
}

/**
 * put_attribute() - write a member of an object as the attribute data-<key>
 * @out:	the page
 * @object:	the object
 * @key:	the name of a member that is a string
 */
void put_attribute(FILE *out, const json_t *object, const char *key)
{
	fprintf(out, " data-%s=\"", key);
	put_of(out, object, key);
	fputc('"', out);
}
