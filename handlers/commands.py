"""The commands that open and end a conversation, and the button that does the same."""

from functools import partial

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from errors import AssistantError
from handlers.desk import DESK, Context, Desk, desk_of, key_of, language_of_user, place_of
from handlers.report import report
from handlers.sending import Place
from prompts.texts import text
from usage import Statistics
from voice_assistant import ChatKey, Farewell, Opener

STOP = "voice_assistant:stop"
START = "voice_assistant:start"
"""Callback data of the two buttons."""
GONE = (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)


async def start(update: Update, context: Context) -> None:
    await _offer(update, context, "start.hello")


async def no_conversation(update: Update, context: Context) -> None:
    """A message that could be a question, in a chat where no conversation is open."""
    message = update.effective_message
    if message is not None and message.chat.type == ChatType.PRIVATE:
        await _offer(update, context, "voice_chat.none")


async def voice_chat(update: Update, context: Context) -> None:
    if update.effective_message is not None:
        await _start(desk_of(context), update, update.effective_message)


async def start_button(update: Update, context: Context) -> None:
    desk = desk_of(context)
    query = update.callback_query
    assert query is not None
    desk.sender.start(partial(desk.sender.answer_button, query.id), "button")
    if isinstance(query.message, Message):
        await _start(desk, update, query.message)


async def stop(update: Update, context: Context) -> None:
    """`/stop` and `/cancel`: neither waits for anything."""
    if update.effective_message is not None:
        await _stop(desk_of(context), update, update.effective_message)


async def stop_button(update: Update, context: Context) -> None:
    desk = desk_of(context)
    query = update.callback_query
    assert query is not None
    desk.sender.start(partial(desk.sender.answer_button, query.id), "button")  # what it stops does not wait for that
    if isinstance(query.message, Message):
        await _stop(desk, update, query.message)


async def voice_help(update: Update, context: Context) -> None:
    message, desk = update.effective_message, desk_of(context)
    if message is not None and await admitted(desk, update, message):
        minutes = f"{desk.services.rules.voice_max_minutes:g}"
        await desk.say(place_of(message), text("help.text", language_of_user(update), minutes=minutes))


async def admitted(desk: Desk, update: Update, message: Message) -> bool:
    """Whether the operator lets this person in; he is told if not, but a group is not bothered with it."""
    user = update.effective_user
    if desk.services.rules.allow(user.id if user else None):
        return True
    if message.chat.type == ChatType.PRIVATE and user is not None:
        await desk.say(place_of(message), text("access.denied", language_of_user(update), user=user.id))
    return False


async def let_in(desk: Desk, query: CallbackQuery, language: str) -> bool:
    """The same for a button. In a group strangers see the buttons, too; only who presses one is told."""
    user = query.from_user.id
    if desk.services.rules.allow(user):
        return True
    await desk.answer_button(query.id, text("access.denied", language, user=user))
    return False


async def _offer(update: Update, context: Context, key: str) -> None:
    message, desk, language = update.effective_message, desk_of(context), language_of_user(update)
    if message is not None and await admitted(desk, update, message):
        await desk.say(place_of(message), text(key, language), [[(text("start.button", language), START)]])


async def _start(desk: Desk, update: Update, message: Message) -> None:
    user = update.effective_user
    if user is None or not await admitted(desk, update, message):
        return
    key, place, language = key_of(message), place_of(message), language_of_user(update)
    opener = Opener(user.id, user.full_name, language)

    stop_row = [[(text("stop.button", language), STOP)]]
    try:
        opened = await desk.assistant.start(key, opener, farewell(desk, key, opener), desk.client(key))
    except AssistantError as error:
        await desk.tell(error, place, language)
        return
    if opened:
        words = text("voice_chat.started", language)
        if message.chat.type != ChatType.PRIVATE:
            words += "\n\n" + text("voice_chat.group", language, name=user.full_name)
        await desk.say(place, words, stop_row)
        return
    holder = desk.assistant.opener(key)
    if holder is not None and holder.user != user.id:
        await desk.say(place, text("voice_chat.other_owner", language, name=holder.name))
    else:
        await desk.say(place, text("voice_chat.already", language), stop_row)


def farewell(desk: Desk, key: ChatKey, opener: Opener) -> Farewell:
    """What is said when this conversation ends by itself."""
    rules, language = desk.services.rules, opener.language

    async def say(statistics: Statistics, time_is_up: bool) -> None:
        minutes = f"{rules.session_max_minutes:g}"
        why = text("stop.time_is_up", language, minutes=minutes) if time_is_up else text("error.unexpected", language)
        await desk.say(Place(key.chat, key.topic), f"{why}\n\n{report(statistics, rules.model, language)}")

    return say


async def _stop(desk: Desk, update: Update, message: Message) -> None:
    key, place, language = key_of(message), place_of(message), language_of_user(update)
    opener, user = desk.assistant.opener(key), update.effective_user
    if opener is not None and user is not None and await desk.may_stop(message, user, opener):
        statistics = await desk.assistant.stop(key)
        if statistics is not None:
            await desk.say(place, report(statistics, desk.services.rules.model, opener.language))
    elif await admitted(desk, update, message):
        await desk.say(place, text("stop.nothing" if opener is None else "stop.not_yours", language))


async def membership(update: Update, context: Context) -> None:
    """The bot was blocked, or thrown out of a group: nobody is there to talk to."""
    changed, desk = update.my_chat_member, context.bot_data.get(DESK)
    if changed is not None and desk is not None and changed.new_chat_member.status in GONE:
        desk.assistant.abandon(changed.chat.id)


async def restore(desk: Desk) -> int:
    """Go on with the conversations that the last process left open, how many, and end those of people who may no
    longer have one. Raises `errors.StorageError`."""
    ended: list[ChatKey] = []

    def farewell_of(key: ChatKey, opener: Opener) -> Farewell:
        if not desk.services.rules.allow(opener.user):
            ended.append(key)
        return farewell(desk, key, opener)

    restored = await desk.assistant.restore(farewell_of, desk.client)
    for key in ended:
        await desk.assistant.stop(key)
    return restored - len(ended)
