// SPDX-License-Identifier: BSL-1.0
//
// Counts how often a thread runs code that was there before the code that was published. Functions that return other
// and other numbers are written to one place, published, and called by another thread, with memory that is mapped twice
// (written by one address, run by the other) and with memory that is switched; by hand, and by a code_space.
//
// On hardware nothing may be stale. In an emulator nothing may be in memory that is switched. Emulators without a model
// of the instruction cache keep what they have translated when it is changed through another address, whatever the
// program does about it; there the memory mapped twice is the control that the detector can see it. The other control
// is one that does not write.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include <lazyref/code_space.hpp>

#include "../support/emitted_code.hpp"
#include "../support/emulated.hpp"

namespace {

using lazyref::code_mapping;
using lazyref::code_synchronisation;

constexpr unsigned rounds = 300;

// What round n's function returns; another number than the function before.
int expected(unsigned round) { return static_cast<int>(round % 256); }

// Runs what it is given, in a thread of its own.
class executor {
 public:
  explicit executor(code_synchronisation who) : who_(who), thread_([this] { work(); }) {}
  ~executor() {
    over_.store(true, std::memory_order_release);
    thread_.join();
  }
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  int run(const void* code) {
    code_.store(code, std::memory_order_release);
    while (code_.load(std::memory_order_acquire) != nullptr) std::this_thread::yield();
    return result_;
  }

 private:
  void work() {
    while (!over_.load(std::memory_order_acquire)) {
      const void* const code = code_.load(std::memory_order_acquire);
      if (code == nullptr) {
        std::this_thread::yield();
        continue;
      }
      if (who_ == code_synchronisation::each_executor) lazyref::sync_core_this_thread();
      result_ = lazyref_test::call(code);
      code_.store(nullptr, std::memory_order_release);
    }
  }

  const code_synchronisation who_;
  std::atomic<const void*> code_{nullptr};
  std::atomic<bool> over_{false};
  int result_ = -1;
  std::thread thread_;
};

constexpr int refused = -1;  // this host does not give such memory

// The memory of a page, mapped by hand.
class page {
 public:
  explicit page(code_mapping mapping) : mapping_(mapping) {
    if (mapping == code_mapping::flip) {
      write_ = execute_ = ::mmap(nullptr, size_, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      return;
    }
    const int file = static_cast<int>(::syscall(SYS_memfd_create, "code", 0U));
    if (file < 0) return;
    if (::ftruncate(file, static_cast<off_t>(size_)) == 0) {
      write_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      execute_ = ::mmap(nullptr, size_, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    }
    ::close(file);
  }
  ~page() {
    if (execute_ != MAP_FAILED) ::munmap(execute_, size_);
    if (write_ != MAP_FAILED && write_ != execute_) ::munmap(write_, size_);
  }
  page(const page&) = delete;
  page& operator=(const page&) = delete;

  explicit operator bool() const { return write_ != MAP_FAILED && execute_ != MAP_FAILED; }
  void* write() const { return write_; }
  const void* execute() const { return execute_; }
  bool may(int what) { return mapping_ == code_mapping::dual || ::mprotect(execute_, size_, PROT_READ | what) == 0; }

 private:
  const code_mapping mapping_;
  const std::size_t size_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* write_ = MAP_FAILED;
  void* execute_ = MAP_FAILED;
};

// The number of stale runs. `writes` is false in the control, which publishes what it has not written.
int by_hand(code_mapping mapping, code_synchronisation who, bool writes = true) {
  page memory(mapping);
  if (!memory) return refused;
  executor other(who);
  int stale = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    if (!memory.may(PROT_WRITE)) return refused;
    if (writes || round == 0) lazyref_test::emit_return(memory.write(), static_cast<std::uint32_t>(expected(round)));
    if (!memory.may(PROT_EXEC)) return refused;
    const lazyref::sync_result published = who == code_synchronisation::all_threads
                                               ? lazyref::publish_code(memory.write(), memory.execute(), 64)
                                               : lazyref::flush_code_range(memory.write(), memory.execute(), 64);
    if (!published) {
      std::printf("%s\n", published.what());
      return refused;
    }
    stale += other.run(memory.execute()) != expected(round);
  }
  return stale;
}

struct function : lazyref::code_block<function> {};

int by_code_space(code_mapping mapping, code_synchronisation who, unsigned& reused) {
  lazyref::code_space<function> space({4096, 4, 2}, mapping, who);
  executor other(who);
  int stale = 0;
  std::uintptr_t before = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    auto draft = space.draft(64);
    if (draft) lazyref_test::emit_return(draft.data(), static_cast<std::uint32_t>(expected(round)));
    lazyref::strong_ref<function> code;
    if (const lazyref::sync_result published = draft ? space.publish(draft, code) : draft.status(); !published) {
      std::printf("%s\n", published.what());
      return refused;
    }
    const auto here = reinterpret_cast<std::uintptr_t>(code->entry());
    reused += here == before;
    before = here;
    stale += other.run(code->entry()) != expected(round);
  }
  return stale;
}

bool failed = false;

void verdict(bool ok, const char* what, const char* how, int stale) {
  std::printf("%-12s %-13s %3d of %u stale%s\n", what, how, stale, rounds, ok ? "" : ": FAILED");
  failed |= !ok;
}

}  // namespace

int main() {
  const bool reaches_all = static_cast<bool>(lazyref::instruction_sync_initialize());
  const auto who = reaches_all ? code_synchronisation::all_threads : code_synchronisation::each_executor;
  std::printf("each %s\n", reaches_all ? "publication reaches all threads" : "thread synchronises its own core");

  const int control = by_hand(code_mapping::flip, who, false);
  if (control != refused)  // it is right by chance whenever the numbers begin again
    verdict(control == static_cast<int>(rounds - (rounds + 255) / 256), "not written", "by hand", control);

  bool one_refused = control == refused, power = false;
  for (const auto mapping : {code_mapping::flip, code_mapping::dual}) {
    const bool dual = mapping == code_mapping::dual;
    const char* const name = dual ? "mapped twice" : "switched";
    const bool may_be_stale = dual && lazyref_test::emulated;
    const int raw = by_hand(mapping, who);
    unsigned reused = 0;
    const int library = by_code_space(mapping, who, reused);
    if (raw == refused || library == refused) {
      std::printf("SKIPPED: stale: this host does not give memory for code that is %s\n", name);
      one_refused = true;
      continue;
    }
    verdict(raw == 0 || may_be_stale, name, "by hand", raw);
    verdict(library == 0 || may_be_stale, name, "by code_space", library);
    // A place that is new each time cannot be stale.
    if (reused < rounds / 2) verdict(false, name, "the places are new", static_cast<int>(reused));
    power = may_be_stale && raw > 0;
  }

  if (!lazyref_test::emulated) {
    std::puts("this cannot show that a step is needed, where the hardware would not be stale without it (x86)");
  } else if (power) {
    std::puts("the detector sees what is stale; that a step is needed or enough, an emulator cannot show");
  } else if (!failed) {
    std::puts("SKIPPED: stale: this emulator is not stale in memory that is mapped twice: there is no control here");
    return 77;
  }
  return failed ? 1 : one_refused ? 77 : 0;
}
