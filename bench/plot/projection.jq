# SPDX-License-Identifier: GPL-2.0
#
# The projection as a plot. Expects $dir.
include "lib";

def bound($key; $i): map([.cpus, .[$key][$i]] | select(.[1] > 0));

. as $p | .rows as $rows
| each_terminal as [$terminal, $suffix]
| page("projection";
	"projection, not a measurement: one update of a key, one CPU after another\nevents counted up to \($p.measured_to) CPUs, times the costs of docs/event-costs.json";
	$terminal; $suffix),
  ($rows | map([.cpus] + .quick) | map(select(.[1] > 0)) | block("quick")),
  ($rows | bound("idle"; 1) | block("idle")),
  ($rows | map([.cpus] + .page) | block("page")),
  "set logscale x 2", "set logscale y 10", "set xrange [1:1024]", "set yrange [50:1e9]",
  "set format y \"%.0s %cs\"", "set rmargin 34",
  "set xlabel \"CPUs\"", "set ylabel \"what the caller waits\"",
  # gnuplot's prefixes count from the second
  "set yrange [50e-9:1]",
  "set arrow 1 from \($p.measured_to), graph 0 to \($p.measured_to), graph 1 nohead dt 3 lc rgb \"#888888\"",
  "set label 1 \"counted to here\" at \($p.measured_to), graph 0.96 right offset -1,0",
  "set arrow 2 from 256, graph 0 to 256, graph 1 nohead dt 3 lc rgb \"#888888\"",
  "set label 2 \"256\" at 256, graph 0.96 left offset 1,0",
  "plot $quick using 1:($2/1e9):($3/1e9) with filledcurves fs pattern 4 lc rgb \"#d55e00\" title \"serial, all answer at once\", "
	+ "$idle using 1:($2/1e9) with linespoints \(1 | style) title \"serial, all idle\", "
	+ "$page using 1:($2/1e9):($3/1e9) with filledcurves fs pattern 5 lc rgb \"#0072b2\" title \"page: open, fault, close\"",
  "unset output"
