"""docs/functions.md, followed word by word: its files are written, found and called."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from client import Card
from context import Context, Parts, Press
from effects import CallEffects, Effects
from function_calls import Functions, Result, discover
from live_session import FunctionCall
from mcp_servers import read_servers
from norms.catalogue import Catalogue
from tests.functions.client import Shown

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/functions.md").read_text("utf-8")
BLOCK = re.compile(r"^```(python|json)\n(.*?)^```", re.M | re.S)
NAMED = re.compile(r"# (?:in )?functions/(\w+)\.py")


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    """The files of the page; what stands in the same file is put together."""
    for language, source in BLOCK.findall(PAGE):
        name = NAMED.match(source)
        if language == "python" and name:
            with (tmp_path / f"{name[1]}.py").open("a", encoding="utf-8") as file:
                file.write(source)
    found = discover(tmp_path)
    assert found.load() == []
    return found


async def call(functions: Functions, name: str, shown: Shown, **arguments: object) -> Result:
    context = Context(1, 2, "ru", Catalogue(), client=shown, effects=CallEffects(Effects(), name, 0), parts=Parts())
    return await functions.run(FunctionCall("1", name, arguments), context)


async def test_the_first_example_answers(functions: Functions) -> None:
    assert (await call(functions, "crane_limit", Shown(), crane="КБ-403"))["result"] == {"found": True, "tonnes": 12.5}
    assert (await call(functions, "crane_limit", Shown(), crane="Вятка"))["result"]["found"] is False
    assert (await call(functions, "crane_limit", Shown()))["missing"] == ["crane"]


async def test_the_example_with_an_effect_orders_and_says_so(functions: Functions) -> None:
    shown = Shown()
    assert (await call(functions, "order_concrete", shown, volume="12 кубов"))["result"] == {"number": 1}
    assert shown.texts == ["Заказ № 1: 12 кубов"]


async def test_the_press_of_the_example_is_heard(functions: Functions) -> None:
    press = Press("Да", "Да", {"volume": "3 куба"}, "token", Card("Заказать?"))
    reaction = await functions.press("order_concrete", press, Context(1, 2, "ru", Catalogue()))
    assert (reaction.told, reaction.news) == ("заказано", {"ordered": "3 куба"})


async def test_the_old_form_answers(functions: Functions) -> None:
    result = await call(functions, "crane_count", Shown(), kind="башенный")
    assert result["result"] == {"kind": "башенный", "count": 2, "session": "1"}


async def test_the_configuration_of_the_example_server_works(functions: Functions, tmp_path: Path) -> None:
    (told,) = (json.loads(source) for language, source in BLOCK.findall(PAGE) if language == "json")
    told["mcpServers"]["warehouse"] |= {"command": sys.executable, "env": os.environ | {"PYTHONPATH": str(ROOT)}}
    file = tmp_path / "mcp.json"
    file.write_text(json.dumps(told), "utf-8")
    offered: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    from mcp_connection import open_mcp_servers

    async with open_mcp_servers(read_servers(str(file)), lambda server, theirs: offered.set_result(list(theirs))):
        async with asyncio.timeout(30):
            assert await offered == ["warehouse_stock"]
