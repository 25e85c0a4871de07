"""Owned tasks: a task group that raises its first error plainly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """An `asyncio.TaskGroup` that re-raises the error that ended it instead of an `ExceptionGroup`.

    When the block ends, nothing that was started in it is alive. With several errors the first
    one is raised; the group stays reachable as its cause.
    """
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from errors
