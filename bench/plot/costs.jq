# SPDX-License-Identifier: GPL-2.0
#
# What events cost on the machine of a run, as its time clock had it: the same as
# docs/event-costs.json, for project.jq. Comes in: results.json; expects $costs, that
# file, for what no clock tells.

def needs($what): error("\($what) was not measured on the time clock: measure on the machine whose costs these are to be");

# The guest with the most CPUs; the least and the greatest median of its boots
def measured($benchmark; $name; $scheme):
	[.metrics[] | select(.clock == "time" and .kernel == "pks" and .benchmark == $benchmark
		and .name == $name and .scheme == $scheme)] | max_by(.cpus)
	| if . then . else needs("\($benchmark) \($name)") end;

. as $run
| [.boots[] | select(.clock == "time")][0].driver.tsc_khz as $khz
| .machine as $machine
| (if $machine.qemu == "none" then "measured" else "emulated by \($machine.qemu), no cost of hardware" end) as $how
| def cost($event; $case; $benchmark; $name; $scheme):
	($run | measured($benchmark; $name; $scheme))
	| {event: $event} + (if $case then {case: $case} else {} end)
	+ {ns: ([(.per_boot | min), (.per_boot | max)] | map(. * 10 | round / 10)),
	   source: "\($how): \(.title): \(.value * $khz / 1e6 | round) cycles of a TSC at \($khz / 1000 | round) MHz"};
  ($run.metrics | map(select(.benchmark == "events"))[0].scheme) as $scheme
| $costs
| .cpu = ([$machine | .host_cpu, (to_entries[]
	| select(.key | IN("microcode", "frequency_driver", "governor", "turbo", "smt"))
	| "\(.key) \(.value)")] | join(", "))
| .claim = null
| .costs = [
	cost("ipis"; "every other CPU answers at once"; "events"; "ipi-busy"; $scheme),
	cost("ipis"; "every other CPU is idle"; "events"; "ipi-idle"; $scheme),
	cost("msr_writes"; null; "events"; "wrmsr"; $scheme),
	cost("msr_reads"; null; "events"; "rdmsr"; $scheme),
	cost("faults"; null; "pf-unprotect"; "touch"; "page"),
	(.costs[] | select(.event == "instructions"))]
