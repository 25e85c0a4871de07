"""Servers of other people's functions that the operator named, by the Model Context Protocol (MCP)."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from errors import ConfigurationError
from function_files import DEADLINE_S, MOST_DEADLINE_S, Function
from function_results import MOST_RESULT_BYTES

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")

Offer = Callable[[str, Mapping[str, Function]], None]
"""Told what a server has, whenever it was reached."""


class ServerConfig(BaseModel):
    """Either `command` (stdio) or `url` (streamable HTTP). `allow` names the tools; `*` stands for all of them."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command: str | None = None
    args: list[str] = []
    env: dict[str, str] = {}
    url: str | None = Field(default=None, pattern="^https?://")
    headers: dict[str, str] = {}
    allow: Annotated[list[str], Field(min_length=1)]
    prefix: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)
    deadline_s: Annotated[float, Field(gt=0, le=MOST_DEADLINE_S)] = DEADLINE_S
    most_bytes: Annotated[int, Field(gt=0, le=MOST_RESULT_BYTES)] = MOST_RESULT_BYTES

    @model_validator(mode="after")
    def _one_way(self) -> "ServerConfig":
        if (self.command is None) == (self.url is None):
            raise ValueError("either command or url")
        return self


def read_servers(setting: str | None) -> dict[str, ServerConfig]:
    """By name. `setting` is JSON, or the path of a file with it; the names may stand under `mcpServers`.

    Raises `errors.ConfigurationError` without any value of it.
    """
    if not setting:
        return {}
    try:
        told = setting if setting.lstrip().startswith("{") else Path(setting).read_text("utf-8")
        tree = json.loads(told)
        servers = {name: ServerConfig.model_validate(one) for name, one in tree.get("mcpServers", tree).items()}
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise ConfigurationError(f"MCP_SERVERS: {type(error).__name__}", reason="mcp_servers_wrong") from None
    if not all(_NAME.fullmatch(name) for name in servers):
        raise ConfigurationError("MCP_SERVERS: a name", reason="mcp_servers_wrong")
    return servers
