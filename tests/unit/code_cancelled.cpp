// SPDX-License-Identifier: BSL-1.0
//
// A thread that is cancelled (pthread_cancel) while it makes spaces, drafts, publishes, and tells observers that write
// files: nothing of that ends the program, and the cancellation is acted on afterwards.
#include <cstdint>
#include <utility>

#include <lazyref/code_observers.hpp>
#include <lazyref/code_space.hpp>

#include "../support/fence_child.hpp"
#include "../support/folder.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__) && !defined(__ANDROID__)

#include <pthread.h>
#include <unistd.h>

using namespace lazyref_test;

namespace {

struct function : lazyref::code_block<function> {
  void describe_code(lazyref::code_description& d) const noexcept { d.name = "function"; }
};

void calls_with_a_cancellation_pending(const folder& files) {
  ::pthread_cancel(::pthread_self());
  lazyref::code_jitdump dump(files.path());
  lazyref::code_gdb debugger;
  lazyref::code_unwind unwinder;
  lazyref::code_space_limits limits{1 << 16, 16, 1};
  limits.near_to = reinterpret_cast<const void*>(&calls_with_a_cancellation_pending);
  limits.growth = 4096;
  lazyref::code_space<function> space(limits, {&dump, &debugger, &unwinder}, lazyref::code_mapping::dual,
                                      lazyref::code_synchronisation::each_executor);
  auto draft = space.draft(64);
  lazyref::strong_ref<function> code;
  if (!draft || !space.publish(draft, code)) ::_exit(4);
  space.retire(std::move(code));
  space.domain().flush();
  if (space.tell_observers() != 1) ::_exit(5);
  if (space.trim() == 0) ::_exit(6);
}

// What the calls would do if they let themselves be cancelled.
void close_in_noexcept(const folder&) noexcept {
  ::pthread_cancel(::pthread_self());
  ::close(-1);
}

template <void (*Calls)(const folder&)>
void* thread_of(void* files) {
  Calls(*static_cast<const folder*>(files));
  ::pthread_testcancel();
  return nullptr;
}

// The folder is the other thread's, since to make one may be a cancellation point.
template <void (*Calls)(const folder&)>
int cancelled() {
  folder files;
  if (!files) return 3;
  pthread_t thread;
  void* result = nullptr;
  if (::pthread_create(&thread, nullptr, thread_of<Calls>, &files) != 0) return 1;
  if (::pthread_join(thread, &result) != 0) return 2;
  return result == PTHREAD_CANCELED ? 0 : 7;
}

}  // namespace

TEST_CASE("a cancelled thread ends what it does with code first", "[code]") {
  if (!lazyref::code_space<function>({1 << 16, 1, 1})) LAZYREF_SKIP("this host refuses the memory");
  const child_result calls = in_child([] { return cancelled<calls_with_a_cancellation_pending>(); });
  INFO(calls.err);
  CHECK(calls.exit_status == 0);
  CHECK(in_child([] { return cancelled<close_in_noexcept>(); }).signal == SIGABRT);  // the control
}

#endif
