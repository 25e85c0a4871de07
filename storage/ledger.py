"""The ledger of sends: what was handed to Telegram, and whether Telegram said so.

Around every send: `hand_over`, then the request, then `confirmed` or `failed`; after anything that leaves its outcome
open (a timeout or a reset after the body went out) `unknown`, and nothing at all after a crash. A piece that may have
arrived is never handed over again by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from time import time

from sqlalchemy import ColumnElement, Row, select, update

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

    async def hand_over(
        self, piece: Piece, payload: Payload, *, at: float | None = None, in_doubt: bool = False
    ) -> bool:
        """Before the request goes out. False: it may have arrived already and must not be sent.

        `in_doubt`: one whose outcome is unknown may go out again: rather twice than never.
        `at`: the time of it, by which `never_sent` knows this handing over from others; now when it is None.
        Raises ValueError for a text longer than a message and for a file outside of `DATA_DIR`.
        """
        _check(payload)
        insert = self._database.insert(SendRow)
        values = {
            "state": State.HANDED_OVER,
            "message_id": None,
            "kind": payload.kind + _MORE * payload.more,
            "payload_text": payload.text,
            "payload_file": payload.file,
            "handed_at": time() if at is None else at,
        }
        free = (*NOT_THERE, State.UNKNOWN) if in_doubt else NOT_THERE
        key = {"bot": self._bot, "update_id": piece.update_id, "ordinal": piece.ordinal}
        statement = (
            insert.values(**key, **values)
            .on_conflict_do_update(index_elements=list(key), set_=values, where=SendRow.state.in_(free))
            .returning(SendRow.ordinal)
        )
        async with self._database.transaction() as connection:
            return await connection.scalar(statement) is not None

    async def confirmed(self, piece: Piece, message_id: int) -> None:
        """Telegram answered with this message; the payload is erased, its file is the caller's to delete."""
        await self._settle(piece, state=State.CONFIRMED, message_id=message_id, payload_text=None, payload_file=None)

    async def failed(self, piece: Piece) -> None:
        """It certainly did not arrive and may be handed over again, with its payload: the kept one is erased."""
        await self._settle(piece, state=State.FAILED, payload_text=None, payload_file=None)

    async def never_sent(self, piece: Piece, at: float) -> None:
        """What was handed over at this time, if it was, did not go out: like `failed`. Any other is left as it is."""
        await self._settle(piece, SendRow.handed_at == at, state=State.FAILED, payload_text=None, payload_file=None)

    async def withdrawn(self, piece: Piece) -> None:
        """A confirmed one was deleted from the chat: another one may take its place."""
        statement = update(SendRow).where(*self._at(piece), SendRow.state == State.CONFIRMED)
        async with self._database.transaction() as connection:
            await connection.execute(statement.values(state=State.WITHDRAWN, message_id=None))

    async def unknown(self, piece: Piece) -> None:
        """It may have arrived. The payload stays for a day, in case the person asks for it."""
        await self._settle(piece, state=State.UNKNOWN)

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

    async def _settle(self, piece: Piece, *only: ColumnElement[bool], **values: object) -> None:
        # What Telegram has confirmed stays so, whatever a late failure says.
        mine = (*self._at(piece), SendRow.state != State.CONFIRMED, *only)
        statement = update(SendRow).where(*mine).values(**values)
        async with self._database.transaction() as connection:
            await connection.execute(statement)

    def _at(self, piece: Piece) -> tuple[ColumnElement[bool], ...]:
        return SendRow.bot == self._bot, SendRow.update_id == piece.update_id, SendRow.ordinal == piece.ordinal


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
