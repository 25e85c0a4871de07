"""The ledger of sends in the database, the sounds it needs in `DATA_DIR`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time

import structlog

from errors import StorageError
from handlers.arrears import Arrears, open_arrears
from handlers.ledger import SET_ASIDE, Content, SendKey
from storage.ledger import Ledger, Payload, Piece, Send, State

log = structlog.get_logger(__name__)

FOLDER = "unsent"
PART = ".part"


@dataclass(frozen=True, slots=True)
class Trace:
    """What the ledger knows of the answer to an update."""

    arrived: list[Send]
    doubtful: list[Send]
    """They may have arrived."""
    whole: bool
    """Its last message is among them; else the answer broke off."""


class Books:
    """A `handlers.ledger.Ledger`; open it with `open_books`.

    Trouble with the database or the disk is logged and never keeps a message back. What became of a message is then
    written later: else the next process would take an answer that arrived for one that may not have.
    """

    def __init__(self, ledger: Ledger, data_dir: Path, arrears: Arrears) -> None:
        self._ledger = ledger
        self._data_dir = data_dir
        self._arrears = arrears

    async def hand_over(self, key: SendKey, content: Content) -> bool:
        file, writing = None, None
        if content.ogg is not None:
            file = f"{FOLDER}/{key.update_id}-{key.ordinal}.ogg"
            loop = asyncio.get_running_loop()
            writing = loop.run_in_executor(None, _write, self._data_dir / file, content.ogg)
        piece, at = _piece(key), time()
        try:
            handed = await self._handed(key, Payload(content.kind, content.text or None, file, content.more), at)
            await _written(writing)  # beside the row, which names it: nothing goes out before both are there
            return handed
        except asyncio.CancelledError:
            # Nobody will send it, and the commit may have come before the cancellation.
            self._arrears.owe(key, "a send given up", partial(self._ledger.never_sent, piece, at))
            raise

    async def _handed(self, key: SendKey, payload: Payload, at: float) -> bool:
        try:
            if key in self._arrears:
                await self._arrears.settle()
            return await self._ledger.hand_over(_piece(key), payload, at=at, in_doubt=key.ordinal >= SET_ASIDE)
        except StorageError as error:
            _said("a send", error)
            return True

    async def confirmed(self, key: SendKey, message_id: int) -> None:
        await self._arrears.write(key, "an arrival", partial(self._confirm, key, message_id))

    async def failed(self, key: SendKey) -> None:
        await self._arrears.write(key, "a failure", partial(self._fail, key))

    async def unknown(self, key: SendKey) -> None:
        await self._arrears.write(key, "an unknown end", partial(self._ledger.unknown, _piece(key)))

    async def withdrawn(self, key: SendKey) -> None:
        await self._arrears.write(key, "a withdrawal", partial(self._ledger.withdrawn, _piece(key)))

    async def after_crash(self) -> int:
        """At the start: what the last process had handed over may have arrived; how many. Raises StorageError."""
        await asyncio.to_thread(_sweep, self._data_dir / FOLDER)
        return len(await self._ledger.left_over())

    async def of_update(self, update_id: int) -> "Trace":
        """Raises `errors.StorageError`."""
        await self._arrears.settle()
        sends = [send for send in await self._ledger.sends(update_id) if send.piece.ordinal < SET_ASIDE]
        arrived = [send for send in sends if send.state is State.CONFIRMED]
        doubtful = [send for send in sends if send.state in (State.UNKNOWN, State.HANDED_OVER)]
        return Trace(arrived, doubtful, any(not send.payload.more for send in arrived + doubtful))

    async def again(self, key: SendKey) -> Content | None:
        """What the person asks for again; None when it is settled, older than a day, or asked for already.

        Raises `errors.StorageError`.
        """
        await self._arrears.settle()
        payload = await self._ledger.hand_over_again(_piece(key))
        if payload is None:
            return None
        if payload.file is None:
            return Content("text", payload.text) if payload.text else None
        try:
            ogg = await asyncio.to_thread((self._data_dir / payload.file).read_bytes)
        except OSError as error:
            _said("a sound", error)
            return Content("text", payload.text) if payload.text else None
        return Content("voice", payload.text or "", ogg, _seconds(ogg))

    async def _confirm(self, key: SendKey, message_id: int) -> None:
        await self._ledger.confirmed(_piece(key), message_id)
        await self._drop_file(key)

    async def _fail(self, key: SendKey) -> None:
        await self._ledger.failed(_piece(key))
        await self._drop_file(key)

    async def _drop_file(self, key: SendKey) -> None:
        file = self._data_dir / FOLDER / f"{key.update_id}-{key.ordinal}.ogg"
        try:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        except OSError as error:
            _said("a sound's end", error)


@asynccontextmanager
async def open_books(ledger: Ledger, data_dir: Path) -> AsyncIterator[Books]:
    """On leaving, what could not be written yet has `arrears.CLOSING_S` to be."""
    async with open_arrears() as arrears:
        yield Books(ledger, data_dir, arrears)


def _seconds(ogg: bytes) -> float:
    """As the last page of a file of ours says: a position at 48 kHz, RFC 7845 section 4."""
    page = ogg.rfind(b"OggS")
    return int.from_bytes(ogg[page + 6 : page + 14], "little") / 48_000 if page >= 0 else 0.0


def _piece(key: SendKey) -> Piece:
    return Piece(key.update_id, key.ordinal)


def _write(file: Path, data: bytes) -> None:
    """It has its name only when it is whole: its row may be there before it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(file.name + PART)
    part.write_bytes(data)
    part.replace(file)


async def _written(writing: asyncio.Future[None] | None) -> None:
    try:
        if writing is not None:
            await asyncio.shield(writing)
    except OSError as error:
        _said("a sound", error)


def _sweep(folder: Path) -> None:
    """What a crash left half written."""
    for part in folder.glob(f"*{PART}"):
        try:
            part.unlink()
        except OSError as error:
            _said("a sound's end", error)


def _said(what: str, error: Exception) -> None:
    log.warning("not written down", what=what, error=type(error).__name__)
