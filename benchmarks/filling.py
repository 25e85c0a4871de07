"""A database in which a bot has been at work for long."""

from pathlib import Path
from time import time

from sqlalchemy import text

from storage.database import Waits, open_database

BOT = 42
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows) "
DONE = (
    "INSERT INTO inbox (bot, update_id, place, raw, attempts, outcome, done_at) "
    "SELECT :bot, n, n, NULL, 1, 'answered', :now FROM numbers"
)
SENT = (
    "INSERT INTO sends (bot, update_id, ordinal, state, message_id, kind, handed_at) "
    "SELECT :bot, n, 0, 'confirmed', n, 'voice', :now FROM numbers"
)


async def fill(url: str | None, data_dir: Path, rows: int) -> None:
    """So many updates that were answered, and their answers."""
    async with open_database(url, data_dir, Waits(transaction=300.0)) as database:
        for statement in (DONE, SENT):
            async with database.transaction() as connection:
                # The statement's own first word differs between the databases: one takes WITH before, one after.
                insert, select = statement.split(") ", 1)
                values = {"bot": BOT, "rows": rows, "now": time()}
                await connection.execute(text(f"{insert}) {NUMBERS}{select}"), values)
