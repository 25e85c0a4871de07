"""The catalogue says what its rows say, and nothing else."""

import time
from pathlib import Path

import pytest

from norms.catalogue import MOST_FOUND, Catalogue, Found, How, Norm, Status
from norms.designations import parse
from tests.clock import assert_sooner, reads_the_clock

CATALOGUE = Catalogue()


def found(words: str, limit: int = 5) -> list[tuple[str, How]]:
    return [(one.norm.designation, one.how) for one in CATALOGUE.find(words, limit)]


def norm(designation: str) -> Norm:
    return next(one for one in CATALOGUE.norms if one.designation == designation)


@pytest.mark.parametrize("known", CATALOGUE.norms, ids=lambda one: one.designation[:40])
def test_every_row_is_found_by_its_designation_alone(known: Norm) -> None:
    assert CATALOGUE.find(known.designation) == [Found(known, How.EXACT)]


def test_the_rows_are_whole() -> None:
    norms = CATALOGUE.norms
    assert len(norms) == len({one.designation for one in norms}) > 150
    assert all(one.title and one.confidence in ("high", "medium-high", "medium") for one in norms)
    assert not [one.designation for one in norms if one.replaced_by and one.status is Status.IN_FORCE]
    assert all(one.replaced_by for one in norms if one.status is Status.REPLACED)


def test_what_a_row_names_as_its_successor_is_a_row_too() -> None:
    assert [one.designation for one in CATALOGUE.norms if one.replaced_by and not CATALOGUE.successors(one)] == []


def test_a_doubtful_status_is_never_certain() -> None:
    doubtful = [one for one in CATALOGUE.norms if one.status is Status.TO_BE_CHECKED or "не перепроверен" in one.basis]
    assert doubtful
    assert not [one.designation for one in doubtful if one.certain]
    assert norm("СП 63.13330.2018").certain
    assert not norm("ГОСТ 5180-2015").certain


def test_without_a_year_the_edition_in_force_comes_first() -> None:
    assert found("СП63") == [
        ("СП 63.13330.2018", How.EDITION_NOT_NAMED),
        ("СП 63.13330.2012", How.EDITION_NOT_NAMED),
    ]


def test_a_made_up_edition_is_not_found_but_its_relatives_are() -> None:
    assert found("СП 48.13330.2024") == [
        ("СП 48.13330.2019", How.OTHER_EDITION),
        ("СП 48.13330.2011", How.OTHER_EDITION),
    ]
    assert found("СП 70.13330.2025") == [("СП 70.13330.2012", How.OTHER_EDITION)]


def test_a_gost_is_not_a_gost_r() -> None:
    assert found("ГОСТ 21.101-2020") == [("ГОСТ Р 21.101-2020", How.OTHER_KIND)]


def test_an_old_norm_without_a_row_is_found_through_what_replaced_it() -> None:
    assert found("СП 20.13330.2011") == [("СП 20.13330.2016", How.NAMED_AS_REPLACED)]
    assert found("СНиП 42-01") == [("СП 62.13330.2011", How.NAMED_AS_REPLACED)]


@pytest.mark.parametrize("unknown", ["СП 999.13330.2020", "ГОСТ 1", "приказ Минтруда 344", "999-ФЗ", "СП 12-135-2003"])
def test_a_designation_that_nothing_resembles_finds_nothing(unknown: str) -> None:
    assert found(unknown) == []


def test_words_of_a_title_or_topic_find_norms() -> None:
    assert ("СП 24.13330.2021", How.WORDS) in found("свайных фундаментов")
    assert found("какая норма про кровлю")[0] == ("СП 71.13330.2017", How.WORDS)
    assert found("защитный слой") == [("СП 63.13330.2018", How.WORDS)]


@pytest.mark.parametrize("words", ["", "  ", "какой", "привет как дела", "quantum", "🦺", "а" * 5000])
def test_words_that_say_nothing_find_nothing(words: str) -> None:
    assert found(words) == []


def test_the_number_of_finds_is_bounded() -> None:
    assert len(found("бетон", 2)) == 2
    assert len(found("бетон", 10_000)) <= MOST_FOUND
    assert len(found("бетон", -1)) == 1


def test_successors_lead_to_what_is_in_force() -> None:
    for old, new in {
        "СНиП 52-01-2003": "СП 63.13330.2018",
        "ГОСТ 26633-91": "ГОСТ 26633-2015",
        "РД-11-02-2006": "Приказ Минстроя России от 16.05.2023 № 344/пр",
    }.items():
        assert [one.designation for one in CATALOGUE.successors(norm(old))] == [new]
    assert CATALOGUE.successors(norm("СП 63.13330.2018")) == []


def test_rows_that_replace_each_other_in_a_circle_end(tmp_path: Path) -> None:
    file = tmp_path / "norms.csv"
    file.write_text(
        "designation,title,status,replaces,replaced_by,topic,confidence,recheck,basis\n"
        "СП 1.13330.2010,Один,заменён,,СП 2.13330.2011,,high,,\n"
        "СП 2.13330.2011,Два,заменён,,СП 1.13330.2010,,high,,\n",
        "utf-8",
    )
    catalogue = Catalogue(file)
    assert [one.title for one in catalogue.successors(catalogue.norms[0])] == ["Два"]


def test_nothing_is_read_before_the_first_question(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "missing.csv")
    with pytest.raises(FileNotFoundError):
        catalogue.find("СП 63")


@reads_the_clock
def test_a_long_hostile_question_is_answered_at_once() -> None:
    started = time.perf_counter()
    for words in ("СП " + "1" * 100_000, "СП 1" + " 13330" * 20_000, "ГОСТ " + "1-" * 50_000, "\t " * 50_000):
        CATALOGUE.find(words)
        parse(words[:300])
    assert_sooner(time.perf_counter() - started, 1)
