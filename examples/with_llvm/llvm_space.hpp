// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: code that LLVM's ORC links with JITLink, in a lazyref::code_space (LLVM 14). One object file becomes
// one block: its code and constants in the space, its variables within reach of them.
//
//   module_space space({16 << 20, 1000, 8});
//   module_memory memory(space, [&](module_ref code) { ... });   // what was linked, before `lookup` tells its addresses
//   std::make_unique<llvm::orc::ObjectLinkingLayer>(session, memory)
//
// LLVM frees code when its resource tracker is removed. Here that means: this user of the block goes. The memory, the
// variables and the unwind tables stay until no slot is on the block: who runs the code then can still throw through it.
// So no EHFrameRegistrationPlugin: it would take the tables away at the removal.
#pragma once

#include <lazyref/code_observer.hpp>
#include <lazyref/code_space.hpp>

#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/RegisterEHFrames.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>

struct module_code : lazyref::code_block<module_code> {
  // When no slot is on it.
  ~module_code() {
    if (eh_frame != nullptr) llvm::cantFail(llvm::orc::deregisterEHFrameSection(eh_frame, eh_frame_size));
    if (data != nullptr) ::munmap(data, data_size);
  }

  // For profilers and debuggers, where the space has observers that tell them. The unwind tables are registered here.
  void describe_code(lazyref::code_description& d) const noexcept {
    d.symbols = symbols.data();
    d.symbol_count = symbols.size();
  }

  std::vector<lazyref::code_symbol> symbols;
  std::vector<std::string> names;  // of the symbols
  const void* eh_frame = nullptr;
  std::size_t eh_frame_size = 0;
  void* data = nullptr;
  std::size_t data_size = 0;
};
using module_space = lazyref::code_space<module_code>;
using module_ref = lazyref::strong_ref<module_code>;

class module_memory final : public llvm::jitlink::JITLinkMemoryManager {
 public:
  using published_function = std::function<void(module_ref)>;

  // `published` may be called in any thread that links. `unwind`: whether frames of the code may be unwound.
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

  // Whoever runs the code still has it: this gives up the tracker's user of it.
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
  // What LLVM keeps of an object that is linked.
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

    // Returns why not, or null.
    const char* lay_out() {
      // What it takes, then where it is: of code with constants, of variables, and of what only linking needs.
      std::size_t sizes[3] = {};
      each_segment([&](kind where, std::size_t at, const auto& segment) {
        sizes[where] = at + segment.ContentSize + segment.ZeroFillSize;
        aligned = aligned && segment.Alignment.value() <= lazyref::cache_line;
      });
      if (!aligned) return "llvm_space: a section wants to be aligned to more than a cache line";
      draft = memory.space_.draft(sizes[code] != 0 ? sizes[code] : 1);
      if (!draft) return draft.status().what();
      while_linking = std::make_unique<char[]>(sizes[linking] + 1);
      char* const variables = data_near(sizes[data]);
      if (variables == nullptr && sizes[data] != 0)
        return "llvm_space: no memory for variables within 1 GiB of the code";
      each_segment([&](kind where, std::size_t at, auto& segment) {
        char* const starts[] = {reinterpret_cast<char*>(draft.data()), variables, while_linking.get()};
        segment.WorkingMem = starts[where] + at;
        segment.Addr = where == code ? llvm::orc::ExecutorAddr(draft.address() + at)
                                     : llvm::orc::ExecutorAddr::fromPtr(segment.WorkingMem);
        // What a draft contains is whatever was there before.
        std::memset(segment.WorkingMem + segment.ContentSize, 0, segment.ZeroFillSize);
      });
      return nullptr;
    }

    // Zeros, that may be read and written, in reach of the code; they go with the block. (A space that has data beside
    // the code: draft(lazyref::code_request{...}) and draft.side_data().)
    char* data_near(std::size_t size) {
      if (size == 0) return nullptr;
      const std::uintptr_t at = draft.address(), step = 64 << 20, reach = 1 << 30;
      for (std::uintptr_t below = step; below < reach; below += step) {
        void* const wanted = reinterpret_cast<void*>((at - below) & ~std::uintptr_t{0xfff});
        void* const found = ::mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (found == MAP_FAILED) return nullptr;
        draft->data = found;
        draft->data_size = size;
        const auto there = reinterpret_cast<std::uintptr_t>(found);
        if ((there > at ? there - at : at - there) < reach) return static_cast<char*>(found);
        ::munmap(std::exchange(draft->data, nullptr), size);
      }
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

    // The functions' names, while the graph is there.
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

    // The tables are read where they are executed, as the code that they are about.
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
    std::unique_ptr<char[]> while_linking;
    bool aligned = true;
  };

  module_space& space_;
  const published_function published_;
  const bool unwind_;
};
