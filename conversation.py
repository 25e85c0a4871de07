"""One chat's conversation: its turns from their admission to their end, waiting photos, what it remembers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from asking import Asking
from dialling import Dialling
from effects import PHOTO
from errors import (
    AssistantError,
    BadInput,
    Overloaded,
    where,
)
from exchange import Exchange
from function_calls import Context, Functions
from hearing import Superseded
from history import History
from line import Line
from live_session import (
    GoingAway,
    LiveEvent,
    LiveProvider,
    Setup,
    Speaker,
    Speech,
    Transcript,
    Usage,
    Utterance,
)
from model import Model
from open_turns import OpenTurns
from question import Images, Question, Reply
from tasks import task_group
from turn import Turn
from turn_calls import ask_again, calls_of, close, forget, heard, stop_calls
from usage import Statistics
from waiting_photos import WaitingPhotos, together

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation goes on with in another process; `handle_at` in seconds since 1970."""

    past: tuple[Utterance, ...] = ()
    handle: str | None = None
    handle_at: float | None = None


async def _nothing() -> None:
    return


class Conversation:
    """`run` is the task that owns everything of one conversation; the other methods may be called before and during."""

    def __init__(
        self,
        provider: LiveProvider,
        setup: Callable[[], Setup],
        *,
        dialling: Dialling | None = None,
        functions: Functions | None = None,
        context: Context | None = None,
        memory: Memory | None = None,
        statistics: Statistics | None = None,
        save: Callable[[], Awaitable[None]] | None = None,
        first_word_seconds: float = 20.0,
        idle_seconds: float = 120.0,
    ) -> None:
        self.statistics = statistics or Statistics()
        self.ready = asyncio.Event()
        self.photos = WaitingPhotos(self.ask, lambda: bool(self._turns))
        self._setup = setup
        self._functions = functions
        self._context = context
        memory = memory or Memory()
        self._save = save or _nothing
        self._past = History(memory.past)
        self._line = Line(
            provider,
            self._setup_with_past,
            self._hear,
            dialling=dialling or Dialling(),
            busy=lambda: bool(self._turns),
            idle_seconds=idle_seconds,
        )
        self._line.restore(memory.handle, memory.handle_at)
        self._is_new = not memory.past and memory.handle is None
        self._turns = OpenTurns()
        self._model = Model()
        self._asking = Asking(self._line, self._model, self.statistics)
        self._exchange = Exchange(self._line, self._model, self._asking, first_word_seconds)
        self._group: asyncio.TaskGroup | None = None
        self._over = asyncio.Event()
        self.is_suspended = False
        """The next process takes it up again."""

    @property
    def quiet(self) -> asyncio.Event:
        """Nothing is being asked or answered."""
        return self._turns.quiet

    async def run(self) -> None:
        """Live until `stop`. The connection of a new conversation is opened at once, of a restored one when it is
        wanted. Turns that are open at the end are interrupted, unless the conversation is suspended."""
        if self._is_new:
            self._line.warm()
        try:
            async with task_group() as self._group:
                keeper = self._group.create_task(self._line.keep(), name="line")
                photos = self._group.create_task(self.photos.watch(), name="waiting photos")
                for turn in self._turns:
                    self._begin_task(turn)
                self.ready.set()
                await self._over.wait()
                for task in (keeper, photos, *self._turns.tasks):
                    task.cancel()
        finally:
            self._group = None
            self._over.set()
            self.statistics.end()
            for turn in list(self._turns):  # whose tasks were cancelled before they began, or before they were through
                await self._cut(turn)
                await self._close(turn)
                self._turns.end(turn)

    def stop(self, *, suspended: bool = False) -> None:
        """Cut everything that is being said or made, now. `suspended`: the next process takes it up again."""
        self.is_suspended = self.photos.suspended = suspended
        self._over.set()

    def memory(self) -> Memory:
        """What the conversation needs to go on in another process."""
        return Memory(tuple(self._past), *self._line.handle())

    async def _cut(self, turn: Turn) -> None:
        if self.is_suspended:
            return
        await turn.interrupted()
        if turn.delivered and not turn.arrived:
            await turn.reply.interrupted()  # cut while its answer was handed over: nobody else says that it is over

    def ask(self, question: Question, reply: Reply, key: str = "") -> None:
        """Admit a question; its turn is a task of this conversation. `key` names the turn in this process and the
        next, so that its functions act once; without one that holds in this process. Raises `errors.Overloaded`."""
        if self._over.is_set():
            raise Overloaded("the conversation has ended")
        turn = self._turns.admit(question, reply, key)
        self._line.warm()
        if self._group is not None:
            self._begin_task(turn)

    def add_photo(self, images: Images, reply: Reply, describe: str, key: str = "", of: str = "") -> None:
        """It waits for the next question, unless it belongs to one that has no answer yet, because that was just asked
        or is the turn `of` this key; then that is asked again with it. Raises `errors.Overloaded`."""
        self.photos.add(images, reply, describe, f"{PHOTO}{key}" if key else "")
        turn = self._turns.newest
        if turn is not None and turn.waits_for_photos(siblings=bool(of) and self.latest == of):
            turn.again = True
            turn.supersede()

    @property
    def latest(self) -> str:
        """The key of the newest turn that is open; empty when there is none."""
        return self._turns.newest.key if self._turns.newest is not None else ""

    def interrupt(self) -> None:
        """Stop what is being asked and answered now; nothing of it follows."""
        for turn in self._turns:
            if turn.attempts and not turn.delivered:
                turn.supersede()

    def renew(self) -> None:
        """Open a new connection, with what `setup` says then, as soon as nothing is being said."""
        self._model.change_wanted = True
        self._change_connection()

    # -- one turn --------------------------------------------------------------------------------------------------

    def _begin_task(self, turn: Turn) -> None:
        assert self._group is not None
        turn.photos = self.photos.take()
        if self._functions is not None and self._context is not None:
            turn.calls = calls_of(turn, turn.key, self._functions, self._context, self._group, self._past)
        self._turns.begin(turn, self._group.create_task(self._run_turn(turn), name="turn"))

    async def _run_turn(self, turn: Turn) -> None:
        try:
            await self._exchange_with_photos(turn)
        except Superseded:
            await turn.interrupted()
        except BadInput as error:
            if turn.photos is not None:
                await turn.photos.join(None)
                self.photos.give_back(turn.photos)
                turn.photos = None
            await turn.failed(error)
        except AssistantError as error:
            await turn.failed(error)
        except asyncio.CancelledError:
            await self._cut(turn)
            raise
        except Exception as error:
            # The codecs and the chat that a turn works with are not ours to trust; the conversation goes on.
            log.error("turn failed", error=type(error).__name__, where=where(error))
            self._asking.hang_up()
            await turn.failed(AssistantError("turn failed"))
        finally:
            await self._end_turn(turn)

    async def _end_turn(self, turn: Turn) -> None:
        # A conversation may be silent for hours: it keeps nothing of its last answer.
        if self._model.answering is turn:
            self._model.answering = None
        if self._model.asking is turn:
            self._model.asking = None
        stop_calls(turn, suspended=self.is_suspended)
        self.statistics.answers += turn.arrived
        self._remember(turn)
        await self._save()
        await heard(turn, suspended=self.is_suspended)
        await self._close(turn)
        await forget(turn, suspended=self.is_suspended)
        self._turns.end(turn)
        self.photos.turn_ended()
        if not self._over.is_set():
            self._change_connection()

    async def _close(self, turn: Turn) -> None:
        """Only now, with everything recorded, may the messages that asked be forgotten; photos last, for a question
        that comes again needs them."""
        await close(turn, suspended=self.is_suspended)
        if turn.photos is not None:
            await turn.photos.end(suspended=self.is_suspended)

    async def _exchange_with_photos(self, turn: Turn) -> None:
        """Once more from the beginning when a photo came right after the question."""
        own = turn.question
        while True:
            if turn.photos is not None:
                turn.question = replace(own, images=turn.photos.joined(own.images))
            try:
                return await self._exchange.hold(turn)
            except Superseded:
                if not turn.again:
                    raise
                turn.restart()
                ask_again(turn)
                turn.photos = together(turn.photos, self.photos.take())

    # -- what the connection says ------------------------------------------------------------------------------------

    def _hear(self, event: LiveEvent) -> None:
        match event:
            case Usage():
                self.statistics.add(event)
            case GoingAway():
                self.renew()
            case Transcript(Speaker.PERSON, text):
                if self._model.asking is not None:
                    self._model.asking.asked.append(text)
            case _:
                self.statistics.frames_received += isinstance(event, Speech)
                self._model.hear(event)

    def _change_connection(self) -> None:
        if self._model.change_wanted and not self._turns:
            self._model.change_wanted = False
            if self._line.is_open:
                self._asking.hang_up()
                self._line.warm()

    # -- memory ------------------------------------------------------------------------------------------------------

    def _setup_with_past(self) -> Setup:
        declarations = self._functions.declarations if self._functions else ()
        return replace(self._setup(), history=tuple(self._past), functions=declarations)

    def _remember(self, turn: Turn) -> None:
        self._past.add(turn)
        if turn.handles == self._line.handles:
            self._line.forget()  # no handle came since: the one that we have does not know of this turn
