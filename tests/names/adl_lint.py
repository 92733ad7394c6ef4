#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Calls that would find functions of the user: adl_lint.py ROOT

A call without anything in front of it looks for functions in the namespaces of its arguments' types, too (ADL), so in
the user's. The rule: what the headers call has something in front of it: `detail::`, `lazyref::`, `std::`, `::`, an
object. Nothing is needed where ordinary lookup finds what is no function of a namespace (a member of the class around,
a local name, a type), and where there are no arguments. This reads, and compiles nothing, so it sees what is for other
systems, too. It is tried first on texts of which it is known what must be found.
"""
import pathlib
import re
import sys

import headers

# An expression may follow these.
BEFORE_EXPRESSIONS = set("return else case throw delete do co_return co_await co_yield not and or goto new".split())
TYPE_WORDS = set("auto bool char char8_t char16_t char32_t wchar_t short int long signed unsigned float double void "
                 "const volatile".split())
NO_CALLS = set("offsetof defined".split())  # macros and operators of the language that are no keywords
OPENERS, CLOSERS = {"(": ")", "[": "]", "{": "}"}, {")": "(", "]": "[", "}": "{"}


def macros_of(texts):
    """{name: tokens} of macros without parameters; {name: None} of those with."""
    result = {}
    for text in texts:
        for token in headers.tokens(text):
            if token.kind == "directive" and (found := re.match(r"#\s*define\s+(\w+)(\(?)", token.text)):
                result.setdefault(found[1], None if found[2] else headers.inside(token)[1:])
    return result


def flatten(text, macros):
    """The tokens that a compiler would see, with those of all branches; strings are one empty token."""
    result = []

    def put(token, inside):
        body = macros.get(token.text) if token.kind == "name" and token.text not in inside else None
        if body is not None:
            for word in body:
                put(word._replace(line=token.line), inside | {token.text})
        elif token.kind == "string":
            result.append(token._replace(text='""'))
        elif token.kind != "directive":
            result.append(token)

    for token in headers.tokens(text):
        put(token, frozenset())
    return result


def angles(words):
    """{place of `<`: place of its `>`}, for those that look like lists of template arguments."""
    pairs = {}
    for start, word in enumerate(words):
        if word.text != "<" or start == 0 or words[start - 1].kind != "name":
            continue
        is_header = words[start - 1].text == "template"
        depth, brackets = 0, []
        for i in range(start, min(len(words), start + 400)):
            text = words[i].text
            if text in OPENERS:
                brackets.append(text)
            elif text in CLOSERS:
                if not brackets or brackets.pop() != CLOSERS[text]:
                    break
            elif brackets:
                continue
            elif text == ";" or (text in ("&&", "||") and not is_header and words[i + 1].text not in (">", ",")):
                break
            elif text == "<":
                depth += 1
            elif text == ">":
                depth -= 1
                if depth == 0:
                    pairs[start] = i
                    break
    return pairs


class Scope:
    def __init__(self, kind, name, start):
        self.kind, self.name, self.start = kind, name, start  # kind: namespace, class, enum, code


class File:
    """One header: what it declares, and what it calls."""

    def __init__(self, text, macros):
        self.words = flatten(text, macros)
        self.pairs = angles(self.words)
        self.closers = {end: start for start, end in self.pairs.items()}
        self.functions, self.types, self.members = set(), set(), {}
        self.calls = []  # (place, name, scopes)
        self.problems = []
        self.read()

    def text(self, i):
        return self.words[i].text if 0 <= i < len(self.words) else ""

    def is_name(self, i):
        return 0 <= i < len(self.words) and self.words[i].kind == "name" and self.words[i].text not in headers.KEYWORDS

    def skip(self, i):
        """Past the bracket or the argument list that opens here."""
        if i in self.pairs:
            return self.pairs[i] + 1
        depth = 0
        while i < len(self.words):
            depth += (self.text(i) in OPENERS) - (self.text(i) in CLOSERS)
            i += 1
            if depth == 0:
                break
        return i

    def head(self, start, end):
        """The places of a declaration's words, without template headers and attributes."""
        result, i = [], start
        while i < end:
            if self.text(i) == "template" and i + 1 in self.pairs:
                i = self.skip(i + 1)
            elif self.text(i) == "[" and self.text(i + 1) == "[":
                i = self.skip(i)
            elif self.text(i) in ("alignas", "__attribute__", "__declspec"):
                i = self.skip(i + 1)
            else:
                result.append(i)
                i += 1
        return result

    def opened(self, start, brace):
        """The scope that the brace opens, whose declaration begins at start."""
        words = self.head(start, brace)
        texts = [self.text(i) for i in words]
        if "namespace" in texts or texts[:2] == ["extern", '""']:
            return Scope("namespace", "", start)
        while texts and texts[0] in ("inline", "static", "typedef", "constexpr", "const", "friend", "public", "private",
                                     "protected", ":"):
            words, texts = words[1:], texts[1:]
        if texts and texts[0] in ("class", "struct", "union", "enum"):
            names = [i for i in words[1:] if self.is_name(i)]
            name = self.text(names[0]) if names else ""
            return Scope("enum" if texts[0] == "enum" else "class", name, start)
        return Scope("code", "", start)

    def read(self):
        scopes, start, i, declared = [Scope("namespace", "", 0)], 0, 0, False
        brackets = 0  # open ( and [ since the scope's brace
        stack = []
        while i < len(self.words):
            text, here = self.text(i), scopes[-1]
            if text == "{":
                new = self.opened(start, i) if brackets == 0 or here.kind == "code" else Scope("code", "", start)
                if here.kind == "code" and new.kind == "code":
                    new.start = here.start
                scopes.append(new)
                if new.kind in ("class", "enum") and new.name:
                    self.types.add(new.name)
                    self.members.setdefault(new.name, set())
                stack.append((brackets, declared, start))
                brackets, declared, start = 0, False, i + 1
            elif text == "}":
                if not stack:
                    self.problems.append(f"{self.words[i].line}: a brace too many")
                    return
                left = scopes.pop()
                brackets, declared, start = stack.pop()
                if brackets == 0 and not (left.kind == "code" and self.text(i + 1) in (",", ";", "{", ")")):
                    start, declared = i + 1, False
            elif text == ";" and brackets == 0:
                start, declared = i + 1, False
            elif text in ("(", "["):
                brackets += 1
            elif text in (")", "]"):
                brackets -= 1
            elif text in ("public", "private", "protected") and self.text(i + 1) == ":" and here.kind == "class":
                start = i + 2
            elif text in ("class", "typename") and self.is_name(i + 1) and self.text(i + 2) in (",", ">", "="):
                self.types.add(self.text(i + 1))
            elif text in ("class", "struct", "union") and self.is_name(i + 1) and self.text(i + 2) == ";":
                self.types.add(self.text(i + 1))
            elif text == "using" and self.is_name(i + 1) and self.text(i + 2) in ("=", "["):
                self.types.add(self.text(i + 1))
            elif self.is_name(i):
                declared = self.name(i, scopes, start, brackets, declared)
            i += 1
        if len(scopes) != 1:
            self.problems.append("the braces of this file do not match")

    def name(self, i, scopes, start, brackets, declared):
        """A name: declared here, called here, or neither. Returns whether the declaration has its name now."""
        here, after = scopes[-1], i + 1
        if here.kind == "class" and brackets == 0 and self.text(after) in (";", "=", "{", "[", ":", ",") and i > start:
            self.members.setdefault(here.name, set()).add(self.text(i))
        if here.kind == "enum":
            return declared
        if after in self.pairs:
            after = self.pairs[after] + 1
        if self.text(after) != "(":
            return declared
        if here.kind in ("namespace", "class") and brackets == 0 and not declared:
            if "=" not in [self.text(k) for k in self.head(start, i) if k > start] and self.text(i - 1) != "::":
                if i > start or here.kind == "class":
                    (self.functions if here.kind == "namespace" else self.members.setdefault(here.name, set())).add(
                        self.text(i))
                    return True
        if self.text(after + 1) == ")":  # no arguments, no ADL
            return declared
        before = self.text(i - 1)
        if before == "template":
            before = self.text(i - 2)
        if before in ("::", ".", "->", "~", "operator"):
            return declared
        if here.kind == "code" or brackets > 0 or declared or before in ("=", ",", "(", "!", "?", ":"):
            self.calls.append((i, self.text(i), list(scopes)))
        return declared

    def declares(self, name, start, end):
        """Is the name that of a variable, declared between the two places (with parentheses too)?"""
        for i in range(start, end + 1):
            if self.text(i) != name or not self.is_name(i):
                continue
            if self.text(i + 1) not in ("=", ";", ",", ")", "{", ":", "(", "["):
                continue
            if [self.text(k) for k in (i - 2, i - 1, i + 1, i + 2)] == ["(", "*", ")", "("]:
                return True
            k = i - 1
            while self.text(k) in ("&", "*", "&&", "...", "const"):
                k -= 1
            if self.text(k) in BEFORE_EXPRESSIONS or (k == i - 1 and self.text(k) == "["):
                continue
            if self.is_name(k) or self.text(k) in TYPE_WORDS or k in self.closers:
                if k == i - 1 or self.text(i - 1) == "const" or self.text(k) == "auto":
                    return True
                # `x && name(y)` is no declaration; `(x&& name)` is one.
                if self.text(i + 1) != "(" and self.starts_declaration(k):
                    return True
        return False

    def starts_declaration(self, k):
        """Does the type whose last word is at k stand where a declaration may begin, and not an operand of & or *?"""
        if k in self.closers:
            k = self.closers[k] - 1
        while self.text(k - 1) == "::" or self.text(k - 1) == ">" and self.text(k) == "::":
            k -= 2 if self.is_name(k - 2) else 1
            if k in self.closers:
                k = self.closers[k] - 1
        return self.text(k - 1) in ("(", ",", "{", "}", ";", "const", "static", "constexpr", "typename")


def lint(texts):
    """{path: text} of all headers. [(path, line, name)]."""
    macros = macros_of(texts.values())
    files = {path: File(text, macros) for path, text in texts.items()}
    types = set().union(*(file.types for file in files.values()))
    members = {}
    for file in files.values():
        for name, found in file.members.items():
            members.setdefault(name, set()).update(found)

    found = []
    for path, file in files.items():
        found += [(path, 0, problem) for problem in file.problems]
        for i, name, scopes in file.calls:
            if name in types or name in macros or name in NO_CALLS or re.fullmatch(r"[A-Z][A-Z0-9_]+|_\w+", name):
                continue
            if any(scope.kind == "class" and name in members.get(scope.name, ()) for scope in scopes):
                continue
            code = [scope for scope in scopes if scope.kind == "code"]
            if file.declares(name, code[0].start if code else max(0, i - 60), i):
                continue
            found.append((path, file.words[i].line, name))
    return found


FRAME = """
#define OURS_BEGIN namespace lazyref { inline namespace v1 {
#define OURS_END } }
OURS_BEGIN
namespace detail {
template <class T> T* parked(T* object) noexcept;
template <class H, bool R, class T> bool drain(T& s) noexcept;
struct guard { explicit guard(int) noexcept {} };
}
template <class T> class box : private detail::guard {
 public:
  explicit box(T* object) noexcept : guard(1), object_(object), next_(detail::parked(object)) {}
  T* get() const noexcept { return object_; }
  void run() noexcept(noexcept(object_->run())) { EXPRESSION; }
 private:
  static void leave(T*) noexcept {}
  T* object_;
  T* next_;
  int size_ = 0;
};
template <class T> void f(T* object, box<T>& s) noexcept { EXPRESSION; }
OURS_END
"""
BAD = ["parked(object_)", "return parked(object_)", "drain<int, true>(s)", "if (x && parked(s)) return",
       "while (x & parked(s)) {}", "if (x && !parked(s) && parked(x)) return", "a = parked(s)", "x = a * parked(s)",
       "swap(a, b)", "using std::swap; swap(a, b)", "auto p = parked (s)", "x(parked(s))", "!parked(s)",
       "for (auto& x : begin(s)) {}", "[&] { parked(s); }()", "y = [](auto x) { return parked(x); }", "x > parked(s)",
       "x{parked(s)}", "a ? parked(s) : b", "T* const x = parked(s)", "static_cast<T*>(parked(s))", "f(object_, s)",
       "noexcept(parked(s))", "co_return parked(s)", "case 1: parked(s)"]
GOOD = ["detail::parked(s)", "::lazyref::detail::drain<int, true>(s)", "s.parked()", "this->parked()", "T(1)",
        "box<T>(s)", "const detail::guard here(1)", "detail::guard here(1)", "std::unique_ptr<T> here(s)", "sizeof(T)",
        "auto run = [](int x) { return x; }; run(1)", "[](auto&& visit) { visit(1); }(s)", "static_cast<int>(1)",
        "if (a < b && c > (d)) {}", "return (x)", "x.template parked<int>(s)", "object_->~T()", "// parked(s)",
        '"parked(s)"', "T* const x = s.get()", "new T(1)", "alignas(T) int x", "decltype(s) x",
        "void (*call)(T*) = nullptr; call(s)", "OURS(parked)", "parked()", "drain<int, true>()"]


def try_rule():
    problems = []

    def reported(expression, text=FRAME):
        return [name for _, _, name in lint({"x": text.replace("EXPRESSION", expression)})]

    if reported("") != []:
        problems.append(f"a good file is reported: {reported('')}")
    for expression in BAD:
        if not {"parked", "drain", "swap", "begin", "f"} & set(reported(expression)):
            problems.append(f"not reported: {expression}")
    for expression in GOOD:
        if found := reported(expression + "\n"):
            problems.append(f"reported: {expression}: {found}")
    # A member, where it is one, and where it is not.
    if reported("leave(object_)") != ["leave"]:
        problems.append(f"of two calls of a member: {reported('leave(object_)')}, not the one outside of the class")
    for line in ("template <class T> int a = parked(1);", "struct y { int a = parked(1); };", "int f(int = parked(1));",
                 "static_assert(parked(1));", "struct y { y() : a(parked(1)) {} int a; };"):
        if reported("", FRAME.replace("template <class T> void f", line + "\ntemplate <class T> void f")) != ["parked"]:
            problems.append(f"not reported: {line}")
    return problems


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
             for path in headers.headers(root).values() if path.suffix == ".hpp"}  # C has no such calls
    problems = try_rule()
    problems += [f"{path}:{line}: `{name}` is called without anything in front: it finds functions of the user, too"
                 for path, line, name in lint(texts)]
    return headers.report("adl_lint", problems, f"{len(BAD)} bad and {len(GOOD)} good, {len(texts)} headers")


if __name__ == "__main__":
    sys.exit(main())
