// SPDX-License-Identifier: BSL-1.0
//
// The parts of the conformance suite of hazard pointers: the implementations that it tests, a verdict, and objects that
// count their reclamations.
//
// With LAZYREF_TEST_STD_HAZARD_POINTER it tests the standard library's implementation alone, without any header of
// lazyref. Otherwise lazyref's, and the standard library's if there is one.
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif
#if defined(__cpp_lib_hazard_pointer)
#include <hazard_pointer>
#elif defined(LAZYREF_TEST_STD_HAZARD_POINTER)
#error "this standard library has no <hazard_pointer>"
#endif
// A guess: the draft does not specify it.
#if !defined(LAZYREF_TEST_STD_MOST_WAITING)
#define LAZYREF_TEST_STD_MOST_WAITING 20000
#endif
#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
#include <lazyref/hazard_pointer.hpp>

#include "hazard_by_hand.hpp"
#endif

#if defined(__unix__)
#include <cstdlib>

#include <sys/resource.h>
#include <unistd.h>

#include "child.hpp"
#endif

#include "hazard_mock.hpp"
#include "lazy_catch.hpp"

namespace lazyref_test::conformance {

// --- implementations
//
// Each has: name, hazard_pointer, base<T, D>, base_by_default<T>, make, exchange (the non-member swap), reclaim (reclaims
// all objects that can be reclaimed), most_waiting (a number of retired objects that cannot all be waiting), cell<T>
// (contents of an object, which its readers and its deleter do not change concurrently), and starve (limits memory, so that
// few more hazard pointers can be created; returns whether it could).

#if defined(__unix__)
// Who may call: a child process, since the effect is permanent.
inline bool no_more_memory() {
  long pages = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  if (pages == 0 || LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) return false;
  const auto now = static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  const rlimit limit{now + (rlim_t{1} << 20), now + (rlim_t{1} << 20)};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return false;
  // Some emulators ignore the limit. (And the C library reserves address space for arenas, but less than this.)
  void* const much = ::operator new (std::size_t{256} << 20, std::nothrow);
  ::operator delete(much, std::nothrow);
  return much == nullptr;
}
#else
inline bool no_more_memory() { return false; }
#endif

#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
struct lazyref_api {
  static constexpr const char* name = "lazyref::hazard_pointer";
  using hazard_pointer = lazyref::hazard_pointer;
  template <class T, class D = std::default_delete<T>>
  using base = lazyref::hazard_pointer_obj_base<T, D>;
  template <class T>
  using base_by_default = lazyref::hazard_pointer_obj_base<T>;
  template <class T>
  using cell = T;

  static auto make() noexcept(noexcept(lazyref::make_hazard_pointer())) -> decltype(lazyref::make_hazard_pointer()) {
    return lazyref::make_hazard_pointer();
  }
  static auto exchange(hazard_pointer& a, hazard_pointer& b) noexcept(noexcept(lazyref::swap(a, b)))
      -> decltype(lazyref::swap(a, b)) {
    lazyref::swap(a, b);
  }
  static void reclaim() { lazyref::hazard_pointer_clean_up(); }
  static std::size_t most_waiting() { return lists_for_cpus() * lazyref::hazard_pointer_batch; }
  static bool starve() { return no_more_memory(); }
};
#endif

#if defined(__cpp_lib_hazard_pointer)
struct std_api {
  static constexpr const char* name = "std::hazard_pointer";
  using hazard_pointer = std::hazard_pointer;
  template <class T, class D = std::default_delete<T>>
  using base = std::hazard_pointer_obj_base<T, D>;
  template <class T>
  using base_by_default = std::hazard_pointer_obj_base<T>;
  template <class T>
  using cell = T;

  static auto make() noexcept(noexcept(std::make_hazard_pointer())) -> decltype(std::make_hazard_pointer()) {
    return std::make_hazard_pointer();
  }
  static auto exchange(hazard_pointer& a, hazard_pointer& b) noexcept(noexcept(std::swap(a, b)))
      -> decltype(std::swap(a, b)) {
    std::swap(a, b);
  }
  // The standard has no such function. But the number of waiting objects is bounded, [saferecl.hp.general]/7: so old ones
  // are reclaimed when others are retired. (If one is not, the guess most_waiting may be too low; or it was retired in
  // another thread, which has its own bound.)
  struct filler : std::hazard_pointer_obj_base<filler> {};
  static void reclaim() {
    for (std::size_t i = 0; i < most_waiting(); ++i) (new filler)->retire();
  }
  static std::size_t most_waiting() { return LAZYREF_TEST_STD_MOST_WAITING; }
  static bool starve() { return no_more_memory(); }
};
#endif

struct mock_api {
  static constexpr const char* name = "mock::hazard_pointer";
  using hazard_pointer = mock::hazard_pointer;
  template <class T, class D = std::default_delete<T>>
  using base = mock::hazard_pointer_obj_base<T, D>;
  template <class T>
  using base_by_default = mock::hazard_pointer_obj_base<T>;
  template <class T>
  using cell = std::atomic<T>;  // atomic, since with a planted fault they do

  static mock::hazard_pointer make() { return mock::make_hazard_pointer(); }
  static void exchange(hazard_pointer& a, hazard_pointer& b) noexcept { mock::swap(a, b); }
  static void reclaim() { mock::reclaim(); }
  static std::size_t most_waiting() { return mock::most_waiting; }
  static bool starve() {
    mock::all().room = mock::all().records.size() + 20;
    return true;
  }
};

template <class Api>
using holder_of = typename Api::hazard_pointer;

// --- verdicts

class verdict {
 public:
  void expect(bool as_it_should_be, std::string what) {
    if (as_it_should_be) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    failed_.push_back(std::move(what));
  }
  // This host cannot run the check.
  void cannot_tell(const char* reason) { no_answer_ = reason; }

  const std::vector<std::string>& failed() const { return failed_; }
  const char* no_answer() const { return no_answer_; }

 private:
  std::mutex mutex_;  // threads record results, the main thread asserts
  std::vector<std::string> failed_;
  const char* no_answer_ = nullptr;
};

// Lists the faults that a check must detect. Returns true.
inline std::vector<mock::fault>& faults_with_a_check() {
  static std::vector<mock::fault> all;
  return all;
}
inline bool enlist(std::initializer_list<mock::fault> faults) {
  faults_with_a_check().insert(faults_with_a_check().end(), faults);
  return true;
}

inline void require_none_failed(const char* implementation, const verdict& v) {
  if (v.no_answer() != nullptr) skip(v.no_answer());
  for (const std::string& what : v.failed()) {
    INFO(implementation << ": not so: " << what);
    CHECK(false);
  }
  CHECK(v.failed().empty());
}
inline void require_some_failed(mock::fault planted, const verdict& v) {
  INFO("planted fault number " << static_cast<int>(planted) << " of mock::fault is not found");
  if (v.no_answer() == nullptr) CHECK_FALSE(v.failed().empty());
}

template <class Check, class Api>
void judge_one() {
  verdict v;
  Check::template run<Api>(v);
  require_none_failed(Api::name, v);
}

template <class Check>
void judge() {
#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
  judge_one<Check, lazyref_api>();
#endif
#if defined(__cpp_lib_hazard_pointer)
  judge_one<Check, std_api>();
#endif
  const mock::planting nothing(mock::fault::none);
  judge_one<Check, mock_api>();
}

// The implementations pass the check. So does the mock, but not with one of these faults planted.
template <class Check>
void judge(std::initializer_list<mock::fault> faults) {
  judge<Check>();
  CHECK(faults.size() != 0);
  for (const mock::fault f : faults) {
    const mock::planting one(f);
    verdict v;
    Check::template run<mock_api>(v);
    require_some_failed(f, v);
  }
}

// CHECK: `template <class Api> void CHECK(verdict&)`. Then the faults that it must detect.
#define LAZYREF_CONFORMS(CHECK, TEXT, ...)                              \
  namespace {                                                           \
  [[maybe_unused]] const bool CHECK##_enlisted = enlist({__VA_ARGS__}); \
  struct CHECK##_check {                                                \
    template <class Api>                                                \
    static void run(lazyref_test::conformance::verdict& v) {            \
      CHECK<Api>(v);                                                    \
    }                                                                   \
  };                                                                    \
  }                                                                     \
  TEST_CASE("hazard conformance: " TEXT) { lazyref_test::conformance::judge<CHECK##_check>({__VA_ARGS__}); }

// --- objects

template <class Api>
struct node;

// A deleter that counts its calls. The test owns the objects, so that a second call is detected, too.
template <class Api>
struct note_reclaimed {
  void operator()(node<Api>* x) const noexcept {
    x->contents = -1;
    ++x->reclaimed;
  }
};

template <class Api>
struct node : Api::template base<node<Api>, note_reclaimed<Api>> {
  typename Api::template cell<int> contents{7};
  std::atomic<int> reclaimed{0};
  bool retired = false;

  bool is_intact() const { return contents == 7; }
};

// Objects whose address may still be in use after the check has ended.
inline std::vector<std::shared_ptr<void>>& stray_objects() {
  static auto* const all = new std::vector<std::shared_ptr<void>>;
  return *all;
}

// The objects of a check, which outlive its hazard pointers. At the end, each retired object must be reclaimed, exactly
// once.
template <class Api>
class scene {
 public:
  explicit scene(verdict& v) : verdict_(v) {}
  ~scene() {
    Api::reclaim();
    for (auto& x : nodes_) {
      verdict_.expect(!x->retired || x->reclaimed != 0, "at the end everything that was retired is reclaimed");
      verdict_.expect(x->retired || x->reclaimed == 0, "what is not retired is not reclaimed");
      verdict_.expect(x->reclaimed <= 1, "nothing is reclaimed twice");
      if (x->retired != (x->reclaimed != 0)) stray_objects().push_back(std::move(x));
    }
  }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;

  node<Api>* make() {
    nodes_.push_back(std::make_unique<node<Api>>());
    return nodes_.back().get();
  }

  // Unpublished: no thread can find it any more.
  static void retire(node<Api>* x) {
    x->retired = true;
    x->retire();
  }

  // Returns whether it is not reclaimed, although it is retired and reclamation was requested.
  static bool survives(node<Api>* x) {
    retire(x);
    return is_there(x);
  }
  static bool is_there(node<Api>* x) {
    Api::reclaim();
    return x->reclaimed == 0 && x->is_intact();
  }

 private:
  verdict& verdict_;
  std::vector<std::unique_ptr<node<Api>>> nodes_;
};

#if defined(__unix__)
// Runs the check in a child process. `cannot`: its exit status if this host cannot run the check.
inline constexpr int cannot = 77;
template <class Body>
void in_a_process(verdict& v, Body body) {
  const child_result end = in_child(body);
  if (end.signal == 0 && end.exit_status == cannot) return v.cannot_tell("memory cannot be limited here");
  v.expect(end.quiet(), "in a process of its own: " + end.err + " signal " + std::to_string(end.signal) + " status " +
                            std::to_string(end.exit_status));
}

#endif

template <class Holder, class T>
void protect_one(Holder& h, T* x) {
  const std::atomic<T*> source{x};
  static_cast<void>(h.protect(source));
}

}  // namespace lazyref_test::conformance
