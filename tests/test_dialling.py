"""Connections are opened in turn, and a model that is down is left alone for longer and longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from dialling import AT_ONCE, FIRST_PAUSE_S, LONGEST_PAUSE_S, MOST_SAID, PATIENCE_S, SAID_EVERY_S, Dialling
from errors import KeyRejected, ProviderError, ProviderUnavailable
from tasks import task_group
from tests.talk import in_virtual_time


class _Model:
    """Counts who tries to reach it; `error` keeps everybody out."""

    def __init__(self, error: ProviderError | None = None, *, takes: float = 0.0) -> None:
        self.error = error
        self.tries = 0
        self.opening = 0
        self.most_at_once = 0
        self._takes = takes

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[None]:
        self.tries += 1
        self.opening += 1
        self.most_at_once = max(self.most_at_once, self.opening)
        try:
            await asyncio.sleep(self._takes)
        finally:
            self.opening -= 1
        if self.error:
            raise self.error
        yield


async def _try(dialling: Dialling, model: _Model) -> str:
    try:
        async with dialling.dial(model.connect()):  # type: ignore[arg-type]
            return "opened"
    except ProviderError as error:
        return error.code


@in_virtual_time
async def test_a_dead_model_is_not_stormed_by_a_thousand_chats() -> None:
    dialling, model = Dialling(), _Model(ProviderUnavailable(), takes=0.1)
    async with task_group() as group:
        tries = [group.create_task(_try(dialling, model)) for _ in range(1_000)]
    assert {task.result() for task in tries} == {"provider_unavailable"}
    assert model.most_at_once == AT_ONCE
    # The first wave; after it one tries for all while the patience of the others lasts.
    assert model.tries <= AT_ONCE + PATIENCE_S / 0.25


@in_virtual_time
async def test_when_it_is_back_everybody_gets_through() -> None:
    dialling, model = Dialling(), _Model(ProviderUnavailable(), takes=0.1)
    for _ in range(3):
        assert await _try(dialling, model) == "provider_unavailable"
    model.error = None
    async with task_group() as group:
        tries = [group.create_task(_try(dialling, model)) for _ in range(100)]
    assert {task.result() for task in tries} == {"opened"}
    assert model.most_at_once == AT_ONCE


@in_virtual_time
async def test_nobody_waits_longer_than_his_patience() -> None:
    dialling, model = Dialling(), _Model(ProviderUnavailable())
    while await _fails_by_trying(dialling, model):
        pass
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await _try(dialling, model) == "provider_unavailable"
    assert loop.time() - began <= PATIENCE_S
    assert LONGEST_PAUSE_S > PATIENCE_S


async def _fails_by_trying(dialling: Dialling, model: _Model) -> bool:
    before = model.tries
    await _try(dialling, model)
    return model.tries > before


@in_virtual_time
async def test_a_wrong_key_makes_nobody_wait() -> None:
    dialling, model = Dialling(), _Model(KeyRejected())
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(3):
        assert await _try(dialling, model) == "key_rejected"
    assert loop.time() == began


@in_virtual_time
async def test_an_attempt_that_is_broken_off_gives_its_place_back() -> None:
    dialling, model = Dialling(), _Model(takes=60)
    async with task_group() as group:
        tries = [group.create_task(_try(dialling, model)) for _ in range(AT_ONCE)]
        await asyncio.sleep(1)
        for task in tries:
            task.cancel()
    model._takes = 0.0
    assert await _try(dialling, model) == "opened"


@in_virtual_time
async def test_attempts_that_failed_together_are_one_failure() -> None:
    dialling, model = Dialling(), _Model(ProviderUnavailable(), takes=0.1)
    async with task_group() as group:
        for _ in range(AT_ONCE):
            group.create_task(_try(dialling, model))
    model.error = None
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await _try(dialling, model) == "opened"
    assert loop.time() - began <= FIRST_PAUSE_S + 0.2


@in_virtual_time
async def test_a_trouble_is_said_once_in_a_while_and_its_end_once() -> None:
    dialling, model = Dialling(), _Model(ProviderUnavailable("HTTP 503"))
    with capture_logs() as lines:
        for _ in range(20):
            await _try(dialling, model)
        model.error = KeyRejected("HTTP 403")
        await asyncio.sleep(LONGEST_PAUSE_S)
        await _try(dialling, model)
        model.error = None
        for _ in range(2):
            await _try(dialling, model)
        model.error = ProviderUnavailable("HTTP 503")
        await _try(dialling, model)
        await asyncio.sleep(SAID_EVERY_S)
        await _try(dialling, model)
    said, over = "no connection to the live model", "the live model is reached again"
    told = [(line["event"], line.get("why")) for line in lines]
    assert told == [(said, "HTTP 503"), (said, "HTTP 403"), (over, None), (said, "HTTP 503")]


@in_virtual_time
async def test_troubles_with_ever_new_names_are_not_all_remembered() -> None:
    dialling, model = Dialling(), _Model()
    for number in range(2 * MOST_SAID):
        model.error = KeyRejected(str(number))
        await _try(dialling, model)
    assert len(dialling._said) <= MOST_SAID
