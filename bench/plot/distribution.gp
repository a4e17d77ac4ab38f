# SPDX-License-Identifier: GPL-2.0
#
# The share of samples up to a value, a line a scheme. In: a block a scheme, of the
# value, the share, and the share again where a point stands; unit, styles.

load "page.gp"
data = file.".dat"
stats data using 1 name "X" nooutput
log_axis = is_log(X_min, X_max)
set xlabel unit.below_one(X_min) noenhanced
if (log_axis) {
	set logscale x 10
	set format x "%.0s%c"
	set xrange [drawn(X_min) / 1.5 : X_max * 1.5]
} else {
	set format x "%.10g"
	set xtics rotate by -30
	margin = (X_max - X_min) / 20
	set xrange [X_min - margin : X_max + margin]
}
set ylabel "share of samples up to here"
set yrange [0 : 1.05]
plot for [i = 1:words(styles)] data index i-1 using (drawn($1)):2 \
		with lines lt int(word(styles, i)) notitle, \
	for [i = 1:words(styles)] data index i-1 using (drawn($1)):3 \
		with points lt int(word(styles, i)) notitle, \
	for [i = 1:words(styles)] data index i-1 using 1:(NaN) \
		with linespoints lt int(word(styles, i)) title columnheader(2)
load "png.gp"
