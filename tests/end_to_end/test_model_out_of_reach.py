"""The log says why there is no way to the model, and says it once."""

from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr
from structlog.testing import capture_logs
from structlog.typing import EventDict

from emulators.gemini_live import GeminiLiveEmulator
from emulators.gemini_live.faults import Close, Fault, HttpError, Moment
from emulators.telegram import Chat
from prompts.texts import text
from tests.end_to_end.conftest import RunBot, begin

SAID = "no connection to the live model"


@pytest.fixture
def nobody(unused_tcp_port: int) -> int:
    """A port on which nobody listens."""
    return unused_tcp_port


async def _asked(ivan: Chat, run_bot: RunBot, **settings: object) -> list[EventDict]:
    """The connection is tried ahead of the question, with it, and once more."""
    with capture_logs() as lines:
        async with run_bot(**settings):
            await begin(ivan)
            await ivan.send_text("секретный вопрос")
            assert (await ivan.next_message()).text == text("error.provider_unavailable")
    assert "секретный" not in str(lines)
    return [line for line in lines if line["event"] == SAID]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (HttpError(503), "Gemini does not open a live connection: HTTP 503"),
        (Close(Moment.SETUP, code=1011, reason="Internal error."), "Gemini closed the connection: 1011"),
    ],
)
async def test_a_server_that_does_not_open_is_named_by_its_number(
    fault: Fault, why: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.fault(fault, times=None)
    [line] = await _asked(ivan, run_bot)
    assert (line["log_level"], line["why"]) == ("warning", why)


async def test_nobody_listens(ivan: Chat, run_bot: RunBot, nobody: int) -> None:
    [line] = await _asked(ivan, run_bot, google_gemini_base_url=f"https://localhost:{nobody}")
    assert "ECONNREFUSED" in line["cause"]


async def test_a_certificate_that_is_not_trusted(
    ivan: Chat, run_bot: RunBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    [line] = await _asked(ivan, run_bot)
    assert line["cause"].startswith("SSLCertVerificationError(")
    assert "certificate" in line["cause"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_dead_proxy_without_its_password(scheme: str, ivan: Chat, run_bot: RunBot, nobody: int) -> None:
    proxy = SecretStr(f"{scheme}://me:hidden@127.0.0.1:{nobody}")
    [line] = await _asked(ivan, run_bot, gemini_proxy=proxy)
    assert "Proxy" in line["cause"] or "ECONNREFUSED" in line["cause"]
    assert "hidden" not in str(line)
