// SPDX-License-Identifier: BSL-1.0
//
// The object that is compiled, called, replaced and reclaimed: a block of code, with the results expected of it.
#pragma once

#include <lazyref/code_observer.hpp>
#include <lazyref/code_space.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>

#include "compiler.hpp"
#include "program.hpp"

namespace jit {

// Arguments, and the interpreter's result.
struct sample {
  std::int64_t x, y, result;
};
using samples = std::array<sample, 8>;

inline samples sample_results(const program& code, std::mt19937_64& random) {
  samples result;
  for (sample& one : result) {
    // Small ones and large ones, of both signs.
    one.x = static_cast<std::int64_t>(random()) >> random() % 64;
    one.y = static_cast<std::int64_t>(random()) >> random() % 64;
    one.result = interpret(code.data(), code.size(), one.x, one.y);
  }
  return result;
}

class function : public lazyref::code_block<function> {
 public:
  function(const samples& all, bool native, bool calls, const char* kind, std::size_t index) noexcept
      : expected(all), native_(native), calls_(native && calls) {
    std::snprintf(name_, sizeof name_, "%s_%zu", kind, index);
  }

  // Precondition: published; protected by the caller's slot, or the caller owns a strong_ref.
  // clang's -fsanitize=function, a part of "undefined", would read a signature of the compiler in front of the code.
  __attribute__((no_sanitize("undefined"))) std::int64_t operator()(std::int64_t x, std::int64_t y) const noexcept {
    if (native_) return as<std::int64_t(std::int64_t, std::int64_t)>()(x, y);
    return interpret(static_cast<const instruction*>(entry()), size() / sizeof(instruction), x, y);
  }

  // For the space's observers, which notify profilers and debuggers.
  void describe_code(lazyref::code_description& d) const noexcept {
    d.name = name_;
    d.frame_pointer = calls_;
  }

  const samples expected;

 private:
  const bool native_;
  const bool calls_;  // a function that calls has a frame
  char name_[32];
};

// Memory for code is scarce, so only a small batch of retired functions waits for a scan.
using function_space =
    lazyref::code_space<function, lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred,
                                                          lazyref::candidates::all, 128>>;
using function_ref = lazyref::strong_ref<function>;
using function_draft = function_space::draft_type;

// Copies code to a draft, ready for publication; the draft is empty if there is no memory. `written`: from `to_bytes` or a
// compiler.
inline function_draft make_draft(function_space& space, const std::vector<unsigned char>& written, const samples& all,
                                 bool native, bool calls, const char* kind, std::size_t index) {
  function_draft draft = space.draft(written.size(), all, native, calls, kind, index);
  if (draft) std::memcpy(draft.data(), written.data(), written.size());
  return draft;
}

}  // namespace jit
