// SPDX-License-Identifier: BSL-1.0
//
// Shared by the ready-made observers: the functions of a block, in sequence; and a record of what could not be reported.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_FUNCTIONS_HPP
#define LAZYREF_DETAIL_CODE_FUNCTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <string_view>

#include "../../code_observer.hpp"
#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Formats text and numbers in memory of the caller's, with a terminating zero.
class text_writer {
 public:
  template <std::size_t N>
  explicit text_writer(char (&to)[N]) noexcept : to_(to), most_(N - 1) {
    to[0] = '\0';
  }

  // False if some text did not fit. Such text is omitted.
  explicit operator bool() const noexcept { return whole_; }
  std::string_view text() const noexcept { return {to_, size_}; }

  text_writer& put(std::string_view text) noexcept {
    if (text.size() > most_ - size_) {
      whole_ = false;
      return *this;
    }
    // Not a loop: clang++ 14 compiles one into code that clears the bytes instead of copying them.
    size_ += text.copy(to_ + size_, text.size());
    to_[size_] = '\0';
    return *this;
  }
  text_writer& number(std::uint64_t n, unsigned base = 10) noexcept {
    char digits[20];
    std::size_t at = sizeof digits;
    do {
      digits[--at] = "0123456789abcdef"[n % base];
      n /= base;
    } while (n != 0);
    return put({digits + at, sizeof digits - at});
  }

 private:
  char* const to_;
  const std::size_t most_;
  std::size_t size_ = 0;
  bool whole_ = true;
};

// Calls visit(code_symbol) for each function of a published block: its symbols, or the block as one function.
template <class Visit>
void for_each_function(const code_event& event, Visit&& visit) noexcept {
  const code_description& d = *event.description;
  char number[32];
  const std::string_view otherwise = text_writer(number).put("code_").number(event.id).text();
  const auto named = [otherwise](std::string_view name) {
    // The name ends where a C string would.
    name = name.substr(0, name.find('\0'));
    return name.empty() ? otherwise : name;
  };
  if (d.symbol_count == 0) {
    visit(code_symbol{named(d.name), 0, event.size});
    return;
  }
  for (std::size_t i = 0; i < d.symbol_count; ++i) {
    const code_symbol& one = d.symbols[i];
    if (one.offset < event.size && one.size <= event.size - one.offset)
      visit(code_symbol{named(one.name), one.offset, one.size});
  }
}

// Whether an observer works, and what it has missed. The observer locks it.
struct code_record {
  sync_result status;
  std::size_t missed = 0;
  bool stopped = false;

  void miss(sync_result why, std::size_t n = 1) noexcept {
    missed += n;
    status = why;
  }
  void stop(sync_result why) noexcept {
    stopped = true;
    status = why;
  }
};

// The common part of the ready-made observers.
class recording_observer {
 public:
  // Purpose: reports whether it works, or why it last missed something. Who may call: any thread. Errors: see each class.
  sync_result status() const noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    return record_.status;
  }
  // Purpose: the number of blocks, or functions, that it could not report. Who may call: any thread.
  std::size_t missed() const noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    return record_.missed;
  }

 protected:
  recording_observer() noexcept = default;
  ~recording_observer() = default;

  mutable std::mutex lock_;
  code_record record_;
};

// A lock that another thread may have held when this process was forked.
inline void make_new(std::mutex& lock) noexcept { ::new (static_cast<void*>(&lock)) std::mutex; }

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_FUNCTIONS_HPP
