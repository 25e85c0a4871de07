"""Rows of whole processes: how soon it polls, and a hundred calls in one."""

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.goals import Row
from benchmarks.model_server import KEY
from benchmarks.plan import Plan
from benchmarks.subjects import START_S, emulators, environment, started
from emulators.demo import process

STARTS = 5
CALLS, SECONDS = 100, 12
LEAST_PACE = 0.95
MODELS = 2
"""Processes that the calls are spread over: one could be the slower side on a small machine."""
LONGER_S = 30
"""Seconds that the model goes on speaking while connections are still being opened."""
OF_THE_MODEL = {
    "GOOGLE_API_KEY": KEY,
    "GEMINI_MODEL": "gemini-3.8-live",
    "PYTHONPATH": str(process.ROOT),
    "PATH": os.environ.get("PATH", ""),
}


async def start(plan: Plan) -> list[Row]:
    """`make run` with everything that make builds already there; the first start brings the database up to date."""
    folder = plan.folder / "start"
    took = []
    async with emulators(folder) as (telegram, gemini, _):
        settings = environment(folder, telegram, gemini, plan.database())
        tree = await asyncio.to_thread(_tree, folder)
        command = ["make", "-s", "run", f"VENV={tree / 'venv'}", f"BIN={Path(sys.executable).parent}"]
        for number in range(-1, STARTS):
            plan.say(f"start to the first poll: {number + 1} of {STARTS}")
            known, began = len(telegram.calls), monotonic()
            async with started(command[1:], settings, tree, program=command[0]):
                poll = await telegram.until(
                    lambda known=known: next(  # type: ignore[misc]
                        (call for call in telegram.calls[known:] if call.method == "getUpdates"), None
                    ),
                    START_S,
                )
            if number >= 0:
                took.append(round(poll.at - began, 3))
    return [Row("start", "start of `make run` to the first poll", "s", median(took), samples={"ours": took})]


def _tree(folder: Path) -> Path:
    """The project as links, so that no `.env` is there."""
    tree = folder / "tree"
    (tree / "venv" / "bin").mkdir(parents=True)
    for entry in process.ROOT.iterdir():
        if not entry.name.startswith("."):
            (tree / entry.name).symlink_to(entry)
    for made in (tree / "venv" / "bin" / "python", tree / "venv" / ".runtime"):
        made.touch()
    return tree


async def duplex(plan: Plan) -> list[Row]:
    """The model has processes of its own, so that only the client's share is measured."""
    plan.say(f"{CALLS} calls in one process")
    folder = plan.folder / "duplex"
    await asyncio.to_thread(folder.mkdir)
    pipe = asyncio.subprocess.PIPE
    model = ["-m", "benchmarks.model_server", str(SECONDS + LONGER_S), "1.0"]
    async with AsyncExitStack() as models:
        servers = [
            await models.enter_async_context(started(model, OF_THE_MODEL, folder, stdin=pipe, stdout=pipe))
            for _ in range(MODELS)
        ]
        where = [await _where(server) for server in servers]
        await asyncio.to_thread(_join, folder / "ca.pem", [Path(one["ca"]) for one in where])
        settings = OF_THE_MODEL | {"SSL_CERT_FILE": str(folder / "ca.pem")}
        command = ["-m", "benchmarks.duplex", str(CALLS), str(SECONDS), *(one["url"] for one in where)]
        async with started(command, settings, folder, stdout=pipe) as program:
            assert program.stdout is not None
            async with asyncio.timeout(SECONDS + 90):
                output = await program.stdout.read()
    if not output:
        raise RuntimeError("; ".join(process.last_lines(folder / "log")))
    found = json.loads(output.splitlines()[-1])
    if found["pace"] < LEAST_PACE:
        raise RuntimeError(f"the emulator spoke at {found['pace']} of real time: the row says nothing")
    what = f"loop lag p99, {CALLS} conversations both ways at real pace in one process"
    return [Row("duplex", what, "ms", found.pop("lag p99 ms"), notes=found)]


async def _where(server: asyncio.subprocess.Process) -> dict[str, str]:
    assert server.stdout is not None
    async with asyncio.timeout(START_S):
        where: dict[str, str] = json.loads(await server.stdout.readline())
    return where


def _join(file: Path, parts: list[Path]) -> None:
    file.write_bytes(b"".join(part.read_bytes() for part in parts))
