// SPDX-License-Identifier: BSL-1.0
#include "drop_others.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>

#ifdef LAZYREF_BENCH_HAS_XENIUM
#include <xenium/reclamation/hazard_pointer.hpp>
#endif
#ifdef LAZYREF_BENCH_HAS_CK
#include "ck_reclaim.h"
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>
#endif

namespace bench {
namespace {

#ifdef LAZYREF_BENCH_HAS_XENIUM

// One thread with as many hazard pointers as there are slots, and one for the call. Scans for each object, as a last
// user's departure does; its own choice would be to wait for a few hundred.
template <std::size_t Slots>
class xenium_drops {
  struct strategy : xenium::reclamation::hp_allocation::static_strategy<Slots + 1, 0, 1> {};
  using scheme =
      typename xenium::reclamation::hazard_pointer<>::template with<xenium::policy::allocation_strategy<strategy>>;
  struct forget {
    template <class T>
    void operator()(T*) const noexcept {}
  };
  struct node : scheme::template enable_concurrent_ptr<node, 0, forget> {};
  using pointer = typename scheme::template concurrent_ptr<node>;
  using guard = typename pointer::guard_ptr;

 public:
  xenium_drops() : guards_(Slots) {
    for (guard& g : guards_) g.acquire(other_pointer_);
  }
  double drop(std::size_t n, std::size_t active) {
    guard last;
    return timed(
        n, batch_for(active),
        [&](std::size_t i) {
          pointer source(&nodes_[i]);
          for (std::size_t g = 0; g < active; ++g) guards_[g].acquire(source);
        },
        [&](std::size_t i) {
          pointer source(&nodes_[i]);
          last.acquire(source);
          last.reclaim();
        },
        [&] {
          if (active == 0) return;
          for (std::size_t g = 0; g < active; ++g) guards_[g].acquire(other_pointer_);
          pointer source(&last_node_);  // Whose scan frees what was protected.
          last.acquire(source);
          last.reclaim();
        });
  }

 private:
  node other_, last_node_;
  node nodes_[batch];
  pointer other_pointer_{&other_};
  std::vector<guard> guards_;
};

#endif

#ifdef LAZYREF_BENCH_HAS_CK

class ck_drops {
 public:
  explicit ck_drops(unsigned hazards) : record_(ck_reclaim_begin(hazards)), hazards_(hazards) {
    if (record_ == nullptr) std::abort();
    for (unsigned i = 0; i < hazards; ++i) ck_reclaim_set(record_, i, this);
  }
  double drop(std::size_t n, std::size_t active) {
    const auto on_it = static_cast<unsigned>(std::min<std::size_t>(active, hazards_));
    return timed(
        n, batch_for(active),
        [&](std::size_t i) {
          for (unsigned h = 0; h < on_it; ++h) ck_reclaim_set(record_, h, &objects_[i]);
        },
        [&](std::size_t i) { ck_reclaim_one(record_, &objects_[i]); },
        [&] {
          for (unsigned h = 0; h < on_it; ++h) ck_reclaim_set(record_, h, this);
          if (ck_reclaim_again(record_) != 0) std::abort();  // It would measure something else.
        });
  }

 private:
  ck_reclaim* record_;
  unsigned hazards_;
  int objects_[batch] = {};
};

#endif

#ifdef LAZYREF_BENCH_HAS_URCU

// Reader threads that are between two sections.
class urcu_readers {
 public:
  static constexpr std::size_t most = 64;
  explicit urcu_readers(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      threads_.emplace_back([this] {
        urcu_memb_register_thread();
        {
          std::unique_lock<std::mutex> guard(lock_);
          here_.fetch_add(1, std::memory_order_relaxed);
          end_.wait(guard, [this] { return over_; });
        }
        urcu_memb_unregister_thread();
      });
    }
    while (here_.load(std::memory_order_relaxed) != n) std::this_thread::yield();
  }
  ~urcu_readers() {
    {
      const std::lock_guard<std::mutex> guard(lock_);
      over_ = true;
    }
    end_.notify_all();
    for (std::thread& t : threads_) t.join();
  }
  urcu_readers(const urcu_readers&) = delete;
  urcu_readers& operator=(const urcu_readers&) = delete;

 private:
  std::mutex lock_;
  std::condition_variable end_;
  bool over_ = false;
  std::atomic<std::size_t> here_{0};
  std::vector<std::thread> threads_;
};

double synchronize(std::size_t n, std::size_t active) {
  return timed(
      n, batch_for(active), [](std::size_t) {}, [](std::size_t) { urcu_memb_synchronize_rcu(); }, nothing);
}

#endif

template <class Of>
other asks(const char* name, std::string about, std::shared_ptr<Of> of) {
  return {name, std::move(about), [of](std::size_t n, std::size_t active) { return of->drop(n, active); }};
}

#ifdef LAZYREF_BENCH_HAS_XENIUM
template <std::size_t Slots>
void add_xenium(std::vector<other>& to, std::size_t slots) {
  if (slots == Slots)
    to.push_back(asks("xenium hp", "a scan, as many hazard pointers", std::make_shared<xenium_drops<Slots>>()));
}
#endif

}  // namespace

std::vector<other> others_that_drop(std::size_t slots, std::size_t active) {
  std::vector<other> result;
#ifdef LAZYREF_BENCH_HAS_XENIUM
  // Their number is a matter of compile time.
  add_xenium<8>(result, slots);
  add_xenium<64>(result, slots);
  add_xenium<512>(result, slots);
  add_xenium<1024>(result, slots);
  add_xenium<4096>(result, slots);
#endif
#ifdef LAZYREF_BENCH_HAS_CK
  if (slots <= ck_reclaim_limit) {
    const auto hazards = static_cast<unsigned>(std::min<std::size_t>(slots, ck_reclaim_limit - 1));
    result.push_back(
        asks("ck_hp", "ck_hp_reclaim, " + std::to_string(hazards) + " hazards", std::make_shared<ck_drops>(hazards)));
  }
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
  // A reader that is on the object is waited for: there is no figure for the other fractions.
  if (slots <= urcu_readers::most && active == 0) {
    auto readers = std::make_shared<urcu_readers>(slots);
    result.push_back({"liburcu memb", "synchronize_rcu, as many registered threads",
                      [readers](std::size_t n, std::size_t a) { return synchronize(n, a); }});
  }
#endif
  static_cast<void>(active);
  return result;
}

void tell_missing(program& program) {
#ifdef LAZYREF_BENCH_HAS_XENIUM
  program.left_out("drop_cost: xenium with other numbers of hazard pointers than 8, 64, 512, 1024 and 4096");
#else
  program.left_out("drop_cost: xenium (Debian's libxenium-dev) is not here");
#endif
#ifdef LAZYREF_BENCH_HAS_CK
  program.left_out("drop_cost: ck_hp with more than 511 hazards: beyond 512, version 0.7.1 frees protected objects");
#else
  program.left_out("drop_cost: Concurrency Kit (Debian's libck-dev) is not here");
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
  program.left_out("drop_cost: liburcu with more than " + std::to_string(urcu_readers::most) +
                   " readers, which are threads, and with a reader on the object, for which it waits");
#else
  program.left_out("drop_cost: liburcu (Debian's liburcu-dev) is not here");
#endif
}

}  // namespace bench
