# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What two or more of the scripts need. Sourced, never run.

set -euo pipefail
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=${0##*/}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pks-bench
results=${RESULTS:-$top/results}
reference=$top/results/reference
variants_file=$top/kernel/configs/variants
series_file=$top/kernel/series

say()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# What the shell calls where there is no such program
# shellcheck disable=SC2317
command_not_found_handle()
{
	say "$1 is missing: install it (scripts/deps knows the package), or put it in PATH"
	return 127
}

# one_of <what> <value> <good value>...: refuse anything else, and list them
one_of()
{
	local what=$1 value=$2 good
	shift 2

	for good; do
		[[ $value == "$good" ]] && return 0
	done
	die "$what=$value is not known, use one of: $*"
}

# number <what> <value> <min> <max>
number()
{
	if [[ ! $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then
		die "$1=$2 is not good, use a number from $3 to $4"
	fi
}

# The kernel series

series_names()
{
	awk '!/^#/ && NF { print $1 }' "$series_file"
}

# makefile_value <name> <kernel tree>
makefile_value()
{
	awk -v k="$1" '$1 == k && $2 == "=" { print $3; exit }' "$2/Makefile"
}

tree_version()
{
	printf '%s.%s.%s%s\n' "$(makefile_value VERSION "$1")" \
		"$(makefile_value PATCHLEVEL "$1")" "$(makefile_value SUBLEVEL "$1")" \
		"$(makefile_value EXTRAVERSION "$1")"
}

# series_of <kernel tree>: the one of its version; or else the next one, if it begins with
# the same number; or else the newest before; or else the oldest
series_of()
{
	local version

	[[ ! -f $1/Makefile ]] || version=$(makefile_value VERSION "$1").$(makefile_value PATCHLEVEL "$1")
	[[ ${version-} =~ ^[0-9]+\.[0-9]+$ ]] ||
		die "KSRC=$1 is no kernel tree, its Makefile has no version: point it at one, or unset it"
	{ series_names; printf '%s\n' "$version"; } | sort -V |
		awk -v v="$version" '$1 == v { found++; next }
			!found { before = $1 }
			found && !after { after = $1 }
			END { print (found == 2 ? v : before == "" || int(after) == int(v) ? after : before) }'
}

# Sets $kernel_series to SERIES=, or that of KSRC=, or the first; $series_package,
# $series_suite and $series_folder are what the table has for it. $series_choice says
# that the suite is for a system that has no such package.
select_series()
{
	local names source

	mapfile -t names < <(series_names)
	kernel_series=${SERIES:-${names[0]}}
	[[ -n ${SERIES-} || -z ${KSRC-} ]] || kernel_series=$(series_of "$KSRC") || exit
	one_of SERIES "$kernel_series" "${names[@]}"
	read -r _ source series_folder < <(awk -v s="$kernel_series" '$1 == s' "$series_file")
	IFS='@?' read -r series_package series_suite <<< "$source"
	series_choice=$([[ $source != *\?* ]] || printf yes)
	[[ $series_folder != - ]] || series_folder=''
}

# in_series <folder> <file>: the file, below the checkout, or what the series has
# instead of it
in_series()
{
	if [[ $series_folder && -e $top/$series_folder/$2 ]]; then
		printf '%s/%s\n' "$series_folder" "$2"
	else
		printf '%s/%s\n' "$1" "$2"
	fi
}

select_series

# The variant table

variant_names()
{
	awk '!/^#/ && NF { print $1 }' "$variants_file"
}

check_variant()
{
	local names

	mapfile -t names < <(variant_names)
	one_of KERNEL "$1" "${names[@]}"
}

variant_parent()
{
	awk -v v="$1" '$1 == v { print $2 }' "$variants_file"
}

# fragment_files <fragment>...: paths, one a line; what a series has of its own comes
# after the fragment of that name
fragment_files()
{
	local fragment own

	for fragment; do
		printf '%s\n' "$top/kernel/configs/$fragment.config"
		own=${series_folder:+$top/$series_folder/configs/$fragment.config}
		[[ ! $own || ! -e $own ]] || printf '%s\n' "$own"
	done
}

# variant_fragments <variant>: paths, one a line
variant_fragments()
{
	local names

	read -r _ _ names < <(awk -v v="$1" '$1 == v' "$variants_file")
	# shellcheck disable=SC2086 # words
	fragment_files $names
}

# merge_fragments <file>...: one line an option, the last fragment decides
merge_fragments()
{
	awk '
	match($0, /^(# )?CONFIG_[A-Za-z0-9_]+/) {
		option = substr($0, RSTART, RLENGTH)
		sub(/^# /, "", option)
		if (!(option in line)) order[++n] = option
		line[option] = $0
	}
	END { for (i = 1; i <= n; i++) print line[order[i]] }' "$@"
}

# The schemes, and the guests of make test

# scheme_names: from the kernel's own table, which is the only list of them
scheme_names()
{
	local names

	names=$(sed -n 's/^\t\t\.name = "\(.*\)",$/\1/p' \
		"$top/$(in_series kernel/compare overlay/mm/pks/compare.c)")
	[[ $names ]] ||
		die "mm/pks/compare.c has no scheme: pks_schemes[] is expected to have a line '.name = \"...\",' for each"
	printf '%s\n' "$names"
}

# test_plan: scripts/test-plan without its comments; a line with SCHEME in it stands for
# one of each scheme
test_plan()
{
	local line schemes scheme

	mapfile -t schemes < <(scheme_names)
	while IFS= read -r line; do
		[[ $line && $line != \#* ]] || continue
		if [[ $line != *SCHEME* ]]; then
			printf '%s\n' "$line"
			continue
		fi
		for scheme in "${schemes[@]}"; do
			printf '%s\n' "${line//SCHEME/$scheme}"
		done
	done < "$top/scripts/test-plan"
}

# The patches

# Folders with patches/ and overlay/, in the order in which they are applied
patch_sets=(kernel/fixes kernel kernel/compare)

files_of_steps()
{
	printf '%s\n' "${steps[@]}" | awk '{
		print "patches/" $1
		for (i = 2; i <= NF; i++) print "overlay/" $i
	}' | sort
}

# What a folder has in place of files of another has that name in some manifest
check_series_folder()
{
	local wrong

	[[ $series_folder ]] || return 0
	wrong=$(cd "$top" && comm -23 \
		<(cd "$series_folder" && find . -type f ! -name '*~' ! -name '.*.sw?' ! -name '*.orig' \
			-printf '%P\n' | sort) \
		<(for set in "${patch_sets[@]}"; do find "$set" -type f -printf '%P\n'; done | sort) |
		sed -n 1p)
	[[ -z $wrong ]] ||
		die "$series_folder/$wrong stands in for nothing: give it the name of a file of ${patch_sets[*]}"
}

# read_manifest <folder>: $steps becomes the lines of its patches/series, a step
# each: the patch, and the files of the overlay that come with it. Every file that
# is there has its step, and one only.
read_manifest()
{
	local series=$top/$1/patches/series wrong

	steps=()
	[[ -f $series ]] ||
		die "$1/patches/series is missing: it has a line for each patch, with the files of $1/overlay that come with it"
	mapfile -t steps < <(grep -v -e '^#' -e '^[[:space:]]*$' "$series")

	wrong=$(files_of_steps | uniq -d | sed -n 1p)
	[[ -z $wrong ]] || die "$1/patches/series has $wrong twice: each file belongs to one step"
	wrong=$(comm -3 --output-delimiter=: <(files_of_steps) <(cd "$top/$1" &&
		find patches overlay -type f ! -name series ! -name '*~' ! -name '.*.sw?' \
			! -name '*.orig' 2> /dev/null | sort) | sed -n 1p)
	case $wrong in
	'') ;;
	:*) die "$1/patches/series does not name $1/${wrong#:}: give the file its step there" ;;
	*) die "$1/$wrong is missing, and $1/patches/series names it: take it out there, or bring the file back" ;;
	esac
}

# add_overlay <folder> <step> <directory>: the files that come with the step
add_overlay()
{
	local file files

	read -ra files <<< "$2"
	for file in "${files[@]:1}"; do
		mkdir -p "$(dirname "$3/$file")"
		cp "$top/$(in_series "$1" "overlay/$file")" "$3/$file"
	done
}

# The files that a patch changes
patched_files()
{
	sed -n 's:^--- a/\([^\t]*\).*:\1:p' "$1"
}

# is_wanted <folder> <directory> <patch>: a fix is for those trees that lack it
is_wanted()
{
	[[ $1 != kernel/fixes ]] ||
		patch -d "$2" -p1 -F0 --dry-run -sfN < "$3" > /dev/null 2>&1
}

# try_patch <directory> <patch>: a patch may be a message alone. The deliberate bugs have
# two lines of context, without which they would get in anywhere.
try_patch()
{
	local fuzz=2

	[[ $2 != */busted/* ]] || fuzz=0
	! grep -q '^--- ' "$2" ||
		patch -d "$1" -p1 -F"$fuzz" --no-backup-if-mismatch -sfN < "$2" 2>&1
}

# checkpatch <argument>...: of $src, from $tmp, where it leaves a file, and where it takes a patch for a patch (not so in a git tree). Left out:
# DEPRECATED_API: kmap() is what this is about, deprecated or not
# ARCH_INCLUDE_LINUX, INCLUDE_LINUX: asm/ is meant where linux/ has less
# STATIC_CONST_CHAR_ARRAY: call_usermodehelper() takes no const argv
checkpatch()
{
	(cd "$tmp" && "$src/scripts/checkpatch.pl" --root="$src" --strict --terse \
		--no-summary --ignore FILE_PATH_CHANGES,DEPRECATED_API,ARCH_INCLUDE_LINUX,INCLUDE_LINUX,STATIC_CONST_CHAR_ARRAY "$@")
}

# checkpatch_series <patch>...: the lines around decide about the layout of a table,
# and of a #define that follows the function it names; TRACE_EVENT() has a layout of
# its own; and Kconfig.compare is not the Kconfig that it is sourced in
checkpatch_series()
{
	checkpatch --ignore SPACING,LINE_SPACING,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,EMBEDDED_FILENAME "$@"
}

# The machines

machine_names()
{
	find "$top/machines" -type f ! -name '*~' ! -name '.*.sw?' -printf '%f\n' | sort
}

# load_machine: the description of MACHINE= (qemu), see docs/machines.md
load_machine()
{
	local names

	mapfile -t names < <(machine_names)
	one_of MACHINE "${MACHINE:=qemu}" "${names[@]}"
	declare -gA machine_lacks=()
	export MACHINE
	# shellcheck source=machines/qemu
	. "$top/machines/$MACHINE"
}

# machine_refusal <what is asked for>...: why the machine cannot do that, or nothing.
# A clock, a number of CPUs, "guest" (boots a kernel of ours), "job:" and the program that
# a job is, and whatever else a machine may have put into machine_lacks.
machine_refusal()
{
	local wish why=''

	for wish; do
		case $wish in
		guest)
			[[ $machine_boots ]] || why="it boots no kernel of ours" ;;
		instructions | time)
			[[ " ${machine_clocks[*]} " == *" $wish "* ]] ||
				why="it has no clock of $wish: ${machine_lacks[$wish]}" ;;
		[0-9]*)
			((wish <= machine_most_cpus)) ||
				why="it has $machine_most_cpus CPUs at most, not $wish${machine_lacks[cpus]+: ${machine_lacks[cpus]}}" ;;
		*)
			why=${machine_lacks[$wish]-} ;;
		esac
		[[ ! $why ]] || break
	done
	[[ ! $why ]] || printf 'MACHINE=%s: %s\n' "$MACHINE" "$why"
}

# Keys and stamps: what a thing was made from, and whether it is still that

# key_of: sha256 of standard input
key_of()
{
	sha256sum | cut -d' ' -f1
}

# hash_files <path in the checkout>...: name and content of every file there;
# what does not exist counts as empty
hash_files()
{
	local path

	cd "$top"
	for path; do
		[[ ! -e $path ]] || find -L "$path" -type f ! -name '*~' ! -name '.*.sw?' -print0
	done | sort -z | xargs -0r sha256sum
	cd - > /dev/null
}

stamp_is()
{
	[[ -f $1/.stamp && $(< "$1/.stamp") == "$2" ]]
}

set_stamp()
{
	printf '%s\n' "$2" > "$1/.stamp.new"
	mv "$1/.stamp.new" "$1/.stamp"
}

# take_lock kernel|programs: one builder of each at a time, until this shell
# ends. The source tree and the directories built from it are shared.
take_lock()
{
	mkdir -p "$cache"
	exec 9> "$cache/lock-$1"
	flock -n 9 && return
	say "waiting for another build to finish"
	flock 9
}

# keep_log <file> <what it is>: of a run that failed
keep_log()
{
	local log

	log=$cache/failed/$(date -u +%Y%m%dT%H%M%SZ)-$$.log
	mkdir -p "${log%/*}"
	tr -d '\r' < "$1" > "$log"
	say "$2 is kept in $log"
}

# Runs

# make_tmp <MiB>: sets $tmp, a new hidden folder of this shell's in results/, and
# removes those of shells that were killed. What is whole is renamed out of it.
make_tmp()
{
	local dir left

	mkdir -p "$results"
	for dir in "$results"/.tmp-*; do
		[[ ! -d $dir || -d /proc/${dir##*-} ]] || flock "$dir" rm -rf "$dir"
	done
	left=$(df -m --output=avail "$results" | tail -n 1)
	((left >= $1)) ||
		die "$results: $((left)) MiB are free, $1 are needed: make room, or set RESULTS= to another folder"
	tmp=$results/.tmp-$me-$$
	mkdir "$tmp"
}

# draw_commands: gnuplot does what $tmp/commands says. It dies with this shell, and
# has the folder locked until then: nobody removes a folder that it writes to.
draw_commands()
{
	[[ $(type -P gnuplot) ]] || command_not_found_handle gnuplot || exit
	flock -F "$tmp" setpriv --pdeathsig KILL gnuplot "$tmp/commands" 2> "$tmp/errors" ||
		die "gnuplot: $(tail -n 1 "$tmp/errors")"
}

# commit: of the checkout
commit()
{
	local id

	id=$(git -C "$top" rev-parse HEAD 2> /dev/null) || id=unknown
	[[ -z $(git -C "$top" status --porcelain 2> /dev/null) ]] || id+=-dirty
	printf '%s' "$id"
}

# newest <folder>: its newest run, as the names begin with the time
newest()
{
	local file last=''

	for file in "$1"/*/results.json; do
		[[ ! -e $file ]] || last=${file%/results.json}
	done
	[[ $last ]] || die "there is no run in $1, make one with 'make bench'"
	printf '%s\n' "$last"
}

# The repository has the results of a reference packed; they are read beside that.
unpack_reference()
{
	local packed

	for packed in "$reference"/*/results.json.gz; do
		[[ -e $packed && ! ${packed%.gz} -nt $packed ]] || continue
		if ! gzip -dc "$packed" > "${packed%.gz}.$$"; then
			rm -f "${packed%.gz}.$$"
			die "$packed cannot be unpacked: get it anew with 'git checkout results'"
		fi
		mv "${packed%.gz}.$$" "${packed%.gz}"
	done
}

# find_run <what> <name> <folder>: the folder of the run with this name; without
# a name, the newest of the folder
find_run()
{
	local dir

	unpack_reference
	if [[ -z $2 ]]; then
		newest "$3"
		return
	fi
	for dir in "$2" "$top/$2" "$results/$2" "$reference/$2"; do
		if [[ -f $dir/results.json ]]; then
			printf '%s\n' "${dir%/}"
			return
		fi
	done
	die "$1=$2 is no folder of a run, use one of results/"
}

# Progress

elapsed()
{
	printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60))
}

# show_progress <text>: redraws its line on a terminal
show_progress()
{
	if [[ -t 2 ]]; then
		printf '\r\033[K%s: %s' "$me" "$*" >&2
	else
		say "$*"
	fi
}

end_progress()
{
	[[ -t 2 ]] && printf '\r\033[K' >&2
	say "$*"
}

# run_logged <what> <log> <steps expected or 0> <command>...
# Runs the command with its output in the log, says how far it is (counting the
# lines that kbuild prints, one a step), and shows the errors when it fails. The
# command dies with this shell, so that nothing goes on building unseen, and what it
# started with it: timeout, which waits as long as it takes, hands on the signal to all
# of its group, where make would end itself and leave the makes below it.
run_logged()
{
	local what=$1 log=$2 total=$3 pid start=$SECONDS last=$SECONDS every=15 steps
	shift 3

	[[ -t 2 ]] && every=1
	setpriv --pdeathsig TERM timeout 0 "$@" > "$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		sleep 0.2
		((SECONDS - last >= every)) || continue
		last=$SECONDS
		steps=$(grep -c '^  [A-Z]' "$log" || true)
		((total <= steps)) || steps+=" of about $total"
		show_progress "$what: $steps steps, $((SECONDS - start)) s"
	done
	if ! wait "$pid"; then
		[[ -t 2 ]] && printf '\n' >&2
		{ grep -v '^  [A-Z]' "$log" |
			grep -E -A3 'error: |Error [0-9]|undefined reference|multiple definition' ||
			cat "$log"; } | tail -n 20 >&2
		die "$what failed, the log is $log"
	fi
	end_progress "$what: done, $((SECONDS - start)) s"
}

# compiler_of <configuration>...: what builds a kernel of that
compiler_of()
{
	if grep -qx CONFIG_CC_IS_CLANG=y "$@"; then
		printf 'clang-19\n'
	else
		printf 'gcc\n'
	fi
}

# set_kernel_make [<compiler>]: kernel_make becomes a make command with everything
# fixed that would otherwise get into the binary; with clang the rest of LLVM is of its
# version. ccache takes a file's dependencies from the compiler, and does not run the
# preprocessor for a miss.
set_kernel_make()
{
	local cc=${1:-gcc} llvm=()

	[[ $cc != clang* ]] || llvm=(LLVM="${cc#clang}")
	! command -v ccache > /dev/null || cc="ccache $cc"
	kernel_make=(env -u MAKEFLAGS -u MAKELEVEL
		KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC'
		CCACHE_DEPEND=1 CCACHE_BASEDIR="$cache"
		KBUILD_BUILD_VERSION=1 KBUILD_BUILD_USER=pks KBUILD_BUILD_HOST=bench
		make ARCH=x86 LOCALVERSION= CC="$cc" "${llvm[@]}")
}

# module_sources: the directories that have one, below the checkout
module_sources()
{
	find "$top/drivers" "$top/stress" -mindepth 2 -maxdepth 2 -name Makefile \
		-exec grep -l '^obj-m' {} + | sort | sed "s:^$top/::; s:/Makefile$::"
}

# patches_in <folder>: the patches there, in the order of the numbers that their
# names begin with, so that a new one goes on top of all that are older
patches_in()
{
	local patch

	for patch in "$1"/*.patch; do
		[[ ! -e $patch ]] || printf '%s\n' "$patch"
	done | sort -V
}

# bug_numbers <variant>: those of the deliberate bugs that this kernel, or a module for it,
# can be booted with
bug_numbers()
{
	local source

	{
		patches_in "$top/kernel/$1"
		while IFS= read -r source; do
			patches_in "$top/$source/$1"
		done < <(module_sources)
	} | sed -nE 's:.*/0*([1-9][0-9]*)-[^/]*$:\1:p' | sort -n
}

# mutants: a line for each, of the kernel and of the driver, as scripts/mutation/lib.sh says
mutants()
{
	cat "$(realpath "$("$top/scripts/kernel" mutation)/source")/mutants.list" \
		"$("$top/scripts/modules" mutation)/mutants.list"
}

# check_arguments <variant> <kernel arguments>: a bug, or a mutant, that this kernel does
# not have would be none, and nothing would say so
check_arguments()
{
	local word variant numbers others=()

	for word in $2; do
		case $word in
		pks_busted=*)
			mapfile -t numbers < <(bug_numbers "$1")
			if ((!${#numbers[@]})); then
				while IFS= read -r variant; do
					[[ ! $(bug_numbers "$variant") ]] || others+=("$variant")
				done < <(variant_names)
				die "KERNEL=$1 has no deliberate bugs, $word is for one of: ${others[*]}"
			fi
			one_of pks_busted "${word#*=}" 0 "${numbers[@]}" ;;
		pks_mutant=*)
			[[ $1 == mutation ]] || die "KERNEL=$1 has no mutants, $word is for: mutation"
			[[ $word == pks_mutant=@(0|-1) ]] ||
				mutants | awk -F '\t' -v want="${word#*=}" '
					$1 == "-" { known[$2] = 1 }
					END {
						n = split(want, nr, ",")
						for (i = 1; i <= n; i++)
							if (!known[nr[i]])
								exit 1
					}' ||
				die "there is no $word, use 0, -1 or numbers from a report of make mutation" ;;
		esac
	done
}

# build_modules <kernel build directory> <directory> [<variant>]: one build for all, so that
# they know each other's symbols, with the patches that a variant has for them, and with
# mutants, whose code is compared with what there is of the kernel memory; sets no stamp
build_modules()
{
	local source sources patches patch unmutated

	mapfile -t sources < <(module_sources)
	rm -rf "$2"
	for source in "${sources[@]}"; do
		mkdir -p "$2/${source%/*}"
		cp -r "$top/$source" "$2/$source"
		mapfile -t patches < <(patches_in "$2/$source/${3:-none}")
		for patch in "${patches[@]}"; do
			try_patch "$2" "$patch" >&2 ||
				die "${patch#"$2/"} does not apply: refresh the patch"
		done
	done
	if [[ ${3-} == mutation ]]; then
		unmutated=$("$top/scripts/modules" memory)
		"$top/scripts/mutation/stage" "$1" "$unmutated" "$2"
	fi
	printf 'obj-m += %s/\n' "${sources[@]}" > "$2/Kbuild"
	build_module "$1" "$2"
}

# module_flags <directory of sources> <the kernel's source>: nothing of a module says where
# it was built, nor where its headers are, which the kernel sees to in 6.12 alone. Whoever
# compiles there says so, too: ccache takes code with the option for code without it.
module_flags()
{
	printf '%s\n' "KCFLAGS=-ffile-prefix-map=$1=. -ffile-prefix-map=$2/="
}

# build_module <kernel build directory> <directory of sources>
build_module()
{
	set_kernel_make "$(compiler_of "$1/.config")"
	run_logged "modules for ${1##*/}" "$2/.log" 0 \
		"${kernel_make[@]}" -C "$1" M="$2" -j"$(nproc)" \
		"$(module_flags "$2" "$(readlink "$1/source")")" modules
}

# distrust <folder to build in> <directory>: make goes by dates, and they say nothing of what
# another checkout has built there, or of a source that has gone: all of that becomes old
distrust()
{
	local sources

	sources=$(cd "$top" && pwd && find "$2" lib -name '*.[ch]' | sort)
	! stamp_is "$1" "$sources" || return 0
	mkdir -p "$1"
	find "$1" -type f -exec touch -d @0 {} +
	set_stamp "$1" "$sources"
}

# make_programs <directory> guest|host|stick: builds what runs there, and prints the
# directory that holds it
make_programs()
{
	local out=$cache/programs/$1-$2

	distrust "$out" "$1"
	run_logged "$1" "$out/.log" 0 env -u MAKEFLAGS -u MAKELEVEL \
		make -C "$top/$1" O="$out" -j"$(nproc)" "$2"
	printf '%s\n' "$out/bin"
}

# make_selftests: builds the tests in the patched tree, and prints the directory
# where kselftest installs them. The driver's module is left to others.
make_selftests()
{
	local out src

	src=$("$top/scripts/kernel" --source)
	out=$cache/programs/selftests-${src##*/}
	"$top/scripts/kselftest" "$src"
	rm -rf "$out/installed"
	mkdir -p "$out"
	run_logged selftests "$out/.log" 0 env -u MAKEFLAGS -u MAKELEVEL \
		make -C "$src/tools/testing/selftests" O="$out/build" TARGETS=pks \
		FORCE_TARGETS=1 TEST_GEN_MODS_DIR= INSTALL_PATH="$out/installed" \
		-j"$(nproc)" install
	printf '%s\n' "$out/installed"
}
