// SPDX-License-Identifier: BSL-1.0
//
// Memory for code, as the operating system provides it: no page is writable and executable through one address at the
// same time. Two ways: map it twice, once writable and once executable; or map it once and switch its rights. Each
// system has a file of its own: code/memory_linux.hpp, code/memory_windows.hpp, code/memory_macos.hpp.
//
// Protection keys are not offered. Those of x86 cannot deny execution. A thread inherits the rights of its creator (so
// an attacker needs only a thread that may write). Users of such keys report crashes in signal handlers and with
// sanitizers, and no gain (rusty_v8#2054, php-src#20461).
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_HPP

#include <cerrno>
#include <cstddef>

#include "../../code_limits.hpp"
#include "../../result.hpp"
#include "memory_errors.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// A request to the system. Sizes are whole pages.
struct code_place {
  std::size_t bytes = 0;  // of code
  code_mapping mapping = code_mapping::dual;
  std::size_t data = 0;           // of data, beside the executable view
  const void* near_to = nullptr;  // code and data within `distance` bytes of it; null: anywhere
  std::size_t distance = 0;
  bool grows = false;         // only addresses at first, no memory for code: `commit`
  bool huge_pages = false;    // `bytes` and addresses are multiples of 2 MiB
  bool landing_pads = false;  // arm64: PROT_BTI
};

// The first two are equal in code_mapping::flip.
struct code_views {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;
  unsigned char* data = nullptr;  // if requested
  unsigned char* mark = nullptr;  // dual: a page whose first byte is 1 in this process, and 0 in a child of fork
};

inline constexpr std::size_t huge_page = std::size_t{2} << 20;

// For systems without code memory. The functions of each system:
struct no_code_memory {
  static std::size_t page() noexcept { return 4096; }

  // On error nothing stays mapped; `views` is empty. With place.grows no code is usable before `commit`; data is.
  static sync_result map(const code_place&, code_views&) noexcept { return none(); }
  static void release(const code_place&, code_views&) noexcept {}

  // `offset`, `size`: whole pages (huge ones, if requested) of the code. `commit` makes them usable as those of a space
  // that does not grow. `decommit` frees their memory, and removes their rights if the system can. Each is called only
  // for pages that the other has left. On error the pages stay as they were, committed or not. Their contents are
  // unspecified after either call. No two concurrent calls for one place.
  static sync_result commit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept { return none(); }
  static sync_result decommit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept {
    return none();
  }

  // For a child of fork that has not inherited the memory: detects it; and keeps these addresses unmapped.
  static bool is_lost(const code_views&) noexcept { return false; }
  static void keep_free(const code_place&, const code_views&) noexcept {}

  // code_mapping::flip, for committed pages. The last one: for a place with landing pads.
  static sync_result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing_with_landing_pads(void*, std::size_t) noexcept { return {}; }

 private:
  static sync_result none() noexcept {
    return {ENOTSUP,
            "code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): allocate it yourself, and "
            "use instruction_sync.hpp"};
  }
};

#if !defined(__linux__) && !defined(_WIN32) && !defined(__APPLE__)
using os_code_memory = no_code_memory;
#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#if defined(__linux__)
#include "memory_linux.hpp"
#elif defined(_WIN32)
#include "memory_windows.hpp"
#elif defined(__APPLE__)
#include "memory_macos.hpp"
#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_HPP
