# SPDX-License-Identifier: GPL-2.0
#
# What all pictures share. A picture is drawn as SVG, and then again by png.gp.
# In: file, title, where.

reset
set terminal svg size 640,460 dynamic font "DejaVu Sans,15" background "white"
set output file.".svg"
set title title."\n".where noenhanced
set key tmargin center horizontal noenhanced samplen 3
set lmargin 10; set rmargin 4
set grid lc rgb "#cccccc"
set border 3; set tics nomirror

# Told apart without the colour as well
set linetype 1 dt 1 lw 2 pt 7  lc rgb "#0072b2"
set linetype 2 dt 2 lw 2 pt 5  lc rgb "#d55e00"
set linetype 3 dt 3 lw 2 pt 9  lc rgb "#009e73"
set linetype 4 dt 4 lw 2 pt 13 lc rgb "#cc79a7"
set linetype 5 dt 5 lw 2 pt 4  lc rgb "#56b4e9"
set linetype 6 dt 1 lw 2 pt 6  lc rgb "#000000"
set linetype 7 dt 2 lw 2 pt 8  lc rgb "#e69f00"
set linetype cycle 7

# Less than a decade may have no more than one number on a logarithmic axis, on which
# there is no place for 0 either.
is_log(least, most) = most >= 10 * (least < 1 ? 1 : least)
drawn(value) = log_axis && value < 1 ? 1 : value
below_one(least) = log_axis && least < 1 ? " (less than 1 is drawn at 1)" : ""
