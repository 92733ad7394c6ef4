#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Nothing of our base classes shows in the user's class but what the contract names: bases.py ROOT COMPILER...

Each identifier of the headers is a data member, then a function, a type and a constant of a second base of a class that
derives from one of ours, then a function and a type around the class; and is used in the class. Then bases.cpp: what
such a class may be besides. Twins: bases that have what they must not have.
"""
import pathlib
import re
import sys

import headers

PROGRAM = pathlib.Path(__file__).parent / "bases.cpp"

# The bases, and what the contract lets show.
BASES = {
    "lazyref::owner": {"owner"},
    "lazyref::hazard_pointer_obj_base": {"hazard_pointer_obj_base", "retire"},
    "lazyref::code_block": {"code_block", "owner", "entry", "size", "as", "side_data", "side_data_size", "dispose"},
}
# Names with this prefix are nobody else's.
OURS = re.compile(r"lazyref_\w+")

# What a name may be in the user's other base, or around the class; and how the class uses it.
KINDS = {
    "data": ("int {0};", "static_cast<void>({0});"),
    "function": ("void {0}() {{}}", "{0}();"),
    "type": ("struct {0} {{}};", "{0} variable_of_{0}{{}}; static_cast<void>(variable_of_{0});"),
    "constant": ("static constexpr int {0} = 1;", "static_assert({0} == 1);"),
}


def program(names, base):
    """A class for each kind of name that derives from base, and from another one that has all the names; and two in
    namespaces that have them."""
    result = []
    for number, (declaration, use) in enumerate(KINDS.values()):
        declarations = "".join(declaration.format(name) + "\n" for name in names)
        uses = "".join(use.format(name) + "\n" for name in names)
        for order in ("{0}, {1}", "{1}, {0}"):
            number_of = f"{number}{order[1]}"
            theirs, ours = f"names_{number_of}", f"public ::{base}<user_{number_of}>"
            result.append(f"struct {theirs} {{\n{declarations}}};\nstruct user_{number_of} : "
                          f"{order.format(theirs, ours)} {{ void use_all() {{\n{uses}}} }};\n")
    for kind in ("function", "type"):
        declaration, use = KINDS[kind]
        around = "".join("inline " * (kind == "function") + declaration.format(name) + "\n" for name in names)
        uses = "".join(use.format(name) + "\n" for name in names)
        result.append(f"namespace around_{kind} {{\n{around}"
                      f"struct user : ::{base}<user> {{ void use_all() {{\n{uses}}} }};\n}}\n")
    return "".join(result)


# A base with something too much, and what of it must be told.
PLANTED = """
template <class T> class planted_base { protected: struct planted_second {}; };
template <class T> class planted : private planted_base<T> {
  int planted_data; void planted_function() {} struct planted_type {}; enum { planted_enumerator };
  using planted_alias = T;
};
"""
SHOWN = ["planted_data", "planted_function", "planted_type", "planted_enumerator", "planted_alias", "planted_second",
         "planted_base", "planted"]


def shown(compiler, text):
    """The names that clash; or what the compiler says, if it is something else."""
    ok, said = compiler.compile(text)
    if ok:
        return []
    quoted = r"['‘](?:[\w:<>{}, ]*::)?(\w+)(?:<[^'’]*>)?(?:\(\))?['’]"
    before = r"(?:reference to |member |request for member |non-static member |type |call to )?"
    after = r".*(?:ambiguous|found in multiple base|private|protected|inaccessible)"
    clashes = re.findall(rf"error: {before}{quoted}{after}", said)
    return sorted(set(clashes)) or [headers.errors(said)]


def try_compiler(compiler, root):
    command = " ".join(compiler.command)
    include = "#include <lazyref/lazyref.hpp>\n"
    names = sorted(name for name in headers.identifiers(root) - compiler.macros(include) if not OURS.fullmatch(name))
    problems = []
    for base, allowed in BASES.items():
        found = shown(compiler, include + program([name for name in names if name not in allowed], base))
        problems += [f"{command}: `{name}` of {base} shows in a class that derives from it" for name in found]
        # An exception that shows nothing is none.
        found = shown(compiler, include + program(sorted(allowed), base))
        problems += [f"{command}: `{name}` does not show in {base}, and need not be allowed to"
                     for name in sorted(allowed - set(found))]
    found = shown(compiler, PLANTED + program(SHOWN + ["innocent"], "planted"))
    if found != sorted(SHOWN):
        problems.append(f"{command}: of what was planted it tells {found}, not {sorted(SHOWN)}")
    return problems, len(names)


# In bases.cpp: the fault, the language, and the parts of it that must see it.
TWINS = [
    (1, "17", "the deleter is a base", ["own_deleter", "members_of_the_deleter", "deleter_is_base", "app", "bare_std"]),
    (2, "17", "objects are equal by their base", ["comparisons"]),
    (3, "17", "a flag too much", ["space"]),
    (4, "17", "an empty deleter takes room", ["space"]),
    (0, "20", "the base has no ==", ["comparisons"]),
]


def try_program(compiler):
    command = " ".join(compiler.command)
    text = PROGRAM.read_text(encoding="utf-8")
    parts = [""]  # the namespace that each line stands in
    for line in text.splitlines():
        found = re.match(r"namespace (\w+) \{", line)
        parts.append(found[1] if found else parts[-1])
    problems = []
    for standard in ("17", "20"):
        ok, said = compiler.compile(text, standard=standard)
        if not ok:
            problems.append(f"{command} -std=c++{standard}: bases.cpp does not compile:\n{headers.errors(said)}")
    for twin, standard, fault, expected in TWINS:
        _, said = compiler.compile(text, f"-DTWIN={twin}", standard=standard)
        seen = {parts[int(line)] for line in re.findall(r"text\.cpp:(\d+):\d+: error", said)}
        if not set(expected) <= seen:
            problems.append(f"{command}: twin: {fault}: told by {sorted(seen)}, not {expected}")
    return problems


def main():
    root, commands = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    problems, count = [], 0
    for command in commands:
        compiler = headers.Compiler([command], root)
        found, count = try_compiler(compiler, root)
        problems += found + try_program(compiler)
    return headers.report("bases", problems, f"{count} names, {len(BASES)} bases, {' '.join(commands)}")


if __name__ == "__main__":
    sys.exit(main())
