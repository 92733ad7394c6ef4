# SPDX-License-Identifier: BSL-1.0
# Sourced. need PACKAGE...: these are there, by their Debian names; on Debian and Ubuntu the missing ones are installed.

builds() {  # SOURCE COMPILER FLAGS...
  source=$1
  shift
  printf '%s\n' "$source" | "$@" -x c++ - -o /dev/null
}

have() {
  case $1 in
    ninja-build) command -v ninja ;;
    clang) command -v clang++ ;;
    libclang-rt-dev) builds 'int main() {}' clang++ -fsanitize=thread ;;
    catch2)
      builds '#include <catch2/catch_all.hpp>' g++ -std=c++17 -E ||
        builds '#include <catch2/catch.hpp>' g++ -std=c++17 -E || pkg-config --exists catch2 ;;
    libc++-dev | libc++abi-dev) builds '#include <new>
int main() { return std::get_new_handler() != nullptr; }' clang++ -stdlib=libc++ ;;
    musl-tools) command -v musl-gcc ;;
    qemu-user) command -v qemu-aarch64 ;;
    qemu-system-arm) command -v qemu-system-aarch64 ;;
    qemu-system-misc) command -v qemu-system-riscv64 && command -v qemu-system-s390x ;;
    qemu-system-ppc) command -v qemu-system-ppc64 ;;
    qemu-system-mips) command -v qemu-system-mips64el ;;
    qemu-system-x86) command -v qemu-system-x86_64 ;;
    g++-x86-64-linux-gnu) command -v x86_64-linux-gnu-g++ ;;
    g++-*-linux-gnu*) command -v "${1#g++-}-g++" ;;
    g++-*-multilib) builds '#include <string>
int main() {}' g++ -m32 -idirafter /usr/include/x86_64-linux-gnu ;;  # asm/, which only gcc-multilib links
    linux-perf) command -v perf ;;
    binutils) command -v objdump ;;
    libxenium-dev) builds '#include <xenium/reclamation/hazard_pointer.hpp>' g++ -std=c++17 -E ;;
    libcds-dev) builds '#include <cds/init.h>' g++ -E ;;
    libck-dev) builds '#include <ck_hp.h>' g++ -E ;;
    libgc-dev) builds '#include <gc/gc.h>' g++ -E ;;
    liburcu-dev) builds '#include <urcu/urcu-memb.h>' g++ -E ;;
    libasmjit-dev) builds '#include <asmjit/asmjit.h>' g++ -E ;;
    libxbyak-dev) builds '#include <xbyak/xbyak.h>' g++ -E ;;
    llvm-14-dev) command -v llvm-config-14 && [ -e "$(llvm-config-14 --cmakedir)/LLVMConfig.cmake" ] ;;
    wine64) [ "$(uname -m)" != x86_64 ] || command -v wine64 || command -v /usr/lib/wine/wine64 ;;
    g++-mingw-w64-x86-64-posix) command -v x86_64-w64-mingw32-g++-posix || command -v x86_64-w64-mingw32-g++ ;;
    *) command -v "$1" ;;
  esac
} >/dev/null 2>&1

missing() {
  for package; do
    have "$package" || printf '%s ' "$package"
  done
}

# Where another program has dpkg's lock, it is waited for.
install() {  # PACKAGE...
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

updated=
need() {
  [ -n "$(missing "$@")" ] || return 0
  if command -v apt-get >/dev/null; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo="sudo -n"  # nobody may be there to give a password
    [ -n "$updated" ] || $sudo apt-get update -q
    updated=1
    # In one go; one by one where that fails, as it does if one of them is not to be had here.
    install $(missing "$@") || for package in $(missing "$@"); do
      have "$package" || install "$package"
    done
  fi
  [ -z "$(missing "$@")" ] || { echo "missing (Debian's package names): $(missing "$@")"; return 1; }
}
