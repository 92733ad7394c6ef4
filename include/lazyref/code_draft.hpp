// SPDX-License-Identifier: BSL-1.0
//
// code_draft<T>: memory of a code_space (code_space.hpp) from when it is asked for until the code in it is published.
#include "config.hpp"

#ifndef LAZYREF_CODE_DRAFT_HPP
#define LAZYREF_CODE_DRAFT_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "code_block.hpp"
#include "detail/code_memory.hpp"
#include "domain_options.hpp"
#include "instruction_sync.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The system that a code_space works on; tests have others.
struct process_code_system : os_code_memory {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return process_code.publish_ranges(n, range_at);
  }
  template <class RangeAt>
  static sync_result flush_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return process_code.flush_ranges(n, range_at);
  }
};

}  // namespace detail

template <class T, class Options = domain_options<>, class System = detail::process_code_system>
class code_space;

// Code that is being written. Move-only; empty after a move, after it was published, and where there was no room. Unless it
// is published, its end destroys the T and frees the memory, and no observer hears of it. The code_space outlives it.
// Who may call: one thread at a time; on macOS always the one that asked for it.
template <class T, class Options = domain_options<>, class System = detail::process_code_system>
class code_draft {
 public:
  // Purpose: empty; or takes the other's, which is empty from then on. What an assignment replaces ends.
  code_draft() noexcept = default;
  code_draft(code_draft&& other) noexcept { swap(other); }
  code_draft& operator=(code_draft&& other) noexcept {
    code_draft taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~code_draft() {
    if (object_ != nullptr) space_->drop(*this);
  }

  // Purpose: exchange drafts.
  void swap(code_draft& other) noexcept {
    std::swap(space_, other.space_);
    std::swap(object_, other.object_);
    std::swap(status_, other.status_);
    std::swap(open_, other.open_);
    std::swap(writable_, other.writable_);
  }

  // Whether it is not empty.
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // Why it is empty, if code_space::draft returned it so.
  sync_result status() const noexcept { return status_; }

  // Where the code is to be written: size() bytes, whose contents are whatever was there before. Null if the draft is
  //   empty, after a publish that failed (but for EINVAL), and in a child of fork that has not inherited the code.
  LAZYREF_DETAIL_NOINLINE unsigned char* data() const noexcept {
    return open_ && !is_lost() ? space_->store_.written_at(object_) : nullptr;
  }
  std::size_t size() const noexcept { return object_ != nullptr ? detail::code_access::size(object_) : 0; }

  // Where the first byte will be executed, for code that depends on it: a number, since there is nothing to call yet.
  std::uintptr_t address() const noexcept {
    return object_ != nullptr && !is_lost() ? reinterpret_cast<std::uintptr_t>(space_->store_.executed_at(object_)) : 0;
  }

  // What code_request::data asked for beside the code: zeroes at first, and at the same address when the block is
  // published (code_block::side_data). Null if none was asked for.
  unsigned char* side_data() const noexcept {
    return object_ != nullptr && !is_lost() ? detail::code_access::data(object_) : nullptr;
  }

  // Gives back what was not needed. Errors: EINVAL: the draft is empty, or not 0 < size <= size(); nothing has changed.
  sync_result shrink(std::size_t size) noexcept {
    if (object_ == nullptr || size == 0 || size > this->size())
      return {EINVAL, "code_draft::shrink: the draft is empty, or the size is 0 or larger than before (EINVAL)"};
    space_->store_.shrink(object_, size);
    return {};
  }

  // The object that the code will belong to. Precondition: not empty.
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }

 private:
  friend class code_space<T, Options, System>;
  using space_type = code_space<T, Options, System>;

  explicit code_draft(sync_result why) noexcept : status_(why) {}
  code_draft(space_type* space, T* object) noexcept : space_(space), object_(object), open_(true), writable_(true) {}

  bool is_lost() const noexcept { return space_->store_.is_lost(); }

  space_type* space_ = nullptr;
  T* object_ = nullptr;
  sync_result status_;
  bool open_ = false;      // data() tells where
  bool writable_ = false;  // flip: its pages are
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_DRAFT_HPP
