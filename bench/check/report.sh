#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Self-test of pks-bench and pks-report: the first runs against a fake driver
# with known figures, the second must print and write exactly those.
# Usage: report.sh <folder of the programs>. Output is KTAP.

# shellcheck source=bench/check/lib.sh
. "$(dirname "$0")/lib.sh"

PKS_FAKE_SYSFS=$dir
export PKS_FAKE_SYSFS

# Constants of drivers/pks_test/pks_test_uapi.h
HAS_PKS=1
STORE_HASH=4

# bench <cpus> <flags> <arguments>: pks-bench on a machine like that
bench()
{
	cpus=$1 flags=$2
	shift 2
	# an empty PATH: the tools of this machine have nothing to do with it
	PATH=${tools-} PKS_FAKE_CPUS=$cpus PKS_FAKE_FLAGS=$flags "$bin/pks-bench" "$@" \
		>"$dir/out" 2>&1
}

# boot <folder> <cpus> <flags> [<option>]: adds the samples of one boot to the run
boot()
{
	mkdir -p "$dir/run/$1" &&
	bench "$2" "$3" -n 50 ${4:+"$4"} -o "$dir/run/$1/raw.json"
}

# machine <emulator>: what scripts/ would have written
machine()
{
	for key in target commit kernel config gcc qemu_args tools host_cpu host_cores \
		   host_kernel host_os; do
		printf '"%s": "made up", ' $key
	done | sed "s/^/{/; s/, \$/, \"qemu\": \"$1\"}/" >"$dir/run/machine.json"
}

report()
{
	"$bin/pks-report" "$dir/run" >"$dir/out" 2>&1
}

# shows <name> <pattern>: the report has a line like that
shows()
{
	grep -Eq "$2" "$dir/out"
	result $? "$1"
}

# refuses <name> <pattern> <command>: one line that says so, non-zero exit
refuses()
{
	name=$1 pattern=$2
	shift 2
	! "$@" && grep -v '^\[' "$dir/out" >"$dir/err" &&
		[ "$(wc -l <"$dir/err")" -eq 1 ] && grep -Eq "$pattern" "$dir/err"
	result $? "$name"
}

# refuses_raw <name> <pattern>: the same for a run with the raw.json in $dir/raw
refuses_raw()
{
	cp "$dir/raw" "$dir/run/instructions-2cpu/raw.json"
	rm -f "$dir/run/results.json"
	refuses "$1" "instructions-2cpu/raw.json: .*$2" report
	[ -z "$(find "$dir/run" -maxdepth 1 -name 'results*')" ]
	result $? "$1: nothing is written"
}

# restored: scheme and mode are what they were before pks-bench
restored()
{
	grep -q '\[stop\]' "$dir/kmap" && grep -q '\[relaxed\]' "$dir/mode"
}

broken_bench()
{
	rm -f "$dir/raw.json"
	PKS_FAKE_FAULT=$1 bench 2 $HAS_PKS -n 50 -o "$dir/raw.json"
}

refuses_work()
{
	refuses "pks-bench refuses: $1" "$3" broken_bench "$2"
	[ ! -e "$dir/raw.json" ] && restored
	result $? "pks-bench refuses: $1: nothing is written, the scheme restored"
}

echo "KTAP version 1"
# Neither is what the measurement begins with: both must be put back
echo 'page [stop]' >"$dir/kmap"
echo 'strict [relaxed] silent' >"$dir/mode"

# The programs' answers to good input
for cpus in 1 2 4 8; do
	boot instructions-${cpus}cpu $cpus $HAS_PKS
	result $? "pks-bench measures at $cpus CPUs"
done
restored
result $? "pks-bench puts scheme and mode back"
shows "pks-bench shows how far it is" '^\[([0-9]+)/\1\] [a-z-]+ scheme=stop \.\.\. +[0-9.]+ s$'
boot instructions-1cpu-hash 1 $((HAS_PKS + STORE_HASH))
result $? "pks-bench measures the hash store"
boot instructions-1cpu-lean 1 $HAS_PKS
result $? "pks-bench measures the feature without what it is compared with"
mkdir "$dir/tools" &&
	printf '#!/bin/sh\necho "0.5 usecs/op, 0.5 [sec]"\n' >"$dir/tools/perf" &&
	chmod +x "$dir/tools/perf"
tools=$dir/tools
boot instructions-1cpu-tools 1 $HAS_PKS --tools
result $? "pks-bench measures with tools apart"
tools=
boot instructions-1cpu-nopks 1 0
result $? "pks-bench measures what makes sense without PKS"
shows "without PKS there is no scheme, and less to do" 'scheme=none \.\.\. '
boot instructions-1cpu-none 1 0 && boot time-2cpu 2 $HAS_PKS
result $? "pks-bench measures on the time clock"
machine qemu
report
result $? "pks-report accepts the run"
[ "$(awk '{ if (length > n) n = length } END { print n }' "$dir/out")" -le 100 ]
result $? "no line of the report is longer than 100 characters"
shows "the table of the instruction clock" '^clock: instructions \| unit: instructions, median \| less is better'
shows "the touch, timer subtracted" '^  page +1,250 +1,250 +1,250 +1,250$'
shows "the ratio to the floor" '^  page +1\.25 x'
! grep -q '0\.00 x' "$dir/out"
result $? "a touch without a fault is not compared with the floor"
shows "rows with the same figures are joined" '^  page, stop +60 +60'
shows "stop-the-world grows with the CPUs" '^  stop +5,000 +10,000 +20,000 +40,000$'
shows "IPIs per operation" '^  stop +0 +2 +6 +14$'
shows "what needs tools, from the guest that had some" '^perf bench syscall basic, one call'
shows "one switch, not the pair" '^  .*PKS off at boot.* +1,000 +-'
shows "the difference to PKS compiled out" '^  page.* \+50 +-'
shows "emulated time is marked" 'emulated ns'
shows "emulated time is warned of" 'TCG flushes its TLB'
shows "nanoseconds come from tsc_khz" '^  page +625$'
# costs <jq condition>
costs()
{
	"$bin/pks-project" --costs "$dir/run" "$(dirname "$0")/../../docs/event-costs.json" \
		>"$dir/out" 2>&1 && jq -e "$1" "$dir/out"
}
costs '[.costs[] | [.event, .case, .ns[0]]] == [["ipis", "every other CPU answers at once", 1500],
	["ipis", "every other CPU is idle", 4500], ["msr_writes", null, 100], ["msr_reads", null, 50],
	["faults", null, 625], ["instructions", null, 0.2]]' >"$dir/costs"
result $? "a run on the time clock is a table of costs"
costs '.claim == null and ([.costs[].source] | join(" ") | contains("emulated by qemu"))' >"$dir/costs"
result $? "which says that they are emulated"
cp "$dir/run/results.json" "$dir/first" && report &&
	cmp -s "$dir/first" "$dir/run/results.json"
result $? "the same samples give the same results.json"
grep -q '"format":"pks-bench results"' "$dir/first"
result $? "results.json says what it is"
# per_op <CPUs>: samples and counts of one metric
per_op()
{
	jq -c --argjson cpus "$1" '.metrics[] | select(.benchmark == "pf-unprotect" and
		.name == "touch" and .scheme == "page" and .cpus == $cpus and
		.clock == "instructions" and .kernel == "pks") |
		.n, .counters_per_op' "$dir/run/results.json"
}
boot instructions-4cpu.2 4 $HAS_PKS
report
result $? "pks-report accepts a second boot"
per_op 2 >"$dir/one"
per_op 4 >"$dir/two"
cat "$dir/one" "$dir/two" >"$dir/out"
[ "$(head -n 1 "$dir/two")" -eq $((2 * $(head -n 1 "$dir/one"))) ] &&
	[ "$(tail -n 1 "$dir/two")" = "$(tail -n 1 "$dir/one")" ]
result $? "two boots have twice the samples, and count the same for each operation"
# Boots that differ, in an order that is not that of their figures
for shift in 2,20 3,10; do
	rm -rf "$dir/run/instructions-4cpu.${shift%,*}"
	mkdir "$dir/run/instructions-4cpu.${shift%,*}"
	jq -c --argjson add "${shift#*,}" '(.records[] | select(.step == "handoff") |
		.samples.touch) |= map(. + $add)' \
		"$dir/run/instructions-4cpu/raw.json" >"$dir/run/instructions-4cpu.${shift%,*}/raw.json"
done
report
result $? "pks-report accepts boots that differ"
# jq compares: since 1.7 it prints 1260.0 as that
jq -c '.metrics[] | select(.benchmark == "pf-unprotect" and .name == "touch" and
	.scheme == "page" and .cpus == 4 and .clock == "instructions" and .kernel == "pks") |
	[.n, .value, .per_boot, .p25_per_boot, .interval] |
	if . == [150, 1260, [1250, 1260, 1270], [1250, 1260, 1270], [1250, 1270]] then "so"
	else . end' "$dir/run/results.json" >"$dir/out"
[ "$(cat "$dir/out")" = '"so"' ]
result $? "their figures are in order, and the interval is that between them"
rm -r "$dir/run/instructions-4cpu.2" "$dir/run/instructions-4cpu.3"
machine none
report
! grep -q -e emulated -e TLB "$dir/out" && grep -q 'unit: ns, median' "$dir/out"
result $? "a real machine's nanoseconds are not called emulated"

# Bad input to pks-report
good=$dir/good
cp "$dir/run/instructions-2cpu/raw.json" "$good"
: >"$dir/raw"
refuses_raw "an empty file" "empty"
head -c 5000 "$good" >"$dir/raw"
refuses_raw "a file that was cut short" "cut short"
sed 's/"pks-bench raw"/"other"/' "$good" >"$dir/raw"
refuses_raw "a file of another program" "expected format"
sed 's/"cpus_online":2/"cpus_online":3/' "$good" >"$dir/raw"
refuses_raw "samples of another number of CPUs" "expected CPUs 2, came 3"
sed 's/"pks":true/"pks":false/' "$good" >"$dir/raw"
refuses_raw "samples of another kernel" "expected PKS .* 1, came 0"
sed 's/"records":.*"skipped"/"records":[],"skipped"/' "$good" >"$dir/raw"
refuses_raw "a file without samples" "no samples"
sed 's/"done":50/"done":51/' "$good" >"$dir/raw"
refuses_raw "samples that are missing" "not as many samples"
sed 's/"touch":\[20,/"touch":["a",/' "$good" >"$dir/raw"
refuses_raw "a sample that is no number" "not an integer"
rm "$dir/run/instructions-2cpu/raw.json"
refuses "a boot without samples" "raw.json.*No such file" report
cp "$good" "$dir/run/instructions-2cpu/raw.json"
mkdir "$dir/run/time-2cpu-debug"
refuses "a folder that cannot be read" "expected a folder" report
rmdir "$dir/run/time-2cpu-debug"
sed -i 's/"commit"/"comit"/' "$dir/run/machine.json"
refuses "a machine without identity" 'expected a string "commit"' report
machine qemu
! "$bin/pks-report" "$dir/run" >/dev/full 2>"$dir/out" &&
	grep -q "No space left" "$dir/out"
result $? "a full disk is reported"

# Bad input to pks-bench, and work that was not done
refuses_work "grants that are missing" grants 'page: expected grants = 50, came 49'
refuses_work "wrong data" wrong 'expected accesses with wrong data = 0, came 1'
refuses_work "accesses that are missing" touched 'expected accesses = 50, came 49'
refuses_work "switches that are missing" switches 'expected context switches >= 100, came 99'
refuses_work "a phase without ticks" ticks 'expected .*ticks > 0, came 0'
refuses_work "access after a close of all" exposure \
	'expected accesses after the close = 0, came 50'
refuses_work "another version of the driver" version 'speaks version [0-9]*, this program [0-9]*: build both'
refuses_work "a signal" signal 'interrupted'
refuses "an unknown scheme" 'no scheme "x", it has: page, stop' \
	bench 1 $HAS_PKS -s x -o "$dir/raw.json"
refuses "a scheme without PKS" 'no PKS' bench 1 0 -s page -o "$dir/raw.json"
for bad in "-n 0" "-n 1x" "-b x" "-n 5"; do
	# shellcheck disable=SC2086 # two words
	! bench 1 $HAS_PKS $bad && [ -s "$dir/out" ]
	result $? "pks-bench refuses $bad"
done
for scheme in page stop; do
	bench 2 $HAS_PKS --in-turn -b kmap-local -s $scheme -o "$dir/raw.json" &&
	jq -e --arg s $scheme 'any(.skipped[]?; .step == "4096") == ($s != "page") and
		any(.records[]; .step == "4096") == ($s == "page")' "$dir/raw.json" >"$dir/out"
	result $? "many pages, with CPUs in turn: $scheme"
done
bench 1 $HAS_PKS -l && grep -q '^pf-unprotect: ' "$dir/out"
result $? "pks-bench lists its benchmarks"

finish
