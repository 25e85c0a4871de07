"""`bot.py` with a look at its stack every few milliseconds of CPU; the starting point of `benchmarks.profile_turn`.

`SIGUSR1` begins to count anew, the end of the process writes what was counted as JSON to the file that
`PROFILE_TO` names: for the main thread, which is the event loop's, milliseconds of CPU by stack; for the other
threads milliseconds by name.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.002

_stacks: Counter[str] = Counter()
_last = time.thread_time()
_before: dict[str, float] = {}


def _look(_number: int, frame: FrameType | None) -> None:
    global _last  # noqa: PLW0603
    now = time.thread_time()
    names = []
    while frame is not None:
        names.append(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")
        frame = frame.f_back
    # Weighed by what this thread has used: the signal comes for the work of the others, too.
    _stacks[";".join(reversed(names))] += round((now - _last) * 1e6)
    _last = now


def _threads() -> dict[str, float]:
    """Milliseconds of CPU by the first word of a thread's name; what Python does not know is the libraries' own."""
    names = {str(thread.native_id): thread.name for thread in threading.enumerate()}
    used: Counter[str] = Counter()
    for task in Path("/proc/self/task").iterdir():
        fields = (task / "stat").read_text("ascii").rpartition(")")[2].split()
        name = names.get(task.name, "native").replace("-", "_").split("_")[0]
        used[name] += round(1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
    return dict(used)


def _begin(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    _stacks.clear()
    _before.clear()
    _before.update(_threads())


def _write(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)  # what is counted must not grow while it is read
    threads = {name: used - _before.get(name, 0) for name, used in _threads().items()}
    stacks = {stack: used / 1000 for stack, used in _stacks.items()}
    file = Path(os.environ["PROFILE_TO"])
    file.with_suffix(".new").write_text(json.dumps({"threads": threads, "stacks": stacks}), "utf-8")
    file.with_suffix(".new").replace(file)


def main() -> int:
    import bot

    signal.signal(signal.SIGPROF, _look)
    signal.signal(signal.SIGUSR1, _begin)
    signal.signal(signal.SIGUSR2, _write)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    return bot.main()


if __name__ == "__main__":
    sys.exit(main())
