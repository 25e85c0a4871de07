"""What the log tells of the cause of an error: kinds and numbers, no text that somebody else wrote."""

import socket
import ssl
from itertools import pairwise

import pytest

from errors import MOST_CAUSES, ProviderUnavailable, causes


def _caused_by(*chain: BaseException) -> ProviderUnavailable:
    error = ProviderUnavailable("out of reach")
    for one, cause in pairwise([error, *chain]):
        one.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("chain", "told"),
    [
        ([], ""),
        ([TimeoutError()], "TimeoutError"),
        ([socket.gaierror(-2, "Name or service not known")], "gaierror"),
        ([ConnectionRefusedError(111, "Connect call failed")], "ConnectionRefusedError(ECONNREFUSED)"),
        (
            [OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 101] Network is unreachable")],
            "OSError(ECONNREFUSED, ENETUNREACH)",
        ),
        ([ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")], "SSLError"),
        ([ValueError("me:hidden@proxy"), KeyError("key")], "ValueError < KeyError"),
        ([ValueError() for _ in range(MOST_CAUSES + 1)], " < ".join(["ValueError"] * MOST_CAUSES)),
    ],
)
def test_the_causes_of_an_error(chain: list[BaseException], told: str) -> None:
    assert causes(_caused_by(*chain)) == told
