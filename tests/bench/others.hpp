// SPDX-License-Identifier: BSL-1.0
//
// What other libraries do instead of lazy_slot::protect, where they are installed (LAZYREF_BENCH_HAS_...). Each reader
// is made by the thread that reads; read(n) protects a shared object and ends the protection, n times.
#pragma once

#include <atomic>
#include <cstddef>

#include "bench.hpp"

#ifdef LAZYREF_BENCH_HAS_XENIUM
#include <xenium/reclamation/hazard_pointer.hpp>
#endif
#ifdef LAZYREF_BENCH_HAS_CDS
#include <cds/gc/hp.h>
#include <cds/init.h>
#endif
#ifdef LAZYREF_BENCH_HAS_CK
#include "ck_hazard.h"
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>
#endif

namespace bench {

#ifdef LAZYREF_BENCH_HAS_XENIUM

class xenium_reader {
  using scheme = xenium::reclamation::hazard_pointer<>;
  struct node : scheme::enable_concurrent_ptr<node> {};
  using pointer = scheme::concurrent_ptr<node>;

 public:
  static constexpr bool is_here = true;
  void read(std::size_t n) {
    const pointer& source = source_;
    for (pointer::guard_ptr guard; n != 0; --n) {
      guard.acquire(source, std::memory_order_acquire);
      sink(guard.get());
      guard.reset();
      clobber();
    }
  }

 private:
  node node_;
  pointer source_{&node_};
};

#else
struct xenium_reader {
  static constexpr bool is_here = false;
};
#endif

#ifdef LAZYREF_BENCH_HAS_CDS

class cds_reader {
 public:
  static constexpr bool is_here = true;
  cds_reader() { cds::threading::Manager::attachThread(); }
  ~cds_reader() { cds::threading::Manager::detachThread(); }
  cds_reader(const cds_reader&) = delete;
  cds_reader& operator=(const cds_reader&) = delete;
  void read(std::size_t n) {
    const std::atomic<int*>& source = source_;
    for (cds::gc::HP::Guard guard; n != 0; --n) {
      sink(guard.protect(source));
      guard.clear();
      clobber();
    }
  }

 private:
  struct library {
    library() { cds::Initialize(); }
    ~library() { cds::Terminate(); }
  } library_;
  cds::gc::HP hazards_{8, 8};
  int object_ = 0;
  std::atomic<int*> source_{&object_};
};

#else
struct cds_reader {
  static constexpr bool is_here = false;
};
#endif

#ifdef LAZYREF_BENCH_HAS_CK

class ck_reader {
 public:
  static constexpr bool is_here = true;
  ck_reader() { ck_hazard_begin(); }
  void read(std::size_t n) { ck_hazard_read(&object_, n); }

 private:
  void* object_ = this;
};

#else
struct ck_reader {
  static constexpr bool is_here = false;
};
#endif

#ifdef LAZYREF_BENCH_HAS_URCU

class urcu_reader {
 public:
  static constexpr bool is_here = true;
  urcu_reader() { urcu_memb_register_thread(); }
  ~urcu_reader() { urcu_memb_unregister_thread(); }
  urcu_reader(const urcu_reader&) = delete;
  urcu_reader& operator=(const urcu_reader&) = delete;
  void read(std::size_t n) {
    const std::atomic<int*>& source = source_;
    for (; n != 0; --n) {
      urcu_memb_read_lock();
      sink(source.load(std::memory_order_acquire));
      urcu_memb_read_unlock();
      clobber();
    }
  }

 private:
  int object_ = 0;
  std::atomic<int*> source_{&object_};
};

#else
struct urcu_reader {
  static constexpr bool is_here = false;
};
#endif

}  // namespace bench
