#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Self-test of pks-trend on synthetic runs: it must find the steps that were
# planted, and next to nothing where there is noise alone.
# Usage: trend.sh <folder of the programs> [all]. Output is KTAP. With "all" it takes
# minutes: more metrics and more seeds, the same steps and forms of noise.

# shellcheck source=bench/check/lib.sh
. "$(dirname "$0")/lib.sh"
check=$(dirname "$0")

# new: no runs
new()
{
	rm -rf "$dir/runs" "$dir/trend.json" "$dir/plots.gp"
	mkdir "$dir/runs"
}

# noise <runs> <metrics> <form> <seed> [<factor at 7> <at 15> <at 22>]: runs on the
# time clock; the steps are those of the metric m0
noise()
{
	new
	awk -v runs="$1" -v metrics="$2" -v form="$3" -v seed="$4" -v steps="${5-1} ${6-1} ${7-1}" \
		-v dir="$dir/runs" '
		# Park and Miller, 1988: the same with any awk
		function uniform() {
			seed = (16807 * seed) % 2147483647
			return seed / 2147483647
		}
		function gauss() {
			return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform())
		}
		function noisy(level, wild) {
			if (form == "gaussian") return level * (1 + 0.02 * gauss())
			if (form == "log-normal") return level * exp(0.2 * gauss())
			if (form == "quantized") return level + int(2 * gauss() + 100) - 100
			if (form == "two-valued") return level + (uniform() < 0.5)
			wild = uniform() < 0.01 ? 1.5 + uniform() : 1
			return level * wild * (1 + 0.02 * gauss())
		}
		BEGIN {
			seed = 1000 * seed + length(form)
			for (i = 0; i < 20; i++)
				uniform()
			split(steps, factor, " ")
			for (run = 0; run < runs; run++) {
				name = sprintf("%s/%03d", dir, run)
				system("mkdir " name)
				file = name "/results.json"
				print "{\"format\": \"pks-bench results\", \"version\": 3," > file
				print "\"machine\": {\"target\": \"qemu\", \"qemu\": \"7.2\", \"tools\": \"t\"," > file
				print "\"host_cpu\": \"one\", \"host_cores\": \"2\", \"kernel\": \"6.12.1\"}," > file
				print "\"boots\": [], \"metrics\": [" > file
				for (m = 0; m < metrics; m++) {
					level = 100 + m
					if (!m && run >= 7) level *= factor[1]
					if (!m && run >= 15) level *= factor[2]
					if (!m && run >= 22) level *= factor[3]
					printf "%s{\"name\": \"m%d\", \"title\": \"t\", \"benchmark\": \"b\", \"scheme\": \"page\"," \
						"\"clock\": \"time\", \"cpus\": 2, \"kernel\": \"pks\", \"kind\": \"samples\"," \
						"\"unit\": \"ns\", \"better\": \"less\", \"n\": 400, \"waits\": false," \
						"\"value\": 1, \"p25_per_boot\": [%.9g]}\n", m ? "," : "", m, noisy(level) > file
				}
				print "]}" > file
				close(file)
			}
		}'
}

# trend: of all runs
trend()
{
	"$bin/pks-trend" -o "$dir" "$dir"/runs/* > "$dir/body" 2> "$dir/out"
}

# page <name>: it is what trend.json says
page()
{
	"$check/trend-page.sh" "$dir/trend.json" "$dir/body" > "$dir/out" 2>&1
	result $? "$1"
}

# changes <filter of jq>: what of the changes it makes, a line each
changes()
{
	jq -r ".changes[] | $1" "$dir/trend.json"
}

# finds <name> <expected>: these changes, each "<metric> <to> <verdict>", and no other
finds()
{
	trend && changes '"\(.name) \(.to) \(.verdict)"' > "$dir/found" 2>> "$dir/out" &&
		printf '%b' "$2" | cmp -s - "$dir/found"
	status=$?
	cat "$dir/found" >> "$dir/out"
	result $status "$1"
}

# exact <run> <value> [<host CPU> [<qemu> [<kernel>]]]: one on the instruction clock,
# whose samples are $values and $counts, or that value alone; $waits for another CPU
exact()
{
	mkdir -p "$dir/runs/$1"
	cat > "$dir/runs/$1/results.json" <<- END
	{"format": "pks-bench results", "version": 3,
	 "machine": {"target": "qemu", "qemu": "${4-7.2}", "tools": "t", "host_cpu": "${3-one}",
	  "host_cores": "2", "kernel": "${5-6.12.1}"},
	 "boots": [], "metrics": [
	{"name": "touch", "title": "t", "benchmark": "b", "scheme": "page", "clock": "instructions",
	 "cpus": 1, "kernel": "pks", "kind": "samples", "unit": "instructions", "better": "${better-less}",
	 "n": 400, "waits": ${waits-false}, "value": $2, "per_boot": [$2], "p25_per_boot": [$2],
	 "distribution": {"values": [${values-$2}], "counts": [${counts-400}]}}]}
	END
}

case ${2-short} in
all) metrics=300 seeds="1 2 3" quiet_seeds="1 2" ;;
short) metrics=20 seeds=1 quiet_seeds=1 ;;
*) echo "trend.sh: expected all, got $2" >&2; exit 2 ;;
esac

echo "KTAP version 1"

# Steps of at least five times the noise, and larger than what a wild run is away: one
# beside a step that looks like it may move it
for seed in $seeds; do
	for form in gaussian:1.15:0.85:1.15 log-normal:4:0.25:4 outliers:4:4:0.25 \
		quantized:1.15:0.85:1.15 two-valued:1.05:0.95:1.05; do
		steps=${form#*:} form=${form%%:*}
		# shellcheck disable=SC2046 # three words
		noise 30 "$metrics" "$form" "$seed" $(echo "$steps" | tr : ' ')
		case $steps in
		4:4:*) want='m0 022 better\nm0 015 worse\nm0 007 worse\n' ;;
		*) want='m0 022 worse\nm0 015 better\nm0 007 worse\n' ;;
		esac
		finds "time: three steps of 30 runs and $metrics metrics, $form noise, seed $seed" "$want"
	done
done

pages=0
marks=0
for form in gaussian log-normal outliers quantized two-valued; do
	for seed in $quiet_seeds; do
		noise 100 "$metrics" "$form" "$seed"
		trend
		found=$(changes .name | wc -l)
		[ "$(jq '.runs | length' "$dir/trend.json")" -eq 100 ] && [ "$found" -le 1 ]
		result $? "time: at most one false step in 100 runs and $metrics metrics, $form noise, seed $seed"
		pages=$((pages + 1))
		marks=$((marks + found))
	done
done
echo "# $marks false steps in $pages trends of 100 runs and $metrics metrics each"
# At 1 % a trend, more than one in ten has a chance of 0.4 %.
[ "$marks" -le 1 ]
result $? "time: at most one false step in all of them"

noise 100 1 gaussian 3 1.15
finds "time: a step that stays" 'm0 007 worse\n'
changes '"\(.from) \(.before | round) \(.after | round) \(.p < 0.01) \(.unit) \(.scheme) \(.clock) \(.cpus) \(.kernel)"' > "$dir/out"
grep -qx '006 10[01] 11[45] true ns page time 2 pks' "$dir/out"
result $? "time: from where to where, and how sure"
page "the page has that change, and no other"
[ "$(grep -c 'load "trend.gp"' "$dir/plots.gp")" -eq 1 ] && grep -Eq '^7 ([0-9.]+) \1 NaN' "$dir/plots.gp" &&
	[ "$(grep -c ' NaN NaN ' "$dir/plots.gp")" -eq 99 ]
result $? "the plot has that step marked, and no other run"
# Where the run before looks like them they are marked with it, one run too early: that
# is so in one of four series.
noise 26 1 gaussian 4 1 1 1.15
finds "time: four runs are too few where the one before is as the others" ''
noise 27 1 gaussian 4 1 1 1.15
finds "time: five are not" 'm0 022 worse\n'
noise 30 1 gaussian 5 1 1 1.15
sed -i 's/host_cpu": "one/host_cpu": "two/' "$dir"/runs/02[2-9]/results.json
finds "time: another machine is no step" ''
[ "$(jq '.plots | length' "$dir/trend.json")" -eq 2 ]
result $? "time: but a series of its own"

new
for run in 01 02 03; do
	exact $run 431
done
finds "instructions: unchanged code has no step" ''
exact 04 432
finds "instructions: one more in the newest run is a step" 'touch 04 worse\n'
# jq prints a number as the file has it, from 1.7 on, unless it has computed it
changes '"\(.from) \(.before + 0) \(.after + 0) \(.percent * 1000 | round) \(.p)"' > "$dir/out"
grep -qx '03 431 432 232 null' "$dir/out"
result $? "instructions: to the digit, without a p"
exact 05 432
exact 06 430
finds "the newest come first" 'touch 06 better\ntouch 04 worse\n'
page "the page has these two changes"
better='more' exact 06 430
finds "where more is better, less is worse" 'touch 06 worse\ntouch 04 worse\n'
new
exact 01 431
values='431, 480' counts='220, 180' exact 02 431
finds "instructions: what hits less than half is none" ''
new
for run in 01:1000 02:1070 03:1140 04:1200 05:1200; do
	waits=true exact ${run%:*} ${run#*:}
done
finds "instructions: many small steps are held against the first run of a level" 'touch 04 worse\n'
new
exact 01 431
exact 02 432 two
exact 03 433 one 8.0
exact 04 434 one 7.2 7.3.1
finds "instructions: another machine, emulator, or series is no step" ''
exact 05 435 one 7.2 6.12.9
finds "instructions: a point release is of the series" 'touch 05 worse\n'
changes .from > "$dir/out"
grep -qx 01 "$dir/out"
result $? "a step names the run before it in its series"

exact 06 435
head -c 100 "$dir/runs/06/results.json" > "$dir/cut"
cp "$dir/cut" "$dir/runs/06/results.json"
exact 07 435
sed -i 's/"version": 3/"version": 2/' "$dir/runs/07/results.json"
finds "runs that cannot be read are left out" 'touch 05 worse\n'
trend
grep -q 'runs/06/results.json: .*cut short' "$dir/out" && grep -q 'runs/06: left out' "$dir/out" &&
	grep -q 'runs/07/results.json: .*version 2' "$dir/out" && grep -q 'runs/07: left out' "$dir/out"
result $? "and named"
mkdir -p "$dir/runs/copies"
cp -r "$dir/runs/01" "$dir/runs/copies/"
"$bin/pks-trend" -o "$dir" "$dir"/runs/0[1-5] "$dir/runs/copies/01" > "$dir/out" 2>&1
[ "$(jq -c .runs "$dir/trend.json")" = '["01","02","03","04","05"]' ]
result $? "a copy of a run counts once"
rm "$dir/trend.json"
"$bin/pks-trend" -o "$dir" "$dir"/runs/0[1-5]/ > "$dir/out" 2>&1
[ "$(jq -c .runs "$dir/trend.json")" = '["01","02","03","04","05"]' ]
result $? "folders as a shell completes them"
new
exact 01 431
trend && grep -q 'one run has no trend' "$dir/out" && [ ! -e "$dir/trend.json" ]
result $? "one run has no trend"
exact 02 431
! "$bin/pks-trend" -o "$dir/none" "$dir"/runs/* > "$dir/out" 2>&1 && grep -q 'none/trend.json' "$dir/out"
result $? "a folder that is not there is reported"

finish
