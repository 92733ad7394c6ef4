// SPDX-License-Identifier: BSL-1.0
//
// jit: a small compiler for arithmetic, whose functions are replaced continuously while threads call them, in memory that
// is reused immediately. For authors of JIT compilers: function.hpp has the block of a code_space, replace.cpp writes,
// publishes, calls and retires blocks, nested.cpp has functions that call the runtime, which calls functions. Each
// machine_*.hpp encodes the instructions of one architecture.
//
// Run: sh examples/run.sh jit [FILE]
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "../example.hpp"
#include "expression.hpp"
#include "nested.hpp"
#include "options.hpp"
#include "replace.hpp"
#include "self_test.hpp"

namespace {

const char built_in[] =
    "x*x + 3*y - 7\n"
    "(x + y) * (x - y)\n"
    "-(x - 1) * -(y - 2) * 1000000007\n"
    "6 * 7 * x - 9223372036854775807 * y\n"
    "x*(2 + x*(3 + x*(5 + x*(7 + x*(11 + x*(13 + x*17))))))\n"
    "1 + (x*2 + (y*3 + (x*4 + (y*5 + (x*6 + (y*7 + (x*8 + (y*9 + (x*10 + (y*11 + x*y))))))))))\n";

// Removes --expression TEXT from the arguments; examples::parse processes the rest.
std::string take_expressions(int& argc, char** argv) {
  std::string result;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--expression") != 0) {
      argv[kept++] = argv[i];
    } else if (++i < argc) {
      result.append(argv[i]).append("\n");
    } else {
      throw jit::input_error("--expression: needs a value; see --help");
    }
  }
  argc = kept;
  return result;
}

std::vector<jit::expression> expressions(const std::string& given, const char* file) {
  std::vector<jit::expression> all;
  if (file != nullptr) all = jit::read_expressions(file);
  if (!given.empty()) {
    for (jit::expression& one : jit::parse_expressions(given, "--expression")) all.push_back(std::move(one));
  }
  if (all.empty()) all = jit::parse_expressions(built_in, "built-in");
  return all;
}

void choose_synchronisation(jit::options& how) {
  if (lazyref::instruction_sync_capabilities().all_threads == lazyref::all_threads_by::handshake)
    how.each_executor = true;
  // Before threads start, as for the fence: then it takes microseconds.
  if (!how.each_executor) jit::require(lazyref::instruction_sync_initialize());
  if (how.native()) {
    std::printf("functions: native code for %s, int64(int64 x, int64 y)\n", jit::compiler::machine_name);
    std::printf("stale instructions: discarded by %s (%s)\n",
                how.each_executor ? "each worker, after protect" : "publish, in all threads",
                lazyref::instruction_sync_capabilities().reason);
  } else {
    std::printf("functions: interpreted%s\n",
                how.interpret ? ", as requested" : ": this program has no code generator for this architecture");
    std::printf("stale instructions: none, since interpreted programs are data\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  jit::options how;
  const char* file = nullptr;
  try {
    const std::string given = take_expressions(argc, argv);
    examples::parse(
        argc, argv, "jit",
        "Compiles arithmetic expressions and calls the functions in several threads, while it recompiles them\n"
        "continuously and reclaims the old ones. FILE has one expression per line: x, y, numbers, + - *, ( and ).\n"
        "Numbers have 64 bits and wrap around. The result of each call is compared with the interpreter's.\n\n"
        "  --expression TEXT      an expression; may be repeated; without it and FILE, built-in ones",
        {examples::number("--seconds", how.seconds, 1, 3600, "how long"),
         examples::number("--workers", how.workers, 1, 256, "threads that call"),
         examples::number("--batch", how.batch, 1, 1000, "functions published together"),
         examples::number("--bytes", how.bytes, 0, 1ul << 30, "of memory for code; 0: as few as possible"),
         examples::number("--self-test", how.self_test, 0, 10000000, "instead, compare that many random expressions"),
         examples::number("--levels", how.levels, 2, 100, "nested frames of compiled functions"),
         examples::flag("--cost", how.cost, "only compare the costs of calls"),
         examples::flag("--flip", how.flip, "map memory once, and switch its protection; required under qemu-user"),
         examples::flag("--interpret", how.interpret, "interpret, even where there is a code generator"),
         examples::flag("--each-executor", how.each_executor, "workers discard stale instructions, instead of publish"),
         how.observe.perf_option(), how.observe.gdb_option(),
         examples::flag("--break", how.broken,
                        "reuse memory too early, or compile 1 of 100 wrongly: must fail, with status 1"),
         examples::flag("--break-nested", how.break_nested,
                        "protect the callee through the caller's slot: must fail, with status 1")},
        &file);
    if (how.broken && how.flip && how.self_test == 0)
      throw jit::input_error("--break: it writes to published code, which --flip prevents; use it without --flip");
    if (how.break_nested && how.flip)
      throw jit::input_error(
          "--break-nested: it returns to rewritten code, which --flip prevents; use it without --flip");

    const std::vector<jit::expression> all = expressions(given, file);
    examples::choose_fence();
    choose_synchronisation(how);
    if (how.cost) return examples::verdict(jit::cost(how));
    if (how.self_test != 0) return examples::verdict(jit::self_test(how));
    const bool nested = jit::nested_frames(how);
    return examples::verdict((how.break_nested || jit::replace_while_called(all, how)) && nested);
  } catch (const jit::refused& why) {
    std::fprintf(stderr, "jit: %s\n", why.what());
    return examples::check_failed;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "jit: %s\n", why.what());
    return examples::bad_input;
  }
}
