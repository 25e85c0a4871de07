"""`make bench`: how fast we are beside the plain way; fails when a goal is missed.

`FULL=1` adds PostgreSQL, a thousand open chats and a million done rows.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import monotonic

import uvloop

from benchmarks import load_rows, process_rows, quick_rows
from benchmarks.goals import Row
from benchmarks.plan import Plan
from benchmarks.postgresql import running_postgresql
from benchmarks.results_file import circumstances, keep
from benchmarks.subjects import Subject
from benchmarks.table import told

NO_FFMPEG = (
    "The plain way needs the ffmpeg program (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; "
    "Windows: winget install ffmpeg)."
)
SEED = 20261128


async def _pair(plan: Plan) -> list[Row]:
    """Rows of which both ways have a process for all of them."""
    async with plan.open("ours", "pair") as ours, plan.open("plain", "pair") as plain:
        for subject in (ours, plain):
            await subject.open_chats(quick_rows.CHATS)
        rows = await quick_rows.incoming(plan, ours, plain)
        rows += await quick_rows.outgoing(plan, ours, plain)
        rows += await _slow_rows(plan, ours, plain)
        return rows + await load_rows.answers(plan, ours, plain)


async def _slow_rows(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    """Two hundred turns of one chat take three minutes, Telegram's limit being one message a second: meanwhile the
    row whose figures are seconds is measured."""
    async with plan.open("ours", "turns") as other:
        quiet = asyncio.Event()
        turns = asyncio.create_task(quick_rows.two_hundred_turns(plan, other, quiet))
        try:
            rows = await quick_rows.first_words(plan, ours, plain)
            quiet.set()
            return [*rows, *await turns]
        finally:
            turns.cancel()
            await asyncio.wait([turns])


PARTS: dict[str, Callable[[Plan], Awaitable[list[Row]]]] = {
    "pair": _pair,
    "chats": load_rows.open_chats,
    "rows": load_rows.full_database,
    "start": process_rows.start,
    "duplex": process_rows.duplex,
}


async def run(parts: list[str], *, full: bool, seed: int) -> dict[str, list[Row]]:
    """Rows by database."""
    found: dict[str, list[Row]] = {}
    began = monotonic()
    async for kind, database in _databases(full=full):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            plan = Plan(Path(folder), full, seed, database, began)
            rows = found.setdefault(kind, [])
            for part in parts:
                if kind == "SQLite" or part != "duplex":
                    rows += await PARTS[part](plan)
    return found


async def _databases(*, full: bool) -> AsyncIterator[tuple[str, Callable[[], str | None]]]:
    yield "SQLite", lambda: None
    if full:
        async with _postgresql() as fresh:
            yield "PostgreSQL", fresh


@asynccontextmanager
async def _postgresql() -> AsyncIterator[Callable[[], str]]:
    with running_postgresql() as server:
        numbers = count(1)
        yield lambda: server.fresh(f"bench{next(numbers)}")


def main() -> int:
    """Exit status 0 when all goals are reached, 1 when not, 2 without ffmpeg."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="our way beside the plain way")
    parser.add_argument("--full", action="store_true", default=os.environ.get("FULL") == "1")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS))
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.stderr.write(NO_FFMPEG + "\n")
        return 2
    before, began = circumstances(), monotonic()
    found = uvloop.run(run(chosen.only, full=chosen.full, seed=chosen.seed))
    rows = {kind: [row.told() for row in some] for kind, some in found.items()}
    whole = chosen.only == list(PARTS)
    result = before | {
        "seed": chosen.seed,
        "full": chosen.full,
        "seconds": round(monotonic() - began, 1),
        "load average at the end": [round(load, 2) for load in os.getloadavg()],
        "rows": rows,
    }
    for kind, some in rows.items():
        sys.stdout.write(f"\n{kind}\n{told(some)}\n")
    if whole:
        sys.stdout.write(f"\n{keep('speed', result)}\n")
    return 0 if all(row.met for some in found.values() for row in some) else 1


if __name__ == "__main__":
    raise SystemExit(main())
