#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What units share that are built in different ways is the same in both: own_code.py ROOT WORK [COMPILER...]

The linker keeps one copy of an inline function, a template's instance, a virtual table. If its code depends on
LAZYREF_CHECKS, LAZYREF_FENCE_MODE or NDEBUG, some unit runs the code of another one. So: one unit that uses all public
parts (everything.cpp) is compiled without optimisation in each way; whatever two of the objects have by one name has to
be the same in both, byte by byte, with what it refers to.

    code      functions: their instructions, and what these refer to: by name, or (a sentence) by its contents
    data      variables, constants, virtual tables: size and contents. The layouts of all public types are among them,
              since everything.cpp keeps their sizes in constants; with clang++ also each member's offset
    names     functions of the user's that take the library's types: the same names in all

Each is tried on an error that is planted in everything.cpp. Exit status: 0 the same, 1 not, 77 could not be looked at.
"""
import itertools
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from processors import on_each_processor  # noqa: E402

HERE = Path(__file__).resolve().parent
MODES = ("auto", "required", "symmetric")
# NDEBUG against the checks that it stands for by default; in one mode also with them.
WAYS = [(mode, checks, ndebug) for mode in MODES for checks in (1, 0) for ndebug in (0, 1)
        if checks == ndebug or mode == "auto"]

# The user's own functions call what their unit has, which may be another unit's as well as its own: either is right.
USERS = re.compile(r"_Z(Z?NK?4user(?!9layout_of)|TI|TS)")

PC_RELATIVE = {2, 4, 9, 41, 42}  # R_X86_64_PC32, PLT32, GOTPCREL, GOTPCRELX, REX_GOTPCRELX
WEAK, UNIQUE, GLOBAL = 2, 10, 1
OBJECT, FUNC, SECTION, TLS = 1, 2, 3, 6
NOBITS = 8


class Symbols:
    """The symbols of one object file (ELF, x86-64), and what stands at each."""

    def __init__(self, path):
        self.file = Path(path).read_bytes()
        if self.file[:5] != b"\x7fELF\x02" or struct.unpack_from("<H", self.file, 18)[0] != 62:
            raise ValueError("not an object file of x86-64")
        start, = struct.unpack_from("<Q", self.file, 40)
        size, count, names = struct.unpack_from("<HHH", self.file, 58)
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.file, start + i * size) for i in range(count or 0)]
        if count == 0:  # more than fit into 16 bits: the number stands in the first header
            first = struct.unpack_from("<IIQQQQIIQQ", self.file, start)
            headers = [struct.unpack_from("<IIQQQQIIQQ", self.file, start + i * size) for i in range(first[5])]
        self.headers = headers
        table = next(h for h in headers if h[1] == 2)
        strings = headers[table[6]]
        extended = next((h for h in headers if h[1] == 18), None)
        self.symbols = []
        for i in range(table[5] // 24):
            name, info, _, index, value, size = struct.unpack_from("<IBBHQQ", self.file, table[4] + i * 24)
            if index == 0xffff and extended:
                index, = struct.unpack_from("<I", self.file, extended[4] + i * 4)
            elif index >= 0xff00:
                index = 0
            self.symbols.append((self.string(strings[4] + name), info >> 4, info & 15, index, value, size))
        self.relocations = {}
        for h in headers:
            if h[1] == 4:
                entries = [struct.unpack_from("<QQq", self.file, h[4] + i * 24) for i in range(h[5] // 24)]
                self.relocations[h[7]] = sorted(entries)
        self.named = {}
        for symbol in self.symbols:
            name, bind, kind, index, _, _ = symbol
            if index and kind in (OBJECT, FUNC, TLS) and bind in (WEAK, UNIQUE, GLOBAL):
                self.named[name] = symbol

    def string(self, at):
        return self.file[at:self.file.index(b"\0", at)].decode()

    def contents(self, symbol):
        """(bytes, what they refer to), comparable between objects."""
        _, _, kind, index, value, size = symbol
        header = self.headers[index]
        if header[1] == NOBITS:
            return (kind, size, b"", ())
        data = self.file[header[4] + value:header[4] + value + size]
        refers = []
        for offset, info, addend in self.relocations.get(index, ()):
            if value <= offset < value + size:
                refers.append((offset - value, info & 0xffffffff, self.target(info >> 32, info & 0xffffffff, addend)))
        return (kind, size, data, tuple(refers))

    def target(self, number, kind, addend):
        name, bind, what, index, value, _ = self.symbols[number]
        if what != SECTION and bind != 0:
            return (name, addend)
        header = self.headers[index]
        at = value + addend + (4 if kind in PC_RELATIVE else 0)
        if what != SECTION and not name.startswith(".L"):
            return ("a local " + name, addend)
        if header[1] == NOBITS or header[2] & 4:  # zeros, or code
            return ("a local place in " + self.section_name(index), at)
        # A constant without a name: a sentence, or what else stands there.
        end = self.file.index(b"\0", header[4] + at)
        if not self.file[header[4] + at:end].decode("latin-1").isprintable() or end == header[4] + at:
            end = max(end, header[4] + at + 8)
        return ("a constant", self.file[header[4] + at:end])

    def section_name(self, index):
        strings, = struct.unpack_from("<H", self.file, 62)
        return self.string(self.headers[strings][4] + self.headers[index][0])


def way_name(way):
    mode, checks, ndebug = way
    return f"{mode}{', checks' if checks else ''}{', NDEBUG' if ndebug else ''}"


def macros(way):
    mode, checks, ndebug = way
    return [f"-DLAZYREF_FENCE_MODE=LAZYREF_FENCE_{mode.upper()}", f"-DLAZYREF_CHECKS={checks}"] + ["-DNDEBUG"] * ndebug


def command(compiler, root, flags):
    return [compiler, "-std=c++17", f"-I{root}/include", f"-I{root}/arch", str(HERE / "everything.cpp"), *flags]


def objects(compiler, root, work, extra, ways):
    keep = ["-fkeep-inline-functions"] if "clang" not in compiler else []

    def compiled(way):
        out = work / ("-".join(str(w) for w in way) + ".o")
        line = command(compiler, root, ["-O0", "-fno-jump-tables", *keep, *macros(way), *extra, "-c", "-o", str(out)])
        return out, subprocess.run(line, capture_output=True, text=True)

    result = {}
    for way, (out, done) in zip(ways, on_each_processor(compiled, ways)):
        if done.returncode != 0:
            print(f"FAILED: {compiler}, {way_name(way)}: everything.cpp does not compile\n{done.stderr[:2000]}")
            return None
        result[way] = Symbols(out)
        out.unlink()
    return result


def demangle(text):
    return subprocess.run(["c++filt"], input=text, capture_output=True, text=True).stdout


def demangled(names):
    names = sorted(names)
    return dict(zip(names, demangle("\n".join(names)).splitlines()))


def without_arguments(text):
    """Without the arguments of templates."""
    text = re.sub(r"lazyref::v\d+_\d+::", "lazyref::", text)
    while True:
        shorter = re.sub(r"(?<!operator)<(?!lambda)[^<>]*>", "", text)
        if shorter == text:
            return text
        text = shorter


def first_difference(a, b):
    kind = {FUNC: "code", OBJECT: "data", TLS: "data"}[a[0]]
    if a[1] != b[1] or a[0] != b[0]:
        return f"{kind}: {a[1]} bytes, and {b[1]}"
    for x, y in itertools.zip_longest(a[3], b[3]):
        if x != y:
            show = lambda r: "nothing" if r is None else " ".join(str(part) for part in r[2])
            return f"{kind}: refers to {show(x)}, and to {show(y)}"
    return f"{kind}: other bytes"


def differences(found):
    """{name: why} of what two ways have by the same name and not the same, and how many names were compared."""
    by_name = {}
    for way, symbols in found.items():
        for name in symbols.named:
            if "7lazyref" in name and not USERS.match(name):
                by_name.setdefault(name, []).append(way)
    result, shared, own = {}, 0, 0
    for name, ways in by_name.items():
        shared += len({w[:2] for w in ways}) > 1
        own += len({w[:2] for w in ways}) == 1
        contents = [(way, found[way].contents(found[way].named[name])) for way in ways]
        for way, content in contents[1:]:
            if content != contents[0][1]:
                why = f"{way_name(contents[0][0])} | {way_name(way)}: {first_difference(contents[0][1], content)}"
                result[name] = why
                break
    return result, shared, own


def other_names(found):
    """Names of the user's functions that not all ways have."""
    sets = [{n for n in symbols.named if n.startswith("_ZN4user5takes")} for symbols in found.values()]
    return set.union(*sets) - set.intersection(*sets), len(sets[0])


def public_types(root):
    """Classes that the headers define outside of `detail`; of templates, not their specialisations."""
    attributes = r"(?:\[\[.*?\]\] )?(?:alignas\(.*?\) )?"
    definition = re.compile(rf"^(?:class|struct|union) {attributes}(\w+)\b(?!.*;$)(?! *<)", re.M)
    result = set()
    for header in sorted((root / "include/lazyref").rglob("*.hpp")):
        text = re.sub(r"^namespace detail \{$.*?^\}  // namespace detail$", "", header.read_text(), flags=re.M | re.S)
        result.update(definition.findall(text))
    return result


def record_layouts(compiler, root, flags):
    """{record: layout}, of lazyref's records and the user's."""
    line = command(compiler, root, ["-fsyntax-only", "-Xclang", "-fdump-record-layouts", *flags])
    done = subprocess.run(line, capture_output=True, text=True)
    result = {}
    for dump in done.stdout.split("*** Dumping AST Record Layout")[1:]:
        lines = [l for l in dump.splitlines() if "|" in l and l.strip()]
        title = lines[0].split("|")[1].strip()
        if re.search(r"\b(lazyref|user)::", title) and "(lambda" not in title:
            result[title] = "\n".join(lines)
    return result


def other_layouts(compiler, root, extra, ways):
    layouts = on_each_processor(lambda way: record_layouts(compiler, root, [*macros(way), *extra]), ways)
    found = dict(zip(ways, layouts))
    names = set().union(*found.values())
    result = {}
    for name in names:
        layouts = {f.get(name) for f in found.values() if name in f}
        if len(layouts) > 1:
            result[name] = "another layout"
    return result, len(names)


def main():
    root, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve() / "own_code"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    looked, failed = 0, 0

    def report(what):
        nonlocal failed
        failed += 1
        print(f"FAILED: {what}")

    compilers = sys.argv[3:] or ["g++", "clang++"]
    for compiler in compilers:
        if not shutil.which(compiler) or not shutil.which("c++filt"):
            print(f"SKIPPED: mixed: own code: no {compiler}, or no c++filt")
            continue
        try:
            found = objects(compiler, root, work, [], WAYS)
            twin = objects(compiler, root, work, ["-DLAZYREF_TEST_PLANTED"], [("auto", 1, 0), ("auto", 0, 1)])
        except ValueError as error:
            print(f"SKIPPED: mixed: own code: {compiler} makes no object files that this can read: {error}")
            continue
        if found is None or twin is None:
            failed += 1
            continue
        looked += 1

        different, shared, own = differences(found)
        names = demangled(different)
        instances = {}
        for name, why in sorted(different.items()):
            instances.setdefault(without_arguments(names[name]), []).append(why)
        for function, whys in sorted(instances.items()):
            report(f"{compiler}: {function} ({len(whys)} of them)\n    {without_arguments(demangle(whys[0]))}")
        if shared < 100:
            report(f"{compiler}: hardly a name is in more than one way of building: types have other names in each")
        print(f"{compiler}: {shared} names in more than one way, {own} in one alone; {len(different)} differ")

        others, n = other_names(found)
        for name in sorted(others):
            report(f"{compiler}: not every way has a function of this name: {demangled([name])[name]}")
        print(f"{compiler}: {n} functions of the user's take the library's types, {len(others)} by another name")

        types = public_types(root)
        sizes = {n for n in next(iter(found.values())).named if n.startswith("_ZN4user9layout_of")}
        text = "\n".join(demangled(sizes).values())
        for name in sorted(types):
            if not re.search(rf"layout_of<.*\b{name}\b", text):
                report(f"{compiler}: everything.cpp has no layout_of<{name}>")
        if len(types) < 20:
            report(f"{compiler}: hardly any public types were found in the headers")
        print(f"{compiler}: {len(sizes)} layouts, of {len(types)} public types")

        # The twins.
        planted = differences(twin)[0]
        for name in ("planted_function", "planted_sentence", "planted_caller", "layout_of.*planted_type"):
            if not any(re.search(name, n) for n in planted):
                report(f"{compiler}: twin: not reported: {name}")
        if not any("planted_name" in n for n in other_names(twin)[0]):
            report(f"{compiler}: twin: not reported: planted_name")

        if "clang" in compiler:
            ways = [w for w in WAYS if w[1] == w[2]]
            layouts, n = other_layouts(compiler, root, [], ways)
            for name in sorted(layouts):
                report(f"{compiler}: {name}: another layout in another way of building")
            print(f"{compiler}: {n} record layouts, {len(layouts)} differ")
            if n < 20:
                report(f"{compiler}: hardly any record layouts were found")
            if "struct lazyref::planted_type" not in other_layouts(
                    compiler, root, ["-DLAZYREF_TEST_PLANTED"], [("auto", 1, 0), ("auto", 0, 0)])[0]:
                report(f"{compiler}: twin: not reported: the layout of planted_type")
        sys.stdout.flush()
    shutil.rmtree(work, ignore_errors=True)
    return 1 if failed else 0 if looked else 77


sys.exit(main())
