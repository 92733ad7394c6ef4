// SPDX-License-Identifier: BSL-1.0
#include "expression.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>

namespace jit {

namespace {

// The column of an error, and the reason.
struct mistake {
  std::size_t column;  // from 0
  std::string why;
};

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_letter(char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Replaces each unprintable byte by one printable character.
std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c == '\t' ? ' ' : ' ' <= c && c <= '~' ? c : '?';
  return result;
}

// A recursive-descent parser. Each function begins at the first character of its construct, and ends at the first
// character after it that is not blank.
class parser {
 public:
  explicit parser(std::string_view line) : line_(line) {}

  program parse() {
    skip_blanks();
    sum();
    if (at_ != line_.size()) refuse(at_, "expected +, -, * or the end of the line, found " + found());
    return code_;
  }

 private:
  void sum() {
    product();
    while (next() == '+' || next() == '-') {
      const operation what = next() == '+' ? operation::add : operation::subtract;
      step();
      product();
      code_.push_back({what});
    }
  }

  void product() {
    factor();
    while (next() == '*') {
      step();
      factor();
      code_.push_back({operation::multiply});
    }
  }

  void factor() {
    const std::size_t begin = at_;
    const char first = next();
    if (first == '-') {
      step_inside();
      factor();
      code_.push_back({operation::negate});
      --nested_;
    } else if (first == '(') {
      step_inside();
      sum();
      if (next() != ')')
        refuse(at_, "expected ) for the ( in column " + std::to_string(begin + 1) + ", found " + found());
      step();
      --nested_;
    } else if (is_digit(first)) {
      operand({operation::constant, number()});
    } else if (const std::string_view name = word(); name == "x" || name == "y") {
      operand({name == "x" ? operation::x : operation::y});
      at_ += 1;
    } else {
      refuse(at_, "expected a number, x, y, - or (, found " + found());
    }
    skip_blanks();
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const char* const begin = line_.data() + at_;
    const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), value);
    if (error != std::errc()) refuse(at_, "the number is out of range: it is more than 9223372036854775807");
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  void operand(instruction one) {
    if (++operands_ > most_operands)
      refuse(at_, "the expression is too long: it has more than " + std::to_string(most_operands) + " operands");
    code_.push_back(one);
  }

  void step_inside() {
    if (++nested_ > most_nested)
      refuse(at_, "nested too deeply: more than " + std::to_string(most_nested) + " parentheses and signs");
    step();
  }

  void step() {
    ++at_;
    skip_blanks();
  }
  void skip_blanks() {
    while (at_ != line_.size() && is_blank(line_[at_])) ++at_;
  }

  // Returns 0 at the end of the line; no valid line contains it.
  char next() const { return at_ != line_.size() ? line_[at_] : '\0'; }

  // Returns the number of letters and digits from here, perhaps 0.
  std::string_view word() const {
    std::size_t end = at_;
    while (end != line_.size() && (is_letter(line_[end]) || is_digit(line_[end]))) ++end;
    return line_.substr(at_, end - at_);
  }

  std::string found() const {
    if (at_ == line_.size()) return "the end of the line";
    const std::size_t length = std::clamp<std::size_t>(word().size(), 1, 20);
    return '"' + printable(line_.substr(at_, length)) + '"';
  }

  [[noreturn]] static void refuse(std::size_t column, std::string why) { throw mistake{column, std::move(why)}; }

  const std::string_view line_;
  std::size_t at_ = 0, nested_ = 0, operands_ = 0;
  program code_;
};

// Shows the part of a long line around the error.
std::string explain(const mistake& wrong, std::string_view line, const std::string& place) {
  constexpr std::size_t around = 60;
  const std::size_t from = wrong.column > around ? wrong.column - around : 0;
  return place + ':' + std::to_string(wrong.column + 1) + ": " + wrong.why + "\n  " +
         printable(line.substr(from, 2 * around)) + "\n  " + std::string(wrong.column - from, ' ') + '^';
}

}  // namespace

std::vector<expression> parse_expressions(std::string_view text, const std::string& name) {
  std::vector<expression> result;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    while (!line.empty() && (is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos) continue;

    const std::string place = name + ':' + std::to_string(number);
    if (result.size() == most_expressions)
      throw input_error(place + ": there are more than " + std::to_string(most_expressions) + " expressions");
    try {
      result.push_back({std::string(line), parser(line).parse()});
    } catch (const mistake& wrong) {
      throw input_error(explain(wrong, line, place));
    }
  }
  if (result.empty()) throw input_error(name + ": contains no expression");
  return result;
}

std::vector<expression> read_expressions(const std::string& file) {
  std::ifstream from(file, std::ios::binary);
  if (!from) throw input_error(file + ": cannot be opened; an expression is given by --expression");
  std::string text(longest_file + 1, '\0');
  from.read(&text[0], static_cast<std::streamsize>(text.size()));
  if (from.bad()) throw input_error(file + ": cannot be read");
  text.resize(static_cast<std::size_t>(from.gcount()));
  if (text.size() > longest_file) throw input_error(file + ": is longer than 1 MiB");
  return parse_expressions(text, file);
}

}  // namespace jit
