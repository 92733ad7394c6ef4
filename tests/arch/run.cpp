// SPDX-License-Identifier: BSL-1.0
//
// Writes code, publishes it and runs it, in an emulator: the instructions are legal for a program and leave its
// registers alone. That any of them is needed, no emulator shows: its instruction cache is never stale.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <lazyref/instruction_sync.hpp>

#include "../support/emitted_code.hpp"

namespace {

// The lines that the flush goes by, where the processor has a say in them.
const char* lines() {
#if defined(__aarch64__)
  std::uint64_t ctr_el0;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr_el0));
  const lazyref::arch::arm64_caches caches = lazyref::arch::arm64_decode(ctr_el0);
  static char text[64];
  std::snprintf(text, sizeof(text), "lines of %u and %u bytes; ", static_cast<unsigned>(caches.data_line),
                static_cast<unsigned>(caches.instruction_line));
  return text;
#else
  return "";
#endif
}

}  // namespace

int main() {
  const lazyref::instruction_sync_info info = lazyref::instruction_sync_capabilities();
  // A few pages, so that no line, whatever its size, is the whole range.
  const std::size_t size = 4 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const code = ::mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) {
    std::printf("no memory that can be written and executed\n");
    return 1;
  }
  for (unsigned i = 0; i < 200; ++i) {
    const std::size_t length = lazyref_test::emit_return(code, i);
    const lazyref::sync_result result = lazyref::publish_code(code, code, i % 2 == 0 ? length : size);
    // Where nothing reaches all threads that is to be told; the rest is done.
    const int expected = info.all_threads == lazyref::all_threads_by::handshake ? result.error() : 0;
    if (result.error() != expected || (expected == 0) != bool(result)) {
      std::printf("publish_code: %s (%d)\n", result.what(), result.error());
      return 1;
    }
    lazyref::sync_core_this_thread();
    if (const int got = lazyref_test::call(code); got != static_cast<int>(i)) {
      std::printf("the code of round %u returned %d\n", i, got);
      return 1;
    }
  }
  if (lazyref::flush_code_range(reinterpret_cast<const void*>(UINTPTR_MAX), code, 2).error() != EINVAL) return 1;
  std::printf("emulated: 200 functions written, published and run; %sall threads: %s\n", lines(), info.reason);
  return 0;
}
