"""Files of documents on the disk: each whole or not there, and known again by the hash of its content.

The functions are for a thread and never raise: what the disk does not give or take is made anew.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from client import File
from storage.documents import KeptFile

PICTURE = "photo-{number}"
MOST_PICTURES = 6

log = structlog.get_logger(__name__)


def read(folder: Path, kept: Sequence[KeptFile]) -> tuple[File, ...] | None:
    """None when one of them is not what was written."""
    files = []
    for one in kept:
        try:
            data = (folder / one.path).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != one.sha256:
            log.warning("a file of a document is damaged; it is made anew")
            return None
        files.append(File(one.name, data))
    return tuple(files) or None


def write(folder: Path, document: str, revision: int, files: Sequence[File]) -> list[KeptFile]:
    """Whole or not at all; nothing when the disk does not take them."""
    home, kept = folder / document, []
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in files:
            extension = file.name.rpartition(".")[2]
            name = f"{revision}.{extension}"
            _replace(home / name, file.data)
            digest = hashlib.sha256(file.data).hexdigest()
            kept.append(KeptFile(file.name, f"{document}/{name}", digest, len(file.data)))
    except OSError as error:
        log.error("files of a document are not kept", error=type(error).__name__, number=error.errno)
        return []
    return kept


def write_pictures(folder: Path, document: str, pictures: Sequence[bytes]) -> None:
    """Those of all revisions; what is there already stays."""
    home = folder / document
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, data in enumerate(pictures, start=1):
            if not (path := home / PICTURE.format(number=number)).exists():
                _replace(path, data)
    except OSError as error:
        log.error("photos of a document are not kept", error=type(error).__name__, number=error.errno)


def read_pictures(folder: Path, document: str) -> list[bytes]:
    """In their order, as far as the disk gives them."""
    pictures = []
    for number in range(1, MOST_PICTURES + 1):
        with suppress(OSError):
            pictures.append((folder / document / PICTURE.format(number=number)).read_bytes())
    return pictures


def _replace(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(".part", f"{path.name}.", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def remove(home: Path) -> None:
    with suppress(OSError):
        for file in home.iterdir():
            file.unlink()
        home.rmdir()
