#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The picture of the idea in README.md: idea_svg.py >.packaging/idea.svg

Three moments of a reload with two workers. The same script makes the same picture, byte by byte; tests/documents looks.
"""
import sys
from html import escape

PAPER, INK, PALE, LINE, FILL = "#fbfbf8", "#24292f", "#59636e", "#8a9199", "#ffffff"
# Okabe and Ito's colours: an owner, a slot's use, a handoff.
OWNS, USES, HANDS = "#0072b2", "#009e73", "#d55e00"
PANEL, WIDTH, HEIGHT = 310, 960, 356
CAPTIONS = [
    ("1. Use", ["Each worker has a slot. protect() or", "activate() stores the address of v1 in it;", "no reference count changes.",
                "The cell \u201ccurrent\u201d owns v1."]),
    ("2. Replace, and hand over", ["reload() stores v2. The cell was v1\u2019s last", "owner, so reload() scans the slots.",
                                   "Worker A still uses v1: v1 is left in its slot.", "reload() does not wait."]),
    ("3. Move, and reclaim", ["Worker A\u2019s next protect() moves its slot", "to v2. Worker A finds v1 handed over,",
                              "and runs the destructor of v1. If no slot had", "been on v1, reload() would have run it."]),
]
# Where the arrows begin and end that lead from worker A's slot and worker B's to what they use.
USED = [((48, 60), (196, 112)), ((44, 52), (196, 218)), ((48, 192), (196, 222))]


class picture:
    def __init__(self):
        self.out = []

    def add(self, text):
        self.out.append(text)

    def text(self, x, y, words, size=12.5, colour=INK, anchor="start", more=""):
        self.add(f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{more}>{escape(words)}</text>')

    def box(self, x, y, w, h, colour, dashes="", fill=FILL):
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.add(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="5" fill="{fill}" stroke="{colour}" stroke-width="1.5"{dashed}/>')

    def arrow(self, points, colour, name, dashes=""):
        path = "M" + " L".join(f"{x} {y}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.add(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed} marker-end="url(#{name})"/>')


def slot(p, x, y, worker, uses, handed):
    """A worker's slot: the object in use, and what was handed over."""
    p.text(x + 60, y + 62, worker, 12.5, INK, "middle", ' font-weight="bold"')
    p.box(x, y, 120, 44, LINE)
    p.add(f'<line x1="{x + 60}" y1="{y}" x2="{x + 60}" y2="{y + 44}" stroke="{LINE}" stroke-width="1.5"/>')
    p.text(x + 30, y + 15, "in use", 10.5, PALE, "middle")
    p.text(x + 90, y + 15, "handed over", 9, PALE, "middle")
    p.text(x + 30, y + 34, uses, 13, USES, "middle", ' font-weight="bold"')
    p.text(x + 90, y + 34, handed, 13, HANDS, "middle", ' font-weight="bold"')


def version(p, x, y, name, words, dashes=""):
    p.box(x, y, 92, 40, PALE if dashes else INK, dashes, PAPER if dashes else FILL)
    p.text(x + 46, y + 17, f"rules {name}", 12.5, PALE if dashes else INK, "middle", ' font-weight="bold"')
    p.text(x + 46, y + 32, words, 10.5, PALE, "middle")


def panel(p, x, step):
    heading, caption = CAPTIONS[step]
    p.text(x + 12, 30, heading, 15, INK, "start", ' font-weight="bold"')
    old, new = x + 26, x + 186
    p.box(x + 106, 46, 92, 26, OWNS)
    p.text(x + 152, 63, "current", 12.5, OWNS, "middle", ' font-weight="bold"')
    version(p, old, 112, "v1", ("one owner", "no owner", "destroyed")[step], "4 3" if step == 2 else "")
    if step == 0:
        p.arrow([(x + 134, 73), (old + 62, 107)], OWNS, "owns")
    else:
        version(p, new, 112, "v2", "one owner")
        p.arrow([(x + 172, 73), (new + 34, 107)], OWNS, "owns")
    for start, end in USED[step]:
        p.arrow([(x + start, 196), (x + end, 158)], USES, "uses", "5 3")
    if step == 1:
        p.arrow([(x + 92, 154), (x + 106, 196)], HANDS, "hands")
        p.text(x + 108, 180, "handoff", 11.5, HANDS)
    slot(p, x + 14, 200, "worker A", ("v1", "v1", "v2")[step], "v1" if step == 1 else "")
    slot(p, x + 166, 200, "worker B", ("v1", "v2", "v2")[step], "")
    for i, words in enumerate(caption):
        p.text(x + 12, 290 + 16 * i, words, 11.5)


def main():
    p = picture()
    p.add(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
          'font-family="Helvetica, Arial, sans-serif">')
    p.add("<!-- SPDX-License-Identifier: BSL-1.0 -->")
    p.add("<title>Two workers use an object through their slots; its last owner leaves, and hands it over to a worker that still uses it"
          "</title>")
    p.add("<defs>")
    for name, colour in (("owns", OWNS), ("uses", USES), ("hands", HANDS)):
        p.add(f'<marker id="{name}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" markerHeight="6" orient="auto">'
              f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>')
    p.add("</defs>")
    # A ground of its own: readable where the page is dark.
    p.add(f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{PAPER}"/>')
    for step in range(3):
        x = 14 + PANEL * step
        if step:
            p.add(f'<line x1="{x - 2}" y1="18" x2="{x - 2}" y2="{HEIGHT - 14}" stroke="#d8dcd6" stroke-width="1"/>')
        panel(p, x, step)
    p.add("</svg>")
    sys.stdout.write("\n".join(p.out) + "\n")


if __name__ == "__main__":
    main()
