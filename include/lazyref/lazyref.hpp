// SPDX-License-Identifier: BSL-1.0
//
// All of lazyref. The layers, from the bottom; each header states its contract first and compiles alone:
//
//   config.hpp          version, build modes
//   result.hpp          sync_result, the fatal hook
//   orders.hpp          every memory order, in one table
//   fence.hpp           the asymmetric fence; fence_test.hpp: its litmus test, to run on your host
//   sync.hpp            the synchronisation policy: atomics, fences and all else that concerns other threads
//   slot.hpp            the embedded layer: the protocol and the worker's side; reclaimer.hpp: the reclaimer's side
//   owner.hpp           owner<T>, strong_ref<T>; atomic_strong_ref.hpp: a cell that owns a reference
//   domain.hpp          lazy_domain<T>; domain_options.hpp: its policies; lazy_slot.hpp: a worker's slot;
//                       temporary_activation.hpp, nested_protection.hpp: another object for a scope
//   per_cpu.hpp         per_cpu_domain<T>: slots that belong to CPUs; cpu_claim.hpp: a claim or protection in one;
//                       rseq_test.hpp: does the kernel restart sequences?
//   hazard_pointer.hpp  hazard_pointer, as in C++26; hazard_pointer_obj_base.hpp: the base of protected objects
//   instruction_sync.hpp  synchronisation between writing code and running it
//   code_space.hpp      code_space<T>: memory for code, whose blocks are objects of a domain; code_block.hpp: their base;
//                       code_draft.hpp: a block before its publication; code_limits.hpp: requests and limits;
//                       code_observer.hpp: notification; code_observers.hpp: for perf, GDB and unwinders
//
// For C, and for languages that call C: lazyref.h, which is not included here.
#include "config.hpp"

#ifndef LAZYREF_LAZYREF_HPP
#define LAZYREF_LAZYREF_HPP

#include "atomic_strong_ref.hpp"
#include "code_block.hpp"
#include "code_draft.hpp"
#include "code_limits.hpp"
#include "code_observer.hpp"
#include "code_observers.hpp"
#include "code_space.hpp"
#include "cpu_claim.hpp"
#include "domain.hpp"
#include "domain_options.hpp"
#include "fence.hpp"
#include "fence_test.hpp"
#include "hazard_pointer.hpp"
#include "hazard_pointer_obj_base.hpp"
#include "instruction_sync.hpp"
#include "lazy_slot.hpp"
#include "nested_protection.hpp"
#include "owner.hpp"
#include "per_cpu.hpp"
#include "reclaimer.hpp"
#include "rseq_test.hpp"
#include "slot.hpp"
#include "temporary_activation.hpp"

#endif  // LAZYREF_LAZYREF_HPP
