// SPDX-License-Identifier: BSL-1.0
//
// All of lazyref. The layers, from the bottom; each header states its contract first and compiles alone:
//
//   config.hpp      version, build modes                   fence.hpp            the asymmetric fence
//   result.hpp      sync_result, the fatal hook            sync.hpp             the seam: all that concerns other
//   threads
//   orders.hpp      every memory order, in one table       slot.hpp             the embedded layer: slot, free
//   functions
//   fence_test.hpp  a litmus test of the fence, to run     owner.hpp            owner<T>, strong_ref<T>
//                                                          domain_options.hpp   policies, candidates
//                                                          lazy_slot.hpp        lazy_slot<T>: a worker's slot
//                                                          domain.hpp           lazy_domain<T>
#pragma once

#include "domain.hpp"
#include "domain_options.hpp"
#include "fence.hpp"
#include "fence_test.hpp"
#include "lazy_slot.hpp"
#include "owner.hpp"
#include "slot.hpp"
