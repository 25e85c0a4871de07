"""Under which circumstances a result was made, and the file that keeps it."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"


def circumstances() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD"),
        "changed files": _git("status", "--porcelain", "--untracked-files=no").splitlines(),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "load average at the end": os.getloadavg(),
    }


def keep(name: str, report: Mapping[str, object]) -> Path:
    """A new file `name-DATE-TIME.json` among the results."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return file


def progress(words: str) -> None:
    sys.stderr.write(f"\r{words}" if sys.stderr.isatty() else f"{words}\n")
    sys.stderr.flush()


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.rstrip()
