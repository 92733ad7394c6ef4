#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Nothing of the user's is found by our headers: adl.py ROOT COMPILER...

Compiles and runs adl.cpp, a program whose namespace has functions of every name that the headers use, all deleted. A
call that finds one would prefer it, or could not choose. In C++17 and C++20, which differ in when `name<T>(x)` looks
into the namespaces of its arguments; with checks and without. clang++ also tells which calls in our templates are left
open to functions of the user's: none may be. Twins: calls that must be refused. (Types are not found in this way;
bases.py has them.)
"""
import pathlib
import re
import subprocess
import sys

import adl_lint
import headers

PROGRAM = pathlib.Path(__file__).parent / "adl.cpp"
TWINS = 6  # in adl.cpp; 0 is the same without a fault
TWIN_NAMES = {"twin_parked", "twin_drain", "twin_move", "twin_any"}
CLASSES = "user_car user_node user_plain_node user_code user_thing".split()

# For the name of a function: what is better than a template of ours, or as good, for objects of the user's, with up to
# three arguments; likewise where template arguments are given.
FIRST = [pattern.format(name) for name in CLASSES for pattern in ("{}*", "const {}*", "{}&", "const {}&")]
SLOTS = [f"lazyref::slot<{name}, S, W>&" for name in ("user_car", "user_code", "user_thing")]
MORE = [("", ""), ("class B", ", B&&"), ("class B, class C", ", B&&, C&&")]
GIVEN = ["", "class H", "class H, auto V", "class H, class G, auto V"]
BETTER = [f"template <{', '.join(filter(None, (given, slot, more)))}>" * bool(given + slot + more) +
          f" void NAME({first}{rest}) = delete;"
          for firsts, slot in ((FIRST, ""), (SLOTS, "class S, lazyref::reclaim W"))
          for first in firsts for more, rest in MORE for given in GIVEN]


def functions(names, of_ours):
    """names.inc: functions of these names, in the namespace of the user's classes."""
    return ("#define ANY(NAME) template <class... A> void NAME(A&&...) = delete;\n"
            "#define BETTER(NAME) " + " ".join(BETTER) + "\n" +
            "".join(f"ANY({name})\n" for name in sorted(names)) +
            "".join(f"BETTER({name})\n" for name in sorted(of_ours)) +
            "template <class A> void operator&(A&&) = delete;\n"
            "template <class A, class B> void operator,(A&&, B&&) = delete;\n")


def of_functions(root):
    """The names of our functions that are no members, and of those of std that the headers call."""
    texts = [path.read_text(encoding="utf-8") for path in headers.headers(root).values()]
    macros, result = adl_lint.macros_of(texts), set()
    for text in texts:
        result |= adl_lint.File(text, macros).functions
        result.update(re.findall(r"\bstd::(\w+)(?=\(|<[^;{}]*>\()", text))
    return result


def left_open(compiler, standard, flags):
    """Calls in our templates that clang leaves open to functions of the arguments' namespaces."""
    text = "".join(f"#include <{header}>\n" for header in headers.headers(compiler.root))
    text += "#ifdef TWIN\nnamespace lazyref { template <class T> T* twin(T* x) { return x; }\n" \
            "template <class T> T* twin_user(T* x) { return twin(x); } }\n#endif\n"
    _, said = compiler.compile(text, *flags, "-Xclang", "-ast-dump", "-Xclang", "-ast-dump-filter=lazyref",
                               standard=standard)
    return set(re.findall(r"\(ADL\) = '([^']*)'", said))


def try_compiler(compiler, root):
    command = " ".join(compiler.command)
    problems = []
    every = "".join(f"#include <{header}>\n" for header in headers.headers(root))
    names = headers.identifiers(root) - {"NDEBUG"} - compiler.macros(every)
    uses = set(re.findall(r"\buser_\w+", PROGRAM.read_text(encoding="utf-8")))
    if names & uses or not {"resume", "is_parked", "last_user_left", "swap", "move"} <= of_functions(root):
        problems.append(f"{command}: not the names that were expected: {sorted(names & uses)}")
    program = str(compiler.path / "adl")

    def build(inc, *flags, standard="17"):
        compiler.write("names.inc", inc)
        return compiler.run([f"-std=c++{standard}", *compiler.flags, "-I", str(compiler.path), *flags, str(PROGRAM),
                             "-o", program, "-pthread"])

    greedy = functions(names, names & of_functions(root))
    for standard, flags in (("17", []), ("20", []), ("17", ["-DNDEBUG"])):
        ok, said = build(greedy, *flags, standard=standard)
        what = f"{command} -std=c++{standard} {' '.join(flags)}: functions of the user's"
        if not ok:
            problems.append(f"{what}: do not compile:\n{headers.errors(said)}")
            continue
        ran = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if ran.returncode != 0:
            problems.append(f"{what}: exit status {ran.returncode}:\n{ran.stdout.decode()}")

    # C++20 differs where template arguments are given.
    for standard, twin in [("17", twin) for twin in range(TWINS + 1)] + [("20", 0), ("20", 2)]:
        ok, said = build(functions(TWIN_NAMES, TWIN_NAMES), f"-DTWIN={twin}", "-fsyntax-only", standard=standard)
        if ok != (twin == 0) or (not ok and "deleted" not in said and "ambiguous" not in said):
            problems.append(f"{command} -std=c++{standard}: twin {twin} is {'taken' if ok else 'refused'}:\n"
                            f"{headers.errors(said)}")
    if compiler.is_clang:
        ways = [(standard, flags) for standard in ("17", "20") for flags in ([], ["-DNDEBUG"])]
        problems += [f"{command}: a call of `{name}` in a template is open to functions of the user's"
                     for name in sorted(set().union(*(left_open(compiler, *way) for way in ways)))]
        if "twin" not in left_open(compiler, "17", ["-DTWIN"]):
            problems.append(f"{command}: it does not tell that a call is left open")
    return problems, len(names)


def main():
    root, commands = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    problems, count = [], 0
    for command in commands:
        found, count = try_compiler(headers.Compiler([command], root), root)
        problems += found
    return headers.report("adl", problems, f"{count} names, {' '.join(commands)}")


if __name__ == "__main__":
    sys.exit(main())
