"""Running numbers of documents: one series for each kind and prefix in a chat, without gaps and without repeats."""

import re
from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.documents import Document, Documents, NewRevision, State
from storage.models import DocumentRow, SeriesRow

LONGEST_RUNNING = 6
"""Digits of a number that a series goes on from; longer ones are something else."""


class NumberSeries:
    """Those of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int, documents: Documents) -> None:
        self._database = database
        self._bot = bot
        self._documents = documents

    async def confirm(
        self,
        document: Document,
        prefix: str,
        make: Callable[[str], NewRevision],
        key: Callable[[str], str],
        given: str = "",
    ) -> Document | None:
        """The confirmed revision, made with its number in one transaction: `given` when the person named one, else the
        next of the series that no document of this kind here has. `key` folds a number for comparison.

        None when the document was revised or deleted meanwhile.
        """
        async with self._database.transaction() as connection:
            last = await self._hold(connection, document, prefix)
            running = _running(given, prefix, key)
            number = given
            if not given:
                taken = await self._taken(connection, document)
                running = last + 1
                while key(f"{prefix}{running}") in taken:
                    running += 1
                number = f"{prefix}{running}"
            revised = await self._documents.add_revision(connection, document.id, document.revision, make(number))
            if revised is None or revised.state is not State.CONFIRMED:
                return None
            if running and running > last and revised.facts.number == number:
                await self._move(connection, document, prefix, running)
            return revised

    async def _taken(self, connection: AsyncConnection, document: Document) -> set[str]:
        place = document.place
        here = (DocumentRow.bot == self._bot, DocumentRow.chat == place.chat, DocumentRow.topic == (place.topic or 0))
        numbered = (DocumentRow.kind == document.kind, DocumentRow.number_key != "", DocumentRow.id != document.id)
        return set((await connection.scalars(select(DocumentRow.number_key).where(*here, *numbered))).all())

    async def _hold(self, connection: AsyncConnection, document: Document, prefix: str) -> int:
        """The last number of the series; nobody else gets one until the transaction ends."""
        key = self._key(document, prefix)
        insert = self._database.insert(SeriesRow).values(**key, last=0)
        same = insert.on_conflict_do_update(index_elements=list(key), set_={"last": SeriesRow.last})
        return await connection.scalar(same.returning(SeriesRow.last)) or 0

    async def _move(self, connection: AsyncConnection, document: Document, prefix: str, last: int) -> None:
        mine = (getattr(SeriesRow, name) == value for name, value in self._key(document, prefix).items())
        await connection.execute(update(SeriesRow).where(*mine).values(last=last))

    def _key(self, document: Document, prefix: str) -> dict[str, object]:
        place = document.place
        return {
            "bot": self._bot,
            "chat": place.chat,
            "topic": place.topic or 0,
            "kind": document.kind,
            "prefix": prefix,
        }


def _running(number: str, prefix: str, key: Callable[[str], str]) -> int:
    """14 of КЖ1-14 in the series КЖ1-; 0 for what is no number of it."""
    folded, front = key(number), key(prefix) if prefix else ""
    rest = folded.removeprefix(front) if folded.startswith(front) else ""
    return int(rest) if re.fullmatch(rf"\d{{1,{LONGEST_RUNNING}}}", rest) else 0
