/* SPDX-License-Identifier: GPL-2.0 */
/* The results as text. */
#ifndef PKS_REPORT_TABLE_H
#define PKS_REPORT_TABLE_H

#include "result.h"

int tables_print(const struct results *results);

#endif /* PKS_REPORT_TABLE_H */
