from decimal import Decimal

import pytest

from live_session import Usage
from usage import Statistics


def test_usage_of_all_turns_is_summed_by_modality() -> None:
    statistics = Statistics()
    statistics.add(Usage({"AUDIO": 50, "TEXT": 5}, {"AUDIO": 10}))
    statistics.add(Usage({"AUDIO": 70, "IMAGE": 258}, {"AUDIO": 30, "THOUGHTS": 4}))
    assert statistics.prompt_tokens == {"AUDIO": 120, "TEXT": 5, "IMAGE": 258}
    assert statistics.response_tokens == {"AUDIO": 40, "THOUGHTS": 4}


@pytest.mark.parametrize("model", ["gemini-3.8-live", "models/gemini-3.8-live", "gemini-3.8-live-extended-thinking"])
def test_the_price_is_that_of_a_million_tokens_of_each_kind(model: str) -> None:
    statistics = Statistics()
    million = 1_000_000
    statistics.add(Usage({"TEXT": million, "AUDIO": million}, {"TEXT": million, "AUDIO": million}))
    price = statistics.price(model)
    assert price is not None
    assert price.dollars == Decimal("0.75") + Decimal("3.00") + Decimal("4.50") + Decimal("12.00")
    assert price.left_out == {}


def test_a_modality_without_a_known_price_is_left_out_and_named() -> None:
    statistics = Statistics()
    statistics.add(Usage({"IMAGE": 258, "HOLOGRAM": 7, "AUDIO": 1_000_000}, {"THOUGHTS": 3, "HOLOGRAM": 1}))
    price = statistics.price("gemini-3.8-live")
    assert price is not None
    assert price.dollars == Decimal(3)
    assert price.left_out == {"IMAGE": 258, "HOLOGRAM": 8, "THOUGHTS": 3}


def test_a_model_without_known_prices_has_no_price() -> None:
    statistics = Statistics()
    statistics.add(Usage({"AUDIO": 10}, {}))
    assert statistics.price("gemini-9-live") is None


def test_nothing_used_costs_nothing() -> None:
    price = Statistics().price("gemini-3.8-live")
    assert price is not None
    assert (price.dollars, price.left_out) == (Decimal(0), {})


def test_the_clock_of_a_conversation_stops_at_its_end() -> None:
    statistics = Statistics(started_at=0.0, ended_at=61.5)
    assert statistics.seconds == 61.5
    running = Statistics()
    assert running.seconds >= 0
    running.end()
    assert running.seconds == running.seconds
