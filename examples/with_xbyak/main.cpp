// SPDX-License-Identifier: BSL-1.0
//
// with_xbyak: functions that xbyak generates, called by workers while they are replaced, in memory that is reused. For
// users of xbyak: the adapter to copy is xbyak_space.hpp. The calls and checks are in ../generated.hpp and ../jump_tables.hpp.
//
// Run: sh examples/run.sh with_xbyak (it installs libxbyak-dev)
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include "../jump_tables.hpp"
#include "xbyak_space.hpp"

namespace {

using examples::block_ref;
using examples::block_space;
using examples::which_function;
using draft_type = block_space::draft_type;

// Base: xbyak_space::generator, or xbyak's own class, for comparison.
template <class Base>
struct function : Base {
  template <class... Args>
  function(which_function which, std::uint64_t version, Args... args) : Base(args...) {
    using namespace Xbyak::util;
    Xbyak::Label addresses, even, odd, end;
    this->push(rbp);
    this->mov(rbp, rsp);
    this->push(rbx);
    this->sub(rsp, 8);
    this->mov(rbx, rdi);
    if (which == examples::outer) {
      this->mov(rax, reinterpret_cast<std::uintptr_t>(&examples::functions::runtime));
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
using relocated = function<xbyak_space::generator>;
using in_place = function<Xbyak::CodeGenerator>;
constexpr std::size_t most = 256;  // bytes, where the size must be known in advance

struct generator {
  static constexpr const char* name = "xbyak";
  static constexpr const char* break_option = "let xbyak write in place, into the draft: must fail, with status 1";
  static constexpr const char* own_make = "xbyak's own memory, a page each";
  static constexpr const char* own_give_back = "the destructor of xbyak's generator";

  static lazyref::sync_result write(block_space& space, which_function which, std::uint64_t version,
                                    draft_type& draft) {
    relocated code(which, version);
    const lazyref::sync_result written = xbyak_space::write(space, code, draft, which);
    if (written) draft->table = code.table;
    return written;
  }

  // The error that --break makes, where memory is mapped twice: xbyak generates in place, for the writable address.
  static lazyref::sync_result write_wrong(block_space& space, which_function which, std::uint64_t version,
                                          draft_type& draft) {
    draft = space.draft(most, which);
    if (!draft) return draft.status();
    const in_place code(which, version, draft.size(), draft.data());
    draft->table = code.table;
    return draft.shrink(code.getSize());
  }

  static lazyref::sync_result add(block_space& space, which_function which, std::uint64_t version, block_ref& result) {
    relocated code(which, version);
    return xbyak_space::add(space, code, result, which);
  }

  class own_memory {
   public:
    explicit own_memory(std::size_t n) : all_(n) {}
    void make(std::uint64_t version) {
      for (auto& one : all_) one = std::make_unique<in_place>(examples::outer, version, most);
    }
    void give_back() {
      for (auto& one : all_) one.reset();
    }

   private:
    std::vector<std::unique_ptr<in_place>> all_;
  };
};

}  // namespace

int main(int argc, char** argv) try {
  return examples::run_jump_tables<generator>(argc, argv);
} catch (const std::exception& why) {
  std::fprintf(stderr, "with_xbyak: %s\n", why.what());
  return examples::check_failed;
}
