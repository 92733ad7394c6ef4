#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Is every atomic operation of the headers in the mutation table?

    lint.py REPOSITORY MODEL_MUTANTS

Every operation must take its order from the order table, or be relaxed, or stand in EXCEPTIONS with a reason; every
member of the table must be used by a header and have a row in mutants.cpp.
"""
import pathlib
import re
import subprocess
import sys

# File and a part of the line: why it has no row.
EXCEPTIONS = {
    ("detail/slot/drain.hpp", "s.lazy.store(object, order)"): "order is slot_set or slot_clear: both callers name them",
    ("result.hpp", "current_fatal_handler.load("): "H2; the fatal hook is no algorithm: it ends the program",
    ("result.hpp", "current_fatal_handler.exchange("): "H1",
    ("fence_test.hpp", "mine.turn.store("): "the start line of the litmus test that a user runs on the machine",
    ("fence_test.hpp", "other.turn.load("): "its other side",
    ("fence_test.hpp", "asymmetric_thread_fence_light("): "what it tests",
    ("fence_test.hpp", "asymmetric_thread_fence_heavy("): "what it tests",
    ("detail/c/implementation.hpp", "asymmetric_thread_fence_heavy("): "a program's own: orders but relaxed have one strength",
    ("detail/fence/fence_core.hpp", "heavy("): "its own, between two decisions; scenarios_decision.hpp leaves it out in a twin",
}

CALL = re.compile(r"(?:[\w\[\]]+(?:\(\))?(?:\.|->|::))*"
                  r"(?:load|store|exchange|compare_exchange_(?:weak|strong)|fetch_\w+|test_and_set|light|heavy|"
                  r"atomic_thread_fence|asymmetric_thread_fence_\w+)\(")


def arguments(text, start):
    depth = 1
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def main():
    root, mutants = pathlib.Path(sys.argv[1]), sys.argv[2]
    problems, used, operations, excepted = [], set(), 0, set()
    members = re.findall(r"std::memory_order (\w+) = ", (root / "include/lazyref/orders.hpp").read_text())
    for path in sorted(p for d in ("include", "arch") if (root / d).exists() for p in (root / d).rglob("*.hpp")):
        name = path.relative_to(root).as_posix().split("lazyref/", 1)[1]
        if name == "orders.hpp":
            continue
        text = re.sub(r"//[^\n]*", "", path.read_text())
        used.update(re.findall(r"\borders\.(\w+)", text))
        for call in CALL.finditer(text):
            given = arguments(text, call.end())
            if not re.search(r"memory_order|orders\.|\border\b", given) and "." not in call[0]:
                continue  # a declaration, or a function of another kind
            if re.search(r"(^|, )std::memory_order( order)?$", given.strip()) or given.strip() == "order":
                continue  # the definition of a fence, and what forwards to it
            operations += 1
            begin = text.rfind("\n", 0, call.start()) + 1
            exception = [e for e in EXCEPTIONS if e[0] == name and e[1] in text[begin:call.end() + len(given) + 1]]
            excepted.update(exception)
            if exception:
                continue
            where = f"{name}:{text.count(chr(10), 0, call.start()) + 1}: {call[0]}...)"
            if re.search(r"memory_order|\border\b", re.sub(r"std::memory_order_relaxed|\w+::orders\.\w+", "", given)):
                problems.append(where + " has an order that is not in the table")
            elif not re.search(r"memory_order_relaxed|orders\.", given):
                problems.append(where + " names no order, so it is seq_cst")
    rows = subprocess.run([mutants, "--members"], capture_output=True, text=True, check=True).stdout.split()
    problems += [f"orders.hpp: {m} has no row in mutants.cpp" for m in members if m not in rows]
    problems += [f"orders.hpp: {m} is not used by any header" for m in members if m not in used]
    problems += [f"mutants.cpp: {m} is not a member of order_table" for m in set(rows) - set(members)]
    problems += [f"lint.py: nothing matches the exception {e}" for e in EXCEPTIONS.keys() - excepted]
    for p in problems:
        print(p)
    print(f"lint: {operations} atomic operations and fences, {len(members)} orders, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
