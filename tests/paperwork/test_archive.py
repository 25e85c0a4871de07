"""Documents as they are kept: files whole or made anew, whatever the disk does; each call makes one."""

import errno
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from time import time

import openpyxl
import pytest

from client import File
from documents.draft import Draft
from effects import CallEffects, Effects, Key
from errors import DocumentJsonWrong, NotDelivered
from paperwork.correcting import Change
from paperwork.making import make
from paperwork.revising import from_json, revise
from storage.database import Database
from storage.documents import Query
from storage.effects import EffectJournal
from tests.dictation.arguments import call_of
from tests.end_to_end.dictating import ACT
from tests.functions.client import Shown
from tests.paperwork.desk import HERE, Desk, open_test_desk, spoken

ARGUMENTS = call_of(ACT)[1]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_test_desk(database, tmp_path) as opened:
        yield opened


async def made(desk: Desk, turn: str = "7:1") -> Draft:
    result = await make(desk.call(turn=turn, said=spoken(ACT["text"])), "aosr", ARGUMENTS)
    held = await desk.archive.get(HERE, result["document"])
    assert held is not None
    return held.draft


def names(files: list[File]) -> list[str]:
    return [file.name for file in files]


async def test_a_call_that_is_made_again_after_a_crash_makes_and_sends_nothing_again(desk: Desk) -> None:
    await made(desk)
    await made(desk)
    assert (await desk.archive.search(HERE, Query(), limit=9))[1] == 1
    assert len(desk.client.files) == len(desk.client.cards) == 1


async def test_killed_before_anything_was_written_down_of_it_one_document_is_made_and_the_person_told(
    desk: Desk, database: Database
) -> None:
    class Killed(EffectJournal):
        async def done(self, turn: str, key: Key, result: object) -> None:
            """The process died before."""

    forgetful = Desk(desk.archive, replace(desk.parts, journal=Killed(database, 42)), desk.client, desk.folder)
    await made(forgetful)
    result = await make(forgetful.call(said=spoken(ACT["text"])), "aosr", ARGUMENTS)
    assert (await desk.archive.search(HERE, Query(), limit=9))[1] == 1
    assert len(desk.client.files) == 1
    assert result["files"] == "nobody_knows"
    assert "могли не дойти" in desk.client.cards[1][0].title


async def test_files_are_kept_whole_and_come_back_as_they_were(desk: Desk) -> None:
    await made(desk)
    kept = sorted(file.name for file in desk.folder.rglob("*") if file.is_file())
    assert kept == ["1.docx", "1.json", "1.pdf"]
    assert [*await desk.archive.files(HERE, "")] == desk.client.files[0]


@pytest.mark.parametrize("how", ["gone", "damaged"])
async def test_a_file_that_is_gone_or_damaged_is_made_anew(desk: Desk, how: str) -> None:
    await made(desk)
    [pdf] = desk.folder.rglob("*.pdf")
    pdf.unlink() if how == "gone" else pdf.write_bytes(b"%PDF-")
    again = await desk.archive.files(HERE, "")
    assert [file.name for file in again] == names(desk.client.files[0])
    assert again[2].data == pdf.read_bytes() == desk.client.files[0][2].data


async def test_a_full_disk_costs_no_file_and_leaves_no_half_of_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr("os.fsync", full)
    await made(desk)
    assert len(desk.client.files[0]) == 3
    assert not [file for file in desk.folder.rglob("*") if file.is_file()]
    monkeypatch.undo()
    assert len(await desk.archive.files(HERE, "")) == 3


async def test_a_template_that_the_operator_broke_costs_one_file_and_is_named(
    database: Database, tmp_path: Path
) -> None:
    operators = tmp_path / "templates"
    operators.mkdir()
    (operators / "aosr.docx").write_bytes(b"no document")
    async with open_test_desk(database, tmp_path, operators) as desk:
        await made(desk)
        assert [name.rpartition(".")[2] for name in names(desk.client.files[0])] == ["json", "pdf"]
        assert "«aosr.docx» не работает" in desk.client.said[0]
        (operators / "aosr.docx").unlink()
        assert len(await desk.archive.files(HERE, "")) == 3


async def test_files_that_did_not_arrive_are_not_lost_and_the_model_is_told(desk: Desk) -> None:
    class Away(Shown):
        async def send_files(self, *_: object) -> int:
            raise NotDelivered("there is no client")

    away = Desk(desk.archive, desk.parts, Away(), desk.folder)
    result = await make(away.call(said=spoken(ACT["text"])), "aosr", ARGUMENTS)
    assert result["files"] == "not_sent"
    assert "/documents" in result["message"]
    assert len(await desk.archive.files(HERE, "")) == 3
    assert away.client.said == [], "the model says so"
    said = spoken(ACT["text"])
    said.is_cut = True
    await make(away.call(turn="7:2", said=said), "aosr", ARGUMENTS)
    assert away.client.said == [
        "АОСР от 20.11.2026: документ сохранён, но файлы отправить не удалось; они есть в /documents."
    ]


async def test_a_draft_is_compared_again_when_all_the_words_are_there(desk: Desk) -> None:
    words = [ACT["text"].partition("арматура")[0]]
    said = spoken("", heard=lambda: words[0])
    result = await make(desk.call(said=said), "aosr", {**ARGUMENTS, "customer_representative": "Петров П.П."})
    assert any("не сверено" in doubt for doubt in result["doubtful"])
    words[0] = f"{ACT['text']} представитель заказчика петров пэ пэ"
    await said.ended()
    held = await desk.archive.get(HERE, result["document"])
    assert held is not None
    assert (held.document.revision, held.revision.reason) == (2, "compared")
    assert held.draft.data["representatives"]["customer_control"]["name_initials"] == "Петров П.П."
    assert not held.draft.open_flags
    assert len(desk.client.files) == 2


async def test_when_only_doubts_go_the_card_is_enough(desk: Desk) -> None:
    words = [ACT["text"].partition("арматура")[0]]
    said = spoken("", heard=lambda: words[0])
    await make(desk.call(said=said), "aosr", ARGUMENTS)
    words[0] = ACT["text"]
    await said.ended()
    assert len(desk.client.files) == 1
    assert "не сверено" in "\n".join(desk.client.cards[0][0].lines)
    assert "не сверено" not in "\n".join(desk.client.changes[-1].lines)


async def test_what_was_corrected_meanwhile_is_not_compared_any_more(desk: Desk) -> None:
    words = [""]
    said = spoken("", heard=lambda: words[0])
    result = await make(desk.call(said=said), "aosr", ARGUMENTS)
    later = desk.call("update_document", "7:2")
    await revise(later, result["document"], [Change("next_works.0", "Бетонирование")])
    words[0] = ACT["text"]
    await said.ended()
    held = await desk.archive.get(HERE, result["document"])
    assert held is not None
    assert held.document.revision == 2


async def test_a_list_of_words_finds_numbers_words_and_periods(desk: Desk) -> None:
    await made(desk)
    for words, count in (("", 1), ("фундаментной плиты", 1), ("за ноябрь", 1), ("за октябрь", 0), ("кровля", 0)):
        assert (await desk.archive.search(HERE, desk.archive.query(words), limit=9))[1] == count, words


async def test_a_document_has_the_same_name_in_the_register_and_in_the_zip(desk: Desk) -> None:
    await made(desk)
    result = await make(desk.call(turn="7:2", said=spoken(ACT["text"])), "aosr", ARGUMENTS)
    said = spoken("вид работ бетонирование")
    await revise(desk.call("update_document", "7:3", said), result["document"], [Change("work_type", "Бетонирование")])
    packed = await desk.archive.bundle(HERE, Query())
    register = await desk.archive.register(HERE, Query(), "ru")
    assert packed is not None
    assert register is not None
    inside = zipfile.ZipFile(BytesIO(packed.data))
    sheet = openpyxl.load_workbook(BytesIO(register.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    listed = [(row[4], name) for row in rows for name in row[-1].splitlines()]
    assert sorted(name for _, name in listed) == sorted(inside.namelist())
    assert sum(" (2)." in name for _, name in listed) == 3
    for subject, name in listed:
        if name.endswith(".json"):
            assert json.loads(inside.read(name))["work_type"] == subject


async def test_a_json_that_is_no_document_changes_nothing(desk: Desk) -> None:
    await made(desk)
    for content in (b'{"document_type": "x"}', b'{"form_344": []}', b"[" * 100_000):
        call = CallEffects(Effects("7:9", None), "update_document", 0)
        with pytest.raises(DocumentJsonWrong):
            await from_json(desk.call().of_call("update_document", call), content)
    [document] = (await desk.archive.search(HERE, Query(), limit=9))[0]
    assert document.revision == 1


HOSTILE = "🏗 {{ evil }} <w:t>x</w:t> #panic ../../etc/passwd {% for %} «»\n\t\x00"


async def test_odd_words_break_no_file(desk: Desk) -> None:
    form = {**ARGUMENTS["form_344"], "number": HOSTILE, "works": [{"name": HOSTILE, "location": HOSTILE}]}
    await make(desk.call(said=spoken(HOSTILE)), "aosr", {"work_type": HOSTILE, "form_344": form})
    [files] = desk.client.files
    assert len(files) == 3
    assert not any("/" in file.name or ".." in file.name for file in files)
    assert not desk.client.said


async def test_three_hundred_materials_and_twenty_thousand_letters_make_a_document(desk: Desk) -> None:
    materials = [{"name": f"Арматура {number}", "quantity": str(number), "unit": "м"} for number in range(1, 301)]
    arguments = {"work_type": "слово " * 3_300, "materials": materials}
    result = await make(desk.call(said=spoken("слово")), "aosr", arguments)
    assert result["files"] == "sent"
    assert len(desk.client.cards[0][0].lines) > 1


async def test_who_confirmed_and_when_is_recorded_beside_what_was_there_before(desk: Desk) -> None:
    await made(desk)
    (document,) = await desk.archive.find(HERE, "")
    before = time()
    confirmed = await desk.archive.confirm(await desk.archive.held(document), 77, None)
    assert confirmed is not None
    first, last = sorted(await desk.archive.revisions(confirmed), key=lambda one: one.number)
    assert (last.reason, last.made_by) == ("confirmed", 77)
    assert before <= last.made_at <= time()
    assert (first.reason, first.draft["state"], last.draft["state"]) == ("dictated", "draft", "confirmed")
