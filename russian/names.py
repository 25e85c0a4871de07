"""Names of persons: found in any order and case, made surname and initials, compared with one another.

A surname is brought to the nominative where pymorphy3 knows how, else kept as given. One that reads two ways
(Иванова: she, or of Иванов) keeps both; the given name or the patronymic decides where there is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from russian.lookalikes import lower
from russian.marks import heard
from russian.morphology import is_known, nominative, readings
from russian.words import Word, listed, split

_GENDERS = ("masc", "femn")
_INITIALS = 2
_NO_SURNAMES = frozenset(listed("нет да акт лист ось оси план дом мост бор лес проект схема"))


@dataclass(frozen=True, slots=True)
class Person:
    surname: str
    """As it will be printed."""
    initials: tuple[str, ...] = ()
    """Upper case letters, of the given name and the patronymic; fewer where fewer were said."""
    surnames: frozenset[str] = frozenset()
    """Every nominative that the surname as given may be, lower case with е for ё."""
    start: int = 0
    end: int = 0

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    def __str__(self) -> str:
        return " ".join((self.surname, *(f"{letter}." for letter in self.initials)))


def find(text: str) -> tuple[Person, ...]:
    """Persons of a text, in order. A surname alone counts when the dictionary knows it as one."""
    words = split(text)
    found: list[Person] = []
    at = 0
    while at < len(words):
        person, until = _read(words, at)
        if person:
            found.append(person)
        at = max(until, at + 1)
    return tuple(found)


def parse(text: str) -> Person | None:
    """The person that a whole field names: «Иванов Иван Иванович», «И. И. Иванов», «Иванову И.И.»; else None.

    Here a surname need not be in the dictionary.
    """
    words = tuple(word for word in split(text) if word.key != ".")
    if not words or not all(word.is_letters or word.key == "-" for word in words):
        return None
    rows = [row for row in (_grouped(words)) if row]
    if not 1 <= len(rows) <= 3:
        return None
    surname = _surname_row(rows)
    if surname is None:
        return None
    others = [row for row in rows if row is not surname]
    return _person(surname, others, words[0].start, words[-1].end)


def same(one: Person, other: Person) -> bool:
    """A surname in common, and initials that agree as far as both have them."""
    return bool(one.surnames & other.surnames) and all(
        lower(mine) == lower(yours) for mine, yours in zip(one.initials, other.initials, strict=False)
    )


def surnames(word: str) -> frozenset[str]:
    """All nominatives of a surname in any case; the word itself among them."""
    parts = [_nominatives(part) for part in lower(word).split("-")]
    if len(parts) == 1:
        return parts[0]
    return frozenset({"-".join(max(part, key=len) for part in parts), lower(word)})


def is_surname(word: str) -> bool:
    """The dictionary, or its guess by the ending, reads it as a surname before anything else."""
    return len(word) > 3 and lower(word) not in _NO_SURNAMES and "Surn" in readings(lower(word))[0].grammemes


def may_be_surname(word: str) -> bool:
    """Some reading is a surname, or the dictionary does not have the word."""
    return not is_known(lower(word)) or any("Surn" in one.grammemes for one in readings(lower(word)))


def is_given_name(word: str) -> bool:
    return len(word) > 2 and "Name" in readings(lower(word))[0].grammemes


def is_patronymic(word: str) -> bool:
    return "Patr" in readings(lower(word))[0].grammemes


def _read(words: tuple[Word, ...], at: int) -> tuple[Person | None, int]:
    """The person whose words begin at `at`, and the place behind; a surname with what stands on either side of it."""
    before, place = _given(words, at)
    if place < len(words) and words[place].is_letters and _looks_like_a_surname(words, place, bool(before)):
        surname_at, place = place, place + 1
        if place + 1 < len(words) and words[place].key == "-" and words[place].glued and words[place + 1].is_letters:
            place += 2
        after: list[tuple[Word, ...]] = []
        if not before:
            after, place = _given(words, place)
        row = words[surname_at : surname_at + 1] if place == surname_at + 1 else words[surname_at:place]
        surname = tuple(word for word in row if word in _own(row, after))
        return _person(surname, before or after, words[at].start, words[place - 1].end), place
    return None, at + 1


def _own(row: tuple[Word, ...], after: list[tuple[Word, ...]]) -> tuple[Word, ...]:
    taken = {word for given in after for word in given}
    return tuple(word for word in row if word not in taken and word.key != ".")


def _looks_like_a_surname(words: tuple[Word, ...], at: int, has_given: bool) -> bool:
    word = words[at]
    if is_surname(word.text):
        return True
    given, _ = _given(words, at + 1)
    capital = word.text[0].isupper() and len(word.text) > 2 and not is_given_name(word.text)
    return capital and (has_given or bool(given)) and not word.text.isupper()


def _given(words: tuple[Word, ...], at: int) -> tuple[list[tuple[Word, ...]], int]:
    """A given name and a patronymic, written or as initials, from `at` on; letters may be spoken: «пэ пэ»."""
    rows: list[tuple[Word, ...]] = []
    while at < len(words) and len(rows) < _INITIALS:
        word = words[at]
        if not word.is_letters:
            break
        dotted = at + 1 < len(words) and words[at + 1].key == "."
        full = is_given_name(word.text) if not rows else is_patronymic(word.text)
        glued = at + 1 < len(words) and words[at + 1].glued and not words[at + 1].is_sign  # the А of А500С
        initial = len(word.text) == 1 and not glued and (dotted or word.text.isupper() or bool(rows))
        if not (full or initial or (_spoken_letter(word) and _is_spoken_pair(words, at, rows))):
            break
        rows.append((word,))
        at += 1 + dotted
    return rows, at


def _is_spoken_pair(words: tuple[Word, ...], at: int, rows: list[tuple[Word, ...]]) -> bool:
    """Initials by their names come in twos and no number behind them: «петров пэ эн», not «раздел ка жэ один»."""
    if rows:
        return True
    return at + 1 < len(words) and _spoken_letter(words[at + 1]) is not None


def _spoken_letter(word: Word) -> str | None:
    if len(word.key) > 2 or not word.is_letters:
        return None
    return next((letter for letter in "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ" if word.key in heard(letter)), None)


def _grouped(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """Words, those joined by a dash as one row."""
    row: tuple[Word, ...] = ()
    for word in words:
        joins = word.key == "-" or (bool(row) and row[-1].key == "-")
        if row and not joins:
            yield row
            row = ()
        row = (*row, word)
    yield row


def _surname_row(rows: list[tuple[Word, ...]]) -> tuple[Word, ...] | None:
    """The surname; None when the rest is no name: «прораб Васильев» is more than a person."""
    long = [row for row in rows if len(row[0].text) > 1 and not is_patronymic(row[0].text)]
    chosen = [row for row in long if is_surname(row[-1].text)] or [
        row for row in long if not is_given_name(row[0].text)
    ]
    chosen = chosen or (long if len(long) > 1 or any(len(row[0].text) == 1 for row in rows) else [])
    if not chosen:
        return None
    others = [row[0] for row in rows if row is not chosen[0]]
    if not all(len(word.text) == 1 or is_given_name(word.text) or is_patronymic(word.text) for word in others):
        return None
    if not others and not may_be_surname(chosen[0][-1].text):
        return None
    return chosen[0]


def _person(surname: tuple[Word, ...], given: list[tuple[Word, ...]], start: int, end: int) -> Person:
    text = "".join(word.text for word in surname)
    gender = next((sex for row in given if (sex := _gender(row[0].text))), None)
    oblique = next((True for row in given if _is_oblique(row[0].text)), False)
    letters = tuple(_initial(row[0]) for row in given)
    printed = _printed(text, gender, oblique or _is_oblique_surname(text))
    known = surnames(text) if gender is None else frozenset({lower(printed), lower(text)})
    return Person(printed, letters, known, start, end)


def _initial(word: Word) -> str:
    if len(word.text) > 2 or (word.text[0].isupper() and len(word.text) == 1):
        return word.text[0].upper()
    return _spoken_letter(word) or word.text[0].upper()


def _printed(text: str, gender: str | None, oblique: bool) -> str:
    wanted = (gender,) if gender else ()
    found = nominative(text.lower(), "Surn", *wanted) if oblique or gender else None
    result = found or text
    return "-".join(part[:1].upper() + part[1:] for part in result.split("-"))


@lru_cache(maxsize=4096)
def _gender(word: str) -> str | None:
    if len(word) < 3:
        return None
    for one in readings(lower(word)):
        if {"Name", "Patr"} & one.grammemes:
            return next((sex for sex in _GENDERS if sex in one.grammemes), None)
    return None


def _is_oblique(word: str) -> bool:
    if len(word) < 3:
        return False
    named = [one.grammemes for one in readings(lower(word)) if {"Name", "Patr"} & one.grammemes]
    return bool(named) and not any({"nomn", "sing"} <= grammemes for grammemes in named)


def _is_oblique_surname(word: str) -> bool:
    """No reading of it as a surname is a nominative: Кузнецову; not Иванова, who may be she."""
    read = [one.grammemes for one in readings(lower(word)) if "Surn" in one.grammemes]
    return bool(read) and not any({"nomn", "sing"} <= grammemes for grammemes in read)


def _nominatives(word: str) -> frozenset[str]:
    found = {word}
    for one in readings(word):
        if "Surn" in one.grammemes:
            found.add(one.normal)
            found |= {lower(form) for sex in _GENDERS if (form := nominative(word, "Surn", sex))}
    return frozenset(found)
