#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""plot.py on made-up results: are its points where its axes say, is what is missing said, is what is broken refused?"""
import json
import math
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PLOT = Path(__file__).with_name("plot.py")
SVG = "{http://www.w3.org/2000/svg}"
failures = 0


def verdict(ok, what, details=""):
    global failures
    failures += not ok
    print(("ok      " if ok else "FAILED  ") + what)
    if not ok:
        print(f"        {details}")


def program(name="activate", **more):
    return {"kind": "program", "program": name, "mode": "auto", "commit": "c0ffee", "machine": "Made-up (R) CPU @ 1GHz",
            "cpus": 2, "kernel": "Linux 0.0 <none>", "compiler": "GCC 0", "fence": "free", "pinned": True,
            "load": "0.01", **more}


def result(name, contender, ns, race="one object", **more):
    return {"kind": "result", "program": name, "mode": "auto", "commit": "c0ffee", "race": race, "contender": contender,
            "cpus": 2, "ns": ns, "low": ns * 0.9, "high": ns * 1.1, **more}


ACTIVATE = [result("activate", "handoff", 10.0 ** (i + 1), threads=t, oversubscribed=t > 2, base="count", times=0.25)
            for i, t in enumerate((1, 2, 4))]
ACTIVATE += [result("activate", "count", 40.0 * t, threads=t, base="count", times=1) for t in (1, 2, 4)]
DROPS = [result("drop_cost", where, 5.0 * slots, f"{slots} slots", slots=slots, active=active, threads=1)
         for where in ("all", "tracked") for slots in (8, 1024, 4096) for active in (0, 1, slots // 2, slots)]
LATENCY = [result("handoff_latency", "deferred", 1000.0, "workers sleep", threads=3, p90=1e4, worst=1e6, retained=2,
                  bound=4, oversubscribed=True)]
GOOD = [program(), *ACTIVATE, program("drop_cost"), *DROPS, program("handoff_latency"), *LATENCY]


def plot(*arguments):
    return subprocess.run([sys.executable, PLOT, *map(str, arguments)], capture_output=True, text=True)


def collect(directory, lines):
    """lines: objects, or text."""
    file = Path(directory) / "lines"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return plot("collect", file, directory, "date=2000-01-01")


class Svg:
    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.root = ElementTree.fromstring(self.bytes)
        self.texts = [(e.text, float(e.get("x")), float(e.get("y"))) for e in self.root.iter(SVG + "text")]
        self.all_text = "\n".join(text for text, _, _ in self.texts)

    def text(self, wanted):
        """Where it stands; it must stand there once."""
        found = [(x, y) for text, x, y in self.texts if text == wanted]
        assert len(found) == 1, f"{wanted!r} stands there {len(found)} times"
        return found[0]

    def polyline(self, series):
        found = [e for e in self.root.iter(SVG + "polyline") if e.get("data-series") == series]
        assert len(found) == 1, f"{series!r} has {len(found)} lines"
        return [tuple(map(float, pair.split(","))) for pair in found[0].get("points").split()]

    def points(self):
        """data-point -> where the marker stands. Of paths, the middle of what they reach."""
        result = {}
        for e in self.root.iter():
            if e.get("data-point") is None:
                continue
            if e.tag == SVG + "circle":
                result[e.get("data-point")] = (float(e.get("cx")), float(e.get("cy")))
            else:
                xs = list(map(float, re.findall(r"[MLH](-?[\d.]+)", e.get("d"))))
                ys = list(map(float, re.findall(r"(?:V|[ML]-?[\d.]+ )(-?[\d.]+)", e.get("d"))))
                result[e.get("data-point")] = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        return result


def near(a, b, distance=0.6):
    return abs(a - b) <= distance


def test_lines(directory):
    svg = Svg(directory / "made-up-2-cpus-activate.svg")
    points = svg.polyline("handoff")
    ticks = [svg.text(str(t))[0] for t in (1, 2, 4)]
    ok = near(ticks[1] - ticks[0], ticks[2] - ticks[1])
    ok = ok and all(near(point[0], tick) for point, tick in zip(points, ticks))
    verdict(ok, "threads: each point above its number, doublings equally far", f"{points} {ticks}")
    heights = [svg.text(label)[1] - 4 for label in ("10 ns", "100 ns", "1 us")]
    ok = all(near(point[1], height) for point, height in zip(points, heights))
    verdict(ok, "each point as high as the tick of its value", f"{points} {heights}")
    count = svg.polyline("fetch_add + fetch_sub")[0][1]
    expected = heights[0] + (heights[1] - heights[0]) * math.log10(4)
    verdict(near(count, expected), "a value between two ticks, logarithmically", f"{count} {expected}")
    circles = [place for name, place in svg.points().items() if name.startswith("handoff:")]
    ok = len(circles) == 3 and all(near(a, b) for at, to in zip(circles, points) for a, b in zip(at, to))
    verdict(ok, "the markers stand on the line", circles)

    regions = [e for e in svg.root.iter(SVG + "rect") if e.get("data-region") == "oversubscribed"]
    left = float(regions[0].get("x")) if len(regions) == 1 else 0
    verdict(points[1][0] < left < points[2][0], "the shade begins between 2 and 4 threads on 2 CPUs", regions)
    verdict("oversubscribed" in svg.all_text, "and says what it is", svg.all_text)
    verdict("0.25× handoff, 100 ns" in svg.all_text, "the label has the ratio first, at 2 threads", svg.all_text)
    absent = [e for e in svg.root.iter(SVG + "polyline") if e.get("data-series") == "urcu_ref"]
    said = re.search(r"Not measured here: .*urcu_ref", svg.all_text) and not absent
    verdict(said, "a missing contender is left out and said", svg.all_text)
    verdict(all(what in svg.all_text for what in ("c0ffee", "sh tests/bench/record.sh", "Linux 0.0 <none>")),
            "command, commit and kernel stand below", svg.all_text)
    size = (svg.root.get("width"), svg.root.get("height"))
    ground = next(svg.root.iter(SVG + "rect"))
    verdict((ground.get("width"), ground.get("height")) == size and ground.get("fill", "").startswith("#"),
            "a ground of its own, all over", ground.attrib)
    inside = all(0 <= x <= float(size[0]) and 0 <= y <= float(size[1]) for _, x, y in svg.texts)
    verdict(inside and b"<style" not in svg.bytes and b"<script" not in svg.bytes, "nothing outside, no style sheet")


def test_drops(directory):
    svg = Svg(directory / "made-up-2-cpus-last_drop.svg")
    across = {x for name, (x, _) in svg.points().items() if ": 1024, " in name}
    dashed = [float(e.get("x1")) for e in svg.root.iter(SVG + "line") if e.get("stroke-dasharray")]
    ok = len(dashed) == 1 and len(across) > 0 and all(near(x, dashed[0]) for x in across)
    verdict(ok, "last drop: 1024 slots are marked, where their points are", f"{dashed} {across}")
    lines = [e.get("data-series") for e in svg.root.iter(SVG + "polyline")]
    verdict(len(lines) == 8, "all and tracked, by four fractions", lines)


def test_rows(directory):
    svg = Svg(directory / "made-up-2-cpus-handoff_latency.svg")
    at = {name.split(": ")[1]: x for name, (x, _) in svg.points().items()}
    ticks = {label: svg.text(label)[0] for label in ("1 us", "10 us", "100 us", "1 ms")}
    ok = (near(at["median 1 us"], ticks["1 us"]) and near(at["nine of ten within 10 us"], ticks["10 us"]) and
          near(at["worst 1 ms"], ticks["1 ms"]))
    verdict(ok, "latency: median, 90 % and worst under their ticks", f"{at} {ticks}")
    said = re.search(r"Not measured here: prompt; shootdown; refcounted", svg.all_text)
    verdict(said and "oversubscribed" in svg.all_text, "missing contenders and oversubscription are said", svg.all_text)
    svg = Svg(directory / "made-up-2-cpus-retention.svg")
    at = {name.split(": ")[1]: x for name, (x, _) in svg.points().items()}
    ok = (near(at["most objects ever retained 2"], svg.text("2")[0]) and
          near(at["what is promised at most 4"], svg.text("4")[0]))
    verdict(ok, "retention: the most and the bound, linearly", at)


def test_refusals(directory):
    broken = dict(ACTIVATE[0])
    del broken["contender"]
    text = dict(ACTIVATE[0], ns="fast")
    cases = [
        ("a line that is not JSON", [program(), '{"kind": '], "lines:2: not JSON"),
        ("a line that is no object", [program(), "7"], "lines:2: not an object"),
        ("a number that is none", [program(), json.dumps(ACTIVATE[0]).replace("10.0", "NaN")], "lines:2: NaN"),
        ("a result without a contender", [program(), broken], 'lines:2: a result without "contender"'),
        ("a time that is a word", [program(), text], "\"ns\" is 'fast'"),
        ("no word of the machine", [ACTIVATE[0]], 'no line of the kind "program"'),
        ("two commits in one file", [program(), program(commit="bad")], "two values of commit"),
    ]
    for what, lines, message in cases:
        done = collect(directory, lines)
        ok = done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
        verdict(ok, f"refused: {what}: {done.stderr.strip().replace(str(directory) + '/', '')}", done)
    for what, content in (("results without lines", '{"about": {}}'), ("an empty file", "")):
        file = Path(directory) / "bad.json"
        file.write_text(content)
        done = plot("draw", file)
        ok = done.returncode == 2 and "bad.json" in done.stderr and "Traceback" not in done.stderr
        verdict(ok, f"refused: {what}", done)
    verdict(plot("draw", Path(directory) / "absent.json").returncode == 2, "refused: a file that is not there")
    done = collect(directory, [program(), result("other", "x", 1.0)])
    ok = done.returncode == 1 and done.stdout.count("SKIPPED") >= 5
    verdict(ok, "without anything to draw: said, and not a success", done)


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        done = collect(directory, GOOD)
        verdict(done.returncode == 0, "good results are drawn", done)
        ok = "memory.svg: none of its contenders was measured" in done.stdout
        verdict(ok, "a picture that cannot be made is said", done)
        written = json.loads((directory / "made-up-2-cpus.json").read_text())
        ok = written["lines"] == GOOD and written["about"]["date"] == "2000-01-01"
        verdict(ok, "the file has every line, and the date", written)
        test_lines(directory)
        test_drops(directory)
        test_rows(directory)
        before = {path.name: path.read_bytes() for path in directory.glob("*.svg")}
        again = directory / "again"
        again.mkdir()
        done = plot("draw", directory / "made-up-2-cpus.json", "--into", again)
        after = {path.name: path.read_bytes() for path in again.glob("*.svg")}
        ok = done.returncode == 0 and len(before) > 0 and before == after
        verdict(ok, "drawn again, byte by byte the same", done)
        test_refusals(directory)
    print(f"{failures} failed" if failures else "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
