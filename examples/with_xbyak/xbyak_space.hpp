// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: code of xbyak (https://github.com/herumi/xbyak) in a lazyref::code_space.
//
// Xbyak encodes addresses (putL, mov of a label, calls of other code) for the memory that it writes to. With
// code_mapping::dual the code is executed at another address, and a jump table would lead to memory that is not
// executable. In AutoGrow mode xbyak keeps a list of all such places until `ready`, which relocates them to that memory.
// This adapter relocates them, by the same list, to the address of execution; it does not call `ready`.
//
//   struct my_code : xbyak_space::generator { my_code() { mov(eax, 1); ret(); } };
//   xbyak_space::add(space, my_code(), result);
#pragma once

#include <lazyref/code_space.hpp>

#include <xbyak/xbyak.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace xbyak_space {

// Xbyak has no function that returns the list. An explicit instantiation may name a private member.
template <auto List>
struct open_list {
  friend const auto& places_of(const Xbyak::CodeArray& code) { return code.*List; }
};
const auto& places_of(const Xbyak::CodeArray& code);
template struct open_list<&Xbyak::CodeArray::addrInfoList_>;

// Memory that is never executed, so it needs no system call.
struct scratch_memory : Xbyak::Allocator {
  uint8_t* alloc(size_t size) override { return static_cast<uint8_t*>(std::malloc(size)); }
  void free(uint8_t* memory) override { std::free(memory); }
  bool useProtect() const override { return false; }
  static scratch_memory* one() {
    static scratch_memory all;
    return &all;
  }
};

// Base of a generator, instead of Xbyak::CodeGenerator.
struct generator : Xbyak::CodeGenerator {
  explicit generator(std::size_t first_size = 256)
      : Xbyak::CodeGenerator(first_size, Xbyak::AutoGrow, scratch_memory::one()) {}
};

// Purpose: write the code to a draft that is ready for publication, alone or with others. `args`: for the block's
//   constructor. Precondition: AutoGrow; `ready` has not been called.
// Errors: those of code_space::draft; EINVAL: a label is not bound; ERANGE: a callee is out of the range of 32 bits.
template <class Space, class... Args>
lazyref::sync_result write(Space& space, Xbyak::CodeGenerator& code, typename Space::draft_type& result,
                           Args&&... args) {
  if (!code.isAutoGrow() || code.isCalledCalcJmpAddress() || code.hasUndefinedLabel())
    return {EINVAL, "xbyak_space: a label is not bound, or the generator is not in AutoGrow mode (EINVAL)"};
  auto draft = space.draft(code.getSize(), std::forward<Args>(args)...);
  if (!draft) return draft.status();
  std::memcpy(draft.data(), code.getCode(), draft.size());
  try {
    for (const auto& place : places_of(code)) {
      const std::uint64_t value = place.getVal(reinterpret_cast<const std::uint8_t*>(draft.address()));
      std::memcpy(draft.data() + place.codeOffset, &value, static_cast<std::size_t>(place.jmpSize));
    }
  } catch (const Xbyak::Error&) {
    return {ERANGE, "xbyak_space: a callee is more than 2 GiB away (ERANGE): call it through a register"};
  }
  result = std::move(draft);
  return {};
}

// Purpose: write and publish the code; `result` receives its first user. Precondition: as `write`; `result` is empty.
// Errors: those of `write` and of code_space::publish.
template <class Space, class Ref, class... Args>
lazyref::sync_result add(Space& space, Xbyak::CodeGenerator& code, Ref& result, Args&&... args) {
  typename Space::draft_type draft;
  const lazyref::sync_result written = write(space, code, draft, std::forward<Args>(args)...);
  return written ? space.publish(draft, result) : written;
}

}  // namespace xbyak_space
