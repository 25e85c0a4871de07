"""An object that does work in steps, somewhere else than on the event loop: in a thread, or in a process of its own."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T_co = TypeVar("T_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)


class Work(Protocol[R_co]):
    """A step that has begun. One of the two has to follow."""

    async def outcome(self) -> R_co:
        """What it returned or raised; `errors.SoundLost` when it will never end. A cancelled caller leaves it."""
        ...

    async def leave(self) -> None:
        """Nobody wants it any more."""
        ...


class Kept(Protocol[T_co]):
    """Steps are methods of the object's class, done in the order in which they were begun."""

    def begin(self, method: Callable[Concatenate[T_co, P], R], *args: P.args, **kwargs: P.kwargs) -> Work[R]: ...

    async def run(self, method: Callable[Concatenate[T_co, P], R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def aclose(self) -> None:
        """It is needed no more; its own `close` is called when it has one. Steps that have begun are left."""
        ...
