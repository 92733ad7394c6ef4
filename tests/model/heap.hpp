// SPDX-License-Identifier: BSL-1.0
//
// Memory of an execution. Every `new` of code under test comes here (operators.cpp). An allocation takes any block that
// was freed and fits, or a fresh one: which is a choice, since address reuse is where the bugs are. A free happens
// before the allocation that takes its block ([new.delete.dataraces] p1). What is never freed is a leak.
#pragma once

#include <cstring>

#include "memory.hpp"

namespace model {

class heap {
 public:
  struct block {
    char* begin;
    std::size_t size, align;
    bool live;
    unsigned uses;  // times handed out
    past_id freed;  // the past of its last free
  };

  void reset() {
    blocks_ = 0;
    next_ = arena_.data();
  }

  void* allocate(std::size_t size, std::size_t align, search& choices, memory& memory, unsigned thread,
                 bool always_reuse) {
    std::array<std::size_t, max_blocks> fits;
    unsigned count = 0;
    for (std::size_t i = 0; i < blocks_; ++i) {
      if (!table_[i].live && table_[i].size == size && table_[i].align == align) fits[count++] = i;
    }
    const bool reuse_only = always_reuse && count != 0;
    const unsigned taken = choices.choose(reuse_only ? count : count + 1);
    block& b = taken < count ? table_[fits[taken]] : fresh(size, align);
    b.live = true;
    ++b.uses;
    if (b.freed != 0) memory.learn(thread, b.freed);
    std::memset(b.begin, 0xa5, size);
    return b.begin;
  }

  void free(void* p, memory& memory, unsigned thread) {
    block* const b = find(p);
    if (b == nullptr || b->begin != p) fail("free of an address that was never allocated");
    if (!b->live) fail("double free");
    if (memory.any_alive(b->begin, b->begin + b->size)) fail("memory is freed in which an atomic object is alive");
    b->live = false;
    b->freed = memory.remember(thread);
  }

  // The block that an address lies in, or null.
  block* find(const void* p) {
    for (std::size_t i = 0; i < blocks_; ++i) {
      block& b = table_[i];
      if (p >= b.begin && p < b.begin + b.size) return &b;
    }
    return nullptr;
  }
  std::size_t index(const block& b) const { return static_cast<std::size_t>(&b - table_.data()); }

  bool owns(const void* p) const { return p >= arena_.data() && p < arena_.data() + arena_size; }

  const block* leaked() const {
    for (std::size_t i = 0; i < blocks_; ++i) {
      if (table_[i].live) return &table_[i];
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t arena_size = 64 * 1024;
  static constexpr std::size_t max_blocks = 40;

  block& fresh(std::size_t size, std::size_t align) {
    if (align < 16) align = 16;
    if (blocks_ == max_blocks) fail("bound reached: more than max_blocks blocks in one execution");
    auto at = (reinterpret_cast<std::uintptr_t>(next_) + align - 1) / align * align;
    next_ = reinterpret_cast<char*>(at) + size;
    if (next_ > arena_.data() + arena_size) fail("bound reached: one execution allocates more than arena_size");
    return table_[blocks_++] = {reinterpret_cast<char*>(at), size, align, false, 0, 0};
  }

  alignas(64) std::array<char, arena_size> arena_;
  std::array<block, max_blocks> table_{};
  std::size_t blocks_ = 0;
  char* next_ = nullptr;
};

}  // namespace model
