# SPDX-License-Identifier: GPL-2.0
#
# What all plots share: results in, commands for gnuplot out. A series keeps its
# line, its point and its colour in every plot, and can be told from the others
# without the colour.

# A logarithm has no place for 0.
def on_log: if . < 1 then 1 else . end;

def zeros($values): if any($values[]; . < 1) then " (less than 1 is drawn at 1)" else "" end;

# A string of gnuplot
def quoted: "\"" + (gsub("[\"\\\\`]"; "'") | gsub("\n"; "\\n")) + "\"";

def file_name: gsub("[^A-Za-z0-9.-]"; "-");

def clock_name:
	if .clock == "instructions" then "instruction clock"
	elif .emulated then "emulated time, not hardware latency"
	else "time" end;

# How the series with this number is drawn
def colour: "lc rgb \"\(["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000", "#e69f00"][. % 7])\"";
def line_style: "dt \(. % 5 + 1) lw 2 \(colour)";
def point_style: "pt \([7, 5, 9, 13, 4, 6, 8][. % 7]) ps 1 \(colour)";
def style: "dt \(. % 5 + 1) lw 2 pt \([7, 5, 9, 13, 4, 6, 8][. % 7]) ps 1 \(colour)";

def cpus_name: "\(.) CPU\(if . > 1 then "s" else "" end)";

# The schemes in the order in which they were measured
def schemes: reduce .[].scheme as $s ([]; if index($s) then . else . + [$s] end);

# block: a data block named $name with the rows that come in, each an array
def block($name): "$\($name) << EOD", (.[] | map(tostring) | join(" ")), "EOD";

def page($file; $title; $terminal; $suffix):
	"reset",
	"set terminal \($terminal)",
	"set output \("\($dir)/\($file).\($suffix)" | quoted)",
	"set title \($title | quoted) noenhanced",
	"set lmargin 12", "set rmargin 18", "set tmargin 4",
	"set key outside right top noenhanced",
	"set grid lc rgb \"#cccccc\"",
	"set border 3", "set tics nomirror";

def each_terminal:
	["svg size 900,520 dynamic font \"DejaVu Sans,13\" background \"white\"", "svg"],
	["pngcairo size 1200,700 font \"DejaVu Sans,13\"", "png"];
