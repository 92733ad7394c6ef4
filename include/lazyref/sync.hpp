// SPDX-License-Identifier: BSL-1.0
//
// The seam. Every algorithm of lazyref is a template over one class, `Sync`, and takes everything that concerns other
// threads from it; this one is the real thing. A policy supplies
//
//   atomic<T>              as std::atomic<T>
//   cell<T>                plain data: read(), write(value)
//   light(order)           the light fence            heavy(order)           the heavy fence
//   relax()                one turn of a bounded wait this_cpu()             the CPU that the caller runs on, a hint
//   orders                 an order_table (orders.hpp)
//   restartable            rseq: probe(), index(support), store_if_null(...); see detail/rseq.hpp
//
// and nothing else is used. With this policy each of them compiles to what one would have written by hand: the test
// `codegen` compares the object code.
#pragma once

#include "detail/rseq.hpp"
#include "fence.hpp"

LAZYREF_BEGIN_NAMESPACE

// The policy of programs: std::atomic, the fence of fence.hpp, rseq.
struct std_sync : detail::std_atomics {
  // As the table says; progress, cost, errors: those of the functions that they call.
  using restartable = detail::rseq;
  static void light(std::memory_order order) noexcept { asymmetric_thread_fence_light(order); }
  static void heavy(std::memory_order order) noexcept { asymmetric_thread_fence_heavy(order); }
};

LAZYREF_END_NAMESPACE
