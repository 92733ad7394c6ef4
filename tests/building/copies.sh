# SPDX-License-Identifier: BSL-1.0
#
# Two dependencies of a program bring a copy of the library each, or one tree is reached by two paths, and a unit
# includes both: the same version twice is harmless, header by header; of two versions the compiler says so.
. "$(dirname "$0")/common.sh"

has g++ || { skip "no g++"; exit 77; }
has python3 || { skip "no python3"; exit 77; }

# Paths of headers: in the repository those of the architectures stand beside include.
at() {  # COPY HEADER...
  copy=$1
  shift
  for header; do
    if [ -f "$work/$copy/arch/$header" ]; then part=arch; else part=include; fi
    echo "#include \"$work/$copy/$part/$header\""
  done
}

# From now and then one of the copies, in any order, each header twice.
mixed() { { at "$2" $(headers); at "$3" $(headers); } | shuffle "$1"; }  # SEED COPY COPY

# A unit that is read, and what uses everything after it.
used() { { cat; echo "#include \"$everything\""; } >"$work/unit.cpp"; }
compiles() {  # COMPILER [FLAGS...]
  "$@" -std=c++17 -Wall -Wextra -Werror -I "$work/a/include" -I "$work/a/arch" -fsyntax-only "$work/unit.cpp"
}

# A copy whose version has another number.
other_version() {  # FOLDER MAJOR|MINOR|PATCH
  copy "$1"
  sed -i "s/\\(LAZYREF_VERSION_$2 \\(!= \\)\\{0,1\\}\\)[0-9]*/\\199/" "$work/$1/include/lazyref/config.hpp"
}
# What a compiler says first.
says_first() {  # WHAT PATTERN COMMAND...
  what=$1 pattern=$2
  shift 2
  cases=$((cases + 1))
  ! "$@" >"$work/log" 2>&1 || { fail "not reported: $what"; return; }
  grep -m 1 'error:' "$work/log" | grep -q -e "$pattern" || fail "not reported first: $what"
}
two_versions="two versions of lazyref in one translation unit: "

# What is in front of the guards, and looks for another version, is for the preprocessor alone, and needs nothing of the
# system's headers.
cat $(find "$root/include" "$root/arch" -name '*.hpp' -o -name '*.h') | sed -n 's/^#include <\(.*\)>.*/\1/p' | sort -u >"$work/system"
while read -r header; do
  mkdir -p "$(dirname "$work/empty/$header")"
  : >"$work/empty/$header"
done <"$work/system"
preprocess() { g++ -std=c++17 -nostdinc -I "$work/empty" -E -o "$work/unit.i" "$work/unit.cpp"; }

one_file() {  # COPY; its one-file header: COPY/one/lazyref/lazyref.hpp
  python3 "$root/.packaging/one_file.py" "$work/$1" "$work/$1/one/lazyref/lazyref.hpp" >"$work/log" 2>&1 ||
    fail "one_file.py of $1"
}
one() { echo "#include \"$work/$1/one/lazyref/lazyref.hpp\""; }  # COPY

passes "the guards" python3 "$here/guards.py" "$root"

# --- the same version

copy a
copy b
one_file a
no_file_of_ours() { ! grep -E '#include "|#pragma once' "$1"; }
passes "the one-file header includes nothing but the system's" no_file_of_ours "$work/a/one/lazyref/lazyref.hpp"
# Installed, all is one tree.
mkdir -p "$work/installed/include"
cp -R "$root/include/lazyref" "$work/installed/include"
cp -R "$root/arch/lazyref" "$work/installed/include"
ln -s a "$work/linked"

for compiler in $compilers; do
  has $compiler || { skip "no $compiler"; continue; }
  for other in b installed linked; do
    { at a lazyref/lazyref.hpp; at $other lazyref/lazyref.hpp; } | used
    passes "$compiler: a, $other" compiles $compiler
    { at $other lazyref/lazyref.hpp; at a lazyref/lazyref.hpp; } | used
    passes "$compiler: $other, a" compiles $compiler
  done
  for seed in 1 2 3; do
    mixed $seed b installed | used
    passes "$compiler: mixed header by header, order $seed" compiles $compiler
  done

  { one a; at b $(headers); } | used
  passes "$compiler: the one-file header, the tree" compiles $compiler
  { at b $(headers); one a; } | used
  passes "$compiler: the tree, the one-file header" compiles $compiler
  for seed in 4 5; do
    mixed $seed b installed >"$work/all"
    { head -n 9 "$work/all"; one a; tail -n +10 "$work/all"; one a; } | used
    passes "$compiler: some of the tree, the one-file header, the rest of the tree, order $seed" compiles $compiler
  done
done

asked g++ || finish

# --- twins: a guard that is another one, of a header and of a part of the one-file header

copy twin
sed -i 's/LAZYREF_SLOT_HPP/LAZYREF_SLOTS_HPP/' "$work/twin/include/lazyref/slot.hpp"
{ at a lazyref/lazyref.hpp; at twin lazyref/slot.hpp; } | used
reports "the second copy of a header with another guard" "redefinition" compiles g++
for seed in 1 2 3; do
  mixed $seed a twin | used
  reports "a header with another guard, mixed, order $seed" "redefinition" compiles g++
done
one_file twin
{ one twin; at a lazyref/slot.hpp; } | used
reports "the one-file header with a part with another guard" "redefinition" compiles g++

# --- two versions

for number in MAJOR MINOR PATCH; do
  other_version other $number
  at other lazyref/lazyref.hpp >"$work/unit.cpp"
  passes "the other version ($number) alone" compiles g++
  for compiler in g++ clang++; do
    has $compiler || continue
    { at a lazyref/lazyref.hpp; at other lazyref/lazyref.hpp; } >"$work/unit.cpp"
    says_first "$compiler: this version, another ($number)" "$two_versions" compiles $compiler
    { at other lazyref/lazyref.hpp; at a lazyref/lazyref.hpp; } >"$work/unit.cpp"
    says_first "$compiler: another version ($number), this one" "$two_versions" compiles $compiler
  done
done

one_file other
for first in a other; do
  [ $first = a ] && second=other || second=a
  for header in $(headers); do
    { at $first "$header"; at $second "$header"; } >"$work/unit.cpp"
    reports "two versions: <$header> and <$header>" "$two_versions" preprocess
    { at $first lazyref/lazyref.hpp; at $second "$header"; } >"$work/unit.cpp"
    reports "two versions: all and <$header>" "$two_versions" preprocess
    [ $first = a ] || continue
    { at a "$header"; one other; } >"$work/unit.cpp"
    reports "two versions: <$header> and a one-file header" "$two_versions" preprocess
  done
  { one $first; one $second; } >"$work/unit.cpp"
  reports "two versions: two one-file headers" "$two_versions" preprocess
done

# --- twins: without the comparison, or with config.hpp behind the guard, nothing is reported: the cases above would be

for copy in a other; do
  sed -i '/^#error/d' "$work/$copy/include/lazyref/config.hpp"
done
{ at a lazyref/fence.hpp; at other lazyref/fence.hpp; } >"$work/unit.cpp"
passes "twin: without the comparison nothing is said" preprocess
copy a
other_version other PATCH
for copy in a other; do
  file=$work/$copy/include/lazyref/fence.hpp
  { echo "#ifndef LAZYREF_FENCE_HPP"; sed '/^#ifndef LAZYREF_FENCE_HPP/d' "$file"; } >"$work/moved.hpp"
  mv "$work/moved.hpp" "$file"
done
{ at a lazyref/fence.hpp; at other lazyref/fence.hpp; } >"$work/unit.cpp"
passes "twin: with config.hpp behind the guard nothing is said" preprocess

finish
