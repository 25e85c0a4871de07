"""What was committed outlives `kill -9` at any moment."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import open_database
from storage.models import InboxRow
from tests.volume import long

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=long) for seed in range(1, 3))])
async def test_everything_that_was_called_accepted_is_there_after_a_kill(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    program = (sys.executable, "-m", "tests.storage.accepting", database_url, str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        *program, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        said = [await process.stdout.readline() for _ in range(random.Random(seed).randrange(5, 300))]
        process.kill()  # wherever it is by now, some statements further
        said += (await process.stdout.read()).splitlines()
        await process.wait()
    told = {"accepted": set[int](), "started": set[int](), "done": set[int]()}
    for line in said:
        what, *numbers = line.decode().split()
        told[what].update(map(int, numbers))

    async with open_database(database_url, tmp_path) as database, database.transaction() as connection:
        rows = (await connection.execute(select(InboxRow.update_id, InboxRow.attempts, InboxRow.done_at))).all()
    assert told["accepted"]
    assert told["accepted"] <= {row.update_id for row in rows}
    assert told["started"] <= {row.update_id for row in rows if row.attempts == 1}
    assert told["done"] <= {row.update_id for row in rows if row.done_at is not None}
    # The one that was on its way when the process died is whole or not there.
    assert len(rows) - len(told["accepted"]) in (0, 1, 2, 3, 4, 5)
    assert sorted(row.update_id for row in rows) == list(range(len(rows)))
