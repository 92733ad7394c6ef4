// SPDX-License-Identifier: BSL-1.0
//
// What it costs to come to a slot, and to many domains: hazard pointers that are made beyond what a thread keeps for
// itself, with few or many alive; the last slot of small and of large domains; retires in one domain or in many.
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"
#include "others.hpp"

namespace {

struct object : lazyref::owner<object> {};
struct growing : lazyref::domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

constexpr std::size_t batch = 256;  // more than a thread keeps

// So many are alive meanwhile; they are not what is timed.
double make_many(std::size_t n, std::size_t alive) {
  std::vector<lazyref::hazard_pointer> others(alive), made(batch);
  for (auto& one : others) one = lazyref::make_hazard_pointer();
  const auto begin = bench::clock::now();
  for (; n >= batch; n -= batch) {
    for (auto& one : made) one = lazyref::make_hazard_pointer();
    for (auto& one : made) one = lazyref::hazard_pointer();
  }
  for (std::size_t i = 0; i != n; ++i) made[i] = lazyref::make_hazard_pointer();
  for (auto& one : made) one = lazyref::hazard_pointer();
  return bench::nanoseconds(bench::clock::now() - begin);
}

#ifdef LAZYREF_BENCH_HAS_CDS
void cds_make_many(std::size_t n) {
  bench::cds_library::attach_thread();
  for (std::size_t done = 0; done < n; done += batch) {
    std::vector<cds::gc::DHP::Guard> all(n - done < batch ? n - done : batch);
    bench::sink(all.data());
  }
}
#endif

void make(bench::program& program) {
  bench::race race(program, "make and destroy hazard pointers, 256 at a time");
  const std::size_t none = race.add("make_0", "none is alive", [](std::size_t n, unsigned) { return make_many(n, 0); });
  const std::size_t many =
      race.add("make_4096", "4096 are alive", [](std::size_t n, unsigned) { return make_many(n, 4096); });
  race.at_most(3, many, none);
#ifdef LAZYREF_BENCH_HAS_CDS
  // A thread's guards are its own, and take no atomic operation: one thread cannot give another's away. Ours are whoever's.
  race.add("cds_dhp", "gc::DHP::Guard, of its thread", [](std::size_t n, unsigned) { cds_make_many(n); });
#else
  program.left_out("libcds: not installed");
#endif
  race.run();
}

// All slots but one are taken.
template <class Options>
class nearly_full {
 public:
  nearly_full(std::size_t first, std::size_t n) : domain_(first) {
    for (std::size_t i = 1; i < n; ++i) slots_.push_back(domain_.attach());
  }
  void run(std::size_t n) {
    for (; n != 0; --n) bench::sink(static_cast<bool>(domain_.attach()));
  }

 private:
  lazyref::lazy_domain<object, Options> domain_;
  std::vector<lazyref::lazy_slot<object, Options>> slots_;
};

void attach(bench::program& program) {
  nearly_full<lazyref::domain_options<>> few(16, 16), many(16384, 16384);
  nearly_full<growing> grown(1, 16384);
  bench::race race(program, "attach and detach the last slot");
  const auto add = [&race](const char* name, const char* about, auto& domain) {
    return race.add(name, about, [&domain](std::size_t n, unsigned) { domain.run(n); });
  };
  const std::size_t base = add("attach_16", "of 16", few);
  race.at_most(3, add("attach_16384", "of 16384", many), base);
  race.at_most(3, add("attach_grown", "of 16384, where one was there at first", grown), base);
  race.run();
}

void domains(bench::program& program) {
  constexpr std::size_t count = 256;
  using domain_type = lazyref::lazy_domain<object>;
  std::vector<std::unique_ptr<domain_type>> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(std::make_unique<domain_type>(4));
  const auto retire = [](domain_type& domain) {
    lazyref::strong_ref<object> it = domain.make();
    bench::sink(it.get());
    domain.retire(std::move(it));
  };
  bench::race race(program, "new and retire, domains in turn");
  race.add("one", "domain", [&one = *all.front(), retire](std::size_t n, unsigned) {
    for (; n != 0; --n) retire(one);
  });
  race.add("many", "256 domains", [&all, retire](std::size_t n, unsigned) {
    for (; n != 0; --n) retire(*all[n % count]);
  });
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("slots", argc, argv);
  make(program);
  attach(program);
  domains(program);
  return program.status();
}
