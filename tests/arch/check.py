#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The instruction-stream steps as compilers leave them: check.py ROOT BUILD_DIRECTORY [ISA...]; status 77: no compiler

functions.cpp is compiled for each architecture, disassembled, and every path through its functions is followed, loops
up to twice. What counts is the sequence of steps on each path, by which address each works, and what a system call is
given and what becomes of its result. Then each header is compiled again with one step removed or spoilt (its twins):
those have to be reported. At last run.cpp is run in an emulator. For x86, the assembly is compiled in both dialects.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from isa import Arm, Arm64, I386, LoongArch, Mips, PowerPc, RiscV, S390x, X86, functions  # noqa: E402

HERE = Path(__file__).resolve().parent
WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()

failures = passes = 0
skipped = []


def verdict(ok, what, details=()):
    global failures, passes
    print(("ok      " if ok else "FAILED  ") + what)
    passes += ok
    if not ok:
        failures += 1
        for detail in details:
            print("        " + str(detail))


def skip(what):
    print("SKIPPED: arch: " + what)
    skipped.append(what)


# Of each header: what is removed or spoilt. (what, old, new), the first of them, or the nth.
SWAP = ("reinterpret_cast<std::uintptr_t>(write)", "reinterpret_cast<std::uintptr_t>(execute)")
DROPPED = "the kernel's result is dropped"
LOOK = ("nobody looks for a shadow stack", "static_cast<std::uint32_t>(arch::x86_has_shadow_stack())", "0U")
FRAME = ("the pushes are described by the stack pointer", "__builtin_frame_address(0)", "nullptr")
SECOND = ("nothing is done by the execute alias", "if (error == 0 && write != execute) error", "if (false) error")
TWINS = {
    "arm64": [
        ("dc cvau is missing", '"dc cvau, %0"', '"// %0"'),
        ("dsb after dc is missing", '"dsb ish"', '""'),
        ("ic ivau is missing", '"ic ivau, %0"', '"// %0"'),
        ("dsb after ic is missing", '"dsb ish"', '""', 2),
        ("isb is missing", '"isb"', '""'),
        ("dsb is for the wrong domain", '"dsb ish"', '"dsb nsh"'),
        ("the clean is by the execute alias", *SWAP),
        ("the invalidation is by the write alias", SWAP[1], SWAP[0]),
        ("the local isb is missing", '"isb"', '""', 2),
    ],
    "arm": [
        ("the system call is missing", '"svc #0\\n\\t"', ""),
        ("the number is another", "arm_cacheflush = 0xf0002", "arm_cacheflush = 0xf0001"),
        ("the flags are not 0", '__asm__("r2") = 0', '__asm__("r2") = 1'),
        ("the end is a size", "= start + size;", "= size;"),
        ("isb is missing", '"isb"', '""'),
        (DROPPED, "return -result;", "return 0 * result;"),
        SECOND,
    ],
    "powerpc": [
        ("dcbst is missing", '"dcbst 0, %0"', '"# %0"'),
        ("sync after dcbst is missing", '"sync"', '""'),
        ("icbi is missing", '"icbi 0, %0"', '"# %0"'),
        ("sync after icbi is missing", '"sync"', '""', 2),
        ("isync is missing", '"isync"', '""'),
        ("sync is lwsync", '"sync"', '"lwsync"'),
        ("dcbst is by the execute alias", *SWAP),
        ("icbi is by the write alias", SWAP[1], SWAP[0]),
    ],
    "riscv": [
        ("the fence is missing", '"fence rw, rw\\n\\t"', ""),
        ("the system call is missing", '"ecall"', '""'),
        ("the flag is the local one", "riscv_flush_all_harts = 0", "riscv_flush_all_harts = 1"),
        ("the number is another", "= 259", "= 258"),
        ("fence.i instead of the system call", '"ecall"', '"fence.i"'),
        (DROPPED, "0LL - result", "0LL * result"),
    ],
    "s390x": [
        ("the serialisation is missing", '"bcr 15, 0"', '""'),
        ("it is a smaller one", '"bcr 15, 0"', '"bcr 14, 0"'),
    ],
    "loongarch": [("ibar is missing", '"ibar 0"', '""'), ("it is a data barrier", '"ibar 0"', '"dbar 0"')],
    "mips": [
        ("sync before the call is missing", '"sync\\n\\t"', ""),
        ("the system call is missing", '"syscall"', '""'),
        ("one cache only", "mips_both_caches = 3", "mips_both_caches = 1"),
        ("no hazard barrier", "jr.hb", "jr", "asm"),
        (DROPPED, "failed == 0 ? 0LL : number", "0LL * failed"),
        SECOND,
    ],
    "x86": [
        ("sfence is missing", '"sfence"', '""'),
        ("the red zone is not stepped over", '"lea{q} {-128(%%rsp), %%rsp|rsp, [rsp - 128]}\\n\\t"', ""),
        LOOK,
        FRAME,
        ("iret is missing", '"iretq\\n"', '"jmp 2f\\n"'),
        ("SERIALIZE is never used", "(leaf7_edx >> 14 & 1) != 0", "false"),
    ],
    "i386": [
        ("the locked instruction is missing", '"lock; add{l} {$0, (%%esp)|DWORD PTR [esp], 0}"', '""'),
        ("the flags are missing from the frame", '"pushf{l|d}\\n\\t"', ""),
        LOOK,
        FRAME,
    ],
}

# Their caches have lines of 32, 64, 64 and 256 bytes.
CPUS = [["-cpu", name] for name in ("max", "cortex-a72", "neoverse-n1", "a64fx")]

# name, header, reader, GNU triple, g++'s flags (each is a build), clang's flags, emulator and its options
TARGETS = [
    ("x86-64", "x86", X86, "x86_64-linux-gnu", {"": []}, [], ("qemu-x86_64", [[]])),
    ("i386", "x86", I386, "x86_64-linux-gnu", {"": ["-m32"]}, ["-m32"], None),
    ("arm64", "arm64", Arm64, "aarch64-linux-gnu", {"": []}, [], ("qemu-aarch64", CPUS)),
    ("arm", "arm", Arm, "arm-linux-gnueabihf", {"Thumb": ["-mthumb"], "ARM": ["-marm"]}, ["-marm"], ("qemu-arm", [[]])),
    ("powerpc64le", "powerpc", PowerPc, "powerpc64le-linux-gnu", {"": []}, [], ("qemu-ppc64le", [[]])),
    ("riscv64", "riscv", RiscV, "riscv64-linux-gnu", {"": []}, [], ("qemu-riscv64", [[]])),
    ("s390x", "s390x", S390x, "s390x-linux-gnu", {"": []}, [], ("qemu-s390x", [[]])),
    ("mips64el", "mips", Mips, "mips64el-linux-gnuabi64", {"": []}, [], ("qemu-mips64el", [[]])),
    ("loongarch64", "loongarch", LoongArch, "loongarch64-linux-gnu", {"": []}, [], ("qemu-loongarch64", [[]])),
]

# For compilers that come without a C++ library for the architecture: as much of it as the headers of arch/ need.
SHIM = {
    "cstddef": "#pragma once\n#include <stddef.h>\nnamespace std { using ::size_t; using ::ptrdiff_t; }\n",
    "cstdint": "#pragma once\n#include <stdint.h>\n"
               "namespace std { using ::uint32_t; using ::uint64_t; using ::uintptr_t; using ::intptr_t; }\n",
    "atomic": "#pragma once\nnamespace std { enum memory_order { memory_order_relaxed };\n"
              "template <class T> struct atomic {\n  constexpr atomic(T v) noexcept : v_(v) {}\n"
              "  T load(memory_order) const noexcept { return __atomic_load_n(&v_, 0); }\n"
              "  void store(T v, memory_order) noexcept { __atomic_store_n(&v_, v, 0); }\n  T v_;\n}; }\n",
}


def compile_(compiler, arguments):
    return subprocess.run([*compiler, *map(str, arguments)], capture_output=True, text=True)


def spoil(text, old, new, which=1):
    """The text with the nth `old` replaced; "asm": the first inside a string of assembly."""
    if which == "asm":
        at = text.index('"' + old) + 1
    else:
        at = -1
        for _ in range(which):
            at = text.index(old, at + 1)
    return text[:at] + new + text[at + len(old):]


class Builder:
    def __init__(self, root, directory):
        self.root, self.directory = root, directory
        self.shim = directory / "shim"
        self.shim.mkdir(parents=True, exist_ok=True)
        for name, text in SHIM.items():
            (self.shim / name).write_text(text)
        self.common = ["-std=c++17", *WARNINGS, "-I", root / "include", "-I", root / "arch"]

    def object(self, compiler, header, output, arch=None, shim=False):
        """`arch`: a twin's, in which something may be unused."""
        flags = ["-std=c++17", "-O2", "-DNDEBUG", "-fno-exceptions", "-fno-rtti", "-fcf-protection=none"]
        if "x86" not in header:
            flags.remove("-fcf-protection=none")
        if shim:
            flags += ["-ffreestanding", "-nostdinc++", "-isystem", self.shim]
        flags += [*([] if arch else WARNINGS), f"-DLAZYREF_ARCH_HEADER=<lazyref/arch/{header}.hpp>"]
        flags += ["-I", arch or self.root / "arch"]
        flags += ["-I", self.root / "include", "-c", HERE / "functions.cpp", "-o", output]
        return compile_(compiler, flags)

    def twin(self, name, header, n, change):
        tree = self.directory / f"{name}-twin{n}"
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(self.root / "arch", tree / "arch")
        (tree / "include").symlink_to(self.root / "include")
        path = tree / "arch" / "lazyref" / "arch" / f"{header}.hpp"
        path.write_text(spoil(path.read_text(), *change))
        return tree / "arch"


def compilers(triple, builds, clang_flags):
    """(what to call it, command) for those that there are."""
    gnu = shutil.which(f"{triple}-g++")
    if gnu:
        for way, flags in builds.items():
            yield "g++" + (f", {way}" if way else ""), [gnu, *flags]
    for version in ("", *(f"-{n}" for n in range(30, 14, -1))):
        clang = shutil.which("clang++" + version)
        command = [clang, f"--target={triple}", *clang_flags]
        if clang and compile_([*command, "-x", "c++", "-c", "/dev/null", "-o"], ["/dev/null"]).returncode == 0:
            yield "clang++" + version, command
            return


def one(builder, name, header, reader, triple, builds, clang_flags, emulator):
    isa, first = reader(), None
    for compiler, command in compilers(triple, builds, clang_flags):
        other = "llvm-objdump" + compiler.partition("clang++")[2] if isa.reads_llvm else "objdump"
        objdump = shutil.which(f"{triple}-objdump")
        if not objdump and (isa.reads_llvm or header == "x86"):
            objdump = shutil.which(other)
        if not objdump:
            skip(f"{name}, {compiler}: there is no objdump for it")
            continue
        output = builder.directory / f"{name}-{re.sub('[^a-z]+', '', compiler.lower())}.o"
        shim = False
        done = builder.object(command, header, output)
        if done.returncode and name in ("i386", "loongarch64"):
            shim, done = True, builder.object(command, header, output, shim=True)
        if done.returncode:
            if compiler.startswith("clang++"):  # it may lack the C library of this architecture
                skip(f"{name}: {compiler} does not compile for it here")
                continue
            verdict(False, f"{name}, {compiler}: compiles", done.stderr.splitlines()[:20])
            continue
        code = functions(objdump, output)
        found = isa.objections(code)
        steps = "; ".join(max((e for e, _ in isa.paths(code["flush"])), key=len)) or "nothing, as the rule says"
        listing = [f"{i.address:4x}  {i.text}" for f in ("flush", "sync_core") for i in code.get(f, [])]
        verdict(not found, f"{name}, {compiler}: flush is: {steps}", found + listing)
        if first is None and not found:
            first = (command, shim, objdump)
    if first is None:
        return skip(f"{name}: no compiler, or no objdump, for it (Debian, Ubuntu: g++-{triple})")

    command, shim, objdump = first
    for n, (what, *change) in enumerate(TWINS[name if name == "i386" else header]):
        arch = builder.twin(name, header, n, change)
        output = arch.parent / "twin.o"
        done = builder.object(command, header, output, arch, shim)
        if done.returncode:
            verdict(False, f"{name}, twin: {what}: compiles", done.stderr.splitlines()[:20])
            continue
        found = isa.objections(functions(objdump, output))
        verdict(bool(found), f"{name}, twin: {what}: reported: {found[0] if found else 'not at all'}")

    if emulator is None or shim:
        return None
    program, options = emulator
    if not shutil.which(program):
        return skip(f"{name}: {program} is missing: not run")
    # Without optimisation the registers of a system call are filled from memory.
    for level in ("-O2", "-O0"):
        binary = builder.directory / f"{name}{level}-run"
        done = compile_(command, [*builder.common, level, "-static", "-pthread", HERE / "run.cpp", "-o", binary])
        if done.returncode:
            verdict(False, f"{name}: run.cpp is built", done.stderr.splitlines()[:20])
            continue
        for option in options:
            if option and option[1] not in compile_([program], ["-cpu", "help"]).stdout.split():
                skip(f"{name}: {program} does not know {option[1]}")
                continue
            done = subprocess.run([program, *option, str(binary)], capture_output=True, text=True, timeout=60)
            what = f"{name}, {level}, {' '.join([program, *option])}: {done.stdout.strip()}"
            verdict(done.returncode == 0, what, [done])
    return None


# Of x86.hpp and x86_rseq.hpp: mistakes in one of the dialects.
DIALECT_TWINS = {
    "x86-64": [
        ("an operand is another", "|%[word], [rip + 3b]}", "|%[stored], [rip + 3b]}"),
        ("the operands are exchanged", "|%[word], %[end]}", "|%[end], %[word]}"),
        ("a width is another", "|DWORD PTR fs:[%[area] + 4], 0}", "|QWORD PTR fs:[%[area] + 4], 0}"),
        ("a segment is missing", "|%0, fs:[0]}", "|%0, ds:[0]}"),
    ],
    "i386": [
        ("an operand is another", "|DWORD PTR [esp], 0}", "|DWORD PTR [esp], 1}"),
        ("a width is another", '"pushf{l|d}', '"pushf{l|w}'),
    ],
}


def dialects(builder, name, flags):
    """x86: with -masm=intel all assembly becomes the same object code as without."""
    def build(command, arch, dialect, level):
        output = builder.directory / f"{name}-{dialect}.o"
        paths = ["-I", arch, "-I", builder.root / "include"]
        options = ["-std=c++17", f"-masm={dialect}", *level, *paths, "-c", HERE / "dialects.cpp", "-o", output]
        return output, compile_(command, options)

    def compare(command, arch, level):
        listings = []
        for dialect in ("att", "intel"):
            output, done = build(command, arch, dialect, level)
            if done.returncode:
                return [f"-masm={dialect}: {line}" for line in done.stderr.splitlines()[:20]]
            text = compile_([objdump], ["-drw", output]).stdout
            listings.append(text.replace(str(output), "").splitlines())
        return list(difflib.unified_diff(*listings, lineterm="", n=0))[2:22]

    objdump = shutil.which("objdump")
    if not objdump:
        return skip(f"{name}, -masm=intel: there is no objdump")
    if name == "i386":  # whose <asm/...> Debian does not install beside other compilers
        flags = [*flags, "-idirafter", "/usr/include/x86_64-linux-gnu"]
    levels = ["-O2", "-DNDEBUG"], ["-O0"], ["-O2", "-fPIC", "-DNDEBUG"]
    nothing = ["-x", "c++", "-c", "/dev/null", "-o", "/dev/null"]
    compared = []
    for compiler in ("g++", "clang++"):
        command = [compiler, *flags]
        if not shutil.which(compiler):
            skip(f"{name}, -masm=intel: {compiler} is missing")
            continue
        if compile_(command, ["-include", "cerrno", "-include", "memory", *nothing]).returncode:
            skip(f"{name}, -masm=intel: {compiler} does not compile for it here")
            continue
        compared.append(command)
        for level in levels:
            found = compare(command, builder.root / "arch", level)
            verdict(not found, f"{name}, {compiler} {' '.join(level)}: -masm=intel makes the same object code", found)
    for n, (what, *change) in enumerate(DIALECT_TWINS[name] if compared else []):
        texts = {header: (builder.root / "arch/lazyref/arch" / f"{header}.hpp").read_text() for header in ("x86", "x86_rseq")}
        header = next(header for header, text in texts.items() if change[0] in text)
        arch = builder.twin(name, header, f"-dialect{n}", change)
        found = compare(compared[0], arch, levels[0])
        verdict(bool(found), f"{name}, -masm=intel, twin: {what}: reported: {found[-1] if found else 'not at all'}")
    return None


def no_rule(builder):
    """MIPS before Release 2 stands for all that lazyref has no rule for."""
    gnu = shutil.which("mips64el-linux-gnuabi64-g++")
    if not gnu:
        return
    reports, cannot = "publish_code(&word, &word, 1).error()", "(sync_core_this_thread(), 0)"
    for function, compiles in ((reports, True), (cannot, False)):
        text = f"#include <lazyref/lazyref.hpp>\nint word;\nint f() {{ using namespace lazyref; return {function}; }}\n"
        source = builder.directory / "no_rule.cpp"
        source.write_text(text)
        done = compile_([gnu, "-march=mips64"], [*builder.common, "-fsyntax-only", source])
        ok = (done.returncode == 0) == compiles and (compiles or "deleted function" in done.stderr)
        what = "compiles, to a typed error" if compiles else "is refused"
        verdict(ok, f"an architecture without a rule: {function} {what}", done.stderr.splitlines()[:20])


def macos(builder):
    clang = shutil.which("clang++")
    output = builder.directory / "macos.o"
    done = builder.object([clang, "--target=arm64-apple-macos11"], "arm64", output, shim=True) if clang else None
    if done is None or done.returncode:
        return skip("arm64, macOS: no clang++ that compiles for it")
    data = output.read_bytes()
    both = b"_sys_dcache_flush\0" in data and b"_sys_icache_invalidate\0" in data
    verdict(both, "arm64, macOS: compiled only")


def main():
    root, directory = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.environ["LC_ALL"] = "C"
    directory.mkdir(parents=True, exist_ok=True)
    builder = Builder(root, directory)
    for target in TARGETS:
        if len(sys.argv) < 4 or target[0] in sys.argv[3:]:
            one(builder, *target)
            if target[1] == "x86":
                dialects(builder, target[0], target[5])
            if target[1] == "mips":
                no_rule(builder)
            if target[1] == "arm64":
                macos(builder)
    print(f"{failures} failed, {len(skipped)} skipped" if failures else f"ok, {len(skipped)} skipped")
    return 1 if failures else 0 if passes else 77


sys.exit(main())
