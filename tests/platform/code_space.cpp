// SPDX-License-Identifier: BSL-1.0
//
// code_space on whatever system this is compiled for, without a test framework. Argument: alone (no second thread).
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>

#include <lazyref/code_space.hpp>
#include <lazyref/lazyref.hpp>

#include "support/emitted_code.hpp"

#if defined(_WIN32)
#include <windows.h>  // after ours: each has to bear the other's declarations
#endif

namespace {

int failures = 0;

bool expect(bool holds, const char* what) {
  if (!holds) {
    std::printf("  FAILED: %s\n", what);
    ++failures;
  }
  return holds;
}

bool expect(const lazyref::sync_result& result, const char* what) {
  if (!expect(static_cast<bool>(result), what)) std::printf("    error %d: %s\n", result.error(), result.what());
  return static_cast<bool>(result);
}

// What may be done at an address; a question that only Windows answers.
struct rights {
  bool known = false, write = false, execute = false;
};

rights rights_at([[maybe_unused]] const void* at) {
  rights result;
#if defined(_WIN32)
  MEMORY_BASIC_INFORMATION info;
  if (::VirtualQuery(at, &info, sizeof info) != 0) {
    constexpr DWORD writes = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    constexpr DWORD executes = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    result = {true, (info.Protect & writes) != 0, (info.Protect & executes) != 0};
  }
#endif
  return result;
}

void expect_only_write(const void* at) {
  const rights r = rights_at(at);
  expect(!r.known || (r.write && !r.execute), "a draft can be written and not executed");
}

void expect_only_execute(const void* at) {
  const rights r = rights_at(at);
  expect(!r.known || (r.execute && !r.write), "what is published can be executed and not written");
}

// That the question can be answered with "both".
void control_of_rights() {
#if defined(_WIN32)
  void* const page = ::VirtualAlloc(nullptr, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
  const rights r = rights_at(page);
  expect(r.known && r.write && r.execute, "control: a page for both is recognised");
  ::VirtualFree(page, 0, MEM_RELEASE);
#endif
}

struct function : lazyref::code_block<function> {
  explicit function(std::uint32_t v) noexcept : value(v) {}
  const std::uint32_t value;
};

using space_type = lazyref::code_space<function>;

constexpr std::size_t code_size = 16;
constexpr lazyref::code_space_limits limits{16 << 14, 16, 8};

lazyref::strong_ref<function> make(space_type& space, std::uint32_t value) {
  lazyref::strong_ref<function> code;
  auto draft = space.draft(code_size, value);
  if (!expect(draft.status(), "a draft")) return code;
  lazyref_test::emit_return(draft.data(), value);
  expect(space.publish(draft, code), "publish");
  return code;
}

// Nothing reaches all threads on some systems: there each does its own part.
bool each_executor() {
  static const bool result = lazyref::instruction_sync_capabilities().all_threads == lazyref::all_threads_by::handshake;
  return result;
}

int call(const function& f) {
  if (each_executor()) lazyref::sync_core_this_thread();
  return f.as<int()>()();
}

void one_block(space_type& space, lazyref::code_mapping mapping) {
  auto draft = space.draft(code_size, 42U);
  if (!expect(draft.status(), "a draft")) return;
  const bool two_addresses = reinterpret_cast<std::uintptr_t>(draft.data()) != draft.address();
  expect(two_addresses == (mapping == lazyref::code_mapping::dual), "two addresses where it is mapped twice");
  expect_only_write(draft.data());
  expect(draft->entry() == nullptr, "no entry point before it is published");
  const unsigned char* const written = draft.data();
  lazyref_test::emit_return(draft.data(), 42);
  lazyref::strong_ref<function> code;
  if (!expect(space.publish(draft, code), "publish")) return;
  expect_only_execute(code->entry());
  if (two_addresses) expect_only_write(written);
  expect(call(*code) == 42, "the code returns its number");
  space.domain().retire(std::move(code));
}

void memory_is_used_again(space_type& space) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    auto code = make(space, i % 256);
    if (!code || !expect(call(*code) == static_cast<int>(i % 256), "new code where old code was")) return;
    space.domain().retire(std::move(code));
  }
}

void a_batch(space_type& space) {
  constexpr std::size_t n = 8;
  space_type::draft_type drafts[n];
  for (std::size_t i = 0; i < n; ++i) {
    drafts[i] = space.draft(code_size, static_cast<std::uint32_t>(i));
    if (!expect(drafts[i].status(), "a draft of a batch")) return;
    lazyref_test::emit_return(drafts[i].data(), static_cast<std::uint32_t>(i));
  }
  lazyref::strong_ref<function> code[n];
  if (!expect(space.publish(drafts, n, code), "publish a batch")) return;
  for (std::size_t i = 0; i < n; ++i) {
    expect(call(*code[i]) == static_cast<int>(i), "each of a batch returns its number");
    space.domain().retire(std::move(code[i]));
  }
}

void until_it_is_full(space_type& space) {
  space_type::draft_type drafts[limits.blocks];
  for (auto& draft : drafts) draft = space.draft(1, 0U);
  expect(static_cast<bool>(drafts[limits.blocks - 1]), "as many drafts as it was made for");
  expect(space.draft(1, 0U).status().error() == ENOSPC, "one more is ENOSPC");
}

// Workers run whatever is published while it is replaced, and its memory used again at once.
void threads(space_type& space) {
  std::atomic<function*> shared{nullptr};
  std::atomic<bool> stop{false};
  std::atomic<long> wrong{0}, calls{0};
  auto code = make(space, 0);
  if (!code) return;
  // Release: the code and its number.
  shared.store(code.get(), std::memory_order_release);
  const auto work = [&] {
    auto slot = space.domain().attach();
    // Relaxed: numbers.
    while (!stop.load(std::memory_order_relaxed)) {
      const function* const f = slot.protect(shared);
      if (call(*f) != static_cast<int>(f->value)) wrong.fetch_add(1, std::memory_order_relaxed);
      calls.fetch_add(1, std::memory_order_relaxed);
    }
    slot.reset_protection();
  };
  std::thread workers[2] = {std::thread(work), std::thread(work)};
  for (std::uint32_t i = 1; i <= 2000; ++i) {
    // However busy the machine is, the workers take part.
    const long enough = calls.load(std::memory_order_relaxed) + 10;
    while (i % 100 == 1 && calls.load(std::memory_order_relaxed) < enough) std::this_thread::yield();
    auto next = make(space, i % 256);
    if (!next) break;
    shared.store(next.get(), std::memory_order_release);
    std::swap(code, next);
    space.domain().retire(std::move(next));
  }
  stop.store(true, std::memory_order_relaxed);
  for (auto& worker : workers) worker.join();
  expect(wrong == 0, "every call returned the number of the function that was called");
  std::printf("  %ld calls in two threads, code replaced 2000 times\n", calls.load());
  space.domain().retire(std::move(code));
}

lazyref::detail::code_place pages(std::size_t n, lazyref::code_mapping mapping) {
  lazyref::detail::code_place result;
  result.bytes = n * lazyref::detail::process_code_system::page();
  result.mapping = mapping;
  return result;
}

// Linux and Windows have both mappings, macOS on Apple's processors has one, other systems have none.
constexpr bool should_be_there([[maybe_unused]] lazyref::code_mapping mapping) {
#if defined(__linux__) || defined(_WIN32)
  return true;
#elif defined(__APPLE__) && defined(__aarch64__)
  return mapping == lazyref::code_mapping::flip;
#else
  return false;
#endif
}

bool is_there(lazyref::code_mapping mapping) {
  using system = lazyref::detail::process_code_system;
  lazyref::detail::code_views views;
  const lazyref::sync_result result = system::map(pages(1, mapping), views);
  if (result) {
    system::release(pages(1, mapping), views);
    expect(should_be_there(mapping), "a mapping that this system should not have");
    return true;
  }
  if (should_be_there(mapping)) return expect(result, "a page");
  std::printf("  error %d, %s\n", result.error(), result.what());
  expect(result.error() == ENOTSUP, "a mapping that is not there: ENOTSUP");
  expect(views.write == nullptr && views.execute == nullptr, "and no address");
  space_type space(limits, mapping, lazyref::code_synchronisation::each_executor);
  expect(space.status().error() == ENOTSUP, "nor a code_space: ENOTSUP");
  return false;
}

void more_than_there_is(lazyref::code_mapping mapping) {
  using system = lazyref::detail::process_code_system;
  const std::size_t page = system::page();
  lazyref::detail::code_views views;
  const lazyref::sync_result result = system::map(pages(SIZE_MAX / 4 / page, mapping), views);
  std::printf("  pages of %lu bytes; too many of them: error %d, %s\n", static_cast<unsigned long>(page),
              result.error(), result.what());
  expect(!result && (result.error() == ENOMEM || result.error() == EINVAL), "more memory than there is: a typed error");
  expect(views.write == nullptr && views.execute == nullptr, "and no address");
}

void leaves_the_error_alone([[maybe_unused]] lazyref::code_mapping mapping) {
#if defined(_WIN32)
  using system = lazyref::detail::process_code_system;
  constexpr DWORD from_before = 1234;
  lazyref::detail::code_views views;
  ::SetLastError(from_before);
  const lazyref::sync_result result = system::map(pages(1, mapping), views);
  system::release(pages(1, mapping), views);
  const DWORD after = ::GetLastError();
  expect(result, "a page");
  expect(after == from_before, "GetLastError is left alone by what succeeds");
#endif
}

// What the system has of growth, and of data beside the code: all of it, or a typed error.
void grows(lazyref::code_mapping mapping) {
  using system = lazyref::detail::process_code_system;
  const std::size_t page = system::page();
  lazyref::detail::code_place place = pages(8, mapping);
  place.grows = true;
  place.data = page;
  lazyref::detail::code_views views;
  const lazyref::sync_result result = system::map(place, views);
  if (!result) {
    std::printf("  growth and data: error %d, %s\n", result.error(), result.what());
    expect(result.error() == ENOTSUP, "no growth: ENOTSUP");
    expect(views.write == nullptr && views.data == nullptr, "and no address");
    return;
  }
  std::memset(views.data, 0x5a, page);
  expect_only_write(views.data);
  for (int round = 0; round < 2; ++round) {
    const rights before = rights_at(views.execute + page);
    expect(!before.known || (!before.write && !before.execute), "what is not committed cannot be used");
    if (!expect(system::commit(place, views, page, 2 * page), "commit")) break;
    expect_only_execute(views.execute + page);
    if (mapping == lazyref::code_mapping::flip)
      expect(system::begin_to_write(views.write + page, 2 * page), "to write");
    expect_only_write(views.write + page);
    std::memset(views.write + page, 0x5a, 2 * page);
    if (mapping == lazyref::code_mapping::flip) expect(system::end_writing(views.write + page, 2 * page), "to execute");
    expect(views.execute[3 * page - 1] == 0x5a, "what was written is there");
    expect(system::decommit(place, views, page, 2 * page), "decommit");
  }
  system::release(place, views);
  std::printf("  growth and data: there\n");
}

void all(lazyref::code_mapping mapping, const char* name, bool alone) {
  std::printf("%s\n", name);
  if (!is_there(mapping)) return;
  more_than_there_is(mapping);
  leaves_the_error_alone(mapping);
  grows(mapping);

  space_type space(
      limits, mapping,
      each_executor() ? lazyref::code_synchronisation::each_executor : lazyref::code_synchronisation::all_threads);
  if (!expect(space.status(), "a code_space")) return;
  one_block(space, mapping);
  memory_is_used_again(space);
  a_batch(space);
  until_it_is_full(space);
  if (!alone) threads(space);
  space.domain().flush();
  space.domain().collect();
  expect(space.bytes_in_use() == 0 && space.blocks_in_use() == 0, "all is given back");
}

}  // namespace

int main(int argc, char** argv) {
  const bool alone = argc > 1 && std::strcmp(argv[1], "alone") == 0;
  const lazyref::fence_status fence = lazyref::fence_initialize();
  std::printf("fence: %s\ninstruction synchronisation: %s\n", fence.reason,
              lazyref::instruction_sync_capabilities().reason);
  control_of_rights();
  all(lazyref::code_mapping::dual, "mapped twice", alone);
  all(lazyref::code_mapping::flip, "mapped once", alone);
  std::printf(failures == 0 ? "passed\n" : "%d FAILED\n", failures);
  return failures == 0 ? 0 : 1;
}
