// SPDX-License-Identifier: BSL-1.0
//
// What other libraries do instead of lazy_slot::protect, where they are installed (LAZYREF_BENCH_HAS_...): read(n)
// protects one object that all threads share, and ends the protection, n times. A thread that reads for the first time
// registers itself, where the library wants that, until it ends.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "bench.hpp"

#ifdef LAZYREF_BENCH_HAS_XENIUM
#include <xenium/reclamation/generic_epoch_based.hpp>
#include <xenium/reclamation/hazard_pointer.hpp>
#include <xenium/reclamation/lock_free_ref_count.hpp>
#endif
#ifdef LAZYREF_BENCH_HAS_CDS
#include <cds/gc/dhp.h>
#include <cds/gc/hp.h>
#include <cds/init.h>
#endif
#ifdef LAZYREF_BENCH_HAS_CK
#include "ck_readers.h"
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>
#endif

namespace bench {

// A package that is not here.
template <int>
struct absent_reader {
  static constexpr bool is_here = false;
};

#ifdef LAZYREF_BENCH_HAS_XENIUM

template <class Scheme>
struct xenium_reader {
  struct node : Scheme::template enable_concurrent_ptr<node> {};
  using pointer = typename Scheme::template concurrent_ptr<node>;

  static constexpr bool is_here = true;
  static void read(std::size_t n) {
    static const pointer source(new node);
    const pointer& from = source;
    for (typename pointer::guard_ptr guard; n != 0; --n) {
      guard.acquire(from, std::memory_order_acquire);
      sink(guard.get());
      guard.reset();
      clobber();
    }
  }
};
using xenium_hp = xenium_reader<xenium::reclamation::hazard_pointer<>>;
using xenium_epoch = xenium_reader<xenium::reclamation::epoch_based<>>;
using xenium_ref_count = xenium_reader<xenium::reclamation::lock_free_ref_count<>>;

#else
using xenium_hp = absent_reader<0>;
using xenium_epoch = absent_reader<1>;
using xenium_ref_count = absent_reader<2>;
#endif

#ifdef LAZYREF_BENCH_HAS_CDS

// Both kinds of hazard pointers at once, since a thread attaches to all that there are.
class cds_library {
 public:
  static void attach_thread() {
    static cds_library library;
    thread_local const thread attached;
    static_cast<void>(attached);
  }

 private:
  struct thread {
    thread() { cds::threading::Manager::attachThread(); }
    ~thread() { cds::threading::Manager::detachThread(); }
  };
  struct initialisation {
    initialisation() { cds::Initialize(); }
    ~initialisation() { cds::Terminate(); }
  };
  initialisation initialised_;
  cds::gc::HP hazards_{8, 64};  // for each thread, threads
  cds::gc::DHP dynamic_hazards_{8};
};

template <class Scheme>
struct cds_reader {
  static constexpr bool is_here = true;
  static void read(std::size_t n) {
    static int object = 0;
    static const std::atomic<int*> source{&object};
    cds_library::attach_thread();
    const std::atomic<int*>& from = source;
    for (typename Scheme::Guard guard; n != 0; --n) {
      sink(guard.protect(from));
      guard.clear();
      clobber();
    }
  }
};
using cds_hp = cds_reader<cds::gc::HP>;
using cds_dhp = cds_reader<cds::gc::DHP>;

#else
using cds_hp = absent_reader<3>;
using cds_dhp = absent_reader<4>;
#endif

#ifdef LAZYREF_BENCH_HAS_CK

template <void (*Read)(ck_reader*, void* const*, std::size_t)>
struct ck_reading {
  static constexpr bool is_here = true;
  static void read(std::size_t n) {
    struct registration {
      registration() {
        if (mine == nullptr) {
          std::printf("SKIPPED: bench: more than %d threads are too many for Concurrency Kit\n", ck_most_readers);
          std::exit(77);
        }
      }
      ~registration() { ck_reader_end(mine); }
      ck_reader* const mine = ck_reader_begin();
    };
    thread_local const registration registered;
    static int object = 0;
    static void* const source = &object;
    Read(registered.mine, &source, n);
  }
};
using ck_hp = ck_reading<ck_hp_read>;
using ck_epoch = ck_reading<ck_epoch_read>;

#else
using ck_hp = absent_reader<5>;
using ck_epoch = absent_reader<6>;
#endif

#ifdef LAZYREF_BENCH_HAS_URCU

struct urcu_memb {
  static constexpr bool is_here = true;
  static void read(std::size_t n) {
    struct registration {
      registration() { urcu_memb_register_thread(); }
      ~registration() { urcu_memb_unregister_thread(); }
    };
    thread_local const registration registered;
    static_cast<void>(registered);
    static int object = 0;
    static const std::atomic<int*> source{&object};
    const std::atomic<int*>& from = source;
    for (; n != 0; --n) {
      urcu_memb_read_lock();
      sink(from.load(std::memory_order_acquire));
      urcu_memb_read_unlock();
      clobber();
    }
  }
};

#else
using urcu_memb = absent_reader<7>;
#endif

// C++17's own way to read a pointer that somebody may replace.
struct shared_ptr_load {
  static constexpr bool is_here = true;
  static void read(std::size_t n) {
    static const std::shared_ptr<int> source = std::make_shared<int>(0);
    const std::shared_ptr<int>& from = source;
    for (; n != 0; --n) {
      std::shared_ptr<int> seen = std::atomic_load(&from);
      sink(seen.get());
      seen.reset();
      clobber();
    }
  }
};

}  // namespace bench
