"""docs/documents.md, word by word: a kind is a file, and what is wrong in it is named."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from documents.kinds import SHAPES, common, kinds, model_of
from errors import KindBroken
from tests.documents.reading import pdf_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/documents.md").read_text("utf-8")


def fenced(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    assert found
    return found[1]


@pytest.fixture
def new_kind(tmp_path: Path) -> Path:
    """A copy of the part with one more file in it."""
    shutil.copytree(ROOT / "documents", tmp_path / "documents")
    file = Path(tmp_path, str(re.findall(r"^   (\S+\.toml):", PAGE, re.M)[0]))
    file.write_text(fenced("toml"), "utf-8")
    return file


def run(folder: Path, *arguments: str) -> list[str]:
    command = [sys.executable, *arguments]
    paths = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=paths, check=True, capture_output=True, timeout=100)
    return done.stdout.decode().splitlines()


def test_a_new_kind_is_one_file(new_kind: Path) -> None:
    folder = new_kind.parents[2]
    lines = run(folder, "-c", fenced("python"))
    assert lines[0] == "['объект: наименование и адрес', 'потери', 'кто составил']"
    assert [line.split()[0] for line in lines[1:]] == [f"2026-11-20_Простой.{one}" for one in ("json", "docx", "pdf")]
    save = "import pathlib; pathlib.Path('note.pdf').write_bytes(file.content)"
    run(folder, "-c", f"{fenced('python')}\n{save}")
    printed = pdf_text((folder / "note.pdf").read_bytes())
    assert [w for w in ("СЛУЖЕБНАЯ ЗАПИСКА", "нет бетона", "Что стояло", "Составил") if w not in printed] == []


def test_its_template_is_written_and_the_shipped_ones_are_what_the_script_makes(new_kind: Path) -> None:
    templates = new_kind.parents[1] / "templates"
    run(new_kind.parents[2], "-m", "documents.docx_template")
    assert (templates / "delay_note.docx").exists()
    for shipped in (ROOT / "documents/templates").iterdir():
        assert (templates / shipped.name).read_bytes() == shipped.read_bytes(), shipped.name


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("type = ", "type == ", "TOML"),
        ('shape = "date"', 'shape = "dates"', "date"),
        ('type = "people"', 'type = "person"', "blocks"),
        ("lines = 2", "line = 2", "line"),
        ('type = "delay_note"', 'type = "delay"', "type"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(new_kind: Path, old: str, new: str, named: str) -> None:
    text = new_kind.read_text("utf-8")
    assert old in text
    new_kind.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KindBroken) as caught:
        kinds(new_kind.parent)
    assert caught.value.details["file"] == new_kind.name
    assert named in f"{caught.value} {caught.value.details['what']}"


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_prints_every_field_and_asks_in_two_languages(kind: str) -> None:
    described = kinds()[kind]
    values = " ".join(
        f"{block.value} {block.with_lines} {block.rows} {block.name} {block.signers} "
        f"{block.codes} {block.boxes} {block.totals}"
        for block in described.blocks
    )
    cells = {key for block in described.blocks for c in block.columns for key in (c.key, c.with_, *c.with_lines)}
    steering = {"medium", "conclusion", "number", "date"}
    unprinted = [
        f.key for f in described.fields if f.where.split(".")[0] not in values and f.key not in cells | steering
    ]
    assert not unprinted
    assert all(field.title and re.search("[a-z]", field.title_en) for field in described.fields)
    assert all(field.shape in (*SHAPES, "group", "rows") for field in described.fields)
    assert {f.where.split(".")[0] for f in described.fields} <= set(model_of(described).model_fields)
    assert common()["parts"]
