"""The answer of one turn as a voice message: encoded while it arrives, captioned with its own words."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from telegram.constants import ChatAction, MessageLimit

from audio.encoder import VoiceEncoder
from audio.pool import Codecs
from errors import AssistantError, StorageError
from handlers.delivery import Blocked, NotSent, Refused, Repeated, Unknown, VoiceForbidden
from handlers.failures import Failures
from handlers.ledger import SendKey
from handlers.receipts import Outcome, Receipt
from handlers.sending import Place, Sender, split

log = structlog.get_logger(__name__)

MOST_BYTES = 900_000
"""Of one voice message: above 1,000,000 Telegram draws no waveform."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What replies go out by."""

    sender: Sender
    failures: Failures
    codecs: Codecs


class VoiceReply:
    """A `question.Reply` into a Telegram chat. Its methods do not raise: what cannot be sent is logged.

    `blocked` is called when the person lets the bot send him nothing any more.
    """

    def __init__(
        self, ways: Ways, receipt: Receipt, place: Place, language: str, *, blocked: Callable[[], None]
    ) -> None:
        self._sender = ways.sender
        self._failures = ways.failures
        self._codecs = ways.codecs
        self._receipt = receipt
        self._place = place
        self._language = language
        self._blocked = blocked
        self._stop_action: Callable[[], None] | None = None
        self._encoder: VoiceEncoder | None = None
        self._full: list[tuple[bytes, float]] = []
        self._words: list[str] = []
        self._sent: tuple[int, str] | None = None
        self._ordinal = 0
        self._outcome: Outcome | None = None
        receipt.keep()

    async def started(self) -> None:
        await self._receipt.works("answer")
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
            await self._send(spoken=spoken)
        except Unknown:
            await self._failures.owe(self._place, self._language, self._key())
            self._outcome = "told"
        except Blocked:
            self._outcome = "told"
            self._blocked()
        except Repeated:
            self._outcome = "answered"  # an earlier attempt at this very answer arrived
        except NotSent:
            self._outcome = "told"
            await self._failures.tell(AssistantError("answer not delivered"), self._place, self._language)
        else:
            self._outcome = "answered"
        finally:
            self._quiet()
        return self._outcome == "answered"

    async def completed(self) -> None:
        if self._sent is None:
            return
        message, caption = self._sent
        now, rest, _ = self._caption_and_rest()
        if now != caption:
            await self._sender.edit_caption(self._place, message, now)
        if rest:
            try:
                await self._sender.text(self._place, rest, key=self._key())
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

    async def _send(self, *, spoken: bool) -> None:
        words = self._caption_and_rest()[2]
        if spoken:
            try:
                await self._send_voice()
                return
            except (VoiceForbidden, Refused):
                # Telegram or the person will have no sound: the words are better than silence.
                if not words:
                    raise
                self._ordinal += 1
        await self._sender.text(self._place, words, key=self._key())

    async def _send_voice(self) -> None:
        if self._encoder is not None:
            self._full.append(await self._finished(self._encoder))
        *earlier, last = self._full
        for ogg, seconds in earlier:
            await self._sender.voice(self._place, ogg, seconds, "", key=self._key())
            self._ordinal += 1
        caption = self._caption_and_rest()[0]
        message = await self._sender.voice(self._place, *last, caption, key=self._key())
        self._ordinal += 1
        self._sent = message.message_id, caption

    async def _finished(self, encoder: VoiceEncoder) -> tuple[bytes, float]:
        return await self._codecs.run(encoder.finish), encoder.duration

    def _caption_and_rest(self) -> tuple[str, str, str]:
        words = " ".join("".join(self._words).split())
        return *split(words, MessageLimit.CAPTION_LENGTH), words

    def _key(self) -> SendKey | None:
        """Of the next message of this answer; none without an update to answer."""
        return SendKey(self._receipt.update_id, self._ordinal) if self._receipt.update_id else None

    def _quiet(self) -> None:
        if self._stop_action is not None:
            self._stop_action()
            self._stop_action = None
