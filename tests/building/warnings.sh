# SPDX-License-Identifier: BSL-1.0
#
# The headers are vendored, -I and not -isystem, by programs whose warnings are errors: all of them in one unit, and a
# program that uses everything. (Each alone: tests/matrix.) Each warning that is asked for is planted in a copy of a header,
# once, and has to be reported there.
. "$(dirname "$0")/common.sh"

gcc_warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wuseless-cast -Wold-style-cast -Wundef
  -Wzero-as-null-pointer-constant -Wnull-dereference -Wduplicated-cond -Wlogical-op -Wcast-align -Wcast-qual
  -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2"

# What clang's -Weverything has that these headers do not keep to, and why.
exceptions() {
  cat <<'END'
c++98-compat               The language is C++17.
c++98-compat-pedantic      Likewise.
padded                     Slots and counters have cache lines of their own: padding is what keeps them apart.
switch-default             Contradicts -Wcovered-switch-default: a switch that names all enumerators has no default.
unsafe-buffer-usage        Forbids what an array without a library's bounds checks is made of.
unique-object-duplication  Says that each image has its own of what is hidden: so it is meant.
weak-vtables               Says that each unit has the table of a class that is no template: there is no other place.
nrvo                       Says where a copy is not elided: of results of two words.
END
}
clang_warnings="-Weverything -Wno-unknown-warning-option $(exceptions | sed 's/ .*//; s/^/-Wno-/')"

# COMPILER WARNING what-it-is-called-in-the-report CODE; \n ends a line.
planted() {
  cat <<'END'
g++ -Wall unused-variable inline int planted(int a) { int unused; return a; }
g++ -Wextra unused-parameter inline int planted(int a, int b) { return a; }
g++ -Wpedantic pedantic inline int planted(int a) { return a ?: 1; }
g++ -Wconversion conversion inline short planted(int a) { return a; }
g++ -Wsign-conversion sign-conversion inline unsigned planted(int a) { return a; }
g++ -Wshadow shadow inline int planted(int a) { if (a) { int a = 1; return a; } return a; }
g++ -Wuseless-cast useless-cast inline int planted(int a) { return static_cast<int>(a); }
g++ -Wold-style-cast old-style-cast inline int planted(long a) { return (int)a; }
g++ -Wundef undef #if PLANTED\n#endif
g++ -Wzero-as-null-pointer-constant zero-as-null-pointer-constant inline int* planted() { return 0; }
g++ -Wnull-dereference null-dereference int planted(int* p) { return p == nullptr ? *p : 0; }
g++ -Wduplicated-cond duplicated-cond inline int f(int a) { if (a == 1) return 2; else if (a == 1) return 3; return 4; }
g++ -Wlogical-op logical-op inline bool planted(int a) { return a < 0 && a < 0; }
g++ -Wcast-qual cast-qual inline int* planted(const int* p) { return (int*)p; }
g++ -Wnon-virtual-dtor non-virtual-dtor struct planted { virtual void f() {} };
g++ -Woverloaded-virtual overloaded-virtual struct b { virtual void f(int) {} };\nstruct d : b { virtual void f() {} };
g++ -Wformat=2 format-security inline int planted(const char* s) { return __builtin_printf(s); }
clang++ -Weverything shorten-64-to-32 inline int planted(long a) { return a; }
clang++ -Weverything cast-align inline int* planted(char* p) { return (int*)p; }
clang++ -Weverything switch-enum enum e { a, b };\ninline int f(e x) { switch (x) { case a: return 1; default: return 0; } }
clang++ -Weverything global-constructors struct p { p(); };\ninline p planted;
clang++ -Weverything exit-time-destructors struct p { ~p(); };\ninline p& planted() { static p one; return one; }
clang++ -Weverything reserved-identifier int __planted();
clang++ -Weverything missing-prototypes int planted() { return 1; }
clang++ -Weverything ctad-maybe-unsupported template <class T> struct p { p(T) {} };\ninline void f() { p a(1); (void)a; }
END
}

paths="-I $root/include -I $root/arch"

# A unit that is given as text. Optimised, as some warnings come from there.
unit() {  # TEXT COMPILER FLAGS...
  text=$1
  shift
  printf '%s\n' "$text" | "$@" -O2 $paths -x c++ -c -o "$work/unit.o" -
}

program() { "$@" $paths -c -o "$work/unit.o" "$everything"; }  # COMPILER FLAGS...

look() {  # COMPILER WARNINGS...
  compiler=$1
  shift
  for build in "17 -O0" "2b -O2 -DNDEBUG" \
    "17 -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_REQUIRED" "17 -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_SYMMETRIC" \
    "17 -DLAZYREF_STATE=LAZYREF_STATE_EXTERN" "17 -DLAZYREF_STATE=LAZYREF_STATE_DEFINE"; do
    passes "$compiler -std=c++$build: everything" program "$compiler" -std=c++$build "$@"
  done
  for std in 17 2b; do
    passes "$compiler -std=c++$std: all in one unit" unit "$(headers | sed 's/.*/#include <&>/')" "$compiler" \
      -std=c++$std "$@"
  done
}

twins() {  # COMPILER WARNINGS...
  compiler=$1
  shift
  planted | grep "^$compiler " >"$work/twins"
  while read -r _ flag name code; do
    case " $* " in
      *" $flag "*) ;;
      *) fail "a twin for a warning that is not asked for: $flag" ;;
    esac
    printf '%b\n' "$code" | plant twin lazyref/config.hpp
    paths="-I $work/twin/include"
    reports "$compiler $flag: -W$name" "-Werror[=,](-W)?$name" \
      unit "#include <lazyref/config.hpp>" "$compiler" -std=c++17 "$@"
  done <"$work/twins"
  paths="-I $root/include -I $root/arch"
}

if has g++; then
  # g++ warns of alignment only where the machine does.
  for flag in $gcc_warnings; do
    planted | grep -q -- "^g++ $flag " || [ $flag = -Wcast-align ] || fail "no twin for $flag"
  done
  twins g++ -Werror $gcc_warnings
  look g++ -Werror $gcc_warnings
else
  skip "no g++"
fi

if has clang++; then
  twins clang++ -Werror $clang_warnings
  look clang++ -Werror $clang_warnings
else
  skip "no clang++"
fi

# The newest clang has warnings of its own. An exception that nothing needs any more goes.
if has clang++-22; then
  for std in 17 26; do
    passes "clang++-22 -std=c++$std: everything" program clang++-22 -std=c++$std -Werror $clang_warnings
  done
  program clang++-22 -std=c++17 -Weverything -ferror-limit=0 >"$work/all" 2>&1
  for exception in $(exceptions | sed 's/ .*//'); do
    passes "-Wno-$exception is needed" grep -qF "[-W$exception]" "$work/all"
  done
else
  skip "no clang++-22: the newest warnings"
fi

finish
