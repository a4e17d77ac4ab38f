# SPDX-License-Identifier: GPL-2.0
#
# The plots of one run: those that the metrics ask for. Expects $dir.
include "lib";

# Cost against the number of CPUs, a line a scheme
def cpus_plot:
	. as $rows | .[0] as $m | schemes as $schemes
	| each_terminal as [$terminal, $suffix]
	| page("\($m.benchmark)-\($m.name)-\($m.clock)-cpus" | file_name;
		"\($m.benchmark): \($m.title)\n\($m | clock_name)"; $terminal; $suffix),
	  ($schemes | to_entries[] | .value as $s
		| "s\(.key)" as $name | [$rows[] | select(.scheme == $s)] | sort_by(.cpus)
		| map([.cpus, (.value | on_log)]) | block($name)),
	  "set logscale x 2", "set logscale y 10", "set format y \"%.0s%c\"",
	  "set xlabel \"CPUs\"",
	  "set xrange [\($rows | map(.cpus) | min / 1.2):\($rows | map(.cpus) | max * 1.2)]",
	  # one value alone has no range of its own
	  "set yrange [\($rows | map(.value | on_log) | min / 2):\($rows | map(.value | on_log) | max * 2)]",
	  "set ylabel \("\($m.unit), median" + zeros($rows | map(.value)) | quoted) noenhanced",
	  "plot " + ([$schemes | to_entries[]
		| "$s\(.key) using 1:2 with linespoints \(.key | style) title \(.value | quoted)"] | join(", ")),
	  "unset output";

# [value, share of samples up to it], with the corners of the steps
def cumulative:
	.distribution as $d | ($d.counts | add) as $n
	| [foreach range($d.values | length) as $i ({sum: 0};
		{before: .sum, sum: (.sum + $d.counts[$i]), x: ($d.values[$i] | on_log)};
		[.x, .before / $n], [.x, .sum / $n])];

# The share of samples up to a value, a line a scheme
def distribution_plot:
	(map(.cpus) | max) as $cpus | map(select(.cpus == $cpus)) as $rows
	| $rows[0] as $m | ($rows | schemes) as $schemes
	| each_terminal as [$terminal, $suffix]
	| page("\($m.benchmark)-\($m.name)-\($m.clock)-distribution" | file_name;
		"\($m.benchmark): \($m.title)\n\($cpus | cpus_name), \($m | clock_name)";
		$terminal; $suffix),
	  ($rows | to_entries[] | "s\(.key)" as $name | .value | cumulative | block($name)),
	  "set logscale x 10", "set format x \"%.0s%c\"",
	  "set yrange [0:1.05]",
	  ($rows | map(.distribution.values | min | on_log) | min) as $low
	  | ($rows | map(.distribution.values | max | on_log) | max) as $high
	  | "set xrange [\($low / 1.5):\($high * 1.5)]",
	  "set xlabel \($m.unit + zeros($rows | map(.distribution.values | min)) | quoted) noenhanced",
	  "set ylabel \"share of samples up to here\"",
	  "plot " + ([$rows | to_entries[] | .key as $i
		| "$s\($i) using 1:2 with lines \($i | line_style) notitle",
		  # the points tell the lines apart without colour
		  "$s\($i) using 1:2 every \([($rows[$i].distribution.values | length) / 6 | floor, 1] | max) with points \($i | point_style) notitle",
		  "keyentry with linespoints \($i | style) title \(.value.scheme | quoted)"] | join(", ")),
	  "unset output";

# A bar a scheme, with the range of the boots
def schemes_plot:
	(map(.cpus) | max) as $cpus | map(select(.cpus == $cpus)) as $rows | $rows[0] as $m
	| each_terminal as [$terminal, $suffix]
	| page("\($m.benchmark)-\($m.name)-\($m.clock)-schemes" | file_name;
		"\($m.benchmark): \($m.title)\n\($cpus | cpus_name), \($m | clock_name)"; $terminal; $suffix),
	  ([$rows | to_entries[] | [.key, .value.value, .value.per_boot[0], .value.per_boot[-1],
		(.value.scheme | quoted)]] | block("all")),
	  "set style fill pattern 4 border -1", "set boxwidth 0.6", "unset key",
	  "set xrange [-0.6:\(($rows | length) - 0.4)]", "set yrange [0:*]",
	  "set format y \"%.10g\"",
	  "set ylabel \("\($m.unit) (bar: range of the boots)" | quoted) noenhanced",
	  "plot $all using 1:2:xtic(5) with boxes lc rgb \"#0072b2\", $all using 1:2:3:4 with yerrorbars pt 7 ps 0.5 lw 2 lc rgb \"#000000\"",
	  "unset output";

# Each metric with what a reader must know of its clock
def marked: (.machine.qemu != "none") as $emulated | .metrics[] | .emulated = $emulated;

def of_one_metric: group_by([.clock, .benchmark, .name])[];

def asks_for($plot): select(.kernel == "pks" and (.plots | index($plot)));

(([marked | asks_for("cpus")] | of_one_metric
	| select(map(.cpus) | unique | length > 1) | cpus_plot),
 ([marked | asks_for("distribution")] | of_one_metric | distribution_plot),
 ([marked | asks_for("schemes")] | of_one_metric | schemes_plot))
