// SPDX-License-Identifier: BSL-1.0
//
// code_perf_map: names of published code in /tmp/perf-PID.map, which `perf report` and other profilers read directly.
//
//   lazyref::code_perf_map profile;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&profile});
//
//   perf record -g ./program && perf report
//
// The file has no time stamps. Once memory is reused, its old samples get the new name, or the new ones the old name; the
// first line of the file says so. If code is replaced, use code_jitdump (code_observer_jitdump.hpp). perf looks into the
// file for memory that is not backed by a file: code_mapping::flip, and dual if it is shared anonymous memory rather than a
// memory file. The file remains when the program ends, because perf reads it later.
//
// Source: tools/perf/Documentation/jit-interface.txt of Linux.
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVER_PERF_MAP_HPP
#define LAZYREF_CODE_OBSERVER_PERF_MAP_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "code_observer.hpp"
#include "detail/code/file.hpp"
#include "detail/code/functions.hpp"

LAZYREF_BEGIN_NAMESPACE

// Writes a perf map; see the head of this file. Who may call: any thread. Memory: none but the object itself.
class code_perf_map final : public code_observer, private detail::recording_observer {
 public:
  // Purpose: open the file. Errors: see status().
  code_perf_map() noexcept {
#if defined(__linux__)
    const detail::same_errno kept;
    detail::text_writer(path_).put("/tmp/perf-").number(static_cast<std::uint64_t>((::getpid)())).put(".map");
    int error = file_.take(path_);
    if (error != 0) {
      path_[0] = '\0';
      record_.stop(explain_open(error));
      return;
    }
    // A function of zero bytes: the format has no comments.
    error =
        file_.append({std::string_view("0 0 lazyref:_an_address_that_was_used_again_may_have_a_wrong_name_here:_"
                                       "see_code_observer_jitdump.hpp\n")});
    if (error != 0) record_.stop(explain_write(error));
#else
    record_.stop(
        {ENOTSUP, "code_perf_map: this system has no perf, which would read the map (ENOTSUP): omit this observer"});
#endif
  }

  // Purpose: return whether it works, or why the last line was missed. Errors: those of open(2) and write(2); EPERM, EBUSY
  //   (code/file.hpp); EFBIG (RLIMIT_FSIZE); ECHILD (a child of fork); ENOTSUP (not Linux).
  using detail::recording_observer::status;
  // The number of functions that are not in the file.
  using detail::recording_observer::missed;
  // The path of the file; empty if there is none.
  const char* path() const noexcept { return path_; }

  void* code_published(const code_event& event) noexcept override {
    const std::lock_guard<std::mutex> locked(lock_);
    detail::for_each_function(event, [&](const code_symbol& one) { write(event, one); });
    return nullptr;
  }
  // A line cannot be removed: a reader may be reading it.
  void code_reclaimed(const code_event&, void*) noexcept override {}

  void after_fork_in_child(bool) noexcept override {
    detail::make_new(lock_);
    if (record_.stopped) return;
#if defined(__linux__)
    const detail::same_errno kept;
    file_.let_go();
#endif
    record_.stop({ECHILD,
                  "code_perf_map: this is a child of fork, and the file is its parent's (ECHILD): construct a new "
                  "code_perf_map, and a new code_space with it"});
  }

 private:
#if defined(__linux__)
  static sync_result explain_open(int error) noexcept {
    switch (error) {
      case ELOOP:
      case EPERM:
        return {error,
                "code_perf_map: /tmp/perf-PID.map is a link, or another user's file, and is not overwritten (ELOOP, "
                "EPERM): remove it, or use code_jitdump"};
      case EBUSY:
        return {error,
                "code_perf_map: another code_perf_map, of this or another process, writes to the file (EBUSY): share "
                "one observer"};
      default:
        return {error, "code_perf_map: /tmp/perf-PID.map could not be opened: see errno, and open(2)"};
    }
  }
  static sync_result explain_write(int error) noexcept {
    return {error,
            "code_perf_map: writing failed, so functions are missing in the map (ENOSPC, EDQUOT: the disk is full; "
            "EFBIG: RLIMIT_FSIZE; EIO): free disk space or raise the limit; missed() counts the functions"};
  }

  void write(const code_event& event, const code_symbol& one) noexcept {
    if (record_.stopped) {
      ++record_.missed;
      return;
    }
    const detail::same_errno kept;
    char start[48];
    detail::text_writer numbers(start);
    numbers.number(reinterpret_cast<std::uintptr_t>(event.entry) + one.offset, 16).put(" ");
    numbers.number(one.size, 16).put(" ");
    // Longer names are cut, as readers cut them, too.
    char name[400];
    std::size_t n = 0;
    for (; n < one.name.size() && n < sizeof name; ++n) {
      const auto c = static_cast<unsigned char>(one.name[n]);
      name[n] = c <= ' ' || c == 0x7f ? '_' : static_cast<char>(c);
    }
    const int error = file_.append({numbers.text(), std::string_view(name, n), std::string_view("\n", 1)});
    if (error != 0) record_.miss(explain_write(error));
  }

  detail::code_file file_;
#else
  void write(const code_event&, const code_symbol&) noexcept { ++record_.missed; }
#endif

  char path_[40] = "";
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_PERF_MAP_HPP
