// SPDX-License-Identifier: BSL-1.0
//
// What a code_space has beside code at one place: memory that grows and goes, data beside the code, and several spaces of
// one domain, each of which may end while the others work.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#include "../support/code_script.hpp"
#include "../support/emitted_code.hpp"
#include "../support/emulated.hpp"
#include "../support/lazy_catch.hpp"

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::code_request;
using lazyref::code_space_limits;
using lazyref::code_synchronisation;
using lazyref::strong_ref;

namespace {

constexpr code_mapping mappings[] = {code_mapping::dual, code_mapping::flip};
const char* name(code_mapping mapping) { return mapping == code_mapping::dual ? "dual" : "flip"; }

struct function : lazyref::code_block<function> {};
using scripted_space = lazyref::code_space<function, lazyref::domain_options<>, scripted_code_system<>>;
using quiet_space = lazyref::code_space<function, lazyref::domain_options<>, quiet_code_system>;

code_space_limits grows_by(std::size_t each, std::size_t most) {
  code_space_limits limits{most, 64, 2};
  limits.growth = each;
  return limits;
}

template <class T, class Options, class System>
strong_ref<T> published(lazyref::code_space<T, Options, System>& space, const code_request& asked) {
  strong_ref<T> code;
  auto draft = space.draft(asked);
  if (!draft || !space.publish(draft, code)) code.reset();
  return code;
}

std::size_t committed_pages() {
  std::size_t result = 0;
  for (const auto& [page, times] : the_code_script.committed) result += times == 1 ? 1 : 0;
  return result;
}

}  // namespace

// --- growth

TEST_CASE("a space that grows has no memory before the first draft, and what it needs from then on", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    scripted_space space(grows_by(2 * code_page, 16 * code_page), mapping);
    REQUIRE(space);
    CHECK(space.bytes() == 16 * code_page);
    CHECK(space.bytes_committed() == 0);
    CHECK(space.bytes_in_use() == 0);
    {
      auto first = space.draft(100);
      REQUIRE(first);
      CHECK(space.bytes_committed() == 2 * code_page);
      CHECK(committed_pages() == 2);
      auto second = space.draft(5 * code_page);  // more than a chunk
      REQUIRE(second);
      CHECK(committed_pages() * code_page == space.bytes_committed());
      CHECK(space.bytes_in_use() >= 5 * code_page + 100);
      CHECK(space.trim() == 2 * code_page);  // the last chunk, of which nothing is in use
      CHECK(space.bytes_committed() == 6 * code_page);
    }
    CHECK(space.bytes_in_use() == 0);
    const std::size_t before = space.bytes_committed();
    CHECK(space.trim() == before);
    CHECK(space.bytes_committed() == 0);
    CHECK(committed_pages() == 0);
    CHECK(the_code_script.broken_promises == 0);
  }
}

TEST_CASE("a space that grows says what the system said, once nothing that was given up can help", "[code]") {
  new_code_script({{"commit", {0, ENOMEM, ENOMEM, ENOMEM}}});
  scripted_space space(grows_by(code_page, 4 * code_page));
  auto first = published(space, {code_page});
  REQUIRE(first);
  CHECK(space.draft(code_page).status().error() == ENOMEM);
  CHECK(space.bytes_committed() == code_page);
  space.retire(std::move(first));  // it waits for a scan
  auto again = space.draft(code_page);
  CHECK(again);  // which the draft does before it says that there is no memory
  CHECK(space.bytes_committed() == code_page);
}

TEST_CASE("a space that has grown to the full says ENOSPC; the control has no limit of chunks", "[code]") {
  new_code_script();
  {
    scripted_space space(grows_by(code_page, 4 * code_page));
    std::vector<scripted_space::draft_type> all;
    for (int i = 0; i < 4; ++i) all.push_back(space.draft(code_page));
    for (const auto& one : all) CHECK(one);
    CHECK(space.draft(64).status().error() == ENOSPC);
    CHECK(space.draft(5 * code_page).status().error() == EFBIG);
  }
  {
    scripted_space space(grows_by(0, 4 * code_page));
    CHECK(space.bytes_committed() == space.bytes());
    CHECK(the_code_script.committed.size() == 4);  // those of the first space
  }
}

TEST_CASE("drafts give empty chunks back, and keep one", "[code]") {
  new_code_script();
  scripted_space space(grows_by(code_page, 8 * code_page));
  {
    std::vector<scripted_space::draft_type> all;
    for (int i = 0; i < 8; ++i) all.push_back(space.draft(code_page));
    CHECK(committed_pages() == 8);
  }
  for (int i = 0; i < 200; ++i) REQUIRE(space.draft(64));
  CHECK(committed_pages() == 1);
}

TEST_CASE("code in a space that grows runs, is found by its address, and is given back to the system", "[code]") {
#if defined(LAZYREF_TEST_EMITS)
  using space_type = lazyref::code_space<function>;
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    if (emulated && mapping == code_mapping::dual) continue;  // An emulator goes on with what it translated.
    const std::size_t page = lazyref::detail::os_code_memory::page();
    space_type space(grows_by(16 * page, 256 * page), mapping, code_synchronisation::each_executor);
    if (!space) LAZYREF_SKIP(space.status().what());
    std::vector<strong_ref<function>> all;
    for (std::uint32_t i = 0; i < 40; ++i) {
      auto draft = space.draft(4096);
      REQUIRE(draft);
      emit_return(draft.data(), i);
      all.emplace_back();
      REQUIRE(space.publish(draft, all.back()));
    }
    lazyref::sync_core_this_thread();
    int wrong = 0;
    for (std::uint32_t i = 0; i < 40; ++i) {
      if (all[i]->as<int()>()() != static_cast<int>(i)) ++wrong;
      const auto* const entry = static_cast<const unsigned char*>(all[i]->entry());
      if (space.block_at(entry) != all[i].get() || space.block_at(entry + 4095) != all[i].get()) ++wrong;
    }
    CHECK(wrong == 0);
    const void* const gone = all[20]->entry();
    const std::size_t most = space.bytes_committed();
    all.clear();
    CHECK(space.block_at(gone) == nullptr);
    CHECK(space.trim() == most);
    CHECK(space.block_at(gone) == nullptr);
  }
#else
  LAZYREF_SKIP("no code is emitted for this architecture");
#endif
}

TEST_CASE("threads draft, grow and trim at one time", "[code]") {
  quiet_space space(grows_by(4 * code_page, 64 * code_page));
  std::atomic<bool> stop{false};
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3000; ++i) {
        auto one = space.draft(64 + static_cast<std::size_t>(i * (t + 1)) % 9000);
        auto other = space.draft(64);
        if (!one || !other) ++lost;  // there is room for all of them
      }
    });
  }
  std::thread trims([&] {
    while (!stop) space.trim();
  });
  for (auto& t : threads) t.join();
  stop = true;
  trims.join();
  CHECK(lost == 0);
  CHECK(space.bytes_in_use() == 0);
  space.trim();
  CHECK(space.bytes_committed() == 0);
}

// --- data beside the code

TEST_CASE("data beside the code is zero at first, belongs to one block, and is in reach", "[code]") {
  using space_type = lazyref::code_space<function>;
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    code_space_limits limits{16 * lazyref::detail::os_code_memory::page(), 16, 1};
    limits.data = 4096;
    space_type space(limits, mapping, code_synchronisation::each_executor);
    if (!space) LAZYREF_SKIP(space.status().what());
    for (int round = 0; round < 3; ++round) {
      auto draft = space.draft(code_request{64, 0, 24});
      REQUIRE(draft);
      unsigned char* const data = draft.side_data();
      REQUIRE(data != nullptr);
      CHECK(reinterpret_cast<std::uintptr_t>(data) % 16 == 0);
      int set = 0;
      for (int i = 0; i < 24; ++i) set += data[i] != 0 ? 1 : 0;
      CHECK(set == 0);
      std::memset(data, 0xff, 24);
      const std::uintptr_t code = draft.address(), at = reinterpret_cast<std::uintptr_t>(data);
      CHECK((code < at ? at - code : code - at) < 256 * lazyref::detail::os_code_memory::page());
      auto other = space.draft(code_request{64, 0, 24});
      REQUIRE(other);
      CHECK((other.side_data() >= data + 24 || other.side_data() + 24 <= data));
      strong_ref<function> block;
      REQUIRE(space.publish(draft, block));
      CHECK(block->side_data() == data);
      CHECK(block->side_data_size() == 24);
      CHECK(data[23] == 0xff);
    }
    auto none = space.draft(64);
    CHECK(none.side_data() == nullptr);
  }
}

TEST_CASE("no room for data is an error of its own, and keeps neither code nor a number", "[code]") {
  code_space_limits limits{2 * code_page, 2, 1};
  limits.data = code_page;
  quiet_space space(limits);
  REQUIRE(space);
  CHECK(space.draft(code_request{64, 0, code_page + 1}).status().error() == EFBIG);
  auto first = space.draft(code_request{64, 0, code_page});
  REQUIRE(first);
  const auto failed = space.draft(code_request{64, 0, 16});
  CHECK(failed.status().error() == ENOSPC);
  CHECK(std::strstr(failed.status().what(), "data") != nullptr);
  CHECK(space.blocks_in_use() == 1);
  CHECK(space.bytes_in_use() == lazyref::cache_line);
  auto without = space.draft(64);
  CHECK(without);
  without = {};
  first = {};
  CHECK(space.draft(code_request{64, 0, code_page}));
  CHECK(quiet_space({code_page, 1, 1}).draft(code_request{64, 0, 1}).status().error() == EFBIG);
}

TEST_CASE("drafts that fail for want of data take nothing away from others for a moment", "[code]") {
  for (const std::size_t growth : {std::size_t{0}, code_page}) {
    code_space_limits limits = grows_by(growth, 4 * code_page);
    limits.data = code_page;
    quiet_space space(limits);
    auto has_the_data = space.draft(code_request{code_page, 0, code_page});
    REQUIRE(has_the_data);
    std::atomic<bool> stop{false};
    std::thread fails([&] {
      while (!stop) (void)space.draft(code_request{3 * code_page, 0, 16});
    });
    int missed = 0;
    for (int i = 0; i < (lazyref_test::is_slow_build ? 20000 : 200000); ++i)
      missed += space.draft(3 * code_page) ? 0 : 1;
    stop = true;
    fails.join();
    CHECK(missed == 0);
  }
}

// --- several spaces of one domain

TEST_CASE("one slot protects the blocks of all spaces of its domain", "[code]") {
  quiet_space::domain_type domain(2);
  quiet_space one(domain, {code_page, 4, 0}), other(domain, {code_page, 4, 0}, {}, code_mapping::flip);
  REQUIRE(one);
  REQUIRE(other);
  CHECK(&one.domain() == &domain);
  auto x = published(one, {64});
  auto y = published(other, {64});
  REQUIRE((x && y));
  std::atomic<function*> shared{x.get()};
  auto slot = domain.attach();
  CHECK(slot.protect(shared) == x.get());
  CHECK(one.block_at(x->entry()) == x.get());
  CHECK(other.block_at(x->entry()) == nullptr);
  shared = y.get();
  one.retire(std::move(x));
  domain.flush();
  CHECK(one.blocks_in_use() == 1);  // the slot is on it
  CHECK(slot.protect(shared) == y.get());
  CHECK(one.blocks_in_use() == 0);
  other.retire(std::move(y));
  slot.deactivate();
}

TEST_CASE("a space ends while its domain and others go on, with what waits in the domain", "[code]") {
  quiet_space::domain_type domain(2);
  quiet_space other(domain, {code_page, 4, 0});
  auto stays = published(other, {64});
  {
    quiet_space one(domain, {code_page, 4, 0});
    domain.retire(published(one, {64}));  // waits for a scan
    CHECK(one.blocks_in_use() == 1);
  }
  CHECK(other.blocks_in_use() == 1);
  CHECK(stays->entry() != nullptr);
}

TEST_CASE("the end of a space waits for whoever has its blocks in hand", "[code]") {
  struct slow : lazyref::code_block<slow> {
    std::atomic<int>* state = nullptr;
    ~slow() {
      if (state == nullptr) return;
      *state = 1;
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      *state = 2;
    }
  };
  using space_type = lazyref::code_space<slow, lazyref::domain_options<>, quiet_code_system>;
  std::atomic<int> state{0};
  space_type::domain_type domain(1);
  std::thread reclaims;
  {
    space_type space(domain, {code_page, 4, 0});
    auto block = published(space, {64});
    block->state = &state;
    domain.retire(std::move(block));
    reclaims = std::thread([&] { domain.flush(); });
    while (state == 0) std::this_thread::yield();
  }
  CHECK(state == 2);
  reclaims.join();
}

TEST_CASE("spaces of one domain come and go while threads flush it", "[code]") {
  quiet_space::domain_type domain(4);
  std::atomic<bool> stop{false};
  std::vector<std::thread> flushes;
  for (int i = 0; i < 2; ++i) {
    flushes.emplace_back([&] {
      while (!stop) domain.flush();
    });
  }
  int empty = 0;
  for (int i = 0; i < 300; ++i) {
    quiet_space space(domain, {code_page, 8, 0});
    for (int k = 0; k < 8; ++k) {
      auto block = published(space, {64});
      if (!block) ++empty;
      domain.retire(std::move(block));
    }
  }
  stop = true;
  for (auto& t : flushes) t.join();
  CHECK(empty == 0);
}
