"""What of open conversations survives a restart, and what a chat has chosen; all of it plain values.

A conversation's row is written once a turn and deleted at its end, its waiting photos with it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from time import monotonic, time

from sqlalchemy import BigInteger, ColumnElement, Double, Row, bindparam, delete, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from live_session import Speaker, Utterance
from storage.database import Database
from storage.models import ChoiceRow, ConversationRow, PhotoRow
from usage import Statistics

MOST_UTTERANCES = 200
MOST_CHARACTERS = 40_000
"""Of a transcript; the newest are kept: about three quarters of an hour of speech, at most 80 kB of Russian."""
MOST_CHOICES = 100_000
COUNTERS = ("questions", "answers", "frames_sent", "frames_received", "prompt_tokens", "response_tokens")
SAVED = ("opener", "statistics", "transcript", "handle", "handle_at")
COLUMNS = tuple(ConversationRow.__table__.columns)


@dataclass(frozen=True, slots=True)
class Place:
    """A chat and, in a forum, one of its topics."""

    chat: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class SavedOpener:
    user: int
    name: str
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """`started_at` and `handle_at` are wall-clock seconds; the statistics' own clock goes on after loading."""

    place: Place
    opener: SavedOpener
    started_at: float
    statistics: Statistics = field(default_factory=Statistics)
    transcript: tuple[Utterance, ...] = ()
    handle: str | None = None
    handle_at: float | None = None


@dataclass(frozen=True, slots=True)
class SavedPhoto:
    """Images of one update, prepared for the model, that wait for a question."""

    update_id: int
    images: tuple[tuple[bytes, str], ...]
    """Bytes and MIME type."""


@dataclass(frozen=True, slots=True)
class Choices:
    """None: nothing was chosen."""

    voice: str | None = None
    noise: bool | None = None


def newest(transcript: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """As much of its end as is kept, whole utterances; a single one that is too long loses its beginning."""
    kept: list[Utterance] = []
    room = MOST_CHARACTERS
    for utterance in reversed(transcript[-MOST_UTTERANCES:]):
        if len(utterance.text) > room:
            if not kept:
                kept.append(replace(utterance, text=utterance.text[-room:]))
            break
        kept.append(utterance)
        room -= len(utterance.text)
    return tuple(reversed(kept))


class Conversations:
    """Those of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot
        self._save = database.prepared(_save(bot))

    async def begin(self, conversation: SavedConversation) -> None:
        """Its first row, in place of whatever an earlier one left there."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(ConversationRow).where(*self._at(ConversationRow, conversation.place)))
            key = _key(self._bot, conversation.place)
            values = {"started_at": conversation.started_at, **_values(conversation)}
            await connection.execute(self._database.insert(ConversationRow).values(**key, **values))

    async def save(self, conversation: SavedConversation, *, used_photos: Sequence[int] = ()) -> bool:
        """After a turn: everything anew, and the photos (by update) that the turn took along are erased.

        False and nothing written when it has ended meanwhile, or another one began in its place.
        """
        values = {
            "chat_id": conversation.place.chat,
            "topic_id": conversation.place.topic or 0,
            "since": conversation.started_at,
            **{f"new_{name}": value for name, value in _values(conversation).items()},
        }
        if not used_photos:
            return await self._database.run(self._save, **values) is not None
        async with self._database.transaction() as connection:
            if await connection.scalar(self._save.statement, values) is None:
                return False
            used = PhotoRow.update_id.in_(list(used_photos))
            await connection.execute(delete(PhotoRow).where(*self._at(PhotoRow, conversation.place), used))
            return True

    async def erase(self, place: Place) -> None:
        """The conversation has ended: nothing of it stays. The chat's choices do."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(ConversationRow).where(*self._at(ConversationRow, place)))

    async def load(self) -> list[SavedConversation]:
        """All that are open, oldest first, without their photos."""
        statement = select(*COLUMNS).where(ConversationRow.bot == self._bot)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement.order_by(ConversationRow.started_at))).all()
        return [_conversation(row) for row in rows]

    async def add_photo(self, place: Place, photo: SavedPhoto) -> bool:
        """It waits behind those that wait. The same update twice is one photo. False without a conversation."""
        mine = self._at(PhotoRow, place)
        key = _key(self._bot, place) | {"update_id": photo.update_id}
        async with self._database.transaction() as connection:
            known = select(ConversationRow.chat).where(*self._at(ConversationRow, place))
            if await connection.scalar(known) is None:
                return False
            last = await connection.scalar(select(func.max(PhotoRow.place)).where(*mine)) or 0
            rows = [
                key | {"number": number, "place": last + 1, "mime_type": mime_type, "data": data}
                for number, (data, mime_type) in enumerate(photo.images)
            ]
            if rows:
                await connection.execute(self._database.insert(PhotoRow).on_conflict_do_nothing(), rows)
            return True

    async def photos(self, place: Place) -> list[SavedPhoto]:
        """Those that wait, in the order in which they came."""
        columns = (PhotoRow.update_id, PhotoRow.data, PhotoRow.mime_type)
        statement = select(*columns).where(*self._at(PhotoRow, place)).order_by(PhotoRow.place, PhotoRow.number)
        found: dict[int, list[tuple[bytes, str]]] = {}
        async with self._database.transaction() as connection:
            for update_id, data, mime_type in await connection.execute(statement):
                found.setdefault(update_id, []).append((data, mime_type))
        return [SavedPhoto(update_id, tuple(images)) for update_id, images in found.items()]

    async def choose(self, place: Place, choices: Choices) -> None:
        """What is None stays as it was chosen before."""
        chosen = {name: value for name, value in asdict(choices).items() if value is not None}
        values = {**chosen, "changed_at": time()}
        key = _key(self._bot, place)
        insert = self._database.insert(ChoiceRow).values(**key, **values)
        async with self._database.transaction() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))

    async def choices(self, most: int = MOST_CHOICES) -> dict[Place, Choices]:
        """Of all chats, the earliest first; with more than `most` the latest of them."""
        columns = (ChoiceRow.chat, ChoiceRow.topic, ChoiceRow.voice, ChoiceRow.noise)
        statement = select(*columns).where(ChoiceRow.bot == self._bot)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement.order_by(ChoiceRow.changed_at.desc()).limit(most))).all()
        return {Place(row.chat, row.topic or None): Choices(row.voice, row.noise) for row in reversed(rows)}

    def _at(self, table: type[ConversationRow | PhotoRow], place: Place) -> tuple[ColumnElement[bool], ...]:
        return table.bot == self._bot, table.chat == place.chat, table.topic == (place.topic or 0)


def _save(bot: int) -> ReturningUpdate[tuple[int]]:
    numbers = (bindparam(name, type_=BigInteger) for name in ("chat_id", "topic_id"))
    at = zip((ConversationRow.chat, ConversationRow.topic), numbers, strict=True)
    return (
        update(ConversationRow)
        .where(ConversationRow.bot == bot, *(column == number for column, number in at))
        .where(ConversationRow.started_at == bindparam("since", type_=Double))
        .values({name: bindparam(f"new_{name}") for name in SAVED})
        .returning(ConversationRow.chat)
    )


def _key(bot: int, place: Place) -> dict[str, int]:
    return {"bot": bot, "chat": place.chat, "topic": place.topic or 0}


def _values(conversation: SavedConversation) -> dict[str, object]:
    statistics = conversation.statistics
    transcript = [[utterance.speaker, utterance.text] for utterance in newest(conversation.transcript)]
    return {
        "opener": _json(asdict(conversation.opener)),
        "statistics": _json({name: getattr(statistics, name) for name in COUNTERS}),
        "transcript": _json(transcript),
        "handle": conversation.handle,
        "handle_at": conversation.handle_at,
    }


def _json(value: object) -> str:
    # Escaped, Russian would take three times the room.
    return json.dumps(value, ensure_ascii=False)


def _conversation(row: Row[*tuple[object, ...]]) -> SavedConversation:
    # The time between the two processes counts as part of the conversation.
    started_at = monotonic() - max(0.0, time() - row.started_at)
    return SavedConversation(
        Place(row.chat, row.topic or None),
        SavedOpener(**json.loads(row.opener)),
        row.started_at,
        Statistics(**json.loads(row.statistics), started_at=started_at),
        tuple(Utterance(Speaker(speaker), text) for speaker, text in json.loads(row.transcript)),
        row.handle,
        row.handle_at,
    )
