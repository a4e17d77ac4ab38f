# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
#
# What the self-tests here have in common. Sourced with the folder of the programs as
# the first argument, never run. $dir is a folder that goes with the shell, and what
# stands in $dir/out is shown where a result is bad.

set -u

bin=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
nr=0
failed=0

# result <status> <name>
result()
{
	nr=$((nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $nr $2"
	else
		failed=$((failed + 1))
		echo "not ok $nr $2"
		sed 's/^/# /' "$dir/out"
	fi
}

# finish: the plan, the sum, and the exit status
finish()
{
	echo "1..$nr"
	echo "# $((nr - failed)) passed, $failed failed"
	[ "$failed" -eq 0 ]
}
