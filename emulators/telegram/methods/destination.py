"""Where a message goes: the chat, the topic, the message answered, the keyboard; all that refuses it on the way."""

from dataclasses import dataclass
from typing import Any

from emulators.telegram.arguments import Arguments
from emulators.telegram.chat import Chat
from emulators.telegram.messages import BotMessage
from emulators.telegram.wire import Json, bad_request, forbidden, words
from emulators.telegram.world import World

MAX_CALLBACK_DATA_BYTES = 64
_OTHER_BUTTONS = words(
    "callback_game pay switch_inline_query switch_inline_query_chosen_chat switch_inline_query_current_chat "
    "login_url web_app copy_text"
)


@dataclass(frozen=True, slots=True)
class Destination:
    world: World
    chat: Chat
    thread: int | None
    reply_to: int | None
    markup: Json | None
    silent: bool

    def post(self, content: Json, data: bytes | None = None, name: str = "", mime: str = "") -> Json:
        """Put the bot's message into the chat; its JSON object is the answer to the call. `name` and `mime` are those
        of the upload."""
        wire = self.chat.place(self.world.bot.to_wire(), self.thread, self.reply_to) | content
        if self.markup and "inline_keyboard" in self.markup:
            wire["reply_markup"] = self.markup
        message = BotMessage(
            wire,
            self.world.clock.now(),
            data,
            silent=self.silent,
            keyboard=self.markup,
            uploaded_name=name or None,
            uploaded_mime=mime or None,
        )
        self.chat.note("message", message)
        return wire


def destination(world: World, arguments: Arguments) -> Destination:
    reply_to, may_be_missing = _reply(arguments)
    markup = reply_markup(arguments)
    chat = open_chat(world, arguments)
    thread = topic(chat, arguments)
    if reply_to is not None and (reply_to not in chat.history or chat.history[reply_to].deleted):
        if not may_be_missing:
            raise bad_request("message to be replied not found")
        reply_to = None
    if chat.blocked:
        _refuse_blocked(chat)
    if markup:
        check_buttons(markup, chat)
    return Destination(world, chat, thread, reply_to, markup, arguments.boolean("disable_notification"))


def open_chat(world: World, arguments: Arguments) -> Chat:
    return world.chat(arguments.text("chat_id"))


def writable_chat(world: World, arguments: Arguments) -> Chat:
    chat = open_chat(world, arguments)
    if chat.blocked:
        _refuse_blocked(chat)
    return chat


def topic(chat: Chat, arguments: Arguments) -> int | None:
    """`None` outside of topics; 1 is the General topic, whose messages carry no thread."""
    thread = max(arguments.integer("message_thread_id"), 0)
    if thread in (0, 1) and (chat.forum or not thread):
        return None
    if thread not in chat.topics:
        raise bad_request("message thread not found")
    return thread


def reply_markup(arguments: Arguments) -> Json | None:
    value = arguments.json("reply_markup", "can't parse reply keyboard markup JSON object")
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    rows = value.get("inline_keyboard")
    if rows is not None:
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        for row in rows:
            for button in row:
                _check_form(button)
        value["inline_keyboard"] = [row for row in rows if row]
        if not value["inline_keyboard"]:
            return None
    keyboard = value.get("keyboard")
    if keyboard is not None and not (isinstance(keyboard, list) and all(isinstance(row, list) for row in keyboard)):
        raise bad_request('field "keyboard" must be an Array of Arrays')
    return value


def check_buttons(markup: Json, chat: Chat) -> None:
    """What the server behind the server refuses."""
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            if len(button.get("callback_data", "").encode()) > MAX_CALLBACK_DATA_BYTES:
                raise bad_request("BUTTON_DATA_INVALID")
            if "web_app" in button and chat.type != "private":
                raise bad_request("BUTTON_TYPE_INVALID")


def _check_form(button: Any) -> None:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(prefix + 'Can\'t find field "text"')
    for name in ("url", "callback_data"):
        if not isinstance(button.get(name, ""), str):
            raise bad_request(prefix + f'Field "{name}" must be of type String')
    if not (button.get("url") or button.get("callback_data") or any(name in button for name in _OTHER_BUTTONS)):
        raise bad_request(prefix + "Text buttons are unallowed in the inline keyboard")
    if not button["text"]:
        raise bad_request("inline keyboard button text must be non-empty")


def _reply(arguments: Arguments) -> tuple[int | None, bool]:
    """The message answered, and whether it may be missing."""
    if "reply_parameters" not in arguments.values:
        reply_to = arguments.integer("reply_to_message_id")
        return (reply_to if reply_to > 0 else None), arguments.boolean("allow_sending_without_reply")
    value = arguments.json("reply_parameters", "can't parse reply parameters JSON object")
    if value is None or value == {}:
        return None, False
    if not isinstance(value, dict):
        raise bad_request("object expected as reply parameters")
    if not isinstance(value.get("message_id"), int):
        raise bad_request('can\'t find field "message_id"')
    return value["message_id"], bool(value.get("allow_sending_without_reply"))


def _refuse_blocked(chat: Chat) -> None:
    if chat.type == "private":
        raise forbidden("bot was blocked by the user")
    raise forbidden(f"bot was kicked from the {chat.type} chat")
