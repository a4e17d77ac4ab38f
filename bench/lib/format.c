// SPDX-License-Identifier: GPL-2.0
/* How figures are written for a reader, in the table and in the page alike. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

const char emulated_time[] =
	"Emulated time, not hardware latency: TCG flushes its TLB at a PKRS write (~8,500 cycles).";

/**
 * format_number() - 1234567.4 as 1,234,567
 * @out:	takes the text
 * @size:	of @out
 * @value:	the number
 *
 * Decimals stand only where they say something.
 */
void format_number(char *out, size_t size, double value)
{
	bool whole = value == floor(value) || fabs(value) >= 100;
	char digits[64];
	size_t len, i, o = 0;

	snprintf(digits, sizeof(digits), "%.*f",
		 whole ? 0 : fabs(value) >= 10 ? 1 : 2, fabs(value));
	len = strcspn(digits, ".");
	if (value < 0 && strspn(digits, "0.") < strlen(digits))
		out[o++] = '-';
	for (i = 0; digits[i] && o + 2 < size; i++) {
		if (i && i < len && (len - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = digits[i];
	}
	out[o] = '\0';
}

/**
 * format_value() - the value of a metric
 * @out:	takes the text
 * @size:	of @out
 * @value:	the value
 * @count:	it is a number of events for each operation
 */
void format_value(char *out, size_t size, double value, bool count)
{
	/* One event in a run is not none. */
	if (count && value != floor(value))
		snprintf(out, size, "%.4g", value);
	else
		format_number(out, size, value);
}

/**
 * format_difference() - a number with its sign
 * @out:	takes the text
 * @size:	of @out
 * @difference:	the number
 */
void format_difference(char *out, size_t size, double difference)
{
	if (difference > 0) {
		*out++ = '+';
		size--;
	}
	format_number(out, size, difference);
}

/**
 * interval_percent() - half the width of an interval
 * @value:	what it is the interval of
 * @low:	its lower end
 * @high:	its upper end
 *
 * Return: percents of the value, rounded up, at most 999; 0 if there is no
 * interval, or no value to be a part of.
 */
double interval_percent(double value, double low, double high)
{
	return value ? fmin(ceil(50 * (high - low) / fabs(value)), 999) : 0;
}
