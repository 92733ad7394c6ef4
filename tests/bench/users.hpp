// SPDX-License-Identifier: BSL-1.0
//
// Ways to be on an object that has an owner: lazyref's policies, and what else one would count with. Each has the
// objects, all on cache lines of their own, and a worker for each thread: enter(i) is on object i, leave() on nothing.
// A worker lives in its thread's frame, as it would in a program.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <lazyref/domain.hpp>

#include "bench.hpp"

#ifdef LAZYREF_BENCH_HAS_URCU
#define _LGPL_SOURCE
#include <urcu/ref.h>
#endif

namespace bench {

using handoff = lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred>;
using prompt = lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::prompt>;
using shootdown = lazyref::domain_options<lazyref::policy::shootdown, lazyref::reclaim::prompt>;
using refcounted = lazyref::domain_options<lazyref::policy::refcounted>;

template <class Options>
class in_slots {
  struct alignas(lazyref::cache_line) object : lazyref::owner<object> {};
  using domain = lazyref::lazy_domain<object, Options>;
  using slot = lazyref::lazy_slot<object, Options>;

 public:
  in_slots(std::size_t objects, std::size_t slots, unsigned threads) : domain_(std::max<std::size_t>(slots, threads)) {
    for (std::size_t i = 0; i < objects; ++i) references_.push_back(domain_.make());
    for (unsigned t = 0; t < threads; ++t) slots_.push_back(domain_.attach());
  }

  class worker {
   public:
    worker(in_slots& of, unsigned thread)
        : home_(of.slots_[thread]), slot_(std::move(home_)), references_(of.references_.data()) {}
    ~worker() {
      slot_.deactivate();
      home_.swap(slot_);
    }
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    void enter(std::size_t i) { slot_.activate(references_[i]); }
    void leave() { slot_.deactivate(); }

   protected:
    slot& home_;
    slot slot_;
    const lazyref::strong_ref<object>* const references_;
  };

  // One that parks instead: it keeps the object as long as nobody wants it gone.
  class parking_worker : public worker {
   public:
    using worker::worker;
    void enter(std::size_t i) {
      if (__builtin_expect(this->slot_.resume() == nullptr, 0)) this->slot_.activate(this->references_[i]);
    }
    void leave() { this->slot_.park(); }
  };

 private:
  domain domain_;
  std::vector<lazyref::strong_ref<object>> references_;
  std::vector<slot> slots_;
};

class by_count {
  struct alignas(lazyref::cache_line) object {
    std::atomic<std::size_t> count{1};
  };

 public:
  explicit by_count(std::size_t objects) : objects_(objects) {}

  class worker {
   public:
    worker(by_count& of, unsigned) : objects_(of.objects_.data()) {}
    void enter(std::size_t i) {
      on_ = &objects_[i];
      on_->count.fetch_add(1, std::memory_order_relaxed);
    }
    void leave() { sink(on_->count.fetch_sub(1, std::memory_order_acq_rel)); }

   private:
    object* const objects_;
    object* on_ = nullptr;
  };

 private:
  std::vector<object> objects_;
};

// A count for each thread, on a line of its own. Whoever wants the object gone has to add them up, and to keep them
// still meanwhile: not shown here.
class by_striped_count {
  struct alignas(lazyref::cache_line) stripe {
    std::atomic<std::size_t> count{0};
  };

 public:
  by_striped_count(std::size_t objects, unsigned threads) : threads_(threads), stripes_(objects * threads) {}

  class worker {
   public:
    worker(by_striped_count& of, unsigned thread) : stripes_(of.stripes_.data() + thread), threads_(of.threads_) {}
    void enter(std::size_t i) {
      on_ = &stripes_[i * threads_];
      on_->count.fetch_add(1, std::memory_order_relaxed);
    }
    void leave() { sink(on_->count.fetch_sub(1, std::memory_order_acq_rel)); }

   private:
    stripe* const stripes_;
    const std::size_t threads_;
    stripe* on_ = nullptr;
  };

 private:
  const std::size_t threads_;
  std::vector<stripe> stripes_;
};

class by_shared_ptr {
  struct alignas(lazyref::cache_line) object {};

 public:
  explicit by_shared_ptr(std::size_t objects) {
    for (std::size_t i = 0; i < objects; ++i) pointers_.push_back(std::make_shared<object>());
  }

  class worker {
   public:
    worker(by_shared_ptr& of, unsigned) : pointers_(of.pointers_.data()) {}
    void enter(std::size_t i) { on_ = pointers_[i]; }
    void leave() { on_.reset(); }

   protected:
    const std::shared_ptr<object>* const pointers_;
    std::shared_ptr<object> on_;
  };

  // Where the pointer may be replaced meanwhile.
  class loading_worker : public worker {
   public:
    using worker::worker;
    void enter(std::size_t i) { this->on_ = std::atomic_load(&this->pointers_[i]); }
  };

 private:
  std::vector<std::shared_ptr<object>> pointers_;
};

#ifdef LAZYREF_BENCH_HAS_URCU

class by_urcu_ref {
  struct alignas(lazyref::cache_line) object {
    object() { urcu_ref_init(&count); }
    urcu_ref count;
  };

 public:
  static constexpr bool is_here = true;
  explicit by_urcu_ref(std::size_t objects) : objects_(objects) {}

  class worker {
   public:
    worker(by_urcu_ref& of, unsigned) : objects_(of.objects_.data()) {}
    void enter(std::size_t i) {
      on_ = &objects_[i];
      urcu_ref_get(&on_->count);
    }
    void leave() {
      urcu_ref_put(&on_->count, [](urcu_ref*) { std::abort(); });
    }

   private:
    object* const objects_;
    object* on_ = nullptr;
  };

 private:
  std::vector<object> objects_;
};

#else
struct by_urcu_ref {
  static constexpr bool is_here = false;
  explicit by_urcu_ref(std::size_t) {}
};
#endif

}  // namespace bench
