"""Files as message content: the JSON object of a voice message, photo, document, as the wire shows it."""

from .files import FileStore, StoredFile
from .media import Picture
from .wire import Json, present


def voice(file: StoredFile, duration: int) -> Json:
    return {"voice": present(duration=duration, mime_type=file.mime) | file.to_wire()}


def audio(file: StoredFile, duration: int, title: str | None = None, performer: str | None = None) -> Json:
    details = present(
        duration=duration, file_name=file.name, mime_type=file.mime, title=title or None, performer=performer or None
    )
    return {"audio": details | file.to_wire()}


def document(file: StoredFile) -> Json:
    return {"document": present(file_name=file.name, mime_type=file.mime) | file.to_wire()}


def photo(files: FileStore, pictures: list[Picture]) -> Json:
    """All sizes, each a file of its own, the smallest first."""
    sizes = []
    for picture in pictures:
        stored = files.add("photo", picture.data, mime="image/jpeg")
        sizes.append({**stored.to_wire(), "width": picture.width, "height": picture.height})
    return {"photo": sizes}


def video(file: StoredFile, duration: int, size: tuple[int, int]) -> Json:
    details = present(duration=duration, width=size[0], height=size[1], file_name=file.name, mime_type=file.mime)
    return {"video": details | file.to_wire()}


def video_note(file: StoredFile, duration: int, side: int) -> Json:
    return {"video_note": {"duration": duration, "length": side, **file.to_wire()}}


def sticker(file: StoredFile) -> Json:
    details = {"width": 512, "height": 512, "emoji": "👍", "is_animated": False, "is_video": False, "type": "regular"}
    return {"sticker": details | file.to_wire()}


def poll(number: int, question: str, options: list[str]) -> Json:
    return {
        "poll": {
            "id": str(number),
            "question": question,
            "options": [
                {"persistent_id": str(place), "text": option, "voter_count": 0} for place, option in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    }
