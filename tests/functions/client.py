"""A place for functions that writes down what they send: a `client.Client`."""

from collections.abc import Sequence

from client import Card, File, Mark, Marks


class Shown:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.texts: list[str] = []
        self.files: list[list[File]] = []
        self.cards: list[tuple[Card, str]] = []
        self.changes: list[Card] = []
        self.taken_back: list[int] = []

    async def say(self, sentence: str) -> None:
        self.said.append(sentence)

    async def send_text(self, text: str, marks: Marks) -> int:
        ((mark, _),) = await marks.of([text.encode()])
        await mark.begin()
        self.texts.append(text)
        await mark.done([len(self.texts)])
        return len(self.texts)

    async def send_files(self, files: Sequence[File], caption: str, marks: Marks) -> int:
        ((mark, _),) = await marks.of([b"".join(file.data for file in files)])
        await mark.begin()
        self.files.append(list(files))
        await mark.done([len(self.files)])
        return len(self.files)

    async def show(self, card: Card, token: str, mark: Mark) -> int:
        await mark.begin()
        self.cards.append((card, token))
        await mark.done([len(self.cards)])
        return len(self.cards)

    async def change(self, message: int, card: Card, token: str) -> None:
        self.changes.append(card)

    async def take_back(self, messages: Sequence[int]) -> bool:
        self.taken_back += messages
        return True
