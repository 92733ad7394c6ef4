#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Whether the documents (*.md) are true where a program can tell.

  check.py text ROOT BUILD    links and anchors, commands, paths and names, the README's size, the picture of the idea; that the guide
                              knows each header; figures that are recorded (below)
  check.py code ROOT CXX      the blocks of C++

Blocks marked ```cpp: one that begins with #include begins a unit, the next ones of that document continue it. A unit with a
main is compiled as the README says, linked and run; the others are compiled. A comment <!-- not compiled: REASON --> in the
line before a block leaves it out. Each block marked ```c is a unit in C.

A figure that was measured has a comment behind it that names its entry in tests/bench/results/MACHINE.json:

  0.67 ns<!-- recorded MACHINE: PROGRAM; RACE; CONTENDER; threads 2 -->     what `key value` pairs select; the entry's "ns"
  12 us<!-- recorded MACHINE: PROGRAM; RACE; CONTENDER; value p90 -->       another of its values
  2.4<!-- recorded MACHINE: ENTRY over ENTRY -->, ENTRY over 10 ns, ENTRY minus ENTRY
  2026-11-29<!-- recorded MACHINE: about date -->                           what is said of the machine and the run

The figure has to be the recorded value, rounded to the digits that it has (zeros at the end of an integer do not count) and by
at most a tenth. In the documents named in MEASURED each time in ns, us or ms has such a comment, or its row, item or paragraph
says "not in the results", or <!-- not recorded: REASON -->. The mode is `auto` where none is named.

Before the documents, the rules are tried on documents that each of them must report. Exit status: 0, 1 something is wrong.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDERS = ("include", "arch", "tests", "examples", ".packaging")
README_LINES, README_WIDTH = 160, 160
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
MEASURED = ("README.md", "include/lazyref/README.md")
UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
TIMES = ("ns", "low", "high", "p90", "worst")
RECORDED = re.compile(r"<!-- recorded(?: ([\w.-]+): ([^\n]*?))? *-->")
FIGURE = re.compile(r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?)(?: (ns|us|ms|s|%))?\Z")
TIME = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?\s(?:ns|us|ms)\b")
NOT_RECORDED = re.compile(r"not\s+in\s+the\s+results|<!-- not recorded: \S[^\n]* -->")
NOT_COMPILED = re.compile(r"<!-- not compiled: \S.* -->\n\Z")


def documents(root):
    found = sorted(root.glob("*.md")) + sorted(root.glob(".*.md"))
    for folder in FOLDERS:
        found += sorted((root / folder).rglob("*.md"))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


# --- text

def without_code(text):
    """The document with as many lines, but nothing in its blocks of code."""
    return FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)


def anchors(text):
    """As GitHub makes them from headings."""
    result = set()
    for heading in re.findall(r"^#+ (.*)$", without_code(text), re.M):
        words = LINK.sub(lambda link: link[0][1:link[0].index("](")], heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        number, first = 0, slug
        while slug in result:
            number += 1
            slug = f"{first}-{number}"
        result.add(slug)
    return result


class project:
    """What commands and names in documents may refer to."""

    def __init__(self, root, build):
        self.root, self.build = root, build
        self.groups = self.listed("tests/run.sh")
        self.examples = self.listed("examples/run.sh")
        self.words = set()
        for pattern in ("include/**/*.hpp", "include/**/*.h", "CMakeLists.txt", "tests/**/*.hpp", "tests/**/*.cpp", "tests/**/CMakeLists.txt"):
            for path in root.glob(pattern):
                self.words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        self.tests = {}

    def listed(self, script):
        """The names that a script lists when it is asked for another one."""
        said = subprocess.run(["sh", script, "no-such-name"], cwd=self.root, capture_output=True, text=True)
        names = re.search(r"there are: (.*)", said.stdout + said.stderr)
        if said.returncode != 2 or not names:
            sys.exit(f"{script} does not list what there is")
        return set(names[1].split())

    def has_test(self, pattern):
        if pattern not in self.tests:
            said = subprocess.run(["ctest", "--test-dir", self.build, "-N", "-R", pattern], capture_output=True, text=True)
            self.tests[pattern] = re.search(r"^Total Tests: [1-9]", said.stdout, re.M) is not None
        return self.tests[pattern]

    def has_option(self, example, option):
        patterns = (f"examples/{example}.cpp", f"examples/{example}/*", "examples/*.hpp")
        return any(f'"{option}' in path.read_text(encoding="utf-8") for pattern in patterns for path in self.root.glob(pattern))

    def wrong_command(self, command):
        """What is wrong with it, or None. Words in capitals stand for others."""
        words = command.split()
        if words[:2] == ["sh", "tests/run.sh"] and len(words) > 2 and words[2] not in self.groups and not words[2].isupper():
            return f"no group of tests '{words[2]}'"
        if words[:2] == ["sh", "examples/run.sh"] and len(words) > 2 and not words[2].isupper():
            if words[2] not in self.examples:
                return f"no example '{words[2]}'"
            for word in words[3:]:
                if word.startswith("--") and not self.has_option(words[2], word):
                    return f"the example {words[2]} has no option {word}"
        if words[0] in ("sh", "python3") and len(words) > 1 and not (self.root / words[1]).is_file():
            return f"no file {words[1]}"
        if words[0] == "ctest" and "-R" in words[:-1] and not self.has_test(words[words.index("-R") + 1].strip("'\"")):
            return f"no test {words[words.index('-R') + 1]}"
        return None


def check_text(name, text, known, there):
    """name: of the document; known: all documents; there: the project. Returns [(line, what)]."""
    problems = []
    prose = without_code(text)

    def line(offset):
        return prose.count("\n", 0, offset) + 1

    if text.count("\n```") % 2 != 0:
        problems.append((1, "a block of code has no end"))
    folder = (there.root / name).parent
    for link in LINK.finditer(prose):
        target, _, anchor = link[1].partition("#")
        if re.match(r"\w+:", target):
            continue
        path = (folder / target).resolve() if target else (there.root / name).resolve()
        if not path.exists() and target:
            problems.append((line(link.start()), f"link to what is not there: {link[1]}"))
        elif anchor:
            other = text if not target else known.get(path.relative_to(there.root.resolve()).as_posix(), "")
            if anchor not in anchors(other):
                problems.append((line(link.start()), f"link to a heading that is not there: {link[1]}"))
    commands = [(line(span.start()), " ".join(span[1].split())) for span in SPAN.finditer(prose)]
    for block in FENCE.finditer(text):
        if block[1] == "sh":
            commands += [(text.count("\n", 0, block.start()) + 1, command) for command in block[2].splitlines()]
    for n, span in commands:
        for command in re.split(r"&&|;", span):
            if command.split() and (wrong := there.wrong_command(command)):
                problems.append((n, f"{wrong}: {span}"))
        path = re.fullmatch(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*", span)
        if path and not re.search(r"\b(NAME|MACHINE)\b", span) and not any(there.root.glob(span.rstrip("/"))):
            problems.append((n, f"no such path: {span}"))
        for word in re.findall(r"\blazyref::(\w+)|\b(LAZYREF_\w*\w)", span):
            word = word[0] or word[1]
            if word not in there.words and not any(w.startswith(word) for w in there.words if word.endswith("_")):
                problems.append((n, f"a name that is nowhere: {word}"))
    return problems


def check_size(text):
    lines = text.splitlines()
    problems = [(len(lines), f"{len(lines)} lines; at most {README_LINES}")] if len(lines) > README_LINES else []
    return problems + [(n, f"{len(line)} characters; at most {README_WIDTH}, but for links and rows of tables")
                       for n, line in enumerate(lines, 1)
                       if len(line) > README_WIDTH and not line.startswith("|") and not LINK.search(line)]


def unknown_headers(guide, names):
    linked = {link[1].partition("#")[0] for link in LINK.finditer(guide)}
    return [name for name in names if name not in linked]


def picture_is_made(root, picture):
    made = subprocess.run([sys.executable, root / ".packaging/idea_svg.py"], capture_output=True, text=True, check=True)
    return made.stdout == picture


def text_twins(there):
    """What must be reported, each beside one that must not."""
    good = ["[a](README.md)", "![a](LICENSE)", "[a](https://example.org/nothing)", "[a](#some-heading-stdatomic)",
            "`sh tests/run.sh unit`", "`sh tests/run.sh NAME`", "```sh\nsh tests/run.sh unit\n```",
            "`sh examples/run.sh router --rounds 15`", "`sh examples/run.sh tenants\n--workers 1`",
            "`python3 tests/lint.py`", "`ctest -R lint`", "`tests/unit/slot.cpp`", "`tests/bench/*.cpp`",
            "`lazyref::lazy_domain<T>`", "`LAZYREF_STATE`", "`LAZYREF_DETAIL_`"]
    bad = ["[a](nothing.md)", "![a](no/picture.svg)", "[a](README.md#nothing)", "[a](#nothing)",
           "`sh tests/run.sh nothing`", "`sh tests/nothing.sh`", "```sh\nsh tests/run.sh nothing\n```",
           "`sh examples/run.sh nothing`", "`sh examples/run.sh router --nothing 1`", "`cmake -B build && sh tests/run.sh\nnothing`",
           "`python3 nothing.py`", "`ctest -R nothing_such`", "`tests/unit/nothing.cpp`", "`tests/bench/nothing*.cpp`",
           "`lazyref::nothing_such`", "`LAZYREF_" + "NOTHING_SUCH`", "```cpp\nint x;\n"]
    problems = []
    for texts, expected in ((good, False), (bad, True)):
        for text in texts:
            found = check_text("README.md", f"# Title\n\n## Some heading: `std::atomic`\n\n{text}\n", {"README.md": "# Title\n"}, there)
            if bool(found) != expected:
                problems.append(f"{'not ' if expected else ''}reported: {text!r}: {found}")
    if check_size("a\n" * README_LINES) or not check_size("a\n" * (README_LINES + 1)):
        problems.append("a README that is too long is not told from others")
    wide = "a" * (README_WIDTH + 1)
    if check_size(f"| {wide} |\n[{wide}](b)\n") or not check_size(wide):
        problems.append("a line that is too wide is not told from others")
    if unknown_headers("[a](a.hpp), b.hpp", ["a.hpp", "b.hpp"]) != ["b.hpp"]:
        problems.append("a header that the guide does not know is not told from others")
    return problems


# --- figures

class NoRecord(Exception):
    pass


def value_of(entry, lines):
    """(number, whether it is a time in ns) of PROGRAM; RACE; CONTENDER; KEY VALUE..., or of a time such as 10 ns"""
    if number := re.fullmatch(r"([\d.]+) (ns|us|ms|s)", entry):
        return float(number[1]) * UNITS[number[2]], True
    words = [word.strip() for word in entry.split(";")]
    pairs = dict(word.rpartition(" ")[::2] for word in words[3:])
    if len(words) < 3 or "" in pairs:
        raise NoRecord(f"not PROGRAM; RACE; CONTENDER; KEY VALUE...: {entry}")
    value = pairs.pop("value", "ns")
    wanted = {"program": words[0], "race": words[1], "contender": words[2], "mode": "auto", **pairs}
    found = [line for line in lines if line["kind"] == "result" and
             all(str(line.get(key, "auto" if key == "mode" else None)) == wish for key, wish in wanted.items())]
    if len(found) != 1:
        raise NoRecord(f"{len(found) or 'no'} recorded entries, one is needed: {entry}")
    if value not in found[0]:
        raise NoRecord(f"recorded without {value}: {entry}")
    return found[0][value], value in TIMES


def recorded_value(expression, lines):
    first, operator, second = re.fullmatch(r"(.*?)(?: (over|minus) (.*))?", expression).groups()
    left, is_time = value_of(first, lines)
    if not operator:
        return left, is_time
    right, also_time = value_of(second, lines)
    if is_time != also_time:
        raise NoRecord(f"a time and a number: {expression}")
    return (left - right, is_time) if operator == "minus" else (left / right, False)


def is_rounded(text, value):
    digits = text.replace(",", "")
    fraction = digits.partition(".")[2]
    step = 10.0 ** -len(fraction) if fraction else 10.0 ** (len(digits) - len(digits.rstrip("0") or digits))
    return abs(value - float(digits)) <= min(step / 2, float(digits) / 10) * (1 + 1e-9)


def wrong_figure(before, machine, expression, results):
    """What is wrong with a figure, or None. before: what stands before the comment, in its line."""
    if machine not in results:
        return f"no results of a machine '{machine}'"
    about, lines = results[machine]["about"], results[machine]["lines"]
    if expression.startswith("about "):
        said = str(about.get(expression[len("about "):], ""))
        return None if said and before.endswith(said) else f"recorded as '{said}': {expression}"
    figure = FIGURE.search(before)
    if not figure:
        return f"no figure before its record: {expression}"
    try:
        value, is_time = recorded_value(expression, lines)
    except NoRecord as problem:
        return str(problem)
    if is_time != (figure[2] in UNITS):
        return f"{figure[0]}: {'the record is a time' if is_time else 'the record is no time'}: {expression}"
    value = value / UNITS[figure[2]] if is_time else value * 100 if figure[2] == "%" else value
    return None if is_rounded(figure[1], value) else f"{figure[0]}, but recorded is {value:.4g}: {expression}"


def check_figures(name, text, results):
    """Figures and their records. Returns [(line, what)]."""
    prose, problems = without_code(text), []

    def line(offset):
        return prose.count("\n", 0, offset) + 1

    for record in RECORDED.finditer(prose):
        before = prose[prose.rfind("\n", 0, record.start()) + 1:record.start()]
        wrong = wrong_figure(before, *record.groups(), results) if record[1] else "not 'recorded MACHINE: ENTRY'"
        if wrong:
            problems.append((line(record.start()), wrong))
    if prose.count("<!-- recorded") != len(RECORDED.findall(prose)):
        problems.append((1, "a record that does not end in its line"))
    if name in MEASURED:
        # Rows, items and paragraphs. A comment may hold times of its own, and a blank keeps each offset.
        for part in re.finditer(r"(?:(?!\n\n|\n\||\n- ).)+", RECORDED.sub(lambda c: "\0" * len(c[0]), prose), re.S):
            for time in TIME.finditer(part[0]):
                if part[0][time.end():time.end() + 1] != "\0" and not NOT_RECORDED.search(part[0]):
                    problems.append((line(part.start() + time.start()), f"a time without its record: {' '.join(time[0].split())}"))
    return problems


def results_in(root):
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "tests/bench/results").glob("*.json"))}
    return found or sys.exit("no recorded results")


def figure_twins():
    def recorded(ns):
        common = {"kind": "result", "program": "race", "mode": "auto", "race": "to use, and stop", "contender": "slot"}
        return {"host-2": {"about": {"date": "2026-11-29"}, "lines": [
            {**common, "threads": 1, "ns": ns, "worst": 2500}, {**common, "threads": 2, "ns": 10.4},
            {**common, "threads": 1, "ns": 99, "mode": "required"}, {**common, "kind": "target", "threads": 1, "ratio": 3}]}}

    slot = "race; to use, and stop; slot; threads"

    def doc(before, expression):
        return f"It takes {before}<!-- recorded host-2: {expression} -->.\n"

    good = [doc("0.67 ns", f"{slot} 1"), doc("0.7 ns", f"{slot} 1"), doc("10 ns", f"{slot} 2"), doc("10.4 ns", f"{slot} 2"),
            doc("2.5 us", f"{slot} 1; value worst"), doc("2,500 ns", f"{slot} 1; value worst"), doc("99 ns", f"{slot} 1; mode required"),
            doc("15.5", f"{slot} 2 over {slot} 1"), doc("1550 %", f"{slot} 2 over {slot} 1"), doc("9.7 ns", f"{slot} 2 minus {slot} 1"),
            doc("1.04", f"{slot} 2 over 10 ns"), doc("On 2026-11-29", "about date"), "| 1.2 us (not in the\nresults) |\n",
            "10 ns<!-- not recorded: a wish -->\n", "```\n1.2 us\n```\n", "once in 5 s, 10 nsec, x10 ns\n"]
    bad = [doc("0.68 ns", f"{slot} 1"), doc("0.6 ns", f"{slot} 1"), doc("0.67 us", f"{slot} 1"), doc("0.67", f"{slot} 1"),
           doc("11 ns", f"{slot} 2"), doc("10.40 us", f"{slot} 2"), doc("20 ns", f"{slot} 2"), doc("15.5 ns", f"{slot} 2 over {slot} 1"),
           doc("16.0", f"{slot} 2 over {slot} 1"), doc("9.6 ns", f"{slot} 2 minus {slot} 1"), doc("0.67 ns", f"{slot} 3"),
           doc("0.67 ns", "race; to use, and stop; slot"), doc("0.67 ns", "race; slot"), doc("0.67 ns", f"{slot} 1; value p90"),
           doc("some", f"{slot} 1"), doc("On 2026-11-28", "about date"), doc("", "about nothing"), "1 ns<!-- recorded -->\n",
           "0.67 ns<!-- recorded other: x; y; z -->\n", doc("0.67 ns", f"{slot}\n1"), "It takes 1.2 us.\n", "It takes 1.2\nus.\n",
           "- 1.2 us\n- 3 ns (not in the results)\n", "| 5 ms |\n| not in the results |\n", "2 ns<!-- not recorded: -->\n"]
    problems = []
    for texts, expected in ((good, False), (bad, True)):
        for text in texts:
            found = check_figures("README.md", text, recorded(0.672))
            if bool(found) != expected:
                problems.append(f"{'not ' if expected else ''}reported: {text!r}: {found}")
    if not check_figures("arch/README.md", good[0], recorded(0.69)) or check_figures("arch/README.md", "It takes 1.2 us.\n", recorded(1)):
        problems.append("a figure that another recording changed is not told from others")
    return problems


# --- code

def units(name, text):
    """[(line of the first block, source)], and problems [(line, what)]."""
    found, problems = [], []
    for block in FENCE.finditer(text):
        n = text.count("\n", 0, block.start()) + 1
        if block[1] != "cpp" or NOT_COMPILED.search(text[:block.start()]):
            if block[1] in ("c++", "C++"):
                problems.append((n, f"a block of {block[1]}: mark it cpp"))
            continue
        source = f'#line {n + 1} "{name}"\n{block[2]}'
        if block[2].startswith("#include"):
            found.append((n, source))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + source)
        else:
            problems.append((n, "a block that continues none: begin it with what it includes"))
    return found, problems


def c_units(name, text):
    """[(line, source)]"""
    return [(n, f'#line {n + 1} "{name}"\n{block[2]}') for block in FENCE.finditer(text) if block[1] == "c"
            for n in [text.count("\n", 0, block.start()) + 1]]


def is_program(source):
    return re.search(r"^int main\(", source, re.M) is not None


def as_one(all_units):
    """Units in one file, each in a namespace of its own, behind what they include."""
    includes, rest = {}, ""
    for number, source in enumerate(all_units):
        for include in re.findall(r"^#include .*$", source, re.M):
            includes[include] = True
        rest += f"namespace unit_{number} {{\n" + re.sub(r"^#include .*$", "", source, flags=re.M) + "}\n"
    return "\n".join(includes) + "\n" + rest


def compile_it(root, cxx, source, scratch, *more, language=("-x", "c++", "-std=c++17")):
    path = pathlib.Path(scratch) / "documents.cpp"
    path.write_text(source, encoding="utf-8")
    # As the README has it, and warnings count, but for what is there to be read only.
    command = [cxx, *language, "-I", str(root / "include"), "-pthread", "-Wall", "-Wextra", "-Werror", "-Wno-unused"]
    command += [str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def check_program(root, cxx, source, scratch):
    program = str(pathlib.Path(scratch) / "program")
    good, said = compile_it(root, cxx, source, scratch, "-o", program)
    if not good:
        return said
    try:
        done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "it does not end"
    return f"exit status {done.returncode}: {done.stderr}" if done.returncode != 0 else ""


def check_code(root, cxx, texts, scratch):
    problems, parts, programs = [], [], []
    for name, text in texts.items():
        found, wrong = units(name, text)
        problems += [f"{name}:{n}: {what}" for n, what in wrong]
        for n, source in found:
            (programs if is_program(source) else parts).append((f"{name}:{n}", source))
        for n, source in c_units(name, text):
            good, said = compile_it(root, cxx, source, scratch, "-fsyntax-only", language=("-x", "c", "-std=c11"))
            if not good:
                problems.append(f"{name}:{n}: {said}")
    for where, source in programs:
        if said := check_program(root, cxx, source, scratch):
            problems.append(f"{where}: {said}")
    if parts:
        good, said = compile_it(root, cxx, as_one([source for _, source in parts]), scratch, "-fsyntax-only")
        if not good:
            problems.append(said)
    return problems, len(parts), len(programs)


def code_twins(root, cxx, scratch):
    """The cheap ones: they do not include the library."""
    good = ("```cpp\n#include <cstddef>\nint f();\n```\n\n```cpp\nint g() { return f(); }\n```\n"
            "<!-- not compiled: why -->\n```cpp\nnothing();\n```\n"
            "```c\n#include <stddef.h>\nint f(int class) { return class; }\n```\n")
    bad = {
        "does not compile": "```cpp\n#include <cstddef>\nint f() { return nothing; }\n```\n",
        "continues wrongly": "```cpp\n#include <cstddef>\nint f();\n```\n\n```cpp\nint g() { return h(); }\n```\n",
        "continues none": "```cpp\nint f();\n```\n",
        "has no reason": "<!-- not compiled: -->\n```cpp\n#include <cstddef>\nnothing();\n```\n",
        "is marked otherwise": "```c++\nint f();\n```\n",
        "is no C": "```c\n#include <stddef.h>\nint f(void) { return nullptr; }\n```\n",
        "program that fails": "```cpp\n#include <cstddef>\nint main() { return 3; }\n```\n",
        "needs another unit's names":
            "```cpp\n#include <cstddef>\nint f();\n```\n```cpp\n#include <cstddef>\nint g() { return f(); }\n```\n",
    }
    problems = [f"a good document is reported: {said}" for said in check_code(root, cxx, {"good.md": good}, scratch)[0]]
    for what, text in bad.items():
        found = check_code(root, cxx, {"bad.md": text}, scratch)[0]
        if not any("bad.md:" in said for said in found):
            problems.append(f"not reported, or not where it stands: a block that {what}: {found}")
    return problems


def main():
    what, root, other = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    texts = documents(root)
    if "README.md" not in texts or "include/lazyref/README.md" not in texts:
        sys.exit(f"{root} is not the project")
    if what == "text":
        there = project(root, other)
        results = results_in(root)
        problems = text_twins(there) + figure_twins()
        for name, text in texts.items():
            problems += [f"{name}:{n}: {said}" for n, said in check_text(name, text, texts, there) + check_figures(name, text, results)]
        problems += [f"README.md:{n}: {said}" for n, said in check_size(texts["README.md"])]
        headers = [path.name for path in sorted((root / "include/lazyref").glob("*.h*"))]
        for header in unknown_headers(texts["include/lazyref/README.md"], headers):
            problems.append(f"include/lazyref/README.md: no link to {header}")
        picture = (root / ".packaging/idea.svg").read_text(encoding="utf-8")
        if not picture_is_made(root, picture) or picture_is_made(root, picture + " "):
            problems.append(".packaging/idea.svg is not what .packaging/idea_svg.py makes")
        summary = f"{len(texts)} documents, {sum(len(LINK.findall(without_code(t))) for t in texts.values())} links, " \
                  f"{sum(len(RECORDED.findall(without_code(t))) for t in texts.values())} figures by their records"
    else:
        with tempfile.TemporaryDirectory() as scratch:
            problems = code_twins(root, other, scratch)
            more, parts, programs = check_code(root, other, texts, scratch)
            problems += more
            summary = f"{len(texts)} documents, {parts} units compiled, {programs} programs run"
            if programs == 0 or parts == 0:
                problems.append("no units or no programs: nothing was looked at")
    for problem in problems:
        print(problem)
    print(f"{summary}: {len(problems) or 'no'} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
