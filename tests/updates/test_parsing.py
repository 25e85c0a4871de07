"""The lane of an update is told from its raw JSON, whatever that holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from tests.updates.mutations import json_values, mutated_updates
from tests.updates.samples import UNKNOWN, press, text
from updates.inbox import RawUpdate, update_id_of
from updates.parsing import NOWHERE, LaneKey, kind_of, lane_key

PERSON = {"id": 7, "is_bot": False, "first_name": "Анна"}
GROUP = {"id": -100, "type": "supergroup", "title": "Объект"}
REPLY_IN_A_GROUP = {"message_id": 1, "chat": GROUP, "from": PERSON, "date": 1, "message_thread_id": 55}
DELETED = {"message_id": 1, "chat": GROUP, "date": 0}

LANES: list[tuple[RawUpdate, LaneKey]] = [
    (text(1, chat=5), LaneKey(5)),
    (text(1, chat=-100, topic=3), LaneKey(-100, 3)),
    ({"update_id": 1, "message": REPLY_IN_A_GROUP}, LaneKey(-100)),
    ({"update_id": 1, "edited_message": REPLY_IN_A_GROUP}, LaneKey(-100)),
    (press(1, chat=5), LaneKey(5)),
    (press(1, chat=-100, topic=3), LaneKey(-100, 3)),
    ({"update_id": 1, "callback_query": {"id": "1", "from": PERSON, "message": DELETED}}, LaneKey(-100)),
    ({"update_id": 1, "callback_query": {"id": "1", "from": PERSON, "inline_message_id": "x"}}, LaneKey(7)),
    ({"update_id": 1, "my_chat_member": {"chat": GROUP, "from": PERSON}}, LaneKey(-100)),
    ({"update_id": 1, "message_reaction": {"chat": GROUP, "user": PERSON}}, LaneKey(-100)),
    ({"update_id": 1, "inline_query": {"id": "1", "from": PERSON, "query": ""}}, LaneKey(7)),
    ({"update_id": 1, "poll_answer": {"poll_id": "1", "user": PERSON}}, LaneKey(7)),
    ({"update_id": 1, "poll": {"id": "1"}}, NOWHERE),
    (UNKNOWN, LaneKey(1)),
    ({"update_id": 1, "message": {"chat": {"id": "5"}}}, NOWHERE),
    ({"update_id": 1, "message": [1]}, NOWHERE),
    ({"update_id": 1}, NOWHERE),
]


@pytest.mark.parametrize(("raw", "key"), LANES)
def test_the_lane_of_an_update(raw: RawUpdate, key: LaneKey) -> None:
    assert lane_key(raw) == key


@given(st.dictionaries(st.text() | st.sampled_from(list(Update.ALL_TYPES)), json_values()) | mutated_updates())
def test_no_json_breaks_what_is_read_before_parsing(raw: RawUpdate) -> None:
    key = lane_key(raw)
    assert isinstance(key.chat, int)
    assert isinstance(key.topic, int | None)
    assert kind_of(raw) in {*Update.ALL_TYPES, "unknown"}
    assert isinstance(update_id_of(raw), int | None)
