"""Pictures that people send, made ready for the model: few at a time, since each takes seconds of CPU and memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from errors import PictureUnreadable
from pictures.kinds import kind

if TYPE_CHECKING:
    from pictures import drawing, photo

MOST_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Prints:
    """`total` counts the sheets of a drawing, of which only the first are here."""

    pages: "list[photo.Picture]"
    total: int


def _prepared(data: bytes) -> "photo.Picture":
    from pictures import photo  # not by the first poll

    return photo.prepare(data)


def _rendered(data: bytes) -> "drawing.Drawing":
    from pictures import drawing

    return drawing.render(data)


class Darkroom:
    """The two ways of making them run in threads; see `photo.prepare` and `drawing.render` for what they raise."""

    def __init__(
        self,
        prepare: "Callable[[bytes], photo.Picture]" = _prepared,
        render: "Callable[[bytes], drawing.Drawing]" = _rendered,
    ) -> None:
        self._prepare = prepare
        self._render = render
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def develop(self, data: bytes) -> Prints:
        """Raises `errors.BadInput` and `errors.Overloaded`."""
        async with self._room:
            match kind(data):
                case "drawing":
                    drawn = await asyncio.to_thread(self._render, data)
                    return Prints(drawn.pages, drawn.total)
                case "photo":
                    return Prints([await asyncio.to_thread(self._prepare, data)], 1)
                case None:
                    raise PictureUnreadable("neither a picture nor a PDF")
