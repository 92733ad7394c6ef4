# SPDX-License-Identifier: BSL-1.0
#
# Other compilers, language versions and libraries than those that the rest of the tests are built with: libc++, musl,
# the newest clang there is and an older g++, up to the newest C++ that each knows.
#
# What the part with musl shows: that the headers compile over musl's headers and do without what glibc has (there is no
# rseq), and that the program runs over musl's threads, allocator and system calls. Debian has no C++ library for musl:
# this is its libc++, whose headers know musl, and whose archive was made with glibc's headers; musl.c closes the gap.
. "$(dirname "$0")/common.sh"

warnings="-Wall -Wextra -Wpedantic -Wdeprecated -Werror"

alone() {  # WHAT COMPILER FLAGS...; each public header
  what=$1
  shift
  for header in $(public_headers); do
    passes "$what: <$header> alone" unit "#include <$header>" "$root" "$@"
  done
}
unit() {  # TEXT ROOT COMPILER FLAGS...
  text=$1 from=$2
  shift 2
  printf '%s\n' "$text" | "$@" $warnings -I "$from/include" -I "$from/arch" -fsyntax-only -x c++ -
}
program() {  # COMPILER FLAGS...
  "$@" $warnings -I "$root/include" -I "$root/arch" -o "$work/program" "$everything" -pthread && "$work/program"
}
includes_all=$(headers | sed 's/.*/#include <&>/')

# --- language versions

newest=
version=40
while [ $version -gt 14 ]; do
  ! has clang++-$version || { newest=clang++-$version; break; }
  version=$((version - 1))
done
[ -n "$newest" ] || skip "no clang++ but the default one"

echo 'int requires;' | plant newer lazyref/config.hpp
for compiler in g++-11 g++ clang++ $newest; do
  has $compiler || { skip "no $compiler"; continue; }
  last=
  for std in c++17 c++20 c++2b c++26; do
    $compiler -std=$std -fsyntax-only -x c++ /dev/null 2>/dev/null || continue
    last=$std
    passes "$compiler -std=$std: all headers" unit "$includes_all" "$root" $compiler -std=$std
    newer="unit #include<lazyref/config.hpp> $work/newer $compiler -std=$std"
    case $std in
      c++17) passes "$compiler -std=$std: the twin is right" $newer ;;
      *) reports "$compiler -std=$std: a name that is a keyword now" "error" $newer ;;
    esac
  done
  for std in c++17 $last; do
    passes "$compiler -std=$std: everything" program $compiler -std=$std
  done
done

# --- libc++, and over musl

echo 'inline std::string planted() { return {}; }' | plant missing lazyref/config.hpp
if ! has clang++ || ! echo '#include <memory>' | clang++ -stdlib=libc++ -fsyntax-only -x c++ - 2>/dev/null; then
  skip "no clang++ with libc++: libc++, musl"
  finish
fi
passes "libc++: everything" program clang++ -std=c++17 -stdlib=libc++
passes "libc++, C++20: everything" program clang++ -std=c++20 -DNDEBUG -stdlib=libc++
reports "libc++: a header that does not include what it uses" "no type named 'string'" \
  unit "#include <lazyref/config.hpp>" "$work/missing" clang++ -std=c++17 -stdlib=libc++

musl_include=/usr/include/$(uname -m)-linux-musl
if ! has musl-gcc || ! [ -d "$musl_include" ]; then
  skip "no musl-gcc: musl"
  alone libc++ clang++ -std=c++17 -stdlib=libc++
  finish
fi
libcxx=$(echo '#include <new>' | clang++ -stdlib=libc++ -E -x c++ - | sed -n 's/^# 1 "\(.*\)\/new".*/\1/p' | head -n 1)
over_musl="clang++ -std=c++17 -nostdinc -nostdinc++ -D_LIBCPP_HAS_MUSL_LIBC -isystem $libcxx -isystem $musl_include
  -isystem $(clang++ -print-resource-dir)/include"
archive() { clang++ -print-file-name="$1"; }
with_musl() {  # COMPILER FLAGS...
  "$@" $warnings -I "$root/include" -I "$root/arch" -c -o "$work/program.o" "$everything" &&
    musl-gcc -Wall -Wextra -Werror -c -o "$work/musl.o" "$here/musl.c" &&
    musl-gcc -static -o "$work/program" "$work/program.o" "$work/musl.o" \
      -Wl,--start-group $(archive libc++.a) $(archive libc++abi.a) $(archive libunwind.a) -Wl,--end-group &&
    "$work/program"
}
passes "libc++ over musl, static: everything" with_musl $over_musl
passes "libc++ over musl, static, without checks: everything" with_musl $over_musl -O1 -DNDEBUG
alone "libc++ over musl" $over_musl
reports "what was compiled for glibc is linked with musl" "undefined reference to .__rseq_offset'" \
  with_musl clang++ -std=c++17 -stdlib=libc++
reports "libc++ over musl: a header that does not include what it uses" "no type named 'string'" \
  unit "#include <lazyref/config.hpp>" "$work/missing" $over_musl

finish
