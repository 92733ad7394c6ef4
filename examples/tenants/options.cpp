// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "errors.hpp"
#include "policies.hpp"

namespace tenants {
namespace {

using std::chrono::microseconds;

std::filesystem::path source_folder() {
#ifdef LAZYREF_SOURCE_DIR
  return LAZYREF_SOURCE_DIR;
#else
  return std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
#endif
}

std::size_t number(const std::string& option, const std::string& text, std::size_t least, std::size_t most) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw input_error(option + ": expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
                      ", found \"" + text + '"');
  }
  return value;
}

double seconds(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(value > 0 && value <= 3600)) {
    throw input_error("--seconds: expected a number above 0, up to 3600, found \"" + text + '"');
  }
  return value;
}

std::string known_policy(const std::string& name) {
  std::string known;
  for (const policy_column& one : policies()) {
    if (name == one.name) return name;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  throw input_error("--policy: unknown policy \"" + name + "\" (known: " + known + ')');
}

}  // namespace

options parse_options(int argc, char** argv) {
  constexpr std::size_t most_workers = 1024, most_slots = 1 << 20, most_pause = 1000000000;
  options result;
  result.input.repository = source_folder();
  // At least two, or no tenant is shared; by default not more than a table shows well.
  result.workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 16);

  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == argc) throw input_error(arg + " needs a value; see --help");
      return argv[++i];
    };
    // A table.
    // clang-format off
    if (arg == "--help" || arg == "-h") result.help = true;
    else if (arg == "--json") result.json = true;
    else if (arg == "--quiet") result.quiet = true;
    else if (arg == "--plain") result.input.plain = true;
    else if (arg == "--skip-unknown") result.input.skip_unknown = true;
    else if (arg == "--workers") result.workers = number(arg, value(), 1, most_workers);
    else if (arg == "--slots") result.slots = number(arg, value(), 1, most_slots);
    else if (arg == "--rounds") result.rounds = number(arg, value(), 1, 1000);
    else if (arg == "--seconds") result.seconds = seconds(value());
    else if (arg == "--reload-every-us") result.reload_every = microseconds(number(arg, value(), 0, most_pause));
    else if (arg == "--policy") result.policy = known_policy(value());
    else if (arg == "--rules") result.rules = value();
    else if (arg == "--source") result.input.repository = value();
    else if (arg.size() > 1 && arg[0] == '-') throw input_error(arg + ": unknown option; see --help");
    else if (!result.input.file.empty()) throw input_error(arg + ": only one input is allowed; see --help");
    else if (arg.empty()) throw input_error("the input file's name is empty");
    else result.input.file = arg;
    // clang-format on
  }
  if (result.slots == 0) result.slots = result.workers;
  if (result.rules.empty()) result.rules = result.input.repository / "examples" / "data";
  return result;
}

void print_help() {
  std::fputs(R"(tenants: a multi-tenant line filter with hot reload, under each of lazyref's policies

  tenants [OPTIONS] [FILE | -]

Each line of the input belongs to a tenant: "shop: GET /cart". Workers look up the tenant's current rule set, activate
it through their slot, and match the line; a reloader continuously replaces one rule set after the other.
Without FILE, the input is standard input, if something is piped or redirected into it; otherwise lazyref's own text,
whose lines name no tenant: a hash chooses one (as --plain does for any input).

  --workers N           threads that match lines (default: one per CPU, 2 to 16)
  --slots N             slots of the domain (default: as many as workers)
  --seconds S           about how long the measurement takes in all (default: 10)
  --rounds N            rounds per policy, taken in turns; medians are shown (default: 9)
  --reload-every-us N   pause between two reloads (default: 1000)
  --policy NAME         one policy only
  --rules DIR           tenants: NAME.rules in this folder (default: examples/data)
  --source DIR          the folder with lazyref's own text
  --plain               the input's lines name no tenant
  --skip-unknown        count lines of unknown tenants, and continue
  --json                the result as JSON
  --quiet               no progress

policies:
)",
             stdout);
  for (const policy_column& one : policies()) std::printf("  %-21s %s\n", one.name, one.what);
  std::fputs(R"(
The measurement. The input is read and checked first, and kept in memory. A round is a fixed number of passes over it,
the same for each policy, so the policies do the same work on the same lines in the same order. Reloads occur by time,
so a slower policy has more of them in a round; a reload parses the text that was read at the start. All policies use
the same look-up.

"Whole work" is look-up, activation and match. "Activations alone" omits the match, which real programs cannot do.
"Bursts" is the whole work with workers that sleep between batches, each with its last rule set. An activation is
counted where the slot changes its rule set: two lines in a row of one tenant need one.

Rates are by wall-clock time, medians of the rounds. On a busy machine the workers' CPU time per line is more reliable.
On a machine with one free CPU there is no contention for a count, and the policies differ little.

Exit status: 0 success, 1 the program's own checks found a fault, 2 wrong usage or input.
)",
             stdout);
}

}  // namespace tenants
