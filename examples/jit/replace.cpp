// SPDX-License-Identifier: BSL-1.0
#include "replace.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "../example.hpp"
#include "function.hpp"

namespace jit {

namespace {

// For each expression, the pointer by which workers find its function. `current` is the user that `shared` stands for.
struct entry_point {
  std::atomic<function*> shared{nullptr};
  function_ref current;
  unsigned char* written = nullptr;  // for --break
};

struct mismatch {
  std::size_t expression;
  sample expected;
  std::int64_t found;
};

struct findings {
  std::uint64_t calls = 0, wrong = 0;
  std::optional<mismatch> first;
};

// A worker. The function in its slot is neither reclaimed nor overwritten, whatever the recompiler does.
findings call_until(const std::atomic<bool>& stop, function_space& space, const std::vector<entry_point>& entries,
                    const options& how) {
  findings mine;
  auto slot = space.domain().attach();
  for (std::size_t i = 0; !stop.load(std::memory_order_relaxed); i = (i + 1) % entries.size()) {
    const function& callee = *slot.protect(entries[i].shared);
    how.prepare_to_call();
    for (const sample& one : callee.expected) {
      // Some calls take long enough that the recompiler replaces the function meanwhile.
      if (++mine.calls % 1024 == 0) std::this_thread::yield();
      const std::int64_t found = callee(one.x, one.y);
      if (found == one.result) continue;
      ++mine.wrong;
      if (!mine.first) mine.first = mismatch{i, one, found};
    }
  }
  return mine;
}

class recompiler {
 public:
  recompiler(const std::vector<expression>& all, const options& how, function_space& space,
             std::vector<entry_point>& entries)
      : all_(all), how_(how), space_(space), entries_(entries) {}

  // Publishes the next version of `count` expressions together. Returns false if there is no memory now.
  bool replace(std::size_t count) {
    std::vector<function_draft> drafts(count);
    std::vector<function_ref> code(count);
    std::vector<unsigned char*> written(count);
    std::size_t n = 0;
    for (; n < count; ++n) {
      drafts[n] = compile((next_ + n) % all_.size());
      const int error = drafts[n].status().error();
      if (error == ENOSPC || error == EFBIG) break;
      require(drafts[n].status());
      written[n] = drafts[n].data();
      bytes_ += drafts[n].size();
    }
    if (n == 0) return false;
    require(space_.publish(drafts.data(), n, code.data()));
    for (std::size_t i = 0; i < n; ++i, next_ = (next_ + 1) % all_.size()) {
      entry_point& entry = entries_[next_];
      // Unpublish the old function first, pairs with protect; then retire it.
      entry.shared.store(code[i].get(), std::memory_order_release);
      if (how_.broken) overwrite(entry, *code[i], written[i]);
      space_.retire(std::exchange(entry.current, std::move(code[i])));
      entry.written = written[i];
      ++published_;
    }
    space_.tell_observers();  // blocks count as in use until the observers are notified
    most_retained_ = std::max(most_retained_, space_.blocks_in_use() - std::min(published_, all_.size()));
    return true;
  }

  std::size_t published() const { return published_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t most_retained() const { return most_retained_; }

 private:
  // The version's number is part of the result, so that an older or partly overwritten function returns a wrong one.
  function_draft compile(std::size_t index) {
    program code = all_[index].code;
    code.push_back({operation::constant, ++version_});
    code.push_back({operation::add});
    const samples expected = sample_results(code, random_);
    if (!how_.broken) code = rewrite(code, random_);
    return make_draft(space_, how_.compile(code), expected, how_.native(), false, "expression", index);
  }

  // The error that --break makes: the old block's memory is reused while workers may execute it. Both versions differ
  // only in their number, so that no thread crashes.
  static void overwrite(const entry_point& old, const function& by, const unsigned char* bytes) {
    if (!old.current || old.current->size() != by.size()) return;
    std::memcpy(old.written, bytes, by.size());
    require(lazyref::flush_code_range(old.written, old.current->entry(), by.size()));
  }

  const std::vector<expression>& all_;
  const options& how_;
  function_space& space_;
  std::vector<entry_point>& entries_;
  std::mt19937_64 random_;
  std::int64_t version_ = 0;
  std::size_t next_ = 0, published_ = 0, bytes_ = 0, most_retained_ = 0;
};

// Returns room for the current version of each expression, a batch, and some that workers still execute.
std::size_t little_memory(const std::vector<expression>& all, const options& how) {
  std::size_t largest = 0;
  for (const expression& one : all) largest = std::max(largest, how.compile(one.code).size());
  // A rewritten program may be larger. A block takes whole cache lines, or with `flip` whole pages, the size of the
  // smallest space.
  const std::size_t grain = how.flip ? function_space({1, 1, 1}, how.mapping()).bytes() : 64;
  return (all.size() + how.batch + 2 * how.workers) * ((3 * largest / 2 + 64) / grain + 1) * grain;
}

}  // namespace

bool replace_while_called(const std::vector<expression>& all, const options& how) {
  // Two blocks for each worker, the one in its slot and one that it is releasing; one that the recompiler is handing over.
  const std::size_t used = 2 * how.workers + 1;
  // And retired blocks that wait for a scan: a batch for each list, of which there is at most one for each slot, rounded up.
  const std::size_t waiting = function_space::domain_type::retire_batch * 2 * how.workers;
  const std::size_t bytes = how.bytes != 0 ? how.bytes : little_memory(all, how);
  function_space space({bytes, all.size() + how.batch + waiting + used, how.workers}, how.observe.observers(),
                       how.mapping(), how.synchronisation());
  require(space.status());
  const std::size_t bound = space.domain().retire_bound() + used;
  std::printf("memory: %zu bytes, mapped %s\n", space.bytes(),
              how.flip ? "once, and switched between writable and executable" : "twice, writable and executable");

  std::vector<entry_point> entries(all.size());
  recompiler compiler(all, how, space, entries);
  while (compiler.published() < all.size()) {
    if (!compiler.replace(std::min<std::size_t>(how.batch, all.size() - compiler.published())))
      throw input_error("--bytes: " + std::to_string(bytes) + " bytes are too few for these expressions");
  }

  std::vector<findings> each(how.workers);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < how.workers; ++i)
    threads.emplace_back([&, i] { each[i] = call_until(stop, space, entries, how); });

  std::uint64_t full = 0;
  std::optional<refused> problem;
  const examples::stopwatch watch;
  try {
    while (watch.seconds() < static_cast<double>(how.seconds)) {
      if (compiler.replace(how.batch)) continue;
      ++full;  // until a worker leaves its function
      std::this_thread::yield();
    }
  } catch (const refused& why) {
    problem = why;
  }
  const double seconds = watch.seconds();
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& one : threads) one.join();
  for (entry_point& entry : entries) {
    entry.shared.store(nullptr, std::memory_order_relaxed);
    space.retire(std::move(entry.current));
  }
  space.domain().flush();
  space.domain().collect();
  space.tell_observers();
  if (problem) throw *problem;

  findings sum;
  for (const findings& one : each) {
    sum.calls += one.calls;
    sum.wrong += one.wrong;
    if (one.first) sum.first = one.first;
  }
  const std::size_t recompiled = compiler.published() - all.size();
  // At least that many bytes were written to memory that had contained code before.
  const std::size_t reused = compiler.bytes() - std::min(compiler.bytes(), space.bytes());
  const lazyref::domain_stats stats = space.domain().stats();
  std::printf("%lu workers: %.2f M calls/s\n", how.workers, static_cast<double>(sum.calls) / seconds / 1e6);
  std::printf("recompiled: %zu functions, %.0f/s, in batches of up to %lu; memory was full %" PRIu64 " times\n",
              recompiled, static_cast<double>(recompiled) / seconds, how.batch, full);
  std::printf("published: %zu bytes; reused: at least %zu, since there are only %zu\n", compiler.bytes(), reused,
              space.bytes());
  if (sum.first) {
    std::printf("wrong: %s, in some version, of x = %" PRId64 ", y = %" PRId64 ": %" PRId64 " instead of %" PRId64 "\n",
                all[sum.first->expression].text.c_str(), sum.first->expected.x, sum.first->expected.y, sum.first->found,
                sum.first->expected.result);
  }
  std::printf("checked: %" PRIu64 " of %" PRIu64 " calls had another result than the interpreter\n", sum.wrong,
              sum.calls);
  std::printf("checked: most blocks retained %zu, bound %zu; made %zu, disposed of %zu, in use %zu\n",
              compiler.most_retained(), bound, stats.made, stats.disposed, space.blocks_in_use());
  if (recompiled == 0) throw input_error("nothing was recompiled: pass a larger --bytes or --seconds");
  return sum.wrong == 0 && sum.calls != 0 && compiler.most_retained() <= bound && stats.made == stats.disposed &&
         space.blocks_in_use() == 0;
}

}  // namespace jit
