// SPDX-License-Identifier: BSL-1.0
//
// A temporary folder for the files of observers, removed at the end with its contents. To make one may be a
// cancellation point (mkdtemp asks getrandom, some of the time); nothing else is.
#pragma once

#include <cstdlib>
#include <string>

#include <unistd.h>

namespace lazyref_test {

class folder {
 public:
  folder() {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    ::unlink(dump().c_str());
    ::unlink(other().c_str());
    ::rmdir(path());
  }
  explicit operator bool() const { return !path_.empty(); }
  const char* path() const { return path_.c_str(); }
  std::string dump() const { return path_ + "/jit-" + std::to_string(::getpid()) + ".dump"; }
  std::string other() const { return path_ + "/other"; }

 private:
  std::string path_ = "/tmp/lazyref-test-" + std::string(6, 'X');  // mkdtemp replaces the X's
};

}  // namespace lazyref_test
