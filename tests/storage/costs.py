"""What one update costs in the database: `python -m tests.storage.costs [url ...]`, SQLite in a new folder by default.

Accepted, started and done one after another, beside ten and beside 200,000 finished rows; milliseconds, the median.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import text

from storage.database import Database, open_database
from storage.inbox import open_inbox

ROUNDS = 500
FINISHED = (10, 200_000)


async def main(urls: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for url in urls or [f"sqlite:///{folder}/voice.sqlite3"]:
            async with open_database(url, Path(folder)) as database:
                totals = [await cost(database, number, finished) for number, finished in enumerate(FINISHED)]
            print(f"{url.split(':')[0]}: {FINISHED[1]} rows against {FINISHED[0]}: x{totals[1] / totals[0]:.2f}")


async def cost(database: Database, bot: int, finished: int) -> float:
    await fill(database, bot, finished)
    inbox = await open_inbox(database, bot, lambda number, _: number)
    times: dict[str, list[float]] = {"accept": [], "started": [], "done": []}
    for number in range(10**6, 10**6 + ROUNDS):
        times["accept"].append(await seconds(inbox.accept([{"update_id": number, "text": "x" * 600}])))
        await inbox.take()
        times["started"].append(await seconds(inbox.started(number)))
        times["done"].append(await seconds(inbox.done(number, "answered")))
    medians = {name: median(took) * 1000 for name, took in times.items()}
    total = sum(medians.values())
    print(f"{finished:>7} rows:", *(f"{name} {value:.2f}" for name, value in medians.items()), f"total {total:.2f} ms")
    return total


async def seconds(work: Awaitable[object]) -> float:
    begun = perf_counter()
    await work
    return perf_counter() - begun


async def fill(database: Database, bot: int, count: int) -> None:
    statement = text("INSERT INTO inbox VALUES (:bot, :number, :number, NULL, 1, 'answered', 1795187000)")
    for first in range(0, count, 5_000):
        rows = [{"bot": bot, "number": number} for number in range(first, min(count, first + 5_000))]
        async with database.transaction() as connection:
            await connection.execute(statement, rows)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
