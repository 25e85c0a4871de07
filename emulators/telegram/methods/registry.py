"""The methods by name, with the parameters that each has."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from emulators.telegram.arguments import Arguments
from emulators.telegram.world import World

Handler = Callable[[World, Arguments], Coroutine[Any, Any, Any]]

OF_SENDING = (
    "business_connection_id chat_id message_thread_id direct_messages_topic_id disable_notification protect_content "
    "allow_paid_broadcast message_effect_id suggested_post_parameters reply_parameters reply_markup "
    "reply_to_message_id allow_sending_without_reply"
)
"""Parameters that all methods that send a message have, the last two from before `reply_parameters`."""
OF_CAPTIONS = "caption parse_mode caption_entities"


@dataclass(frozen=True, slots=True)
class Method:
    """`waits`: the work is given up when the client hangs up; else it is done to the end."""

    name: str
    handler: Handler
    parameters: frozenset[str]
    waits: bool = False


METHODS: dict[str, Method] = {}
"""By name in small letters: the server does not mind the case."""


def method(name: str, *parameters: str, waits: bool = False) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, handler, frozenset(" ".join(parameters).split()), waits)
        return handler

    return register
