#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""All of lazyref in one header: one_file.py ROOT OUTPUT

What lazyref.hpp includes is put in its place. Each part keeps the include guard of its file: so one that is included
under a condition (the file of an architecture) may stand here more than once, and this header and the tree that it is
made of know each other's parts. config.hpp comes first, and in front of its guard it looks for another version.
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'#include "(.*)"')
# Installed, or as the repository has it: here it is the latter.
EITHER = re.compile(r'#if __has_include\("[^"]*"\)\n(?:#include "[^"]*"\n)+#else\n((?:#include "[^"]*"\n)+)#endif\n')


def expand(path, known):
    """The text of `path`, which is included where the files in `known` certainly have been."""
    text = EITHER.sub(lambda m: m[1], path.read_text(encoding="utf-8"))
    guard = re.search(r"^#ifndef (LAZYREF_\w+_H(?:PP)?)$", text, re.M)[1]
    # What stands under the guard alone is certainly included: now, or when the guard was defined.
    depth, out = 0, []
    for line in text.splitlines():
        if line == "// SPDX-License-Identifier: BSL-1.0":
            continue
        if line.startswith("#if") and line != f"#ifndef {guard}":
            depth += 1
        elif line.startswith("#endif") and line != f"#endif  // {guard}":
            depth -= 1
        if found := INCLUDE.match(line):
            inner = (path.parent / found[1]).resolve()
            if inner not in known:
                here = known if depth == 0 else set(known)
                here.add(inner)
                out += expand(inner, here)
        else:
            out.append(line)
    return out


def main():
    root, output = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    head = ["// SPDX-License-Identifier: BSL-1.0", "//",
            "// Made from many files by .packaging/one_file.py; they are what to read and to change."]
    output.parent.mkdir(parents=True, exist_ok=True)
    lines = head + expand(root / "include/lazyref/lazyref.hpp", set())
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output}: {len(lines)} lines")


if __name__ == "__main__":
    main()
