#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh tests/run.sh         what this host can tell about the library: unit, death, litmus, stress, codegen, observers,
#                         examples
#   sh tests/run.sh all     everything; about 50 minutes on two cores
#   sh tests/run.sh NAME    one group; an unknown name lists them
#   sh tests/run.sh kernels [MACHINE]  on Debian's kernels in emulated machines: arm64, ppc64el and amd64 (these three in
#                         `all`), or one by name: tests/kernels/README.md
#   sh tests/run.sh bench   speed, against targets: not in `all`, as it wants a machine that does nothing else
#
# Missing tools are installed on Debian and Ubuntu. Exit status: 0 passed, 1 something failed or nothing ran, 2 no such group.
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/support/install.sh
exec </dev/null

labels="unit death litmus stress codegen model smoke observers bench"
tsan="tsan-gcc tsan-clang"
matrix="gcc-17-debug gcc-17-release gcc-20-debug gcc-20-release gcc-23-debug gcc-23-release
  clang-17-debug clang-17-release clang-20-debug clang-20-release clang-23-debug clang-23-release"
# Six of these, in which each two of compiler, standard and kind of build occur together.
pairs="gcc-17-release gcc-20-debug gcc-23-debug clang-17-debug clang-20-release clang-23-release"
strangers="names mixed building"
# All unit tests and all stress in emulators; `arch` has the unit tests for two of the six architectures.
more="emulated"
everything="release model smoke debug asan $tsan $pairs m32 meson platform arch kernels consumer $strangers single style examples"

machines="arm64 ppc64el amd64"
all_machines="$machines amd64-64 amd64-sid arm64-sid riscv64 s390x armhf mips64el"

is_in() { case " $(echo $2) " in *" $1 "*) ;; *) return 1 ;; esac; }

[ $# -le 1 ] || { [ $# = 2 ] && [ "$1" = kernels ] && is_in "$2" "$all_machines"; } ||
  { echo "one group at a time; a second name is for kernels:" $all_machines; exit 2; }
case ${1:-release} in
  all) groups=$everything ;;
  tsan) groups=$tsan ;;
  matrix) groups=$matrix ;;
  strangers) groups=$strangers ;;
  *)
    groups=${1:-release}
    is_in "$groups" "$everything $labels $matrix $more" ||
      { echo "no group '$1'; there are:" all $labels tsan matrix strangers $everything $matrix $more; exit 2; }
    machines=${2:-$machines}
    ;;
esac

# Compilers and emulators for other architectures; the tests say which of them are not here.
others="clang qemu-user g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-powerpc64le-linux-gnu g++-riscv64-linux-gnu
  g++-s390x-linux-gnu g++-mips64el-linux-gnuabi64"

packages() {  # GROUP
  echo cmake ninja-build g++ catch2
  case $1 in
    release | codegen) echo python3 binutils valgrind clang ;;
    model | bench | smoke | observers) echo python3 binutils ;;
    asan | tsan-clang) echo clang libclang-rt-dev ;;
    clang-*) echo clang ;;
    m32) echo clang "g++-$(g++ -dumpversion)-multilib" ;;  # g++-multilib would remove the cross compilers
    meson) echo meson ;;
    platform) echo g++-mingw-w64-x86-64-posix ;;
    arch | emulated) echo python3 binutils gdb ;;
    consumer) echo meson pkg-config clang ;;
    names | mixed) echo python3 binutils clang ;;
    building) echo python3 ;;
    single) echo python3 ;;
    kernels)
      echo cpio
      for machine in $machines; do
        case $machine in
          arm64*) echo qemu-system-arm g++-aarch64-linux-gnu ;;
          riscv64) echo qemu-system-misc g++-riscv64-linux-gnu ;;
          ppc64el) echo qemu-system-ppc g++-powerpc64le-linux-gnu ;;
          s390x) echo qemu-system-misc g++-s390x-linux-gnu ;;
          armhf) echo qemu-system-arm g++-arm-linux-gnueabihf ;;
          mips64el) echo qemu-system-mips g++-mips64el-linux-gnuabi64 ;;
          amd64*) echo qemu-system-x86 g++-x86-64-linux-gnu ;;
        esac
      done ;;
    style) echo doxygen clang-tidy cppcheck clang-format python3 ;;
  esac
}

# Without these, something of the group is skipped.
optional() {  # GROUP
  case $1 in
    bench | smoke) echo libxenium-dev libcds-dev libck-dev liburcu-dev ;;
    stress | asan | tsan-*) echo libxenium-dev ;;
    observers) echo linux-perf gdb libasmjit-dev libxbyak-dev llvm-14-dev ;;
    release) echo libck-dev libgc-dev liburcu-dev libxenium-dev linux-perf gdb libasmjit-dev libxbyak-dev llvm-14-dev ;;
    platform) echo clang g++-aarch64-linux-gnu wine64 ;;
    arch | emulated) echo $others ;;
    kernels) echo catch2 $(packages kernels) ;;
    style) echo libgc-dev liburcu-dev libasmjit-dev libxbyak-dev llvm-14-dev ;;
    building)
      echo clang clang-22 lld libclang-rt-dev g++-11 libc++-dev libc++abi-dev musl-tools "g++-$(g++ -dumpversion)-multilib" ;;
  esac
}

# The sanitizers' memory layout does not fit kernels that randomise much of the address space.
fixed_layout() {
  if setarch "$(uname -m)" -R true 2>/dev/null; then setarch "$(uname -m)" -R "$@"; else "$@"; fi
}

run() {  # GROUP
  if [ "$1" = m32 ] && [ "$(uname -m)" != x86_64 ]; then
    echo "SKIPPED: 32 bit is tested on x86-64 only"
    return 77
  fi
  need cmake ninja-build g++ && { [ "$1" = kernels ] || need $(packages "$1"); } || return 1
  need $(optional "$1") || echo "SKIPPED: $1: what needs $(missing $(optional "$1"))"
  cmake --workflow --list-presets >/dev/null || { echo "CMake 3.25 or newer is needed"; return 1; }
  case $1 in
    bench)
      cmake --preset release && cmake --build --preset release --target bench &&
        ctest --test-dir build/release -L "^bench\$" --no-tests=error --verbose ;;
    model | smoke)
      target=model
      [ "$1" = model ] || target=bench
      cmake --preset release && cmake --build --preset release --target $target &&
        ctest --test-dir build/release -L "^$1\$" --no-tests=error --output-on-failure -j 2 ;;
    unit | death | litmus | stress | codegen | observers)
      verbose=
      [ "$1" != codegen ] || verbose=--verbose  # it prints the object code that it has read
      cmake --preset release && cmake --build --preset release && ctest --preset release -L "^$1\$" $verbose ;;
    kernels)
      targets=$(printf ' kernels_%s' $machines) tests=$(printf '|%s' $machines)
      cmake --preset arch && cmake --build build/arch --target $targets &&
        ctest --test-dir build/arch -R "^kernels_(${tests#|})\$" --no-tests=error --verbose ;;
    asan | tsan-*) fixed_layout cmake --workflow --preset "$1" ;;
    m32)
      builds '#include <catch2/catch.hpp>' g++ -m32 -idirafter /usr/include/x86_64-linux-gnu -E || { echo "SKIPPED: Catch2 3 is not here for 32 bit"; return 77; }
      cmake --workflow --preset m32 ;;
    style | names | mixed | building)
      cmake --preset release && ctest --test-dir build/release -L "^$1\$" --no-tests=error --output-on-failure -j 2 ;;
    single)
      cmake -S tests/single -B build/single -G Ninja -DCMAKE_BUILD_TYPE=Debug && cmake --build build/single &&
        ctest --test-dir build/single --output-on-failure ;;
    meson) rm -rf build/meson && meson setup build/meson && meson test -C build/meson --print-errorlogs ;;
    examples) timeout 300 sh examples/run.sh ;;
    *) cmake --workflow --preset "$1" ;;
  esac
}

# Reads the summaries of ctest ("87% tests passed, 8 tests failed out of 63"; newer ones leave out that none failed) and
# meson.
count() {  # LOG; prints: passed failed skipped
  awk '/^[0-9]+% tests passed.* out of [0-9]+/ {
         total += substr($0, index($0, " out of ") + 8)
         if ($4 ~ /^[0-9]+$/) failed += $4
       }
       /^[ \t]*[0-9]+ - .* \(Skipped\)/ { total -= 1; skipped += 1 }
       /^(Ok|Expected Fail): +[0-9]+/ { total += $NF }
       /^(Fail|Unexpected Pass|Timeout): +[0-9]+/ { total += $NF; failed += $NF }
       /^Skipped: +[0-9]+/ { skipped += $NF }
       END { print total - failed, failed + 0, skipped + 0 }' "$1"
}

logs=build/logs
mkdir -p $logs
: >$logs/summary
: >$logs/skips
all_passed=0 all_failed=0 all_skipped=0

# All packages in one go; a machine is slow at it, one by one. What is missing after that, each group says.
need cmake ninja-build g++ && need $(for group in $groups; do packages "$group"; optional "$group"; done)

for group in $groups; do
  printf '\n=== %s\n' "$group"
  tree=$group
  ! is_in "$group" "$labels $strangers style" || tree=release
  ! is_in "$group" "kernels $more" || tree=arch
  details="build/$tree/Testing/Temporary/LastTest.log build/$tree/meson-logs/testlog.txt"
  rm -f $details $logs/status
  began=$(date +%s)
  { run "$group" 2>&1; echo $? >$logs/status; } | tee "$logs/$group"
  seconds=$(($(date +%s) - began))
  status=$(cat $logs/status 2>/dev/null || echo 1)

  set -- $(count "$logs/$group")
  passed=$1 failed=$2 skipped=$3
  [ "$group$status" != examples0 ] || passed=1
  [ $status != 77 ] || skipped=1 status=0
  # A group that did not get as far as its tests, or that has none, has failed.
  [ $((status != 0 || passed + skipped == 0)) = 0 ] || [ $failed != 0 ] || failed=1
  all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) all_skipped=$((all_skipped + skipped))

  result=passed
  [ $passed != 0 ] || result=skipped
  [ $failed = 0 ] || result=failed
  printf '%-18s %-8s %4d s\n' "$group" $result $seconds >>$logs/summary
  {
    sed -n 's/^[[:space:]]*[0-9]* - \(.*\) (Skipped).*$/\1/p' "$logs/$group"
    cat "$logs/$group" $details 2>/dev/null | sed -n 's/^SKIPPED: //p' | sort -u
  } | sed "s/^/skipped in $group: /" >>$logs/skips
done

printf '\n'
cat $logs/summary $logs/skips
printf '%d passed, %d failed, %d skipped; %d lines above say what was not tested on this machine\n' \
  $all_passed $all_failed $all_skipped $(wc -l <$logs/skips)
[ $all_failed = 0 ] && [ $all_passed != 0 ]
