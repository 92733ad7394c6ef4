#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Rules that a compiler does not check, over include/ (and the licence line over everything): lint.py [ROOT]

Before the tree, the rules are tried on snippets that each of them must report.
"""
import pathlib
import re
import sys

POLICY = "include/lazyref/detail/base/atomics.hpp"
C_POLICY = "include/lazyref/detail/c/unit.h"  # for C what POLICY and COMPILER are
TABLE = "include/lazyref/orders.hpp"
COMPILER = "include/lazyref/config.hpp"

# Orders that stand in the code, not in the table: (file, what the line says), and why.
OWN_ORDERS = {
    ("include/lazyref/result.hpp", "current_fatal_handler"): "not part of any algorithm that a Sync is put under",
    ("include/lazyref/fence_test.hpp", ".turn."): "the rendezvous of a test, not of the library",
}

# A header is one contract, read in one sitting: what is longer has two.
LONGEST = 300

# Where a version stands, the headers first; of the changelog, the newest entry.
VERSIONS = {
    "include/lazyref/config.hpp": r"^#define LAZYREF_VERSION_\w+ (\d+)$",
    ".packaging/vcpkg/lazyref/vcpkg.json": r'^  "version": "([\d.]+)"',
    ".changelog.md": r"\A(?s:.*?)^## ([\d.]+)$",
}
# Who names the first two numbers of it.
SHORT_VERSIONS = {"README.md": r"(?:find_package\(lazyref |\bVersion )(\d+\.\d+)",
                  "include/lazyref/detail/c/unit.h": r"_ZN7lazyref\dv(\d+_\d+)6detail"}
# Who reads the headers instead of naming a version: the file, and what shows that it does.
READERS = {"CMakeLists.txt": "VERSION ${version}", "meson.build": "version: version",
           ".packaging/conan/conanfile.py": "config.hpp"}

OPERATION = re.compile(r"[.>](load|store|exchange|compare_exchange_(?:weak|strong)|fetch_\w+|test_and_set)\s*\(")
RAW = re.compile(r"std::atomic\b(?!_)|\batomic_(thread|signal)_fence\b|\b(asm|__asm|__asm__)\b|\b__(sync|atomic)_\w+")
ASM = re.compile(r"\b(asm|__asm|__asm__)\b")
# What Microsoft's compiler does not have. In COMPILER alone, and in arch/ for GNU compilers alone.
GNU = re.compile(r"__attribute(__)?\b|\b(__)?gnu(__)?\s*::|\[\[\s*using\s+gnu\b|\b(asm|__asm|__asm__)\b"
                 r"|\b__(builtin|sync|atomic)_\w+|\b__(extension|typeof|int128|restrict|alignof|label|thread)(__)?\b|(?<!\w)\(\{")
PRAGMA = re.compile(r"#\s*pragma\s+(GCC|clang)\b|\b_Pragma\b|#\s*warning\b|#\s*include_next\b|\[\[\s*clang::")
OF_GNU = re.compile(r"(?<!!)defined\(?\s*(__GNUC__|__clang__)")
BANNED = re.compile(r"\b(throw|dynamic_cast|typeid|std::function|try|catch)\b|<(iostream|functional|sstream)>")
SEQ_CST = re.compile(r"memory_order(_|::)seq_cst|__ATOMIC_SEQ_CST")
LITERAL = re.compile(r"memory_order(?:_|::)(acquire|release|acq_rel|consume)\b")
LETTER = re.compile(r"^\s*// ([A-Z]\d)\b")
# What programs and their frameworks define as macros (Qt, Windows, compilers): not in what the headers say at run time either.
MACRO_WORDS = re.compile(r"\b(slots|signals|emit|foreach|forever|small|near|far|interface|linux|unix|major|minor)\b")
WORDS = re.compile(r'//[^\n]*|/\*.*?\*/|"((?:\\.|[^"\\\n])*)"', re.S)
ROW = re.compile(r"^\s*std::memory_order (\w+) = std::memory_order_(\w+);")


def split(text):
    """The same text twice, line by line: without comments and strings, and the comments alone."""
    code, comments = [], []
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'(?![0-9])|\n|.', re.S)
    for found in pattern.finditer(text):
        token = found[0]
        blank = re.sub(r"[^\n]", " ", token)
        if token.startswith(("//", "/*")):
            code.append(blank)
            comments.append(token)
        elif token[0] in "\"'" and len(token) > 1:
            code.append(blank)
            comments.append(blank)
        else:
            code.append(token)
            comments.append(blank)
    return "".join(code).split("\n"), "".join(comments).split("\n")


def conditions(code):
    """Of each line: the text of all conditions of the preprocessor that it stands under, alternatives apart."""
    result, stack, said = [], [], ""
    for line in code:
        said = said + line.rstrip("\\")
        if not line.endswith("\\"):
            if found := re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)", said, re.S):
                kind, condition = found.groups()
                if kind in ("elif", "else", "endif") and stack:
                    stack.pop()
                if kind != "endif":
                    stack.append(f"defined({condition.strip()})" if kind == "ifdef" else condition)
            said = ""
        result.append(list(stack))
    return result


def call(lines, n, start):
    """The text between the parentheses that open at lines[n][start], over as many lines as it takes."""
    text, depth = "\n".join([lines[n][start:]] + lines[n + 1:n + 8]), 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return text[1:i]
    return text[1:]


def lint(files):
    """files: {path: text}. Returns [(rule, path, line, text)]."""
    found = []
    table, used, exceptions = {}, set(), set()
    letter = None
    for n, line in enumerate(files.get(TABLE, "").splitlines()):
        if row := ROW.match(line):
            table[row[1]] = (row[2], letter, n)
            letter = None
        elif found_letter := LETTER.match(line):
            letter = found_letter[1]

    def report(rule, path, n, text):
        found.append((rule, path, n + 1, text.strip()))

    for path, text in files.items():
        if not any("SPDX-License-Identifier: BSL-1.0" in line for line in text.splitlines()[:2]):
            report("licence", path, 0, "no SPDX line")
        if not path.startswith(("include/", "arch/")):
            continue
        if text.count("\n") > LONGEST:
            report("long", path, LONGEST, f"{text.count(chr(10))} lines, more than {LONGEST}: split it along its contracts")
        lines = split(text)[0]
        for n, (line, under) in enumerate(zip(lines, conditions(lines))):
            for_gnu = any(OF_GNU.search(condition) for condition in under)
            if GNU.search(line) and path not in (COMPILER, C_POLICY) and not (path.startswith("arch/") and for_gnu):
                report("gnu", path, n, line)
            if PRAGMA.search(line) and not for_gnu:
                report("gnu", path, n, line)
        if path.startswith("arch/"):
            continue
        for said in WORDS.finditer(text):
            if said[1] and MACRO_WORDS.search(said[1]):
                report("macro word", path, text.count("\n", 0, said.start()), said[0])
        code, comments = split(text)

        def beside(n, above, what):
            return re.search(what, "\n".join(comments[max(0, n - above):n + 1])) is not None

        def relaxed_throughout(n):
            """Said once for a whole scope: by a comment in this one or in one around it, above."""
            depth = len(code[n]) - len(code[n].lstrip())
            for above in range(n - 1, -1, -1):
                line = code[above] if code[above].strip() else comments[above]
                if not line.strip():
                    continue
                indent = len(line) - len(line.lstrip())
                if indent <= depth and re.search(r"elaxed(, all of it| throughout)", comments[above]):
                    return True
                if code[above].strip():
                    depth = min(depth, indent)
            return False

        for n, line in enumerate(code):
            # A name for the linker is no code.
            asm = path == COMPILER and ASM.search(line)
            if path not in (POLICY, C_POLICY) and not asm and RAW.search(line) and not line.startswith("extern "):
                report("raw", path, n, line)
            if BANNED.search(line):
                report("banned", path, n, line)
            if path != TABLE and SEQ_CST.search(line) and not re.search(r"_fence(_light|_heavy)?\s*\(", line):
                report("seq_cst", path, n, line)

            for use in re.finditer(r"\borders\.(\w+)", line):
                row = use[1]
                used.add(row)
                if row not in table:
                    report("no such row", path, n, line)
                    continue
                order, letter, _ = table[row]
                if not beside(n, 3, rf"\({letter}\)"):
                    report("no letter", path, n, f"({letter}) {line.strip()}")
                if order == "seq_cst" and not re.search(rf"\b\w*(light|heavy)\([^()]*orders\.{row}\)", line):
                    report("seq_cst", path, n, line)

            for operation in OPERATION.finditer(line):
                arguments = call(code, n, operation.end() - 1)
                if not re.search(r"memory_order|\borders\.|\border\b", arguments):
                    report("no order", path, n, line)
                if "memory_order_relaxed" in arguments and not beside(n, 4, "elaxed") and not relaxed_throughout(n):
                    report("no reason", path, n, line)
                if LITERAL.search(arguments):
                    own = [key for key in OWN_ORDERS if key[0] == path and key[1] in line]
                    exceptions.update(own)
                    if not own:
                        report("own order", path, n, line)

    for row, (order, letter, n) in table.items():
        if row not in used:
            report("unused row", TABLE, n, row)
        if order == "relaxed":
            report("relaxed row", TABLE, n, row)
        if letter is None:
            report("no letter", TABLE, n, row)
    return found, exceptions


def versions(root):
    """What each file that names a version says: [(file, version)]. CMake, Meson and Conan read the first."""
    read = {path: (root / path).read_text(encoding="utf-8") for path in VERSIONS}
    return [(path, ".".join(re.findall(pattern, read[path], re.M))) for path, pattern in VERSIONS.items()]


def drifted(found):
    return [f"{path}: version {version or 'unknown'}, not {found[0][1]}" for path, version in found
            if version != found[0][1] or not version]


SPDX = "// SPDX-License-Identifier: BSL-1.0\n"
GOOD_TABLE = SPDX + "struct order_table {\n  // W1 <- R1\n  std::memory_order look = std::memory_order_acquire;\n" \
                    "  // W2 = R2\n  std::memory_order far = std::memory_order_seq_cst;\n};\n"
GOOD = SPDX + """// std::atomic and throw in a comment, and "asm" in a string, are nothing.
void f() {
  // (W1) acquire, pairs with R1.
  x.load(Sync::orders.look);
  heavy(Sync::orders.far);  // (W2)
  // Relaxed: a number.
  x.store("throw asm", std::memory_order_relaxed);
  if (y) {
    // Relaxed, all of it: numbers.
    a.load(std::memory_order_relaxed);
    b();
    c();
    d();
    for (;;) {
      e.load(std::memory_order_relaxed);
    }
  }
  asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
}
"""
X = "include/lazyref/x.hpp"
A = "arch/lazyref/arch/a.hpp"
GOOD_ARCH = SPDX + """#if defined(__x86_64__) && \\
    defined(__GNUC__)
[[gnu::__noinline__]] inline void f() { __asm__ volatile("nop"); }
#if defined(__clang__)
#pragma clang diagnostic push
#endif
#endif
"""
BAD = [
    ("long", X, LONGEST * "\n"),
    ("long", A, LONGEST * "\n"),
    ("long", "include/lazyref/x.h", SPDX + LONGEST * "\n"),
    ("raw", X, "std::atomic<int> a;"),
    ("raw", X, "std::atomic_thread_fence(o);"),
    ("raw", X, "atomic_signal_fence(o);"),
    ("raw", X, '__asm__ volatile("" ::: "memory");'),
    ("raw", X, "__sync_synchronize();"),
    ("raw", COMPILER, "std::atomic<int> a;"),
    ("gnu", X, "[[gnu::__noinline__]] void f();"),
    ("gnu", X, "[[noreturn, gnu::__cold__]] void f();"),
    ("gnu", X, "void f() __attribute__((__weak__));"),
    ("gnu", X, "#if defined(__GNUC__)\nreturn __builtin_ctz(x);\n#endif"),
    ("gnu", X, 'extern "C" void f() __asm__("g");'),
    ("gnu", X, "__int128 x;"),
    ("gnu", X, "int x = ({ f(); });"),
    ("gnu", X, "#pragma GCC diagnostic push"),
    ("gnu", COMPILER, '#pragma GCC diagnostic ignored "-Wshadow"'),
    ("gnu", X, "#if !defined(__clang__)\n#pragma clang diagnostic push\n#endif"),
    ("gnu", A, "[[gnu::__noinline__]] void f();"),
    ("gnu", A, '#if defined(__x86_64__)\n__asm__ volatile("nop");\n#endif'),
    ("gnu", A, '#if defined(__GNUC__)\n#else\n__asm__ volatile("nop");\n#endif'),
    ("gnu", A, "#if defined(_MSC_VER)\nreturn __builtin_ctz(x);\n#endif"),
    ("raw", "include/lazyref/x.h", SPDX + "__atomic_thread_fence(o);"),
    ("macro word", X, 'const char* what = "there are no slots";'),
    ("banned", X, "throw 1;"),
    ("banned", X, "dynamic_cast<int*>(p);"),
    ("banned", X, "typeid(p);"),
    ("banned", X, "std::function<void()> f;"),
    ("banned", X, "#include <iostream>"),
    ("seq_cst", X, "a.load(std::memory_order_seq_cst);"),
    ("seq_cst", X, "a.store(1, Sync::orders.far);  // (W2)"),
    ("no order", X, "a.load();"),
    ("no order", X, "a.compare_exchange_strong(\n  b,\n  c);"),
    ("no such row", X, "a.load(Sync::orders.lok);  // (W1)"),
    ("no letter", X, "a.load(Sync::orders.look);  // acquire"),
    ("no letter", X, "// (W1)\n\n\n\na.load(Sync::orders.look);"),
    ("no letter", X, "a.load(Sync::orders.look);  // (W2)"),
    ("own order", X, "a.load(std::memory_order_acquire);  // (W1)"),
    ("own order", X, "a.exchange(1,\n  std::memory_order_acq_rel);"),
    ("no reason", X, "a.load(std::memory_order_relaxed);"),
    ("no reason", X, "// Relaxed: too far up.\n\n\n\n\na.load(std::memory_order_relaxed);"),
    ("no reason", X, "{\n  // Relaxed throughout.\n  a();\n}\n\n\nb.load(std::memory_order_relaxed);"),
    ("unused row", TABLE, "  // W3 <- R3\n  std::memory_order more = std::memory_order_acquire;"),
    ("no letter", TABLE, "  std::memory_order more = std::memory_order_acquire;"),
    ("relaxed row", TABLE, "  // W1 <- R1\n  std::memory_order look = std::memory_order_relaxed;"),
]


def test_rules():
    good = {TABLE: GOOD_TABLE, X: GOOD, A: GOOD_ARCH, COMPILER: SPDX + '#define N(name) __asm__(name)\n'}
    problems = [f"a good file is reported: {f}" for f in lint(good)[0]]
    for rule, path, snippet in BAD:
        bad = dict(good)
        bad[path] = bad.get(path, "") + 5 * "\n" + snippet + "\n"
        if rule not in [f[0] for f in lint(bad)[0]]:
            problems.append(f"not reported as '{rule}': {snippet}")
    longest = {**good, X: GOOD + "\n" * (LONGEST - GOOD.count("\n"))}
    problems += [f"a header of {LONGEST} lines is reported: {f}" for f in lint(longest)[0]]
    bad = dict(good)
    bad["tests/x.cpp"] = "int x;\n"
    if [f[0] for f in lint(bad)[0]] != ["licence"]:
        problems.append("a file without a licence line is not reported")
    return problems


def main():
    problems = test_rules()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    files = {}
    for folder in ("include", "arch", "tests", "examples", ".ci", ".github", ".packaging"):
        for path in sorted(root.glob(f"{folder}/**/*")):
            build_file = path.name in ("CMakeLists.txt", "meson.build")
            if build_file or path.suffix in (".hpp", ".cpp", ".h", ".py", ".sh", ".pml", ".yml", ".mjs"):
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    if POLICY not in files or TABLE not in files:
        problems.append(f"{root} is not the project")
    if drifted([("a", "1.2.3"), ("b", "1.2.3")]) or len(drifted([("a", "1.2.3"), ("b", "1.2.4"), ("c", "")])) != 2:
        problems.append("versions that drift apart are not told from others")
    problems += drifted(versions(root))
    for path, pattern in SHORT_VERSIONS.items():
        named = re.findall(pattern, (root / path).read_text(encoding="utf-8")) or ["unknown"]
        problems += [f"{path}: version {short}" for short in named
                     if not versions(root)[0][1].startswith(short.replace("_", ".") + ".")]
    for path, sign in READERS.items():
        text = (root / path).read_text(encoding="utf-8")
        if sign not in text or re.search(r"\bversion *[:=]? *'?\"?\d+\.\d+\.\d+", text, re.I):
            problems.append(f"{path}: names a version of its own, or does not read that of the headers")
    found, exceptions = lint(files)
    problems += [f"{path}:{n}: {rule}: {text}" for rule, path, n, text in found]
    problems += [f"an exception that nothing needs any more: {key}" for key in OWN_ORDERS if key not in exceptions]
    for problem in problems:
        print(problem)
    headers = sum(path.startswith("include/") for path in files)
    print(f"{len(BAD) + 1} bad snippets, {headers} headers, {len(files)} files: {len(problems) or 'no'} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
