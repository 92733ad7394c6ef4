// SPDX-License-Identifier: BSL-1.0
//
// Code as objects: memory for machine code that is written, published, called, replaced and used again, while threads
// that run the old code go on running it, and nobody waits for them.
//
//   struct function : lazyref::code_block<function> { ... };        // your data beside the code: names, stack maps
//   lazyref::code_space<function> space({1 << 20, 1000, 64});       // bytes, blocks, slots; all is allocated here
//   auto draft = space.draft(size);                                 // memory to write; empty when there is none
//   emit(draft.data(), draft.address());                            // where it is written, where it will run
//   lazyref::strong_ref<function> code;
//   if (auto result = space.publish(draft, code); !result) ...      // flushed, and all cores synchronised
//
// From then on it is an object of a lazy_domain, space.domain(), and all of domain.hpp holds for it:
//
//   auto slot = space.domain().attach();                            // per worker
//   std::atomic<function*> shared(code.get());
//   int y = slot.protect(shared)->as<int(int)>()(x);                // per call; or slot.activate(code), then active()
//   shared.store(next.get(), std::memory_order_release);            // unpublish,
//   space.retire(std::move(code));                                  // and give the old code up
//
// The order of the steps is in the types. A block that is not published has no entry point (entry() is null) and no
// strong_ref, and the one way to both is `publish`, which first ends the writing, flushes, and makes every thread
// synchronise its core. The memory of a block is free for another one after its last user is gone, a heavy fence
// has told whose slots are on it (where slots protect), and the last of these has left: that is the domain's part. A
// slot has to stay on a block until the last return from it: an address on a stack is a use.
//
// Memory is never writable and executable through one address at one time (macOS: not in one thread).
//   code_mapping::dual   the same memory mapped twice. No system call but the synchronisation for each publish. The
//                        address to write at is not told any more after it, but it stays writable. The default. Not
//                        for programs that translate other programs (emulators, Valgrind): they see that code is
//                        overwritten only where it is executed, and go on with what they translated from it. (Valgrind:
//                        --smc-check=all.)
//   code_mapping::flip   mapped once; the pages of a draft may be written until it is published, and not executed. Two
//                        system calls more for each block, and whole pages; no second address at which somebody could
//                        write.
// fork: with `flip` the child has a copy, calls after_fork_in_child, and goes on. With `dual` it does not inherit the
// code, since the parent goes on writing there: draft and publish return an error, and the addresses lead nowhere, for
// as long as nothing else is mapped there; after_fork_in_child keeps them free.
//
// Where nothing reaches all threads (instruction_sync_capabilities() says `handshake`), or where every thread does its
// own part anyway, choose code_synchronisation::each_executor: publish flushes, and each thread calls
// sync_core_this_thread() between finding a block (protect, or an acquire load) and running it. On macOS that and
// code_mapping::flip are all there is.
//
// A draft may go to another thread, as any value; who has written with non-temporal stores makes an sfence before that.
// Memory is reserved, not filled: where the system promises more than it has, the first write may fail as any first
// write may.
//
// Debuggers, profilers and unwinders are told by observers (code_observers.hpp), with which a space is constructed:
//
//   lazyref::code_jitdump profile;
//   lazyref::code_gdb debugger;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&profile, &debugger});
//
// They are told of a block before anybody has its entry point, in `publish`. That it has ended they are told before its
// memory is used again, but not where it ends, which may be a worker's hot path: the block waits, and `draft`, or whoever
// calls tell_observers, tells them.
//
// Not offered: changing code that is published; return addresses that outlive the slot; descriptors for functions
// (64-bit PowerPC before ELFv2).
//
// Sources: Linux commit 70216e18e519 (why reclaiming code needs SYNC_CORE); memfd_create(2), mprotect(2), madvise(2);
// instruction_sync.hpp for the steps.
#include "config.hpp"

#ifndef LAZYREF_CODE_SPACE_HPP
#define LAZYREF_CODE_SPACE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "code_block.hpp"
#include "code_draft.hpp"
#include "code_limits.hpp"
#include "code_observer.hpp"
#include "detail/code_audience.hpp"
#include "detail/code_pool.hpp"
#include "domain.hpp"
#include "instruction_sync.hpp"

LAZYREF_BEGIN_NAMESPACE

// Memory for code, and the domain of the blocks in it; see the head of this file. Neither copied nor moved.
template <class T, class Options, class System>
class code_space final : private detail::code_home<T> {
 public:
  // The policy of T (sync.hpp), and the types of what domain and draft return.
  using sync_type = typename T::lazyref_sync_type;
  using domain_type = lazy_domain<T, Options>;
  using draft_type = code_draft<T, Options, System>;

  // Allocates everything, but for what publish allocates for each block with candidates::tracked, and what
  // slot_growth::chunks does later.
  // `tell`: for policy::shootdown, a kick. Errors: see status(). No memory for slots calls the fatal hook, as in any domain.
  template <class... Kick>
  explicit code_space(const code_space_limits& limits, code_mapping mapping = code_mapping::dual,
                      code_synchronisation who = code_synchronisation::all_threads, Kick... tell) noexcept
      : code_space(limits, std::initializer_list<code_observer*>{}, mapping, who, tell...) {}

  // Purpose: the same with observers, which outlive the space. T may say what its block consists of, by a public member
  //   `void describe_code(lazyref::code_description&) const noexcept` (code_observer.hpp). Cost: for each block and
  //   observer a pointer, and what the observer does. bytes_in_use and blocks_in_use count blocks of which the observers
  //   have not been told yet.
  template <class... Kick>
  code_space(const code_space_limits& limits, std::initializer_list<code_observer*> observers,
             code_mapping mapping = code_mapping::dual, code_synchronisation who = code_synchronisation::all_threads,
             Kick... tell) noexcept
      : who_(who),
        pool_(limits, mapping),
        cells_(limits.blocks <= PTRDIFF_MAX / sizeof(cell) ? new (std::nothrow) cell[limits.blocks] : nullptr),
        audience_(observers, limits.blocks, pool_),
        domain_(limits.slot_count, tell...) {
    static_assert(std::is_base_of_v<code_block<T, sync_type>, T>, "code_space<T>: T derives from code_block<T>");
    static_assert(&T::dispose == &code_block<T, sync_type>::dispose,
                  "code_space<T>: T has a `dispose` of its own, but its memory is the space's");
  }

  // Precondition: as for the domain's end: no slot is attached, no block has a user; and no draft exists. Checked, in
  // every build.
  ~code_space() = default;

  code_space(const code_space&) = delete;
  code_space& operator=(const code_space&) = delete;

  // Purpose: whether there is memory for code. Errors: EINVAL, EFBIG, ENOMEM, EAGAIN, EACCES or EPERM (a security
  //   module or a filter), ENOSYS, EMFILE, ENFILE, ENOTSUP, EFAULT (a child of fork); what() tells which step failed,
  //   and what can be done. Every draft fails with the same.
  explicit operator bool() const noexcept { return static_cast<bool>(status()); }
  sync_result status() const noexcept { return cells_ != nullptr && audience_ ? pool_.status() : pool_.no_memory(); }

  // The domain whose objects the blocks are.
  domain_type& domain() noexcept { return domain_; }

  // Purpose: memory for `size` bytes of code, and a T constructed from `args` for it.
  // Errors: an empty draft, whose status() says why: EINVAL (no bytes), EFBIG (more than the space has), ENOSPC (all
  //   blocks, or all memory, are in use, or it is in pieces), those of mprotect (flip), and the space's own.
  // Who may call: any thread, disposers too. Progress: blocks while another thread looks for memory. Cost: linear in
  //   the space (a machine word for 64 pieces of 64 bytes or, with flip, a page); flip: a system call. Where it is
  //   full, flushes and collects the domain before it gives up: that runs disposers and makes a heavy fence. As long as
  //   some that were given up are not disposed of (another call has them in hand, or a slot is on them), it tries again, a
  //   bounded number of times, and lets other threads run.
  template <class... Args>
  draft_type draft(std::size_t size, Args&&... args) noexcept {
    static_assert(std::is_nothrow_constructible_v<T, Args...>, "code_space::draft: T's constructor must be noexcept");
    sync_result result = status();
    if (!result) return draft_type(result);
    if (detail::is_rare(audience_.may_wait())) audience_.tell();
    detail::code_room room;
    result = pool_.take(size, room);
    if (detail::is_rare(result.error() == ENOSPC)) result = take_at_last(size, room);
    if (!result) return draft_type(result);
    result = pool_.begin_to_write(room.place, size);
    if (!result) {
      pool_.give_back(room, size);
      return draft_type(result);
    }
    T* const object = ::new (static_cast<void*>(cells_[room.number].bytes)) T(std::forward<Args>(args)...);
    detail::code_access::begin<T>(object, this, room.place, size);
    return draft_type(this, object);
  }

  // Purpose: make a draft, or n of them together, code that may be run: (flip) not writable, flushed, and (all_threads)
  //   stale in no core. All or nothing. After success the drafts are empty, and code[i] is the first user of what was
  //   drafts[i].
  // Errors: EINVAL (an empty draft, one of another space, or code[i] is not empty), EFAULT (a child of fork), ENOMEM
  //   (candidates::tracked: no memory for the bits of a block), those of publish_code (instruction_sync.hpp) and of
  //   mprotect. Then nothing is published; the drafts may be published again, or destroyed, but not written.
  // Who may call: any thread. Progress: as the system call. Cost: n flushes and one synchronisation, microseconds to
  //   tens of them, see sync_core_all_threads; flip: n system calls.
  LAZYREF_PER_UNIT sync_result publish(draft_type& draft, strong_ref<T>& code) noexcept {
    return publish(std::addressof(draft), 1, std::addressof(code));
  }
  LAZYREF_PER_UNIT sync_result publish(draft_type* drafts, std::size_t n, strong_ref<T>* code) noexcept {
    const sync_result now = status();
    if (!now) return now;
    for (std::size_t i = 0; i < n; ++i) {
      if (drafts[i].object_ == nullptr || drafts[i].space_ != this)
        return {EINVAL, "code_space::publish: a draft is empty, or belongs to another space (EINVAL)"};
      // It may be the user that a shared pointer stands for, which still leads there.
      if (code[i])
        return {EINVAL,
                "code_space::publish: the reference for the result is in use (EINVAL): give up the code that is "
                "replaced after its entry point was"};
    }
    for (std::size_t i = 0; i < n; ++i) {
      drafts[i].open_ = false;
      if (detail::is_rare(detail::owner_access::domain(drafts[i].object_) != nullptr))
        detail::call_fatal_hook("code_space::publish: a draft was given to lazy_domain::adopt; publish does that");
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (detail::is_rare(!domain_.provide_bits(drafts[i].object_, domain_.marks())))
        return {ENOMEM,
                "code_space::publish: there is no memory for a block's candidate bits (ENOMEM): publish it again when "
                "there is"};
      const sync_result ended = end_writing(drafts[i]);
      if (!ended) return ended;
    }
    const auto range_at = [this, drafts](std::size_t i) {
      T* const object = drafts[i].object_;
      return code_range{written_at(object), executed_at(object), detail::code_access::size(object)};
    };
    const sync_result done = who_ == code_synchronisation::all_threads ? System::publish_ranges(n, range_at)
                                                                       : System::flush_ranges(n, range_at);
    if (!done) return done;
    if (!audience_.is_empty()) {
      for (std::size_t i = 0; i < n; ++i) tell_published(*drafts[i].object_);
    }
    for (std::size_t i = 0; i < n; ++i) {
      T* const object = std::exchange(drafts[i].object_, nullptr);
      detail::code_access::publish<T>(object, executed_at(object));
      code[i] = domain_.adopt(object);
    }
    return {};
  }

  // Purpose: lazy_domain::retire of a block, with as many bytes as its code takes up. Preconditions, who may call,
  //   progress, errors, cost: as there.
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& code) noexcept {
    const std::size_t size = code ? pool_.taken_by(detail::code_access::size(code.get())) : 0;
    domain_.retire(std::move(code), size);
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT void retire(strong_ref<U>&& code) noexcept {
    retire(detail::owner_access::adopt_user(detail::owner_access::release(code)));
  }

  // Purpose: tells the observers, here and now, of the blocks that ended and wait for that, and gives their memory back;
  //   returns how many these were. For a program that drafts seldom, or that wants it done in a thread of its choice.
  // Precondition: not called by an observer. Who may call: any other thread, disposers too. Cost: that of the observers;
  //   where nothing waits, or nobody observes, one look.
  std::size_t tell_observers() noexcept { return audience_.tell(); }

  // Numbers that were true a moment ago: what drafts and blocks take up, also those that are given up and still in use.
  std::size_t bytes_in_use() const noexcept { return pool_.bytes_in_use(); }
  std::size_t blocks_in_use() const noexcept { return pool_.blocks_in_use(); }
  // As many as there are, in use or not.
  std::size_t bytes() const noexcept { return pool_.bytes(); }

  // Purpose: in the child of a fork: lazy_domain::after_fork_in_child, which it calls with the same arguments, and what
  //   is beside the domain. Drafts of threads that are gone are lost: a leak. With code_mapping::dual all code is gone;
  //   blocks may be given up, and that is all. Observers are told: of the fork, and then, where the code is gone, of each
  //   block's end.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    pool_.after_fork_in_child();
    audience_.after_fork_in_child(!pool_.is_lost());
    domain_.after_fork_in_child(kept...);
  }

 private:
  friend draft_type;

  // How often a draft looks for room while blocks are on their way.
  static constexpr int tries = 64;

  [[gnu::__noinline__, gnu::__cold__]] sync_result take_at_last(std::size_t size, detail::code_room& room) noexcept {
    for (int i = 1;; ++i) {
      std::size_t waiting = domain_.flush() + domain_.collect();
      audience_.tell();
      if (audience_.is_telling()) ++waiting;  // Another call is, and has memory in hand.
      const sync_result result = pool_.take(size, room);
      if (result.error() != ENOSPC || waiting == 0 || i == tries) return result;
      sync_type::give_way();
    }
  }

  // A block's counts do not share a cache line with another's.
  static constexpr std::size_t cell_alignment = alignof(T) > cache_line ? alignof(T) : cache_line;
  struct alignas(cell_alignment) cell {
    unsigned char bytes[sizeof(T)];
  };

  unsigned char* written_at(T* object) const noexcept { return pool_.written_at(detail::code_access::place(object)); }
  unsigned char* executed_at(T* object) const noexcept { return pool_.executed_at(detail::code_access::place(object)); }

  void shrink(T* object, std::size_t size) noexcept {
    pool_.shrink(detail::code_access::place(object), detail::code_access::size(object), size);
    detail::code_access::shrink(object, size);
  }

  sync_result end_writing(draft_type& draft) noexcept {
    if (!draft.writable_) return {};
    const sync_result ended = pool_.end_writing(detail::code_access::place(draft.object_), draft.size());
    if (ended) draft.writable_ = false;
    return ended;
  }

  void drop(draft_type& draft) noexcept {
    // If it stays writable it is so until somebody drafts it again.
    if (pool_.status()) static_cast<void>(end_writing(draft));
    domain_.take_bits(draft.object_);  // of a publish that failed
    reclaim(draft.object_);
  }

  std::size_t number_of(T* object) const noexcept {
    return static_cast<std::size_t>(static_cast<cell*>(static_cast<void*>(object)) - cells_.get());
  }

  void tell_published(T& block) noexcept {
    T* const object = std::addressof(block);
    audience_.published(number_of(object), executed_at(object), written_at(object), detail::code_access::size(object),
                        detail::describe_code_of<T>(block));
  }

  // Nobody uses the block any more.
  void reclaim(T* object) noexcept override {
    const std::size_t size = detail::code_access::size(object);
    const detail::code_room room{detail::code_access::place(object), number_of(object)};
    object->~T();
    if (!audience_.keep(room, size)) pool_.give_back(room, size);
  }

  const code_synchronisation who_;
  detail::code_pool<sync_type, System> pool_;
  const std::unique_ptr<cell[]> cells_;
  detail::code_audience<sync_type, detail::code_pool<sync_type, System>> audience_;  // tells what is left when it ends
  domain_type domain_;                                                               // last: it ends first
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_SPACE_HPP
