"""Everything that can go wrong and is told to a person.

    AssistantError
    ├── BadInput                what was sent cannot be used; the person can mend it
    │   ├── RecordingUnreadable
    │   │   ├── RecordingHasNoSoundTrack
    │   │   └── RecordingNeedsFfmpeg
    │   ├── RecordingSilent
    │   ├── RecordingTooLong
    │   ├── RecordingStale
    │   ├── FileTooLarge
    │   ├── PictureUnreadable
    │   ├── PictureTooLarge
    │   ├── DrawingUnreadable
    │   ├── DrawingEncrypted
    │   ├── FileUnsupported
    │   ├── DocumentJsonWrong
    │   ├── DocumentJsonNewer
    │   └── DocumentTooLarge
    ├── DownloadFailed          Telegram did not hand out the file
    ├── Overloaded              a bound was reached; nothing was taken
    ├── SoundLost               what decodes and encodes ended in the middle; nothing is wrong with the recording
    ├── NotDelivered            what a function sent is certainly not with the person
    ├── OutcomeUnknown          an effect may or may not have happened; it is not to be repeated
    ├── ServerUnavailable       a server of functions (MCP) is out of reach
    ├── ServerRefused           it says no
    ├── ProviderError           the live model
    │   ├── ProviderUnavailable     out of reach, broken off, or silent: trying again makes sense
    │   │   └── AnswerTimedOut
    │   ├── AnswerEmpty
    │   ├── KeyRejected
    │   ├── RegionUnsupported
    │   ├── QuotaSpent
    │   ├── ModelUnknown
    │   ├── SetupRejected           no question was asked yet: the operator's settings are refused
    │   └── RequestRejected
    ├── AnswerBrokeOff          a part of the answer is in the chat, and the rest will not come
    ├── StorageError            the database; what was to be written is not there, or may not be
    │   ├── StorageUnavailable      out of reach, locked or too slow: trying again makes sense
    │   ├── StorageFull
    │   └── StorageReadOnly
    ├── DocumentError           a document could not be made; nothing was written
    │   ├── TemplateBroken
    │   └── KindBroken
    └── ConfigurationError      a setting is missing or wrong: one sentence, exit status 2

`code` is stable: it picks the sentence in `prompts/texts` (key `error.<code>`); `details` fills it in. The
message of an error is for logs: it names what happened, never what a person said and never a secret.
"""

import errno
import re
import ssl
from typing import ClassVar

MOST_CAUSES = 4


class AssistantError(Exception):
    code: ClassVar[str] = "unexpected"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", **details: str | int) -> None:
        super().__init__(message or self.code)
        self.details = details


class BadInput(AssistantError):
    code = "bad_input"


class RecordingUnreadable(BadInput):
    code = "recording_unreadable"


class RecordingHasNoSoundTrack(RecordingUnreadable):
    code = "recording_has_no_sound_track"


class RecordingNeedsFfmpeg(RecordingUnreadable):
    """The recording is of a kind that only the `ffmpeg` program reads, and it is not installed."""

    code = "recording_needs_ffmpeg"


class RecordingSilent(BadInput):
    code = "recording_silent"


class RecordingTooLong(BadInput):
    """Details: `minutes`, the limit."""

    code = "recording_too_long"


class RecordingStale(BadInput):
    """It waited so long that an answer would only be in the way."""

    code = "recording_stale"


class FileTooLarge(BadInput):
    """Details: `megabytes`, the limit."""

    code = "file_too_large"


class PictureUnreadable(BadInput):
    code = "picture_unreadable"


class PictureTooLarge(BadInput):
    """Details: `megapixels`, the limit."""

    code = "picture_too_large"


class DrawingUnreadable(BadInput):
    code = "drawing_unreadable"


class DrawingEncrypted(BadInput):
    code = "drawing_encrypted"


class FileUnsupported(BadInput):
    """Neither a recording nor a picture nor a drawing."""

    code = "file_unsupported"


class DocumentJsonWrong(BadInput):
    """A document's JSON has another shape than its kind. Details: `where`, the path of the first wrong value."""

    code = "document_json_wrong"


class DocumentJsonNewer(BadInput):
    """A document's JSON was written by a later version."""

    code = "document_json_newer"


class DocumentTooLarge(BadInput):
    """Details: `limit`, the most pages that a document may have."""

    code = "document_too_large"


class DownloadFailed(AssistantError):
    code = "download_failed"
    retryable = True


class Overloaded(AssistantError):
    code = "overloaded"
    retryable = True


class SoundLost(AssistantError):
    """A codec process ended, or was ended because it hung."""

    code = "sound_lost"
    retryable = True


class NotDelivered(AssistantError):
    code = "not_delivered"
    retryable = True


class OutcomeUnknown(AssistantError):
    code = "outcome_unknown"


class ServerUnavailable(AssistantError):
    code = "server_unavailable"
    retryable = True


class ServerRefused(AssistantError):
    code = "server_refused"


class ProviderError(AssistantError):
    code = "provider"


class ProviderUnavailable(ProviderError):
    code = "provider_unavailable"
    retryable = True


class AnswerTimedOut(ProviderUnavailable):
    code = "answer_timed_out"


class AnswerEmpty(ProviderError):
    """The turn ended with neither sound nor text."""

    code = "answer_empty"
    retryable = True


class KeyRejected(ProviderError):
    code = "key_rejected"


class RegionUnsupported(ProviderError):
    code = "region_unsupported"


class QuotaSpent(ProviderError):
    code = "quota_spent"


class ModelUnknown(ProviderError):
    code = "model_unknown"


class SetupRejected(ProviderError):
    """A fresh connection was refused for what it was opened with, which is nobody's question."""

    code = "setup_rejected"


class RequestRejected(ProviderError):
    code = "request_rejected"


class AnswerBrokeOff(AssistantError):
    """What is in the chat cannot be taken back, so the question is not asked again."""

    code = "answer_broke_off"


class StorageError(AssistantError):
    code = "storage"


class StorageUnavailable(StorageError):
    code = "storage_unavailable"
    retryable = True


class StorageFull(StorageError):
    """The disk is full, or a quota is."""

    code = "storage_full"


class StorageReadOnly(StorageError):
    code = "storage_read_only"


class DocumentError(AssistantError):
    code = "document"


class TemplateBroken(DocumentError):
    """A template of documents, which operators edit, does not work. Details: `file`, `what`."""

    code = "template_broken"


class KindBroken(DocumentError):
    """The file that describes a kind of documents does not hold together. Details: `file`, `what`."""

    code = "kind_broken"


class ConfigurationError(AssistantError):
    """`reason` picks the sentence (key `setup.<reason>`)."""

    code = "configuration"

    def __init__(self, message: str, *, reason: str, **details: str | int) -> None:
        super().__init__(message, **details)
        self.reason = reason


def where(error: BaseException) -> str:
    """`file:line` of the innermost frame: what a log may say of an unexpected error, whose message may quote people."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback is not None else "unknown"


def causes(error: BaseException) -> str:
    """What a log may say of where a foreseen error came from: kinds and numbers only, the nearest first. The texts of
    foreign errors may hold anything, an address with its password too."""
    kinds: list[str] = []
    while (cause := error.__cause__) is not None and len(kinds) < MOST_CAUSES:
        kinds.append(_kind(cause))
        error = cause
    return " < ".join(kinds)


def _kind(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        details = [getattr(error, "verify_message", None) or getattr(error, "reason", None)]
    elif isinstance(error, OSError):
        # Of several addresses that were tried, asyncio tells the numbers in the text only.
        details = [errno.errorcode.get(int(number), "") for number in re.findall(r"\[Errno (\d+)\]", str(error))]
    else:
        details = []
    told = ", ".join(sorted({detail for detail in details if detail}))
    return f"{type(error).__name__}({told})" if told else type(error).__name__
