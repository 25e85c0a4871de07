"""The chat page in a real browser, against the real emulator; the bot's side is played over its HTTP interface."""

import io
import re
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, async_playwright, expect

from emulators.telegram import TelegramEmulator
from tests.emulators.chat_page_desk import (
    OVERFLOWING,
    SMALL_TARGETS,
    TOKEN,
    Desk,
    decoded,
    jpeg,
    keyboard,
    ogg,
    opened,
    tone_wav,
)

CHROMIUM = shutil.which("chromium")
SPOKEN_SECONDS = 2

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs the chromium program"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    spoken = tmp_path_factory.mktemp("microphone") / "tone.wav"
    spoken.write_bytes(tone_wav(SPOKEN_SECONDS))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={spoken}%noloop",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    async with opened(browser) as desk:
        yield desk
        assert desk.complaints == []


async def test_a_text_goes_out_and_the_answer_appears(desk: Desk) -> None:
    await desk.page.get_by_role("textbox", name="Сообщение").fill("Сколько цемента?")
    await desk.page.keyboard.press("Shift+Enter")
    await desk.page.keyboard.type("На куб.")
    await desk.page.keyboard.press("Enter")
    update = await desk.next_update()
    assert update["message"]["text"] == "Сколько цемента?\nНа куб."
    await expect(desk.message("Сколько цемента?")).to_have_class(re.compile("mine"))
    await desk.say("Триста двадцать.", reply_parameters={"message_id": update["message"]["message_id"]})
    answer = desk.message("Триста двадцать.")
    await expect(answer).not_to_have_class(re.compile("mine"))
    await expect(answer.locator(".quote")).to_contain_text("Сколько цемента? На куб.")


async def test_an_empty_chat_invites_to_begin(desk: Desk) -> None:
    await desk.button("Начать разговор").click()
    assert (await desk.next_update())["message"]["text"] == "/voice_chat"
    await expect(desk.page.locator(".empty")).to_have_count(0)


async def test_a_command_is_chosen_with_the_keyboard_alone(desk: Desk) -> None:
    menu = desk.page.get_by_role("menu", name="Команды бота")
    await desk.button("Команды бота").focus()
    await desk.page.keyboard.press("Enter")
    await expect(menu).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(desk.button("Команды бота")).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    assert (await desk.next_update())["message"]["text"] == "/stop"


async def test_a_recording_arrives_at_the_bot_as_an_ogg_voice_of_its_length(desk: Desk) -> None:
    await desk.button("Записать голосовое").click()
    await expect(desk.page.get_by_role("timer")).to_have_text("0:02")
    await desk.button("Отправить запись").click()
    voice = (await desk.next_update())["message"]["voice"]
    sound = decoded(await desk.download(voice["file_id"]))
    assert sound.codec == "opus"
    assert 1.8 < sound.seconds < 3.2
    assert abs(voice["duration"] - sound.seconds) <= 1
    assert sound.peak > 3000, "the tone is heard"
    await expect(desk.page.locator(".message.mine .player")).to_be_visible()


async def test_a_cancelled_recording_is_not_sent(desk: Desk) -> None:
    await desk.button("Записать голосовое").click()
    await expect(desk.page.get_by_role("timer")).to_have_text("0:01")
    await desk.page.keyboard.press("Escape")
    await expect(desk.button("Записать голосовое")).to_be_focused()
    await desk.page.get_by_role("textbox").fill("только текст")
    await desk.page.keyboard.press("Enter")
    assert (await desk.next_update())["message"]["text"] == "только текст"


async def test_a_refused_microphone_is_explained(desk: Desk) -> None:
    await desk.page.context.clear_permissions()
    await desk.button("Записать голосовое").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("Разрешите микрофон для этой страницы")
    await expect(desk.page.get_by_role("textbox")).to_be_visible()


async def test_a_photo_goes_out_with_its_caption_and_opens_large(desk: Desk) -> None:
    await desk.page.set_input_files(
        "[data-kind=photo]", {"name": "шов.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    await expect(desk.page.get_by_role("list", name="Приложено")).to_contain_text("шов.jpg")
    await desk.page.get_by_role("textbox", name="Подпись").fill("Годится ли шов?")
    await desk.button("Отправить").click()
    message = (await desk.next_update())["message"]
    assert message["caption"] == "Годится ли шов?"
    largest = max(message["photo"], key=lambda size: size["width"])
    assert Image.open(io.BytesIO(await desk.download(largest["file_id"]))).size == (largest["width"], largest["height"])
    await desk.button("Открыть фото").click()
    await expect(desk.page.get_by_role("dialog")).to_contain_text("Годится ли шов?")
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)


async def test_documents_go_both_ways(desk: Desk) -> None:
    await desk.page.set_input_files(
        "[data-kind=document]", {"name": "акт.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1"}
    )
    await desk.button("Отправить").click()
    document = (await desk.next_update())["message"]["document"]
    assert document["file_name"] == "акт.pdf"
    assert await desk.download(document["file_id"]) == b"%PDF-1"
    await desk.call("sendDocument", {"document": ("ответ.docx", b"DOCX")}, chat_id=desk.chat.id, caption="Готово")
    async with desk.page.expect_download() as download:
        await desk.page.get_by_role("link", name="ответ.docx").click()
    saved = await download.value
    assert saved.suggested_filename == "ответ.docx"
    assert (await saved.path()).read_bytes() == b"DOCX"


async def test_a_pressed_button_waits_for_the_answer_and_shows_it(desk: Desk) -> None:
    await desk.say("Идёт разговор", reply_markup=keyboard([("🛑 Завершить разговор", "stop")]))
    key = desk.button("🛑 Завершить разговор")
    await key.click()
    await expect(key).to_have_attribute("aria-busy", "true")
    query = (await desk.next_update())["callback_query"]
    assert query["data"] == "stop"
    await desk.call("answerCallbackQuery", callback_query_id=query["id"], text="Разговор завершён")
    await expect(desk.page.locator(".toast")).to_have_text("Разговор завершён")
    await expect(key).not_to_have_attribute("aria-busy", "true")


async def test_edits_are_shown_in_place_and_deletions_too(desk: Desk) -> None:
    first, second = await desk.say("Черновик"), await desk.say("Второе")
    await expect(desk.message("Второе")).to_be_visible()
    await desk.call("editMessageText", chat_id=desk.chat.id, message_id=first, text="Чистовик")
    await expect(desk.message("Чистовик")).to_contain_text("изменено")
    await expect(desk.page.locator(".message").first).to_contain_text("Чистовик")
    await desk.call("deleteMessage", chat_id=desk.chat.id, message_id=second)
    await expect(desk.page.locator(".message")).to_have_count(1)


async def test_what_the_bot_does_is_said_until_its_message_comes(desk: Desk) -> None:
    await desk.say("Здравствуйте")
    await expect(desk.page.locator("#log")).to_have_attribute("aria-live", "polite")
    await desk.call("sendChatAction", chat_id=desk.chat.id, action="record_voice")
    await expect(desk.page.locator(".action")).to_have_text("записывает голосовое…")
    await expect(desk.page.locator("#status")).to_have_text("записывает голосовое…")
    await desk.say("Вот ответ")
    await expect(desk.page.locator(".action")).to_be_hidden()
    await expect(desk.page.locator("#status")).to_have_text("на связи")


async def test_a_new_answer_sounds_by_itself_and_an_edit_does_not_interrupt_it(desk: Desk) -> None:
    sent = await desk.call(
        "sendVoice", {"voice": ("a.ogg", ogg(3))}, chat_id=desk.chat.id, caption="Начало", duration=3
    )
    player = desk.page.locator(".player")
    await expect(player).to_have_class(re.compile("playing"))
    await expect(player).not_to_have_class(re.compile("unheard"))
    await desk.call("editMessageCaption", chat_id=desk.chat.id, message_id=sent["message_id"], caption="Начало и конец")
    await expect(desk.message("Начало и конец")).to_be_visible()
    await expect(player).to_have_class(re.compile("playing"))
    await expect(player.locator(".time")).to_have_text("0:01")
    await expect(player).not_to_have_class(re.compile("playing"))


async def test_an_answer_is_played_on_demand_at_the_chosen_speed(desk: Desk) -> None:
    await desk.button("Слушать сразу").click()
    await desk.call("sendVoice", {"voice": ("a.ogg", ogg(3))}, chat_id=desk.chat.id, duration=3)
    player = desk.page.locator(".player")
    await expect(player).to_have_class(re.compile("unheard"))
    await expect(player.locator(".bars path").first).to_have_attribute("d", re.compile(r"M0\.5 (?!15\.2)"))
    await player.get_by_role("button", name="Скорость").click()
    await expect(player.locator(".speed")).to_have_text("1,5×")
    await desk.button("Слушать: голосовое сообщение").click()
    await expect(desk.button("Пауза: голосовое сообщение")).to_be_visible()
    await expect(player.locator(".seek")).not_to_have_js_property("value", "0")
    await desk.button("Пауза: голосовое сообщение").click()
    await expect(player).not_to_have_class(re.compile("playing"))


async def test_what_people_and_bots_write_is_never_run_as_html(desk: Desk) -> None:
    evil = "<img src=x onerror=alert(1)><b>жирно</b> 🏗 код"
    entities = [
        {"type": "text_link", "offset": 0, "length": 4, "url": "http://example.org/a"},
        {"type": "bold", "offset": 28, "length": 12},
        {"type": "code", "offset": len(evil.encode("utf-16-le")) // 2 - 3, "length": 3},
    ]
    await desk.say(evil, entities=entities)
    words = desk.page.locator(".words")
    await expect(words).to_contain_text(evil)
    assert await words.locator("img").count() == 0
    await expect(words.locator("strong")).to_have_text("<b>жирно</b>")
    await expect(words.locator("code")).to_have_text("код")
    await expect(words.locator("a")).to_have_attribute("rel", "noopener noreferrer")


async def test_the_content_policy_stops_a_foreign_script_and_a_foreign_address(browser: Browser) -> None:
    async with opened(browser) as desk:
        refused = await desk.page.evaluate(
            """async () => {
                const script = document.createElement("script");
                script.textContent = "globalThis.ran = true";
                document.body.append(script);
                const left = await fetch("http://127.0.0.1:9/").then(() => "left", () => "refused");
                return [globalThis.ran ?? false, left];
            }"""
        )
        assert refused == [False, "refused"]
        assert sum("Content Security Policy" in line for line in desk.complaints) >= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_sticks_out_at_320_pixels_and_every_target_suits_a_glove(browser: Browser, scheme: str) -> None:
    async with opened(browser, 320, 640, color_scheme=scheme) as desk:
        rows = [[("Aoede", "a"), ("Charon", "b"), ("Очень длинная подпись кнопки", "c")], [("Дальше", "d")]]
        await desk.say("слово" * 120, reply_markup=keyboard(*rows))
        await desk.call("sendVoice", {"voice": ("a.ogg", ogg(1))}, chat_id=desk.chat.id, caption="подпись" * 30)
        name = "Исполнительная_схема_армирования_фундаментной_плиты_секция_2.pdf"
        await desk.call("sendDocument", {"document": (name, b"%PDF")}, chat_id=desk.chat.id)
        await desk.chat.send_photo(jpeg(), caption="и фото")
        await expect(desk.page.locator(".message")).to_have_count(4)
        assert await desk.page.evaluate(OVERFLOWING) == []
        assert await desk.page.evaluate(SMALL_TARGETS) == []


async def test_a_text_that_could_not_be_sent_can_be_sent_again(browser: Browser) -> None:
    async with opened(browser) as desk:
        await desk.page.route("**/text", lambda route: route.abort())
        await desk.page.get_by_role("textbox").fill("важное")
        await desk.page.keyboard.press("Enter")
        await expect(desk.page.get_by_role("alert")).to_contain_text("Сообщение не отправлено: нет связи")
        await desk.page.unroute("**/text")
        await desk.button("Повторить").click()
        assert (await desk.next_update())["message"]["text"] == "важное"


async def test_the_page_comes_back_by_itself_when_the_emulator_is_started_again(browser: Browser) -> None:
    async with opened(browser) as desk:
        await desk.say("из прежней жизни")
        await expect(desk.message("из прежней жизни")).to_be_visible()
        port = int(desk.telegram.url.rsplit(":", 1)[1])
        await desk.telegram.__aexit__(None, None, None)
        await expect(desk.page.locator("#status")).to_have_text("нет связи, подключаюсь снова…")
        async with TelegramEmulator(token=TOKEN, port=port) as second:
            chat = second.private_chat(second.person(id=1, first_name="Иван"))
            await chat.send_text("из новой жизни")
            await expect(desk.message("из новой жизни")).to_be_visible(timeout=15_000)
            await expect(desk.message("из прежней жизни")).to_have_count(0)
            await expect(desk.page.locator("#status")).to_have_text("на связи")
