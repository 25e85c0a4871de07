"""Fault 20: the soak of `python -m benchmarks.soak`, so short that it fits in here."""

from pathlib import Path

import pytest

from benchmarks.soak import Soak
from tests.volume import long


@long
@pytest.mark.parametrize("seed", [20])
async def test_20_after_two_hundred_turns_with_seeded_faults_the_process_holds_what_it_held(
    seed: int, tmp_path: Path
) -> None:
    soak = Soak(seed, (80, 120), tmp_path, chats=16, rest_s=7.0)
    ledger = await soak.play()
    assert soak.failures(ledger) == [], f"seed {seed}"
    counts = ledger.counts()
    assert sum(counts[end] for end in ("answered", "answered and told", "told", "interrupted")) >= 200
    assert counts["answered"] >= 150
