// SPDX-License-Identifier: BSL-1.0
//
// with_xbyak: functions that xbyak generates, called by workers while they are replaced, in memory that is reused. For
// users of xbyak: the adapter to copy is xbyak_space.hpp. The calls and checks are in ../generated.hpp.
//
// Run: sh examples/run.sh with_xbyak (it installs libxbyak-dev)
#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "../generated.hpp"
#include "../observed.hpp"
#include "xbyak_space.hpp"

namespace {

using examples::which_function;
using block = examples::block_with_table;
using block_space = lazyref::code_space<block>;
using block_ref = lazyref::strong_ref<block>;
using functions = examples::called_functions<block>;

// Base: xbyak_space::generator, or xbyak's own class, for comparison.
template <class Base>
struct generator : Base {
  template <class... Args>
  generator(which_function which, std::uint64_t version, Args... args) : Base(args...) {
    using namespace Xbyak::util;
    Xbyak::Label addresses, even, odd, end;
    this->push(rbp);
    this->mov(rbp, rsp);
    this->push(rbx);
    this->sub(rsp, 8);
    this->mov(rbx, rdi);
    if (which == examples::outer) {
      this->mov(rax, reinterpret_cast<std::uintptr_t>(&functions::runtime));
      this->call(rax);
    } else {
      this->lea(rax, ptr[rdi + rdi * 2 + 1]);
    }
    this->mov(rdx, static_cast<std::uint64_t>(examples::number_of(which, version)));
    this->and_(ebx, 1);
    this->mov(rcx, addresses);  // an absolute address, as those in the table
    this->jmp(ptr[rcx + rbx * 8]);
    this->align(8);
    this->L(addresses);
    table = this->getSize();
    this->putL(even);
    this->putL(odd);
    this->L(even);
    this->add(rax, rdx);
    this->jmp(end);
    this->L(odd);
    this->lea(rax, ptr[rax + rdx]);
    this->L(end);
    this->add(rsp, 8);
    this->pop(rbx);
    this->pop(rbp);
    this->ret();
  }

  std::size_t table = 0;
};
using relocated = generator<xbyak_space::generator>;
using in_place = generator<Xbyak::CodeGenerator>;
constexpr std::size_t most = 256;  // bytes, where the size must be known in advance

class compiler {
 public:
  compiler(block_space& space, bool broken) : space_(space), broken_(broken) {}

  block_ref operator()(which_function which, std::uint64_t version) {
    block_space::draft_type draft;
    const lazyref::sync_result written = broken_ ? write_in_place(which, version, draft) : write(which, version, draft);
    if (written.error() == ENOSPC) return {};
    examples::require(written);
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
  lazyref::sync_result write(which_function which, std::uint64_t version, block_space::draft_type& draft) {
    relocated code(which, version);
    const lazyref::sync_result written = xbyak_space::write(space_, code, draft, which);
    if (written) draft->table = code.table;
    return written;
  }

  // The error that --break makes, where memory is mapped twice: xbyak generates in place, for the writable address.
  lazyref::sync_result write_in_place(which_function which, std::uint64_t version, block_space::draft_type& draft) {
    draft = space_.draft(most, which);
    if (!draft) return draft.status();
    const in_place code(which, version, draft.size(), draft.data());
    draft->table = code.table;
    return draft.shrink(code.getSize());
  }

  block_space& space_;
  const bool broken_;
  std::uint64_t tables_ = 0, wrong_tables_ = 0;
};

// Compares the costs of generating functions and of reclaiming them.
void compare_generating(block_space& dual, block_space& flip) {
  constexpr unsigned times = 100, rounds = 31;
  examples::cost_table::way make[] = {{"xbyak's own memory, a page each"},
                                      {"code_space, mapped twice, each published by itself"},
                                      {"code_space, mapped twice, 100 published together"},
                                      {"code_space, mapped once and switched, each by itself"}};
  examples::cost_table::way free[] = {{"the destructor of xbyak's generator"},
                                      {"retire, a flush for 100; those published by themselves"},
                                      {"the same; those published together"},
                                      {"the same, mapped once"}};
  for (unsigned i = 0; i < rounds; ++i) {
    std::vector<std::unique_ptr<in_place>> own(times);
    make[0].measure(times, [&] {
      for (auto& one : own) one = std::make_unique<in_place>(examples::outer, i, most);
      return 0;
    });
    free[0].measure(times, [&] {
      own.clear();
      return 0;
    });
    for (unsigned way = 1; way < 4; ++way) {
      block_space& space = way == 3 ? flip : dual;
      std::vector<block_ref> refs(times);
      std::vector<block_space::draft_type> drafts(times);
      make[way].measure(times, [&] {
        for (unsigned n = 0; n < times; ++n) {
          relocated code(examples::outer, i);
          if (way != 2) examples::require(xbyak_space::add(space, code, refs[n], examples::outer));
          if (way == 2) examples::require(xbyak_space::write(space, code, drafts[n], examples::outer));
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

int main(int argc, char** argv) try {
  unsigned long workers = 3, milliseconds = 1000;
  bool flip = false, cost = false, broken = false;
  examples::observer_options observe;
  examples::parse(
      argc, argv, "with_xbyak", "Functions that xbyak generates, called and replaced in a code_space.\n",
      {examples::number("--workers", workers, 1, 256, "threads that call"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::flag("--flip", flip, "map memory once, and switch its protection"), observe.perf_option(),
       observe.gdb_option(), examples::flag("--cost", cost, "only compare costs with xbyak's own memory"),
       examples::flag("--break", broken, "let xbyak write in place, into the draft: must fail, with status 1")});
  if (broken && flip) {
    std::fputs("with_xbyak: --break: with --flip code is written where it is executed; see --help\n", stderr);
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
} catch (const std::exception& why) {
  std::fprintf(stderr, "with_xbyak: %s\n", why.what());
  return examples::check_failed;
}
