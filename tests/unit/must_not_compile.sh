#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# What must not compile does not, and says why: sh must_not_compile.sh ROOT COMPILER [FLAGS...]
# Each case stands beside a control that differs in one word, and compiles.
set -u
[ $# -ge 2 ] || { echo "usage: sh must_not_compile.sh ROOT COMPILER [FLAGS...]"; exit 2; }
root=$1
shift
cases=0
failed=0

prelude='
#include <atomic>
#include <lazyref/domain.hpp>
using namespace lazyref;
struct thing : owner<thing> {
  template <class Visit>
  void for_each_candidate(Visit&&) const noexcept {}
};
template <class Options>
void protect(lazy_domain<thing, Options>& domain, const std::atomic<thing*>& source) {
  auto slot = domain.attach();
  slot.protect(source);
}
template <class Options>
void try_protect(lazy_domain<thing, Options>& domain, const std::atomic<thing*>& source) {
  auto slot = domain.attach();
  thing* seen = nullptr;
  (void)slot.try_protect(seen, source);
}
inline void told(void*, std::size_t) noexcept {}
template <class Options>
void kicks() { lazy_domain<thing, Options> domain(1, kick{&told, nullptr}); }
struct alignas(1) odd {};
struct odd_holds { static void take(odd*, std::size_t) noexcept {} static void give_up(odd*, std::size_t) noexcept {} };
struct alignas(2) even {};
struct even_holds { static void take(even*, std::size_t) noexcept {} static void give_up(even*, std::size_t) noexcept {} };
'

compile() { printf '%s\n%s\n' "$prelude" "$code" | "$@" -I "$root/include" -I "$root/arch" -fsyntax-only -x c++ - 2>&1; }

compiles() {
  code=$1
  shift
  cases=$((cases + 1))
  said=$(compile "$@") || { failed=$((failed + 1)); echo "FAILED: does not compile: $code"; echo "$said"; }
}

# refused SENTENCE CODE COMPILER...
refused() {
  sentence=$1
  code=$2
  shift 2
  cases=$((cases + 1))
  if said=$(compile "$@"); then
    failed=$((failed + 1))
    echo "FAILED: compiles: $code"
    return
  fi
  case $said in
    *"$sentence"*) ;;
    *) failed=$((failed + 1)); echo "FAILED: refused, but not by our sentence: $code"; echo "$said" | head -20 ;;
  esac
}

instantiate() {
  echo "template void $1<domain_options<$2>>(lazy_domain<thing, domain_options<$2>>&, const std::atomic<thing*>&);"
}

cannot='cannot protect; see domain_options.hpp'
for call in protect try_protect; do
  for how in handoff shootdown; do
    for when in deferred prompt; do
      compiles "$(instantiate $call "policy::$how, reclaim::$when, candidates::all")" "$@"
    done
  done
  refused "$cannot" "$(instantiate $call 'policy::handoff, reclaim::deferred, candidates::tracked')" "$@"
  refused "$cannot" "$(instantiate $call 'policy::handoff, reclaim::prompt, candidates::custom')" "$@"
  refused "$cannot" "$(instantiate $call 'policy::shootdown, reclaim::deferred, candidates::tracked')" "$@"
  refused "$cannot" "$(instantiate $call 'policy::refcounted, reclaim::deferred, candidates::all')" "$@"
done

compiles 'template void kicks<domain_options<policy::shootdown>>();' "$@"
refused 'only policy::shootdown kicks' 'template void kicks<domain_options<policy::handoff>>();' "$@"
refused 'only policy::shootdown kicks' 'template void kicks<domain_options<policy::refcounted>>();' "$@"

compiles 'void f(slot<even>& s) { park<even_holds>(s); }' "$@"
refused 'parking needs the low bit of the address' 'void f(slot<odd>& s) { park<odd_holds>(s); }' "$@"

echo "$cases cases, $failed failed"
[ "$failed" -eq 0 ]
