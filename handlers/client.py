"""A Telegram chat as functions see it: a `client.Client`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from client import Card, File, Mark, Marks
from errors import NotDelivered, OutcomeUnknown
from handlers.courier import Courier
from handlers.delivery import NotSent, Unknown
from handlers.sending import Place


class TelegramClient:
    def __init__(self, courier: Courier, place: Place) -> None:
        self._courier = courier
        self._place = place

    async def say(self, sentence: str) -> None:
        with suppress(NotSent):
            await self._courier.text(self._place, sentence)

    async def send_text(self, text: str, marks: Marks) -> int:
        async with _told():
            return await self._courier.send_words(self._place, text, marks)

    async def send_files(self, files: Sequence[File], caption: str, marks: Marks) -> int:
        async with _told():
            return await self._courier.send_files(self._place, files, caption, marks)

    async def show(self, card: Card, token: str, mark: Mark) -> int:
        async with _told():
            return await self._courier.send_card(self._place, card, token, mark)

    async def change(self, message: int, card: Card, token: str) -> None:
        await self._courier.edit_card(self._place, message, card, token)

    async def take_back(self, messages: Sequence[int]) -> bool:
        gone = [await self._courier.delete(self._place.chat, message) for message in messages]
        return all(gone)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What Telegram did, in the words of the house."""
    try:
        yield
    except Unknown as error:
        raise OutcomeUnknown(f"Telegram did not confirm it: {error}") from error
    except NotSent as error:
        raise NotDelivered(f"Telegram did not take it: {error}") from error
