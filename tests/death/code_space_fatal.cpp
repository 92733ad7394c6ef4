// SPDX-License-Identifier: BSL-1.0
//
// What a code_space refuses to do: in every build, or where misuse is looked for.
#include <cstddef>
#include <utility>

#include <lazyref/code_space.hpp>

#include "../support/child.hpp"
#include "../support/code_script.hpp"
#include "../support/lazy_catch.hpp"

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::strong_ref;

namespace {

struct function : lazyref::code_block<function> {};

using space_type = lazyref::code_space<function, lazyref::domain_options<>, quiet_code_system>;
using draft_type = space_type::draft_type;

struct set_up {
  explicit set_up(code_mapping mapping) : space(*new space_type({4 * code_page, 4, 2}, mapping)) {}
  space_type& space;

  strong_ref<function> published() {
    draft_type draft = space.draft(1);
    strong_ref<function> code;
    expect(bool(space.publish(draft, code)), "publish");
    return code;
  }
  // Its memory stays, or the compiler would warn of what the library is to catch.
  void end_space() { space.~code_space(); }
};

constexpr code_mapping mappings[] = {code_mapping::dual, code_mapping::flip};

const char* name(code_mapping mapping) { return mapping == code_mapping::dual ? "dual" : "flip"; }

}  // namespace

TEST_CASE("a space of another's domain waits, and then refuses to end while a block has a user", "[code]") {
  const auto end_with = [](bool has_user) {
    return in_child([=] {
      auto& domain = *new space_type::domain_type(1);
      auto& space = *new space_type(domain, {4 * code_page, 4, 0});
      draft_type draft = space.draft(1);
      strong_ref<function> code;
      expect(bool(space.publish(draft, code)), "publish");
      if (!has_user) domain.retire(std::move(code));
      space.~space_type();
    });
  };
  CHECK(end_with(true).aborted_saying("lazyref: code_space: destroyed while a draft exists, or a block has a user"));
  CHECK(end_with(false).quiet());
}

TEST_CASE("a space refuses to end while a draft is alive", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const child_result end = in_child([=] {
      set_up one(mapping);
      const draft_type draft = one.space.draft(1);
      one.end_space();
    });
    CHECK(end.aborted_saying("lazyref: code_space: destroyed while a draft exists"));
    const child_result failed = in_child([=] {
      set_up one(mapping);
      draft_type drafts[] = {one.space.draft(1), draft_type()};
      strong_ref<function> codes[2];
      expect(!one.space.publish(drafts, 2, codes), "an empty draft");
      drafts[1] = std::move(drafts[0]);
      one.end_space();
    });
    CHECK(failed.aborted_saying("lazyref: code_space: destroyed while a draft exists"));
  }
}

TEST_CASE("a space refuses to end while a block has a user, or a slot is on it", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const child_result used = in_child([=] {
      set_up one(mapping);
      const strong_ref<function> code = one.published();
      one.end_space();
    });
    CHECK(used.aborted_saying("destroyed while some of its objects are alive"));
    const child_result active = in_child([=] {
      set_up one(mapping);
      strong_ref<function> code = one.published();
      auto slot = one.space.domain().attach();
      slot.activate(code);
      code.reset();
      one.end_space();
    });
    CHECK(active.aborted_saying("destroyed while a lazy_slot of it is active"));
    const child_result attached = in_child([=] {
      set_up one(mapping);
      auto slot = one.space.domain().attach();
      one.end_space();
    });
    CHECK(attached.aborted_saying("destroyed while a lazy_slot of it is attached"));
  }
}

TEST_CASE("a space that nobody uses any more ends in silence", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const child_result end = in_child([=] {
      set_up one(mapping);
      strong_ref<function> code = one.published();
      strong_ref<function> waits = one.published();
      auto slot = one.space.domain().attach();
      slot.activate(code);
      code.reset();
      { const draft_type draft = one.space.draft(1); }
      slot.detach();
      one.space.domain().retire(std::move(waits));
      one.end_space();
    });
    CHECK(end.quiet());
  }
}

TEST_CASE("in the child of a fork drafts of threads that are gone are a leak, and no more", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const child_result end = in_child([=] {
      set_up one(mapping);
      draft_type draft = one.space.draft(1);
      new draft_type(std::move(draft));  // nobody's any more
      one.space.after_fork_in_child();
      one.end_space();
      ::_exit(0);  // and no leak checker
    });
    CHECK(end.quiet());
  }
}

TEST_CASE("memory that is given back twice stops the program", "[code]") {
  struct map : lazyref::detail::code_areas<lazyref::std_sync> {
    explicit map(std::size_t n) : code_areas(n, n) {}
  };
  const child_result once = in_child([] {
    map places(200);
    expect(places.take(100) == 0, "take");
    places.give_back(0, 50);
    places.give_back(50, 50);
  });
  CHECK(once.quiet());
  const child_result twice = in_child([] {
    map places(200);
    expect(places.take(100) == 0, "take");
    places.give_back(0, 51);
    places.give_back(50, 50);
  });
  CHECK(twice.aborted_saying("lazyref: code_space: a block's memory was freed twice"));
  const child_result never_taken = in_child([] {
    map places(200);
    expect(places.take(70) == 0, "take");
    places.give_back(60, 20);  // the second word has only six of them
  });
  CHECK(never_taken.aborted_saying("lazyref: code_space: a block's memory was freed twice"));
}

TEST_CASE("a block that no space has published stops the program when its last user goes", "[code]") {
  const child_result end = in_child([] {
    set_up one(code_mapping::dual);
    one.space.domain().make().reset();
  });
  CHECK(end.aborted_saying(
      "lazyref: code_block: the last user of a block was dropped, but no code_space has published the block"));
  const child_result retired = in_child([] {
    set_up one(code_mapping::dual);
    one.space.domain().retire(one.space.domain().make());
    one.space.domain().flush();
  });
  CHECK(retired.aborted_saying("the last user of a block was dropped, but no code_space has published the block"));
}

TEST_CASE("a draft that was made an object by hand, past publish, stops the program", "[code]") {
  const child_result dropped = in_child([] {
    set_up one(code_mapping::dual);
    const draft_type draft = one.space.draft(1);
    one.space.domain().adopt(&*draft).reset();
  });
  CHECK(dropped.aborted_saying(
      "lazyref: code_block: the last user of a block was dropped, but no code_space has published the block"));
  const child_result published = in_child([] {
    set_up one(code_mapping::dual);
    draft_type draft = one.space.draft(1);
    const strong_ref<function> by_hand = one.space.domain().adopt(&*draft);
    strong_ref<function> code;
    (void)one.space.publish(draft, code);
  });
  CHECK(published.aborted_saying("lazyref: code_space::publish: a draft was passed to lazy_domain::adopt"));
}

TEST_CASE("code that is not published is not called", "[code]") {
  if (!lazyref::checks_enabled) LAZYREF_SKIP("needs LAZYREF_CHECKS=1");
  const child_result end = in_child([] {
    set_up one(code_mapping::dual);
    const draft_type draft = one.space.draft(1);
    static_cast<void>(draft->as<int()>());
  });
  CHECK(end.aborted_saying("lazyref: code_block::as: the block is not published"));
  const child_result published = in_child([] {
    set_up one(code_mapping::dual);
    const strong_ref<function> code = one.published();
    static_cast<void>(code->as<int()>());
  });
  CHECK(published.quiet());
}
