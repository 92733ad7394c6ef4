// SPDX-License-Identifier: BSL-1.0
//
// What lazyref asks of Windows and of macOS for code memory, and what it makes of the answers: scripted, so that it runs
// on any system.
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>
#include <lazyref/detail/code/memory_macos.hpp>
#include <lazyref/detail/code/memory_windows.hpp>

#include "support/catch.hpp"

namespace {

lazyref::detail::code_place place_of(std::size_t bytes, lazyref::code_mapping mapping) {
  lazyref::detail::code_place result;
  result.bytes = bytes;
  result.mapping = mapping;
  return result;
}

using lazyref::code_mapping;
using lazyref::sync_result;
using lazyref::detail::code_views;

using call_list = std::vector<std::string>;

// --- Windows

constexpr unsigned long nothing_failed = 0, from_before = 1234, from_clean_up = 6;

struct scripted_windows {
  static inline call_list calls;
  static inline unsigned long error = from_before;
  static inline std::size_t failing = 0;  // which call, from 1; 0: none
  static inline unsigned long with = nothing_failed;
  static inline int sections, views, allocations;
  static inline unsigned char memory[3][64];
  static inline unsigned char pages[32 * 4096];   // what `reserve` gives
  static inline std::set<std::size_t> committed;  // of these, the numbers

  static void begin(std::size_t which = 0, unsigned long error_of_it = nothing_failed) {
    calls.clear();
    error = from_before;
    failing = which;
    with = error_of_it;
    sections = views = allocations = 0;
    committed.clear();
  }

  static bool fails(const char* name, unsigned long access) {
    char text[32];
    std::snprintf(text, sizeof text, "%s %#lx", name, access);
    calls.emplace_back(text);
    if (calls.size() != failing) return false;
    error = with;
    return true;
  }

  static std::size_t page() noexcept { return 4096; }
  static unsigned long last_error() noexcept { return error; }
  static void set_last_error(unsigned long to) noexcept { error = to; }

  static void* create_section(std::size_t, unsigned long protection) noexcept {
    if (fails("section", protection)) return nullptr;
    ++sections;
    error = nothing_failed;  // as the system does
    return memory[0];
  }
  static void close_handle(void*) noexcept {
    --sections;
    error = from_clean_up;
  }
  static void* map_view(void*, unsigned long access, std::size_t) noexcept {
    if (fails("view", access)) return nullptr;
    return memory[++views];
  }
  static void unmap_view(void*) noexcept {
    --views;
    error = from_clean_up;
  }
  static void* allocate(std::size_t, unsigned long protection) noexcept {
    if (fails("allocate", protection)) return nullptr;
    ++allocations;
    return memory[0];
  }
  static void* reserve(std::size_t size) noexcept {
    if (fails("reserve", 1) || size > sizeof pages) return nullptr;
    ++allocations;
    return pages;
  }
  static std::size_t page_of(const void* at) {
    return static_cast<std::size_t>(static_cast<const unsigned char*>(at) - pages) / page();
  }
  static bool commit(void* at, std::size_t size, unsigned long protection) noexcept {
    if (fails("commit", protection)) return false;
    for (std::size_t i = 0; i < size / page(); ++i) committed.insert(page_of(at) + i);
    return true;
  }
  static bool decommit(void* at, std::size_t size) noexcept {
    if (fails("decommit", 0)) return false;
    for (std::size_t i = 0; i < size / page(); ++i) committed.erase(page_of(at) + i);
    error = from_clean_up;
    return true;
  }
  static void release_pages(void*) noexcept {
    committed.clear();
    --allocations;
    error = from_clean_up;
  }
  static bool protect(void*, std::size_t, unsigned long protection) noexcept { return !fails("protect", protection); }

  static bool all_given_back() { return sections == 0 && views == 0 && allocations == 0; }
};

using windows = lazyref::detail::windows_code_memory<scripted_windows>;

// PAGE_EXECUTE_READWRITE and PAGE_EXECUTE_WRITECOPY for pages; for views FILE_MAP_WRITE with FILE_MAP_EXECUTE.
bool asks_for_both(const call_list& calls) {
  for (const std::string& call : calls) {
    const unsigned long access = std::stoul(call.substr(call.find(' ')), nullptr, 16);
    if (call.rfind("section", 0) == 0) continue;  // The most that its views may have, and no address.
    if (call.rfind("view", 0) == 0 ? (access & 2) != 0 && (access & 32) != 0 : (access & 0xc0) != 0) return true;
  }
  return false;
}

// --- macOS

using lazyref::detail::thread_right;

struct scripted_macos {
  static inline thread_local call_list calls;
  static inline thread_local thread_right right = thread_right::execute;
  static inline bool rights = true;
  static inline int error = 0;
  static inline int mapped = 0;

  static void begin() {
    calls.clear();
    rights = true;
    error = mapped = 0;
  }

  static std::size_t page() noexcept { return 16384; }
  static bool threads_have_rights() noexcept { return rights; }
  static void* map(std::size_t size) noexcept {
    calls.emplace_back("map");
    if (error != 0) {
      errno = error;
      return nullptr;
    }
    ++mapped;
    return ::operator new(size, std::nothrow);
  }
  static void release(void* at, std::size_t) noexcept {
    --mapped;
    ::operator delete(at);
  }
  static void let_this_thread(thread_right to) noexcept {
    calls.emplace_back(to == thread_right::write ? "write" : "execute");
    right = to;
  }
};

using macos = lazyref::detail::macos_code_memory<scripted_macos>;

// The mistake that the counting is against: each draft's end takes the right away.
struct macos_without_counting : macos {
  static sync_result begin_to_write(void*, std::size_t) noexcept {
    scripted_macos::let_this_thread(thread_right::write);
    return {};
  }
  static sync_result end_writing(void*, std::size_t) noexcept {
    scripted_macos::let_this_thread(thread_right::execute);
    return {};
  }
};

// A whole code_space on it, whose code nobody runs.
template <class Memory>
struct system_on : Memory {
  static inline sync_result flushed;
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t, RangeAt&&) noexcept {
    return flushed;
  }
  template <class RangeAt>
  static sync_result flush_ranges(std::size_t, RangeAt&&) noexcept {
    return flushed;
  }
};

struct function : lazyref::code_block<function> {};

template <class Memory>
using space_on = lazyref::code_space<function, lazyref::domain_options<>, system_on<Memory>>;

constexpr lazyref::code_space_limits small_space{8 * 16384, 8, 4};

bool may_write() { return scripted_macos::right == thread_right::write; }

}  // namespace

TEST_CASE("Windows, mapped twice: one section, a view to write and a view to execute, none for both") {
  scripted_windows::begin();
  code_views views;
  REQUIRE(windows::map(place_of(4096, code_mapping::dual), views));
  CHECK(scripted_windows::calls == call_list{"section 0x40", "view 0x2", "view 0x24"});
  CHECK(views.write != views.execute);
  CHECK_FALSE(asks_for_both(scripted_windows::calls));
  CHECK(scripted_windows::sections == 0);
  CHECK(scripted_windows::views == 2);
  CHECK(scripted_windows::error == from_before);
  windows::release(place_of(4096, code_mapping::dual), views);
  CHECK(scripted_windows::all_given_back());
  CHECK(scripted_windows::error == from_before);

  CHECK(asks_for_both({"view 0x22"}));
  CHECK(asks_for_both({"allocate 0x40"}));
  CHECK(asks_for_both({"protect 0x80"}));
}

TEST_CASE("Windows, mapped once: executable, and writable from begin_to_write to end_writing, never both") {
  scripted_windows::begin();
  code_views views;
  REQUIRE(windows::map(place_of(4096, code_mapping::flip), views));
  CHECK(views.write == views.execute);
  REQUIRE(windows::begin_to_write(views.write, 4096));
  REQUIRE(windows::end_writing(views.write, 4096));
  CHECK(scripted_windows::calls == call_list{"allocate 0x4", "protect 0x20", "protect 0x4", "protect 0x20"});
  CHECK_FALSE(asks_for_both(scripted_windows::calls));
  CHECK(scripted_windows::error == from_before);
  windows::release(place_of(4096, code_mapping::dual), views);
  CHECK(scripted_windows::all_given_back());
}

TEST_CASE("Windows: whichever call fails, the error is typed, nothing stays behind, and GetLastError has the number") {
  struct failure {
    code_mapping mapping;
    std::size_t call;
  };
  constexpr failure failures[] = {{code_mapping::dual, 1},
                                  {code_mapping::dual, 2},
                                  {code_mapping::dual, 3},
                                  {code_mapping::flip, 1},
                                  {code_mapping::flip, 2}};
  struct meaning {
    unsigned long error;
    int errno_value;
  };
  constexpr meaning meanings[] = {{5, EACCES}, {1655, EACCES}, {8, ENOMEM},   {1455, ENOMEM},
                                  {4, EMFILE}, {87, EINVAL},   {1314, EPERM}, {31, EIO}};
  for (const failure& f : failures) {
    for (const meaning& m : meanings) {
      scripted_windows::begin(f.call, m.error);
      code_views views;
      const sync_result result = windows::map(place_of(4096, f.mapping), views);
      CAPTURE(f.call, m.error, result.what());
      CHECK(result.error() == m.errno_value);
      CHECK(std::strncmp(result.what(), "code_space: ", 12) == 0);
      CHECK(scripted_windows::all_given_back());
      CHECK(views.write == nullptr);
      CHECK(views.execute == nullptr);
      CHECK(scripted_windows::error == m.error);
    }
  }
  unsigned char page[1];
  scripted_windows::begin(1, 8);
  CHECK(windows::begin_to_write(page, 4096).error() == ENOMEM);
  scripted_windows::begin(1, 1655);
  CHECK(windows::end_writing(page, 4096).error() == EACCES);
}

TEST_CASE("Windows, growth: addresses first, then chunks; data beside the code, behind a page without memory") {
  lazyref::detail::code_place place = place_of(4 * 4096, code_mapping::flip);
  place.grows = true;
  place.data = 2 * 4096;
  scripted_windows::begin();
  code_views views;
  REQUIRE(windows::map(place, views));
  CHECK(scripted_windows::error == from_before);
  CHECK(views.data == views.execute + 5 * 4096);
  CHECK(scripted_windows::committed == std::set<std::size_t>{5, 6});
  REQUIRE(windows::commit(place, views, 4096, 2 * 4096));
  CHECK(scripted_windows::committed == std::set<std::size_t>{1, 2, 5, 6});
  REQUIRE(windows::decommit(place, views, 4096, 4096));
  CHECK(scripted_windows::committed == std::set<std::size_t>{2, 5, 6});
  CHECK_FALSE(asks_for_both(scripted_windows::calls));
  for (const auto& [call, left] : {std::pair<std::size_t, unsigned long>{1, 1455}, {2, 1655}}) {
    scripted_windows::begin(call, left);
    CHECK(windows::commit(place, views, 0, 4096).error() == (left == 1455 ? ENOMEM : EACCES));
    CHECK(scripted_windows::error == left);
    CHECK(scripted_windows::committed.empty());
  }
  scripted_windows::allocations = 1;
  windows::release(place, views);
  CHECK(scripted_windows::all_given_back());
  for (std::size_t call = 1; call <= 5; ++call) {
    scripted_windows::begin(call, 8);
    CHECK(windows::map(place, views).error() == ENOMEM);
    CHECK(scripted_windows::all_given_back());
    CHECK(views.data == nullptr);
  }
  scripted_windows::begin(6, 8);
  CHECK(windows::map(place, views));  // there is no sixth
  windows::release(place, views);
}

TEST_CASE("Windows and macOS: what they do not have is refused before anything is mapped") {
  code_views views;
  for (int what = 0; what < 3; ++what) {
    for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
      lazyref::detail::code_place place = place_of(16384, mapping);
      place.near_to = what == 0 ? &views : nullptr;
      place.grows = what == 1;
      place.data = what == 2 ? 16384 : 0;
      scripted_windows::begin();
      const bool has = what != 0 && mapping == code_mapping::flip;
      CHECK(windows::map(place, views).error() == (has ? 0 : ENOTSUP));
      CHECK(scripted_windows::calls.empty() == !has);
      windows::release(place, views);
      scripted_macos::begin();
      CHECK(macos::map(place, views).error() == ENOTSUP);
      CHECK(scripted_macos::calls.empty());
    }
  }
  CHECK(macos::commit(place_of(16384, code_mapping::flip), views, 0, 16384).error() == ENOTSUP);
  CHECK(macos::decommit(place_of(16384, code_mapping::flip), views, 0, 16384).error() == ENOTSUP);
  using nothing = lazyref::detail::no_code_memory;
  CHECK(nothing::map(place_of(4096, code_mapping::flip), views).error() == ENOTSUP);
  CHECK(nothing::commit(place_of(4096, code_mapping::flip), views, 0, 4096).error() == ENOTSUP);
}

TEST_CASE("Windows: a failed call is never a success, whatever number it left") {
  bool ever = false;
  for (unsigned long error = 0; error < 20000; ++error) ever |= lazyref::detail::errno_from_windows(error) == 0;
  CHECK_FALSE(ever);
}

TEST_CASE("Windows: a policy against generated code is told from want of memory") {
  std::set<std::string> sentences;
  for (const unsigned long error : {5UL, 8UL}) {
    scripted_windows::begin(3, error);
    code_views views;
    sentences.insert(windows::map(place_of(4096, code_mapping::dual), views).what());
  }
  CHECK(sentences.size() == 2);
  scripted_windows::begin(3, 1655);
  code_views views;
  CHECK(std::strstr(windows::map(place_of(4096, code_mapping::dual), views).what(), "ProhibitDynamicCode") != nullptr);
}

TEST_CASE("macOS: mapped twice, and without a right for each thread, it is refused before anything is mapped") {
  scripted_macos::begin();
  code_views views;
  CHECK(macos::map(place_of(16384, code_mapping::dual), views).error() == ENOTSUP);
  scripted_macos::rights = false;
  CHECK(macos::map(place_of(16384, code_mapping::flip), views).error() == ENOTSUP);
  CHECK(scripted_macos::calls.empty());
  CHECK(views.write == nullptr);
}

TEST_CASE("macOS: a refusal and want of memory are typed errors that leave errno alone") {
  for (const int error : {EPERM, EACCES, EINVAL, ENOMEM}) {
    scripted_macos::begin();
    scripted_macos::error = error;
    code_views views;
    errno = ERANGE;
    const sync_result result = macos::map(place_of(16384, code_mapping::flip), views);
    CHECK(errno == ERANGE);
    CHECK(result.error() == error);
    CHECK((std::strstr(result.what(), "allow-jit") != nullptr) == (error != ENOMEM));
    CHECK(views.execute == nullptr);
  }
}

TEST_CASE("macOS: the thread may write from its first draft to the end of its last") {
  scripted_macos::begin();
  {
    space_on<macos> space(small_space, code_mapping::flip);
    REQUIRE(space);
    auto first = space.draft(16);
    auto second = space.draft(16);
    auto third = space.draft(16);
    CHECK(may_write());
    lazyref::strong_ref<function> code;
    REQUIRE(space.publish(second, code));
    CHECK(may_write());
    third = {};
    CHECK(may_write());
    lazyref::strong_ref<function> more;
    REQUIRE(space.publish(first, more));
    CHECK_FALSE(may_write());
    CHECK(scripted_macos::calls == call_list{"map", "write", "execute"});
  }
  CHECK(scripted_macos::mapped == 0);
  CHECK(lazyref::detail::this_threads_drafts == 0);
}

TEST_CASE("macOS, control: if each draft's end took the right away, a draft that is open could not be written") {
  scripted_macos::begin();
  space_on<macos_without_counting> space(small_space, code_mapping::flip);
  auto first = space.draft(16);
  auto second = space.draft(16);
  lazyref::strong_ref<function> code;
  REQUIRE(space.publish(second, code));
  CHECK(first.data() != nullptr);
  CHECK_FALSE(may_write());
}

TEST_CASE("macOS: a batch, a publish that fails, and a draft that is full of nothing end the right once") {
  scripted_macos::begin();
  space_on<macos> space(small_space, code_mapping::flip);
  {
    decltype(space)::draft_type drafts[3] = {space.draft(1), space.draft(20000), space.draft(16)};
    lazyref::strong_ref<function> code[3];
    CHECK(may_write());
    system_on<macos>::flushed = {EFAULT, "scripted"};
    CHECK(space.publish(drafts, 3, code).error() == EFAULT);
    CHECK_FALSE(may_write());
    CHECK(drafts[0].data() == nullptr);
    system_on<macos>::flushed = {};
    REQUIRE(space.publish(drafts, 2, code));
    CHECK(space.draft(0).status().error() == EINVAL);
    CHECK(space.draft(1 << 20).status().error() == EFBIG);
    CHECK_FALSE(may_write());
  }
  CHECK(scripted_macos::calls == call_list{"map", "write", "execute"});
  CHECK(lazyref::detail::this_threads_drafts == 0);
}

TEST_CASE("macOS: each thread has its own right, and a draft that changes threads is an error, not a wrong count") {
  scripted_macos::begin();
  space_on<macos> space(small_space, code_mapping::flip);
  auto draft = space.draft(16);
  REQUIRE(may_write());

  call_list others_calls;
  sync_result elsewhere, again;
  std::thread([&] {
    lazyref::strong_ref<function> code;
    elsewhere = space.publish(draft, code);
    auto own = space.draft(16);
    again = space.publish(own, code);
    others_calls = scripted_macos::calls;
  }).join();
  CHECK(elsewhere.error() == EPERM);
  CHECK(again);
  CHECK(others_calls == call_list{"write", "execute"});
  CHECK(may_write());

  lazyref::strong_ref<function> code;
  CHECK(space.publish(draft, code));
  CHECK_FALSE(may_write());
}
