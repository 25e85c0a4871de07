"""What lists say that a document is about: in `/documents`, in the answer to the model, in the register."""

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from documents.draft import Draft, subject
from documents.kinds import kinds
from paperwork.listing import show_list
from storage.database import Database
from storage.documents import Query
from tests.documents.samples import SAMPLES
from tests.paperwork.desk import HERE, open_test_desk

CEMENT, SAND, BRICK = ({"name": name} for name in ("Цемент М500", "Песок", "Кирпич М150"))


async def test_a_delivery_of_several_materials_is_listed_by_the_first_and_how_many_more(
    database: Database, tmp_path: Path
) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        intake = {"delivery_date": "2026-11-20", "items": [CEMENT, SAND, BRICK]}
        await desk.archive.create(HERE, Draft.of("material_intake", intake), 5, "1")
        await show_list(desk.call(), "")
        register = await desk.archive.register(HERE, Query(), "ru")
    [(card, _)] = desk.client.cards
    assert card.lines == ("1. ВК от 20.11.2026 — Цемент М500 и ещё 2 (черновик)",)
    assert register is not None
    assert openpyxl.load_workbook(BytesIO(register.data)).active["E2"].value == "Цемент М500 и ещё 2"


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("material_intake", {"items": [CEMENT]}, "Цемент М500"),
        ("material_intake", {"material": "Щебень"}, "Щебень"),
        ("material_intake", {}, ""),
        ("material_request", {"items": [CEMENT, SAND]}, "Цемент М500 и ещё 1"),
        ("material_request", {"items": [CEMENT, SAND], "delivery_place": "корпус 2"}, "корпус 2"),
        (
            "aosr",
            {"works": [{"name": "Армирование"}, {"location": "оси 1–3"}, {"name": "Опалубка"}]},
            "Армирование и ещё 1",
        ),
        ("aook", {"structures": ["Ростверк", "Колонны", "Плита"]}, "Ростверк и ещё 2"),
    ],
)
def test_the_first_and_how_many_more(kind: str, data: dict[str, Any], told: str) -> None:
    assert subject(Draft.of(kind, data)) == told


def test_a_long_first_one_leaves_room_for_how_many_more() -> None:
    told = subject(Draft.of("material_intake", {"items": [{"name": "Плита перекрытия " * 9}, SAND]}), "en")
    assert len(told) <= 70
    assert told.endswith("… and 1 more")


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_says_what_it_is_about(kind: str) -> None:
    assert subject(Draft.of(kind, SAMPLES[kind]))
