#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Self-test of pks-verdict: a run is measured with the fake driver, and each figure of
# the verdict must be what anyone finds in its results.json.
# Usage: verdict.sh <folder of the programs>. Output is KTAP.

# shellcheck disable=SC2016 # jq's variables
# shellcheck source=bench/check/lib.sh
. "$(dirname "$0")/lib.sh"
src=$(dirname "$0")/..

# Constants of drivers/pks_test/pks_test_uapi.h
HAS_PKS=1

# boot <folder> <cpus> <flags> <ticks> <option>...: a boot of the run, whose samples are
# longer by so many ticks, and under the scheme stop by a thousand more, so that no two
# figures are the same
boot()
{
	mkdir -p "$dir/run/$1"
	raw=$dir/run/$1/raw.json cpus=$2 flags=$3 ticks=$4
	shift 4
	PATH='' PKS_FAKE_SYSFS=$dir PKS_FAKE_CPUS=$cpus PKS_FAKE_FLAGS=$flags \
		"$bin/pks-bench" -n 50 "$@" -o "$raw" > "$dir/out" 2>&1 &&
		jq -c --argjson ticks "$ticks" '(.records[] | select(.step != "timer")) |=
			((if .scheme == "stop" then 1000 else 0 end + $ticks) as $more
			| .samples |= map_values(map(. + $more)))' "$raw" > "$dir/shifted" &&
		mv "$dir/shifted" "$raw"
}

# report <emulator>: results.json
report()
{
	for key in target commit kernel config gcc qemu_args tools host_cpu host_cores \
		   host_kernel host_os; do
		printf '"%s": "made up", ' $key
	done | sed "s/^/{/; s/, \$/, \"qemu\": \"$1\"}/" > "$dir/run/machine.json"
	"$bin/pks-report" "$dir/run" > "$dir/out" 2>&1
}

# run_like <name> <jq program>: the run with other results
run_like()
{
	mkdir -p "$dir/$1"
	jq -c "$2" "$dir/run/results.json" > "$dir/$1/results.json"
}

# verdict <argument>...
verdict()
{
	"$bin/pks-verdict" "$@" > "$dir/out" 2>&1
}

# shows <name> <pattern>
shows()
{
	grep -Eq -e "$2" "$dir/out"
	result $? "$1"
}

# lacks <name> <pattern>
lacks()
{
	! grep -Eq -e "$2" "$dir/out"
	result $? "$1"
}

# fits <name>: on a screen
fits()
{
	awk 'length > 100 { exit 1 } END { exit !NR || NR > 30 }' "$dir/out"
	result $? "$1: at most 30 lines of 100 characters"
}

# refuses <name> <pattern>: with one line
refuses()
{
	[ "$(wc -l < "$dir/out")" -eq 1 ] && grep -Eq "$2" "$dir/out"
	result $? "$1"
}

# found <run>: each answer that the results have, as "label|CPUs|fewest|most", where a
# metric that is compared with another kernel counts where that was measured
found()
{
	jq -r '.metrics as $all
		| def more: .baseline[] | select(.kernel == "nopks") | .difference;
		  def multiple: . as $m | select(.over and .counters_per_op.faults >= 1)
			| .value / ($all[] | select(.benchmark == $m.benchmark and .clock == $m.clock
				and .cpus == $m.cpus and .kernel == $m.kernel
				and .scheme == $m.scheme and .name == $m.over) | .value);
		  def line($title; figure): map({cpus, figure: first(figure)}) | sort_by(.cpus)
			| select(length > 0) | (map(.figure) | if length > 1 then [first, last] else . end) as $f
			| [$title, (map(.cpus) | [first, last] | unique | join(", ")),
			   ($f[] * 100 | round / 100)] | join("|");
		  ["global", "bystander"] as $each | ["switch", "entry", "unprotected"] as $compared
		| [$all[] | select(.question and .kernel == "pks" and .scheme != "off")]
		| group_by(.question)[] | .[0].question as $question
		| map(select(IN($question; $each[]) or .scheme == "page"))
		| (map(.clock) | min) as $clock | map(select(.clock == $clock))
		| group_by([.benchmark, .name, .scheme])[]
		| (.[0] | .title + if IN($question; $each[]) then ": " + .scheme else "" end) as $title
		| if IN($question; $compared[])
		  then map(select([more] | length == 1)) | line($title; more)
		  else line($title; .value) end,
		  (map(select([multiple] | length == 1))
			| line("the same, as a multiple of the cheapest exception"; multiple))' \
		"$1/results.json" | sort
}

# printed: the same from the verdict, without what is in brackets
printed()
{
	sed -nE '/^clock:|^not measured:|->/d; /\([^)]*\)$/{
		s/^(.{52})/\1|/; s/ *\| */|/; s/([0-9]) +([+0-9.,-]+( x)?) \([^)]*\)/\1|\2/
		s/ +([+0-9.,-]+( x)?) \([^)]*\)$/|\1/; s/ x(\||$)/\1/g; p }' "$dir/out" |
		awk -F '|' -v OFS='|' '{
			for (i = 3; i <= NF; i++) { gsub(",", "", $i); $i = $i + 0 }
			print }' | sort
}

# agrees <name> <run>: with its results.json
agrees()
{
	found "$2" > "$dir/found"
	printed > "$dir/printed"
	diff "$dir/found" "$dir/printed" > "$dir/differ"
	status=$?
	[ -s "$dir/found" ] || status=1
	[ $status -eq 0 ] || cp "$dir/differ" "$dir/out"
	result $status "$1"
}

echo "KTAP version 1"
echo 'page [stop]' > "$dir/kmap"
echo 'strict [relaxed] silent' > "$dir/mode"
# On the instruction clock without what needs two CPUs that run at the same time
in_turn='-b kmap -b kmap-local -b pf-unprotect -b ctx-switch -b entry -b global-update'
# shellcheck disable=SC2086 # words
boot instructions-1cpu 1 $HAS_PKS 40 $in_turn && boot instructions-8cpu 8 $HAS_PKS 80 $in_turn &&
	boot instructions-1cpu-nopks 1 0 3 $in_turn && boot time-2cpu 2 $HAS_PKS 20 && report qemu
result $? "a run to judge"

# What it says
verdict "$dir/run"
result $? "pks-verdict accepts the run"
sed -n 's/^#define BENCH_VERDICT_[A-Z]*[[:space:]]*"\(.*\)"$/\1/p' "$src/lib/bench.h" |
	sort > "$dir/questions"
jq -r '.metrics[].question // empty' "$dir/run/results.json" | sort -u > "$dir/asked"
[ "$(wc -l < "$dir/questions")" -ge 7 ] && cmp -s "$dir/questions" "$dir/asked"
result $? "each question has a metric that answers it"
lacks "and an answer" '^not measured'
agrees "each figure is that of results.json" "$dir/run"
verdict "$dir/run"
fits "two schemes"
shows "emulated time is warned of" 'not hardware latency'
shows "without a reference there is none" '\(no reference\)'
shows "nor a figure of it" '^first open, kmap\(\): page +1, 8 +70 \(-\) +110 \(-\)$'
shows "without a run before nothing has changed" '^no run before this one'

# Beside a reference, and after another run
run_like reference '(.metrics[] | select(.question and .kernel == "pks") | .value) += 5'
verdict -r "$dir/reference" "$dir/run"
shows "a figure of the reference" '^first open, kmap\(\): stop +1, 8 +1,070 \(1,075\) +1,110 \(1,115\)$'
shows "its difference from PKS off" '^there and back: a plain exception +1 +\+37 \(\+42\)$'
shows "its multiple of the floor" '^the same, as a multiple.* 1\.24 x \(1\.25 x\) '
shows "its time on the same machine" '^longest stall .*: page +2 +25 \(30\)$'
run_like reference '(.metrics[] | select(.question and .kernel == "pks") | .value) += 5
	| .machine.host_cpu = "another"'
verdict -r "$dir/reference" "$dir/run"
shows "no time of another machine" '^longest stall .*: page +2 +25 \(-\)$'
shows "but its instructions" '^first open, kmap\(\): page +1, 8 +70 \(75\)'
run_like before 'def less($by): .value -= $by | .distribution.values |= map(. - $by);
	(.metrics[] | select(.clock == "instructions" and .benchmark == "kmap" and .scheme == "page"
		and .cpus == 1 and .kernel == "pks")) |=
		({pair: 10, nested: 40, unprotected: 20, "pair-16": 30}[.name] as $by
		| if $by then less($by) else . end)
	| (.metrics[] | select(.benchmark == "global-update" and .name == "close" and .scheme == "page"
		and .cpus == 1)) |= less(-10)'
verdict -b "$dir/before" "$dir/run"
shows "how many became what" \
	"^$(jq '.metrics | length' "$dir/run/results.json") figures are also in before: .* 1 better, 4 worse\$"
[ "$(sed -n 's/^  worse: kmap \([^,]*\), page, pks, 1 CPU: \(.*\)/\1 \2/p' "$dir/out" | tr '\n' ' ')" = \
	"nested 100 -> 140 instructions pair-16 110 -> 140 instructions unprotected 120 -> 140 instructions " ]
result $? "the three that are worst, the worst first"
run_like before '(.metrics |= map(select(.name == "pair")))
	| (.metrics[] | select(.kernel == "pks")) |= (.value -= 9 | .distribution.values |= map(. - 9))'
run_like five 'def under($s): .scheme = $s; .metrics |= map(if .scheme == "stop"
	then ., under("ipi"), under("ipi-serial"), under("setmem"), under("off") else . end)'
verdict -r "$dir/reference" -b "$dir/before" "$dir/five"
fits "all schemes, three that are worse, and a reference"
shows "one that does not protect is left out" '^first open, kmap\(\): setmem'
lacks "and only that one" '^first open, kmap\(\): off'
verdict "$dir/five"
agrees "each figure of all schemes is that of results.json" "$dir/five"

# What was not measured
# without <name> <jq filter of the metrics> <pattern of the lines> <how many>
without()
{
	run_like part ".metrics |= map($2)"
	verdict "$dir/part"
	[ "$(grep -Ec "^not measured: .*$3" "$dir/out")" -eq "$4" ] &&
		[ "$(grep -c '^not measured' "$dir/out")" -eq "$4" ]
	result $? "$1: $4 questions have no answer"
	fits "$1"
	agrees "$1: the others do" "$dir/part"
}
without "PKS was never off" 'select(.kernel != "nopks") | .baseline = []' \
	'needs a boot with PKS off' 3
without "the instruction clock alone" 'select(.clock == "instructions")' \
	'needs two CPUs on the time clock' 2
without "the time clock alone" 'select(.clock == "time")' 'needs a boot with PKS off' 3
without "one CPU alone" 'select(.cpus == 1)' 'needs two CPUs on the time clock' 2
run_like part '.metrics |= map(select(.name == "pair"))'
verdict "$dir/part"
[ "$(grep -c '^not measured' "$dir/out")" -eq 8 ]
result $? "none of them: 8 questions have no answer"
report none
verdict "$dir/run"
lacks "a real machine's time is not emulated" 'mulated|TLB'
shows "and is in nanoseconds" '^clock: time \| unit: ns, median'

# Bad input
! verdict "$dir/nowhere"
refuses "no such run: refused" 'nowhere/results.json: measure again'
! verdict -r "$dir/nowhere" "$dir/run"
refuses "no such reference: refused" 'nowhere/results.json'
jq -c '.version = 2' "$dir/run/results.json" > "$dir/before/results.json"
! verdict -b "$dir/before" "$dir/run"
refuses "results of another version: refused" 'before/results.json: expected .*, version 2'
! "$bin/pks-verdict" "$dir/run" > /dev/full 2> "$dir/out" && grep -q 'No space left' "$dir/out"
result $? "a full disk is reported"
! verdict "$dir/run" "$dir/run" && ! verdict
result $? "one run, no more and no less"

finish
