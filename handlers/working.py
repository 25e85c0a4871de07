"""While a function takes its time: one short text that says so, without a sound, gone when the answer comes."""

import asyncio
from functools import partial

from handlers.sending import NotSent, Place, Sender
from prompts.texts import sentences, text


class Working:
    """Of one turn. It is not a part of the answer: it stands in no ledger and holds up nothing."""

    def __init__(self, sender: Sender, place: Place, language: str) -> None:
        self._sender = sender
        self._place = place
        self._language = language
        self._shown = False
        self._over = asyncio.Event()

    def show(self, function: str) -> None:
        """Once, until `over`; and not where the chat is held at this moment."""
        if self._shown or self._sender.held(self._place):
            return
        self._shown = True
        self._over.clear()
        self._sender.start(partial(self._show, function), "working")

    def over(self) -> None:
        self._over.set()

    async def _show(self, function: str) -> None:
        try:
            message = await self._sender.text(self._place, _sentence(function, self._language), silent=True)
        except NotSent:
            return
        await self._over.wait()
        await self._sender.delete(self._place.chat, message)


def _sentence(function: str, language: str) -> str:
    key = f"working.{function}"
    return text(key if key in sentences(language) else "working.other", language)
