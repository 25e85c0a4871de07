"""Norms of a text are found and judged; wrong citations that circulate are known."""

import pytest

from norms.catalogue import Catalogue
from norms.citations import cited

CATALOGUE = Catalogue()


@pytest.mark.parametrize(
    ("text", "status", "right"),
    [
        ("соответствует СП 70.13330.2012", "in_force", "СП 70.13330.2012"),
        ("по ГОСТ Р 21.101-2020", "replaced", "ГОСТ Р 21.101-2026"),
        ("СП 999.13330.2021", "unknown", ""),
    ],
)
def test_a_norm_is_judged_by_the_catalogue(text: str, status: str, right: str) -> None:
    (one,) = cited(text, CATALOGUE)
    assert (one.status, one.right, one.wrong) == (status, right, "")


@pytest.mark.parametrize(
    "text",
    [
        "СП 296.1325800.2017 пункт 5.1.4",
        "ГОСТ 21.101-2020",
        "СП 48.13330.2024",
        "рубероид РКП-350 по СП 71.13330.2017",
        "бетон B22.5 F200 согласно СП 22.13330.2016",
        "защитный слой 40 мм согласно СП 63.13330.2018 пункт 10.3.2",
        "РД-11-02-2006",
    ],
)
def test_a_wrong_citation_is_known(text: str) -> None:
    assert any(one.wrong for one in cited(text, CATALOGUE))


@pytest.mark.parametrize("text", ["", "по проекту 24-01-КЖ1, лист 7", "сертификат 4512", "20 штук на складе", "2 по 3"])
def test_what_is_no_norm_is_none(text: str) -> None:
    assert cited(text, CATALOGUE) == []


def test_several_norms_of_a_text_come_in_order() -> None:
    found = cited("СП 63.13330.2018 и СП 70.13330.2012; приказ 344/пр", CATALOGUE)
    assert [one.designation.parts[0] for one in found] == ["63", "70", "344"]
