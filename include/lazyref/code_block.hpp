// SPDX-License-Identifier: BSL-1.0
//
// code_block<T>: the base class of objects that code_space.hpp publishes, as owner<T> is the base of other objects.
//
//   struct function : lazyref::code_block<function> { ... };        // your data beside the code: names, stack maps
//   int y = slot.protect(shared)->as<int(int)>()(x);                // while a slot is on it
#include "config.hpp"

#ifndef LAZYREF_CODE_BLOCK_HPP
#define LAZYREF_CODE_BLOCK_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "owner.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T>
class code_home {
 public:
  virtual void reclaim(T* block) noexcept = 0;

 protected:
  code_home() noexcept = default;
  code_home(const code_home&) = delete;
  code_home& operator=(const code_home&) = delete;
  ~code_home() = default;
};

struct code_access;

}  // namespace detail

// Base of the objects of a code_space<T>: an owner whose content is executable memory. T's destructor runs when no slot is
// on the block any more, before observers are informed and the memory is freed. on_last_user: as in every owner.
template <class T, class Sync = std_sync>
class code_block : public owner<T, Sync> {
 public:
  code_block(const code_block&) = delete;
  code_block& operator=(const code_block&) = delete;

  // Let T default its comparisons. For this base alone: these never compare objects of T.
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, code_block>, bool> operator==(const U&, const U&) noexcept {
    return true;
  }
#if defined(LAZYREF_DETAIL_HAS_COMPARISON)
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, code_block>, std::strong_ordering> operator<=>(
      const U&, const U&) noexcept {
    return std::strong_ordering::equal;
  }
#endif

  // The first byte of the code; null while the block is not published.
  const void* entry() const noexcept { return lazyref_entry_; }
  // Bytes of code.
  std::size_t size() const noexcept { return lazyref_size_; }

  // The data memory that code_request::data asked for: readable and writable, within reach of the code, until T's
  // destructor has run; null if none was asked for. Who may call: any thread that keeps the block; the program orders the
  // accesses. A child of fork that has not inherited the code has not inherited this memory either.
  unsigned char* side_data() const noexcept { return lazyref_data_; }
  std::size_t side_data_size() const noexcept { return lazyref_data_size_; }

  // Returns the function of type Function that begins `offset` bytes after the entry (Arm: +1 for Thumb code).
  //   Precondition: the block is published; until the function has returned, a slot of the caller is on the block, or the
  //   caller has a strong_ref.
  //   (clang's -fsanitize=function and -fsanitize=cfi expect data of their own in front of a function: disable them in the
  //   function that calls this, by the attribute no_sanitize.)
  template <class Function>
  LAZYREF_PER_UNIT Function* as(std::size_t offset = 0) const noexcept {
    static_assert(std::is_function_v<Function>,
                  "code_block::as: the template argument must be the type of a function, as in as<int(int)>()");
    detail::expects(lazyref_entry_ != nullptr,
                    "code_block::as: the block is not published; call code_space::publish first");
    return reinterpret_cast<Function*>(reinterpret_cast<std::uintptr_t>(lazyref_entry_) + offset);
  }

  // The hook of owner.hpp.
  static void dispose(T* block) noexcept {
    detail::code_home<T>* const home = static_cast<code_block*>(block)->lazyref_code_home_;
    if (detail::is_rare(home == nullptr || static_cast<code_block*>(block)->lazyref_entry_ == nullptr))
      detail::call_fatal_hook(
          "code_block: the last user of a block was dropped, but no code_space has published the block; obtain each "
          "strong_ref to a block from code_space::publish");
    home->reclaim(block);
  }

 protected:
  code_block() noexcept = default;
  ~code_block() = default;

 private:
  friend struct detail::code_access;

  detail::code_home<T>* lazyref_code_home_ = nullptr;
  const void* lazyref_entry_ = nullptr;
  std::size_t lazyref_size_ = 0;
  std::size_t lazyref_place_ = 0;  // of its memory, in the space
  unsigned char* lazyref_data_ = nullptr;
  std::size_t lazyref_data_size_ = 0;
};

namespace detail {

// Gives the library access to a code_block.
struct code_access {
  template <class T>
  static auto& block(T* object) noexcept {
    return static_cast<code_block<T, sync_of<T>>&>(*object);
  }
  template <class T>
  static void begin(T* object, code_home<T>* home, std::size_t place, std::size_t size, unsigned char* data,
                    std::size_t data_size) noexcept {
    auto& b = block(object);
    b.lazyref_data_ = data;
    b.lazyref_data_size_ = data_size;
    b.lazyref_code_home_ = home;
    b.lazyref_place_ = place;
    b.lazyref_size_ = size;
  }
  template <class T>
  static void shrink(T* object, std::size_t size) noexcept {
    block(object).lazyref_size_ = size;
  }
  template <class T>
  static void publish(T* object, const void* entry) noexcept {
    block(object).lazyref_entry_ = entry;
  }
  template <class T>
  static bool is_published(T* object) noexcept {
    return block(object).lazyref_entry_ != nullptr;
  }
  template <class T>
  static std::size_t place(T* object) noexcept {
    return block(object).lazyref_place_;
  }
  template <class T>
  static unsigned char* data(T* object) noexcept {
    return block(object).lazyref_data_;
  }
  template <class T>
  static std::size_t data_size(T* object) noexcept {
    return block(object).lazyref_data_size_;
  }
  // Through the base's member: T may have a `size` of its own.
  template <class T>
  static std::size_t size(T* object) noexcept {
    return block(object).lazyref_size_;
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_BLOCK_HPP
