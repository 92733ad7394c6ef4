// SPDX-License-Identifier: BSL-1.0
//
// The memory mappings of this process, and seccomp filters that refuse single system calls.
#pragma once

#if defined(__linux__)

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "fence_child.hpp"

namespace lazyref_test {

inline std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// --- mappings

struct mapping_line {
  std::uintptr_t begin;
  std::uintptr_t end;
  std::string rights;  // "rwxp"
  std::string file;

  bool writable() const { return rights.find('w') != std::string::npos; }
  bool executable() const { return rights.find('x') != std::string::npos; }
};

inline std::vector<mapping_line> read_maps() {
  std::vector<mapping_line> result;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    mapping_line one{};
    char dash = 0;
    std::string offset, device, inode;
    words >> std::hex >> one.begin >> dash >> one.end >> one.rights >> offset >> device >> inode;
    std::getline(words, one.file);
    result.push_back(one);
  }
  return result;
}

// Returns the mappings in [start, start + size) only.
inline std::vector<mapping_line> read_maps(std::uintptr_t start, std::size_t size) {
  std::vector<mapping_line> result;
  for (const mapping_line& one : read_maps()) {
    if (one.begin < start + size && start < one.end) result.push_back(one);
  }
  return result;
}

inline std::string rights_at(std::uintptr_t address) {
  const auto found = read_maps(address, 1);
  return found.empty() ? "none" : found[0].rights.substr(0, 3);
}
inline std::string rights_at(const void* address) { return rights_at(reinterpret_cast<std::uintptr_t>(address)); }

inline bool any_both(std::uintptr_t start, std::size_t size) {
  bool result = false;
  for (const mapping_line& one : read_maps(start, size)) result = result || (one.writable() && one.executable());
  return result;
}

// Mappings of memory that is mapped twice: shared anonymous memory, or a memory file.
inline std::size_t views_of_shared() {
  std::size_t result = 0;
  for (const mapping_line& one : read_maps()) {
    result += one.rights.find('s') != std::string::npos &&
              (one.file.find("lazyref code") != std::string::npos || one.file.find("/dev/zero") != std::string::npos);
  }
  return result;
}

// 0 if the system does not report it.
inline std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * page();
}

// --- system calls that are refused from now on, in this thread and those that it starts

// Refuses a call of `calls` (numbers) if `bits` of its argument number `argument` are set; 0: always.
inline bool refuse(std::initializer_list<long> calls, int error, unsigned argument = 0, unsigned bits = 0) {
  const unsigned low_half = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
  constexpr int load = BPF_LD | BPF_W | BPF_ABS;
  for (const long call : calls) {
    const unsigned char otherwise = bits == 0 ? 0 : 1;
    sock_filter program[] = {
        BPF_STMT(load, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 3),
        BPF_STMT(load, static_cast<unsigned>(offsetof(seccomp_data, args)) + 8 * argument + low_half),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, otherwise),
        BPF_STMT(BPF_RET | BPF_K, answer_errno(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(sizeof program / sizeof *program), program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
      return false;
  }
  return true;
}

#if defined(SYS_mmap2)
inline constexpr std::initializer_list<long> calls_of_mmap{SYS_mmap2};
#else
inline constexpr std::initializer_list<long> calls_of_mmap{SYS_mmap};
#endif
#if defined(SYS_fcntl64)
inline constexpr std::initializer_list<long> calls_of_fcntl{SYS_fcntl64, SYS_fcntl};
#else
inline constexpr std::initializer_list<long> calls_of_fcntl{SYS_fcntl};
#endif
#if defined(SYS_ftruncate64)
inline constexpr std::initializer_list<long> calls_of_ftruncate{SYS_ftruncate64, SYS_ftruncate};
#else
inline constexpr std::initializer_list<long> calls_of_ftruncate{SYS_ftruncate};
#endif

inline const char* no_filters_here() {
  const child_result child = in_child([] {
    if (!refuse({SYS_getppid}, EXDEV)) return child_skips;
    LAZYREF_CHILD_REQUIRE(::syscall(SYS_getppid) == -1 && errno == EXDEV);
    return 0;
  });
  return child.exit_status == 0 ? nullptr : "this host does not let a process install a seccomp filter";
}

#define LAZYREF_NEEDS_FILTERS() \
  if (const char* why = no_filters_here()) LAZYREF_SKIP(why)

}  // namespace lazyref_test

#endif
