# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034
#
# What builds and measures commits beside the checkout. Sourced behind lib.sh, never run.
#
# All commits share one clone, $clone, and one cache of its own, so that what is built
# for one is there for the next where nothing has changed. Kernels are those of $cache.

clone=$cache/commits/checkout

# take_metric: METRIC= becomes $bench, $metric and $scheme
take_metric()
{
	local more

	read -r bench metric scheme more <<< "${METRIC-}"
	[[ ${scheme-} && ! $more && $METRIC =~ ^[A-Za-z0-9\ _-]+$ ]] ||
		die "METRIC=${METRIC-} is not good, use the benchmark, the metric and the scheme, as compare names them: METRIC='pf-unprotect touch page'"
}

# commit_of <what> <name>
commit_of()
{
	git -C "$top" rev-parse -q --verify "$2^{commit}" ||
		die "$1=$2 is no commit of the checkout"
}

# checkout_commit <commit>: the clone becomes that, and this shell's until it ends
checkout_commit()
{
	mkdir -p "$clone"
	exec 8> "$cache/commits/lock"
	flock -n 8 || {
		say "waiting for another use of $clone to finish"
		flock 8
	}
	[[ -d $clone/.git ]] || git init -q "$clone"
	# copied: what a branch of the checkout has may be gone the next time
	git -C "$clone" -c gc.auto=0 fetch -q --no-tags "$top" "$1"
	git -C "$clone" -c advice.detachedHead=false checkout -q --force --detach "$1"
	git -C "$clone" clean -q -d -f -x
}

# use_commits_cache: what this shell builds from now on goes into the commits' own cache
use_commits_cache()
{
	local mine=$cache/commits/cache/pks-bench shared

	mkdir -p "$mine" "$cache"/{build,src,objects,packages,pristine}
	: >> "$cache/lock-kernel"
	: >> "$cache/lock-packages"
	: >> "$cache/lock-programs"
	: >> "$cache/lock-series"
	for shared in build src objects packages pristine lock-{kernel,packages,programs,series}; do
		ln -sfn "$cache/$shared" "$mine/$shared"
	done
	export XDG_CACHE_HOME=$cache/commits/cache
	cache=$mine
}
