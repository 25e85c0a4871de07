"""The journal of effects in the database: what functions did in turns that have not ended."""

import json
from collections.abc import Collection
from time import time
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_

from effects import Key, Record
from storage.database import Database
from storage.models import EffectRow


class EffectJournal:
    """That of one bot: an `effects.Journal`. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot

    async def load(self, turn: str) -> dict[Key, Record]:
        columns = (EffectRow.function, EffectRow.ordinal, EffectRow.step, EffectRow.done, EffectRow.result)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(*columns).where(*self._of(turn)))).all()
        return {
            Key(row.function, row.ordinal, row.step): Record(row.done, json.loads(row.result) if row.result else None)
            for row in rows
        }

    async def begin(self, turn: str, key: Key) -> None:
        await self._write(turn, key, done=False, result=None)

    async def done(self, turn: str, key: Key, result: Any) -> None:
        await self._write(turn, key, done=True, result=json.dumps(result, ensure_ascii=False))

    async def undone(self, turn: str, keys: Collection[Key]) -> None:
        which = [(key.function, key.ordinal, key.step) for key in keys]
        mine = tuple_(EffectRow.function, EffectRow.ordinal, EffectRow.step).in_(which)
        async with self._database.transaction() as connection:
            await connection.execute(delete(EffectRow).where(*self._of(turn), mine))

    async def forget(self, turn: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(EffectRow).where(*self._of(turn)))

    async def _write(self, turn: str, key: Key, *, done: bool, result: str | None) -> None:
        place = {"bot": self._bot, "turn": turn, "function": key.function, "ordinal": key.ordinal, "step": key.step}
        values = {"done": done, "result": result, "begun_at": time()}
        insert = self._database.insert(EffectRow).values(**place, **values)
        async with self._database.transaction() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=list(place), set_=values))

    def _of(self, turn: str) -> tuple[ColumnElement[bool], ...]:
        return EffectRow.bot == self._bot, EffectRow.turn == turn
