// SPDX-License-Identifier: BSL-1.0
//
// A tenant's rules: the language, its parser and the matcher. Independent of threads.
//
// One rule per line; blank lines and lines that begin with # are ignored. Rules are tried from the top:
//
//   allow TEST PATTERN      the line is allowed; no further rule is tried
//   deny TEST PATTERN       the line is denied; no further rule is tried
//   tag NAME TEST PATTERN   the line is tagged; the next rule is tried
//   limit length N          a line of more than N bytes is denied; no further rule is tried
//   default allow|deny      for lines that no rule allows or denies, at most once, anywhere; without it they are allowed
//
// TEST is prefix, suffix, contains or glob (* any bytes, ? one byte, the whole line). PATTERN is the rest of the rule,
// including spaces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenants {

struct judgement {
  bool allowed = true;
  unsigned tags = 0;
};

// The counts of verdicts. They must be equal in two runs over the same lines.
struct tally {
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;
  std::uint64_t tags = 0;

  void add(judgement one) noexcept {
    allowed += one.allowed;
    denied += !one.allowed;
    tags += one.tags;
  }
  void add(const tally& other, std::uint64_t times = 1) noexcept {
    allowed += other.allowed * times;
    denied += other.denied * times;
    tags += other.tags * times;
  }
  friend bool operator==(const tally& a, const tally& b) noexcept {
    return a.allowed == b.allowed && a.denied == b.denied && a.tags == b.tags;
  }
  friend bool operator!=(const tally& a, const tally& b) noexcept { return !(a == b); }
};

struct rule {
  enum class action : unsigned char { allow, deny, tag };
  enum class test : unsigned char { prefix, suffix, contains, glob, longer_than };

  action then;
  test when;
  std::size_t number;   // longer_than: the length; contains: where the pattern's rarest byte is
  std::string pattern;  // all but longer_than

  bool matches(std::string_view line) const noexcept;
};

class rules {
 public:
  // Throws input_error, with `file` and the line, if the text is not a valid rule set, or is empty.
  static rules parse(std::string_view text, const std::string& file);

  judgement judge(std::string_view line) const noexcept;

 private:
  std::vector<rule> rules_;
  bool allowed_by_default_ = true;
};

}  // namespace tenants
