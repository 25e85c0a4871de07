"""Rows of a result as text: for the terminal and for the page."""

from collections.abc import Sequence
from typing import Any

Told = dict[str, Any]
"""A row as the JSON file holds it."""


def told(rows: Sequence[Told]) -> str:
    lines = []
    for row in rows:
        beside = f"{number(row['beside'])} ({row['against']})" if row["beside"] is not None else ""
        ratio = f"x {row['ratio']:.1f}" if row["ratio"] else ""
        values = f"{number(row['ours'])} {row['unit']}  {beside}  {ratio}  goal: {row['goal']}"
        lines.append(f"{'  ok' if row['met'] else 'MISS'}  {row['what']}\n      {values}")
    return "\n".join(lines)


def as_markdown(rows: Sequence[Told]) -> str:
    lines = ["| what | ours | beside it | times better | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = (
            row["what"],
            f"{number(row['ours'])} {row['unit']}",
            f"{number(row['beside'])} {row['unit']}, {row['against']}" if row["beside"] is not None else "",
            f"{row['ratio']:.1f}" if row["ratio"] else "",
            row["goal"],
            "reached" if row["met"] else "**missed**",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
