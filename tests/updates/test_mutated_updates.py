"""No update, however broken, stops the line from the inbox to the handlers."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Bot, Update

from tests.updates.desk import Desk, WatchedInbox, line
from tests.updates.mutations import mutated_updates
from tests.updates.samples import text
from tests.volume import examples
from updates.inbox import RawUpdate, Receipt

BOT = Bot("42:TEST-TOKEN")


async def read_all_of_it(update: Update, _: Receipt) -> None:
    """What handlers do with an update, without asking first whether that works."""
    if message := update.effective_message:
        message.date.timestamp()
        (message.text or "").startswith("/")
    if update.effective_user:
        update.effective_user.full_name.lower()
    update.to_json()


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(mutated_updates(), min_size=1, max_size=4))
def test_mutated_updates_never_stop_the_line(broken: list[RawUpdate]) -> None:
    async def play() -> WatchedInbox:
        inbox = WatchedInbox()
        async with asyncio.timeout(20), line(BOT, inbox, Desk(read_all_of_it)):
            await inbox.accept([update | {"update_id": number} for number, update in enumerate(broken)])
            await inbox.accept([text(100), text(101, chat=2)])
            await inbox.until_ended(*range(len(broken)), 100, 101)
        return inbox

    inbox = asyncio.run(play())
    assert inbox.ended[100] == inbox.ended[101] == "told"
    assert len(inbox.ended) == len(broken) + 2
