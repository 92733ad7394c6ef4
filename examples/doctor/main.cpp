// SPDX-License-Identifier: BSL-1.0
//
// doctor: reports what this host offers to lazyref, what it costs, and whether it does what it reports. For everybody who
// installs lazyref on a new kind of host: machine, kernel, container, sandbox or emulator.
//
// Run: sh examples/run.sh doctor [--json] [--quick]
#include <cstdio>
#include <cstring>

#include "findings.hpp"

namespace {

constexpr const char* help =
    "usage: doctor [--json] [--quick]\n"
    "\n"
    "Reports what this host offers to lazyref: the kernel, each membarrier command and whether it does what it "
    "reports,\n"
    "the backend that lazyref chooses and why, rseq, what new machine code needs before threads may run it, the costs "
    "of\n"
    "all of these, and the result of a litmus test of the fence.\n"
    "\n"
    "  --json   one JSON object instead of text\n"
    "  --quick  less than a second; the costs are less exact, and the self-test has less power\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 success, also if a feature is missing that lazyref can do without; 1 membarrier does not do what "
    "it\n"
    "reports, the fence does not order, or the kernel does not restart the sequences that claim per-CPU slots; 2 "
    "wrong\n"
    "usage.\n";

struct options {
  bool json, quick, help;
  const char* unknown;
};

options parse(int count, char** arguments) {
  options chosen{};
  for (int i = 1; i < count; ++i) {
    const char* argument = arguments[i];
    if (std::strcmp(argument, "--json") == 0) {
      chosen.json = true;
    } else if (std::strcmp(argument, "--quick") == 0) {
      chosen.quick = true;
    } else if (std::strcmp(argument, "--help") == 0) {
      chosen.help = true;
    } else {
      chosen.unknown = argument;
    }
  }
  return chosen;
}

doctor::findings examine(bool quick) {
  using namespace std::chrono_literals;
  const doctor::effort effort = quick ? doctor::effort{5, 3, 200us, 100ms} : doctor::effort{11, 7, 3ms, 2000ms};
  doctor::findings found{};
  found.host = doctor::examine_host();
  found.rseq = doctor::examine_rseq();
  found.membarrier = doctor::examine_membarrier();
  // A registration is permanent, so measurements that need a process without one come first.
  doctor::add(found.costs, doctor::measure_registration(effort, found.membarrier));
  doctor::add(found.costs, doctor::measure_code_registration(effort, found.membarrier));
  found.fence = doctor::examine_fence(found.membarrier);
  found.code = doctor::examine_code();
  doctor::add(found.costs, doctor::measure_fences(effort, found.fence, found.membarrier));
  doctor::add(found.costs, doctor::measure_code(effort, found.code, found.membarrier));
  found.publishing = doctor::measure_publishing(effort, found.code);
  found.self_test = doctor::test_fence_for(effort.self_test, found.fence);
  return found;
}

}  // namespace

int main(int count, char** arguments) {
  const options chosen = parse(count, arguments);
  if (chosen.unknown != nullptr) {
    std::fprintf(stderr, "doctor: unknown option '%s'\n\n%s", chosen.unknown, help);
    return 2;
  }
  if (chosen.help) {
    std::fputs(help, stdout);
    return 0;
  }
  const doctor::findings found = examine(chosen.quick);
  const doctor::summary summary = doctor::sum_up(found);
  std::fputs((chosen.json ? doctor::json_report(found, summary) : doctor::text_report(found, summary)).c_str(), stdout);
  return summary.exit_code;
}
