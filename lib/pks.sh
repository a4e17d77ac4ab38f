# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What scripts that run beside the feature have in common: the files that choose, and
# announcing the kernel's warnings. Sourced by sh; the same as choice.c and expect.c for
# programs. In a guest it is /lib/pks.sh, which is where ../../lib is from /bin, too.

# shellcheck disable=SC2034 # for who sources this
{
	pks=/sys/kernel/mm/pks
	pks_counters=/sys/kernel/debug/pks/counters
	pks_disk_mode=/sys/module/pks_test/parameters/blk_mode
	pks_pmem=/sys/module/pks_test/parameters/pmem
	pks_pmem_counters=/sys/kernel/debug/pks_pgmap
}

# choices kmap|mode: all names that there are
choices()
{
	tr -d '[]' < "$pks/$1"
}

# chosen kmap|mode: the one that is in force
chosen()
{
	sed 's/.*\[\(.*\)\].*/\1/' "$pks/$1"
}

# choose kmap|mode <name>: fails, and leaves the reason on standard error
choose()
{
	echo "$2" > "$pks/$1"
}

# A scheme is left only while no protected page is mapped: to another one and back.
scheme_can_be_left()
{
	was=$(chosen kmap)
	for other in $(choices kmap); do
		[ "$other" = "$was" ] || break
	done
	choose kmap "$other" && choose kmap "$was" && [ "$(chosen kmap)" = "$was" ]
}

# saves_not_restored: a kernel that counts them; more than what runs now
saves_not_restored()
{
	awk 'NR == 1 { for (i = 2; i <= NF; i++) column[$i] = i; next }
		{ saves += $column["saves"]; restores += $column["restores"] }
		END { diff = saves - restores
		      if (diff > 8 || diff < -8) print saves " and " restores }' "$pks_counters"
}

# warn_again: what the kernel warns of once it warns of once more
warn_again()
{
	echo 1 > /sys/kernel/debug/clear_warn_once
}

# For whoever watches the console (scripts/console.sh): a warning that looks like the
# extended regular expression has to come (expect_splat) or may come (allow_splats) from
# here to expect_end; and where this is (say_at)
expect_splat()
{
	warn_again && echo "pks-expect begin $1" > /dev/kmsg
}

allow_splats()
{
	echo "pks-expect allow $1" > /dev/kmsg
}

expect_end()
{
	echo 'pks-expect end' > /dev/kmsg
}

say_at()
{
	echo "pks-at $*" > /dev/kmsg
}
