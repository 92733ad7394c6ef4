// SPDX-License-Identifier: BSL-1.0
//
// Objects with their own count, from an allocator that reuses the address that was freed last. Freed objects are marked
// and stay readable, so that a use after free is detected instead of being undefined behaviour. For one thread.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace lazyref_test {

struct pooled {
  std::size_t holds = 0;
  bool live = false;
  int lives = 0;  // how many objects this address has had
};

class pool {
 public:
  pool() {
    current() = this;
    for (std::size_t i = nodes_.size(); i > 0; --i) free_.push_back(&nodes_[i - 1]);
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool() { current() = nullptr; }

  // Has the users' hold.
  pooled* make() {
    pooled* const one = free_.back();
    free_.pop_back();
    one->holds = 1;
    one->live = true;
    ++one->lives;
    return one;
  }
  std::size_t live() const { return nodes_.size() - free_.size(); }

  std::size_t misuses = 0;         // calls that count holds of freed objects
  std::vector<std::size_t> taken;  // the n of each call
  std::vector<std::size_t> given_up;

  struct holds {
    static void take(pooled* one, std::size_t n) noexcept {
      if (!one->live) ++current()->misuses;
      current()->taken.push_back(n);
      one->holds += n;
    }
    static void give_up(pooled* one, std::size_t n) noexcept {
      if (!one->live || one->holds < n) {
        ++current()->misuses;
        return;
      }
      current()->given_up.push_back(n);
      one->holds -= n;
      if (one->holds != 0) return;
      one->live = false;
      current()->free_.push_back(one);
    }
  };

 private:
  static pool*& current() {
    static pool* one = nullptr;
    return one;
  }

  std::array<pooled, 8> nodes_{};
  std::vector<pooled*> free_;
};

}  // namespace lazyref_test
