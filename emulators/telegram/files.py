"""Files that people and the bot have sent."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from .wire import Json, bad_request, present

MAX_DOWNLOAD_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` as refusals say it, the beginning of a `file_id`, the folder and suffix of a `file_path`."""

    name: str
    prefix: str
    folder: str
    suffix: str


KINDS = {
    "voice": Kind("VoiceNote", "AwACAgIA", "voice", ".oga"),
    "photo": Kind("Photo", "AgACAgIA", "photos", ".jpg"),
    "document": Kind("Document", "BQACAgIA", "documents", ".bin"),
    "audio": Kind("Audio", "CQACAgIA", "music", ".mp3"),
    "video": Kind("Video", "BAACAgIA", "videos", ".mp4"),
    "video_note": Kind("VideoNote", "DQACAgIA", "video_notes", ".mp4"),
    "sticker": Kind("Sticker", "CAACAgIA", "stickers", ".webp"),
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    kind: str
    data: bytes = field(repr=False)
    size: int
    """The size that is told, which need not be that of `data`."""
    path: str
    mime: str | None = None
    name: str | None = None

    def to_wire(self) -> Json:
        return present(file_id=self.file_id, file_unique_id=self.unique_id, file_size=self.size)


class FileStore:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(
        self,
        kind: str,
        data: bytes,
        *,
        mime: str | None = None,
        name: str | None = None,
        size: int | None = None,
    ) -> StoredFile:
        number = len(self._by_id)
        traits = KINDS[kind]
        suffix = PurePosixPath(name or "").suffix or traits.suffix
        file = StoredFile(
            file_id=f"{traits.prefix}AxkBAAI{number:08d}",
            unique_id=f"AgAD{number:08d}",
            kind=kind,
            data=data,
            size=len(data) if size is None else size,
            path=f"{traits.folder}/file_{number}{suffix}",
            mime=mime,
            name=name,
        )
        self._by_id[file.file_id] = file
        return file

    def get(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def open_path(self, file_id: str) -> Json:
        """The answer to getFile; from now on the file can be downloaded."""
        if not file_id:
            raise bad_request("file_id not specified")
        file = self.get(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if max(file.size, len(file.data)) > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        self._by_path[file.path] = file
        return {**file.to_wire(), "file_path": file.path}

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)
