// SPDX-License-Identifier: BSL-1.0
//
// What is compiled, called, replaced and reclaimed: a block of code with the results that it has to have.
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

// Arguments, and what the interpreter makes of them.
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

  // Precondition: published; the caller's slot is on it, or the caller has a strong_ref.
  // clang's -fsanitize=function, a part of "undefined", would look in front of the code for a mark of the compiler's.
  __attribute__((no_sanitize("undefined"))) std::int64_t operator()(std::int64_t x, std::int64_t y) const noexcept {
    if (native_) return as<std::int64_t(std::int64_t, std::int64_t)>()(x, y);
    return interpret(static_cast<const instruction*>(entry()), size() / sizeof(instruction), x, y);
  }

  // For profilers and debuggers, where the space has observers that tell them.
  void describe_code(lazyref::code_description& d) const noexcept {
    d.name = name_;
    d.frame_pointer = calls_;
  }

  const samples expected;

 private:
  const bool native_;
  const bool calls_;  // only then it has a frame
  char name_[32];
};

// Memory for code is scarce: few functions wait for a scan.
using function_space =
    lazyref::code_space<function, lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred,
                                                          lazyref::candidates::all, 128>>;
using function_ref = lazyref::strong_ref<function>;
using function_draft = function_space::draft_type;

// Into memory of the space, to be published; empty where there is none. `written` is `to_bytes` or a compiler's.
inline function_draft write_down(function_space& space, const std::vector<unsigned char>& written, const samples& all,
                                 bool native, bool calls, const char* kind, std::size_t index) {
  function_draft draft = space.draft(written.size(), all, native, calls, kind, index);
  if (draft) std::memcpy(draft.data(), written.data(), written.size());
  return draft;
}

}  // namespace jit
