// SPDX-License-Identifier: BSL-1.0
//
//   main FIRST SECOND local|global use      what two images of a process can do for each other
//   main FIRST SECOND local|global fences MILLISECONDS [full]
//                                           how often a fence between them fails, and in how many rounds; each contest
//                                           lasts so long; `full`: the first image decides on full
//                                           fences before the second is opened. Exit status 77: there is one CPU.
//
// FIRST is `-` for the executable's own image, or a plugin; SECOND is a plugin (already there, if the executable was
// linked with it). Every step is taken in a child process; what ends badly there is an answer, not a failure. Prints
// lines of a question and an answer, and says more on standard error.
#include "image.hpp"

#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <thread>

namespace {

const char* names[2];
int scope = RTLD_LOCAL;

constexpr int wrong = 3, unloadable = 4;

void* library(int which) {
  void* const handle = dlopen(names[which], RTLD_NOW | scope);
  if (handle != nullptr) return handle;
  std::fprintf(stderr, "%s\n", dlerror());
  std::exit(unloadable);
}

const image& open(int which) {
  if (std::strcmp(names[which], "-") == 0) return *image_here();
  const auto entry = reinterpret_cast<const image* (*)()>(dlsym(library(which), "image_here"));
  if (entry == nullptr) std::exit(unloadable);
  return *entry();
}

struct answer {
  std::string word;
  std::string said;  // all that it printed
};

// The answer of a child process that does `body`.
answer ask(const std::function<void()>& body) {
  std::fflush(nullptr);
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    alarm(60);
    body();
    std::fflush(nullptr);
    _exit(0);
  }
  close(ends[1]);
  answer result;
  char text[512];
  for (ssize_t n = 0; (n = read(ends[0], text, sizeof text)) > 0;)
    result.said.append(text, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    result.word = "works";
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == wrong) {
    result.word = "wrong";
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == unloadable) {
    result.word =
        result.said.find("undefined symbol: ") != std::string::npos && result.said.find("lazyref") != std::string::npos
            ? "undefined"
            : "unloadable";
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
             result.said.find("LAZYREF_STATE") != std::string::npos) {
    result.word = "refused";
  } else {
    result.word = "broken";
    result.said += "\n(status " + std::to_string(status) + ")";
  }
  return result;
}

void print(const char* question, const std::set<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : "+") + word;
  std::printf("%s %s\n", question, all.c_str());
}

void explain(const char* question, const char* how, const answer& a) {
  if (a.word != "works") std::fprintf(stderr, "  %s%s: %s: %s\n", question, how, a.word.c_str(), a.said.c_str());
}

void expect(bool as_it_should, const char* what, int status = 1) {
  if (as_it_should) return;
  std::printf("%s", what);
  std::fflush(nullptr);
  _exit(status);
}

// An object that `maker` makes is protected through `through` by a hazard pointer of `owner`, and `retirer` retires it.
void use_hazard(const image& maker, const image& owner, const image& through, const image& retirer) {
  node* const object = maker.make_node();
  std::atomic<node*> shared{object};
  hazard* const h = owner.make_hazard();
  expect(through.protect(h, &shared) == object, "protect returns something else");
  shared.store(nullptr, std::memory_order_release);
  retirer.retire(object);
  retirer.clean_up();
  expect(retirer.is_node_alive(object), "disposed of while it is protected", wrong);
  through.reset(h);
  retirer.clean_up();
  expect(!retirer.is_node_alive(object), "not disposed of when it is not protected any more");
  owner.end_hazard(h);
}

// A domain of `maker`: `worker` activates, protects and claims, and `reclaimer` drops the last user.
void use_domain(const image& maker, const image& worker, const image& reclaimer) {
  domain* const d = maker.make_domain();
  slot* const s = worker.attach(d);
  user* first = reclaimer.make_user(d);
  rules* object = reclaimer.object_of(first);
  worker.activate(s, first);
  reclaimer.drop(first);
  expect(worker.is_alive(object), "disposed of while it is active", wrong);
  worker.deactivate(s);
  expect(!worker.is_alive(object), "not disposed of when it is not active any more");

  user* const second = reclaimer.make_user(d);
  object = reclaimer.object_of(second);
  std::atomic<rules*> shared{object};
  expect(worker.protect_by_slot(s, &shared) == object, "protect returns something else");
  shared.store(nullptr, std::memory_order_release);
  reclaimer.retire_user(d, second);
  expect(worker.is_alive(object), "disposed of while it is protected", wrong);
  worker.detach(s);
  expect(!worker.is_alive(object), "not disposed of when it is not protected any more");
  maker.end_domain(d);

  cpu_domain* const per_cpu = maker.make_cpu_domain();
  user* const third = reclaimer.make_cpu_user(per_cpu);
  object = reclaimer.object_of(third);
  claim* const c = worker.make_claim(per_cpu, third);
  reclaimer.drop(third);
  expect(worker.is_alive(object), "disposed of while it is claimed", wrong);
  worker.end_claim(c);
  expect(!worker.is_alive(object), "not disposed of when it is not claimed any more");
  maker.end_cpu_domain(per_cpu);
}

// An object that hazard pointers of both protect, and either retires.
void protect_by_both(const image& a, const image& b, const image& retirer) {
  node* const object = a.make_node();
  std::atomic<node*> shared{object};
  hazard* const mine = a.make_hazard();
  hazard* const others = b.make_hazard();
  a.protect(mine, &shared);
  b.protect(others, &shared);
  shared.store(nullptr, std::memory_order_release);
  retirer.retire(object);
  for (int i = 0; i < 2; ++i) {
    retirer.clean_up();
    expect(retirer.is_node_alive(object), "disposed of while it is protected", wrong);
    if (i == 0) (&retirer == &a ? a.reset(mine) : b.reset(others));
  }
  &retirer == &a ? b.reset(others) : a.reset(mine);
  retirer.clean_up();
  expect(!retirer.is_node_alive(object), "not disposed of when it is not protected any more");
  a.end_hazard(mine);
  b.end_hazard(others);
}

bool are_merged(const image& a, const image& b) { return a.hazards() == b.hazards(); }

void use_all(const image& a, const image& b) {
  use_hazard(a, a, a, a);
  use_hazard(b, b, b, b);
  if (are_merged(a, b)) {
    use_hazard(a, a, b, b);
    use_hazard(b, b, a, a);
  }
  use_domain(a, b, a);
  use_domain(b, a, b);
}

// Threads that come, use both images, and go: the hazard pointers that they had are used again.
void come_and_go(const image& a, const image& b) {
  std::set<const void*> records;
  for (int i = 0; i < 64; ++i) {
    std::thread([&] {
      use_all(a, b);
      for (const image* each : {&a, &b}) {
        hazard* const h = each->make_hazard();
        records.insert(each->record_of(h));
        each->end_hazard(h);
      }
    }).join();
  }
  expect(records.size() <= 8, "threads that ended have kept their hazard pointers");
}

// The one that is closed; the other one goes on, and may look for what the first has left behind.
void open_and_close(int closed) {
  const image* const other = std::strcmp(names[1 - closed], "-") == 0 ? image_here() : &open(1 - closed);
  bool is_gone = false;
  for (int round = 0; round < 4; ++round) {
    void* const handle = library(closed);
    const image& mine = open(closed);
    dlclose(handle);  // two handles of one library
    std::thread([&] {
      closed == 1 ? use_all(*other, mine) : use_all(mine, *other);
      come_and_go(*other, mine);
    }).join();
    mine.clean_up();
    other->clean_up();
    dlclose(library(closed));
    dlclose(handle);
    void* const still = dlopen(names[closed], RTLD_NOW | RTLD_NOLOAD);
    is_gone = still == nullptr;
    if (still != nullptr) dlclose(still);
    std::thread([&] {
      use_hazard(*other, *other, *other, *other);
      use_domain(*other, *other, *other);
    }).join();
  }
  std::printf("%s", is_gone ? "gone" : "kept");
}

// A thread that lives on while the plugin comes and goes: the hazard pointers that it had there are used again.
void stay() {
  const image& other = open(0);
  std::set<const void*> records;
  for (int round = 0; round < 64; ++round) {
    void* const handle = library(1);
    const image& mine = open(1);
    if (!are_merged(other, mine)) return;  // a new registry each time
    use_all(other, mine);
    for (const image* each : {&other, &mine}) {
      hazard* const h = each->make_hazard();
      records.insert(each->record_of(h));
      each->end_hazard(h);
    }
    mine.clean_up();
    dlclose(handle);
    dlclose(handle);  // two handles of one library
  }
  expect(records.size() <= 8, "a plugin that was closed has kept this thread's hazard pointers");
}

void use() {
  const answer where = ask([] {
    const image &a = open(0), &b = open(1);
    const bool hazards = a.hazards() == b.hazards(), fence = a.fence() == b.fence();
    std::printf("%s", hazards && fence ? "yes" : hazards ? "hazards" : fence ? "fence" : "no");
  });
  explain("merged", "", where);
  std::printf("merged %s\n", where.word == "works" ? where.said.c_str() : where.word.c_str());
  if (where.word != "works") return;

  // Apart: in one image, or in two whose hazard pointers nobody mixes. Made: retired in another image than made in. Across:
  // protected in another than made and retired in.
  std::set<std::string> across, apart, made;
  for (int how = 0; how < 16; ++how) {
    const int maker = how & 1, owner = how >> 1 & 1, through = how >> 2 & 1, retirer = how >> 3;
    const answer a = ask([&] {
      const image* const both[] = {&open(0), &open(1)};
      use_hazard(*both[maker], *both[owner], *both[through], *both[retirer]);
    });
    const char who[] = {' ', "12"[maker], "12"[owner], "12"[through], "12"[retirer], 0};
    (maker != retirer ? made : owner == retirer ? apart : across).insert(a.word);
    explain(maker != retirer ? "made" : owner == retirer ? "apart" : "across", who, a);
  }
  for (int retirer : {0, 1}) {
    const answer a = ask([&] {
      const image* const both[] = {&open(0), &open(1)};
      protect_by_both(*both[0], *both[1], *both[retirer]);
    });
    (retirer == 1 ? made : across).insert(a.word);
    explain("by both", "", a);
  }
  print("across", across);
  print("apart", apart);
  print("made", made);

  const answer domains = ask([] {
    const image* const both[] = {&open(0), &open(1)};
    for (int how = 0; how < 8; ++how) use_domain(*both[how & 1], *both[how >> 1 & 1], *both[how >> 2]);
  });
  explain("domains", "", domains);
  std::printf("domains %s\n", domains.word.c_str());

  const answer threads = ask([] { come_and_go(open(0), open(1)); });
  explain("threads", "", threads);
  std::printf("threads %s\n", threads.word.c_str());

  const answer one_thread = ask(stay);
  explain("stay", "", one_thread);
  std::printf("stay %s\n", one_thread.word.c_str());

  for (int closed : {1, 0}) {
    if (std::strcmp(names[closed], "-") == 0) continue;
    const answer a = ask([=] { open_and_close(closed); });
    explain("reopen", closed == 0 ? " 1" : " 2", a);
    std::printf("reopen%d %s\n", closed + 1, a.word == "works" ? a.said.c_str() : a.word.c_str());
  }
}

// --- fences

void stay_on(int n) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || n-- != 0) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

// The worker in one image, the reclaimer in the other; what they share, and the worker's handles, made by either.
void run(contest kind, const image& maker, const image& lender, const image& worker, const image& reclaimer,
         long milliseconds) {
  auto* const a = new arena;
  a->milliseconds = milliseconds;
  a->lender = &lender;
  void* home = nullptr;
  switch (kind) {
    case contest::hazard:
      break;
    case contest::release:
      home = maker.make_cpu_domain();
      break;
    default:
      home = maker.make_domain();
      break;
  }
  std::thread other([&] {
    stay_on(1);
    worker.work(kind, home, a);
  });
  stay_on(0);
  reclaimer.reclaim(kind, home, a);
  other.join();
  std::printf("%ld in %ld", a->violations, a->rounds);
}

int fences(long milliseconds, bool full) {
  long rounds = 0;
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  if (CPU_COUNT(&allowed) < 2) return 77;
  const struct {
    contest kind;
    const char* name;
  } contests[] = {{contest::protect, "protect"},
                  {contest::hazard, "hazard"},
                  {contest::deactivate, "deactivate"},
                  {contest::release, "release"}};
  for (const auto& each : contests) {
    long own = 0, lent = 0;
    for (int how = 0; how < 8; ++how) {
      const int maker = how & 1, lender = how >> 1 & 1, worker = how >> 2;
      const answer a = ask([&] {
        const image& first = open(0);
        if (full) first.decide_on_full_fences();
        const image& second = open(1);
        first.decide();
        second.decide();
        const image* const both[] = {&first, &second};
        // Hazard pointers of one registry do not protect from the other's reclaimers. And there is no maker.
        if (each.kind == contest::hazard && (maker == 0 || (lender == worker && !are_merged(first, second)))) {
          std::printf("0 in 0");
        } else {
          run(each.kind, *both[maker], *both[lender], *both[worker], *both[1 - worker], milliseconds);
        }
      });
      char* behind = nullptr;
      const long violations = std::strtol(a.said.c_str(), &behind, 10);
      if (a.word == "works" && std::strncmp(behind, " in ", 4) == 0) rounds += std::atol(behind + 4);
      if (a.word != "works" || violations != 0) {
        std::fprintf(stderr, "  %s: maker %d, lender %d, worker %d, reclaimer %d: %s: %s\n", each.name, maker + 1,
                     lender + 1, worker + 1, 2 - worker, a.word.c_str(), a.said.c_str());
      }
      if (a.word != "works") return 1;
      (lender == worker ? own : lent) += violations;
    }
    std::printf("%s %ld lent %ld\n", each.name, own, lent);
  }
  std::printf("rounds %ld\n", rounds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  names[0] = argv[1];
  names[1] = argv[2];
  if (std::strcmp(argv[3], "global") == 0) scope = RTLD_GLOBAL;
  if (argc > 5) return fences(std::atol(argv[5]), argc > 6);
  use();
}
