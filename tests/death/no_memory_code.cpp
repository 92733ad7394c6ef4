// SPDX-License-Identifier: BSL-1.0
//
// No memory for a code_space and what is published in it; see no_memory.cpp.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <lazyref/code_space.hpp>

#include "../support/code_script.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/memory_sweep.hpp"

#if !LAZYREF_TEST_ASAN && !LAZYREF_TEST_TSAN

using namespace lazyref_test;
using lazyref::candidates;
using lazyref::code_mapping;
using lazyref::code_synchronisation;
using lazyref::strong_ref;

namespace {

constexpr const char* no_domain = "the memory for a domain of that size could not be allocated";

struct code : lazyref::code_block<code> {
  explicit code(std::atomic<int>& n) noexcept : alive(n) { ++alive; }
  code(const code&) = delete;
  code& operator=(const code&) = delete;
  ~code() { --alive; }
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    visit(0);
  }
  std::atomic<int>& alive;
};

// Listens, and keeps nothing.
struct : lazyref::code_observer {
  void* code_published(const lazyref::code_event&) noexcept override { return nullptr; }
  void code_reclaimed(const lazyref::code_event&, void*) noexcept override {}
} listener;

// A space of four pages and four blocks, in which two blocks are published at a time.
template <class Options, class System>
struct in_space {
  using space_type = lazyref::code_space<code, Options, System>;
  using draft_type = typename space_type::draft_type;
  using drafts_type = std::array<draft_type, 2>;
  using codes_type = std::array<strong_ref<code>, 2>;

  code_mapping mapping;
  bool tries_again;  // to publish what was not published
  code_synchronisation who = code_synchronisation::all_threads;
  bool observed = false;

  void operator()(trial& t) const {
    once(t);
    t.memory_is_back();
    expect(once(t), "there is memory");
  }

  // Whether all was done.
  bool once(trial& t) const {
    std::atomic<int> alive{0};
    bool done = false;
    {
      trial::quiet_scope end("the end of a code_space", false);
      const long refused = heap.refused;
      space_type space = t.or_dies_saying(no_domain, [this] {
        const std::size_t bytes = 4 * System::page();
        return observed ? space_type({bytes, 4, 2}, {&listener, &listener}, mapping, who)
                        : space_type({bytes, 4, 2}, mapping, who);
      });
      if (space) {
        done = use(t, space, alive);
      } else {
        expect(heap.refused != refused, "a space fails only for want of memory");
        fail(t, space, alive);
      }
      end.begin();
    }
    expect(alive == 0, "each block ends once");
    return done;
  }

  // There was no memory for it.
  static void fail(trial& t, space_type& space, std::atomic<int>& alive) {
    t.quietly("a space without memory", [&] {
      expect(space.status().error() == ENOMEM, "the space says that there is no memory");
      draft_type draft = space.draft(1, alive);
      expect(!draft && draft.status().error() == ENOMEM, "so does a draft");
      strong_ref<code> none;
      expect(space.publish(draft, none).error() == ENOMEM && !none, "and publish");
      expect(space.bytes_in_use() == 0 && space.blocks_in_use() == 0 && alive == 0, "nothing is in use");
    });
  }

  static bool publish(trial& t, space_type& space, drafts_type& drafts, codes_type& codes) {
    const auto call = [&] {
      const lazyref::sync_result result = space.publish(drafts.data(), drafts.size(), codes.data());
      expect(result || result.error() == ENOMEM, "publish says why not");
      return bool(result);
    };
    // Only the bits of each block are asked for here.
    return Options::where == candidates::tracked ? t.by_result("publish", call) : t.quietly("publish", call);
  }

  bool use(trial& t, space_type& space, std::atomic<int>& alive) const {
    auto slot = t.quietly("attach", [&] { return space.domain().attach(); });
    drafts_type drafts;
    t.quietly("draft", [&] {
      for (draft_type& one : drafts) {
        one = space.draft(100, alive);
        expect(one && one.status(), "there is room");
        *one.data() = 1;
      }
      expect(bool(drafts[0].shrink(50)), "shrink");
      expect(space.draft(space.bytes() + 1, alive).status().error() == EFBIG, "a draft says that it is too large");
    });
    codes_type codes;
    if (!publish(t, space, drafts, codes)) {
      for (std::size_t i = 0; i < drafts.size(); ++i) {
        expect(drafts[i] && !codes[i] && drafts[i].data() == nullptr, "all are published, or none");
      }
      expect(alive == 2, "the drafts are as they were");
      if (!tries_again) return false;
      t.memory_is_back();
      expect(publish(t, space, drafts, codes), "there is memory");
    }
    expect(!drafts[0] && !drafts[1] && codes[0] && codes[1] && alive == 2, "the drafts are code");
    t.quietly("activate", [&] { slot.activate(codes[0]); });
    t.quietly("retire", [&] { space.retire(std::move(codes[0])); });
    t.quietly("strong_ref::reset", [&] { codes[1].reset(); });
    t.quietly("flush", [&] { space.domain().flush(); });
    expect(alive == 1, "one is in use");
    t.quietly("deactivate", [&] { slot.deactivate(); });
    t.quietly("tell_observers", [&] { expect(space.tell_observers() == (observed ? 2 : 0), "all are told of"); });
    expect(alive == 0 && space.bytes_in_use() == 0 && space.blocks_in_use() == 0, "none is in use");
    t.quietly("drafts that nobody publishes", [&] {
      drafts[0] = space.draft(1, alive);
      drafts[1] = std::move(drafts[0]);
      drafts[0].swap(drafts[1]);
      drafts[0] = draft_type();
    });
    expect(alive == 0, "a draft ends without a trace");
    // Here without a thread that is gone.
    if (tries_again) t.quietly("after_fork_in_child", [&] { space.after_fork_in_child(slot); });
    return true;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("no memory: a code_space and what it publishes say so, but for its domain", "[no_memory]",
                   LAZYREF_TEST_OPTIONS) {
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    for (const bool tries_again : {true, false}) {
      const sweep_result result = sweep(in_space<TestType, quiet_code_system>{mapping, tries_again});
      CHECK(result.wrong == "");
      CHECK(result.deaths > 0);
      CHECK(result.steps > result.deaths);
    }
  }
}

TEST_CASE("no memory: a code_space with observers", "[no_memory]") {
  using space = in_space<deferred_all, quiet_code_system>;
  const auto steps = [](bool observed) {
    const sweep_result result = sweep(space{code_mapping::dual, true, code_synchronisation::all_threads, observed});
    CHECK(result.wrong == "");
    return result.steps;
  };
  // It asks for memory three times more.
  CHECK(steps(true) > steps(false));
}

TEMPLATE_TEST_CASE("no memory: a code_space over the system's memory", "[no_memory]", deferred_all, deferred_tracked) {
  using real = lazyref::detail::process_code_system;
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    const lazyref::code_space<code, TestType> probe({1, 1, 1}, mapping);
    if (!probe) LAZYREF_SKIP(probe.status().what());
    const sweep_result result = sweep(in_space<TestType, real>{mapping, true, code_synchronisation::each_executor});
    CHECK(result.wrong == "");
    CHECK(result.deaths > 0);
    CHECK(result.steps > result.deaths);
  }
}

#else

TEST_CASE("no memory: code") { LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced"); }

#endif
