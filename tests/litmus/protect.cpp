// SPDX-License-Identifier: BSL-1.0
//
// Protection as store buffering, with the library's own slot and functions: a worker that protects (its store, a light
// fence, its second look at the shared pointer) against a reclaimer that unpublishes, makes a heavy fence and scans the
// slot. Forbidden: the second look finds the object published, and the scan does not find the slot on it.
// Exit status: 0 holds, 1 violated, 77 this machine cannot tell.
#include <memory>
#include <new>
#include <utility>

#include <lazyref/domain.hpp>

#include "two_threads.hpp"

using namespace litmus;

namespace {

constexpr std::uint32_t far_away = 20000;

struct object {
  alignas(64) unsigned char byte;
};

// Each round takes the next object out of the shared pointer, and puts one there.
object objects[64];
object* nth(std::size_t round) { return &objects[round % 64]; }

bool found = false;  // the reclaimer's: its scan has handed something over
struct holds {
  static void take(object*, std::size_t) noexcept { found = true; }
  static void give_up(object*, std::size_t) noexcept {}
};

template <lazyref::reclaim R>
struct scene {
  lazyref::slot<object, lazyref::std_sync, R> slot;
  alignas(2 * lazyref::cache_line) std::atomic<object*> shared{nth(0)};

  // The reclaimer. True if its scan missed the slot.
  template <class Fence>
  bool reclaim(std::size_t round, Fence fence) {
    shared.store(nth(round), std::memory_order_release);
    fence();
    found = false;
    lazyref::last_user_left<holds, R>(nth(round - 1), [&](auto visit) { visit(slot); });
    return !found;
  }

  // The worker. True if the object is protected, as far as it knows.
  bool protect(std::size_t round) {
    object* p = nth(round - 1);  // what it has read there before
    return lazyref::try_protect<holds>(slot, p, shared);
  }
  // The same, where the compiler has moved the second look up.
  bool protect_after_the_look(std::size_t round) {
    static wait some_time(far_away);
    object* const p = nth(round - 1);
    const bool published = shared.load(std::memory_order_acquire) == p;
    some_time();
    lazyref::protect_again<holds>(slot, p);
    return published;
  }
};

template <lazyref::reclaim R, class Fence>
auto embedded(Fence fence) {
  return [fence](const budget& most) {
    const auto it = std::make_unique<scene<R>>();
    return count_forbidden(
        most, 16, [&](variables&, std::size_t round) { return it->reclaim(round, fence); },
        [&](variables&, std::size_t round) { return it->protect(round); });
  };
}

outcome look_moved_up(const budget& most) {
  const auto it = std::make_unique<scene<lazyref::reclaim::deferred>>();
  return count_forbidden(
      most, 16, [&](variables&, std::size_t round) { return it->reclaim(round, heavy); },
      [&](variables&, std::size_t round) { return it->protect_after_the_look(round); });
}

// --- through a domain

// The fence before the scan is a plain one; or that of the first protection is left out.
enum class fake { none, before_the_scan, first_protection };

// The library asks for seq_cst everywhere; what is to be a fake is asked for differently.
template <fake Fake>
struct sync_with : lazyref::std_sync {
  static constexpr lazyref::order_table orders = [] {
    lazyref::order_table result;
    if (Fake == fake::before_the_scan) result.unpublish_heavy = std::memory_order_acq_rel;
    if (Fake == fake::first_protection) result.protecting_heavy = std::memory_order_acq_rel;
    return result;
  }();
  struct fence : lazyref::std_sync::fence {
    void heavy(std::memory_order order) const noexcept {
      if (order == std::memory_order_seq_cst) {
        lazyref::std_sync::fence::heavy(order);
      } else if (Fake == fake::before_the_scan) {
        detail::std_atomics::full_fence();
      } else {
        compiler_barrier();
      }
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};

template <fake Fake>
struct managed : lazyref::owner<managed<Fake>, sync_with<Fake>> {
  static void dispose(managed* o) noexcept {
    if (o == awaited()) awaited() = nullptr;
    o->~managed();
  }
  // What this thread waits for to be disposed of by itself.
  static managed*& awaited() noexcept {
    static thread_local managed* one = nullptr;
    return one;
  }
};

// Memory for objects whose addresses the worker knows without looking into shared memory: one for each round, used
// again when nobody has it any more.
template <class T>
class ring {
 public:
  T* nth(std::size_t round) noexcept { return reinterpret_cast<T*>(cells_[round % 64].bytes); }

 private:
  struct alignas(2 * lazyref::cache_line) cell {
    unsigned char bytes[sizeof(T)];
  };
  cell cells_[64];
};

// One domain, whose slot has protected before.
template <fake Fake, bool Retires>
outcome through_a_domain(const budget& most) {
  using object_type = managed<Fake>;
  const auto memory = std::make_unique<ring<object_type>>();
  lazyref::lazy_domain<object_type> domain(1);
  auto user = domain.adopt(new (memory->nth(0)) object_type);
  alignas(2 * lazyref::cache_line) std::atomic<object_type*> shared{user.get()};
  auto slot = domain.attach();
  slot.protect(shared);
  // As the harness does, and closer: the worker's store has to wait for these, which the reclaimer has just had.
  word ballast[16];
  const auto write_ballast = [&](std::size_t round) {
    for (word& w : ballast) w.store(round, relaxed);
  };
  const outcome result = count_forbidden(
      most, 64,
      [&](variables&, std::size_t round) {
        auto next = domain.adopt(new (memory->nth(round)) object_type);
        object_type::awaited() = user.get();
        shared.store(next.get(), std::memory_order_release);
        if (Retires) {
          domain.retire(std::move(user));
          domain.flush();
        } else {
          user.reset();
        }
        user = std::move(next);
        write_ballast(round);
        return object_type::awaited() == nullptr;
      },
      [&](variables&, std::size_t round) {
        object_type* p = memory->nth(round - 1);
        write_ballast(round);
        return slot.try_protect(p, shared);
      });
  slot.detach();
  user.reset();
  return result;
}

// A domain for each round: its first protection, against the departure of a last user.
template <fake Fake>
outcome first_protection(const budget& most) {
  using object_type = managed<Fake>;
  struct scene_of_one {
    object_type* address;
    lazyref::lazy_domain<object_type> domain{1};
    lazyref::strong_ref<object_type> user;
    alignas(2 * lazyref::cache_line) std::atomic<object_type*> shared;
    lazyref::lazy_slot<object_type> slot;

    explicit scene_of_one(object_type* where)
        : address(where), user(domain.adopt(new (where) object_type)), shared(where), slot(domain.attach()) {}
  };
  const auto memory = std::make_unique<ring<object_type>>();
  std::unique_ptr<scene_of_one> scenes[4];
  const auto prepare = [&](std::size_t round) {
    auto& s = scenes[round % 4];
    s.reset();
    s = std::make_unique<scene_of_one>(memory->nth(round));
  };
  prepare(1);
  return count_forbidden(
      most, 16,
      [&](variables&, std::size_t round) {
        scene_of_one& s = *scenes[round % 4];
        object_type::awaited() = s.address;
        s.shared.store(nullptr, std::memory_order_release);
        s.user.reset();
        const bool missed = object_type::awaited() == nullptr;
        prepare(round + 1);
        return missed;
      },
      [&](variables&, std::size_t round) {
        scene_of_one& s = *scenes[round % 4];
        object_type* p = s.address;
        return s.slot.try_protect(p, s.shared);
      });
}

}  // namespace

int main() {
  if (one_cpu()) return 77;
  using lazyref::reclaim;
  report table("protection and reclamation, two threads on two CPUs");
  table.control("getppid as the heavy fence", million / 5, embedded<reclaim::deferred>(fake_heavy));
  table.control("a plain full fence as the heavy fence", million / 5,
                embedded<reclaim::deferred>([] { detail::std_atomics::full_fence(); }));
  table.control("heavy, against a second look before the store", million / 200, look_moved_up);
  const auto domain_control = [&](const char* what, std::size_t rounds, auto run) {
    if (lazyref::checks_enabled) {
      table.control_without_power_here(what, rounds, run, "LAZYREF_CHECKS adds full fences to the worker's side");
    } else {
      table.control(what, rounds, run);
    }
  };
  domain_control("lazy_domain: a plain full fence as the heavy one, reset", million / 5,
                 through_a_domain<fake::before_the_scan, false>);
  domain_control("lazy_domain: the same, retire and flush", million / 5, through_a_domain<fake::before_the_scan, true>);
  domain_control("lazy_domain: no heavy fence in its first try_protect", million / 20,
                 first_protection<fake::first_protection>);
  table.must_hold("try_protect against unpublish, heavy, scan", million, embedded<reclaim::deferred>(heavy));
  table.must_hold("the same, prompt", million / 5, embedded<reclaim::prompt>(heavy));
  table.must_hold("lazy_domain: try_protect against reset", million / 5, through_a_domain<fake::none, false>);
  table.must_hold("lazy_domain: try_protect against retire and flush", million / 5, through_a_domain<fake::none, true>);
  table.must_hold("lazy_domain: its first try_protect against reset", million / 5, first_protection<fake::none>);
  return table.verdict();
}
