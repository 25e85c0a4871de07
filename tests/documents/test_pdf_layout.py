"""Where words stand on the pages of a PDF: nothing lies on anything else, whatever was said."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from documents.draft import Draft, State
from documents.kinds import kinds
from documents.paths import with_value
from tests.documents.reading import pdf_images, pdf_rules, pdf_words
from tests.documents.samples import SAMPLES
from tests.documents.test_formats import renderer

LONG = "очень длинное наименование, которое прораб продиктовал целиком и не останавливаясь, вместе с маркой, "
LONG += "заводом-изготовителем, номером партии и всем остальным, что написано на бирке"
SHORT = {"kind", "medium", "unit", "number", "date", "role", "cipher", "sheets", "phone_or_fax"}


def printed(kind: str, data: dict[str, Any], *photos: bytes) -> bytes:
    draft = replace(Draft.of(kind, data), state=State.CONFIRMED)
    return renderer().made(draft, ["pdf"], photos)[0].content


def longer(value: Any, key: str = "") -> Any:
    """The same with every name as long as a breath allows."""
    if isinstance(value, dict):
        return {name: longer(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [longer(part, key) for part in value]
    is_name = isinstance(value, str) and key not in SHORT and not any(letter.isdigit() for letter in value)
    return LONG if is_name else value


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("said", ["nothing", "as usual", "at length"])
def test_no_words_lie_on_others_nor_on_a_rule(kind: str, said: str) -> None:
    data = {"nothing": {}, "as usual": SAMPLES[kind], "at length": longer(SAMPLES[kind])}[said]
    content = printed(kind, data)
    for page, rules in zip(pdf_words(content), pdf_rules(content), strict=True):
        assert rules
        pairs = ((one, other) for place, one in enumerate(page) for other in page[place + 1 :])
        assert [(one.text, other.text) for one, other in pairs if one.covers(other)] == []
        assert [one.text for one in page for rule in rules if one.is_struck_by(rule)] == []


@pytest.mark.parametrize(("kind", "days"), [("aosr", 3), ("material_request", 2), ("work_suspension", 2)])
def test_a_day_to_be_written_by_hand_has_a_rule_under_it(kind: str, days: int) -> None:
    content = printed(kind, {})
    found = 0
    for words, rules in zip(pdf_words(content), pdf_rules(content), strict=True):
        for day in (one for one in words if one.text.startswith("«") and "20" in one.text):
            under = [rule for rule in rules if rule.left <= day.left and day.right <= rule.right]
            assert any(0 <= day.bottom - rule.top < 2 for rule in under)
            found += 1
    assert found == days


@pytest.mark.parametrize("count", [6, 9, 14, 20, 24, 40])
def test_the_last_rows_stay_with_the_totals_and_have_a_head_on_every_page(count: int) -> None:
    rows = (SAMPLES["ks2"]["rows"] * count)[:count]
    texts = [" ".join(one.text for one in page) for page in pdf_words(printed("ks2", {**SAMPLES["ks2"], "rows": rows}))]
    assert all(text.count("Наименование работ") == 1 for text in texts)
    last = next(text for text in texts if "Всего по акту" in text)
    assert last.count("Кладка стен") + last.count("Перегородки") >= 2
    assert last.count("(подпись)") == 2


@pytest.mark.parametrize("lines", range(20, 40, 2))
def test_those_who_sign_a_notice_stay_together(lines: int) -> None:
    rows = [{"description": f"Нет ограждения {place}"} for place in range(lines)]
    pages = pdf_words(printed("violation_notice", {**SAMPLES["violation_notice"], "violations": rows}))
    signed = [sum(one.text.count("(подпись)") for one in page) for page in pages]
    assert sorted(signed)[-1] == 3


@pytest.mark.parametrize("size", [(1600, 400), (600, 1000), (1500, 1000)])
def test_a_caption_stands_right_under_its_photo(size: tuple[int, int]) -> None:
    photo = BytesIO()
    Image.new("RGB", size, "gray").save(photo, "JPEG")
    content = printed("violation_notice", {**SAMPLES["violation_notice"], "photos": ["край"]}, photo.getvalue())
    [image] = pdf_images(content)[1]
    assert (image.right - image.left) / (image.top - image.bottom) == pytest.approx(size[0] / size[1], rel=0.01)
    [caption] = [one for one in pdf_words(content)[1] if one.text.startswith("Фото 1 – край")]
    assert 0 < image.bottom - caption.top < 4


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("aosr", "number"),
        ("aosr", "contractor.phone_or_fax"),
        ("ks2", "contract.number"),
        ("ks2", "period_end"),
        ("ks2", "total"),
    ],
)
def test_a_long_text_in_a_short_place_is_not_lost_under_the_page(kind: str, path: str) -> None:
    content = printed(kind, with_value(SAMPLES[kind], path, "слово " * 3_000 + "конец"))
    ends = [one for page in pdf_words(content) for one in page if "конец" in one.text]
    assert any(one.bottom > 0 and one.left > 0 and one.right < 297 for one in ends)


def test_two_numbers_of_a_phone_stand_on_two_lines_if_need_be_and_each_in_one_piece() -> None:
    phones = ", ".join(["факс +7 (495) 000-00-01 доб. 12"] * 4)
    content = printed("aosr", with_value(SAMPLES["aosr"], "contractor.phone_or_fax", phones))
    lines = pdf_words(content)[0]
    assert sum(line.text.count("+7\u00a0(495)\u00a0000-00-01") for line in lines) == 4
    assert max(line.right for line in lines) < 199, "within the margin"
