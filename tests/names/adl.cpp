// SPDX-License-Identifier: BSL-1.0
//
// A program whose namespace has functions and function templates of every name that the headers use (names.inc, which
// adl.py writes), all of them deleted, and beside them classes with which it uses every part of lazyref. The headers
// must find none of these functions: it compiles, and does what it would do without.
#include <lazyref/lazyref.hpp>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <utility>

#define EXPECT(...) \
  if (!(__VA_ARGS__)) std::printf("%s:%d: not %s\n", __FILE__, __LINE__, #__VA_ARGS__), user_program::user_failed = true

namespace user_program {

bool user_failed = false;
int user_alive = 0;

struct user_counted {
  user_counted() noexcept { ++user_alive; }
  user_counted(const user_counted&) = delete;
  user_counted& operator=(const user_counted&) = delete;
  ~user_counted() { --user_alive; }
};

struct user_car : lazyref::owner<user_car>, user_counted {
  int wheels = 4;
  static void on_last_user() noexcept {}
  static void dispose(user_car* car) noexcept { delete car; }
  template <class Visitor>
  void for_each_candidate(Visitor&& at) const noexcept {
    at(std::size_t{0});
    at(std::size_t{1});
  }
};

struct user_node;
struct user_reaper {
  void operator()(user_node* node) const noexcept;
};
struct user_node : lazyref::hazard_pointer_obj_base<user_node, user_reaper>, user_counted {};
inline void user_reaper::operator()(user_node* node) const noexcept { delete node; }
struct user_plain_node : lazyref::hazard_pointer_obj_base<user_plain_node>, user_counted {};

struct user_code : lazyref::code_block<user_code>, user_counted {
  user_code() noexcept = default;
};

// The embedded layer: counts of the user's own.
struct user_thing : user_counted {
  std::atomic<std::size_t> count{1};
};
struct user_holds {
  static void take(user_thing* thing, std::size_t n) noexcept { thing->count.fetch_add(n); }
  static void give_up(user_thing* thing, std::size_t n) noexcept {
    if (thing->count.fetch_sub(n) == n) delete thing;
  }
};

inline void user_tell(void*, std::size_t) noexcept {}

#include "names.inc"

}  // namespace user_program

#ifdef TWIN
LAZYREF_BEGIN_NAMESPACE
template <class T>
T* twin_parked(T* object) noexcept {
  return object;
}
template <class Holds, bool Result, class T, class Sync, reclaim R>
bool twin_drain(slot<T, Sync, R>&) noexcept {
  return Result;
}
template <class Holds, class T, class Sync, reclaim R>
void twin_move(slot<T, Sync, R>&, T*, std::memory_order) noexcept {}
template <class T>
void twin_any(const T&, int) noexcept {}
template <class T, class Sync, reclaim R>
void twin_calls(slot<T, Sync, R>& s, T* object) noexcept {
#if TWIN == 0
  lazyref::twin_parked(object);
  lazyref::twin_drain<int, true>(s);
  lazyref::twin_move<int>(s, object, std::memory_order_relaxed);
  lazyref::twin_any(*object, 1);
  std::addressof(*object);
  static_cast<void>(*object), static_cast<void>(object);
#elif TWIN == 1
  twin_parked(object);
#elif TWIN == 2
  twin_drain<int, true>(s);
#elif TWIN == 3
  twin_move<int>(s, object, std::memory_order_relaxed);
#elif TWIN == 4
  twin_any(*object, 1);
#elif TWIN == 5
  static_cast<void>(&*object);
#elif TWIN == 6
  *object, object;
#endif
}
LAZYREF_END_NAMESPACE
template void lazyref::twin_calls(lazyref::slot<user_program::user_thing>&, user_program::user_thing*);
#endif

namespace {

using user_program::user_car;
using user_program::user_code;
using user_program::user_holds;
using user_program::user_node;
using user_program::user_plain_node;
using user_program::user_thing;

template <class Options>
void protect_in_domain(lazyref::lazy_domain<user_car, Options>& domain) {
  auto slot = domain.attach();
  auto other = domain.attach();
  auto first = domain.make();
  auto second = domain.make();
  std::atomic<user_car*> shared(first.get());
  user_car* seen = slot.protect(shared);
  EXPECT(seen == first.get() && seen->wheels == 4);
  shared.store(second.get());
  EXPECT(!other.try_protect(seen, shared) && seen == second.get());
  EXPECT(other.try_protect(seen, shared));
  domain.retire(std::move(first));
  domain.flush();
  EXPECT(slot.active() != nullptr && slot.active()->wheels == 4);
  slot.reset_protection();
  other.reset_protection();
  shared.store(nullptr);
  const lazyref::strong_ref<const user_car> constant(second);
  std::atomic<const user_car*> shared_constant(constant.get());
  const user_car* seen_constant = slot.protect(shared_constant);
  EXPECT(seen_constant == second.get() && other.try_protect(seen_constant, shared_constant));
  slot.reset_protection();
  other.reset_protection();
  for (std::size_t i = 0; i != 2 * domain.retire_batch; ++i) domain.retire(domain.make());
  domain.flush();
}

template <class Options>
void use_domain(lazyref::lazy_domain<user_car, Options>& domain) {
  constexpr bool is_counted = Options::how == lazyref::policy::refcounted;
  auto slot = domain.attach();
  EXPECT(static_cast<bool>(slot));
  auto car = domain.make();
  lazyref::strong_ref<user_car> same(car);
  EXPECT(same == car && !(same != car) && car.use_count() == 2 && car->wheels == 4 && (*car).wheels == 4);
  same.swap(car);
  same = nullptr;
  EXPECT(!slot.activate(car) && slot.activate(car));
  slot.park();
  EXPECT(slot.resume() == car.get());
  {
    auto next = domain.make();
    lazyref::temporary_activation<user_car, Options> scope(slot, next);
    EXPECT(scope.get() == next.get() && scope->wheels == 4 && (*scope).wheels == 4);
  }
  EXPECT(slot.active() == car.get());
  slot.deactivate();
  slot.activate(car);
  slot.park();
  car.reset();
  // What is parked goes with its last user; a count keeps it.
  EXPECT((slot.resume() == nullptr) != is_counted);
  slot.deactivate();
  auto old = domain.make();
  slot.activate(old);
  old.reset();
  EXPECT(slot.active() != nullptr);
  slot.poll();
  auto moved = std::move(slot);
  moved.swap(slot);
  slot.deactivate();
  if constexpr (Options::can_protect) {
    protect_in_domain(domain);
    lazyref::atomic_strong_ref<user_car> cell(domain.make());
    auto loaded = cell.load(slot);
    EXPECT(loaded.get() == slot.protect(cell) && lazyref::strong_ref<user_car>::try_from(loaded.get()) == loaded);
    user_car* expected = nullptr;
    EXPECT(!cell.compare_exchange_weak(expected, loaded) && cell.compare_exchange_strong(expected, loaded));
    cell.store(cell.exchange(domain.make()));
    {
      std::atomic<user_car*> shared(loaded.get());
      lazyref::nested_protection<user_car, Options> outer(slot, shared);
      lazyref::nested_protection<user_car, Options> inner(slot, cell);
      EXPECT(inner && inner->wheels == 4 && (*outer).wheels == 4 && slot.active() == inner.get());
    }
    loaded.reset();
    slot.deactivate();
  }
  domain.retire(domain.make());
  domain.retire(domain.adopt(new user_car));
  domain.flush();
  domain.collect();
  EXPECT(domain.stats().attached != 0);
  slot.detach();
  EXPECT(domain.stats().attached == 0);
  domain.after_fork_in_child();
}

template <lazyref::policy How, lazyref::reclaim When, lazyref::candidates Where,
          lazyref::slot_growth Growth = lazyref::slot_growth::none>
void use_options() {
  using options = lazyref::domain_options<How, When, Where, 100, 100, Growth>;
  {
    lazyref::lazy_domain<user_car, options> domain(4);
    use_domain(domain);
  }
  if constexpr (How == lazyref::policy::shootdown) {
    lazyref::lazy_domain<user_car, options> domain(4, lazyref::kick{&user_program::user_tell, nullptr});
    use_domain(domain);
  }
  EXPECT(user_program::user_alive == 0);
}

template <lazyref::reclaim When>
void use_per_cpu(lazyref::claim_method method) {
  {
    lazyref::per_cpu_options options;
    options.slots_per_cpu = 1;
    options.method = method;
    lazyref::per_cpu_domain<user_car, When> domain(options);
    auto car = domain.make();
    auto other = domain.adopt(new user_car);
    auto claim = domain.claim(car);
    auto counted = domain.claim(other);
    auto more = domain.claim(other);
    EXPECT(claim.get() == car.get() && claim->wheels == 4 && (*counted).wheels == 4);
    claim.swap(more);
    car.reset();
    EXPECT(more->wheels == 4);
    claim.release();
    {
      std::atomic<user_car*> shared(other.get());
      std::atomic<const user_car*> shared_constant(other.get());
      lazyref::atomic_strong_ref<user_car> cell(other);
      auto seen = domain.protect(shared);
      auto again = domain.protect(shared_constant);
      auto third = domain.protect(cell);
      EXPECT(seen->wheels == 4 && again.get() == other.get() && third && third.error() == 0);
    }
    domain.retire(domain.make());
    domain.flush();
    domain.collect();
    EXPECT(domain.stats().made == 3 && domain.how().cpus != 0);
    domain.after_fork_in_child(counted, more);
  }
  EXPECT(user_program::user_alive == 0);
}

template <class Node>
void use_hazard_pointer() {
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  lazyref::hazard_pointer other = lazyref::make_hazard_pointer();
  std::atomic<Node*> shared(new Node);
  Node* const seen = hazard.protect(shared);
  EXPECT(seen == shared.load());
  shared.store(new Node);
  std::atomic<const Node*> shared_constant(seen);
  EXPECT(hazard.protect(shared_constant) == seen);
  Node* tried = seen;
  EXPECT(!other.try_protect(tried, shared) && other.try_protect(tried, shared));
  seen->retire();
  EXPECT(user_program::user_alive == 2);
  {
    const auto project = [](Node* node) noexcept { return node; };
    lazyref::hazard_pointer batch[2];
    lazyref::make_hazard_pointer_batch(batch, 2);
    batch[0].protect_same(other);
    tried = batch[1].protect(shared, project);
    EXPECT(batch[1].try_protect(tried, shared, project));
    lazyref::clear_hazard_pointer_batch(batch, 2);
    EXPECT(batch[0].empty());
  }
  hazard.reset_protection();
  other.reset_protection(tried);
  swap(hazard, other);
  other = std::move(hazard);
  other.reset_protection(nullptr);
  shared.exchange(nullptr)->retire();
  for (std::size_t i = 0; i != 2 * lazyref::hazard_pointer_batch; ++i) (new Node)->retire();
  lazyref::hazard_pointer_clean_up();
  lazyref::hazard_pointer_after_fork_in_child();
  EXPECT(user_program::user_alive == 0);
}

template <lazyref::code_mapping How>
void use_code_space() {
  {
    lazyref::code_space<user_code> space({4096, 2, 2}, How);
    auto draft = space.draft(16);
    // No executable memory here: nothing more to see.
    if (draft) {
      EXPECT(draft.data() != nullptr && draft.size() == 16 && draft.address() != 0);
      draft.data()[0] = 0xC3;
      EXPECT(draft.shrink(8).error() == 0);
      lazyref::strong_ref<user_code> code;
      EXPECT(!draft->entry() && (*draft).size() == 8);
      if (space.publish(draft, code)) {
        auto slot = space.domain().attach();
        std::atomic<user_code*> shared(code.get());
        EXPECT(slot.protect(shared)->entry() != nullptr && code->template as<void()>() != nullptr);
        shared.store(nullptr);
        space.retire(std::move(code));
        slot.deactivate();
      }
    }
    auto dropped = space.draft(16);
    auto moved = std::move(dropped);
    moved.swap(dropped);
    static_cast<void>(space.status());
    static_cast<void>(space.bytes_in_use() + space.blocks_in_use() + space.bytes());
    dropped = {};
    space.after_fork_in_child();
  }
  EXPECT(user_program::user_alive == 0);
}

template <lazyref::reclaim When>
void use_embedded_layer() {
  using slot = lazyref::slot<user_thing, lazyref::std_sync, When>;
  slot slots[2];
  const auto each = [&slots](auto&& at) {
    for (slot& s : slots) at(s);
  };
  const auto last = [&each](user_thing* thing) {
    lazyref::last_user_left<user_holds, When, lazyref::std_sync>(
        thing, each, [](const lazyref::handover_counts&) {}, [](slot&) {});
  };
  auto* const thing = new user_thing;
  auto* const other = new user_thing;
  EXPECT(!lazyref::activate<user_holds>(slots[0], thing) && lazyref::activate<user_holds>(slots[0], thing));
  std::atomic<user_thing*> shared(thing);
  EXPECT(lazyref::protect<user_holds>(slots[1], shared) == thing);
  shared.store(other);
  user_thing* seen = thing;
  EXPECT(!lazyref::try_protect<user_holds>(slots[1], seen, shared) && seen == other);
  EXPECT(lazyref::try_protect<user_holds>(slots[1], seen, shared));
  lazyref::park<user_holds>(slots[1]);
  EXPECT(lazyref::resume(slots[1]) == other);
  lazyref::park<user_holds>(slots[1]);
  last(thing);
  EXPECT(user_program::user_alive == 2);
  lazyref::scan_group<user_thing> group;
  group.add(other);
  EXPECT(group.contains(other) && !group.is_full());
  lazyref::last_users_left<user_holds, When, lazyref::std_sync>(group, each, [](slot&) {});
  for (user_thing* x : group) user_holds::give_up(x, 1);
  EXPECT(lazyref::resume(slots[1]) == nullptr);
  EXPECT(user_program::user_alive == 1);
  lazyref::poll<user_holds>(slots[0]);
  lazyref::protect_again<user_holds>(slots[1], static_cast<user_thing*>(nullptr));
  lazyref::deactivate<user_holds>(slots[0]);
  lazyref::collect<user_holds, user_thing, When, lazyref::std_sync>(each);
  EXPECT(user_program::user_alive == 0);
}

}  // namespace

int main() {
  using lazyref::candidates;
  using lazyref::policy;
  using lazyref::reclaim;
  use_options<policy::handoff, reclaim::deferred, candidates::all>();
  use_options<policy::handoff, reclaim::deferred, candidates::all, lazyref::slot_growth::chunks>();
  use_options<policy::handoff, reclaim::prompt, candidates::tracked>();
  use_options<policy::handoff, reclaim::deferred, candidates::custom>();
  use_options<policy::shootdown, reclaim::prompt, candidates::all>();
  use_options<policy::refcounted, reclaim::deferred, candidates::all>();
  use_per_cpu<reclaim::deferred>(lazyref::claim_method::restartable_sequence);
  use_per_cpu<reclaim::prompt>(lazyref::claim_method::compare_and_swap);
  use_hazard_pointer<user_node>();
  use_hazard_pointer<user_plain_node>();
  use_code_space<lazyref::code_mapping::dual>();
  use_code_space<lazyref::code_mapping::flip>();
  use_embedded_layer<reclaim::deferred>();
  use_embedded_layer<reclaim::prompt>();
  return user_program::user_failed ? 1 : 0;
}
