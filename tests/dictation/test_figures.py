"""The page says what was measured."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_figures_of_the_page_are_those_of_the_result() -> None:
    result = json.loads((ROOT / "benchmarks/results/dictations.json").read_text("utf-8"))
    page = (ROOT / "docs/dictation.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([\w ,-]+) \| (\d+ of \d+ .*|\d+ of \d+.*) \|$", page, re.M))
    both = [result["given"], result["held_out"]]
    for kind in result["given"]["kinds"]:
        counts = [one["kinds"][kind] for one in both]
        assert rows[kind] == " | ".join(f"{one['caught']} of {one['made']}" for one in counts)
    assert rows["false alarms"] == " | ".join(f"{one['false_alarms']} of {one['values']} values" for one in both)
