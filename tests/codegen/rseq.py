#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The restartable claim as compilers and linkers leave it: rseq.py CXX INCLUDE BUILD_DIRECTORY

x86-64: builds rseq.cpp in several ways, reads each descriptor and the code that it describes, and runs the programs,
one of which unloads a shared object that has claimed. Planted mistakes show that the checker sees, and that unloading
is dangerous. AArch64: cross-compiled and read, where there is a compiler for it.
"""
import os
import platform
import re
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("rseq.cpp")
WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()
SIGNATURES = {62: 0x53053053, 183: 0xD428BC00}  # by ELF machine: x86-64, AArch64
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(.*)$")

failures = 0
skipped = []


def verdict(ok, what, details=()):
    global failures
    print(("ok      " if ok else "FAILED  ") + what)
    if not ok:
        failures += 1
        for detail in details:
            print("        " + detail)


def skip(what):
    print("SKIPPED: codegen_rseq: " + what)
    skipped.append(what)


class Elf:
    """As much of a 64-bit little-endian ELF file as is needed here."""

    def __init__(self, path):
        self.path, self.bytes = path, Path(path).read_bytes()
        assert self.bytes[:6] == b"\x7fELF\x02\x01", "not a 64-bit little-endian ELF file"
        (self.machine,) = struct.unpack_from("<H", self.bytes, 18)
        (table,) = struct.unpack_from("<Q", self.bytes, 40)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 58)
        raw = [struct.unpack_from("<IIQQQQIIQQ", self.bytes, table + i * size) for i in range(count)]
        start = raw[names][4]
        self.sections = []  # name, type, address, offset, size
        for s in raw:
            name = self.bytes[start + s[0] : self.bytes.index(b"\0", start + s[0])].decode()
            self.sections.append((name, s[1], s[3], s[4], s[5]))

    def at(self, address, size):
        for _, kind, start, offset, length in self.sections:
            if kind == 1 and start <= address and address + size <= start + length:
                return self.bytes[offset + address - start : offset + address - start + size]
        return b"\0" * size

    def descriptors(self):
        for name, kind, address, offset, size in self.sections:
            if name == "__rseq_cs" and kind == 1:
                for i in range(0, size, 32):
                    yield (address + i, *struct.unpack_from("<IIQQQ", self.bytes, offset + i))


def disassemble(objdump, path):
    """Address -> text, in order."""
    command = [objdump, "-d", "--no-show-raw-insn", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True)
    result = {}
    for line in text.stdout.splitlines():
        if found := INSTRUCTION.match(line):
            code = re.sub(r"\s+", " ", found[2].replace("\t", " ")).strip()
            result[int(found[1], 16)] = code
    return result


def described(objdump, path):
    """The ranges of code that have an unwind description, each as (first address, one beyond)."""
    done = subprocess.run([objdump, "--dwarf=frames", str(path)], check=True, capture_output=True, text=True)
    found = re.findall(r" FDE .*pc=(?:0x)?([0-9a-f]+)\.\.+(?:0x)?([0-9a-f]+)", done.stdout)
    return [(int(first, 16), int(last, 16)) for first, last in found]


def jump_target(code):
    """Of a direct jump; None for anything else."""
    found = re.match(r"(?:j\w+|b|b\.\w+|cbn?z|tbn?z)(?:,pt|,pn)? (?:.*, ?)?(?:0x)?([0-9a-f]+)(?: <.*>)?$", code)
    return int(found[1], 16) if found else None


def objections_x86(code, addresses, start, end, abort, descriptor):
    inside = [a for a in addresses if start <= a < end]
    texts = [code[a] for a in inside]
    found = []
    before = addresses[addresses.index(start) - 1]
    set_up = re.match(r"mov %(\w+),%fs:0x8\(%\w+\)$", code[before])
    if not set_up:
        found.append(f"the start does not follow the store to rseq_cs: {code[before]}")
    else:
        lea = [code[a] for a in addresses[max(0, addresses.index(start) - 8) : addresses.index(start)]]
        lea = [t for t in lea if re.match(rf"lea .*\(%rip\),%{set_up[1]} ", t)]
        if not lea or int(re.search(r"# (?:0x)?([0-9a-f]+)", lea[-1])[1], 16) != descriptor:
            found.append("what is stored to rseq_cs is not the descriptor's address")
    commit = re.match(r"mov %\w+,\((%\w+)\)$", texts[-1]) if texts else None
    if not commit:
        return found + [f"the last instruction inside is not a store to the word: {texts[-1:]}"]
    look = rf"cmpq \$0x0,\({commit[1]}\)$"
    looks = [i for i, t in enumerate(texts) if re.match(look, t)]
    if not looks:
        found.append("the word is not compared inside")
    if not any("%fs:" in t and re.match(r"(cmp|mov)", t) for t in texts[:-1]):
        found.append("the thread's place is not read inside")
    for i in looks + [i for i, t in enumerate(texts) if t.startswith("cmp") and i not in looks]:
        if not re.match(r"j(ne|ae|nb|s)\b", texts[i + 1]):
            found.append(f"nothing follows from: {texts[i]}")
    for t in texts[:-1]:
        if re.match(r"(call|ret|syscall|int|push|pop|lock|xchg)", t):
            found.append(f"inside: {t}")
        writes = re.match(r"(mov|add|sub|and|or|xor)\w* [^ ]+,(%fs:)?[^,]*\(", t)
        if writes and not re.match(r"\w+ [^,]*\([^)]*\),%", t):
            found.append(f"a store before the commit: {t}")
        if (target := jump_target(t)) is not None and start <= target < end:
            found.append(f"a jump that stays inside: {t}")
    # From the commit on: only registers are written until rseq_cs is cleared. The way that runs into the abort handler
    # writes one before, which tells the two apart.
    cleared = told_apart = False
    for at in addresses[addresses.index(end):][:8]:
        text = code[at]
        if at == abort and not told_apart:
            found.append("the commit runs into the abort handler, and nothing tells the two ways apart")
        if re.match(r"movq \$0x0,%fs:0x8\(", text):
            cleared = True
        elif re.match(r"(xor|mov) %\w+,%\w+$", text):
            told_apart = True
        elif not re.match(r"nop", text):
            break
    if not cleared:
        found.append(f"rseq_cs is not cleared after the commit: {code.get(end)}")
    return found


def objections_arm64(code, addresses, start, end, abort, descriptor):
    inside = [a for a in addresses if start <= a < end]
    texts = [code[a] for a in inside]
    names = [t.split()[0] for t in texts]
    found = []
    if not re.match(r"str x\d+, \[x\d+", code[start - 4]):
        found.append(f"the start does not follow the store to rseq_cs: {code[start - 4]}")
    if not names or names[-1] != "stlr":
        found.append(f"the last instruction inside is not stlr: {texts[-1:]}")
    order = iter(names)
    wanted = ["ldr", "cmp", "b.", "ldar", "cbnz", "stlr"]
    if not all(any(n.startswith(w) if w == "b." else n == w for n in order) for w in wanted):
        found.append("not in this order: " + " ".join(wanted))
    for t in texts[:-1]:
        if re.match(r"(bl|blr|ret|svc|st)", t):
            found.append(f"inside: {t}")
    place = [re.search(r"\[(x\d+)\]", t) for t in texts if re.match(r"(ldar|stlr) ", t)]
    if len(place) != 2 or not all(place) or place[0][1] != place[1][1]:
        found.append("ldar and stlr are not on one word")
    return found


def way_to_clear(code, addresses, start, machine):
    """The instructions from `start` on, up to the one that clears rseq_cs; None if the way does not lead there."""
    pattern = r"movq \$0x0,%fs:0x8\(" if machine == 62 else r"str xzr, \[x\d+"
    at, texts = start, []
    for _ in range(24):
        text = code.get(at, "")
        if re.match(pattern, text):
            return texts
        if re.match(r"(ret|call|bl)\b", text) or not text:
            return None
        texts.append(text)
        target = jump_target(text) if re.match(r"(jmp|b) ", text) else None
        at = target if target is not None else addresses[addresses.index(at) + 1]
    return None


def area_writes(texts, machine):
    """Writes to the area but for its pointer to the descriptor: the kernel's V2 mode kills a process for them."""
    if machine != 62:  # the area's address is in any register: whatever is no spill
        return [f"a write: {t}" for t in texts if re.match("st", t) and "[sp" not in t]
    pattern = r"(?!cmp|test|nop|j|lea|call)\w+ (?:[^%]*|.*,)%fs:(\w*\([^)]*\))$"
    found = [(t, re.match(pattern, t)) for t in texts]
    return [f"a write to another field: {t}" for t, to in found if to and not re.match(r"0x8\(", to[1])]


def objections(objdump, path):
    """What is wrong with the restartable sequences of a program, and how many there are."""
    elf = Elf(path)
    code = disassemble(objdump, path)
    addresses = sorted(code)
    frames = described(objdump, path)
    found, count = [], 0
    for descriptor, version, flags, start, length, abort in elf.descriptors():
        count += 1
        end = start + length
        if version or flags:
            found.append("version and flags are not 0")
        if descriptor % 32:
            found.append("a descriptor is not aligned to 32 bytes")
        if start not in code or end not in code or abort not in code:
            found.append("start, end or abort is not at an instruction")
            continue
        if start <= abort < end:
            found.append("the abort handler is inside")
        (signature,) = struct.unpack("<I", elf.at(abort - 4, 4))
        if signature != SIGNATURES[elf.machine]:
            found.append(f"the signature before the abort handler is {signature:#x}")
        after_abort = way_to_clear(code, addresses, abort, elf.machine)
        if after_abort is None:
            found.append("the abort handler does not clear rseq_cs")
        # But for the commit, which is the last inside, there is none on any of the ways.
        ways = [code[a] for a in addresses if start <= a < end][:-1] + (after_abort or [])
        found += area_writes(ways + (way_to_clear(code, addresses, end, elf.machine) or []), elf.machine)
        if not any(first <= start and end <= last and first <= abort < last for first, last in frames):
            found.append("no unwind description covers both the sequence and its abort handler")
        check = objections_x86 if elf.machine == 62 else objections_arm64
        found += check(code, addresses, start, end, abort, descriptor)
    return found, count, code, elf


def listing(code, elf):
    for _, _, _, start, length, abort in list(elf.descriptors())[:1]:
        for at in sorted(code):
            if start - 16 <= at <= start + length or start <= at < abort < start + 128 or abort <= at < abort + 16:
                mark = "start" if at == start else "commit" if at == start + length else "abort" if at == abort else ""
                print(f"    {at:8x}  {mark:7}{code[at]}")


def build(compiler, output, arguments):
    done = subprocess.run([*compiler, *arguments, "-o", str(output)], capture_output=True, text=True)
    if done.returncode:
        verdict(False, f"{output.name} is built", done.stderr.splitlines()[:20])
    return done.returncode == 0


def run(command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120)


def read_and_judge(objdump, path, what, at_least):
    found, count, code, elf = objections(objdump, path)
    verdict(not found and count >= at_least, f"{what}: {count} sequences are as they should be", found)
    return code, elf


def x86(cxx, include, directory):
    objdump = shutil.which("objdump") or shutil.which("llvm-objdump")
    if not objdump:
        return skip("objdump is missing")
    common = ["-std=c++17", *WARNINGS, "-I" + include, "-pthread"]
    lld = shutil.which("ld.lld")
    # Addresses are to be read from the file, hence no position-independent executable, but for one.
    fixed = ["-fno-pie"], ["-no-pie"]
    sections = ["-ffunction-sections", "-fdata-sections", "-fvisibility=hidden"]
    ways = {
        "O2": (["-O2", "-DNDEBUG", *fixed[0]], fixed[1]),
        "O0": (["-O0", *fixed[0]], fixed[1]),
        "gc-sections": (["-O2", "-DNDEBUG", *fixed[0], *sections], [*fixed[1], "-Wl,--gc-sections"]),
        "PIE": (["-O2", "-DNDEBUG", "-fPIE", "-fvisibility=hidden"], ["-pie"]),
    }
    programs = {}
    for name, (compile_flags, link_flags) in ways.items():
        objects = []
        for part in ("1", "2"):
            objects.append(directory / f"{name}{part}.o")
            flags = [*common, *compile_flags, f"-DRSEQ_PART={part}", "-c", str(SOURCE)]
            if not build([cxx], objects[-1], flags):
                return
        linkers = {name: []}
        if lld and name in ("O2", "PIE"):
            linkers[name + ", lld"] = ["-fuse-ld=lld"]
        for way, linker in linkers.items():
            program = directory / way.replace(", ", "_")
            if not build([cxx], program, [*map(str, objects), *link_flags, *linker, "-pthread", "-ldl"]):
                continue
            programs[way] = program
            if name != "PIE":
                code, elf = read_and_judge(objdump, program, f"x86-64, {way}", 1)
                if way == "O2":
                    listing(code, elf)
    if not lld:
        skip("ld.lld is missing")

    has_rseq = run([programs["O2"]]).returncode != 77
    if not has_rseq:
        skip(run([programs["O2"]]).stdout.strip())
    for way, program in programs.items():
        # Where lld links a program with fixed addresses, a weak symbol of the dynamic linker is null: no rseq.
        if has_rseq and way != "O2, lld":
            done = run([program])
            verdict(done.returncode == 0, f"x86-64, {way}: runs: {done.stdout.strip()}", [str(done)])

    flags = ["-O2", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-shared", "-Wl,-z,defs"]
    # g++ marks the state that a process has one of as unique, and then nothing unloads it.
    if "clang" not in subprocess.run([cxx, "--version"], capture_output=True, text=True).stdout:
        flags.append("-fno-gnu-unique")
    library, planted = directory / "with_clear.so", directory / "without_clear.so"
    ok = build([cxx], library, [*common, *flags, "-DRSEQ_PART=3", str(SOURCE)])
    ok = build([cxx], planted, [*common, *flags, "-DRSEQ_PART=4", str(SOURCE)]) and ok
    if ok and has_rseq:
        done = run([programs["O2"], library])
        verdict(done.returncode == 0, f"a shared object claims and is unloaded: {done.stdout.strip()}", [str(done)])
        # Once in a while the kernel has the CPU between the last claim and the unloading, and clears the area itself.
        ends = [run([programs["O2"], planted]).returncode for _ in range(5)]
        verdict(-signal.SIGSEGV in ends, f"one that leaves its descriptor behind ends the process: {ends}")

    for name, number in re.findall(r"#define WRONG_(\w+) (\d+)", SOURCE.read_text()):
        program = directory / f"planted{number}"
        arguments = ["-O2", "-fno-pie", "-no-pie", "-DRSEQ_PART=5", f"-DPLANTED={number}", str(SOURCE)]
        if not build([cxx], program, arguments):
            continue
        found, count, _, _ = objections(objdump, program)
        name = name.lower().replace("_", " ")
        if number == "0":
            verdict(not found and count == 1, "the planted sequence without a mistake is not reported", found)
        else:
            verdict(bool(found), f"planted: {name}: reported: {'; '.join(found)}")


def arm64(include, directory):
    gcc, clang = shutil.which("aarch64-linux-gnu-g++"), shutil.which("clang++")
    objdump = shutil.which("aarch64-linux-gnu-objdump") or shutil.which("llvm-objdump")
    if not gcc:
        return skip("AArch64: aarch64-linux-gnu-g++ is missing (Debian, Ubuntu: g++-aarch64-linux-gnu)")
    if not objdump:
        return skip("AArch64: there is no objdump for it")
    compilers = {"g++": [gcc]}
    if clang:
        compilers["clang++"] = [clang, "--target=aarch64-linux-gnu"]
    for name, compiler in compilers.items():
        objects = []
        for part in ("1", "2"):
            objects.append(directory / f"arm64_{name}{part}.o")
            flags = ["-std=c++17", "-O2", "-DNDEBUG", *WARNINGS, "-I" + include, f"-DRSEQ_PART={part}"]
            if not build(compiler, objects[-1], [*flags, "-c", str(SOURCE)]):
                return
        program = directory / f"arm64_{name}"
        if build([gcc], program, [*map(str, objects), "-no-pie", "-pthread", "-ldl"]):
            code, elf = read_and_judge(objdump, program, f"AArch64, {name}", 1)
            if name == "g++":
                listing(code, elf)


def main():
    cxx, include, directory = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    directory.mkdir(parents=True, exist_ok=True)
    os.environ["LC_ALL"] = "C"
    if platform.machine() == "x86_64":
        x86(cxx, include, directory)
    else:
        skip("x86-64: this machine is another one")
    arm64(include, directory)
    print(f"{failures} failed" if failures else f"ok, {len(skipped)} skipped")
    return 1 if failures else 0


sys.exit(main())
