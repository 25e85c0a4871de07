"""Functions of other people's servers, by the Model Context Protocol: declared beside ours while their server is up.

A server that is down or slow holds up nobody: it is named in the log and tried again. Only tools that the operator
allowed are declared, under a prefix; each call has a deadline and its result a size. The library is heavy: this file is
imported when a server is configured.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any

import httpx2
import structlog
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, TextContent, Tool

from context import Context
from errors import OutcomeUnknown, ServerRefused, ServerUnavailable
from function_declarations import Declared, Unusable, openapi
from function_files import Function
from live_session import FunctionDeclaration
from mcp_servers import Offer, ServerConfig
from tasks import task_group

log = structlog.get_logger(__name__)

OPEN_S = 15.0
START_S = 2.0
"""How long the start of the bot waits for its servers."""
PAUSES_S = (1.0, 3.0, 10.0, 30.0)
"""Between attempts to reach a server; the last one again and again."""
LOOK_EVERY_S = 30.0
MOST_TOOLS = 64
LONGEST_DESCRIPTION = 2_000
LONGEST_REFUSAL = 500


@asynccontextmanager
async def open_mcp_servers(servers: Mapping[str, ServerConfig], offer: Offer) -> AsyncIterator[None]:
    """Keeps a connection to each."""
    async with task_group() as group:
        kept = [McpServer(name, config, offer) for name, config in servers.items()]
        tasks = [group.create_task(server.keep(), name="mcp server") for server in kept]
        try:
            async with asyncio.timeout(START_S):
                for server in kept:
                    await server.tried.wait()
        except TimeoutError:
            log.warning("an MCP server is slow; the bot starts without it")
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


class McpServer:
    def __init__(self, name: str, config: ServerConfig, offer: Offer) -> None:
        self.tried = asyncio.Event()
        """The first attempt has ended."""
        self._name = name
        self._config = config
        self._offer = offer
        self._client: Client | None = None
        self._broken = asyncio.Event()

    async def keep(self) -> None:
        """One connection after another, until cancelled. What the server offered stays declared while it is away."""
        failures = 0
        while True:
            begun = monotonic()
            try:
                await self._hold()
            except Exception as error:  # whatever the library and the server behind it come up with
                if _is_cancelled():
                    # Closing a connection that is gone may fail, and that failure takes the cancellation's place.
                    raise asyncio.CancelledError from error
                cause = _first(error)
                log.warning("an MCP server is out of reach", server=self._name, error=type(cause).__name__)
            finally:
                self._client = None
                self.tried.set()
            failures = 0 if monotonic() - begun > LOOK_EVERY_S else failures + 1
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S)) - 1] if failures else PAUSES_S[0])

    async def _hold(self) -> None:
        self._broken.clear()
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(OPEN_S):
                client = await stack.enter_async_context(await self._connected(stack))
                functions = self._functions(await _tools(client))
            self._offer(self._name, functions)
            self._client = client
            self.tried.set()
            log.info("an MCP server is there", server=self._name, functions=len(functions))
            while not self._broken.is_set():
                await self._look(client)

    async def _connected(self, stack: AsyncExitStack) -> Client:
        config = self._config
        if config.url is not None:
            timeout = httpx2.Timeout(OPEN_S, read=config.deadline_s + OPEN_S)
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=config.headers, timeout=timeout))
            return Client(streamable_http_client(config.url, http_client=http))
        assert config.command is not None
        # What it writes to its stderr may quote people; the log is no place for that.
        silence = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: ASYNC230, SIM115  # of no disk
        parameters = StdioServerParameters(command=config.command, args=config.args, env=config.env)
        return Client(stdio_client(parameters, errlog=silence))

    async def _look(self, client: Client) -> None:
        """Wait for a break; from time to time, look whether there was one."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._broken.wait()
        except TimeoutError:
            async with asyncio.timeout(OPEN_S):
                await client.list_tools(cache_mode="bypass")

    def _functions(self, tools: list[Tool]) -> dict[str, Function]:
        functions: dict[str, Function] = {}
        for tool in tools:
            if not ({tool.name, "*"} & set(self._config.allow)):
                continue
            try:
                function = self._function(tool)
            except Unusable as unusable:
                log.warning("a tool is not usable", server=self._name, tool=tool.name, problem=str(unusable))
            else:
                functions[function.declared.declaration.name] = function
        missing = set(self._config.allow) - {"*"} - {tool.name for tool in tools}
        if missing:
            log.warning("allowed tools are not there", server=self._name, tools=sorted(missing))
        return functions

    def _function(self, tool: Tool) -> Function:
        prefix = f"{self._name}_" if self._config.prefix is None else self._config.prefix
        name = (prefix + re.sub(r"[^A-Za-z0-9_]", "_", tool.name))[:64]
        schema = tool.input_schema
        parameters = openapi(schema) if schema.get("properties") else None
        description = (tool.description or tool.title or tool.name)[:LONGEST_DESCRIPTION]
        only_reads = tool.annotations is not None and tool.annotations.read_only_hint is True

        async def run(context: Context, arguments: dict[str, Any]) -> object:
            if only_reads:
                return await self._call(tool.name, arguments, only_reads=True)
            return await context.once(lambda: self._call(tool.name, arguments, only_reads=False))

        return Function(
            run,
            Declared(FunctionDeclaration(name, description, parameters), lambda given: {"arguments": dict(given)}),
            self._config.deadline_s,
            takes_context=True,
            only_reads=only_reads,
            most_bytes=self._config.most_bytes,
        )

    async def _call(self, tool: str, arguments: dict[str, Any], *, only_reads: bool) -> object:
        """Raises `errors.ServerUnavailable`, `errors.ServerRefused`, and `errors.OutcomeUnknown` for a break in the
        middle of what may have been done."""
        client = self._client
        if client is None:
            raise ServerUnavailable(f"the server {self._name} is out of reach; it is being tried again")
        try:
            result = await client.call_tool(tool, arguments)
        except MCPError as error:
            if error.code not in _BREAKS:
                raise ServerRefused(f"the server {self._name} says: {error.message[:LONGEST_REFUSAL]}") from error
            broken: Exception = error
        except Exception as error:  # whatever the library and the server behind it come up with
            broken = error
        else:
            return _told(self._name, result)
        self._broken.set()
        log.warning("an MCP server broke off", server=self._name, error=type(_first(broken)).__name__)
        if only_reads:
            raise ServerUnavailable(f"the server {self._name} broke off in the middle of the call") from broken
        raise OutcomeUnknown(f"the server {self._name} broke off in the middle of the call") from broken


_BREAKS = frozenset((CONNECTION_CLOSED, REQUEST_TIMEOUT))
"""What the library says of a connection, not the server of a call."""


async def _tools(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    while len(tools) < MOST_TOOLS:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools[:MOST_TOOLS]


def _told(server: str, result: CallToolResult) -> object:
    words = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        raise ServerRefused(f"the server {server} says: {words[:LONGEST_REFUSAL]}")
    return result.structured_content if result.structured_content is not None else words


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
