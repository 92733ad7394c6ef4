// SPDX-License-Identifier: BSL-1.0
//
// L6: objects that are made, used once by one thread, and dropped. Nobody shares them, so nothing is gained by lazy
// references here, and the last user's departure costs a look at each slot that has ever been attached: this is what
// they lose. `candidates::tracked` looks only where the object has been, and its marks cost an allocation.
#include <memory>

#include <lazyref/domain.hpp>

#include "bench.hpp"
#include "users.hpp"

namespace {

// All contenders' objects carry as much, and what their way of counting adds.
struct payload {
  std::size_t value[4] = {};
};
struct object : lazyref::owner<object>, payload {};
using tracked =
    lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred, lazyref::candidates::tracked>;

// One write.
void use(payload& object) {
  ++object.value[0];
  bench::clobber();
}

template <class Options>
class churned {
 public:
  // The first `threads` slots are used; the others have been attached, and are looked at.
  churned(std::size_t slots, unsigned threads) : domain_(std::max<std::size_t>(slots, threads)) {
    for (std::size_t i = 0; i < domain_.stats().slot_count; ++i) slots_.push_back(domain_.attach());
  }

  auto dropped_after_use() {
    return [this](std::size_t n, unsigned thread) {
      auto slot = std::move(slots_[thread]);
      for (; n != 0; --n) {
        lazyref::strong_ref<object> it = domain_.make();
        slot.activate(it);
        use(*it);
        slot.deactivate();
        it.reset();
      }
      slots_[thread].swap(slot);
    };
  }

  // The slot is on it when its last user goes.
  auto dropped_in_use() {
    return [this](std::size_t n, unsigned thread) {
      auto slot = std::move(slots_[thread]);
      for (; n != 0; --n) {
        lazyref::strong_ref<object> it = domain_.make();
        slot.activate(it);
        it.reset();
        use(*slot.active());
        slot.deactivate();
      }
      slots_[thread].swap(slot);
    };
  }

  auto retired() {
    return [this](std::size_t n, unsigned thread) {
      auto slot = std::move(slots_[thread]);
      for (; n != 0; --n) {
        lazyref::strong_ref<object> it = domain_.make();
        slot.activate(it);
        use(*it);
        slot.deactivate();
        domain_.retire(std::move(it));
      }
      slots_[thread].swap(slot);
    };
  }

 private:
  lazyref::lazy_domain<object, Options> domain_;
  std::vector<lazyref::lazy_slot<object, Options>> slots_;
};

void with_shared_ptr(std::size_t n, unsigned) {
  for (; n != 0; --n) {
    std::shared_ptr<payload> it = std::make_shared<payload>();
    std::shared_ptr<payload> user = it;
    use(*user);
    user.reset();
    it.reset();
  }
}

void with_new_and_delete(std::size_t n, unsigned) {
  for (; n != 0; --n) {
    payload* const it = new payload;
    bench::sink(it);
    use(*it);
    delete it;
  }
}

void ask(bench::program& program, std::size_t slots, unsigned threads) {
  churned<bench::handoff> by_handoff(slots, threads);
  churned<bench::handoff> by_retiring(slots, threads);
  churned<tracked> by_marks(slots, threads);
  churned<bench::refcounted> by_refcounted(slots, threads);

  bench::race race(program, "made, used once and dropped", threads);
  race.parameter("slots", slots);
  race.add("new_delete", "new, delete", with_new_and_delete);
  race.add("shared_ptr", "make_shared, copy, reset, reset", with_shared_ptr);
  race.add("refcounted", "make, activate, deactivate, reset: policy::refcounted", by_refcounted.dropped_after_use());
  race.add("handoff", "the same, policy::handoff", by_handoff.dropped_after_use());
  race.add("handoff_in_use", "the same, reset before deactivate", by_handoff.dropped_in_use());
  race.add("tracked", "handoff, candidates::tracked", by_marks.dropped_after_use());
  race.add("retire", "handoff, retire instead of reset", by_retiring.retired());
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("churn", argc, argv);
  const bench::bystander second_thread;
  for (const unsigned threads : program.thread_counts({1, 2})) {
    for (const std::size_t slots : program.slot_counts({threads, 64, 512})) {
      ask(program, std::max<std::size_t>(slots, threads), threads);
    }
  }
  return program.status();
}
