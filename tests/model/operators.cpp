// SPDX-License-Identifier: BSL-1.0
//
// Global new and delete: code under test allocates from its execution, everything else from malloc.
#include <cstdlib>
#include <new>

#include "engine.hpp"

namespace {

void* allocate(std::size_t size, std::size_t align) noexcept {
  if (model::machine.inside()) return model::machine.allocate(size, align);
  return align <= alignof(std::max_align_t) ? std::malloc(size)
                                            : std::aligned_alloc(align, (size + align - 1) / align * align);
}

void* or_abort(void* p) noexcept {
  if (p == nullptr) std::abort();
  return p;
}

void release(void* p) noexcept {
  if (p == nullptr) return;
  if (model::machine.owns(p)) {
    model::machine.free(p);
  } else {
    std::free(p);
  }
}

constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t n) { return or_abort(allocate(n, usual)); }
void* operator new[](std::size_t n) { return or_abort(allocate(n, usual)); }
void* operator new(std::size_t n, std::align_val_t a) { return or_abort(allocate(n, static_cast<std::size_t>(a))); }
void* operator new[](std::size_t n, std::align_val_t a) { return or_abort(allocate(n, static_cast<std::size_t>(a))); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}

void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }
