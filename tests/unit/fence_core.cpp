// SPDX-License-Identifier: BSL-1.0
//
// What the fence decides, asks of the kernel, and does with each of its answers; over a scripted kernel.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <thread>

#include "../support/catch.hpp"
#include "../support/fence_script.hpp"

using namespace lazyref_test;
using lazyref::fence_backend;
using lazyref::fence_mode;
using lazyref::fence_status;
using lazyref::sync_result;
using lazyref::detail::kernel_barrier;
namespace detail = lazyref::detail;

namespace {

constexpr std::memory_order seq_cst = std::memory_order_seq_cst;
constexpr int query = detail::membarrier_query;
constexpr int barrier = detail::membarrier_private_expedited;
constexpr int register_barrier = detail::membarrier_register_private_expedited;
constexpr int get_registrations = detail::membarrier_get_registrations;

using core = scripted_core<>;
using automatic_fence = scripted_fence<fence_mode::automatic>;
using required_fence = scripted_fence<fence_mode::required>;
using symmetric_fence = scripted_fence<fence_mode::symmetric>;

bool says(const std::string& sentence, const char* word) { return sentence.find(word) != std::string::npos; }

const trace full{"full fence"};
const trace nothing{};
const trace compiler_only{"compiler barrier"};
// The decision for membarrier: it is tried once, while full fences can still be chosen.
const trace asked{"query", "register private", "private"};
const trace asked_nothing{"register private", "private"};
const trace heavy_fence{"private", "full fence"};

trace operator+(trace first, const trace& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// A compiler barrier beside a full fence makes no difference.
trace look_at_light() {
  trace seen = look();
  if (count(seen, "full fence") != 0) seen.erase(std::remove(seen.begin(), seen.end(), compiler_only[0]), seen.end());
  return seen;
}

template <class Fence>
trace trace_of_light(Fence& fence, std::memory_order order = seq_cst) {
  look();
  fence.light(order);
  return look_at_light();
}

struct refusal {
  std::map<int, std::deque<int>> answers;
  const char* word;  // of the reason
  trace asked;
};

// ENOMEM stands apart: it is tried again.
const refusal refusals[] = {
    {{{query, {-ENOSYS}}}, "ENOSYS", {"query"}},
    {{{query, {-EPERM}}}, "EPERM", {"query"}},
    {{{query, {-EACCES}}}, "undocumented error", {"query"}},
    {{{query, {-EINVAL}}}, "4.14", {"query"}},
    {{{query, {-EIO}}}, "undocumented error", {"query"}},
    {{{query, {0}}}, "PRIVATE_EXPEDITED", {"query"}},
    {{{query, {every_command & ~barrier}}}, "PRIVATE_EXPEDITED", {"query"}},
    {{{register_barrier, {-EPERM}}}, "EPERM", {"query", "register private"}},
    {{{register_barrier, {-ENOSYS}}}, "ENOSYS", {"query", "register private"}},
    {{{register_barrier, {-EINVAL}}}, "4.14", {"query", "register private"}},
    {{{register_barrier, {-EIO}}}, "undocumented error", {"query", "register private"}},
    {{{barrier, {-EPERM}}}, "EPERM", {"query", "register private", "private"}},
    {{{barrier, {-ENOSYS}}}, "ENOSYS", {"query", "register private", "private"}},
};

}  // namespace

TEST_CASE("initialising the fence asks, registers, and then the light fence is free", "[fence]") {
  new_script();
  automatic_fence fence;
  const fence_status status = fence.initialize();
  CHECK(look() == asked);
  CHECK(status.backend == fence_backend::membarrier);
  CHECK(status.light_is_free);
  CHECK(says(status.reason, "registered"));
  for (const kernel_call& call : the_script.calls) CHECK((call.flags == 0 && call.cpu == 0));

  fence.heavy(seq_cst);
  CHECK(look() == heavy_fence);
  CHECK(trace_of_light(fence) == compiler_only);
}

TEST_CASE("whatever refuses membarrier leads to full fences on both sides, and the reason says what", "[fence]") {
  for (const refusal& refused : refusals) {
    INFO(refused.word);
    new_script(refused.answers);
    automatic_fence fence;
    const fence_status status = fence.initialize();
    CHECK(look() == refused.asked);
    CHECK(status.backend == fence_backend::symmetric);
    CHECK_FALSE(status.light_is_free);
    CHECK(says(status.reason, refused.word));

    const sync_result result = fence.try_heavy(seq_cst);
    CHECK(result);
    CHECK(look() == full);
    CHECK(trace_of_light(fence) == full);
  }
}

// That a refusal stops the program: see death/fence_fatal.cpp.
TEST_CASE("no light fence of a required unit is ever a full one, and it does not ask what it needs anyway", "[fence]") {
  for (const refusal& refused : refusals) {
    if (refused.asked != trace{"query"}) continue;
    INFO(refused.word);
    new_script(refused.answers);
    required_fence fence;
    CHECK(look() == asked_nothing);
    CHECK(trace_of_light(fence) == compiler_only);
    CHECK(fence.info().light_is_free);
    CHECK(fence.initialize().backend == fence_backend::membarrier);
    CHECK(look() == nothing);
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == heavy_fence);
  }
  new_script();
  core undecided;
  look();
  undecided.light<fence_mode::required>(seq_cst);
  CHECK(look() == compiler_only);
  CHECK(undecided.info<fence_mode::required>().light_is_free);
}

TEST_CASE("the required build fences like the automatic one, without the branch", "[fence]") {
  new_script();
  required_fence fence;
  CHECK(look() == asked_nothing);
  CHECK(trace_of_light(fence) == compiler_only);
  const fence_status status = fence.initialize();
  CHECK(status.backend == fence_backend::membarrier);
  CHECK(status.light_is_free);
  CHECK(says(status.reason, "registered"));
  CHECK(fence.initialize(fence_backend::symmetric).light_is_free);
  CHECK(look() == nothing);
  fence.heavy(seq_cst);
  CHECK(look() == heavy_fence);
  CHECK(trace_of_light(fence) == compiler_only);
}

TEST_CASE("a symmetric unit makes no system call while the light fences of no other one are free", "[fence]") {
  new_script();
  symmetric_fence fence;
  CHECK(trace_of_light(fence) == full);
  CHECK(fence.initialize().backend == fence_backend::symmetric);
  CHECK_FALSE(fence.initialize(fence_backend::membarrier).light_is_free);
  CHECK(says(fence.info().reason, "LAZYREF_FENCE_SYMMETRIC"));
  CHECK(look() == nothing);
  fence.heavy(seq_cst);
  CHECK(look() == full);
  CHECK(fence.cross_process_register().error() == ENOSYS);
  CHECK(look() == nothing);
  fence.cross_process_light(seq_cst);
  CHECK(look_at_light() == full);
  CHECK(fence.cross_process_heavy(seq_cst).error() == ENOSYS);
  CHECK(look() == full);
  CHECK(fence.rseq_fence(0, 0).error() == ENOSYS);
  CHECK_FALSE(fence.registrations().reported_by_kernel);
  CHECK(the_script.calls.empty());
}

TEST_CASE("the override `symmetric` makes no system call, now or later", "[fence]") {
  new_script();
  automatic_fence fence;
  const fence_status status = fence.initialize(fence_backend::symmetric);
  CHECK(status.backend == fence_backend::symmetric);
  CHECK_FALSE(status.light_is_free);
  CHECK(says(status.reason, "chosen"));
  CHECK_FALSE(fence.initialize().light_is_free);
  fence.heavy(seq_cst);
  CHECK(trace_of_light(fence) == full);
  CHECK(fence.cross_process_register().error() == ENOSYS);
  fence.cross_process_light(seq_cst);
  CHECK(look_at_light() == full);
  CHECK(fence.cross_process_heavy(seq_cst).error() == ENOSYS);
  CHECK(look() == full);
  CHECK(fence.rseq_fence(0, 0).error() == ENOSYS);
  CHECK_FALSE(fence.registrations().reported_by_kernel);
  CHECK(the_script.calls.empty());
}

TEST_CASE("the override `membarrier` registers without a question", "[fence]") {
  SECTION("and succeeds") {
    new_script();
    automatic_fence fence;
    CHECK(fence.initialize(fence_backend::membarrier).light_is_free);
    CHECK(look() == asked_nothing);
  }
  SECTION("and falls back when that fails") {
    new_script({{register_barrier, {-EPERM}}});
    automatic_fence fence;
    const fence_status status = fence.initialize(fence_backend::membarrier);
    CHECK(status.backend == fence_backend::symmetric);
    CHECK(says(status.reason, "EPERM"));
    CHECK(look() == trace{"register private"});
    CHECK(trace_of_light(fence) == full);
  }
}

TEST_CASE("a decision that stands is not changed", "[fence]") {
  SECTION("from membarrier to symmetric") {
    new_script();
    automatic_fence fence;
    fence.heavy(seq_cst);
    CHECK(look() == asked + heavy_fence);
    CHECK(fence.initialize(fence_backend::symmetric).backend == fence_backend::membarrier);
    CHECK(fence.initialize().light_is_free);
    CHECK(fence.info().light_is_free);
    CHECK(look() == nothing);
  }
  SECTION("from symmetric to membarrier, although the kernel would have it now") {
    new_script({{query, {-EPERM, every_command}}});
    automatic_fence fence;
    CHECK_FALSE(fence.initialize().light_is_free);
    look();
    CHECK_FALSE(fence.initialize().light_is_free);
    CHECK_FALSE(fence.initialize(fence_backend::membarrier).light_is_free);
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == full);
  }
}

TEST_CASE("before the decision the light fence is a full fence, and asking for the status decides nothing", "[fence]") {
  new_script();
  automatic_fence fence;
  CHECK_FALSE(fence.info().light_is_free);
  CHECK(says(fence.info().reason, "not decided"));
  for (std::memory_order order : {std::memory_order_consume, std::memory_order_acquire, std::memory_order_release,
                                  std::memory_order_acq_rel, std::memory_order_seq_cst}) {
    CHECK(trace_of_light(fence, order) == full);
  }
  CHECK(the_script.calls.empty());
  fence.initialize();
  CHECK(trace_of_light(fence, std::memory_order_acquire) == compiler_only);
}

TEST_CASE("a relaxed fence does nothing and decides nothing", "[fence]") {
  new_script();
  automatic_fence fence;
  required_fence required;
  symmetric_fence symmetric;
  CHECK(look() == asked_nothing);  // of the required one
  const auto relaxed = std::memory_order_relaxed;
  fence.light(relaxed);
  fence.heavy(relaxed);
  fence.cross_process_light(relaxed);
  CHECK(fence.cross_process_heavy(relaxed));
  required.light(relaxed);
  required.heavy(relaxed);
  symmetric.light(relaxed);
  symmetric.heavy(relaxed);
  CHECK(look() == nothing);
  CHECK(says(fence.info().reason, "not decided"));
}

TEST_CASE("every order but relaxed is the strongest heavy fence", "[fence]") {
  for (std::memory_order order : {std::memory_order_consume, std::memory_order_acquire, std::memory_order_release,
                                  std::memory_order_acq_rel, std::memory_order_seq_cst}) {
    new_script();
    automatic_fence fence;
    fence.heavy(order);
    CHECK(look() == asked + heavy_fence);
  }
}

TEST_CASE("a lost registration is made again, and the barrier tried again, once", "[fence]") {
  SECTION("which mends it") {
    new_script({{barrier, {0, -EPERM, 0}}});
    automatic_fence fence;
    fence.initialize();
    look();
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == trace{"private", "register private", "private", "full fence"});
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == heavy_fence);
  }
  SECTION("each time that it is lost") {
    new_script({{barrier, {0, -EPERM, 0, -EPERM, 0}}});
    automatic_fence fence;
    fence.initialize();
    look();
    for (int i = 0; i < 2; ++i) {
      CHECK(fence.try_heavy(seq_cst));
      CHECK(look() == trace{"private", "register private", "private", "full fence"});
    }
  }
  SECTION("but a second refusal is final") {
    new_script({{barrier, {0, -EPERM}}});
    automatic_fence fence;
    fence.initialize();
    look();
    const sync_result result = fence.try_heavy(seq_cst);
    CHECK(result.error() == EPERM);
    CHECK(says(result.what(), "EPERM"));
    CHECK(look() == trace{"private", "register private", "private"});
  }
  SECTION("and so is a registration that fails") {
    for (int error : {EPERM, ENOSYS, EINVAL}) {
      new_script({{barrier, {0, -EPERM}}, {register_barrier, {0, -error}}});
      automatic_fence fence;
      fence.initialize();
      look();
      const sync_result result = fence.try_heavy(seq_cst);
      CHECK(result.error() == error);
      CHECK(look() == trace{"private", "register private"});
    }
  }
}

TEST_CASE("the failure of a heavy fence changes neither the light fence nor the next heavy fence", "[fence]") {
  new_script({{barrier, {0, -ENOSYS, -ENOSYS, 0}}});
  automatic_fence fence;
  fence.initialize();
  CHECK(fence.try_heavy(seq_cst).error() == ENOSYS);
  CHECK(fence.try_heavy(seq_cst).error() == ENOSYS);
  CHECK(fence.try_heavy(seq_cst));
  CHECK(trace_of_light(fence) == compiler_only);
}

TEST_CASE("want of kernel memory and interruption are tried again, a bounded number of times", "[fence]") {
  for (int error : {ENOMEM, EINTR}) {
    INFO("errno " << error);
    SECTION("and may pass, errno " + std::to_string(error)) {
      for (int failures = 1; failures <= 8; ++failures) {
        std::deque<int> answers(static_cast<std::size_t>(failures), -error);
        answers.push_front(0);
        answers.push_back(0);
        new_script({{barrier, answers}});
        automatic_fence fence;
        fence.initialize();
        look();
        CHECK(fence.try_heavy(seq_cst));
        const trace seen = look();
        CHECK(count(seen, "private") == static_cast<std::size_t>(failures) + 1);
        CHECK(count(seen, "yield") == static_cast<std::size_t>(failures));
        CHECK(seen.back() == "full fence");
      }
    }
    SECTION("or not, errno " + std::to_string(error)) {
      new_script({{barrier, {0, -error}}});
      automatic_fence fence;
      fence.initialize();
      look();
      const sync_result result = fence.try_heavy(seq_cst);
      CHECK(result.error() == error);
      const trace seen = look();
      CHECK(count(seen, "private") > 8);
      CHECK(count(seen, "private") <= 64);
      CHECK(count(seen, "full fence") == 0);
      if (error == ENOMEM) CHECK(says(result.what(), "ENOMEM"));
    }
    SECTION("in registration, too, errno " + std::to_string(error)) {
      new_script({{register_barrier, {-error, -error, 0}}});
      automatic_fence fence;
      CHECK(fence.initialize().light_is_free);
      CHECK(look() == trace{"query", "register private", "yield", "register private", "yield"} + asked_nothing);

      new_script({{register_barrier, {-error}}});
      automatic_fence without;
      const fence_status status = without.initialize();
      CHECK_FALSE(status.light_is_free);
      if (error == ENOMEM) CHECK(says(status.reason, "ENOMEM"));
      CHECK(count(look(), "register private") <= 64);
    }
  }
}

TEST_CASE("a required unit asks again after want of memory, and may be given it", "[fence]") {
  new_script({{register_barrier, {-ENOMEM, -ENOMEM, 0}}, {barrier, {-ENOMEM, 0}}});
  required_fence fence;
  CHECK(look() == trace{"register private", "yield", "register private", "yield", "register private", "private",
                        "yield", "private"});
  CHECK(fence.try_heavy(seq_cst));
  CHECK(look() == heavy_fence);
  CHECK(fence.initialize().light_is_free);
}

TEST_CASE("every other error of the barrier is final at once", "[fence]") {
  for (int error : {ENOSYS, EINVAL, EIO, EACCES}) {
    new_script({{barrier, {0, -error}}});
    automatic_fence fence;
    fence.initialize();
    look();
    const sync_result result = fence.try_heavy(seq_cst);
    CHECK(result.error() == error);
    CHECK(says(result.what(), "PRIVATE_EXPEDITED"));
    CHECK(look() == trace{"private"});
  }
}

TEST_CASE("every reason is a sentence of its own", "[fence]") {
  using decision = detail::fence_decision;
  const decision all[] = {decision::undecided,         decision::free_light,         decision::symmetric_build,
                          decision::symmetric_chosen,  decision::symmetric_platform, decision::symmetric_absent,
                          decision::symmetric_refused, decision::symmetric_too_old,  decision::symmetric_no_memory,
                          decision::symmetric_failed};
  std::set<std::string> reasons;
  for (decision each : all) reasons.insert(detail::reason_of(each, kernel_barrier::membarrier));
  CHECK(reasons.size() == sizeof all / sizeof *all);
  CHECK(reasons.count("") == 0);
  CHECK(reasons.count(detail::reason_of(decision::free_light, kernel_barrier::flush_process_write_buffers)) == 0);

  std::set<std::string> explanations;
  for (int error : {EPERM, ENOSYS, ENOMEM, EIO}) explanations.insert(detail::explain(barrier, error));
  CHECK(explanations.size() == 4);
  CHECK(says(detail::explain(barrier, EPERM), "EPERM"));
  CHECK(says(detail::explain(barrier, ENOSYS), "ENOSYS"));
  CHECK(says(detail::explain(barrier, ENOMEM), "ENOMEM"));
  CHECK(std::strcmp(sync_result{}.what(), "") != 0);
}

TEST_CASE("on Windows the heavy fence is a fence, the flush, and a fence", "[fence]") {
  new_script();
  scripted_fence<fence_mode::automatic, kernel_barrier::flush_process_write_buffers> fence;
  CHECK(trace_of_light(fence) == full);
  fence.heavy(seq_cst);
  CHECK(look() == trace{"full fence", "flush", "full fence"});
  CHECK(fence.info().backend == fence_backend::flush_process_write_buffers);
  CHECK(fence.info().light_is_free);
  CHECK(says(fence.info().reason, "FlushProcessWriteBuffers"));
  CHECK(trace_of_light(fence) == compiler_only);
  CHECK(the_script.calls.empty());
}

TEST_CASE("a platform without a process-wide barrier has full fences on both sides", "[fence]") {
  new_script();
  scripted_fence<fence_mode::automatic, kernel_barrier::none> fence;
  CHECK(fence.initialize(fence_backend::membarrier).backend == fence_backend::symmetric);
  CHECK(says(fence.info().reason, "platform"));
  fence.heavy(seq_cst);
  CHECK(look() == full);
  CHECK(trace_of_light(fence) == full);
  CHECK(the_script.calls.empty());
}

TEST_CASE("the cross-process light fence is free once this process has registered", "[fence]") {
  using detail::membarrier_register_global_expedited;
  new_script({{membarrier_register_global_expedited, {-EPERM, -ENOMEM, 0}}});
  automatic_fence fence;
  fence.cross_process_light(seq_cst);
  CHECK(look_at_light() == full);
  CHECK(fence.cross_process_register().error() == EPERM);
  CHECK(look() == trace{"register global"});
  fence.cross_process_light(seq_cst);
  CHECK(look_at_light() == full);

  CHECK(fence.cross_process_register());
  CHECK(look() == trace{"register global", "yield", "register global"});
  fence.cross_process_light(seq_cst);
  CHECK(look_at_light() == compiler_only);
  CHECK(says(fence.info().reason, "not decided"));
}

TEST_CASE("the cross-process heavy fence needs no registration, and is a full fence even where it fails", "[fence]") {
  new_script();
  automatic_fence fence;
  CHECK(fence.cross_process_heavy(seq_cst));
  CHECK(look() == trace{"global", "full fence"});
  for (int error : {ENOSYS, EINVAL, EPERM}) {
    new_script({{detail::membarrier_global_expedited, {-error}}});
    const sync_result result = fence.cross_process_heavy(seq_cst);
    CHECK(result.error() == error);
    CHECK(says(result.what(), "GLOBAL_EXPEDITED"));
    CHECK(look() == trace{"global", "full fence"});
  }
}

TEST_CASE("the rseq fence registers on first use and passes its flags and CPU on", "[fence]") {
  new_script({{detail::membarrier_private_expedited_rseq, {-EPERM, 0}}});
  automatic_fence fence;
  CHECK(fence.rseq_fence(detail::membarrier_flag_cpu, 3));
  CHECK(look() == trace{"rseq", "register rseq", "rseq", "full fence"});
  REQUIRE(the_script.calls.size() == 3);
  for (std::size_t i : {0U, 2U}) {
    CHECK(the_script.calls[i].flags == detail::membarrier_flag_cpu);
    CHECK(the_script.calls[i].cpu == 3);
  }
  CHECK((the_script.calls[1].flags == 0 && the_script.calls[1].cpu == 0));

  CHECK(fence.rseq_fence(0, 0));
  CHECK(look() == trace{"rseq", "full fence"});
  CHECK((the_script.calls.back().flags == 0 && the_script.calls.back().cpu == 0));
}

TEST_CASE("the rseq fence says what is missing", "[fence]") {
  for (int error : {ENOSYS, EINVAL}) {
    new_script({{detail::membarrier_private_expedited_rseq, {-error}}});
    automatic_fence fence;
    const sync_result result = fence.rseq_fence(0, 0);
    CHECK(result.error() == error);
    CHECK(says(result.what(), "PRIVATE_EXPEDITED_RSEQ"));
  }
  new_script({{detail::membarrier_private_expedited_rseq, {-EPERM}},
              {detail::membarrier_register_private_expedited_rseq, {-EINVAL}}});
  automatic_fence fence;
  CHECK(fence.rseq_fence(0, 0).error() == EINVAL);
}

TEST_CASE("registrations are what the kernel reports", "[fence]") {
  const auto bits = [](const lazyref::fence_registrations& r) {
    return (r.private_expedited ? 1 : 0) | (r.global_expedited ? 2 : 0) | (r.sync_core ? 4 : 0) | (r.rseq ? 8 : 0);
  };
  const int masks[] = {0,
                       detail::membarrier_register_private_expedited,
                       detail::membarrier_register_global_expedited,
                       detail::membarrier_register_private_expedited_sync_core,
                       detail::membarrier_register_private_expedited_rseq,
                       every_command};
  const int expected[] = {0, 1, 2, 4, 8, 15};
  for (std::size_t i = 0; i < 6; ++i) {
    new_script({{get_registrations, {masks[i]}}});
    const automatic_fence fence;
    CHECK(fence.registrations().reported_by_kernel);
    CHECK(bits(fence.registrations()) == expected[i]);
  }
}

TEST_CASE("registrations are the library's own record where the kernel cannot tell", "[fence]") {
  new_script({{get_registrations, {-EINVAL}}});
  automatic_fence fence;
  CHECK_FALSE(fence.registrations().reported_by_kernel);
  CHECK_FALSE(fence.registrations().private_expedited);
  fence.initialize();
  CHECK(fence.registrations().private_expedited);
  CHECK_FALSE(fence.registrations().global_expedited);
  CHECK(fence.cross_process_register());
  CHECK(fence.registrations().global_expedited);
  CHECK_FALSE(fence.registrations().rseq);
  the_script.answers[detail::membarrier_private_expedited_rseq] = {-EPERM, 0};
  CHECK(fence.rseq_fence(0, 0));
  CHECK(fence.registrations().rseq);
  CHECK_FALSE(fence.registrations().sync_core);
  CHECK_FALSE(fence.registrations().reported_by_kernel);
}

TEST_CASE("Wine: its call may do nothing, so both sides are full fences", "[fence]") {
  new_script();
  using fence_on_wine = unit_fence<detail::fence_core<traced_atomics, kernel_of_wine>, fence_mode::automatic>;
  fence_on_wine fence;
  const fence_status status = fence.initialize();
  CHECK(status.backend == fence_backend::symmetric);
  CHECK_FALSE(status.light_is_free);
  CHECK(std::string(status.reason).find("Wine") != std::string::npos);
  (void)look();
  fence.heavy(std::memory_order_seq_cst);
  CHECK(count(look(), "flush") == 0);
  CHECK(trace_of_light(fence) == full);
  fence_on_wine chosen;
  CHECK(chosen.initialize(fence_backend::flush_process_write_buffers).backend == fence_backend::symmetric);
}

// --- units that were built in different ways, in one process

TEST_CASE("a symmetric unit's heavy fence makes the system call where another unit's light fences are free",
          "[fence]") {
  new_script();
  core fence;
  fence.initialize<fence_mode::automatic>();
  fence.prefer_full_fences();  // too late: a decision that stands is not changed
  CHECK(fence.is_free());
  look();
  fence.light<fence_mode::symmetric>(seq_cst);
  CHECK(look() == full);
  CHECK_FALSE(fence.info<fence_mode::symmetric>().light_is_free);
  CHECK(fence.info<fence_mode::symmetric>().backend == fence_backend::membarrier);
  CHECK(says(fence.info<fence_mode::symmetric>().reason, "another unit are free"));
  CHECK_FALSE(fence.initialize<fence_mode::symmetric>().light_is_free);
  CHECK(fence.try_heavy(seq_cst));
  CHECK(look() == heavy_fence);
  CHECK(fence.cross_process_heavy<fence_mode::symmetric>(seq_cst));
  CHECK(look() == trace{"global", "full fence"});
}

TEST_CASE("an undecided process with a symmetric unit decides on full fences, without a system call", "[fence]") {
  new_script();
  core fence;
  fence.prefer_full_fences();
  CHECK(says(fence.info<fence_mode::automatic>().reason, "not decided"));
  SECTION("in a heavy fence") {
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == full);
  }
  SECTION("initialised by a unit that is not") { fence.initialize<fence_mode::automatic>(); }
  SECTION("initialised by such a unit, although it asks for membarrier") {
    fence.initialize<fence_mode::automatic>(fence_backend::membarrier);
  }
  look();
  CHECK_FALSE(fence.is_free());
  CHECK(says(fence.info<fence_mode::automatic>().reason, "LAZYREF_FENCE_SYMMETRIC"));
  fence.light<fence_mode::automatic>(seq_cst);
  CHECK(look_at_light() == full);
  CHECK(fence.try_heavy(seq_cst));
  CHECK(look() == full);
  CHECK(the_script.calls.empty());
}

TEST_CASE("strengthen: an undecided process registers, tries the barrier, and decides", "[fence]") {
  new_script();
  core fence;
  SECTION("whatever other units prefer") { fence.prefer_full_fences(); }
  SECTION("and nobody prefers anything") {}
  fence.strengthen();
  CHECK(look() == asked_nothing);
  CHECK(fence.is_free());
  CHECK(says(fence.info<fence_mode::automatic>().reason, "registered"));
  fence.light<fence_mode::automatic>(seq_cst);
  CHECK(look() == compiler_only);
  fence.light<fence_mode::symmetric>(seq_cst);
  CHECK(look() == full);
  fence.heavy(seq_cst);
  CHECK(look() == heavy_fence);

  fence.strengthen();  // once is enough
  CHECK(look() == nothing);
}

namespace {

// How the process has decided, as a heavy or light fence would find it now.
const char* state_of(const core& fence) {
  if (fence.is_free()) return "free";
  return says(fence.info<fence_mode::automatic>().reason, "registered") ? "strong heavy" : "full fences";
}

}  // namespace

TEST_CASE("strengthen: full fences give way to strong heavy ones, then a barrier, and only then are light ones free",
          "[fence]") {
  new_script();
  core fence;
  SECTION("that were chosen") { fence.initialize<fence_mode::automatic>(fence_backend::symmetric); }
  SECTION("that a symmetric unit brought") {
    fence.prefer_full_fences();
    fence.heavy(seq_cst);
  }
  SECTION("that a refusal brought, and the kernel has it now") {
    new_script({{register_barrier, {-EPERM, 0}}});
    fence.initialize<fence_mode::automatic>();
  }
  look();
  CHECK(std::string(state_of(fence)) == "full fences");

  trace states;
  the_script.at_each_step = [&] { states.push_back(state_of(fence)); };
  fence.strengthen();
  the_script.at_each_step = {};
  CHECK(look() == asked_nothing + heavy_fence);
  CHECK(states == trace{"full fences", "full fences", "strong heavy", "strong heavy"});
  CHECK(fence.is_free());

  fence.light<fence_mode::automatic>(seq_cst);
  CHECK(look() == compiler_only);
  CHECK(fence.initialize<fence_mode::automatic>(fence_backend::symmetric).light_is_free);
  fence.heavy(seq_cst);
  CHECK(look() == heavy_fence);
}

TEST_CASE("strengthen: heavy fences reach everybody already while light ones are still full", "[fence]") {
  new_script();
  core fence;
  fence.initialize<fence_mode::automatic>(fence_backend::symmetric);
  int looked = 0;
  the_script.at_each_step = [&] {
    if (the_script.seen.back() != "full fence" || looked != 0) return;
    ++looked;
    look();
    fence.light<fence_mode::automatic>(seq_cst);
    CHECK(look_at_light() == full);
    CHECK(fence.try_heavy(seq_cst));
    CHECK(look() == heavy_fence);
  };
  fence.strengthen();
  CHECK(looked == 1);
  CHECK(fence.is_free());
}

TEST_CASE("a heavy fence that makes do with a full one looks again after it, in case that somebody has strengthened",
          "[fence]") {
  new_script();
  core fence;
  fence.initialize<fence_mode::automatic>(fence_backend::symmetric);
  bool came = false;
  the_script.at_each_step = [&] {
    if (the_script.seen.back() != "full fence" || came) return;
    came = true;
    fence.strengthen();
    CHECK(look() == full + asked_nothing + heavy_fence);
  };
  CHECK(fence.try_heavy(seq_cst));
  CHECK(came);
  CHECK(look() == heavy_fence);
}

TEST_CASE("strengthen on Windows: the flush is the barrier", "[fence]") {
  new_script();
  scripted_core<kernel_barrier::flush_process_write_buffers> fence;
  SECTION("undecided") {
    fence.strengthen();
    CHECK(look() == nothing);
  }
  SECTION("decided on full fences") {
    fence.initialize<fence_mode::automatic>(fence_backend::symmetric);
    fence.strengthen();
    CHECK(look() == trace{"full fence", "flush", "full fence"});
  }
  CHECK(fence.is_free());
  CHECK(the_script.calls.empty());
}

namespace {

// Refuses every second caller, as filters do that only some threads have.
struct moody_kernel {
  static constexpr kernel_barrier offers = kernel_barrier::membarrier;
  static inline std::atomic<unsigned> questions{0};
  static inline std::atomic<int> awaited{0};  // threads that have neither asked nor returned
  static int membarrier(int command, unsigned, int) noexcept {
    if (command != query) return 0;
    // All threads are past their look at the decision before any of them decides.
    awaited.fetch_sub(1);
    while (awaited.load() > 0) std::this_thread::yield();
    return questions.fetch_add(1) % 2 == 0 ? -EPERM : every_command;
  }
  static bool flush_reaches_all() noexcept { return true; }
  static void flush_process_write_buffers() noexcept {}
  static void give_way() noexcept {}
};

}  // namespace

TEST_CASE("threads that decide at once and find different things adopt one decision", "[fence]") {
  bool disagreed = false;
  int free = 0;
  for (int round = 0; round < 100; ++round) {
    unit_fence<detail::fence_core<detail::std_atomics, moody_kernel>, fence_mode::automatic> fence;
    moody_kernel::awaited = 4;
    bool answers[4] = {};
    std::thread threads[4];
    for (int i = 0; i < 4; ++i) {
      threads[i] = std::thread([&fence, &answer = answers[i]] { answer = fence.initialize().light_is_free; });
    }
    for (std::thread& thread : threads) thread.join();
    for (bool answer : answers) disagreed = disagreed || answer != fence.info().light_is_free;
    free += fence.info().light_is_free ? 1 : 0;
  }
  INFO("free in " << free << " of 100");
  CHECK_FALSE(disagreed);
}

TEST_CASE("whatever threads decide at once: where one of them strengthens, light fences are free in the end",
          "[fence]") {
  for (int round = 0; round < 100; ++round) {
    unit_fence<detail::fence_core<detail::std_atomics, moody_kernel>, fence_mode::automatic> fence;
    moody_kernel::awaited = 2;
    std::thread threads[4];
    for (int i = 0; i < 4; ++i) {
      threads[i] = std::thread([&fence, i] {
        if (i == 0) fence.initialize();
        if (i == 1) fence.heavy(seq_cst);
        if (i > 1) fence.core.strengthen();
        // These two ask only if it is undecided.
        if (i < 2) moody_kernel::awaited.fetch_sub(1);
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(fence.core.is_free());
  }
}
