# SPDX-License-Identifier: BSL-1.0
"""Prints a document in Markdown for doxygen, as a page of the reference; no line moves.

- Headings get the anchors that GitHub gives them, so that links to them work in both.
- Links to documents and headers of the reference lead there. doxygen reports those that lead nowhere.
- What else the guide links to (programs, results) becomes a page with the text of these files.
- Other links become their text, with the path.
"""
import pathlib
import re
import sys

GUIDE = "include/lazyref/README.md"
# Those of Doxyfile's INPUT, and what their labels begin with.
DOCUMENTS = {GUIDE: "", "README.md": "readme-", "arch/README.md": "arch-", "examples/README.md": "examples-",
             "tests/bench/README.md": "bench-"}
LINK = re.compile(r"(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]*)\)")
# Of which doxygen would make links to some function, or to a header of ours where another's is meant.
NO_LINK = re.compile(r"`(\w+\.(?:\w+\(\)|hpp))`")
HEADING = re.compile(r"(#+) (.*)")
ROOT = pathlib.Path.cwd()


def slug(heading):
    return re.sub(r"[^\w\- ]", "", LINK.sub(r"\2", heading).lower()).replace(" ", "-")


def page_of(path):
    return "source-" + re.sub(r"\W", "-", path)


def without_blocks(lines):
    """[(number, line)] of those that are no code."""
    in_block = False
    for n, line in enumerate(lines):
        if line.startswith("```"):
            in_block = not in_block
        elif not in_block:
            yield n, line


def resolved(name, target):
    """The path in the project that a link of the document `name` leads to, and the heading there."""
    path, _, anchor = target.partition("#")
    if not path:
        return name, anchor
    return (ROOT / name).parent.joinpath(path).resolve().relative_to(ROOT).as_posix(), anchor


def sources():
    """What the guide links to and the reference has no other page for."""
    found = {}
    for _, line in without_blocks((ROOT / GUIDE).read_text(encoding="utf-8").splitlines()):
        for is_picture, _, target in LINK.findall(line):
            if is_picture or re.match(r"\w+:", target):
                continue
            path, _ = resolved(GUIDE, target)
            if path not in DOCUMENTS and not path.startswith("include/"):
                found[path] = True
    return list(found)


def linked(name, link, known):
    is_picture, text, target = link.groups()
    if re.match(r"\w+:", target):
        return link[0]
    path, anchor = resolved(name, target)
    if is_picture:
        return f"![{text}]({pathlib.Path(path).name})"
    plain = text.replace("`", "").replace("<", "&lt;").replace(">", "&gt;")  # doxygen takes no code in it
    if path in DOCUMENTS or path == name:
        return f"[{plain}](@ref {DOCUMENTS.get(path, '')}{anchor or 'document'})"
    if path.startswith("include/"):
        return f"[{plain}](@ref {pathlib.Path(path).name})"
    if path in known:
        return f"[{plain}](@ref {page_of(path)})"
    return f"`{path}`" if text.strip("`") == path else f"{text} (`{path}`)"


def filtered(name, lines):
    out, known, taken = list(lines), sources(), {}
    for n, line in without_blocks(lines):
        if line.startswith("<!-- SPDX"):
            out[n] = ""
            continue
        out[n] = NO_LINK.sub(r"<tt>%\1</tt>", LINK.sub(lambda link: linked(name, link, known), line))
        if heading := HEADING.fullmatch(line):
            label = slug(heading[2])
            taken[label] = taken.get(label, -1) + 1
            if taken[label]:
                label += f"-{taken[label]}"
            out[n] = line.replace("`", "") + " {#" + DOCUMENTS.get(name, "") + ("document" if len(heading[1]) == 1 else label) + "}"
    if name == GUIDE:
        for path in known:
            files = [path]
            if (ROOT / path).is_dir():
                files = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / path).iterdir() if file.is_file())
            out += ["", f"\\page {page_of(path)} {path}", ""]
            for file in files:
                out += [f"<tt>{file}</tt>", "", f"\\include {file}", ""]
    return out


if __name__ == "__main__":
    document = pathlib.Path(sys.argv[1]).resolve()
    inside = document.relative_to(ROOT).as_posix() if document.is_relative_to(ROOT) else ""
    if inside not in DOCUMENTS:  # the test's own, wherever it builds, is as one in the top folder
        inside = document.name
    print("\n".join(filtered(inside, document.read_text(encoding="utf-8").splitlines())))
