"""How a question goes to the model: whole, in one activity, after the end of the answer that it interrupts."""

from collections.abc import Sequence
from contextlib import aclosing

from errors import AssistantError, RecordingSilent
from hearing import Superseded
from line import Line
from live_session import LiveSession
from model import Model
from question import Image
from turn import Turn
from usage import Statistics


class Asking:
    def __init__(self, line: Line, model: Model, statistics: Statistics) -> None:
        self._line = line
        self._model = model
        self._statistics = statistics

    def hang_up(self, *, forget: bool = False) -> None:
        """Close the connection; whoever waits for an answer on it is told. `forget`: the next one is a fresh one."""
        self._line.hang_up(forget=forget)
        self._model.gone()

    async def put(self, turn: Turn) -> None:
        """Send all of the turn's question. A recording opens no activity before its first sound.

        Raises `errors.AssistantError`, and `Superseded` when the question is no longer wanted.
        """
        question = turn.question
        images = await question.images() if question.images else ()
        if question.note is None:
            await self._end(await self._begin(turn, images), turn)
            return
        begun: LiveSession | None = None
        try:
            async with aclosing(question.note()) as frames:
                async for frame in frames:
                    if turn.superseded:
                        raise Superseded
                    begun = begun or await self._begin(turn, images)
                    await begun.send_audio(frame)
                    self._statistics.frames_sent += 1
        except (AssistantError, Superseded):
            if begun is not None:
                self.hang_up()  # the model heard half a question: it must not be joined to the next one
            raise
        if begun is None:
            raise RecordingSilent("not one frame")
        await self._end(begun, turn)

    async def _begin(self, turn: Turn, images: Sequence[Image]) -> LiveSession:
        """From here on the model listens: whatever answer it was giving is cut."""
        session = await self._line.session()
        if turn.superseded:
            raise Superseded
        model = self._model
        if session is not model.session:
            model.gone()
            model.session = session
            model.change_wanted = False
        model.listens(turn)
        await session.begin()
        for image in images:
            await session.send_image(image.data, image.mime_type)
        for words in (turn.calls.news() if turn.calls else "", turn.question.text):
            if words:
                await session.send_text(words)
        return session

    async def _end(self, session: LiveSession, turn: Turn) -> None:
        """From here on the model answers."""
        await self._model.quiet()
        self._model.answers(turn)
        turn.session, turn.handles = session, self._line.handles
        await session.end()
        if not turn.counted:
            turn.counted = True
            self._statistics.questions += 1
