"""The bot as a program that also writes, once a second, how many asyncio tasks it has: `python watched_bot.py FILE`.

The kernel tells the rest of a process from outside; its tasks nobody does. The product has no such file.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from time import time

# A script's own folder comes first in the search, and `benchmarks/documents.py` is not the package `documents`.
sys.path[:] = [folder for folder in sys.path if Path(folder) != Path(__file__).parent]

import bot  # noqa: E402
from logs import configure_logs  # noqa: E402
from settings import Settings, read_settings  # noqa: E402
from tasks import task_group  # noqa: E402

EVERY_S = 1.0


async def _watched(settings: Settings, file: Path) -> None:
    async with task_group() as group:
        watching = group.create_task(_write_counts(file), name="watch")
        await bot.run(settings)
        watching.cancel()


async def _write_counts(file: Path) -> None:
    new = file.with_suffix(".new")
    while True:
        names = Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())
        new.write_text(json.dumps({"at": time(), "tasks": names.total(), "names": names}), "utf-8")
        os.replace(new, file)
        await asyncio.sleep(EVERY_S)


def main() -> None:
    settings = read_settings()
    configure_logs(settings.log_level, settings.log_format, [])
    with asyncio.Runner(loop_factory=bot.loop_factory()) as runner:
        runner.run(_watched(settings, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
