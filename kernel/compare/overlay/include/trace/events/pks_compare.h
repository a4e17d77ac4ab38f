/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pks
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE pks_compare

#if !defined(_TRACE_PKS_COMPARE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PKS_COMPARE_H

#include <linux/tracepoint.h>

/* A scheme changes the rights of the whole machine. */
DECLARE_EVENT_CLASS(pks_global_update,
	TP_PROTO(const char *scheme, bool open, unsigned int cpus),
	TP_ARGS(scheme, open, cpus),
	TP_STRUCT__entry(
		__string(scheme, scheme)
		__field(bool, open)
		__field(unsigned int, cpus)
	),
	TP_fast_assign(
		__assign_str(scheme);
		__entry->open = open;
		__entry->cpus = cpus;
	),
	TP_printk("scheme=%s open=%d cpus=%u", __get_str(scheme),
		  __entry->open, __entry->cpus)
);

DEFINE_EVENT(pks_global_update, pks_global_update_begin,
	TP_PROTO(const char *scheme, bool open, unsigned int cpus),
	TP_ARGS(scheme, open, cpus)
);

DEFINE_EVENT(pks_global_update, pks_global_update_end,
	TP_PROTO(const char *scheme, bool open, unsigned int cpus),
	TP_ARGS(scheme, open, cpus)
);

#endif /* _TRACE_PKS_COMPARE_H */

#include <trace/define_trace.h>
