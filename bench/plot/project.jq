# SPDX-License-Identifier: GPL-2.0
#
# What one change of access would cost on another machine: the events that were
# counted, extrapolated over the number of CPUs, times what each costs there.
# Comes in: results.json; expects $costs, docs/event-costs.json or another like it.

# The straight line through [x, y] points, least squares
def line:
	length as $n | (map(.[0]) | add / $n) as $mx | (map(.[1]) | add / $n) as $my
	| (map((.[0] - $mx) * (.[0] - $mx)) | add) as $sxx
	| (if $sxx == 0 then 0 else (map((.[0] - $mx) * (.[1] - $my)) | add) / $sxx end) as $b
	| {at_0: ($my - $b * $mx), per_cpu: $b};

def at($cpus): .at_0 + .per_cpu * $cpus;

def of($bench; $name; $scheme):
	[.metrics[] | select(.clock == "instructions" and .kernel == "pks"
		and .benchmark == $bench and .name == $name and .scheme == $scheme)];

# An open and a close are two updates.
def events($scheme):
	of("global-update"; "ipis"; $scheme)
	| if length < 2 then error("\($scheme): counted at \(length) numbers of CPUs, two are needed: measure with CLOCK=instructions") else . end
	| {ipis: map([.cpus, .counters_per_op.ipis / 2]) | line,
	   measured_to: (map(.cpus) | max)};

def cost($event; $case):
	[$costs.costs[] | select(.event == $event and (.case // "") == $case)]
	| if length == 1 then .[0].ns else error("the table of costs needs one entry for \($event) \($case)") end;

def median($name): of("pf-unprotect"; $name; "page") | if length > 0 then .[0].value else error("page: \($name) was not measured") end;

. as $run
| events($costs.scheme) as $serial
| cost("ipis"; "every other CPU answers at once") as $quick
| cost("ipis"; "every other CPU is idle") as $idle
| cost("msr_writes"; "") as $msr | cost("instructions"; "") as $insn
# open, fault and close; the fault and its end write the register
| (median("open") + median("touch") + median("close")) as $page_insn
| (of("pf-unprotect"; "msr-writes"; "page") | .[0].value) as $page_msr
| {
	measured_to: $serial.measured_to,
	ipis_per_update: $serial.ipis,
	page: {instructions: $page_insn, msr_writes: $page_msr},
	claim: ($costs.claim | if . then .cpus as $cpus | ($serial.ipis | at($cpus)) as $ipis
		| . + {projected: [$quick[0] * $ipis, $idle[1] * $ipis]} else null end),
	rows: [range(11) | pow(2; .) as $cpus | ($serial.ipis | at($cpus)) as $ipis
	| {cpus: $cpus, ipis: $ipis,
	   quick: ($quick | map(. * $ipis)), idle: ($idle | map(. * $ipis)),
	   page: [$page_insn * $insn[0] + $page_msr * $msr[0],
		  $page_insn * $insn[1] + $page_msr * $msr[1]]}]
}
