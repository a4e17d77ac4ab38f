# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What runs somebody's job file in a guest, JOB=, as fio and stress-ng do. Sourced
# after lib.sh.

# take_settings <least CPUs>: what the variables ask for, checked
take_settings()
{
	load_machine
	kernel=${KERNEL:-pks} cpus=${CPUS:-2} seconds=${DURATION:-10} suffix=''
	check_variant "$kernel"
	check_arguments "$kernel" "${ARGS-}"
	number CPUS "$cpus" "$1" 64
	number SECONDS "$seconds" 1 1000
	[[ ! ${DURATION-} || ${JOB-} ]] ||
		die "SECONDS=$DURATION is for a job file: name one, JOB=, or leave it out, as our own jobs end by themselves"
	case $kernel in
	hash | checked) suffix=-hash ;;
	lean | none) suffix=-$kernel ;;
	esac
	arguments=${ARGS-}
	if [[ " $arguments " == *' nopks '* ]]; then
		[[ ! $suffix ]] || die "KERNEL=$kernel ARGS=nopks: use the kernel pks without PKS, or none"
		suffix=-nopks
	fi
}

# take_job: JOB= is a file that can be read, and there is something in it
take_job()
{
	[[ -f $JOB && -r $JOB ]] || die "JOB=$JOB: there is no such file, or it cannot be read: name a job file"
	[[ -s $JOB ]] || die "JOB=$JOB: expected a job file, it is empty"
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
}

# run_row <arguments of pks-bench> <file for the guest's /bin>...: ends as scripts/bench does
run_row()
{
	local bench=$1 options=() file row=${arguments:--}
	shift

	[[ ! ${job_file-} ]] || options+=(-j "$job_file")
	for file; do
		options+=(-f "$file")
	done
	PERF=0 setpriv --pdeathsig TERM "$top/scripts/bench" "${options[@]}" \
		-p "time-${cpus}cpu$suffix $kernel time $cpus ${row// /,} -b $bench${PKS_KMAP:+ -s $PKS_KMAP}"
}

# run_job <benchmark> <file>...: of $tmp/job, which is complete. The name that it has
# everywhere is that of JOB= with a hash of all that it is run with: figures mean the
# same where that is the same.
run_job()
{
	local bench=$1 name
	shift

	name=$(basename "$JOB" | tr -c 'A-Za-z0-9_.\n-' '-')
	name=${name%.*}-$({ cat "$tmp/job"; printf '%s\n' "${MB-}"; } | key_of | cut -c1-7)
	job_file=$tmp/$name
	mv "$tmp/job" "$job_file"
	run_row "$bench -j /bin/$name" "$@"
}
