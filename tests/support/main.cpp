// SPDX-License-Identifier: BSL-1.0
//
// main() of the test programs. Exit status: 0 passed, 77 every case was skipped, 1 failed, or no case ran.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using listener = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
using listener = Catch::TestEventListenerBase;
#endif

#include <cstdio>
#include <string>

#include "support/catch.hpp"

namespace {

std::string current;  // the running case
int cases = 0;
int skipped = 0;
bool skipping = false;

struct count_cases : listener {
  using listener::listener;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    current = info.name;
    skipping = false;
    ++cases;
  }
  void testCaseEnded(const Catch::TestCaseStats&) override { skipped += skipping ? 1 : 0; }
};
CATCH_REGISTER_LISTENER(count_cases)

}  // namespace

void lazyref_test::skip(const char* reason) {
  skipping = true;
  std::printf("SKIPPED: %s: %s\n", current.c_str(), reason);
  std::fflush(stdout);
}

int main(int argc, char* argv[]) {
  const int failures = Catch::Session().run(argc, argv);
  if (failures != 0) return 1;
  if (cases == 0) return argc == 1 ? 1 : 0;
  return skipped == cases ? 77 : 0;
}
