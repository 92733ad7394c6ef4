// SPDX-License-Identifier: BSL-1.0
//
// with_llvm: functions that LLVM compiles, links by ORC and JITLink, and removes, while workers call them and throw
// through their frames. For users of LLVM's ORC: the adapter to copy is llvm_space.hpp. The calls and checks are in
// ../generated.hpp.
//
// Run: sh examples/run.sh with_llvm (it installs llvm-14-dev)
#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/JITLink/EHFrameSupport.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "../generated.hpp"
#include "../observed.hpp"
#include "llvm_space.hpp"

namespace {

using examples::which_function;
namespace orc = llvm::orc;

const llvm::ExitOnError need("with_llvm: ", examples::check_failed);

std::string name_of(which_function which, std::uint64_t version) {
  return std::string(examples::function_names[which]) + '_' + std::to_string(version);
}

// A function with a variable, in which it counts, and with constants, one of which it adds. Both are aligned to more than
// a cache line; a misalignment changes the result.
std::string text_of(which_function which, std::uint64_t version) {
  const std::string name = name_of(which, version), number = std::to_string(examples::number_of(which, version));
  const char* const begin = which == examples::outer ? "  %begin = call i64 @runtime(i64 %x)\n"
                                                     : "  %three = mul i64 %x, 3\n  %begin = add i64 %three, 1\n";
  return "@calls = internal global i64 0, align 256\n"
         "@numbers = private constant [2 x i64] [i64 " +
         number + ", i64 " + number +
         "]\n"
         "declare i64 @runtime(i64)\n"
         "define i64 @" +
         name +
         "(i64 %x) uwtable \"frame-pointer\"=\"all\" align 256 {\n"
         "  %counted = atomicrmw add i64* @calls, i64 1 monotonic\n"
         "  %place = alloca i64\n"
         "  store volatile i64 ptrtoint (i64* @calls to i64), i64* %place\n"
         "  %variable = load volatile i64, i64* %place\n"
         "  store volatile i64 ptrtoint (i64 (i64)* @" +
         name +
         " to i64), i64* %place\n"
         "  %function = load volatile i64, i64* %place\n"
         "  %either = or i64 %variable, %function\n"
         "  %missing = and i64 %either, 255\n" +
         begin +
         "  %odd = and i64 %x, 1\n"
         "  %at = getelementptr [2 x i64], [2 x i64]* @numbers, i64 0, i64 %odd\n"
         "  %number = load volatile i64, i64* %at\n"
         "  %sum = add i64 %begin, %number\n"
         "  %result = add i64 %sum, %missing\n"
         "  ret i64 %result\n"
         "}\n";
}

}  // namespace

// For ../generated.hpp: each module has one function.
static examples::generated_code* function_of(const module_code& code) noexcept {
  return code.as<examples::generated_code>(code.symbols.front().offset);
}

namespace {

using functions = examples::called_functions<module_code>;

enum class unwinding { with_block, with_tracker };  // for how long frames can be unwound

// A compiler with its linker. `memory`: null for LLVM's own.
class jit {
 public:
  jit(llvm::jitlink::JITLinkMemoryManager* memory, unwinding how)
      : target_(need(orc::JITTargetMachineBuilder::detectHost())) {
    target_.setRelocationModel(llvm::Reloc::PIC_);
    target_.setCodeModel(llvm::CodeModel::Small);
    lljit_ = need(orc::LLJITBuilder()
                      .setJITTargetMachineBuilder(target_)
                      .setObjectLinkingLayerCreator([&](orc::ExecutionSession& session, const llvm::Triple&) {
                        return layer(session, memory, how);
                      })
                      .create());
    machine_ = need(target_.createTargetMachine());
    const auto runtime = llvm::JITEvaluatedSymbol::fromPointer(&functions::runtime);
    need(main().define(orc::absoluteSymbols({{lljit_->mangleAndIntern("runtime"), runtime}})));
  }

  std::unique_ptr<llvm::MemoryBuffer> compile(which_function which, std::uint64_t version) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic wrong;
    const auto module = llvm::parseAssemblyString(text_of(which, version), wrong, context);
    if (module == nullptr) wrong.print("with_llvm", llvm::errs()), std::exit(examples::check_failed);
    module->setDataLayout(machine_->createDataLayout());
    return need(orc::SimpleCompiler(*machine_)(*module));
  }

  // Links the object. Returns the tracker that removes it.
  orc::ResourceTrackerSP add(std::unique_ptr<llvm::MemoryBuffer> object, const std::string& name) {
    auto tracker = main().createResourceTracker();
    need(lljit_->addObjectFile(tracker, std::move(object)));
    need(lljit_->lookup(name));
    return tracker;
  }

 private:
  static llvm::Expected<std::unique_ptr<orc::ObjectLayer>> layer(orc::ExecutionSession& session,
                                                                 llvm::jitlink::JITLinkMemoryManager* memory,
                                                                 unwinding how) {
    auto result = memory != nullptr ? std::make_unique<orc::ObjectLinkingLayer>(session, *memory)
                                    : std::make_unique<orc::ObjectLinkingLayer>(
                                          session, need(llvm::jitlink::InProcessMemoryManager::Create()));
    if (how == unwinding::with_tracker)
      result->addPlugin(std::make_unique<orc::EHFrameRegistrationPlugin>(
          session, std::make_unique<llvm::jitlink::InProcessEHFrameRegistrar>()));
    return std::unique_ptr<orc::ObjectLayer>(std::move(result));
  }
  orc::JITDylib& main() { return lljit_->getMainJITDylib(); }

  orc::JITTargetMachineBuilder target_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  std::unique_ptr<orc::LLJIT> lljit_;
};

// Functions in a space, each with its tracker.
class space_compiler {
 public:
  space_compiler(module_space& space, unwinding how)
      : memory_(
            space, [this](module_ref code) { last_ = std::move(code); }, how == unwinding::with_block),
        jit_(&memory_, how) {}

  module_ref operator()(which_function which, std::uint64_t version) {
    auto& tracker = current_[which] == nullptr ? current_[which] : next_[which];
    tracker = jit_.add(jit_.compile(which, version), name_of(which, version));
    return std::move(last_);
  }
  // Drops `code`. The tracker owns another user of it, which its removal retires.
  void retire(which_function which, module_ref&& code) {
    code.reset();
    need(std::exchange(current_[which], std::exchange(next_[which], nullptr))->remove());
  }

 private:
  module_ref last_;
  module_memory memory_;
  jit jit_;
  std::array<orc::ResourceTrackerSP, 2> current_, next_;
};

// Compares the costs of linking an object file and removing it.
void compare_linking(module_space& dual, module_space& flip) {
  constexpr unsigned times = 20, rounds = 15;
  examples::cost_table::way ways[] = {
      {"LLVM's InProcessMemoryManager"}, {"code_space, mapped twice"}, {"code_space, mapped once and switched"}};
  const auto drop = [](const module_ref&) {};
  module_memory in_dual(dual, drop), in_flip(flip, drop);
  jit all[] = {
      {nullptr, unwinding::with_tracker}, {&in_dual, unwinding::with_block}, {&in_flip, unwinding::with_block}};
  const auto object = all[0].compile(examples::outer, 1);
  const std::string name = name_of(examples::outer, 1);
  for (unsigned i = 0; i < rounds; ++i) {
    for (unsigned way = 0; way < 3; ++way)
      ways[way].measure(times, [&] {
        for (unsigned n = 0; n < times; ++n)
          need(all[way].add(llvm::MemoryBuffer::getMemBuffer(*object, false), name)->remove());
        return 0;
      });
  }
  dual.domain().flush();
  flip.domain().flush();
  examples::cost_table::print("link an object, look its function up, and remove it", ways);
}

[[noreturn]] void not_caught() {
  std::puts("wrong: an exception could not pass a frame: its code was removed, with its unwind tables");
  examples::verdict(false);
  std::fflush(stdout);
  std::_Exit(examples::check_failed);
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long workers = 3, milliseconds = 1000;
  bool flip = false, cost = false, broken = false;
  examples::observer_options observe;
  examples::parse(
      argc, argv, "with_llvm", "Functions that LLVM compiles and links, called and replaced in a code_space.\n",
      {examples::number("--workers", workers, 1, 256, "threads that call"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::flag("--flip", flip, "map memory once, and switch its protection"), observe.perf_option(),
       observe.gdb_option(), examples::flag("--cost", cost, "only compare costs with LLVM's own memory"),
       examples::flag("--break", broken, "remove unwind tables with the tracker: must fail, with status 1")});
  examples::choose_fence();
  examples::require(lazyref::instruction_sync_initialize());
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  const auto mapping = flip ? lazyref::code_mapping::flip : lazyref::code_mapping::dual;
  lazyref::code_space_limits limits{16 << 20, 1024, 2 * workers};  // one slot for each frame
  limits.data = 1 << 20;
  module_space space(limits, observe.observers(), mapping);
  examples::require(space.status());
  std::set_terminate(not_caught);
  space_compiler compile(space, broken ? unwinding::with_tracker : unwinding::with_block);
  if (cost) {
    module_space switched(limits, lazyref::code_mapping::flip);
    examples::require(switched.status());
    compare_linking(space, switched);
    module_ref code = compile(examples::inner, 0);
    const bool good = examples::compare_calls(space, code);
    compile.retire(examples::inner, std::move(code));
    space.domain().flush();
    return examples::verdict(good);
  }
  functions all(space);
  return examples::verdict(all.run(workers, milliseconds, true, compile, [&](which_function which, module_ref&& old) {
    compile.retire(which, std::move(old));
  }));
}
