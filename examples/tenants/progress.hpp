// SPDX-License-Identifier: BSL-1.0
//
// One line of progress on standard error: rewritten in place on a terminal, once a second otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tenants {

class progress {
 public:
  explicit progress(bool quiet);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void begin(std::string what, std::uint64_t lines);
  void show(std::uint64_t lines_taken);

 private:
  using clock = std::chrono::steady_clock;

  const bool quiet_;
  const bool in_place_;
  std::string what_;
  std::uint64_t lines_ = 0;
  clock::time_point begin_{};
  clock::time_point shown_{};
};

}  // namespace tenants
