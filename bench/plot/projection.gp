# SPDX-License-Identifier: GPL-2.0
#
# What one update costs on up to 1,024 CPUs, as pks-project writes it. In: counted_to,
# the most CPUs that events were counted on.

title = "projection, not a measurement: one update of a key"
where = sprintf("events counted up to %g CPUs, times what each costs", counted_to)
load "page.gp"
data = file.".dat"
set key maxcols 1
set logscale x 2
set logscale y 10
set xrange [1 : 1024]
set yrange [50e-9 : *]
set format y "%.0s %cs"
set xlabel "CPUs"
set ylabel "what the caller waits"
set arrow 1 from counted_to, graph 0 to counted_to, graph 1 nohead dt 3 lc rgb "#888888"
set label 1 "counted to here" at counted_to, graph 0.04 right offset -1,0
set arrow 2 from 256, graph 0 to 256, graph 1 nohead dt 3 lc rgb "#888888"
set label 2 "256" at 256, graph 0.04 left offset 1,0
plot data using 1:2:3 with filledcurves fs pattern 4 lc rgb "#d55e00" \
		title "serial, all answer at once", \
	data using 1:4 with linespoints lt 4 title "serial, all idle", \
	data using 1:5:6 with filledcurves fs pattern 5 lc rgb "#0072b2" \
		title "page: open, fault, close"
load "png.gp"
