// SPDX-License-Identifier: BSL-1.0
//
// snapshot_cache: a configuration that is read very often and replaced sometimes. For programs that hold it in a
// std::atomic<std::shared_ptr>, or behind a reader-writer lock, today.
//
// An atomic_strong_ref owns the current snapshot. A reader protects it through its slot, without a reference count. The
// loader exchanges it for a new snapshot and retires the old one, which is destroyed when no reader uses it any more.
// Each reload reads the file again; if the file is invalid, the previous snapshot remains.
//
// Run: sh examples/run.sh snapshot_cache [FILE]
#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "example.hpp"

namespace {

using settings = std::vector<std::pair<std::string, std::string>>;  // by key

auto place_of(std::string_view key, const settings& all) {
  return std::lower_bound(all.begin(), all.end(), key, [](const auto& a, std::string_view b) { return a.first < b; });
}

// KEY=VALUE lines; blank lines and lines that begin with # are ignored. Throws std::runtime_error, with the line's number.
settings parse_settings(std::istream& from, const std::string& name) {
  settings result;
  std::string line;
  for (std::size_t number = 1; std::getline(from, line); ++number) {
    const auto refuse = [&](const std::string& why) {
      throw std::runtime_error(name + ':' + std::to_string(number) + ": " + why);
    };
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(" \t") == line.npos || line[0] == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == line.npos) refuse("expected KEY=VALUE, found \"" + line + '"');
    if (equals == 0) refuse("expected a key before the =");
    std::string key = line.substr(0, equals);
    const auto place = place_of(key, result);
    if (place != result.end() && place->first == key) refuse('"' + key + "\" is defined twice");
    result.emplace(place, std::move(key), line.substr(equals + 1));
  }
  if (from.bad()) throw std::runtime_error(name + ": cannot be read");
  if (result.empty()) throw std::runtime_error(name + ": contains no KEY=VALUE line");
  return result;
}

settings read_settings(const char* file) {
  if (file == nullptr) {
    std::istringstream text("host=localhost\nport=8080\nworkers=16\ntimeout_ms=250\nlog=warn\ncache_mb=512\n");
    return parse_settings(text, "built-in settings");
  }
  std::ifstream from(file);
  if (!from) throw std::runtime_error(std::string(file) + ": cannot be opened");
  return parse_settings(from, file);
}

std::atomic<std::size_t> retained{0};  // snapshots without users that are not destroyed yet
std::size_t most_retained = 0;         // accessed by the loader only, which drops the users

class snapshot : public lazyref::owner<snapshot> {
 public:
  explicit snapshot(settings all) : all_(std::move(all)), sum_(checksum()) {}
  ~snapshot() {
    poison();
    retained.fetch_sub(1, std::memory_order_relaxed);
  }
  // Readers may still use the snapshot, so its contents stay intact here.
  void on_last_user() noexcept {
    most_retained = std::max(most_retained, retained.fetch_add(1, std::memory_order_relaxed) + 1);
  }

  const std::string* find(std::string_view key) const noexcept {
    const auto place = place_of(key, all_);
    return place != all_.end() && place->first == key ? &place->second : nullptr;
  }

  void poison() noexcept { mark_.store(0xdead5e75, std::memory_order_relaxed); }
  bool is_alive() const noexcept { return mark_.load(std::memory_order_relaxed) == 0x600d5e75; }
  bool is_whole() const { return is_alive() && checksum() == sum_; }

 private:
  // FNV-1a.
  std::uint64_t checksum() const {
    std::uint64_t state = 14695981039346656037u;
    for (const auto& [key, value] : all_)
      for (const char c : key + '=' + value) state = (state ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return state;
  }

  const settings all_;
  const std::uint64_t sum_;
  std::atomic<std::uint32_t> mark_{0x600d5e75};
};

using snapshot_domain = lazyref::lazy_domain<snapshot>;
using snapshot_cell = lazyref::atomic_strong_ref<snapshot>;

struct counts {
  std::uint64_t lookups = 0, missing = 0, broken = 0;
};

counts read_until(const std::atomic<bool>& stop, snapshot_domain& domain, const snapshot_cell& current,
                  const settings& keys) {
  counts mine;
  auto slot = domain.attach();
  for (std::size_t i = 0; !stop.load(std::memory_order_relaxed); i = (i + 1) % keys.size()) {
    const snapshot* const seen = slot.protect(current);
    mine.missing += seen->find(keys[i].first) == nullptr;
    // Sometimes the reader uses it for long enough that the loader replaces it, and then checks all of it.
    if (++mine.lookups % 256 == 0) std::this_thread::yield();
    mine.broken += mine.lookups % 256 == 0 ? !seen->is_whole() : !seen->is_alive();
  }
  return mine;
}

int run(const char* file, unsigned long readers, unsigned long milliseconds, unsigned long reload_us, bool broken) {
  snapshot_domain domain(readers);
  const settings keys = read_settings(file);
  snapshot_cell current(domain.make(keys));
  examples::choose_fence();

  std::vector<counts> each(readers);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned long i = 0; i < readers; ++i)
    threads.emplace_back([&, i] { each[i] = read_until(stop, domain, current, keys); });

  std::uint64_t reloads = 0, refused = 0;
  const examples::stopwatch watch;
  while (watch.seconds() * 1e3 < static_cast<double>(milliseconds)) {
    std::this_thread::sleep_for(std::chrono::microseconds(reload_us));
    try {
      lazyref::strong_ref<snapshot> old = current.exchange(domain.make(read_settings(file)));
      if (broken) old->poison();  // as if it were freed here, without a scan of the slots
      domain.retire(std::move(old));
      ++reloads;
    } catch (const std::runtime_error& why) {
      if (refused++ == 0) std::fprintf(stderr, "snapshot_cache: %s; the previous settings remain\n", why.what());
    }
  }
  const double seconds = watch.seconds();
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& one : threads) one.join();
  domain.retire(current.exchange({}));
  domain.flush();
  domain.collect();

  // Retired snapshots that wait for a scan; two for each reader, the one in its slot and one that it is releasing; one
  // that the loader is handing over.
  const std::size_t bound = domain.retire_bound() + 2 * readers + 1;
  const lazyref::domain_stats stats = domain.stats();
  counts sum;
  for (const counts& one : each) sum.lookups += one.lookups, sum.missing += one.missing, sum.broken += one.broken;
  std::printf(
      "%s: %zu settings, %lu readers: %.2f M lookups/s (%" PRIu64 " missing), %.0f reloads/s (%" PRIu64 " refused)\n",
      file != nullptr ? file : "built-in", keys.size(), readers, static_cast<double>(sum.lookups) / seconds / 1e6,
      sum.missing, static_cast<double>(reloads) / seconds, refused);
  std::printf("checked: %" PRIu64 " of %" PRIu64 " lookups found a snapshot that was freed or incomplete\n", sum.broken,
              sum.lookups);
  std::printf("checked: most snapshots retained %zu, bound %zu; made %zu, disposed of %zu\n", most_retained, bound,
              stats.made, stats.disposed);
  return examples::verdict(sum.broken == 0 && sum.lookups != 0 && reloads != 0 && most_retained <= bound &&
                           stats.made == stats.disposed);
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long readers = 3, milliseconds = 1000, reload_us = 200;
  bool broken = false;
  const char* file = nullptr;
  examples::parse(
      argc, argv, "snapshot_cache",
      "Readers look up settings in the current snapshot of FILE (KEY=VALUE lines; without FILE, built-in ones)\n"
      "while a loader replaces it repeatedly.\n",
      {examples::number("--readers", readers, 1, 256, "threads that look up settings"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::number("--reload-every-us", reload_us, 0, 10000000, "pause between two reloads"),
       examples::flag("--break", broken, "poison snapshots without a scan: the self-check must fail, with status 1")},
      &file);
  try {
    return run(file, readers, milliseconds, reload_us, broken);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "snapshot_cache: %s\n", why.what());
    return examples::bad_input;
  }
}
