"""What the model is told of a call: JSON with a `status`, whatever became of it."""

import json
from collections.abc import Iterable
from typing import Any

import structlog
from pydantic_core import to_json

from context import Waiting
from errors import AssistantError, OutcomeUnknown, StorageError, where
from function_declarations import ArgumentsRefused

log = structlog.get_logger(__name__)

MOST_RESULT_BYTES = 32 * 1024
"""A result stays in the model's context, and is billed with every later turn."""

NOT_KEPT = (
    " The person was told in writing that it could not be kept. What he said stands in this conversation: when he asks "
    "again, call this again with it; he need not repeat it."
)

Result = dict[str, Any]
"""JSON for the model: {"status": "ok", "result": ...}, or another status with `message`, `missing`, `retryable`."""


def success(value: object, most_bytes: int = MOST_RESULT_BYTES) -> Result:
    """Raises for what is no JSON; what is too large is cut."""
    if isinstance(value, Waiting):
        return waiting(value)
    raw = to_json(value, inf_nan_mode="null")
    if len(raw) > most_bytes:
        shown = raw[:most_bytes].decode("utf-8", "ignore")
        message = f"The result was cut: only its first {most_bytes} of {len(raw)} bytes are here. Ask for less."
        return {"status": "ok", "cut": True, "message": message, "result": shown}
    result = json.loads(raw)
    if result in (None, "", [], {}):
        # A result that says nothing makes the model call again and again.
        return {"status": "ok", "result": result, "message": "Done. There is nothing to report.", "retryable": False}
    return {"status": "ok", "result": result}


def waiting(asked: Waiting) -> Result:
    message = (
        "The person was asked with buttons. Nothing else was done yet. Say in a few words that you wait for the "
        "button, and do not call this again: what is pressed comes to you as a message of its own."
    )
    return {"status": "waiting_for_person", "question": asked.question, "message": message, "retryable": False}


def failure(status: str, message: str, *, missing: Iterable[str] = (), retryable: bool = False) -> Result:
    return {"status": status, "message": message, "missing": list(missing), "retryable": retryable}


def unknown_function(names: Iterable[str]) -> Result:
    return failure("unknown_function", f"There is no such function. There are: {', '.join(names)}.")


def invalid(refused: ArgumentsRefused) -> Result:
    message = "The arguments do not fit: nothing was done. Ask the person for what is missing, or correct the call."
    result = failure("invalid_arguments", message, missing=refused.missing, retryable=True)
    return result | {"unexpected": refused.unexpected, "invalid": refused.invalid}


def too_many(most: int) -> Result:
    return failure("error", f"More than {most} calls in one answer: not run. Answer the person with what you have.")


def timed_out(seconds: float) -> Result:
    return failure("timeout", f"The function took longer than {seconds:g} s and was stopped.", retryable=True)


def failed(function: str, error: BaseException) -> Result:
    """Foreign messages may hold secrets, ours do not."""
    log.warning("function failed", function=function, error=type(error).__name__, where=where(error))
    if isinstance(error, OutcomeUnknown):
        message = (
            "It was begun, broke off, and nobody knows whether it happened. It is not done again by itself. Tell the "
            "person so and ask him to look; repeat it only if he asks for it anew."
        )
        return failure("unknown_outcome", message)
    if isinstance(error, AssistantError):
        not_kept = NOT_KEPT if isinstance(error, StorageError) else ""
        return failure("error", f"It did not work: {error}.{not_kept}", retryable=error.retryable)
    message = f"The function failed ({type(error).__name__}). Tell the person that it did not work."
    return failure("error", message, retryable=isinstance(error, TimeoutError))


def repeated(result: Result) -> Result:
    """Of a call that was made before in this very turn, before the connection or the process broke."""
    message = "This was done a moment ago, before a break in this very turn; nothing was done twice."
    return result | {"repeated": True, "note": message}


def left(result: Result, *, nothing: bool) -> Result:
    """A failed call, and what of it is still in the world."""
    message = "What it had begun was taken back." if nothing else "Part of it was done already and has not been undone."
    return result | {"left": message}
