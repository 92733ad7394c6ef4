#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh tests/run.sh         what this host can tell about the library: unit, death, litmus, stress, codegen, observers,
#                         examples
#   sh tests/run.sh all     everything; most of an hour on two cores
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
# All unit tests and all stress in emulators; `arch` has them for two of the six architectures.
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

# Reads the summaries of ctest and meson.
count() {  # LOG; prints: passed failed skipped
  awk '/ tests failed out of [0-9]+$/ { total += $NF; failed += $4 }
       /^[ \t]*[0-9]+ - .* \(Skipped\)$/ { total -= 1; skipped += 1 }
       /^(Ok|Expected Fail): +[0-9]+/ { total += $NF }
       /^(Fail|Unexpected Pass|Timeout): +[0-9]+/ { total += $NF; failed += $NF }
       /^Skipped: +[0-9]+/ { skipped += $NF }
       END { print total - failed, failed + 0, skipped + 0 }' "$1"
}

logs=build/logs
mkdir -p $logs

tree() {  # GROUP; prints the folder under build that it builds in
  if is_in "$1" "$labels $strangers style"; then echo release; elif [ "$1" = kernels ]; then echo arch; else echo "$1"; fi
}

line() { printf '%-18s %-8s %4d s, %d passed, %d failed, %d skipped\n' "$@"; }

# Leaves in build/logs: GROUP, what it printed; GROUP.result; GROUP.skips.
one() {  # GROUP
  last=build/$(tree "$1")/Testing/Temporary/LastTest.log
  rm -f "$last"
  printf '\n=== %s\n' "$1"
  began=$(date +%s)
  { run "$1" 2>&1; echo $? >"$logs/$1.status"; } | tee "$logs/$1"
  seconds=$(($(date +%s) - began))
  group=$1 status=$(cat "$logs/$1.status")

  set -- $(count "$logs/$group")
  passed=$1 failed=$2 skipped=$3
  [ "$group$status" != examples0 ] || passed=1
  [ $status != 77 ] || skipped=1 status=0
  # A group that did not get as far as its tests, or that has none, has failed.
  [ $((status != 0 || passed + skipped == 0)) = 0 ] || [ $failed != 0 ] || failed=1

  result=passed
  [ $passed != 0 ] || result=skipped
  [ $failed = 0 ] || result=failed
  line "$group" $result $seconds $passed $failed $skipped >"$logs/$group.result"
  {
    sed -n 's/^[[:space:]]*[0-9]* - \(.*\) (Skipped)$/\1/p' "$logs/$group"
    cat "$logs/$group" "$last" 2>/dev/null | sed -n 's/^SKIPPED: //p' | sort -u
  } | sed "s/^/skipped in $group: /" >"$logs/$group.skips"
}

# Of `all`, `release` has the machine to itself: what it can tell of this host, it tells best so. The others go in two
# lanes, by the folder that they build in, as each alone leaves a tenth of two processors idle.
lane() {  # GROUP...
  for group; do
    one "$group" | sed -u "s/^/[$group] /"
  done
}

for group in $groups; do
  rm -f "$logs/$group.result" "$logs/$group.skips"
done
if [ "${1:-}" = all ]; then
  need cmake ninja-build g++
  need $(for group in $groups; do packages "$group"; optional "$group"; done)
  one release
  release_too='' others_too=''
  for group in ${groups#release}; do
    if [ "$(tree "$group")" = release ]; then release_too="$release_too $group"; else others_too="$others_too $group"; fi
  done
  trap 'trap "" TERM; kill 0; exit 130' INT  # a lane in the background would go on
  lane $release_too &
  lane $others_too &
  wait
  # Once more, without what the other lane printed in between.
  for group in ${groups#release}; do
    ! grep -qs "^$group *failed" "$logs/$group.result" || { printf '\n=== %s failed\n' "$group"; cat "$logs/$group"; }
  done
else
  for group in $groups; do
    one "$group"
  done
fi

printf '\n'
for group in $groups; do
  cat "$logs/$group.result" 2>/dev/null || line "$group" ended 0 0 1 0
done | tee $logs/summary
for group in $groups; do
  cat "$logs/$group.skips" 2>/dev/null
done | tee $logs/skips
awk -v untested=$(wc -l <$logs/skips) '
  { passed += $5; failed += $7; skipped += $9 }
  END {
    printf "%d passed, %d failed, %d skipped; %d lines above say what was not tested on this machine\n", passed, failed, skipped, untested
    exit failed != 0
  }' $logs/summary
