// SPDX-License-Identifier: BSL-1.0
//
// Threads of the model: stacks that one operating-system thread switches between. A fiber is entered once by ucontext;
// all further switches are _setjmp and _longjmp, which make no system call. A fiber can be started again whatever it
// was doing: then its stack is simply forgotten, as executions that were cut off are.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace model {

class fiber {
 public:
  using entry = void (*)(void* argument);  // must not return

  void start(entry run, void* argument) {
    run_ = run;
    argument_ = argument;
    fresh_ = true;
  }

  // Goes on with `to` where it was; `from` stands here until somebody goes on with it.
  [[gnu::noinline]] static void transfer(fiber& from, fiber& to) {
    if (_setjmp(from.here_) == 0) to.resume();
  }

 private:
  static constexpr std::size_t stack_size = 128 * 1024;

  [[noreturn]] void resume() {
    if (!fresh_) _longjmp(here_, 1);
    entering_ = this;
    if (stack_ != nullptr) _longjmp(base_, 1);
    stack_.reset(static_cast<char*>(std::malloc(stack_size)));
    getcontext(&first_);
    first_.uc_stack.ss_sp = stack_.get();
    first_.uc_stack.ss_size = stack_size;
    first_.uc_link = nullptr;
    makecontext(&first_, &fiber::trampoline, 0);
    setcontext(&first_);
    std::abort();
  }

  static void trampoline() {
    (void)_setjmp(entering_->base_);  // Every start but the first comes in here.
    entering_->fresh_ = false;
    entering_->run_(entering_->argument_);
    std::abort();
  }

  struct free_stack {
    void operator()(char* p) const { std::free(p); }
  };

  static inline fiber* entering_ = nullptr;
  jmp_buf here_, base_;
  ucontext_t first_;
  std::unique_ptr<char, free_stack> stack_;
  entry run_ = nullptr;
  void* argument_ = nullptr;
  bool fresh_ = false;
};

}  // namespace model
