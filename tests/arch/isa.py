# SPDX-License-Identifier: BSL-1.0
"""Reads disassembled functions: which steps of instruction-stream synchronisation each path takes, and by what address.

A class for each architecture says how its jumps look, which instructions are steps, and which sequences are right.
"""
import re
import subprocess

HEADER = re.compile(r"^[0-9a-f]+ <(\w+)>:$")
LINE = re.compile(r"^ *([0-9a-f]+):\s+(.*)$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+:\s+R_\S+\s+(\S+)")
OPERAND = re.compile(r"(?:\[[^]]*\]!?|\{[^}]*\}|[^,\[{(]+(?:\([^)]*\))?|\([^)]*\))")
TARGET = re.compile(r"(?:^|[\s,])(?:0x)?([0-9a-f]+) <")


class Instruction:
    def __init__(self, address, text):
        self.address = address
        self.symbol = ""  # that a linker will put here
        found = TARGET.search(text)
        self.target = int(found[1], 16) if found else None
        text = re.sub(r"\s*(//|#|@|;) .*", "", re.sub(r"\s*<.*", "", text))
        words = re.sub(r"\s+", " ", text).strip().split(" ", 1)
        self.name = words[0]
        self.text = " ".join(words).lower()
        rest = words[1] if len(words) > 1 else ""
        self.operands = [o.strip() for o in OPERAND.findall(rest) if o.strip()]


def functions(objdump, path):
    command = [objdump, "-dr", "--no-show-raw-insn", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result, current = {}, None
    for line in text.splitlines():
        if header := HEADER.match(line):
            current = result.setdefault(header[1], [])
        elif found := RELOCATION.match(line):
            if current:
                current[-1].symbol = found[1]
        elif (found := LINE.match(line)) and current is not None:
            current.append(Instruction(int(found[1], 16), found[2]))
    return result


class Isa:
    """How to follow the code of one architecture. Values are sets of names: arguments, "kernel", or one number."""

    jump = conditional = returns = call = link = jump_back = r"(?!)"
    delay = 0
    reads_llvm = True  # llvm-objdump names registers and targets as this class wants them
    arguments = ()
    result = None
    zero = ()
    register = r"\b[a-z]\w*\b"
    events = {}

    def name_of(self, register):
        return register.lstrip("%$")

    def value(self, operand, state):
        operand = operand.strip()
        if number := re.fullmatch(r"#?(-?(?:0x[0-9a-f]+|\d+))", operand):
            return frozenset([int(number[1], 0)])
        if operand.startswith("[") or "(" in operand:
            return state.get(operand, frozenset())
        names = [self.name_of(r) for r in re.findall(self.register, operand)]
        if any(n in self.zero for n in names):
            return frozenset([0])
        return frozenset().union(*(state.get(n, frozenset()) for n in names))

    def step(self, i, state):
        """What one instruction does to the registers, roughly: the first operand is made of the others."""
        if not i.operands or i.name.startswith(("cmp", "tst", "cb", "tb", "b", "dc", "ic", "prfm")) and i.name != "bic":
            return
        first = i.operands[0]
        if i.name.startswith(("st", "sd", "sw")):
            for place in i.operands[1:]:
                if place.startswith("[") or "(" in place:
                    state[place] = self.value(first, state)
            return
        others = [self.value(o, state) for o in i.operands[1:]]
        name = self.name_of(first)
        if i.name == "movt":
            low, high = state.get(name, frozenset()), next(iter(others[0]))
            state[name] = frozenset(high << 16 | n for n in low)
            return
        if re.match(r"(mov|mv|mr$|li$|lghi|lgr|move|ld|lw|l\b)", i.name) and len(others) == 1:
            state[name] = others[0]
            return
        if i.name in ("daddiu", "addiu", "addi", "ori") and len(others) == 2 and others[0] == {0}:
            state[name] = others[1]
            return
        if i.name == "sll" and others[-1:] == [{0}]:  # how MIPS extends a sign
            state[name] = others[0]
            return
        if i.name in ("movz", "movn"):  # if
            others.append(state.get(name, frozenset()))
            state[name] = frozenset().union(*others)
            return
        if len(others) == 1 and not re.match(r"(neg|mvn|not|clz|rev|[su]xt|sext|zext)", i.name):
            others.append(state.get(name, frozenset()))
        state[name] = frozenset(v for other in others for v in other if isinstance(v, str))

    def role(self, register, state):
        """By which of its arguments the function has made this address."""
        tags = state.get(self.name_of(register), frozenset())
        found = [t for t in ("write", "execute") if t in tags]
        return "+".join(found) or "/".join(map(str, sorted(tags, key=str))) or "?"

    def exact(self, register, state):
        return "/".join(map(str, sorted(state.get(register, frozenset()), key=str))) or "?"

    def event(self, i, state):
        for pattern, what in self.events.items():
            if found := re.fullmatch(pattern, i.text):
                return what(self, found, state) if callable(what) else what
        return None

    def paths(self, function):
        """The sequences of steps of all paths, each with what the function then returns."""
        at = {i.address: n for n, i in enumerate(function)}
        begin = {r: frozenset([n]) for r, n in zip(self.arguments, ("write", "execute", "size"))}
        found, work, seen = set(), [(0, (), begin, {}, ())], 0
        while work:
            n, events, state, visits, calls = work.pop()
            seen += 1
            if seen > 200000:
                raise SystemExit("FAILED  the checker does not understand this function")
            if n >= len(function):
                found.add((events + ("falls off the end",), "?"))
                continue
            i = function[n]
            if visits.get(n, 0) >= 2:
                continue
            visits, state = {**visits, n: visits.get(n, 0) + 1}, dict(state)

            def take(i):
                nonlocal events
                what = self.event(i, state)
                if what and (not events or events[-1] != what):
                    events += (what,)
                if not (what and re.match(r"(svc|ecall|syscall)", i.name)):
                    self.step(i, state)
                else:
                    state[self.result] = frozenset(["kernel"])

            is_jump, is_conditional = re.match(self.jump, i.text), re.match(self.conditional, i.text)
            is_link, is_back = re.match(self.link, i.text), re.match(self.jump_back, i.text)
            is_return = re.match(self.returns, i.text)
            take(i)
            following = n + 1 + self.delay
            if self.delay and (is_jump or is_conditional or is_link or is_back or is_return) and n + 1 < len(function):
                take(function[n + 1])
            if is_back and calls:
                work.append((calls[-1], events, state, visits, calls[:-1]))
            elif is_return:
                value = state.get(self.result, frozenset())
                found.add((events, "kernel" if "kernel" in value else "0" if value == {0} else "?"))
                if self.conditional_return(i):
                    work.append((n + 1, events, state, visits, calls))
            elif is_link:
                work.append((at[i.target], events, state, visits, calls + (following,)))
            elif is_jump or is_conditional:
                if i.target in at:
                    work.append((at[i.target], events, state, visits, calls))
                else:
                    found.add((events + ("leaves the function",), "?"))
                if is_conditional and not is_jump:
                    work.append((following, events, state, visits, calls))
            else:
                if re.match(self.call, i.text):
                    state[self.result] = frozenset()
                work.append((n + 1, events, state, visits, calls))
        return found

    def conditional_return(self, i):
        return False

    # What the paths have to be: those that end well, and those that end early, with the kernel's error.
    flush_paths = frozenset()
    flush_errors = frozenset()
    sync_paths = frozenset()
    sync_kernel = False

    def objections(self, code):
        found = []
        for name, good, bad in (("flush", self.flush_paths, self.flush_errors), ("sync_core", self.sync_paths, set())):
            if name not in code:
                found.append(f"{name}: not there")
                continue
            paths = self.paths(code[name])
            for events, value in sorted(paths):
                sequence = "; ".join(events) or "nothing"
                if events not in good and events not in bad:
                    found.append(f"{name}: a path does: {sequence}")
                elif events in bad and value != "kernel":
                    found.append(f"{name}: returns {value}, not the kernel's error, after: {sequence}")
                elif any("kernel call" in e for e in events) and value not in ("kernel", "0"):
                    found.append(f"{name}: returns {value} after: {sequence}")
            seen = {events for events, _ in paths}
            found += [f"{name}: no path does: {'; '.join(e) or 'nothing'}" for e in sorted((good | bad) - seen)]
            if self.single_call and {value for _, value in paths} != {"kernel"}:
                found.append(f"{name}: the kernel's result is dropped")
        return found

    single_call = False


class Arm64(Isa):
    jump, conditional, returns = r"b ", r"(b\.|cbn?z|tbn?z)", r"ret\b"
    arguments, result, zero = ("x0", "x1", "x2"), "x0", ("xzr", "wzr")
    events = {
        r"mrs x\d+, ctr_el0": "mrs ctr_el0",
        r"dc cvau, (x\d+)": lambda s, m, state: f"dc cvau {s.role(m[1], state)}",
        r"ic ivau, (x\d+)": lambda s, m, state: f"ic ivau {s.role(m[1], state)}",
        r"(dsb|dmb|isb)( .*)?": lambda s, m, state: m[0],
    }
    _c, _d, _b, _i = "mrs ctr_el0", "dc cvau write", "dsb ish", "ic ivau execute"
    flush_paths = frozenset([
        (),  # an empty range
        (_c, _d, _b, _i, _b, "isb"),
        (_c, _b, _i, _b, "isb"),  # IDC
        (_c, _d, _b, "isb"),  # DIC
        (_c, _b, "isb"),
    ])
    sync_paths = frozenset([("isb",)])

    def name_of(self, register):
        return re.sub(r"^w(\d+)$", r"x\1", register)


class Arm(Isa):
    jump, conditional = r"b(\.n|\.w)? ", r"(b(eq|ne|cs|cc|hi|ls|mi|pl|lt|gt|le|ge)(\.n|\.w)?|cbn?z) "
    returns = r"(bx\w* lr|(pop|ldm|ldr)\S* .*\bpc\b)"
    arguments, result = ("r0", "r1", "r2"), "r0"
    events = {
        r"svc\w* .*": lambda s, m, state: f"kernel call {s.exact('r7', state)} from {s.role('r0', state)} to "
                                          f"{s.exact('r1', state)} flags {s.exact('r2', state)}",
        r"isb( sy)?": "isb",
        r"(mcr|dsb|dmb).*": lambda s, m, state: m[0],
    }
    _w = f"kernel call {0xf0002} from write to size/write flags 0"
    _x = f"kernel call {0xf0002} from execute to execute/size flags 0"
    flush_paths = frozenset([(), (_w, "isb"), (_w, _x, "isb")])
    flush_errors = frozenset([(_w,), (_w, _x)])
    sync_paths = frozenset([("isb",)])

    def name_of(self, register):
        return {"ip": "r12", "lr": "r14", "fp": "r11"}.get(register, register)

    def conditional_return(self, i):
        return bool(re.match(r"(bx|pop|ldm\w\w)(eq|ne|cs|cc|hi|ls|mi|pl|lt|gt|le|ge)", i.name))


class PowerPc(Isa):
    reads_llvm = False
    jump, call = r"b\s", r"bl\b"
    conditional, returns = r"b(eq|ne|lt|gt|le|ge|so|ns|dnz|dz)[+-]?\s", r"blr$"
    arguments, result = ("r3", "r4", "r5"), "r3"
    events = {
        r"bl .*": lambda s, m, state: f"getauxval {s.exact('r3', state)}",
        r"dcbst (?:0|r0),(r\d+)": lambda s, m, state: f"dcbst {s.role(m[1], state)}",
        r"icbi (?:0|r0),(r\d+)": lambda s, m, state: f"icbi {s.role(m[1], state)}",
        r"(?:hw)?sync( 0)?": "sync",
        r"(lwsync|isync|eieio)": lambda s, m, state: m[0],
    }
    _ask = tuple(f"getauxval {n}" for n in (16, 19, 20))
    _rest = ("sync", "icbi execute", "sync", "isync")
    flush_paths = frozenset([(), _ask + ("dcbst write",) + _rest, _ask + _rest])
    sync_paths = frozenset([("isync",)])


class RiscV(Isa):
    jump, conditional, returns = r"(j|c\.j) ", r"(c\.)?b[a-z]+ ", r"(ret|jr ra|c\.jr ra)$"
    arguments, result, zero = ("a0", "a1", "a2"), "a0", ("zero",)
    single_call = True
    events = {
        r"fence( .*)?": lambda s, m, state: m[0].replace(", ", ",").replace("fence rw,rw", "fence"),
        r"fence\.i": "fence.i",
        r"ecall": lambda s, m, state: f"kernel call {s.exact('a7', state)} from {s.exact('a0', state)} to "
                                      f"{s.exact('a1', state)} flags {s.exact('a2', state)}",
    }
    flush_paths = frozenset([("fence", "kernel call 259 from execute to execute/size flags 0")])
    sync_paths = frozenset([("fence", "kernel call 259 from 0 to -1 flags 0")])


class S390x(Isa):
    returns = r"br %r14"
    arguments, result = ("r2", "r3", "r4"), "r2"
    events = {r"(br|bcr 15,) ?%r0": "bcr 15,0", r"(bcr|bras|brasl|basr) .*": lambda s, m, state: m[0]}
    flush_paths = frozenset([()])
    sync_paths = frozenset([("bcr 15,0",)])


class LoongArch(Isa):
    returns = r"(ret|jr \$ra|jirl \$zero, ?\$ra, ?0)$"
    arguments, result, zero = ("a0", "a1", "a2"), "a0", ("zero",)
    events = {r"ibar (0x)?0": "ibar 0", r"(dbar|ibar|bl) .*": lambda s, m, state: m[0]}
    flush_paths = sync_paths = frozenset([("ibar 0",)])


class Mips(Isa):
    reads_llvm = False
    delay = 1
    jump, link, jump_back = r"(b|j) ", r"bal ", r"jr\.hb (ra|\$ra)"
    conditional = r"b(eq|ne)(z|c|zc)? "
    returns = r"jr (ra|\$ra)$"
    arguments, result, zero = ("a0", "a1", "a2"), "v0", ("zero",)
    events = {
        r"sync": "sync",
        r"syscall": lambda s, m, state: f"kernel call {s.exact('v0', state)} from {s.role('a0', state)} size "
                                        f"{s.exact('a1', state)} caches {s.exact('a2', state)}",
        r"jr\.hb (ra|\$ra)": "jr.hb",
    }
    _w, _x = (("sync", f"kernel call 5197 from {r} size size caches 3") for r in ("write", "execute"))
    flush_paths = frozenset([_w + ("sync", "jr.hb"), _w + _x + ("sync", "jr.hb")])
    flush_errors = frozenset([_w, _w + _x])
    sync_paths = frozenset([("sync", "jr.hb")])


class X86(Isa):
    reads_llvm = False
    jump, conditional, returns = r"jmpq? ", r"j(?!mp)[a-z]+ ", r"retq?$"
    result = "rax"
    events = {
        r"sfence": "sfence",
        r"lock addl \$0x0,(0x0)?\(%esp\)": "locked add",
        r"(mfence|lfence|clflush.*)": lambda s, m, state: m[0],
        r"rdssp[qd] .*": "rdssp",
        r"(cpuid|serialize)": lambda s, m, state: m[0],
        r"iret[qld]?": "iret",
    }
    described = r"push %rbp; mov %rsp,%rbp; .*"
    frame = (r"mov %rsp,(%\w+); lea -0x80\(%rsp\),%rsp; mov %ss,(%\w+); push \2; push \1; pushf; mov %cs,\2; push \2; "
             r"lea 0x\w+\(%rip\),\2; push \2; iret; ")
    flushes = ("sfence",)

    def event(self, i, state):
        # The call goes to a function of its own, which comes back.
        return "iret" if i.name.startswith("call") and "x86_iret" in i.symbol else super().event(i, state)

    def step(self, i, state):
        pass

    def objections(self, code):
        found = []
        paths = {events for events, _ in self.paths(code["flush"])}
        if paths != {self.flushes}:
            found.append(f"flush: {paths}")
        last = set()
        for events in {events for events, _ in self.paths(code["sync_core"])}:
            last.update(events[-1:] or ["nothing"])
            if events[-1:] == ("iret",) and "rdssp" not in events[-2:]:
                found.append("sync_core: iret without a look for a shadow stack")
        if last != {"serialize", "iret", "cpuid"}:
            found.append(f"sync_core: the last step of a path is one of: {', '.join(sorted(last))}")
        # Without the suffixes that only some disassemblers give, and with one name for all parts of a register.
        iret = next((f for name, f in code.items() if "x86_iret" in name), [])
        text = "; ".join(re.sub(r"^(push|pushf|iret|ret)[ql]\b", r"\1", i.text) for i in iret) + ";"
        text = re.sub(r"%r(\d+)d", r"%r\1", re.sub(r"%e(\w\w)", r"%r\1", text))
        if not re.search(self.frame, text):
            found.append("x86_iret: the frame for iret is not as it should be")
        if not re.match(self.described + self.frame, text):
            found.append("x86_iret: the pushes are not below a frame pointer")
        return found


class I386(X86):
    flushes = ("locked add",)
    frame = r"pushf; push %cs; call \w+; jmp \w+; iret; "
