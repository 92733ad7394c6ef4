// SPDX-License-Identifier: BSL-1.0
//
// A program that runs code of its own, for the tools that tools.py puts on it:
//
//   jitted ACTION MAPPING [OBSERVER...]
//
// ACTION: busy (a loop for perf), reused (two loops, one after the other, at one address), called (code calls back, for
// GDB), tables (the same without a frame pointer, with unwind tables of its own), thrown, thrown_tables (the callback
// throws), walked (backtrace() in the callback). MAPPING: dual or flip. OBSERVER: jitdump, perf_map, gdb, unwind.
// Exit status: 0 done, 2 wrong use, 3 something failed, 4 wrong result, 77 nothing to do here.
#include <lazyref/code_observers.hpp>
#include <lazyref/code_space.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <execinfo.h>

namespace {

using lazyref::code_mapping;

#if defined(__x86_64__)
// push rbp; mov rbp, rsp; call rdi; pop rbp; ret
const unsigned char calls_back[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
// dec rdi; jnz; ret
const unsigned char loops[] = {0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3};
// sub rsp, 136; call rdi; add rsp, 136; ret: nobody guesses that frame.
const unsigned char no_frame_pointer[] = {0x48, 0x81, 0xec, 0x88, 0, 0, 0, 0xff, 0xd7,
                                          0x48, 0x81, 0xc4, 0x88, 0, 0, 0, 0xc3};
// The frame is 144 bytes after the first instruction (of 7 bytes), 8 before: DW_CFA_def_cfa rsp + 8, the return address
// at -8; advance, DW_CFA_def_cfa_offset 144.
const unsigned char common_frame[] = {0x0c, 7, 8, 0x90, 1, 0, 0, 0};
const unsigned char own_frame[] = {0x47, 0x0e, 0x90, 0x01};
constexpr unsigned char stack_unit = 0x78, return_register = 16;
#else
// stp x29, x30, [sp, #-32]!; mov x29, sp; blr x0; ldp x29, x30, [sp], #32; ret
const std::uint32_t calls_back[] = {0xa9be7bfd, 0x910003fd, 0xd63f0000, 0xa8c27bfd, 0xd65f03c0};
// subs x0, x0, #1; b.ne; ret
const std::uint32_t loops[] = {0xf1000400, 0x54ffffe1, 0xd65f03c0};
// str x30, [sp, #-144]!; blr x0; ldr x30, [sp], #144; ret
const std::uint32_t no_frame_pointer[] = {0xf8170ffe, 0xd63f0000, 0xf84907fe, 0xd65f03c0};
const unsigned char common_frame[] = {0x0c, 31, 0, 0, 0, 0, 0, 0};
// advance, DW_CFA_def_cfa_offset 144, x30 at -144
const unsigned char own_frame[] = {0x44, 0x0e, 0x90, 0x01, 0x9e, 18, 0, 0};
constexpr unsigned char stack_unit = 0x78, return_register = 30;
#endif
constexpr std::size_t loop_at = 32, tables_at = 64, block_size = 256;

struct function : lazyref::code_block<function> {
  void describe_code(lazyref::code_description& d) const noexcept {
    d.symbols = symbols;
    d.symbol_count = symbol_count;
    d.eh_frame = tables;
    d.eh_frame_size = tables_size;
    d.frame_pointer = frame_pointer;
  }
  lazyref::code_symbol symbols[2];
  std::size_t symbol_count = 0;
  const void* tables = nullptr;
  std::size_t tables_size = 0;
  bool frame_pointer = false;
};
using space_type = lazyref::code_space<function>;

// As a linker writes them: addresses relative to where they stand.
std::size_t write_tables(unsigned char* to, std::uintptr_t address) {
  lazyref::detail::byte_writer w(to);
  w.value(std::uint32_t{12 + sizeof common_frame});
  w.value(std::uint32_t{0});
  w.put(1, 'z', 'R', 0, 1, stack_unit, return_register, 1);
  w.put(0x1b);  // relative, 4 bytes
  w.bytes(common_frame, sizeof common_frame - 1);
  const std::size_t start = w.size();
  w.value(std::uint32_t{16 + sizeof own_frame});
  w.value(static_cast<std::uint32_t>(w.size()));
  const std::uintptr_t here = address + tables_at + w.size();
  w.value(static_cast<std::int32_t>(static_cast<std::intptr_t>(address - here)));
  w.value(static_cast<std::uint32_t>(sizeof no_frame_pointer));
  w.put(0, 0, 0, 0);
  w.bytes(own_frame, sizeof own_frame);
  static_cast<void>(start);
  w.value(std::uint32_t{0});
  return w.size();
}

bool with_tables = false;

lazyref::strong_ref<function> compile(space_type& space, const char* calls_name, const char* loop_name) {
  lazyref::strong_ref<function> result;
  auto draft = space.draft(block_size);
  if (!draft) return result;
  std::memset(draft.data(), 0, block_size);
  std::memcpy(draft.data() + loop_at, loops, sizeof loops);
  draft->symbols[1] = {loop_name, loop_at, sizeof loops};
  draft->symbol_count = 2;
  if (with_tables) {
    std::memcpy(draft.data(), no_frame_pointer, sizeof no_frame_pointer);
    draft->symbols[0] = {calls_name, 0, sizeof no_frame_pointer};
    draft->tables = reinterpret_cast<const void*>(draft.address() + tables_at);
    draft->tables_size = write_tables(draft.data() + tables_at, draft.address());
  } else {
    std::memcpy(draft.data(), calls_back, sizeof calls_back);
    draft->symbols[0] = {calls_name, 0, sizeof calls_back};
    draft->frame_pointer = true;
  }
  const auto done = space.publish(draft, result);
  if (!done) std::fprintf(stderr, "%s\n", done.what());
  return result;
}

int count = 0;
const function* running = nullptr;
bool walked_through = false;

extern "C" [[gnu::noinline]] void called_back() {
  ++count;
  __asm__ volatile("" ::: "memory");
}
extern "C" [[gnu::noinline]] void throws() {
  ++count;
  throw std::runtime_error("thrown through code");
}
extern "C" [[gnu::noinline]] void walks() {
  void* frames[64];
  const int n = ::backtrace(frames, 64);
  const auto start = reinterpret_cast<std::uintptr_t>(running->entry());
  for (int i = 0; i < n; ++i) {
    const auto at = reinterpret_cast<std::uintptr_t>(frames[i]);
    // Behind it there are its caller, main and who called that.
    if (at >= start && at < start + block_size) walked_through = n - i > 3;
  }
}

extern "C" [[gnu::noinline]] void run_code(const function* code, void (*callback)()) {
  running = code;
  code->as<void(void (*)())>()(callback);
  __asm__ volatile("" ::: "memory");  // It is a frame of its own.
}

// A while of it.
void be_busy(const function* code) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < end) code->as<void(long)>(loop_at)(1000000);
}

template <class Observer>
bool works(const Observer& one) {
  if (!one.status()) std::printf("SKIPPED: observers: %s\n", one.status().what());
  return static_cast<bool>(one.status());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string action = argv[1];
  const code_mapping mapping = std::strcmp(argv[2], "flip") == 0 ? code_mapping::flip : code_mapping::dual;
  std::string observers = " ";
  for (int i = 3; i < argc; ++i) observers += std::string(argv[i]) + " ";
  const auto wanted = [&](const char* which) { return observers.find(which) != std::string::npos; };

  struct none : lazyref::code_observer {
    void* code_published(const lazyref::code_event&) noexcept override { return nullptr; }
    void code_reclaimed(const lazyref::code_event&, void*) noexcept override {}
  } nobody;
  lazyref::code_gdb debugger;
  lazyref::code_unwind unwinder;
  lazyref::code_observer* told[4] = {&nobody, &nobody, &nobody, &nobody};
  alignas(lazyref::code_jitdump) static unsigned char jitdump[sizeof(lazyref::code_jitdump)];
  alignas(lazyref::code_perf_map) static unsigned char perf_map[sizeof(lazyref::code_perf_map)];
  if (wanted(" gdb ")) told[0] = &debugger;
  if (wanted(" unwind ")) told[1] = &unwinder;
  lazyref::code_jitdump* dump = nullptr;
  if (wanted(" jitdump ")) {
    told[2] = dump = new (jitdump) lazyref::code_jitdump;
    if (!works(*dump)) return 77;
  }
  if (wanted(" perf_map ")) {
    auto* const map = new (perf_map) lazyref::code_perf_map;
    told[3] = map;
    if (!works(*map)) return 77;
  }
  int result = 0;
  {
    with_tables = action == "tables" || action == "thrown_tables";
    space_type space({1 << 16, 1, 1}, {told[0], told[1], told[2], told[3]}, mapping);
    if (!space) {
      std::printf("SKIPPED: observers: %s\n", space.status().what());
      return 77;
    }
    auto code = compile(space, "jit_outer", "jit_hot_loop");
    if (!code) return 3;
    if (action == "busy") {
      be_busy(code.get());
    } else if (action == "reused") {
      const void* const before = code->entry();
      be_busy(code.get());
      code.reset();
      code = compile(space, "jit_outer_2", "jit_second_loop");
      if (!code || code->entry() != before) return 3;
      be_busy(code.get());
    } else if (action == "called" || action == "tables") {
      run_code(code.get(), called_back);
      result = count == 1 ? 0 : 4;
    } else if (action == "thrown" || action == "thrown_tables") {
      bool caught = false;
      try {
        run_code(code.get(), throws);
      } catch (const std::runtime_error&) {
        caught = true;
      }
      result = caught && count == 1 ? 0 : 4;
    } else if (action == "walked") {
      run_code(code.get(), walks);
      result = walked_through ? 0 : 4;
    } else {
      return 2;
    }
  }
  if (debugger.missed() + unwinder.missed() != 0) return 3;
  if (dump != nullptr) dump->~code_jitdump();
  return result;
}

#else

int main() {
  std::puts("SKIPPED: observers: the code is for x86-64 and arm64 on Linux");
  return 77;
}

#endif
