# SPDX-License-Identifier: GPL-2.0
#
# The picture once more, as PNG

set terminal pngcairo size 1080,776 font "DejaVu Sans,16"
set output file.".png"
replot
unset output
