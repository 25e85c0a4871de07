"""Functions of MCP servers: real servers, as processes of their own, by stdio and by HTTP."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from context import Context
from effects import CallEffects, Effects
from errors import ConfigurationError
from function_calls import Functions, Result
from live_session import FunctionCall
from mcp_servers import Offer, ServerConfig, read_servers
from norms.catalogue import Catalogue

ROOT = Path(__file__).parent.parent
PROGRAM = ["-m", "emulators.mcp_server"]
ALL = ["stock", "order", "catalogue", "audit", "collapse", "refuse"]

Open = Callable[..., Awaitable[Functions]]


def open_mcp_servers(servers: Mapping[str, ServerConfig], offer: Offer) -> AbstractAsyncContextManager[None]:
    """Loads the library, which takes a second, not while tests are collected: each worker collects them all."""
    from mcp_connection import open_mcp_servers

    return open_mcp_servers(servers, offer)


def stdio(**more: Any) -> ServerConfig:
    environment = {"PYTHONPATH": str(ROOT)}
    values: dict[str, Any] = {"command": sys.executable, "args": PROGRAM, "env": environment, "allow": ALL}
    return ServerConfig(**(values | more))


@asynccontextmanager
async def http_server(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *PROGRAM,
        "--port",
        str(port),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Offers:
    """Functions, and the word when a server has offered its own."""

    def __init__(self) -> None:
        self.functions = Functions(lambda: ({}, []))
        self.came: asyncio.Queue[str] = asyncio.Queue()

    def offer(self, server: str, functions: Any) -> None:
        self.functions.offer(server, functions)
        self.came.put_nowait(server)

    async def next(self) -> None:
        async with asyncio.timeout(30):
            await self.came.get()

    def names(self) -> list[str]:
        return sorted(declaration.name for declaration in self.functions.declarations)


async def result_of(functions: Functions, name: str, **arguments: object) -> Result:
    context = Context(1, 2, "ru", Catalogue(), effects=CallEffects(Effects(), name, 0))
    async with asyncio.timeout(30):
        return await functions.run(FunctionCall("1", name, arguments), context)


@pytest.fixture
async def warehouse() -> AsyncIterator[Offers]:
    offers = Offers()
    async with open_mcp_servers({"warehouse": stdio(deadline_s=5)}, offers.offer):
        await offers.next()
        yield offers


async def test_the_allowed_tools_of_a_server_are_declared_under_its_prefix() -> None:
    offers = Offers()
    async with open_mcp_servers({"warehouse": stdio(allow=["stock", "no_such"], prefix="wh_")}, offers.offer):
        await offers.next()
        (declaration,) = offers.functions.declarations
    assert declaration.name == "wh_stock"
    assert declaration.description == "How much of a material lies in the warehouse."
    assert declaration.parameters is not None
    assert declaration.parameters["required"] == ["material"]


async def test_a_call_by_stdio_is_answered_with_what_the_server_says(warehouse: Offers) -> None:
    result = await result_of(warehouse.functions, "warehouse_stock", material="арматура А500С")
    assert result == {"status": "ok", "result": {"material": "арматура А500С", "left": "2,4 т"}}


async def test_a_call_by_http_is_answered_and_a_server_that_comes_later_is_found(unused_tcp_port: int) -> None:
    offers = Offers()
    config = ServerConfig(url=f"http://127.0.0.1:{unused_tcp_port}/mcp", allow=["*"])
    with capture_logs() as logs:
        async with open_mcp_servers({"warehouse": config}, offers.offer):
            assert offers.names() == []
            async with http_server(unused_tcp_port):
                await offers.next()
                result = await result_of(offers.functions, "warehouse_order", material="бетон В25", quantity="12 м3")
    assert result["result"] == {"ordered": "бетон В25", "quantity": "12 м3"}
    assert logs[0]["event"] == "an MCP server is out of reach"
    assert logs[0]["server"] == "warehouse"


async def test_what_goes_wrong_is_an_informative_error(warehouse: Offers) -> None:
    for tool, status, words in (
        ("refuse", "error", "склад закрыт на учёт"),
        ("stock", "error", "material"),
        ("audit", "timeout", "took longer than"),
    ):
        result = await result_of(warehouse.functions, f"warehouse_{tool}")
        assert (tool, result["status"]) == (tool, status)
        assert words in result["message"]


async def test_a_server_that_dies_is_an_informative_error_and_started_again(warehouse: Offers) -> None:
    result = await result_of(warehouse.functions, "warehouse_collapse")
    assert result["status"] == "error"
    assert "broke off in the middle" in result["message"]
    await warehouse.next()
    result = await result_of(warehouse.functions, "warehouse_stock", material="бетон В25")
    assert result["result"]["left"] == "нет"


async def test_while_a_server_is_away_its_functions_say_so(unused_tcp_port: int) -> None:
    offers = Offers()
    config = ServerConfig(url=f"http://127.0.0.1:{unused_tcp_port}/mcp", allow=["*"], deadline_s=5)
    async with open_mcp_servers({"warehouse": config}, offers.offer):
        async with http_server(unused_tcp_port):
            await offers.next()
        broke = await result_of(offers.functions, "warehouse_stock", material="бетон В25")
        away = await result_of(offers.functions, "warehouse_stock", material="бетон В25")
    assert {broke["status"], away["status"]} == {"error"}
    assert away["retryable"] is True


async def test_a_result_that_is_too_large_is_cut(tmp_path: Path) -> None:
    offers = Offers()
    async with open_mcp_servers({"warehouse": stdio(most_bytes=1000)}, offers.offer):
        await offers.next()
        result = await result_of(offers.functions, "warehouse_catalogue", pages=20)
    assert result["cut"] is True
    assert len(result["result"].encode()) <= 1000


async def test_a_program_that_does_not_exist_stops_nobody() -> None:
    offers = Offers()
    with capture_logs() as logs:
        async with open_mcp_servers({"nothing": stdio(command="/no/such/program")}, offers.offer):
            assert offers.names() == []
    assert {"server": "nothing", "error": "FileNotFoundError"}.items() <= logs[0].items()


def test_the_setting_is_json_or_a_file_with_it(tmp_path: Path) -> None:
    told = {"mcpServers": {"warehouse": {"url": "https://host/mcp", "allow": ["stock"]}}}
    file = tmp_path / "mcp.json"
    file.write_text(json.dumps(told), "utf-8")
    assert read_servers(str(file)) == read_servers(json.dumps(told["mcpServers"])) == read_servers(json.dumps(told))
    assert read_servers(None) == {}


@pytest.mark.parametrize(
    "setting",
    [
        "{",
        "/no/such/file.json",
        "[]",
        '{"a": {"url": "https://host", "command": "x", "allow": ["*"]}}',
        '{"a": {"url": "ftp://host", "allow": ["*"]}}',
        '{"a": {"url": "https://host", "allow": []}}',
        '{"a": {"url": "https://host"}}',
        '{"a b": {"url": "https://host", "allow": ["*"]}}',
        '{"a": {"url": "https://host", "allow": ["*"], "headers": {"Authorization": 5, "secret": "hunter2"}}}',
    ],
)
def test_a_wrong_setting_is_refused_without_its_values(setting: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_servers(setting)
    assert caught.value.reason == "mcp_servers_wrong"
    assert "hunter2" not in f"{caught.value} {caught.value.args}"
