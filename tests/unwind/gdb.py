#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""gdb sees main from every instruction of a restartable sequence and of the pushes before IRET: gdb.py STEPS

STEPS is steps.cpp, built. gdb steps through each of its cases, one instruction after the other. The kernel sends a
sequence that gdb stops in to its abort handler; so gdb is also put at each instruction of a sequence, from its start to
the end of the handler, where the stack is the same throughout. The twins, the old forms of the code, have to be
reported.
"""
import re
import shutil
import subprocess
import sys

CASES = ("case_iret", "case_sync_core", "case_claim_here", "case_claim", "twin_iret", "twin_claim_here")
STEPS = 120
failures = 0


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def code_of(program):
    """Function -> [(address, text)], from the object code."""
    result, current = {}, None
    for line in run(["objdump", "-d", "--no-show-raw-insn", program]).stdout.splitlines():
        if found := re.match(r"([0-9a-f]+) <(\w+)>:$", line):
            current = result.setdefault(found[2], [])
        elif (found := re.match(r" *([0-9a-f]+):\t(.*)$", line)) and current is not None:
            current.append((int(found[1], 16), found[2].strip()))
    return result


def sequence(code, function):
    """Distances from the function's first instruction: of those of its sequence, and of the handler's."""
    first = code[function][0][0]
    every = [(at, text) for instructions in code.values() for at, text in instructions]
    places, inside = [], False
    for at, text in code[function]:
        if inside:
            places.append(at - first)
        if re.match(r"mov +%r\w+,%fs:0x8\(", text):
            inside = True
        elif inside and re.match(r"movq +\$0x0,%fs:0x8\(", text):
            break
    for n, (_, text) in enumerate(every):  # a handler that stands elsewhere
        if "0x53053053(%rip)" in text and function == "twin_claim_here" and text.startswith("ud1"):
            places += [at - first for at, _ in every[n + 1:n + 4]]
    return places


def session(program, case, commands):
    """The backtraces that gdb prints in one run, without those of the callers after the case has returned."""
    start = ["set confirm off", "set pagination off", "set width 0", "set debuginfod enabled off",
             "set startup-with-shell off", f"break *{case}", f"run --run {case}"]
    words = [word for command in start + commands + ["kill"] for word in ("-ex", command)]
    text = run(["gdb", "-q", "-nx", "-batch", *words, program])
    traces = []
    for trace in text.stdout.split("@@@")[1:]:
        frames = [line for line in trace.splitlines() if line.startswith("#")]
        innermost = frames[0] if frames else ""
        if re.search(r"\bin main \(|#0 .*\bmain \(", innermost):
            break  # It has returned.
        # What gdb does not know it guesses at, and finds main behind frames that there are not.
        functions = [found[1] for line in frames if (found := re.match(r"#\d+ +(?:0x\w+ in )?([^(]*\S) \(", line))]
        known = functions[:functions.index("main")] if "main" in functions else ["??"]
        traces.append((case in known and "??" not in known, innermost))
    return traces, text


def verdict(case, what, traces, text):
    global failures
    bad = [innermost for ok, innermost in traces if not ok]
    twin = case.startswith("twin")
    ok = bool(bad) == twin and len(traces) > 5
    failures += not ok
    count = f"{len(bad) if twin else len(traces) - len(bad)} of {len(traces)} instructions"
    seen = "reported: no main in bt" if twin else "main in bt"
    print(f"{'ok    ' if ok else 'FAILED'}  {case}, {what}: {seen}: {count}")
    if not ok:
        print("\n".join("        " + line for line in bad[:5] or text.stderr.splitlines()[:5]))


def main():
    program = sys.argv[1]
    for tool in ("gdb", "objdump"):
        if not shutil.which(tool):
            print(f"SKIPPED: unwind_gdb: {tool} is missing")
            return 77
    probe = run(["gdb", "-q", "-nx", "-batch", "-ex", "set startup-with-shell off", "-ex", "starti", program])
    if "Program stopped" not in probe.stdout:
        print(f"SKIPPED: unwind_gdb: gdb cannot start a program here: {(probe.stderr.splitlines() or [''])[-1]}")
        return 77
    code = code_of(program)
    for case in CASES:
        if case not in code:
            print(f"SKIPPED: unwind_gdb: {case} is not in this program")
            continue
        step = ["echo @@@\\n", "bt 20", "stepi"] * STEPS
        if case != "twin_claim_here":  # Not stopped inside, it does the same as the others.
            verdict(case, "step by step", *session(program, case, step))
        if "claim" in case:
            # To the start of the sequence, and from there on from one to the other.
            places = [f"(char *)&{case} + {place}" for place in sequence(code, case)]
            there = [f"tbreak *({places[0]})", "continue"] if places else []
            there += [c for place in places for c in (f"set $pc = {place}", "echo @@@\\n", "bt 20")]
            verdict(case, "at each place", *session(program, case, there))
    print(f"{failures} failed" if failures else "ok")
    return 1 if failures else 0


sys.exit(main())
