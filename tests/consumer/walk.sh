#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   walk.sh ROOT WORK WAY    one way from the README to a program, in the clean folder WORK/WAY, without network
#
# Exit status 77: a tool is missing. Each way ends with the program's output, which has to be the headers' version.
set -eu
root=$(cd "$1" && pwd) way=$3
here=$root/tests/consumer
rm -rf "${2:?}/$way"
mkdir -p "$2/$way"
work=$(cd "$2/$way" && pwd)
cd "$work"

number() { sed -n "s/^#define LAZYREF_VERSION_$1 //p" "$root/include/lazyref/config.hpp"; }
version=$(number MAJOR).$(number MINOR).$(number PATCH)

fail() { echo "FAILED: $way: $*"; exit 1; }
tool() { command -v "$1" >/dev/null || { echo "SKIPPED: consumer: $way: no $1"; exit 77; }; }
quietly() { "$@" >log 2>&1 || { cat log; fail "$*"; }; }
runs() {  # PROGRAM: it says the version of the headers that it was compiled with
  out=$("$@") || fail "$* failed: $out"
  [ "$(printf '%s\n' "$out" | tail -n 1)" = "lazyref $version" ] || fail "$* said: $out; wanted: lazyref $version"
  echo "$way: $out"
}
refused() {  # WHAT COMMAND...: it must fail, for that reason
  what=$1
  shift
  ! "$@" >log 2>&1 || fail "not refused: $*"
  grep -q "$what" log || { cat log; fail "refused for another reason: $*"; }
}

# The sources as a release has them.
sources() {  # FOLDER
  mkdir -p "$1"
  (cd "$root" && tar cf - include arch tests examples .packaging CMakeLists.txt meson.build LICENSE README.md) |
    tar xf - -C "$1"
}

by_cmake() {
  quietly cmake -S "$root" -B lazyref -DLAZYREF_TESTS=OFF -DLAZYREF_EXAMPLES=OFF
  quietly cmake --install lazyref --prefix "$work/prefix"
}
by_meson() {
  sources from
  quietly meson setup lazyref from --prefix "$work/prefix"
  quietly meson install -C lazyref --no-rebuild  # else it builds the tests first
}
cmake_program() {  # ARGUMENTS...
  quietly cmake -B build -DCMAKE_BUILD_TYPE=Release "$@"
  quietly cmake --build build
  runs build/program
}
by_pkg_config() {  # PREFIX
  PKG_CONFIG_PATH=$work/$1/share/pkgconfig
  export PKG_CONFIG_PATH
  [ "$(pkg-config --modversion lazyref)" = "$version" ] || fail "pkg-config says version $(pkg-config --modversion lazyref)"
  quietly c++ -std=c++17 $(pkg-config --cflags lazyref) "$here/program.cpp" $(pkg-config --libs lazyref) -o program
  runs ./program
}

case $way in
  find_package)
    tool cmake
    by_cmake
    cmake_program -S "$here/find_package" -DCMAKE_PREFIX_PATH="$work/prefix" -DWANTED="${version%.*}"
    rm -r build
    refused "not compatible\|compatible with requested version\|version" \
      cmake -S "$here/find_package" -B build -DCMAKE_PREFIX_PATH="$work/prefix" -DWANTED=99 ;;
  find_package_from_cmake_3.16)
    tool cmake
    by_cmake
    cmake_program -S "$here/find_package" -DCMAKE_PREFIX_PATH="$work/prefix" -DAS_OLD_CMAKE=ON ;;
  add_subdirectory)
    tool cmake
    sources lazyref
    cmake_program -S "$here/add_subdirectory" -DLAZYREF_ROOT="$work/lazyref" ;;
  fetch_content)
    tool cmake
    sources lazyref-$version
    tar czf lazyref.tar.gz lazyref-$version
    cmake_program -S "$here/fetch_content" -DLAZYREF_ARCHIVE="$work/lazyref.tar.gz" ;;
  pkg_config_from_cmake)
    tool cmake
    tool pkg-config
    by_cmake
    mv prefix moved  # this file finds itself
    by_pkg_config moved ;;
  pkg_config_from_meson)
    tool meson
    tool pkg-config
    by_meson
    by_pkg_config prefix ;;
  meson_dependency)
    tool meson
    tool pkg-config
    by_meson
    cp "$here"/meson_dependency/* "$here/program.cpp" .
    quietly meson setup build --pkg-config-path "$work/prefix/share/pkgconfig" "-Dwanted=>=$version"
    quietly meson compile -C build
    runs build/program
    rm -r build
    refused "ound '\?$version'\? but need" \
      meson setup build --pkg-config-path "$work/prefix/share/pkgconfig" "-Dwanted=>=99" ;;
  meson_subproject)
    tool meson
    cp "$here"/meson_dependency/* "$here/program.cpp" .
    mkdir subprojects
    cp "$root/.packaging/lazyref.wrap" subprojects
    # As the wrap's archive would be unpacked; there is no network here.
    sources subprojects/lazyref
    quietly meson setup build --wrap-mode nodownload "-Dwanted=>=$version"
    quietly meson compile -C build
    runs build/program ;;
  vendored)
    mkdir vendor
    cp -r "$root/include" "$root/arch" vendor
    quietly c++ -std=c++17 -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
      -I vendor/include "$here/program.cpp" -o program
    runs ./program ;;
  *) echo "no such way: $way"; exit 2 ;;
esac
