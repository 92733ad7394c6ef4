// SPDX-License-Identifier: BSL-1.0
//
// Depth-first search over replayable choices. An execution is run from its start; each time it comes to a choice it
// asks; what was taken so far is the path, and the next execution takes another way at the last choice that has one
// left to try.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "past.hpp"

namespace model {

class search {
 public:
  using mask = std::uint64_t;

  search() { path_.reserve(1024); }

  // One of 0 .. options - 1; all of them will be tried.
  unsigned choose(unsigned options) {
    if (options == 1) return 0;
    if (options >= 64) fail("bound reached: too many ways to go on");
    return step(false, 0, (mask{1} << options) - 1, options);
  }

  // One of the threads of `awake`, `preferred` first; the others all, or only when they are asked for by `want`.
  unsigned choose_thread(unsigned preferred, mask awake, bool all) {
    return step(true, preferred, all ? awake : mask{1} << preferred, awake);
  }

  // The last choice made: where it stands, and what was tried there before.
  std::size_t depth() const { return depth_ - 1; }
  mask tried_before() const { return path_[depth_ - 1].tried; }

  // At that choice between threads, `thread` is to be tried, too; where it could not be chosen, all that could.
  void want(std::size_t depth, unsigned thread) {
    choice& c = path_[depth];
    c.wanted |= (c.options >> thread & 1) != 0 ? mask{1} << thread : c.options;
  }

  void rewind() { depth_ = 0; }

  // Goes to the next path; false if there is none.
  bool next() {
    depth_ = 0;
    while (!path_.empty()) {
      choice& c = path_.back();
      c.tried |= mask{1} << c.taken;
      const mask rest = c.wanted & ~c.tried;
      if (rest != 0) {
        c.taken = 0;
        while ((rest >> c.taken & 1) == 0) ++c.taken;
        return true;
      }
      path_.pop_back();
    }
    return false;
  }

  // "T" and the thread, or the option, for each choice.
  std::string text() const {
    std::string result;
    for (std::size_t i = 0; i < depth_; ++i)
      result += (i == 0 ? "" : " ") +
                (path_[i].of_thread ? 'T' + std::to_string(path_[i].taken) : std::to_string(path_[i].taken));
    return result;
  }

  void parse(const char* text) {
    depth_ = 0;
    path_.clear();
    while (*text != '\0') {
      const bool of_thread = *text == 'T';
      char* end = nullptr;
      const auto taken = static_cast<unsigned>(std::strtoul(of_thread ? text + 1 : text, &end, 10));
      path_.push_back({of_thread, taken, 0, 0, 0});
      text = *end == ' ' ? end + 1 : end;
    }
  }

 private:
  struct choice {
    bool of_thread;
    unsigned taken;
    mask wanted, tried, options;
  };

  unsigned step(bool of_thread, unsigned first, mask wanted, mask options) {
    if (depth_ == path_.size()) {
      if (depth_ == path_.capacity()) fail("bound reached: too many choices in one execution");
      path_.push_back({of_thread, first, wanted, 0, options});
    }
    choice& c = path_[depth_++];
    if (c.options == 0) c.options = options;  // typed in
    if (c.of_thread != of_thread || c.options != options) fail("not deterministic: a replay came to another choice");
    return c.taken;
  }

  std::vector<choice> path_;
  std::size_t depth_ = 0;
};

}  // namespace model
