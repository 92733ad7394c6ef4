# SPDX-License-Identifier: BSL-1.0
#
# A program includes the headers in any order, in more than one unit.
. "$(dirname "$0")/common.sh"

unity() { sed 's/.*/#include <&>/' "$work/order"; }
compile() {  # COMPILER ROOT
  "$1" -std=c++17 -Wall -Wextra -Werror -I "$2/include" -I "$2/arch" -x c++ -fsyntax-only -
}
in_order() { headers | shuffle "$1" >"$work/order"; unity | compile "$2" "$3"; }  # SEED COMPILER ROOT

has g++ || { skip "no g++"; exit 77; }
has python3 || { skip "no python3"; exit 77; }
other=clang++
has clang++ || { skip "no clang++: any order"; other=g++; }
seed=0
while [ $seed -lt 6 ]; do
  passes "any order, seed $seed, g++" in_order $seed g++ "$root"
  seed=$((seed + 1))
  passes "any order, seed $seed, $other" in_order $seed $other "$root"
  seed=$((seed + 1))
done

copy twin
sed -i '/^#include "..\/..\/sync.hpp"$/d' "$work/twin/include/lazyref/detail/slot/slot_words.hpp"
seed=0
while [ $seed -lt 20 ] && in_order $seed g++ "$work/twin" >/dev/null 2>&1; do seed=$((seed + 1)); done
cases=$((cases + 1))
[ $seed -lt 20 ] || fail "not reported in 20 orders: a header that needs another one before it"

two_units() {  # ROOT WHAT-FOLLOWS-THE-HEADERS
  for seed in 1 2; do
    headers | shuffle $seed >"$work/order"
    { unity; printf '#define EVERYTHING run_%s\n#include "%s"\n' $seed "$2"; } >"$work/unit_$seed.cpp"
  done
  echo 'int run_1(); int run_2(); int main() { return run_1() + run_2(); }' >"$work/main.cpp"
  paths="-I $1/include -I $1/arch"
  (cd "$work" && g++ -std=c++17 $paths main.cpp unit_1.cpp unit_2.cpp -o program -pthread && ./program)
}
passes "two units with all headers in two orders" two_units "$root" "$everything"
echo 'int EVERYTHING() { return 0; }' >"$work/nothing.cpp"
passes "the same with nothing after them" two_units "$root" "$work/nothing.cpp"
echo 'int planted() { return 0; }' | plant twin lazyref/config.hpp
reports "a function in a header that is not inline" "multiple definition" two_units "$work/twin" "$work/nothing.cpp"

finish
