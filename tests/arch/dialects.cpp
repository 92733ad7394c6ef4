// SPDX-License-Identifier: BSL-1.0
//
// What check.py compiles in both dialects of the assembler (-masm): all assembly of x86, and what programs call.
#include <lazyref/arch/rseq_watch.hpp>
#include <lazyref/arch/x86.hpp>
#include <lazyref/instruction_sync.hpp>
#include <lazyref/per_cpu.hpp>

namespace arch = lazyref::arch;

extern "C" {

int flush(const void* write, const void* execute, std::size_t size) { return arch::flush_code(write, execute, size); }
int sync_core() { return arch::sync_core(); }

#if defined(LAZYREF_DETAIL_HAS_THREAD_POINTER)
const void* thread_pointer() { return arch::thread_pointer(); }
#endif

#if defined(LAZYREF_DETAIL_HAS_RSEQ)
std::uint32_t read_rseq(std::ptrdiff_t offset) { return arch::read_rseq(offset); }
int store_if_null(std::ptrdiff_t area, std::ptrdiff_t index_at, std::uint32_t index, void* word, void* value) {
  return arch::store_if_null(area, index_at, index, word, value);
}
void* store_if_null_here(std::ptrdiff_t area, std::ptrdiff_t index_at, std::size_t end, void* first, std::size_t stride,
                         void* value) {
  return arch::store_if_null_here(area, index_at, end, first, stride, value);
}
arch::watched watch(std::ptrdiff_t area, const void* word, std::size_t turns) { return arch::watch(area, word, turns); }
#endif

}  // extern "C"

struct object : lazyref::owner<object> {};

object* claim(lazyref::per_cpu_domain<object>& domain, const lazyref::strong_ref<object>& reference) {
  return domain.claim(reference).get();
}
void this_thread() { lazyref::sync_core_this_thread(); }
