"""A strict emulator of Telegram's Bot API: what the real server refuses, it refuses in the same words.

    async with TelegramEmulator() as telegram:
        ivan = telegram.private_chat(telegram.person(id=1, first_name="Иван"))
        await ivan.send_text("/start")
        answer = await ivan.next_message()

It knows the wire only and imports nothing of the product. `python -m emulators.telegram` runs it alone, with its page.
"""

from .calls import Call, UploadedFile
from .chat import Chat
from .emulator import TelegramEmulator
from .faults import (
    ConnectionCut,
    CutAt,
    DeliveredButNotTold,
    Fault,
    GarbageUpdates,
    Hang,
    InjectedFault,
    RawAnswer,
    Refusal,
    SlowBody,
    TooManyRequests,
)
from .messages import BotMessage, Button, CallbackAnswer, CallbackQuery, SentMessage
from .people import Person

__all__ = [
    "BotMessage",
    "Button",
    "Call",
    "CallbackAnswer",
    "CallbackQuery",
    "Chat",
    "ConnectionCut",
    "CutAt",
    "DeliveredButNotTold",
    "Fault",
    "GarbageUpdates",
    "Hang",
    "InjectedFault",
    "Person",
    "RawAnswer",
    "Refusal",
    "SentMessage",
    "SlowBody",
    "TelegramEmulator",
    "TooManyRequests",
    "UploadedFile",
]
