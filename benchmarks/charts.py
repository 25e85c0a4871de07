"""The pictures of the README and of `docs/performance.md`: no background, colours that stand out on white and black."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from benchmarks.table import Told, number

INK = "#808890"
OURS, BESIDE, MARK = "#2f9e6e", "#b07d48", "#d9534f"
matplotlib.rcParams.update(
    {"text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK}
)


def speed(rows: Sequence[Told], file: Path) -> None:
    """How many times better than the plain way, and the goal as a mark."""
    shown = [row for row in rows if row["ratio"] and row["goal"].startswith("at least")][::-1]
    figure = Figure(figsize=(9, 0.62 * len(shown) + 1.1), dpi=110)
    axes = figure.subplots()
    places = range(len(shown))
    axes.barh(places, [row["ratio"] for row in shown], color=OURS, height=0.55)
    for place, row in zip(places, shown, strict=True):
        goal = float(row["goal"].split()[2])
        axes.plot([goal, goal], [place - 0.38, place + 0.38], color=MARK, linewidth=2)
        values = f"{number(row['ours'])} beside {number(row['beside'])} {row['unit']}"
        axes.text(row["ratio"] * 1.03, place, f"{row['ratio']:.1f}×   {values}", va="center", fontsize=8.5)
    axes.set_yticks(list(places), [_folded(_title(row)) for row in shown], fontsize=8.5)
    axes.set_xscale("log")
    axes.set_xlim(0.8, max(row["ratio"] for row in shown) * 6)
    axes.set_xlabel("times better than the plain way; the red mark is the goal")
    _plain(figure, file)


def profile(profiles: Sequence[tuple[str, Told]], file: Path) -> None:
    """Milliseconds of CPU in one turn, by whose code it was."""
    parts = [
        name for name in dict.fromkeys(name for _, told in profiles for name in told["cpu ms"]) if name != "in all"
    ]
    figure = Figure(figsize=(9, 0.42 * len(parts) + 1.2), dpi=110)
    axes = figure.subplots()
    height = 0.8 / len(profiles)
    for nth, (label, told) in enumerate(profiles):
        values = [told["cpu ms"].get(name, 0.0) for name in parts][::-1]
        offset = 0.4 - height * (nth + 0.5)
        places = [place + offset for place in range(len(parts))]
        axes.barh(places, values, height=height, color=(BESIDE, OURS)[nth % 2], label=label)
    axes.set_yticks(range(len(parts)), parts[::-1], fontsize=8.5)
    axes.set_xlabel("ms of CPU in one turn: a note of 5 s and an answer of 5 s")
    axes.legend(frameon=False, labelcolor=INK)
    _plain(figure, file)


def _title(row: Told) -> str:
    return f"{row['what']} ({row['against']})"


def _folded(words: str, width: int = 46) -> str:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(line.strip() for line in lines)


def _plain(figure: Figure, file: Path) -> None:
    for side in ("top", "right"):
        figure.axes[0].spines[side].set_visible(False)
    figure.axes[0].set_facecolor("none")
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, transparent=True, metadata={"Software": None})
