// SPDX-License-Identifier: BSL-1.0
//
// The input: tenants from a folder of rule files, and lines that each belong to one tenant. All of it is read and checked
// before the measurement, so that every policy gets the same lines in the same order.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rules.hpp"

namespace tenants {

struct tenant {
  std::string name;  // of shop.rules: shop
  std::string file;
  std::string text;  // of the file; each reload parses it again
};

struct line {
  std::string_view text;
  std::size_t tenant;
};

struct input {
  std::vector<std::string> texts;  // what the lines point into
  std::vector<line> lines;
  std::string source;  // for the report
  std::size_t skipped = 0;
};

// Returns the tenant of each NAME.rules in the folder, by name. Throws input_error if a file is invalid, or there is none.
std::vector<tenant> read_tenants(const std::filesystem::path& folder);

struct input_choice {
  // A name; "-": standard input; "": standard input if there is something in it, else the repository's text.
  std::string file;
  std::filesystem::path repository;
  bool plain = false;         // lines do not name a tenant; a hash of their text chooses one
  bool skip_unknown = false;  // lines of unknown tenants are counted, and skipped
};

input read_input(const input_choice& choice, const std::vector<tenant>& tenants);

// Returns the verdicts of one pass over the lines by one thread, by tenant.
std::vector<tally> judge_all(const input& all, const std::vector<tenant>& tenants);

}  // namespace tenants
