"""The functions of one turn: what their context knows of it, and their end with it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from context import Context, Picture, Said
from effects import PHOTO, PRESS, Effects
from function_calls import Calls, Functions
from live_session import Speaker, Utterance
from turn import Turn

MOST_EARLIER = 6
"""Utterances of the person before this one that a dictation may have begun with."""


def calls_of(
    turn: Turn,
    key: str,
    functions: Functions,
    context: Context,
    group: asyncio.TaskGroup,
    past: Iterable[Utterance] = (),
) -> Calls:
    """`key` names the turn in every process; without one nothing of it outlives this process."""
    spoken = [one.text for one in past if one.speaker is Speaker.PERSON]

    async def pictures() -> Sequence[Picture]:
        images = await turn.question.images() if turn.question.images else ()
        return [Picture(image.data, image.mime_type) for image in images]

    said = Said(
        "" if key.startswith((PRESS, PHOTO)) else turn.question.text,
        spoken=turn.question.note is not None,
        pictured=lambda: turn.question.images is not None,
        heard=lambda: "".join(turn.asked),
        earlier="\n".join(spoken[-MOST_EARLIER:]),
    )
    effects = Effects(key, context.parts.journal if key else None)
    return Calls(functions, replace(context, said=said, pictures=pictures), group, effects)


def ask_again(turn: Turn) -> None:
    """The question goes to the model once more."""
    if turn.calls is not None:
        turn.calls.again()


def stop_calls(turn: Turn, *, suspended: bool) -> None:
    """The turn is over; `suspended`: in this process. What finishes goes on."""
    if turn.calls is not None:
        turn.calls.cancel_all(suspended=suspended)


async def heard(turn: Turn, *, suspended: bool) -> None:
    """No more of the transcript will come. Waits for calls that go on: so long the turn may be run again."""
    if turn.calls is not None and not suspended:
        await turn.calls.heard(cut=not turn.delivered)


async def close(turn: Turn, *, suspended: bool) -> None:
    """Unless the next process has something of it to finish."""
    if suspended and turn.calls is not None and turn.calls.is_unfinished:
        turn.calls.cancel_all(suspended=True)
    else:
        await turn.closed()


async def forget(turn: Turn, *, suspended: bool) -> None:
    """After everything was recorded: nobody runs this turn again."""
    if turn.calls is not None and not suspended:
        await turn.calls.forget()
