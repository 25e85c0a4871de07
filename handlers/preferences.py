"""`/voice` and `/noise`: how the assistant sounds, and how it hears."""

import shutil

from telegram import Message, Update

from handlers.commands import admitted, let_in
from handlers.desk import Context, Desk, desk_of, key_of, language_of_user, place_of
from handlers.sending import Buttons
from prompts.texts import sentences, text
from voice_assistant import ChatKey

VOICES = ("Aoede", "Charon", "Fenrir", "Kore", "Puck")
CHOOSE = "voice_assistant:voice:"
SAMPLE = "voice_assistant:sample:"


async def voice(update: Update, context: Context) -> None:
    message, desk, language = update.effective_message, desk_of(context), language_of_user(update)
    if message is not None and await admitted(desk, update, message):
        now = desk.assistant.voice(key_of(message))
        await desk.say(place_of(message), _card(now, language), _keyboard(now, language))


async def voice_button(update: Update, context: Context) -> None:
    """A voice was chosen: its card is edited in place."""
    desk, language = desk_of(context), language_of_user(update)
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    name = query.data.removeprefix(CHOOSE)
    if not await let_in(desk, query, language):
        return
    if not isinstance(query.message, Message) or name not in VOICES:
        await desk.answer_button(query.id, text("unsupported.button", language))
        return
    if not _may_change(desk, key_of(query.message), update):
        await desk.answer_button(query.id, text("voice.not_yours", language))
        return
    await desk.assistant.choose_voice(key_of(query.message), name)
    await desk.answer_button(query.id, text("voice.chosen", language, name=name))
    place = place_of(query.message)
    await desk.sender.edit_text(place, query.message.message_id, _card(name, language), _keyboard(name, language))


async def sample_button(update: Update, context: Context) -> None:
    """Hear a voice say one sentence."""
    desk, language = desk_of(context), language_of_user(update)
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    name = query.data.removeprefix(SAMPLE)
    if not await let_in(desk, query, language):
        return
    if not isinstance(query.message, Message) or name not in VOICES:
        await desk.answer_button(query.id, text("unsupported.button", language))
        return
    await desk.answer_button(query.id)
    await desk.samples.send(place_of(query.message), name, describe(name, language), language)


async def noise(update: Update, context: Context) -> None:
    message, desk, language = update.effective_message, desk_of(context), language_of_user(update)
    if message is None or not await admitted(desk, update, message):
        return
    chat = key_of(message)
    on = not desk.assistant.cleans_noise(chat)
    if not _may_change(desk, chat, update):
        key = "noise.not_yours"
    elif on and shutil.which("ffmpeg") is None:
        key = "noise.no_ffmpeg"
    else:
        await desk.assistant.clean_noise(chat, on=on)
        key = "noise.on" if on else "noise.off"
    await desk.say(place_of(message), text(key, language))


def _may_change(desk: Desk, key: ChatKey, update: Update) -> bool:
    """How an open conversation sounds and hears is for whoever opened it."""
    opener, user = desk.assistant.opener(key), update.effective_user
    return opener is None or (user is not None and user.id == opener.user)


def describe(name: str, language: str) -> str:
    return sentences(language).get(f"voice.{name}", text("voice.other", language))


def _card(now: str, language: str) -> str:
    lines = [f"• {name} — {describe(name, language)}" for name in VOICES]
    return "\n".join([text("voice.choose", language, name=now), *lines])


def _keyboard(now: str, language: str) -> Buttons:
    return [
        [
            (f"✅ {name}" if name == now else name, f"{CHOOSE}{name}"),
            (text("voice.sample", language, name=name), f"{SAMPLE}{name}"),
        ]
        for name in VOICES
    ]
