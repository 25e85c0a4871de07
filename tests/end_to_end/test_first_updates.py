"""What comes right after the start is handled with all that a turn needs, and not before that is there."""

import importlib.abc
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from handlers.loading import MEDIA
from tests.end_to_end.conftest import RunBot
from tests.end_to_end.test_crash_count import counted

LISTEN_S = 1.0
"""For what must not come."""
FUNCTIONS = {file.stem for file in Path("functions").glob("*.py") if not file.stem.startswith("_")}


class _Slow(importlib.abc.MetaPathFinder):
    """A disk on which this module takes its time."""

    def __init__(self, name: str) -> None:
        self.go_on = threading.Event()
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == self._name:
            assert self.go_on.wait(60)
        return None


@contextmanager
def loading_slowly(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[threading.Event]:
    slow = _Slow(name)
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [slow, *sys.meta_path])
    try:
        yield slow.go_on
    finally:
        slow.go_on.set()


async def test_the_first_update_waits_until_a_turn_has_what_it_needs(
    ivan: Chat, telegram: TelegramEmulator, run_bot: RunBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await ivan.send_text("/voice_chat")
    with loading_slowly(monkeypatch, MEDIA[-1]) as go_on:
        async with run_bot():
            await counted(tmp_path, {sent: 1})
            with pytest.raises(TimeoutError):
                await telegram.wait_for(lambda call: call.method == "sendMessage", LISTEN_S)
            go_on.set()
            assert "ЗАПУЩЕН" in ((await ivan.next_message()).text or "")


async def test_the_first_model_of_a_process_knows_all_functions(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    await ivan.send_text("/voice_chat")
    async with run_bot():
        await gemini.wait_until(lambda emulator: bool(emulator.connections))
        await ivan.next_message()
    [tools] = gemini.connections[0].setup["tools"]
    assert {declared["name"] for declared in tools["functionDeclarations"]} == FUNCTIONS
