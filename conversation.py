"""One chat's conversation: questions in their order, one retry, interruption by speaking again, waiting photos.

A turn has two halves. The question goes to the model under a lock (`_floor`), so that questions keep their order. The
answer is heard outside of it, so that the next question can begin: its first sound is what interrupts an answer.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from dialling import Dialling
from errors import AnswerEmpty, AssistantError, Overloaded, ProviderUnavailable, RequestRejected
from line import Line
from live_session import (
    Disconnected,
    GoingAway,
    LiveEvent,
    LiveProvider,
    LiveSession,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    Usage,
    Utterance,
)
from tasks import task_group
from turn import Image, Question, Reply, Superseded, Turn
from usage import Statistics
from waiting_photos import WaitingPhotos

MOST_OPEN_TURNS = 20
MOST_REMEMBERED = 40
"""Utterances that a connection without a resumption handle is told."""
ATTEMPTS = 2
OLD_ANSWER_END_S = 0.5
"""How long a new question waits for the model's word that the old answer has ended."""


class Conversation:
    """`run` is the task that owns everything of one conversation; the other methods may be called while it runs."""

    def __init__(
        self,
        provider: LiveProvider,
        setup: Callable[[], Setup],
        *,
        dialling: Dialling | None = None,
        first_word_seconds: float = 20.0,
        idle_seconds: float = 120.0,
    ) -> None:
        self.statistics = Statistics()
        self._setup = setup
        self._first_word_seconds = first_word_seconds
        self._past: deque[Utterance] = deque(maxlen=MOST_REMEMBERED)
        self._line = Line(
            provider, self._setup_with_past, self._hear, dialling=dialling or Dialling(), idle_seconds=idle_seconds
        )
        self._floor = asyncio.Lock()
        self._turns: dict[Turn, asyncio.Task[None]] = {}
        self._asking: Turn | None = None
        self._answering: Turn | None = None
        self._model_busy = False
        self._model_idle = asyncio.Event()
        self._going_away = False
        self._group: asyncio.TaskGroup | None = None
        self._over = asyncio.Event()
        self.photos = WaitingPhotos(self.ask)
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Live until `stop`; the connection is opened at once. Turns that are open at the end are interrupted."""
        self._line.warm()
        try:
            async with task_group() as group:
                self._group = group
                self.ready.set()
                keeper = group.create_task(self._line.keep(), name="line")
                photos = group.create_task(self.photos.watch(), name="waiting photos")
                await self._over.wait()
                for task in (keeper, photos, *self._turns.values()):
                    task.cancel()
        finally:
            self._group = None
            self.statistics.end()
            for turn in list(self._turns):
                if not turn.delivered:
                    await turn.reply.interrupted()
            self._turns.clear()

    def stop(self) -> None:
        """Cut everything that is being said or made, now."""
        self._over.set()

    def ask(self, question: Question, reply: Reply) -> None:
        """Admit a question; its turn is a task of this conversation. Raises `errors.Overloaded`."""
        if self._group is None or self._over.is_set() or len(self._turns) >= MOST_OPEN_TURNS:
            raise Overloaded("too many open turns in one conversation")
        waiting = self.photos.take()
        turn = Turn(replace(question, images=waiting.joined(question.images)) if waiting else question, reply)
        self._line.warm()
        self._turns[turn] = self._group.create_task(self._run_turn(turn), name="turn")

    def interrupt(self) -> None:
        """Stop the answer that is being made; nothing of it follows."""
        if self._answering is not None:
            self._answering.supersede()

    def renew(self) -> None:
        """Let the next question open a new connection, with what `setup` says then."""
        if not self._turns:
            self._line.hang_up()

    # -- one turn --------------------------------------------------------------------------------------------------

    async def _run_turn(self, turn: Turn) -> None:
        try:
            await self._exchange(turn)
        except Superseded:
            await turn.reply.interrupted()
        except AssistantError as error:
            await turn.reply.failed(error)
        finally:
            self.statistics.answers += turn.delivered
            self._remember(turn)
            if self._answering is turn:
                self._answering = None
            if not self._over.is_set():
                self._turns.pop(turn, None)
                self._change_connection()

    async def _exchange(self, turn: Turn) -> None:
        while True:
            async with self._floor:
                self._not_overtaken(turn)
                stray_end = await self._ask_until_taken(turn)
            try:
                await turn.hear(self._first_word_seconds, stray_end=stray_end)
                return
            except (ProviderUnavailable, AnswerEmpty, RequestRejected) as error:
                if turn.delivered:
                    return
                if turn.superseded:
                    raise Superseded from error
                self._give_up_connection(turn, error)

    async def _ask_until_taken(self, turn: Turn) -> bool:
        while True:
            await turn.start()
            try:
                return await self._put(turn)
            except (ProviderUnavailable, RequestRejected) as error:
                self._give_up_connection(turn, error)

    def _give_up_connection(self, turn: Turn, error: AssistantError) -> None:
        """Hang up, and raise `error` unless the question may be asked again."""
        # What a fresh connection refused it would refuse again; with a handle it may have been the handle.
        final = turn.attempts >= ATTEMPTS or (isinstance(error, RequestRejected) and not self._line.resumed)
        # A handle that led to a refusal, to silence or to an empty answer is not to be trusted again.
        self._line.hang_up(forget=type(error) is not ProviderUnavailable)
        self._model_busy = False
        if self._answering is turn:
            self._answering = None
        if final:
            raise error

    def _change_connection(self) -> None:
        """The server is about to close this connection: go on in a new one as soon as nothing is being said."""
        if self._going_away and not self._turns:
            self._going_away = False
            self._line.hang_up()
            self._line.warm()

    def _not_overtaken(self, turn: Turn) -> None:
        """A turn that is asked again must not interrupt what was asked after it."""
        turns = list(self._turns)
        if self._asking in turns and turns.index(self._asking) > turns.index(turn):
            raise Superseded

    async def _put(self, turn: Turn) -> bool:
        """Send the whole question; true when the end of an older answer may still come after it."""
        question = turn.question
        images = await question.images() if question.images else ()
        session = await self._line.session()
        if question.note is None:
            await self._begin(session, turn, images)
            return await self._end(session, turn)
        begun = False
        async with aclosing(question.note()) as frames:
            async for frame in frames:
                if not begun:
                    await self._begin(session, turn, images)
                    begun = True
                await session.send_audio(frame)
                self.statistics.frames_sent += 1
        return await self._end(session, turn)

    async def _begin(self, session: LiveSession, turn: Turn, images: Sequence[Image]) -> None:
        if self._answering is not None:
            self._answering.supersede()
            self._answering = None
        self._asking = turn
        self._model_idle.clear()
        await session.begin()
        for image in images:
            await session.send_image(image.data, image.mime_type)
        if turn.question.text:
            await session.send_text(turn.question.text)

    async def _end(self, session: LiveSession, turn: Turn) -> bool:
        stray_end = False
        if self._model_busy:
            # All that comes before our end of activity is of the old answer: wait for its end, so that nothing of it
            # is taken for the new one. A model that had not begun to answer says nothing.
            try:
                async with asyncio.timeout(OLD_ANSWER_END_S):
                    await self._model_idle.wait()
            except TimeoutError:
                stray_end = True
        self._model_busy = True
        self._answering = turn
        turn.handles = self._line.handles
        await session.end()
        if turn.attempts == 1:
            self.statistics.questions += 1
        return stray_end

    # -- what the connection says ------------------------------------------------------------------------------------

    def _hear(self, event: LiveEvent) -> None:
        match event:
            case Usage():
                self.statistics.add(event)
            case GoingAway():
                self._going_away = True
                self._change_connection()
            case Transcript(Speaker.PERSON, text):
                if self._asking is not None:
                    self._asking.asked.append(text)
            case _:
                if isinstance(event, Speech):
                    self.statistics.frames_received += 1
                if isinstance(event, Disconnected):
                    self._going_away = False
                if isinstance(event, TurnEnded | Disconnected):
                    self._model_busy = False
                    self._model_idle.set()
                if self._answering is not None:
                    self._answering.take(event)

    # -- memory ------------------------------------------------------------------------------------------------------

    def _setup_with_past(self) -> Setup:
        return replace(self._setup(), history=tuple(self._past))

    def _remember(self, turn: Turn) -> None:
        asked = " ".join(part for part in (turn.question.text, "".join(turn.asked).strip()) if part)
        said = "".join(turn.said).strip()
        if asked:
            self._past.append(Utterance(Speaker.PERSON, asked))
        if said:
            self._past.append(Utterance(Speaker.ASSISTANT, said))
        if turn.handles == self._line.handles:
            self._line.forget()  # no handle came since: the one that we have does not know of this turn
