// SPDX-License-Identifier: BSL-1.0
//
// Objects that count their construction and disposal, and all kinds of domains for them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

#include <lazyref/domain.hpp>

namespace lazyref_test {

struct census {
  std::atomic<int> made{0};
  std::atomic<int> torn_down{0};  // calls of on_last_user
  std::atomic<int> disposed{0};
  std::atomic<int> disorder{0};  // disposed of before on_last_user
  int alive() const { return made - disposed; }
};

template <class Sync = lazyref::std_sync>
class basic_thing : public lazyref::owner<basic_thing<Sync>, Sync> {
 public:
  // With candidates::custom, the candidates are the slots 0 to `candidates` - 1.
  explicit basic_thing(census& all, std::size_t candidates = 0) : all_(all), candidates_(candidates) { ++all_.made; }
  basic_thing(const basic_thing&) = delete;
  basic_thing& operator=(const basic_thing&) = delete;
  ~basic_thing() {
    if (!torn_down_) ++all_.disorder;
    ++all_.disposed;
  }

  void on_last_user() noexcept {
    torn_down_ = true;
    ++all_.torn_down;
  }

  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    for (std::size_t i = 0; i < candidates_; ++i) visit(i);
  }

  // Reads memory that only the disposal writes: ASan detects a use after it, TSan a use that is unordered with it.
  std::size_t use() const { return candidates_; }

 private:
  census& all_;
  std::size_t candidates_;
  bool torn_down_ = false;
};

using thing = basic_thing<>;

// One list for all CPUs, and a clock that does not advance: retired objects wait until a limit is reached.
struct still_sync : lazyref::std_sync {
  static std::size_t cpus() noexcept { return 1; }
  static std::uintptr_t now() noexcept { return 0; }
};
using still_thing = basic_thing<still_sync>;

// The same choices with small batches, so that a test reaches a batch.
constexpr std::size_t small_batch = 128;
template <class Options>
using with_few = lazyref::domain_options<Options::how, Options::when, Options::where, small_batch, 1000>;

// The number of users of an object that one thread uses. The number is the count's only member.
template <class T>
std::uint32_t holds_of(T& object) noexcept {
  auto& count = lazyref::detail::owner_access::counts(&object).holds();
  std::uint32_t holds = 0;
  static_assert(sizeof count == sizeof holds, "a hold_count is a number");
  std::memcpy(&holds, &count, sizeof holds);
  return holds;
}

// Runs a function of the test inside its hooks.
template <class Sync = lazyref::std_sync>
class basic_reactive : public lazyref::owner<basic_reactive<Sync>, Sync> {
 public:
  explicit basic_reactive(std::function<void()> when_disposed, std::function<void()> when_torn_down = {})
      : when_disposed_(std::move(when_disposed)), when_torn_down_(std::move(when_torn_down)) {}
  basic_reactive(const basic_reactive&) = delete;
  basic_reactive& operator=(const basic_reactive&) = delete;
  ~basic_reactive() {
    if (when_disposed_) when_disposed_();
  }
  void on_last_user() noexcept {
    if (when_torn_down_) when_torn_down_();
  }

 private:
  std::function<void()> when_disposed_;
  std::function<void()> when_torn_down_;
};

using reactive = basic_reactive<>;

template <lazyref::reclaim When, lazyref::candidates Where>
using handoff = lazyref::domain_options<lazyref::policy::handoff, When, Where>;

using deferred_all = handoff<lazyref::reclaim::deferred, lazyref::candidates::all>;
using deferred_tracked = handoff<lazyref::reclaim::deferred, lazyref::candidates::tracked>;
using deferred_custom = handoff<lazyref::reclaim::deferred, lazyref::candidates::custom>;
using prompt_all = handoff<lazyref::reclaim::prompt, lazyref::candidates::all>;
using prompt_tracked = handoff<lazyref::reclaim::prompt, lazyref::candidates::tracked>;
using prompt_custom = handoff<lazyref::reclaim::prompt, lazyref::candidates::custom>;
using counted = lazyref::domain_options<lazyref::policy::refcounted>;

template <lazyref::reclaim When, lazyref::candidates Where>
using shootdown = lazyref::domain_options<lazyref::policy::shootdown, When, Where>;

using shootdown_deferred = shootdown<lazyref::reclaim::deferred, lazyref::candidates::all>;
using shootdown_prompt = shootdown<lazyref::reclaim::prompt, lazyref::candidates::all>;
using shootdown_tracked = shootdown<lazyref::reclaim::deferred, lazyref::candidates::tracked>;

}  // namespace lazyref_test

#define LAZYREF_TEST_HANDOFF                                                                                           \
  lazyref_test::deferred_all, lazyref_test::deferred_tracked, lazyref_test::deferred_custom, lazyref_test::prompt_all, \
      lazyref_test::prompt_tracked, lazyref_test::prompt_custom
#define LAZYREF_TEST_SHOOTDOWN \
  lazyref_test::shootdown_deferred, lazyref_test::shootdown_prompt, lazyref_test::shootdown_tracked
#define LAZYREF_TEST_OPTIONS LAZYREF_TEST_HANDOFF, lazyref_test::counted, lazyref_test::shootdown_deferred
// The domains with handoffs: all except `counted`.
#define LAZYREF_TEST_SLOTS LAZYREF_TEST_HANDOFF, lazyref_test::shootdown_deferred
// Each choice once.
#define LAZYREF_TEST_CHOICES                                                                                   \
  lazyref_test::deferred_all, lazyref_test::deferred_tracked, lazyref_test::prompt_all, lazyref_test::counted, \
      lazyref_test::shootdown_deferred
// The domains that can protect, and in which retired objects wait.
#define LAZYREF_TEST_PROTECTING lazyref_test::deferred_all, lazyref_test::prompt_all, lazyref_test::shootdown_deferred
