"""What the libraries may say in our log."""

import subprocess
import sys
from pathlib import Path

OPENS_THE_DICTIONARY = """
from logs import configure_logs
from russian.morphology import readings

configure_logs("INFO", "console", [])
assert readings("щебня")
"""


def test_opening_the_dictionary_of_russian_words_is_not_worth_a_line() -> None:
    """As a program: the library speaks once in a process, and the log is the process's."""
    ran = subprocess.run(
        [sys.executable, "-c", OPENS_THE_DICTIONARY],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout + ran.stderr == ""
