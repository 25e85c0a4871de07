"""Where a result is kept, and what every one of them says of the machine that it was made on."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from emulators.demo.process import ROOT

RESULTS = Path(__file__).parent / "results"


def circumstances() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD"),
        "changed files": _git("status", "--porcelain", "--untracked-files=no").splitlines(),
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "load average": [round(load, 2) for load in os.getloadavg()],
    }


def keep(kind: str, result: dict[str, object]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{kind}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return file


def newest(kind: str) -> Path | None:
    return max(RESULTS.glob(f"{kind}-2*.json"), default=None)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.rstrip()
