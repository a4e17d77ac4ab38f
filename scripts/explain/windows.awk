# SPDX-License-Identifier: GPL-2.0
#
# Finds the samples of pks-bench in what trace.c has written, and prints the instructions
# of one: awk -f windows.awk -v sample=<which, from 0> kallsyms samples trace
#
# kallsyms is the guest's, sorted. samples has a line for each phase of each record that
# took time, in the order of the run: <record> <phase> <wanted or -> <sample>...
#
# Which of the windows between two readings of the clock are the samples of a phase is
# found by their lengths: windows that begin and end at the same two places of the driver
# one after the other have, all of them, as many instructions as the samples say. So what
# is printed adds up, or is not found.
#
# Printed is, for each phase wanted, "=", its name and the number of instructions; then for each
# instruction <function>, what it looks like wherever it is linked, whether it counts,
# <function+offset>, and the instruction, with tabs between.

function hex(text,	i, n)
{
	n = 0
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}

# nearest(address): sets name and offset to those of the symbol at or before that
function nearest(address,	low, high, middle)
{
	low = 1
	high = symbols
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (where[middle] <= address "")
			low = middle
		else
			high = middle - 1
	}
	name = what[low]
	offset = hex(substr(address, 7)) - hex(substr(where[low], 7))
}

# The addresses of a kernel, and of the variables of a CPU, are 32 bits and what comes
# before them: all ones, or all zeros
function address_of(low)
{
	if (low >= 4294967296)
		return sprintf("%016x", low - 4294967296)
	return sprintf("ffffffff%04x%04x", int(low / 65536), low % 65536)
}

function plus(offset)
{
	return offset ? sprintf("+0x%x", offset) : ""
}

# replace(address, pattern begins, its length): in line and key
function replace(address, start, len,	full)
{
	nearest(address)
	full = name plus(offset)
	line = substr(line, 1, start - 1) full substr(line, start + len)
	start += length(key) - before
	# how far it is into a function, or a table, is the linker's business
	key = substr(key, 1, start - 1) (name == function_of[number] ? "." : name) \
		substr(key, start + len)
}

# symbolise(number, address, size, text): how an instruction reads
function symbolise(nr, address, size, text,	n)
{
	number = nr
	nearest(address)
	function_of[nr] = name
	place[nr] = name plus(offset)
	line = key = text
	before = length(line)
	if (match(line, /0xffffffff[89a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/)) {
		replace(substr(line, RSTART + 2, 16), RSTART, RLENGTH)
	} else if (match(line, /-?0x[0-9a-f]+\(%rip\)/)) {
		n = substr(line, RSTART, 1) == "-" ? -hex(substr(line, RSTART + 3, RLENGTH - 9)) : \
			hex(substr(line, RSTART + 2, RLENGTH - 8))
		replace(address_of(hex(substr(address, 9)) + size + n), RSTART, RLENGTH - 6)
	} else if (match(line, /-0x[1-7][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]\(/)) {
		n = 4294967296 - hex(substr(line, RSTART + 3, 8))
		replace(address_of(n), RSTART, RLENGTH - 1)
	}
	text_of[nr] = line
	key_of[nr] = key
}

# What a fault keeps from being executed is not counted: it comes again
function faults(next_one)
{
	return place[next_one] ~ /^asm_exc_(page_fault|general_protection)$/
}

function take_path(	i, begin, end, counted)
{
	begin = end = ""
	counted = 0
	for (i = 3; i <= NF; i++) {
		if (i == NF || !faults($(i + 1)))
			counted++
		if (function_of[$i] == "pks_ticks")
			continue
		end = at[$i]
		if (begin == "")
			begin = end
	}
	path[$2] = $0
	count[$2] = counted
	places[$2] = begin "-" end
}

function take_window(	id)
{
	id = $2
	window[++windows] = id
	if (id == "-")
		return
	starts[places[id], length(lengths[places[id]])] = windows
	lengths[places[id]] = lengths[places[id]] count[id] " "
}

# search(places, samples, from): the first window of a run of them with these lengths, or 0
function search(where_from, samples, from,	at_char, pos, first, all)
{
	all = " " lengths[where_from]
	at_char = 1
	while (pos = index(substr(all, at_char), " " samples)) {
		first = starts[where_from, at_char + pos - 2]
		if (first >= from)
			return first
		at_char += pos
	}
	return 0
}

# nth(window, n): the n-th one from that on that begins and ends where it does
function nth(first, n,	w)
{
	for (w = first; n; n--)
		do {
			w++
		} while (w <= windows && places[window[w]] != places[window[first]])
	return w
}

# find(n): the first window of line n of the samples, or 0. Its places are taken then, for
# the other phases of that record, and end_of_record is not before its last one
function find(n, from,	p, w, best, last)
{
	best = 0
	for (p in lengths) {
		if (p in taken)
			continue
		w = search(p, samples_of[n], from)
		if (w && (!best || w < best))
			best = w
	}
	if (best) {
		taken[places[window[best]]]
		last = nth(best, number_of[n] - 1)
		if (last > end_of_record)
			end_of_record = last
	}
	return best
}

function print_window(w, phase,	i, fields, parts)
{
	printf "=\t%s\t%d\n", phase, count[window[w]]
	fields = split(path[window[w]], parts)
	for (i = 3; i <= fields; i++)
		printf "%s\t%s\t%d\t%s\t%s\n", function_of[parts[i]], key_of[parts[i]],
			i == fields || !faults(parts[i + 1]), place[parts[i]],
			text_of[parts[i]]
}

FNR == 1 {
	file++
}

file == 1 {
	if ($1 == where[symbols])
		next
	where[++symbols] = $1 ""
	what[symbols] = $3
	next
}

file == 2 {
	number_of[FNR] = NF - 3
	record_of[FNR] = $1
	phase_of[FNR] = $2
	wanted[FNR] = $3
	for (i = 4; i <= NF; i++)
		samples_of[FNR] = samples_of[FNR] $i " "
	lines = FNR
	next
}

$1 == "i" {
	text = $5
	for (i = 6; i <= NF; i++)
		text = text " " $i
	at[$2] = $3
	symbolise($2, $3, $4, text)
}

$1 == "p" {
	take_path()
}

$1 == "w" {
	take_window()
}

END {
	from = 1
	for (n = 1; n <= lines; n++) {
		# another record comes behind all of this one; the phases of one come in the
		# order of its pattern, whatever that is, and each at places of its own
		if (record_of[n] != record_of[n - 1]) {
			from = end_of_record + 1
			split("", taken)
		}
		w = find(n, from)
		if (wanted[n] == "-")
			continue
		if (!w) {
			printf "expected %d paths as long as the samples of %s, from one reading of the driver's clock to the next, found none: use a metric that the driver measures\n",
				number_of[n], phase_of[n] > "/dev/stderr"
			exit 1
		}
		print_window(nth(w, sample), phase_of[n])
	}
}
