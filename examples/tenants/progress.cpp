// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include <cstdio>
#include <utility>

#include "system.hpp"

namespace tenants {
namespace {
constexpr const char* erase_line = "\r\033[K";
}

progress::progress(bool quiet) : quiet_(quiet), in_place_(stderr_is_terminal()) {}

progress::~progress() {
  if (!quiet_ && in_place_) std::fputs(erase_line, stderr);
}

void progress::begin(std::string what, std::uint64_t lines) {
  what_ = std::move(what);
  lines_ = lines;
  begin_ = clock::now();
}

void progress::show(std::uint64_t lines_taken) {
  const clock::time_point now = clock::now();
  if (quiet_ || (!in_place_ && now - shown_ < std::chrono::seconds(1))) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double taken = static_cast<double>(lines_taken);
  std::fprintf(stderr, "%s%-42s %3.0f %%  %6.1f M lines/s%s", in_place_ ? erase_line : "", what_.c_str(),
               100 * taken / static_cast<double>(lines_), taken / seconds / 1e6, in_place_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace tenants
