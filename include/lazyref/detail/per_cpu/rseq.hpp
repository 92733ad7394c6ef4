// SPDX-License-Identifier: BSL-1.0
//
// Restartable sequences, as registered by glibc (2.35 and later). lazyref never registers: a process has one rseq area
// per thread, and two registrants break each other. Where none is registered, and where the kernel is known not to
// restart sequences (rseq_kernel.hpp), callers use compare-and-swap. Of the area, only rseq_cs is written.
//
// Sources: rseq(2); the GNU C Library manual, "Restartable Sequences"; Linux, include/uapi/linux/rseq.h: cpu_id at 4,
// rseq_cs at 8, mm_cid at 24.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_PER_CPU_RSEQ_HPP
#define LAZYREF_DETAIL_PER_CPU_RSEQ_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../base/atomics.hpp"
#include "rseq_kernel.hpp"

// An installed lazyref is one tree; in the repository, and vendored, arch/ is beside include/.
#if defined(__linux__) && defined(__x86_64__)
#if __has_include("../../arch/x86_rseq.hpp")
#include "../../arch/x86_rseq.hpp"
#else
#include "../../../../arch/lazyref/arch/x86_rseq.hpp"
#endif
#elif defined(__linux__) && defined(__aarch64__)
#if __has_include("../../arch/arm64.hpp")
#include "../../arch/arm64.hpp"
#else
#include "../../../../arch/lazyref/arch/arm64.hpp"
#endif
#endif

#ifdef LAZYREF_DETAIL_HAS_RSEQ
#include <sys/auxv.h>
#if defined(__aarch64__)
#include <sys/utsname.h>
#endif

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)
#include <sys/rseq.h>
#else
// As declared by glibc's <sys/rseq.h>. Weak for C libraries that may lack them. Not weak for others, as some linkers
// resolve a weak reference into the dynamic linker to null.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreserved-identifier"  // the C library's names
#endif
extern "C" {
LAZYREF_DETAIL_WEAK extern const std::ptrdiff_t __rseq_offset;
LAZYREF_DETAIL_WEAK extern const unsigned int __rseq_size;
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
#endif
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct rseq {
  using support = rseq_support;

  enum class outcome : unsigned char { stored, occupied, interrupted };

#ifdef LAZYREF_DETAIL_HAS_RSEQ

  static support probe() noexcept {
#if defined(__SANITIZE_THREAD__)
    return {false, cpu_index::cpu, "ThreadSanitizer does not see the memory accesses of a restartable sequence", 0, 0};
#else
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
    return {false, cpu_index::cpu, "ThreadSanitizer does not see the memory accesses of a restartable sequence", 0, 0};
#endif
#endif
#if !defined(__GLIBC__) || (__GLIBC__ == 2 && __GLIBC_MINOR__ < 35)
    if (&__rseq_offset == nullptr || &__rseq_size == nullptr)
      return {false, cpu_index::cpu, "the C library does not export rseq (glibc does from 2.35 on)", 0, 0};
#endif
    constexpr unsigned long feature_size = 27;  // AT_RSEQ_FEATURE_SIZE
    return detail::decide_rseq(__rseq_size, ::getauxval(feature_size), __rseq_offset, fault());
#endif
  }

  // The index of the calling thread now; larger than any valid index where its rseq is not registered.
  static unsigned index(const support& how) noexcept {
    // Without a registration cpu_id is negative, hence large; the concurrency id does not show it.
    const std::uint32_t index = arch::read_rseq(how.index_at);
    if (how.index_by == cpu_index::cpu) return index;
    return static_cast<std::int32_t>(arch::read_rseq(how.area + rseq_cpu_id)) < 0 ? ~0U : index;
  }

  // Stores `value` in `word` if that is null, unless the thread is interrupted, or is not at `index`. The instructions
  // provide the orders: `look` acquire, `set` release.
  template <class T>
  static outcome store_if_null(const support& how, unsigned index, std_atomics::atomic<T*>& word, T* value,
                               std::memory_order, std::memory_order) noexcept {
    static_assert(sizeof(word) == sizeof(T*) && std_atomics::atomic<T*>::is_always_lock_free);
    return static_cast<outcome>(
        arch::store_if_null(how.area, how.index_at, index, std::addressof(word), rseq::plain(value)));
  }

  // The same for the `lazy` word of first[index * stride], whatever the thread's index is. Returns that slot, or null
  // if nothing was stored: the word was not null, the thread was interrupted, or its index is not less than `end`.
  template <class Slot, class T>
  static Slot* store_if_null_here(const support& how, Slot* first, std::size_t stride, std::size_t end, T* value,
                                  std::memory_order, std::memory_order) noexcept {
    static_assert(offsetof(Slot, lazy) == 0 && sizeof(first->lazy) == sizeof(T*));
    return static_cast<Slot*>(
        arch::store_if_null_here(how.area, how.index_at, end, first, stride * sizeof(Slot), plain(value)));
  }

 private:
  // The known defect of the running kernel, or null.
  static const char* fault() noexcept {
#if defined(__aarch64__)
    struct utsname name;
    return detail::rseq_fault((::uname)(&name) == 0 ? name.release : nullptr, true);
#else
    return nullptr;
#endif
  }

  static void* plain(const volatile void* value) noexcept { return const_cast<void*>(value); }

#else

  static support probe() noexcept {
    return {false, cpu_index::cpu, "lazyref has no restartable claim for this system", 0, 0};
  }
  static unsigned index(const support&) noexcept { return ~0U; }
  template <class T>
  static outcome store_if_null(const support&, unsigned, std_atomics::atomic<T*>&, T*, std::memory_order,
                               std::memory_order) noexcept {
    return outcome::occupied;
  }
  template <class Slot, class T>
  static Slot* store_if_null_here(const support&, Slot*, std::size_t, std::size_t, T*, std::memory_order,
                                  std::memory_order) noexcept {
    return nullptr;
  }

#endif
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_PER_CPU_RSEQ_HPP
