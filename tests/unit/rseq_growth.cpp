// SPDX-License-Identifier: BSL-1.0
//
// Claims while a process grows from one thread to three for each CPU, and back. From Linux 6.19 on, concurrency ids (mm_cid)
// belong to threads while there are no more threads than CPUs, and to CPUs beyond that: at each such change they go from
// one to the other under running claims. Before 6.19 they change hands with each switch between threads. In either
// case no slot may have two owners. The ids are taken where the kernel writes them, also where the C library does not
// vouch for them (rseq_kernel.hpp), and so are the numbers of CPUs.
#include <lazyref/sync.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/per_cpu_threads.hpp"

#if defined(LAZYREF_DETAIL_HAS_RSEQ)

#include <sys/auxv.h>

using namespace lazyref_test;
using lazyref::cpu_index;

namespace {

using restartable = lazyref::std_sync::restartable;
using std::chrono::microseconds;

char mine;

constexpr const char* no_ids = "this kernel has no concurrency ids (Linux 6.3)";
bool has_ids() {
  constexpr unsigned long at_rseq_feature_size = 27;
  return ::getauxval(at_rseq_feature_size) >= 28;
}

struct alignas(64) slot {
  std::atomic<char*> lazy{nullptr};
  std::atomic<unsigned> owner{0};
};

// What it has come to.
struct grown {
  unsigned threads = 0;
  std::size_t indices = 0;         // different ones
  std::size_t indices_of_one = 0;  // while there was one thread
  long stored = 0, shared = 0, beyond = 0;
};

class growing_crowd {
 public:
  // `claim(slots, dice)`: a slot that is the caller's, or null.
  template <class Claim>
  grown run(microseconds budget, Claim claim) {
    grown result;
    const auto cpus = std::max(1U, static_cast<unsigned>(allowed_cpus().size()));
    const unsigned most = 3 * cpus < cpus + 64 ? 3 * cpus : cpus + 64;
    const microseconds each = budget / (2 * most);
    std::vector<std::thread> all;
    for (unsigned n = 0; n < most; ++n) {
      wanted_ = n + 1;
      all.emplace_back([this, n, claim] { work(n, claim); });
      std::this_thread::sleep_for(each);
      if (n == 0) result.indices_of_one = count_used();
    }
    result.threads = most;
    while (!all.empty() && shared_ == 0) {
      wanted_ = static_cast<unsigned>(all.size()) - 1;
      all.back().join();
      all.pop_back();
      std::this_thread::sleep_for(each);
    }
    wanted_ = 0;
    for (std::thread& t : all) t.join();
    result.indices = count_used();
    result.stored = stored_;
    result.shared = shared_;
    result.beyond = beyond_;
    return result;
  }

  std::vector<slot>& slots() { return slots_; }
  void note_beyond() { beyond_.fetch_add(1, std::memory_order_relaxed); }

 private:
  template <class Claim>
  void work(unsigned n, Claim claim) {
    std::uint64_t dice = n * 0x9e3779b97f4a7c15U + 1;
    while (wanted_.load(std::memory_order_relaxed) > n) {
      dice = dice * 6364136223846793005U + 1442695040888963407U;
      slot* const s = claim(*this, dice >> 33);
      if (s == nullptr) continue;
      stored_.fetch_add(1, std::memory_order_relaxed);
      if (s->owner.exchange(n + 1, std::memory_order_relaxed) != 0) shared_.fetch_add(1, std::memory_order_relaxed);
      if (dice >> 58 == 0) std::this_thread::yield();  // with the claim
      if (s->owner.exchange(0, std::memory_order_relaxed) != n + 1) shared_.fetch_add(1, std::memory_order_relaxed);
      used_[static_cast<std::size_t>(s - slots_.data())].store(true, std::memory_order_relaxed);
      s->lazy.store(nullptr, std::memory_order_release);
    }
  }

  std::size_t count_used() const {
    std::size_t result = 0;
    for (const auto& u : used_) result += u.load(std::memory_order_relaxed) ? 1U : 0U;
    return result;
  }

  std::vector<slot> slots_ = std::vector<slot>(lazyref::detail::possible_cpus());
  std::vector<std::atomic<bool>> used_ = std::vector<std::atomic<bool>>(slots_.size());
  std::atomic<unsigned> wanted_{0};
  std::atomic<long> stored_{0}, shared_{0}, beyond_{0};
};

// By both sequences, in turn.
auto claims_by(const restartable::support& how) {
  return [how](growing_crowd& c, std::uint64_t dice) -> slot* {
    std::vector<slot>& slots = c.slots();
    const unsigned index = restartable::index(how);
    if (index >= slots.size()) {
      c.note_beyond();
      return nullptr;
    }
    if (dice % 2 == 0) {
      return restartable::store_if_null_here(how, slots.data(), 1, slots.size(), &mine, std::memory_order_acquire,
                                             std::memory_order_release);
    }
    const auto got = restartable::store_if_null(how, index, slots[index].lazy, &mine, std::memory_order_acquire,
                                                std::memory_order_release);
    return got == restartable::outcome::stored ? &slots[index] : nullptr;
  };
}

// The same again, with more time, until it has come to something: a busy machine takes longer.
template <class Claim, class Enough>
grown run_until(growing_crowd& crowd, Claim claim, Enough enough) {
  grown seen;
  for (microseconds budget = std::chrono::milliseconds(400); budget < std::chrono::seconds(30); budget *= 4) {
    seen = crowd.run(budget, claim);
    if (enough(seen)) break;
  }
  return seen;
}

void check_growth(const restartable::support& how) {
  growing_crowd crowd;
  const std::size_t most = std::min(crowd.slots().size(), allowed_cpus().size());
  const auto is_enough = [most](const grown& g) { return g.shared != 0 || (g.stored > 1000 && g.indices >= most); };
  const grown seen = run_until(crowd, claims_by(how), is_enough);
  INFO(seen.threads << " threads, " << seen.stored << " claims, " << seen.indices << " indices, " << seen.indices_of_one
                    << " of them with one thread");
  CHECK(seen.shared == 0);
  CHECK(seen.beyond == 0);
  CHECK(seen.indices <= crowd.slots().size());
  for (const slot& s : crowd.slots()) CHECK(s.lazy == nullptr);
  if (!is_enough(seen)) lazyref_test::skip_part("no power on this machine, now: too few claims, or on too few CPUs");
}

// Claims that look, and then store: what a sequence is for, without one. `index()`: the slot.
template <class Index>
void check_control(const char* what, Index index) {
  growing_crowd crowd;
  const auto claim = [index](growing_crowd& c, std::uint64_t) -> slot* {
    const unsigned i = index();
    if (i >= c.slots().size()) return nullptr;
    slot& s = c.slots()[i];
    if (s.lazy.load(std::memory_order_acquire) != nullptr) return nullptr;
    std::this_thread::yield();  // where the scheduler could strike as well
    s.lazy.store(&mine, std::memory_order_release);
    return &s;
  };
  const grown seen = run_until(crowd, claim, [](const grown& g) { return g.shared > 0; });
  INFO(what << ": " << seen.stored << " claims");
  if (seen.shared == 0) lazyref_test::skip_part("no power on this machine, now: the control shares no slot");
}

}  // namespace

TEST_CASE("rseq: from one thread to three for each CPU and back, no concurrency id has two claims in one slot") {
  restartable::support how = restartable::probe();
  if (!how.usable) LAZYREF_SKIP(how.reason);
  if (!has_ids()) LAZYREF_SKIP(no_ids);
  how.index_by = cpu_index::concurrency_id;
  how.index_at = how.area + lazyref::detail::rseq_mm_cid;
  check_growth(how);
}

TEST_CASE("rseq: the same by CPU") {
  restartable::support how = restartable::probe();
  if (!how.usable) LAZYREF_SKIP(how.reason);
  how.index_by = cpu_index::cpu;
  how.index_at = how.area + lazyref::detail::rseq_cpu_id;
  check_growth(how);
}

TEST_CASE("control: the same growth with a claim that is not restartable shares a slot") {
  check_control("one slot", [] { return 0U; });
  restartable::support how = restartable::probe();
  if (!how.usable) return lazyref_test::skip_part(how.reason);
  how.index_by = cpu_index::cpu;
  how.index_at = how.area + lazyref::detail::rseq_cpu_id;
  check_control("by CPU", [how] { return restartable::index(how); });
  if (!has_ids()) return lazyref_test::skip_part(no_ids);
  how.index_by = cpu_index::concurrency_id;
  how.index_at = how.area + lazyref::detail::rseq_mm_cid;
  check_control("by concurrency id", [how] { return restartable::index(how); });
}

#else

TEST_CASE("rseq: growth") { LAZYREF_SKIP(lazyref::std_sync::restartable::probe().reason); }

#endif
