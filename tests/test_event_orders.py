"""Whatever order things happen in: every reply ends exactly once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from errors import (
    AssistantError,
    DownloadFailed,
    KeyRejected,
    Overloaded,
    PictureUnreadable,
    ProviderUnavailable,
    RecordingSilent,
    RequestRejected,
)
from live_session import (
    Disconnected,
    GenerationComplete,
    GoingAway,
    Interrupted,
    LiveEvent,
    ResumptionHandle,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    WrittenText,
)
from tasks import task_group
from tests.script import Act, Script, Step, answer, asks, connects, said, sound
from tests.talk import LOUD, Talk, in_virtual_time, note, picture, settled, start_conversation
from tests.volume import examples

GONE = ProviderUnavailable("gone")


class AnyScript(Script):
    """Takes whatever comes; refuses the acts that `refusals` names and answers some questions by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[tuple[Act, AssistantError]] = []
        self.answers = 0

    def take(self, act: Act) -> Step | None:
        self.changed()
        for place, (refused, error) in enumerate(self.refusals):
            if refused is act:
                del self.refusals[place]
                return Step(act, refuse=error)
        if act is Act.END and self.answers:
            self.answers -= 1
            return Step(act, answer("да"))
        return None


@dataclass
class Stage:
    script: AnyScript
    talk: Talk
    held: list[asyncio.Event] = field(default_factory=list)

    def ask_text(self) -> None:
        self.talk.ask("раз")

    def ask_and_be_answered(self) -> None:
        self.talk.ask("раз")
        self.script.answers += 1

    def ask_with_a_bad_picture(self) -> None:
        self.talk.ask("?", images=picture(b"", error=PictureUnreadable()))

    def ask_note(self) -> None:
        self.talk.ask(note=note(LOUD, LOUD))

    def ask_slow_note(self) -> None:
        self.talk.ask(note=note(LOUD, LOUD, hold=self._hold()))

    def ask_note_slow_in_its_middle(self) -> None:
        self.talk.ask(note=note(LOUD, LOUD, hold=self._hold(), hold_after=1))

    def ask_silent_note(self) -> None:
        self.talk.ask(note=note(error=RecordingSilent()))

    def ask_slow_silent_note(self) -> None:
        self.talk.ask(note=note(hold=self._hold(), error=RecordingSilent()))

    def ask_note_that_is_cut(self) -> None:
        self.talk.ask(note=note(LOUD, error=DownloadFailed()))

    def ask_note_with_a_fault(self) -> None:
        self.talk.ask(note=note(LOUD, error=ZeroDivisionError()))

    def show_photo(self) -> None:
        self.talk.photo(picture(b"1"))

    def show_slow_photo(self) -> None:
        self.talk.photo(picture(b"1", hold=self._hold()))

    def show_slow_bad_photo(self) -> None:
        self.talk.photo(picture(b"", hold=self._hold(), error=PictureUnreadable()))

    def release(self) -> None:
        if self.held:
            self.held.pop(0).set()

    def interrupt(self) -> None:
        self.talk.conversation.interrupt()

    def renew(self) -> None:
        self.talk.conversation.renew()

    def emit(self, *events: LiveEvent) -> None:
        if self.script.connections and self.script.connections[-1].open:
            self.script.emit(*events)

    def _hold(self) -> asyncio.Event:
        self.held.append(asyncio.Event())
        return self.held[-1]


@dataclass(frozen=True)
class Deed:
    act: Callable[[Stage], None] | LiveEvent | tuple[Act, AssistantError]
    """Something done, something that the model says, or an act that is to be refused."""
    pause: float
    """Seconds after it."""

    async def happen(self, stage: Stage) -> None:
        with suppress(Overloaded):
            if isinstance(self.act, tuple):
                stage.script.refusals.append(self.act)
            elif callable(self.act):
                self.act(stage)
            else:
                stage.emit(self.act)
        await asyncio.sleep(self.pause) if self.pause else await settled()


QUESTIONS = [
    Stage.ask_text,
    Stage.ask_and_be_answered,
    Stage.ask_with_a_bad_picture,
    Stage.ask_note,
    Stage.ask_slow_note,
    Stage.ask_note_slow_in_its_middle,
    Stage.ask_silent_note,
    Stage.ask_slow_silent_note,
    Stage.ask_note_that_is_cut,
    Stage.ask_note_with_a_fault,
]
MISHAPS = [Stage.show_photo, Stage.show_slow_photo, Stage.show_slow_bad_photo, Stage.interrupt, Stage.renew]
REFUSALS = [(act, error) for act in (Act.CONNECT, Act.BEGIN, Act.AUDIO, Act.END) for error in (GONE, RequestRejected())]
ANSWERS: list[LiveEvent] = [
    Speech(sound(1)),
    Speech(bytes(4800)),
    said("да"),
    Transcript(Speaker.PERSON, "раз"),
    WrittenText("да"),
    Interrupted(),
    GenerationComplete(),
    TurnEnded(),
    ResumptionHandle("h"),
    ResumptionHandle(None),
    GoingAway(1.0),
    Disconnected(GONE),
    Disconnected(RequestRejected()),
    Disconnected(KeyRejected()),
]
DEEDS = st.builds(
    Deed,
    st.one_of(
        st.sampled_from([*QUESTIONS, *[Stage.release] * 3]),
        st.sampled_from(ANSWERS),
        st.sampled_from([*MISHAPS, *[Stage.release] * 3]) | st.sampled_from(REFUSALS),
    ),
    st.sampled_from([0.0, 0.0, 0.0, 0.3, 0.7, 2.0, 6.0, 31.0]),
)


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=30), slow=st.sampled_from([0.0, 0.0, 0.4]), stopped_by=st.booleans())
def test_every_reply_ends_exactly_once_whatever_happens(deeds: list[Deed], slow: float, stopped_by: bool) -> None:
    @in_virtual_time
    async def happening() -> None:
        async with AnyScript() as script, task_group() as group:
            conversation, talk = start_conversation(script, first_word_seconds=5, idle_seconds=20, slow=slow)
            running = group.create_task(conversation.run())
            await settled()
            stage = Stage(script, talk)
            for deed in deeds:
                await deed.happen(stage)
            assert not running.done()
            conversation.stop() if stopped_by else running.cancel()
            await asyncio.wait([running])
        assert [reply.ends for reply in talk.replies if len(reply.ends) != 1] == []
        counted = conversation.statistics
        answered = sum(reply.ends == ["answered"] for reply in talk.replies)
        assert counted.answers == answered <= counted.questions <= len(script.asked)
        assert not script.open_connections

    happening()


@in_virtual_time
async def test_the_time_limit_while_photos_of_a_question_are_being_ended_ends_all_of_them() -> None:
    async with Script(connects(), asks(*answer("да"))) as script:
        conversation, talk = start_conversation(script, slow=0.4)
        running = asyncio.get_running_loop().create_task(conversation.run())
        await settled()
        photos = [talk.photo(picture(b"1")), talk.photo(picture(b"2"))]
        talk.ask("что тут?")
        await photos[0].ended()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert [photo.ends for photo in photos] == [["interrupted"]] * 2
