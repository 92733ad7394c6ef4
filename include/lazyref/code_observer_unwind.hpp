// SPDX-License-Identifier: BSL-1.0
//
// code_unwind: informs the C++ runtime how to unwind the frames of published code, so that exceptions and backtrace() pass
// through them.
//
//   lazyref::code_unwind unwinder;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&unwinder});
//
//   struct function : lazyref::code_block<function> {
//     void describe_code(lazyref::code_description& d) const noexcept { d.frame_pointer = true; }
//   };
//
// Either the description supplies tables (eh_frame), or it says frame_pointer and the tables are generated here: on x86,
// arm64 and RISC-V. A block with neither is not registered: an exception that reaches it ends the program. Supplied tables
// are registered in place: code_observer.hpp says how long they must stay.
//
// Works with both mappings. libgcc takes the tables of a block as a whole, LLVM's libunwind takes one function after the
// other. The runtime finds a frame under its own locks; before GCC 13 libgcc also searches the registered blocks linearly:
// measure it if many threads throw.
//
// fork: the runtime's locks cannot be reset from here. If another thread was in code_unwind at the fork, the child
// continues without it (status() is EDEADLK); if one was throwing, the child can neither throw nor publish. With
// code_mapping::dual the child has no code, and so no tables that lie in it or in its data; but the runtime reads all
// tables when the child throws: if children throw, supply tables that lie elsewhere.
// Where unwinding works in other ways (Arm's exception tables, SEH), status() is ENOTSUP.
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVER_UNWIND_HPP
#define LAZYREF_CODE_OBSERVER_UNWIND_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "code_observer.hpp"
#include "detail/code/file.hpp"
#include "detail/code/frames.hpp"
#include "detail/code/functions.hpp"

#if (defined(__ELF__) && !defined(__ARM_EABI__)) || (defined(__APPLE__) && !defined(__arm__))
#define LAZYREF_DETAIL_HAS_REGISTER_FRAME 1
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

#if defined(LAZYREF_DETAIL_HAS_REGISTER_FRAME)
// The runtime's functions, by their linker names; or null.
#if defined(__APPLE__)
extern "C" void lazyref_register_frame(void*) LAZYREF_DETAIL_LINKER_NAME("___register_frame");
extern "C" void lazyref_deregister_frame(void*) LAZYREF_DETAIL_LINKER_NAME("___deregister_frame");
#else
extern "C" LAZYREF_DETAIL_WEAK void lazyref_register_frame(void*) LAZYREF_DETAIL_LINKER_NAME("__register_frame");
extern "C" LAZYREF_DETAIL_WEAK void lazyref_deregister_frame(void*) LAZYREF_DETAIL_LINKER_NAME("__deregister_frame");
// Only LLVM's libunwind has it.
extern "C" LAZYREF_DETAIL_WEAK void lazyref_add_frame(std::uintptr_t)
    LAZYREF_DETAIL_LINKER_NAME("__unw_add_dynamic_fde");
#endif
#endif

// What is registered for a block. Generated tables follow it in memory.
struct frame_tables {
  const unsigned char* begin;
  std::size_t size;
};

}  // namespace detail

// Registers unwind tables; see the head of this file. Who may call: any thread. Memory: one allocation for each block that
// has tables; the runtime allocates as well.
class code_unwind final : public code_observer, private detail::recording_observer {
 public:
  // Purpose: an observer that has registered nothing. Errors: see status().
  code_unwind() noexcept {
    if (!can_register()) record_.stop(explain_runtime());
  }

  // Purpose: return whether it works, or why the last block was missed. Errors: ENOMEM; EINVAL (tables without an end);
  //   ENOTSUP (the runtime takes none; frame_pointer on an architecture whose frames are not known here).
  using detail::recording_observer::status;
  // The number of blocks with tables, or a frame pointer, that the runtime does not know.
  using detail::recording_observer::missed;

  void* code_published(const code_event& event) noexcept override {
    const code_description& d = *event.description;
    const bool supplied = d.eh_frame != nullptr && d.eh_frame_size != 0;
    if (!supplied && !d.frame_pointer) return nullptr;
    if (!can_register()) return miss(explain_runtime());
    if (is_stuck_) return miss(explain_fork());
    detail::byte_writer count;
    std::size_t functions = 0;
    if (supplied) {
      if (!detail::for_each_frame(static_cast<const unsigned char*>(d.eh_frame), d.eh_frame_size,
                                  [&functions](auto*) { ++functions; }))
        return miss({EINVAL,
                     "code_unwind: a block's eh_frame is malformed, or does not end with a length of zero (EINVAL): "
                     "exceptions cannot pass its code; missed() counts such blocks"});
    } else if (detail::native_frames::known) {
      detail::write_frames(count, event);
      detail::for_each_function(event, [&functions](const code_symbol& one) { functions += one.size != 0 ? 1 : 0; });
    } else {
      return miss({ENOTSUP,
                   "code_unwind: lazyref cannot generate unwind tables for this architecture (ENOTSUP): supply "
                   "eh_frame; missed() counts the blocks"});
    }
    if (functions == 0) return nullptr;  // Some runtimes do not find such a table again, to let it go.
    void* const memory = ::operator new(sizeof(detail::frame_tables) + count.size(), std::nothrow);
    if (memory == nullptr)
      return miss({ENOMEM,
                   "code_unwind: the memory for a block's unwind tables could not be allocated (ENOMEM): exceptions "
                   "cannot pass its code; missed() counts such blocks"});
    auto* const made = static_cast<unsigned char*>(memory) + sizeof(detail::frame_tables);
    if (!supplied) {
      detail::byte_writer writer(made);
      detail::write_frames(writer, event);
    }
    auto* const result = ::new (memory) detail::frame_tables();
    result->begin = supplied ? static_cast<const unsigned char*>(d.eh_frame) : made;
    result->size = supplied ? d.eh_frame_size : count.size();
    tell(*result, true);
    return result;
  }

  void code_reclaimed(const code_event&, void* kept) noexcept override {
    if (kept == nullptr) return;
    const auto& which = *static_cast<const detail::frame_tables*>(kept);
    // What the runtime still refers to must stay. (In a child of fork.)
    if (is_stuck_) return;
    if (is_child_ && !is_readable(which.begin)) {
      miss(explain_fork());
      return;
    }
    tell(which, false);
    ::operator delete(kept);
  }

  void after_fork_in_child(bool) noexcept override {
    is_child_ = true;
    detail::make_new(lock_);
    if (in_runtime_.try_lock()) {
      in_runtime_.unlock();
      return;
    }
    detail::make_new(in_runtime_);
    is_stuck_ = true;
    record_.stop(explain_fork());
  }

 private:
  static constexpr sync_result explain_runtime() noexcept {
    return {ENOTSUP,
            "code_unwind: the C++ runtime of this program cannot register unwind tables at run time (ENOTSUP: no "
            "__register_frame): exceptions cannot pass the code"};
  }

  static constexpr sync_result explain_fork() noexcept {
    return {EDEADLK,
            "code_unwind: this is a child of fork, and a thread of its parent was inside the C++ runtime, or a block's "
            "unwind tables were not inherited (EDEADLK): exceptions cannot pass the code in this process"};
  }

  static bool is_readable([[maybe_unused]] const void* at) noexcept {
#if defined(__linux__)
    // Reads a signal set at that address, and then rejects the command; with another size of the set it reads nothing.
    // Source: Linux, kernel/signal.c; arch/mips/include/uapi/asm/signal.h (_NSIG is 128, elsewhere 64).
#if defined(__mips__)
    constexpr std::size_t size = 16;
#else
    constexpr std::size_t size = 8;
#endif
    const detail::same_errno kept;
    return ::syscall(SYS_rt_sigprocmask, -1, at, nullptr, size) == 0 || errno != EFAULT;
#else
    return true;
#endif
  }

#if defined(LAZYREF_DETAIL_HAS_REGISTER_FRAME)
#if defined(__APPLE__)
  static bool can_register() noexcept { return true; }
  static bool takes_one_function() noexcept { return true; }
#else
  static bool can_register() noexcept {
    return &detail::lazyref_register_frame != nullptr && &detail::lazyref_deregister_frame != nullptr;
  }
  static bool takes_one_function() noexcept { return &detail::lazyref_add_frame != nullptr; }
#endif

  void tell(const detail::frame_tables& which, bool is_new) noexcept {
    const std::lock_guard<std::mutex> here(in_runtime_);
    const auto tell_one = [is_new](const unsigned char* at) {
      void* const what = const_cast<unsigned char*>(at);
      if (is_new) {
        detail::lazyref_register_frame(what);
      } else {
        detail::lazyref_deregister_frame(what);
      }
    };
    if (takes_one_function()) {
      detail::for_each_frame(which.begin, which.size, tell_one);
    } else {
      tell_one(which.begin);
    }
  }
#else
  static bool can_register() noexcept { return false; }
  void tell(const detail::frame_tables&, bool) noexcept {}
#endif

  void* miss(sync_result why) noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    record_.miss(why);
    return nullptr;
  }

  std::mutex in_runtime_;  // held during calls of the runtime
  bool is_child_ = false;
  bool is_stuck_ = false;  // a thread that is gone held it
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_UNWIND_HPP
