#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Self-test of pks-plot and pks-project on runs with known figures: the data that they
# leave for gnuplot, the page, and the projection. Usage: plot.sh <folder of the programs>. Output is KTAP.

# shellcheck source=bench/check/lib.sh
. "$(dirname "$0")/lib.sh"
check=$(dirname "$0")

# run <jq filter>: a run, changed by the filter. In it: a metric that is drawn against
# the CPUs and as a distribution, which is one number under page; one that is drawn as
# bars beside a kernel without PKS; and a count whose title is none of HTML's
run()
{
	rm -rf "$dir/run" "$dir/plots"
	mkdir "$dir/run" "$dir/plots"
	jq -n 'def metric: {name: "touch", title: "a touch", benchmark: "b", scheme: "page",
			clock: "instructions", cpus: 1, kernel: "pks", kind: "samples",
			unit: "instructions", better: "less", n: 4, value: 392,
			per_boot: [391, 393], interval: [380, 400], plots: ["cpus", "distribution"],
			distribution: {values: [392], counts: [4]}, baseline: [], min: 392,
			desc: "one", chapter: "What is it?", shows: "It rises."};
		def stop: .scheme = "stop" | .value = 10.5 | .interval = [10, 11] |
			.distribution = {values: [0, 10, 100], counts: [1, 2, 1]};
		def bars: .benchmark = "c" | .name = "bars" | .plots = ["schemes"] |
			.chapter = "What else?";
		{format: "pks-bench results", version: 3, machine: {qemu: "7.2", host_cpu: "<x>"},
		 boots: [{folder: "instructions-1cpu"}],
		 metrics: [(metric | ., stop), (metric | bars
			| .baseline = [{kernel: "nopks", metric: "bars", value: 390, difference: 2}]),
			(metric | bars | .scheme = "none" | .kernel = "nopks" | .value = 390),
			(metric | .name = "n" | .kind = "count" | .value = 0.00123456 |
			 .title = "a < b & \"c\"" | .plots = [] | del(.interval)),
			(metric | .cpus = 2 | (.value = 784 | .distribution.values = [784]), stop),
			(metric | bars | .cpus = 2)]}' |
		jq "$1" >"$dir/run/results.json"
}

plot()
{
	"$bin/pks-plot" "$dir/run" "$dir/plots" >"$dir/body" 2>"$dir/out" &&
		{ echo '<html>'; cat "$dir/body"; echo '</html>'; } >"$dir/page"
}

# page <check>: by page.sh
page()
{
	"$check/page.sh" "$1" "$dir/run/results.json" "$dir/page" "$dir/plots" >"$dir/out" 2>&1
}

# holds <name> <file> <lines that it has, no others>
holds()
{
	printf '%s\n' "$3" >"$dir/want"
	diff "$dir/want" "$dir/plots/$2" >"$dir/out"
	result $? "$1"
}

# has <name> <pattern>: a line of the page
has()
{
	cp "$dir/body" "$dir/out"
	grep -Eq "$2" "$dir/body"
	result $? "$1"
}

# refuses <name> <pattern> <command>: one line that says so, non-zero exit
refuses()
{
	name=$1 pattern=$2
	shift 2
	! "$@" >/dev/null 2>"$dir/out" && [ "$(wc -l <"$dir/out")" -eq 1 ] &&
		grep -Eq "$pattern" "$dir/out"
	result $? "$name"
}

echo "KTAP version 1"
run .
plot
result $? "pks-plot accepts the run"
holds "a line a scheme, a point a number of CPUs" b-touch-instructions-cpus.dat \
'CPUs "page"
1 392
2 784


CPUs "stop"
1 10.5
2 10.5

'
holds "the share of samples, with the corners of its steps, of what has any" \
	b-touch-instructions-distribution.dat \
'value "stop" mark
0 0 NaN
0 0.25 0.25
10 0.25 NaN
10 0.75 0.75
100 0.75 NaN
100 1 1

'
holds "bars are of the CPUs that there is something to compare with" \
	c-bars-instructions-schemes.dat \
'0 392 391 393 "page"
1 390 390 390 "nopks"'
grep -A 5 'file = "b-touch-instructions-distribution"' "$dir/plots/draw.gp" >"$dir/out" &&
	grep -q '^styles = "2 "$' "$dir/out" && grep -q '^where = "2 CPUs, instruction clock"$' "$dir/out"
result $? "a scheme keeps its style where another is missing"
has "what is one number is told in words" 'page: all 4 samples are 784 instructions\.'
has "what grows is told" 'From 1 to 2 CPUs: page 2 x, stop 1 x\.'
has "a difference to a kernel without PKS" '<data value="2">\+2</data>'
has "a rare event is not none" '<data value="0.00123456">0.001235</data>'
for what in well-formed figures one-number questions; do
	page $what
	result $? "the page is right: $what"
done
run '(.metrics[] | select(.benchmark == "b") | .distribution) = {values: [7], counts: [4]}'
plot
result $? "pks-plot accepts a run that has one number"
[ ! -e "$dir/plots/b-touch-instructions-distribution.dat" ] &&
	! grep -q 'file = .*distribution' "$dir/plots/draw.gp" && page one-number
result $? "it has no distribution, and says so"
run 'del(.metrics[] | select(.cpus == 2))'
plot
result $? "pks-plot accepts a run of one number of CPUs"
[ ! -e "$dir/plots/b-touch-instructions-cpus.dat" ] && page questions
result $? "it has no line against the number of CPUs"
run 'del(.metrics[] | .chapter, .shows, .desc)'
plot
result $? "pks-plot accepts a run without questions"
has "which stands under the names of its benchmarks" '<h2 id="about-b">b</h2>'
page well-formed
result $? "and whose page is well-formed"
run '.machine.qemu = "none" | (.metrics[] | .clock) = "time"'
plot
has "a real machine's time is not called emulated" '<caption>time;'
run '(.metrics[] | .clock) = "time"'
plot
has "emulated time is called that" 'emulated time, not hardware latency'

run '.version = 1'
refuses "another schema" 'expected format .* version 3, came .* version 1' plot
rm "$dir/run/results.json"
refuses "a run without results" 'No such file' plot
run .
rmdir "$dir/plots"
refuses "no folder for the data" 'draw.gp: No such file' plot
mkdir "$dir/plots"
! "$bin/pks-plot" "$dir/run" "$dir/plots" >/dev/full 2>"$dir/out" &&
	grep -q 'No space left' "$dir/out"
result $? "a full disk is reported"
# counted <CPUs>...: a run that has counted one IPI for each other CPU, and a page
counted()
{
	rm -rf "$dir/run" "$dir/plots"
	mkdir "$dir/run" "$dir/plots"
	jq -n '[$ARGS.positional[] | tonumber] as $cpus
		| def metric($b; $n; $s): {benchmark: $b, name: $n, scheme: $s, kernel: "pks",
			clock: "instructions", cpus: 1};
		{format: "pks-bench results", version: 3, machine: {}, boots: [], metrics: [
			($cpus[] as $c | metric("global-update"; "ipis"; "ipi-serial")
				| .cpus = $c | .counters_per_op.ipis = 2 * ($c - 1)),
			(["open", 100], ["touch", 200], ["close", 50], ["msr-writes", 2] | . as [$n, $v]
				| metric("pf-unprotect"; $n; "page") | .value = $v)]}' \
		--args "$@" >"$dir/run/results.json"
}

project()
{
	"$bin/pks-project" "$dir/run" "$costs" "$dir/plots"
}

costs=$check/../../docs/event-costs.json
counted 1 2 4
project >"$dir/out" 2>&1
result $? "pks-project accepts a run"
grep -q '^counted up to 4 CPUs: 1 IPIs a CPU .* less 1;$' "$dir/out"
result $? "a line through what was counted"
grep -q '^page: 350 instructions and 2 MSR writes' "$dir/out"
result $? "what a page takes"
grep -Eq '^  256 +765 \.\. 1275 us +25500 us +0\.22 \.\. 0\.54 us$' "$dir/out"
result $? "IPIs times what each costs, extrapolated"
grep -Eq '^projected: 0\.77 to 25\.5 ms, which is -2[34] % and \+2 %$' "$dir/out"
result $? "what becomes of the claim"
grep '^256 ' "$dir/plots/projection.dat" >"$dir/out" &&
	grep -Eq '^256 0\.000765 0\.001275 0\.0255 2\.18e-07 5\.36e-07$' "$dir/out"
result $? "gnuplot gets seconds"
counted 4
refuses "one number of CPUs has no line" 'counted at 1 numbers of CPUs, two are needed' project
counted 1 2
jq 'del(.costs[] | select(.event == "msr_writes"))' "$costs" >"$dir/costs"
costs=$dir/costs
refuses "costs that lack an event" '0 entries for msr_writes' project
refuses "a run without the time clock is no table of costs" 'was not measured on the time clock' \
	"$bin/pks-project" --costs "$dir/run" "$costs"
refuses "one folder" 'usage: pks-plot' "$bin/pks-plot" "$dir/run"

finish
