// SPDX-License-Identifier: BSL-1.0
//
// A file that an observer writes for a tool, perhaps in a directory that others can write to. It belongs to this
// process, or it is not opened. A record is written as a whole or not at all. Linux.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_FILE_HPP
#define LAZYREF_DETAIL_CODE_FILE_HPP

#if defined(__linux__)

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../base/no_cancellation.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

class code_file {
 public:
  code_file() noexcept = default;
  ~code_file() { let_go(); }
  code_file(const code_file&) = delete;
  code_file& operator=(const code_file&) = delete;

  // Opens it for reading and writing, and truncates it. Returns an errno value: ELOOP (a symbolic link), EPERM (another
  // user's, not a regular file, or with a second hard link), EBUSY (already open this way), and those of open(2).
  int take(const char* path) noexcept {
    const no_cancellation scope;
    constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    file_ = (::open)(path, flags, S_IRUSR | S_IWUSR);
    if (file_ < 0) return errno;
    const int error = make_own();
    if (error != 0) let_go();
    return error;
  }
  void let_go() noexcept {
    const no_cancellation scope;
    if (file_ < 0) return;
    // A child of fork shares the lock and would keep it. The child's close must not end the use of the file.
    if (owner_ == (::getpid)()) ::flock(file_, LOCK_UN);
    ::close(file_);
    file_ = -1;
    end_ = 0;
  }
  bool is_open() const noexcept { return file_ >= 0; }
  int descriptor() const noexcept { return file_; }

  // Appends all pieces, or leaves the file unchanged. Returns an errno value: ENOSPC, EDQUOT, EFBIG (RLIMIT_FSIZE), EIO.
  template <std::size_t N>
  int append(const std::string_view (&pieces)[N]) noexcept {
    const no_cancellation scope;
    std::uint64_t size = 0;
    for (const std::string_view& piece : pieces) size += piece.size();
    // Writing beyond the limit is not an error but a signal that ends the process.
    rlimit limit;
    constexpr std::uint64_t most = sizeof(off_t) == 4 ? INT32_MAX : INT64_MAX;
    if (size > most - end_) return EFBIG;
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && end_ + size > limit.rlim_cur)
      return EFBIG;
    iovec parts[N];
    for (std::size_t i = 0; i < N; ++i) parts[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    const int error = write_all(parts, N, size);
    if (error == 0) {
      end_ += size;
    } else {
      // If this fails too, the next record overwrites what is there.
      [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(end_));
    }
    return error;
  }

 private:
  int make_own() noexcept {
    struct stat found;
    if ((::fstat)(file_, &found) != 0) return errno;
    if (!S_ISREG(found.st_mode) || found.st_uid != ::geteuid() || found.st_nlink != 1) return EPERM;
    // A file left behind by an earlier process with this pid is used again; a file in use is not.
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return EBUSY;
    owner_ = (::getpid)();
    return ::ftruncate(file_, 0) == 0 ? 0 : errno;
  }

  int write_all(iovec* part, std::size_t count, std::uint64_t size) noexcept {
    for (std::uint64_t at = end_; size != 0;) {
      const ssize_t n = ::pwritev(file_, part, static_cast<int>(count), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return n < 0 ? errno : EIO;
      auto written = static_cast<std::size_t>(n);
      at += written;
      size -= written;
      // Writes the rest.
      for (; count != 0 && written >= part->iov_len; --count) written -= part++->iov_len;
      if (count != 0) *part = {static_cast<char*>(part->iov_base) + written, part->iov_len - written};
    }
    return 0;
  }

  int file_ = -1;
  pid_t owner_ = -1;  // the process that has the lock
  std::uint64_t end_ = 0;
};

// Preserves errno.
class same_errno {
 public:
  same_errno() noexcept : before_(errno) {}
  ~same_errno() { errno = before_; }
  same_errno(const same_errno&) = delete;
  same_errno& operator=(const same_errno&) = delete;

 private:
  const int before_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_CODE_FILE_HPP
