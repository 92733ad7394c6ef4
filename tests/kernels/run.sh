#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh run.sh MACHINE PROGRAMS LIST KEEP     runs LIST's tests for MACHINE on a kernel of Debian's, in an emulated machine
#
#   MACHINE    arm64, riscv64, ppc64el, s390x, armhf, mips64el, amd64, amd64-64 (64 CPUs); arm64-sid, amd64-sid: the
#              newest kernel and C library that Debian has, in which rseq is V2
#   PROGRAMS   a folder with the programs, and init: static, except for sid
#   LIST       lines "MACHINES SECONDS HOW PROGRAM ARGUMENTS...": tests.txt, which explains them
#   KEEP       a folder for kernels and logs
#
# By hand one may set CPUS, MEMORY (MiB), CPU (QEMU's), SUITE and FLAVOUR (of Debian's kernel packages: rt-amd64 ...),
# and ARGUMENTS for the kernel. The machine has 1400 s. Exit status: 0 passed, 1 failed, 77 the machine or its kernel is
# not to be had.
set -u
name=$1 programs=$2 list=$3 keep=$4
isa=${name%%-*} suite=bookworm cpus=4 memory=1024 arguments=
case $name in
  *-sid) suite=sid libraries=$keep/cache/$isa-sid-libraries listed=$isa ;;
  *) libraries= listed=$name ;;
esac
case $name in
  arm64 | arm64-sid)
            flavour=cloud-arm64 qemu=aarch64 package=qemu-system-arm console=ttyAMA0
            machine='-M virt,gic-version=3' cpu=max,pauth-impdef=on
            # Before 8.2, QEMU goes on to run what it has translated of code that an SVE store changes, as the newest C
            # library's memcpy does (CTSRD-CHERI/qemu#241).
            [ -z "$libraries" ] || cpu=$cpu,sve=off,sme=off ;;
  riscv64)  flavour=riscv64 qemu=riscv64 package=qemu-system-misc console=ttyS0 suite=trixie machine='-M virt' cpu=rv64 ;;
  ppc64el)  flavour=powerpc64le qemu=ppc64 package=qemu-system-ppc console=hvc0 machine='-M pseries' cpu=power9 ;;
  s390x)    flavour=s390x qemu=s390x package=qemu-system-misc console=ttysclp0 machine='-M s390-ccw-virtio' cpu=max ;;
  armhf)    flavour=armmp qemu=arm package=qemu-system-arm console=ttyAMA0 machine='-M virt,gic-version=3' cpu=cortex-a15 ;;
  mips64el) flavour=5kc-malta qemu=mips64el package=qemu-system-mips console=ttyS0 cpus=1 machine='-M malta' cpu=5KEf ;;
  amd64 | amd64-64 | amd64-sid)
            # With SMAP: before 9.1, QEMU kills a program at its IRET there, which lazyref therefore does not execute.
            flavour=cloud-amd64 qemu=x86_64 package=qemu-system-x86 console=ttyS0 machine='-M q35' cpu=max
            arguments="no_timer_check nohz_full=1-3"
            [ $name = amd64 ] || arguments="no_timer_check"
            [ $name != amd64-64 ] || cpus=64 ;;
  *) echo "there is no machine '$name'"; exit 2 ;;
esac
cpus=${CPUS:-$cpus} memory=${MEMORY:-$memory} cpu=${CPU:-$cpu} suite=${SUITE:-$suite} flavour=${FLAVOUR:-$flavour}
arguments="$arguments ${ARGUMENTS:-}"
here=$(cd "$(dirname "$0")" && pwd)

for tool in qemu-system-$qemu:$package cpio:cpio; do
  command -v "${tool%:*}" >/dev/null || { echo "SKIPPED: kernels: $name: needs ${tool#*:}"; exit 77; }
done
kernel=$keep/cache/$isa-$suite-$flavour
[ -s "$kernel" ] || sh "$here/fetch.sh" "$isa" $suite $flavour "$kernel" || exit
[ -z "$libraries" ] || [ -d "$libraries" ] || sh "$here/fetch.sh" "$isa" $suite libraries "$libraries" || exit

log=$keep/$name.log
work=$keep/$name
rm -rf "$work"
mkdir -p "$work/tree/dev"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Comments, and what is for other machines, go.
awk -v name="$listed" '!/^#/ && NF > 3 {
  others = sub(/^-/, "", $1)
  if ($1 == "all" || (index("," $1 ",", "," name ",") != 0) != others) { sub(/^[^ ]+ /, ""); print }
}' "$list" >"$work/all" && [ -s "$work/all" ] || { echo "FAILED: kernels: $name: $list has no test for it"; exit 1; }
# exec_probe is what unit tests execute.
for program in init exec_probe $(awk '{print $3}' "$work/all" | sort -u); do
  if [ -e "$programs/$program" ]; then
    cp "$programs/$program" "$work/tree/" || exit 1
  else
    echo "$program" >>"$work/none"
  fi
done
[ -z "$libraries" ] || cp -R "$libraries/." "$work/tree/" || exit 1
touch "$work/none"
# Catch2 3 has no headers for other architectures; all other programs have to be there.
while read -r program; do
  case $program in
    unit) echo "SKIPPED: kernels: $name: $program was not built" ;;
    *) echo "FAILED: kernels: $name: $program was not built"; exit 1 ;;
  esac
done <"$work/none"
awk -v none=" $(tr '\n' ' ' <"$work/none")" '!index(none, " " $3 " ")' "$work/all" >"$work/tree/tests"
wanted=$(wc -l <"$work/tree/tests")
(cd "$work/tree" && find . | cpio -o -H newc --quiet) >"$work/initrd" || exit 1

serial='-serial stdio'
[ $name != s390x ] || serial='-chardev stdio,id=console -device sclpconsole,chardev=console'
began=$(date +%s)
timeout --foreground -k 5 1400 qemu-system-$qemu $machine -cpu $cpu -smp "$cpus" -m "$memory" -accel tcg,thread=multi,tb-size=256 \
  -nodefaults -nographic -no-reboot -monitor none $serial -kernel "$kernel" -initrd "$work/initrd" \
  -append "console=$console quiet panic=-1 $arguments" </dev/null 2>&1 | tr -d '\r' >"$log"
seconds=$(($(date +%s) - began))

verdict=$(sed -n 's/^VERDICT: //p' "$log")
ran=$(grep -c '^=== ' "$log")
passed=0
case $verdict in passed:*) [ "$ran" != "$wanted" ] || passed=1 ;; esac
case $arguments in
  *nohz_full=*)
    ! grep -q '^KERNEL: ' "$log" || grep -q '^KERNEL: .*nohz_full: [0-9]' "$log" || verdict="failed: this kernel has no CPU with nohz_full" passed=0 ;;
esac
[ $passed = 0 ] || [ -z "$libraries" ] || grep -q '^ *mode  *V2: ' "$log" || verdict="failed: doctor does not report rseq's mode V2" passed=0
if [ $passed = 1 ]; then
  sed -n '/^KERNEL: /p; /^=== /p; s/^\(SKIPPED: \)/\1'"$name: /p" "$log"
else
  cat "$log"
fi
echo "kernels: $name: ${verdict:-failed: the machine did not come to its end}; $ran of $wanted tests, $seconds s with the boot"
[ $passed = 1 ]
