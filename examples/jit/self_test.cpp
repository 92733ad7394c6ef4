// SPDX-License-Identifier: BSL-1.0
#include "self_test.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <string>
#include <utility>

#include "expression.hpp"
#include "function.hpp"

namespace jit {

namespace {

using values = std::array<std::uint64_t, 8>;

// An expression, and its value for each of the arguments, computed while the expression is generated.
struct known {
  std::string text;
  values results;
};

class generator {
 public:
  generator() {
    const std::uint64_t edges[] = {0, 1, ~0ull, 1ull << 63, (1ull << 63) - 1};
    for (std::size_t i = 0; i < x_.size(); ++i) {
      x_[i] = i < 5 ? edges[i] : random_();
      y_[i] = i % 3 != 0 ? random_() : edges[random_() % 5];
    }
  }

  const values& x() const { return x_; }
  const values& y() const { return y_; }

  // One in four is deep: more values than there are registers, up to the parser's limit.
  known expression() {
    left_ = 1 + random_() % 60;
    return random_() % 4 == 0 ? deep(random_() % most_nested) : sum();
  }

 private:
  known sum() {
    known result = product();
    for (std::uint64_t more = random_() % 3; more != 0; --more)
      result = random_() % 2 != 0 ? join(result, " + ", product()) : join(result, "-", product());
    return result;
  }

  known product() {
    known result = factor();
    for (std::uint64_t more = random_() % 2; more != 0; --more) result = join(result, "*", factor());
    return result;
  }

  known factor() {
    if (left_ == 0 || --left_ == 0 || random_() % 2 != 0) return leaf();
    return random_() % 4 == 0 ? negative(factor()) : inside(sum());
  }

  known deep(std::uint64_t levels) {
    if (levels == 0) return leaf();
    // In separate statements, since the order of evaluation of arguments is unspecified.
    const known first = leaf(), second = leaf(), rest = inside(deep(levels - 1));
    return join(first, random_() % 2 != 0 ? "-" : "+", join(second, " * ", rest));
  }

  known leaf() {
    switch (random_() % 3) {
      case 0:
        return {"x", x_};
      case 1:
        return {"y", y_};
      default:
        const std::uint64_t number = constant();
        known result{std::to_string(number), {}};
        result.results.fill(number);
        return result;
    }
  }

  // Constants of every length, with and without long runs of zeros or ones.
  std::uint64_t constant() {
    const std::uint64_t bits = 1 + random_() % 63;
    const std::uint64_t ones = ~0ull >> bits;
    switch (random_() % 4) {
      case 0:
        return ones;
      case 1:
        return ones / 2 + 1;
      case 2:
        return ones >> 20 << random_() % 20;
      default:
        return random_() & ones;
    }
  }

  static known inside(const known& one) { return {'(' + one.text + ')', one.results}; }
  static known negative(known one) {
    one.text.insert(0, 1, '-');
    for (std::uint64_t& result : one.results) result = 0 - result;
    return one;
  }
  // `right` binds at least as tightly as the sign, and to the right of - more tightly.
  static known join(const known& left, const char* sign, const known& right) {
    known result{left.text + sign + right.text, left.results};
    const std::string all = sign;
    for (std::size_t i = 0; i < result.results.size(); ++i) {
      std::uint64_t& to = result.results[i];
      if (all.find('+') != all.npos) to += right.results[i];
      if (all.find('-') != all.npos) to -= right.results[i];
      if (all.find('*') != all.npos) to *= right.results[i];
    }
    return result;
  }

  std::mt19937_64 random_;
  values x_{}, y_{};
  std::uint64_t left_ = 0;
};

}  // namespace

bool self_test(const options& how) {
  constexpr std::size_t variants = 4;  // as written, and rewritten
  function_space space({1 << 20, variants, 1}, how.mapping(), how.synchronisation());
  require(space.status());
  generator generate;
  std::mt19937_64 random;
  std::uint64_t compared = 0, wrong = 0;
  std::size_t largest = 0, most = 0;
  for (unsigned long i = 0; i < how.self_test; ++i) {
    const known expected = generate.expression();
    const program code = parse_expressions(expected.text, "self-test")[0].code;

    std::array<function_draft, variants> drafts;
    std::array<function_ref, variants> functions;
    for (std::size_t v = 0; v < variants; ++v) {
      program variant = v == 0 ? code : rewrite(code, random);
      if (how.broken && i % 100 == 99) variant.insert(variant.end(), {{operation::constant, 1}, {operation::add}});
      const std::vector<unsigned char> bytes = how.compile(variant);
      drafts[v] = make_draft(space, bytes, samples{}, how.native(), false, "self_test", i);
      require(drafts[v].status());
      largest = std::max(largest, bytes.size());
      most = std::max(most, values_needed(variant));
    }
    require(space.publish(drafts.data(), variants, functions.data()));
    how.prepare_to_call();
    for (std::size_t a = 0; a < expected.results.size(); ++a) {
      const auto x = static_cast<std::int64_t>(generate.x()[a]), y = static_cast<std::int64_t>(generate.y()[a]);
      const auto right = static_cast<std::int64_t>(expected.results[a]);
      const auto compare = [&](const char* by, std::int64_t found) {
        ++compared;
        if (found == right || wrong++ != 0) return;
        std::printf("wrong, by the %s: %s\n  of x = %" PRId64 ", y = %" PRId64 ": %" PRId64 " instead of %" PRId64 "\n",
                    by, expected.text.c_str(), x, y, found, right);
      };
      compare("interpreter", interpret(code.data(), code.size(), x, y));
      for (const function_ref& one : functions)
        compare(one == functions[0] ? "function" : "rewritten function", (*one)(x, y));
    }
  }
  std::printf("self-test: %lu expressions, up to %zu values at one time, functions of up to %zu bytes\n", how.self_test,
              most, largest);
  std::printf("checked: %" PRIu64 " of %" PRIu64 " results are wrong\n", wrong, compared);
  return wrong == 0 && compared != 0;
}

}  // namespace jit
