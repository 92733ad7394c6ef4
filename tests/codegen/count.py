#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Instructions for each operation, counted by callgrind: count.py [--refresh] [COMPILER...]

Builds the program in count for `auto` and `required` with each compiler, runs it under valgrind, and compares with counts.json,
which has a table for each major version of a compiler. A count that has grown is a failure. --refresh writes the table
anew instead. Unlike times, the counts are the same in each run; what they do not tell is what an instruction costs:
check.py looks for the locked ones. Valgrind offers no restartable sequences: rseq.py reads those.

Counted is what the program itself executes, its function's `ret` and its loads of the arguments included; what the C
library executes for it is named beside it. Exit status: 0 nothing has grown, 1 something has, 77 nothing was compared.
"""
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = sorted(Path(__file__).with_name("count").glob("*.?pp"))
TABLE = Path(__file__).with_name("counts.json")
INCLUDE = SOURCES[0].parents[3] / "include"
LICENCE = {"SPDX-License-Identifier": "BSL-1.0"}
# What distributions add by default and others do not would be counted as well.
FLAGS = (
    "-std=c++17 -O2 -DNDEBUG -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fPIE -pthread "
    "-fcf-protection=none -fno-stack-protector -fno-stack-clash-protection -U_FORTIFY_SOURCE"
).split()
LINK = "-pie -pthread -Wl,-z,now".split()
TEXT = "".join(path.read_text() for path in SOURCES)
CALLS = int(re.search(r"calls = (\d+);", TEXT)[1])
REFRESH = "python3 tests/codegen/count.py --refresh"

failures = 0


def skip(what):
    print("SKIPPED: codegen_count: " + what)


def verdict(ok, what):
    global failures
    failures += not ok
    print(("ok      " if ok else "FAILED  ") + what)


def run(command, text=""):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, input=text)


def identify(compiler):
    """As counts.json names it, or None."""
    macros = run([compiler, "-dM", "-E", "-x", "c++", "/dev/null"]).stdout
    found = dict(re.findall(r"#define (__clang_major__|__GNUC__) (\d+)", macros))
    if "__clang_major__" in found:
        return "clang++ " + found["__clang_major__"]
    return "g++ " + found["__GNUC__"] if found else None


def own_and_others(dump, program):
    """Instructions in the program, and in libraries. Lines below `calls=` are what the callee executed."""
    names, own, others = {}, 0, 0
    mine = callee = False
    for line in dump.splitlines():
        if found := re.match(r"ob=\((\d+)\)(?: (.+))?$", line):
            names.setdefault(found[1], found[2])
            mine = names[found[1]] == str(program)
        elif found := re.match(r"cob=\((\d+)\)(?: (.+))?$", line):
            names.setdefault(found[1], found[2])
        elif line.startswith("calls="):
            callee = True
        elif found := re.match(r"[+*-]?\d* ?(\d+)$", line):
            if not callee:
                own, others = (own + int(found[1]), others) if mine else (own, others + int(found[1]))
            callee = False
    return own, others


def build(program, compiler, mode, flags):
    define = f"-DLAZYREF_FENCE_MODE=LAZYREF_FENCE_{mode.upper()}"
    objects = []
    for source in SOURCES:
        if source.suffix != ".cpp":
            continue
        mine = [flag for flag in flags if flag[len("-D"):] in source.read_text()]
        name = "-".join([identify(compiler), mode, *mine, source.stem])
        objects.append(program.with_name(name + ".o"))
        if not objects[-1].exists():
            call(compiler, *FLAGS, *mine, define, f"-I{INCLUDE}", "-c", source, "-o", objects[-1])
    call(compiler, *LINK, *objects, "-o", program)


def call(*command):
    done = run(command)
    if done.returncode != 0:
        raise SystemExit(f"FAILED  {command[0]}: {done.stderr}")


def count(compiler, mode, directory, flags=()):
    """Operation -> (instructions, in libraries), for one call. None: the light fence is not free here."""
    program = Path(directory) / "count"
    build(program, compiler, mode, flags)
    operations = re.findall(r"^ALONE void (op_\w+)", TEXT, re.M)
    for old in Path(directory).glob("dump*"):
        old.unlink()
    # By their whole names, as a part that the compiler moves away is called op_NAME.cold.
    done = run(["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", "--skip-plt=no",
                *("--toggle-collect=" + name for name in operations),
                f"--callgrind-out-file={directory}/dump", program])
    if done.returncode == 77:
        return None
    if done.returncode != 0:
        raise SystemExit(f"FAILED  valgrind: {done.stdout}{done.stderr}")
    counts = {}
    parts = sorted(Path(directory).glob("dump.*"), key=lambda path: int(path.suffix[1:]))
    for dump in (path.read_text() for path in parts):
        name = re.search(r"^desc: Trigger: Client Request: (.+)$", dump, re.M)[1]
        own, others = own_and_others(dump, program)
        if own + others != int(re.search(r"^summary: (\d+)$", dump, re.M)[1]):
            raise SystemExit(f"FAILED  {name}: the counts do not add up")
        counts[name] = (round(own / CALLS, 2), round(others / CALLS, 2))
    if len(counts) != len(operations):
        raise SystemExit(f"FAILED  {len(operations)} operations, but {len(counts)} counts")
    return counts


def compare(counts, table):
    """What is wrong, and what could be better in the table."""
    wrong, shrunk = [], []
    for name, (now, _) in counts.items():
        if name not in table:
            wrong.append(f"{name}: not in the table")
        elif now > table[name]:
            wrong.append(f"{name}: {now:g} instructions, {table[name]:g} before")
        elif now < table[name]:
            shrunk.append(f"{name}: {now:g} instructions, {table[name]:g} before")
    wrong += [f"{name}: not counted any more" for name in table if name not in counts]
    return wrong, shrunk


def show(columns):
    """columns: {heading: counts}. As tests/bench/README.md has it. What libraries execute stands behind a plus."""
    print("\n| instructions | " + " | ".join(columns) + " |\n|---" + "|---:" * len(columns) + "|")
    for name in next(iter(columns.values())):
        cells = []
        for counts in columns.values():
            own, others = counts[name]
            cells.append(f"{own:g}" + (f" + {others:g}" if others else ""))
        print(f"| {name} | " + " | ".join(cells) + " |")
    print()


def reason_to_skip(compilers):
    if platform.machine() != "x86_64":
        return "the table is for x86-64"
    if not shutil.which("valgrind"):
        return "valgrind is missing"
    if not compilers:
        return "there is no g++ or clang++"
    if run([compilers[0], "-E", "-x", "c++", "-"], text="#include <valgrind/callgrind.h>").returncode != 0:
        return "valgrind/callgrind.h is missing"
    return None


def main():
    refresh = sys.argv[1:2] == ["--refresh"]
    compilers = {}
    for compiler in sys.argv[2 if refresh else 1:] or ["g++", "clang++"]:
        if not shutil.which(compiler):
            skip(f"{compiler} is missing")
        elif name := identify(compiler):
            compilers.setdefault(name, compiler)
    if reason := reason_to_skip(list(compilers.values())):
        skip(reason)
        return 77

    tables = json.loads(TABLE.read_text()) if TABLE.exists() else dict(LICENCE)
    columns, compared = {}, 0
    with tempfile.TemporaryDirectory() as directory:
        for name, compiler in compilers.items():
            for mode in ("auto", "required"):
                counts = count(compiler, mode, directory)
                if counts is None:
                    skip("the kernel offers no membarrier here: the light fence is a full one")
                    return 77
                columns[f"{name}, {mode}"] = counts
                if refresh:
                    tables.setdefault(name, {})[mode] = {operation: own for operation, (own, _) in counts.items()}
                elif name in tables:
                    wrong, shrunk = compare(counts, tables[name][mode])
                    verdict(not wrong, f"{name}, {mode}: {len(counts)} operations, {len(wrong)} objections")
                    for line in wrong:
                        print(f"        {line}")
                    for line in shrunk:
                        print(f"shrunk  {name}, {mode}: {line}; to keep it so: {REFRESH} {compiler}")
                    compared += 1
            if not refresh and name not in tables:
                skip(f"no table for {name}: its counts, below, are not compared; to add them: {REFRESH} {compiler}")
            empty = columns[f"{name}, auto"]["an empty function"]
            verdict(empty == (1, 0), f"{name}: an empty function is one instruction: {empty}")
            planted = count(compiler, "auto", directory, ["-DCOUNT_PLANTED"])
            found, _ = compare(planted, {key: own for key, (own, _) in columns[f"{name}, auto"].items()})
            ok = len(found) == 1 and found[0].startswith("deactivate:")
            verdict(ok, f"{name}: planted in deactivate, a fence and a second look: reported: {'; '.join(found)}")
    show(columns)
    if refresh:
        TABLE.write_text(json.dumps(tables, indent=2) + "\n")
        print(f"written: {TABLE}")
    if failures:
        print(f"{failures} failed. If what grew is worth it: {REFRESH}")
        return 1
    return 0 if compared or refresh else 77


if __name__ == "__main__":
    sys.exit(main())
