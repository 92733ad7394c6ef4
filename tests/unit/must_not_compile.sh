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
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
precompiled=

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

# Each prelude is read once, if the compiler can keep it; the file beside what it has kept serves where it cannot.
compile() { printf '%s\n' "$code" | translate "$@" -include "$work/prelude.hpp" -fsyntax-only -x c++ - 2>&1; }
translate() { "$@" -I "$root/include" -I "$root/arch"; }
precompile() {  # COMPILER [FLAGS...]
  [ "$prelude" != "$precompiled" ] || return 0
  precompiled=$prelude
  rm -f "$work"/*
  printf '%s\n' "$prelude" >"$work/prelude.hpp"
  translate "$@" -x c++-header "$work/prelude.hpp" -o "$work/prelude.hpp.gch" || exit 1
}

compiles() {
  code=$1
  shift
  cases=$((cases + 1))
  precompile "$@"
  said=$(compile "$@") || { failed=$((failed + 1)); echo "FAILED: does not compile: $code"; echo "$said"; }
}

# refused SENTENCE CODE COMPILER...
refused() { refused_either "$1" "$@"; }

# The same where the sentence is the compiler's own, and each has another one: SENTENCE SENTENCE CODE COMPILER...
refused_either() {
  sentence=$1
  or=$2
  code=$3
  shift 3
  cases=$((cases + 1))
  precompile "$@"
  if said=$(compile "$@"); then
    failed=$((failed + 1))
    echo "FAILED: compiles: $code"
    return
  fi
  case $said in
    *"$sentence"* | *"$or"*) ;;
    *) failed=$((failed + 1)); echo "FAILED: refused, but for another reason: $code"; echo "$said" | head -20 ;;
  esac
}

# The same where the sentence is the only error: SENTENCE CODE COMPILER...
refused_alone() {
  refused "$@"
  [ "$(echo "$said" | grep -c 'error: ')" -eq 1 ] && return
  failed=$((failed + 1))
  echo "FAILED: more than one error: $2"
  echo "$said" | grep 'error: '
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

grown() {  # CANDIDATES
  echo "struct growing : domain_options<policy::handoff, reclaim::deferred, candidates::$1> {
    static constexpr auto growth = slot_growth::chunks;
  };
  void f() { lazy_domain<thing, growing> domain(1); }"
}
compiles "$(grown all)" "$@"
refused 'so none can be added' "$(grown tracked)" "$@"
named() {  # WHAT VALUE
  echo "struct named : domain_options<> { static constexpr auto $1 = $2; };
  void f() { lazy_domain<thing, named> domain(1); }"
}
compiles "$(named batch 'std::size_t{1}')" "$@"
refused 'must not be 0' "$(named batch 'std::size_t{0}')" "$@"
refused 'are template arguments of domain_options' "$(named where candidates::tracked)" "$@"
refused 'are template arguments of domain_options' "$(named how policy::refcounted)" "$@"

compiles 'template void kicks<domain_options<policy::shootdown>>();' "$@"
refused 'only policy::shootdown kicks' 'template void kicks<domain_options<policy::handoff>>();' "$@"
refused 'only policy::shootdown kicks' 'template void kicks<domain_options<policy::refcounted>>();' "$@"

compiles 'void f(slot<even>& s) { park<even_holds>(s); }' "$@"
refused 'parking needs the low bit of an object' 'void f(slot<odd>& s) { park<odd_holds>(s); }' "$@"

# The embedded layer: a Holds without what slot.hpp asks for is refused by every function that is told it.
prelude='
#include <lazyref/reclaimer.hpp>
using namespace lazyref;
struct object { long users; };
struct good { static void take(object*, std::size_t) noexcept; static void give_up(object*, std::size_t) noexcept; };
struct also_good { template <class T> static int take(T*, unsigned long); static int give_up(void*, unsigned long); };
struct no_take { static void give_up(object*, std::size_t) noexcept; };
struct no_give_up { static void take(object*, std::size_t) noexcept; };
struct one_by_one : good { static void give_up(object*) noexcept; };
struct of_another : good { static void take(long*, std::size_t) noexcept; };
struct by_reference : good { static void give_up(object&, std::size_t) noexcept; };
struct not_static : good { void take(object*, std::size_t) noexcept; };
class in_secret : public good { static void give_up(object*, std::size_t) noexcept; };
template <class Holds> void worker(slot<object>& s, object* o) { activate<Holds>(s, o), deactivate<Holds>(s), vacate<Holds>(s); }
template <class Holds> void idle(slot<object>& s, object*) { poll<Holds>(s), park<Holds>(s), resume(s); }
template <class Holds> void reader(slot<object>& s, object* o) {
  std::atomic<object*> source{o};
  protect<Holds>(s, source), try_protect<Holds>(s, o, source), protect_again<Holds>(s, o), protect_same<Holds>(s, o);
}
template <class Holds> void reclaimer(slot<object>& s, object* o) {
  const auto each = [&](auto&& visit) { visit(s); };
  scan_group<object> group;
  last_user_left<Holds>(o, each), last_users_left<Holds>(group, each), collect<Holds, object>(each);
}
'
told() { echo "template void $1<$2>(slot<object>&, object*);"; }
for what in worker idle reader reclaimer; do
  compiles "$(told $what good)" "$@"
  refused_alone 'lazyref: Holds::take(object, n) cannot be called' "$(told $what no_take)" "$@"
  refused_alone 'lazyref: Holds::give_up(object, n) cannot be called' "$(told $what no_give_up)" "$@"
done
compiles "$(told reader also_good)" "$@"
for holds in of_another not_static; do
  refused_alone 'lazyref: Holds::take(object, n) cannot be called' "$(told worker $holds)" "$@"
done
for holds in one_by_one by_reference in_secret; do
  refused_alone 'lazyref: Holds::give_up(object, n) cannot be called' "$(told worker $holds)" "$@"
done

# A block cannot be executed before it is published, nor can there be two of it.
prelude='
#include <memory>
#include <utility>
#include <lazyref/code_space.hpp>
using namespace lazyref;
struct function : code_block<function> {
  function() noexcept = default;
  explicit function(int) noexcept {}
  explicit function(std::shared_ptr<int>) {}
};
using space = code_space<function>;
using draft = code_draft<function>;
struct plain : owner<plain> {};
struct derived : function {};
struct keeping : code_block<keeping> { static void dispose(keeping*) noexcept {} };
struct telling : code_block<telling> { void describe_code(code_description&) const noexcept {} };
struct silent : code_block<silent> { private: void describe_code(code_description&) const noexcept {} };
struct changing : code_block<changing> { void describe_code(code_description&) noexcept {} };
struct throwing : code_block<throwing> { void describe_code(code_description&) const {} };
template <class T> void tells(code_space<T>& s, code_draft<T>& d, strong_ref<T>& c) { (void)s.publish(d, c); }
'
compiles 'int f(space& s, draft& d, strong_ref<function>& c) { return s.publish(d, c) ? c->as<int()>()() : 0; }' "$@"
refused_either 'no match for call' 'does not provide a call operator' 'int f(draft& d) { return d(); }' "$@"
refused_either 'no match for call' 'does not provide a call operator' \
  'int f(strong_ref<function>& c) { return (*c)(); }' "$@"
for member in 'entry()' 'as<int()>()'; do
  compiles "auto f(strong_ref<function>& c) { return c->$member; }" "$@"
  refused_either 'has no member named' 'no member named' "auto f(draft& d) { return d.$member; }" "$@"
done
compiles 'draft f(draft& d) { return std::move(d); }' "$@"
refused_either 'use of deleted function' 'deleted copy constructor' 'draft f(draft& d) { return d; }' "$@"
refused_either 'use of deleted function' 'copy assignment operator is implicitly deleted' \
  'void f(draft& a, draft& b) { a = b; }' "$@"
refused_either 'use of deleted function' 'deleted copy constructor' 'function f(draft& d) { return *d; }' "$@"
refused_either 'use of deleted function' 'copy assignment operator is implicitly deleted' \
  'void f(strong_ref<function>& a, strong_ref<function>& b) { *a = *b; }' "$@"
compiles 'strong_ref<function> f(strong_ref<function>& c) { return strong_ref<function>(c); }' "$@"
refused_either 'is private within this context' 'private constructor' \
  'strong_ref<function> f(draft& d) { return strong_ref<function>(&*d); }' "$@"
for type in 'int' 'int (*)(int)' 'function'; do
  refused 'as<int(int)>()' "auto f(const function& b) { return b.as<$type>(); }" "$@"
done
compiles 'auto f(const function& b) { return b.as<int(int) noexcept>(); }' "$@"
compiles 'auto f(space& s) { return s.draft(1, 1); }' "$@"
refused "T's constructor must be noexcept" \
  'auto f(space& s) { return s.draft(1, std::shared_ptr<int>()); }' "$@"
refused "T's constructor must be noexcept" 'auto f(space& s) { return s.draft(1, "none such"); }' "$@"
compiles 'void f() { space s({1, 1, 1}); }' "$@"
refused 'derive T from code_block<T>' 'void f() { code_space<plain> s({1, 1, 1}); }' "$@"
refused 'has a `dispose` of its own' 'void f() { code_space<keeping> s({1, 1, 1}); }' "$@"
refused 'derive T from code_block<T>' 'void f() { code_space<derived> s({1, 1, 1}); }' "$@"
tells() { echo "template void tells<$1>(code_space<$1>&, code_draft<$1>&, strong_ref<$1>&);"; }
compiles "$(tells telling)" "$@"
refused 'T::describe_code cannot be called' "$(tells silent)" "$@"
refused 'T::describe_code cannot be called' "$(tells changing)" "$@"
refused 'T::describe_code must be noexcept' "$(tells throwing)" "$@"

# Objects that would be deleted as what they are not, and bases that retire cannot find.
prelude='
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>
using namespace lazyref;
struct flat : owner<flat> {};
struct fat : flat { ~fat() {} };
struct tall : owner<tall> { virtual ~tall() = default; };
struct taller : tall {};
struct kept : owner<kept> { static void dispose(kept*) noexcept {} };
struct keeper : kept {};
struct stranger {};
struct node : hazard_pointer_obj_base<node> {};
struct hidden : private hazard_pointer_obj_base<hidden> { using hazard_pointer_obj_base<hidden>::retire; };
struct shared : virtual hazard_pointer_obj_base<shared> {};
struct left : hazard_pointer_obj_base<struct twice> {};
struct right : hazard_pointer_obj_base<struct twice> {};
struct twice : left, right {};
struct secret : owner<secret> {
 private:
  void on_last_user() noexcept {}
};
struct open : owner<open> {
  void on_last_user() noexcept {}
};
'
for domain in lazy_domain per_cpu_domain; do
  compiles "auto f($domain<tall>& d) { return d.adopt(new taller); }" "$@"
  compiles "auto f($domain<kept>& d) { return d.adopt(new keeper); }" "$@"
  compiles "auto f($domain<flat>& d) { return d.adopt(new flat); }" "$@"
  refused 'whose destructor would be called' "auto f($domain<flat>& d) { return d.adopt(new fat); }" "$@"
  refused "must be of the domain's type" "auto f($domain<flat>& d) { return d.adopt(new stranger); }" "$@"
  compiles "auto f($domain<open>& d) { return d.make(); }" "$@"
  refused 'on_last_user cannot be called' "auto f($domain<secret>& d) { return d.make(); }" "$@"
done
compiles 'void f(const node& n) { n.retire(); }' "$@"
refused 'must be a public base of T, once, and not virtual' 'void f(hidden& n) { n.retire(); }' "$@"
refused 'must be a public base of T, once, and not virtual' 'void f(shared& n) { n.retire(); }' "$@"
refused 'must be a public base of T, once, and not virtual' 'void f(twice& n) { n.left::retire(); }' "$@"
compiles '[[maybe_unused]] node* f(hazard_pointer& h, std::atomic<node*>& a) { return h.protect(a); }' "$@"
refused_either 'ignoring return value' 'unused' \
  'void f(hazard_pointer& h, std::atomic<node*>& a) { h.protect(a); }' "$@" -Werror=unused-result

# What a domain's objects derive from: one sentence, before anything else. T may be incomplete where it is declared only, and
# is still being defined where it is a member of itself.
prelude='
#include <utility>
#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>
#include <lazyref/per_cpu.hpp>
using namespace lazyref;
struct rule : owner<rule> { int limit; };
struct derived : rule { int more; };
template <class T> struct crtp : owner<T> {};
struct between : crtp<between> { int limit; };
struct none { int limit; };
struct in_secret : private owner<in_secret> { int limit; };
struct protected_too : protected owner<protected_too> { int limit; };
struct of_another : owner<rule> { int limit; };
struct of_const : owner<const of_const> { int limit; };
struct incomplete;
struct holder {
  holder() noexcept;
  ~holder();
  strong_ref<incomplete> one;
  strong_ref<const incomplete> two;
  lazy_slot<incomplete> slot;
  atomic_strong_ref<incomplete> cell;
};
struct tree : owner<tree> {
  strong_ref<tree> left;
  strong_ref<const tree> right;
  lazy_slot<tree> slot;
  atomic_strong_ref<tree> cell;
  lazy_domain<tree> below{1};
  per_cpu_domain<tree> more;
};
strong_ref<incomplete> passed(strong_ref<incomplete>&&);
strong_ref<tree> f(lazy_domain<tree>& d, holder&) { return d.make(); }
template <class T> void domains(lazy_domain<T>& d, per_cpu_domain<T>& p) { d.make(), d.make(1), d.retire(p.make()); }
template <class T> void uses(lazy_slot<T>& s, strong_ref<T>& r) { s.activate(r), s.deactivate(); }
template <class T> void copies(strong_ref<T>& r) { strong_ref<T> other(r); }
template <class T> void loads(lazy_slot<T>& s, atomic_strong_ref<T>& c) { c.store(c.load(s)); }
'
domains() { echo "template void domains<$1>(lazy_domain<$1>&, per_cpu_domain<$1>&);"; }
uses() { echo "template void uses<$1>(lazy_slot<$1>&, strong_ref<$1>&);"; }
copies() { echo "template void copies<$1>(strong_ref<$1>&);"; }
loads() { echo "template void loads<$1>(lazy_slot<$1>&, atomic_strong_ref<$1>&);"; }
must_derive='T must derive publicly from lazyref::owner<T>, as in'
for what in domains uses copies loads; do
  compiles "$($what rule)" "$@"
  refused_alone "$must_derive" "$($what none)" "$@"
  refused "$must_derive" "$($what incomplete)" "$@"
done
compiles "$(domains between)" "$@"
for type in in_secret protected_too; do
  refused_alone "$must_derive" "$(domains $type)" "$@"
done
for type in derived of_another of_const; do
  refused_alone 'not from the owner of another class' "$(domains $type)" "$@"
done
for what in domains uses; do
  refused_alone 'write lazy_domain<T> and lazy_slot<T>, not const T' "$($what 'const rule')" "$@"
done
compiles "$(copies 'const rule')" "$@"
compiles 'const rule* f(lazy_domain<rule>& d, lazy_slot<rule>& s, atomic_strong_ref<const rule>& c) {
  strong_ref<const rule> r = d.make(1);
  s.activate(r), d.retire(std::move(r)), c.store(d.make(2));
  return s.protect(c);
}' "$@"

# What [saferecl.hp] mandates: T is hazard-protectable ([saferecl.hp.general]/2; [saferecl.hp.holder.mem]/3 and /7,
# [saferecl.hp.base]/5); and what it asks of a deleter ([saferecl.hp.base]/1 and /3).
prelude='
#include <lazyref/hazard_pointer.hpp>
using namespace lazyref;
template <class T> using base = hazard_pointer_obj_base<T>;
struct node : base<node> {};
struct stranger {};
struct derived : node {};
struct impostor : base<node> {};
struct hidden : private base<hidden> {};
struct shared : virtual base<shared> {};
struct left : base<struct twice> {};
struct right : base<struct twice> {};
struct twice : left, right {};
struct other_deleter { template <class T> void operator()(T*) const {} };
struct two : base<two>, hazard_pointer_obj_base<two, other_deleter> {};
struct mixed : node, base<mixed> {};
struct mixed_in_secret : private node, public base<mixed_in_secret> {};
class explicit_deleter { public: explicit explicit_deleter() {} template <class T> void operator()(T*) const {} };
struct no_default { explicit no_default(int) {} template <class T> void operator()(T*) const {} };
struct no_assignment : other_deleter {
  no_assignment() = default;
  no_assignment(no_assignment&&) = default;
  no_assignment& operator=(no_assignment&&) = delete;
};
struct const_deleter : other_deleter { const int n = 0; };
struct no_call {};
struct another_call { void operator()(node*) const {} };
template <class D> struct by : hazard_pointer_obj_base<by<D>, D> {};
'
protect() { echo "$1* f(hazard_pointer& h, std::atomic<$1*>& a) { return h.protect(a); }"; }
try_protect() { echo "bool f(hazard_pointer& h, std::atomic<$1*>& a, $1* p) { return h.try_protect(p, a); }"; }
reset() { echo "void f(hazard_pointer& h, const $1* p) { h.reset_protection(p); }"; }
retire() { echo "void f($1& x) { static_cast<base<$1>&>(x).retire(); }"; }
by() { echo "void f(by<$1>& x) { x.retire($1(${2-})); }"; }

for call in protect try_protect reset; do
  compiles "$($call node)" "$@"
  for type in stranger derived; do
    refused 'T must be derived from hazard_pointer_obj_base<T, D>' "$($call $type)" "$@"
  done
done
for type in impostor hidden shared twice two mixed mixed_in_secret; do
  refused 'T must be derived from hazard_pointer_obj_base<T, D>' "$(protect $type)" "$@"
done
compiles "$(retire node)" "$@"
for type in two mixed mixed_in_secret; do
  refused 'must have no other base hazard_pointer_obj_base' "$(retire $type)" "$@"
done
for deleter in other_deleter explicit_deleter; do
  compiles "$(by $deleter) auto* const made = new by<$deleter>;" "$@"
done
refused 'D must be default-constructible and move-assignable' "$(by no_default 1)" "$@"
for deleter in no_assignment const_deleter; do
  refused 'D must be default-constructible and move-assignable' "$(by $deleter)" "$@"
done
for deleter in no_call another_call; do
  refused 'D must be callable with a T' "$(by $deleter)" "$@"
done

# Nobody but a derived class makes the base; and what owns a hazard pointer is not copied.
compiles 'struct made : base<made> { made() : base<made>() {} };' "$@"
refused_either 'is protected within this context' 'protected constructor' 'base<node> f() { return base<node>(); }' "$@"
compiles 'hazard_pointer f(hazard_pointer& h) { return std::move(h); }' "$@"
refused_either 'use of deleted function' 'implicitly deleted' 'hazard_pointer f(hazard_pointer& h) { return h; }' "$@"

echo "$cases cases, $failed failed"
[ "$failed" -eq 0 ]
