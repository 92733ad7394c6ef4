// SPDX-License-Identifier: BSL-1.0
//
// Replaces the allocation functions of the whole program by ones that heap.hpp counts and controls. Include it in one
// source file of the program; not under a sanitizer, which has its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "heap.hpp"

namespace lazyref_test {

inline void* counted_allocation(std::size_t size, std::size_t alignment) noexcept {
  void* memory = nullptr;
  heap.bytes.fetch_add(static_cast<long long>(size), std::memory_order_relaxed);
  if (!heap.count_call()) return memory;
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) {
    memory = std::malloc(size);
  } else if (size <= PTRDIFF_MAX) {
    memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  if (memory == nullptr) ++heap.refused;  // Refused by the system, so there is nothing to free.
  return memory;
}
inline void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Not inlined: otherwise g++ warns that `free` does not match `new`.
[[gnu::__noinline__]] inline void counted_free(void* memory) noexcept {
  if (memory != nullptr) heap.freed.fetch_add(1, std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace lazyref_test

void* operator new(std::size_t n) { return lazyref_test::or_throw(lazyref_test::counted_allocation(n, 1)); }
void* operator new[](std::size_t n) { return lazyref_test::or_throw(lazyref_test::counted_allocation(n, 1)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return lazyref_test::counted_allocation(n, 1); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return lazyref_test::counted_allocation(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) {
  return lazyref_test::or_throw(lazyref_test::counted_allocation(n, static_cast<std::size_t>(a)));
}
void* operator new[](std::size_t n, std::align_val_t a) {
  return lazyref_test::or_throw(lazyref_test::counted_allocation(n, static_cast<std::size_t>(a)));
}
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return lazyref_test::counted_allocation(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return lazyref_test::counted_allocation(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p) noexcept { lazyref_test::counted_free(p); }
void operator delete(void* p, std::size_t) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p, std::size_t) noexcept { lazyref_test::counted_free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { lazyref_test::counted_free(p); }
void operator delete(void* p, std::align_val_t) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { lazyref_test::counted_free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { lazyref_test::counted_free(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { lazyref_test::counted_free(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { lazyref_test::counted_free(p); }
