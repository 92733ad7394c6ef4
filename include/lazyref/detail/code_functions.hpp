// SPDX-License-Identifier: BSL-1.0
//
// What ready-made observers share: the functions of a block, one after the other; and what could not be told.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_FUNCTIONS_HPP
#define LAZYREF_DETAIL_CODE_FUNCTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <string_view>

#include "../code_observer.hpp"
#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The name of a block that has none: code_ and its number.
class nameless_code {
 public:
  explicit nameless_code(std::uint64_t id) noexcept {
    char digits[20];
    std::size_t n = 0;
    do {
      digits[n++] = static_cast<char>('0' + id % 10);
      id /= 10;
    } while (id != 0);
    while (n > 0) text_[size_++] = digits[--n];
  }
  std::string_view text() const noexcept { return {text_, size_}; }

 private:
  char text_[26] = {'c', 'o', 'd', 'e', '_'};
  std::size_t size_ = 5;
};

// Calls visit(code_symbol) for each function of a block that is published: its symbols, or the block as one.
template <class Visit>
void for_each_function(const code_event& event, Visit&& visit) noexcept {
  const code_description& d = *event.description;
  const nameless_code otherwise(event.id);
  const auto named = [&otherwise](std::string_view name) {
    // It ends where a C string would.
    name = name.substr(0, name.find('\0'));
    return name.empty() ? otherwise.text() : name;
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

// Whether an observer works, and what it has missed. Locked by the observer.
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

// A lock of which another thread may have been the holder when this process was forked off.
inline void make_new(std::mutex& lock) noexcept { ::new (static_cast<void*>(&lock)) std::mutex; }

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_FUNCTIONS_HPP
