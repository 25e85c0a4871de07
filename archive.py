"""Documents of chats as they stand: their drafts, their files, what they are found by.

The database has everything that a document says; files are made of it, kept, and made again when they are gone or
damaged. So a full disk costs nothing that was dictated.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import structlog

import kept_files
from client import File
from documents import files as file_names
from documents.draft import Draft, Origin, subject
from documents.draft import State as DraftState
from documents.numbers import series
from documents.paths import leaves, value_at, with_value
from documents.register import archive as packed
from documents.register import register_xlsx
from documents.rendering import FORMATS, Renderer
from documents.rendering import File as Made
from documents.words import iso_date
from errors import BadInput, DocumentError, Overloaded, StorageError
from prompts.texts import text
from russian import morphology
from russian.lemmas import column, lemmas
from russian.lookalikes import fold
from storage.conversations import Place
from storage.documents import Document, Documents, Facts, NewRevision, Query, Revision, State
from storage.number_series import NumberSeries

log = structlog.get_logger(__name__)

LONGEST_LEMMAS = 20_000
LONGEST_TITLE = 200
PICTURE_LONG_SIDE = 1024
"""Pixels: 170 dots per inch of the 150 mm that a photo is printed at."""
MOST_FOUND = 5
MOST_TOGETHER = 100
"""Documents of one ZIP or register."""
_NO_WORDS = frozenset(
    ("за", "по", "в", "с", "на", "от", "до", "для", "и", "или", "весь", "документ", "показать", "найти")
)
"""Normal forms."""

__all__ = ["MOST_TOGETHER", "Archive", "Copies", "Document", "Held", "Query", "State"]


@dataclass(frozen=True, slots=True)
class Held:
    """A document with its latest revision."""

    document: Document
    revision: Revision
    draft: Draft


@dataclass(frozen=True, slots=True)
class Copies:
    """The files that could be made, and why others could not."""

    files: tuple[File, ...]
    broken: tuple[DocumentError, ...] = ()


class Archive:
    """That of one bot; `folder` is where the files are. Methods raise `errors.StorageError`."""

    def __init__(
        self, store: Documents, numbers: NumberSeries, renderer: Renderer, folder: Path, today: Callable[[], date]
    ) -> None:
        self._store = store
        self._numbers = numbers
        self._renderer = renderer
        self._folder = folder
        self.today = today
        """On the site."""

    async def warm(self) -> None:
        """Load what the first document would wait for: libraries, the template of the act, the dictionary.

        Not what makes PDFs: that holds 29 MB from its first page on, which takes a tenth of a second."""
        with suppress(DocumentError):  # whoever makes a document is told
            await self._renderer.render(Draft.of("aosr", {}), ("json", "docx"))
        await asyncio.to_thread(morphology.warm_up)

    async def create(self, place: Place, draft: Draft, by: int, cause: str | None) -> Held:
        """What the same cause has made already is not made again: that is returned, whatever this draft says."""
        first = NewRevision(draft.to_json(), facts_of(draft), State.DRAFT, "dictated", by, cause=cause)
        return await self._held(await self._store.create(place, draft.kind, first))

    async def keep_pictures(self, held: Held, pictures: Sequence[bytes]) -> None:
        """Photos that belong to the document, for all of its revisions: at most `MOST_PICTURES`, smaller, upright,
        without what a camera writes into them. What is no picture is left out; full disks are logged."""
        await asyncio.to_thread(self._keep_pictures, held.document.id, pictures)

    def _keep_pictures(self, document: str, pictures: Sequence[bytes]) -> None:
        from pictures.photo import prepare

        kept = []
        for one in pictures[: kept_files.MOST_PICTURES]:
            with suppress(BadInput, Overloaded):
                kept.append(prepare(one, long_side=PICTURE_LONG_SIDE).data)
        kept_files.write_pictures(self._folder, document, kept)

    async def revise(self, held: Held, draft: Draft, reason: str, by: int, cause: str | None) -> Held | None:
        """The next revision, always a draft. None when another one was made meanwhile, or the document is gone."""
        draft = replace(draft, state=DraftState.DRAFT)
        new = NewRevision(draft.to_json(), facts_of(draft), State.DRAFT, reason, by, cause=cause)
        document = await self._store.revise(held.document.id, held.document.revision, new)
        return None if document is None else await self._held(document)

    async def confirm(self, held: Held, by: int, cause: str | None) -> Held | None:
        """Without the draft mark, with a number: the one that the person named, else the next of its series.

        None as for `revise`.
        """

        def made(number: str) -> NewRevision:
            draft = confirmed(held.draft, number)
            return NewRevision(draft.to_json(), facts_of(draft), State.CONFIRMED, "confirmed", by, cause=cause)

        prefix = series(held.draft)
        document = await self._numbers.confirm(held.document, prefix, made, number_key, held.draft.number)
        return None if document is None else await self._held(document)

    async def delete(self, held: Held, by: int) -> bool:
        """It is found no more; its files are removed."""
        deleted = await self._store.delete(held.document.id, by)
        await asyncio.to_thread(kept_files.remove, self._folder / held.document.id)
        return deleted

    async def withdraw(self, cause: str, by: int) -> bool:
        """As if the call had never made its document; false when that was revised since, and stays."""
        made = await self._store.withdraw(cause, by)
        if made is None:
            return True
        if made.state is not State.DELETED:
            return False
        await asyncio.to_thread(kept_files.remove, self._folder / made.id)
        return True

    async def restore(self, held: Held, cause: str, by: int) -> Held | None:
        """As it was before this call corrected it, in a revision of its own; None as for `revise`."""
        number = await self._store.disown(held.document.id, cause)
        if number is None:
            return held
        before = next(one for one in await self.revisions(held) if one.number == number - 1)
        draft = Draft.from_json(before.draft)
        state = State.CONFIRMED if draft.confirmed else State.DRAFT
        new = NewRevision(draft.to_json(), facts_of(draft), state, "restored", by)
        document = await self._store.revise(held.document.id, number, new)
        return None if document is None else await self._held(document)

    async def get(self, place: Place, id_: str) -> Held | None:
        document = await self._store.find(place, id_) if id_ else None
        if document is None or document.state is State.DELETED:
            return None
        return await self._held(document)

    async def shown(self, held: Held, card: str) -> None:
        await self._store.shown(held.document.id, card)

    async def revisions(self, held: Held) -> list[Revision]:
        return await self._store.revisions(held.document.id)

    async def search(self, place: Place, query: Query, *, limit: int, offset: int = 0) -> tuple[list[Document], int]:
        """The newest first, and how many there are in all."""
        return await self._store.search(place, query, limit=limit, offset=offset)

    async def find(self, place: Place, which: str) -> list[Document]:
        """By id or number, else by words, kind and day; with no words the latest one. At most `MOST_FOUND`."""
        document = await self._store.find(place, which.strip())
        if document is not None and document.state is not State.DELETED:
            return [document]
        if key := number_key(which):
            numbered, _ = await self.search(place, Query(number_key=key), limit=MOST_FOUND)
            if numbered:
                return numbered
        found, _ = await self.search(place, self.query(which), limit=MOST_FOUND if which.strip() else 1)
        return found

    def query(self, words: str) -> Query:
        """«предписания за ноябрь», «фундамент», «с 1 по 15 декабря»."""
        from russian import dates

        said = dates.find(words, self.today())
        days = sorted(day for one in said for day in (one.first, one.last) if day is not None)
        for one in reversed(said):
            words = f"{words[: one.start]} {words[one.end :]}"
        wanted = [lemma for lemma in lemmas(words) if lemma not in _NO_WORDS]
        since, until = (days[0].isoformat(), days[-1].isoformat()) if days else ("", "")
        return Query(wanted, since=since, until=until)

    async def files(self, place: Place, which: str) -> Sequence[File]:
        """Of one document; empty when there is no such document, or when it is not clear which."""
        found = await self.find(place, which)
        return (await self.copies(await self._held(found[0]))).files if len(found) == 1 else ()

    async def copies(self, held: Held) -> Copies:
        """The three files, as they are kept; those that are gone or damaged are made anew."""
        kept = await asyncio.to_thread(kept_files.read, self._folder, held.revision.files)
        if kept is not None:
            return Copies(kept)
        pictures: Sequence[bytes] = ()
        if held.draft.described.shows_photos:
            pictures = await asyncio.to_thread(kept_files.read_pictures, self._folder, held.document.id)
        made, broken = await self._made(held.draft, pictures)
        written = await asyncio.to_thread(kept_files.write, self._folder, held.document.id, held.revision.number, made)
        if written and not broken:
            with suppress(StorageError):
                await self._store.keep_files(held.document.id, held.revision.number, written)
        return Copies(made, broken)

    async def bundle(self, place: Place, query: Query) -> File | None:
        """The newest `MOST_TOGETHER` that fit, with all their files, as one ZIP; None when there are none."""
        together = [
            Made(name, file.data)
            for held, names in await self._together(place, query)
            for file in (await self.copies(held)).files
            for name in names
            if name.rpartition(".")[2] == file.name.rpartition(".")[2]
        ]
        if not together:
            return None
        data = await asyncio.to_thread(packed, together)
        return File(f"{text('documents.zip_name')}_{self.today().isoformat()}.zip", data)

    async def register(self, place: Place, query: Query, language: str) -> File | None:
        """Of the newest `MOST_TOGETHER` that fit, as XLSX, the oldest first, with the names that they have in the ZIP;
        None when there are none."""
        rows = [(held.draft, names) for held, names in reversed(await self._together(place, query))]
        if not rows:
            return None
        data = await asyncio.to_thread(register_xlsx, rows, language)
        return File(f"{text('documents.register_name')}_{self.today().isoformat()}.xlsx", data)

    async def _together(self, place: Place, query: Query) -> list[tuple[Held, list[str]]]:
        """The newest `MOST_TOGETHER` that fit, each with the names of its files beside all the others'."""
        found, _ = await self.search(place, query, limit=MOST_TOGETHER)
        held = [await self._held(document) for document in found]
        return list(zip(held, file_names.in_one_folder([one.draft for one in held], FORMATS), strict=True))

    async def held(self, document: Document) -> Held:
        return await self._held(document)

    async def _held(self, document: Document) -> Held:
        revision = await self._store.latest(document.id)
        assert revision is not None
        return Held(document, revision, Draft.from_json(revision.draft))

    async def _made(
        self, draft: Draft, pictures: Sequence[bytes]
    ) -> tuple[tuple[File, ...], tuple[DocumentError, ...]]:
        """When one of the files cannot be made, the others are."""
        try:
            return _ours(await self._renderer.render(draft, pictures=pictures)), ()
        except DocumentError:
            made: list[File] = []
            broken: list[DocumentError] = []
            for format_ in FORMATS:
                try:
                    made += _ours(await self._renderer.render(draft, (format_,), pictures))
                except DocumentError as error:
                    log.error("a file of a document cannot be made", format=format_, code=error.code, **error.details)
                    broken.append(error)
            return tuple(made), tuple(broken)


def number_key(number: str) -> str:
    """One for all the ways to write the same number."""
    return fold(number).replace("№", "").replace(" ", "")


def facts_of(draft: Draft) -> Facts:
    """What the document is found by."""
    kind = draft.described
    day = iso_date(str(value_at(draft.data, kind.date_of) or value_at(draft.data, "date") or "")[:10])
    words = " ".join([kind.title, kind.short, draft.number, *(str(value) for _, value in leaves(draft.data))])
    return Facts(
        number=draft.number,
        number_key=number_key(draft.number),
        date=day.isoformat() if day else "",
        title=subject(draft)[:LONGEST_TITLE],
        lemmas=column(words)[:LONGEST_LEMMAS],
    )


def confirmed(draft: Draft, number: str) -> Draft:
    """Whoever confirms a document says that its doubtful values are right as they stand."""
    data, origins = draft.data, dict(draft.origins)
    if not draft.number:
        data = with_value(data, "number", number)
        origins["number"] = Origin.SYSTEM
    flags = tuple(replace(flag, accepted=True) for flag in draft.flags)
    return replace(draft, data=data, origins=origins, flags=flags, state=DraftState.CONFIRMED)


def _ours(made: Sequence[Made]) -> tuple[File, ...]:
    return tuple(File(file.name, file.content) for file in made)
