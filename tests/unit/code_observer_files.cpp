// SPDX-License-Identifier: BSL-1.0
//
// The files that code_jitdump and code_perf_map write: each byte of them; and what may be in their way.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <lazyref/code_observer_jitdump.hpp>
#include <lazyref/code_observer_perf_map.hpp>
#include <lazyref/code_space.hpp>

#include "../support/fence_child.hpp"
#include "../support/folder.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__)

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

using namespace lazyref_test;
using lazyref::code_event;
using lazyref::code_jitdump;
using lazyref::code_perf_map;
using lazyref::code_symbol;

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

void write_file(const std::string& path, const char* text) { std::ofstream(path, std::ios::binary) << text; }

std::string map_path() { return "/tmp/perf-" + std::to_string(::getpid()) + ".map"; }

std::uint64_t monotonic() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000000000u + static_cast<std::uint64_t>(t.tv_nsec);
}

bool says(const lazyref::sync_result& result, const char* word) {
  return std::string(result.what()).find(word) != std::string::npos;
}

template <class U>
U read_at(const std::string& text, std::size_t at) {
  U result{};
  if (at + sizeof result <= text.size()) std::memcpy(&result, text.data() + at, sizeof result);
  return result;
}

struct dump_record {
  std::uint32_t kind;
  std::uint64_t time;
  std::uint32_t process, thread;
  std::uint64_t address, size, index;
  std::string name, code;
};

// Whether it is a whole dump; its records.
bool parse(const std::string& text, std::vector<dump_record>& records) {
  if (text.size() < 40 || read_at<std::uint32_t>(text, 0) != 0x4a695444 || read_at<std::uint32_t>(text, 4) != 1 ||
      read_at<std::uint32_t>(text, 8) != 40 ||
      read_at<std::uint32_t>(text, 20) != static_cast<std::uint32_t>(::getpid()))
    return false;
  for (std::size_t at = 40; at != text.size();) {
    const auto size = read_at<std::uint32_t>(text, at + 4);
    if (size < 16 || size > text.size() - at) return false;
    dump_record one{};
    one.kind = read_at<std::uint32_t>(text, at);
    one.time = read_at<std::uint64_t>(text, at + 8);
    if (one.kind == 0) {
      one.process = read_at<std::uint32_t>(text, at + 16);
      one.thread = read_at<std::uint32_t>(text, at + 20);
      one.address = read_at<std::uint64_t>(text, at + 24);
      if (read_at<std::uint64_t>(text, at + 32) != one.address) return false;
      one.size = read_at<std::uint64_t>(text, at + 40);
      one.index = read_at<std::uint64_t>(text, at + 48);
      one.name = text.c_str() + at + 56;
      const std::size_t start = 56 + one.name.size() + 1;
      if (start + one.size != size) return false;
      one.code = text.substr(at + start, static_cast<std::size_t>(one.size));
    } else if (size != 16) {
      return false;
    }
    records.push_back(one);
    at += size;
  }
  return true;
}

// A block as code_space would tell of it.
struct told_block {
  std::vector<unsigned char> bytes;
  lazyref::code_description description;
  std::uintptr_t address = 0x10000;
  std::uint64_t id = 1;

  template <class Observer>
  void* tell(Observer& observer) const {
    return observer.code_published(
        {id, reinterpret_cast<const void*>(address), bytes.data(), bytes.size(), &description});
  }
};

told_block block_named(const char* name, std::size_t size, unsigned char fill) {
  told_block result;
  result.bytes.assign(size, fill);
  result.description.name = name;
  return result;
}

bool is_mapped_executable(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(path) != std::string::npos && line.find(" r-xp ") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

// --- jitdump

TEST_CASE("jitdump: a record for each function, with its time, its number, its name and its bytes", "[code]") {
  const folder where;
  const std::uint64_t before = monotonic();
  {
    code_jitdump dump(where.path());
    REQUIRE(dump.status());
    CHECK(std::string(dump.path()) == where.dump());
    // perf finds it by this, and it is there before the first code.
    CHECK(is_mapped_executable(where.dump()));
    struct stat found;
    REQUIRE(::stat(dump.path(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);

    block_named("first", 16, 1).tell(dump);
    told_block two = block_named("", 32, 2);
    const code_symbol symbols[] = {
        {"a", 0, 8}, {std::string_view("with\0end", 8), 8, 8}, {"beyond", 30, 3}, {"", 24, 8}};
    two.description.symbols = symbols;
    two.description.symbol_count = 4;
    two.id = 77;
    two.tell(dump);
    block_named("again", 4, 3).tell(dump);  // at the address of the first
    CHECK(dump.missed() == 0);
  }
  CHECK_FALSE(is_mapped_executable(where.dump()));
  std::vector<dump_record> records;
  const std::string text = contents(where.dump());
  REQUIRE(parse(text, records));
  REQUIRE(records.size() == 6);
  const char* const names[] = {"first", "a", "with", "code_77", "again"};
  const std::size_t sizes[] = {16, 8, 8, 8, 4};
  const std::uintptr_t offsets[] = {0, 0, 8, 24, 0};
  const char fills[] = {1, 2, 2, 2, 3};
  std::uint64_t last = before;
  for (std::size_t i = 0; i < 5; ++i) {
    INFO(i);
    const dump_record& one = records[i];
    CHECK(one.kind == 0);
    CHECK(one.name == names[i]);
    CHECK(one.address == 0x10000 + offsets[i]);
    CHECK(one.code == std::string(sizes[i], fills[i]));
    CHECK(one.index == i);
    CHECK(one.process == static_cast<std::uint32_t>(::getpid()));
    CHECK(one.thread == static_cast<std::uint32_t>(::getpid()));
    CHECK(one.time >= last);
    last = one.time;
  }
  CHECK(records[5].kind == 3);
  CHECK(monotonic() >= records[5].time);
  // The control: half a record is none.
  records.clear();
  CHECK_FALSE(parse(text.substr(0, text.size() - 20), records));
}

TEST_CASE("jitdump: the directory is the one given, that of JITDUMPDIR, or the current one", "[code]") {
  const folder where;
  const child_result child = in_child([&] {
    LAZYREF_CHILD_REQUIRE(::setenv("JITDUMPDIR", where.path(), 1) == 0);
    const std::string mine = where.dump();
    {
      const code_jitdump dump;
      LAZYREF_CHILD_REQUIRE(dump.status());
      LAZYREF_CHILD_REQUIRE(mine == dump.path());
    }
    ::unlink(mine.c_str());
    LAZYREF_CHILD_REQUIRE(::unsetenv("JITDUMPDIR") == 0 && ::chdir(where.path()) == 0);
    const code_jitdump dump;
    LAZYREF_CHILD_REQUIRE(dump.status());
    LAZYREF_CHILD_REQUIRE(contents(mine).size() == 40);
    ::unlink(mine.c_str());
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("jitdump: what is in the place of the file is left alone, and said", "[code]") {
  const folder where;
  const auto fails = [&](int error) {
    errno = 0;
    code_jitdump dump(where.path());
    const auto result = dump.status();
    CHECK(result.error() == error);
    CHECK(says(result, "code_jitdump: "));
    CHECK(errno == 0);
    block_named("lost", 8, 1).tell(dump);
    CHECK(dump.missed() == 1);
  };
  write_file(where.other(), "precious");
  SECTION("a symbolic link") {
    REQUIRE(::symlink(where.other().c_str(), where.dump().c_str()) == 0);
    fails(ELOOP);
  }
  SECTION("another name of a file") {
    REQUIRE(::link(where.other().c_str(), where.dump().c_str()) == 0);
    fails(EPERM);
  }
  SECTION("a queue") {
    REQUIRE(::mkfifo(where.dump().c_str(), 0600) == 0);
    fails(EPERM);
  }
  SECTION("somebody else's file") {
    write_file(where.dump(), "precious");
    if (::chown(where.dump().c_str(), 12345, 12345) == 0) {
      fails(EPERM);
      CHECK(contents(where.dump()) == "precious");
    } else {
      SUCCEED("only root can give a file away");
    }
  }
  SECTION("another observer's") {
    const code_jitdump first(where.path());
    REQUIRE(first.status());
    fails(EBUSY);
    CHECK(contents(where.dump()).size() == 40);
  }
  CHECK(contents(where.other()) == "precious");
}

TEST_CASE("jitdump: a file that a process of this number left behind is written anew", "[code]") {
  const folder where;
  write_file(where.dump(), "left behind, and longer than a head of forty bytes is");
  {
    const code_jitdump dump(where.path());
    REQUIRE(dump.status());
  }
  std::vector<dump_record> records;
  CHECK(parse(contents(where.dump()), records));
}

TEST_CASE("jitdump: no directory", "[code]") {
  const code_jitdump dump("/tmp/lazyref-test-that-is-not-there");
  CHECK(dump.status().error() == ENOENT);
  CHECK(says(dump.status(), "create it"));
  const code_jitdump longer((std::string(600, 'x')).c_str());
  CHECK(longer.status().error() == ENAMETOOLONG);
}

TEST_CASE("jitdump: a limit of the file's size ends no process, and no record is halved", "[code]") {
  const folder where;
  const child_result child = in_child([&] {
    const rlimit small_files{200, 200};
    const std::string mine = where.dump();
    {
      code_jitdump dump(where.path());
      LAZYREF_CHILD_REQUIRE(dump.status());
      LAZYREF_CHILD_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small_files) == 0);
      block_named("fits", 16, 1).tell(dump);
      LAZYREF_CHILD_REQUIRE(dump.status() && dump.missed() == 0);
      block_named("does not", 100, 2).tell(dump);
      LAZYREF_CHILD_REQUIRE(dump.status().error() == EFBIG && dump.missed() == 1);
      LAZYREF_CHILD_REQUIRE(says(dump.status(), "RLIMIT_FSIZE"));
      block_named("short", 1, 3).tell(dump);
      LAZYREF_CHILD_REQUIRE(dump.missed() == 1);
    }
    std::vector<dump_record> records;
    const bool whole = parse(contents(mine), records);
    ::unlink(mine.c_str());
    LAZYREF_CHILD_REQUIRE(whole && records.size() >= 2);
    LAZYREF_CHILD_REQUIRE(records[0].name == "fits" && records[1].name == "short");
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("jitdump: a disk that is full takes whole records or none, and goes on when there is room", "[code]") {
  const folder where;
  const child_result child = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", where.path(), "tmpfs", 0, "size=64k") != 0)
      return child_skips;
    std::vector<dump_record> records;
    const std::string mine = where.dump();
    {
      code_jitdump dump(where.path());
      LAZYREF_CHILD_REQUIRE(dump.status());
      const std::string filler(24 << 10, 'x');
      write_file(where.other(), filler.c_str());
      int written = 0;
      // The last one begins in a page that is there, and ends where there is none: a short write.
      while (dump.missed() == 0 && written < 100) written += (block_named("block", 3000, 1).tell(dump), 1);
      LAZYREF_CHILD_REQUIRE(dump.missed() == 1 && dump.status().error() == ENOSPC);
      LAZYREF_CHILD_REQUIRE(parse(contents(mine), records));
      LAZYREF_CHILD_REQUIRE(records.size() == static_cast<std::size_t>(written) - 1);
      ::unlink(where.other().c_str());
      block_named("later", 3000, 1).tell(dump);
      LAZYREF_CHILD_REQUIRE(dump.missed() == 1);
    }
    records.clear();
    LAZYREF_CHILD_REQUIRE(parse(contents(mine), records));
    LAZYREF_CHILD_REQUIRE(records.size() > 2 && records[records.size() - 2].name == "later");
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this process may not mount a small file system");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("jitdump: a child of fork stops, says so, and leaves its parent's file alone", "[code]") {
  const folder where;
  {
    code_jitdump dump(where.path());
    REQUIRE(dump.status());
    const std::string mine = where.dump();
    const child_result child = in_child([&] {
      dump.after_fork_in_child(true);
      LAZYREF_CHILD_REQUIRE(dump.status().error() == ECHILD);
      LAZYREF_CHILD_REQUIRE(!is_mapped_executable(mine));
      block_named("child's", 8, 1).tell(dump);
      LAZYREF_CHILD_REQUIRE(dump.missed() == 1);
      return 0;
    });
    INFO(child.err);
    CHECK(child.exit_status == 0);
    CHECK(is_mapped_executable(mine));
    block_named("parent's", 8, 1).tell(dump);
    CHECK(dump.missed() == 0);
  }
  std::vector<dump_record> records;
  REQUIRE(parse(contents(where.dump()), records));
  REQUIRE(records.size() == 2);
  CHECK(records[0].name == "parent's");
}

TEST_CASE("jitdump: a child that does not say that it is one closes no file of its parent's", "[code]") {
  const folder where;
  std::size_t before = 0;
  {
    auto* const dump = new code_jitdump(where.path());
    before = contents(where.dump()).size();
    const child_result child = in_child([&] {
      delete dump;
      return 0;
    });
    CHECK(child.exit_status == 0);
    CHECK(contents(where.dump()).size() == before);
    delete dump;
  }
  CHECK(contents(where.dump()).size() == before + 16);
}

TEST_CASE("jitdump: memory that is used again has a record for each of its blocks", "[code]") {
  struct named : lazyref::code_block<named> {
    explicit named(const char* text) noexcept : name(text) {}
    void describe_code(lazyref::code_description& d) const noexcept { d.name = name; }
    const char* name;
  };
  const folder where;
  const void* entries[2] = {};
  {
    code_jitdump dump(where.path());
    lazyref::code_space<named> space({1, 1, 1}, {&dump}, lazyref::code_mapping::dual,
                                     lazyref::code_synchronisation::each_executor);
    if (!space) LAZYREF_SKIP(space.status().what());
    for (int i = 0; i < 2; ++i) {
      auto draft = space.draft(64, i == 0 ? "before" : "after");
      REQUIRE(draft);
      std::memset(draft.data(), i, 64);
      lazyref::strong_ref<named> code;
      REQUIRE(space.publish(draft, code));
      entries[i] = code->entry();
    }
  }
  CHECK(entries[0] == entries[1]);
  std::vector<dump_record> records;
  REQUIRE(parse(contents(where.dump()), records));
  REQUIRE(records.size() == 3);
  CHECK(records[0].name == "before");
  CHECK(records[1].name == "after");
  CHECK(records[0].address == records[1].address);
  CHECK(records[0].time < records[1].time);
  CHECK(records[1].code == std::string(64, '\1'));
}

// --- perf map

TEST_CASE("perf map: a line for each function, behind the warning; names without blanks", "[code]") {
  ::unlink(map_path().c_str());
  {
    code_perf_map map;
    REQUIRE(map.status());
    CHECK(map.path() == map_path());
    block_named("plain", 16, 1).tell(map);
    told_block two = block_named("", 32, 2);
    const code_symbol symbols[] = {{"two words", 0, 8}, {"a\nline\t\x7f", 8, 8}, {"caf\xc3\xa9", 16, 4}};
    two.description.symbols = symbols;
    two.description.symbol_count = 3;
    two.tell(map);
    told_block three = block_named("", 1, 1);
    const std::string longest(1000, 'n');
    three.description.name = longest;
    three.tell(map);
    CHECK(map.missed() == 0);
  }
  std::istringstream text(contents(map_path()));
  ::unlink(map_path().c_str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0].find("0 0 lazyref:") == 0);
  CHECK(lines[0].find("used_again") != std::string::npos);
  CHECK(lines[1] == "10000 10 plain");
  CHECK(lines[2] == "10000 8 two_words");
  CHECK(lines[3] == "10008 8 a_line__");
  CHECK(lines[4] == "10010 4 caf\xc3\xa9");
  CHECK(lines[5] == "10000 1 " + std::string(400, 'n'));
}

TEST_CASE("perf map: links and other files in its place are left alone; one of two; a child stops", "[code]") {
  const folder where;
  write_file(where.other(), "precious");
  ::unlink(map_path().c_str());
  REQUIRE(::symlink(where.other().c_str(), map_path().c_str()) == 0);
  {
    code_perf_map map;
    CHECK(map.status().error() == ELOOP);
    CHECK(says(map.status(), "code_perf_map: "));
    block_named("lost", 8, 1).tell(map);
    CHECK(map.missed() == 1);
  }
  ::unlink(map_path().c_str());
  CHECK(contents(where.other()) == "precious");
  {
    code_perf_map map;
    REQUIRE(map.status());
    CHECK(code_perf_map().status().error() == EBUSY);
    const std::size_t size = contents(map_path()).size();
    const child_result child = in_child([&] {
      map.after_fork_in_child(true);
      LAZYREF_CHILD_REQUIRE(map.status().error() == ECHILD);
      block_named("child's", 8, 1).tell(map);
      LAZYREF_CHILD_REQUIRE(map.missed() == 1);
      return 0;
    });
    INFO(child.err);
    CHECK(child.exit_status == 0);
    CHECK(contents(map_path()).size() == size);
    block_named("parent's", 8, 1).tell(map);
    CHECK(contents(map_path()).size() > size);
  }
  ::unlink(map_path().c_str());
}

#endif
