"""What a photo shows goes into a document as seen, never as a fact."""

import zipfile
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.end_to_end.dictating import ACT, NOTE, dictated, friday, news, three_files


def pictures_of_docx(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return [packed.read(name) for name in packed.namelist() if name.startswith("word/media/")]


def pictures_in_pdf(data: bytes) -> int:
    with pypdfium2.PdfDocument(data) as pdf:
        return sum(len(list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) for page in pdf)


PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()


@pytest.mark.parametrize("together", [True, False])
async def test_a_certificate_on_a_photo_goes_into_clause_three_to_be_checked(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, together: bool
) -> None:
    change = {"changes": [{"path": "materials.0.documents.1.number", "value": "RU-991"}]}
    adds = Answer(calls=[Call("update_document", change)], then=Answer(pcm=speech_like(1), transcript="Добавил"))
    gemini.say(dictated(ACT), adds)
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        await three_files(ivan)
        await news(ivan)
        await news(ivan)
        if together:
            await ivan.send_photo(PHOTO, caption="добавь сертификат с фото")
        else:
            await ivan.send_photo(PHOTO)
            await ivan.send_text("добавь сертификат с фото")
        data, _, pdf = await three_files(ivan)
        card = await news(ivan)
        assert (await news(ivan)).caption == "Добавил"
    assert data["form_344"]["materials"][0]["documents"][1]["number"] == "RU-991"
    assert "«RU-991» прочитано с фото: проверьте" in (card.text or "")
    assert "RU-991" in pdf
    assert len(gemini.turns[1].heard.images) == 1


async def test_a_photo_of_a_violation_becomes_a_notice_without_a_norm_of_its_own(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    fields = {
        "location": "секция 2",
        "violations": [{"description": "Нет ограждения у края"}],
        "norms": [{"designation": "СП 63.13330.2018"}],
        "responsible": "Ромашкин",
    }
    call = Call("create_document", {"kind": "violation_notice", "fields": fields})
    gemini.say(Answer(calls=[call], then=Answer(pcm=speech_like(1), transcript="Готово")))
    async with run_bot(today=friday):
        await begin(ivan)
        await ivan.send_photo(PHOTO, caption="пиши предписание секция два")
        data, docx, pdf = await three_files(ivan)
        card = await news(ivan)
        files = [message.data or b"" for message in ivan.messages if message.kind == "document"]
    assert len(pictures_of_docx(files[1])) == pictures_in_pdf(files[2]) == 1
    for words in (docx, pdf):
        assert "фототаблица, 1 фото" in words
        assert "Фото 1" in words
    assert data["violations"] == [{"description": "Нет ограждения у края"}]
    assert "norms" not in data or not data["norms"]
    for words in (docx, pdf):
        assert "СП 63.13330.2018" not in words.partition("Что нужно проверить")[0]
    assert "«СП 63.13330.2018» вы не называли" in (card.text or "")
    assert "прочитано с фото" in (card.text or "")
