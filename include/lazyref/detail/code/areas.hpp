// SPDX-License-Identifier: BSL-1.0
//
// An allocator of runs of numbered places. The places are divided into areas, each with its own lock, so that
// concurrent allocations rarely contend. A thread begins with the area of its CPU and then tries the others. At last it
// searches all of them together, for a run that crosses area borders; so no request fails that would fit. A thread that
// returns places takes no lock.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_AREAS_HPP
#define LAZYREF_DETAIL_CODE_AREAS_HPP

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>

#include "run_tree.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Sync>
class code_areas {
  using tree_type = run_tree<Sync>;

 public:
  static constexpr std::size_t none = tree_type::none;

  // n free places, in areas of at least `least`. Converts to `false` if there is no memory.
  code_areas(std::size_t n, std::size_t least) noexcept : size_(n) {
    std::size_t wanted = n / least;
    if (wanted > 1) {
      const std::size_t cpus = Sync::cpus();
      if (wanted > cpus) wanted = cpus;
    }
    if (wanted > most_areas) wanted = most_areas;
    if (wanted == 0) wanted = 1;
    constexpr std::size_t group = block_map<Sync>::group_places;
    area_size_ = (n / wanted + (n % wanted != 0) + (group - 1)) / group * group;
    if (area_size_ == 0) area_size_ = group;
    const std::size_t count = n / area_size_ + (n % area_size_ != 0 || n == 0);
    areas_.reset(new (std::nothrow) area[count]);
    if (areas_ == nullptr) return;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t first = i * area_size_;
      if (!areas_[i].tree.allocate(first, n - first < area_size_ ? n - first : area_size_)) return;
    }
    count_ = count;
  }

  explicit operator bool() const noexcept { return count_ != 0; }

  // Takes n adjacent free places. Returns the first one, whose number is a multiple of `alignment`, a power of two; or
  // `none`. Precondition: n > 0. Who may call: any thread. Progress: blocks while other threads search the same area.
  // Cost: logarithmic in the places; with an alignment, also linear in the runs that are long enough and not aligned.
  std::size_t take(std::size_t n, std::size_t alignment = 1) noexcept {
    return take_if(n, alignment, [] { return true; });
  }

  // As take, if also() returns true. It is called once, when a run is found; until it returns, no other thread can find
  // that no run is left.
  template <class Also>
  std::size_t take_if(std::size_t n, std::size_t alignment, Also&& also) noexcept {
    const std::size_t mine = count_ == 1 ? 0 : Sync::this_cpu() % count_;
    for (std::size_t i = 0; i < count_; ++i) {
      area& here = areas_[mine + i < count_ ? mine + i : mine + i - count_];
      const std::lock_guard<std::mutex> one_at_a_time(here.lock);
      const std::size_t first = code_areas::find(here.tree, n, alignment);
      if (first == none) continue;
      if (!also()) return none;
      here.tree.take(first, n);
      return first;
    }
    return count_ == 1 ? none : take_across(n, alignment, also);
  }

  // Takes these places if all are free; returns whether they were. Preconditions: n > 0; first + n <= size(). Who may
  // call: any thread. Progress: blocks while other threads search these areas. Cost: linear in n.
  bool take_exact(std::size_t first, std::size_t n) noexcept {
    const std::size_t low = first / area_size_;
    const std::size_t high = (first + n - 1) / area_size_;
    const locks scope(*this, low, high + 1);
    bool are_free = true;
    for_each_part(first, n, [&](tree_type& tree, std::size_t at, std::size_t size) {
      are_free = are_free && tree.is_free(at, size);
    });
    if (are_free) take_parts(first, n);
    return are_free;
  }

  // Precondition: the caller owns the places. Who may call: any thread. Progress: wait-free.
  void give_back(std::size_t first, std::size_t n) noexcept {
    for_each_part(first, n, [](tree_type& tree, std::size_t at, std::size_t size) { tree.give_back(at, size); });
  }

  // The number of taken places: a snapshot, possibly stale. Cost: linear, one machine word for 64 places.
  std::size_t taken() const noexcept {
    std::size_t result = 0;
    for (std::size_t i = 0; i < count_; ++i) result += areas_[i].tree.taken();
    return result;
  }
  std::size_t size() const noexcept { return size_; }
  std::size_t count() const noexcept { return count_; }

  // In the child of a fork: the holder of a lock may be gone, in the middle of an update.
  void after_fork_in_child() noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      ::new (static_cast<void*>(&areas_[i].lock)) std::mutex;
      areas_[i].tree.look_again();
    }
  }

 private:
  static constexpr std::size_t most_areas = 16;
  // How many changed groups a call re-reads as long as it might succeed without the others. So no call has to re-read
  // all that other threads have returned, and together the calls keep up.
  static constexpr std::size_t few = 8;

  struct alignas(cache_line) area {
    std::mutex lock;
    tree_type tree;
  };

  // Holds the locks of areas [first, last), taken in order.
  class locks {
   public:
    locks(code_areas& all, std::size_t first, std::size_t last) noexcept : all_(all), first_(first), last_(last) {
      for (std::size_t i = first_; i < last_; ++i) all_.areas_[i].lock.lock();
    }
    ~locks() {
      for (std::size_t i = last_; i-- > first_;) all_.areas_[i].lock.unlock();
    }
    locks(const locks&) = delete;
    locks& operator=(const locks&) = delete;

   private:
    code_areas& all_;
    const std::size_t first_, last_;
  };

  static std::size_t find(tree_type& tree, std::size_t n, std::size_t alignment) noexcept {
    const std::size_t changed = tree.take_over(few);
    run_search search(n, alignment);
    const std::size_t first = tree.find(search);
    if (first != none || changed < few || tree.take_over() == 0) return first;
    run_search again(n, alignment);
    return tree.find(again);
  }

  template <class Also>
  LAZYREF_DETAIL_NOINLINE std::size_t take_across(std::size_t n, std::size_t alignment, Also&& also) noexcept {
    const locks scope(*this, 0, count_);
    run_search search(n, alignment);
    for (std::size_t i = 0; i < count_; ++i) {
      areas_[i].tree.take_over();
      const std::size_t first = areas_[i].tree.find(search);
      if (first == none) continue;
      if (!also()) return none;
      take_parts(first, n);
      return first;
    }
    return none;
  }

  void take_parts(std::size_t first, std::size_t n) noexcept {
    for_each_part(first, n, [](tree_type& tree, std::size_t at, std::size_t size) { tree.take(at, size); });
  }

  // Calls visit(tree, first, n) for the part in each area.
  template <class Visit>
  void for_each_part(std::size_t first, std::size_t n, Visit&& visit) noexcept {
    for (std::size_t i = count_ == 1 ? 0 : first / area_size_; n != 0; ++i) {
      tree_type& tree = areas_[i].tree;
      const std::size_t here = n < tree.end() - first ? n : tree.end() - first;
      visit(tree, first, here);
      first += here;
      n -= here;
    }
  }

  const std::size_t size_;
  std::size_t area_size_ = 1;
  std::size_t count_ = 0;
  std::unique_ptr<area[]> areas_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_AREAS_HPP
