"""A place to make documents in: a real database, a real archive, a client that writes down what it is sent."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from archive import Archive
from context import Context, Parts, Said
from documents.rendering import open_renderer
from effects import CallEffects, Effects
from project import Entry, Origin, Profile
from storage.cards import Cards
from storage.conversations import Place
from storage.database import Database
from storage.documents import Documents
from storage.effects import EffectJournal
from storage.number_series import NumberSeries
from storage.profiles import Profiles
from tests.functions.client import Shown

FRIDAY = date(2026, 11, 20)
HERE = Place(7)


@dataclass(frozen=True)
class Desk:
    archive: Archive
    parts: Parts
    client: Shown
    folder: Path

    def call(self, function: str = "create_hidden_works_act", turn: str = "7:1", said: Said | None = None) -> Context:
        """What a function sees when the model calls it in this turn."""
        effects = CallEffects(Effects(turn, self.parts.journal), function, 0)
        context = self.parts.context(HERE, 5, "ru", self.client)
        return replace(context, said=said or Said("")).of_call(function, effects)


@asynccontextmanager
async def open_test_desk(database: Database, folder: Path, operators: Path | None = None) -> AsyncIterator[Desk]:
    store = Documents(database, 42)
    with open_renderer(operators) as renderer:
        archive = Archive(store, NumberSeries(database, 42, store), renderer, folder / "documents", lambda: FRIDAY)
        parts = Parts(
            journal=EffectJournal(database, 42),
            cards=Cards(database, 42),
            profiles=Profiles(database, 42),
            documents=archive,
        )
        yield Desk(archive, parts, Shown(), folder / "documents")


def spoken(words: str, *, heard: Callable[[], str] | None = None, earlier: str = "") -> Said:
    """A recording with these words, or with what `heard` gives."""
    return Said("", spoken=True, heard=heard or (lambda: words), earlier=earlier)


def project(**values: str) -> Profile:
    return Profile(
        fields={path.replace("__", "."): Entry(value=value, origin=Origin.TYPED) for path, value in values.items()}
    )
