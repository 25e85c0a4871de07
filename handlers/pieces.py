"""An answer on its way into a chat: in pieces when it is long, each sent as soon as it has ended.

A piece ends only when it can go at once: no earlier one is on its way, and the chat is not held. Until then the encoder
goes on, and what would have been two pieces is one.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from telegram.constants import MessageLimit

from audio.kept import Kept
from audio.pool import Codecs
from audio.voice_pieces import Voice, VoicePieces
from errors import AnswerBrokeOff, SoundLost
from handlers.captions import Words, split
from handlers.ledger import SendKey
from handlers.sending import Flight, NotSent, Place, Sender, Unknown

EARLIEST_S = 1.0
"""An answer that is made faster than this is one message: cut, it would not be heard sooner."""
ON_ITS_WAY_S = 3.0
"""How long a piece that is out may still take when nothing is to follow it; then it may have arrived."""
SETTLE_S = 30.0
"""The same, when the question is to be asked again and waits for it."""


class NotEncoded(NotSent):
    """There is no voice message to send, by no fault of Telegram's."""


@dataclass(frozen=True, slots=True)
class Sent:
    chat: int
    message: int
    key: SendKey | None


class Pieces:
    """Of one attempt at the answer to an update (0: to none). `arrived` is called after each piece but the last."""

    def __init__(
        self, sender: Sender, codecs: Codecs, place: Place, update_id: int, *, arrived: Callable[[], None]
    ) -> None:
        self.words = Words()
        self.sent: list[Sent] = []
        self.doubtful: list[SendKey | None] = []
        """Those that may have arrived."""
        self._sender = sender
        self._codecs = codecs
        self._place = place
        self._update_id = update_id
        self._on_arrival = arrived
        self._sound: Kept[VoicePieces] | None = None
        self._sounds_since: float | None = None
        self._waiting: deque[tuple[Voice, str]] = deque()
        self._carrier: asyncio.Task[None] | None = None
        self._flight = Flight()
        self._given_up = False
        self._trouble: NotSent | None = None
        """What ended the sending."""
        self._ordinal = 0
        self._last: Sent | None = None
        self._last_caption = ""

    @property
    def have_begun(self) -> bool:
        """One is in the chat, or may be, or is on its way there."""
        return bool(self.sent or self.doubtful or self._waiting or self._flight.entry)

    @property
    def are_seen(self) -> bool:
        return bool(self.sent or self.doubtful)

    def key(self) -> SendKey | None:
        """Of the next message; none without an update to answer."""
        return SendKey(self._update_id, self._ordinal) if self._update_id else None

    async def speech(self, pcm: bytes) -> None:
        """The next sound. Raises nothing: what cannot be sent is told at the end."""
        if self._trouble is not None:
            return
        may_end = self._may_end()
        try:
            self._sound = self._sound or await self._codecs.keep(VoicePieces)
            ended = await self._sound.run(VoicePieces.feed, pcm, may_cut=may_end)
        except SoundLost:
            self._trouble = NotEncoded("the codec process is lost")
            return
        if ended is not None:
            self._waiting.append((ended, self.words.take()))
            if self._carrier is None:
                self._carrier = self._sender.start(self._carry, "pieces")

    async def end(self) -> None:
        """All sound came: what is left of it is the last piece. Raises the `NotSent` that kept one from being sent; one
        that may have arrived is `doubtful` and keeps nothing back."""
        last = await self._finished()
        if self._carrier is not None:
            await asyncio.wait({self._carrier})
        if self._trouble is None:
            self._last_caption, _ = self._caption_and_rest()
            self._last = await self._send(last, self._last_caption, more=False)
        if self._trouble is not None:
            raise self._trouble

    async def _finished(self) -> Voice:
        if self._sound is None or self._trouble is not None:
            return Voice(b"", 0.0)
        try:
            return await self._sound.run(VoicePieces.finish)
        except SoundLost:
            self._trouble = NotEncoded("the codec process is lost")
            return Voice(b"", 0.0)
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        sound, self._sound = self._sound, None
        if sound is not None:
            await sound.aclose()

    async def complete(self) -> str:
        """After `end`, when no more words will come: what the last caption lacks is put there. What it cannot hold."""
        caption, rest = self._caption_and_rest()
        if self._last is None:
            return ""  # all of the words were sent as text
        if caption != self._last_caption:
            await self._sender.edit_caption(self._place, self._last.message, caption)
        return rest

    def _caption_and_rest(self) -> tuple[str, str]:
        return split(self.words.left(), MessageLimit.CAPTION_LENGTH)

    async def stop(self, seconds: float) -> None:
        """Nothing more goes out. A piece that is out already may take so long to arrive."""
        self._waiting.clear()
        await self._let_go()
        carrier = self._carrier
        if carrier is None or carrier.done():
            return
        if self._flight.is_out:
            await asyncio.wait({carrier}, timeout=seconds)
        carrier.cancel()
        await asyncio.wait({carrier})

    async def take_back(self) -> None:
        """Stop, and delete what is in the chat. Raises `errors.AnswerBrokeOff` when some of it is there for good."""
        await self.stop(SETTLE_S)
        if self.doubtful:
            raise AnswerBrokeOff("a piece that may have arrived")
        while self.sent:  # the last one first: what cannot be deleted is then a beginning
            last = self.sent[-1]
            if not await self._sender.delete(last.chat, last.message, last.key):
                raise AnswerBrokeOff("a piece that cannot be deleted")
            self.sent.pop()

    def give_up(self) -> bool:
        """What is not out yet is to stay here. True when some of it is out and has to be waited for."""
        self._given_up = True
        self._waiting.clear()
        self._flight.give_up()
        return self._flight.is_out

    def _may_end(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._sounds_since = self._sounds_since or now
        return (
            self._carrier is None
            and now - self._sounds_since >= EARLIEST_S
            and self._sender.takes_sound(self._place)
            and not self._sender.held(self._place)
        )

    async def _carry(self) -> None:
        try:
            while self._waiting and self._trouble is None:
                voice, caption = self._waiting.popleft()
                await self._send(voice, caption, more=True)
                if self._trouble is None:
                    self._on_arrival()
        finally:
            self._carrier = None

    async def _send(self, voice: Voice, caption: str, *, more: bool) -> Sent | None:
        """None when it is not certain that it arrived."""
        key = self.key()
        self._flight = Flight(more=more, silent=self._ordinal > 0, given_up=self._given_up)
        trouble: NotSent | None = NotSent("cut off")
        try:
            message = await self._sender.voice(
                self._place, voice.ogg, voice.seconds, caption, key=key, flight=self._flight
            )
            trouble = None
            self.sent.append(Sent(message.chat.id, message.message_id, key))
            return self.sent[-1]
        except Unknown:
            self.doubtful.append(key)
            trouble = None
        except NotSent as error:
            if more:  # the words of the last piece were never taken
                self.words.give_back(caption)
            trouble = error
        finally:
            if trouble is not None and self._flight.is_out:
                self.doubtful.append(key)  # given up while it was out
            self._trouble = trouble
            self._ordinal += 1
        return None
