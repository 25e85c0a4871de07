"""However late the ends of older answers come, no answer is taken for another's and no question is asked twice."""

import asyncio
from enum import Enum

from hypothesis import given, settings
from hypothesis import strategies as st

from live_session import Interrupted, LiveEvent, Speech, Transcript, TurnEnded
from tests.script import Act, Script, Step, answer, sound
from tests.talk import LOUD, Replied, in_virtual_time, note, settled, talking
from tests.volume import examples


class Candid(Script):
    """A model that behaves: it answers question n with sound n, and says so when it is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[list[LiveEvent]] = []
        """What is left to be said, for each question."""
        self._silent = True

    def take(self, act: Act) -> Step | None:
        self.changed()
        if act is Act.BEGIN and self.said and self.said[-1]:
            interrupted = not self._silent
            self.said[-1].clear()
            return Step(act, (Interrupted(), TurnEnded()) if interrupted else ())
        if act is Act.END:
            number = len(self.said) + 1
            self._silent = True
            self.said.append([*answer(str(number), tenths=3, mark=number)])
        return None

    def speak(self, count: int) -> None:
        for _ in range(count):
            if self.said and self.said[-1]:
                self._silent = False
                self.emit(self.said[-1].pop(0))


@settings(max_examples=examples(200), deadline=None, derandomize=True)
@given(
    turns=st.lists(
        st.tuples(st.booleans(), st.integers(0, 6), st.sampled_from([0.0, 0.3, 0.7, 10.0])), min_size=1, max_size=8
    )
)
def test_each_question_gets_its_own_answer_whole_or_none(turns: list[tuple[bool, int, float]]) -> None:
    @in_virtual_time
    async def happening() -> None:
        replies: list[Replied] = []
        script = Candid()
        async with talking(script, first_word_seconds=100) as talk:
            for number, (spoken, count, pause) in enumerate(turns, 1):
                replies.append(talk.ask(note=note(LOUD)) if spoken else talk.ask("раз"))
                await script.heard(number)
                script.speak(count)
                await asyncio.sleep(pause) if pause else await settled()
        for number, reply in enumerate(replies, 1):
            assert reply.pcm in [sound(number) * heard for heard in range(4)]
            if reply.ends == ["answered"]:
                assert (reply.pcm, reply.text) == (sound(number) * 3, str(number))

    happening()


class Manner(Enum):
    """How the model says that a turn has ended which a question interrupted."""

    AT_ONCE = 0
    LATE = 1
    """When the next question is complete, and some of its sound and words with it."""
    LAST = 2
    """Only before it says anything of a later answer."""
    WORDLESS = 3
    """As late, and without saying that it was interrupted."""


class Careless(Candid):
    """A model that says an end twice, or the ends of interrupted answers late: in their order, and before it answers
    anything that was asked after them."""

    def __init__(self) -> None:
        super().__init__()
        self.doubles, self.manner = False, Manner.AT_ONCE
        self._owed: list[LiveEvent] = []

    def take(self, act: Act) -> Step | None:
        if act is Act.BEGIN and self.said and not self.said[-1]:
            self._owed = [TurnEnded()] if self.doubles else []
        elif act is Act.BEGIN and self.said and self.manner is not Manner.AT_ONCE:
            self._owed += self._late_end(self.said[-1])
            self.said[-1].clear()
        step = super().take(act)
        if act is Act.BEGIN and self._owed and step is not None:
            self._owed += step.emit  # type: ignore[arg-type]
            return None
        if act is Act.END and self.manner is not Manner.LAST:
            owed, self._owed = tuple(self._owed), []
            return Step(act, owed)
        return step

    def speak(self, count: int) -> None:
        if count:
            self.emit(*self._owed)
            self._owed = []
        super().speak(count)

    def _late_end(self, left: list[LiveEvent]) -> list[LiveEvent]:
        if self._silent:
            return [TurnEnded()]
        sound = [one for one in left if isinstance(one, Speech)][:1]
        words = [one for one in left if isinstance(one, Transcript)]
        cut = [] if self.manner is Manner.WORDLESS else [Interrupted()]
        return [*sound, *cut, *words, TurnEnded()]


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(
    turns=st.lists(
        st.tuples(
            st.booleans(), st.sampled_from(Manner), st.integers(0, 6), st.sampled_from([0.0, 0.0, 0.3, 0.7, 10.0])
        ),
        min_size=2,
        max_size=6,
    )
)
def test_what_is_left_of_an_answer_is_not_taken_for_the_next_one(
    turns: list[tuple[bool, Manner, int, float]],
) -> None:
    # Behind an end that was said twice an answer that keeps silent is an empty one: there it says something.
    turns = [(doubles, manner, count or int(doubles), pause) for doubles, manner, count, pause in turns]

    @in_virtual_time
    async def happening() -> None:
        replies: list[Replied] = []
        script = Careless()
        async with talking(script, first_word_seconds=100) as talk:
            for number, (script.doubles, script.manner, count, pause) in enumerate(turns, 1):
                replies.append(talk.ask("раз"))
                await script.heard(number)
                script.speak(count)
                await asyncio.sleep(pause) if pause else await settled()
        assert len(script.said) == len(turns), "nothing was asked twice"
        for number, (reply, (*_, count, _)) in enumerate(zip(replies, turns, strict=True), 1):
            assert reply.pcm in [sound(number) * heard for heard in range(4)]
            assert set(reply.text) <= {str(number)}
            assert reply.ends == (["answered"] if count >= 5 else ["interrupted"])

    happening()
