"""The answer of one turn as voice messages: what becomes of it, and what the person is told where it does not come."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from telegram.constants import ChatAction

from audio.pool import Codecs
from errors import AssistantError, StorageError
from handlers.delivery import Blocked, GivenUp, NotSent, Refused, Repeated, Unknown, VoiceForbidden
from handlers.failures import Failures
from handlers.pieces import ON_ITS_WAY_S, NotEncoded, Pieces
from handlers.receipts import Outcome, Receipt, Together
from handlers.sending import Flight, Place, Sender
from handlers.working import Working

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """What replies go out by."""

    sender: Sender
    failures: Failures
    codecs: Codecs


class VoiceReply:
    """A `question.Reply` into a Telegram chat. All but `started` raise nothing: what cannot be sent is logged.

    `blocked` is called when the person lets the bot send him nothing any more.
    """

    def __init__(
        self, ways: Ways, receipt: Receipt, place: Place, language: str, *, blocked: Callable[[], None]
    ) -> None:
        self._ways = ways
        self._receipt = receipt
        self._place = place
        self._language = language
        self._blocked = blocked
        self._stop_action: Callable[[], None] | None = None
        self._working = Working(ways.sender, place, language)
        self._pieces = self._none_yet()
        self._written = False
        """The answer went out as text, or may have."""
        self._flight = Flight()
        """Of text."""
        self._outcome: Outcome | None = None
        self._sending: asyncio.Timeout | None = None
        receipt.keep()

    @property
    def update(self) -> int:
        return self._receipt.update_id

    async def join(self, update: int | None) -> None:
        await self._receipt.join(update)

    @property
    def has_begun(self) -> bool:
        return self._pieces.have_begun

    async def started(self) -> None:
        await self._receipt.works("answer")
        await self._pieces.take_back()
        self._pieces = self._none_yet()
        self.show_recording()

    def show_recording(self, *, after: float = 0.0) -> None:
        """In so many seconds."""
        if self._stop_action is None:
            self._stop_action = self._ways.sender.action(self._place, ChatAction.RECORD_VOICE, after=after)

    async def speech(self, pcm: bytes) -> None:
        await self._pieces.speech(pcm)

    def words(self, text: str) -> None:
        self._pieces.words.add(text)

    def working(self, function: str) -> None:
        self._working.show(function)

    async def answered(self, *, spoken: bool) -> bool:
        try:
            async with asyncio.timeout(None) as self._sending:
                await self._send(spoken=spoken)
        except (GivenUp, TimeoutError):
            self._outcome = "interrupted"
            await self._pieces.stop(ON_ITS_WAY_S)
        except Unknown as error:
            await self._ways.failures.owe(self._place, self._language, error.key)
            self._outcome = "told"
        except Blocked:
            self._outcome = "told"
            self._blocked()
        except Repeated:
            self._outcome = "answered"  # an earlier attempt at this very answer arrived
        except NotSent:
            await self._tell(AssistantError("answer not delivered"))
            self._outcome = "told"
        else:
            self._outcome = "answered"
        finally:
            self._sending = None
            self._quiet()
        return self._outcome == "answered"

    def give_up(self) -> None:
        pieces_are_out = self._pieces.give_up()
        self._flight.give_up()
        if self._sending is not None and not (self._flight.is_out if self._written else pieces_are_out):
            self._sending.reschedule(0.0)

    async def completed(self) -> None:
        if self._outcome != "answered":
            return
        rest = await self._pieces.complete()
        if rest:
            try:
                async with asyncio.timeout(None) as self._sending:
                    self._written = True
                    await self._text(rest)
            except (GivenUp, TimeoutError):
                return
            except NotSent:
                log.warning("rest of the words not delivered", chat=self._place.chat)
            finally:
                self._sending = None

    async def interrupted(self) -> None:
        self._quiet()
        self._outcome = self._outcome or "interrupted"
        await self._pieces.stop(ON_ITS_WAY_S)

    async def failed(self, error: AssistantError) -> None:
        self._quiet()
        await self._pieces.stop(ON_ITS_WAY_S)
        await self._tell(error)
        self._outcome = "told"

    async def closed(self) -> None:
        self._quiet()
        await self._pieces.stop(ON_ITS_WAY_S)
        try:
            if self._outcome:
                await self._receipt.done(self._outcome)
            elif not (self._pieces.are_seen or self._written):
                await self._receipt.release()
            # Else the next process has to look up what is in the chat, as it does after a crash.
        except StorageError as error:
            log.warning("the end of a turn is not recorded", chat=self._place.chat, error=type(error).__name__)

    async def refuse(self, error: AssistantError) -> None:
        """Before there was a turn: say why there will be none. The chat goes on meanwhile."""
        await self._receipt.step_aside()
        await self.failed(error)
        await self.closed()

    async def drop(self) -> None:
        """Before there was a turn: whatever there is to say is said in reply to another message."""
        await self.interrupted()
        await self.closed()

    def answers_also(self, others: "Sequence[VoiceReply]") -> None:
        """Before there was a turn: these messages are part of the same one, and their rows end with this one's."""
        for other in others:
            other._quiet()
        self._receipt = Together(self._receipt, [other._receipt for other in others])

    async def _send(self, *, spoken: bool) -> None:
        if spoken:
            try:
                await self._pieces.end()
            except (VoiceForbidden, Refused, NotEncoded):
                # Telegram or the person will have no sound, or there is none: the words are better than silence.
                if not self._pieces.words.left():
                    raise
            else:
                if self._pieces.doubtful:
                    doubt = Unknown("a piece")
                    doubt.key = self._pieces.doubtful[0]
                    raise doubt
                return
        self._written = True
        await self._text(self._pieces.words.left())

    async def _text(self, words: str) -> None:
        await self._ways.sender.text(self._place, words, key=self._pieces.key(), flight=self._flight)

    async def _tell(self, error: AssistantError) -> None:
        failures, doubtful = self._ways.failures, self._pieces.doubtful
        if self._pieces.are_seen:
            await failures.broke_off(
                self._place, self._language, self._receipt.update_id, doubtful[0] if doubtful else None
            )
        else:
            await failures.tell(error, self._place, self._language)

    def _none_yet(self) -> Pieces:
        ways, update_id = self._ways, self._receipt.update_id
        return Pieces(ways.sender, ways.codecs, self._place, update_id, arrived=self._go_on)

    def _go_on(self) -> None:
        """A message ends what Telegram shows of the recording; and more is to come."""
        self._working.over()
        if self._stop_action is not None:
            self._stop_action()
            self._stop_action = None
            self.show_recording()

    def _quiet(self) -> None:
        self._working.over()
        if self._stop_action is not None:
            self._stop_action()
            self._stop_action = None
