// SPDX-License-Identifier: BSL-1.0
//
// x86-64 and i386: the instruction stream, and the thread pointer. x86_rseq.hpp has the restartable sequences.
//
// Instruction stream. Instruction fetch is coherent with stores, so there is nothing to flush. Only non-temporal stores
// need a fence; the flush is that fence, for writers that do not know how their bytes were copied. A core may still hold
// prefetched older bytes, certainly so if the new ones were written through another address: before a core runs code that
// another core has written, it must execute a serialising instruction. Three can be used here. SERIALIZE does nothing else.
// IRET to the next instruction does not exit a virtual machine, but must not be executed under user shadow stacks, which do
// not contain the frame that it pops. CPUID is always available, and exits a virtual machine (microseconds). The kernel's
// interrupt for SYNC_CORE ends in IRET, or it serialises explicitly.
//
// QEMU's full-system emulation before 9.1 kills a program that executes IRET under a kernel that uses SMAP (QEMU's fault,
// fixed in its commit 0bd385e7e3c3). So if CPUID says that QEMU emulates the processor (TCG), CPUID is used. This is
// determined once, together with the other CPUID results, and costs no branch. With -cpu ...,tcg-cpuid=off QEMU does not
// say so: then use -cpu ...,-smap, or QEMU 9.1.
//
// Sources: Intel SDM volume 3A, 9.1.3 "Handling Self- and Cross-Modifying Code", 9.3 "Serializing Instructions"; AMD64 APM
// volume 2, 7.6.1; Linux, arch/x86/include/asm/sync_core.h; membarrier(2): SYNC_CORE since 4.16; RDSSP is a no-op where
// there is no shadow stack (Intel SDM volume 2; on i386 from the Pentium Pro on, which excludes the Geode and the Quark).
//
// The thread pointer is at %fs:0, on i386 at %gs:0 (System V ABI).
//
// The assembly is written for both dialects, {AT&T|Intel}: the user chooses the compiler's (-masm). No label consists of 0
// and 1 only, because an assembler may take it for a binary number.
//
// Run on: x86-64 hardware: IRET and CPUID. SERIALIZE and i386: compiled and disassembled. Under shadow stacks:
// never. Microsoft's compiler: not even compiled.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_X86_HPP
#define LAZYREF_ARCH_X86_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/base/atomics.hpp"
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/base/atomics.hpp"
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <intrin.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

enum class x86_serializer : unsigned char { serialize, iret, cpuid };

// `leaf7_edx`: of CPUID(7, 0); 0 if the processor has no such leaf. `bars_iret`: a shadow stack, or an emulator.
constexpr x86_serializer x86_choose(std::uint32_t leaf7_edx, bool bars_iret) noexcept {
  if ((leaf7_edx >> 14 & 1) != 0) return x86_serializer::serialize;
  return bars_iret ? x86_serializer::cpuid : x86_serializer::iret;
}

// Whether these EBX, ECX and EDX are what CPUID(0x40000000) returns under QEMU's emulation: "TCGTCGTCGTCG".
constexpr bool x86_is_tcg(std::uint32_t ebx, std::uint32_t ecx, std::uint32_t edx) noexcept {
  return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;
}

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::membarrier_sync_core;

// Drains non-temporal stores, which bypass the caches. Returns 0 or an errno.
inline int flush_code(const void*, const void*, std::size_t) noexcept {
#if defined(__x86_64__) || defined(__SSE__)
  __asm__ volatile("sfence" : : : "memory");
#else
  __asm__ volatile("lock; add{l} {$0, (%%esp)|DWORD PTR [esp], 0}" : : : "memory", "cc");
#endif
  return 0;
}

struct x86_cpuid_registers {
  std::uint32_t eax, ebx, ecx, edx;
};

// With ECX 0.
inline x86_cpuid_registers x86_cpuid(std::uint32_t leaf) noexcept {
  x86_cpuid_registers r{leaf, 0, 0, 0};
  __asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx) : : "memory");
  return r;
}

// RDSSP, in bytes for assemblers without it: it does not change the register if there is no shadow stack.
inline bool x86_has_shadow_stack() noexcept {
#if defined(__x86_64__)
  std::uint64_t pointer = 0;
  __asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : "+a"(pointer));
#else
  std::uint32_t pointer = 0;
  __asm__ volatile(".byte 0xf3, 0x0f, 0x1e, 0xc8" : "+a"(pointer));
#endif
  return pointer != 0;
}

inline void x86_serialize() noexcept { __asm__ volatile(".byte 0x0f, 0x01, 0xe8" : : : "memory"); }

// Builds the frame that an interrupt would have pushed, and returns from it. The first step moves the pushes below the 128
// bytes under the stack pointer that the ABI gives to leaf functions (the red zone); the stack pointer in the frame undoes
// it.
//
// A separate function that asks for its frame pointer: so it has one, and an unwinder uses that, which the pushes do not
// affect. Inside another function they would move the base that its unwind description counts from.
LAZYREF_DETAIL_NOINLINE inline void x86_iret() noexcept {
  const void* const frame = __builtin_frame_address(0);
#if defined(__x86_64__)
  std::uint64_t stack;
  std::uint64_t scratch;
  __asm__ volatile(
      "mov{q} {%%rsp, %0|%0, rsp}\n\t"
      "lea{q} {-128(%%rsp), %%rsp|rsp, [rsp - 128]}\n\t"
      "mov{l} {%%ss, %k1|%k1, ss}\n\t"
      "push{q} %1\n\t"
      "push{q} %0\n\t"
      "pushfq\n\t"
      "mov{l} {%%cs, %k1|%k1, cs}\n\t"
      "push{q} %1\n\t"
      "lea{q} {2f(%%rip), %1|%1, [rip + 2f]}\n\t"
      "push{q} %1\n\t"
      "iretq\n"
      "2:"
      : "=&r"(stack), "=&r"(scratch)
      : "r"(frame)
      : "memory", "cc");
#else
  // The frame has no stack pointer here, and there is no red zone; the call pushes the address to continue at.
  __asm__ volatile(
      "pushf{l|d}\n\t"
      ".byte 0x0e\n\t"  // push %cs, of which clang's assembler makes 16 bits in the other dialect
      "call 2f\n\t"
      "jmp 3f\n"
      "2:\n\t"
      "iret{l|d}\n"
      "3:"
      :
      : "r"(frame)
      : "memory", "cc");
#endif
}

// Bit 14 of CPUID(7, 0).EDX; bit 1: QEMU emulates this processor; bit 0: both are known.
inline detail::std_atomics::atomic<std::uint32_t> x86_known{0};

inline std::uint32_t x86_ask_leaf7_edx() noexcept { return arch::x86_cpuid(0).eax < 7 ? 0 : arch::x86_cpuid(7).edx; }

inline bool x86_ask_tcg() noexcept {
  // Without a hypervisor, a processor returns other numbers there.
  if ((arch::x86_cpuid(1).ecx >> 31) == 0) return false;
  const x86_cpuid_registers r = arch::x86_cpuid(0x40000000);
  return arch::x86_is_tcg(r.ebx, r.ecx, r.edx);
}

// Serialises this core. Returns 0 or an errno.
inline int sync_core() noexcept {
  // Relaxed, both: threads that ask at the same time get the same answer.
  std::uint32_t known = x86_known.load(std::memory_order_relaxed);
  if (known == 0) {
    known = (arch::x86_ask_leaf7_edx() & 1U << 14) | (arch::x86_ask_tcg() ? 2U : 0U) | 1U;
    x86_known.store(known, std::memory_order_relaxed);
  }
  // Threads may differ in having a shadow stack.
  const std::uint32_t bars_iret = static_cast<std::uint32_t>(arch::x86_has_shadow_stack()) | (known & 2U);
  const x86_serializer by = arch::x86_choose(known, bars_iret != 0);
  if (by == x86_serializer::serialize) {
    arch::x86_serialize();
  } else if (by == x86_serializer::iret) {
    arch::x86_iret();
  } else {
    static_cast<void>(arch::x86_cpuid(0));
  }
  return 0;
}

#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline int flush_code(const void*, const void*, std::size_t) noexcept {
  _mm_sfence();
  return 0;
}

inline int sync_core() noexcept {
  int registers[4];
  __cpuid(registers, 0);
  return 0;
}

#endif

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
#if defined(__x86_64__)
  __asm__ volatile("mov {%%fs:0, %0|%0, fs:[0]}" : "=r"(result));
#else
  __asm__ volatile("mov {%%gs:0, %0|%0, gs:[0]}" : "=r"(result));
#endif
  return result;
}

#if defined(__GCC_ASM_FLAG_OUTPUTS__)
#define LAZYREF_DETAIL_HAS_THREAD_COMPARISON 1

// Whether that is `thread`; one instruction less.
inline bool is_this_thread(const void* thread) noexcept {
  bool same;
#if defined(__x86_64__)
  __asm__ volatile("cmp {%%fs:0, %1|%1, fs:[0]}" : "=@cce"(same) : "r"(thread));
#else
  __asm__ volatile("cmp {%%gs:0, %1|%1, gs:[0]}" : "=@cce"(same) : "r"(thread));
#endif
  return same;
}
#endif

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_X86_HPP
