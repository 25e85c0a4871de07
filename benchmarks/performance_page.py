"""`python -m benchmarks.performance_page`: the tables of `docs/performance.md` and the charts, from the results.

What stands between two marks of the page is made from the JSON file that the first mark names; `--newest` puts the
newest results into the marks first. A profile's mark names two: before and after.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import charts
from benchmarks.results_file import newest
from benchmarks.table import Told, as_markdown
from emulators.demo.process import ROOT

PAGE = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
NOTHING = "none"
PICTURES = {
    "speed": ("speed.png", "times better than the plain way"),
    "cpu": ("profile.png", "CPU of one turn by part"),
}
CALLED_SO = {"the whole process": "in all", "codec threads (libopus, resampling)": "codecs (libopus, resampling)"}
"""What a part is called now, by its name in results of the time when codecs worked in threads of the bot."""
BLOCK = re.compile(r"<!-- (?P<kind>speed|stages|cpu): (?P<files>[^>]+?) -->\n.*?<!-- end -->", re.S)


def filled(page: str) -> str:
    """The page with every block made anew."""
    return BLOCK.sub(lambda block: _block(block["kind"], block["files"].split()), page)


def with_newest(page: str) -> str:
    """The newest results in the marks; the profile before stays the one that it is compared with."""

    def renamed(block: re.Match[str]) -> str:
        files = block["files"].split()
        kind = "speed" if block["kind"] == "speed" else "profile"
        if (file := newest(kind)) is not None:
            # A profile is shown beside the first one.
            files = [*files[:1], _name(file)] if kind == "profile" else [_name(file)]
            files = list(dict.fromkeys(files))
        return f"<!-- {block['kind']}: {' '.join(files)} -->\n<!-- end -->"

    return BLOCK.sub(renamed, page)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def draw(page: str) -> None:
    for block in BLOCK.finditer(page):
        files = block["files"].split()
        if files == [NOTHING]:
            continue
        told = [_read(file) for file in files]
        if block["kind"] == "speed":
            charts.speed(told[0]["rows"]["SQLite"], IMAGES / "speed.png")
        elif block["kind"] == "cpu":
            charts.profile(list(zip(("before", "after"), told, strict=False)), IMAGES / "profile.png")


def _block(kind: str, files: Sequence[str]) -> str:
    if files == [NOTHING]:
        return f"<!-- {kind}: {NOTHING} -->\nNo run is kept yet.\n<!-- end -->"
    told = [_read(file) for file in files]
    body = _speed(files[0], told[0]) if kind == "speed" else _beside(f"{kind} ms", told)
    picture = PICTURES.get(kind)
    shown = f"\n\n![{picture[1]}](images/{picture[0]})" if picture else ""
    return f"<!-- {kind}: {' '.join(files)} -->\n{body}{shown}\n<!-- end -->"


def _speed(file: str, told: Told) -> str:
    machine = told["machine"]
    load = f"{told['load average'][0]} before and {told['load average at the end'][0]} after"
    head = (
        f"`{file}`: {told['date'][:10]}, commit `{told['commit'][:9]}`, {machine['cores']} cores "
        f"({machine['processor']}), Python {machine['python']}, seed {told['seed']}, {told['seconds']:.0f} s; "
        f"load average of the machine {load}."
    )
    tables = [f"{kind}:\n\n{as_markdown(rows)}" for kind, rows in told["rows"].items()]
    return "\n\n".join([head, *tables])


def _beside(title: str, told: Sequence[Told]) -> str:
    names = dict.fromkeys(name for one in told for name in one[title])
    lines = ["| ms | " + " | ".join(("before", "after")[: len(told)]) + " |", "|---|" + "---|" * len(told)]
    for name in names:
        values = [f"{one[title][name]:.1f}" if name in one[title] else "" for one in told]
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def _read(file: str) -> Told:
    told: Told = json.loads((ROOT / file).read_text("utf-8"))
    if "cpu ms" in told:
        told["cpu ms"] = {CALLED_SO.get(name, name): value for name, value in told["cpu ms"].items()}
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance_page", description="tables and charts")
    parser.add_argument("--newest", action="store_true", help="of the newest results")
    takes_newest: bool = parser.parse_args().newest
    page = PAGE.read_text("utf-8")
    page = filled(with_newest(page) if takes_newest else page)
    Path(PAGE).write_text(page, "utf-8")
    draw(page)
    sys.stdout.write(f"{PAGE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
