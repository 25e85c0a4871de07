"""The ledger of sends: what was handed to Telegram, and whether Telegram said so.

Around every send: `hand_over`, then the request, then `confirmed` or `failed`; after anything that leaves its outcome
open (a timeout or a reset after the body went out) `unknown`, and nothing at all after a crash. A piece that may have
arrived is never handed over again by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from time import time
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Update, bindparam, or_, select, update
from sqlalchemy.sql.dml import ReturningInsert

from storage.database import Database
from storage.models import SendRow

LONGEST_TEXT = 4_096
"""Characters: a message of Telegram holds no more."""
COLUMNS = tuple(SendRow.__table__.columns)
_MORE = "+"
"""Behind the kind of a piece after which the answer goes on."""


class State(StrEnum):
    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    """It arrived and was deleted: the answer began anew."""


NOT_THERE = (State.FAILED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Piece:
    """The `ordinal`-th piece of the answer to an update."""

    update_id: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent, kept while it may have to be sent again: a text, or a file relative to `DATA_DIR`, or both.

    `kind` is the sender's own word (voice, text, document, ...). `more`: the answer goes on after this piece. It
    outlives the rest of the payload, so that an answer that lacks its last piece can be told from a whole one.
    """

    kind: str
    text: str | None = None
    file: str | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """`message_id` is known of confirmed ones."""

    piece: Piece
    state: State
    payload: Payload
    message_id: int | None
    handed_at: float


class Ledger:
    """The sends of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot
        self._hand_over = {
            in_doubt: database.prepared(_hand_over(database, bot, in_doubt=in_doubt)) for in_doubt in (False, True)
        }
        self._settle = {
            state: database.prepared(_settle(bot, state)) for state in (State.CONFIRMED, State.FAILED, State.UNKNOWN)
        }

    async def hand_over(
        self, piece: Piece, payload: Payload, *, at: float | None = None, in_doubt: bool = False
    ) -> bool:
        """Before the request goes out. False: it may have arrived already and must not be sent.

        `in_doubt`: one whose outcome is unknown may go out again: rather twice than never.
        `at`: the time of it, by which `never_sent` knows this handing over from others; now when it is None.
        Raises ValueError for a text longer than a message and for a file outside of `DATA_DIR`.
        """
        _check(payload)
        values = {
            "update": piece.update_id,
            "number": piece.ordinal,
            "sort": payload.kind + _MORE * payload.more,
            "words": payload.text,
            "file": payload.file,
            "now": time() if at is None else at,
        }
        return await self._database.run(self._hand_over[in_doubt], **values) is not None

    async def confirmed(self, piece: Piece, message_id: int) -> None:
        """Telegram answered with this message; the payload is erased, its file is the caller's to delete."""
        await self._ends(piece, State.CONFIRMED, message=message_id)

    async def failed(self, piece: Piece) -> None:
        """It certainly did not arrive and may be handed over again, with its payload: the kept one is erased."""
        await self._ends(piece, State.FAILED)

    async def never_sent(self, piece: Piece, at: float) -> None:
        """What was handed over at this time, if it was, did not go out: like `failed`. Any other is left as it is."""
        statement = _ending(self._at(piece), State.FAILED).where(SendRow.handed_at == at)
        async with self._database.transaction() as connection:
            await connection.execute(statement)

    async def withdrawn(self, piece: Piece) -> None:
        """A confirmed one was deleted from the chat: another one may take its place."""
        statement = update(SendRow).where(*self._at(piece), SendRow.state == State.CONFIRMED)
        async with self._database.transaction() as connection:
            await connection.execute(statement.values(state=State.WITHDRAWN, message_id=None))

    async def unknown(self, piece: Piece) -> None:
        """It may have arrived. The payload stays for a day, in case the person asks for it."""
        await self._ends(piece, State.UNKNOWN)

    async def sends(self, update_id: int) -> list[Send]:
        """All pieces of the answer to an update, in order."""
        mine = (SendRow.bot == self._bot, SendRow.update_id == update_id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(*COLUMNS).where(*mine).order_by(SendRow.ordinal))).all()
        return [_send(row) for row in rows]

    async def unfinished(self, update_id: int) -> list[Send]:
        """Those of them that may have arrived and of which Telegram did not say so."""
        return [send for send in await self.sends(update_id) if send.state in (State.HANDED_OVER, State.UNKNOWN)]

    async def left_over(self) -> list[Send]:
        """At start, before the first send: what the last process died with becomes `unknown` and is returned."""
        mine = (SendRow.bot == self._bot, SendRow.state == State.HANDED_OVER)
        statement = update(SendRow).where(*mine).values(state=State.UNKNOWN).returning(*COLUMNS)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return sorted((_send(row) for row in rows), key=lambda send: (send.handed_at, send.piece.ordinal))

    async def hand_over_again(self, piece: Piece) -> Payload | None:
        """An unknown send that the person asks for again: settle it like a first one. None: there is nothing to send,
        because it is settled, on its way at this moment, or older than a day. Of two presses one gets the payload."""
        statement = (
            update(SendRow)
            .where(*self._at(piece), SendRow.state == State.UNKNOWN)
            .where(SendRow.payload_text.is_not(None) | SendRow.payload_file.is_not(None))
            .values(state=State.HANDED_OVER, handed_at=time())
            .returning(*COLUMNS)
        )
        async with self._database.transaction() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _send(row).payload

    async def _ends(self, piece: Piece, state: State, **values: object) -> None:
        await self._database.run(self._settle[state], update=piece.update_id, number=piece.ordinal, **values)

    def _at(self, piece: Piece) -> tuple[ColumnElement[bool], ...]:
        return SendRow.bot == self._bot, SendRow.update_id == piece.update_id, SendRow.ordinal == piece.ordinal


def _hand_over(database: Database, bot: int, *, in_doubt: bool) -> ReturningInsert[tuple[int]]:
    key = {
        "bot": bot,
        "update_id": bindparam("update", type_=BigInteger),
        "ordinal": bindparam("number", type_=BigInteger),
    }
    values: dict[str, Any] = {
        "state": State.HANDED_OVER,
        "message_id": None,
        "kind": bindparam("sort"),
        "payload_text": bindparam("words"),
        "payload_file": bindparam("file"),
        "handed_at": bindparam("now"),
    }
    free = (*NOT_THERE, State.UNKNOWN) if in_doubt else NOT_THERE
    insert = database.insert(SendRow).values(**key, **values)
    may_go_out = or_(*(SendRow.state == state for state in free))
    again = insert.on_conflict_do_update(index_elements=list(key), set_=values, where=may_go_out)
    return again.returning(SendRow.ordinal)


def _settle(bot: int, state: State) -> Update:
    numbers = (bindparam(name, type_=BigInteger) for name in ("update", "number"))
    at = zip((SendRow.update_id, SendRow.ordinal), numbers, strict=True)
    return _ending((SendRow.bot == bot, *(column == number for column, number in at)), state)


def _ending(at: Iterable[ColumnElement[bool]], state: State) -> Update:
    # What Telegram has confirmed stays so, whatever a late failure says.
    statement = update(SendRow).where(*at, SendRow.state != State.CONFIRMED).values(state=state)
    match state:
        case State.CONFIRMED:
            statement = statement.values(message_id=bindparam("message", type_=BigInteger))
        case State.UNKNOWN:
            return statement
    return statement.values(payload_text=None, payload_file=None)


def _check(payload: Payload) -> None:
    if payload.text is not None and len(payload.text) > LONGEST_TEXT:
        raise ValueError("the text is longer than a message")
    if payload.file is not None:
        file = PurePath(payload.file)
        if file.is_absolute() or ".." in file.parts:
            raise ValueError("the file is not in DATA_DIR")


def _send(row: Row[*tuple[object, ...]]) -> Send:
    return Send(
        Piece(row.update_id, row.ordinal),
        State(row.state),
        Payload(row.kind.removesuffix(_MORE), row.payload_text, row.payload_file, row.kind.endswith(_MORE)),
        row.message_id,
        row.handed_at,
    )
