# SPDX-License-Identifier: GPL-2.0
#
# The share of samples up to a value, a line a scheme. In: a block a scheme, of the
# value, the share, and the share again where a point stands; unit, styles.

load "page.gp"
data = file.".dat"
stats data using 1:2 nooutput
log_axis = is_log(STATS_min_x, STATS_max_x)
set xlabel unit.below_one(STATS_min_x) noenhanced
if (log_axis) {
	set logscale x 10
	set format x "%.0s%c"
	set xrange [drawn(STATS_min_x) / 1.5 : STATS_max_x * 1.5]
} else {
	set format x "%.10g"
	set xtics rotate by -30
	margin = (STATS_max_x - STATS_min_x) / 20
	set xrange [STATS_min_x - margin : STATS_max_x + margin]
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
