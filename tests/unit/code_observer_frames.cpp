// SPDX-License-Identifier: BSL-1.0
//
// What code_gdb puts into GDB's list, and the unwind tables that code_unwind registers or refuses. That GDB and the C++
// runtime understand them is seen in tests/observers.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <lazyref/code_observer_gdb.hpp>
#include <lazyref/code_observer_unwind.hpp>
#include <lazyref/code_space.hpp>

#include <unistd.h>

#include "../support/fence_child.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__)

using namespace lazyref_test;
using lazyref::code_gdb;
using lazyref::code_symbol;
using lazyref::code_unwind;

namespace {

struct told_block {
  std::vector<unsigned char> bytes = std::vector<unsigned char>(64, 0x90);
  lazyref::code_description description;
  std::uintptr_t address = 0x10000;
  std::uint64_t id = 1;

  lazyref::code_event event() const {
    return {id, reinterpret_cast<const void*>(address), bytes.data(), bytes.size(), &description};
  }
};

// The list as GDB walks it: how many there are, or -1 if its links do not fit.
int length_of_list() {
  const lazyref::detail::gdb_list& list = lazyref::detail::lazyref_gdb_list;
  const lazyref::detail::gdb_entry* before = nullptr;
  int n = 0;
  for (const lazyref::detail::gdb_entry* one = list.first; one != nullptr; one = one->next, ++n) {
    if (one->previous != before) return -1;
    before = one;
  }
  return n;
}

// Section names, and the addresses and sizes of symbols.
struct elf_contents {
  std::map<std::string, lazyref::detail::elf_section> sections;
  std::map<std::string, std::pair<std::uintptr_t, std::uintptr_t>> symbols;
  bool right = false;
};

elf_contents read_elf(const unsigned char* file, std::size_t size) {
  using namespace lazyref::detail;
  elf_contents result;
  elf_head head;
  if (size < sizeof head) return result;
  std::memcpy(&head, file, sizeof head);
  if (std::memcmp(head.identity, "\x7f\x45LF", 4) != 0 || head.identity[4] != (sizeof(void*) == 8 ? 2 : 1) ||
      head.machine != elf_machine || head.section_size != sizeof(elf_section))
    return result;
  std::vector<elf_section> sections(head.section_count);
  if (head.sections + sections.size() * sizeof(elf_section) > size) return result;
  std::memcpy(sections.data(), file + head.sections, sections.size() * sizeof(elf_section));
  for (const elf_section& s : sections) {
    if (s.type != 8 && s.offset + s.size > size) return result;
  }
  const char* const names = reinterpret_cast<const char*>(file) + sections[head.names].offset;
  for (const elf_section& s : sections) result.sections[names + s.name] = s;
  const elf_section& table = result.sections[".symtab"];
  const char* const strings = reinterpret_cast<const char*>(file) + sections[table.link].offset;
  for (std::size_t at = 0; at < table.size; at += table.entry_size) {
    elf_symbol one;
    std::memcpy(&one, file + table.offset + at, sizeof one);
    if (one.name != 0) result.symbols[strings + one.name] = {one.value, one.size};
  }
  result.right = true;
  return result;
}

elf_contents last_told() {
  const lazyref::detail::gdb_entry* const one = lazyref::detail::lazyref_gdb_list.first;
  return one == nullptr ? elf_contents{} : read_elf(one->file, static_cast<std::size_t>(one->size));
}

// Tables of one function, as a linker writes them: its rules do not matter here.
std::vector<unsigned char> tables_for(std::uintptr_t address, bool with_end) {
  std::vector<unsigned char> result(256);
  told_block block;
  block.address = address;
  block.description.frame_pointer = true;
  lazyref::detail::byte_writer w(result.data());
  lazyref::detail::write_frames(w, block.event());
  result.resize(w.size() - (with_end ? 0 : 4));
  return result;
}

}  // namespace

// --- GDB

TEST_CASE("gdb: a block is in the list while it is there, as a file that names its functions", "[code]") {
  REQUIRE(length_of_list() == 0);
  code_gdb one, another;
  REQUIRE(one.status());
  told_block block;
  const code_symbol symbols[] = {{"first", 0, 16}, {"second", 16, 48}, {"beyond", 60, 5}};
  block.description.symbols = symbols;
  block.description.symbol_count = 3;
  void* const kept = one.code_published(block.event());
  REQUIRE(kept != nullptr);
  CHECK(length_of_list() == 1);
  elf_contents file = last_told();
  REQUIRE(file.right);
  CHECK(file.symbols.size() == 2);
  CHECK(file.symbols["first"] == std::make_pair(block.address, std::uintptr_t{16}));
  CHECK(file.symbols["second"] == std::make_pair(block.address + 16, std::uintptr_t{48}));
  CHECK(file.sections[".text"].address == block.address);
  CHECK(file.sections[".text"].size == 64);
  CHECK(file.sections[".eh_frame"].size == 0);

  // Tables that are supplied keep their address, which they may be relative to.
  told_block named;
  named.address = 0x20000;
  named.description.name = "alone";
  const std::vector<unsigned char> tables = tables_for(named.address, true);
  named.description.eh_frame = tables.data();
  named.description.eh_frame_size = tables.size();
  void* const kept_too = another.code_published(named.event());
  CHECK(length_of_list() == 2);
  file = last_told();
  REQUIRE(file.right);
  CHECK(file.symbols.count("alone") == 1);
  CHECK(file.sections[".eh_frame"].address == reinterpret_cast<std::uintptr_t>(tables.data()));
  REQUIRE(file.sections[".eh_frame"].size == tables.size());
  CHECK(std::memcmp(lazyref::detail::lazyref_gdb_list.first->file + file.sections[".eh_frame"].offset, tables.data(),
                    tables.size()) == 0);

  one.code_reclaimed(block.event(), kept);
  CHECK(length_of_list() == 1);
  another.code_reclaimed(named.event(), kept_too);
  CHECK(length_of_list() == 0);
  CHECK(one.missed() + another.missed() == 0);
}

TEST_CASE("gdb: several observers and threads keep one list", "[code]") {
  code_gdb observers[2];
  int wrong[4] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      told_block block;
      block.address += static_cast<std::uintptr_t>(i) * 64;
      for (int n = 0; n < 200; ++n) {
        void* const kept[] = {observers[i % 2].code_published(block.event()),
                              observers[0].code_published(block.event())};
        wrong[i] += kept[0] == nullptr || kept[1] == nullptr;
        observers[i % 2].code_reclaimed(block.event(), kept[0]);
        observers[0].code_reclaimed(block.event(), kept[1]);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong[0] + wrong[1] + wrong[2] + wrong[3] == 0);
  CHECK(length_of_list() == 0);
}

TEST_CASE("gdb: a child of fork has in its list what it has inherited", "[code]") {
  struct plain : lazyref::code_block<plain> {};
  code_gdb debugger;
  constexpr auto each = lazyref::code_synchronisation::each_executor;
  lazyref::code_space<plain> dual({1, 2, 1}, {&debugger}, lazyref::code_mapping::dual, each);
  lazyref::code_space<plain> flip({1, 2, 1}, {&debugger}, lazyref::code_mapping::flip, each);
  if (!dual) LAZYREF_SKIP(dual.status().what());
  if (!flip) LAZYREF_SKIP(flip.status().what());
  lazyref::strong_ref<plain> one, two;
  auto draft = dual.draft(16);
  REQUIRE(dual.publish(draft, one));
  draft = flip.draft(16);
  REQUIRE(flip.publish(draft, two));
  REQUIRE(length_of_list() == 2);
  const auto* const inherited = lazyref::detail::lazyref_gdb_list.first;
  const child_result child = in_child([&] {
    // As if another thread had been in the midst of it.
    lazyref::detail::gdb_list_lock.lock();
    lazyref::detail::lazyref_gdb_list.first->next->previous = nullptr;
    dual.after_fork_in_child();
    LAZYREF_CHILD_REQUIRE(length_of_list() == 1);
    LAZYREF_CHILD_REQUIRE(lazyref::detail::lazyref_gdb_list.first == inherited);
    flip.after_fork_in_child();
    LAZYREF_CHILD_REQUIRE(length_of_list() == 1);
    one.reset();
    two.reset();
    flip.tell_observers();
    dual.tell_observers();
    LAZYREF_CHILD_REQUIRE(length_of_list() == 0);
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
  CHECK(length_of_list() == 2);
}

#if defined(__ELF__)
extern "C" struct lazyref_test_jit_list lazyref_test_other_list __asm__("__jit_debug_descriptor");

TEST_CASE("gdb: there is one list with that of another JIT, which defines it", "[code]") {
  // Not known to the compiler, which takes them for two.
  const volatile void* const volatile other = &lazyref_test_other_list;
  const volatile void* const volatile ours = &lazyref::detail::lazyref_gdb_list;
  CHECK(other == ours);
}
#endif

// --- unwind tables

TEST_CASE("unwind: tables without an end, or that are damaged, are refused and counted", "[code]") {
  code_unwind unwinder;
  if (!unwinder.status()) LAZYREF_SKIP(unwinder.status().what());
  told_block block;
  const auto tell = [&](const std::vector<unsigned char>& tables) {
    block.description.eh_frame = tables.data();
    block.description.eh_frame_size = tables.size();
    return unwinder.code_published(block.event());
  };
  std::vector<unsigned char> tables = tables_for(block.address, true);
  void* const kept = tell(tables);
  CHECK(kept != nullptr);
  CHECK(unwinder.missed() == 0);
  unwinder.code_reclaimed(block.event(), kept);

  CHECK(tell(tables_for(block.address, false)) == nullptr);
  CHECK(unwinder.missed() == 1);
  CHECK(unwinder.status().error() == EINVAL);
  CHECK(std::string(unwinder.status().what()).find("code_unwind: ") == 0);
  std::vector<unsigned char> damaged = tables;
  damaged[1] = 0x10;  // a length beyond the end
  CHECK(tell(damaged) == nullptr);
  CHECK(unwinder.missed() == 2);
  CHECK(tell(std::vector<unsigned char>(3)) == nullptr);
  CHECK(unwinder.missed() == 3);
}

TEST_CASE("unwind: code that describes no frames is not registered, nor missed", "[code]") {
  code_unwind unwinder;
  told_block block;
  CHECK(unwinder.code_published(block.event()) == nullptr);
  CHECK(unwinder.missed() == 0);
  unwinder.code_reclaimed(block.event(), nullptr);
}

TEST_CASE("unwind: tables without a function are not registered, nor missed", "[code]") {
  code_unwind unwinder;
  if (!unwinder.status()) LAZYREF_SKIP(unwinder.status().what());
  told_block block;
  const code_symbol behind[] = {{"not in the block", 64, 16}};
  block.description.frame_pointer = true;
  block.description.symbols = behind;
  block.description.symbol_count = 1;
  if (lazyref::detail::native_frames::known) {
    CHECK(unwinder.code_published(block.event()) == nullptr);
    CHECK(unwinder.missed() == 0);
  }
  const std::vector<unsigned char> end(4, 0);
  block.description = {};
  block.description.eh_frame = end.data();
  block.description.eh_frame_size = end.size();
  CHECK(unwinder.code_published(block.event()) == nullptr);
  CHECK(unwinder.missed() == 0);
}

namespace {

struct with_tables : lazyref::code_block<with_tables> {
  std::size_t tables_size = 0;
  void describe_code(lazyref::code_description& d) const noexcept {
    if (tables_size == 0) {
      d.frame_pointer = true;
      return;
    }
    d.eh_frame = side_data();
    d.eh_frame_size = tables_size;
  }
};

}  // namespace

TEST_CASE("unwind: a child of fork does not touch tables that it has not inherited", "[code]") {
  code_unwind unwinder;
  if (!unwinder.status()) LAZYREF_SKIP(unwinder.status().what());
  for (const lazyref::code_mapping mapping : {lazyref::code_mapping::dual, lazyref::code_mapping::flip}) {
    lazyref::code_space_limits limits{1, 2, 1};
    limits.data = 4096;
    constexpr auto each = lazyref::code_synchronisation::each_executor;
    lazyref::code_space<with_tables> space(limits, {&unwinder}, mapping, each);
    if (!space) LAZYREF_SKIP(space.status().what());
    auto draft = space.draft(lazyref::code_request{64, 0, 512});
    const std::vector<unsigned char> tables = tables_for(draft.address(), true);
    REQUIRE(tables.size() <= 512);
    std::memcpy(draft.side_data(), tables.data(), tables.size());
    draft->tables_size = tables.size();
    lazyref::strong_ref<with_tables> code;
    REQUIRE(space.publish(draft, code));
    REQUIRE(unwinder.missed() == 0);
    const bool is_dual = mapping == lazyref::code_mapping::dual;
    const child_result child = in_child([&] {
      space.after_fork_in_child();
      code.reset();
      space.tell_observers();
      LAZYREF_CHILD_REQUIRE(unwinder.missed() == (is_dual ? 1U : 0U));
      LAZYREF_CHILD_REQUIRE(!is_dual || unwinder.status().error() == EDEADLK);
      return 0;
    });
    INFO((mapping == lazyref::code_mapping::dual ? "dual" : "flip")
         << ", signal " << child.signal << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("unwind: a fork in the midst of a registration leaves a child that goes on", "[code]") {
  code_unwind unwinder;
  if (!unwinder.status()) LAZYREF_SKIP(unwinder.status().what());
  if (!lazyref::detail::native_frames::known) LAZYREF_SKIP("cannot generate unwind tables for this architecture");
  std::atomic<bool> stop{false};
  told_block block;
  block.description.frame_pointer = true;
  std::thread publishes([&] {
    told_block mine = block;
    mine.address += 64;
    while (!stop) unwinder.code_reclaimed(mine.event(), unwinder.code_published(mine.event()));
  });
  int stuck = 0, ended = 0;
  for (int i = 0; i < 60; ++i) {
    const child_result child = in_child([&] {
      ::alarm(20);
      unwinder.after_fork_in_child(true);
      const bool is_stuck = unwinder.status().error() == EDEADLK;
      void* const kept = unwinder.code_published(block.event());
      unwinder.code_reclaimed(block.event(), kept);
      return is_stuck && kept == nullptr ? 10 : 0;
    });
    stuck += child.exit_status == 10;
    ended += child.exit_status == 10 || child.exit_status == 0;
  }
  stop = true;
  publishes.join();
  CHECK(ended == 60);
  if (stuck == 0) LAZYREF_SKIP("no fork met a registration: that part was not seen here");
}

TEST_CASE("frames: one description for each function, and an end; what is usual at its start is seen", "[code]") {
  using lazyref::detail::byte_writer;
  using lazyref::detail::native_frames;
  if (!native_frames::known) LAZYREF_SKIP("cannot generate unwind tables for this architecture");
  told_block block;
  const code_symbol symbols[] = {{"a", 0, 16}, {"none", 16, 0}, {"b", 16, 48}};
  block.description.symbols = symbols;
  block.description.symbol_count = 3;
  byte_writer count;
  lazyref::detail::write_frames(count, block.event());
  std::vector<unsigned char> tables(count.size(), 0xff);
  byte_writer writer(tables.data());
  lazyref::detail::write_frames(writer, block.event());
  CHECK(writer.size() == count.size());
  std::vector<std::uintptr_t> starts;
  CHECK(lazyref::detail::for_each_frame(tables.data(), tables.size(), [&](const unsigned char* at) {
    std::uintptr_t start = 0;
    std::memcpy(&start, at + 8, sizeof start);
    starts.push_back(start);
  }));
  CHECK(starts == std::vector<std::uintptr_t>{block.address, block.address + 16});
  // A word more or less at the end, and it is none.
  CHECK_FALSE(lazyref::detail::for_each_frame(tables.data(), tables.size() - 4, [](auto*) {}));

#if defined(__x86_64__)
  const auto rules = [](std::vector<unsigned char> code) {
    std::vector<unsigned char> result(32);
    byte_writer w(result.data());
    native_frames::in_function(w, code.data(), code.size());
    result.resize(w.size());
    return result;
  };
  using bytes = std::vector<unsigned char>;
  CHECK(rules({0x55, 0x48, 0x89, 0xe5}) == bytes{0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6});
  CHECK(rules({0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5}) == bytes{0x45, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6});
  CHECK(rules({0x90, 0x90}) == bytes{0x0e, 16, 0x86, 2, 0x0d, 6});
  CHECK(rules({}) == bytes{0x0e, 16, 0x86, 2, 0x0d, 6});
#endif
}

#endif
