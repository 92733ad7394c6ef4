#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A worker's fast paths stay inlined in a very large unit: large_unit.py CXX INCLUDE BUILD_DIRECTORY

g++ bounds by how much inlining makes a unit grow; beyond that it calls even a function of three instructions. The functions
that a worker calls most are exempt (LAZYREF_DETAIL_ALWAYS_INLINE). Writes a unit with many callers, compiles it, and reads
which calls remain. The control: the same headers without the attribute. By g++ they are called then. By clang++, which has
no such bound, they are not: so it needs no attribute.
"""
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ATTRIBUTE = "[[gnu::__always_inline__]]"
CALLERS = 120
POLICIES = "domain_options<>", "domain_options<policy::handoff, reclaim::prompt>"
# What the unit calls, and what these consist of.
CALLED = "activate", "active", "deactivate", "poll", "protect", "reset_protection"
PARTS = "activate_object", "glance", "leave", "move_to", "prepare_to_protect", "protect_inside"
SLOW = re.compile(r"\d(settle|settle_move|poll_slowly|protect_slowly)(?=I)")

failures = 0


def verdict(ok, what, details=()):
    global failures
    failures += not ok
    print(("ok      " if ok else "FAILED  ") + what)
    if not ok:
        for detail in details:
            print("        " + detail)


def unit():
    """Each caller as a program has it, with other code between, so that no two are one function."""
    text = ["#include <lazyref/lazyref.hpp>", "using namespace lazyref;", "struct node : hazard_pointer_obj_base<node> { int value; };",
            "extern std::atomic<node*> head;"]
    for kind, policy in enumerate(POLICIES):
        text += [f"struct object{kind} : owner<object{kind}> {{ int values[{CALLERS}] = {{}}; }};",
                 f"using slot{kind} = lazy_slot<object{kind}, {policy}>;",
                 f"extern std::atomic<object{kind}*> source{kind};"]
    # The program's own: what g++ inlines of it counts as well.
    text.append("""
template <int N>
int mixed(int a, int b) {
  int sum = a * N;
  for (int i = 0; i < b; ++i) sum += (sum << 3) ^ (sum >> N % 7) ^ i * a;
  return sum % (N + 1000);
}""")
    for n in range(CALLERS):
        kind = n % len(POLICIES)
        text.append(f"""
int caller{n}(slot{kind}& s, slot{kind}& t, const strong_ref<object{kind}>& a, const strong_ref<object{kind}>& b,
              hazard_pointer& hazard, int n) {{
  int sum = s.activate(a) ? mixed<{n % 40 + 1}>(n, 3) : mixed<{n % 40 + 2}>(n, n);
  sum += s.active()->values[{n}] + mixed<{n % 40 + 3}>(sum, n);
  s.poll();
  t.poll();
  if (const auto* const read = t.protect(source{kind})) sum += mixed<{n % 40 + 1}>(n, read->values[{n}]);
  s.poll();
  t.reset_protection();
  sum += mixed<{n % 40 + 1}>(s.activate(b), s.active()->values[{n}]);
  s.poll();
  t.poll();
  sum += mixed<{n % 40 + 2}>(n, s.active()->values[sum % {CALLERS}]);
  s.poll();
  s.deactivate();
  if (const node* const first = hazard.protect(head)) sum += first->value;
  hazard.reset_protection();
  return sum;
}}""")
    return "\n".join(text) + "\n"


def calls(path):
    """Of the callers: how often each function of lazyref is called, or jumped to."""
    command = ["objdump", "-drw", "--no-show-raw-insn", path]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    callers, fast, slow, inside = set(), Counter(), 0, False
    names = "|".join(f"{len(name)}{name}" for name in CALLED + PARTS)
    named = re.compile(rf"_ZNK?7lazyref\S*?(?<!\d)(?:{names})(?=[BIE])")
    for line in text.splitlines():
        if header := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            found = re.match(r"_Z\d+(caller\d+)R", header[1])
            inside = found is not None
            if inside:
                callers.add(found[1])
        elif inside and re.search(r"\t(call|j\w+) ", line):
            if found := named.search(line):
                fast[re.search(r"[a-z_]+$", found[0])[0]] += 1
            slow += SLOW.search(line) is not None
    return len(callers), fast, slow


def main():
    cxx, include, directory = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    shutil.rmtree(directory, ignore_errors=True)
    twin = directory / "twin"
    for folder in ("include", "arch"):
        shutil.copytree(include.parent / folder, twin / folder)
    config = twin / "include/lazyref/config.hpp"
    text = config.read_text()
    verdict(text.count(ATTRIBUTE) == 1, "config.hpp has the attribute once")
    config.write_text(text.replace(ATTRIBUTE, ""))

    source = directory / "unit.cpp"
    source.write_text(unit())
    is_clang = "clang" in subprocess.run([cxx, "--version"], capture_output=True, text=True).stdout
    for what, tree in (("the headers", include.parent), ("without the attribute", twin)):
        output = directory / "unit.o"
        flags = ["-std=c++17", "-O2", "-DNDEBUG", "-ffunction-sections", f"-I{tree}/include", f"-I{tree}/arch"]
        done = subprocess.run([cxx, *flags, "-c", source, "-o", output], capture_output=True, text=True)
        if done.returncode:
            verdict(False, f"{what}: compiles", done.stderr.splitlines()[:20])
            continue
        callers, fast, slow = calls(output)
        found = ", ".join(f"{n} of {name}" for name, n in fast.most_common()) or "none"
        if tree == twin and not is_clang:
            called = {"activate", "move_to", "poll", "protect", "protect_inside"}
            verdict(set(fast) >= called, f"{what}, {cxx} calls them: {found}")
        else:
            verdict(callers == CALLERS and slow >= 4 * CALLERS and not fast,
                    f"{what}: {callers} callers, {slow} ways to a slow path, calls of a fast path: {found}")
    print(f"{failures} failed" if failures else "ok")
    return 1 if failures else 0


sys.exit(main())
