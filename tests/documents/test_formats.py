"""JSON, DOCX and PDF of one document say the same, read back from the files."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from documents.checks import with_sums
from documents.draft import Doubt, Draft, Flag, State
from documents.kinds import kinds
from documents.paths import leaves
from documents.rendering import Renderer
from documents.to_json import read_json
from documents.to_pdf import FONTS
from documents.words import full_date, full_moment, iso_date, iso_moment, money, number, short_date, unit
from tests.documents.reading import docx_text, pdf_pages, pdf_text, pdf_text_as_drawn, said, squeezed
from tests.documents.samples import ACT, SAMPLES


def confirmed(kind: str) -> Draft:
    return replace(Draft.of(kind, SAMPLES[kind]), state=State.CONFIRMED)


@cache
def renderer() -> Renderer:
    """One for all, as in the bot: its templates are read once. It works here and now, so its threads never start."""
    return Renderer(ThreadPoolExecutor(1))


def files(draft: Draft) -> tuple[bytes, bytes, bytes]:
    content, docx, pdf = (file.content for file in renderer().made(draft))
    return content, docx, pdf


STEERING = {"kind", "medium", "role"}
"""Parts that steer the form."""
NO_PLACE = {kind: {"ogrn", "inn"} for kind in ("ks2", "ks3", "material_intake")}
"""Requisites that a form has no place for; they stay in the JSON."""


@pytest.mark.parametrize("kind", kinds())
def test_every_value_of_the_json_stands_in_both_files(kind: str) -> None:
    content, docx, pdf = files(confirmed(kind))
    data = json.loads(content)
    values = data.get("form_344") or {k: v for k, v in data.items() if k not in ("document_type", "kind", "version")}
    for page in (squeezed(docx_text(docx)), squeezed(pdf_text(pdf))):
        for path, value in leaves({name: part for name, part in values.items() if name not in ("form", "signatures")}):
            last = path.rpartition(".")[2]
            if last in STEERING | NO_PLACE.get(kind, set()) or (kind in NO_PLACE and ".sro." in path):
                continue
            shown = {str(value), number(str(value)), money(str(value)), unit(value), short_date(value)}
            shown |= {full_date(value) if iso_date(value) else "\0", full_moment(value) if iso_moment(value) else "\0"}
            assert any(squeezed(one) in page for one in shown), path


@pytest.mark.parametrize("kind", kinds())
def test_docx_and_pdf_hold_every_line_of_the_sheet(kind: str) -> None:
    draft = confirmed(kind)
    _, docx, pdf = files(draft)
    in_docx, in_pdf = squeezed(docx_text(docx)), squeezed(pdf_text(pdf))
    assert said(draft)
    assert [words for words in said(draft) if words not in in_docx] == []
    assert [words for words in said(draft) if words not in in_pdf] == []


@pytest.mark.parametrize("kind", kinds())
def test_the_words_of_the_form_stand_in_both_files(kind: str) -> None:
    described = kinds()[kind]
    _, docx, pdf = files(Draft.of(kind, {}))
    for page in (squeezed(docx_text(docx)), squeezed(pdf_text_as_drawn(pdf))):
        for block in described.blocks:
            if not block.when:
                words = [block.label, block.caption, block.text, *block.heading, *(c.title for c in block.columns)]
                words = [*words, *(c.group for c in block.columns), *(box.group for box in block.boxes)]
                words = [*words, *(words for code in block.codes for words in (code.caption, code.code_label))]
                words = [*words, *(signer.label for signer in block.signers if not signer.when)]
                skip = [block.label] if block.type == "people" and len(block.blank_roles) == 1 else []
                assert [one for one in words if one not in skip and squeezed(one) not in page] == []


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_comes_back_from_its_json(kind: str) -> None:
    content, _, _ = files(confirmed(kind))
    again = read_json(content)
    assert not again.unknown
    assert not again.disagreements
    assert files(again.draft)[0] == content


@pytest.mark.parametrize("kind", kinds())
def test_a_draft_says_so_on_every_page_and_a_confirmed_one_does_not(kind: str) -> None:
    draft = Draft.of(kind, SAMPLES[kind])
    _, docx, pdf = files(draft)
    assert all("ЧЕРНОВИК. Данные не подтверждены" in page for page in pdf_pages(pdf))
    assert "ЧЕРНОВИК. Данные не подтверждены" in docx_text(docx)
    assert all(page.count("ЧЕРНОВИК") == 2 for page in pdf_pages(pdf)), "above the text and across the page"
    _, docx, pdf = files(confirmed(kind))
    assert "ЧЕРНОВИК" not in pdf_text(pdf) + docx_text(docx)


@pytest.mark.parametrize("kind", kinds())
def test_nothing_says_that_a_form_is_mandatory(kind: str) -> None:
    _, docx, pdf = files(confirmed(kind))
    assert "обязательн" not in (docx_text(docx) + pdf_text(pdf)).lower()


def test_a_doubtful_value_is_marked_and_explained() -> None:
    flag = Flag("materials.0.documents.0.number", Doubt.NOT_SAID, "4512")
    _, docx, pdf = files(Draft.of("aosr", ACT).flagged(flag))
    for text in (docx_text(docx), pdf_text(pdf)):
        assert "[1]" in text
        assert squeezed("«4512» вы не называли") in squeezed(text)


@pytest.mark.parametrize("kind", kinds())
def test_each_doubtful_value_carries_the_same_marks_in_both_files(kind: str) -> None:
    captions = {"photos": ["край перекрытия"]} if kinds()[kind].shows_photos else {}
    draft = Draft.of(kind, {**SAMPLES[kind], **captions})
    doubtful = draft.flagged(*(Flag(path, Doubt.NOT_SAID, str(value)) for path, value in leaves(draft.data)))
    photo = BytesIO()
    Image.new("RGB", (40, 30), "gray").save(photo, "JPEG")
    pictures = [photo.getvalue()] if captions else []
    docx, pdf = (file.content for file in renderer().made(doubtful, ["docx", "pdf"], pictures))
    marks = [Counter(re.findall(r"\[\d+\]", text)) for text in (docx_text(docx), pdf_text(pdf))]
    assert marks[0] == marks[1]


def test_a_page_knows_how_many_there_are() -> None:
    _, _, pdf = files(confirmed("aosr"))
    pages = pdf_pages(pdf)
    assert len(pages) == 2
    assert [f"Страница {place} из 2" in page for place, page in enumerate(pages, start=1)] == [True, True]


def test_many_documents_go_into_a_register_with_repeated_heads() -> None:
    rows = [
        {"name": f"Материал {n}", "documents": [{"name": "паспорт", "number": f"П-{n}", "date": "2026-09-03"}]}
        for n in range(300)
    ]
    draft = replace(Draft.of("aosr", {**ACT, "materials": rows}), state=State.CONFIRMED)
    _, docx, pdf = files(draft)
    pages = pdf_pages(pdf)
    register = [page for page in pages if "Строительный материал (изделие)" in page]
    assert len(register) == len(pages) - 2
    assert len(register) > 3
    for text in (pdf_text(pdf), docx_text(docx)):
        assert squeezed("согласно реестру (приложение № 1 к настоящему акту)") in squeezed(text)
        assert squeezed("к акту освидетельствования скрытых работ № КЖ1-14 от 20.11.2026") in squeezed(text)
        assert all(squeezed(f"П-{n}") in squeezed(text) for n in range(300))


def test_signatures_never_stand_alone_on_a_page() -> None:
    for length in range(0, 3600, 120):
        act = {**ACT, "additional_info": "слово " * (length // 6)}
        pages = pdf_pages(renderer().made(replace(Draft.of("aosr", act), state=State.CONFIRMED), ["pdf"])[0].content)
        last = next(page for page in pages if "Сидоров С.С." in page and "(подпись)" in page)
        assert last.index("Приложения") < last.index("(подпись)")


def test_up_to_five_representatives_sign() -> None:
    five = {"designer": {"name_initials": "Проектов А.А."}, "executor": {"name_initials": "Субподрядов Б.Б."}}
    act = {**ACT, "representatives": {**ACT["representatives"], **five}}
    _, docx, pdf = files(Draft.of("aosr", act))
    for text in (pdf_text(pdf), docx_text(docx)):
        assert text.count("(подпись)") == 5
        assert text.count("Субподрядов Б.Б.") == 2


def test_empty_places_are_lines_to_fill_and_nothing_is_made_up() -> None:
    draft = Draft.of("aosr", {})
    assert [words for words in said(draft) if not words.startswith("Представитель")] == []
    _, docx, pdf = files(draft)
    for text in (pdf_text(pdf), docx_text(docx)):
        assert squeezed(text).count("«»20г.") == 3, "a day to be written by hand"
        assert not any(squeezed(value) in squeezed(text) for value in ("Петров П.П.", "ООО", "2026", "С-77"))


def test_the_sum_of_known_rows_is_not_called_a_total() -> None:
    rows = [*SAMPLES["ks2"]["rows"], {"name": "Стяжка", "unit": "м2", "quantity": "380"}]
    draft = with_sums(Draft.of("ks2", {**SAMPLES["ks2"], "rows": rows, "total": None}))
    assert "total" not in draft.data


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_every_docx_and_prints_the_same_on_as_many_pages(tmp_path: Path) -> None:
    drafts = {kind: confirmed(kind) for kind in kinds()} | {f"{kind}-blank": Draft.of(kind, {}) for kind in kinds()}
    pages = {}
    for name, draft in drafts.items():
        _, docx, pdf = files(draft)
        (tmp_path / f"{name}.docx").write_bytes(docx)
        pages[name] = len(pdf_pages(pdf))
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f"<fontconfig><dir>{FONTS}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>", "utf-8")
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), *map(str, sorted(tmp_path.glob("*.docx")))],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts), "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=110,
    )
    for name, draft in drafts.items():
        printed = (tmp_path / f"{name}.pdf").read_bytes()
        assert [words for words in said(draft) if words not in squeezed(pdf_text(printed))] == [], name
        assert len(pdf_pages(printed)) == pages[name], name
