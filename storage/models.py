"""The tables. Moments are wall-clock seconds since 1970; what people said stands in columns that are erased."""

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s"}


class AnyText(TypeDecorator[str]):
    """Text of any origin: PostgreSQL takes no NUL and no driver a lone surrogate, which JSON may both spell."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\0", "").encode("utf-8", "replace").decode()


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {int: BigInteger, float: Double, str: AnyText, bytes: LargeBinary}


def tables() -> MetaData:
    """All of them, as both databases are to have them. Indexes of a part of the rows are told to PostgreSQL only here:
    that loads its dialect, for which a start with SQLite need not wait."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    return Base.metadata


def _key() -> Mapped[int]:
    return mapped_column(primary_key=True, autoincrement=False)


class InboxRow(Base):
    """An update. It is unfinished while `done_at` is empty; then only its number and its outcome are left. Before, the
    outcome may name the update whose turn this one is part of (`inbox.WITH`).

    `place` is the order of acceptance among the unfinished ones of a bot.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        # Only what is unfinished: finding it costs the same beside ten finished rows and beside a million.
        Index(
            "ix_inbox_unfinished",
            "bot",
            "place",
            sqlite_where=text("done_at IS NULL"),
        ),
        Index(
            "ix_inbox_done_at",
            "done_at",
            sqlite_where=text("done_at IS NOT NULL"),
        ),
    )

    bot: Mapped[int] = _key()
    update_id: Mapped[int] = _key()
    place: Mapped[int]
    raw: Mapped[str | None]
    attempts: Mapped[int]
    outcome: Mapped[str | None]
    done_at: Mapped[float | None]


class SendRow(Base):
    """One piece of the answer to an update, around its way to Telegram (see `ledger.State`)."""

    __tablename__ = "sends"
    __table_args__ = (
        Index(
            "ix_sends_handed_over",
            "bot",
            sqlite_where=text("state = 'handed_over'"),
        ),
        Index("ix_sends_handed_at", "handed_at"),
    )

    bot: Mapped[int] = _key()
    update_id: Mapped[int] = _key()
    ordinal: Mapped[int] = _key()
    state: Mapped[str]
    message_id: Mapped[int | None]
    kind: Mapped[str]
    payload_text: Mapped[str | None]
    payload_file: Mapped[str | None]
    handed_at: Mapped[float]


class ConversationRow(Base):
    """An open conversation; `topic` is 0 outside of forums. The row is deleted when the conversation ends."""

    __tablename__ = "conversations"

    bot: Mapped[int] = _key()
    chat: Mapped[int] = _key()
    topic: Mapped[int] = _key()
    started_at: Mapped[float]
    opener: Mapped[str]
    statistics: Mapped[str]
    transcript: Mapped[str]
    handle: Mapped[str | None]
    handle_at: Mapped[float | None]


class PhotoRow(Base):
    """An image that waits for the next question of its conversation; an update may bring several."""

    __tablename__ = "waiting_photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bot", "chat", "topic"],
            ["conversations.bot", "conversations.chat", "conversations.topic"],
            ondelete="CASCADE",
        ),
    )

    bot: Mapped[int] = _key()
    chat: Mapped[int] = _key()
    topic: Mapped[int] = _key()
    update_id: Mapped[int] = _key()
    number: Mapped[int] = _key()
    place: Mapped[int]
    mime_type: Mapped[str]
    data: Mapped[bytes]


class ChoiceRow(Base):
    """What a chat has chosen; it outlives its conversations."""

    __tablename__ = "choices"

    bot: Mapped[int] = _key()
    chat: Mapped[int] = _key()
    topic: Mapped[int] = _key()
    voice: Mapped[str | None]
    noise: Mapped[bool | None]
    changed_at: Mapped[float]


class EffectRow(Base):
    """An effect of a function on the world, around its doing (see `effects`); step 0 is the whole call."""

    __tablename__ = "effects"
    __table_args__ = (Index("ix_effects_begun_at", "begun_at"),)

    bot: Mapped[int] = _key()
    turn: Mapped[str] = mapped_column(primary_key=True)
    function: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = _key()
    step: Mapped[int] = _key()
    done: Mapped[bool]
    result: Mapped[str | None]
    begun_at: Mapped[float]


class CardRow(Base):
    """A card with buttons, or a question: what its buttons are for. `answered_by` is the press that answered it."""

    __tablename__ = "cards"
    __table_args__ = (Index("ix_cards_made_at", "made_at"),)

    bot: Mapped[int] = _key()
    token: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[int]
    topic: Mapped[int]
    user: Mapped[int]
    function: Mapped[str]
    card: Mapped[str]
    data: Mapped[str]
    once: Mapped[bool]
    message: Mapped[int | None]
    answered_by: Mapped[str | None]
    made_at: Mapped[float]


class ProfileRow(Base):
    """What is known of a chat's project; it outlives conversations."""

    __tablename__ = "profiles"

    bot: Mapped[int] = _key()
    chat: Mapped[int] = _key()
    topic: Mapped[int] = _key()
    profile: Mapped[str]
    changed_at: Mapped[float]


class AddressRow(Base):
    """An e-mail address that a person confirmed with a button."""

    __tablename__ = "addresses"

    bot: Mapped[int] = _key()
    user: Mapped[int] = _key()
    address: Mapped[str] = mapped_column(primary_key=True)
    confirmed_at: Mapped[float]


class DocumentRow(Base):
    """A document that was dictated in a chat; it outlives conversations. `lemmas` are padded with spaces, for search;
    `cause` names the call that made it, so that the same call makes it once; `card` is the token of its latest card."""

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_place", "bot", "chat", "topic", "made_at"),
        Index("ix_documents_cause", "bot", "cause", unique=True),
    )

    bot: Mapped[int] = _key()
    id: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[int]
    topic: Mapped[int]
    kind: Mapped[str]
    number: Mapped[str]
    number_key: Mapped[str]
    date: Mapped[str]
    title: Mapped[str]
    lemmas: Mapped[str]
    state: Mapped[str]
    revision: Mapped[int]
    cause: Mapped[str | None]
    card: Mapped[str | None]
    made_at: Mapped[float]
    deleted_at: Mapped[float | None]
    deleted_by: Mapped[int | None]


class RevisionRow(Base):
    """One state of a document, never changed afterwards. `draft` and `files` are JSON; `cause` is emptied when the call
    that it names was stopped and the revision taken back by the next one."""

    __tablename__ = "revisions"
    __table_args__ = (ForeignKeyConstraint(["bot", "document"], ["documents.bot", "documents.id"]),)

    bot: Mapped[int] = _key()
    document: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = _key()
    draft: Mapped[str]
    files: Mapped[str]
    reason: Mapped[str]
    cause: Mapped[str | None]
    made_by: Mapped[int]
    made_at: Mapped[float]


class SeriesRow(Base):
    """The last running number of a kind of documents in a chat, for each prefix (КЖ1-)."""

    __tablename__ = "number_series"

    bot: Mapped[int] = _key()
    chat: Mapped[int] = _key()
    topic: Mapped[int] = _key()
    kind: Mapped[str] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
