# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How mutants get into a file, for the kernel's and the driver's (stage) and for those of
# the benchmarks (bench). Who sources this has command_of(), which sets $command to how a
# file is compiled, $dir, where the files are that get mutants, and $tmp with include/ in
# it.
#
# What became of each mutant is a line in $dir/mutants.list, as scripts/mutation/mutate.c
# writes them, with one word before:
#	-		the compiler made something else of it than of the function as it is
#	broken		it does not compile
#	same		the compiler makes the same code
#	<number>	the code of that mutant

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# The newest libclang that is installed
build_mutate()
{
	local llvm

	llvm=$(compgen -G '/usr/lib/llvm-*/include/clang-c/Index.h' | sort -V | tail -n 1)
	[[ $llvm ]] || die "libclang is missing: install libclang-dev (scripts/deps mutation)"
	llvm=${llvm%/include/*}
	gcc -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$llvm/include" -o "$tmp/mutate" \
		"$top/scripts/mutation/mutate.c" -L"$llvm/lib" -Wl,-rpath,"$llvm/lib" -lclang
}

# What clang has to know of it; it does not know every option of gcc's
# shellcheck disable=SC2154 # command_of() sets it
clang_arguments()
{
	printf '%s\n' "${command[@]}" |
		awk '/^-include$/ { print; getline; print }
			/^-[IDU]|^-std=|^-nostdinc$|^-fshort-wchar$|^-funsigned-char$/'
}

# compile <source> <object>: as $command says; whatever it says goes to $tmp/errors
# shellcheck disable=SC2317 # called as $kind
compile()
{
	local i words=("${command[0]}" -I"$tmp/include" -I"$dir/include") last=$((${#command[@]} - 1))

	for ((i = 1; i < last; i++)); do
		case ${command[i]} in
		-Wp,-MMD,*) ;;
		-o) i=$((i + 1)) ;;
		*) words+=("${command[i]}") ;;
		esac
	done
	"${words[@]}" -DPKS_MUTATION_COMPARE -I"$(dirname "${command[last]}")" -o "$2" "$1" 2> "$tmp/errors"
}

# The mutants in whose copies there was an error
mutants_in_error()
{
	awk '/^mutant-m[0-9]+: In function/ { split($1, word, /[:m]/); at = word[3] }
		/ error: / {
			nr = at
			if (match($1, /^mutant-m[0-9]+:/))
				nr = substr($1, 9, RLENGTH - 9)
			print nr
		}' "$tmp/errors" | sort -un
}

# functions <object>: "<function> <number> <hash of its code>" of each copy. What is
# behind its end is no code of its, and where a copy has its own data, that is the same
# data.
functions()
{
	objdump -drw --no-show-raw-insn "$1" | awk '
		function out() {
			if (name ~ /__m[0-9]+$/)
				print code | ("sha1sum | sed \"s/^/" name " /; s/ *-$//\"")
			close("sha1sum | sed \"s/^/" name " /; s/ *-$//\"")
			name = code = pad = ""
		}
		/^[0-9a-f]+ <.*>:$/ {
			out()
			name = substr($2, 2, length($2) - 3)
			next
		}
		name && NF {
			line = $0
			sub(/^ *[0-9a-f]+:[ \t]*/, "", line)
			gsub(/\t[0-9a-f]+: R_X86_64/, "\tR_X86_64", line)
			gsub("[0-9a-f]+ <" name "[+>]", "<SELF+", line)
			gsub(/\.(data\.once|bss|data)[-+]0x[0-9a-f]+/, ".data", line)
			gsub(/(__already_done|__warned|_entry|_rs|__func__|__key)\.[0-9]+/, "STATIC", line)
			sub(/ +$/, "", line)
			pad = pad line "\n"
			if (line ~ /^(nop|xchg +%ax,%ax$|data16|cs nop)/)
				next
			code = code pad
			pad = ""
		}
		END { out() }' | sed 's/__m\([0-9]*\) / \1 /'
}

# judge <list> <hashes>: what the compiler made of each
judge()
{
	awk -F '\t' -v broken="$tmp/broken" -v hashes="$2" '
		BEGIN {
			OFS = FS
			while ((getline nr < broken) > 0)
				bad[nr] = 1
			while ((getline line < hashes) > 0) {
				split(line, word, " ")
				if (word[2])
					hash[word[2]] = word[3]
				else
					plain[word[1]] = word[3]
			}
		}
		{
			verdict = "-"
			if (bad[$1]) {
				verdict = "broken"
			} else if (!hash[$1]) {
				verdict = "lost"
			} else if (hash[$1] == plain[$5]) {
				verdict = "same"
			} else {
				key = $5 SUBSEP hash[$1]
				if (key in first)
					verdict = first[key]
				else
					first[key] = $1
			}
			print verdict, $0
		}' "$1"
}

# What a header's functions become where they are not inlined
# shellcheck disable=SC2317 # called as $kind
compile_header()
{
	printf '#include "%s"\n' "$1" > "$tmp/header.c"
	compile "$tmp/header.c" "$2"
}

# write_mutants <number> <file>: all but those in $tmp/broken
write_mutants()
{
	: > "$tmp/list"
	"$tmp/mutate" "$(($1 * 2000))" "$tmp/plain.${2##*.}" "$2" "$dir/$2" "$tmp/list" \
		"$tmp/broken" -- -I"$(dirname "$dir/$2")" "${arguments[@]}" || exit
}

# mutate <number> <file> <compiled as>
mutate()
{
	local file=$2 as=$3 kind=compile

	command_of "${as:-$file}"
	if [[ $as ]]; then
		kind=compile_header
		mapfile -t arguments < <(printf '%s\n' -x c && clang_arguments)
	else
		mapfile -t arguments < <(clang_arguments)
	fi
	cp "$dir/$file" "$tmp/plain.${file##*.}"
	: > "$tmp/broken"
	# each round finds what the errors of the one before have hidden
	until write_mutants "$@" && "$kind" "$dir/$file" "$tmp/object"; do
		cp "$tmp/broken" "$tmp/known"
		mutants_in_error >> "$tmp/broken"
		sort -un -o "$tmp/broken" "$tmp/broken"
		if cmp -s "$tmp/known" "$tmp/broken"; then
			head -n 20 "$tmp/errors" >&2
			die "$file does not compile, and none of its mutants is the reason: see the first error above"
		fi
	done
	(($(wc -l < "$tmp/list") < 2000)) || die "$file has more than 1999 mutants: give it two numbers"
	functions "$tmp/object" > "$tmp/hashes"
	judge "$tmp/list" "$tmp/hashes" >> "$dir/mutants.list"
	say "$file: $(wc -l < "$tmp/list") mutants"
}

# SAMPLE=, SEED=, FILES= and ONLY=, for choose
check_choice()
{
	[[ -z ${SAMPLE:=} ]] || number SAMPLE "$SAMPLE" 1 99999
	number SEED "${SEED:=1}" 0 99999999
	: "${FILES:=}" "${ONLY:=}"
}

# choose: the mutants that are asked for, in the order in which they are tried
choose()
{
	local word files

	all_mutants | awk -F '\t' '$1 == "-"' > "$tmp/every"
	mapfile -t files < <(cut -f3 "$tmp/every" | sort -u)
	for word in $FILES; do
		one_of FILES "$word" "${files[@]}"
	done
	for word in $ONLY; do
		cut -f2 "$tmp/every" | grep -xF "$word" > "$tmp/found" ||
			die "ONLY=$word: there is no such mutant, use numbers of a report"
	done
	awk -F '\t' -v files="$FILES" -v only="$ONLY" '
		BEGIN {
			n = split(files, list, " ")
			for (i = 1; i <= n; i++)
				want[list[i]] = 1
			k = split(only, list, " ")
			for (i = 1; i <= k; i++)
				want[list[i]] = 1
		}
		(!n || $3 in want) && (!k || $2 in want)' "$tmp/every" | cut -f2- > "$tmp/distinct"
	[[ -s $tmp/distinct ]] ||
		die "FILES=$FILES ONLY=$ONLY: these numbers are none of these files, give one of both"
	perl -MList::Util=shuffle -e '
		my ($seed, $nr) = splice(@ARGV, 0, 2); my @all = <STDIN>;
		srand($seed); @all = shuffle(@all) if $nr;
		print @all[0 .. ($nr && $nr < @all ? $nr : @all) - 1]' "$SEED" "${SAMPLE:-0}" \
		< "$tmp/distinct" |
		sort -n > "$tmp/chosen"
}

# drop_equivalents: those of $tmp/chosen that are no mistakes get their verdict in
# $tmp/verdicts, which begins here; the others are in $tmp/mistakes. "f#2" is the second of
# those in f() that say the same.
drop_equivalents()
{
	: > "$tmp/verdicts"
	awk -F '\t' -v OFS='\t' -v verdicts="$tmp/verdicts" '
		FILENAME == ARGV[1] {
			why[$1, $2, $3, $4, $5] = $6
			next
		}
		FILENAME == ARGV[2] {
			nth[$2] = $6 "#" ++count[$3, $6, $7, $8, $9]
			next
		}
		{ reason = why[$2, $5, $6, $7, $8] why[$2, nth[$1], $6, $7, $8] }
		reason { print $1, "equivalent", "-", reason >> verdicts; next }
		{ print }' "$top/scripts/mutation/equivalent" \
		<(all_mutants | sort -n -k2) "$tmp/chosen" > "$tmp/mistakes"
}

# save_results <name>: report and verdicts, from $tmp to results/<name>-<time>
save_results()
{
	local to

	mkdir -p "$results" "$tmp/out"
	cp "$tmp/verdicts" "$tmp/out/"
	all_mutants > "$tmp/all"
	to=$results/$1-$(date -u +%Y%m%dT%H%M%SZ)
	"$top/scripts/mutation/report" "$tmp" || {
		mv "$tmp/out" "$to"
		die "the report failed, what became of each is in $to/verdicts"
	}
	mv "$tmp/out" "$to"
	cat "$to/report.txt"
	printf '%s\n' "$to/report.html"
}
