// SPDX-License-Identifier: BSL-1.0
//
// While disposers run inside a call of the library, pthread_cancel of their thread is deferred: the calls are noexcept,
// and cancellation unwinds the stack. It takes effect at the next cancellation point after the call.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_NO_CANCELLATION_HPP
#define LAZYREF_DETAIL_BASE_NO_CANCELLATION_HPP

#if (defined(__unix__) || defined(__APPLE__)) && !defined(__ANDROID__)
#include <pthread.h>
#define LAZYREF_DETAIL_HAS_CANCELLATION 1
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

class no_cancellation {
 public:
#if defined(LAZYREF_DETAIL_HAS_CANCELLATION)
  no_cancellation() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~no_cancellation() {
    int ignored;
    ::pthread_setcancelstate(before_, &ignored);
  }
#else
  no_cancellation() noexcept {}
  ~no_cancellation() {}
#endif
  no_cancellation(const no_cancellation&) = delete;
  no_cancellation& operator=(const no_cancellation&) = delete;

 private:
#if defined(LAZYREF_DETAIL_HAS_CANCELLATION)
  int before_ = 0;
#endif
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_NO_CANCELLATION_HPP
