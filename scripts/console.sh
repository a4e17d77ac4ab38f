# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What a guest's console says, judged. A job says there what it expects of the kernel:
# "pks-expect begin <regex>", one that has to come, or "pks-expect allow <regex>", one that
# may, until "pks-expect end"; "pks-at" says where it is.

# What a splat begins with, after the time stamp
splats='BUG: |WARNING: |Oops: |Oops\[|kernel BUG at |general protection fault|(traps: )?PANIC: '
splats+='|double fault|stack segment|invalid opcode|divide error|int3: |UBSAN: |ODEBUG: '
splats+='|unchecked MSR access|(rcu: )?INFO: (rcu|task|trying) |rcu: .* stall|watchdog: BUG'
splats+='|list_(add|del) corruption|.*page allocation failure|kmemleak: .* new suspected'

# judge_console: reads the console to its end, or to the first thing that is wrong, and
# prints that or the job's exit status
judge_console()
{
	local line='' last status='' head='' cut=0 expect='' asked=0 matched=0 inside=0 at=''

	while last=$line && IFS= read -r line; do
		line=${line%$'\r'}
		[[ ! $line =~ ^\[\ *[0-9]+\.[0-9]+\]\ (.*)$ ]] || line=${BASH_REMATCH[1]}
		if ((cut)); then
			# a WARN may have its message here, before its WARNING: line,
			# and another CPU may say something in between, or warn, too
			if [[ $line =~ ^($splats) ]]; then
				cut=$((cut - 1))
			else
				# the last of it: the rest of another CPU's splat may be before
				head+="${head:+ / }$line"
				((${#head} <= 2000)) || head=${head: -2000}
			fi
		fi
		case $line in
		'pks-expect begin '*)
			((!asked || matched)) || break
			expect=${line#pks-expect begin } asked=1 matched=0 inside=0 ;;
		'pks-expect allow '*)
			((!asked || matched)) || break
			expect=${line#pks-expect allow } asked=1 matched=1 inside=0 ;;
		'** replaying previous printk message **')
			# a console that was taken over amid a line says that again
			[[ $last != 'pks-expect begin '* ]] || asked=0 ;;
		'pks-expect end'*)
			((!asked || matched)) || break
			asked=0 inside=0 ;;
		'pks-at '*)
			at=" (${line#pks-at })" ;;
		'guest: exit status '*)
			status=$line ;;
		'------------[ cut here ]'*)
			((cut)) || head=''
			cut=$((cut + 1)) ;;
		'---[ end trace '*)
			((cut)) || head=''
			inside=0 ;;
		'reboot: '*)
			# the emulator may be slow to notice
			[[ -z $status ]] || break ;;
		'Kernel panic'*)
			printf 'the kernel said%s: %s\n' "$at" "$line"
			return ;;
		*)
			((!inside)) || continue
			[[ $line =~ ^($splats) ]] || continue
			if ((asked)) && [[ $line =~ $expect || $head =~ $expect ]]; then
				matched=1 inside=1
				continue
			fi
			printf 'the kernel said%s: %s\n' "$at" "${head:+$head / }$line"
			return ;;
		esac
	done
	if ((asked && !matched)); then
		printf 'the job asked for a splat like "%s" and none came%s\n' "$expect" "$at"
	else
		printf '%s\n' "${status:-nothing}"
	fi
}
