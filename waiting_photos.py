"""Photos without a caption: they wait for the next question, and are described when none comes."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

from errors import AssistantError, Overloaded
from tasks import task_group
from turn import Image, Images, Question, Reply, Superseded

ALONE_S = 30.0
MOST_WAITING = 10


class WaitingPhotos:
    """Photos are fetched as they arrive, so that a bad one is told at once and a question need not wait for them."""

    def __init__(self, ask: Callable[[Question, Reply], None]) -> None:
        self._ask = ask
        self._photos: list[_Photo] = []
        self._changed = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    def add(self, images: Images, reply: Reply, describe: str) -> None:
        """Keep a photo; `describe` is what is asked about it when it stays alone. Raises `errors.Overloaded`."""
        if self._group is None or len(self._photos) >= MOST_WAITING:
            raise Overloaded("too many photos wait for a question")
        photo = _Photo(reply, describe)
        self._photos.append(photo)
        self._changed.set()
        self._group.create_task(self._load(photo, images), name="photo")

    def take(self) -> "Taken | None":
        """All photos that wait, for the question that takes them along."""
        photos, self._photos = self._photos, []
        return Taken(photos) if photos else None

    async def watch(self) -> None:
        """Own what is loading, and ask about photos that stayed alone; runs until cancelled."""
        try:
            async with task_group() as self._group:
                while True:
                    self._changed.clear()
                    try:
                        async with asyncio.timeout(self._seconds_left()):
                            await self._changed.wait()
                    except TimeoutError:
                        await self._describe()
        finally:
            self._group = None
            for photo in self._photos:
                await photo.reply.interrupted()
            self._photos.clear()

    def _seconds_left(self) -> float | None:
        return max(0.0, self._photos[-1].came_at + ALONE_S - monotonic()) if self._photos else None

    async def _describe(self) -> None:
        photo = self._photos[-1]
        photo.asks = True
        try:
            self._ask(Question(text=photo.describe), photo.reply)
        except AssistantError as error:
            self._photos.remove(photo)
            await photo.reply.failed(error)

    async def _load(self, photo: "_Photo", images: Images) -> None:
        try:
            photo.images.set_result(await images())
        except AssistantError as error:
            if photo in self._photos:
                self._photos.remove(photo)
            photo.told = True
            photo.images.set_result(())
            await photo.reply.failed(error)
        finally:
            photo.images.cancel()


class Taken:
    """Photos that go with one question."""

    def __init__(self, photos: Sequence["_Photo"]) -> None:
        self._photos = photos

    def joined(self, images: Images | None) -> Images:
        """These photos, then the question's own images."""

        async def all_images() -> Sequence[Image]:
            found = [image for photo in self._photos for image in await asyncio.shield(photo.images)]
            found += await images() if images else ()
            await self._hand_over()
            if not found and any(photo.asks for photo in self._photos):
                raise Superseded  # there is nothing left to describe, and the person was told why
            return found

        return all_images

    async def _hand_over(self) -> None:
        for photo in self._photos:
            if not photo.asks and not photo.told:
                photo.told = True
                await photo.reply.interrupted()


class _Photo:
    def __init__(self, reply: Reply, describe: str) -> None:
        self.images: asyncio.Future[Sequence[Image]] = asyncio.get_running_loop().create_future()
        self.reply = reply
        self.describe = describe
        self.came_at = monotonic()
        self.asks = False
        self.told = False
