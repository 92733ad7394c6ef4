// SPDX-License-Identifier: BSL-1.0
//
// An unreadable address, in place of a reclaimed object, so that an access to it is detected even without a sanitizer.
#ifndef LAZYREF_TEST_UNREADABLE_PAGE_HPP
#define LAZYREF_TEST_UNREADABLE_PAGE_HPP

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace lazyref_test {

class unreadable_page {
 public:
  unreadable_page() noexcept : address_(mmap(nullptr, size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~unreadable_page() { munmap(address_, size()); }
  unreadable_page(const unreadable_page&) = delete;
  unreadable_page& operator=(const unreadable_page&) = delete;

  void* address() const noexcept { return address_; }

  // The control: the system cannot read there either, and returns EFAULT.
  bool is_unreadable() const noexcept {
    if (address_ == MAP_FAILED) return false;
    int ends[2];
    if (pipe(ends) != 0) return false;
    const bool failed = write(ends[1], address_, 1) == -1 && errno == EFAULT;
    close(ends[0]);
    close(ends[1]);
    return failed;
  }

 private:
  static std::size_t size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

  void* address_;
};

}  // namespace lazyref_test

#endif
