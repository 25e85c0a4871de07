"""Lanes: order inside a chat and topic, chats in parallel, and no chat that takes the room of another.

A lane is held while an update is admitted (the handler's coroutine), not while it is answered: an answer is a task of
its conversation, and the open row of its update is kept with `Receipt.keep`. A handler that has nothing left to do for
the order of its chat, but something to wait for, steps aside (`Receipt.step_aside`): the lane goes on without it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import NoReturn, Self

from telegram import Bot, Update

from errors import Overloaded
from tasks import task_group
from updates.admission import Admission, Reception
from updates.inbox import Entry, Inbox
from updates.parsing import LaneKey, lane_key

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Counts of updates, and seconds."""

    parallel: int = 16
    """Admitted at a time, at most one of each lane."""
    a_lane: int = 100
    """Waiting in one lane; what comes beyond is refused. A person may forward a hundred messages at once."""
    in_all: int = 3_000
    """In all lanes; beyond it `Lanes.put` waits, the inbox fills up, and Telegram keeps the rest."""
    urgent: int = 100
    """Past the lanes at a time; beyond it they wait in their lane like others."""
    aside: int = 20
    """Handlers that stepped aside from one lane; beyond it the lane waits for the next one that would."""
    admission_s: float = 60.0
    drain_s: float = 10.0


async def feed(inbox: Inbox, lanes: "Lanes") -> NoReturn:
    """From the inbox to the lanes, in order, until cancelled."""
    while True:
        await lanes.put(await inbox.take())


@asynccontextmanager
async def open_lanes(
    inbox: Inbox, bot: Bot, reception: Reception, bounds: Bounds | None = None
) -> AsyncIterator["Lanes"]:
    """Leaving starts nothing new, gives what is being admitted `drain_s`, and cancels the rest.

    What did not end stays unfinished in the inbox.
    """
    bounds = bounds or Bounds()
    admission = Admission(inbox, bot, reception, seconds=bounds.admission_s)
    async with task_group() as tasks:
        lanes = Lanes(admission, bounds, tasks)
        try:
            yield lanes
        finally:
            await lanes.close()


@dataclass(slots=True)
class _Lane:
    waiting: deque[tuple[Update, Entry]] = field(default_factory=deque)
    worked: bool = False
    refusing: bool = False
    aside: int = 0
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of those that stepped aside: they keep their order, too."""


class _Place:
    """Of the update that is being admitted: at the head of its lane and in one of the slots, or aside."""

    def __init__(self, lane: _Lane, slots: asyncio.Semaphore) -> None:
        self._lane = lane
        self._slots = slots
        self.is_aside = False
        self._is_in_line = False

    async def __aenter__(self) -> Self:
        await self._slots.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.is_aside:
            self._slots.release()
            return
        self._lane.aside -= 1
        if self._is_in_line:
            self._lane.line.release()

    def step_aside(self) -> None:
        self.is_aside = True
        self._lane.aside += 1
        self._slots.release()

    async def line_up(self) -> None:
        """Behind those of the lane that stepped aside before."""
        if not self._is_in_line:
            await self._lane.line.acquire()
            self._is_in_line = True


class Lanes:
    """Made by `open_lanes`; a lane lives while something waits or is admitted in it."""

    def __init__(self, admission: Admission, bounds: Bounds, owner: asyncio.TaskGroup) -> None:
        self._admission = admission
        self._bounds = bounds
        self._owner = owner
        self._lanes: dict[LaneKey, _Lane] = {}
        self._room = asyncio.Semaphore(bounds.in_all)
        self._slots = asyncio.Semaphore(bounds.parallel)
        self._urgent = asyncio.Semaphore(bounds.urgent)
        self._alive: set[asyncio.Task[None]] = set()
        self._closing = False

    def __len__(self) -> int:
        """How many lanes are in use."""
        return len(self._lanes)

    async def put(self, entry: Entry) -> None:
        """Returns when the update has a place in its lane, or has ended."""
        if (read := await self._admission.read(entry)) is None:
            return
        update, urgent = read
        key = lane_key(entry.raw)
        if urgent and not self._urgent.locked():
            await self._urgent.acquire()
            self._start(self._pass(update, entry))
        elif (lane := self._lanes.get(key)) and len(lane.waiting) >= self._bounds.a_lane:
            await self._refuse(lane, update, entry)
        else:
            await self._room.acquire()
            self._line_up(key, update, entry)

    async def _refuse(self, lane: _Lane, update: Update, entry: Entry) -> None:
        if lane.refusing:
            await self._admission.finish(entry, "told")
            return
        # Said once, until the lane was empty; not waited for, since the line behind it belongs to other chats.
        lane.refusing = True
        self._start(self._admission.refuse(update, entry, Overloaded("a chat's lane is full")))

    def _line_up(self, key: LaneKey, update: Update, entry: Entry) -> None:
        lane = self._lanes.setdefault(key, _Lane())
        lane.waiting.append((update, entry))
        self._go_on(key, lane)

    def _go_on(self, key: LaneKey, lane: _Lane) -> None:
        if lane.worked:
            return
        if lane.waiting and not self._closing:
            lane.worked = True
            self._start(self._work(key, lane))
        elif not lane.aside:
            self._lanes.pop(key, None)

    async def _work(self, key: LaneKey, lane: _Lane) -> None:
        """One update after another, until none waits or one has stepped aside: another task goes on with the rest."""
        mine = True

        async def step_aside() -> None:
            nonlocal mine
            if not place.is_aside:
                place.step_aside()
                if lane.aside <= self._bounds.aside:
                    mine = lane.worked = False
                    self._go_on(key, lane)
            await place.line_up()

        try:
            while mine and lane.waiting and not self._closing:
                # Taken inside the lane, one update at a time: a flooding chat queues up behind every other chat.
                async with _Place(lane, self._slots) as place:
                    if self._closing:
                        break
                    await self._admission.admit(*lane.waiting.popleft(), step_aside)
                self._room.release()
        finally:
            if mine:
                lane.worked = False
            self._go_on(key, lane)

    async def _pass(self, update: Update, entry: Entry) -> None:
        try:
            await self._admission.admit(update, entry)
        finally:
            self._urgent.release()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        if self._closing:
            work.close()
            return
        task = self._owner.create_task(work)
        self._alive.add(task)
        task.add_done_callback(self._alive.discard)

    async def close(self) -> None:
        """Called by `open_lanes` on leaving."""
        self._closing = True
        left = sum(len(lane.waiting) for lane in self._lanes.values())
        if left:
            log.info("updates stay unfinished in the inbox", extra={"count": left})
        if self._alive:
            await asyncio.wait(self._alive, timeout=self._bounds.drain_s)
        for task in self._alive:
            task.cancel()
