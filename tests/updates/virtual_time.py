"""An event loop whose clock jumps: waiting costs nothing, and how long something waited is exact."""

import asyncio
import functools
import inspect
import selectors
from collections.abc import Callable, Coroutine
from typing import ParamSpec

P = ParamSpec("P")


class _JumpingSelector(selectors.SelectSelector):
    """Nothing outside of the loop is waited for, so instead of waiting the clock is put forward."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for ever")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(test(*args, **kwargs))

    # All of functools.wraps but __wrapped__: pytest-asyncio would take the wrapped test for its own.
    functools.update_wrapper(run, test)
    del run.__dict__["__wrapped__"]
    run.__dict__["__signature__"] = inspect.signature(test)
    return run


def now() -> float:
    """Virtual seconds since the loop began."""
    return asyncio.get_running_loop().time()
