# SPDX-License-Identifier: GPL-2.0
#
# Every metric over the runs in time order. Comes in: an array of runs, each
# {name, metrics, worse}, where worse holds the rows of pks-compare that got
# worse against the run before. Expects $dir.
include "lib";

def key: [.clock, .cpus, .kernel, .benchmark, .name];

def trend_plot($runs):
	. as $rows | .[0] as $m | schemes as $schemes
	| (map(.value | on_log) | [min, max]) as [$least, $most]
	# less than a decade may have no more than one number on a logarithmic axis
	| ($most >= 10 * $least) as $log
	| def drawn: if $log then on_log else . end;
	each_terminal as [$terminal, $suffix]
	| page("\($m.benchmark)-\($m.name)-\($m.clock)-\($m.cpus)cpu-\($m.kernel)" | file_name;
		"\($m.benchmark): \($m.title)\n\($m.cpus | cpus_name), kernel \($m.kernel), \($m | clock_name)";
		$terminal; $suffix),
	  ($schemes | to_entries[] | .value as $s | "s\(.key)" as $name
		| [$rows[] | select(.scheme == $s) | [.run, (.value | drawn)]] | block($name)),
	  ([$rows[] | select(.worse) | [.run, (.value | drawn)]] | select(length > 0) | block("worse")),
	  "set xlabel \"run\"",
	  "set xrange [-0.5:\(($runs | length) - 0.5)]",
	  "set xtics rotate by -30 (" + ([$runs | to_entries[]
		| "\(.value.name | quoted) \(.key)"] | join(", ")) + ") noenhanced font \",10\"",
	  "set bmargin 6",
	  (if $log then
	     "set logscale y 10", "set format y \"%.0s%c\"",
	     "set yrange [\($least / 2):\($most * 2)]",
	     "set ylabel \($m.unit + zeros($rows | map(.value)) | quoted) noenhanced"
	   else
	     "set format y \"%.10g\"", "set yrange [0:\($most * 1.2)]",
	     "set ylabel \($m.unit | quoted) noenhanced"
	   end),
	  "plot " + ([($schemes | to_entries[]
		| "$s\(.key) using 1:2 with linespoints \(.key | style) title \(.value | quoted)"),
		(if any($rows[]; .worse) then
		 "$worse using 1:2 with points pt 2 ps 1.8 lw 3 lc rgb \"#000000\" title \"got worse\""
		 else empty end)] | join(", ")),
	  "unset output";

. as $runs
| [to_entries[] | .key as $i | (.value.worse | map(key + [.scheme])) as $worse
   | .value.metrics[] | {run: $i, worse: (key + [.scheme] | IN($worse[]))} + .]
| group_by(key)[] | select(map(.run) | unique | length > 1)
| trend_plot($runs)
