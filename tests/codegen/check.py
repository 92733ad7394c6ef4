#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads the object code of functions.cpp (x86-64): check.py OBJDUMP AUTO.o REQUIRED.o SYMMETRIC.o

A path is a way through a function, from its entry to its `ret` (hot) or to a jump out of it (cold: the drain, the fatal
hook). Branches inside are taken both ways. What a hot path may contain is what activate and deactivate promise; the
planted functions show that the check sees.
"""
import re
import subprocess
import sys
from collections import Counter

BLANK = re.compile(r"^(data16|cs|nop|xchg +%ax,%ax)")
HEADER = re.compile(r"^[0-9a-f]+ <(.+)>:$")
LINE = re.compile(r"^ *([0-9a-f]+):\t(.*)$")


# Whose light fence costs nothing, and not a branch, also where it is not known before the program runs.
FAST = ("embedded_activate_prompt", "embedded_deactivate_prompt", "slot_activate_prompt", "slot_deactivate_prompt",
        "embedded_protect", "embedded_try_protect", "embedded_park_prompt", "slot_protect", "claim_and_release",
        "hazard_protect", "hazard_try_protect", "hazard_reset", "hazard_reset_to", "hazard_for_one_read")


class Instruction:
    def __init__(self, address, text):
        self.address = address
        code, _, rest = text.partition("#")
        self.relocated = "R_X86_64_" in text
        self.ends = text.startswith("call") and bool(re.search(r"R_X86_64_\S+\t.*(fatal|abort)", text))
        code = re.sub(r"\t.*", "", code).strip() if self.relocated else code.strip()
        self.code = re.sub(r" *<.*", "", code)
        words = self.code.split()
        prefixes = {"lock", "rep", "repz", "repnz", "bnd", "notrack"}
        self.locked = "lock" in words
        while len(words) > 1 and words[0] in prefixes:
            words = words[1:]
        self.name = words[0]
        self.operands = words[1] if len(words) > 1 else ""
        self.jumps = self.name.startswith("j")
        self.conditional = self.jumps and not self.name.startswith("jmp")

    def target(self):
        return int(self.operands, 16) if re.fullmatch(r"[0-9a-f]+", self.operands) and not self.relocated else None

    def memory(self):
        return "(" in self.operands

    def fence(self):
        # `lock or $0,(%rsp)` is how g++ spells mfence.
        return self.name in ("mfence", "lfence", "sfence") or (self.locked and "(%rsp)" in self.operands)

    def atomic(self):
        return self.locked or (self.name.startswith("xchg") and self.memory())

    def store(self):
        """Writes to memory other than the stack."""
        reads = ("call", "push", "pop", "lea", "ret", "nop", "cmp", "test", "bt")
        if self.jumps or (self.name.startswith(reads) and not self.name.startswith("cmpxchg")):
            return False
        return self.operands.endswith(")") and not self.operands.endswith("(%rsp)")

    def __str__(self):
        return self.code


def functions(objdump, path):
    command = [objdump, "-dr", "-w", "--no-show-raw-insn", path]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result, current = {}, None
    for line in text.splitlines():
        if header := HEADER.match(line):
            current = result.setdefault(header[1], [])
        elif (found := LINE.match(line)) and not BLANK.match(found[2]):
            current.append(Instruction(int(found[1], 16), found[2]))
    return result


def paths(function):
    """Every way from the entry to a `ret` or out, as (list of instructions, is hot)."""
    at = {instruction.address: i for i, instruction in enumerate(function)}
    result = []

    def walk(i, path):
        while True:
            if len(path) > 200 or i >= len(function):
                raise SystemExit("FAILED  the checker does not understand this function:\n" + listing(function))
            instruction = function[i]
            path = path + [instruction]
            if instruction.name in ("ret", "retq"):
                return result.append((path, True))
            if instruction.ends:
                return result.append((path, False))
            if instruction.jumps:
                target = at.get(instruction.target())
                if target is None or instruction.relocated:
                    result.append((path, False))
                    if not instruction.conditional:
                        return None
                elif instruction.conditional:
                    walk(target, path)
                else:
                    i = target
                    continue
            i += 1

    walk(0, [])
    return result


def listing(function):
    return "".join(f"    {i.address:4x}  {i}{'  -> cold' if i.jumps and i.relocated else ''}\n" for i in function)


def objections(function, stores=1):
    """What keeps a function from being one store to the slot and nothing dear."""
    hot = [path for path, is_hot in paths(function) if is_hot]
    found = set()
    if not hot:
        found.add("no path returns without leaving the function")
    for path in hot:
        for i in path:
            if i.fence():
                found.add(f"a fence: {i}")
            elif i.atomic():
                found.add(f"a locked instruction: {i}")
            elif i.name.startswith("call"):
                found.add(f"a call: {i}")
    count = len({i.address for path in hot for i in path if i.store()})
    if count != stores:
        found.add(f"{count} stores, not {stores}")
    return sorted(found)


def light_objections(function, fences, branches):
    """A function around a light fence: how many fences it contains, and how many branches a path without one takes."""
    every = paths(function)
    found = []
    if (count := len({i.address for path, _ in every for i in path if i.fence()})) != fences:
        found.append(f"{count} fences, not {fences}")
    free = [path for path, is_hot in every if is_hot and not any(i.fence() for i in path)]
    if branches is None:
        if free:
            found.append("a path without a fence")
    elif not free:
        found.append("no path without a fence")
    else:
        numbers = {sum(i.conditional for i in path) for path in free}
        if numbers != {branches}:
            found.append(f"{sorted(numbers)} branches, not {branches}")
        for path in free:
            found += [f"not for nothing: {i}" for i in path if i.atomic() or i.name.startswith("call")]
    return found


def shape(function):
    """Without names and addresses: jumps by the distance, in instructions, that they go."""
    at = {instruction.address: i for i, instruction in enumerate(function)}
    result = []
    for n, i in enumerate(function):
        target = at.get(i.target()) if i.jumps and not i.relocated else None
        result.append(f"{i.name} {target - n:+d}" if target is not None else f"{i.name} out" if i.jumps else i.code)
    return result


def main():
    objdump = sys.argv[1]
    modes = dict(zip(("auto", "required", "symmetric"), (functions(objdump, path) for path in sys.argv[2:5])))
    failures = 0

    def verdict(ok, what, function=None, details=()):
        nonlocal failures
        print(("ok      " if ok else "FAILED  ") + what)
        if not ok:
            failures += 1
            for detail in details:
                print("        " + detail)
            if function:
                print(listing(function), end="")

    def must_be_free(mode, name, stores=1):
        function = modes[mode][name]
        found = objections(function, stores)
        number = "one store" if stores == 1 else f"{stores} stores"
        verdict(not found, f"{mode}: {name}: {number}, no locked instruction, no fence, no call", function, found)

    def must_not_lock(mode, name):
        function = modes[mode][name]
        found = [f"a locked instruction: {i}" for i in function if i.atomic()]
        found += [f"a fence: {i}" for i in function if i.fence()]
        verdict(not found, f"{mode}: {name}: no locked instruction, no fence", function, found)

    def must_be_reported(mode, name, what):
        function = modes[mode][name]
        found = objections(function)
        verdict(any(what in f for f in found), f"{mode}: {name} is reported: {'; '.join(found)}", function)

    def light(mode, name, fences, branches, what):
        function = modes[mode][name]
        found = light_objections(function, fences, branches)
        verdict(not found, f"{mode}: {name}: {what}", function, found)

    for mode in modes:
        for name in ("embedded_activate", "embedded_deactivate", "slot_activate", "slot_deactivate"):
            must_be_free(mode, name)
    for name in [f"{layer}_{move}_prompt" for layer in ("embedded", "slot") for move in ("activate", "deactivate")]:
        must_be_free("required", name)
        must_be_reported("symmetric", name, "a fence")

    # A try says what it found: one store more.
    for name in ("embedded_try_protect", "hazard_try_protect"):
        must_be_free("required", name, 2)
        must_be_reported("symmetric", name, "a fence")
    for mode in modes:
        must_be_free(mode, "embedded_park")
        must_be_reported(mode, "embedded_resume", "a locked instruction")
    must_not_lock("required", "hazard_for_one_read")

    nothing = (("light", "nothing", ["ret"]), ("store_light_load", "two moves", ["mov", "mov", "ret"]))
    for name, what, expected in nothing:
        function = modes["required"][name]
        verdict([i.name.rstrip("lq") for i in function] == expected, f"required: {name} is {what}", function)
    light("auto", "light", 1, 1, "one branch, the fence beside it")
    light("auto", "store_light_load", 1, 1, "one branch, the fence beside it")
    for name in FAST:
        a, b = modes["auto"][name], modes["required"][name]
        verdict(shape(a) == shape(b), f"auto: {name} is that of required", a, ["required:"] + [str(i) for i in b])
        verdict(shape(a) != shape(modes["symmetric"][name]), f"symmetric: {name} is another one", a)
    light("symmetric", "light", 1, None, "a fence on every path")
    light("symmetric", "store_light_load", 1, None, "a fence on every path")
    extra = len(modes["auto"]["store_light_load"]) - len(modes["required"]["store_light_load"])
    loads = [i for i in modes["auto"]["light"] if "(%rip)" in i.operands]
    what = f"auto: light reads one variable ({extra} instructions more than required, the fence included)"
    verdict(len(loads) == 1, what, modes["auto"]["light"])

    for library, by_hand in (("embedded_activate", "by_hand_activate"), ("embedded_deactivate", "by_hand_deactivate")):
        a, b = modes["auto"][library], modes["auto"][by_hand]
        exact = shape(a) == shape(b)
        same = exact or Counter(i.name for i in a) == Counter(i.name for i in b)
        how = "instruction by instruction" if exact else "in other registers or another order"
        verdict(same, f"{library} is what one writes by hand, {how}", a, ["by hand:"] + [str(i) for i in b])

    must_be_reported("auto", "slot_activate_refcounted", "a locked instruction")
    must_be_reported("auto", "planted_seq_cst", "a locked instruction")
    must_be_reported("auto", "planted_fence", "a fence")
    must_be_reported("auto", "planted_exchange", "a locked instruction")
    must_be_reported("auto", "planted_swap", "a locked instruction")
    must_be_reported("auto", "planted_second_store", "2 stores")
    must_be_reported("auto", "planted_call", "a call")
    must_be_reported("auto", "planted_no_store", "0 stores")
    found = light_objections(modes["required"]["planted_light"], 0, 0)
    verdict(bool(found), f"required: planted_light is reported: {'; '.join(found)}", modes["required"]["planted_light"])

    print("\nactivate, embedded:\n" + listing(modes["auto"]["embedded_activate"]), end="")
    print("deactivate, prompt, required:\n" + listing(modes["required"]["embedded_deactivate_prompt"]), end="")
    print("light, auto:\n" + listing(modes["auto"]["light"]), end="")
    print(f"{failures} failed" if failures else "ok")
    return 1 if failures else 0


sys.exit(main())
