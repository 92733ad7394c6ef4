// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: code of asmjit (https://asmjit.com) in a lazyref::code_space, in place of JitRuntime::add.
//
// Calls, jump tables and embedded addresses depend on the address at which the code is executed. So the code is relocated
// to draft.address(), and copied to draft.data(). With code_mapping::dual these differ.
#pragma once

#include <lazyref/code_space.hpp>

#include <asmjit/asmjit.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace asmjit_space {

// Purpose: write the code to a draft that is ready for publication, alone or with others. `args`: for the block's
//   constructor. Errors: those of code_space::draft; EINVAL: asmjit cannot resolve a label, or reach a callee.
template <class Space, class... Args>
lazyref::sync_result write(Space& space, asmjit::CodeHolder& code, typename Space::draft_type& result, Args&&... args) {
  if (code.flatten() != asmjit::kErrorOk || code.resolveUnresolvedLinks() != asmjit::kErrorOk)
    return {EINVAL, "asmjit_space: a label is not bound, or the code is too large (EINVAL)"};
  // The largest size: calls of functions in branch range need no entry in the table of addresses.
  const std::size_t most = code.codeSize();
  typename Space::draft_type room{space.draft(most, std::forward<Args>(args)...)};
  if (!room) return room.status();
  if (code.relocateToBase(room.address()) != asmjit::kErrorOk)
    return {EINVAL, "asmjit_space: an address that the code refers to is out of its range (EINVAL)"};
  const std::size_t size = code.codeSize();
  if (size < most) static_cast<void>(room.shrink(size));
  if (code.copyFlattenedData(room.data(), size, asmjit::CopySectionFlags::kPadSectionBuffer) != asmjit::kErrorOk)
    return {EINVAL, "asmjit_space: asmjit failed to copy the code (EINVAL)"};
  result = std::move(room);
  return {};
}

// Purpose: write and publish the code; `result` receives its first user. Precondition: `result` is empty.
// Errors: those of `write` and of code_space::publish.
template <class Space, class Ref, class... Args>
lazyref::sync_result add(Space& space, asmjit::CodeHolder& code, Ref& result, Args&&... args) {
  typename Space::draft_type draft;
  const lazyref::sync_result written = write(space, code, draft, std::forward<Args>(args)...);
  return written ? space.publish(draft, result) : written;
}

}  // namespace asmjit_space
