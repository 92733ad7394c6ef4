// SPDX-License-Identifier: BSL-1.0
//
// xenium's containers that take a reclaimer, as the tests use them.
#pragma once

#include <cassert>  // which some of them use without

#include <xenium/harris_michael_hash_map.hpp>
#include <xenium/harris_michael_list_based_set.hpp>
#include <xenium/kirsch_kfifo_queue.hpp>
#include <xenium/michael_scott_queue.hpp>
#include <xenium/ramalhete_queue.hpp>
#include <xenium/vyukov_hash_map.hpp>

#include "xenium_reclaimer.hpp"
