"""Documents of chats: each with all its revisions, none of which is ever changed."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import time
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import Place
from storage.database import Database
from storage.models import DocumentRow, RevisionRow

COLUMNS = tuple(DocumentRow.__table__.columns)
REVISION_COLUMNS = tuple(RevisionRow.__table__.columns)
ID_BYTES = 9


class State(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """`path` is below the folder of documents; `sha256` is of its content, in hexadecimal."""

    name: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document is found by. `date` is ISO, `number_key` folds look-alike letters, `lemmas` are normal forms."""

    number: str = ""
    number_key: str = ""
    date: str = ""
    title: str = ""
    lemmas: str = ""


@dataclass(frozen=True, slots=True)
class NewRevision:
    """`draft` is JSON. `cause` names the call or the message it comes from: what comes of it is made once."""

    draft: dict[str, Any]
    facts: Facts
    state: State
    reason: str
    made_by: int
    files: tuple[KeptFile, ...] = ()
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    place: Place
    kind: str
    facts: Facts
    state: State
    revision: int
    """The number of the latest one, from 1."""
    made_at: float
    deleted_by: int | None = None
    card: str | None = None
    """The token of the card under which its buttons are now."""


@dataclass(frozen=True, slots=True)
class Revision:
    document: str
    number: int
    draft: dict[str, Any]
    files: tuple[KeptFile, ...]
    reason: str
    cause: str | None
    made_by: int
    made_at: float


@dataclass(frozen=True, slots=True)
class Query:
    """All that is given has to fit; `since` and `until` are ISO days, both included. Deleted ones are never found."""

    lemmas: Sequence[str] = ()
    """Each is a word of the document, or its beginning."""
    kind: str = ""
    number_key: str = ""
    since: str = ""
    until: str = ""


def new_id() -> str:
    """12 characters that nobody can guess."""
    return secrets.token_urlsafe(ID_BYTES)


class Documents:
    """Those of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot

    async def create(self, place: Place, kind: str, first: NewRevision, id_: str = "") -> Document:
        """A document with its first revision; the one that there is when its cause has made one already."""
        id_ = id_ or new_id()
        values = {
            "bot": self._bot,
            "id": id_,
            "chat": place.chat,
            "topic": place.topic or 0,
            "kind": kind,
            "revision": 1,
            "made_at": time(),
        }
        values |= {"cause": first.cause, **_facts(first)}
        async with self._database.transaction() as connection:
            known = await self._by_cause(connection, first.cause)
            if known is not None:
                return known
            await connection.execute(self._database.insert(DocumentRow).values(**values))
            await self._add(connection, id_, 1, first)
            made = await self._find(connection, id_)
        assert made is not None
        return made

    async def revise(self, id_: str, after: int, new: NewRevision) -> Document | None:
        """The next revision. None when `after` is not the latest one any more, or the document is gone; what the same
        cause has done already is not done again."""
        async with self._database.transaction() as connection:
            return await self.add_revision(connection, id_, after, new)

    async def add_revision(
        self, connection: AsyncConnection, id_: str, after: int, new: NewRevision
    ) -> Document | None:
        """`revise` in the transaction of somebody else of this part."""
        done = new.cause is not None and await connection.scalar(
            select(RevisionRow.number).where(*self._of(id_), RevisionRow.cause == new.cause)
        )
        if not done:
            latest = (*self._at(id_), DocumentRow.revision == after, DocumentRow.state != State.DELETED)
            values = {"revision": after + 1, **_facts(new)}
            statement = update(DocumentRow).where(*latest).values(**values).returning(DocumentRow.id)
            if await connection.scalar(statement) is None:
                return None
            await self._add(connection, id_, after + 1, new)
        return await self._find(connection, id_)

    async def keep_files(self, id_: str, number: int, files: Sequence[KeptFile]) -> None:
        """They were written after their revision, or written anew."""
        statement = update(RevisionRow).where(*self._of(id_), RevisionRow.number == number)
        async with self._database.transaction() as connection:
            await connection.execute(statement.values(files=_files_json(files)))

    async def shown(self, id_: str, card: str) -> None:
        """Its buttons are under this card from now on."""
        async with self._database.transaction() as connection:
            await connection.execute(update(DocumentRow).where(*self._at(id_)).values(card=card))

    async def delete(self, id_: str, by: int) -> bool:
        """It is found no more; that it was there, and who deleted it, stays. False when it was deleted before."""
        gone = {"state": State.DELETED.value, "deleted_at": time(), "deleted_by": by}
        there = (*self._at(id_), DocumentRow.state != State.DELETED)
        statement = update(DocumentRow).where(*there).values(**gone).returning(DocumentRow.id)
        async with self._database.transaction() as connection:
            return await connection.scalar(statement) is not None

    async def withdraw(self, cause: str, by: int) -> Document | None:
        """What a call has made is found no more, and the call may make it anew. None when it has made nothing; what was
        revised since is left as it is."""
        gone = {"state": State.DELETED.value, "deleted_at": time(), "deleted_by": by, "cause": None}
        async with self._database.transaction() as connection:
            made = await self._by_cause(connection, cause)
            if made is None:
                return None
            first = (*self._at(made.id), DocumentRow.revision == 1)
            await connection.execute(update(DocumentRow).where(*first).values(**gone))
            return await self._find(connection, made.id)

    async def disown(self, id_: str, cause: str) -> int | None:
        """The number of the revision that a call has made, which may make it anew from now on."""
        mine = update(RevisionRow).where(*self._of(id_), RevisionRow.cause == cause)
        async with self._database.transaction() as connection:
            return await connection.scalar(mine.values(cause=None).returning(RevisionRow.number))

    async def find(self, place: Place, id_: str) -> Document | None:
        """None for one of another chat; a deleted one is found here."""
        async with self._database.transaction() as connection:
            found = await self._find(connection, id_)
        return found if found is not None and found.place == place else None

    async def search(self, place: Place, query: Query, *, limit: int, offset: int = 0) -> tuple[list[Document], int]:
        """The newest first, and how many there are in all."""
        fits = self._fitting(place, query)
        statement: Select[Any] = select(*COLUMNS).where(*fits)
        newest = statement.order_by(DocumentRow.made_at.desc(), DocumentRow.id).limit(limit).offset(offset)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(newest)).all()
            total = await connection.scalar(select(func.count()).select_from(DocumentRow).where(*fits))
        return [_document(row) for row in rows], total or 0

    async def revisions(self, id_: str) -> list[Revision]:
        """All, the first one first."""
        statement = select(*REVISION_COLUMNS).where(*self._of(id_)).order_by(RevisionRow.number)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return [_revision(row) for row in rows]

    async def latest(self, id_: str) -> Revision | None:
        newest = select(*REVISION_COLUMNS).where(*self._of(id_)).order_by(RevisionRow.number.desc()).limit(1)
        async with self._database.transaction() as connection:
            row = (await connection.execute(newest)).one_or_none()
        return None if row is None else _revision(row)

    async def _find(self, connection: AsyncConnection, id_: str) -> Document | None:
        row = (await connection.execute(select(*COLUMNS).where(*self._at(id_)))).one_or_none()
        return None if row is None else _document(row)

    async def _by_cause(self, connection: AsyncConnection, cause: str | None) -> Document | None:
        if cause is None:
            return None
        mine = select(*COLUMNS).where(DocumentRow.bot == self._bot, DocumentRow.cause == cause)
        row = (await connection.execute(mine)).one_or_none()
        return None if row is None else _document(row)

    async def _add(self, connection: AsyncConnection, id_: str, number: int, new: NewRevision) -> None:
        key = {"bot": self._bot, "document": id_, "number": number}
        values = {
            "draft": json.dumps(new.draft, ensure_ascii=False),
            "files": _files_json(new.files),
            "reason": new.reason,
            "cause": new.cause,
            "made_by": new.made_by,
            "made_at": time(),
        }
        await connection.execute(self._database.insert(RevisionRow).values(**key, **values))

    def _fitting(self, place: Place, query: Query) -> tuple[ColumnElement[bool], ...]:
        fits: list[ColumnElement[bool]] = [
            DocumentRow.bot == self._bot,
            DocumentRow.chat == place.chat,
            DocumentRow.topic == (place.topic or 0),
            DocumentRow.state != State.DELETED,
        ]
        fits += [DocumentRow.lemmas.contains(f" {lemma}", autoescape=True) for lemma in query.lemmas]
        if query.kind:
            fits.append(DocumentRow.kind == query.kind)
        if query.number_key:
            fits.append(DocumentRow.number_key == query.number_key)
        if query.since:
            fits.append(DocumentRow.date >= query.since)
        if query.until:
            fits.append(DocumentRow.date <= query.until)
        return tuple(fits)

    def _at(self, id_: str) -> tuple[ColumnElement[bool], ...]:
        return DocumentRow.bot == self._bot, DocumentRow.id == id_

    def _of(self, id_: str) -> tuple[ColumnElement[bool], ...]:
        return RevisionRow.bot == self._bot, RevisionRow.document == id_


def _facts(new: NewRevision) -> dict[str, str]:
    facts = new.facts
    return {
        "number": facts.number,
        "number_key": facts.number_key,
        "date": facts.date,
        "title": facts.title,
        "lemmas": f" {facts.lemmas} ",
        "state": new.state.value,
    }


def _files_json(files: Sequence[KeptFile]) -> str:
    return json.dumps([[one.name, one.path, one.sha256, one.size] for one in files], ensure_ascii=False)


def _document(row: Row[*tuple[object, ...]]) -> Document:
    facts = Facts(row.number, row.number_key, row.date, row.title, row.lemmas.strip())
    place = Place(row.chat, row.topic or None)
    state = State(row.state)
    return Document(row.id, place, row.kind, facts, state, row.revision, row.made_at, row.deleted_by, row.card)


def _revision(row: Row[*tuple[object, ...]]) -> Revision:
    files = tuple(KeptFile(*one) for one in json.loads(row.files))
    return Revision(
        row.document, row.number, json.loads(row.draft), files, row.reason, row.cause, row.made_by, row.made_at
    )
