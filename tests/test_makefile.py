import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(shutil.which("make") is None, reason="needs the make program")
def test_a_virtual_environment_that_cannot_be_made_leaves_nothing_and_says_what_to_install(tmp_path: Path) -> None:
    python, environment = tmp_path / "python", tmp_path / "venv"
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} "$@"\nmkdir -p "$3/bin" && touch "$3/bin/python"\nexit 1\n'
    )
    python.chmod(0o755)
    command = ["make", f"PYTHON={python}", f"VENV={environment}", f"{environment}/bin/python"]
    made = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60, check=False
    )
    assert made.returncode == 2
    assert "apt install python3-venv" in made.stderr
    assert not environment.exists()


def test_the_long_tests_are_left_out_here_and_played_by_ci(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--all"):
        assert [item.name for item in request.session.items if item.get_closest_marker("long")] == []
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    [check] = [line for line in lines if line.endswith("make check")]
    assert "--all" in check
    assert "--no-skips" in check
