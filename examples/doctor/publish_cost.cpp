// SPDX-License-Identifier: BSL-1.0
//
// The cost of publishing blocks of a code_space, singly and in batches.
#include <cstring>

#include <lazyref/code_space.hpp>

#include "measure.hpp"

namespace doctor {
namespace {

struct published_block : lazyref::code_block<published_block> {};
using published_space = lazyref::code_space<published_block>;
constexpr std::size_t block_size = 64, most_blocks = 100, largest_page = 65536;

// A space, and the state for publishing in it repeatedly.
struct publisher {
  published_space space;
  std::vector<lazyref::code_draft<published_block>> drafts{most_blocks};
  std::vector<lazyref::strong_ref<published_block>> code{most_blocks};
  lazyref::sync_result result{};

  publisher(lazyref::code_mapping mapping, lazyref::code_synchronisation who)
      : space({most_blocks * largest_page, most_blocks, 1}, mapping, who) {}

  // In nanoseconds, without the time of reclaiming the blocks.
  double publish(std::size_t n) {
    const double took = ns_once([this, n] {
      for (std::size_t i = 0; i < n; ++i) {
        drafts[i] = space.draft(block_size);
        result = drafts[i].status();
        if (!result) return;
        std::memset(drafts[i].data(), 0, block_size);
      }
      result = space.publish(drafts.data(), n, code.data());
    });
    for (std::size_t i = 0; i < n; ++i) space.retire(std::move(code[i]));
    space.domain().flush();
    return took;
  }

  double publish_for(std::size_t n, std::chrono::microseconds at_least) {
    double all = 0;
    double times = 0;
    for (; result && all < nanoseconds(at_least).count(); ++times) all += publish(n);
    return times == 0 ? 0 : all / times;
  }
};

struct publish_timings {
  std::array<timing, 3> took;
  const char* why_not;
};

constexpr std::array<unsigned, 3> batches{1, 10, most_blocks};

publish_timings time_publishing(const effort& e, lazyref::code_mapping mapping, lazyref::code_synchronisation who) {
  publisher p(mapping, who);
  const auto run = [&p](std::size_t n) {
    return [&p, n](std::chrono::microseconds at_least) { return p.publish_for(n, at_least); };
  };
  for (const unsigned n : batches) p.publish(n);  // the first use of the memory
  const auto took = alternate_runs(e, run(batches[0]), run(batches[1]), run(batches[2]));
  return {took, p.result ? nullptr : p.result.what()};
}

void add_publishing(std::vector<publish_cost>& costs, const effort& e, const code_findings& code, bool dual,
                    bool sibling) {
  const cpu_pair cpus = find_two_cpus();
  const code_memory_findings& memory = dual ? code.dual : code.flip;
  const auto mapping = dual ? lazyref::code_mapping::dual : lazyref::code_mapping::flip;
  const auto who =
      code.why_not.empty() ? lazyref::code_synchronisation::all_threads : lazyref::code_synchronisation::each_executor;
  const auto time = [&] { return time_publishing(e, mapping, who); };
  from_child<publish_timings> timed;
  if (memory.verdict != answer::works)
    timed.failure = "memory for code cannot be mapped in this way";
  else if (sibling && !cpus.exists)
    timed.failure = one_cpu;
  else
    timed = in_child([&] { return sibling ? beside(nothing, time, cpus) : time(); });
  const bool ok = timed.ok && timed.value.why_not == nullptr;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    costs.push_back(
        {std::string(dual ? "dual" : "flip") + (sibling ? "_running_sibling_" : "_alone_") + std::to_string(batches[i]),
         std::string(dual ? "dual" : "flip") + (sibling ? ", with a running sibling" : ", one thread"), batches[i],
         ok ? timed.value.took[i] : timing{},
         ok         ? std::string()
         : timed.ok ? std::string(timed.value.why_not)
                    : timed.failure});
  }
}

}  // namespace

std::vector<publish_cost> measure_publishing(const effort& e, const code_findings& code) {
  std::vector<publish_cost> costs;
  for (const bool dual : {true, false})
    for (const bool sibling : {false, true}) add_publishing(costs, e, code, dual, sibling);
  return costs;
}

double flip_beside_dual(const std::vector<publish_cost>& costs, unsigned blocks) {
  double dual = 0, flip = 0;
  for (const publish_cost& c : costs) {
    if (c.key == "dual_alone_" + std::to_string(blocks)) dual = c.batch.median;
    if (c.key == "flip_alone_" + std::to_string(blocks)) flip = c.batch.median;
  }
  return dual > 0 && flip > 0 ? flip / dual : 0;
}

}  // namespace doctor
