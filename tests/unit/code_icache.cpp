// SPDX-License-Identifier: BSL-1.0
//
// What keeps code fresh is the order of the steps: shown on a simulated machine, since the one that runs this test may
// not need any of them. It is a model of the rules that instruction_sync.hpp states, not of any hardware: it takes each
// liberty that those rules leave to a machine, all at once, and no more. One thread plays all cores, so nothing here
// depends on timing.
//
//   data          what is stored through the write alias. The data caches are coherent, so all cores agree on it.
//   memory        what instructions are fetched from. A line that was written may get there at any time, and is there
//                 for certain once it is cleaned, by the write alias.
//   instructions  of each core: its instruction cache. Filled from memory at any time; emptied by invalidating the line,
//                 by the execute alias, which reaches all cores.
//   fetched       of each core: what it has fetched ahead. Filled from its instruction cache at any time; emptied when
//                 that core synchronises.
//
// "At any time" is taken at its word: each of them is not one content but the set of all that it may have by now. A core
// runs any of what it may have fetched, so code is fresh if nothing is there but what was written last. Otherwise it is
// stale, whatever a machine would have made of it.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#include "../support/catch.hpp"
#include "../support/idle_code_memory.hpp"

using lazyref::all_threads_by;
using lazyref::code_mapping;
using lazyref::code_range;
using lazyref::code_space;
using lazyref::code_synchronisation;
using lazyref::sync_result;
namespace detail = lazyref::detail;

namespace {

constexpr std::size_t cores = 4;
constexpr std::size_t page_size = 4 * lazyref::cache_line;
constexpr std::size_t most_bytes = 8 * page_size;
constexpr unsigned rounds = 60;

class machine {
 public:
  std::size_t line = 64;                    // bytes of a cache line
  std::size_t core = 0;                     // which one runs what comes next
  bool everyone = false;                    // whether SYNC_CORE reaches its caller too (Linux 5.10)
  unsigned unlawful = 0;                    // accesses that the pages' permissions forbid
  std::function<void()> meanwhile = [] {};  // what the other cores do after each step

  detail::code_views map(std::size_t size, code_mapping mapping) {
    size_ = size;
    views_.write = data_.data();
    views_.execute = mapping == code_mapping::dual ? executed_.data() : data_.data();
    mapping_ = mapping;
    writable_.fill(mapping == code_mapping::dual);
    contents_.clear();
    lines_.assign(size / line, {});
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      contents_.push_back(content_of(i));
      line_state& l = lines_[i];
      l.data = i;
      l.memory = {i};
      l.instructions.fill({i});
      l.fetched.fill({i});
    }
    return views_;
  }

  // Whatever may happen by itself, happens.
  void look() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      line_state& l = lines_[i];
      if (std::memcmp(contents_[l.data].data(), &data_[i * line], line) != 0) {
        if (!writable_[i * line / page_size]) ++unlawful;
        l.data = contents_.size();
        contents_.push_back(content_of(i));
        l.memory.insert(l.data);
        l.settled = false;
      }
      if (l.settled) continue;
      l.settled = true;
      for (std::size_t c = 0; c < cores; ++c) {
        l.instructions[c].insert(l.memory.begin(), l.memory.end());
        l.fetched[c].insert(l.instructions[c].begin(), l.instructions[c].end());
      }
    }
  }

  void clean(const void* at, std::size_t size) {
    for_each_line(at, size, views_.write, [](line_state& l) { l.memory = {l.data}; });
  }
  void invalidate(const void* at, std::size_t size) {
    for_each_line(at, size, views_.execute, [](line_state& l) { l.instructions.fill(l.memory); });
  }
  void synchronise(std::size_t c) {
    look();
    for (line_state& l : lines_) {
      // The one contains the other.
      if (l.fetched[c].size() != l.instructions[c].size()) l.fetched[c] = l.instructions[c];
    }
    meanwhile();
  }
  void synchronise_others() {
    for (std::size_t c = 0; c < cores; ++c) {
      if (c != core || everyone) synchronise(c);
    }
  }
  void flush_and_synchronise_all() {
    clean(views_.write, size_);
    invalidate(views_.execute, size_);
    for (std::size_t c = 0; c < cores; ++c) synchronise(c);
  }

  void permit(void* at, std::size_t size, bool write) {
    look();
    for (std::size_t page = offset(at, views_.write) / page_size; size != 0; size -= page_size, ++page) {
      writable_[page] = write;
    }
    meanwhile();
  }

  // May this core, if it runs what is at that address, run anything else than that?
  bool may_be_stale(const void* at, const unsigned char* expected, std::size_t size) {
    look();
    const std::size_t first = offset(at, views_.execute);
    bool result = false;
    for (std::size_t i = first; i < first + size; ++i) {
      if (mapping_ == code_mapping::flip && writable_[i / page_size]) ++unlawful;
      for (const std::size_t content : lines_[i / line].fetched[core]) {
        if (contents_[content][i % line] != expected[i - first]) result = true;
      }
    }
    return result;
  }

 private:
  using possible = std::set<std::size_t>;  // indices of contents_
  struct line_state {
    bool settled = false;  // nothing more can happen to it by itself
    std::size_t data = 0;
    possible memory;
    std::array<possible, cores> instructions, fetched;
  };

  std::vector<unsigned char> content_of(std::size_t i) const {
    return {data_.begin() + static_cast<std::ptrdiff_t>(i * line),
            data_.begin() + static_cast<std::ptrdiff_t>((i + 1) * line)};
  }
  static std::size_t offset(const void* at, const unsigned char* view) {
    return reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(view);
  }
  // Those that are found by this address: an address of the other view finds none.
  template <class Visit>
  void for_each_line(const void* at, std::size_t size, const unsigned char* view, Visit visit) {
    look();
    const std::size_t first = offset(at, view);
    if (first >= size_) return;
    for (std::size_t i = first / line; i <= (first + size - 1) / line; ++i) {
      visit(lines_[i]);
      lines_[i].settled = false;
    }
    look();
    meanwhile();
  }

  std::array<unsigned char, most_bytes> data_{};
  std::array<unsigned char, most_bytes> executed_{};  // Addresses only: nobody looks in there.
  std::array<bool, most_bytes / page_size> writable_{};
  std::size_t size_ = 0;
  code_mapping mapping_ = code_mapping::dual;
  detail::code_views views_;
  std::vector<std::vector<unsigned char>> contents_;
  std::vector<line_state> lines_;
};

machine* the_machine = nullptr;

// --- the library's own steps, on that machine ---

struct simulated_kernel {
  static int membarrier(int command, unsigned, int) noexcept {
    if (command != detail::membarrier_private_expedited_sync_core) return -EINVAL;
    the_machine->synchronise_others();
    return 0;
  }
  static bool flush_reaches_all() noexcept { return true; }
  static void flush_process_write_buffers() noexcept { the_machine->synchronise_others(); }
  static void give_way() noexcept {}
};

// What an architecture's file supplies: clean, then invalidate, then it is complete; and its own core.
template <all_threads_by By>
struct simulated_machine {
  static constexpr bool known = true;
  static constexpr all_threads_by all_threads = By;
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    the_machine->clean(write, size);
    the_machine->invalidate(execute, size);
    return 0;
  }
  static int sync_core() noexcept {
    the_machine->synchronise(the_machine->core);
    return 0;
  }
};

// One call that does everything to every core.
template <>
struct simulated_machine<all_threads_by::flush_call> {
  static constexpr bool known = true;
  static constexpr all_threads_by all_threads = all_threads_by::flush_call;
  static int flush_code(const void*, const void*, std::size_t) noexcept { return sync_core(); }
  static int sync_core() noexcept {
    the_machine->flush_and_synchronise_all();
    return 0;
  }
};

struct simulated_memory : lazyref_test::idle_code_memory {
  static std::size_t page() noexcept { return page_size; }
  static result map(const place& at, views& all) noexcept {
    all = the_machine->map(at.bytes, at.mapping);
    return {};
  }
  static result begin_to_write(void* at, std::size_t size) noexcept {
    the_machine->permit(at, size, true);
    return {};
  }
  static result end_writing(void* at, std::size_t size) noexcept {
    the_machine->permit(at, size, false);
    return {};
  }
  static result end_writing_with_landing_pads(void* at, std::size_t size) noexcept { return end_writing(at, size); }
};

template <class Machine>
struct simulated_system : simulated_memory {
  static inline detail::instruction_sync_core<detail::std_atomics, simulated_kernel, Machine> steps;

  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return steps.publish_ranges(n, range_at);
  }
  template <class RangeAt>
  static sync_result flush_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return steps.flush_ranges(n, range_at);
  }
};

using by_membarrier = simulated_system<simulated_machine<all_threads_by::membarrier_sync_core>>;
using by_windows = simulated_system<simulated_machine<all_threads_by::flush_process_write_buffers>>;
using by_flush_call = simulated_system<simulated_machine<all_threads_by::flush_call>>;
using by_handshake = simulated_system<simulated_machine<all_threads_by::handshake>>;

// --- its users ---

// A draft that finds no memory gives way some times before it is refused. Here is nobody else to give way to.
struct lone_sync : lazyref::std_sync {
  static void give_way() noexcept {}
};

struct code : lazyref::code_block<code, lone_sync> {
  std::vector<unsigned char> written;
};

struct run_options {
  code_mapping mapping = code_mapping::dual;
  code_synchronisation who = code_synchronisation::all_threads;
  std::size_t batch = 1;  // blocks that are published together
  std::size_t line = 64;  // of the machine's caches
  bool everyone = false;  // see machine
  // What an executor does that synchronises its own core, and when.
  enum class own { as_said, never, before_it_finds_the_code } executor = own::as_said;
};

struct run_report {
  unsigned runs = 0, stale = 0;
  unsigned unlawful = 0;               // accesses that the pages' permissions forbid
  unsigned failed = 0;                 // publications
  std::size_t written = 0, bytes = 0;  // that were written; that there are
  unsigned ran_replaced = 0;           // runs of code that had been replaced
  unsigned refused = 0;                // drafts, since all memory was in use
};

// A repeatable choice.
class chooser {
 public:
  std::size_t operator()(std::size_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state_ >> 33) % n;
  }

 private:
  std::uint64_t state_ = 1;
};

// Hardly any byte is the same in two blocks that follow each other.
unsigned char next_byte(std::uint64_t serial, std::size_t i) {
  return static_cast<unsigned char>((serial * 0x9e3779b97f4a7c15u >> (i % 7 * 8)) ^ i * 31);
}

// Workers on all cores run the functions that they find; one core after the other replaces some of them.
template <class System>
run_report play(const run_options& how) {
  using space_type = code_space<code, lazyref::domain_options<>, System>;
  constexpr std::size_t functions = 4;
  machine m;
  m.line = how.line;
  m.everyone = how.everyone;
  the_machine = &m;
  run_report report;
  chooser choose;
  std::uint64_t serial = 0;
  {
    space_type space({most_bytes, 3 * functions, cores}, how.mapping, how.who);
    report.bytes = space.bytes();
    struct function {
      std::atomic<code*> shared{nullptr};
      lazyref::strong_ref<code> current;
    };
    std::array<function, functions> all;
    struct worker {
      lazyref::lazy_slot<code> slot;
      code* on = nullptr;
      bool replaced = false;
    };
    std::array<worker, cores> workers;
    for (worker& w : workers) w.slot = space.domain().attach();

    const auto is_current = [&](const code* c) {
      for (const function& f : all) {
        if (f.current.get() == c) return true;
      }
      return false;
    };

    // A core that is on a function runs it, from wherever it was.
    const auto run = [&](std::size_t c) {
      const std::size_t who = std::exchange(m.core, c);
      worker& w = workers[c];
      ++report.runs;
      if (w.replaced) ++report.ran_replaced;
      if (m.may_be_stale(w.on->entry(), w.on->written.data(), w.on->size())) ++report.stale;
      m.core = who;
    };
    m.meanwhile = [&] {
      for (std::size_t c = 0; c < cores; ++c) {
        if (workers[c].on != nullptr) run(c);
      }
    };

    const auto recompile = [&] {
      m.core = choose(cores);
      std::array<typename space_type::draft_type, functions> drafts;
      std::array<lazyref::strong_ref<code>, functions> made;
      std::size_t n = 0;
      while (n < how.batch) {
        auto& draft = drafts[n];
        draft = space.draft(1 + choose(3 * lazyref::cache_line));
        if (!draft) break;
        ++n;
        ++serial;
        draft->written.resize(draft.size());
        for (std::size_t i = 0; i < draft.size(); ++i) {
          // Half-way, caches may have what is there.
          if (i == draft.size() / 2) m.look();
          draft.data()[i] = draft->written[i] = next_byte(serial, i);
        }
        report.written += draft.size();
      }
      if (n < how.batch) ++report.refused;
      if (n == 0) return;
      m.look();
      if (!space.publish(drafts.data(), n, made.data())) {
        ++report.failed;
        return;
      }
      const std::size_t first = choose(functions);
      for (std::size_t i = 0; i < n; ++i) {
        function& f = all[(first + i) % functions];
        f.shared.store(made[i].get(), std::memory_order_release);
        for (worker& w : workers) w.replaced = w.replaced || (w.on != nullptr && w.on == f.current.get());
        space.domain().retire(std::move(f.current));
        f.current = std::move(made[i]);
      }
    };

    const auto somebody_recompiles = [&](std::size_t c) {
      if (choose(4) == 0) recompile();
      m.core = c;
    };

    const auto work = [&](std::size_t c) {
      m.core = c;
      worker& w = workers[c];
      if (w.on == nullptr) {
        using own = run_options::own;
        const bool itself = how.who == code_synchronisation::each_executor;
        if (itself && how.executor == own::before_it_finds_the_code) System::steps.this_thread();
        somebody_recompiles(c);
        code* const found = w.slot.protect(all[choose(functions)].shared);
        if (found == nullptr) return;
        somebody_recompiles(c);
        if (itself && how.executor == own::as_said) System::steps.this_thread();
        w.on = found;
        w.replaced = !is_current(found);
      }
      run(c);
      if (choose(4) != 0) return;
      w.on = nullptr;
      w.slot.deactivate();
    };

    for (unsigned i = 0; i < rounds; ++i) {
      recompile();
      for (std::size_t c = 0; c < cores; ++c) work(c);
      work(choose(cores));
    }
    for (function& f : all) {
      f.shared.store(nullptr, std::memory_order_relaxed);
      f.current.reset();
    }
    for (worker& w : workers) w.slot.detach();
    m.meanwhile = [] {};
  }
  report.unlawful = m.unlawful;
  the_machine = nullptr;
  return report;
}

void require_fresh(const run_report& r) {
  CHECK(r.stale == 0);
  CHECK(r.unlawful == 0);
  CHECK(r.failed == 0);
  // It was put to the test: each piece of memory has had many blocks, and some were run after they were replaced.
  CHECK(r.runs > 2 * rounds);
  CHECK(r.written > 2 * r.bytes);
  CHECK(r.ran_replaced > 0);
}

template <class System>
void require_fresh_everywhere(code_synchronisation who) {
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    for (const std::size_t batch : {1u, 3u}) {
      for (const std::size_t line : {32u, 64u, 256u}) {
        CAPTURE(mapping == code_mapping::dual, batch, line);
        run_options how;
        how.mapping = mapping;
        how.who = who;
        how.batch = batch;
        how.line = line;
        require_fresh(play<System>(how));
      }
    }
  }
}

// --- what is wrong in the twins below ---

struct no_flush : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void*, const void*, std::size_t) noexcept { return 0; }
};
struct only_clean : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void* write, const void*, std::size_t size) noexcept {
    the_machine->clean(write, size);
    return 0;
  }
};
struct only_invalidate : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void*, const void* execute, std::size_t size) noexcept {
    the_machine->invalidate(execute, size);
    return 0;
  }
};
struct invalidate_before_clean : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    the_machine->invalidate(execute, size);
    the_machine->clean(write, size);
    return 0;
  }
};
struct one_line_too_few : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    if (size <= the_machine->line) return 0;
    return simulated_machine::flush_code(write, execute, size - the_machine->line);
  }
};
struct by_the_write_alias : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void* write, const void*, std::size_t size) noexcept {
    return simulated_machine::flush_code(write, write, size);
  }
};
struct by_the_execute_alias : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int flush_code(const void*, const void* execute, std::size_t size) noexcept {
    return simulated_machine::flush_code(execute, execute, size);
  }
};
struct no_local_step : simulated_machine<all_threads_by::membarrier_sync_core> {
  static int sync_core() noexcept { return 0; }
};

struct sync_before_flush : by_membarrier {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    const sync_result result = steps.all_threads();
    return result ? steps.flush_ranges(n, range_at) : result;
  }
};
struct no_sync : by_membarrier {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return steps.flush_ranges(n, range_at);
  }
};
struct local_sync_only : by_membarrier {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    const sync_result result = steps.flush_ranges(n, range_at);
    steps.this_thread();
    return result;
  }
};
struct sync_after_the_first_of_a_batch : by_membarrier {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    const sync_result result = steps.publish_ranges(1, range_at);
    if (!result) return result;
    return steps.flush_ranges(n - 1, [&range_at](std::size_t i) { return range_at(i + 1); });
  }
};

template <class System>
run_report wrong(run_options how = {}) {
  const run_report r = play<System>(how);
  CHECK(r.runs > rounds);
  return r;
}

}  // namespace

TEST_CASE("simulated caches: code is fresh on every core, published for all threads", "[code]") {
  require_fresh_everywhere<by_membarrier>(code_synchronisation::all_threads);
  require_fresh_everywhere<by_windows>(code_synchronisation::all_threads);
  require_fresh_everywhere<by_flush_call>(code_synchronisation::all_threads);
}

TEST_CASE("simulated caches: code is fresh where each executor synchronises its own core", "[code]") {
  require_fresh_everywhere<by_membarrier>(code_synchronisation::each_executor);
  require_fresh_everywhere<by_flush_call>(code_synchronisation::each_executor);
  require_fresh_everywhere<by_handshake>(code_synchronisation::each_executor);
}

TEST_CASE("simulated caches: memory that is full is refused, not overwritten", "[code]") {
  run_options how;
  how.batch = 4;
  how.mapping = code_mapping::flip;
  const run_report r = play<by_membarrier>(how);
  CHECK(r.stale == 0);
  CHECK(r.refused > 0);
}

TEST_CASE("simulated caches: each missing or misplaced step is seen as stale code", "[code]") {
  CHECK(wrong<simulated_system<no_flush>>().stale > 0);
  CHECK(wrong<simulated_system<only_clean>>().stale > 0);
  CHECK(wrong<simulated_system<only_invalidate>>().stale > 0);
  CHECK(wrong<simulated_system<invalidate_before_clean>>().stale > 0);
  CHECK(wrong<simulated_system<one_line_too_few>>().stale > 0);
  CHECK(wrong<sync_before_flush>().stale > 0);
  CHECK(wrong<no_sync>().stale > 0);
}

TEST_CASE("simulated caches: both aliases have to be flushed, each for its part", "[code]") {
  run_options how;
  CHECK(wrong<simulated_system<by_the_write_alias>>(how).stale > 0);
  CHECK(wrong<simulated_system<by_the_execute_alias>>(how).stale > 0);
  // Control: nothing is wrong with it where the two are one.
  how.mapping = code_mapping::flip;
  CHECK(wrong<simulated_system<by_the_write_alias>>(how).stale == 0);
  CHECK(wrong<simulated_system<by_the_execute_alias>>(how).stale == 0);
}

TEST_CASE("simulated caches: SYNC_CORE is not enough for its caller before Linux 5.10, the local step not for others",
          "[code]") {
  run_options how;
  CHECK(wrong<simulated_system<no_local_step>>(how).stale > 0);
  CHECK(wrong<local_sync_only>(how).stale > 0);
  how.everyone = true;
  CHECK(wrong<simulated_system<no_local_step>>(how).stale == 0);
  CHECK(wrong<local_sync_only>(how).stale > 0);
}

TEST_CASE("simulated caches: the one synchronisation of a batch comes after all of its flushes", "[code]") {
  run_options how;
  CHECK(wrong<sync_after_the_first_of_a_batch>(how).stale == 0);
  how.batch = 3;
  CHECK(wrong<sync_after_the_first_of_a_batch>(how).stale > 0);
}

TEST_CASE("simulated caches: an executor that synchronises its own core does it after it found the code", "[code]") {
  run_options how;
  how.who = code_synchronisation::each_executor;
  how.executor = run_options::own::never;
  CHECK(wrong<by_handshake>(how).stale > 0);
  how.executor = run_options::own::before_it_finds_the_code;
  CHECK(wrong<by_handshake>(how).stale > 0);
}

namespace {

// One function, with room for no other, and a worker on another core.
template <class System>
struct one_function {
  struct begin {
    machine m;
    begin() { the_machine = &m; }
    ~begin() { the_machine = nullptr; }
  } with;
  code_space<code, lazyref::domain_options<>, System> space;
  lazyref::lazy_slot<code> slot = space.domain().attach();
  std::atomic<code*> shared{nullptr};
  lazyref::strong_ref<code> current;
  std::vector<unsigned char> running;  // what the worker's code is, as it found it
  const void* at = nullptr;

  explicit one_function(code_synchronisation who = code_synchronisation::all_threads)
      : space({page_size, 2, 1}, code_mapping::dual, who) {}

  auto draft(std::uint64_t serial) {
    auto result = space.draft(page_size);
    if (result) write(serial, result.data(), result->written);
    return result;
  }
  static void write(std::uint64_t serial, unsigned char* to, std::vector<unsigned char>& copy) {
    copy.resize(page_size);
    for (std::size_t i = 0; i < page_size; ++i) to[i] = copy[i] = next_byte(serial, i);
  }
  void publish(typename code_space<code, lazyref::domain_options<>, System>::draft_type& draft) {
    REQUIRE(space.publish(draft, current));
    shared.store(current.get(), std::memory_order_release);
  }
  void enter() {
    code* const found = slot.protect(shared);
    REQUIRE(found != nullptr);
    running = found->written;
    at = found->entry();
  }
  bool goes_on_stale() {
    with.m.core = 1;
    const bool result = with.m.may_be_stale(at, running.data(), running.size());
    with.m.core = 0;
    return result;
  }
  void replace() {
    shared.store(nullptr, std::memory_order_release);
    space.domain().retire(std::move(current));
    space.domain().flush();
  }
};

}  // namespace

TEST_CASE("simulated caches: code that is published before its synchronisation is stale until then", "[code]") {
  {
    // Control: the library's order.
    one_function<by_membarrier> f;
    auto draft = f.draft(1);
    f.publish(draft);
    f.enter();
    CHECK_FALSE(f.goes_on_stale());
  }
  one_function<no_sync> f;
  auto draft = f.draft(1);
  f.publish(draft);
  f.enter();
  CHECK(f.goes_on_stale());
  REQUIRE(no_sync::steps.all_threads());
  CHECK_FALSE(f.goes_on_stale());
}

TEST_CASE("simulated caches: memory is not used again before the last slot has left it", "[code]") {
  one_function<by_membarrier> f;
  auto first = f.draft(1);
  f.publish(first);
  f.enter();
  f.replace();
  auto second = f.draft(2);
  CHECK_FALSE(second);
  CHECK(second.status().error() == ENOSPC);
  CHECK_FALSE(f.goes_on_stale());

  // The worker is done: now it is used again, and fresh.
  f.slot.deactivate();
  second = f.draft(2);
  REQUIRE(second);
  f.publish(second);
  f.enter();
  CHECK_FALSE(f.goes_on_stale());

  // Its slot leaves, and it does not: whatever is written there, it may run.
  f.slot.deactivate();
  f.replace();
  CHECK_FALSE(f.goes_on_stale());
  auto third = f.draft(3);
  REQUIRE(third);
  CHECK(f.goes_on_stale());
  f.publish(third);
  CHECK(f.goes_on_stale());
}

TEST_CASE("simulated caches: code that is running is not changed in its place, with all steps taken", "[code]") {
  one_function<by_membarrier> f;
  auto draft = f.draft(1);
  unsigned char* const written_at = draft.data();
  f.publish(draft);
  f.enter();
  CHECK_FALSE(f.goes_on_stale());
  std::vector<unsigned char> next;
  f.write(2, written_at, next);
  CHECK(f.goes_on_stale());
  const code_range range{written_at, f.at, next.size()};
  REQUIRE(by_membarrier::publish_ranges(1, [&range](std::size_t) { return range; }));
  CHECK(f.goes_on_stale());
  // Only who enters anew is right.
  f.running = next;
  CHECK_FALSE(f.goes_on_stale());
}

TEST_CASE("simulated caches: where nothing reaches all threads, nothing is published for all threads", "[code]") {
  one_function<by_handshake> f;
  auto draft = f.draft(1);
  const sync_result result = f.space.publish(draft, f.current);
  CHECK(result.error() == ENOTSUP);
  CHECK_FALSE(f.current);
  REQUIRE(draft);
  CHECK(draft->entry() == nullptr);
}
