# SPDX-License-Identifier: GPL-2.0
#
# A bar a scheme, and one for each kernel that it is compared with, with the range of
# the boots where there is one. In: its number, value, least and greatest of the boots,
# name; unit.

load "page.gp"
data = file.".dat"
stats data using ($4 - $3) nooutput
ranges = STATS_max > 0
stats data using 1 name "X" nooutput
stats data using 4 name "Y" nooutput
set style fill pattern 4 border -1
set boxwidth 0.6
unset key
set xrange [-0.6 : X_max + 0.6]
set yrange [0 : Y_max > 0 ? Y_max * 1.15 : 1]
set format y "%.10g"
set xtics noenhanced
set ylabel unit.(ranges ? " (bar: range of the boots)" : "") noenhanced
plot data using 1:2:xtic(5) with boxes lc rgb "#0072b2", \
	data using (ranges ? $1 : NaN):2:3:4 with yerrorbars dt 1 pt 7 ps 0.5 lw 2 lc rgb "#000000", \
	data using 1:4:(sprintf("%.5g", $2)) with labels offset 0,0.7
load "png.gp"
