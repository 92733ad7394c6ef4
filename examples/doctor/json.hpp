// SPDX-License-Identifier: BSL-1.0
//
// Writes JSON, in the order of the calls.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

namespace doctor {

class json {
 public:
  void open(const char* key, char bracket) {
    name(key);
    text_ += bracket;
    first_ = true;
    ++depth_;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) new_line();
    text_ += bracket;
    first_ = false;
  }
  void string(const char* key, std::string_view value) {
    name(key);
    quote(value);
  }
  void string_or_null(const char* key, std::string_view value) {
    value.empty() ? raw(key, "null") : string(key, value);
  }
  void flag(const char* key, bool value) { raw(key, value ? "true" : "false"); }
  void null(const char* key) { raw(key, "null"); }
  template <class Integer>
  void number(const char* key, Integer value) {
    raw(key, std::to_string(value));
  }
  void fraction(const char* key, double value) { nanoseconds(key, value); }
  void nanoseconds(const char* key, double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.2f", value);
    raw(key, std::isfinite(value) ? digits : "null");
  }
  const std::string& text() const { return text_; }

 private:
  void new_line() { text_ += '\n' + std::string(2 * depth_, ' '); }

  // A null key: an element of an array.
  void name(const char* key) {
    if (depth_ != 0) {
      if (!first_) text_ += ',';
      new_line();
    }
    first_ = false;
    if (key == nullptr) return;
    quote(key);
    text_ += ": ";
  }

  void raw(const char* key, std::string_view value) {
    name(key);
    text_ += value;
  }

  void quote(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c < ' ' || c > '~' ? '?' : c;  // nothing here is expected to leave ASCII
    }
    text_ += '"';
  }

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

}  // namespace doctor
