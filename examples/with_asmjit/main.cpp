// SPDX-License-Identifier: BSL-1.0
//
// with_asmjit: functions that asmjit generates, called by workers while they are replaced, in memory that is reused. For
// users of asmjit: the adapter to copy is asmjit_space.hpp. The calls and checks are in ../generated.hpp.
//
// Run: sh examples/run.sh with_asmjit (it installs libasmjit-dev)
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "../generated.hpp"
#include "../observed.hpp"
#include "asmjit_space.hpp"

namespace {

using examples::which_function;
using block = examples::block_with_table;
using block_space = lazyref::code_space<block>;
using block_ref = lazyref::strong_ref<block>;
using functions = examples::called_functions<block>;

// Returns the offset of the jump table.
std::size_t generate(asmjit::CodeHolder& code, which_function which, std::uint64_t version) {
  using namespace asmjit::x86;
  code.init(asmjit::Environment::host());
  Assembler a(&code);
  const asmjit::Label table = a.newLabel(), even = a.newLabel(), odd = a.newLabel(), end = a.newLabel();
  a.push(rbp);
  a.mov(rbp, rsp);
  a.push(rbx);
  a.sub(rsp, 8);
  a.mov(rbx, rdi);
  if (which == examples::outer) {
    a.call(asmjit::imm(&functions::runtime));
  } else {
    a.lea(rax, ptr(rdi, rdi, 1, 1));
  }
  a.mov(rdx, examples::number_of(which, version));
  a.and_(ebx, 1);
  a.lea(rcx, ptr(table));
  a.jmp(ptr(rcx, rbx, 3));
  a.align(asmjit::AlignMode::kData, 8);
  a.bind(table);
  a.embedLabel(even);
  a.embedLabel(odd);
  a.bind(even);
  a.add(rax, rdx);
  a.jmp(end);
  a.bind(odd);
  a.lea(rax, ptr(rax, rdx));
  a.bind(end);
  a.add(rsp, 8);
  a.pop(rbx);
  a.pop(rbp);
  a.ret();
  return code.labelOffset(table);
}

// The error that --break makes: relocated to the writable address.
lazyref::sync_result write_wrong(block_space& space, asmjit::CodeHolder& code, block_space::draft_type& result,
                                 which_function which) {
  const lazyref::sync_result written = asmjit_space::write(space, code, result, which);
  if (!written) return written;
  asmjit::CodeHolder again;
  result->table = generate(again, which, 1);
  again.flatten();
  again.resolveUnresolvedLinks();
  again.relocateToBase(reinterpret_cast<std::uintptr_t>(result.data()));
  again.copyFlattenedData(result.data(), result.size());
  return {};
}

class compiler {
 public:
  compiler(block_space& space, bool broken) : space_(space), broken_(broken) {}

  block_ref operator()(which_function which, std::uint64_t version) {
    asmjit::CodeHolder code;
    const std::size_t table = generate(code, which, version);
    block_space::draft_type draft;
    const auto written =
        broken_ ? write_wrong(space_, code, draft, which) : asmjit_space::write(space_, code, draft, which);
    if (written.error() == ENOSPC) return {};
    examples::require(written);
    draft->table = table;
    block_ref result;
    examples::require(space_.publish(draft, result));
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
void compare_generating(block_space& dual, block_space& flip) {
  constexpr unsigned times = 100, rounds = 31;
  examples::cost_table::way make[] = {{"asmjit's JitRuntime::add"},
                                      {"code_space, mapped twice, each published by itself"},
                                      {"code_space, mapped twice, 100 published together"},
                                      {"code_space, mapped once and switched, each by itself"}};
  examples::cost_table::way free[] = {{"asmjit's JitRuntime::release"},
                                      {"retire, a flush for 100; those published by themselves"},
                                      {"the same; those published together"},
                                      {"the same, mapped once"}};
  asmjit::JitRuntime runtime;
  for (unsigned i = 0; i < rounds; ++i) {
    std::vector<examples::generated_code*> plain(times);
    make[0].measure(times, [&] {
      for (auto& one : plain) {
        asmjit::CodeHolder code;
        generate(code, examples::outer, i);
        runtime.add(&one, &code);
      }
      return 0;
    });
    free[0].measure(times, [&] {
      for (auto& one : plain) runtime.release(one);
      return 0;
    });
    for (unsigned way = 1; way < 4; ++way) {
      block_space& space = way == 3 ? flip : dual;
      std::vector<block_ref> refs(times);
      std::vector<block_space::draft_type> drafts(times);
      make[way].measure(times, [&] {
        for (unsigned n = 0; n < times; ++n) {
          asmjit::CodeHolder code;
          generate(code, examples::outer, i);
          if (way != 2) examples::require(asmjit_space::add(space, code, refs[n], examples::outer));
          if (way == 2) examples::require(asmjit_space::write(space, code, drafts[n], examples::outer));
        }
        if (way == 2) examples::require(space.publish(drafts.data(), times, refs.data()));
        return 0;
      });
      free[way].measure(times, [&] {
        for (auto& one : refs) space.retire(std::move(one));
        return space.domain().flush();
      });
    }
  }
  examples::cost_table::print("generate a function and make it callable", make);
  examples::cost_table::print("reclaim a function", free);
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long workers = 3, milliseconds = 1000;
  bool flip = false, cost = false, broken = false;
  examples::observer_options observe;
  examples::parse(argc, argv, "with_asmjit", "Functions that asmjit generates, called and replaced in a code_space.\n",
                  {examples::number("--workers", workers, 1, 256, "threads that call"),
                   examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
                   examples::flag("--flip", flip, "map memory once, and switch its protection"), observe.perf_option(),
                   observe.gdb_option(), examples::flag("--cost", cost, "only compare costs with asmjit's own memory"),
                   examples::flag("--break", broken, "relocate to the writable address: must fail, with status 1")});
  if (broken && flip) {
    std::fputs("with_asmjit: --break: with --flip code is written where it is executed; see --help\n", stderr);
    return examples::bad_input;
  }
  examples::choose_fence();
  examples::require(lazyref::instruction_sync_initialize());
  const auto mapping = flip ? lazyref::code_mapping::flip : lazyref::code_mapping::dual;
  block_space space({1 << 20, 256, 2 * workers}, observe.observers(), mapping);  // one slot for each frame
  examples::require(space.status());
  compiler compile(space, broken);
  if (cost) {
    block_space switched({1 << 20, 256, 2}, lazyref::code_mapping::flip);
    examples::require(switched.status());
    compare_generating(space, switched);
    const block_ref code = compile(examples::inner, 0);
    return examples::verdict(code && examples::compare_calls(space, code));
  }
  functions all(space);
  const bool good = all.run(workers, milliseconds, false, compile,
                            [&](which_function, block_ref&& old) { space.retire(std::move(old)); });
  return examples::verdict(compile.report() && good);
}
