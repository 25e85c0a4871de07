"""A missed goal is a missed goal: what makes `make bench` fail."""

import pytest

from benchmarks.goals import Row
from benchmarks.profile_turn import part_of
from emulators.demo.process import ROOT


def row(key: str, ours: float, beside: float | None = None) -> Row:
    return Row(key, "what", "ms", ours, beside)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (row("in 5 s", 20, 100), row("in 5 s", 20.1, 100)),
        (row("answers, serial", 48, 4), row("answers, serial", 47, 4)),
        (row("memory, bare", 148, 88), row("memory, bare", 149, 88)),
        (row("memory, plain", 100, 300), row("memory, plain", 101, 300)),
        (row("start", 2), row("start", 2.01)),
        (row("duplex", 19.9), row("duplex", 20)),
        (row("flat, rows", 15, 10), row("flat, rows", 16, 10)),
    ],
)
def test_a_goal_is_met_up_to_its_bound_and_not_beyond(good: Row, bad: Row) -> None:
    assert good.met
    assert not bad.met


def test_what_stands_beside_must_have_been_measured() -> None:
    assert not row("in 5 s", 20, None).met


def test_the_figures_of_the_page_are_those_of_its_files() -> None:
    from benchmarks.performance_page import PAGE, filled  # it draws, and loading what it draws with takes long

    page = PAGE.read_text("utf-8")
    assert page.count("<!-- end -->") >= 3
    assert filled(page) == page


def test_cpu_is_put_down_to_the_innermost_code_that_is_somebodys() -> None:
    ours, library = f"{ROOT}/conversation.py:ask", "/x/site-packages/websockets/protocol.py:send"
    assert part_of([ours, library, "/usr/lib/python3.11/ssl.py:write"]) == "websockets"
    assert part_of([library, ours]) == "our own code"
    assert part_of([f"{ROOT}/bot.py:main", "/usr/lib/python3.11/asyncio/runners.py:run"]).startswith("event loop")
