// SPDX-License-Identifier: BSL-1.0
//
// The mappings of this process on Linux, as the kernel lists them in /proc/self/maps. It shows which addresses are free, and
// which mappings grow (the heap, the stack). The iteration does not allocate. Other threads may map and unmap meanwhile:
// what it reports can be out of date, and the system decides when an address is used.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MAPPED_RANGES_HPP
#define LAZYREF_DETAIL_CODE_MAPPED_RANGES_HPP

#if defined(__linux__)

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Iterates over the mappings in ascending order. Who may call: one thread.
class mapped_ranges {
 public:
  enum class kind : unsigned char { other, heap, stack };

  mapped_ranges() noexcept : file_((::open)("/proc/self/maps", O_RDONLY | O_CLOEXEC)) {}
  mapped_ranges(const mapped_ranges&) = delete;
  mapped_ranges& operator=(const mapped_ranges&) = delete;
  ~mapped_ranges() {
    if (file_ >= 0) ::close(file_);
  }

  bool is_open() const noexcept { return file_ >= 0; }

  // Returns false after the last line.
  bool next() noexcept {
    begin = end = 0;
    what = kind::other;
    char at = read();
    for (; is_digit(at); at = read()) begin = begin * 16 + value_of(at);
    if (at != '-') return false;
    for (at = read(); is_digit(at); at = read()) end = end * 16 + value_of(at);
    for (char before = ' '; at != '\n' && at != '\0'; before = at, at = read()) {
      if (before == '[' && at == 'h') what = kind::heap;
      if (before == '[' && at == 's') what = kind::stack;
    }
    return begin < end;
  }

  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  kind what = kind::other;

 private:
  static constexpr bool is_digit(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
  static constexpr unsigned value_of(char c) noexcept {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  }

  char read() noexcept {
    if (used_ == filled_) {
      ssize_t got = -1;
      do got = ::read(file_, buffer_, sizeof buffer_);
      while (got < 0 && errno == EINTR);
      if (got <= 0) return '\0';
      used_ = 0;
      filled_ = static_cast<std::size_t>(got);
    }
    return buffer_[used_++];
  }

  int file_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
  char buffer_[1024] = {};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_CODE_MAPPED_RANGES_HPP
