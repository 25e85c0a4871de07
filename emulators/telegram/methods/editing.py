"""Editing and deleting messages, answering buttons, reactions, chat actions, drafts."""

from typing import Any

from emulators.telegram.arguments import Arguments
from emulators.telegram.chat import Chat
from emulators.telegram.formatting import formatted, message_caption, message_text
from emulators.telegram.messages import BotMessage, CallbackAnswer, Edit, Message
from emulators.telegram.wire import Json, bad_request, utf16_length, words
from emulators.telegram.world import World

from .destination import check_buttons, open_chat, reply_markup, topic, writable_chat
from .registry import OF_CAPTIONS, method

_WHERE = "business_connection_id chat_id message_id inline_message_id reply_markup"
_TWO_DAYS_S = 48 * 60 * 60
_MAX_CALLBACK_TEXT = 200
_CAPTIONED = frozenset(("voice", "audio", "photo", "document", "video"))
ACTIONS = frozenset(
    words(
        "typing record_video upload_video record_audio record_voice upload_audio upload_voice upload_photo "
        "upload_document choose_sticker pick_up_location find_location record_video_note upload_video_note cancel"
    )
)
REACTIONS = frozenset(
    words(
        "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 "
        "❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 "
        "😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ "
        "😡"
    )
)


@method("editMessageText", "text parse_mode entities link_preview_options disable_web_page_preview", _WHERE)
async def edit_message_text(world: World, arguments: Arguments) -> Json:
    content = message_text(arguments)
    return _edit(world, arguments, content, kinds=frozenset(("text",)), lacking="text")


@method("editMessageCaption", "show_caption_above_media", OF_CAPTIONS, _WHERE)
async def edit_message_caption(world: World, arguments: Arguments) -> Json:
    content = message_caption(arguments)
    return _edit(world, arguments, content, kinds=_CAPTIONED, lacking="caption")


@method("editMessageReplyMarkup", _WHERE)
async def edit_message_reply_markup(world: World, arguments: Arguments) -> Json:
    return _edit(world, arguments, None)


@method("deleteMessage", "chat_id message_id")
async def delete_message(world: World, arguments: Arguments) -> bool:
    if not arguments.text("chat_id"):
        raise bad_request("chat identifier is not specified")
    if arguments.integer("message_id") <= 0:
        raise bad_request("message identifier is not specified")
    chat = open_chat(world, arguments)
    message = _find(chat, arguments.integer("message_id"), "message to delete")
    _delete(world, chat, message)
    return True


@method("deleteMessages", "chat_id message_ids")
async def delete_messages(world: World, arguments: Arguments) -> bool:
    """Ids that are not there are passed over."""
    ids = arguments.json("message_ids", "can't parse message identifiers JSON object") or []
    if not isinstance(ids, list):
        raise bad_request("expected an Array of message identifiers")
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    chat = open_chat(world, arguments)
    for message_id in ids:
        message = chat.history.get(message_id)
        if message is not None and not message.deleted:
            _delete(world, chat, message)
    return True


@method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
async def answer_callback_query(world: World, arguments: Arguments) -> bool:
    query = world.answer_callback(arguments.text("callback_query_id"))
    if utf16_length(arguments.text("text")) > _MAX_CALLBACK_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    text, url = arguments.text("text") or None, arguments.text("url") or None
    query.answered = CallbackAnswer(text, arguments.boolean("show_alert"), url)
    said = {"text": text or "", "show_alert": query.answered.show_alert, "data": query.data}
    world.chats[query.chat_id].note("callback_answer", said)
    return True


@method("setMessageReaction", "chat_id message_id reaction is_big")
async def set_message_reaction(world: World, arguments: Arguments) -> bool:
    wanted = arguments.json("reaction", "can't parse reaction types JSON object") or []
    if not isinstance(wanted, list):
        raise bad_request("expected an Array of ReactionType")
    emoji = [_emoji(item) for item in wanted]
    chat = writable_chat(world, arguments)
    message = _find(chat, arguments.integer("message_id"), "message to react")
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if not REACTIONS.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    message.reactions = emoji
    world.changes.tell()
    return True


@method("sendChatAction", "business_connection_id chat_id message_thread_id action")
async def send_chat_action(world: World, arguments: Arguments) -> bool:
    action = arguments.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(world, arguments)
    thread = topic(chat, arguments)
    chat.actions.append((world.clock.now(), action, thread))
    chat.note("action", {"action": action})
    return True


@method("sendMessageDraft", "chat_id message_thread_id draft_id text parse_mode entities")
async def send_message_draft(world: World, arguments: Arguments) -> bool:
    text, _ = formatted(arguments.text("text"), arguments.text("parse_mode"), arguments.objects("entities"))
    chat = writable_chat(world, arguments)
    if chat.type != "private":
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    if arguments.integer("draft_id") == 0:
        raise bad_request("RANDOM_ID_INVALID")
    chat.note("action", {"action": "draft", "text": text})
    return True


def _edit(
    world: World,
    arguments: Arguments,
    content: Json | None,
    kinds: frozenset[str] | None = None,
    lacking: str = "",
) -> Json:
    """Without `content` only the keyboard changes. A keyboard that is not given is taken away."""
    markup = reply_markup(arguments)
    if not arguments.text("chat_id") and not arguments.text("message_id"):
        raise bad_request("message identifier is not specified")
    chat = open_chat(world, arguments)
    message = _find(chat, arguments.integer("message_id"), "message to edit")
    if not isinstance(message, BotMessage):
        raise bad_request("message can't be edited")
    if kinds is not None and message.kind not in kinds:
        raise bad_request(f"there is no {lacking} in the message to edit")
    if markup is not None:
        if "inline_keyboard" not in markup:
            raise bad_request("inline keyboard expected")
        check_buttons(markup, chat)
    replaced = ("reply_markup", *(("text", "entities", "caption", "caption_entities") if content is not None else ()))
    kept = {name: value for name, value in message.wire.items() if name not in replaced}
    wire = kept | (content or {}) | ({"reply_markup": markup} if markup else {})
    if wire == message.wire:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    message.edits.append(Edit(world.clock.now(), message.text, message.caption, message.buttons))
    message.wire = wire | {"edit_date": world.clock.date()}
    message.keyboard = markup
    chat.note("edit", message)
    return message.wire


def _find(chat: Chat, message_id: int, role: str) -> Message:
    message = chat.history.get(message_id)
    if message is None or message.deleted:
        raise bad_request(f"{role} not found")
    return message


def _delete(world: World, chat: Chat, message: Message) -> None:
    ours = isinstance(message, BotMessage)
    if not ours and chat.type != "private":
        raise bad_request("message can't be deleted")
    if world.clock.now() - message.at > _TWO_DAYS_S:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    chat.note("delete", message)


def _emoji(item: Any) -> str:
    if not isinstance(item, dict):
        raise bad_request("can't parse ReactionType: Object expected")
    if item.get("type") != "emoji":
        raise bad_request("can't parse ReactionType: invalid reaction type specified")
    return str(item.get("emoji", ""))
