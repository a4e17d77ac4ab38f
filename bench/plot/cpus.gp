# SPDX-License-Identifier: GPL-2.0
#
# Cost against the number of CPUs, a line a scheme. In: a block a scheme, of the CPUs
# and the value, its name above the value; unit, styles.

load "page.gp"
data = file.".dat"
stats data using 1:2 nooutput
log_axis = is_log(STATS_min_y, STATS_max_y)
set logscale x 2
set xlabel "CPUs"
set xrange [STATS_min_x / 1.2 : STATS_max_x * 1.2]
set ylabel unit.", median".below_one(STATS_min_y) noenhanced
if (log_axis) {
	set logscale y 10
	set format y "%.0s%c"
	set yrange [drawn(STATS_min_y) / 2 : STATS_max_y * 2]
} else {
	set format y "%.10g"
	set yrange [0 : STATS_max_y > 0 ? STATS_max_y * 1.2 : 1]
}
plot for [i = 1:words(styles)] data index i-1 using 1:(drawn($2)) \
	with linespoints lt int(word(styles, i)) title columnheader(2)
load "png.gp"
