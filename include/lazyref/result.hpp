// SPDX-License-Identifier: BSL-1.0
//
// How lazyref reports failure: by a `sync_result` where the caller can handle it, else by the fatal hook.
#include "config.hpp"

#ifndef LAZYREF_RESULT_HPP
#define LAZYREF_RESULT_HPP

#include <cstdio>
#include <cstdlib>

#include "detail/base/atomics.hpp"

LAZYREF_BEGIN_NAMESPACE

// The result of an operation that makes a request to the operating system.
// `error()` is an errno value, 0 for success. `what()` is a sentence with static storage duration; it is never null.
class [[nodiscard]] sync_result {
 public:
  // Purpose: success; or a failure, with a nonzero errno value.
  constexpr sync_result() noexcept = default;
  constexpr sync_result(int error, const char* what) noexcept : error_(error), what_(what) {}

  // Whether it succeeded; the errno value; the sentence.
  constexpr explicit operator bool() const noexcept { return error_ == 0; }
  constexpr int error() const noexcept { return error_; }
  constexpr const char* what() const noexcept { return what_; }

 private:
  int error_ = 0;
  const char* what_ = "success";
};

// Called with one sentence that states what failed, why, and what to do; `error` is an errno value, or 0 if no system call
// failed. It may log, dump or end the process. If it returns, the process aborts: to continue would corrupt memory. It runs
// in the thread that failed, at the point of failure, perhaps inside another call of this library, so it should not call
// the library.
using fatal_handler = void (*)(const char* message, int error) noexcept;

namespace detail {

inline void default_fatal_handler(const char* message, int) noexcept {
  std::fputs("lazyref: ", stderr);
  std::fputs(message, stderr);
  std::fputs("\n", stderr);
}

// Null: the default. Constant-initialised: valid before main().
LAZYREF_DETAIL_STATE(std_atomics::atomic<fatal_handler>, current_fatal_handler);

[[noreturn]] LAZYREF_DETAIL_COLD inline void call_fatal_hook(const char* message, int error = 0) noexcept {
  // (H2) acquire, pairs with H1: the installing thread's earlier writes happen before the handler's call.
  const fatal_handler handler = current_fatal_handler.load(std::memory_order_acquire);
  (handler != nullptr ? handler : &default_fatal_handler)(message, error);
  (std::abort)();  // Some programs define a macro of that name.
}

LAZYREF_DETAIL_BEGIN_UNIT

// Precondition checks, only in units where LAZYREF_CHECKS is 1.
constexpr void expects(bool as_promised, const char* message) noexcept {
  if constexpr (checks_enabled) {
    if (detail::is_rare(!as_promised)) detail::call_fatal_hook(message);
  }
}

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

// Purpose: replaces the fatal hook; null restores the default, which prints the sentence to standard error.
// Who may call: any thread, at any time. Returns the previous hook. Progress: wait-free.
inline fatal_handler set_fatal_handler(fatal_handler handler) noexcept {
  // (H1) acq_rel, pairs with H2 and with itself (the previous handler is returned to be called).
  const fatal_handler before = detail::current_fatal_handler.exchange(handler, std::memory_order_acq_rel);
  return before != nullptr ? before : &detail::default_fatal_handler;
}

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_RESULT_HPP
