// SPDX-License-Identifier: BSL-1.0
//
// A thread that has used hazard pointers in a plugin ends, and runs a deleter of the plugin, while another thread closes the
// plugin. With PLUGIN: the plugin. With TWIN, too: it ends by a pthread key alone, which does not keep the plugin loaded.
#if defined(PLUGIN)

#include <lazyref/hazard_pointer.hpp>

#include <pthread.h>

#include <atomic>

namespace {

void (*the_host)();  // says that a deleter runs, and returns when the plugin was closed

// Some work after the host's call returns: in code of the plugin.
void be_deleted(int* ended) {
  the_host();
  for (volatile int i = 0; i < 1000; i = i + 1) continue;
  *ended = 1;
}

struct node : lazyref::hazard_pointer_obj_base<node> {
  explicit node(int* where) : ended(where) {}
  ~node() { be_deleted(ended); }
  int* ended;
};

}  // namespace

extern "C" [[gnu::visibility("default")]] void use(void (*host)(), int* ended) {
  the_host = host;
#if defined(TWIN)
  static pthread_key_t key;
  static const int made = pthread_key_create(&key, [](void* p) { be_deleted(static_cast<int*>(p)); });
  static_cast<void>(made);
  pthread_setspecific(key, ended);
#else
  std::atomic<node*> shared{new node(ended)};
  lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
  node* const seen = h.protect(shared);
  shared.store(nullptr, std::memory_order_release);
  h.reset_protection();
  seen->retire();
#endif
}

#else

#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <thread>

namespace {

std::atomic<bool> deletes{false}, is_closed{false};

void host() {
  deletes = true;
  while (!is_closed) std::this_thread::yield();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  void* const plugin = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) return std::printf("%s\n", ::dlerror()), 2;
  const auto use = reinterpret_cast<void (*)(void (*)(), int*)>(::dlsym(plugin, "use"));
  if (use == nullptr) return std::printf("%s\n", ::dlerror()), 2;
  int ended = 0;
  std::thread user([&] { use(&host, &ended); });
  while (!deletes) std::this_thread::yield();
  ::dlclose(plugin);
  is_closed = true;
  user.join();
  // What it waited for is over: the next plugin that is closed takes it along.
  if (void* const again = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) ::dlclose(again);
  const bool is_gone = ::dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == nullptr;
  std::printf("the deleter %s, the plugin is %s\n", ended != 0 ? "ended" : "DID NOT END", is_gone ? "gone" : "THERE");
  return ended != 0 && is_gone ? 0 : 1;
}

#endif
