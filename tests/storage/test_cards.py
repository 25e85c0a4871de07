"""Cards with buttons, projects and confirmed addresses, across processes."""

import pytest

from storage.cards import Cards, SavedCard, new_token
from storage.conversations import Place
from storage.database import Database
from storage.profiles import Addresses, Profiles

PLACE = Place(-5, 7)


def card(token: str = "token", *, once: bool = True) -> SavedCard:
    body = {"title": "Заливаем?", "lines": [], "buttons": [["Да", "yes"]]}
    return SavedCard(token, PLACE, 1, "show_card", body, {"volume": "3 куба"}, once)


@pytest.fixture
def cards(database: Database) -> Cards:
    return Cards(database, 42)


async def test_a_card_is_found_as_it_was_kept_and_knows_its_message(cards: Cards) -> None:
    await cards.add(card())
    await cards.shown("token", 1001)
    found = await cards.find("token")
    assert found is not None
    assert (found.place, found.data, found.message) == (PLACE, {"volume": "3 куба"}, 1001)
    assert await cards.find("another") is None


async def test_only_the_first_press_answers_also_when_it_comes_again(cards: Cards) -> None:
    await cards.add(card())
    assert await cards.answer("token", "press 1")
    assert not await cards.answer("token", "press 2")
    assert await cards.answer("token", "press 1")
    await cards.reopen("token")
    assert await cards.answer("token", "press 2")


async def test_another_bot_has_cards_and_projects_of_its_own(database: Database, cards: Cards) -> None:
    await cards.add(card())
    assert await Cards(database, 43).find("token") is None
    await Profiles(database, 42).save(PLACE, "{}")
    assert await Profiles(database, 43).load(PLACE) is None


async def test_a_project_belongs_to_its_chat_and_topic(database: Database) -> None:
    profiles = Profiles(database, 42)
    await profiles.save(PLACE, '{"a": 1}')
    await profiles.save(PLACE, '{"a": 2}')
    assert await profiles.load(PLACE) == '{"a": 2}'
    assert await profiles.load(Place(-5)) is None


async def test_an_address_is_confirmed_by_one_person_in_any_case(database: Database) -> None:
    addresses = Addresses(database, 42)
    assert not await addresses.is_confirmed(1, "a@b.ru")
    await addresses.confirm(1, "A@b.ru")
    await addresses.confirm(1, "a@b.ru")
    assert await addresses.is_confirmed(1, "a@B.ru")
    assert not await addresses.is_confirmed(2, "a@b.ru")


def test_tokens_fit_into_a_button_and_do_not_repeat() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert max(len(f"voice_assistant:card:{token}:11") for token in tokens) <= 64
