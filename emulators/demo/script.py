"""What the foreman does in the demo, step by step, and what must come of it."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from emulators import fixtures
from emulators.demo.findings import Findings, number, seconds, size
from emulators.demo.measuring import Note, Recording, respeak
from emulators.demo.model import DICTATION, counting
from emulators.demo.scene import Scene, StepFailed
from emulators.gemini_live import Turn
from emulators.gemini_live.listening_model import PITCH_STEP
from emulators.speech import recordings, words

FIXTURES = Path(fixtures.__file__).parent
MOST_PIXELS = 1536
"""The long side of a photo as the model gets it."""
SPEEDS = (0.8, 1.3)
"""The first note is respoken at a random one for each run: no prepared answer can know its length and pitch."""
CAPTION = "Что здесь не так?"
DRAWING_CAPTION = "Какие размеры на чертеже?"
QUESTION = "Сколько бетона на плиту шесть на восемь метров, толщина двадцать сантиметров?"
LONG_QUESTION = "Посчитай вслух до сорока, не торопись."
HEARD_BEFORE_INTERRUPTION_S = 2.0
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
"""Between the thousands of a figure."""
STATISTICS = {
    "questions": r"• Отправлено сообщений: (\d[\d\xa0]*)",
    "answers": r"• Получено сообщений: (\d[\d\xa0]*)",
    "sent": r"• Аудио фрагментов отправлено: (\d[\d\xa0]*)",
    "received": r"• Аудио фрагментов получено: (\d[\d\xa0]*)",
}


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    play: Callable[[Scene, Findings], Awaitable[None]]


async def _begin(scene: Scene, found: Findings) -> None:
    scene.about_to_send()
    await scene.chat.send_text("/voice_chat")
    message = await scene.next_message(found)
    found.check("🎤 ГОЛОСОВОЙ АССИСТЕНТ ЗАПУЩЕН" in (message.text or ""), f"бот написал: «{message.text}»")
    found.check(message.button("🛑 Завершить разговор") is not None, "нет кнопки «🛑 Завершить разговор»")
    if scene.model is not None:
        try:
            await scene.model.connected()
        except TimeoutError:
            raise StepFailed("бот не соединился с моделью") from None
        found.facts.append(f"связь с моделью открыта заранее, через {seconds(monotonic() - scene.sent_at)}")


async def _first_note(scene: Scene, found: Findings) -> None:
    path = scene.files / "first-note.ogg"
    await asyncio.to_thread(respeak, recordings.GREETING.path, random.uniform(*SPEEDS), path)
    note = await asyncio.to_thread(Note.read, path)
    scene.first_note = note.sound
    found.facts.append(f"записано для этого запуска: {_measured(note.sound)}")
    await _ask_aloud(scene, found, note, "first")


async def _second_note(scene: Scene, found: Findings) -> None:
    said = await _ask_aloud(scene, found, await _recorded(recordings.QUESTION), "second")
    if scene.model is None or scene.first_note is None:
        return
    expected = _memories(scene.first_note)
    proven = next((phrase for phrase in expected if phrase in said), None)
    if found.check(
        proven is not None, f"второй ответ не помнит первую запись: ждали «{expected[0]}», сказано «{said}»"
    ):
        measured = _measured(scene.first_note)
        found.proofs.append(f"модель слышала: первая запись перед отправкой — {measured}; во втором ответе «{proven}»")


async def _captioned_photo(scene: Scene, found: Findings) -> None:
    photo = (FIXTURES / "site.jpg").read_bytes()
    scene.about_to_send()
    await scene.chat.send_photo(photo, caption=CAPTION)
    answered = await scene.voice_reply(found, "photo")
    if answered.turn is not None:
        _saw(found, answered.turn, texts=(CAPTION,))
        found.check("вижу снимок" in answered.words.lower(), "в ответе нет слов о снимке")


async def _photo_and_note(scene: Scene, found: Findings) -> None:
    photo = (FIXTURES / "site.jpg").read_bytes()
    note = await _recorded(recordings.PHOTO_QUESTION)
    scene.about_to_send()
    await scene.chat.send_photo(photo)
    await scene.chat.send_voice(note.ogg)
    answered = await scene.voice_reply(found, "photo-and-note")
    if answered.turn is not None:
        _saw(found, answered.turn, texts=())
        await _heard(found, note, answered.turn)


async def _drawing(scene: Scene, found: Findings) -> None:
    drawing = (FIXTURES / "drawing.pdf").read_bytes()
    scene.about_to_send()
    await scene.chat.send_document(drawing, name="чертёж.pdf", mime="application/pdf", caption=DRAWING_CAPTION)
    answered = await scene.voice_reply(found, "drawing")
    if answered.turn is not None:
        _saw(found, answered.turn, texts=(DRAWING_CAPTION,), most_pixels=None)


async def _text(scene: Scene, found: Findings) -> None:
    scene.about_to_send()
    await scene.chat.send_text(QUESTION)
    answered = await scene.voice_reply(found, "text")
    if answered.turn is not None:
        found.check(answered.turn.heard.texts == (QUESTION,), "до модели дошёл другой текст")
        counted = " ".join(words.counted(len(QUESTION.split()), words.WORDS))
        if found.check(counted in answered.words, f"в ответе нет слов «{counted}»"):
            found.facts.append(f"модель сосчитала слова: {counted}")


async def _act(scene: Scene, found: Findings) -> None:
    if scene.model is None:
        found.left_out = "вызывать ли функцию, настоящая модель решает сама; продиктуйте ей акт на странице чата"
        return
    scene.about_to_send()
    await scene.chat.send_text(DICTATION)
    files = await scene.three_files(found)
    names = [str(file.wire["document"]["file_name"]) for file in files]
    found.facts[:] = [f"{', '.join(names)} через {seconds(files[-1].at - scene.sent_at)}"]
    found.check([Path(name).suffix for name in names] == [".json", ".docx", ".pdf"], "файлы не JSON, DOCX и PDF")
    for name, file in zip(names, files, strict=True):
        (scene.files / "documents" / name).write_bytes(file.data or b"")
    card = await scene.next_message(found)
    found.check(card.button("Подтвердить") is not None, f"нет карточки с кнопкой «Подтвердить»: «{card.text}»")
    found.facts.pop()
    await scene.voice_reply(found, "act")


async def _interruption(scene: Scene, found: Findings) -> None:
    note = await _recorded(recordings.INTERRUPTION)
    scene.about_to_send()
    await scene.chat.send_text(LONG_QUESTION)
    await _until_it_speaks(scene)
    scene.sent_at = monotonic()
    await scene.chat.send_voice(note.ogg)
    old = await scene.turn(0)
    if old is not None:
        whole = len(counting().pcm) / 2 / words.RATE
        found.check(old.interrupted and old.said.seconds < whole, "длинный ответ не прерван")
        found.facts.append(f"счёт вслух ({seconds(whole)}) прерван на {seconds(old.said.seconds)}")
        found.facts.append(f"модель замолчала через {seconds(monotonic() - scene.sent_at)}")
    answered = await scene.voice_reply(found, "interruption", after=1, not_of=counting().transcript)
    if answered.turn is not None:
        found.check(answered.words.startswith("Слышу запись"), f"ответ не на новую запись: «{answered.words}»")
        await _heard(found, note, answered.turn)


async def _stop(scene: Scene, found: Findings) -> None:
    scene.about_to_send()
    await scene.chat.send_text("/stop")
    message = await scene.next_message(found)
    while message.kind == "voice" and scene.model is None:  # the real Gemini had answered before it was interrupted
        scene.replies += 1
        message = await scene.next_message(found)
    report = message.text or ""
    found.check("🛑 Голосовой разговор завершён" in report, f"бот написал: «{report}»")
    counts = {name: re.search(pattern, report) for name, pattern in STATISTICS.items()}
    told = {name: int(count[1].replace(NO_BREAK_SPACE, "")) for name, count in counts.items() if count is not None}
    if not found.check(len(told) == len(STATISTICS), "в статистике нет всех строк"):
        return
    found.facts.append(
        f"по статистике бота вопросов {told['questions']}, ответов {told['answers']}, "
        f"фрагментов звука {told['sent']} туда и {told['received']} обратно"
    )
    found.check(told["answers"] == scene.replies, f"голосовых сообщений пришло {scene.replies}")
    if scene.model is not None:
        counted = {
            "questions": len(scene.model.turns),
            "sent": scene.model.pieces_heard,
            "received": scene.model.pieces_said,
        }
        found.check(told | counted == told, f"у модели насчитано иначе: {counted}")
    found.check(not scene.telegram.problems, f"Telegram стерпел лишнее: {'; '.join(scene.telegram.problems)}")


SCRIPT = (
    Step("команда /voice_chat", _begin),
    Step("голосовое сообщение", _first_note),
    Step("второе голосовое", _second_note),
    Step("фото с подписью", _captioned_photo),
    Step("фото, потом вопрос голосом", _photo_and_note),
    Step("чертёж в PDF", _drawing),
    Step("текст", _text),
    Step("акт скрытых работ: JSON, DOCX, PDF", _act),
    Step("длинный ответ перебит записью", _interruption),
    Step("команда /stop", _stop),
)


async def _recorded(recording: recordings.Recording) -> Note:
    return await asyncio.to_thread(Note.read, recording.path)


async def _ask_aloud(scene: Scene, found: Findings, note: Note, name: str) -> str:
    """The words of the answer."""
    scene.about_to_send()
    await scene.chat.send_voice(note.ogg)
    answered = await scene.voice_reply(found, name)
    if answered.turn is not None:
        await _heard(found, note, answered.turn)
    return answered.words


async def _heard(found: Findings, note: Note, turn: Turn) -> None:
    heard = Recording.from_pcm(turn.heard.pcm, turn.heard.rate)
    await asyncio.to_thread(found.compare_heard, note.sound, heard)


def _saw(found: Findings, turn: Turn, *, texts: tuple[str, ...], most_pixels: int | None = MOST_PIXELS) -> None:
    pictures = turn.heard.pictures
    if not found.check(len(pictures) > 0, "до модели не дошло изображение"):
        return
    shown = ", ".join("{}×{}".format(*picture.size) for picture in pictures)
    found.facts.append(f"модель видела {shown}, {size(sum(len(picture.data) for picture in pictures))}")
    found.check(turn.heard.texts == texts, "текст вопроса дошёл до модели иным")
    if most_pixels is not None:
        found.check(max(max(picture.size) for picture in pictures) <= most_pixels, f"длинная сторона > {most_pixels}")


async def _until_it_speaks(scene: Scene) -> None:
    """Some seconds into the answer; with the real Gemini, when the bot shows that one is being made."""
    try:
        if scene.model is not None:
            await scene.model.spoken(HEARD_BEFORE_INTERRUPTION_S)
        else:
            await scene.chat.wait_until(
                lambda chat: any(at > scene.sent_at for at, _, _ in chat.actions), scene.deadline_s
            )
    except TimeoutError:
        raise StepFailed("модель не начала длинный ответ") from None


def _measured(recording: Recording) -> str:
    pitch = f"{number(recording.pitch_hz, 0)} Гц" if recording.pitch_hz else "голоса не слышно"
    return f"{seconds(recording.seconds)}, {pitch}"


def _memories(recording: Recording) -> list[str]:
    """How the model may put this recording into words later: rounding may fall to either side."""
    hertz = recording.pitch_hz or 0.0
    pitches = {round((hertz + slip) / PITCH_STEP) * PITCH_STEP: None for slip in (0.0, -1.0, 1.0)}
    lengths = {round(recording.seconds + slip): None for slip in (0.0, -0.02, 0.02)}
    return [
        f"Прошлая запись: {' '.join(words.counted(length, words.SECONDS))}, голос {' '.join(words.number(pitch))} герц."
        for length in lengths
        for pitch in pitches
    ]
