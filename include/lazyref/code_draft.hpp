// SPDX-License-Identifier: BSL-1.0
//
// code_draft<T>: memory of a code_space (code_space.hpp), from the request until the code in it is published.
#include "config.hpp"

#ifndef LAZYREF_CODE_DRAFT_HPP
#define LAZYREF_CODE_DRAFT_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "code_block.hpp"
#include "detail/code/memory.hpp"
#include "domain_options.hpp"
#include "instruction_sync.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The system calls under a code_space; tests replace them.
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

// Code that is being written. Move-only. Empty after a move, after its publication, and if there was no memory. The
// destructor of an unpublished draft destroys the T and frees the memory; no observer is informed. The code_space outlives
// it. Who may call: one thread at a time; on macOS always the thread that called code_space::draft.
template <class T, class Options = domain_options<>, class System = detail::process_code_system>
class code_draft {
 public:
  // Purpose: empty; or takes over `other`, which is then empty. Assignment destroys the draft that it replaces.
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

  // Returns whether it is not empty.
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // Why code_space::draft returned it empty.
  sync_result status() const noexcept { return status_; }

  // Where to write the code: size() bytes, not cleared. Null if the draft is empty, after a failed publish (except with
  //   EINVAL), and in a child of fork that has not inherited the code.
  LAZYREF_DETAIL_NOINLINE unsigned char* data() const noexcept {
    return open_ && !is_lost() ? space_->store_.written_at(object_) : nullptr;
  }
  std::size_t size() const noexcept { return object_ != nullptr ? detail::code_access::size(object_) : 0; }

  // The address of the first byte when it executes, for code that depends on it: a number, because it cannot be called yet.
  std::uintptr_t address() const noexcept {
    return object_ != nullptr && !is_lost() ? reinterpret_cast<std::uintptr_t>(space_->store_.executed_at(object_)) : 0;
  }

  // The data memory that code_request::data asked for: zero at first, and at the same address after the publication
  // (code_block::side_data). Null if none was asked for.
  unsigned char* side_data() const noexcept {
    return object_ != nullptr && !is_lost() ? detail::code_access::data(object_) : nullptr;
  }

  // Returns unneeded memory. Errors: EINVAL: the draft is empty, or not 0 < size <= size(); then nothing has changed.
  sync_result shrink(std::size_t size) noexcept {
    if (object_ == nullptr || size == 0 || size > this->size())
      return {EINVAL,
              "code_draft::shrink: the draft is empty, or the new size is 0 or larger than the old one (EINVAL): pass "
              "1 to size()"};
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
  bool open_ = false;      // data() returns the address
  bool writable_ = false;  // flip: its pages are writable
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_DRAFT_HPP
