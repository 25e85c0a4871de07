"""Nothing is kept for ever: finished numbers, sends and effects for a week, what an unknown send carried for a day,
the buttons of a card for ninety days."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import NoReturn

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from errors import StorageError
from storage.database import Database
from storage.models import Base, CardRow, EffectRow, InboxRow, SendRow

KEEP_S = 7 * 24 * 3600.0
"""Telegram repeats an update for a day at most."""
KEEP_PAYLOAD_S = 24 * 3600.0
KEEP_CARDS_S = 90 * 24 * 3600.0
"""As long its buttons do something."""
EVERY_S = 3600.0
PART = 1_000
"""Rows a transaction: the inbox never waits long behind this."""

log = logging.getLogger(__name__)

Columns = tuple[InstrumentedAttribute[int] | InstrumentedAttribute[str], ...]
SEND_KEY: Columns = (SendRow.bot, SendRow.update_id, SendRow.ordinal)
INBOX_KEY: Columns = (InboxRow.bot, InboxRow.update_id)
EFFECT_KEY: Columns = (EffectRow.bot, EffectRow.turn, EffectRow.function, EffectRow.ordinal, EffectRow.step)
CARD_KEY: Columns = (CardRow.bot, CardRow.token)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much was erased."""

    updates: int
    sends: int
    payloads: int
    effects: int = 0
    cards: int = 0


async def keep_tidy(database: Database, data_dir: Path) -> NoReturn:
    """Every hour, until cancelled."""
    while True:
        try:
            tidied = await tidy(database, data_dir)
        except StorageError as error:
            log.warning("old rows could not be erased", extra={"error": str(error)})
        else:
            log.info("old rows are erased", extra={"updates": tidied.updates, "sends": tidied.sends})
        await asyncio.sleep(EVERY_S)


async def tidy(database: Database, data_dir: Path, *, now: float | None = None) -> Tidied:
    """Once. `now` is a wall-clock time. Raises `errors.StorageError`."""
    now = time() if now is None else now
    payloads = await _forget_payloads(database, data_dir, now - KEEP_PAYLOAD_S)
    sends = await _forget(database, SendRow, SEND_KEY, SendRow.handed_at < now - KEEP_S)
    updates = await _forget(database, InboxRow, INBOX_KEY, InboxRow.done_at < now - KEEP_S)
    # Those of a turn go with its end; these are of turns that a crash ended.
    effects = await _forget(database, EffectRow, EFFECT_KEY, EffectRow.begun_at < now - KEEP_S)
    cards = await _forget(database, CardRow, CARD_KEY, CardRow.made_at < now - KEEP_CARDS_S)
    return Tidied(updates, sends, payloads, effects, cards)


async def _forget(database: Database, table: type[Base], key: Columns, old: ColumnElement[bool]) -> int:
    total = 0
    while True:
        part = select(*key).where(old).limit(PART)
        async with database.transaction() as connection:
            count = (await connection.execute(delete(table).where(tuple_(*key).in_(part)))).rowcount
        total += count
        if count < PART:
            return total


async def _forget_payloads(database: Database, data_dir: Path, before: float) -> int:
    """The file goes first: what is cut off in between is found again by its row."""
    kept = (SendRow.payload_text.is_not(None), SendRow.payload_file.is_not(None))
    old = (SendRow.handed_at < before, kept[0] | kept[1])
    total = 0
    while True:
        async with database.transaction() as connection:
            rows = (await connection.execute(select(*SEND_KEY, SendRow.payload_file).where(*old).limit(PART))).all()
        if not rows:
            return total
        await asyncio.to_thread(_unlink, [data_dir / row.payload_file for row in rows if row.payload_file])
        keys = tuple_(*SEND_KEY).in_([(row.bot, row.update_id, row.ordinal) for row in rows])
        gone = update(SendRow).where(keys).values(payload_text=None, payload_file=None)
        async with database.transaction() as connection:
            await connection.execute(gone)
        total += len(rows)


def _unlink(files: list[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file that is no longer needed cannot be erased", extra={"error": type(error).__name__})
