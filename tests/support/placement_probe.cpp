// SPDX-License-Identifier: BSL-1.0
//
// Code beside what it calls, in a process that has just begun. Built as a position-independent executable and as one
// that is not. Exit status: 0 as promised, 1 not, 77 not for this architecture, or no such memory.
//   placement_probe executable|libc   [dual|flip]    direct calls of a function there
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <lazyref/code_space.hpp>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <dlfcn.h>

namespace {

struct function : lazyref::code_block<function> {};

int add_one(int x) { return x + 1; }

std::uintptr_t number(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }

// A function that calls `target` directly, to be run at `at`; returns its size, or 0 where that is too far.
std::size_t emit_direct_call(unsigned char* write, std::uintptr_t at, std::uintptr_t target) {
#if defined(__x86_64__)
  // sub rsp, 8; call target; add rsp, 8; ret
  unsigned char code[] = {0x48, 0x83, 0xec, 8, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 8, 0xc3};
  const auto distance = static_cast<std::int64_t>(target - (at + 9));
  if (distance != static_cast<std::int32_t>(distance)) return 0;
  const auto operand = static_cast<std::int32_t>(distance);
  std::memcpy(code + 5, &operand, sizeof operand);
#else
  // stp x29, x30, [sp, #-16]!; bl target; ldp x29, x30, [sp], #16; ret
  std::uint32_t code[] = {0xa9bf7bfd, 0x94000000, 0xa8c17bfd, 0xd65f03c0};
  const auto distance = static_cast<std::int64_t>(target - (at + 4));
  if (distance >= (1 << 27) || distance < -(1 << 27)) return 0;
  code[1] |= static_cast<std::uint32_t>(distance >> 2) & 0x3ffffff;
#endif
  std::memcpy(write, code, sizeof code);
  return sizeof code;
}

int failed(const char* what) {
  std::fprintf(stderr, "placement_probe: %s\n", what);
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bool libc = count > 1 && std::strcmp(arguments[1], "libc") == 0;
  const auto mapping =
      count > 2 && std::strcmp(arguments[2], "flip") == 0 ? lazyref::code_mapping::flip : lazyref::code_mapping::dual;
  int (*const mine)(int) = add_one;
  const void* target = nullptr;
  std::memcpy(&target, &mine, sizeof target);
  if (libc) target = ::dlsym(RTLD_DEFAULT, "toupper");  // as the C library has it, and not a stub of this program
  if (target == nullptr) return 77;

  lazyref::code_space_limits limits{std::size_t{1} << 20, 16, 1};
  limits.data = 65536;
  limits.near_to = target;
  const lazyref::code_space<function> anywhere({std::size_t{1} << 20, 16, 1}, mapping);
  if (!anywhere) return 77;
  lazyref::code_space<function> space(limits, mapping, lazyref::code_synchronisation::each_executor);
  if (!space) return failed(space.status().what());
  auto draft = space.draft(space.bytes());
  if (!draft) return failed(draft.status().what());
  const std::uintptr_t begin = draft.address();
  const std::uintptr_t end = begin + draft.size();
  const std::uintptr_t to = number(target);
  if ((begin < to && to - begin > lazyref::branch_reach) || (end > to && end - to > lazyref::branch_reach))
    return failed("code too far away");
  if (mapping == lazyref::code_mapping::dual) {
    // The view to write is elsewhere.
    const std::uintptr_t write = number(draft.data());
    if ((write < to ? to - write : write - to) <= lazyref::branch_reach) return failed("the view to write is close");
  }
  // At both ends.
  const std::size_t size = 64;
  if (emit_direct_call(draft.data(), begin, to) == 0) return failed("no direct call from the first byte");
  if (emit_direct_call(draft.data() + draft.size() - size, end - size, to) == 0)
    return failed("no direct call from the last bytes");
  lazyref::strong_ref<function> code;
  if (const auto done = space.publish(draft, code); !done) return failed(done.what());
  lazyref::sync_core_this_thread();
  if (code->as<int(int)>()('a') != (libc ? 'A' : 'b')) return failed("the call returned something else");
  return 0;
}

#else
int main() { return 77; }
#endif
