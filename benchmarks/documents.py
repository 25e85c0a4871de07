"""`python -m benchmarks.documents`: from a finished draft of the act to its JSON, DOCX and PDF, beside the plain way.

The plain way is the same DOCX turned into PDF by LibreOffice, a process for each act, in the same run.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from documents.draft import Draft
from documents.rendering import open_renderer

RESULTS = Path(__file__).parent / "results"
LIMIT_MS = 150.0


def act() -> Draft:
    """Five representatives, three materials: about what a site hands in. Nobody in it exists."""
    legal = {"kind": "legal_entity", "ogrn": "1027700000001", "inn": "7701000001", "address": "г. Примерск, д. 1"}
    order = {"name": "приказ", "number": "15-П", "date": "2026-03-02"}
    roles = ("customer_control", "contractor", "contractor_control", "designer", "executor")
    paper = {"name": "сертификат", "number": "4512", "date": "2026-09-03"}
    return Draft.of(
        "aosr",
        {
            "object": {"name": "Жилой дом", "address": "г. Примерск"},
            "customer": {"role": "застройщик", "party": {**legal, "name": "ООО «Застройщик»"}},
            "contractor": {**legal, "name": "ООО «Подрядчик»"},
            "designer": {**legal, "name": "ООО «Проект»"},
            "number": "КЖ1-14",
            "date": "2026-11-20",
            "representatives": {r: {"name_initials": "Примеров П.П.", "authority_document": order} for r in roles},
            "works": [{"name": "Армирование фундаментной плиты", "location": "оси 1–7/А–Г"}],
            "project_docs": [{"cipher": "24-01-КЖ1", "sheets": ["7"]}],
            "materials": [
                {"name": f"Материал {n}", "quantity": "12", "unit": "т", "documents": [paper]} for n in range(3)
            ],
            "evidence_docs": [{"name": "Исполнительная схема", "number": "14", "date": "2026-11-18"}],
            "work_dates": {"start": "2026-11-11", "end": "2026-11-18"},
            "compliance": [{"designation": "24-01-КЖ1", "clause": "лист 7"}],
            "next_works": ["Бетонирование фундаментной плиты"],
        },
    )


def timed(job: Callable[[], object], times: int) -> dict[str, float]:
    """Milliseconds; the first time, with everything cold, apart."""
    spent = []
    before = process_time()
    for _ in range(times + 1):
        start = perf_counter()
        job()
        spent.append((perf_counter() - start) * 1000)
    warm = sorted(spent[1:])
    own = (process_time() - before) * 1000 / (times + 1)
    return {
        "first": round(spent[0], 1),
        "median": round(statistics.median(warm), 1),
        "own_cpu_mean": round(own, 1),
        "p95": round(warm[int(len(warm) * 0.95) - 1], 1),
    }


def libreoffice(docx: bytes, folder: Path) -> None:
    """What the plain way adds to the DOCX."""
    (folder / "act.docx").write_bytes(docx)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(folder / "act.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder)})  # noqa: S603


def measured(times: int, plain_times: int) -> dict[str, Any]:
    draft = act()
    with open_renderer() as renderer, tempfile.TemporaryDirectory() as folder:
        three = timed(lambda: renderer.made(draft), times)
        alone = {name: timed(lambda: renderer.made(draft, [name]), times) for name in ("json", "docx", "pdf")}  # noqa: B023
        plain = None
        if shutil.which("soffice"):
            plain = timed(lambda: libreoffice(renderer.made(draft, ["docx"])[0].content, Path(folder)), plain_times)
    return {"three_files_ms": three, "each_ms": alone, "docx_and_libreoffice_ms": plain}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--plain-times", type=int, default=5)
    asked = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
    now = datetime.now(UTC)
    result = {
        "benchmark": "documents",
        "date": now.isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "times": asked.times,
        "plain_times": asked.plain_times,
        "limit_ms": LIMIT_MS,
        **measured(asked.times, asked.plain_times),
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"documents-{now:%Y-%m-%d-%H%M%S}.json"
    file.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result, indent=2))  # noqa: T201
    if result["three_files_ms"]["median"] > LIMIT_MS:
        raise SystemExit(f"slower than {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
