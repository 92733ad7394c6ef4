// SPDX-License-Identifier: BSL-1.0
//
// What the architectures compute without executing anything: the lines of a range, and what registers and the auxiliary
// vector say. All files of arch/ are included at once, here, whatever the machine is.
#include <cstdint>
#include <vector>

#include <lazyref/arch/arm.hpp>
#include <lazyref/arch/arm64.hpp>
#include <lazyref/arch/loongarch.hpp>
#include <lazyref/arch/mips.hpp>
#include <lazyref/arch/powerpc.hpp>
#include <lazyref/arch/riscv.hpp>
#include <lazyref/arch/s390x.hpp>
#include <lazyref/arch/x86.hpp>

#include "../support/catch.hpp"

#if defined(__arm__) && defined(__linux__)
#include <asm/unistd.h>
#endif
#if (defined(__riscv) || defined(__mips__)) && defined(__linux__)
#include <sys/syscall.h>
#endif

namespace arch = lazyref::arch;
using lazyref::detail::for_each_line;
using lazyref::detail::is_range;

namespace {

using addresses = std::vector<std::uintptr_t>;
constexpr std::uintptr_t top = UINTPTR_MAX;

addresses lines(std::uintptr_t start, std::size_t size, std::size_t line) {
  addresses result;
  for_each_line(start, size, line, [&](std::uintptr_t at) { result.push_back(at); });
  return result;
}

constexpr std::size_t count(std::uintptr_t start, std::size_t size, std::size_t line) {
  std::size_t n = 0;
  for_each_line(start, size, line, [&n](std::uintptr_t) { ++n; });
  return n;
}

static_assert(count(0x1000, 0, 64) == 0 && count(0x1000, 64, 64) == 1 && count(0x1001, 64, 64) == 2);

// CTR_EL0 with bit 31, which is always set.
constexpr std::uint64_t ctr(unsigned data, unsigned instruction, bool idc, bool dic) {
  return 0x80000000U | std::uint64_t{idc} << 28 | std::uint64_t{dic} << 29 | std::uint64_t{data} << 16 | instruction;
}

constexpr bool same(arch::arm64_caches a, std::size_t data, std::size_t instruction, bool clean, bool invalidate) {
  return a.data_line == data && a.instruction_line == instruction && a.clean == clean && a.invalidate == invalidate;
}

}  // namespace

TEST_CASE("a range is the lines that it touches", "[code]") {
  CHECK(lines(0x1000, 0, 64).empty());
  CHECK(lines(0x1000, 1, 64) == addresses{0x1000});
  CHECK(lines(0x103f, 1, 64) == addresses{0x1000});
  CHECK(lines(0x103f, 2, 64) == addresses{0x1000, 0x1040});
  CHECK(lines(0x1000, 64, 64) == addresses{0x1000});
  CHECK(lines(0x1000, 65, 64) == addresses{0x1000, 0x1040});
  CHECK(lines(0x1010, 0x80, 64) == addresses{0x1000, 0x1040, 0x1080});
  CHECK(lines(0x1010, 0x80, 16) == addresses{0x1010, 0x1020, 0x1030, 0x1040, 0x1050, 0x1060, 0x1070, 0x1080});
  CHECK(lines(0, 1, 128) == addresses{0});
  CHECK(lines(3, 1, 1) == addresses{3});
}

TEST_CASE("a line may be a page", "[code]") {
  CHECK(lines(0x12345, 1, 4096) == addresses{0x12000});
  CHECK(lines(0x12fff, 2, 4096) == addresses{0x12000, 0x13000});
  CHECK(lines(0x12345, 0x20000, 65536) == addresses{0x10000, 0x20000, 0x30000});
}

TEST_CASE("a range may end where the address space does", "[code]") {
  CHECK(lines(top, 1, 64) == addresses{top - 63});
  CHECK(lines(top - 63, 64, 64) == addresses{top - 63});
  CHECK(lines(top - 64, 65, 64) == addresses{top - 127, top - 63});
  CHECK(lines(top - 4096, 4097, 4096) == addresses{top - 8191, top - 4095});
  // The middle of a 32-bit address space is the end of a signed one.
  CHECK(lines(0x7fffffff, 2, 64) == addresses{0x7fffffc0, 0x80000000});
  CHECK(count(0, SIZE_MAX, std::size_t{1} << (sizeof(std::size_t) * 8 - 1)) == 2);
}

TEST_CASE("a range that would go round the address space is none", "[code]") {
  CHECK(is_range(0, 0));
  CHECK(is_range(0, SIZE_MAX));
  CHECK(is_range(top, 0));
  CHECK(is_range(top, 1));
  CHECK_FALSE(is_range(top, 2));
  CHECK(is_range(1, SIZE_MAX));
  CHECK_FALSE(is_range(2, SIZE_MAX));
  CHECK(is_range(top - 4095, 4096));
  CHECK_FALSE(is_range(top - 4095, 4097));
}

TEST_CASE("arm64: CTR_EL0 as real and emulated processors have it", "[code]") {
  CHECK(same(arch::arm64_decode(0x8444c004), 64, 64, true, true));    // Cortex-A72, Neoverse N1
  CHECK(same(arch::arm64_decode(0x80038003), 32, 32, true, true));    // qemu-user's max
  CHECK(same(arch::arm64_decode(0x9444c004), 64, 64, false, true));   // IDC
  CHECK(same(arch::arm64_decode(0xb444c004), 64, 64, false, false));  // IDC and DIC
  CHECK(same(arch::arm64_decode(0x86668006), 256, 256, true, true));  // lines of 256 bytes, as A64FX has
  CHECK(same(arch::arm64_decode(0x444c004), 64, 64, true, true));
}

TEST_CASE("arm64: every field of CTR_EL0, each for itself", "[code]") {
  for (unsigned data = 0; data < 16; ++data) {
    for (unsigned instruction = 0; instruction < 16; ++instruction) {
      for (const bool idc : {false, true}) {
        for (const bool dic : {false, true}) {
          const std::size_t word = 4;
          for (const std::uint64_t others : {std::uint64_t{0}, std::uint64_t{0xffffffffcff0fff0}}) {
            const arch::arm64_caches caches = arch::arm64_decode(ctr(data, instruction, idc, dic) | others);
            REQUIRE(same(caches, word << data, word << instruction, !idc, !dic));
          }
        }
      }
    }
  }
  // An erratum's instruction line: a page of 4, 16 or 64 KiB.
  CHECK(arch::arm64_decode(ctr(4, 10, true, false)).instruction_line == 4096);
  CHECK(arch::arm64_decode(ctr(4, 12, true, false)).instruction_line == 16384);
  CHECK(arch::arm64_decode(ctr(4, 14, true, false)).instruction_line == 65536);
}

TEST_CASE("powerpc: what the auxiliary vector says", "[code]") {
  CHECK(arch::powerpc_snoops(0x2000));
  CHECK(arch::powerpc_snoops(0xdc0065c2 | 0x2000));
  CHECK_FALSE(arch::powerpc_snoops(0));
  CHECK_FALSE(arch::powerpc_snoops(~0x2000UL));
  CHECK(arch::powerpc_block(128) == 128);
  CHECK(arch::powerpc_block(32) == 32);
  CHECK(arch::powerpc_block(16) == 16);
  for (const unsigned long nonsense : {0UL, 1UL, 8UL, 100UL, 129UL}) CHECK(arch::powerpc_block(nonsense) == 16);
}

TEST_CASE("x86: SERIALIZE, else IRET, and CPUID where a shadow stack or an emulator forbids that", "[code]") {
  using arch::x86_serializer;
  constexpr std::uint32_t serialize = 1U << 14;
  for (const bool bars_iret : {false, true}) {
    CHECK(arch::x86_choose(serialize, bars_iret) == x86_serializer::serialize);
    CHECK(arch::x86_choose(~0U, bars_iret) == x86_serializer::serialize);
  }
  for (const std::uint32_t without : {0U, 1U, ~serialize}) {
    CHECK(arch::x86_choose(without, false) == x86_serializer::iret);
    CHECK(arch::x86_choose(without, true) == x86_serializer::cpuid);
  }
}

TEST_CASE("x86: QEMU's emulation is known by its name in CPUID", "[code]") {
  // As CPUID gives names: four bytes in each of EBX, ECX and EDX.
  const auto is_tcg = [](const char(&name)[13]) {
    const auto four = [&name](unsigned at) {
      std::uint32_t result = 0;
      for (unsigned i = 4; i-- != 0;) result = result << 8 | static_cast<unsigned char>(name[at + i]);
      return result;
    };
    return arch::x86_is_tcg(four(0), four(4), four(8));
  };
  CHECK(is_tcg("TCGTCGTCGTCG"));
  for (const auto& other : {"KVMKVMKVM\0\0\0", "Microsoft Hv", "VMwareVMware", "XenVMMXenVMM", "TCGTCGTCGTC\0"})
    CHECK_FALSE(is_tcg(*reinterpret_cast<const char(*)[13]>(other)));
  CHECK_FALSE(arch::x86_is_tcg(0, 0, 0));
}

TEST_CASE("system calls have the numbers and flags that the kernel knows", "[code]") {
  CHECK(arch::arm_cacheflush == 0xf0002);
  CHECK(arch::riscv_flush_icache == 259);
  CHECK(arch::riscv_flush_all_harts == 0);
  CHECK(arch::mips_both_caches == 3);
#if defined(__arm__) && defined(__linux__)
  CHECK(arch::arm_cacheflush == __ARM_NR_cacheflush);
#endif
#if defined(__riscv) && defined(SYS_riscv_flush_icache)
  CHECK(arch::riscv_flush_icache == SYS_riscv_flush_icache);
#endif
#if defined(__mips__) && defined(SYS_cacheflush) && defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
  CHECK(arch::mips_cacheflush == SYS_cacheflush);
#endif
}

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)

TEST_CASE("x86: each way to serialise returns, with nothing changed", "[code]") {
  if ((arch::x86_ask_leaf7_edx() >> 14 & 1) != 0) {
    arch::x86_serialize();
  } else {
    lazyref_test::skip_part("SERIALIZE: this processor does not have it");
  }
  if (arch::x86_has_shadow_stack() || arch::x86_ask_tcg()) {
    lazyref_test::skip_part("IRET: it may not be executed here (a shadow stack, or QEMU's emulation)");
  } else {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      sum += i;
      arch::x86_iret();
    }
    CHECK(sum == 499500);
  }
  CHECK(arch::x86_cpuid(0).eax > 0);
  CHECK(arch::sync_core() == 0);
}

#endif
