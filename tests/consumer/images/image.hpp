// SPDX-License-Identifier: BSL-1.0
//
// What an image of the process (the executable, a plugin) does when it is told. Each function runs in the image that
// offers it, over handles and objects that any image has made. No lazyref here: the program that asks knows none.
#ifndef IMAGES_IMAGE_HPP
#define IMAGES_IMAGE_HPP

#include <atomic>

struct node;        // what hazard pointers protect
struct hazard;      // a hazard pointer
struct rules;       // what domains manage
struct user;        // a strong_ref<rules>
struct domain;      // a lazy_domain<rules>, reclaim::prompt
struct slot;        // a slot of it
struct cpu_domain;  // a per_cpu_domain<rules>, reclaim::prompt
struct claim;       // a claim of it

enum class contest { protect, hazard, deactivate, release };  // who runs against whom: see image.cpp

struct image;

// Where two threads of a contest meet, so that what they do between two meetings happens at nearly the same time.
struct arena {
  struct alignas(128) line {
    std::atomic<long> value{0};
  };
  long milliseconds = 0;  // that it lasts
  long rounds = 0;        // that it had
  bool is_over = false;
  const image* lender = nullptr;  // makes the worker's slots, hazard pointers and claims, and uses them first
  line at[2];                     // the round that each of the two has reached
  line ballast[100];              // lines that both write; stores to them are slow, and hold up those that follow
  alignas(128) std::atomic<node*> shared_node{nullptr};
  alignas(128) std::atomic<rules*> shared_rules{nullptr};
  alignas(128) long delay = 0;  // how long the reclaimer waits after a meeting; below 0, the worker
  long step = 0;
  user* covered = nullptr;
  alignas(128) const void* seen = nullptr;  // by the worker
  alignas(128) long violations = 0;
};

struct image {
  // Addresses of its registry of hazard pointers, and of its fence's state.
  const void* (*hazards)();
  const void* (*fence)();
  bool (*light_is_free)();
  void (*decide)();
  void (*decide_on_full_fences)();

  // Objects are never freed: a disposal is a mark.
  node* (*make_node)();
  bool (*is_node_alive)(const node*);
  hazard* (*make_hazard)();
  const void* (*record_of)(const hazard*);  // which of the registry's it is
  void (*end_hazard)(hazard*);
  node* (*protect)(hazard*, const std::atomic<node*>*);
  void (*reset)(hazard*);
  void (*retire)(node*);
  void (*clean_up)();

  domain* (*make_domain)();
  void (*end_domain)(domain*);
  user* (*make_user)(domain*);
  rules* (*object_of)(const user*);
  bool (*is_alive)(const rules*);
  void (*drop)(user*);
  void (*retire_user)(domain*, user*);  // and flush
  slot* (*attach)(domain*);
  void (*detach)(slot*);
  void (*activate)(slot*, const user*);
  rules* (*protect_by_slot)(slot*, const std::atomic<rules*>*);
  void (*deactivate)(slot*);

  cpu_domain* (*make_cpu_domain)();
  void (*end_cpu_domain)(cpu_domain*);
  user* (*make_cpu_user)(cpu_domain*);
  claim* (*make_claim)(cpu_domain*, const user*);
  void (*end_claim)(claim*);

  // The two sides of a contest; `home` is a domain or a cpu_domain.
  void (*work)(contest, void* home, arena*);
  void (*reclaim)(contest, void* home, arena*);
};

extern "C" __attribute__((visibility("default"), weak)) const image* image_here();

#endif
