"""Files as somebody drops them into the folder of functions."""

from pathlib import Path
from textwrap import dedent

from function_calls import Context, Functions, discover
from norms.catalogue import Catalogue

CONTEXT = Context(chat=7, user=8, language="ru", norms=Catalogue())


def discovered(folder: Path, **sources: str) -> Functions:
    """What is found in a folder of these files."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(dedent(source), "utf-8")
    return discover(folder)


def body(name: str, *lines: str, parameters: str = "", head: str = "import asyncio") -> str:
    """A whole file: one documented function of these lines."""
    return "\n".join([head, f"async def {name}({parameters}):", '    """Do it."""', *(f"    {line}" for line in lines)])
