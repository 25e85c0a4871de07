"""Small things that an inspector sees: quotation marks, powers, counts, places to sign."""

import pytest

from documents.checks import missing, problems
from documents.draft import Doubt, Draft, Flag, changes
from documents.sheet import sheet_of
from documents.words import plain
from tests.documents.reading import docx_text, pdf_text_as_drawn, squeezed
from tests.documents.samples import ACT, SAMPLES
from tests.documents.test_formats import files


def lines_of(draft: Draft, name: str) -> list[str]:
    [block] = [filled for filled in sheet_of(draft).blocks if filled.block.name == name]
    cells = [line for row in block.rows for cell in row.cells.values() for line in cell]
    return [plain(line) for line in (*block.lines, *cells)]


def on_paper(draft: Draft, words: str) -> bool:
    _, docx, pdf = files(draft)
    return squeezed(words) in squeezed(docx_text(docx)) and squeezed(words) in squeezed(pdf_text_as_drawn(pdf))


def test_marks_inside_of_marks_are_of_the_other_kind() -> None:
    flag = Flag("executor_name", Doubt.NOT_SAID, "ООО «СтройМонтаж»")
    assert flag.words().startswith("«ООО „СтройМонтаж“» вы не называли")
    new = Draft.of("aosr", {**ACT, "executor_name": "ООО «Другое»"})
    assert any(
        "«ООО „СтройМонтаж“»" in line and "«ООО „Другое“»" in line for line in changes(Draft.of("aosr", ACT), new)
    )
    norm = {"designation": "СП 70.13330.2012", "title": "Свод правил «Несущие конструкции»"}
    assert on_paper(Draft.of("aosr", {**ACT, "compliance": [norm]}), "«Свод правил „Несущие конструкции“»")


@pytest.mark.parametrize(("kind", "key"), [("violation_notice", "issued_by"), ("work_log", "representative")])
def test_the_powers_of_who_signs_are_printed(kind: str, key: str) -> None:
    order = {"name": "приказ", "number": "15-П", "date": "2026-03-02"}
    someone = {**SAMPLES[kind][key], "authority_document": order}
    assert on_paper(Draft.of(kind, {**SAMPLES[kind], key: someone}), "приказ № 15-П от 02.03.2026")
    assert not on_paper(Draft.of(kind, SAMPLES[kind]), "15-П")


def test_an_extent_and_a_count_are_not_one_number() -> None:
    violation = {"description": "Нет ограждения", "extent": "около 15 м", "count": 3}
    draft = Draft.of("violation_notice", {**SAMPLES["violation_notice"], "violations": [violation]})
    assert lines_of(draft, "violations") == ["1", "Нет ограждения", "около 15 м", "3"]


def test_a_register_that_was_named_stands_in_the_clause_of_materials() -> None:
    registry = {"name": "реестр", "number": "7", "date": "2026-11-18"}
    assert on_paper(Draft.of("aosr", {**ACT, "materials_registry": registry}), "реестр № 7 от 18.11.2026")


def test_the_log_has_a_place_to_sign() -> None:
    assert lines_of(Draft.of("work_log", SAMPLES["work_log"]), "entry")[-3:] == [
        "прораб Иванов И.И.",
        "",
        "____________",
    ]
    assert lines_of(Draft.of("work_log", {}), "entry")[-1] == "____________"


@pytest.mark.parametrize(
    ("sheets", "printed"),
    [(["7"], "лист\u00a07"), (["7", "8"], "листы 7, 8"), (["7–9"], "листы 7–9"), (["7 и 8"], "листы 7 и 8")],
)
def test_several_sheets_are_called_so(sheets: list[str], printed: str) -> None:
    draft = Draft.of("aosr", {**ACT, "project_docs": [{"cipher": "24-01-КЖ1", "sheets": sheets}]})
    assert lines_of(draft, "project_docs") == [f"24-01-КЖ1, {printed}"]


def test_doubts_of_one_value_are_one_sentence_and_each_is_told_once() -> None:
    flags = [Flag("materials.0.name", Doubt.NOT_COMPARED, value) for value in ("А500С", "12", "А500С", "12", "16")]
    notes = sheet_of(Draft("aosr", Draft.of("aosr", ACT).data, flags=tuple(flags))).notes
    assert notes == ("1. «А500С», «12», «16» не сверено с вашими словами.",)


TWO = [
    {"name": "Арматура А500С Ø8", "quantity": "3.2", "unit": "т"},
    {"name": "Арматура А500С Ø10", "quantity": "4.5", "unit": "т"},
]


def test_two_materials_of_one_delivery_are_two_rows_of_the_journal() -> None:
    single = ("material", "quantity", "unit")
    data = {key: value for key, value in SAMPLES["material_intake"].items() if key not in single}
    draft = Draft.of("material_intake", {**data, "items": TWO})
    lines = lines_of(draft, "entry")
    assert lines[:4] == ["41", "20.11.2026", "Арматура А500С Ø8", "3,2\u00a0т"]
    assert lines[lines.index("Арматура А500С Ø10") :][:3] == ["Арматура А500С Ø10", "4,5\u00a0т", "БЗ «Монолит Пример»"]
    assert lines.count("41") == 1
    assert problems(draft) == []
    assert on_paper(draft, "Арматура А500С Ø10")
    assert [one.path for one in missing(Draft.of("material_intake", {**data, "items": [{"name": "Песок"}]}))] == [
        "items.0.quantity",
        "items.0.unit",
    ]
    assert {one.path for one in missing(Draft.of("material_intake", data))} == set(single)
