"""Buttons under the cards of functions: whose press counts, what comes of it, what the model hears of it."""

from dataclasses import dataclass, replace
from enum import Enum

import structlog
from pydantic_core import to_json

from client import Card, Client
from context import Context, Parts, Press, Reaction
from effects import PRESS, CallEffects, Effects
from errors import AssistantError
from function_calls import Functions
from prompts.texts import text
from storage.cards import SavedCard

log = structlog.get_logger(__name__)


class Verdict(Enum):
    TAKEN = "taken"
    GONE = "gone"
    NOT_YOURS = "not_yours"
    ANSWERED = "answered"
    NO_CONVERSATION = "no_conversation"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press as the client told of it; `id` is the same when it is told of again."""

    id: str
    token: str
    number: int
    user: int
    message: int | None = None
    """The one that has the button."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`news` is the next question of the conversation, in `turn`; empty: there is none."""

    verdict: Verdict
    news: str = ""
    turn: str = ""


class Presses:
    def __init__(self, functions: Functions, parts: Parts) -> None:
        self._functions = functions
        self._parts = parts

    async def take(self, pressed: Pressed, client: Client, language: str, *, is_open: bool) -> Outcome:
        """A press that is told of twice comes to the same, and does nothing twice. `is_open`: the person who pressed
        has a conversation there that can hear of it. Raises `errors.StorageError`."""
        cards = self._parts.cards
        saved = await cards.find(pressed.token) if cards else None
        if cards is None or saved is None or not 0 <= pressed.number < len(saved.card["buttons"]):
            return Outcome(Verdict.GONE)
        if saved.user != pressed.user:
            return Outcome(Verdict.NOT_YOURS)
        if not is_open and not self._functions.hears_presses(saved.function):
            return Outcome(Verdict.NO_CONVERSATION)
        if saved.once and not await cards.answer(saved.token, pressed.id):
            return Outcome(Verdict.ANSWERED)
        if saved.message is None and pressed.message is not None:  # it arrived, and nobody has known
            await cards.shown(saved.token, pressed.message)
            saved = replace(saved, message=pressed.message)
        card = Card.from_json(saved.card)
        button = card.buttons[pressed.number]
        press = Press(button.label, button.value or button.label, saved.data, saved.token, card)
        effects = Effects(f"{PRESS}{pressed.id}", self._parts.journal)
        try:
            reaction = await self._react(saved, press, client, language, effects)
        except AssistantError as error:
            log.info("a press came to nothing", function=saved.function, code=error.code)
            if saved.once:
                await cards.reopen(saved.token)
            return Outcome(Verdict.FAILED)
        await _show(saved, card, reaction, client, language)
        if reaction.news is None or not is_open:
            await effects.forget()
            return Outcome(Verdict.TAKEN)
        told = to_json(reaction.news, inf_nan_mode="null").decode()
        news = text("press.news", language, label=button.label, title=card.title, news=told)
        return Outcome(Verdict.TAKEN, news, effects.turn)

    async def _react(self, saved: SavedCard, press: Press, client: Client, language: str, effects: Effects) -> Reaction:
        """Kept like a call: told of again after a crash, it is not done again."""
        context = self._parts.context(saved.place, saved.user, language, client)
        call = CallEffects(effects, f"{saved.function}:pressed", 0)
        earlier = await call.earlier()
        if earlier is not None and earlier.is_done:
            return Reaction(earlier.result["told"], earlier.result["news"])
        mine: Context = replace(context.of_call(saved.function, call))
        reaction = await self._functions.press(saved.function, press, mine)
        await call.ended({"told": reaction.told, "news": reaction.news})
        return reaction


async def _show(saved: SavedCard, card: Card, reaction: Reaction, client: Client, language: str) -> None:
    """Only a question is closed by its answer; what becomes of another card is its function's to show."""
    if saved.once and saved.message is not None:
        answered = text("press.told", language, told=reaction.told)
        await client.change(saved.message, Card(card.title, (*card.lines, answered)), saved.token)
