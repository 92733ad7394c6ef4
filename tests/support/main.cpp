// SPDX-License-Identifier: BSL-1.0
//
// main() of the test programs. Exit status: 0 passed, 77 every case was skipped, 1 failed, or no case ran (and no list was
// wanted).
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

bool is_list(const Catch::ConfigData& c) {
#if defined(CATCH_CONFIG_RUNNER)
  return c.showHelp || c.listTests || c.listTags || c.listReporters || c.listTestNamesOnly || c.libIdentify;
#else
  return c.showHelp || c.listTests || c.listTags || c.listReporters || c.listListeners || c.libIdentify;
#endif
}

}  // namespace

void lazyref_test::skip(const char* reason) {
  skipping = true;
  skip_part(reason);
}

void lazyref_test::skip_part(const char* reason) {
  std::printf("SKIPPED: %s: %s\n", current.c_str(), reason);
  std::fflush(stdout);
}

int main(int argc, char* argv[]) {
  Catch::Session session;
  if (session.run(argc, argv) != 0) return 1;
  if (cases == 0) return is_list(session.configData()) ? 0 : 1;
  return skipped == cases ? 77 : 0;
}
