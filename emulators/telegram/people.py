"""Who there is, and how the wire shows them."""

from dataclasses import dataclass

from .wire import Json, present, words


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram account; its private chat with the bot has the same id."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def to_wire(self) -> Json:
        return present(
            id=self.id,
            is_bot=self.is_bot,
            first_name=self.first_name,
            last_name=self.last_name,
            username=self.username,
            language_code=self.language_code,
        )


GROUP_ANONYMOUS_BOT = Person(id=1087968824, first_name="Group", username="GroupAnonymousBot", is_bot=True)
"""Who messages of anonymous administrators are from."""

_RIGHTS_OF_ADMINISTRATORS = words(
    "can_manage_chat can_change_info can_delete_messages can_invite_users can_restrict_members can_pin_messages "
    "can_manage_topics can_promote_members can_manage_video_chats can_post_stories can_edit_stories "
    "can_delete_stories is_anonymous can_manage_voice_chats"
)


def member_to_wire(user: Json, status: str) -> Json:
    """A ChatMember; `status` is `administrator`, `member`, `left` or `kicked`."""
    member: Json = {"user": user, "status": status}
    if status == "administrator":
        member |= {"can_be_edited": False} | dict.fromkeys(_RIGHTS_OF_ADMINISTRATORS, True) | {"is_anonymous": False}
    if status == "kicked":
        member["until_date"] = 0
    return member
