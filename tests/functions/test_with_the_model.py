"""Declarations and results over the wire: the real client, a server that refuses what Gemini refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from function_calls import Calls, Context, Functions, discover
from gemini_live_session import GeminiLive
from live_session import (
    FunctionCall,
    FunctionCallsCancelled,
    LiveEvent,
    LiveSession,
    Setup,
    TurnEnded,
    WrittenText,
)
from norms.catalogue import Catalogue
from tasks import task_group

CONTEXT = Context(chat=1, user=1, language="ru", norms=Catalogue())

WIDE = '''
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal
from pydantic import BaseModel, Field

class Unit(str, Enum):
    CUBIC_METRES = "м3"
    TONNES = "т"

class Material(BaseModel):
    """One material."""
    name: Annotated[str, Field(max_length=200, pattern="^.+$")]
    quantity: Decimal = Field(ge=0)
    unit: Unit | None = None
    certificates: list[str] = []

class Dates(BaseModel):
    start: date
    end: date | None = None

async def wide(
    where: str,
    materials: Annotated[list[Material], Field(min_length=1, max_length=300)],
    dates: Dates,
    kind: Literal["АОСР", "АООК"] = "АОСР",
    copies: Literal[1, 2, 3] = 2,
    mark: int | str | None = None,
    at: datetime | None = None,
    share: Annotated[float, Field(ge=0, le=1)] = 0.5,
    draft: bool = True,
) -> dict:
    """Make an act."""
    return {"quantity": materials[0].quantity, "start": dates.start, "mark": mark}
'''
NOTHING = 'async def nothing():\n    """Do nothing."""\n    return None\n'
WAITING = 'import asyncio\nasync def waiting():\n    """Wait."""\n    await asyncio.Event().wait()\n'
LEGACY = """
DECLARATION = {
    "name": "legacy",
    "description": "Old style.",
    "parameters": {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}},
            "how": {"type": "string", "enum": ["a"]},
        },
        "required": ["tags"],
    },
}
async def legacy(args):
    return args
"""


@pytest.fixture
async def gemini(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator(key="test-key") as emulator:
        monkeypatch.setenv("SSL_CERT_FILE", str(emulator.ca_file))
        yield emulator


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    for name, source in {"wide": WIDE, "nothing": NOTHING, "waiting": WAITING, "legacy": LEGACY}.items():
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    found = discover(tmp_path)
    assert found.load() == []
    return found


class Turn:
    """A connection whose calls are run, as a conversation does it."""

    def __init__(self, session: LiveSession, calls: Calls, events: "asyncio.Queue[LiveEvent]") -> None:
        self.session = session
        self.calls = calls
        self._events = events

    async def ask(self) -> None:
        await self.session.begin()
        await self.session.send_text("Вопрос")
        await self.session.end()

    async def next(self, *kinds: type) -> LiveEvent:
        async with asyncio.timeout(10):
            while True:
                event = await self._events.get()
                match event:
                    case FunctionCall():
                        self.calls.start(event, self.session.answer_call)
                    case FunctionCallsCancelled(ids):
                        self.calls.cancel(ids)
                if isinstance(event, kinds):
                    return event


@asynccontextmanager
async def opened(gemini: GeminiLiveEmulator, functions: Functions) -> AsyncIterator[Turn]:
    events: asyncio.Queue[LiveEvent] = asyncio.Queue(1000)
    provider = GeminiLive("test-key", "gemini-3.8-live", base_url=gemini.url)
    setup = Setup("Отвечай.", "Aoede", functions=functions.declarations)
    async with task_group() as group, provider.connect(setup, events.put_nowait) as session:
        turn = Turn(session, Calls(functions, CONTEXT, group), events)
        yield turn
        turn.calls.cancel_all()


def results(gemini: GeminiLiveEmulator) -> list[tuple[str, dict[str, Any]]]:
    """Name and response of every answer that the server took."""
    frames = [message["toolResponse"] for message in gemini.connections[0].messages if "toolResponse" in message]
    return [(one["name"], one["response"]) for frame in frames for one in frame["functionResponses"]]


async def test_gemini_accepts_the_declaration_of_every_function_we_have(gemini: GeminiLiveEmulator) -> None:
    async with opened(gemini, discover()):
        assert len(gemini.connections) == 1


async def test_gemini_accepts_nested_lists_enumerations_unions_and_old_declarations(
    gemini: GeminiLiveEmulator, functions: Functions
) -> None:
    assert len(functions.declarations) == 4
    async with opened(gemini, functions):
        assert len(gemini.connections) == 1


async def test_the_model_speaks_after_the_result_of_its_call(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("norm_status", {"norm": "СНиП 52-01"})], then=Answer(text="Заменён на СП 63.")))
    async with opened(gemini, discover()) as turn:
        await turn.ask()
        assert await turn.next(WrittenText) == WrittenText("Заменён на СП 63.")
        await turn.next(TurnEnded)
    ((name, response),) = results(gemini)
    assert (name, response["status"]) == ("norm_status", "ok")
    assert response["result"]["norms"][0]["replaced_by"] == "СП 63.13330.2018"


async def test_every_kind_of_call_is_answered_and_the_turn_goes_on(
    gemini: GeminiLiveEmulator, functions: Functions
) -> None:
    material = {"name": "Бетон В25", "quantity": 12.5, "unit": "м3"}
    calls = [
        Call("wide", {"where": "А-Б", "materials": [material], "dates": {"start": "2026-11-18"}, "mark": None}),
        Call("wide", {"where": "А-Б", "dates": {}}),
        Call("nothing"),
        Call("legacy", {"tags": ["x"]}),
        Call("unheard_of"),
    ]
    gemini.say(Answer(calls=calls, then=Answer(text="Готово")))
    async with opened(gemini, functions) as turn:
        await turn.ask()
        await turn.next(WrittenText)
        await turn.next(TurnEnded)
    answers = results(gemini)
    assert sorted((name, answer["status"]) for name, answer in answers) == [
        ("legacy", "ok"),
        ("nothing", "ok"),
        ("unheard_of", "unknown_function"),
        ("wide", "invalid_arguments"),
        ("wide", "ok"),
    ]
    made = next(answer["result"] for name, answer in answers if name == "wide" and answer["status"] == "ok")
    assert made == {"quantity": "12.5", "start": "2026-11-18", "mark": None}


async def test_a_call_that_the_person_interrupts_is_cancelled_and_the_connection_lives(
    gemini: GeminiLiveEmulator, functions: Functions
) -> None:
    gemini.say(Answer(calls=[Call("waiting")], then=Answer(text="Никогда")), Answer(text="Слушаю"))
    async with opened(gemini, functions) as turn:
        await turn.ask()
        await turn.next(FunctionCall)
        await turn.ask()
        await turn.next(FunctionCallsCancelled)
        assert turn.calls.patience == 0
        assert await turn.next(WrittenText) == WrittenText("Слушаю")
    assert results(gemini) == []
