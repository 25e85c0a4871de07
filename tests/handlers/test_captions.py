"""The words of one answer, parted among its voice messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.captions import Words, utf16

PIECES = st.lists(st.text(alphabet="аб .,!?1\n👷", max_size=12), max_size=30)


def even(text: str) -> str:
    return " ".join(text.split())


@given(PIECES, st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_every_letter_stands_in_one_caption_and_in_order(texts: list[str], closed: set[int], refused: set[int]) -> None:
    words, captions = Words(), []
    for number, text in enumerate(texts):
        words.add(text)
        if number in closed:
            caption = words.take()
            if number in refused:
                words.give_back(caption)
            else:
                captions.append(caption)
    captions.append(words.left())
    assert "".join("".join(captions).split()) == "".join("".join(texts).split())


@pytest.mark.parametrize(
    ("came", "caption"),
    [
        (("Да. ", "Проверьте шаг", " сетки"), "Да. Проверьте шаг"),
        (("Проверьте шаг сетки.", " Потом"), "Проверьте шаг сетки."),
        (("Проверьте шаг сетки.",), "Проверьте шаг сетки."),
        (("Это СП 63.",), "Это СП"),
        (("Проверь",), ""),
        ((), ""),
    ],
)
def test_a_piece_gets_what_came_up_to_the_end_of_a_sentence(came: tuple[str, ...], caption: str) -> None:
    words = Words()
    for text in came:
        words.add(text)
    assert words.take() == caption


def test_what_one_caption_cannot_hold_goes_to_the_next() -> None:
    words = Words()
    words.add("слово👷 " * 300)
    first, second = words.take(), words.left()
    assert utf16(first) <= 1_024
    assert f"{first} {second}" == even("слово👷 " * 300)
