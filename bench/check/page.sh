#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Is the page of a run what its results.json says?
# Usage: page.sh well-formed|figures|one-number|questions <results.json> <page> <plots>.
# Says what is wrong, and fails if something is; <plots> is the folder with the data.

set -u

results=$2 page=$3 plots=$4
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# The page is written so that it is XML as well, whose parsers forgive nothing.
well_formed()
{
	xmllint --noout "$page" &&
		[ "$(grep -o 'href="#[^"]*"' "$page" | sort -u | sed 's/href="#/id="/' |
			while read -r id; do grep -cF "$id" "$page"; done | sort -u)" = 1 ]
}

# Each figure of the tables: where it stands, its value, and the percents of its interval
figures_of_page()
{
	awk -F '"' -v OFS='\t' '
		/^<table data-benchmark/ { benchmark = $2; clock = $4 }
		/^<tr data-|^<tr class="more"/ {
			more = /class="more"/ ? 2 : 0
			name = $(2 + more); kernel = $(4 + more); scheme = $(6 + more)
			than = more ? $(8 + more) : "-"
		}
		/^<td data-cpus/ {
			text = percent = $0
			sub(/.*<data [^>]*>/, "", text)
			sub(/<.*/, "", text)
			gsub(/[+,]/, "", text)
			percent = sub(/.*<small>±/, "", percent) ? percent + 0 : 0
			v = $4 < 0 ? -$4 : $4
			off = text - $4
			off = off < 0 ? -off : off
			# as many digits as a reader is shown
			if (off > (v >= 100 ? 0.5 : v >= 10 ? 0.05 : 0.005) * 1.000001 &&
			    off > v / 2000)
				print "# " name, $4 " is shown as " text
			print benchmark, clock, name, kernel, scheme, $2, than,
				sprintf("%.12g", $4), percent
		}' "$page" | sort
}

figures_of_results()
{
	jq -r '.metrics[] | [.benchmark, .clock, .name, .kernel, .scheme, .cpus] as $where
		| ($where + ["-", .value, (if .interval and .value != 0
			then ([(.interval[1] - .interval[0]) * 50 / (.value | fabs) | ceil, 999] | min)
			else 0 end)]),
		(.baseline[] | $where + [.kernel, .difference, 0]) | @tsv' "$results" |
		awk -F '\t' -v OFS='\t' '{ $8 = sprintf("%.12g", $8); print }' | sort
}

figures()
{
	figures_of_page >"$dir/page"
	figures_of_results >"$dir/results"
	[ -s "$dir/results" ] && diff "$dir/results" "$dir/page" >"$dir/diff" && return
	head -n 10 "$dir/diff"
	return 1
}

# The figures that a metric asks for: its question, and the name of the picture
asked_for()
{
	jq -r '.metrics[] | select(.kernel == "pks") | . as $m | .plots[]
		| [($m.chapter // ""), ("\($m.benchmark)-\($m.name)-\($m.clock)-\(.)"
			| gsub("[^A-Za-z0-9.]"; "-"))] | @tsv' "$results" | sort -u
}

# Pictures that are on the page, and what stands where there is none, below its question
shown()
{
	awk -F '"' -v OFS='\t' '
		/^<h2/ { title = $0; gsub(/<[^>]*>/, "", title) }
		/^<figure/ { id = $2 }
		/^<img/ { drawn[id] = 1 }
		/^<figcaption> / { print "no sentence", id }
		/^<figcaption>/ { print title, id, (id in drawn) ? "drawn" : "told" }' "$page"
}

questions()
{
	asked_for >"$dir/asked"
	shown >"$dir/shown"
	grep -q . "$dir/asked" || return 1
	cut -f 1,2 "$dir/shown" | sort | comm -13 "$dir/asked" - >"$dir/stray"
	grep "$(printf '^\t')" "$dir/asked" >>"$dir/stray"
	cat "$dir/stray"
	[ ! -s "$dir/stray" ] && [ "$(awk -F '\t' '$3 == "drawn"' "$dir/shown" | wc -l)" \
		-eq "$(find "$plots" -name '*.dat' | wc -l)" ]
}

# No line of a distribution has one value alone, and who has is told in words
one_number()
{
	for data in "$plots"/*-distribution.dat; do
		[ -e "$data" ] || continue
		awk -v file="${data##*/}" '/^value/ { at = $2; next } at == "" { next }
			NF && !((at, $1) in seen) { seen[at, $1] = 1; nr[at]++ }
			END { for (at in nr) if (nr[at] < 2) { print file ": " at; bad = 1 }; exit bad }' \
			"$data" || return 1
	done
	jq -r '[.metrics[] | select(.kernel == "pks" and (.plots | index("distribution")))]
		| group_by([.clock, .benchmark, .name])[] | (map(.cpus) | max) as $cpus
		| .[] | select(.cpus == $cpus and (.distribution.values | length == 1))
		| "\(.benchmark)-\(.name)-\(.clock)-distribution" as $id
		| [($id | gsub("[^A-Za-z0-9.]"; "-")), .scheme, .n] | @tsv' "$results" >"$dir/one"
	while IFS="$(printf '\t')" read -r id scheme n; do
		sed -n "/^<figure id=\"$id\">/,/^<\/figure>/p" "$page" |
			grep -Eq "[> ]$scheme(, [^.:]*)?: all $n samples are " ||
			{ echo "$id: $scheme: not told"; return 1; }
	done <"$dir/one"
}

case $1 in
well-formed) well_formed ;;
figures) figures ;;
one-number) one_number ;;
questions) questions ;;
*) echo "usage: page.sh well-formed|figures|one-number|questions <results.json> <page> <plots>" >&2; exit 2 ;;
esac
