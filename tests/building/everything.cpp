// SPDX-License-Identifier: BSL-1.0
//
// A stranger's program that uses every public part of the library once, for compilers and options to be tried on. It
// prints a line, and returns 0 if all went as it should. Two units that are made of this file live in one program under
// two names (EVERYTHING).
//
// It is as loud a compiler's as the headers are to be: no warning comes from here.
#include <lazyref/lazyref.hpp>

#include <cstdio>
#include <cstring>

#ifndef EVERYTHING
#define EVERYTHING main
#endif

int EVERYTHING();

namespace {

// Says which step went wrong.
bool check(bool as_it_should, const char* step) noexcept {
  if (!as_it_should) std::fprintf(stderr, "FAILED: %s\n", step);
  return as_it_should;
}

std::atomic<int> disposed{0};

// --- result.hpp, fence.hpp, fence_test.hpp

void my_handler(const char* message, int error) noexcept { std::fprintf(stderr, "%s (%d)\n", message, error); }

bool use_fences() {
  const lazyref::fatal_handler before = lazyref::set_fatal_handler(&my_handler);
  lazyref::set_fatal_handler(before);

  const lazyref::fence_status status = lazyref::fence_initialize();
  lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  const lazyref::sync_result tried = lazyref::try_asymmetric_thread_fence_heavy(std::memory_order_seq_cst);

  // Some systems do not have these; they say so.
  const lazyref::sync_result registered = lazyref::cross_process_fence_register();
  lazyref::cross_process_fence_light(std::memory_order_seq_cst);
  const lazyref::sync_result crossed = lazyref::cross_process_fence_heavy(std::memory_order_seq_cst);
  const lazyref::sync_result restarted = lazyref::rseq_fence();
  const lazyref::sync_result restarted_there = lazyref::rseq_fence(0);
  const lazyref::fence_registrations known = lazyref::registrations();
  static_cast<void>(known);
  lazyref::fence_after_fork_in_child();

  bool ok = check(status.reason != nullptr && lazyref::fence_info().reason != nullptr, "fence_info");
  ok = check(static_cast<bool>(tried), "try_asymmetric_thread_fence_heavy") && ok;
  for (const lazyref::sync_result& result : {registered, crossed, restarted, restarted_there})
    ok = check(result.what() != nullptr && static_cast<bool>(result) == (result.error() == 0), "sync_result") && ok;
  return ok;
}

bool use_fence_test() {
#ifdef WITHOUT_STD_THREAD
  return true;
#else
  const lazyref::fence_test_result result = lazyref::test_fence(1000);
  return check(result.verdict != lazyref::fence_verdict::violated && result.rounds == 1000, "test_fence");
#endif
}

bool use_rseq_test() {
#ifdef WITHOUT_STD_THREAD
  return true;
#else
  const lazyref::rseq_test_result result = lazyref::test_rseq();
  return check(result.verdict != lazyref::rseq_verdict::does_not_restart && result.reason != nullptr, "test_rseq");
#endif
}

// --- hazard_pointer.hpp

struct node final : lazyref::hazard_pointer_obj_base<node> {
  explicit node(int v) noexcept : value(v) {}
  int value;
};

struct counting_deleter {
  int* count = nullptr;
  template <class T>
  void operator()(T* object) const noexcept {
    ++*count;
    delete object;
  }
};

struct counted_node final : lazyref::hazard_pointer_obj_base<counted_node, counting_deleter> {};

bool use_hazard_pointers() {
  std::atomic<node*> head(new node(42));
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  lazyref::hazard_pointer other;
  bool ok = check(other.empty() && !hazard.empty(), "empty");
  ok = check(hazard.protect(head)->value == 42, "protect") && ok;
  hazard.reset_protection();

  node* seen = head.load(std::memory_order_relaxed);
  ok = check(hazard.try_protect(seen, head), "try_protect") && ok;
  hazard.reset_protection(seen);
  other = std::move(hazard);
  swap(other, hazard);
  node* const old = head.exchange(nullptr, std::memory_order_acq_rel);
  old->retire();
  ok = check(old->value == 42, "a protected object stays") && ok;
  {
    lazyref::hazard_pointer batch[2];
    lazyref::make_hazard_pointer_batch(batch, 2);
    batch[0].protect_same(hazard);
    ok = check(batch[1].protect(head, [](node* n) noexcept { return n; }) == head.load(), "a projection") && ok;
    lazyref::clear_hazard_pointer_batch(batch, 2);
    ok = check(batch[0].empty() && batch[1].empty(), "batches") && ok;
  }
  hazard.reset_protection(nullptr);

  int count = 0;
  (new counted_node)->retire(counting_deleter{&count});
  lazyref::hazard_pointer_clean_up();
  lazyref::hazard_pointer_after_fork_in_child();
  return check(count == 1, "hazard_pointer_clean_up") && ok;
}

// --- slot.hpp, reclaimer.hpp: the embedded layer

struct record {
  std::atomic<std::size_t> holds{1};
};

struct record_holds {
  static void take(record* r, std::size_t n) noexcept { r->holds.fetch_add(n, std::memory_order_relaxed); }
  static void give_up(record* r, std::size_t n) noexcept { r->holds.fetch_sub(n, std::memory_order_acq_rel); }
};

template <lazyref::reclaim R>
bool use_embedded() {
  lazyref::slot<record, lazyref::std_sync, R> slots[2];
  const auto for_each_slot = [&slots](auto&& visit) {
    for (auto& s : slots) visit(s);
  };
  record one;
  record two;
  record three;
  std::atomic<record*> shared{&two};

  bool ok = check(!lazyref::activate<record_holds>(slots[0], &one), "activate");
  lazyref::last_user_left<record_holds, R>(&one, for_each_slot);
  ok = check(one.holds == 1, "last_user_left") && ok;
  lazyref::park<record_holds>(slots[0]);
  ok = check(lazyref::resume(slots[0]) == nullptr && one.holds == 0, "resume") && ok;

  ok = check(lazyref::protect<record_holds>(slots[0], shared) == &two, "protect") && ok;
  record* seen = &two;
  ok = check(lazyref::try_protect<record_holds>(slots[1], seen, shared), "try_protect") && ok;
  lazyref::protect_again<record_holds>(slots[1], &three);
  shared.store(nullptr, std::memory_order_release);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  lazyref::scan_group<record> group;
  group.add(&two);
  group.add(&three);
  const lazyref::handover_counts counts = lazyref::last_users_left<record_holds, R>(group, for_each_slot);
  for (record* const r : group) record_holds::give_up(r, 1);
  ok = check(counts.handed_over == 2 && two.holds == 1 && three.holds == 1, "last_users_left") && ok;
  lazyref::deactivate<record_holds>(slots[0]);
  lazyref::deactivate<record_holds>(slots[1]);
  lazyref::poll<record_holds>(slots[0]);
  lazyref::collect<record_holds, record, R>(for_each_slot);
  return check(two.holds == 0 && three.holds == 0, "deactivate") && ok;
}

// --- owner.hpp, domain.hpp, domain_options.hpp, lazy_slot.hpp, temporary_activation.hpp

struct rules final : lazyref::owner<rules> {
  explicit rules(int l) noexcept : limit(l) {}
  ~rules() { ++disposed; }
  void on_last_user() noexcept { torn_down = true; }
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    visit(std::size_t{0});
    visit(std::size_t{1});
  }
  int limit;
  bool torn_down = false;
};

struct pooled final : lazyref::owner<pooled> {
  static void dispose(pooled* object) noexcept {
    ++disposed;
    delete object;
  }
};

void told(void* count, std::size_t) noexcept { ++*static_cast<int*>(count); }

template <class Options>
bool use_domain() {
  const int before = disposed;
  int kicks = 0;
  bool ok = true;
  {
    const auto construct = [&] {
      if constexpr (Options::how == lazyref::policy::shootdown)
        return lazyref::lazy_domain<rules, Options>(2, lazyref::kick{&told, &kicks});
      else
        return lazyref::lazy_domain<rules, Options>(2);
    };
    lazyref::lazy_domain<rules, Options> domain = construct();
    lazyref::lazy_slot<rules, Options> slot = domain.attach();
    auto second = domain.attach();
    const bool beyond = static_cast<bool>(domain.attach());
    ok = check(slot && second && slot.index() != second.index(), "attach");
    ok = check(beyond == (Options::growth == lazyref::slot_growth::chunks), "a third slot") && ok;

    lazyref::strong_ref<rules> first = domain.make(1);
    lazyref::strong_ref<rules> copy = first;
    lazyref::strong_ref<rules> next = domain.adopt(new rules(2));
    ok = check(copy == first && next != first && first.use_count() == 2, "strong_ref") && ok;
    copy.reset();
    slot.activate(first);
    first.reset();
    ok = check(slot.active() != nullptr && slot.active()->limit == 1 && slot.active()->torn_down, "active") && ok;
    {
      const lazyref::temporary_activation other(slot, next);
      ok = check(other->limit == 2 && (*other).limit == other.get()->limit, "temporary_activation") && ok;
    }
    slot.activate(next);
    slot.park();
    ok = check(slot.resume() == next.get(), "resume") && ok;
    slot.poll();
    slot.deactivate();
    ok = check(disposed == before + 1, "deactivate") && ok;

    if constexpr (Options::can_protect) {
      std::atomic<rules*> shared(next.get());
      ok = check(slot.protect(shared)->limit == 2, "protect") && ok;
      rules* seen = shared.load(std::memory_order_relaxed);
      ok = check(second.try_protect(seen, shared), "try_protect") && ok;
      {
        const lazyref::nested_protection inner(slot, shared);
        ok = check(inner && inner->limit == 2 && slot.active() == inner.get(), "nested_protection") && ok;
      }
      ok = check(slot.active() == next.get(), "after a nested_protection") && ok;
      {
        lazyref::atomic_strong_ref<rules> cell(next);
        const lazyref::strong_ref<rules> loaded = cell.load(slot);
        ok = check(loaded == next && slot.protect(cell) == next.get(), "atomic_strong_ref") && ok;
        ok = check(lazyref::strong_ref<rules>::try_from(slot.active()) == next, "try_from") && ok;
        lazyref::strong_ref<rules> nothing;
        rules* expected = next.get();
        ok = check(cell.compare_exchange_strong(expected, nothing) && nothing == next, "compare_exchange") && ok;
        cell.store(cell.exchange(std::move(nothing)));
      }
      shared.store(nullptr, std::memory_order_release);
      domain.retire(std::move(next));
      domain.flush();
      second.reset_protection();
      slot.deactivate();
    }
    domain.retire(std::move(next));
    domain.collect();
    second = std::move(slot);
    second.detach();
    domain.after_fork_in_child();
    const lazyref::domain_stats stats = domain.stats();
    ok = check(stats.made == 2 && stats.disposed == 2, "stats") && ok;
  }
  return check(disposed == before + 2, "every object is disposed of") && ok;
}

template <lazyref::policy How>
struct growing : lazyref::domain_options<How> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

template <lazyref::policy How>
bool use_policy() {
  using lazyref::candidates;
  using lazyref::domain_options;
  using lazyref::reclaim;
  bool ok = use_domain<domain_options<How, reclaim::deferred, candidates::all>>();
  ok = use_domain<domain_options<How, reclaim::prompt, candidates::all>>() && ok;
  ok = use_domain<domain_options<How, reclaim::deferred, candidates::tracked>>() && ok;
  ok = use_domain<growing<How>>() && ok;
  return use_domain<domain_options<How, reclaim::prompt, candidates::custom>>() && ok;
}

bool use_domains() {
  bool ok = use_policy<lazyref::policy::handoff>();
  ok = use_policy<lazyref::policy::refcounted>() && ok;
  ok = use_policy<lazyref::policy::shootdown>() && ok;

  const int before = disposed;
  {
    lazyref::lazy_domain<pooled> domain(0);
    const auto reference = domain.make();
    ok = check(!domain.attach(), "a domain without slots") && ok;
  }
  return check(disposed == before + 1, "dispose") && ok;
}

// --- per_cpu.hpp

template <lazyref::reclaim R>
bool use_per_cpu(lazyref::claim_method method) {
  lazyref::per_cpu_options options;
  options.slots_per_cpu = 1;
  options.method = method;
  lazyref::per_cpu_domain<rules, R> domain(options);
  const lazyref::per_cpu_info info = domain.how();
  auto reference = domain.make(7);
  auto open = domain.claim(reference);
  lazyref::cpu_claim<rules, R> more = domain.claim(reference);
  reference.reset();
  bool ok = check(open && open->limit == 7 && (*more).limit == more.get()->limit, "claim");
  ok = check(info.reason != nullptr && info.slots_per_cpu == 1, "how") && ok;
  ok = check(domain.counted() <= 2 && !(open.is_counted() && domain.counted() == 0), "counted") && ok;
  more.release();
  more = std::move(open);
  more.release();
  domain.collect();
  domain.after_fork_in_child();
  return check(domain.stats().disposed == 1, "release") && ok;
}

bool use_per_cpu_domains() {
  bool ok = true;
  for (const auto method : {lazyref::claim_method::restartable_sequence, lazyref::claim_method::compare_and_swap}) {
    ok = use_per_cpu<lazyref::reclaim::deferred>(method) && ok;
    ok = use_per_cpu<lazyref::reclaim::prompt>(method) && ok;
  }
  return ok;
}

// --- instruction_sync.hpp, code_space.hpp

struct function final : lazyref::code_block<function> {
  explicit function(const char* n) noexcept : name(n) {}
  void describe_code(lazyref::code_description& d) const noexcept { d.name = name; }
  const char* name;
};

struct observer final : lazyref::code_observer {
  void* code_published(const lazyref::code_event& event) noexcept override {
    named += event.description->name == "answer";
    return this;
  }
  void code_reclaimed(const lazyref::code_event&, void* kept) noexcept override { ended += kept == this; }
  int named = 0;
  int ended = 0;
};

// `return 42`, where this program knows how to say so.
#if defined(__x86_64__) || defined(__i386__)
constexpr unsigned char return_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
#elif defined(__aarch64__)
constexpr unsigned char return_42[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#else
constexpr unsigned char return_42[] = {0};
#endif

// Code that was made at run time has none of the marks that -fsanitize=cfi looks for: whoever calls it says so.
#if defined(__clang__) && !defined(CHECKED_CALL)
__attribute__((no_sanitize("cfi", "function")))
#endif
int call(const function& f) noexcept {
  return f.as<int()>()();
}

bool use_code(lazyref::code_mapping mapping) {
  observer observed;
  lazyref::code_space_limits limits{65536, 4, 1};
  limits.data = 4096;
  lazyref::code_space<function> space(limits, {&observed}, mapping);
  // Where the system gives no memory for code, it says so.
  if (!space) return check(space.status().error() != 0, "status");

  lazyref::code_draft<function> draft = space.draft(lazyref::code_request{64, 64, 8}, "answer");
  lazyref::code_draft<function> second = space.draft(64, "unused");
  bool ok = check(draft && draft.status() && draft.address() != 0 && second, "draft");
  std::memcpy(draft.data(), return_42, sizeof return_42);
  ok = check(static_cast<bool>(draft.shrink(sizeof return_42)) && draft.size() == sizeof return_42, "shrink") && ok;
  const unsigned char* const data = draft.side_data();
  ok = check(data != nullptr && *data == 0, "side_data of a draft") && ok;
  draft.swap(second);
  draft = std::move(second);

  lazyref::strong_ref<function> code;
  const lazyref::sync_result published = space.publish(draft, code);
  // A kernel may refuse it, and says so.
  if (!published) return check(published.error() != 0, "publish") && ok;
  std::atomic<function*> shared(code.get());
  auto slot = space.domain().attach();
  const function* const found = slot.protect(shared);
  ok = check(found->entry() != nullptr && std::strcmp(found->name, "answer") == 0, "entry") && ok;
  if constexpr (sizeof return_42 > 1) ok = check(call(*found) == 42, "the code runs") && ok;
  ok = check(space.block_at(found->entry()) == found && space.block_at(nullptr) == nullptr, "block_at") && ok;
  ok = check(found->side_data() != nullptr && found->side_data_size() == 8, "side_data") && ok;
  shared.store(nullptr, std::memory_order_release);
  space.retire(std::move(code));
  slot.deactivate();
  slot.detach();
  space.domain().flush();
  ok = check(space.tell_observers() == 1 && observed.named == 1 && observed.ended == 1, "tell_observers") && ok;
  {
    limits.growth = 16384;
    lazyref::code_space<function> joined(space.domain(), limits, {}, mapping);
    // Where the system does not give memory in chunks, it says so.
    ok = check(joined ? joined.bytes_committed() == 0 : joined.status().error() != 0, "a second space") && ok;
    static_cast<void>(joined.draft(64, "unused"));
    ok = check(joined.bytes_committed() == joined.trim(), "trim") && ok;
  }
  ok = check(space.bytes() >= 65536 && space.blocks_in_use() == 0 && space.bytes_in_use() == 0, "in use") && ok;
  return ok;
}

bool use_instructions() {
  const lazyref::sync_result initialized = lazyref::instruction_sync_initialize();
  static_cast<void>(initialized);
  lazyref::sync_core_this_thread();
  const lazyref::sync_result all = lazyref::sync_core_all_threads();
  unsigned char bytes[sizeof return_42] = {};
  const lazyref::code_range range{bytes, bytes, sizeof bytes};
  bool ok = check(static_cast<bool>(lazyref::flush_code_range(bytes, bytes, sizeof bytes)), "flush_code_range");
  ok = check(lazyref::publish_code(bytes, bytes, sizeof bytes).error() == all.error(), "publish_code") && ok;
  ok = check(lazyref::publish_code(&range, 1).error() == all.error(), "publish_code") && ok;
  ok = check(lazyref::instruction_sync_capabilities().reason != nullptr, "instruction_sync_capabilities") && ok;
  ok = use_code(lazyref::code_mapping::dual) && ok;
  return use_code(lazyref::code_mapping::flip) && ok;
}

}  // namespace

int EVERYTHING() {
  bool ok = use_fences();
  ok = use_fence_test() && ok;
  ok = use_rseq_test() && ok;
  ok = use_hazard_pointers() && ok;
  ok = use_embedded<lazyref::reclaim::deferred>() && ok;
  ok = use_embedded<lazyref::reclaim::prompt>() && ok;
  ok = use_domains() && ok;
  ok = use_per_cpu_domains() && ok;
  ok = use_instructions() && ok;
  std::printf("lazyref %d.%d.%d, mode %d, checks %d: %s\n", LAZYREF_VERSION_MAJOR, LAZYREF_VERSION_MINOR,
              LAZYREF_VERSION_PATCH, static_cast<int>(lazyref::build_mode), lazyref::checks_enabled ? 1 : 0,
              ok ? "passed" : "FAILED");
  return ok ? 0 : 1;
}
