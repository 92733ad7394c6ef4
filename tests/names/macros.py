#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Programs have defined macros of all names before they include our headers (macros.txt).

macros.py ROOT               by reading: which tokens of the headers, also in parts that are for other systems, are such
                             names; said with file and line
macros.py ROOT COMPILER...   by compiling, after the system's headers that ours include, with each name defined as what
                             is no C++: all headers together, and each alone

Both are tried on texts of which it is known what they must find.
"""
import collections
import pathlib
import re
import sys

import headers

LIST = pathlib.Path(__file__).parent / "macros.txt"


class Names:
    """What macros.txt says: where each name comes from, which are tried as functions only, and the exceptions."""

    def __init__(self, text):
        self.origin, self.only_functions, self.exceptions = {}, set(), set()
        self.problems = []
        origin = None
        for line in text.splitlines():
            if line.startswith("["):
                origin = line.strip("[]")
            elif line.startswith("!"):
                found = re.fullmatch(r"! ((?:(?:::)?\w+ ?)+): \S.*", line)
                self.exceptions.update(found[1].split() if found else [line])
            elif not line.startswith("#"):
                for word in line.split():
                    self.add(word.replace("()", ""), word.endswith("()"), origin)
        self.problems += [f"macros.txt: an exception that is no name of the list, or gives no reason: {name}"
                          for name in sorted(self.exceptions) if name.lstrip(":") not in self.origin]
        self.qualified = {name.lstrip(":") for name in self.exceptions if name.startswith("::")}

    def add(self, name, only_function, origin):
        if name not in self.origin:
            self.origin[name] = origin
            if only_function:
                self.only_functions.add(name)
        elif only_function == (name in self.only_functions):
            self.problems.append(f"macros.txt: {name} is there twice")
        else:
            self.only_functions.discard(name)

    def definitions(self, as_functions):
        """Each name as a function, or in that of its two shapes that reaches further."""
        result = []
        for name in sorted(set(self.origin) - self.exceptions - self.qualified):
            shape = name + "(...)" if as_functions or name in self.only_functions else name
            result.append(f"#undef {name}\n#define {shape} @ lazyref_macro_{name} @\n")
        return "".join(result)


def lint(names, text):
    """[(line, name)] for each use of a name of the list; `::name` where it is allowed to stand so, and does."""
    words, found = [], []
    for token in headers.tokens(text):
        words += headers.inside(token) if token.kind == "directive" else [token]
    nothing = headers.Token("mark", "", 0)
    for before, last, token, following in zip([nothing] * 2 + words, [nothing] + words, words, words[1:] + [nothing]):
        if token.kind != "name" or token.text not in names.origin:
            continue
        if following.text != "(" and token.text in names.only_functions:
            continue
        if before.text == "__declspec" and last.text == "(":  # a word of Microsoft's, which has no other spelling
            continue
        is_global = last.text == "::" and (before.kind != "name" or before.text in headers.KEYWORDS)
        found.append((token.line, "::" * (is_global and token.text in names.qualified) + token.text))
    return found


def harm(compiler, before, definitions, after):
    """The names of the list that make `after` fail; what the compiler says if it is none of them."""
    ok, said = compiler.compile(definitions + after, *before)
    return [] if ok else sorted(set(re.findall(r"lazyref_macro_(\w+)", said))) or [said]


# (text, which names of the list it uses, which of them as functions)
KNOWN = [
    ("inline int f(int slots) { return slots; }", ["slots"], []),
    ("#if 0\nint slots;\n#endif", ["slots"], None),
    ("#if defined(linux)\n#endif", ["linux"], None),
    ("#if linux\n#endif", ["linux"], []),
    ("#define OURS(x) slots", ["slots"], None),
    ("template <class X> void f(X x) { x.check(1); }", ["check"], ["check"]),
    ("template <class X> void f(X x) { x.template check<int>(1); }", ["check"], []),
    ("inline int bit(int x) { return x; }", ["bit"], ["bit"]),
    ("inline int bit\n(int x) { return x; }", ["bit"], ["bit"]),
    ("namespace n { inline int close(int x) { return x; } }", ["close"], None),
    ("inline int close(int x) { return n::close(x); }", ["close"], None),
    ("inline int f(int x) { return ::close(x); }", ["::close"], None),
    ("inline int f(int bit) { return bit; }", [], []),
    ("inline int f(int slots_) { return slots_; }  // slots\n/* check(\n1) */", [], []),
    ('inline const char* f() { return "check(1)" "\'"; }', [], []),
    ("#define OURS(slots) (slots + 1)\nstatic_assert(OURS(1) == 2);", [], []),
    ("#if 0\n#error check(1)\n#include <slots.h>\n#endif", [], []),
]


def try_compiler(compiler, names, root):
    before = compiler.precompile("".join(f"#include <{header}>\n" for header in compiler.system_headers()))
    far, functions = names.definitions(False), names.definitions(True)
    all_headers = headers.headers(root)
    together = "".join(f"#include <{header}>\n" for header in all_headers)
    cases = [("all headers", far, together), ("all headers, macros as functions", functions, together)]
    cases += [(header + " alone", far, f"#include <{header}>\n") for header in all_headers]
    culprits = collections.defaultdict(list)
    for what, definitions, text in cases:
        for name in harm(compiler, before, definitions, text):
            culprits[name].append(what)
    command = " ".join(compiler.command)
    problems = [f"{command}: `{name}`, defined as a macro, breaks {', '.join(where[:3])}{', ...' * (len(where) > 3)}"
                for name, where in sorted(culprits.items())]
    for text, expected, expected_functions in KNOWN:
        if expected_functions is not None:
            found = harm(compiler, before, far, text + "\n"), harm(compiler, before, functions, text + "\n")
            if found != (expected, expected_functions):
                problems.append(f"{command}: {found}, not {expected}, {expected_functions} in: {text}")
    return problems


def read(names, root):
    problems = [f"found {found}, not {expected} in: {text}" for text, expected, _ in KNOWN
                if (found := sorted({name for _, name in lint(names, text)})) != expected]
    uses, exceptions = collections.defaultdict(list), set()
    for path in headers.headers(root).values():
        for line, name in lint(names, path.read_text(encoding="utf-8")):
            if name in names.exceptions:
                exceptions.add(name)
            else:
                uses[name].append(f"{path.relative_to(root).as_posix()}:{line}")
    for name, where in sorted(uses.items()):
        problems += [f"{at}: `{name}` is a macro in programs with {names.origin[name]}" for at in where]
    return problems + [f"macros.txt: an exception that nothing needs any more: {name}"
                       for name in sorted(names.exceptions - exceptions)]


def main():
    root, commands = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    names = Names(LIST.read_text(encoding="utf-8"))
    problems = names.problems
    for command in commands:
        problems += try_compiler(headers.Compiler([command], root), names, root)
    if not commands:
        problems += read(names, root)
    return headers.report("macros", problems, f"{len(names.origin)} names, {' '.join(commands) or 'by reading'}")


if __name__ == "__main__":
    sys.exit(main())
