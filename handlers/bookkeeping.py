"""The ledger of sends in the database, the sounds it needs in `DATA_DIR`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from errors import StorageError
from handlers.ledger import SET_ASIDE, Content, SendKey
from storage.ledger import Ledger, Payload, Piece, Send, State

log = structlog.get_logger(__name__)

FOLDER = "unsent"


@dataclass(frozen=True, slots=True)
class Trace:
    """What the ledger knows of the answer to an update."""

    arrived: list[Send]
    doubtful: list[Send]
    """They may have arrived."""
    whole: bool
    """Its last message is among them; else the answer broke off."""


class Books:
    """A `handlers.ledger.Ledger`. Trouble with the database or the disk is logged and never keeps a message back."""

    def __init__(self, ledger: Ledger, data_dir: Path) -> None:
        self._ledger = ledger
        self._data_dir = data_dir

    async def hand_over(self, key: SendKey, content: Content) -> bool:
        file = None
        if content.ogg is not None:
            file = f"{FOLDER}/{key.update_id}-{key.ordinal}.ogg"
            try:
                await asyncio.to_thread(_write, self._data_dir / file, content.ogg)
            except OSError as error:
                _said("a sound", error)
                file = None
        try:
            payload = Payload(content.kind, content.text or None, file, content.more)
            return await self._ledger.hand_over(_piece(key), payload)
        except StorageError as error:
            _said("a send", error)
            return True

    async def confirmed(self, key: SendKey, message_id: int) -> None:
        try:
            await self._ledger.confirmed(_piece(key), message_id)
        except StorageError as error:
            _said("an arrival", error)
        await self._drop_file(key)

    async def failed(self, key: SendKey) -> None:
        try:
            await self._ledger.failed(_piece(key))
        except StorageError as error:
            _said("a failure", error)
        await self._drop_file(key)

    async def unknown(self, key: SendKey) -> None:
        try:
            await self._ledger.unknown(_piece(key))
        except StorageError as error:
            _said("an unknown end", error)

    async def withdrawn(self, key: SendKey) -> None:
        try:
            await self._ledger.withdrawn(_piece(key))
        except StorageError as error:
            _said("a withdrawal", error)

    async def after_crash(self) -> int:
        """At the start: what the last process had handed over may have arrived; how many. Raises StorageError."""
        return len(await self._ledger.left_over())

    async def of_update(self, update_id: int) -> "Trace":
        """Raises `errors.StorageError`."""
        sends = [send for send in await self._ledger.sends(update_id) if send.piece.ordinal < SET_ASIDE]
        arrived = [send for send in sends if send.state is State.CONFIRMED]
        doubtful = [send for send in sends if send.state in (State.UNKNOWN, State.HANDED_OVER)]
        return Trace(arrived, doubtful, any(not send.payload.more for send in arrived + doubtful))

    async def again(self, key: SendKey) -> Content | None:
        """What the person asks for again; None when it is settled, older than a day, or asked for already."""
        payload = await self._ledger.hand_over_again(_piece(key))
        if payload is None:
            return None
        if payload.file is None:
            return Content("text", payload.text) if payload.text else None
        try:
            ogg = await asyncio.to_thread((self._data_dir / payload.file).read_bytes)
        except OSError as error:
            _said("a sound", error)
            return None
        return Content("voice", payload.text or "", ogg, _seconds(ogg))

    async def _drop_file(self, key: SendKey) -> None:
        file = self._data_dir / FOLDER / f"{key.update_id}-{key.ordinal}.ogg"
        await asyncio.to_thread(file.unlink, missing_ok=True)


def _seconds(ogg: bytes) -> float:
    """As the last page of a file of ours says: a position at 48 kHz, RFC 7845 section 4."""
    page = ogg.rfind(b"OggS")
    return int.from_bytes(ogg[page + 6 : page + 14], "little") / 48_000 if page >= 0 else 0.0


def _piece(key: SendKey) -> Piece:
    return Piece(key.update_id, key.ordinal)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_bytes(data)


def _said(what: str, error: Exception) -> None:
    log.warning("not written down", what=what, error=type(error).__name__)
