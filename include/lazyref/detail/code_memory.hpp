// SPDX-License-Identifier: BSL-1.0
//
// Memory for code, as the operating system gives it: no page of it may be written and executed through one address at
// one time. Two ways: mapped twice, once for each; or once, and switched. What each system does is in a file of its own:
// code_memory_linux.hpp, code_memory_windows.hpp, code_memory_macos.hpp.
//
// Protection keys are not offered: those of x86 cannot deny execution, a thread inherits the rights of the one that
// started it (so an attacker needs only a thread that may write), and those who use them report crashes in signal
// handlers and with sanitizers, and no gain (rusty_v8#2054, php-src#20461).
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_HPP

#include <cerrno>
#include <cstddef>

#include "../code_limits.hpp"
#include "../result.hpp"
#include "code_memory_errors.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// What the system is asked for. Sizes are whole pages.
struct code_place {
  std::size_t bytes = 0;  // of code
  code_mapping mapping = code_mapping::dual;
  std::size_t data = 0;           // of data, beside the view that is executed
  const void* near_to = nullptr;  // code and data within `distance` bytes of it; null: anywhere
  std::size_t distance = 0;
  bool grows = false;         // no memory for code yet, only addresses: `commit`
  bool huge_pages = false;    // `bytes` and addresses are multiples of 2 MiB
  bool landing_pads = false;  // arm64: PROT_BTI
};

// The first two are one in code_mapping::flip.
struct code_views {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;
  unsigned char* data = nullptr;  // where asked for
  unsigned char* mark = nullptr;  // dual: a page whose first byte is 1 here, and 0 in a child of fork
};

inline constexpr std::size_t huge_page = std::size_t{2} << 20;

// For systems that have none. What each system has:
struct no_code_memory {
  static std::size_t page() noexcept { return 4096; }

  // An error leaves nothing mapped, and `views` empty. With place.grows no memory is usable before `commit`; data is.
  static sync_result map(const code_place&, code_views&) noexcept { return none(); }
  static void release(const code_place&, code_views&) noexcept {}

  // `offset`, `size`: whole pages (huge ones, where asked for) of the code. After `commit` they can be used as those of
  // a space that does not grow; after `decommit` they have no memory, and no rights if the system takes them. Each is
  // asked for what the other left. An error changes nothing that matters: not committed stays so; committed stays so.
  // What is in them is unknown after either. No two calls for one place at one time.
  static sync_result commit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept { return none(); }
  static sync_result decommit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept {
    return none();
  }

  // In a child of fork that has not inherited the memory; and then: nothing else is to come to these addresses.
  static bool is_lost(const code_views&) noexcept { return false; }
  static void keep_free(const code_place&, const code_views&) noexcept {}

  // code_mapping::flip, of what is committed. The last: for a place with landing pads.
  static sync_result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing_with_landing_pads(void*, std::size_t) noexcept { return {}; }

 private:
  static sync_result none() noexcept {
    return {ENOTSUP,
            "code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): bring your own, and see "
            "instruction_sync.hpp"};
  }
};

#if !defined(__linux__) && !defined(_WIN32) && !defined(__APPLE__)
using os_code_memory = no_code_memory;
#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#if defined(__linux__)
#include "code_memory_linux.hpp"
#elif defined(_WIN32)
#include "code_memory_windows.hpp"
#elif defined(__APPLE__)
#include "code_memory_macos.hpp"
#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_HPP
