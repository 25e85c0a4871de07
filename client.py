"""Where the person is, as a function sees it: what can be shown and sent there. Telegram now, a browser later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from errors import BadInput, NotDelivered

LONGEST_NAME = 120
LONGEST_LABEL = 60
MOST_BUTTONS = 12
LONGEST_CARD = 3_500
"""Characters; Telegram takes 4,096 UTF-16 units with the marks of the form."""


@dataclass(frozen=True, slots=True)
class File:
    """`name` is what the person sees; no folders in it. Raises `errors.BadInput` for a bad name and no bytes."""

    name: str
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        bad = any(letter in "/\\" or not letter.isprintable() for letter in self.name)
        if not self.name.strip(" .") or len(self.name) > LONGEST_NAME or bad:
            raise BadInput("a file name has to be printable, without folders, of at most 120 characters")
        if not self.data:
            raise BadInput("a file has to hold something")


@dataclass(frozen=True, slots=True)
class Button:
    """`value` is handed to the function's `pressed`; the label when it is empty."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A heading, lines, buttons below: shown formatted, and edited in place. Raises `errors.BadInput`."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    """Two in a row while their labels are short."""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise BadInput("a card needs a title")
        if len(self.title) + sum(len(line) + 1 for line in self.lines) > LONGEST_CARD:
            raise BadInput(f"a card holds at most {LONGEST_CARD} characters")
        labels = [button.label.strip() for button in self.buttons]
        if len(labels) > MOST_BUTTONS or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
            raise BadInput(f"at most {MOST_BUTTONS} buttons, each with a label of at most {LONGEST_LABEL} characters")

    def to_json(self) -> dict[str, Any]:
        buttons = [[button.label, button.value] for button in self.buttons]
        return {"title": self.title, "lines": list(self.lines), "buttons": buttons}

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Card":
        buttons = tuple(Button(label, told) for label, told in value["buttons"])
        return Card(value["title"], tuple(value["lines"]), buttons)


class Mark(Protocol):
    """Told around the way of one message, so that it is known afterwards what may have arrived.

    Nothing after `begin` means that nobody knows. Raises `errors.StorageError`.
    """

    async def begin(self) -> None:
        """Right before the first request that could bring it there."""

    async def done(self, messages: Sequence[int]) -> None:
        """The numbers of all that it became; it is known by the last."""

    async def undone(self) -> None:
        """It certainly is not there."""


class Marks(Protocol):
    """Those of one sending, which takes one message or several."""

    async def of(self, parts: Sequence[bytes]) -> Sequence[tuple[Mark, int | None]]:
        """For what each message holds its mark, and its number when it arrived in an earlier run of the turn: then it
        is not sent. Raises `errors.OutcomeUnknown` when nobody knows that of one of them."""
        ...


class NoMark:
    """Of what may be sent again."""

    async def of(self, parts: Sequence[bytes]) -> Sequence[tuple[Mark, int | None]]:
        return [(self, None) for _ in parts]

    async def begin(self) -> None:
        return

    async def done(self, messages: Sequence[int]) -> None:
        return

    async def undone(self) -> None:
        return


class Client(Protocol):
    """One person's place. What is sent goes where he is now.

    Messages are numbers, as the place counts them. Sending raises `errors.NotDelivered` or `errors.OutcomeUnknown`,
    and `errors.BadInput` for what the place cannot hold.
    """

    async def say(self, sentence: str) -> None:
        """A notice that may fail to arrive; never raises."""

    async def send_text(self, text: str, marks: Marks) -> int: ...

    async def send_files(self, files: Sequence[File], caption: str, marks: Marks) -> int:
        """Together; the caption stands under the last."""
        ...

    async def show(self, card: Card, token: str, mark: Mark) -> int:
        """`token` comes back with the press of a button, and the button's number."""
        ...

    async def change(self, message: int, card: Card, token: str) -> None:
        """In place. Without harm when it is lost: never raises."""

    async def take_back(self, messages: Sequence[int]) -> bool:
        """Whether none of them is there any more. Never raises."""
        ...


class Nobody:
    """Where nobody is: what is sent is not delivered."""

    async def say(self, sentence: str) -> None:
        return

    async def send_text(self, text: str, marks: Marks) -> int:
        raise NotDelivered("there is no client")

    async def send_files(self, files: Sequence[File], caption: str, marks: Marks) -> int:
        raise NotDelivered("there is no client")

    async def show(self, card: Card, token: str, mark: Mark) -> int:
        raise NotDelivered("there is no client")

    async def change(self, message: int, card: Card, token: str) -> None:
        return

    async def take_back(self, messages: Sequence[int]) -> bool:
        return not messages
