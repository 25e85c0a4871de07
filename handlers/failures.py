"""What went wrong becomes one sentence: to the person, and at most once an hour to the administrators."""

from collections.abc import Iterable
from time import monotonic

import structlog

from errors import AssistantError, KeyRejected, ModelUnknown, QuotaSpent, RegionUnsupported
from handlers.sending import NotSent, Place, Sender
from prompts.texts import sentences, text

log = structlog.get_logger(__name__)

ADMINS_EVERY_S = 3600.0
FOR_ADMINS = (KeyRejected, ModelUnknown, QuotaSpent, RegionUnsupported)


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
        log.info("told", code=error.code, chat=place.chat)
        try:
            await self._sender.text(place, sentence(error, language))
        except NotSent:
            log.warning("nobody could be told", code=error.code, chat=place.chat)
        if isinstance(error, FOR_ADMINS):
            await self._tell_admins(error)

    async def _tell_admins(self, error: AssistantError) -> None:
        last = self._told_admins.get(error.code)
        if last is not None and monotonic() - last < ADMINS_EVERY_S:
            return
        self._told_admins[error.code] = monotonic()
        for admin in self._admins:
            try:
                await self._sender.text(Place(admin), text("admin.trouble", what=sentence(error, "ru")))
            except NotSent:
                log.warning("an administrator could not be told", code=error.code)
