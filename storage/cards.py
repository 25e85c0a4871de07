"""Cards with buttons and questions: what a press is for, across restarts."""

import json
import secrets
from dataclasses import dataclass
from time import time
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from storage.conversations import Place
from storage.database import Database
from storage.models import CardRow

TOKEN_BYTES = 12
COLUMNS = tuple(CardRow.__table__.columns)


@dataclass(frozen=True, slots=True)
class SavedCard:
    """`card` as `client.Card.to_json` gives it; `data` is the function's own. `once`: only the first press counts."""

    token: str
    place: Place
    user: int
    function: str
    card: dict[str, Any]
    data: dict[str, Any]
    once: bool = False
    message: int | None = None
    """None until it is known to be in the chat."""
    answered_by: str | None = None


def new_token() -> str:
    """16 characters that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class Cards:
    """Those of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot

    async def add(self, card: SavedCard) -> None:
        values = {
            "chat": card.place.chat,
            "topic": card.place.topic or 0,
            "user": card.user,
            "function": card.function,
            "card": _json(card.card),
            "data": _json(card.data),
            "once": card.once,
            "message": card.message,
            "answered_by": card.answered_by,
            "made_at": time(),
        }
        async with self._database.transaction() as connection:
            insert = self._database.insert(CardRow).values(bot=self._bot, token=card.token, **values)
            await connection.execute(insert)

    async def find(self, token: str) -> SavedCard | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(*COLUMNS).where(*self._at(token)))).one_or_none()
        return None if row is None else _card(row)

    async def shown(self, token: str, message: int) -> None:
        await self._set(token, message=message)

    async def change(self, token: str, card: dict[str, Any], data: dict[str, Any]) -> None:
        await self._set(token, card=_json(card), data=_json(data))

    async def answer(self, token: str, press: str) -> bool:
        """Whether this press is the one that counts: the first one, also when it comes again."""
        first = CardRow.answered_by.is_(None) | (CardRow.answered_by == press)
        statement = update(CardRow).where(*self._at(token), first).values(answered_by=press).returning(CardRow.token)
        async with self._database.transaction() as connection:
            return await connection.scalar(statement) is not None

    async def reopen(self, token: str) -> None:
        """The press came to nothing: the question is open again."""
        await self._set(token, answered_by=None)

    async def _set(self, token: str, **values: object) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(update(CardRow).where(*self._at(token)).values(**values))

    def _at(self, token: str) -> tuple[ColumnElement[bool], ...]:
        return CardRow.bot == self._bot, CardRow.token == token


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _card(row: Row[*tuple[object, ...]]) -> SavedCard:
    return SavedCard(
        row.token,
        Place(row.chat, row.topic or None),
        row.user,
        row.function,
        json.loads(row.card),
        json.loads(row.data),
        row.once,
        row.message,
        row.answered_by,
    )
