// SPDX-License-Identifier: BSL-1.0
//
// What a code_space tells its observers, and when; over scripted systems and this one. What the ready-made ones make of
// it: code_observer_files.cpp, code_observer_frames.cpp, and tests/observers with the tools themselves.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#include "../support/code_script.hpp"
#include "../support/fence_child.hpp"
#include "../support/lazy_catch.hpp"

using namespace lazyref_test;
using lazyref::code_event;
using lazyref::code_mapping;
using lazyref::strong_ref;

namespace {

constexpr code_mapping both_mappings[] = {code_mapping::dual, code_mapping::flip};
constexpr int sync_core_answer = lazyref::detail::membarrier_private_expedited_sync_core;

struct watched : lazyref::code_block<watched> {
  explicit watched(int* ended = nullptr) noexcept : destroyed(ended) {}
  ~watched() {
    if (destroyed != nullptr) ++*destroyed;
  }
  int* destroyed;
};
struct described_code : lazyref::code_block<described_code> {
  void describe_code(lazyref::code_description& d) const noexcept {
    d.name = "whole";
    d.symbols = &one;
    d.symbol_count = 1;
    d.frame_pointer = true;
  }
  lazyref::code_symbol one{"part", 3, 4};
};

template <class T = watched, class System = scripted_code_system<>>
using told_space = lazyref::code_space<T, lazyref::domain_options<>, System>;

// Writes down what it is told, and keeps a thing of its own for each block.
struct recorder : lazyref::code_observer {
  struct entry {
    std::string what;
    code_event event;
    void* kept;
  };
  explicit recorder(const char* called = "observer") : name(called) {}

  void* code_published(const code_event& event) noexcept override {
    if (in_script) in_trace((name + ": published").c_str());
    bytes.assign(static_cast<const unsigned char*>(event.bytes),
                 static_cast<const unsigned char*>(event.bytes) + event.size);
    description = *event.description;
    void* const kept = &tokens[next_token++ % (sizeof tokens)];
    entries.push_back({"published", event, kept});
    if (then) then(event);
    return kept;
  }
  void code_reclaimed(const code_event& event, void* kept) noexcept override {
    if (in_script) in_trace((name + ": reclaimed").c_str());
    entries.push_back({"reclaimed", event, kept});
    if (then) then(event);
  }
  void after_fork_in_child(bool inherited) noexcept override {
    entries.push_back({inherited ? "fork, inherited" : "fork", {}, nullptr});
  }
  std::size_t count(const char* what) const {
    return static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [what](const entry& e) { return e.what == what; }));
  }
  static void in_trace(const char* step) { the_script.seen.emplace_back(step); }

  std::string name;
  bool in_script = true;
  std::vector<entry> entries;
  std::vector<unsigned char> bytes;
  lazyref::code_description description;
  std::function<void(const code_event&)> then;
  unsigned char tokens[64] = {};
  std::size_t next_token = 0;
};

template <class Space>
auto published(Space& space, std::size_t size, int value) {
  auto draft = space.draft(size);
  strong_ref<std::remove_reference_t<decltype(*draft)>> code;
  if (!draft) return code;
  std::memset(draft.data(), value, draft.size());
  if (!space.publish(draft, code)) code.reset();
  return code;
}

}  // namespace

// --- publish

TEST_CASE("observers are told of code that is complete and synchronised, before anybody has it", "[code]") {
  for (const code_mapping mapping : both_mappings) {
    new_code_script();
    recorder first("first"), second("second");
    told_space<> space({8 * code_page, 4, 1}, {&first, &second}, mapping);
    REQUIRE(space);
    auto draft = space.draft(100);
    auto other = space.draft(50);
    std::memset(draft.data(), 7, 100);
    std::memset(other.data(), 8, 50);
    watched* const object = &*draft;
    const std::uintptr_t address = draft.address();
    strong_ref<watched> code[2];
    bool known = false, stale = false;
    first.then = [&](const code_event& event) {
      known = known || code[0] || code[1] || object->entry() != nullptr;
      const auto* const run = static_cast<const unsigned char*>(event.entry);
      stale = stale || std::memcmp(run, event.bytes, event.size) != 0;
    };
    (void)look();
    decltype(draft) drafts[] = {std::move(draft), std::move(other)};
    REQUIRE(space.publish(drafts, 2, code));
    first.then = nullptr;
    CHECK_FALSE(known);
    CHECK_FALSE(stale);
    trace seen = look();
    const auto core = std::find(seen.begin(), seen.end(), "this core");
    REQUIRE(core != seen.end());
    CHECK(trace(core + 1, seen.end()) ==
          trace{"first: published", "second: published", "first: published", "second: published"});

    REQUIRE(first.entries.size() == 2);
    const code_event& event = first.entries[0].event;
    CHECK(reinterpret_cast<std::uintptr_t>(event.entry) == address);
    CHECK(event.entry == code[0]->entry());
    CHECK(event.size == 100);
    CHECK(first.entries[1].event.size == 50);
    CHECK(first.bytes == std::vector<unsigned char>(50, 8));
    CHECK(event.id != first.entries[1].event.id);
    CHECK(event.id == second.entries[0].event.id);
    CHECK(first.description.name.empty());
    CHECK(first.description.symbol_count == 0);
  }
}

TEST_CASE("observers know nothing of what was not published", "[code]") {
  for (const char* step : {"flush code", "end writing"}) {
    new_code_script({{step, {EPERM}}});
    the_script.answers[sync_core_answer] = {0};
    recorder one;
    told_space<> space({4 * code_page, 4, 1}, {&one}, code_mapping::flip);
    auto draft = space.draft(10);
    std::memset(draft.data(), 1, 10);
    strong_ref<watched> code;
    CHECK(space.publish(draft, code).error() == EPERM);
    CHECK(one.entries.empty());
    draft = {};
    CHECK(space.tell_observers() == 0);
    CHECK(one.entries.empty());
    CHECK(space.blocks_in_use() == 0);
    // The control: the next one is, in the same room.
    CHECK(published(space, 10, 1));
    CHECK(one.entries.size() == 1);
  }
}

TEST_CASE("a block describes itself", "[code]") {
  new_code_script();
  recorder one;
  told_space<described_code> space({code_page, 4, 1}, {&one});
  const auto code = published(space, 10, 1);
  REQUIRE(code);
  CHECK(one.description.name == "whole");
  CHECK(one.description.frame_pointer);
  REQUIRE(one.description.symbol_count == 1);
  CHECK(one.description.symbols == &code->one);
}

// --- the end

TEST_CASE("a block's end is told outside of its worker's call, before its memory is used again", "[code]") {
  for (const code_mapping mapping : both_mappings) {
    new_code_script();
    recorder first("first"), second("second");
    int destroyed = 0;
    told_space<> space({code_page, 1, 1}, {&first, &second}, mapping);
    auto slot = space.domain().attach();
    auto draft = space.draft(code_page, &destroyed);
    strong_ref<watched> code;
    REQUIRE(space.publish(draft, code));
    const code_event before = first.entries[0].event;
    slot.activate(code);
    code.reset();
    slot.deactivate();
    CHECK(space.domain().flush() == 0);
    // T is gone; the memory is not.
    CHECK(destroyed == 1);
    CHECK(first.count("reclaimed") == 0);
    CHECK(space.blocks_in_use() == 1);
    CHECK(space.bytes_in_use() == code_page);

    // Whoever drafts tells first.
    std::size_t in_use = 0;
    first.then = [&](const code_event&) { in_use = space.blocks_in_use(); };
    (void)look();
    draft = space.draft(code_page);
    REQUIRE(draft);
    CHECK(in_use == 1);
    const trace seen = look();
    REQUIRE(seen.size() >= 2);
    CHECK(trace(seen.begin(), seen.begin() + 2) == trace{"first: reclaimed", "second: reclaimed"});
    for (const recorder* one : {&first, &second}) {
      REQUIRE(one->entries.size() == 2);
      const recorder::entry& end = one->entries[1];
      CHECK(end.kept == one->entries[0].kept);
      CHECK(end.event.id == before.id);
      CHECK(end.event.entry == before.entry);
      CHECK(end.event.size == code_page);
      CHECK(end.event.bytes == nullptr);
      CHECK(end.event.description == nullptr);
    }
    CHECK(first.entries[1].kept != second.entries[1].kept);
  }
}

TEST_CASE("tell_observers tells of what waits, once; the end of a space tells of the rest, before its memory goes",
          "[code]") {
  new_code_script();
  recorder one;
  {
    told_space<> space({4 * code_page, 4, 1}, {&one});
    auto a = published(space, 10, 1);
    auto b = published(space, 10, 2);
    auto c = published(space, 10, 3);
    CHECK(space.tell_observers() == 0);
    a.reset();
    b.reset();
    CHECK(space.blocks_in_use() == 3);
    CHECK(space.tell_observers() == 2);
    CHECK(space.tell_observers() == 0);
    CHECK(space.blocks_in_use() == 1);
    CHECK(one.count("reclaimed") == 2);
    c.reset();
    CHECK(one.count("reclaimed") == 2);
    (void)look();
  }
  CHECK(one.count("reclaimed") == 3);
  CHECK(look() == trace{"observer: reclaimed", "unmap"});
}

TEST_CASE("an observer gets for each block what it returned for that", "[code]") {
  new_code_script();
  recorder one;
  one.in_script = false;
  std::map<std::uint64_t, void*> kept;
  {
    told_space<> space({8 * code_page, 5, 1}, {&one});
    std::vector<strong_ref<watched>> codes(5);
    std::mt19937 random(1);
    for (int i = 0; i < 60; ++i) {
      auto& place = codes[random() % codes.size()];
      place.reset();
      place = published(space, 20, i);
      REQUIRE(place);
    }
  }
  bool right = true;
  for (const recorder::entry& e : one.entries) {
    if (e.what == "published") {
      right = right && kept.emplace(e.event.id, e.kept).second;
    } else {
      const auto found = kept.find(e.event.id);
      right = right && found != kept.end() && found->second == e.kept;
      if (found != kept.end()) kept.erase(found);
    }
  }
  CHECK(right);
  CHECK(kept.empty());
  CHECK(one.count("published") == 60);
}

// --- a ledger of what is where, and what it must report

namespace {

class ledger : public lazyref::code_observer {
 public:
  void* code_published(const code_event& event) noexcept override {
    const std::lock_guard<std::mutex> locked(lock_);
    const auto start = reinterpret_cast<std::uintptr_t>(event.entry);
    const auto next = live_.lower_bound(start);
    if (next != live_.end() && next->first < start + event.size) ++wrong_;
    if (next != live_.begin() && std::prev(next)->first + std::prev(next)->second.size > start) ++wrong_;
    live_[start] = {event.size, event.id};
    ++published_;
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(event.id));
  }
  void code_reclaimed(const code_event& event, void* kept) noexcept override {
    const std::lock_guard<std::mutex> locked(lock_);
    const auto found = live_.find(reinterpret_cast<std::uintptr_t>(event.entry));
    if (found == live_.end() || found->second.id != event.id || found->second.size != event.size ||
        kept != reinterpret_cast<void*>(static_cast<std::uintptr_t>(event.id))) {
      ++wrong_;
      return;
    }
    live_.erase(found);
  }

  int wrong() const { return wrong_; }
  std::size_t live() const { return live_.size(); }
  int published() const { return published_; }

 private:
  struct block {
    std::size_t size;
    std::uint64_t id;
  };
  std::mutex lock_;
  std::map<std::uintptr_t, block> live_;
  int wrong_ = 0;
  int published_ = 0;
};

enum class fault { none, never, late, twice };

// Tells the ledger as it is told, but for the ends.
struct spoilt : lazyref::code_observer {
  spoilt(ledger& book, fault planted) : to(book), what(planted) {}
  void* code_published(const code_event& event) noexcept override {
    void* const kept = to.code_published(event);
    if (what == fault::late && delayed.size() > 1) {
      to.code_reclaimed(delayed.front().first, delayed.front().second);
      delayed.erase(delayed.begin());
    }
    return kept;
  }
  void code_reclaimed(const code_event& event, void* kept) noexcept override {
    if (what == fault::never) return;
    if (what == fault::late) return delayed.emplace_back(event, kept), void();
    to.code_reclaimed(event, kept);
    if (what == fault::twice) to.code_reclaimed(event, kept);
  }
  ledger& to;
  fault what;
  std::vector<std::pair<code_event, void*>> delayed;
};

// Drafts of all sizes that shrink, are dropped, published and replaced, by one thread.
void come_and_go(lazyref::code_observer& observer, code_mapping mapping, unsigned seed) {
  told_space<watched, quiet_code_system> space({16 * code_page, 12, 1}, {&observer}, mapping);
  std::mt19937 random(seed);
  std::vector<strong_ref<watched>> codes(6);
  for (int i = 0; i < 400; ++i) {
    auto draft = space.draft(1 + random() % (2 * code_page));
    if (!draft) continue;
    if (random() % 3 == 0) static_cast<void>(draft.shrink(1 + draft.size() / 2));
    if (random() % 8 == 0) continue;
    strong_ref<watched> next;
    if (!space.publish(draft, next)) continue;
    next.swap(codes[random() % codes.size()]);
    if (random() % 2 == 0) space.retire(std::move(next));
    if (random() % 16 == 0) space.tell_observers();
  }
}

}  // namespace

TEST_CASE("at each moment observers know of what is in use, and of nothing twice", "[code]") {
  for (const code_mapping mapping : both_mappings) {
    ledger book;
    come_and_go(book, mapping, 7);
    CHECK(book.published() > 100);
    CHECK(book.wrong() == 0);
    CHECK(book.live() == 0);
  }
}

TEST_CASE("the ledger reports an observer that is told never, late, or twice", "[code]") {
  const auto result = [](fault what) {
    ledger book;
    spoilt between(book, what);
    come_and_go(between, code_mapping::dual, 7);
    return std::make_pair(book.wrong(), book.live());
  };
  CHECK(result(fault::none) == std::make_pair(0, std::size_t{0}));
  CHECK(result(fault::never).first > 0);
  CHECK(result(fault::never).second > 0);
  CHECK(result(fault::late).first > 0);
  CHECK(result(fault::twice).first > 0);
}

// --- a draft, while another thread tells

namespace {

// Its give_way is where a draft waits for others.
struct waiting_sync : lazyref::std_sync {
  static inline std::function<void()> when_waiting;
  static inline int waits = 0;
  static void give_way() noexcept {
    ++waits;
    if (when_waiting) when_waiting();
  }
};
struct patient : lazyref::code_block<patient, waiting_sync> {};

// Holds whoever tells it of an end, until it is let go.
struct gate : lazyref::code_observer {
  void* code_published(const code_event&) noexcept override { return nullptr; }
  void code_reclaimed(const code_event&, void*) noexcept override {
    std::unique_lock<std::mutex> locked(lock);
    inside = true;
    changed.notify_all();
    changed.wait(locked, [this] { return open; });
  }
  void wait_until_inside() {
    std::unique_lock<std::mutex> locked(lock);
    changed.wait(locked, [this] { return inside; });
  }
  void let_go() {
    const std::lock_guard<std::mutex> locked(lock);
    open = true;
    changed.notify_all();
  }
  std::mutex lock;
  std::condition_variable changed;
  bool inside = false;
  bool open = false;
};

}  // namespace

TEST_CASE("a draft waits for memory that another thread is telling of; there is no ENOSPC in between", "[code]") {
  for (const bool lets_go : {true, false}) {
    INFO(lets_go);
    gate held;
    lazyref::code_space<patient, lazyref::domain_options<>, quiet_code_system> space({code_page, 1, 1}, {&held});
    published(space, code_page, 1).reset();
    std::thread teller([&] { space.tell_observers(); });
    held.wait_until_inside();
    waiting_sync::waits = 0;
    waiting_sync::when_waiting = [&] {
      if (!lets_go || waiting_sync::waits > 1) return;
      held.let_go();
      teller.join();
    };
    {
      const auto draft = space.draft(code_page);
      CHECK(static_cast<bool>(draft) == lets_go);
      // The twin: one that is held for good ends it after a bounded number of tries.
      CHECK(waiting_sync::waits == (lets_go ? 1 : 63));
      if (!lets_go) CHECK(draft.status().error() == ENOSPC);
    }
    waiting_sync::when_waiting = nullptr;
    if (!lets_go) {
      held.let_go();
      teller.join();
      CHECK(space.draft(code_page));
      // And with nothing on its way there is nothing to wait for.
      const auto taken = space.draft(code_page);
      waiting_sync::waits = 0;
      CHECK(space.draft(1).status().error() == ENOSPC);
      CHECK(waiting_sync::waits == 0);
    }
  }
}

TEST_CASE("threads that replace, retire and tell: the ledger is right, and nobody finds the space full", "[code]") {
  ledger book;
  std::atomic<int> full{0};
  {
    constexpr int threads = 3;
    // Each thread has one block, and one draft.
    told_space<watched, quiet_code_system> space({2 * threads * code_page, 2 * threads, 1}, {&book});
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&] {
        strong_ref<watched> mine;
        for (int n = 0; n < 500; ++n) {
          auto draft = space.draft(code_page);
          strong_ref<watched> next;
          if (!draft || !space.publish(draft, next)) {
            full.fetch_add(1);
            continue;
          }
          mine.swap(next);
          next.reset();
          if (n % 5 == 0) space.tell_observers();
        }
      });
    }
    for (std::thread& t : all) t.join();
  }
  CHECK(full == 0);
  CHECK(book.published() == 1500);
  CHECK(book.wrong() == 0);
  CHECK(book.live() == 0);
}

// --- fork

#if defined(__linux__)

TEST_CASE("fork: observers are told, and where the code is gone, of each block's end", "[code]") {
  for (const code_mapping mapping : both_mappings) {
    using space_type = lazyref::code_space<watched>;
    recorder one;
    one.in_script = false;
    space_type space({1 << 14, 4, 1}, {&one}, mapping, lazyref::code_synchronisation::each_executor);
    if (!space) LAZYREF_SKIP(space.status().what());
    auto a = published(space, 16, 1);
    auto b = published(space, 16, 2);
    auto waits = published(space, 16, 3);
    waits.reset();
    REQUIRE(one.count("published") == 3);
    const bool dual = mapping == code_mapping::dual;
    const child_result child = in_child([&] {
      space.after_fork_in_child();
      LAZYREF_CHILD_REQUIRE(one.entries.size() == (dual ? 7U : 4U));
      LAZYREF_CHILD_REQUIRE(one.entries[3].what == (dual ? "fork" : "fork, inherited"));
      LAZYREF_CHILD_REQUIRE(one.count("reclaimed") == (dual ? 3U : 0U));
      for (std::size_t i = 4; i < one.entries.size(); ++i) {
        bool found = false;
        for (std::size_t j = 0; j < 3; ++j)
          found = found ||
                  (one.entries[j].event.id == one.entries[i].event.id && one.entries[j].kept == one.entries[i].kept);
        LAZYREF_CHILD_REQUIRE(found);
      }
      // Nothing is told twice.
      a.reset();
      b.reset();
      space.tell_observers();
      LAZYREF_CHILD_REQUIRE(one.count("reclaimed") == 3);
      LAZYREF_CHILD_REQUIRE(space.blocks_in_use() == 0);
      return 0;
    });
    INFO(child.err);
    CHECK(child.exit_status == 0);
    CHECK(one.count("reclaimed") == 0);
  }
}

#endif
