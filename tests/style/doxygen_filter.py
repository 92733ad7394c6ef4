# SPDX-License-Identifier: BSL-1.0
"""Prints a header for doxygen, with the plain comments of this project as documentation; no line moves.

Which comment documents what:
- the head of a file, and a comment between declarations that has an empty line after it: the file;
- a comment in front of a declaration of the namespace or of a class: that one and those that follow, up to an empty
  line or the next comment; one behind a member: that member. In C the same, inside of extern "C";
- one that begins with a declaration (static inline ...;): that declaration, which stands elsewhere.
All else (function bodies, namespace detail, what is in front of LAZYREF_DETAIL macros) stays as it is, or is left out.

In them, `Label:` (LABELS) begins a titled paragraph, which continues indented; other indented lines are a sample: all of
them in what documents a file, elsewhere those that stand in columns.
"""
import pathlib
import re
import sys

LABELS = ("(?:Preconditions?|Errors|Cost|Progress|Ordering|Who may call|When|Sources?|What it finds|Bound)"
          r"(?: \([^)]*\))?(?:, (?:ordering|progress|cost|errors|losses))*")
LABEL = re.compile(rf"(?:^|(?<=[.;)] ))({LABELS}):(?: +|$)|(?:^|(?<=\. ))(Returns) ")
PURPOSE = re.compile(r"Purpose( \([^)]*\))?: (.)")
SCOPE = re.compile(r"(class|struct|enum|union)\b(?!.*[;}]$)")
COLUMNS = re.compile(r"\S {3,}\S")
MEMBER = re.compile(r"(  \S.*[\w;,)]) +(// )")
BEGIN, END = "LAZYREF_BEGIN_NAMESPACE", "LAZYREF_END_NAMESPACE"
BASE_IN_DETAIL = re.compile(r"(?: :|,) (?:private|public) detail::[^{]*(?= \{)")
BEGIN_C = 'extern "C" {'
DECLARATION = re.compile(r" static (inline [^{}]*;)")
CODE = re.compile(r"[;{}]( *//.*)?$")


def escaped(text):
    return re.sub(r"([\\@&$#<>%])", r"\\\1", text)


def documentation(lines, is_head):
    """The text of comment lines, without their slashes, as doxygen wants it; as many lines as before."""
    out, labelled, quoted, sample = [], False, False, None
    for n, line in enumerate(lines):
        text = line[1:] if line.startswith(" ") else line
        indented = text.startswith("  ")
        if sample is None and indented and (is_head or COLUMNS.search(text)):
            run = lines[n:]
            end = next((i for i, later in enumerate(run) if later.strip() and not later.startswith("   ")), len(run))
            sample = "code" if any(CODE.search(later) for later in run[:end]) else "verbatim"
            out[-1:] = [(out[-1] if out else "") + f" \\{sample}" + ("{.cpp}" if sample == "code" else "")]
        elif sample is not None and text.strip() and not indented:
            out[-1] += f" \\end{sample}"
            sample = None
        if sample is not None:
            out.append(text)
            continue

        text = text.strip()
        ended = not out or out[-1].endswith((".", ":", ".)"))
        text = re.sub(r"^--- (.*)", r"`\1`", text)
        if is_head and not any(out):
            text = re.sub(r"^(\w+_\w+(?:<\w+>)?):", r"`\1`:", text)  # a name, whose first letter stays small
        if purpose := PURPOSE.match(text):
            is_symbol = text[purpose.end():].startswith(" *")  # of a formula
            text = (purpose[2] if is_symbol else purpose[2].upper()) + text[purpose.end():] if not purpose[1] else text
        pieces = []
        for piece in re.split("(`)", text):
            if piece == "`":
                quoted = not quoted
                pieces.append("<tt>" if quoted else "</tt>")
            else:
                pieces.append(escaped(piece))
        text = "".join(pieces)
        if LABEL.match(text):
            labelled = True
        elif labelled and not indented and ended:
            text, labelled = "\\new " + text, False
        out.append(LABEL.sub(lambda m: "\\label{" + (m[1] or m[2]).replace(",", "\\,") + "} ", text))
    if sample is not None:
        out[-1] += f" \\end{sample}"
    return out


def is_public(lines, n, in_namespace):
    """Is what a comment before lines[n] is about for programs?"""
    while lines[n].startswith(("#if", "#el")):
        n += 1
    if lines[n].startswith("#"):
        return re.match(r"#define LAZYREF_(?!DETAIL|BEGIN|END)", lines[n])
    return in_namespace


def group_end(lines, n, indent):
    """The line after the declarations that begin at lines[n] and follow each other; and whether there are several."""
    count, was_template = 0, False
    while n < len(lines):
        line = lines[n]
        here = len(line) - len(line.lstrip())
        if line and here < indent and not line.startswith("#") or here == indent and line[here:].startswith("//"):
            break
        if not line:
            following = next((later for later in lines[n:] if later), "")
            if len(following) - len(following.lstrip()) <= indent:
                break
        if here == indent and re.match(r"[^\s})#/:]|#define", line[here:]):
            count += not was_template
            was_template = line[here:].startswith("template <") and line.endswith(">")
        n += 1
    return n, count > 1


def filtered(lines, name):
    out, marks = list(lines), []
    in_namespace, in_detail, in_header, is_c, indent = False, False, False, False, 0
    n = 0
    while n < len(lines):
        line = lines[n]
        if in_detail or line == "namespace detail {":
            in_detail = line != "}  // namespace detail"
            out[n] = ""
        elif line.startswith(" " * indent + "//"):
            first = n
            while lines[n].startswith(" " * indent + "//"):
                n += 1
            text = [comment[indent + 2:].replace("head of this file", f"head of {name}") for comment in lines[first:n]]
            if declaration := DECLARATION.fullmatch(text[0]):
                text[:2], lines[n], out[n] = ["", ""], declaration[1], declaration[1]
            if first == 0:
                text = ["\\thisfile"] + documentation(text[1:], True)
            elif lines[n].strip(" };"):
                if not is_public(lines, n, in_namespace):
                    continue
                text = documentation(text, False)
                end, several = group_end(lines, n, indent)
                if several:
                    marks += [(first - 1, "/**@{*/"), (end - bool(lines[end]), "/**@}*/")]
            elif in_namespace and not indent and len(text) > 1:
                text = documentation(text, True)
                text[0] = "\\thisfile \\details " + text[0]
            else:
                continue
            out[first:n] = text
            out[first] = "/** " + out[first]
            out[n - 1] += " */"
            continue
        elif line in (BEGIN, END):
            in_namespace = line == BEGIN
            out[n] = "namespace lazyref {" if in_namespace else "}"
        elif line == BEGIN_C or is_c and line == "}":
            in_namespace = is_c = line == BEGIN_C
        elif indent == 0 and SCOPE.match(line):
            out[n] = BASE_IN_DETAIL.sub("", line)
            in_header = not line.endswith("{")
            indent = 0 if in_header else 2
        elif in_header and line.endswith("{"):
            in_header, indent = False, 2
        elif line.startswith("}"):
            indent = 0
        elif indent and (member := MEMBER.match(line)):
            first = n
            while lines[n + 1].startswith(" " * member.start(2) + "//"):
                n += 1
            text = documentation([comment[member.start(2) + 2:] for comment in lines[first:n + 1]], False)
            out[first:n + 1] = text
            out[first] = f"{member[1]} /**< {text[0]}"
            out[n] += " */"
        n += 1
    for n, mark in marks:
        out[n] += mark
    return out


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        source = header.read().splitlines() + [""]
    print("\n".join(filtered(source, pathlib.Path(sys.argv[1]).name)))
