# SPDX-License-Identifier: GPL-2.0
#
# Cost against the number of CPUs, a line a scheme. In: a block a scheme, of the CPUs
# and the value, its name above the value; unit, styles.

load "page.gp"
data = file.".dat"
stats data using 1 name "X" nooutput
stats data using 2 name "Y" nooutput
log_axis = is_log(Y_min, Y_max)
set logscale x 2
set xlabel "CPUs"
set xrange [X_min / 1.2 : X_max * 1.2]
set ylabel unit.", median".below_one(Y_min) noenhanced
if (log_axis) {
	set logscale y 10
	set format y "%.0s%c"
	set yrange [drawn(Y_min) / 2 : Y_max * 2]
} else {
	set format y "%.10g"
	set yrange [0 : Y_max > 0 ? Y_max * 1.2 : 1]
}
plot for [i = 1:words(styles)] data index i-1 using 1:(drawn($2)) \
	with linespoints lt int(word(styles, i)) title columnheader(2)
load "png.gp"
