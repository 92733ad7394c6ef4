#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""From what the benchmarks say with --json to pictures.

  plot.py collect LINES DIRECTORY [KEY=VALUE...]   DIRECTORY/MACHINE.json from the programs' lines, and its pictures
  plot.py draw RESULTS.json... [--into DIRECTORY]  the pictures again, beside each file if DIRECTORY is not given

KEY=VALUE is kept with the results (date, options). The same input gives the same pictures, byte by byte. A contender
that was not measured is left out, and the picture says so; a picture none of whose contenders was measured is not made,
and that is said too. Exit status: 0, 1 no picture at all, 2 input that cannot be read.
"""
import json
import math
import re
import sys
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 720, 400
PAPER, INK, PALE, GRID, SHADE = "#fbfbf8", "#24292f", "#59636e", "#d8dcd6", "#ececdf"
# Okabe and Ito's colours, for those who tell few apart; a marker of its own for each as well.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f"]
MARKERS = ["circle", "square", "diamond", "triangle", "cross", "down", "plus", "ring"]
DASHES = ["", "7 3", "2 3", "9 3 2 3"]
COMMAND = "sh tests/bench/record.sh"


class BadInput(Exception):
    pass


# --- reading

NUMBERS = ("threads", "cpus", "low", "high", "turns", "ns")


def check_line(line, where):
    if not isinstance(line, dict):
        raise BadInput(f"{where}: not an object")
    for key in ("kind", "program"):
        if not isinstance(line.get(key), str):
            raise BadInput(f"{where}: no \"{key}\"")
    if line["kind"] == "result":
        for key in ("race", "contender"):
            if not isinstance(line.get(key), str):
                raise BadInput(f"{where}: a result without \"{key}\"")
        for key in NUMBERS:
            value = line.get(key, 0)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise BadInput(f"{where}: \"{key}\" is {value!r}, not a number")
    return line


def parse(text, where):
    def refuse(constant):
        raise BadInput(f"{where}: {constant} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: not JSON: {error}") from None


def read_text(path):
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}") from None


def read_lines(path):
    """What the programs printed: an object in each line."""
    lines = []
    for number, text in enumerate(read_text(path).splitlines(), 1):
        if text.strip():
            lines.append(check_line(parse(text, f"{path}:{number}"), f"{path}:{number}"))
    if not any(line["kind"] == "program" for line in lines):
        raise BadInput(f"{path}: no line of the kind \"program\", which says what the machine is")
    return lines


def read_results(path):
    """What `collect` wrote: (about, lines)."""
    results = parse(read_text(path), path)
    if not isinstance(results, dict) or not isinstance(results.get("about"), dict):
        raise BadInput(f"{path}: no \"about\": not a file that `plot.py collect` wrote")
    if not isinstance(results.get("lines"), list) or not results["lines"]:
        raise BadInput(f"{path}: no \"lines\"")
    for key in ("machine", "cpus", "kernel", "compiler", "commit"):
        if key not in results["about"]:
            raise BadInput(f"{path}: \"about\" does not say the {key}")
    return results["about"], [check_line(line, f"{path}: line {n}") for n, line in enumerate(results["lines"], 1)]


def slug(about):
    model = re.sub(r"\((r|tm)\)|\bcpu\b|\bprocessor\b|@.*", " ", about["machine"].lower())
    words = re.findall(r"[a-z0-9]+", model)
    return "-".join([*words, f"{about['cpus']:g}", "cpus"])


def collect(path, directory, more):
    lines = read_lines(path)
    programs = [line for line in lines if line["kind"] == "program"]
    about = {"SPDX-License-Identifier": "BSL-1.0"}
    for key in ("machine", "cpus", "kernel", "compiler", "commit", "fence", "pinned"):
        values = [program[key] for program in programs if key in program]
        if not values:
            raise BadInput(f"{path}: no program says the {key}")
        different = [value for value in values if value != values[0]]
        if different and key != "fence":
            raise BadInput(f"{path}: two values of {key}, {values[0]!r} and {different[0]!r}: two runs in one file")
        about[key] = values[0]
    loads = [float(program["load"]) for program in programs if re.fullmatch(r"[\d.]+", program.get("load", ""))]
    about["load"] = f"{min(loads):g} to {max(loads):g}" if loads else "?"
    about.update(more)
    target = Path(directory) / f"{slug(about)}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join("    " + json.dumps(line) for line in lines)
    head = json.dumps(about, indent=4)[:-1] + "  }"
    target.write_text(f'{{\n  "about": {head},\n  "lines": [\n{rows}\n  ]\n}}\n', encoding="utf-8")
    print(f"written: {target}")
    return target


# --- drawing

def number(value):
    """For an axis or a label: two digits, or those before the point."""
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def time(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{number(ns / size)} {unit}"
    return f"{number(ns)} ns"


class Log:
    """A logarithmic axis, from one pixel to another."""

    def __init__(self, values, first, last, base=10, margin=0.04):
        low, high = min(values), max(values)
        if base == 10:  # to the tick below and the tick above
            low, high = (max(t for t in self.steps(low) if t <= low), min(t for t in self.steps(high) if t >= high))
        self.low, self.high = math.log(low), math.log(high)
        if self.high - self.low < 1e-9:
            self.low, self.high = self.low - math.log(2), self.high + math.log(2)
        elif base != 10:
            room = (self.high - self.low) * margin
            self.low, self.high = self.low - room, self.high + room
        self.first, self.last = first, last

    @staticmethod
    def steps(value):
        decade = math.floor(math.log10(value))
        return [m * 10.0**d for d in range(decade - 1, decade + 2) for m in (1, 2, 5)]

    def __call__(self, value):
        return self.first + (math.log(value) - self.low) / (self.high - self.low) * (self.last - self.first)

    def ticks(self):
        decades = range(math.floor(self.low / math.log(10)), math.ceil(self.high / math.log(10)) + 1)
        for steps in ((1, 2, 5), (1,)):
            ticks = [m * 10.0**d for d in decades for m in steps if self.has(m * 10.0**d)]
            if len(ticks) <= 11:
                break
        return ticks if len(ticks) <= 11 else ticks[:: math.ceil(len(ticks) / 11)]

    def has(self, value):
        return self.low - 1e-9 <= math.log(value) <= self.high + 1e-9


class Linear:
    """From 0."""

    def __init__(self, values, first, last):
        self.first, self.last = first, last
        step = 10.0 ** math.floor(math.log10(max(values)))
        self.step = next(step * m for m in (0.1, 0.2, 0.5, 1, 2) if max(values) / (step * m) <= 10)
        if max(values) <= 10:
            self.step = max(self.step, 1.0)
        self.high = self.step * math.ceil(max(values) / self.step)

    def __call__(self, value):
        return self.first + value / self.high * (self.last - self.first)

    def ticks(self):
        return [self.step * i for i in range(round(self.high / self.step) + 1)]


class Picture:
    def __init__(self, title, subtitle):
        self.title, self.parts = title, []
        self.rect(0, 0, WIDTH, HEIGHT, PAPER)
        self.text(16, 26, title, 16, bold=True)
        self.text(16, 44, subtitle, 11, PALE)

    def rect(self, x, y, width, height, fill, **more):
        self.add("rect", x=x, y=y, width=width, height=height, fill=fill, **more)

    def line(self, x1, y1, x2, y2, stroke, width=1.0, dash=""):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash or None)

    def text(self, x, y, text, size=11, fill=INK, anchor="start", bold=False, turn=None):
        self.add("text", text, x=x, y=y, font_size=size, fill=fill, text_anchor=anchor if anchor != "start" else None,
                 font_weight="bold" if bold else None, transform=f"rotate(-90 {x:g} {y:g})" if turn else None)

    def marker(self, shape, x, y, colour, size=4.0, **more):
        paths = {
            "square": "M-1-1H1V1H-1Z", "diamond": "M0-1.3L1.3 0L0 1.3L-1.3 0Z", "triangle": "M0-1.2L1.2 1H-1.2Z",
            "down": "M0 1.2L1.2-1H-1.2Z", "cross": "M-1-1L1 1M-1 1L1-1", "plus": "M0-1.3V1.3M-1.3 0H1.3",
            "bar": "M0-1.9V1.9",
        }
        if shape in ("circle", "ring"):
            fill = colour if shape == "circle" else PAPER
            self.add("circle", cx=x, cy=y, r=size, fill=fill, stroke=colour, stroke_width=1.6, **more)
        else:
            # The points stand in the path itself, for those who read it.
            moved = re.sub(r"([MLHV])(-?[\d.]+)(?: ?(-?[\d.]+))?", lambda m: shifted(m, x, y, size), paths[shape])
            open_ended = shape in ("cross", "plus", "bar")
            self.add("path", d=moved, fill="none" if open_ended else colour, stroke=colour,
                     stroke_width=2.4 if open_ended else 1.0, **more)

    def add(self, name, inner=None, **attributes):
        words = []
        for key, value in attributes.items():
            if value is not None:
                value = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
                words.append(f'{key.replace("_", "-")}="{escape(str(value))}"')
        tail = "/>" if inner is None else f">{escape(inner)}</{name}>"
        self.parts.append(f"<{name} {' '.join(words)}{tail}")

    def foot(self, lines):
        for i, line in enumerate(reversed(lines)):
            self.text(16, HEIGHT - 9 - 13 * i, line, 9.5, PALE)

    def svg(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="Helvetica, Arial, sans-serif">')
        licence = "<!-- SPDX-License-Identifier: BSL-1.0 -->"
        return "\n".join([head, licence, f"<title>{escape(self.title)}</title>", *self.parts, "</svg>"]) + "\n"


def shifted(found, x, y, size):
    command, a, b = found[1], float(found[2]) * size, float(found[3] or 0) * size
    if command == "H":
        return f"H{x + a:.2f}"
    if command == "V":
        return f"V{y + a:.2f}"
    return f"{command}{x + a:.2f} {y + b:.2f}"


def apart(wanted, distance, low, high):
    """Positions near the wanted ones, in their order, that do not meet."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    place = [max(low, min(high, wanted[i])) for i in order]
    for i in range(1, len(place)):
        place[i] = max(place[i], place[i - 1] + distance)
    if place and place[-1] > high:
        place[-1] = high
        for i in range(len(place) - 2, -1, -1):
            place[i] = min(place[i], place[i + 1] - distance)
    result = [0.0] * len(wanted)
    for at, i in zip(place, order):
        result[i] = at
    return result


def wrap(text, width):
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def caption(about, missing):
    pinned = ", pinned" if about.get("pinned") else ""
    load = f", load {about['load']}" if "load" in about else ""
    date = f", {about['date']}" if "date" in about else ""
    lines = []
    if missing:
        lines += wrap("Not measured here: " + "; ".join(missing) + ".", 135)
    lines.append(f"{about['machine']}, {about['cpus']:g} CPUs{pinned}{load}; {about['kernel']}; {about['compiler']}")
    lines.append(f"Made by `{COMMAND}` at commit {about['commit'] or 'unknown'}{date}")
    return lines


def line_chart(title, subtitle, x_label, series, about, missing, label_at, mark=None, oversubscribed=False):
    """series: [(label, colour, marker, dash, [result])]; a result has "x", "ns", "low", "high", and perhaps "times".
    What stands beside a label is true of its point at label_at."""
    picture = Picture(title, subtitle)
    foot = caption(about, missing)
    left, right, top, bottom = 66, WIDTH - 246, 62, HEIGHT - 48 - 13 * len(foot)
    xs = sorted({point["x"] for *_, points in series for point in points})
    across = Log(xs, left, right, base=2, margin=0.05)
    up = Log([point[key] for *_, points in series for point in points for key in ("ns", "low", "high")], bottom, top)

    beyond = [x for x in xs if x > about["cpus"]] if oversubscribed else []
    if beyond:
        within = [x for x in xs if x <= about["cpus"]]
        edge = (across(within[-1]) + across(beyond[0])) / 2 if within else left
        picture.rect(edge, top, right - edge, bottom - top, SHADE, data_region="oversubscribed")
    for tick in up.ticks():
        picture.line(left, up(tick), right, up(tick), GRID)
        picture.text(left - 7, up(tick) + 4, time(tick), 10.5, anchor="end")
    for x in xs:
        picture.line(across(x), bottom, across(x), bottom + 5, INK)
        picture.text(across(x), bottom + 18, f"{x:g}", 10.5, anchor="middle")
    picture.line(left, bottom, right, bottom, INK)
    picture.line(left, top, left, bottom, INK)
    picture.text((left + right) / 2, bottom + 34, x_label, 11, anchor="middle")
    if beyond:
        for i, text in enumerate(("oversubscribed: includes", f"waiting for one of {about['cpus']:g} CPUs")):
            picture.text((edge + right) / 2, bottom - 18 + 12 * i, text, 9.5, PALE, "middle")
    if mark and across.has(mark):
        picture.line(across(mark), top, across(mark), bottom, PALE, 1.2, "3 3")
        picture.text(across(mark) - 5, top + 11, f"{mark:g}", 10.5, PALE, "end", bold=True)

    ends = [up(points[-1]["ns"]) for *_, points in series]
    labels = apart(ends, min(15.0, (bottom - top - 8) / max(1, len(series) - 1)), top + 6, bottom - 2)
    for (label, colour, marker, dash, points), end, label_y in zip(series, ends, labels):
        if len(points) > 1:
            way = " ".join(f"{across(point['x']):.2f},{up(point['ns']):.2f}" for point in points)
            picture.add("polyline", points=way, fill="none", stroke=colour, stroke_width=1.8, data_series=label,
                        stroke_dasharray=dash or None)
        for point in points:
            x, y = across(point["x"]), up(point["ns"])
            picture.line(x, up(point["low"]), x, up(point["high"]), colour, 1.2)
            picture.marker(marker, x, y, colour, data_point=f"{label}: {point['x']:g}, {time(point['ns'])}")
        picture.line(across(points[-1]["x"]) + 6, end, right + 12, label_y, GRID)
        picture.marker(marker, right + 18, label_y, colour, 3.4)
        beside = next((point for point in points if point["x"] == label_at), None)
        times = f"{number(beside['times'])}× " if beside and "times" in beside else ""
        picture.text(right + 27, label_y + 4, times + label + (f", {time(beside['ns'])}" if beside else ""), 10.5)
    picture.foot(foot)
    return picture.svg()


def row_chart(title, subtitle, rows, legend, about, missing, text_of, axis_of):
    """rows: [(group, label, {mark: value})]; legend: [(mark, words, marker, colour)]; a mark "bound" is a limit."""
    picture = Picture(title, subtitle)
    foot = caption(about, missing)
    left, right, top, bottom = 124, WIDTH - 34, 76, HEIGHT - 30 - 13 * len(foot)
    axis = axis_of([value for *_, marks in rows for value in marks.values()], left + 8, right)
    x = left
    for _, words, marker, colour in legend:
        picture.marker(marker, x + 5, 60, colour, 3.6)
        picture.text(x + 14, 64, words, 10.5)
        x += 34 + 5.3 * len(words)
    for tick in axis.ticks():
        picture.line(axis(tick), top, axis(tick), bottom, GRID)
        picture.text(axis(tick), bottom + 15, text_of(tick), 10.5, anchor="middle")
    picture.line(left, bottom, right, bottom, INK)
    groups = [group for i, (group, *_) in enumerate(rows) if i == 0 or rows[i - 1][0] != group]
    step = (bottom - top) / (len(rows) + 1.1 * len(groups))
    size = min(10.5, step * 0.95)
    y, before = top, None
    for group, label, marks in rows:
        if group != before:
            y += step * 1.1
            # On paper of its own, as it stands across the lines of the grid.
            picture.rect(left - 6, y - step * 0.95, 8 + 0.62 * size * len(group), step * 0.9, PAPER)
            picture.text(left - 4, y - step * 0.22, group, size, PALE, bold=True)
            before = group
        y += step
        middle = y - step * 0.5
        picture.text(left - 8, middle + size * 0.35, label, size, anchor="end")
        shown = [axis(value) for value in marks.values()]
        picture.line(min(shown), middle, max(shown), middle, PALE)
        for mark, words, marker, colour in legend:
            if mark in marks:
                picture.marker(marker, axis(marks[mark]), middle, colour, max(2.0, min(4.0, step * 0.32)),
                               data_point=f"{group}, {label}: {words} {text_of(marks[mark])}")
    picture.foot(foot)
    return picture.svg()


# --- the pictures

class Results:
    def __init__(self, about, lines):
        self.about = about
        self.results = [line for line in lines if line["kind"] == "result"]
        self.targets = [line for line in lines if line["kind"] == "target"]

    def of(self, program, race=None, mode="auto"):
        """Also where a program exists in one mode only."""
        return [r for r in self.results if r["program"] == program and r.get("mode", "auto") == mode and
                (race is None or r["race"] == race)]


def with_x(results, key):
    points = [dict(r, x=r[key]) for r in results if r.get(key, 0) > 0 and r.get("ns", 0) > 0]
    for point in points:
        point["low"], point["high"] = point.get("low") or point["ns"], point.get("high") or point["ns"]
    return sorted(points, key=lambda point: point["x"])


def without_times(points):
    return [{key: value for key, value in point.items() if key != "times"} for point in points]


def against_threads(results, file, title, program, race, base, wanted):
    """wanted: [(contender, mode, label)]"""
    series, missing = [], []
    for i, (contender, mode, label) in enumerate(wanted):
        points = with_x([r for r in results.of(program, race, mode) if r["contender"] == contender], "threads")
        if mode != "auto":  # Their base is another run's.
            points = without_times(points)
        if points:
            # By its place among the wanted ones: the same in each picture, whoever is missing.
            looks = (COLOURS[i % 8], MARKERS[(i + i // 8 * 3) % 8], DASHES[i // 8 % 4])
            series.append((label, *looks, points))
        else:
            missing.append(label)
    if not series:
        return file, None
    cpus = results.about["cpus"]
    xs = {point["x"] for *_, points in series for point in points}
    label_at = max([x for x in xs if x <= cpus], default=min(xs))
    subtitle = (f"One operation of a thread, median and quartiles, logarithmic. Right: at {label_at:g} threads, "
                f"times what {base} takes")
    return file, line_chart(title, subtitle, "threads", series, results.about, missing, label_at, oversubscribed=True)


def activate(results):
    wanted = [("handoff", "handoff"), ("prompt", "prompt"), ("count", "fetch_add + fetch_sub"),
              ("refcounted", "refcounted"), ("striped_count", "a count per thread"), ("shared_ptr", "shared_ptr"),
              ("shared_ptr_load", "atomic_load(shared_ptr)"), ("urcu_ref", "urcu_ref")]
    return against_threads(results, "activate", "To use an object that all threads share, and stop", "activate",
                           "one object", "fetch_add + fetch_sub", [(name, "auto", label) for name, label in wanted])


def protect(results):
    wanted = [("slot", "required", "lazy_slot, required"), ("slot", "auto", "lazy_slot"),
              ("hazard_pointer", "auto", "hazard_pointer"), ("by_hand_auto", "auto", "by hand"),
              ("urcu_memb", "auto", "liburcu-memb"), ("ck_hp", "auto", "ck_hp"), ("ck_epoch", "auto", "ck_epoch"),
              ("xenium_hp", "auto", "xenium hp"), ("xenium_epoch", "auto", "xenium epoch"),
              ("cds_hp", "auto", "libcds HP"), ("cds_dhp", "auto", "libcds DHP"),
              ("shared_ptr_load", "auto", "atomic_load(shared_ptr)")]
    names = {name: label for name, _, label in wanted}
    bases = sorted({names.get(r["base"], r["base"]) for r in results.of("protect") if "base" in r})
    return against_threads(results, "protect", "To protect what a shared pointer points to, and stop", "protect", None,
                           " or ".join(bases), wanted)


def last_drop(results):
    found = results.of("drop_cost")
    parts = [("in none", lambda r: r["active"] == 0), ("in 1", lambda r: r["active"] == 1),
             ("in 50 %", lambda r: r["active"] * 2 == r["slots"]), ("in 100 %", lambda r: r["active"] == r["slots"])]
    series, missing = [], []
    for contender, colour, label in (("all", COLOURS[1], "all"), ("tracked", COLOURS[0], "tracked")):
        for i, (part, is_part) in enumerate(parts):
            chosen = [r for r in found if r["contender"] == contender and "active" in r and "slots" in r and is_part(r)]
            points = without_times(with_x(chosen, "slots"))
            name = f"{label}, active {part}"
            if points:
                series.append((name, colour, ("circle", "triangle", "diamond", "square")[i], DASHES[i], points))
            else:
                missing.append(name)
    if not series:
        return "last_drop", None
    xs = {point["x"] for *_, points in series for point in points}
    label_at = 1024 if 1024 in xs else max(xs)
    subtitle = f"Candidates all or tracked; median and quartiles, both axes logarithmic. Right: at {label_at:g} slots"
    return "last_drop", line_chart("Last drop against slots, by how many of them are on the object",
                                   subtitle, "slots", series, results.about, missing, label_at, mark=1024)


def rows_of(results, program, wanted, columns):
    """A row for each wanted contender of each of the program's tables, and which ones are missing."""
    found = results.of(program)
    rows, missing = [], []
    races = list(dict.fromkeys(r["race"] for r in found))
    for race in races:
        of_race = {r["contender"]: r for r in found if r["race"] == race}
        threads = max(r.get("threads", 0) for r in of_race.values())
        beyond = any(r.get("oversubscribed") for r in of_race.values())
        group = f"{race} ({threads:g} threads{', oversubscribed' if beyond else ''})"
        for contender in wanted:
            marks = {mark: of_race[contender][mark] for mark in columns if mark in of_race.get(contender, {})}
            if marks:
                rows.append((group, contender, marks))
            else:
                missing.append(contender + (f" ({race})" if len(races) > 1 else ""))
    return rows, missing


POLICIES = ("deferred", "prompt", "shootdown", "refcounted")


def latency(results):
    rows, missing = rows_of(results, "handoff_latency", POLICIES, ("ns", "p90", "worst"))
    rows = [row for row in rows if all(value > 0 for value in row[2].values())]  # It is a logarithmic axis.
    if not rows:
        return "handoff_latency", None
    legend = [("ns", "median", "circle", COLOURS[0]), ("p90", "nine of ten within", "bar", COLOURS[0]),
              ("worst", "worst", "diamond", COLOURS[1])]
    return "handoff_latency", row_chart(
        "From the last user's departure to the disposal", "Whoever disposes; logarithmic",
        rows, legend, results.about, missing, time, Log)


def retention(results):
    rows, missing = rows_of(results, "handoff_latency", POLICIES, ("retained", "bound"))
    if not rows:
        return "retention", None
    legend = [("retained", "most objects ever retained", "circle", COLOURS[0]),
              ("bound", "what is promised at most", "bar", COLOURS[1])]
    return "retention", row_chart(
        "Most objects retained after their last user, against the bound", "Counted when each drop returns",
        rows, legend, results.about, missing, number, Linear)


def memory(results):
    wanted = ("deferred", "prompt", "deferred, retire", "prompt, retire", "hazard_pointer", "xenium hp", "xenium epoch",
              "liburcu call_rcu")
    rows, missing = rows_of(results, "memory", wanted, ("objects", "most", "bound"))
    # At least one object, as the axis is logarithmic.
    rows = [(group, label, {mark: max(value, 1) for mark, value in marks.items()}) for group, label, marks in rows]
    if not rows:
        return "memory", None
    legend = [("objects", "median of the runs' peaks", "circle", COLOURS[0]),
              ("most", "highest", "diamond", COLOURS[2]),
              ("bound", "what is promised at most", "bar", COLOURS[1])]
    return "memory", row_chart(
        "Objects retained at once while reclaimers replace them without pause", "Logarithmic; none is drawn as one",
        rows, legend, results.about, missing, number, Log)


PICTURES = [activate, protect, last_drop, latency, retention, memory]


def draw(path, directory):
    about, lines = read_results(path)
    results, made = Results(about, lines), 0
    for picture in PICTURES:
        name, svg = picture(results)
        target = Path(directory) / f"{Path(path).stem}-{name}.svg"
        if svg is None:
            print(f"SKIPPED: bench: {target.name}: none of its contenders was measured")
            continue
        target.write_text(svg, encoding="utf-8")
        print(f"written: {target}")
        made += 1
    return made


def main(arguments):
    try:
        if arguments[:1] == ["collect"] and len(arguments) >= 3 and all("=" in word for word in arguments[3:]):
            path = collect(arguments[1], arguments[2], dict(word.split("=", 1) for word in arguments[3:]))
            made = draw(path, path.parent)
        elif arguments[:1] == ["draw"] and len(arguments) >= 2:
            words = arguments[1:]
            into = words[words.index("--into") + 1] if "--into" in words[:-1] else None
            files = words[: words.index("--into")] if into else words
            made = sum(draw(path, into or Path(path).parent) for path in files)
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except BadInput as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 2
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
