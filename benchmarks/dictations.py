"""How much of what a model makes up does the comparison catch, and how often does it cry wolf?

    python -m benchmarks.dictations [--seed 1] [--save]

Every dictation of `tests/dictation/data/` is compared with its right arguments (a flag is a false alarm) and with
sloppy ones: `benchmarks/mutations.py` breaks one value at a time. A breakage counts as caught when its place is flagged
or the right value is restored. `given.jsonl` was read while the code was written; `held_out.jsonl` was written before.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.mutations import Mutation, mutations, value_at
from dictation.comparison import compare
from dictation.flags import Compared
from norms.catalogue import Catalogue
from norms.citations import cited

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests/dictation/data"
RESULT = Path(__file__).parent / "results/dictations.json"
SETS = ("given", "held_out")
NOT_FROM_SPEECH = ("checks", "norms")
"""Conclusions of the assistant in some of the expected results; they are no arguments of a call."""
CATALOGUE = Catalogue()


def dictations(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


def arguments(dictation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in dictation["expected"].items() if name not in NOT_FROM_SPEECH}


def compared(dictation: dict[str, Any], given: dict[str, Any]) -> Compared:
    today = date.fromisoformat(dictation["ref_date"])
    return compare(given, dictation["text"], profile={}, today=today, cited=lambda text: cited(text, CATALOGUE))


def is_caught(mutation: Mutation, result: Compared) -> bool:
    flagged = any(flag.path.startswith((mutation.path, *mutation.also)) for flag in result.flags)
    return flagged or str(value_at(result.values, mutation.path)) == mutation.right


def leaves(value: object) -> int:
    if isinstance(value, dict):
        return sum(leaves(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(leaves(inner) for inner in value)
    return value is not None


def score(name: str, seed: int) -> dict[str, Any]:
    values = alarms = 0
    made: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    missed: list[str] = []
    milliseconds: list[float] = []
    for dictation in dictations(name):
        right = arguments(dictation)
        started = time.perf_counter()
        flags = compared(dictation, right).flags
        milliseconds.append((time.perf_counter() - started) * 1000)
        values, alarms = values + leaves(right), alarms + len(flags)
        for mutation in mutations(right, dictation["text"], random.Random(f"{seed} {dictation['id']}")):  # noqa: S311
            made[mutation.kind] += 1
            if is_caught(mutation, compared(dictation, mutation.arguments)):
                caught[mutation.kind] += 1
            else:
                missed.append(
                    f"{dictation['id']} {mutation.kind} {mutation.path}: {mutation.right} -> {mutation.wrong}"
                )
    return {
        "dictations": len(dictations(name)),
        "values": values,
        "false_alarms": alarms,
        "kinds": {kind: {"made": made[kind], "caught": caught[kind]} for kind in sorted(made)},
        "missed": missed,
        "median_ms": round(statistics.median(milliseconds), 1),
        "slowest_ms": round(max(milliseconds), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", action="store_true", help=f"write {RESULT.relative_to(ROOT)}")
    options = parser.parse_args()
    score("given", options.seed)  # the dictionary is open and the words are known from here on
    result: dict[str, Any] = {"seed": options.seed, **{name: score(name, options.seed) for name in SETS}}
    if options.save:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S607
        result |= {"commit": commit.stdout.strip(), "date": date.today().isoformat()}  # noqa: DTZ011
        RESULT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
