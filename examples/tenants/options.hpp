// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "input.hpp"

namespace tenants {

struct options {
  input_choice input;
  std::filesystem::path rules;
  std::size_t workers = 0;
  std::size_t slots = 0;
  std::size_t rounds = 9;
  double seconds = 10;
  std::chrono::microseconds reload_every{1000};
  std::string policy;  // empty: all
  bool json = false;
  bool quiet = false;
  bool help = false;
};

// Throws input_error.
options parse_options(int argc, char** argv);

void print_help();

}  // namespace tenants
