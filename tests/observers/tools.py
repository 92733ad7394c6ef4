#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The observers, as the tools for which they are see them: tools.py GROUP PROGRAM DIRECTORY

GROUP: perf, gdb or frames (the C++ runtime), with jitted.cpp, built, as PROGRAM; or example, with one of the examples
that have --perf and --gdb, and functions whose names begin with outer and inner. Each promise has a control: without
the observer the tool must not find what it finds with it. Files are left in DIRECTORY. Exit status: 0 passed, 1
something is wrong, 77 nothing could be tried.
"""
import glob
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

MAPPINGS = ("dual", "flip")
failures = 0
passed = 0


def check(as_promised, what, seen=""):
    global failures, passed
    if as_promised:
        passed += 1
        print("ok:", what)
    else:
        failures += 1
        print(f"WRONG: {what}\n{seen}")


def skipped(why):
    print(f"SKIPPED: observers: {why}", flush=True)


def run(command, **more):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, errors="replace", **more)


# --- perf


class Perf:
    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.environment = dict(os.environ, JITDUMPDIR=str(directory))
        self.number = 0

    def works(self):
        """Whether a process may be profiled here, and how that is seen."""
        if not shutil.which("perf"):
            return "perf is missing (Debian: linux-perf)"
        data = self.directory / "probe.data"
        data.unlink(missing_ok=True)
        done = run(["perf", "record", "-q", "-e", "cpu-clock:u", "-k", "mono", "-o", data, "true"])
        if done.returncode == 0 and data.exists():
            return None
        try:
            level = pathlib.Path("/proc/sys/kernel/perf_event_paranoid").read_text().strip()
        except OSError:
            level = "unknown"
        return f"perf cannot record here (kernel.perf_event_paranoid is {level}): {done.stdout.strip()[:200]}"

    def record(self, *arguments):
        """Runs the program; returns the file of samples, or None if the program skipped."""
        self.number += 1
        data = self.directory / f"{self.number}.data"
        data.unlink(missing_ok=True)
        done = run(["perf", "record", "-q", "-e", "cpu-clock:u", "-k", "mono", "-o", data, self.program, *arguments],
                   env=self.environment)
        if "SKIPPED" in done.stdout:
            print(done.stdout)
            return None
        check(done.returncode == 0, f"perf record {' '.join(arguments)}", done.stdout)
        return data

    def inject(self, data):
        result = data.with_suffix(".jit.data")
        result.unlink(missing_ok=True)
        done = run(["perf", "inject", "--jit", "-i", data, "-o", result])
        check(done.returncode == 0, "perf inject --jit", done.stdout)
        return result

    def report(self, data):
        """Symbol -> percent."""
        text = run(["perf", "report", "-f", "-i", data, "--stdio", "--sort", "sym"]).stdout
        found = {}
        for percent, symbol in re.findall(r"^ +([\d.]+)% +\[.\] (\S+)", text, re.M):
            found[symbol] = found.get(symbol, 0) + float(percent)
        return found


def try_perf(program, directory):
    perf = Perf(program, directory)
    if why := perf.works():
        skipped(why)
        return
    for mapping in MAPPINGS:
        if data := perf.record("busy", mapping):
            found = perf.report(data)
            check("jit_hot_loop" not in found, f"{mapping}: without an observer perf does not know the name", found)
        if data := perf.record("busy", mapping, "jitdump"):
            before = perf.report(data)
            check("jit_hot_loop" not in before, f"{mapping}: nor before perf inject", before)
            found = perf.report(perf.inject(data))
            check(found.get("jit_hot_loop", 0) > 50, f"{mapping}: with the jitdump it does", found)
        if data := perf.record("reused", mapping, "jitdump"):
            found = perf.report(perf.inject(data))
            check(found.get("jit_hot_loop", 0) > 15 and found.get("jit_second_loop", 0) > 15,
                  f"{mapping}: an address that is used again has each of its names, at its time", found)
        if data := perf.record("busy", mapping, "perf_map"):
            found = perf.report(data)
            if "memfd" in run(["perf", "script", "-f", "-i", data, "--show-mmap-events"]).stdout:
                skipped(f"perf map, {mapping}: the memory is a memory file here, for which perf asks no map")
            else:
                check(found.get("jit_hot_loop", 0) > 50, f"{mapping}: with the perf map it does", found)
                # The first word of that line; the library's own functions begin with "lazyref::".
                check("lazyref:" not in found, f"{mapping}: the first line names nothing", found)
    # What the map cannot do, and says so.
    if data := perf.record("reused", "flip", "perf_map"):
        found = perf.report(data)
        check(not (found.get("jit_hot_loop", 0) > 15 and found.get("jit_second_loop", 0) > 15),
              "flip: a perf map does not tell an address's names apart, as its first line warns", found)
    maps = glob.glob("/tmp/perf-*.map")
    ours = [m for m in maps if pathlib.Path(m).read_text(errors="replace").startswith("0 0 lazyref:")]
    check(bool(ours), "the perf maps begin with the warning", maps)
    for path in ours:
        os.unlink(path)


# --- gdb


def gdb(program, commands, *arguments):
    start = ["set confirm off", "set pagination off", "set width 0", "set debuginfod enabled off",
             "set startup-with-shell off", "set breakpoint pending on"]
    words = [word for command in start + commands + ["kill"] for word in ("-ex", command)]
    return run(["gdb", "-q", "-nx", "-batch", *words, "--args", program, *arguments]).stdout


def frames_of(text):
    """The names of the frames of the first backtrace."""
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(?:\(anonymous namespace\)::)?(\w+|\?\?) \(", text, re.M)


def try_gdb(program, directory):
    if not shutil.which("gdb"):
        return skipped("gdb is missing")
    probe = gdb(program, ["break called_back", "run", "bt"], "called", "flip")
    if "SKIPPED" in probe:
        return print(probe)
    if "called_back" not in frames_of(probe):
        return skipped(f"gdb cannot run a program here: {probe.strip()[-200:]}")
    whole = ["called_back", "jit_outer", "run_code", "main"]
    for mapping in MAPPINGS:
        for action in ("called", "tables"):
            commands = ["break called_back", "run", "bt"]
            text = gdb(program, commands, action, mapping, "gdb")
            check(frames_of(text) == whole, f"{mapping}, {action}: bt names the function and goes through it", text)
            text = gdb(program, commands, action, mapping)
            check("jit_outer" not in text, f"{mapping}, {action}: without the observer it does not", text)
            # Nobody can guess the frame that only its tables describe.
            if action == "tables":
                check("main" not in frames_of(text), f"{mapping}: and does not get through", text)
    # In flip a breakpoint by name, also one from before the code is there.
    at_name = ["break jit_outer", "run", "bt", "continue"]
    text = gdb(program, at_name, "called", "flip", "gdb")
    check(frames_of(text) == whole[1:] and "exited normally" in text, "flip: `break NAME` stops there", text)
    text = gdb(program, at_name, "called", "flip")
    check(frames_of(text) == [] and "exited normally" in text, "flip: without the observer there is no such name", text)
    # In dual the processor's.
    later = ["break run_code", "run", "delete", "WHICH jit_outer", "continue", "bt"]
    text = gdb(program, [c.replace("WHICH", "break") for c in later], "called", "dual", "gdb")
    check("jit_outer ()" not in text, "dual: `break NAME` does not stop, as the header says", text)
    text = gdb(program, [c.replace("WHICH", "hbreak") for c in later], "called", "dual", "gdb")
    if re.search("No hardware breakpoint|Could not insert hardware|Cannot insert hardware", text):
        skipped("hbreak: this machine has no hardware breakpoints")
    else:
        check(frames_of(text) == whole[1:], "dual: `hbreak NAME` does", text)


# --- the C++ runtime


def try_frames(program, directory):
    def status(environment, *arguments):
        done = run([program, *arguments], cwd=directory, env=dict(os.environ, **environment))
        if done.returncode == 77:
            print(done.stdout)
        return done.returncode

    if status({}, "called", "flip") == 77:
        return
    runtimes = {"the C++ runtime": {}}
    # LLVM's unwinder in front of it takes tables in another way.
    if found := sorted(glob.glob("/usr/lib/llvm-*/lib/libunwind.so.1")):
        runtimes["LLVM's libunwind"] = {"LD_PRELOAD": found[-1]}
    else:
        skipped("LLVM's libunwind is not here (Debian: libunwind-14)")
    for name, environment in runtimes.items():
        for mapping in MAPPINGS:
            for action in ("thrown", "thrown_tables", "walked"):
                what = f"{name}, {mapping}, {action}"
                check(status(environment, action, mapping, "unwind") == 0, f"{what}: passes the code's frame")
                check(status(environment, action, mapping, "unwind", "gdb", "jitdump") == 0, f"{what}: others beside it")
                without = status(environment, action, mapping)
                check(without == (4 if action == "walked" else -signal.SIGABRT),
                      f"{what}: without the observer it does not", without)


# --- examples, in which functions are replaced while the tools look on


def try_example(program, directory):
    perf = Perf(program, directory)

    def share(data):
        named = {s: p for s, p in perf.report(data).items() if re.match(r"(outer|inner)(_\d+)?$", s)}
        return round(sum(named.values()), 2)

    # Where a compiler takes nearly all of the time, it takes longer to find the functions in the samples.
    arguments = "--milliseconds", "2000" if program.name == "with_llvm" else "300"
    if why := perf.works():
        skipped(why)
    else:
        for mapping in ((), ("--flip",)):
            what = " ".join((program.name, *mapping))
            found = share(perf.record(*arguments, *mapping))
            check(found == 0, f"{what}: without --perf its functions have no names", found)
            found = share(perf.inject(perf.record(*arguments, *mapping, "--perf")))
            check(found > 0, f"{what} --perf: perf names functions, {found} percent of all samples", found)
        for path in directory.glob("jitted-*.so"):
            path.unlink()
    if not shutil.which("gdb"):
        return skipped("gdb is missing")
    commands = ["break runtime", "run", "bt"]
    text = gdb(program, commands, *arguments)
    if not re.search(r"^#0 .*runtime", text, re.M):
        return skipped(f"gdb cannot run a program here: {text.strip()[-200:]}")
    check(not re.search(r"^#1 .* in outer", text, re.M), f"{program.name}: without --gdb bt does not name it", text)
    text = gdb(program, commands, *arguments, "--gdb")
    check(re.search(r"^#1 .* in outer.*\n#2 .*\bcall", text, re.M), f"{program.name} --gdb: bt names it", text)


def main(group, program, directory):
    directory = pathlib.Path(directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    os.chdir(directory)
    os.environ["HOME"] = str(directory)  # perf keeps a cache there
    {"perf": try_perf, "gdb": try_gdb, "frames": try_frames, "example": try_example}[group](pathlib.Path(program).absolute(), directory)
    print(f"{passed} ok, {failures} wrong")
    return 1 if failures else 0 if passed else 77


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
