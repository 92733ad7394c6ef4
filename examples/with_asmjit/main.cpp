// SPDX-License-Identifier: BSL-1.0
//
// with_asmjit: functions that asmjit generates, called by workers while they are replaced, in memory that is reused. For
// users of asmjit: the adapter to copy is asmjit_space.hpp. The calls and checks are in ../generated.hpp and ../jump_tables.hpp.
//
// Run: sh examples/run.sh with_asmjit (it installs libasmjit-dev)
#include <cstdint>
#include <vector>

#include "../jump_tables.hpp"
#include "asmjit_space.hpp"

namespace {

using examples::block_ref;
using examples::block_space;
using examples::which_function;
using draft_type = block_space::draft_type;

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
    a.call(asmjit::imm(&examples::functions::runtime));
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

struct generator {
  static constexpr const char* name = "asmjit";
  static constexpr const char* break_option = "relocate to the writable address: must fail, with status 1";
  static constexpr const char* own_make = "asmjit's JitRuntime::add";
  static constexpr const char* own_give_back = "asmjit's JitRuntime::release";

  static lazyref::sync_result write(block_space& space, which_function which, std::uint64_t version,
                                    draft_type& draft) {
    asmjit::CodeHolder code;
    const std::size_t table = generate(code, which, version);
    const lazyref::sync_result written = asmjit_space::write(space, code, draft, which);
    if (written) draft->table = table;
    return written;
  }

  // The error that --break makes: relocated to the writable address.
  static lazyref::sync_result write_wrong(block_space& space, which_function which, std::uint64_t version,
                                          draft_type& draft) {
    const lazyref::sync_result written = write(space, which, version, draft);
    if (!written) return written;
    asmjit::CodeHolder again;
    generate(again, which, 1);
    again.flatten();
    again.resolveUnresolvedLinks();
    again.relocateToBase(reinterpret_cast<std::uintptr_t>(draft.data()));
    again.copyFlattenedData(draft.data(), draft.size());
    return {};
  }

  static lazyref::sync_result add(block_space& space, which_function which, std::uint64_t version, block_ref& result) {
    asmjit::CodeHolder code;
    generate(code, which, version);
    return asmjit_space::add(space, code, result, which);
  }

  class own_memory {
   public:
    explicit own_memory(std::size_t n) : all_(n) {}
    void make(std::uint64_t version) {
      for (auto& one : all_) {
        asmjit::CodeHolder code;
        generate(code, examples::outer, version);
        runtime_.add(&one, &code);
      }
    }
    void give_back() {
      for (auto& one : all_) runtime_.release(one);
    }

   private:
    asmjit::JitRuntime runtime_;
    std::vector<examples::generated_code*> all_;
  };
};

}  // namespace

int main(int argc, char** argv) { return examples::run_jump_tables<generator>(argc, argv); }
