// SPDX-License-Identifier: BSL-1.0
#include "rules.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "errors.hpp"

namespace tenants {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Takes the first word off `text`.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(blanks));
  text = trim(text.substr(word.size()));
  return word;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// The parser's place in the file, for its messages.
struct place {
  const std::string& file;
  std::size_t line;

  [[noreturn]] void fail(const std::string& what) const {
    throw input_error(file + ':' + std::to_string(line) + ": " + what);
  }
};

// Which byte to search for first: in logs and sources, punctuation is rarer than digits and capitals, and these are rarer
// than small letters.
std::size_t rarest_byte(std::string_view pattern) {
  const auto rarity = [](char c) {
    if ((c >= 'a' && c <= 'z') || c == ' ') return 0;
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? 1 : 2;
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < pattern.size(); ++i) {
    if (rarity(pattern[i]) > rarity(pattern[best])) best = i;
  }
  return best;
}

rule parse_pattern(rule::action then, std::string_view rest, const place& here) {
  using test = rule::test;
  constexpr std::pair<std::string_view, test> tests[] = {
      {"prefix", test::prefix}, {"suffix", test::suffix}, {"contains", test::contains}, {"glob", test::glob}};
  const std::string_view word = take_word(rest);
  for (const auto& [name, when] : tests) {
    if (word != name) continue;
    if (rest.empty()) here.fail(std::string(name) + " has no pattern");
    return {then, when, when == test::contains ? rarest_byte(rest) : 0, std::string(rest)};
  }
  here.fail("expected prefix, suffix, contains or glob, found " + quoted(word));
}

rule parse_limit(std::string_view rest, const place& here) {
  const std::string_view word = take_word(rest);
  if (word != "length") here.fail("expected \"limit length N\", found \"limit " + std::string(word) + '"');
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error != std::errc() || end != rest.data() + rest.size() || length == 0) {
    here.fail("limit length " + quoted(rest) + " is not a positive number");
  }
  return {rule::action::deny, rule::test::longer_than, length, {}};
}

bool parse_default(std::string_view rest, const place& here) {
  if (rest != "allow" && rest != "deny") {
    here.fail("expected \"default allow\" or \"default deny\", found " + quoted(rest));
  }
  return rest == "allow";
}

// Patterns are never empty. Most lines fail at the first byte, without a call.
bool starts_with(std::string_view line, std::string_view pattern) noexcept {
  return !line.empty() && line[0] == pattern[0] && line.substr(0, pattern.size()) == pattern;
}

bool contains(std::string_view line, std::string_view pattern, std::size_t rarest) noexcept {
  for (std::size_t at = rarest; (at = line.find(pattern[rarest], at)) != line.npos; ++at) {
    if (line.substr(at - rarest, pattern.size()) == pattern) return true;
  }
  return false;
}

// The usual greedy match: on a mismatch it returns to the last star, which then takes more, up to where the rest of the
// pattern may continue.
bool glob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      if (p == pattern.size()) return true;
      const bool literal = pattern[p] != '?' && pattern[p] != '*';
      resume = literal ? text.find(pattern[p], resume + 1) : resume + 1;
      if (resume == text.npos) return false;
      t = resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

}  // namespace

rules rules::parse(std::string_view text, const std::string& file) {
  rules result;
  std::optional<bool> by_default;
  place here{file, 0};
  while (!text.empty()) {
    const std::string_view raw = text.substr(0, text.find('\n'));
    text.remove_prefix(raw.size() == text.size() ? raw.size() : raw.size() + 1);
    ++here.line;

    std::string_view rest = trim(raw);
    if (rest.empty() || rest.front() == '#') continue;
    const std::string_view word = take_word(rest);
    if (word == "allow") {
      result.rules_.push_back(parse_pattern(rule::action::allow, rest, here));
    } else if (word == "deny") {
      result.rules_.push_back(parse_pattern(rule::action::deny, rest, here));
    } else if (word == "tag") {
      if (take_word(rest).empty()) here.fail("tag has no name");
      result.rules_.push_back(parse_pattern(rule::action::tag, rest, here));
    } else if (word == "limit") {
      result.rules_.push_back(parse_limit(rest, here));
    } else if (word == "default") {
      if (by_default) here.fail("a second default");
      by_default = parse_default(rest, here);
    } else {
      here.fail("expected allow, deny, tag, limit or default, found " + quoted(word));
    }
  }
  if (result.rules_.empty() && !by_default) throw input_error(file + ": no rules");
  result.allowed_by_default_ = by_default.value_or(true);
  return result;
}

bool rule::matches(std::string_view line) const noexcept {
  switch (when) {
    case test::prefix:
      return starts_with(line, pattern);
    case test::suffix:
      return line.size() >= pattern.size() && starts_with(line.substr(line.size() - pattern.size()), pattern);
    case test::contains:
      return contains(line, pattern, number);
    case test::glob:
      return glob(pattern, line);
    case test::longer_than:
      return line.size() > number;
  }
  return false;
}

judgement rules::judge(std::string_view line) const noexcept {
  judgement result;
  for (const rule& one : rules_) {
    if (!one.matches(line)) continue;
    if (one.then == rule::action::tag) {
      ++result.tags;
    } else {
      result.allowed = one.then == rule::action::allow;
      return result;
    }
  }
  result.allowed = allowed_by_default_;
  return result;
}

}  // namespace tenants
