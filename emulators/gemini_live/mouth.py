"""The model's side of one connection: turns one after the other, interrupted, or waiting for function results."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from emulators.gemini_live.faults import Moment
from emulators.gemini_live.records import Heard, Said, Turn
from emulators.gemini_live.refusal import Refusal
from emulators.gemini_live.telling import Stage, Telling

MOST_WAITING = 100


class Mouth:
    """`listening` tells whether the person is in the middle of an activity: what can wait, waits for its end."""

    def __init__(self, stage: Stage, tasks: asyncio.TaskGroup, listening: Callable[[], bool]) -> None:
        self._stage = stage
        self._tasks = tasks
        self._listening = listening
        self._task: asyncio.Task[None] | None = None
        self._current: Telling | None = None
        self._waiting: deque[Telling] = deque()
        self._later: deque[Telling] = deque()
        """What follows function results; comes after the answers to the person."""

    @property
    def busy(self) -> bool:
        """Generating, or its speech would still be playing."""
        return self._current is not None

    @property
    def waits_for_calls(self) -> bool:
        return self._current is not None and self._current.waits_for_calls

    def answer(self, heard: Heard) -> None:
        """Now, or after what is being said."""
        self._enqueue(self._waiting, Telling(self._stage, heard))
        self._go_on()

    async def respond(self, response: dict[str, Any]) -> None:
        """A `functionResponse`; what the model says to it comes at once, when it is idle, or not at all."""
        accepted = self._stage.calls.respond(response)
        self._stage.conversation.entries.append(accepted.result)
        batch = accepted.batch
        if batch is None or batch.blocking or batch.then is None or accepted.scheduling == "SILENT":
            return
        if accepted.scheduling == "INTERRUPT" and not self._listening():
            await self.interrupt()
        self._enqueue(self._later, Telling(self._stage, Heard(), batch.then))
        self._go_on()

    async def interrupt(self) -> None:
        """End the current turn: `interrupted`, then `turnComplete`. Nothing happens when there is none."""
        telling, task = self._current, self._task
        if telling is None or task is None:
            return
        if not telling.told:
            task.cancel()
        await asyncio.wait([task])
        if telling.told:
            return
        cancelled = self._stage.calls.cancel_blocking()
        if cancelled:
            await self._stage.wire.send({"toolCallCancellation": {"ids": cancelled}})
        await self._stage.send_content(interrupted=True)
        await telling.complete_turn()
        await self._finish(telling, interrupted=True)
        self._current = None

    def _enqueue(self, queue: deque[Telling], telling: Telling) -> None:
        if len(queue) >= MOST_WAITING:
            raise Refusal(1011, "Resource has been exhausted (e.g. check quota).")
        queue.append(telling)

    def _go_on(self) -> None:
        if self._current is not None:
            return
        if self._waiting:
            self._current = self._waiting.popleft()
        elif self._later and not self._listening():
            self._current = self._later.popleft()
        if self._current is not None:
            self._current.begin()
            self._task = self._tasks.create_task(self._tell(self._current))

    async def _tell(self, telling: Telling) -> None:
        await telling.tell()
        await self._finish(telling, interrupted=False)
        self._current = None
        await self._stage.moment(Moment.IDLE)
        self._go_on()

    async def _finish(self, telling: Telling, *, interrupted: bool) -> None:
        """Remember what was said, give a new handle, record the turn."""
        stage = self._stage
        if telling.said != Said():
            stage.conversation.entries.append(telling.said)
        if stage.settled.resumption:
            handle = stage.shared.handles.give(stage.conversation)
            stage.wire.record.handle = handle
            await stage.wire.send({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})
        stage.shared.ended(Turn(telling.heard, telling.said, interrupted, telling.began_at, telling.sounded_at))
