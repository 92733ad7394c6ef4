// SPDX-License-Identifier: BSL-1.0
//
// Simulated systems for code_space. One, for one thread, returns scripted errors and records each step in the trace of
// fence_script.hpp. The other, for many threads, records nothing.
//
// Both simulate machines without coherence: the executed code is in separate memory, which only a flush updates. So code
// that was not flushed is observed as stale, on every host.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#include "fence_script.hpp"
#include "idle_code_memory.hpp"

namespace lazyref_test {

// The page size of the simulated systems, independent of the host's.
inline constexpr std::size_t code_page = 4096;

// Memory that is only read and written, for tests that execute no code.
inline unsigned char* allocate_code(std::size_t size) {
  void* const memory = ::operator new (size, std::align_val_t{code_page}, std::nothrow);
  if (memory != nullptr) std::memset(memory, 0, size);
  return static_cast<unsigned char*>(memory);
}
inline void free_code(unsigned char* memory) { ::operator delete (memory, std::align_val_t{code_page}); }

inline void unmap_code(lazyref::detail::code_views& views) {
  if (views.execute != views.write) free_code(views.execute);
  free_code(views.write);
  free_code(views.data);
  views = {};
}
inline bool map_code(const lazyref::detail::code_place& place, lazyref::detail::code_views& views) {
  views.write = allocate_code(place.bytes);
  views.execute = place.mapping == lazyref::code_mapping::dual ? allocate_code(place.bytes) : views.write;
  views.data = place.data != 0 ? allocate_code(place.data) : nullptr;
  if (views.write != nullptr && views.execute != nullptr && (place.data == 0 || views.data != nullptr)) return true;
  unmap_code(views);
  return false;
}

// --- with a script

struct code_script {
  std::map<std::string, std::deque<int>> errors;       // by step: the results of its next calls; after those, success
  std::vector<lazyref::code_range> flushed;            // successfully
  std::map<const unsigned char*, std::size_t> mapped;  // the views that are written, and their sizes
  std::set<const unsigned char*> writable;             // flip: the writable pages
  std::map<const unsigned char*, int> committed;       // growth: by page, commits minus decommits
  bool lost = false;                                   // this is a child of fork
  int broken_promises = 0;                             // violated preconditions of the system's functions
  std::function<void()> at_each_step;                  // must not throw

  static const unsigned char* page_of(const void* at) {
    return static_cast<const unsigned char*>(at) - reinterpret_cast<std::uintptr_t>(at) % code_page;
  }
  bool is_writable(const void* at) const { return writable.count(page_of(at)) != 0; }
  bool is_mapped(const unsigned char* at, std::size_t size) const {
    const auto after = mapped.upper_bound(at);
    if (after == mapped.begin()) return false;
    const auto& [start, all] = *std::prev(after);
    return size != 0 && static_cast<std::size_t>(at - start) + size <= all;
  }
};

inline code_script the_code_script;

inline void new_code_script(std::map<std::string, std::deque<int>> errors = {}) {
  new_script();
  the_code_script = code_script{};
  the_code_script.errors = std::move(errors);
}

// Records the step; returns its scripted result.
inline int code_step(const char* step) {
  the_script.seen.emplace_back(step);
  if (the_code_script.at_each_step) the_code_script.at_each_step();
  std::deque<int>& errors = the_code_script.errors[step];
  if (errors.empty()) return 0;
  const int error = errors.front();
  errors.pop_front();
  return error;
}

// `By`: how the machine synchronises all threads.
template <lazyref::all_threads_by By>
struct incoherent_machine {
  static constexpr bool known = true;
  static constexpr lazyref::all_threads_by all_threads = By;
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    const int error = code_step("flush code");
    if (error != 0) return error;
    the_code_script.flushed.push_back({write, execute, size});
    if (write != execute) std::memcpy(const_cast<void*>(execute), write, size);
    return 0;
  }
  static int sync_core() noexcept { return code_step("this core"); }
};

template <lazyref::all_threads_by By = lazyref::all_threads_by::membarrier_sync_core>
struct scripted_code_system {
  using sync = lazyref::detail::instruction_sync_core<traced_atomics, scripted_kernel<>, incoherent_machine<By>>;

  static std::size_t page() noexcept { return code_page; }
  static bool is_lost(const lazyref::detail::code_views& views) noexcept {
    return the_code_script.lost && views.write != views.execute;
  }
  static void keep_free(const lazyref::detail::code_place&, const lazyref::detail::code_views&) noexcept {
    code_step("keep free");
  }

  static lazyref::sync_result map(const lazyref::detail::code_place& place,
                                  lazyref::detail::code_views& views) noexcept {
    const int error = code_step("map");
    if (error != 0) return {error, "scripted: map"};
    if (!map_code(place, views)) return {ENOMEM, "scripted: no memory"};
    the_code_script.mapped[views.write] = place.bytes;
    return {};
  }
  static void release(const lazyref::detail::code_place& place, lazyref::detail::code_views& views) noexcept {
    code_step("unmap");
    if (views.write == nullptr) return;
    const auto found = the_code_script.mapped.find(views.write);
    if (found == the_code_script.mapped.end() || found->second != place.bytes) ++the_code_script.broken_promises;
    if (found != the_code_script.mapped.end()) the_code_script.mapped.erase(found);
    unmap_code(views);
  }
  static lazyref::sync_result commit(const lazyref::detail::code_place&, const lazyref::detail::code_views& views,
                                     std::size_t offset, std::size_t size) noexcept {
    return change("commit", views, offset, size, 1);
  }
  static lazyref::sync_result decommit(const lazyref::detail::code_place&, const lazyref::detail::code_views& views,
                                       std::size_t offset, std::size_t size) noexcept {
    return change("decommit", views, offset, size, -1);
  }

  static lazyref::sync_result begin_to_write(void* at, std::size_t size) noexcept {
    return protect(at, size, "begin to write", true);
  }
  static lazyref::sync_result end_writing(void* at, std::size_t size) noexcept {
    return protect(at, size, "end writing", false);
  }
  static lazyref::sync_result end_writing_with_landing_pads(void* at, std::size_t size) noexcept {
    return end_writing(at, size);
  }

  template <class RangeAt>
  static lazyref::sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    static sync one;
    return one.publish_ranges(n, checked(range_at));
  }
  template <class RangeAt>
  static lazyref::sync_result flush_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    static sync one;
    return one.flush_ranges(n, checked(range_at));
  }

 private:
  // Each page is committed at most once, and never decommitted before.
  static lazyref::sync_result change(const char* step, const lazyref::detail::code_views& views, std::size_t offset,
                                     std::size_t size, int by) noexcept {
    const int error = code_step(step);
    if (error != 0) return {error, by > 0 ? "scripted: commit" : "scripted: decommit"};
    for (std::size_t i = offset; i < offset + size; i += code_page) {
      int& times = the_code_script.committed[views.write + i];
      times += by;
      if (times != 0 && times != 1) ++the_code_script.broken_promises;
    }
    return {};
  }

  static lazyref::sync_result protect(void* at, std::size_t size, const char* step, bool writable) noexcept {
    const int error = code_step(step);
    if (error != 0) return {error, writable ? "scripted: begin to write" : "scripted: end writing"};
    code_script& script = the_code_script;
    const auto* const first = static_cast<const unsigned char*>(at);
    if (first != script.page_of(first) || size % code_page != 0 || !script.is_mapped(first, size)) {
      ++script.broken_promises;
      return {};
    }
    for (const unsigned char* page = first; page != first + size; page += code_page) {
      if (writable) {
        script.writable.insert(page);
      } else {
        script.writable.erase(page);
      }
    }
    return {};
  }

  // Flushed memory must not be writable any more.
  template <class RangeAt>
  static auto checked(RangeAt&& range_at) noexcept {
    return [&range_at](std::size_t i) {
      const lazyref::code_range range = range_at(i);
      if (range.write == range.execute && the_code_script.is_writable(range.write)) ++the_code_script.broken_promises;
      return range;
    };
  }
};

// --- for many threads

struct quiet_code_system : idle_code_memory {
  static inline std::atomic<int> synchronisations{0};

  static std::size_t page() noexcept { return code_page; }
  static result map(const place& at, views& all) noexcept {
    return map_code(at, all) ? result{} : result{ENOMEM, "no memory"};
  }
  static void release(const place&, views& all) noexcept {
    if (all.write != nullptr) unmap_code(all);
  }
  template <class RangeAt>
  static result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    synchronisations.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a counter.
    return flush_ranges(n, range_at);
  }
  template <class RangeAt>
  static result flush_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      const lazyref::code_range range = range_at(i);
      if (range.write != range.execute) std::memcpy(const_cast<void*>(range.execute), range.write, range.size);
    }
    return {};
  }
};

}  // namespace lazyref_test
