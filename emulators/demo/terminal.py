"""What a person sees of the demo: a line a step, a sign of life in between, a table at the end."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

from emulators.demo.findings import Findings, likeness, seconds

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAME_S = 0.1
CLEAR = "\r\x1b[K"
HEADS = ("", "шаг", "ответ через", "длина ответа", "сходство на входе", "на выходе")


@dataclass(frozen=True, slots=True)
class Played:
    """A step as it went; without findings it was never reached."""

    title: str
    findings: Findings | None

    @property
    def passed(self) -> bool:
        return self.findings is not None and not self.findings.faults and not self.left_out

    @property
    def left_out(self) -> bool:
        return self.findings is not None and bool(self.findings.left_out)

    @property
    def mark(self) -> str:
        return "·" if self.findings is None else "–" if self.left_out else "✓" if self.passed else "✗"


def is_terminal() -> bool:
    return sys.stdout.isatty()


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


@asynccontextmanager
async def busy(words: str) -> AsyncIterator[None]:
    """Something turns next to `words` while the block runs; nothing of it stays, and elsewhere than in a terminal
    there is nothing."""
    if not is_terminal():
        yield
        return
    spinning = asyncio.create_task(_spin(words))
    try:
        yield
    finally:
        spinning.cancel()
        await asyncio.wait({spinning})
        print(CLEAR, end="", flush=True)


async def _spin(words: str) -> None:
    for frame in cycle(FRAMES):
        print(f"{CLEAR}{frame} {words}…", end="", flush=True)
        await asyncio.sleep(FRAME_S)


def tell_step(number: int, count: int, played: Played) -> None:
    found = played.findings or Findings()
    if found.left_out:
        say(f"{played.mark} {number}/{count} {played.title}: шаг пропущен: {found.left_out}")
        return
    say(f"{played.mark} {number}/{count} {played.title}: {'; '.join(found.facts) or 'ответа нет'}")
    for proof in found.proofs:
        say(f"      ✓ {proof}")
    for fault in found.faults:
        say(f"      ✗ {fault}")


def tell_table(steps: Sequence[Played]) -> None:
    rows = [HEADS, *(_row(step) for step in steps)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    say("")
    for row in rows:
        mark, title, *figures = row
        aligned = (figure.rjust(width) for figure, width in zip(figures, widths[2:], strict=True))
        say("  ".join([mark.ljust(widths[0]), title.ljust(widths[1]), *aligned]).rstrip())
    say("")


def _row(step: Played) -> tuple[str, ...]:
    found = step.findings or Findings()
    return (
        step.mark,
        step.title,
        _shown(found.answered_s, seconds),
        _shown(found.reply_s, seconds),
        _shown(found.heard_likeness, likeness),
        _shown(found.reply_likeness, likeness),
    )


def _shown(value: float | None, words: Callable[[float], str]) -> str:
    return "" if value is None else words(value)
