"""Files are whole or not there: odd words, broken templates, bounds; names, numbers, register, archive."""

import asyncio
import threading
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from openpyxl import load_workbook

from documents import to_docx, to_pdf
from documents.draft import Draft
from documents.files import file_name
from documents.numbers import next_number
from documents.register import archive, register_xlsx
from documents.rendering import MOST_WAITING, File, open_renderer
from documents.to_json import read_json
from errors import DocumentJsonWrong, DocumentTooLarge, Overloaded, TemplateBroken
from tests.documents.reading import docx_text, pdf_text, said, squeezed
from tests.documents.samples import ACT, SAMPLES

ODD = [
    "😀 дом 🏗",
    "{{ 7 * 7 }} {% for x in y %} {# z",
    "<w:t>A & B</w:t> ]]> &amp;",
    '#panic() $x$ *a* _b_ @c <d> [e] \\u "f" = g // h /* i',
    "../../etc/passwd\\..\\C:",
    "a\x00b\x07c\x1b[31m\u202eобратно\ud83dd\ufffe",
    "ё" * 20_000,
    "слово " * 3_300,
    "строка\n" * 400,
    "=1+1",
    "混凝土 خرسانة",
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("kind", ["aosr", "work_suspension", "defect_list"])
def test_odd_words_are_printed_and_not_obeyed(odd: str, kind: str) -> None:
    places: dict[str, dict[str, Any]] = {
        "aosr": {
            "object": {"name": odd},
            "next_works": [odd],
            "number": odd,
            "materials": [{"name": odd, "unit": odd}],
        },
        "work_suspension": {"object": {"name": odd}, "reason": odd, "stop_at": odd, "signatures": [{"role": odd}]},
        "defect_list": {"items": [{"element": odd, "defect": odd, "quantity": odd}], "location": odd},
    }
    draft = Draft.of(kind, {**SAMPLES[kind], **places[kind]})
    with open_renderer() as renderer:
        as_json, docx, pdf = renderer.made(draft)
    in_docx, in_pdf = squeezed(docx_text(docx.content)), squeezed(pdf_text(pdf.content))
    for words in said(draft):
        assert words in in_docx
        assert _holds(in_pdf, squeezed(to_pdf.shown(words)))
    assert len(as_json.name) < 90
    assert not set(as_json.name) & set('<>:"/\\|?*\x00\n')
    assert ".." not in as_json.name


def _holds(page: str, words: str) -> bool:
    """Between the pages of a long text stand their feet and heads."""
    return words in page if len(words) < 1000 else Counter(words) <= Counter(page)


def test_three_hundred_materials_and_a_thousand_rows_fit() -> None:
    rows = [
        {"element": f"э{n}", "defect": "трещина", "quantity": n, "unit": "м2", "action": "заделать"}
        for n in range(1000)
    ]
    with open_renderer() as renderer:
        files = renderer.made(Draft.of("defect_list", {"items": rows}))
    assert all("э999" in text for text in (docx_text(files[1].content), pdf_text(files[2].content)))


def test_a_document_that_nobody_dictated_is_refused_in_one_sentence() -> None:
    rows = [{"name": "ё" * 20_000} for _ in range(30)]
    with open_renderer() as renderer, pytest.raises(DocumentTooLarge):
        renderer.made(Draft.of("aosr", {"materials": rows}))


@pytest.mark.parametrize("broken", [b"", b"not a zip", "jinja", "place"])
def test_a_template_that_the_operator_broke_is_named(broken: bytes | str, tmp_path: Path) -> None:
    content = broken if isinstance(broken, bytes) else _spoilt(broken)
    (tmp_path / "aosr.docx").write_bytes(content)
    with open_renderer(tmp_path) as renderer, pytest.raises(TemplateBroken) as caught:
        renderer.made(Draft.of("aosr", ACT))
    assert caught.value.details["file"] == "aosr.docx"


def test_a_page_that_the_operator_broke_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.typ").write_text("#let x = ", "utf-8")
    with open_renderer(tmp_path) as renderer, pytest.raises(TemplateBroken) as caught:
        renderer.made(Draft.of("aosr", ACT))
    assert caught.value.details["file"] == "page.typ"


def test_a_template_of_the_operator_is_used_and_read_anew_when_it_changes(tmp_path: Path) -> None:
    with open_renderer(tmp_path) as renderer:
        draft = Draft.of("aosr", ACT)
        assert "Наш акт" not in docx_text(renderer.made(draft, ["docx"])[0].content)
        (tmp_path / "aosr.docx").write_bytes(_changed("освидетельствования скрытых работ", "Наш акт"))
        assert "Наш акт" in docx_text(renderer.made(draft, ["docx"])[0].content)


def _spoilt(how: str) -> bytes:
    return _changed("{%tr endfor %}", "") if how == "jinja" else _changed("{{r line }}", "{{ lines_of_nobody }}")


def _changed(old: str, new: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(to_docx.FOLDER / "aosr.docx") as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode(), 1)
            target.writestr(name, content)
    return packed.getvalue()


def test_the_coverage_is_that_of_the_fonts() -> None:
    fonts = [set(TTFont(file).getBestCmap()) for file in to_pdf.FONTS.glob("*.ttf")]
    assert len(fonts) == 4
    common = set.intersection(*fonts)
    has = to_pdf._coverage()
    assert all(has(chr(code)) is (code in common) for code in range(32, 0x10000) if not 0xD800 <= code < 0xE000)


async def test_files_are_made_off_the_loop_and_a_crowd_is_refused() -> None:
    loops_thread, seen = threading.get_ident(), []

    class Told(dict[str, Any]):
        def get(self, *args: Any) -> Any:
            seen.append(threading.get_ident())
            return super().get(*args)

    with open_renderer() as renderer:
        draft = Draft("aosr", Told(Draft.of("aosr", ACT).data))
        waiting = [asyncio.create_task(renderer.render(draft, ["docx"])) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await renderer.render(draft)
        made = await asyncio.gather(*waiting)
    assert len(made) == MOST_WAITING
    assert seen
    assert loops_thread not in seen


def test_names_sort_by_day() -> None:
    act = Draft.of("aosr", {**ACT, "date": "2026-12-20"})
    assert file_name(act, "pdf") == "2026-12-20_АОСР_КЖ1-14.pdf"
    assert file_name(Draft.of("aosr", {"number": "a/b:c"}), "json") == "АОСР_a-b-c.json"
    assert file_name(Draft.of("aosr", {"date": "2026-11-31"}), "docx") == "АОСР.docx"
    assert (
        file_name(Draft.of("work_suspension", SAMPLES["work_suspension"]), "pdf")
        == "2026-11-20_Акт-о-приостановке_2.pdf"
    )


def test_each_section_of_the_design_has_its_numbers() -> None:
    act = Draft.of("aosr", {key: value for key, value in ACT.items() if key != "number"})
    assert next_number(act, []) == "КЖ1-1"
    assert next_number(act, ["КЖ1-9", "КЖ1-14", "КЖ2-30", "7"]) == "КЖ1-15"
    assert next_number(Draft.of("work_log", {}), ["126", "КЖ1-500"]) == "127"
    assert next_number(Draft.of("aosr", ACT), ["КЖ1-99"]) == "КЖ1-14"


def test_the_register_lists_documents_and_runs_no_formula() -> None:
    odd = Draft.of("aosr", {**ACT, "works": [{"name": "=1+1"}]})
    book = load_workbook(BytesIO(register_xlsx([(odd, ["a.pdf", "a.docx"]), (Draft.of("ks2", SAMPLES["ks2"]), [])])))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].rows]
    assert rows[0][:4] == ["№ п/п", "Вид документа", "Номер", "Дата"]
    assert rows[1][2] == "КЖ1-14"
    assert rows[1][4:] == ["=1+1", "Жилой дом № 3, ЖК «Пример»", "черновик", "a.pdf\na.docx"]
    assert book.worksheets[0]["E2"].data_type == "s"
    assert len(rows) == 3


def test_the_archive_keeps_files_of_one_name_apart() -> None:
    with zipfile.ZipFile(BytesIO(archive([File("акт.pdf", b"1"), File("Акт.pdf", b"2")]))) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {"акт.pdf": b"1", "Акт (2).pdf": b"2"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"kind": "nobody"}', b"[" * 100_000, b"\xff", b'{"kind": "ks2", "rows": 5}']
)
def test_a_file_that_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentJsonWrong):
        read_json(content)
