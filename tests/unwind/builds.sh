#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# steps.cpp and fiber.cpp, built in more ways than one, and run: builds.sh ROOT DIRECTORY steps|fiber
#
# Whether a compiler keeps a thread-local variable's address across a switch depends on the way: fiber.cpp ends with 77
# where its twin comes to no harm, which is no evidence. One way that has it is enough to pass.
set -u
root=$1 directory=$2 what=$3
source=$(cd "$(dirname "$0")" && pwd)/$what.cpp
mkdir -p "$directory" && cd "$directory" || exit 1
passed=0 failed=0

has() { command -v "$1" >/dev/null 2>&1; }
skip() { echo "SKIPPED: unwind_$what: $*"; }

# way NAME RUNNER COMPILER FLAGS...: RUNNER is an emulator, or `env`.
way() {
  name=$1 runner=$2
  shift 2
  if ! echo '#include <mutex>
int main() {}' | "$@" -x c++ - -o nothing >/dev/null 2>&1; then
    skip "$name: nothing can be built so here"
    return
  fi
  if ! "$@" -std=c++17 -Wall -Wextra -I "$root/include" "$source" -o "$what" -pthread; then
    echo "FAILED  $name: is built"
    failed=$((failed + 1))
    return
  fi
  $runner "./$what" >output 2>&1
  status=$?
  sed "s/^/    /" output
  case $status in
    0) echo "ok      $name"; passed=$((passed + 1)) ;;
    77) echo "nothing was seen: $name" ;;
    *) echo "FAILED  $name: exit status $status"; failed=$((failed + 1)) ;;
  esac
}

m32="-m32 -idirafter /usr/include/x86_64-linux-gnu"
for cxx in g++ clang++; do
  if ! has $cxx; then
    skip "$cxx is missing"
    continue
  fi
  case $what,$(uname -m) in
    steps,x86_64)
      for flags in "-O0" "-O2 -DNDEBUG" "-O2 -fnon-call-exceptions -fasynchronous-unwind-tables" "-O3 -fPIC -DNDEBUG" \
        "-Os -fomit-frame-pointer -DNDEBUG" "-O2 -fno-omit-frame-pointer" "-O2 -flto" "-O2 -static" \
        "-O0 $m32" "-O2 $m32"; do
        case "$cxx $flags" in
          "g++ -O0 -m32"*) flags="$flags -fno-pie -no-pie" ;;  # its thunks for PIC have no unwind description
        esac
        way "$cxx $flags" env $cxx $flags
      done ;;
    fiber,x86_64)
      for flags in "-O2 -DNDEBUG" "-O2 -fPIC -DNDEBUG" "-O2 -fPIC" "-O3 -fPIC -fvisibility=hidden" "-O2 -fPIC $m32"; do
        way "$cxx $flags" env $cxx $flags
      done
      [ $cxx != g++ ] || way "g++ -O2 -fPIC -mtls-dialect=gnu2" env g++ -O2 -fPIC -mtls-dialect=gnu2 -DNDEBUG ;;
    fiber,*) way "$cxx -O2" env $cxx -O2 ;;
  esac
done

if [ "$what" = fiber ]; then
  for isa in aarch64-linux-gnu:aarch64 riscv64-linux-gnu:riscv64 s390x-linux-gnu:s390x powerpc64le-linux-gnu:ppc64le \
    mips64el-linux-gnuabi64:mips64el arm-linux-gnueabihf:arm; do
    triple=${isa%:*} emulator=qemu-${isa#*:}
    if ! has $triple-g++ || ! has $emulator; then
      skip "$triple-g++ or $emulator is missing"
      continue
    fi
    way "$triple-g++ -O2" $emulator $triple-g++ -O2 -DNDEBUG -static
  done
  # clang++ has no C library for it of its own, but g++'s.
  if has clang++ && has aarch64-linux-gnu-g++ && has qemu-aarch64; then
    way "clang++ for aarch64, -O2" qemu-aarch64 clang++ --target=aarch64-linux-gnu -O2 -DNDEBUG -static
  fi
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ] || exit 1
[ $passed != 0 ] || exit 77
