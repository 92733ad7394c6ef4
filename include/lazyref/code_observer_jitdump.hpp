// SPDX-License-Identifier: BSL-1.0
//
// code_jitdump: names and bytes of published code for `perf`, in a file jit-PID.dump. Each record has a time stamp, so an
// address that is reused has the right name at each time.
//
//   lazyref::code_jitdump profile("/tmp/profiles");
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&profile});
//
//   perf record -k mono -g ./program
//   perf inject --jit -i perf.data -o perf.jit.data     (writes jitted-PID-N.so beside the dump)
//   perf report -i perf.jit.data
//
// Works with both mappings. perf finds the file by an executable mapping of it: the process maps the first page so, and
// never executes it. The dump contains the code, is readable only by its owner (root's perf needs -f), and remains when the
// program ends. It grows with each block, by about 60 bytes, the name and the code, and perf inject makes a file for each
// block: profile short runs, and omit this observer otherwise.
//
// Source: tools/perf/Documentation/jitdump-specification.txt of Linux.
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVER_JITDUMP_HPP
#define LAZYREF_CODE_OBSERVER_JITDUMP_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "code_observer.hpp"
#include "detail/code/elf.hpp"
#include "detail/code/file.hpp"
#include "detail/code/functions.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#endif

LAZYREF_BEGIN_NAMESPACE

// Writes a jitdump; see the head of this file. Who may call: any thread. Memory: none but the object itself.
class code_jitdump final : public code_observer, private detail::recording_observer {
 public:
  // Purpose: open the file, and map its first page. `directory`: if null, the environment variable JITDUMPDIR, else the
  //   current directory.
  // Errors: see status().
  explicit code_jitdump([[maybe_unused]] const char* directory = nullptr) noexcept {
#if defined(__linux__)
    const detail::same_errno kept;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a program that changes the environment while threads run passes a directory.
    if (directory == nullptr) directory = std::getenv("JITDUMPDIR");
    if (directory == nullptr || *directory == '\0') directory = ".";
    process_ = (::getpid)();
    detail::text_writer path(path_);
    path.put(directory).put("/jit-").number(static_cast<std::uint64_t>(process_)).put(".dump");
    const int error = path ? file_.take(path_) : ENAMETOOLONG;
    if (error != 0) {
      path_[0] = '\0';
      record_.stop(explain_open(error));
    } else {
      begin();
    }
#else
    record_.stop(
        {ENOTSUP, "code_jitdump: this system has no perf, which would read the dump (ENOTSUP): omit this observer"});
#endif
  }

  // Writes the record that closes the dump.
  ~code_jitdump() {
#if defined(__linux__)
    const detail::same_errno kept;
    if (!record_.stopped && process_ == (::getpid)()) {
      const record_head last{close_record, sizeof(record_head), now()};
      static_cast<void>(file_.append({bytes_of(last)}));
    }
    take_marker_away();
#endif
  }

  // Purpose: return whether it works, or why the last record was missed. Errors: those of open(2), write(2) and mmap(2);
  //   EPERM, EBUSY (code/file.hpp); EFBIG (RLIMIT_FSIZE); ECHILD (a child of fork); ENOTSUP (not Linux).
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
  // Not recorded: the time stamp of the next record for the address shows it.
  void code_reclaimed(const code_event&, void*) noexcept override {}

  void after_fork_in_child(bool) noexcept override {
    detail::make_new(lock_);
    if (record_.stopped) return;
#if defined(__linux__)
    const detail::same_errno kept;
    take_marker_away();
    file_.let_go();
#endif
    record_.stop({ECHILD,
                  "code_jitdump: this is a child of fork, and the file is its parent's (ECHILD): construct a new "
                  "code_jitdump, and a new code_space with it"});
  }

 private:
#if defined(__linux__)
  struct file_head {
    std::uint32_t magic = 0x4a695444;  // "JiTD"
    std::uint32_t version = 1;
    std::uint32_t size = 40;
    std::uint32_t machine;
    std::uint32_t padding = 0;
    std::uint32_t process;
    std::uint64_t time;
    std::uint64_t flags = 0;
  };
  struct record_head {
    std::uint32_t kind;
    std::uint32_t size;
    std::uint64_t time;
  };
  static constexpr std::uint32_t load_record = 0, close_record = 3;
  struct load {
    record_head head;
    std::uint32_t process;
    std::uint32_t thread;
    std::uint64_t address;
    std::uint64_t same_address;
    std::uint64_t size;
    std::uint64_t index;
  };
  static_assert(sizeof(file_head) == 40 && sizeof(record_head) == 16 && sizeof(load) == 56, "the format's sizes");

  template <class U>
  static std::string_view bytes_of(const U& value) noexcept {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
  static std::uint64_t now() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1000000000u + static_cast<std::uint64_t>(t.tv_nsec);
  }

  static sync_result explain_open(int error) noexcept {
    switch (error) {
      case ENOENT:
      case ENOTDIR:
        return {error,
                "code_jitdump: the directory for the dump does not exist (ENOENT, ENOTDIR): create it, or pass another "
                "one"};
      case EACCES:
      case EROFS:
        return {error, "code_jitdump: the directory for the dump is not writable (EACCES, EROFS): pass another one"};
      case ELOOP:
      case EPERM:
        return {error,
                "code_jitdump: a link, or another user's file, has the name of the dump, and is not overwritten "
                "(ELOOP, EPERM): pass a directory that only you can write to"};
      case EBUSY:
        return {error,
                "code_jitdump: another code_jitdump, of this or another process, writes to that file (EBUSY): share "
                "one observer"};
      default:
        return {error, "code_jitdump: the dump could not be opened: see errno, and open(2)"};
    }
  }
  static sync_result explain_write(int error) noexcept {
    return {error,
            "code_jitdump: writing failed, so functions are missing in the dump (ENOSPC, EDQUOT: the disk is full; "
            "EFBIG: RLIMIT_FSIZE; EIO): free disk space or raise the limit; missed() counts the functions"};
  }

  void begin() noexcept {
    file_head head{};
    head.machine = detail::elf_machine;
    head.process = static_cast<std::uint32_t>(process_);
    head.time = now();
    const int error = file_.append({bytes_of(head)});
    if (error != 0) return record_.stop(explain_write(error));
    size_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    marker_ = ::mmap(nullptr, size_, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_.descriptor(), 0);
    if (marker_ == MAP_FAILED) {
      marker_ = nullptr;
      record_.stop({errno,
                    "code_jitdump: the dump could not be mapped executable, so perf will not find it (EPERM: its file "
                    "system is mounted noexec; EACCES: a security module forbids it): pass another directory"});
    }
  }
  void take_marker_away() noexcept {
    if (marker_ != nullptr) ::munmap(marker_, size_);
    marker_ = nullptr;
  }

  void write(const code_event& event, const code_symbol& one) noexcept {
    if (record_.stopped) {
      ++record_.missed;
      return;
    }
    const detail::same_errno kept;
    if (one.name.size() + one.size > UINT32_MAX - sizeof(load) - 1)
      return record_.miss(
          {EFBIG, "code_jitdump: a function is too large for a record, and is missing in the dump (EFBIG)"});
    const std::uint64_t address = reinterpret_cast<std::uintptr_t>(event.entry) + one.offset;
    load record{};
    record.head = {load_record, static_cast<std::uint32_t>(sizeof record + one.name.size() + 1 + one.size), now()};
    record.process = static_cast<std::uint32_t>(process_);
    record.thread = static_cast<std::uint32_t>(::syscall(SYS_gettid));
    record.address = record.same_address = address;
    record.size = one.size;
    record.index = index_;
    constexpr char zero = 0;
    const char* const code = static_cast<const char*>(event.bytes) + one.offset;
    const int error =
        file_.append({bytes_of(record), one.name, std::string_view(&zero, 1), std::string_view(code, one.size)});
    if (error != 0) return record_.miss(explain_write(error));
    ++index_;
  }

  detail::code_file file_;
  pid_t process_ = 0;
  void* marker_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t index_ = 0;
#else
  void write(const code_event&, const code_symbol&) noexcept { ++record_.missed; }
#endif

  char path_[512] = "";
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_JITDUMP_HPP
