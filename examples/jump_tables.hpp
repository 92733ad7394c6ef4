// SPDX-License-Identifier: BSL-1.0
//
// Shared by with_asmjit and with_xbyak: functions with jump tables, whose absolute addresses are valid at one address only,
// replaced while they are called; and the costs of generating them. `Generator` has:
//
//   name                                        "asmjit"
//   write(space, which, version, draft)         generates a function into a draft; returns a sync_result
//   write_wrong(space, which, version, draft)   the same with the error that --break makes
//   add(space, which, version, ref)             generates and publishes it
//   own_memory                                  without a code_space, for comparison: constructed with a number, it can
//                                               make(version) as many functions, and give_back() all of them
//   break_option, own_make, own_give_back       the texts for these
#pragma once

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "generated.hpp"
#include "observed.hpp"

namespace examples {

using block = block_with_table;
using block_space = lazyref::code_space<block>;
using block_ref = lazyref::strong_ref<block>;
using functions = called_functions<block>;

template <class Generator>
class jump_table_compiler {
 public:
  jump_table_compiler(block_space& space, bool broken) : space_(space), broken_(broken) {}

  block_ref operator()(which_function which, std::uint64_t version) {
    block_space::draft_type draft;
    const lazyref::sync_result written = broken_ ? Generator::write_wrong(space_, which, version, draft)
                                                 : Generator::write(space_, which, version, draft);
    if (written.error() == ENOSPC) return {};
    require(written);
    block_ref result;
    require(space_.publish(draft, result));
    ++tables_;
    if (result->table_is_right()) return result;
    ++wrong_tables_;
    return {};
  }

  bool report() const {
    std::printf("checked: %" PRIu64 " of %" PRIu64 " jump tables lead out of their function\n", wrong_tables_, tables_);
    return wrong_tables_ == 0;
  }

 private:
  block_space& space_;
  const bool broken_;
  std::uint64_t tables_ = 0, wrong_tables_ = 0;
};

// Compares the costs of generating functions and of reclaiming them.
template <class Generator>
void compare_generating(block_space& dual, block_space& flip) {
  constexpr unsigned times = 100, rounds = 31;
  cost_table::way make[] = {{Generator::own_make},
                            {"code_space, mapped twice, each published by itself"},
                            {"code_space, mapped twice, 100 published together"},
                            {"code_space, mapped once and switched, each by itself"}};
  cost_table::way free[] = {{Generator::own_give_back},
                            {"retire, a flush for 100; those published by themselves"},
                            {"the same; those published together"},
                            {"the same, mapped once"}};
  typename Generator::own_memory own(times);
  for (unsigned i = 0; i < rounds; ++i) {
    make[0].measure(times, [&] {
      own.make(i);
      return 0;
    });
    free[0].measure(times, [&] {
      own.give_back();
      return 0;
    });
    for (unsigned way = 1; way < 4; ++way) {
      block_space& space = way == 3 ? flip : dual;
      std::vector<block_ref> refs(times);
      std::vector<block_space::draft_type> drafts(times);
      make[way].measure(times, [&] {
        for (unsigned n = 0; n < times; ++n) {
          if (way != 2) require(Generator::add(space, outer, i, refs[n]));
          if (way == 2) require(Generator::write(space, outer, i, drafts[n]));
        }
        if (way == 2) require(space.publish(drafts.data(), times, refs.data()));
        return 0;
      });
      free[way].measure(times, [&] {
        for (auto& one : refs) space.retire(std::move(one));
        return space.domain().flush();
      });
    }
  }
  cost_table::print("generate a function and make it callable", make);
  cost_table::print("reclaim a function", free);
}

// The program.
template <class Generator>
int run_jump_tables(int argc, char** argv) {
  unsigned long workers = 3, milliseconds = 1000;
  bool flip = false, cost = false, broken = false;
  const std::string name = Generator::name, program = "with_" + name;
  const std::string about = "Functions that " + name + " generates, called and replaced in a code_space.\n";
  const std::string about_cost = "only compare costs with " + name + "'s own memory";
  observer_options observe;
  parse(
      argc, argv, program.c_str(), about.c_str(),
      {number("--workers", workers, 1, 256, "threads that call"),
       number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       flag("--flip", flip, "map memory once, and switch its protection"), observe.perf_option(), observe.gdb_option(),
       flag("--cost", cost, about_cost.c_str()), flag("--break", broken, Generator::break_option)});
  if (broken && flip) {
    std::fprintf(stderr, "%s: --break: with --flip code is written where it is executed; see --help\n",
                 program.c_str());
    return bad_input;
  }
  choose_fence();
  require(lazyref::instruction_sync_initialize());
  const auto mapping = flip ? lazyref::code_mapping::flip : lazyref::code_mapping::dual;
  block_space space({1 << 20, 256, 2 * workers}, observe.observers(), mapping);  // one slot for each frame
  require(space.status());
  jump_table_compiler<Generator> compile(space, broken);
  if (cost) {
    block_space switched({1 << 20, 256, 2}, lazyref::code_mapping::flip);
    require(switched.status());
    compare_generating<Generator>(space, switched);
    const block_ref code = compile(inner, 0);
    return verdict(code && compare_calls(space, code));
  }
  functions all(space);
  const bool good = all.run(workers, milliseconds, false, compile,
                            [&](which_function, block_ref&& old) { space.retire(std::move(old)); });
  return verdict(compile.report() && good);
}

}  // namespace examples
