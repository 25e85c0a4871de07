"""What went wrong becomes one sentence: to the person, and at most once an hour to the administrators."""

from collections.abc import Iterable
from time import monotonic

import structlog

from errors import (
    AnswerBrokeOff,
    AssistantError,
    KeyRejected,
    ModelUnknown,
    QuotaSpent,
    RegionUnsupported,
    SetupRejected,
    causes,
)
from handlers.ledger import BROKE_OFF, MAY_BE_LOST, SendKey
from handlers.sending import Buttons, NotSent, Place, Sender
from prompts.texts import sentences, text

log = structlog.get_logger(__name__)

ADMINS_EVERY_S = 3600.0
AGAIN = "voice_assistant:again:"
"""Callback data of the button: then the update, a colon and the ordinal of the message."""
FOR_ADMINS = (KeyRejected, ModelUnknown, QuotaSpent, RegionUnsupported, SetupRejected)


def sentence(error: AssistantError, language: str) -> str:
    key = f"error.{error.code}"
    return text(key if key in sentences(language) else "error.unexpected", language, **error.details)


class Failures:
    def __init__(self, sender: Sender, admins: Iterable[int]) -> None:
        self._sender = sender
        self._admins = tuple(admins)
        self._told_admins: dict[str, float] = {}

    async def tell(self, error: AssistantError, place: Place, language: str) -> None:
        """Never raises: whoever cannot be told has been logged."""
        log.info("told", code=error.code, chat=place.chat, why=str(error), cause=causes(error))
        try:
            await self._sender.text(place, sentence(error, language))
        except NotSent:
            log.warning("nobody could be told", code=error.code, chat=place.chat)
        if isinstance(error, FOR_ADMINS):
            await self.warn(error.code, text("admin.trouble", what=text(f"operator.{error.code}")))

    async def owe(self, place: Place, language: str, key: SendKey | None) -> None:
        """An answer may not have arrived: one sentence, and a button that sends it again."""
        try:
            said = SendKey(key.update_id, MAY_BE_LOST) if key else None
            await self._sender.text(place, text("recovery.may_be_lost", language), _again(key, language), key=said)
        except NotSent:
            log.warning("nobody could be told that an answer may be lost", chat=place.chat)

    async def broke_off(self, place: Place, language: str, update_id: int, doubtful: SendKey | None) -> None:
        """Only a part of an answer is in the chat: one sentence, and a button when a piece of it is kept."""
        log.info("told", code=AnswerBrokeOff.code, chat=place.chat)
        try:
            said = SendKey(update_id, BROKE_OFF) if update_id else None
            sentence_of_it = sentence(AnswerBrokeOff(), language)
            await self._sender.text(place, sentence_of_it, _again(doubtful, language), key=said)
        except NotSent:
            log.warning("nobody could be told that an answer broke off", chat=place.chat)

    async def warn(self, code: str, words: str) -> None:
        """To the administrators, once an hour for each `code`."""
        last = self._told_admins.get(code)
        if last is not None and monotonic() - last < ADMINS_EVERY_S:
            return
        self._told_admins[code] = monotonic()
        for admin in self._admins:
            try:
                await self._sender.text(Place(admin), words, unasked=True)
            except NotSent:
                log.warning("an administrator could not be told", code=code)


def _again(key: SendKey | None, language: str) -> Buttons | None:
    """The button that sends what is kept of an answer, from this message on."""
    if key is None:
        return None
    return [[(text("recovery.again_button", language), f"{AGAIN}{key.update_id}:{key.ordinal}")]]
