#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Programs of two units that were built in different ways: matrix.py ROOT WORK (run|twins) [COMPILER...]

    run     {checks on, off} x {auto, required, symmetric} for each of the two units, in either order, in each situation
            below, by the first compiler without optimisation and by the last with it; the duels; then a few pairs by two
            compilers, and with link-time optimisation
    twins   the same over copies of the headers that are spoilt: the errors must be seen

Each way of building is compiled once for each compiler and level of optimisation, with AddressSanitizer; all pairs are
linked. Exit status: 0 passed, 1 failed, 77 nothing could be looked at.
"""
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.dont_write_bytecode = True
from processors import all_of, on_each_processor  # noqa: E402

HERE = Path(__file__).resolve().parent
MODES = ("auto", "required", "symmetric")
CHECKS = ("on", "off")
ALL = [(mode, checks) for mode in MODES for checks in CHECKS]
ASAN = ("-g1", "-fsanitize=address", "-fno-omit-frame-pointer")

# What each pair must do, whatever the checks are. A program `runs`, which takes a correct result; or it stops, by
# abort, with a sentence on stderr that begins with "lazyref:", at that place and no other.
#
#   situation                        which pairs of modes                 wanted
#   as it is                         all                                  runs
#   refused from the start           `required` among them                stops before main
#                                    others                               runs
#   refused after the first use      the light fences are free by then    stops after that
#                                    others                               runs
#   full fences chosen by the first  all                                  runs
#
# The light fences are free: `required` is among them, or `symmetric` is not.
BEFORE_MAIN, AFTER_FILTER, RUNS = "stops before main", "stops after the filter", "runs"


SITUATIONS = ("plain", "refused", "filter", "chosen")


def wanted(situation, first, second):
    modes = {first[0], second[0]}
    free = "required" in modes or "symmetric" not in modes
    if situation == "refused":
        return BEFORE_MAIN if "required" in modes else RUNS
    if situation == "filter":
        return AFTER_FILTER if free else RUNS
    return RUNS


# What a unit with checks reports; and whether it is harmless, so that a unit without them can be let do it.
MISUSES = (
    ("empty reference", False),
    ("empty slot", False),
    ("empty hazard pointer", False),
    ("retired twice", False),
    ("left inside a scope", True),
)

problems = []
numbers = {"programs": 0, "runs": 0}


def report(what, detail=""):
    problems.append(f"{what}\n{detail}")
    print(f"FAILED: {what}")
    for line in detail.strip().splitlines()[:25]:
        print(f"    {line}")
    sys.stdout.flush()


def skipped(what):
    print(f"SKIPPED: mixed: {what}")


def name(unit):
    return f"{unit[0]}-{unit[1]}"


def macros(unit):
    mode, checks = unit
    return [f"-DLAZYREF_FENCE_MODE=LAZYREF_FENCE_{mode.upper()}", "-UNDEBUG" if checks == "on" else "-DNDEBUG"]


class Build:
    """Programs of one compiler with one set of flags over one copy of the headers."""

    objects = {}  # of all builds: (compiler, source, flags): path, or None if it does not compile
    locks = {}    # of the same

    def __init__(self, compiler, flags, headers, work, extra=lambda unit: ()):
        self.compiler, self.flags, self.headers, self.extra = compiler, list(flags), headers, extra
        self.title = " ".join([compiler] + [f for f in flags if f not in ASAN])
        self.work = work / re.sub(r"[^\w.+-]+", "_", self.title)
        self.work.mkdir(parents=True, exist_ok=True)
        self.control = None

    def compile(self, source, flags):
        key = (self.compiler, source, *flags)
        with self.locks.setdefault(key, threading.Lock()):
            if key not in self.objects:
                out = self.work / f"{abs(hash(key)):x}.o"
                command = [self.compiler, "-std=c++17", "-Wall", "-Wextra", *flags, "-c", str(HERE / source)]
                result = subprocess.run([*command, "-o", str(out)], capture_output=True, text=True)
                if result.returncode != 0:
                    report(f"{self.title}: {source} does not compile: {' '.join(flags)}", result.stderr)
                self.objects[key] = str(out) if result.returncode == 0 else None
        return self.objects[key]

    def of_unit(self, unit):
        return [*macros(unit), *self.extra(unit), f"-I{self.headers}/include", f"-I{self.headers}/arch"]

    def parts(self, unit):
        """What compiles the objects of a unit."""
        return [lambda: self.compile("unit.cpp", [*self.flags, *self.of_unit(unit)]), lambda: self.duels(unit)]

    def duels(self, unit):
        whole_program = [f for f in self.flags if f not in ASAN and not f.startswith("-O")]
        return self.compile("duels.cpp", ["-O2", *whole_program, *self.of_unit(unit)])

    def main(self):
        return self.compile("main.cpp", ["-O2", *[f for f in self.flags if not f.startswith("-O")]])

    def link(self, target, objects):
        """(program, "") or (None, why); (None, None) where something has not compiled."""
        if None in objects:
            return None, None
        program = str(self.work / target)
        command = [self.compiler, *self.flags, *objects, "-o", program, "-pthread"]
        result = subprocess.run(command, capture_output=True, text=True)
        numbers["programs"] += 1
        return (program, "") if result.returncode == 0 else (None, result.stdout + result.stderr)

    def program(self, first, second, halves=None):
        """With halves=duels: the duels alone."""
        target = f"{name(first)}--{name(second)}"
        parts = [self.main]
        for unit in (first, second):
            parts += self.parts(unit)[1:] if halves == "duels" else self.parts(unit)
        program, why = self.link(target, all_of(*parts))
        if program is None and why is not None:
            report(f"{self.title}: {target} does not link", why)
        if program is not None and "-flto" not in self.flags and order_of(program) != (first, second):
            report(f"{self.title}: {target} is not of these two units")
        return program


# AddressSanitizer's memory layout does not fit kernels that randomise much of the address space.
FIXED_LAYOUT = ["setarch", os.uname().machine, "-R"]
if not shutil.which("setarch") or subprocess.run([*FIXED_LAYOUT, "true"], capture_output=True).returncode != 0:
    FIXED_LAYOUT = []


def run(command, milliseconds=20):
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", LAZYREF_TEST_MS=str(milliseconds))
    numbers["runs"] += 1
    try:
        result = subprocess.run([*FIXED_LAYOUT, *command], capture_output=True, text=True, errors="replace",
                                env=environment, timeout=60)
    except subprocess.TimeoutExpired as expired:
        return None, str(expired.stdout), str(expired.stderr)
    return result.returncode, result.stdout, result.stderr


def order_of(program):
    """Its units, the first one first; None if it does not tell."""
    _, out, _ = run([program, "names"])
    said = re.findall(r"mode (\d), checks (\d)", out)
    return tuple((MODES[int(mode) - 1], "on" if checks == "1" else "off") for mode, checks in said)


def outcome(code, out, err):
    """What a program did, in the words of `wanted`, or something else."""
    lines = out.splitlines()
    if code == 0 and lines and lines[-1] == "done" and not err:
        return RUNS
    if code == -signal.SIGABRT and err.startswith("lazyref: ") and err.endswith("\n") and "WRONG" not in out:
        if err.count("\n") != 1:
            return "stops with more than a sentence"
        if "main" not in lines:
            return BEFORE_MAIN
        if "done" not in lines:
            return AFTER_FILTER if "filtered" in lines else "stops in between"
    if code == 77:
        return "cannot be tried"
    return "hangs" if code is None else f"ends with {code}"


def in_situation(program, situation, error):
    if situation == "refused":
        return [program, "refused", error, program]
    return {"plain": [program], "filter": [program, "filter", error], "chosen": [program, "chosen"]}[situation]


def expect(title, command, want, milliseconds=20):
    code, out, err = run(command, milliseconds)
    got = outcome(code, out, err)
    if got != want:
        report(f"{title}: wanted: {want}; it {got}", out + err)
    return got == want


def expect_pair(build, program, first, second, situations, error, milliseconds=None):
    good = True
    for situation in situations:
        title = f"{build.title}: {name(first)} with {name(second)}, {situation}"
        title += f" ({error})" if situation in ("refused", "filter") else ""
        command = in_situation(program, situation, error)
        time = milliseconds or (20 if situation == "plain" else 5)
        good = expect(title, command, wanted(situation, first, second), time) and good
    return good


def expect_misuses(build, program, first, second):
    """In either unit, linked first or second: reported by the one that checks, and by no other."""
    good = True
    for index, unit in enumerate((first, second)):
        for misuse, harmless in MISUSES:
            checks = unit[1] == "on"
            if not checks and not harmless:
                continue
            title = f"{build.title}: {name(first)} with {name(second)}, unit {index}: {misuse}"
            want = "stops in between" if checks else RUNS
            good = expect(title, [program, "misuse", str(index), misuse], want) and good
    return good


def what_can_be_tried(build):
    """Whether membarrier can be had, and be refused."""
    program = build.program(("auto", "off"), ("auto", "off"))
    if program is None:
        return False
    code, _, _ = run([program, "refused", "EPERM", program])
    if code == 77:
        skipped("this kernel has no membarrier, or no filter can be installed")
        return False
    return True


def power(build, milliseconds, enough=5):
    """How often no fence at all is seen to go wrong in that time; stops when that is often enough."""
    program = build.control = build.control or build.program(("auto", "off"), ("auto", "off"), "duels")
    seen, spent = 0, 0
    while program is not None and seen < enough and spent < milliseconds:
        code, out, err = run([program, "control", "100"])
        if code != 0:
            report(f"{build.title}: control", out + err)
            break
        seen, spent = seen + int(out.split()[0]), spent + 100
    print(f"{build.title}: without a fence, {seen} violations in {spent} ms")
    return seen


PAIRS = [(first, second) for first in ALL for second in ALL]


def whole_matrix(compiler, optimisation, headers, work, error, situations):
    build = Build(compiler, [optimisation, *ASAN], headers, work)
    all_of(build.main, *[part for unit in ALL for part in build.parts(unit)])

    def whole_pair(pair):
        first, second = pair
        program = build.program(first, second)
        if program is None:
            return []
        results = [((situation, wanted(situation, first, second)),
                    expect_pair(build, program, first, second, [situation], error)) for situation in situations]
        if {first[1], second[1]} == {"on", "off"}:
            results.append(("misuse", expect_misuses(build, program, first, second)))
        os.remove(program)
        return results

    tally = {}
    for key, good in sum(on_each_processor(whole_pair, PAIRS), []):
        tally[key] = tally.get(key, 0) + good
    for key in tally:
        what = ("misuse, checks in one of the two", "as wanted") if key == "misuse" else key
        print(f"{build.title}: {what[0]}: {what[1]}: {tally[key]} pairs")


FEW = (
    (("auto", "on"), ("required", "off")),
    (("required", "off"), ("symmetric", "on")),
    (("symmetric", "on"), ("auto", "on")),
)


def duels(compiler, headers, work):
    """Where the order of memory matters, without a sanitizer. (Slots that are checked make full fences.)"""
    build = Build(compiler, ["-O2"], headers, work)
    if power(build, 2 * len(PAIRS) * 10) == 0:
        skipped(f"{build.title}: duels: no power: nothing goes wrong without a fence on this host, in the same time")
    programs = on_each_processor(lambda pair: build.program(*pair, "duels"), PAIRS)
    good = 0
    for (first, second), program in zip(PAIRS, programs):
        if program is not None:
            good += expect_pair(build, program, first, second, ["plain", "refused"], "EPERM", 10)
            os.remove(program)
    print(f"{build.title}: duels, as it is and refused: as wanted: {good} pairs")


def link_time_optimised(headers, work):
    """The whole program at once: no type and no function differs between units."""
    flags = ["-O2", "-flto", "-Wodr", "-Wlto-type-mismatch", "-Werror"]
    build = Build("g++", flags, headers, work)
    for first, second in FEW:
        program = build.program(first, second)
        if program is None:
            continue
        order = order_of(program)  # which unit is initialised first is not ours to say
        if sorted(order) != sorted((first, second)):
            report(f"{build.title}: the program of {name(first)} and {name(second)} is not of these two units")
            continue
        expect_pair(build, program, *order, SITUATIONS, "EPERM")
        if {first[1], second[1]} == {"on", "off"}:
            expect_misuses(build, program, *order)


def two_compilers(headers, work):
    gcc = Build("g++", ["-O2"], headers, work)
    clang = Build("clang++", ["-O0"], headers, work)
    for first, second in FEW:
        for left, right in ((gcc, clang), (clang, gcc)):
            target = f"{left.compiler}-{name(first)}--{right.compiler}-{name(second)}"
            program, why = gcc.link(target, all_of(gcc.main, *left.parts(first), *right.parts(second)))
            if program is None:
                if why is not None:
                    report(f"{target} does not link", why)
                continue
            expect_pair(left, program, first, second, SITUATIONS, "EPERM")
            if {first[1], second[1]} == {"on", "off"}:
                expect_misuses(left, program, first, second)


# --- the twins


def spoilt(root, work, label, edits):
    """A copy of the headers with errors: (file, what, by what); None if there is nothing to spoil."""
    copy = work / label
    shutil.rmtree(copy, ignore_errors=True)
    for folder in ("include", "arch"):
        shutil.copytree(root / folder, copy / folder)
    for file, pattern, by in edits:
        paths = [p for p in (copy / "include").rglob("*.hpp")] if file is None else [copy / "include/lazyref" / file]
        changed = 0
        for path in paths:
            text, n = re.subn(pattern, by, path.read_text(), flags=re.M)
            path.write_text(text)
            changed += n
        if changed == 0:
            report(f"twin {label}: nothing in the headers looks like {pattern}")
            return None
    return copy


def must_be_reported(label, sees, how, why):
    """`sees()` reports problems of its own, which are what is wanted, one of them for that reason (a pattern); but the
    programs must be there."""
    before = len(problems)
    text = sys.stdout
    with open(os.devnull, "w") as sys.stdout:
        sees()
    sys.stdout = text
    found = problems[before:]
    del problems[before:]
    broken = [f for f in found if re.search(r"does not (compile|link)", f)]
    right = [f for f in found if re.search(why, f)]
    if broken:
        report(f"twin {label}: is no program {how}", broken[0])
    elif right:
        print(f"twin {label}: reported: {right[0].splitlines()[0]}")
    else:
        report(f"twin {label}: not reported {how}", "\n".join(found))


def duel_twin(compiler, headers, work, label, first, second):
    """Tried until it is seen, or until so much has gone wrong without any fence that it should have been."""
    build = Build(compiler, ["-O2"], headers, work / f"twin-{label}")
    program = build.program(first, second, "duels")
    before, seen = len(problems), 0

    def tries():
        nonlocal seen
        for _ in range(100):
            if len(problems) == before and seen < 100:
                expect_pair(build, program, first, second, ["plain"], "", 100)
                seen += power(build, 100)

    if program is not None:
        must_be_reported(label, tries, f"({name(first)} with {name(second)})", "both have missed")
        if len(problems) > before and seen < 100:
            del problems[before:]
            skipped(f"twin {label}: no power: hardly anything goes wrong without a fence on this host")


def twins(root, work, compilers):
    on, off = ("auto", "on"), ("auto", "off")
    for compiler in compilers:
        # The registry of hazard pointers is another one in units with checks.
        def registry(unit):
            names = ("all_hazards", "hazard_domain", "hazard_cache", "this_threads_hazards", "take_hazard",
                     "claim_hazard")
            return [f"-D{n}={n}_of_units_that_check" for n in names] if unit[1] == "on" else []

        build = Build(compiler, ["-O1", *ASAN], root, work / "twin-registry", registry)
        for first, second in ((on, off), (off, on)):
            def sees():
                program = build.program(first, second)
                if program is not None:
                    expect_pair(build, program, first, second, ["plain"], "EPERM")
            must_be_reported("registry", sees, f"({compiler}, {name(first)} with {name(second)})",
                             "AddressSanitizer|WRONG")

    # The heavy fence of a symmetric unit is a plain one, also where other units' light fences are free.
    fake = "detail::os_kernel::nothing(), detail::std_atomics::full_fence()"
    plain = "if constexpr (build_mode == fence_mode::symmetric) return " + fake
    copy = spoilt(root, work, "plain-heavy-fence", [
        ("fence.hpp", r"\{ (detail::process_fence\.heavy\(order\);) \}", rf"{{ {plain}; else \1 }}"),
        ("fence.hpp", r"return (detail::process_fence\.try_heavy\(order\);)",
         rf"{plain}, sync_result(); else return \1"),
    ])
    if copy is not None:
        duel_twin(compilers[0], copy, work, "plain-heavy-fence", ("required", "off"), ("symmetric", "off"))

    # A slot's light fence is free, also where the process has decided on full fences.
    copy = spoilt(root, work, "free-light-fence", [("sync.hpp", r"if \(!\w+->is_free\(\)\) return false;", "")])
    if copy is not None:
        duel_twin(compilers[0], copy, work, "free-light-fence", ("auto", "off"), ("symmetric", "off"))

    # What stands beside a slot is larger in units with checks, as in lazyref 0.1.
    larger = r"\1\n#if LAZYREF_CHECKS\n    long spare = 0;\n#endif"
    copy = spoilt(root, work, "seats", [("detail/reclamation/domain_core.hpp", r"^(  struct seat [^{]*\{)$", larger)])
    if copy is not None:
        build = Build(compilers[0], ["-O2", *ASAN], copy, work / "twin-seats")
        for first, second in ((on, off), (off, on)):
            def lazily():
                program = build.program(first, second)
                if program is not None:
                    expect_pair(build, program, first, second, ["plain"], "EPERM")
            must_be_reported("seats", lazily, f"({name(first)} with {name(second)})",
                             "AddressSanitizer|WRONG|lazyref: ")

    # A heavy fence that fails goes on.
    fails = r"if \((?:detail::)?is_rare\(!result\)\) (?:detail::)?call_fatal_hook\(result\.what.*$"
    copy = spoilt(root, work, "failed-fence",
                  [("detail/fence/fence_core.hpp", fails, "static_cast<void>(result);")])
    if copy is not None:
        build = Build(compilers[0], ["-O0"], copy, work / "twin-failed-fence")
        program = build.program(on, off)
        if program is not None:
            must_be_reported("failed-fence", lambda: expect_pair(build, program, on, off, ["filter"], "EPERM"),
                             "(auto-on with auto-off)", "wanted: stops after the filter")

    # A unit built `required` does not see to its fences before main.
    copy = spoilt(root, work, "late-registration",
                  [(None, r"\[\[gnu::__constructor__\(\d+\)\]\]", "[[maybe_unused]]")])
    if copy is not None:
        build = Build(compilers[0], ["-O0"], copy, work / "twin-late")
        first, second = ("auto", "off"), ("required", "off")
        program = build.program(first, second)
        if program is not None:
            must_be_reported("late-registration",
                             lambda: expect_pair(build, program, first, second, ["refused"], "EPERM"),
                             f"({name(first)} with {name(second)})", "wanted: stops before main")

    # Units share the functions that check, or do not.
    copy = spoilt(root, work, "shared-functions", [("config.hpp", r"\[\[gnu::__abi_tag__\(.*\)\]\]$", "")])
    if copy is not None:
        build = Build(compilers[0], ["-O0"], copy, work / "twin-shared")
        def either():
            for first, second in ((on, off), (off, on)):
                program = build.program(first, second)
                if program is not None:
                    expect_misuses(build, program, first, second)
        must_be_reported("shared-functions", either, "(auto-on with auto-off, either first)",
                         "wanted: stops in between")

    # A type has another layout where it is checked.
    more = r"\g<0>\n#if LAZYREF_CHECKS\n  long spare_ = 0;\n#endif"
    copy = spoilt(root, work, "layout", [("owner.hpp", r"^  T\* object_ = nullptr;$", more)])
    if copy is not None and shutil.which("g++"):
        flags = ["-O2", "-flto", "-Wodr", "-Wlto-type-mismatch", "-Werror"]
        build = Build("g++", flags, copy, work / "twin-layout")
        program, why = build.link("layout", all_of(build.main, *build.parts(on), *build.parts(off)))
        if program is None and why is not None and re.search(r"-Werror=(odr|lto-type-mismatch)", why):
            print("twin layout: reported (by link-time optimisation)")
        else:
            report("twin layout: not reported by link-time optimisation", why or "")


def main():
    root, work, what = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3]
    compilers = []
    for compiler in sys.argv[4:] or ("g++", "clang++"):
        if shutil.which(compiler):
            compilers.append(compiler)
        else:
            skipped(f"{compiler} is not here")
    work = work / f"matrix-{what}"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if not sys.platform.startswith("linux") or not compilers:
        skipped("this needs Linux and a compiler")
        return 77
    if not what_can_be_tried(Build(compilers[0], ["-O0"], root, work)):
        return 1 if problems else 77
    if what == "twins":
        twins(root, work, compilers)
    else:
        # All pairs by one compiler without optimisation, where units share what is inline, and by one with it; the other
        # two ways of each, in a few pairs, are in two_compilers.
        for compiler in compilers:
            if compiler == compilers[0]:
                whole_matrix(compiler, "-O0", root, work, "EPERM", SITUATIONS)
            if compiler == compilers[-1]:
                whole_matrix(compiler, "-O2", root, work, "ENOSYS", SITUATIONS)
            duels(compiler, root, work)
        if "g++" in compilers:
            link_time_optimised(root, work)
        if "g++" in compilers and "clang++" in compilers:
            two_compilers(root, work)
    print(f"{numbers['programs']} programs, {numbers['runs']} runs, {len(problems)} failed")
    shutil.rmtree(work, ignore_errors=True)
    return 1 if problems else 0


sys.exit(main())
