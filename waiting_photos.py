"""Photos without a caption: they wait for the next question, and are described when none comes."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

from errors import AssistantError, Overloaded
from question import Image, Images, Question, Reply, both
from tasks import task_group

ALONE_S = 30.0
MOST_WAITING = 10


class WaitingPhotos:
    """Photos are fetched as they arrive, so that a bad one is told at once and a question need not wait for them."""

    def __init__(self, ask: Callable[[Question, Reply, str], None], busy: Callable[[], bool]) -> None:
        self.suspended = False
        """The process is being stopped, the conversation goes on in the next one."""
        self._ask = ask
        self._busy = busy
        self._photos: list[_Photo] = []
        self._changed = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    def add(self, images: Images, reply: Reply, describe: str, key: str = "") -> None:
        """Keep a photo; `describe` is what is asked about it when it stays alone, in a turn of that key. Raises
        `errors.Overloaded`."""
        if self._group is None or len(self._photos) >= MOST_WAITING:
            raise Overloaded("too many photos wait for a question")
        photo = _Photo(reply, describe, key)
        self._photos.append(photo)
        self._changed.set()
        self._group.create_task(self._load(photo, images), name="photo")

    def take(self) -> "Taken | None":
        """All photos that wait, for the question that takes them along."""
        photos, self._photos = self._photos, []
        self._changed.set()
        return Taken(photos) if photos else None

    def give_back(self, taken: "Taken") -> None:
        """The question was none after all: its photos wait for the next one."""
        self._photos[:0] = taken.left()
        self._changed.set()

    def turn_ended(self) -> None:
        """Photos that stayed alone are asked about when nothing else is being said."""
        self._changed.set()

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
                await (photo.suspended() if self.suspended else photo.interrupted())
            self._photos.clear()

    def _seconds_left(self) -> float | None:
        if not self._photos or self._busy():
            return None
        return max(0.0, self._photos[-1].came_at + ALONE_S - monotonic())

    async def _describe(self) -> None:
        if not self._photos or self._busy():
            return
        photo = self._photos[-1]
        photo.asks = True
        try:
            self._ask(Question(text=photo.describe), photo.reply, photo.key)
        except AssistantError as error:
            self._photos.remove(photo)
            photo.asks = False
            await photo.failed(error)

    async def _load(self, photo: "_Photo", images: Images) -> None:
        try:
            photo.images.set_result(await images())
        except AssistantError as error:
            if photo in self._photos:
                self._photos.remove(photo)
                self._changed.set()
            await photo.failed(error)
        finally:
            photo.images.cancel()


class Taken:
    """Photos that go with one question."""

    def __init__(self, photos: Sequence["_Photo"]) -> None:
        self.photos = photos

    def joined(self, images: Images | None) -> Images:
        """These photos, then the question's own images."""

        async def mine() -> Sequence[Image]:
            return [image for photo in self.photos for image in await asyncio.shield(photo.images)]

        return both(mine, images) or mine

    async def join(self, question: Reply | None) -> None:
        """Written down before anything is answered: once that question is settled these photos are, whatever happens to
        this process. None: the question was none after all."""
        update = question.update if question is not None else None
        if update == 0:
            return
        async with task_group() as group:  # what is written at the same moment is one commit
            for photo in self.left():
                group.create_task(photo.reply.join(update), name="a photo joins")

    def left(self) -> list["_Photo"]:
        """Those that are good, or may be, and whose fate is open."""
        return [photo for photo in self.photos if not photo.ended and not photo.asks]

    async def end(self, *, suspended: bool) -> None:
        """The question has ended, and its photos with it."""
        for photo in self.photos:
            await (photo.suspended() if suspended else photo.interrupted())


def together(one: Taken | None, other: Taken | None) -> Taken | None:
    """The photos of both, in that order."""
    if one is None or other is None:
        return one or other
    return Taken([*one.photos, *other.photos])


class _Photo:
    def __init__(self, reply: Reply, describe: str, key: str) -> None:
        self.images: asyncio.Future[Sequence[Image]] = asyncio.get_running_loop().create_future()
        self.reply = reply
        self.describe = describe
        self.key = key
        self.came_at = monotonic()
        self.asks = False
        """It is asked about by itself: its reply is that question's."""
        self.ended = False

    async def interrupted(self) -> None:
        """Whatever is said about it, is said in reply to another message."""
        if not self.ended and not self.asks:
            self.ended = True
            await self.reply.interrupted()
            await self.reply.closed()

    async def suspended(self) -> None:
        """The process is being stopped: the photo is to come again."""
        if not self.ended and not self.asks:
            self.ended = True
            await self.reply.closed()

    async def failed(self, error: AssistantError) -> None:
        """Told at once; a question that it goes with is asked without it, one about it alone fails with it."""
        if self.asks:
            self.images.set_exception(error)
            self.images.exception()
            return
        self.images.set_result(())
        if not self.ended:
            self.ended = True
            await self.reply.failed(error)
            await self.reply.closed()
