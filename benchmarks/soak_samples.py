"""What a process holds, seen from outside: memory, descriptors, threads, rows of its database, files."""

import asyncio
import json
import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

UNFINISHED = {
    "unfinished updates": "SELECT count(*) FROM inbox WHERE done_at IS NULL",
    "updates with content": "SELECT count(*) FROM inbox WHERE raw IS NOT NULL",
    "sends on their way": "SELECT count(*) FROM sends WHERE state = 'handed_over'",
    "conversations": "SELECT count(*) FROM conversations",
    "waiting photos": "SELECT count(*) FROM waiting_photos",
}
"""What has to be gone when everybody is silent."""
KEPT = {
    "updates known by number": "SELECT count(*) FROM inbox",
    "sends known by number": "SELECT count(*) FROM sends",
    "answers that may not have arrived": "SELECT count(*) FROM sends WHERE state = 'unknown'",
}
"""What is kept for a week, or a day, by design."""
LOOK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Watched:
    """The process, its data directory, and the file to which it writes its tasks."""

    pid: int
    data: Path
    tasks: Path

    def memory_kb(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    def peak_kb(self) -> int:
        return self._of_status("VmHWM")

    def processor_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def held(self) -> dict[str, int]:
        return {
            "resident kB": self.memory_kb(),
            "threads": self._of_status("Threads"),
            "descriptors": len(os.listdir(f"/proc/{self.pid}/fd")),
        }

    async def at_rest(self) -> dict[str, int]:
        """All of it."""
        _, tasks = await self._tasks_now()
        rows = await asyncio.to_thread(self._rows, UNFINISHED | KEPT)
        files = await asyncio.to_thread(lambda: {"recordings": len(list(self.data.rglob("recordings/*/*")))})
        return self.held() | {"tasks": tasks} | rows | files

    async def finished(self, patience_s: float) -> None:
        """Wait until no update is unfinished, but no longer than that."""
        give_up_at = monotonic() + patience_s
        while monotonic() < give_up_at:
            if not (await asyncio.to_thread(self._rows, UNFINISHED))["unfinished updates"]:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def task_names(self) -> dict[str, int]:
        return (await self._tasks_now())[0]

    async def _tasks_now(self) -> tuple[dict[str, int], int]:
        """By name, and in all."""
        begun = time()
        while True:
            with suppress(OSError):
                counted = json.loads(self.tasks.read_text("utf-8"))
                if counted["at"] > begun:
                    return counted["names"], counted["tasks"]
            await asyncio.sleep(LOOK_AGAIN_S)

    def _of_status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

    def _rows(self, queries: dict[str, str]) -> dict[str, int]:
        with closing(sqlite3.connect(f"file:{self.data}/voice.sqlite3?mode=ro", uri=True)) as connection:
            return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
