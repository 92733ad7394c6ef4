// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: code that LLVM's ORC links with JITLink, in a lazyref::code_space (LLVM 14). One object file becomes
// one block: its code and constants, and its variables as the data beside them.
//
//   lazyref::code_space_limits limits{16 << 20, 1000, 8};
//   limits.data = 1 << 20;
//   module_space space(limits);
//   module_memory memory(space, [&](module_ref code) { ... });   // called when a module is linked, before `lookup` returns
//   std::make_unique<llvm::orc::ObjectLinkingLayer>(session, memory)
//
// LLVM frees code when its resource tracker is removed. Here the removal drops the tracker's user of the block. The memory,
// the variables and the unwind tables remain until no slot uses the block: threads that execute the code can still throw
// through it. Do not add an EHFrameRegistrationPlugin: it would deregister the tables at the removal.
#pragma once

#include <lazyref/code_observer.hpp>
#include <lazyref/code_space.hpp>

#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/RegisterEHFrames.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct module_code : lazyref::code_block<module_code> {
  // Runs when no slot uses the block any more.
  ~module_code() {
    if (eh_frame != nullptr) llvm::cantFail(llvm::orc::deregisterEHFrameSection(eh_frame, eh_frame_size));
  }

  // For the space's observers, which notify profilers and debuggers. This adapter registers the unwind tables itself.
  void describe_code(lazyref::code_description& d) const noexcept {
    d.symbols = symbols.data();
    d.symbol_count = symbols.size();
  }

  std::vector<lazyref::code_symbol> symbols;
  std::vector<std::string> names;  // of the symbols
  const void* eh_frame = nullptr;
  std::size_t eh_frame_size = 0;
};
using module_space = lazyref::code_space<module_code>;
using module_ref = lazyref::strong_ref<module_code>;

class module_memory final : public llvm::jitlink::JITLinkMemoryManager {
 public:
  using published_function = std::function<void(module_ref)>;

  // `published` is called by each thread that links. `unwind`: whether frames of the code can be unwound.
  explicit module_memory(module_space& space, published_function published, bool unwind = true)
      : space_(space), published_(std::move(published)), unwind_(unwind) {}

  using JITLinkMemoryManager::allocate;
  using JITLinkMemoryManager::deallocate;

  void allocate(const llvm::jitlink::JITLinkDylib*, llvm::jitlink::LinkGraph& graph,
                OnAllocatedFunction done) override {
    auto object = std::make_unique<in_flight>(*this, graph);
    if (const char* why = object->lay_out()) return done(error(why));
    if (llvm::Error failed = object->layout.apply()) return done(std::move(failed));
    done(std::move(object));
  }

  // Drops the tracker's user of the code. Threads that execute the code are not affected.
  void deallocate(std::vector<FinalizedAlloc> all, OnDeallocatedFunction done) override {
    llvm::Error failed = llvm::Error::success();
    for (FinalizedAlloc& one : all) {
      const std::unique_ptr<linked> object(one.release().toPtr<linked*>());
      for (; !object->at_end.empty(); object->at_end.pop_back())
        failed = llvm::joinErrors(std::move(failed), object->at_end.back().runWithSPSRetErrorMerged());
      space_.retire(std::move(object->code));
    }
    done(std::move(failed));
  }

 private:
  // What LLVM keeps for a linked object.
  struct linked {
    module_ref code;
    std::vector<llvm::orc::shared::WrapperFunctionCall> at_end;
  };

  static llvm::Error error(const char* why) {
    return llvm::make_error<llvm::StringError>(why, llvm::inconvertibleErrorCode());
  }

  enum kind : std::size_t { code, data, linking };

  struct in_flight final : InFlightAlloc {
    in_flight(module_memory& of, llvm::jitlink::LinkGraph& g) : memory(of), graph(g), layout(g) {}

    // Returns the reason of a failure, or null.
    const char* lay_out() {
      // Determines the sizes first, then the addresses: of code with constants, of variables, and of memory that only the
      // linker needs.
      std::size_t sizes[3] = {}, alignments[3] = {1, 1, 1};
      each_segment([&](kind where, std::size_t at, const auto& segment) {
        sizes[where] = at + segment.ContentSize + segment.ZeroFillSize;
        alignments[where] = std::max<std::size_t>(alignments[where], segment.Alignment.value());
      });
      // A draft aligns code as requested, up to a page (and refuses more); the others are larger, to be aligned inside.
      const auto with_rest = [&](kind of) { return sizes[of] == 0 ? 0 : sizes[of] + alignments[of] - 1; };
      draft = memory.space_.draft(
          lazyref::code_request{std::max<std::size_t>(sizes[code], 1), alignments[code], with_rest(data)});
      if (!draft) return draft.status().what();
      while_linking = std::make_unique<unsigned char[]>(with_rest(linking));
      const auto aligned = [&](unsigned char* at, kind of) {
        return reinterpret_cast<char*>(llvm::alignAddr(at, llvm::Align(alignments[of])));
      };
      char* const starts[] = {reinterpret_cast<char*>(draft.data()), aligned(draft.side_data(), data),
                              aligned(while_linking.get(), linking)};
      each_segment([&](kind where, std::size_t at, auto& segment) {
        segment.WorkingMem = starts[where] + at;
        segment.Addr = where == code ? llvm::orc::ExecutorAddr(draft.address() + at)
                                     : llvm::orc::ExecutorAddr::fromPtr(segment.WorkingMem);
        // A draft contains the bytes of earlier blocks.
        std::memset(segment.WorkingMem + segment.ContentSize, 0, segment.ZeroFillSize);
      });
      return nullptr;
    }

    void finalize(OnFinalizedFunction done) override {
      describe();
      if (llvm::Error failed = make_unwindable()) return done(std::move(failed));
      auto object = std::make_unique<linked>();
      if (const auto published = memory.space_.publish(draft, object->code); !published)
        return done(error(published.what()));
      auto actions = llvm::orc::shared::runFinalizeActions(layout.graphAllocActions());
      if (!actions) return done(actions.takeError());
      object->at_end = std::move(*actions);
      memory.published_(object->code);
      done(FinalizedAlloc(llvm::orc::ExecutorAddr::fromPtr(object.release())));
    }

    void abandon(OnAbandonedFunction done) override {
      draft = {};
      done(llvm::Error::success());
    }

    // Copies the functions' names before the graph is destroyed.
    void describe() {
      std::vector<lazyref::code_symbol> found;
      for (const llvm::jitlink::Symbol* one : graph.defined_symbols()) {
        if (!one->hasName() || !one->isCallable()) continue;
        draft->names.push_back(one->getName().str());
        found.push_back({{}, one->getAddress().getValue() - draft.address(), one->getSize()});
      }
      for (std::size_t i = 0; i < found.size(); ++i) found[i].name = draft->names[i];
      draft->symbols = std::move(found);
    }

    // Registers the tables at their executable address, like the code that they describe.
    llvm::Error make_unwindable() {
      llvm::jitlink::Section* const frames = graph.findSectionByName(".eh_frame");
      if (!memory.unwind_ || frames == nullptr) return llvm::Error::success();
      const llvm::jitlink::SectionRange all(*frames);
      const void* const start = all.getStart().toPtr<const void*>();
      if (llvm::Error failed = llvm::orc::registerEHFrameSection(start, all.getSize())) return failed;
      draft->eh_frame = start;
      draft->eh_frame_size = all.getSize();
      return llvm::Error::success();
    }

    template <class Do>
    void each_segment(Do&& what) {
      using llvm::BitmaskEnumDetail::operator&;
      using namespace llvm::jitlink;
      std::size_t ends[3] = {};
      for (auto& [group, segment] : layout.segments()) {
        const bool stays = group.getMemDeallocPolicy() != MemDeallocPolicy::Finalize;
        const bool is_written = (group.getMemProt() & MemProt::Write) != MemProt::None;
        const kind where = !stays ? linking : is_written ? data : code;
        const std::size_t at = llvm::alignTo(ends[where], segment.Alignment);
        ends[where] = at + segment.ContentSize + segment.ZeroFillSize;
        what(where, at, segment);
      }
    }

    module_memory& memory;
    llvm::jitlink::LinkGraph& graph;
    llvm::jitlink::BasicLayout layout;
    module_space::draft_type draft;
    std::unique_ptr<unsigned char[]> while_linking;
  };

  module_space& space_;
  const published_function published_;
  const bool unwind_;
};
