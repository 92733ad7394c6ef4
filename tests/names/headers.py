# SPDX-License-Identifier: BSL-1.0
"""The public headers as text: which there are, what they include, their tokens; and a compiler to try them with."""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

Token = collections.namedtuple("Token", "kind text line")  # kind: name, number, mark; string, directive with `string`

KEYWORDS = set("""
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires return
short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq final override""".split())

LEXEME = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>(?:u8|[uUL])?(?:R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<number>\.?\d(?:'?[\w.]|(?<=[eEpP])[+-])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark>::|->\*|->|\.\.\.|<<=?|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|[^\s\w])
  | \s""", re.X | re.S)
DIRECTIVE = re.compile(r"^[ \t]*(#(?:[^\n\\]|\\.|\\\n)*)", re.M | re.S)


def tokens(text):
    """[Token]; a directive is one token of kind `directive`, comments are none."""
    result, line = [], 1
    at = 0
    while at < len(text):
        start_of_line = text.rfind("\n", 0, at) + 1
        if text[at] == "#" and not text[start_of_line:at].strip():
            found = DIRECTIVE.match(text, start_of_line)
            body = found[1]
            comment = re.search(r"//|/\*", re.sub(r'"(?:\\.|[^"\\\n])*"', lambda s: "x" * len(s[0]), body))
            if comment:
                body = body[:comment.start()]
            result.append(Token("directive", body, line))
            step = text[at:at + len(body)]
        else:
            found = LEXEME.match(text, at)
            step = found[0] if found else text[at]
            if found and found.lastgroup and found.lastgroup not in ("comment", "raw"):
                result.append(Token(found.lastgroup, step, line))
        line += step.count("\n")
        at += len(step)
    return result


def inside(directive):
    """The tokens of a directive that macros of the program can meddle with: conditions, and what a macro stands for."""
    words = [token._replace(line=token.line + directive.line - 1) for token in tokens(directive.text[1:])]
    if not words or words[0].text not in ("if", "elif", "ifdef", "ifndef", "define"):
        return []
    kind, rest = words[0].text, words[1:]
    if kind != "define":
        return rest
    parameters = set()
    if re.match(r"#\s*define\s+\w+\(", directive.text):
        end = next(i for i, token in enumerate(rest) if token.text == ")")
        parameters = {token.text for token in rest[1:end]}
        rest = rest[:1] + rest[end + 1:]
    return [token for token in rest if token.text not in parameters]


def headers(root):
    """{what to include: path}, of include/ and arch/."""
    result = {}
    for folder in ("include", "arch"):
        for path in sorted(path for kind in ("hpp", "h") for path in (root / folder).glob(f"**/*.{kind}")):
            result[path.relative_to(root / folder).as_posix()] = path
    if not result:
        sys.exit(f"{root} has no headers")
    return result


def identifiers(root):
    """Every identifier of the headers that is no keyword and no reserved name, and no macro of theirs."""
    found, macros = set(), set()
    for path in headers(root).values():
        for token in tokens(path.read_text(encoding="utf-8")):
            if token.kind == "name":
                found.add(token.text)
            elif token.kind == "directive":
                found.update(word.text for word in inside(token) if word.kind == "name")
                if define := re.match(r"#\s*define\s+(\w+)", token.text):
                    macros.add(define[1])
    return {name for name in found - KEYWORDS - macros if not re.match(r"_[A-Z_]|.*__|LAZYREF_", name)}


class Compiler:
    """A compiler, with a folder of its own for what it is given."""

    def __init__(self, command, root):
        self.command = command
        self.root = root
        self.flags = ["-I", str(root / "include"), "-I", str(root / "arch")]
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.is_clang = "clang" in self.run(["--version"])[1]

    def run(self, arguments):
        """(Is it content?, what it says.)"""
        done = subprocess.run(self.command + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")

    def write(self, name, text):
        (self.path / name).write_text(text, encoding="utf-8")
        return str(self.path / name)

    def compile(self, text, *flags, standard="17"):
        """(Does it compile?, what the compiler says, all of it.)"""
        limit = "-ferror-limit=0" if self.is_clang else "-fmax-errors=0"
        return self.run([f"-std=c++{standard}", limit, *self.flags, *flags, "-fsyntax-only",
                         self.write("text.cpp", text)])

    def precompile(self, text):
        """What `compile` takes to begin with the text."""
        path = self.write("before.hpp", text)
        ok, said = self.run(["-std=c++17", *self.flags, "-x", "c++-header", path, "-o",
                             path + (".pch" if self.is_clang else ".gch")])
        if not ok:
            sys.exit(said)
        return ["-include", path]

    def system_headers(self):
        """What the headers include in angle brackets on this system, for a list of #include lines."""
        every = "".join(f"#include <{header}>\n" for header in headers(self.root))
        ok, said = self.run(["-std=c++17", *self.flags, "-M", self.write("every.cpp", every)])
        if not ok:
            sys.exit(f"the headers do not compile:\n{said}")
        read = said.replace("\\\n", " ").split()
        wanted = set()
        for path in headers(self.root).values():
            wanted.update(re.findall(r"^#\s*include <([^>]+)>", path.read_text(encoding="utf-8"), re.M))
        return sorted(name for name in wanted if any(path.endswith("/" + name) for path in read))

    def macros(self, text):
        """The names of all macros that are defined after the text."""
        _, said = self.run(["-std=c++17", *self.flags, "-E", "-dM", self.write("macros.cpp", text)])
        return set(re.findall(r"^#define (\w+)", said, re.M))


def errors(said):
    """The first errors of a compiler, without the rest of what it says."""
    lines = [line[:300] for line in said.splitlines() if "error" in line]
    return "\n".join(sorted(set(lines), key=lines.index)[:5])


def report(name, problems, done):
    """Prints the problems and the last line; the exit status."""
    for problem in problems:
        print(problem)
    print(f"{name}: {done}: {len(problems) or 'no'} problems")
    return 1 if problems else 0
