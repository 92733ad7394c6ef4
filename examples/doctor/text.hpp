// SPDX-License-Identifier: BSL-1.0
//
// The parts of the human-readable report.
#pragma once

#include <string>
#include <vector>

#include "findings.hpp"

namespace doctor {

#if defined(__GNUC__) && !defined(_WIN32)
[[gnu::format(printf, 1, 2)]]
#endif
std::string
format(const char* pattern, ...);
std::string line(const char* name, const std::string& value);
// Breaks a paragraph into lines of at most 100 columns, the first after `first`, the others after as many blanks.
std::string paragraph(const std::string& first, const std::string& text);
const char* yes(bool);
std::string digits(double ns);

// code_text.cpp
std::string code_text(const code_findings&);
std::string publishing_text(const std::vector<publish_cost>&, const code_findings&);

}  // namespace doctor
