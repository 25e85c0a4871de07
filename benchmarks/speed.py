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


def _beside(
    rows: Callable[[Plan, Subject, Subject], Awaitable[list[Row]]],
) -> Callable[[Plan], Awaitable[list[Row]]]:
    """Rows of two bots that are idle while the other one is asked."""

    async def part(plan: Plan) -> list[Row]:
        name = rows.__name__
        async with plan.open("ours", name) as ours, plan.open("plain", name) as plain:
            for subject in (ours, plain):
                await subject.open_chats(quick_rows.CHATS)
            return await rows(plan, ours, plain)

    return part


async def _slow_rows(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    """Two hundred turns of one chat take three minutes, Telegram's limit being one message a second: meanwhile the
    rows are measured in which most of the time is the model's."""
    async with plan.open("ours", "turns") as other:
        quiet = asyncio.Event()
        turns = asyncio.create_task(quick_rows.two_hundred_turns(plan, other, quiet))
        try:
            rows = [*await quick_rows.outgoing(plan, ours, plain), *await quick_rows.first_words(plan, ours, plain)]
            quiet.set()
            return [*rows, *await turns]
        finally:
            turns.cancel()
            await asyncio.wait([turns])


PARTS: dict[str, Callable[[Plan], Awaitable[list[Row]]]] = {
    "in": _beside(quick_rows.incoming),
    "slow": _beside(_slow_rows),
    "answers": _beside(load_rows.answers),
    "chats": load_rows.open_chats,
    "rows": load_rows.full_database,
    "start": process_rows.start,
    "duplex": process_rows.duplex,
}


async def run(parts: list[str], *, full: bool, seed: int) -> tuple[dict[str, list[Row]], list[str]]:
    """Rows by database, and what could not be measured."""
    found: dict[str, list[Row]] = {}
    failed: list[str] = []
    began = monotonic()
    async for kind, database in _databases(full=full):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            plan = Plan(Path(folder), full, seed, database, began)
            rows = found.setdefault(kind, [])
            for part in parts:
                if kind == "SQLite" or part != "duplex":
                    try:
                        rows += await PARTS[part](plan)
                    except Exception as error:  # a part that fails is told at the end, with the figures of the others
                        failed.append(f"{kind}, {part}: {type(error).__name__}: {error}")
                        plan.say(failed[-1])
    return found, failed


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
    parser.add_argument("--keep", action="store_true", help="the result of a part, too")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.stderr.write(NO_FFMPEG + "\n")
        return 2
    before, began = circumstances(), monotonic()
    found, failed = uvloop.run(run(chosen.only, full=chosen.full, seed=chosen.seed))
    rows = {kind: [row.told() for row in some] for kind, some in found.items()}
    result = before | {
        "seed": chosen.seed,
        "full": chosen.full,
        "seconds": round(monotonic() - began, 1),
        "load average at the end": [round(load, 2) for load in os.getloadavg()],
        "failed": failed,
        "rows": rows,
    }
    for kind, some in rows.items():
        sys.stdout.write(f"\n{kind}\n{told(some)}\n")
    if chosen.keep or chosen.only == list(PARTS):
        sys.stdout.write(f"\n{keep('speed', result)}\n")
    for part in failed:
        sys.stdout.write(f"MISS  {part}\n")
    return 0 if not failed and all(row.met for some in found.values() for row in some) else 1


if __name__ == "__main__":
    raise SystemExit(main())
