# SPDX-License-Identifier: GPL-2.0
#
# The table of contents; the work is done in scripts/.

# bash counts in a variable of this name
unexport SECONDS

.PHONY: help bench compare explain bisect plot project test kselftest kernel-tests walk mutants new-bug mutation mutation-bench pmem stress stress-ng fio fuzz coverage series stick vm lint clean

help:
	@echo 'make bench   build, boot, measure; results/<run>/ and a verdict of one screen'
	@echo 'make compare better or worse? BASE=<run> HEAD=<run>; fails if worse'
	@echo 'make explain the instructions of METRIC="pf-unprotect touch page"; BASE=<commit> HEAD=<commit>: what changed'
	@echo 'make bisect  the commit that made METRIC= worse, between GOOD=<commit> and BAD=<commit>'
	@echo 'make plot    draw RUN=<run> (the newest), its report.html, and all runs over time'
	@echo 'make project what the events that RUN= counted would cost on another machine (COSTS=: a table or a run)'
	@echo 'make test    build, boot and run the tests of every rule; results/test-<time>/'
	@echo 'make kselftest put the tests into a kernel tree, TREE=, as a kselftest target'
	@echo 'make walk    interrupt what changes PKRS at each of its instructions'
	@echo 'make mutants boot each deliberate bug: do the tests catch it?'
	@echo 'make new-bug BUG= ORIGIN= BREAKS= CAUGHT_BY=   turn the change in the checkout into a deliberate bug: CONTRIBUTING.md'
	@echo 'make mutation boot small mistakes made by rule: SAMPLE=100 SEED=1, FILES=, ONLY=, LIMIT=3'
	@echo 'make mutation-bench the same for the code that makes figures and verdicts, on this machine'
	@echo 'make pmem    file systems on persistent memory: SECONDS=5 a stressor, CUTS=5 power cuts'
	@echo 'make stress  torture with an oracle: SEED=, SEEDS=1-50, GDB=1, CLOCK=time SECONDS='
	@echo 'make stress-ng mix the patterns with stressors: ours, or those of a job file, JOB=; SECONDS=10 each'
	@echo 'make fio     run a job file of fio, JOB=, on the protected disk of MB=16; SECONDS=10 a job'
	@echo 'make fuzz    make ioctls that nobody would make, for SECONDS=60; CALLS= SEED=1'
	@echo 'make coverage lines that selftests and SECONDS=60 of fuzzing reach'
	@echo 'make series  write the feature as patches that can be mailed, into OUT='
	@echo 'make stick   write a disk that a machine with PKS boots from USB, OUT=stick.img'
	@echo 'make kernel-tests run selftests of the kernel itself with PKS and without, and compare the results'
	@echo 'make vm      a root shell in the guest, driver loaded'
	@echo 'make lint    shellcheck, checkpatch and sparse'
	@echo 'make clean   remove the cache: sources, kernels, images'
	@echo
	@echo 'MACHINE=$(subst $(eval) ,|,$(notdir $(wildcard machines/*)))  what runs the kernel (qemu): docs/machines.md'
	@echo 'CLOCK=instructions|time      bench: this clock only; vm: its clock (time)'
	@echo 'CPUS="1 2 4"                 bench: these numbers of CPUs; vm: one number (2)'
	@echo 'MEM=                         MiB of a guest (1024)'
	@echo 'MB=                          fio: MiB of the protected disk (16), MEM= follows'
	@echo 'PAIRS=199, RACES=29          walk: an NMI amid each interruption, or another CPU meanwhile; WINDOW='
	@echo 'KERNEL=pks|checked|debug|kcsan|... the kernel: kernel/configs/variants (pks)'
	@echo 'PROFILE=full                 bench: the kernels hash, lean, outline and none as well'
	@echo 'PROFILE=full                 test: checked, none, lean, more walks, all that is judged without a guest'
	@echo 'PROFILE=all                  test: the other kernels, and all checks of each patch of the series'
	@echo 'ONLY="pf-unprotect kmap"     bench: these benchmarks alone, CLOCK=instructions unless it is set'
	@echo 'PERF=1                       bench: what perf stat counts while each step runs'
	@echo 'LEAST=15                     compare: the least change that counts on the time clock, %'
	@echo 'ONLY="1 10"|rules            mutants: these alone, or one for each rule'
	@echo 'ONLY="x86 mm:cow"            kernel-tests: these targets, or programs of them'
	@echo 'SEED=, SEEDS=1-50            stress: one interleaving each, CLOCK=instructions'
	@echo 'HOSTS="a 4/b :"              stress: the seeds of SEEDS= on these machines, by ssh'
	@echo 'STEPS=, SCHEMES="page stop"  stress: steps of a thread, schemes (page:strict: one mode)'
	@echo 'SECONDS=                     stress: how long, CLOCK=time (120)'
	@echo 'GDB=1                        stress: a debugger at the violation that SEED= finds'
	@echo 'ARGS=pks_busted=29           stress, stress-ng, fio: words for the command line of the kernel'
	@echo 'PKS_KMAP=<scheme>            scheme at boot (docs/kernel.md)'
	@echo 'PKS_MODE=strict|relaxed|silent mode at boot'
	@echo 'RESULTS=                     another folder for results/'
	@echo 'SERIES=6.12|7.3|all          the kernel series: kernel/series (6.12); all: make test alone'
	@echo 'KSRC=                        another kernel tree, of the series nearest to it'

bench:
	@scripts/bench

compare:
	@scripts/compare "$(BASE)" "$(HEAD)"

explain:
	@METRIC="$(METRIC)" BASE="$(BASE)" HEAD="$(HEAD)" scripts/explain/run

bisect:
	@METRIC="$(METRIC)" GOOD="$(GOOD)" BAD="$(BAD)" scripts/bisect

project:
	@scripts/project "$(RUN)"

plot:
	@scripts/plot "$(RUN)"

test:
	@scripts/test

kselftest:
	@scripts/kselftest "$(TREE)"

walk:
	@scripts/walk

mutants:
	@scripts/mutants $(ONLY)

new-bug:
	@scripts/new-bug

mutation:
	@scripts/mutation/run

stress:
	@DURATION="$(SECONDS)" scripts/stress

pmem:
	@DURATION="$(SECONDS)" scripts/pmem

fio:
	@DURATION="$(SECONDS)" scripts/fio

stress-ng:
	@DURATION="$(SECONDS)" scripts/stress-ng

fuzz:
	@scripts/fuzz $(SECONDS)

coverage:
	@scripts/coverage $(SECONDS)

series:
	@OUT="$(OUT)" scripts/series

mutation-bench:
	@scripts/mutation/bench

stick:
	@OUT="$(OUT)" scripts/stick

kernel-tests:
	@scripts/kernel-tests

vm:
	@scripts/deps
	@scripts/guest -i

lint:
	@scripts/lint

clean:
	@scripts/clean
