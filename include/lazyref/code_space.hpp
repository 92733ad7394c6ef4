// SPDX-License-Identifier: BSL-1.0
//
// Code as objects: memory for machine code that is written, published, called, replaced and reused, while threads that
// execute the old code continue to do so, and no thread waits for another.
//
//   struct function : lazyref::code_block<function> { ... };        // your data beside the code: names, stack maps
//   lazyref::code_space<function> space({1 << 20, 1000, 64});       // bytes, blocks, slots: code_limits.hpp has more
//   auto draft = space.draft(size);                                 // memory to write; empty if there is none
//   emit(draft.data(), draft.address());                            // where it is written, where it will run
//   lazyref::strong_ref<function> code;
//   if (auto result = space.publish(draft, code); !result) ...      // flushed, and all cores synchronised
//
// A published block is an object of a lazy_domain, space.domain(), and all of domain.hpp applies to it:
//
//   auto slot = space.domain().attach();                            // per worker
//   std::atomic<function*> shared(code.get());
//   int y = slot.protect(shared)->as<int(int)>()(x);                // per call; or slot.activate(code), then active()
//   shared.store(next.get(), std::memory_order_release);            // unpublish,
//   space.retire(std::move(code));                                  // then retire the old code
//
// Two things are unsafe. The first, which nothing can detect, is a second slot.protect (or activate) before the first
// function has returned: the slot leaves the first block, whose memory may be reused while its frame is still on the stack.
// So if functions call the runtime, and the runtime calls functions, each call needs a scope of nested_protection.hpp. The
// worker then calls functions only like this, from its own loop and from the runtime:
//
//   int call(slot_type& slot, const std::atomic<function*>& callee, int x) {
//     const lazyref::nested_protection frame(slot, callee);         // the slot was on nothing, or on the caller's code,
//     return frame->as<int(int)>()(x);                              // which stays; may recurse, to any depth
//   }                                                               // the caller's code again, after an exception too
//
// slot_count must then be the number of workers times the calls that can be on a worker's stack at one time. Exceptions
// pass frames of code only if there are unwind tables (code_observers.hpp). The other unsafe thing is a direct or patched
// call from one block to another. No slot is on the callee, so it may be retired only after every worker has left the calls
// that it was in when the last path to the callee was removed (examples/patchable_call keeps old callees that long).
//
// The types enforce the order of the steps. A block that is not published has no entry point (entry() is null) and no
// strong_ref. Only `publish` gives both; it first ends the writing, flushes, and makes every thread synchronise its core.
// The domain frees the memory of a block for another one after its last user is gone, a heavy fence has shown which slots
// are on it (where slots protect), and the last of these has left it. A slot must stay on a block until the last return
// from it: a return address on a stack is a use.
//
// Code must be generated for the address where it executes (draft.address(), or block->entry()), not for the one where it
// is written: absolute addresses that a generator puts into it (jump tables) must be relocated.
//
// Observers (code_observers.hpp) inform debuggers, profilers and unwinders. A space is constructed with them:
//
//   lazyref::code_jitdump profile;
//   lazyref::code_gdb debugger;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&profile, &debugger});
//
// `publish` informs them of a block before any thread has its entry point. Of blocks that ended they are informed in draft,
// tell_observers, trim, the space's destructor and after_fork_in_child: never in a worker's call, and always before memory
// is reused. code_limits.hpp explains mappings, fork, growth, sizes, and who synchronises which cores.
//
// A draft may move to another thread, like any value; a writer that used non-temporal stores executes an sfence before. Not
// offered: changing published code (to redirect a call, go through a word of data beside the code:
// examples/patchable_call); return addresses that outlive the slot; function descriptors (64-bit PowerPC before ELFv2).
//
// Sources: Linux commit 70216e18e519 (why SYNC_CORE); memfd_create(2), mprotect(2), madvise(2); instruction_sync.hpp.
#include "config.hpp"

#ifndef LAZYREF_CODE_SPACE_HPP
#define LAZYREF_CODE_SPACE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "code_block.hpp"
#include "code_draft.hpp"
#include "code_limits.hpp"
#include "code_observer.hpp"
#include "detail/code/store.hpp"
#include "domain.hpp"
#include "instruction_sync.hpp"

LAZYREF_BEGIN_NAMESPACE

// Memory for code, and the domain of the blocks in it. Neither copyable nor movable.
template <class T, class Options, class System>
class code_space final : private detail::code_home<T> {
 public:
  // The policy of T (sync.hpp); the types that domain and draft return; the observers, each of which outlives the space.
  using sync_type = typename T::lazyref_sync_type;
  using domain_type = lazy_domain<T, Options>;
  using draft_type = code_draft<T, Options, System>;
  using observer_list = std::initializer_list<code_observer*>;

  // Allocates everything, except what publish allocates for each block with candidates::tracked, what slot_growth::chunks
  //   allocates later, and chunks of code_space_limits::growth. `tell`: for policy::shootdown, a kick. Errors: see
  //   status(). If there is no memory for slots, it calls the fatal hook, like every domain.
  template <class... Kick>
  explicit code_space(const code_space_limits& limits, code_mapping mapping = code_mapping::dual,
                      code_synchronisation who = code_synchronisation::all_threads, Kick... tell) noexcept
      : code_space(limits, observer_list{}, mapping, who, tell...) {}

  // Purpose: the same with observers. T may describe its block, by a public member that code_observer.hpp specifies: `void
  //   describe_code(lazyref::code_description&) const noexcept`. Cost: for each block and observer a pointer, and the work
  //   of the observer. bytes_in_use and blocks_in_use count an ended block until its observers are informed.
  template <class... Kick>
  code_space(const code_space_limits& limits, observer_list observers, code_mapping mapping = code_mapping::dual,
             code_synchronisation who = code_synchronisation::all_threads, Kick... tell) noexcept
      : who_(who),
        store_(limits, observers, mapping),
        own_(std::in_place, limits.slot_count, tell...),
        domain_(std::addressof(*own_)) {
    code_space::check_type();
  }

  // Purpose: additional memory for blocks of an existing domain, which outlives the space: slots of the domain protect the
  //   blocks of all its spaces. limits.slot_count is ignored.
  code_space(domain_type& domain, const code_space_limits& limits, observer_list observers = {},
             code_mapping mapping = code_mapping::dual,
             code_synchronisation who = code_synchronisation::all_threads) noexcept
      : who_(who), store_(limits, observers, mapping), domain_(std::addressof(domain)) {
    code_space::check_type();
  }

  // Precondition: no draft exists, and no block has a user. No slot is attached; in a space of another's domain, no slot is
  //   on a block of this space. Checked in every build. A space of another's domain flushes that domain, and waits for
  //   other threads' calls that are reclaiming its blocks; a block that remains after three seconds counts as in use,
  //   which calls the fatal hook. (To wait longer: flush and tell_observers until blocks_in_use() is 0.)
  ~code_space() {
    if (!own_) store_.leave(*domain_, is_child_);
  }

  code_space(const code_space&) = delete;
  code_space& operator=(const code_space&) = delete;

  // Purpose: return whether there is memory for code. Errors: EINVAL, EFBIG, ENOMEM (also: no room near near_to), EAGAIN,
  //   EACCES or EPERM (a security module or a filter), ENOSYS, EMFILE, ENFILE, ENOTSUP, EFAULT (a child of fork). what()
  //   says which step failed, and what can be done. Every draft then fails with the same error.
  explicit operator bool() const noexcept { return static_cast<bool>(status()); }
  sync_result status() const noexcept { return store_.status(); }

  // The domain whose objects the blocks are.
  domain_type& domain() noexcept { return *domain_; }

  // Purpose: memory for code, as requested or `size` bytes, and a T constructed from `args` for it. Errors: an empty draft,
  //   whose status() says why: EINVAL (size 0, or an invalid alignment), EFBIG (more than the space has), ENOSPC (all
  //   blocks or all memory are in use, or the free memory is fragmented), ENOMEM (no memory for another chunk), those of
  //   mprotect (flip), and the space's own.
  // Who may call: any thread, disposers too; not observers. Progress: blocks while another thread searches the same part of
  //   the space; a large space has a part for each CPU. Cost: logarithmic in the space; flip: a system call; the work of
  //   observers that must be informed. If the space is full, it flushes and collects the domain: this runs disposers and,
  //   if any object waits, makes a heavy fence. It retries, a bounded number of times, while some blocks that lost their
  //   last user are not reclaimed (they are in another call's batch, or a slot is on them).
  template <class... Args>
  draft_type draft(const code_request& asked, Args&&... args) noexcept {
    static_assert(std::is_nothrow_constructible_v<T, Args...>, "code_space::draft: T's constructor must be noexcept");
    sync_result result = status();
    if (!result) return draft_type(result);
    detail::code_room room;
    result = store_.take(asked, room);
    if (detail::is_rare(store_.is_full(result))) result = store_.take_at_last(*domain_, asked, room);
    if (!result) return draft_type(result);
    return draft_type(this, store_.begin(room, this, std::forward<Args>(args)...));
  }
  template <class... Args>
  draft_type draft(std::size_t size, Args&&... args) noexcept {
    return draft(code_request{size}, std::forward<Args>(args)...);
  }

  // Purpose: turn n drafts into executable code: (flip) not writable, flushed, and (all_threads) stale in no core. All or
  //   nothing. After success the drafts are empty, and code[i] is the first user of the block that drafts[i] was.
  // Errors: EINVAL (an empty draft, one of another space, or code[i] is not empty), EFAULT (a child of fork), ENOMEM
  //   (candidates::tracked: no memory for the bits of a block), those of publish_code (instruction_sync.hpp) and mprotect.
  //   Then nothing is published; the drafts may be published again or destroyed, but not written. Who may call: any thread.
  //   Progress: as the system call. Cost: n flushes and one synchronisation, microseconds to tens of microseconds, see
  //   sync_core_all_threads; flip: n system calls.
  LAZYREF_PER_UNIT sync_result publish(draft_type& draft, strong_ref<T>& code) noexcept {
    return publish(std::addressof(draft), 1, std::addressof(code));
  }
  LAZYREF_PER_UNIT sync_result publish(draft_type* drafts, std::size_t n, strong_ref<T>* code) noexcept {
    const sync_result now = status();
    if (!now) return now;
    for (std::size_t i = 0; i < n; ++i) {
      if (drafts[i].object_ == nullptr || drafts[i].space_ != this)
        return {EINVAL, "code_space::publish: a draft is empty, or belongs to another code_space (EINVAL)"};
      // It may be the user that a shared pointer stands for, and the pointer may still lead there.
      if (code[i])
        return {EINVAL,
                "code_space::publish: the reference for the result is not empty (EINVAL): pass an empty one, and drop "
                "the reference to the replaced code once no entry point leads to it"};
    }
    for (std::size_t i = 0; i < n; ++i) {
      drafts[i].open_ = false;
      if (detail::is_rare(detail::owner_access::domain(drafts[i].object_) != nullptr))
        detail::call_fatal_hook("code_space::publish: a draft was passed to lazy_domain::adopt; publish adopts it");
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (detail::is_rare(!domain_->provide_bits(drafts[i].object_, domain_->marks())))
        return {ENOMEM,
                "code_space::publish: the memory for a block's candidate bits could not be allocated (ENOMEM): free "
                "memory, and publish the block again"};
      const sync_result ended = end_writing(drafts[i]);
      if (!ended) return ended;
    }
    const auto range_at = [this, drafts](std::size_t i) {
      T* const object = drafts[i].object_;
      return code_range{store_.written_at(object), store_.executed_at(object), detail::code_access::size(object)};
    };
    const sync_result done = who_ == code_synchronisation::all_threads ? System::publish_ranges(n, range_at)
                                                                       : System::flush_ranges(n, range_at);
    if (!done) return done;
    for (std::size_t i = 0; i < n; ++i) store_.tell_published(drafts[i].object_);
    for (std::size_t i = 0; i < n; ++i) {
      store_.publish(drafts[i].object_);
      code[i] = domain_->adopt(std::exchange(drafts[i].object_, nullptr));
    }
    return {};
  }

  // As lazy_domain::retire, with the bytes that the block's code occupies (preconditions, callers, progress, errors, cost).
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& code) noexcept {
    const std::size_t size = code ? store_.taken_by(detail::code_access::size(code.get())) : 0;
    domain_->retire(std::move(code), size);
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT void retire(strong_ref<U>&& code) noexcept {
    retire(detail::owner_access::adopt_user(detail::owner_access::release(code)));
  }

  // Purpose: return the published block of this space whose code is at `address` (where it executes), or null: for
  //   unwinders and profilers. Who may call: any thread, also in a signal handler. Progress: wait-free. Cost: two loads.
  // Use the result only while something keeps the block: a strong_ref, or the slot of the thread that was interrupted, or
  //   is being unwound, inside it. Then it is right, even while other blocks are published and reclaimed. Otherwise do not
  //   dereference it: it may be null for a new block, or a reclaimed block, or another one. If code was interrupted in a
  //   function that it calls, walk the frames, and look up each return address minus one.
  T* block_at(const void* address) const noexcept { return store_.block_at(address); }

  // Purpose: inform the observers of ended blocks and wait for that, free their memory, and return their number. For a
  //   program that rarely drafts, or wants this done in a thread of its choice. Who may call: anything but observers.
  //   Cost: that of the observers; without observers, or if nothing waits, one load.
  std::size_t tell_observers() noexcept { return store_.tell(); }

  // Purpose: tell_observers; then return the memory of all empty chunks (growth) to the system, and return the number of
  //   bytes. Drafts do that from time to time, and keep one chunk. Who may call: as tell_observers. Progress: blocks while
  //   another thread allocates or frees a chunk. Cost: system calls for each chunk.
  std::size_t trim() noexcept { return store_.trim(); }

  // Snapshots: what drafts and blocks occupy, including blocks that lost their last user and are still in use.
  std::size_t bytes_in_use() const noexcept { return store_.bytes_in_use(); }
  std::size_t blocks_in_use() const noexcept { return store_.blocks_in_use(); }
  // The total, in use or not; and the part of it for which there is memory (growth).
  std::size_t bytes() const noexcept { return store_.bytes(); }
  std::size_t bytes_committed() const noexcept { return store_.bytes_committed(); }

  // Purpose: in the child of a fork: lazy_domain::after_fork_in_child with these arguments, and the same for the space. (If
  //   the domain is another's, only the latter; call the domain's afterwards.) Drafts of vanished threads leak. With
  //   code_mapping::dual all code is gone; blocks may only be dropped. Observers learn of the fork and, if the code is
  //   gone, of each block's end.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    is_child_ = true;
    store_.after_fork_in_child();
    if (own_) domain_->after_fork_in_child(kept...);
  }

 private:
  friend draft_type;

  static constexpr void check_type() noexcept {
    static_assert(std::is_base_of_v<code_block<T, sync_type>, T>, "code_space<T>: derive T from code_block<T>");
    static_assert(&T::dispose == &code_block<T, sync_type>::dispose,
                  "code_space<T>: T has a `dispose` of its own, but the code_space manages its memory; remove it");
  }

  sync_result end_writing(draft_type& draft) noexcept {
    if (!draft.writable_) return {};
    const sync_result ended = store_.end_writing(draft.object_);
    if (ended) draft.writable_ = false;
    return ended;
  }

  void drop(draft_type& draft) noexcept {
    // If this fails it stays writable until the next draft there.
    if (store_.status()) static_cast<void>(end_writing(draft));
    domain_->take_bits(draft.object_);  // of a publish that failed
    store_.reclaim(draft.object_);
  }

  // No thread uses the block any more.
  void reclaim(T* object) noexcept override { store_.reclaim(object); }

  const code_synchronisation who_;
  bool is_child_ = false;
  detail::code_store<T, sync_type, System> store_;
  std::optional<domain_type> own_;  // the last that is constructed: it ends first
  domain_type* const domain_;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_SPACE_HPP
