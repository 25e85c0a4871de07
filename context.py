"""What a function may know and do: the person and his chat, the project, the client, effects that happen once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import structlog

from client import Button, Card, Client, File, Nobody
from effects import CallEffects, Effect, Effects, Journal
from errors import AssistantError, OutcomeUnknown, where
from mail import Mail
from message_effects import Messages, take_back_message
from norms.catalogue import Catalogue
from project import Profile
from prompts.texts import text
from storage.cards import Cards, SavedCard, new_token
from storage.conversations import Place
from storage.profiles import Addresses, Profiles
from workshop import Unheard, Workshop

log = structlog.get_logger(__name__)

HEARD_S = 30.0
"""For everything that waits for the whole transcript of a turn."""

WhenHeard = Callable[[str | None], Awaitable[None]]


class Picture(NamedTuple):
    data: bytes
    mime_type: str


class Documents(Protocol):
    """The documents of chats."""

    async def files(self, place: Place, which: str) -> Sequence[File]:
        """Those of one document, found by its number or name; empty when there is no such document."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the house has for functions; `services.py` puts it together. None: it is not there."""

    norms: Catalogue = field(default_factory=Catalogue)
    journal: Journal | None = None
    cards: Cards | None = None
    profiles: Profiles | None = None
    addresses: Addresses | None = None
    mail: Mail | None = None
    documents: Documents | None = None
    workshop: Workshop | None = None

    def context(self, place: Place, user: int, language: str, client: Client) -> "Context":
        """Of a person in a chat; that of a call is made of it."""
        return Context(place.chat, user, language, self.norms, topic=place.topic, client=client, parts=self)


class Said:
    """What the person said in one turn, as far as it is known. Transcripts come late, in pieces, or not at all."""

    def __init__(
        self,
        typed: str = "",
        *,
        spoken: bool = False,
        pictured: Callable[[], bool] = bool,
        heard: Callable[[], str] = str,
        earlier: str = "",
    ) -> None:
        self.earlier = earlier
        """What he said and typed before in this conversation, the newest last."""
        self.typed = typed
        """The text of the message, or the caption of the recording or the photo."""
        self.is_spoken = spoken
        """There is a recording, whatever of it is transcribed."""
        self.is_cut = False
        """The turn ended without its answer: words may be missing, and the model tells nothing of its calls."""
        self._pictured = pictured
        self._heard = heard
        self._over = asyncio.Event()
        self._hooks: list[WhenHeard] = []

    @property
    def is_pictured(self) -> bool:
        """There are photos or drawings."""
        return self._pictured()

    def so_far(self) -> str:
        """Typed words, then those of the transcript that have come."""
        return " ".join(part for part in (self.typed, self.heard_so_far()) if part)

    def heard_so_far(self) -> str:
        """Of the recording alone."""
        return self._heard().strip()

    def again(self, heard: str) -> "Said":
        """The same, said to an earlier run of the turn, which had heard this of it."""
        longest = lambda: max(heard, self.heard_so_far(), key=len)  # noqa: E731
        return Said(self.typed, spoken=self.is_spoken, pictured=self._pictured, heard=longest, earlier=self.earlier)

    async def whole(self, within: float) -> str | None:
        """All of it: at once when nothing was spoken; of a recording, when the turn has ended. The model is silent
        until its function has returned, so a function that waits here mostly waits in vain: see `when_heard`.

        None: it is not known within so many seconds, or there is no transcript.
        """
        if self.is_spoken:
            try:
                async with asyncio.timeout(within):
                    await self._over.wait()
            except TimeoutError:
                return None
        return self._all()

    def when_whole(self, hook: WhenHeard) -> None:
        self._hooks.append(hook)

    async def ended(self, *, cut: bool = False) -> None:
        """No more words will come; `cut`: see `is_cut`."""
        self.is_cut = self.is_cut or cut
        self._over.set()
        hooks, self._hooks = self._hooks, []
        try:
            async with asyncio.timeout(HEARD_S):
                for hook in hooks:
                    await hook(self._all())
        except Exception as error:  # a function's own code
            log.warning("a function failed at the transcript", error=type(error).__name__, where=where(error))

    def _all(self) -> str | None:
        return self.so_far() if self.heard_so_far() or not self.is_spoken else None


async def _no_pictures() -> Sequence[Picture]:
    return ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Returned by a function whose answer has to come from the person, by a button."""

    question: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: what a function's `pressed` is called with."""

    label: str
    value: str
    data: dict[str, Any]
    """What was kept with the card."""
    token: str
    card: Card


@dataclass(frozen=True, slots=True)
class Reaction:
    """What comes of a press. `told`: the sentence that stands under the card from now on, instead of the buttons.
    `news`: what the model hears of it, in the next turn; None: nothing, and there is no such turn."""

    told: str = ""
    news: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One call's; `chat`, `topic` and `user` are Telegram's numbers."""

    chat: int
    user: int
    language: str
    norms: Catalogue
    topic: int | None = None
    client: Client = field(default_factory=Nobody)
    parts: Parts = field(default_factory=Parts)
    said: Said = field(default_factory=Said)
    pictures: Callable[[], Awaitable[Sequence[Picture]]] = _no_pictures
    """The photos and drawings of this turn, fetched anew."""
    effects: CallEffects = field(default_factory=lambda: CallEffects(Effects(), "", 0))
    function: str = ""
    unheard: Unheard = field(default_factory=Unheard)
    """Of the conversation."""

    @property
    def place(self) -> Place:
        return Place(self.chat, self.topic)

    @property
    def send(self) -> "Sending":
        """Each sending is an effect of its own: in a turn that is run again it is not repeated."""
        return Sending(self)

    def of_call(self, function: str, effects: CallEffects) -> "Context":
        return replace(self, function=function, effects=effects)

    def saying(self, said: Said) -> "Context":
        return replace(self, said=said)

    def text(self, key: str, **details: object) -> str:
        """A sentence of `prompts/texts` in the person's language."""
        return text(key, self.language, **details)

    async def once(
        self,
        work: Callable[[], Awaitable[Any]],
        *,
        repeatable: bool = False,
        undo: Callable[[], Awaitable[object]] | None = None,
    ) -> Any:
        """Do something to the world, and keep its result (JSON): when the turn is run again, that is returned and
        nothing is done. An exception out of `work` means that nothing happened. `undo` takes it back when the
        call is stopped, be it in the middle of `work`, and not when the call fails by itself.

        Raises `errors.OutcomeUnknown` when it was begun before and nobody knows how it ended, unless it is
        `repeatable`: done twice, it is as if done once.
        """
        effect = await self.effects.next()
        if undo is not None:
            effect.undo(undo, after_failure=False)
        return await effect.once(work, repeatable=repeatable)

    def undo(self, action: Callable[[], Awaitable[object]], *, after_failure: bool = True) -> None:
        """How the latest effect is taken back: when the call is stopped, and when it fails `after_failure`."""
        self.effects.undo(action, after_failure=after_failure)

    def when_heard(self, hook: WhenHeard) -> None:
        """After the turn: called with all that the person said in it, None when there is no transcript."""
        self.said.when_whole(hook)

    async def ask(self, card: Card, data: dict[str, Any] | None = None) -> Waiting:
        """Ask the person by buttons, once. Return what this returns: the model is told that the answer is to come."""
        await Sending(self).card(card, data, once=True)
        return Waiting(card.title)

    async def profile(self) -> Profile:
        """What is known of this chat's project. Raises `errors.StorageError`."""
        saved = await self.parts.profiles.load(self.place) if self.parts.profiles else None
        return Profile.model_validate_json(saved) if saved else Profile()

    async def save_profile(self, profile: Profile) -> None:
        """Raises `errors.StorageError`."""
        if self.parts.profiles is None:
            raise AssistantError("there is no place for profiles")
        await self.parts.profiles.save(self.place, profile.model_dump_json(exclude_defaults=True))


class Sending:
    """To the person, wherever he is.

    Raises `errors.NotDelivered`; `errors.OutcomeUnknown` when it may have arrived; `errors.BadInput`.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def text(self, words: str) -> int:
        """As many messages as it takes; the number of the last."""
        messages = await self._messages()
        sent = await messages.sent()
        if sent is not None:
            return sent
        with self._context.effects.way.taken():
            return await self._context.client.send_text(words, messages)

    async def files(self, *files: File, caption: str = "") -> int:
        """One, or several as a group."""
        messages = await self._messages()
        sent = await messages.sent()
        if sent is not None:
            return sent
        with self._context.effects.way.taken():
            return await self._context.client.send_files(files, caption, messages)

    async def card(self, card: Card, data: dict[str, Any] | None = None, *, once: bool = False) -> str:
        """The card's token, by which it is changed. Its presses go to `pressed` in the function's file."""
        effect, cards = await self._context.effects.next(), self._cards()
        if effect.record is not None:
            if not effect.record.is_done:
                raise OutcomeUnknown("sent earlier, and nobody knows whether it arrived")
            return await self._shown_before(effect, str(effect.record.result))
        context, token = self._context, new_token()
        saved = SavedCard(token, context.place, context.user, context.function, card.to_json(), data or {}, once)
        await cards.add(saved)
        with context.effects.way.taken():
            message = await context.client.show(card, token, _Shown(self, effect, token))
        await cards.shown(token, message)
        return token

    async def _shown_before(self, effect: Effect, token: str) -> str:
        saved = await self._cards().find(token)
        if saved is not None and saved.message is not None:
            self.takes_back(effect, [saved.message])
        return token

    def takes_back(self, effect: Effect, messages: Sequence[int]) -> None:
        take_back_message(self._context.effects, self._context.client.take_back, effect, messages)

    async def change(self, token: str, card: Card, data: dict[str, Any] | None = None) -> None:
        """In place; `data` None: as it is kept. False tokens change nothing."""
        cards = self._cards()
        saved = await cards.find(token)
        if saved is None or saved.message is None:
            return
        await cards.change(token, card.to_json(), saved.data if data is None else data)
        await self._context.client.change(saved.message, card, token)

    def _cards(self) -> Cards:
        if self._context.parts.cards is None:
            raise AssistantError("there is no place for cards")
        return self._context.parts.cards

    async def _messages(self) -> Messages:
        effects = self._context.effects
        return Messages(effects, await effects.next(), self._context.client.take_back)


class _Shown:
    """The mark of a card: what is kept is its token, not the message's number."""

    def __init__(self, sending: Sending, effect: Effect, token: str) -> None:
        self._sending = sending
        self._effect = effect
        self._token = token

    async def begin(self) -> None:
        await self._effect.begin()

    async def done(self, messages: Sequence[int]) -> None:
        self._sending.takes_back(self._effect, messages)
        await self._effect.done(self._token)

    async def undone(self) -> None:
        await self._effect.undone()


def choices(*labels: str) -> tuple[Button, ...]:
    """Buttons whose values are their labels."""
    return tuple(Button(label, label) for label in labels)
