"""Documents in the chat, over the wire: dictated, corrected, confirmed, deleted, found again."""

import json

import pytest

from documents.paths import value_at
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat
from emulators.telegram.messages import BotMessage
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, dictations, friday, name_of, news, three_files
from tests.end_to_end.test_function_sending import results


async def dictate(ivan: Chat) -> BotMessage:
    """The act of `ACT`; its card, the answer behind it taken."""
    await ivan.send_voice(NOTE)
    await three_files(ivan)
    card = await news(ivan)
    assert (await news(ivan)).caption == "Готово"
    return card


async def test_a_dictated_act_comes_as_three_files_a_card_and_a_word(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        data, docx, pdf = await three_files(ivan)
        card = await news(ivan)
        assert (await news(ivan)).caption == "Готово"
    assert list(data)[:4] == ["document_type", "object_name", "date", "work_type"]
    assert data["form_344"]["work_dates"] == {"start": "2026-11-11", "end": "2026-11-18"}
    for words in (docx, pdf):
        assert "ЧЕРНОВИК" in words
        assert "4512" in words
    assert "Не хватает: объект" in (card.text or "")
    assert [button.text for row in card.buttons for button in row] == ["Подтвердить", "Исправить", "Удалить"]
    (result,) = results(gemini)
    assert "объект: наименование и адрес" in result["result"]["missing"]
    assert result["result"]["doubtful"] == []


async def test_what_the_model_made_up_is_not_printed_and_is_asked_back(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    form = {**_form(), "work_dates": {"start": "2025-11-18", "end": "2026-11-11"}}
    sloppy = dictated(ACT, customer_representative="Ромашкин А.А.", compliance="СП 999.1.2020", form_344=form)
    gemini.say(sloppy)
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        data, docx, pdf = await three_files(ivan)
        await news(ivan)
        await ivan.wait_until(lambda chat: any(message.edits for message in chat.messages))
        card = next(message for message in ivan.messages if message.edits)
    for words in (json.dumps(data, ensure_ascii=False), docx, pdf):
        assert "Ромашкин А.А.»" in words or "Ромашкин" not in words.replace("«Ромашкин", "")
    assert data["customer_representative"] == data["compliance"] == ""
    assert "«Ромашкин А.А.» вы не называли" in (card.text or "")


async def test_a_correction_makes_a_revision_that_says_what_changed(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    change = {"changes": [{"path": "date", "value": "2026-11-19"}, {"path": "nowhere.1", "value": "x"}]}
    correct = Answer(calls=[Call("update_document", change)], then=Answer(pcm=speech_like(1), transcript="Исправил"))
    gemini.say(dictated(ACT), correct)
    async with run_bot(today=friday):
        await begin(ivan)
        first = await dictate(ivan)
        await ivan.send_text("исправь дату на девятнадцатое ноября")
        data, _, pdf = await three_files(ivan)
        second = await news(ivan)
        assert (await news(ivan)).caption == "Исправил"
    assert data["date"] == "2026-11-19"
    assert "«19» ноября 2026" in pdf.replace("\u00a0", " ")
    assert "дата составления акта: было «20.11.2026», стало «19.11.2026»" in (second.text or "")
    assert "ниже" in (first.text or "")
    assert not first.buttons
    assert results(gemini)[1]["result"]["not_understood"] == ["nowhere.1"]


async def test_an_edited_json_sent_back_is_the_next_revision(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        data, _, _ = await three_files(ivan)
        await news(ivan)
        await news(ivan)
        data["form_344"]["work_dates"]["end"] = "2026-11-17"
        await ivan.send_document(json.dumps(data).encode(), name="акт.json", mime="application/json")
        revised, _, _ = await three_files(ivan)
        card = await news(ivan)
        data["form_344"]["form"]["version"] = 99
        await ivan.send_document(json.dumps(data).encode(), name="акт.json", mime="application/json")
        newer = await news(ivan)
        await ivan.send_document(b'{"document_type": "x", "kind": "y"}', name="акт.json", mime="application/json")
        wrong = await news(ivan)
    assert revised["form_344"]["work_dates"]["end"] == "2026-11-17"
    assert "было «18.11.2026», стало «17.11.2026»" in (card.text or "")
    assert "более новой версией" in (newer.text or "")
    assert "не такая структура" in (wrong.text or "")


async def test_confirming_asks_once_gives_a_number_and_takes_the_draft_mark_away(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        card = await dictate(ivan)
        await ivan.press(card, "Подтвердить")
        await ivan.wait_until(lambda _: "как есть?" in (card.text or ""))
        await ivan.press(card, "Подтвердить так")
        data, _, pdf = await three_files(ivan)
        confirmed = await news(ivan)
        await ivan.send_text("/documents")
        listed = await news(ivan)
    assert data["form_344"]["number"] == "КЖ1-1"
    assert "ЧЕРНОВИК" not in pdf
    assert (confirmed.text or "").startswith("АОСР № КЖ1-1 от 20.11.2026: подтверждён")
    assert "АОСР № КЖ1-1 от 20.11.2026 — Армирование фундаментной плиты (подтверждён)" in (listed.text or "")


async def test_deleting_asks_once_and_a_confirmed_document_that_is_corrected_is_a_draft_again(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    change = {"document": "КЖ1-1", "changes": [{"path": "next_works.0", "value": "Бетонирование плиты"}]}
    correct = Answer(calls=[Call("update_document", change)], then=Answer(pcm=speech_like(1), transcript="Исправил"))
    gemini.say(dictated(ACT), correct)
    async with run_bot(today=friday):
        await begin(ivan)
        card = await dictate(ivan)
        await ivan.press(card, "Подтвердить")
        await ivan.wait_until(lambda _: "как есть?" in (card.text or ""))
        await ivan.press(card, "Подтвердить так")
        await three_files(ivan)
        await news(ivan)
        await ivan.send_text("дальше бетонирование плиты")
        data, _, pdf = await three_files(ivan)
        draft = await news(ivan)
        assert (await news(ivan)).caption == "Исправил"
        await ivan.press(draft, "Удалить")
        await ivan.wait_until(lambda _: "Удалить АОСР" in (draft.text or ""))
        await ivan.press(draft, "Да, удалить")
        await ivan.wait_until(lambda _: "Удалено" in (draft.text or ""))
        await ivan.send_text("/documents")
        listed = await news(ivan)
    assert data["form_344"]["number"] == "КЖ1-1"
    assert "ЧЕРНОВИК" in pdf
    assert (listed.text or "").startswith("Документы\nДокументов пока нет")


async def test_documents_are_found_listed_and_packed_without_a_conversation(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT), dictated(dictations("given")["d07"]))
    async with run_bot(today=friday):
        await begin(ivan)
        await dictate(ivan)
        await dictate(ivan)
        await ivan.send_text("/stop")
        await news(ivan)
        await ivan.send_text("/documents фундаментная плита за ноябрь")
        found = await news(ivan)
        await ivan.send_text("/documents кровля")
        nothing = await news(ivan)
        await ivan.press(found, "1")
        data, _, _ = await three_files(ivan)
        await news(ivan)
        await ivan.press(found, "ZIP")
        packed = await news(ivan)
        await ivan.press(found, "Реестр XLSX")
        register = await news(ivan)
    assert (found.text or "").startswith("Документы: 1")
    assert "Армирование" in data["work_type"]
    assert "«кровля»" in (nothing.text or "")
    assert name_of(packed) == "Документы_2026-11-20.zip"
    assert name_of(register) == "Реестр_2026-11-20.xlsx"


def _form() -> dict[str, object]:
    from tests.dictation.arguments import call_of

    return dict(call_of(ACT)[1]["form_344"])


async def test_a_project_that_was_told_is_written_into_the_next_act(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    site = {"name": "Жилой дом № 3", "address": "г. Примерск, ул. Новая, 5"}
    told = Answer(
        input_transcript="объект жилой дом номер три, город Примерск, улица Новая, пять",
        calls=[Call("update_project", {"site": site})],
        then=Answer(pcm=speech_like(1), transcript="Записал"),
    )
    gemini.say(told, dictated(ACT))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await news(ivan)).caption == "Записал"
        await ivan.send_voice(NOTE)
        data, docx, pdf = await three_files(ivan)
        card = await news(ivan)
        await news(ivan)
    assert "Жилой дом № 3" in data["object_name"]
    for words in (docx, pdf):
        assert "Жилой дом № 3" in words
    assert "Не хватает: объект" not in (card.text or "")


@pytest.mark.parametrize(
    ("kind", "role", "place"),
    [
        ("work_suspension", "contractor", "signatures.0"),
        ("material_intake", "contractor", "signatures.0"),
        ("violation_notice", "customer_control", "issued_by"),
    ],
)
async def test_a_representative_who_was_told_once_signs_the_next_document(
    kind: str, role: str, place: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    person = {"position": "инженер", "name_initials": "Иванов И.И."}
    told = Answer(
        input_transcript="инженер иванов и и",
        calls=[Call("update_project", {"representatives": {role: person}})],
        then=Answer(pcm=speech_like(1), transcript="Записал"),
    )
    gemini.say(told, dictated(next(one for one in dictations("given").values() if one["document_type"] == kind)))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await news(ivan)).caption == "Записал"
        await ivan.send_voice(NOTE)
        data, docx, pdf = await three_files(ivan)
        await news(ivan)
        await news(ivan)
    assert value_at(data, f"{place}.name_initials") == "Иванов И.И."
    for words in (docx, pdf):
        assert "Иванов И.И." in words
        assert "инженер" in words
