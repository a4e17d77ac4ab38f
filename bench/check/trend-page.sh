#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Is the page of all runs what trend.json says, and nothing else?
# Usage: trend-page.sh <trend.json> <body of the page>. Says what is wrong, and fails
# if something is.

set -u

trend=$1 body=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# The figures of a change as they stand in the text, with its attributes
changes_of_page()
{
	awk -F '"' -v OFS='\t' '
		/^<article/ {
			line = ""
			for (i = 2; i < NF; i += 2)
				line = line $i OFS
		}
		/^<p><strong>/ {
			percent = p = "-"
			if (match($0, /\([-+][0-9.e+-]+ %\)/))
				percent = sprintf("%.3g", substr($0, RSTART + 1, RLENGTH - 4))
			if (match($0, /, p = [0-9.e+-]+/))
				p = sprintf("%.2g", substr($0, RSTART + 6, RLENGTH - 6))
			unit = $0
			sub(/.*<\/data> /, "", unit)
			sub(/[ ,<].*/, "", unit)
			print line sprintf("%.12g", $4), sprintf("%.12g", $8), unit, percent, p
		}' "$body"
}

changes_of_trend()
{
	jq -r '.changes[] | [.benchmark, .name, .scheme, .clock, .kernel, .from, .to, .verdict,
		.cpus, .before, .after, .unit, .percent // "-", .p // "-"] | @tsv' "$trend" |
		awk -F '\t' -v OFS='\t' '{
			$10 = sprintf("%.12g", $10)
			$11 = sprintf("%.12g", $11)
			if ($13 != "-") $13 = sprintf("%.3g", $13)
			if ($14 != "-") $14 = sprintf("%.2g", $14)
			print
		}'
}

# Each plot once: those without a change are the folded ones
plots_of_page()
{
	awk -F '"' '/^<section id="unchanged">/ { folded = 1 }
		/^<img/ { sub(/\.svg$/, "", $2); print $2, folded + 0 }' "$body" | sort
}

{ echo '<html>'; cat "$body"; echo '</html>'; } > "$dir/page"
xmllint --noout "$dir/page" || exit
changes_of_trend > "$dir/want"
changes_of_page > "$dir/have"
diff "$dir/want" "$dir/have" || exit
jq -r '.plots[] | "\(.name) \(if .changes > 0 then 0 else 1 end)"' "$trend" | sort > "$dir/want"
plots_of_page > "$dir/have"
[ -s "$dir/want" ] && diff "$dir/want" "$dir/have"
