"""A private PostgreSQL server, as it is configured out of the box, durable commits included."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OWNER = "postgres"


@dataclass(frozen=True, slots=True)
class Server:
    """Listens on a Unix socket in `folder` and nowhere else."""

    folder: Path
    programs: Path

    def fresh(self, name: str) -> str:
        """The URL of a new, empty database."""
        _as_owner([str(self.programs / "createdb"), "-h", str(self.folder), "-U", OWNER, name])
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"


@contextmanager
def running_postgresql() -> Iterator[Server]:
    """Raises RuntimeError when there are no server programs."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = Server(folder, programs)
    control = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", "30"]
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        _as_owner([str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", OWNER, "-E", "UTF8"])
        settings = f"-c listen_addresses= -c unix_socket_directories={folder}"
        _as_owner([*control, "-l", str(folder / "log"), "-o", settings, "start"])
        try:
            yield server
        finally:
            _as_owner([*control, "-m", "fast", "stop"])
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda program: float(program.parts[-3]))
    other = shutil.which("pg_ctl")
    if not found and other is None:
        raise RuntimeError("FULL=1 needs PostgreSQL's server programs (Debian, Ubuntu: apt install postgresql)")
    return found[-1].parent if found else Path(str(other)).resolve().parent


def _as_owner(words: Sequence[str]) -> None:
    """The server refuses to run as root."""
    prefix = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    silent = subprocess.DEVNULL  # not a pipe: the server would inherit it and hold it open
    subprocess.run([*prefix, *words], check=True, stdin=silent, stdout=silent, timeout=60, cwd="/")  # noqa: S603
