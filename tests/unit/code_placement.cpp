// SPDX-License-Identifier: BSL-1.0
//
// Memory for code on Linux: where the views are, close to what, what is beside them, and what growth takes and gives
// back. tests/unit/code_space_process.cpp has the rights, fork, and what the system refuses.
#include <lazyref/code_space.hpp>

#include "../support/code_process.hpp"
#include "../support/emulated.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__)

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::sync_result;
using lazyref::detail::code_place;
using lazyref::detail::code_views;

namespace {

using system_memory = lazyref::detail::os_code_memory;

constexpr code_mapping both[] = {code_mapping::dual, code_mapping::flip};
constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t all_addresses = ~std::size_t{0};

const char* to_string(code_mapping mapping) { return mapping == code_mapping::dual ? "dual" : "flip"; }
std::uintptr_t number(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }
const void* pointer(std::uintptr_t at) { return reinterpret_cast<const void*>(at); }

code_place place_of(std::size_t bytes, code_mapping mapping) {
  code_place result;
  result.bytes = bytes;
  result.mapping = mapping;
  return result;
}

code_place close_to(const void* to, std::size_t distance, std::size_t bytes, code_mapping mapping) {
  code_place result = place_of(bytes, mapping);
  result.near_to = to;
  result.distance = distance;
  return result;
}

// Memory that is given back.
struct mapped {
  code_place place;
  code_views views;
  sync_result result;

  explicit mapped(const code_place& p) : place(p), result(system_memory::map(p, views)) {}
  mapped(const mapped&) = delete;
  mapped& operator=(const mapped&) = delete;
  ~mapped() { system_memory::release(place, views); }

  sync_result commit(std::size_t offset, std::size_t size) { return system_memory::commit(place, views, offset, size); }
  sync_result decommit(std::size_t offset, std::size_t size) {
    return system_memory::decommit(place, views, offset, size);
  }
};

bool is_no_room(const sync_result& result) {
  return result.error() == ENOMEM && std::strstr(result.what(), "within `distance` bytes of `near_to`") != nullptr;
}

// All of code and data.
bool is_within(const mapped& m, std::uintptr_t to, std::size_t distance) {
  const std::uintptr_t begin = number(m.views.execute);
  const std::uintptr_t end = m.place.data != 0 ? number(m.views.data) + m.place.data : begin + m.place.bytes;
  return (begin >= to || to - begin <= distance) && (end <= to || end - to <= distance);
}

// Bytes that this process has of a kind of memory; 0 where the system does not tell.
std::size_t resident(const char* kind) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == std::string(kind) + ":" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

#define LAZYREF_NEEDS_PLACE(place)                                                       \
  if (const mapped trial(place); !trial.result) {                                        \
    LAZYREF_SKIP((std::string("this host refuses it: ") + trial.result.what()).c_str()); \
  }

// --- two views

TEST_CASE("the distance between the two views is another one in each space, and neither is beside the other",
          "[code]") {
  if (sizeof(void*) < 8) LAZYREF_SKIP("a 32-bit process has too few addresses for that");
  if (emulated) LAZYREF_SKIP("an emulator puts memory where it likes");
  LAZYREF_NEEDS_PLACE(place_of(page(), code_mapping::dual));
  constexpr std::size_t n = 64;
  std::set<std::uintptr_t> distances;
  std::size_t adjacent = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const mapped m(place_of(page(), code_mapping::dual));
    REQUIRE(m.result);
    const std::uintptr_t write = number(m.views.write);
    const std::uintptr_t execute = number(m.views.execute);
    distances.insert(write - execute);
    adjacent += (write < execute ? execute - write : write - execute) <= 4 * page();
  }
  CHECK(distances.size() >= n - 1);
  CHECK(adjacent == 0);

  // Control: two mappings, one after the other, where the system puts them.
  std::set<std::uintptr_t> systems;
  for (std::size_t i = 0; i < n; ++i) {
    void* const one = ::mmap(nullptr, page(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void* const other = ::mmap(nullptr, page(), PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE((one != MAP_FAILED && other != MAP_FAILED));
    systems.insert(number(one) - number(other));
    ::munmap(one, page());
    ::munmap(other, page());
  }
  CHECK(systems.size() <= 4);
}

TEST_CASE("before, between and behind code, data and the view to write are pages that may not be touched", "[code]") {
  for (const code_mapping mapping : both) {
    INFO(to_string(mapping));
    code_place place = place_of(2 * page(), mapping);
    place.data = page();
    LAZYREF_NEEDS_PLACE(place);
    const mapped m(place);
    REQUIRE(m.result);
    const bool dual = mapping == code_mapping::dual;
    CHECK((m.views.write == m.views.execute) == !dual);
    CHECK(m.views.data == m.views.execute + 3 * page());
    CHECK(rights_at(m.views.data) == "rw-");
    CHECK(rights_at(m.views.execute) == "r-x");
    CHECK(rights_at(m.views.write) == (dual ? "rw-" : "r-x"));
    for (unsigned char* const guard : {m.views.execute - page(), m.views.execute + 2 * page(), m.views.data + page(),
                                       m.views.write - page(), m.views.write + 2 * page()}) {
      CHECK(rights_at(guard) == "---");
      const child_result touched = in_child([guard] {
        *const_cast<volatile unsigned char*>(guard) = 1;
        return 0;
      });
      // In the child of a space that is mapped twice nothing is there.
      CHECK(touched.signal == SIGSEGV);
    }
    m.views.data[0] = 7;
    m.views.data[page() - 1] = 7;
    const child_result not_executable = in_child([&] {
      if (dual) return child_skips;
      if (m.views.data[0] != 7) return 1;  // inherited
      void (*run)() = nullptr;
      std::memcpy(&run, &m.views.data, sizeof run);
      run();
      return 0;
    });
    CHECK((dual || not_executable.signal == SIGSEGV));
    if (emulated && dual) {
      skip("what a child of fork inherits, mapped twice: qemu-user ignores MADV_DONTFORK");
      continue;
    }
    const child_result inherited = in_child([&] { return rights_at(m.views.data) == (dual ? "none" : "rw-") ? 0 : 1; });
    CHECK(inherited.exit_status == 0);
  }
}

TEST_CASE("what is released is gone, with all that was reserved around it", "[code]") {
  for (const code_mapping mapping : both) {
    for (const bool grows : {false, true}) {
      code_place place = place_of(4 * page(), mapping);
      place.data = page();
      place.grows = grows;
      LAZYREF_NEEDS_PLACE(place);
      code_views views;
      REQUIRE(system_memory::map(place, views));
      const code_views were = views;
      system_memory::release(place, views);
      CHECK(views.write == nullptr);
      CHECK(read_maps(number(were.execute) - page(), 8 * page()).empty());
      CHECK(read_maps(number(were.write) - page(), 6 * page()).empty());
    }
  }
}

// --- close to something

TEST_CASE("code and data close to the program, both ways round", "[code]") {
  static int here = 0;
  for (const code_mapping mapping : both) {
    INFO(to_string(mapping));
    LAZYREF_NEEDS_PLACE(place_of(page(), mapping));
    std::set<std::uintptr_t> places;
    for (int i = 0; i < 8; ++i) {
      code_place place = close_to(&here, std::size_t{1} << 30, 16 * page(), mapping);
      place.data = page();
      const mapped m(place);
      INFO(m.result.what());
      REQUIRE(m.result);
      CHECK(is_within(m, number(&here), place.distance));
      places.insert(number(m.views.execute));
    }
    CHECK((places.size() >= 7 || emulated || sizeof(void*) < 8));  // one of many, at random
  }
}

TEST_CASE("the one hole that is there is found, and one page less is no room", "[code]") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer has its own idea of addresses");
  const std::size_t window = 64 * mebibyte;
  void* const block = ::mmap(nullptr, 2 * window, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(block != MAP_FAILED);
  unsigned char* const middle = static_cast<unsigned char*>(block) + window;
  for (const code_mapping mapping : both) {
    INFO(to_string(mapping));
    LAZYREF_NEEDS_PLACE(place_of(page(), mapping));
    code_place place = close_to(middle, window / 2, 4 * page(), mapping);
    place.data = 2 * page();
    const std::size_t needed = 4 * page() + page() + 2 * page() + 2 * page();
    for (const std::ptrdiff_t offset :
         {-static_cast<std::ptrdiff_t>(window / 4), static_cast<std::ptrdiff_t>(window / 4)}) {
      CHECK(is_no_room(mapped(place).result));
      unsigned char* const hole = middle + offset;
      ::munmap(hole, needed - page());
      CHECK(is_no_room(mapped(place).result));
      ::munmap(hole + needed - page(), page());
      {
        const mapped m(place);
        INFO(m.result.what());
        REQUIRE(m.result);
        CHECK(m.views.execute == hole + page());
        // It is taken now.
        CHECK(is_no_room(mapped(place).result));
      }
      CHECK(mapped(place).result);
      place.distance = window / 4 - 2 * page();  // the hole is further away
      CHECK(is_no_room(mapped(place).result));
      place.distance = window / 2;
      REQUIRE(::mmap(hole, needed, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == hole);
    }
  }
  ::munmap(block, 2 * window);
}

TEST_CASE("threads that look for places at one time all find one, and none that another one has", "[code]") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer has its own idea of addresses");
  LAZYREF_NEEDS_PLACE(place_of(page(), code_mapping::flip));
  constexpr std::size_t threads = 4, holes = 8;
  const std::size_t window = 64 * mebibyte;
  void* const block = ::mmap(nullptr, 2 * window, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(block != MAP_FAILED);
  unsigned char* const middle = static_cast<unsigned char*>(block) + window;
  code_place place = close_to(middle, window / 2, page(), code_mapping::flip);
  place.data = page();
  const std::size_t needed = 5 * page();
  for (std::size_t i = 0; i < holes; ++i) ::munmap(middle + i * mebibyte, needed);
  std::atomic<int> failures{0}, taken_twice{0};
  std::vector<std::thread> all;
  for (std::size_t t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const mapped m(place);
        if (!m.result) {
          ++failures;
          continue;
        }
        volatile unsigned char* const mine = m.views.data;
        taken_twice += mine[0] != 0;
        mine[0] = static_cast<unsigned char>(t + 1);
        std::this_thread::yield();
        taken_twice += mine[0] != t + 1;
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  CHECK(failures <= (emulated ? 2 : 0));  // An emulator's list of mappings changes under its reader.
  CHECK(taken_twice == 0);
  for (std::size_t i = 0; i < holes; ++i) CHECK(read_maps(number(middle) + i * mebibyte, needed).empty());
  ::munmap(block, 2 * window);
}

TEST_CASE("distances and addresses at the ends: no overflow, a place or a typed error", "[code]") {
  static int here = 0;
  for (const code_mapping mapping : both) {
    INFO(to_string(mapping));
    LAZYREF_NEEDS_PLACE(place_of(page(), mapping));
    for (const std::size_t distance : {std::size_t{0}, std::size_t{1}, page()})
      CHECK(is_no_room(mapped(close_to(&here, distance, 2 * page(), mapping)).result));
    for (const std::uintptr_t at : {std::uintptr_t{1}, number(&here), ~std::uintptr_t{0}, ~std::uintptr_t{0} / 2}) {
      const mapped m(close_to(pointer(at), all_addresses, page(), mapping));
      INFO(at << ": " << m.result.what());
      CHECK(m.result);
    }
    CHECK(is_no_room(mapped(close_to(pointer(1), page(), page(), mapping)).result));
    if (sizeof(void*) == 8)
      CHECK(is_no_room(mapped(close_to(pointer(~std::uintptr_t{0}), mebibyte, page(), mapping)).result));
    CHECK(mapped(close_to(&here, all_addresses, all_addresses / 3 / page() * page(), mapping)).result.error() ==
          ENOMEM);
  }
}

TEST_CASE("where nobody tells what is mapped, or there are no random numbers, a place is found all the same",
          "[code]") {
  LAZYREF_NEEDS_FILTERS();
#if defined(SYS_openat) && defined(SYS_getrandom)
  static int here = 0;
  for (const code_mapping mapping : both) {
    LAZYREF_NEEDS_PLACE(place_of(page(), mapping));
    for (const int without : {1, 2, 3}) {
      const child_result child = in_child([=] {
        LAZYREF_CHILD_REQUIRE((without & 1) == 0 || refuse({SYS_openat}, EACCES));
        LAZYREF_CHILD_REQUIRE((without & 2) == 0 || refuse({SYS_getrandom}, ENOSYS));
        const mapped m(close_to(&here, std::size_t{1} << 30, 16 * page(), mapping));
        LAZYREF_CHILD_REQUIRE(m.result);
        LAZYREF_CHILD_REQUIRE(is_within(m, number(&here), m.place.distance));
        const mapped elsewhere(place_of(page(), mapping));
        LAZYREF_CHILD_REQUIRE(elsewhere.result);
        const mapped none(close_to(&here, page(), 16 * page(), mapping));
        LAZYREF_CHILD_REQUIRE(is_no_room(none.result));
        // All is taken around an address, but for a few pages at the end.
        const std::size_t distance = 32 * mebibyte, hole = 128 * page();
        void* const block =
            ::mmap(nullptr, 3 * distance, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        LAZYREF_CHILD_REQUIRE(block != MAP_FAILED);
        unsigned char* const middle = static_cast<unsigned char*>(block) + distance;
        ::munmap(middle + distance - hole, hole);
        const mapped late(close_to(middle, distance, 16 * page(), mapping));
        LAZYREF_CHILD_REQUIRE(late.result);
        LAZYREF_CHILD_REQUIRE(is_within(late, number(middle), distance));
        return 0;
      });
      INFO(to_string(mapping) << ", " << without << ": " << child.err);
      CHECK(child.exit_status == 0);
    }
  }
#endif
}

TEST_CASE("a program that has just begun, position-independent or not, calls directly from its code", "[code]") {
#if defined(LAZYREF_PLACEMENT_PROBE) && defined(LAZYREF_PLACEMENT_PROBE_NO_PIE)
  for (const char* const program : {LAZYREF_PLACEMENT_PROBE, LAZYREF_PLACEMENT_PROBE_NO_PIE}) {
    for (const char* const target : {"executable", "libc"}) {
      for (const char* const mapping : {"dual", "flip"}) {
        for (int i = 0; i < 5; ++i) {
          const child_result child = in_child([=] {
            ::execl(program, program, target, mapping, static_cast<char*>(nullptr));
            return child_failed(__LINE__, program);
          });
          if (child.exit_status == child_skips) LAZYREF_SKIP("no direct calls are written for this architecture");
          INFO(program << ' ' << target << ' ' << mapping << ": " << child.err);
          REQUIRE(child.exit_status == 0);
        }
      }
    }
  }
#else
  LAZYREF_SKIP("this build does not define LAZYREF_PLACEMENT_PROBE, the path of the program to execute");
#endif
}

// --- growth

TEST_CASE("growth: addresses first; memory comes with a chunk and goes with it", "[code]") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("a sanitizer's own memory hides what is counted");
  for (const code_mapping mapping : both) {
    INFO(to_string(mapping));
    code_place place = place_of(64 * mebibyte, mapping);
    place.grows = true;
    place.data = page();
    LAZYREF_NEEDS_PLACE(place);
    const bool dual = mapping == code_mapping::dual;
    if (emulated && dual) {
      skip("growth, mapped twice: qemu-user ignores MADV_REMOVE and MADV_DONTFORK");
      continue;
    }
    const char* const kind = dual ? "RssShmem" : "RssAnon";
    constexpr std::size_t chunk = 16 * mebibyte, from = 8 * mebibyte;
    // Linux counts what is resident for each thread or CPU by itself, and adds up some dozens of pages at a time: less
    // than a mebibyte of pages of 4 KiB; of pages of 64 KiB (powerpc) more.
    const std::size_t uncounted = std::max(mebibyte, 128 * page());
    mapped m(place);
    REQUIRE(m.result);
    unsigned char* const write = m.views.write;
    unsigned char* const execute = m.views.execute;
    CHECK(rights_at(m.views.data) == "rw-");
    for (const unsigned char* const at : {write, execute, write + from, execute + from}) CHECK(rights_at(at) == "---");

    for (int round = 0; round < 2; ++round) {
      const std::size_t before = resident(kind);
      REQUIRE(m.commit(from, chunk));
      CHECK(rights_at(write + from) == (dual ? "rw-" : "r-x"));
      CHECK(rights_at(execute + from) == "r-x");
      for (const std::size_t outside : {from - page(), from + chunk}) {
        CHECK(rights_at(write + outside) == "---");
        CHECK(rights_at(execute + outside) == "---");
      }
      if (!dual) REQUIRE(system_memory::begin_to_write(write + from, chunk));
      CHECK(std::count(write + from, write + from + chunk, 0) == static_cast<std::ptrdiff_t>(chunk));
      std::memset(write + from, 0x5a, chunk);
      if (!dual) REQUIRE(system_memory::end_writing(write + from, chunk));
      CHECK(execute[from + chunk - 1] == 0x5a);
      const std::size_t full = resident(kind);
      REQUIRE(m.decommit(from, chunk));
      const std::size_t after = resident(kind);
      CHECK(rights_at(write + from) == "---");
      CHECK(rights_at(execute + from) == "---");
      if (before == 0 && full == 0) LAZYREF_SKIP("this system does not tell how much memory is resident");
      CHECK(full >= before + chunk - uncounted);
      CHECK(after + chunk - uncounted <= full);
    }
    if (dual) {
      REQUIRE(m.commit(0, page()));
      const child_result child = in_child([=] {
        return rights_at(write) == "none" && rights_at(execute) == "none" && rights_at(execute + from) == "none" ? 0
                                                                                                                 : 1;
      });
      CHECK(child.exit_status == 0);
    }
  }
}

TEST_CASE("a chunk of which one view is refused is not there in the other either", "[code]") {
  LAZYREF_NEEDS_FILTERS();
  for (const code_mapping mapping : both) {
    code_place place = place_of(8 * page(), mapping);
    place.grows = true;
    LAZYREF_NEEDS_PLACE(place);
    const child_result child = in_child([&] {
      mapped m(place);
      LAZYREF_CHILD_REQUIRE(m.result);
      LAZYREF_CHILD_REQUIRE(m.commit(4 * page(), page()));
      LAZYREF_CHILD_REQUIRE(refuse({SYS_mprotect}, ENOMEM, 2, PROT_EXEC));
      errno = E2BIG;
      const sync_result result = m.commit(0, 2 * page());
      LAZYREF_CHILD_REQUIRE(errno == E2BIG);
      LAZYREF_CHILD_REQUIRE(result.error() == ENOMEM);
      LAZYREF_CHILD_REQUIRE(std::strstr(result.what(), "chunk") != nullptr);
      LAZYREF_CHILD_REQUIRE(rights_at(m.views.write) == "---");
      LAZYREF_CHILD_REQUIRE(rights_at(m.views.execute) == "---");
      // What was there stays.
      LAZYREF_CHILD_REQUIRE(rights_at(m.views.execute + 4 * page()) == "r-x");
      return 0;
    });
    INFO(to_string(mapping) << ": " << child.err);
    CHECK(child.exit_status == 0);
    const child_result kept = in_child([&] {
      mapped m(place);
      LAZYREF_CHILD_REQUIRE(m.commit(0, page()));
      LAZYREF_CHILD_REQUIRE(refuse({SYS_madvise}, EINVAL));
      const sync_result result = m.decommit(0, page());
      LAZYREF_CHILD_REQUIRE(result.error() == EINVAL);
      LAZYREF_CHILD_REQUIRE(rights_at(m.views.execute) == "r-x");
      return 0;
    });
    INFO(kept.err);
    CHECK(kept.exit_status == 0);
  }
}

TEST_CASE("PR_SET_MDWE refuses growth when the memory is mapped, in a sentence that names it", "[code]") {
  constexpr int set_mdwe = 65;
  constexpr unsigned long refuse_exec_gain = 1;
  for (const code_mapping mapping : both) {
    const child_result child = in_child([mapping] {
      if (::prctl(set_mdwe, refuse_exec_gain, 0UL, 0UL, 0UL) != 0) return child_skips;
      code_place place = place_of(4 * page(), mapping);
      LAZYREF_CHILD_REQUIRE(bool(mapped(place).result) == (mapping == code_mapping::dual));
      place.grows = true;
      const mapped m(place);
      LAZYREF_CHILD_REQUIRE(m.result.error() == EACCES);
      LAZYREF_CHILD_REQUIRE(std::strstr(m.result.what(), "PR_SET_MDWE forbids flip and growth") != nullptr);
      LAZYREF_CHILD_REQUIRE(m.views.write == nullptr && views_of_shared() == 0);
      return 0;
    });
    if (child.exit_status == child_skips) LAZYREF_SKIP("this kernel has no PR_SET_MDWE (Linux 6.3)");
    INFO(to_string(mapping) << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
}

// --- pages

TEST_CASE("huge pages: both views begin at one and are made of whole ones", "[code]") {
  using lazyref::detail::huge_page;
  static int here = 0;
  for (const code_mapping mapping : both) {
    for (const bool close : {false, true}) {
      code_place place =
          close ? close_to(&here, std::size_t{1} << 30, 2 * huge_page, mapping) : place_of(2 * huge_page, mapping);
      place.huge_pages = true;
      place.data = page();
      LAZYREF_NEEDS_PLACE(place);
      const mapped m(place);
      INFO(to_string(mapping) << ", " << close << ": " << m.result.what());
      REQUIRE(m.result);
      CHECK(number(m.views.execute) % huge_page == 0);
      CHECK(number(m.views.write) % huge_page == 0);
      CHECK(rights_at(m.views.execute - page()) == "---");
      CHECK(rights_at(m.views.write + 2 * huge_page) == "---");
      CHECK((!close || is_within(m, number(&here), place.distance)));
    }
  }
  // A space rounds its size up to them.
  struct function : lazyref::code_block<function> {};
  lazyref::code_space_limits limits{page(), 1, 1};
  CHECK(lazyref::code_space<function>(limits).bytes() == page());
  limits.huge_pages = true;
  CHECK(lazyref::code_space<function>(limits).bytes() == huge_page);
}

TEST_CASE("sizes that cannot be rounded up are typed errors", "[code]") {
  struct function : lazyref::code_block<function> {};
  for (const bool huge : {false, true}) {
    lazyref::code_space_limits limits{page(), 1, 1};
    limits.huge_pages = huge;
    limits.data = all_addresses - 1;
    const lazyref::code_space<function> data(limits);
    CHECK(data.status().error() == EINVAL);
    CHECK(std::strstr(data.status().what(), "data") != nullptr);
    limits.data = 0;
    limits.bytes = all_addresses - 1;
    CHECK(lazyref::code_space<function>(limits).status().error() == EINVAL);
    limits.bytes = page();
    limits.data = all_addresses / 2;
    CHECK(lazyref::code_space<function>(limits).status().error() == ENOMEM);
  }
}

TEST_CASE("landing pads: an indirect branch arrives at one, or the program ends", "[code]") {
#if defined(__aarch64__)
  constexpr unsigned long hwcap2_bti = 1UL << 17;
  if ((::getauxval(AT_HWCAP2) & hwcap2_bti) == 0) LAZYREF_SKIP("this processor knows no BTI");
  constexpr std::uint32_t pad = 0xd503245f, nothing = 0xd503201f, ret = 0xd65f03c0;  // bti c; nop; ret
  for (const code_mapping mapping : both) {
    for (const bool guarded : {false, true}) {
      for (const std::uint32_t first : {pad, nothing}) {
        const child_result child = in_child([=] {
          std::signal(SIGILL, SIG_DFL);
          code_place place = place_of(page(), mapping);
          place.landing_pads = guarded;
          const mapped m(place);
          LAZYREF_CHILD_REQUIRE(m.result);
          const std::uint32_t code[] = {first, ret};
          if (mapping == code_mapping::flip)
            LAZYREF_CHILD_REQUIRE(system_memory::begin_to_write(m.views.write, page()));
          std::memcpy(m.views.write, code, sizeof code);
          if (mapping == code_mapping::flip)
            LAZYREF_CHILD_REQUIRE(guarded ? system_memory::end_writing_with_landing_pads(m.views.write, page())
                                          : system_memory::end_writing(m.views.write, page()));
          LAZYREF_CHILD_REQUIRE(lazyref::flush_code_range(m.views.write, m.views.execute, sizeof code));
          lazyref::sync_core_this_thread();
          const void* const entry = m.views.execute;
          void (*run)() = nullptr;
          std::memcpy(&run, &entry, sizeof run);
          run();
          return 0;
        });
        INFO(to_string(mapping) << ", asked for: " << guarded << ", begins with one: " << (first == pad) << child.err);
        if (guarded && first != pad)
          CHECK(child.signal == SIGILL);
        else
          CHECK(child.exit_status == 0);
      }
    }
  }
#else
  LAZYREF_SKIP("landing pads are for arm64");
#endif
}

#endif
