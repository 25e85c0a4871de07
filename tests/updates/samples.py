"""Updates as Telegram words them."""

from updates.inbox import RawUpdate


def text(update_id: int, chat: int = 1, words: str = "привет", topic: int | None = None) -> RawUpdate:
    message: dict[str, object] = {
        "message_id": update_id,
        "from": {"id": abs(chat), "is_bot": False, "first_name": "Иван"},
        "chat": {"id": chat, "type": "private", "first_name": "Иван"},
        "date": 1_795_187_000,
        "text": words,
    }
    if topic is not None:
        message |= {"message_thread_id": topic, "is_topic_message": True}
    return {"update_id": update_id, "message": message}


def voice(update_id: int, chat: int = 1) -> RawUpdate:
    note = {"duration": 7, "mime_type": "audio/ogg", "file_id": "AwACAgIAAxkBAAI", "file_unique_id": "AgADxwUAAmY"}
    update = text(update_id, chat)
    message = update["message"]
    assert isinstance(message, dict)
    del message["text"]
    message["voice"] = note
    return update


def press(update_id: int, chat: int = 1, data: str = "stop", topic: int | None = None) -> RawUpdate:
    return {
        "update_id": update_id,
        "callback_query": {
            "id": "1198536345678901234",
            "from": {"id": abs(chat), "is_bot": False, "first_name": "Иван"},
            "message": text(update_id, chat, topic=topic)["message"],
            "chat_instance": "-4711",
            "data": data,
        },
    }


UNREADABLE: RawUpdate = {"update_id": 13, "message": {"message_id": "x", "voice": {}}}
UNKNOWN: RawUpdate = {"update_id": 14, "stopped_message_generation": {"chat": {"id": 1}}}
