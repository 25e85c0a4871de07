"""An example MCP server: a warehouse. `python -m emulators.mcp_server` speaks stdio, with `--port 8765` HTTP."""

import argparse
import os
import time

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

server = MCPServer("warehouse")
STOCK = {"арматура А500С": "2,4 т", "бетон В25": "нет"}


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def stock(material: str) -> dict[str, str]:
    """How much of a material lies in the warehouse."""
    return {"material": material, "left": STOCK.get(material, "такого материала нет в списке")}


@server.tool()
def order(material: str, quantity: str) -> dict[str, str]:
    """Order a material."""
    return {"ordered": material, "quantity": quantity}


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def catalogue(pages: int) -> str:
    """The whole catalogue, which is long."""
    return "страница " * 100 * pages


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def audit() -> str:
    """Takes longer than anybody waits."""
    time.sleep(60)
    return "done"


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def collapse() -> str:
    """The server dies in the middle."""
    os._exit(3)


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def refuse() -> str:
    """Always fails."""
    raise ToolError("склад закрыт на учёт")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    if port is None:
        server.run()
    else:
        server.run("streamable-http", host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
