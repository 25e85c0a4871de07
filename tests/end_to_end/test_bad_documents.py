"""What bad input gets when a document is dictated: whole files with a flagged field, or one clear sentence."""

import json
import sqlite3
from asyncio import to_thread
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.messages import BotMessage
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, friday, name_of, words_of_docx, words_of_pdf
from tests.end_to_end.test_function_sending import results

HOSTILE = "🏗 {{ evil }} {% for %} <w:t>x</w:t> #panic ../../etc/passwd"
ACT_TYPE = '{"document_type": "Акт освидетельствования скрытых работ", '.encode()
PLATE = {"name": "Армирование плиты"}
ROW = {"name": "Устройство плиты", "unit": "м3", "quantity": "2", "price": "10", "cost": "20"}


def act(**arguments: Any) -> Call:
    return Call("create_hidden_works_act", {"work_type": "Армирование плиты", **arguments})


def of_kind(kind: str, **fields: Any) -> Call:
    return Call("create_document", {"kind": kind, "fields": fields})


def sand(quantity: str, unit: str = "м3") -> list[dict[str, str]]:
    return [{"name": "Песок", "quantity": quantity, "unit": unit}]


BAD = {
    "no object": ("армирование плиты", act(), "Не хватает: объект"),
    "impossible date": ("акт от тридцать первого ноября", act(date="2026-11-31"), "Такой даты нет: «31.11.2026»"),
    "end before start": (
        "армирование плиты с восемнадцатого ноября по одиннадцатое ноября",
        act(form_344={"works": [PLATE], "work_dates": {"start": "2026-11-18", "end": "2026-11-11"}}),
        "Окончание работ раньше начала",
    ),
    "negative": ("минус пять кубов песка", act(materials=sand("-5")), "Количество «-5» похоже на ошибку"),
    "absurd": ("песка миллиард миллиардов кубов", act(materials=sand("1" + "0" * 18)), "1000000000000000000»"),
    "no number": ("песка сколько-то кубов", act(materials=sand("сколько-то")), "«сколько-то»"),
    "unknown unit": ("песка три попугая", act(materials=sand("3", "попугай")), "единица измерения: «попугай»"),
    "two sums": (
        "бетон два куба по десять рублей двадцать рублей всего тридцать рублей",
        of_kind("ks2", rows=[ROW], total="30"),
        "Суммы не сходятся",
    ),
    "hostile": (HOSTILE, act(work_type=HOSTILE, form_344={"number": HOSTILE, "works": [{"name": HOSTILE}]}), "{{ evil"),
}


def files(chat: Chat) -> list[BotMessage]:
    return [one for one in chat.messages if one.kind == "document"]


async def dictate(chat: Chat, gemini: GeminiLiveEmulator, words: str, *calls: Call) -> str:
    """All cards of the document together, when the model has said its word."""
    gemini.say(Answer(input_transcript=words, calls=calls, then=Answer(pcm=speech_like(1), transcript="Готово")))
    await begin(chat)
    await chat.send_voice(NOTE)
    await chat.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages), timeout=30)
    return "\n".join(one.text or "" for one in chat.messages if one.buttons)


async def whole(sent: Sequence[BotMessage]) -> dict[str, Any]:
    """Of the three that came last, each can be read: the JSON."""
    contents = {name_of(file).rpartition(".")[2]: file.data or b"" for file in sent[-3:]}
    assert list(contents) == ["json", "docx", "pdf"]
    assert not any("/" in name_of(file) or ".." in name_of(file) for file in sent)
    for words in (await to_thread(words_of_docx, contents["docx"]), await to_thread(words_of_pdf, contents["pdf"])):
        assert "ЧЕРНОВИК" in words
    data: dict[str, Any] = json.loads(contents["json"])
    return data


@pytest.fixture
def people(telegram: TelegramEmulator) -> list[Chat]:
    return [telegram.private_chat(telegram.person(id=number, first_name="Иван")) for number in range(1, 12)]


async def test_a_doubtful_value_is_flagged_and_nothing_else_is_lost(
    people: list[Chat], gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot(today=friday):
        for chat, (what, (words, call, flagged)) in zip(people, BAD.items(), strict=False):
            shown = await dictate(chat, gemini, words, call)
            assert flagged in shown, (what, shown)
            data = await whole(files(chat))
            if call.args.get("materials"):
                assert data["materials"][0]["name"] == "Песок", what
    assert [result["status"] for result in results(gemini)] == ["ok"] * len(BAD)


async def test_three_hundred_materials_and_twenty_thousand_letters(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    materials = [{"name": f"Арматура {number}", "quantity": str(number), "unit": "м"} for number in range(1, 301)]
    note = "слово " * 3_333
    async with run_bot(today=friday):
        shown = await dictate(ivan, gemini, "арматура", act(materials=materials, conclusion=note))
        data = await whole(files(ivan))
    assert "черновик" in shown
    assert [one["name"] for one in data["materials"]] == [one["name"] for one in materials]
    assert data["conclusion"] == note.strip()


async def test_a_template_that_the_operator_broke_costs_one_file_and_one_sentence(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "aosr.docx").write_bytes(b"no document")
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages))
    assert [name_of(file).rpartition(".")[2] for file in files(ivan)] == ["json", "pdf"]
    assert sum("«aosr.docx» не работает" in (one.text or "") for one in ivan.messages) == 1
    assert any("черновик" in (one.text or "") for one in ivan.messages)


async def test_a_disk_that_takes_no_files_costs_none(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    """Where the folder should be there is a file: nothing can be written below it."""
    (tmp_path / "documents").write_bytes(b"")
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages))
        await whole(files(ivan))
        await ivan.send_text("/documents")
        await ivan.wait_until(lambda chat: (chat.messages[-1].text or "").startswith("Документы: 1"))
        await ivan.press(ivan.messages[-1], "1")
        await ivan.wait_until(lambda chat: len(files(chat)) == 6)


async def test_a_database_that_takes_no_document_does_not_cost_the_dictation(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, tmp_path: Path
) -> None:
    gemini.say(dictated(ACT), dictated(ACT, said="Второй"))
    async with run_bot(today=friday):
        await begin(ivan)
        refuse = "CREATE TRIGGER refuse BEFORE INSERT ON documents BEGIN SELECT RAISE(ABORT, 'no'); END"
        await to_thread(_run_sql, tmp_path, refuse)
        await ivan.send_voice(NOTE)
        await ivan.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages))
        assert not files(ivan)
        await to_thread(_run_sql, tmp_path, "DROP TRIGGER refuse")
        await ivan.send_text("повтори")
        await ivan.wait_until(lambda chat: any(one.caption == "Второй" for one in chat.messages))
        await whole(files(ivan))
    assert sum("диктовать заново не нужно" in (one.text or "") for one in ivan.messages) == 1
    assert "he need not repeat it" in str(results(gemini)[0]["message"])


def _run_sql(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "voice.sqlite3")) as database:
        database.execute(statement)
        database.commit()


async def test_arguments_that_fit_no_form_are_told_to_the_model_and_the_next_call_makes_the_act(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot(today=friday):
        await dictate(
            ivan,
            gemini,
            "армирование плиты",
            act(materials="песок", form_344=[]),
            act(date={"day": 1}),
            act(extra="x"),
            act(),
        )
        await whole(files(ivan))
    statuses = [result["status"] for result in results(gemini)]
    assert statuses == ["invalid_arguments", "invalid_arguments", "invalid_arguments", "ok"]
    assert len(files(ivan)) == 3


DEEP = b'{"a":' * 900 + b"1" + b"}" * 900


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[" * 100_000, "Этот JSON прочитать не удалось"),
        (b'{"object": ' + DEEP + b"}", "В этом JSON"),
        (b'{"document_type": ' + b"[" * 100_000, "Этот JSON прочитать не удалось"),
        (ACT_TYPE + b'"extra": ' + DEEP + b"}", "проверьте «extra»"),
        (ACT_TYPE + b'"date": ' + b"9" * 5_000 + b"}", "Этот JSON прочитать не удалось"),
        (ACT_TYPE + b'"conclusion": "' + b"a" * 20_001 + b'"}', "проверьте «conclusion»"),
    ],
    ids=["brackets", "deep project", "half a document", "deep document", "digits", "long"],
)
async def test_a_json_that_is_none_or_too_much_gets_one_sentence(
    content: bytes, sentence: str, ivan: Chat, run_bot: RunBot
) -> None:
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_document(content, name="акт.json", mime="application/json")
        assert sentence in ((await ivan.next_message()).text or "")
