# SPDX-License-Identifier: GPL-2.0
#
# A metric over the runs, a line a scheme, with its changes marked: a cross where it
# got worse, a ring where it got better. In: $points, a block a scheme, of the run, the
# value, the value again where it got worse and where it got better, its name,
# which begins with the time; schemes, runs, unit.

load "page.gp"
stats $points using 2 name "Y" nooutput
log_axis = is_log(Y_min, Y_max)
set bmargin 5
set xlabel "run" offset 0,2
set xrange [-0.5 : runs - 0.5]
set xtics rotate by 30 right noenhanced font ",9"
set ylabel unit.below_one(Y_min) noenhanced
if (log_axis) {
	set logscale y 10
	set format y "%.0s%c"
	set yrange [drawn(Y_min) / 2 : Y_max * 2]
} else {
	# A change of one instruction is to be seen.
	set format y "%.10g"
	margin = Y_max > Y_min ? (Y_max - Y_min) / 5 : 1
	set yrange [Y_min - margin : Y_max + margin]
}
plot for [i = 1:words(schemes)] $points index i-1 using 1:(drawn($2)):xtic(substr(strcol(5), 1, 15)) \
		with linespoints lt i ps 0.6 title word(schemes, i), \
	$points using 1:(drawn($3)) with points pt 2 ps 2 lw 3 lc rgb "#000000" title "worse", \
	$points using 1:(drawn($4)) with points pt 6 ps 2.2 lw 3 lc rgb "#000000" title "better"
load "png.gp"
