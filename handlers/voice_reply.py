"""The answer of one turn as a voice message: encoded while it arrives, captioned with its own words."""

from collections.abc import Callable

import structlog
from telegram.constants import ChatAction, MessageLimit

from audio.encoder import VoiceEncoder
from audio.pool import Codecs
from errors import AssistantError, StorageError
from handlers.failures import Failures
from handlers.receipts import Outcome, Receipt
from handlers.sending import NotSent, Place, Sender, split

log = structlog.get_logger(__name__)

MOST_BYTES = 900_000
"""Of one voice message: above 1,000,000 Telegram draws no waveform."""


class VoiceReply:
    """A `turn.Reply` into a Telegram chat. Its methods do not raise: what cannot be sent is logged."""

    def __init__(
        self, sender: Sender, failures: Failures, codecs: Codecs, receipt: Receipt, place: Place, language: str
    ) -> None:
        self._sender = sender
        self._failures = failures
        self._codecs = codecs
        self._receipt = receipt
        self._place = place
        self._language = language
        self._stop_action: Callable[[], None] | None = None
        self._encoder: VoiceEncoder | None = None
        self._full: list[tuple[bytes, float]] = []
        self._words: list[str] = []
        self._sent: tuple[int, str] | None = None
        self._outcome: Outcome | None = None
        receipt.keep()

    async def started(self) -> None:
        self._encoder = None
        self._full.clear()
        self._words.clear()
        self.show_recording()

    def show_recording(self) -> None:
        if self._stop_action is None:
            self._stop_action = self._sender.action(self._place, ChatAction.RECORD_VOICE)

    async def speech(self, pcm: bytes) -> None:
        encoder = self._encoder = self._encoder or VoiceEncoder()
        await self._codecs.run(encoder.feed, pcm)
        if encoder.size >= MOST_BYTES:
            self._full.append(await self._finished(encoder))
            self._encoder = None

    def words(self, text: str) -> None:
        self._words.append(text)

    async def answered(self, *, spoken: bool) -> bool:
        try:
            if spoken:
                await self._send_voice()
            else:
                await self._sender.text(self._place, self._caption_and_rest()[2])
        except NotSent:
            log.warning("answer not delivered", chat=self._place.chat)
            self._outcome = "told"
            return False
        finally:
            self._quiet()
        self._outcome = "answered"
        return True

    async def completed(self) -> None:
        if self._sent is None:
            return
        message, caption = self._sent
        now, rest, _ = self._caption_and_rest()
        if now != caption:
            await self._sender.edit_caption(self._place, message, now)
        if rest:
            try:
                await self._sender.text(self._place, rest)
            except NotSent:
                log.warning("rest of the words not delivered", chat=self._place.chat)

    async def interrupted(self) -> None:
        self._quiet()
        self._outcome = "interrupted"

    async def failed(self, error: AssistantError) -> None:
        self._quiet()
        await self._failures.tell(error, self._place, self._language)
        self._outcome = "told"

    async def closed(self) -> None:
        self._quiet()
        try:
            await (self._receipt.done(self._outcome) if self._outcome else self._receipt.release())
        except StorageError as error:
            log.warning("the end of a turn is not recorded", chat=self._place.chat, error=type(error).__name__)

    async def refuse(self, error: AssistantError) -> None:
        """Before there was a turn: say why there will be none."""
        await self.failed(error)
        await self.closed()

    async def drop(self) -> None:
        """Before there was a turn: whatever there is to say is said in reply to another message."""
        await self.interrupted()
        await self.closed()

    async def _send_voice(self) -> None:
        if self._encoder is not None:
            self._full.append(await self._finished(self._encoder))
        *earlier, last = self._full
        for ogg, seconds in earlier:
            await self._sender.voice(self._place, ogg, seconds, "")
        caption = self._caption_and_rest()[0]
        message = await self._sender.voice(self._place, *last, caption)
        self._sent = message.message_id, caption

    async def _finished(self, encoder: VoiceEncoder) -> tuple[bytes, float]:
        return await self._codecs.run(encoder.finish), encoder.duration

    def _caption_and_rest(self) -> tuple[str, str, str]:
        words = " ".join("".join(self._words).split())
        return *split(words, MessageLimit.CAPTION_LENGTH), words

    def _quiet(self) -> None:
        if self._stop_action is not None:
            self._stop_action()
            self._stop_action = None
