#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Each header has the include guard that its path demands, and looks for another version before it: guards.py ROOT

A header is: comments; config.hpp, included; `#ifndef GUARD`, `#define GUARD`, its inside, `#endif  // GUARD`.
config.hpp itself has, in place of the first, the comparison of the versions. Before the tree, the rules are tried on
headers that they must report.
"""
import pathlib
import posixpath
import re
import sys

CONFIG = "include/lazyref/config.hpp"
# As the repository has it, the files of the architectures stand beside include; installed, all is one tree.
LOOKS_INSTALLED = re.compile(r'#if __has_include\("\.\./[\w/]+\.hpp"\)')
CHECK = """#if defined(LAZYREF_VERSION_MAJOR)
#if LAZYREF_VERSION_MAJOR != {} || LAZYREF_VERSION_MINOR != {} || LAZYREF_VERSION_PATCH != {}
#error
#endif
#endif"""


def guard_of(path):
    return "LAZYREF_" + re.sub(r"\W", "_", re.sub(r"^(include|arch)/lazyref/", "", path)).upper()


def includes(path, line):
    """Does this line of `path` include config.hpp?"""
    found = re.fullmatch(r'#include "(.*)"', line)
    return found and posixpath.normpath(posixpath.join(posixpath.dirname(path), found[1])) == CONFIG


def in_front(path, lines, text):
    """What is wrong with the directives in front of the guard."""
    if path == CONFIG:
        numbers = re.findall(r"^#define LAZYREF_VERSION_\w+ (\d+)$", text, re.M)
        said = "\n".join(re.sub(r'^(#error) ".+ version.*"$', r"\1", line) for line in lines)
        return None if said == CHECK.format(*numbers) else "no comparison of the versions that stand below"
    if path.startswith("arch/"):
        here = (len(lines) == 5 and LOOKS_INSTALLED.fullmatch(lines[0]) and lines[1] == '#include "../config.hpp"'
                and lines[2] == "#else" and includes(path, lines[3]) and lines[4] == "#endif")
    else:
        here = len(lines) == 1 and includes(path, lines[0])
    return None if here else "config.hpp, and nothing else, stands in front of the guard"


def problem(path, text):
    """What is wrong with a header, or None."""
    guard = guard_of(path)
    if re.search(r"#\s*pragma\s+once|_Pragma\s*\(\s*\"once", text):
        return "#pragma once"
    lines = text.splitlines()
    if lines.count(f"#ifndef {guard}") != 1:
        return f"no #ifndef {guard}"
    at = lines.index(f"#ifndef {guard}")
    if lines[at + 1] != f"#define {guard}":
        return f"no #define {guard} in the next line"
    if lines[-1] != f"#endif  // {guard}":
        return f"the last line is not #endif  // {guard}"
    if any(line.strip() and not line.startswith(("//", "#")) for line in lines[:at]):
        return "code in front of the guard"
    depth = 0
    for n, line in enumerate(lines[at:], at):
        directive = re.match(r"#\s*(if|endif)", line)
        depth += {"if": 1, "endif": -1}[directive[1]] if directive else 0
        if depth == 0 and n != len(lines) - 1:
            return f"line {n + 1}: the guard ends before the file does"
    return in_front(path, [line for line in lines[:at] if line.startswith("#")], text)


def look(files):
    found = [f"{path}: {what}" for path, text in sorted(files.items()) if (what := problem(path, text))]
    for guard in {guard_of(path) for path in files}:
        paths = [path for path in files if guard_of(path) == guard]
        if len(paths) > 1:
            found.append(f"one guard for {' and '.join(sorted(paths))}")
    return found


def header(path, front, inside="int x;"):
    guard = guard_of(path)
    return f"// A header.\n{front}\n\n#ifndef {guard}\n#define {guard}\n\n{inside}\n\n#endif  // {guard}\n"


A, D, X = "include/lazyref/a.hpp", "include/lazyref/detail/a.hpp", "arch/lazyref/arch/x.hpp"
X_FRONT = '#if __has_include("../detail/a.hpp")\n#include "../config.hpp"\n#else\n' \
          '#include "../../../include/lazyref/config.hpp"\n#endif'
VERSION = "#define LAZYREF_VERSION_MAJOR 1\n#define LAZYREF_VERSION_MINOR 2\n#define LAZYREF_VERSION_PATCH 3"
C_FRONT = CHECK.format(1, 2, 3).replace("#error", '#error "two versions"')
GOOD = {A: header(A, '#include "config.hpp"', "#if 1\n#endif"), D: header(D, '#include "../config.hpp"'),
        X: header(X, X_FRONT), CONFIG: header(CONFIG, C_FRONT, VERSION)}
BAD = [
    (A, "#ifndef LAZYREF_A_HPP", "#ifndef LAZYREF_B_HPP"),
    (A, "#define LAZYREF_A_HPP", "#define LAZYREF_B_HPP"),
    (A, "#define LAZYREF_A_HPP\n", ""),
    (A, "#endif  // LAZYREF_A_HPP\n", "#endif\n"),
    (A, "#endif  // LAZYREF_A_HPP\n", "#endif  // LAZYREF_A_HPP\nint y;\n"),
    (A, "#if 1\n#endif", "#endif\n#if 1"),
    (A, "#endif\n", "#endif\n#pragma once\n"),
    (A, '#include "config.hpp"\n', ""),
    (A, '#include "config.hpp"\n', '#include "config.hpp"\n#include "slot.hpp"\n'),
    (A, '#include "config.hpp"\n', '#include "config.hpp"\nint y;\n'),
    (A, '"config.hpp"', '"detail/config.hpp"'),
    (D, "LAZYREF_DETAIL_A_HPP", "LAZYREF_A_HPP"),
    (D, '"../config.hpp"', '"config.hpp"'),
    (X, "LAZYREF_ARCH_X_HPP", "LAZYREF_X_HPP"),
    (X, "../../../include", "../../include"),
    (X, X_FRONT, '#include "../config.hpp"'),
    (CONFIG, "MINOR != 2", "MINOR != 1"),
    (CONFIG, C_FRONT, ""),
    (CONFIG, '#error "two versions"\n', ""),
]


def test_rules():
    found = [f"a good header is reported: {what}" for what in look(GOOD)]
    for path, before, after in BAD:
        bad = GOOD[path].replace(before, after)
        if bad == GOOD[path] or problem(path, bad) is None:
            found.append(f"not reported: {path} with {after!r} for {before!r}")
    other = "include/lazyref/arch_x.hpp"
    if len(look({other: header(other, '#include "config.hpp"'), X: GOOD[X]})) != 1:
        found.append("not reported: one guard for two headers")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    files = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
             for folder in ("include", "arch") for path in root.glob(f"{folder}/**/*.hpp")}
    found = test_rules() + look(files) + ([] if CONFIG in files else [f"{root} is not the project"])
    for line in found:
        print(line)
    print(f"{len(BAD) + 1} bad headers, {len(files)} headers: {len(found) or 'no'} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
