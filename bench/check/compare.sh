#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Self-test of pks-compare on runs with known figures.
# Usage: compare.sh <folder of the programs>. Output is KTAP.

# shellcheck source=bench/check/lib.sh
. "$(dirname "$0")/lib.sh"

# samples <clock> <cpus> <better> <value> <boots> <values> <counts>: $n of them,
# that wait for another CPU if $waits
samples()
{
	cat <<- END
	{"name": "touch", "benchmark": "b", "scheme": "page", "clock": "$1",
	 "cpus": $2, "kernel": "pks", "kind": "samples", "unit": "ticks",
	 "better": "$3", "n": ${n-400}, "waits": ${waits-false}, "value": $4, "per_boot": [$5], "p25_per_boot": [$5],
	 "distribution": {"values": [$6], "counts": [$7]}}
	END
}

# count <clock> <value> <boots>
count()
{
	cat <<- END
	{"name": "ipis", "benchmark": "b", "scheme": "page", "clock": "$1",
	 "cpus": 2, "kernel": "pks", "kind": "count", "unit": "IPIs",
	 "better": "less", "n": 1000, "waits": false, "value": $2, "per_boot": [$3]}
	END
}

# run <base|head> <host CPU> <metric>
run()
{
	mkdir -p "$dir/$1"
	cat > "$dir/$1/results.json" <<- END
	{"format": "pks-bench results", "version": 3,
	 "machine": {"target": "qemu", "qemu": "7.2", "host_cpu": "$2", "host_cores": "2"},
	 "boots": [{"folder": "somewhere"}], "metrics": [$3]}
	END
}

# finds <name> <exit status> <pattern> [<option>...]
finds()
{
	name=$1 status=$2 pattern=$3
	shift 3
	"$bin/pks-compare" "$@" "$dir/base" "$dir/head" > "$dir/out" 2>&1
	[ $? -eq "$status" ] && grep -Eq "$pattern" "$dir/out"
	result $? "$name"
}

# refuses <name> <pattern>: says why on one line
refuses()
{
	finds "refuses $1" 2 "$2"
	[ "$(wc -l < "$dir/out")" -eq 1 ]
	result $? "refuses $1: in one line"
}

# On time: the base has boots from 97 to 103, its samples are half 90, half 110
seven_boots='97, 98, 99, 100, 101, 102, 103'
base_time()
{
	run base one "$(samples time 2 less 100 "$seven_boots" '90, 110' '200, 200')"
}

# head_time <value> <boots> <values>
head_time()
{
	run head "${host-one}" "$(samples time 2 less "$1" "$2" "$3" '200, 200')"
}

echo "KTAP version 1"
run base one "$(samples instructions 1 less 431 431 '431, 440' '399, 1')"
cp -r "$dir/base" "$dir/head"
sed -i 's/"target":/"job": "some-1234567", &/' "$dir/head/results.json"
refuses "another job" 'came "none" and "some-1234567": not comparable'
cp "$dir/base/results.json" "$dir/head"
finds "unchanged code is the same" 0 '^same .*each sample is the same'
run head one "$(samples instructions 1 less 435 435 '435' '400')"
finds "instructions: every one counts" 1 '^worse .* 431 +435 +\+4 ticks \+0\.93%'
finds "the last line sums up" 1 '^1 metrics: 0 same, 0 unsure, 0 better, 1 worse$'
run head one "$(samples instructions 1 less 430 430 '430' '400')"
finds "instructions: fewer is better" 0 '^better .*-1 ticks'
run head one "$(samples instructions 1 less 431 431 '431, 480' '399, 1')"
finds "instructions: what hits a few samples is shown" 0 '^same .*\+0\.1 ticks.*mean'
run head one "$(samples instructions 1 less 431 431 '431, 435' '220, 180')"
finds "instructions: what hits less than half is shown" 0 '^same .*mean'
run base one "$(samples instructions 1 less 431 431 '431, 480' '220, 180')"
run head one "$(samples instructions 1 less 435 435 '435, 480' '220, 180')"
finds "instructions: half of the samples show the path" 1 '^worse .*\+4 ticks'
run base one "$(samples instructions 1 less 440 440 '431, 440' '180, 220')"
run head one "$(samples instructions 1 less 431 431 '431, 440' '220, 180')"
finds "instructions: another mix of two paths leaves it unsure" 0 '^unsure .*not apart'
run base one "$(waits=true samples instructions 2 less 1000 1000 '1000' '400')"
run head one "$(waits=true samples instructions 2 less 1020 1020 '1020' '400')"
finds "instructions: a wait for another CPU is coarse" 0 '^unsure .*another CPU.*15 %'
run head one "$(waits=true samples instructions 2 less 1200 1200 '1200' '400')"
finds "instructions: a wait that is a fifth longer is worse" 1 '^worse .*\+20\.00%'
run base one "$(n=3 samples instructions 2 less 1000 1000 '1000' '3')"
run head one "$(n=3 samples instructions 2 less 1020 1020 '1020' '3')"
finds "instructions: three samples are few" 0 '^unsure .*too few'
run base one "$(samples instructions 1 more 431 431 '431' '400')"
run head one "$(samples instructions 1 more 435 435 '435' '400')"
finds "where more is better, more is better" 0 '^better '
finds "JSON for programs" 0 '"verdict":"better"' -j
run base one "$(count instructions 2 2)"
run head one "$(count instructions 2.001 2.001)"
finds "instructions: a stray event is shown" 0 '^unsure .*\+0\.001 IPIs'
run head one "$(count instructions 3 3)"
finds "instructions: an event more of each operation counts" 1 '^worse .*\+1 IPIs'

base_time
head_time 125 '122, 123, 124, 125, 126, 127, 128' '115, 135'
finds "time: a quarter more is worse" 1 '^worse .* 100 +125 .*all boots apart'
head_time 75 '72, 73, 74, 75, 76, 77, 78' '65, 85'
finds "time: a quarter less is better" 0 '^better .*all boots apart'
head_time 125 '103, 123, 124, 125, 126, 127, 128' '115, 135'
finds "time: boots that overlap leave it unsure" 0 '^unsure .*boots are not apart'
head_time 125 '123, 124, 125, 126, 127' '115, 135'
finds "time: seven and five boots leave it unsure" 0 '^unsure .*7 and 5 boots are too few'
head_time 110 '107, 108, 109, 110, 111, 112, 113' '100, 120'
finds "time: a tenth does not count" 0 '^same .*less than the 15 %'
finds "time: a tenth counts if that is asked for" 1 '^worse ' -l 5
head_time 125 '122, 123, 124, 125, 126, 127, 128' '90, 110'
finds "time: samples of the same ranks are chance" 0 '^same .*chance'
run base one "$(count time 0.002 "0.001, 0.001, 0.002, 0.002, 0.002, 0.003, 0.003")"
run head one "$(count time 0.004 "0.004, 0.004, 0.004, 0.004, 0.004, 0.005, 0.005")"
finds "time: a rare event twice as often is chance" 0 '^same .*chance'
run head one "$(count time 0.2 "0.19, 0.19, 0.2, 0.2, 0.2, 0.21, 0.21")"
finds "time: an event a hundred times as often is not" 1 '^worse '

base_time
host=other head_time 125 '122, 123, 124, 125, 126, 127, 128' '115, 135'
refuses "times of two machines" 'host_cpu differs: "one", "other"'
run head one "$(samples instructions 2 less 1 1 1 1)"
refuses "two clocks" 'no metric in common'
run head one "$(samples time 4 less 1 1 1 1)"
refuses "two numbers of CPUs" 'no metric in common'
run head one "$(samples time 2 less 1 1 1 1)"
sed -i 's/"unit": "ticks"/"unit": "ns"/' "$dir/head/results.json"
refuses "two units" 'expected unit "ticks"'
sed -i 's/"version": 3/"version": 1/' "$dir/head/results.json"
refuses "another schema" 'expected format .* version 3, came .* version 1'
base_time
cp "$dir/base/results.json" "$dir/whole"
head -c 200 "$dir/whole" > "$dir/head/results.json"
refuses "a file that was cut short" 'head/results.json.*cut short'
rm "$dir/head/results.json"
refuses "a run without results" 'No such file'
cp "$dir/whole" "$dir/head/results.json"
! "$bin/pks-compare" -l x "$dir/base" "$dir/head" > "$dir/out" 2>&1 &&
	grep -q 'LEAST=x is not good' "$dir/out"
result $? "refuses a least effect that is no number"
"$bin/pks-compare" "$dir/base" "$dir/head" > /dev/full 2> "$dir/out"
[ $? -eq 2 ] && grep -q 'No space left' "$dir/out"
result $? "a full disk is reported"

finish
