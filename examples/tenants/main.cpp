// SPDX-License-Identifier: BSL-1.0
//
// tenants: a multi-tenant line filter with hot reload, as in a data plane, under each of lazyref's policies. For programs
// whose workers switch between reference-counted objects (tenants, address spaces, isolates): it compares the policies'
// speed, and how long and how many rule sets are retained.
//
// Read workload.hpp first, which uses lazyref. rule_table.hpp is the table in which workers find a rule set, rule_set.hpp
// the object; policies.cpp lists the policies. The rest (rules, input, options, progress, report) is that of any such
// program.
//
// Run: sh examples/run.sh tenants [FILE]
#include <lazyref/fence.hpp>

#include <cstdio>
#include <exception>
#include <system_error>

#include "errors.hpp"
#include "input.hpp"
#include "measure.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace {

void run(const tenants::options& chosen) {
  const std::vector<tenants::tenant> tenants = tenants::read_tenants(chosen.rules);
  const tenants::input all = tenants::read_input(chosen.input, tenants);
  (void)lazyref::fence_initialize();  // before threads start, when it takes microseconds; later it takes milliseconds
  const tenants::measurement result = [&] {
    tenants::progress shown(chosen.quiet);
    return tenants::measure(chosen, all, tenants, shown);
  }();
  (chosen.json ? tenants::print_json : tenants::print_table)(result, chosen, all, tenants);
}

int fail(const char* what, tenants::exit_status status) {
  std::fprintf(stderr, "tenants: %s\n", what);
  return status;
}

}  // namespace

int main(int argc, char** argv) try {
  const tenants::options chosen = tenants::parse_options(argc, argv);
  if (chosen.help) {
    tenants::print_help();
  } else {
    run(chosen);
  }
  return tenants::good;
} catch (const tenants::check_failed& failure) {
  return fail(failure.what(), tenants::check_failure);
} catch (const std::exception& failure) {  // input_error, what the file system throws, or no more threads
  return fail(failure.what(), tenants::bad_input);
}
