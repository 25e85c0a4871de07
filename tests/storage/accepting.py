"""A process of its own: accepts updates for ever, finishes some, and says so, a line after each; it is to be killed."""

import asyncio
import sys
from pathlib import Path

from storage.database import open_database
from storage.inbox import open_inbox


async def main(url: str, folder: Path) -> None:
    async with open_database(url, folder) as database:
        inbox = await open_inbox(database, 42, lambda number, _: number)
        first = 0
        while True:
            batch = list(range(first, first + 1 + first % 5))
            await inbox.accept([{"update_id": number, "text": "x" * (number % 3_000)} for number in batch])
            say("accepted", batch)
            if first % 2:
                await inbox.started(first)
                say("started", [first])
                await inbox.done(first, "answered")
                say("done", [first])
            first += len(batch)


def say(what: str, numbers: list[int]) -> None:
    print(what, *numbers, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
