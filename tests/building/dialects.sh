# SPDX-License-Identifier: BSL-1.0
#
# A program chooses options that change the language, the code or the library: everything compiles, links and runs with
# them; and includes the headers in any order, in more than one unit.
. "$(dirname "$0")/common.sh"

# COMPILERS | OPTIONS | what the options make an error, when it stands in a header. (-fvisibility=hidden, -fno-plt and
# -fkeep-inline-functions leave no mark, so they stand beside others.) "also": more of the options above, which stand in
# one row since they do not touch each other.
dialects() {
  cat <<'END'
g++ | -masm=intel | int planted() { __asm__ volatile("movl %eax, %eax"); return 0; }
g++ clang++ | -O1 -masm=intel | int planted() { __asm__ volatile("movl %eax, %eax"); return 0; }
g++ clang++ | -std=gnu++17 -fno-operator-names -fshort-enums -fshort-wchar -funsigned-char | int linux;
also | -fshort-enums -fshort-wchar -funsigned-char | enum e { a };\nstatic_assert(sizeof(e) + sizeof(wchar_t) > 3 || char(-1) < 0);
g++ clang++ | -D_GLIBCXX_ASSERTIONS -D_GLIBCXX_DEBUG -fno-exceptions -fno-rtti -fno-threadsafe-statics | #ifdef _GLIBCXX_DEBUG\n#error\n#endif
also | -fno-exceptions -fno-rtti -fno-threadsafe-statics | #if !__cpp_exceptions && !__cpp_rtti\n#error\n#endif
g++ clang++ | -Os -fPIC -fvisibility=hidden -fno-plt | #if __PIC__ == 2 && !__PIE__\n#error\n#endif
g++ clang++ | -O3 -fno-pie -no-pie | #ifndef __PIC__\n#error\n#endif
g++ clang++ | -O2 -DNDEBUG -D_FORTIFY_SOURCE=3 -fcf-protection -mshstk | #if _FORTIFY_SOURCE > 2 && __SHSTK__\n#error\n#endif
g++ | -O1 -fkeep-inline-functions | #ifdef __OPTIMIZE__\n#error\n#endif
g++ | -O1 -flto | #ifdef __OPTIMIZE__\n#error\n#endif
END
}

unit() {  # ROOT FLAGS...; what a header has planted is in this unit alone
  from=$1
  shift
  echo '#include <lazyref/config.hpp>' | "$compiler" -std=c++17 "$@" -I "$from/include" -x c++ -c -o "$work/unit.o" -
}
build() { "$compiler" -std=c++17 -I "$root/include" -I "$root/arch" "$@" -o "$work/program" "$everything" -pthread; }
program() { build "$@" && "$work/program"; }  # FLAGS...

for compiler in g++ clang++; do
  has $compiler || { skip "no $compiler"; continue; }
  dialects >"$work/dialects"
  while IFS='|' read -r compilers options planted; do
    case " $compilers " in
      " also "*) [ -n "$taken" ] || continue ;;
      *" $compiler "*) taken=yes ;;
      *) taken= ; continue ;;
    esac
    printf '%b\n' "${planted# }" | plant twin lazyref/config.hpp
    passes "$compiler: without$options the twin is right" unit "$work/twin"
    reports "$compiler$options: ${planted# }" "[Ee]rror" unit "$work/twin" $options
    [ "$compilers" = "also " ] || passes "$compiler$options: everything" program $options
  done <"$work/dialects"
done

# --- the other assembler dialect for 32 bits
compiler=g++
i386="-m32 -idirafter /usr/include/$(uname -m)-linux-gnu -O1 -masm=intel"
printf '#include <memory>\nint main() { return 0; }\n' >"$work/nothing.cpp"
if [ "$(uname -m)" = x86_64 ] && g++ $i386 -o "$work/program" "$work/nothing.cpp" 2>"$work/log"; then
  echo 'int planted() { __asm__ volatile("movl %eax, %eax"); return 0; }' | plant twin lazyref/config.hpp
  reports "g++ $i386" "[Ee]rror" unit "$work/twin" $i386
  passes "g++ $i386: everything" program $i386
else
  skip "no g++ for i386: -m32 -masm=intel"
fi

# --- control-flow integrity. A call of code that was made at run time has to be exempted where it is made: the program
# does that, and the twin does not.
compiler=clang++
cfi="-O1 -flto -fvisibility=hidden -fsanitize=cfi -fuse-ld=lld"
if ! has clang++ || ! has ld.lld; then
  skip "no clang++ with lld: -fsanitize=cfi"
else
  passes "clang++ $cfi: everything" program $cfi
  passes "clang++ $cfi: the twin is built" build $cfi -DCHECKED_CALL
  stops "clang++ $cfi: a call of the code that is not exempted" 132 "$work/program"
fi

# --- all headers in any order, and two such units in one program
unity() { sed 's/.*/#include <&>/' "$work/order"; }
compile() {  # COMPILER ROOT
  "$1" -std=c++17 -Wall -Wextra -Werror -I "$2/include" -I "$2/arch" -x c++ -fsyntax-only -
}
in_order() { headers | shuffle "$1" >"$work/order"; unity | compile "$2" "$3"; }  # SEED COMPILER ROOT

if ! has python3 || ! has g++; then
  skip "no python3 or no g++: any order"
  finish
fi
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
