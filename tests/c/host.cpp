// SPDX-License-Identifier: BSL-1.0
//
// host PLUGIN one|two: a C++ program opens a plugin in C. Whether they have one state (the program exports its symbols: -rdynamic)
// or one each: config.hpp, "images".
#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include <lazyref/fence.hpp>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) return std::printf("FAILED: %s\n", dlerror()), 1;
  const auto call = [plugin](const char* name) { return reinterpret_cast<int (*)()>(dlsym(plugin, name))(); };
  const bool one = std::strcmp(argv[2], "one") == 0;
  const int before = call("plugin_knows_free");
  if (!lazyref::fence_initialize().light_is_free)
    return std::printf("SKIPPED: c_plugin: light fences are not free here\n"), 77;
  const int after = call("plugin_knows_free");
  const int own = call("plugin_initialize");
  const int at_last = call("plugin_knows_free");
  std::printf("%s: the plugin knew of free light fences: %d before, %d after the program decided, %d in the end\n",
              argv[2], before, after, at_last);
  return before == 0 && after == (one ? 3 : 0) && own == 1 && at_last == 3 ? 0 : 1;
}
