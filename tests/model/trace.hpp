// SPDX-License-Identifier: BSL-1.0
//
// A failed execution as people read it: one line per operation, in the order of execution, a column per thread.
#pragma once

#include <string>
#include <vector>

#include "heap.hpp"

namespace model {

inline const char* text(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
      return "consume";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      return "seq_cst";
  }
  return "?";
}

class trace {
 public:
  explicit trace(heap& blocks) : blocks_(blocks) {}

  bool on = false;

  void reset() {
    lines_.clear();
    labels_.clear();
    for (std::size_t i = 0; i < max_threads; ++i) threads_[i] = i == 0 ? "main" : "T" + std::to_string(i);
  }

  void add(unsigned thread, const std::string& what) { lines_.push_back({thread, what}); }

  void name_thread(unsigned thread, const char* name) { threads_[thread] = name; }

  void label(const void* begin, std::size_t size, const char* name) {
    labels_.insert(labels_.begin(), {static_cast<const char*>(begin), size, name});
  }

  // A label and the offset in it; else the block: A, B, ... by address, and how many times the address has been handed
  // out.
  std::string name(const void* p) {
    if (p == nullptr) return "null";
    const char* const at = static_cast<const char*>(p);
    const heap::block* const b = blocks_.find(p);
    for (const label_entry& l : labels_) {
      if (at < l.begin || at >= l.begin + l.size) continue;
      return (b != nullptr ? block_name(*b) + "." : "") + l.name + offset(at - l.begin);
    }
    if (b != nullptr) return block_name(*b) + offset(at - b->begin);
    return "?";
  }

  // What is stored is an address: which of its uses was meant, nobody can tell. That is how reuse deceives.
  std::string name_of_value(const void* p) {
    const heap::block* const b = blocks_.find(p);
    return b != nullptr && b->begin == p ? letter(*b) : name(p);
  }
  std::string name_of_block(const void* p) {
    const heap::block* const b = blocks_.find(p);
    return b != nullptr ? block_name(*b) : name(p);
  }

  std::string text() const {
    std::string result;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      std::string number = std::to_string(i + 1);
      number.insert(0, number.size() < 4 ? 4 - number.size() : 0, ' ');
      result += number + "  " + std::string(lines_[i].thread * 4U, ' ') + threads_[lines_[i].thread] + ": " +
                lines_[i].what + '\n';
    }
    return result;
  }

 private:
  struct label_entry {
    const char* begin;
    std::size_t size;
    std::string name;
  };
  struct line {
    unsigned thread;
    std::string what;
  };

  std::string block_name(const heap::block& b) const {
    return letter(b) + std::to_string(b.uses) + (b.live ? "" : "(freed)");
  }
  std::string letter(const heap::block& b) const {
    return std::string(1, static_cast<char>('A' + blocks_.index(b) % 26));
  }
  static std::string offset(std::ptrdiff_t n) { return n == 0 ? "" : "+" + std::to_string(n); }

  heap& blocks_;
  std::vector<line> lines_;
  std::vector<label_entry> labels_;
  std::array<std::string, max_threads> threads_;
};

}  // namespace model
