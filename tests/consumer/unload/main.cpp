// SPDX-License-Identifier: BSL-1.0
//
// Opens the library, uses it, closes it, again and again, and looks whether it is really gone each time. A thread that
// has used hazard pointers keeps the library until it ends, as with any thread_local that has a destructor.
#include <dlfcn.h>

#include <cstdio>
#include <thread>

int main(int, char** argv) {
  for (int round = 0; round < 20; ++round) {
    void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      std::printf("%s\n", dlerror());
      return 1;
    }
    const auto use = reinterpret_cast<int (*)()>(dlsym(library, "first"));
    if (use == nullptr) return 1;
    int step = -1;
    std::thread([&] { step = use(); }).join();
    if (step != 0) {
      std::printf("round %d: step %d\n", round, step);
      return 1;
    }
    dlclose(library);
    if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr) {
      std::printf("round %d: it is still there after dlclose\n", round);
      return 2;
    }
  }
  std::printf("opened, used and closed 20 times\n");
}
