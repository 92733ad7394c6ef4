// SPDX-License-Identifier: BSL-1.0
//
// Raises a signal after each instruction of the calling thread, by x86-64's trap flag. No effect on other architectures.
#pragma once

#include <csignal>

namespace lazyref_test {

class single_steps {
 public:
#if defined(__x86_64__)
  static constexpr bool exist = true;

  explicit single_steps(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    is_set_ = ::sigaction(SIGTRAP, &action, &before_) == 0;
  }
  ~single_steps() {
    if (is_set_) ::sigaction(SIGTRAP, &before_, nullptr);
  }
  static void on() { __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc"); }
  static void off() { __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc"); }
#else
  static constexpr bool exist = false;

  explicit single_steps(void (*)(int)) {}
  ~single_steps() {}
  static void on() {}
  static void off() {}
#endif
  single_steps(const single_steps&) = delete;
  single_steps& operator=(const single_steps&) = delete;

#if defined(__x86_64__)
 private:
  struct sigaction before_ {};
  bool is_set_;
#endif
};

}  // namespace lazyref_test
