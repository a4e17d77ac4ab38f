/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pks

#if !defined(_TRACE_PKS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PKS_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

/* A key stopped an access; what became of it. */
DECLARE_EVENT_CLASS(pks_fault,
	TP_PROTO(struct pt_regs *regs, unsigned long address, bool write, u8 pkey),
	TP_ARGS(regs, address, write, pkey),
	TP_STRUCT__entry(
		__field(unsigned long, address)
		__field(unsigned long, ip)
		__field(bool, write)
		__field(u8, pkey)
	),
	TP_fast_assign(
		__entry->address = address;
		__entry->ip = instruction_pointer(regs);
		__entry->write = write;
		__entry->pkey = pkey;
	),
	TP_printk("address=0x%lx ip=%pS write=%d pkey=%u", __entry->address,
		  (void *)__entry->ip, __entry->write, __entry->pkey)
);

DEFINE_EVENT(pks_fault, pks_fault_granted,
	TP_PROTO(struct pt_regs *regs, unsigned long address, bool write, u8 pkey),
	TP_ARGS(regs, address, write, pkey)
);

DEFINE_EVENT(pks_fault, pks_fault_denied,
	TP_PROTO(struct pt_regs *regs, unsigned long address, bool write, u8 pkey),
	TP_ARGS(regs, address, write, pkey)
);

/* The context that was granted the keys is over. */
TRACE_EVENT(pks_grant_ended,
	TP_PROTO(struct task_struct *task, unsigned long keys),
	TP_ARGS(task, keys),
	TP_STRUCT__entry(
		__array(char, comm, TASK_COMM_LEN)
		__field(pid_t, pid)
		__field(unsigned long, keys)
	),
	TP_fast_assign(
		memcpy(__entry->comm, task->comm, TASK_COMM_LEN);
		__entry->pid = task->pid;
		__entry->keys = keys;
	),
	TP_printk("comm=%s pid=%d keys=0x%lx", __entry->comm, __entry->pid,
		  __entry->keys)
);

/* The first kmap_local mapping of a context came, the last one went. */
DECLARE_EVENT_CLASS(pks_domain,
	TP_PROTO(u8 pkey),
	TP_ARGS(pkey),
	TP_STRUCT__entry(
		__field(u8, pkey)
	),
	TP_fast_assign(
		__entry->pkey = pkey;
	),
	TP_printk("pkey=%u", __entry->pkey)
);

DEFINE_EVENT(pks_domain, pks_domain_opened,
	TP_PROTO(u8 pkey),
	TP_ARGS(pkey)
);

DEFINE_EVENT(pks_domain, pks_domain_closed,
	TP_PROTO(u8 pkey),
	TP_ARGS(pkey)
);

#endif /* _TRACE_PKS_H */

#include <trace/define_trace.h>
