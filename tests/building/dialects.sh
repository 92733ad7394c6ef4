# SPDX-License-Identifier: BSL-1.0
#
# A program chooses options that change the language, the code or the library: everything compiles, links and runs with
# them.
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

for compiler in $compilers; do
  has $compiler || { skip "no $compiler"; continue; }
  dialects >"$work/dialects"
  while IFS='|' read -r who options planted; do
    case " $who " in
      " also "*) [ -n "$taken" ] || continue ;;
      *" $compiler "*) taken=yes ;;
      *) taken= ; continue ;;
    esac
    printf '%b\n' "${planted# }" | plant twin lazyref/config.hpp
    passes "$compiler: without$options the twin is right" unit "$work/twin"
    reports "$compiler$options: ${planted# }" "[Ee]rror" unit "$work/twin" $options
    [ "$who" = "also " ] || passes "$compiler$options: everything" program $options
  done <"$work/dialects"
done

# --- the other assembler dialect for 32 bits
compiler=g++
i386="-m32 -idirafter /usr/include/$(uname -m)-linux-gnu -O1 -masm=intel"
printf '#include <memory>\nint main() { return 0; }\n' >"$work/nothing.cpp"
if ! asked g++; then
  :
elif [ "$(uname -m)" = x86_64 ] && g++ $i386 -o "$work/program" "$work/nothing.cpp" 2>"$work/log"; then
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
if ! asked clang++; then
  :
elif ! has clang++ || ! has ld.lld; then
  skip "no clang++ with lld: -fsanitize=cfi"
else
  passes "clang++ $cfi: everything" program $cfi
  passes "clang++ $cfi: the twin is built" build $cfi -DCHECKED_CALL
  stops "clang++ $cfi: a call of the code that is not exempted" 132 "$work/program"
fi

finish
