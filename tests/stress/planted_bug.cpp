// SPDX-License-Identifier: BSL-1.0
//
// Has this kind of stress any power? Three known bugs are planted over the library's own slot, objects and few
// addresses, and each must be caught; the library itself, under the same load, must not be.
//
//   steal     the kernel proposal of January 2022: a scanner that finds `drop` occupied reads `lazy` again and swaps
//             the occupant out. In between, the worker can leave, drain and free it; its address is an object again, in use
//             and handed over; and the swap succeeds and gives up the wrong object's hold
//   fresh     the same, but no address is ever used again: must not be caught, which shows what `steal` is caught for
//   no_look   a drain that gives up what stands in `drop` though the slot is still on it
//   no_hold   a hand-over without a hold
//   orders    (ThreadSanitizer only) the library, with relaxed stores to `lazy`: nothing that x86 could get wrong
//
// Windows are widened, by a yield or a short spin at the place where a scheduler could strike as well.
// Each case runs in a child, so that a sanitizer may be the one to catch it.
#include "../support/relaxed_orders.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_victims.hpp"

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

enum class bug { none, steal, fresh, no_look, no_hold, orders };

constexpr unsigned workers = 2;
constexpr unsigned reclaimers = 3;
constexpr std::size_t addresses = 8;
constexpr std::size_t fresh_addresses = 400000;

// Addresses that are used once.
template <std::size_t Bytes, std::size_t Addresses>
class used_once {
 public:
  void* take() {
    in_use_.fetch_add(1, std::memory_order_relaxed);
    return memory_.at(used_.fetch_add(1, std::memory_order_relaxed)).bytes;
  }
  void put(void* address) {
    std::memset(address, 0xdd, Bytes);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    in_use_.fetch_sub(1, std::memory_order_relaxed);
  }
  std::size_t in_use() const { return in_use_.load(); }
  // For as many threads as take one at a time.
  bool has(std::size_t n) const { return used_.load(std::memory_order_relaxed) + n < Addresses; }

 private:
  struct cell {
    alignas(std::uint64_t) unsigned char bytes[Bytes];
  };
  std::vector<cell> memory_ = std::vector<cell>(Addresses);
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> in_use_{0};
};

template <bug Bug>
using victim = std::conditional_t<Bug == bug::fresh, stress::counted_object<fresh_addresses, used_once>,
                                  stress::counted_object<addresses>>;
template <bug Bug>
using sync = std::conditional_t<Bug == bug::orders,
                                lazyref_test::with_relaxed<std_sync, &order_table::slot_set, &order_table::slot_clear>,
                                std_sync>;

// The library's worker and reclaimer, with one thing wrong.
template <bug Bug>
class rules : public stress::library_rules<victim<Bug>, sync<Bug>> {
  using object = victim<Bug>;
  using base = stress::library_rules<object, sync<Bug>>;
  using counted = typename object::counting;

 public:
  using typename base::slot_type;

  static void activate(slot_type& s, object* o) {
    if constexpr (Bug == bug::no_look) {
      s.lazy.store(o, std::memory_order_release);
      poll(s);
    } else {
      base::activate(s, o);
    }
  }
  static void deactivate(slot_type& s) {
    if constexpr (Bug == bug::no_look) {
      activate(s, nullptr);
    } else {
      base::deactivate(s);
    }
  }

  static void poll(slot_type& s) {
    if constexpr (Bug == bug::no_look) {
      object* const dropped = s.drop.exchange(nullptr, std::memory_order_acquire);
      if (lazyref::detail::is_object(dropped)) counted::give_up(dropped, 1);
    } else {
      base::poll(s);
    }
  }

  template <class Slots>
  static void last_user_left(object* o, Slots& all) {
    if constexpr (Bug == bug::steal || Bug == bug::fresh || Bug == bug::no_hold) {
      for (slot_type& s : all) hand_over(s, o);
      counted::give_up(o, 1);
    } else {
      base::last_user_left(o, all);
    }
  }

 private:
  static void hand_over(slot_type& s, object* o) {
    if (s.lazy.load(std::memory_order_acquire) != o) return;
    if constexpr (Bug == bug::no_hold) {
      object* const before = s.drop.exchange(o, std::memory_order_acq_rel);
      if (lazyref::detail::is_object(before)) counted::give_up(before, 1);
    } else {
      counted::take(o, 1);
      for (;;) {
        stress::widen();
        object* before = s.drop.load(std::memory_order_acquire);
        if (lazyref::detail::is_object(before) && s.lazy.load(std::memory_order_acquire) != o)
          return counted::give_up(o, 1);
        stress::widen();
        if (!s.drop.compare_exchange_strong(before, o, std::memory_order_acq_rel)) continue;
        if (lazyref::detail::is_object(before)) counted::give_up(before, 1);
        return;
      }
    }
  }
};

template <bug Bug>
void by_chance(double seconds, std::uint64_t seed) {
  stress::victims<victim<Bug>, rules<Bug>, workers, reclaimers> all;
  std::atomic<std::uint64_t> activations{0};
  const auto work = [&](auto& s) {
    victim<Bug>* const o = all.copy();
    const std::uint64_t id = o->id();
    rules<Bug>::activate(s, o);
    all.drop_user(o);
    activations.fetch_add(1, std::memory_order_relaxed);
    for (unsigned looks = stress::dice.below(4); looks > 0; --looks) {
      stress::dice.dawdle(500);
      o->check(id);
      if (stress::dice.one_in(8)) rules<Bug>::poll(s);
    }
    o->check(id);
    if (stress::dice.one_in(2)) rules<Bug>::deactivate(s);
    stress::dice.dawdle(100);
  };
  all.run(seconds, seed, work, [] {
    if constexpr (Bug == bug::fresh) {
      return victim<Bug>::memory().has(reclaimers);
    } else {
      return true;
    }
  });
  std::printf("%llu activations, %llu objects ", ull(activations.load()), all.made());
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 3);
  const double patience = 4 * options.seconds;
  stress::verdicts verdicts;
  verdicts.must_be_clean("none", [&] { by_chance<bug::none>(options.seconds, options.seed); });
  verdicts.must_be_caught("steal", [&] { by_chance<bug::steal>(patience, options.seed); });
  verdicts.must_be_clean("fresh", [&] { by_chance<bug::fresh>(options.seconds, options.seed); });
  verdicts.must_be_caught("no_look", [&] { by_chance<bug::no_look>(patience, options.seed); });
  verdicts.must_be_caught("no_hold", [&] { by_chance<bug::no_hold>(patience, options.seed); });
  if (LAZYREF_TEST_TSAN) verdicts.must_be_caught("orders", [&] { by_chance<bug::orders>(patience, options.seed); });
  return verdicts.exit_status();
}
