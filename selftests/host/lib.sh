# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the programs beside this have in common: results as KTAP. Who sources it has $top,
# the checkout, and $tmp, a folder that goes away at the end, and ends with "finish".

set -euo pipefail
export LC_ALL=C

# shellcheck disable=SC2034 # for who sources this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

number=0
failed=0
# Whether check shows what a command printed "always", or if it fails
show=''

echo "KTAP version 1"

# result <0 or not> <name> [<explanation>]
result()
{
	local verdict=ok

	number=$((number + 1))
	(($1 == 0)) || verdict='not ok' failed=1
	echo "$verdict $number $2"
	[[ -z ${3-} ]] || echo "# $3"
}

# skip <name> <reason>
skip()
{
	result 0 "$1 # SKIP $2"
}

# only_with full|all <reason>: nothing of it is run without that profile
only_with()
{
	[[ ${PROFILE-} != all && ${PROFILE-} != "$1" ]] || return 0
	echo "1..0 # SKIP $2: PROFILE=$1"
	exit 4
}

# unless_passed <path in the checkout>...: where all of it has passed, with the same files
# there, the same packages installed, the same MACHINE= and SERIES=, and the same source of
# the kernel, make test leaves it at that. PROFILE=full, and who runs the program itself, does it again, and so
# does KSRC=, as whatever is in that tree may have changed.
unless_passed()
{
	local key

	[[ ${PROFILE-} == default && ! ${KSRC-} ]] || return 0
	# shellcheck disable=SC2016 # of the other shell
	kept=$(of_scripts eval 'echo "$cache"')/passed/${0##*/}
	key=$({ of_scripts hash_files selftests/host/lib.sh "selftests/host/${0##*/}" "$@"
		cat /var/lib/dpkg/status 2> /dev/null || true
		echo "${MACHINE-} ${SERIES-} ${PKS_PRISTINE-}"; } | of_scripts key_of)
	if of_scripts stamp_is "$kept" "$key"; then
		echo "1..0 # SKIP passed with these files on $(date -r "$kept/.stamp" +'%F at %R'): PROFILE=full"
		exit 4
	fi
	kept_key=$key
}

# check <name> <command>...: the status of the command is the result
check()
{
	local name=$1 status=0
	shift

	"$@" > "$tmp/out" 2>&1 || status=$?
	result "$status" "$name"
	[[ $status == 0 && ! $show ]] || sed 's/^/# /' "$tmp/out"
}

# refuses <pattern> <command>...: it fails, and says why in one line, beside those of builds
refuses()
{
	local pattern=$1
	shift

	! "$@" > /dev/null 2> "$tmp/refused" || return
	cat "$tmp/refused"
	(($(grep -vcE ': (done, |waiting for another)| steps, [0-9]+ s$' "$tmp/refused") == 1)) &&
		grep -Eq "$pattern" "$tmp/refused"
}

# bail_out <what>: it failed, as $tmp/out says, and there is nothing to judge without it
bail_out()
{
	sed 's/^/# /' "$tmp/out"
	echo "Bail out! $1: $(tail -n 1 "$tmp/out")"
	exit 1
}

# of_scripts <function> [<argument>]...: one of scripts/lib.sh
of_scripts()
{
	# shellcheck disable=SC2016 # of the other shell
	bash -c '. "$0/scripts/lib.sh"; "$@"' "$top" "$@"
}

# schemes_for_all: those that open a page for everyone
schemes_for_all()
{
	of_scripts scheme_names | grep -vx -e page -e off
}

# report <run>: results.json of what was measured there, on no machine in particular
report()
{
	jq -n '[("commit", "kernel", "config", "gcc", "qemu", "qemu_args", "host_cpu", "host_cores",
			"host_kernel", "host_os") | {(.): ""}] | add + {target: "qemu", tools: "none"}' \
		> "$1/machine.json"
	"$PKS_REPORT" "$1" > "$1/table"
}

finish()
{
	echo "1..$number"
	if [[ $failed == 0 && ${kept_key-} ]]; then
		mkdir -p "$kept"
		of_scripts set_stamp "$kept" "$kept_key"
	fi
	exit "$failed"
}
