"""Marks spoken letter by letter: «ка жэ один» is КЖ1, «а пятьсот эс» А500С, «один семь а гэ» the axes 1–7/А–Г.

Generation would have to guess (бэ is Б, and the Latin B too; вэ is В, V or W), so there is none: a given mark is
compared with the words, and every letter of it must be one that its spoken name can mean.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from russian.lookalikes import cyrillic
from russian.number_grammar import Atom, atoms
from russian.words import Places, Span, Word, listed, split

_NAMES = {
    "А": "а эй", "Б": "б бэ бе", "В": "в вэ ве бэ би дубль дабл", "Г": "г гэ ге", "Д": "д дэ де", "Е": "е йе ё йо э и",
    "Ж": "ж жэ же", "З": "з зэ зе", "И": "и", "Й": "й", "К": "к ка кэ кей", "Л": "л эл эль ль", "М": "м эм",
    "Н": "н эн аш эйч ха", "О": "о", "П": "п пэ пе", "Р": "р эр ре пэ пи", "С": "с эс си це цэ",
    "Т": "т тэ те ти", "У": "у игрек", "Ф": "ф эф фэ фе", "Х": "х ха хэ икс", "Ц": "ц це цэ", "Ч": "ч че", "Ш": "ш ша",
    "Щ": "щ ща", "Ъ": "ъ", "Ы": "ы", "Ь": "ь", "Э": "э", "Ю": "ю", "Я": "я",
    "D": "дэ де ди", "F": "эф фэ", "G": "гэ джи же", "I": "и ай", "J": "йот джей", "L": "эль эл", "N": "эн",
    "Q": "ку кью", "R": "эр ар", "S": "эс", "U": "у ю", "V": "вэ ве ви", "W": "вэ дубль дабл", "Y": "игрек",
    "Z": "зэт зет",
}  # fmt: skip
"""What may be heard for a letter of a mark, after look-alikes became Cyrillic: В stands for the Latin B too."""
_SILENT = frozenset(listed("дробь тире минус черта слэш слеш дефис точка запятая пробел на от до по и с косая плюс"))
_SILENT_SIGNS = frozenset(".,-–—−/\\()\"'«»№×x:")
_MOST_SILENT = 8
"""In a row, within one mark."""
_JOINTS = frozenset("-–./")
_PIECES = re.compile(r"[^\W\d_Øø]|\d+")
_LONGEST_ACRONYM = 6
_MARK = re.compile(r"[^\W_Øø]+(?:[-–./×xх*,][^\W_Øø]+)*")
_LETTER_AND_DIGIT = re.compile(r"(?=.*[^\W\d_])(?=.*\d)", re.S)


class Words:
    """A text made ready: many marks are looked up in one."""

    def __init__(self, text: str) -> None:
        self.words = split(text)
        self.places = Places(self.words)
        self.atoms: dict[int, Atom] = {atom.first: atom for atom in atoms(self.words)}
        self.keys = frozenset(word.key for word in self.words)
        self._found: dict[tuple[str, ...], list[Span]] = {}
        self._begin: dict[str, list[int]] = defaultdict(list)
        """By the letter that a word begins with, or by all the digits of a number."""
        for place, word in enumerate(self.words):
            begins = {word.text} if word.is_digits else {word.key[0], cyrillic(word.text.upper())[0]}
            if place in self.atoms:
                begins.add(_digits_of(self.atoms[place])[0])
            for sign in begins:
                self._begin[sign].append(place)

    def find(self, mark: str) -> list[Span]:
        """Every place where the mark is said or written; the signs between its parts do not count."""
        pieces = _pieces(mark)
        if pieces not in self._found:
            self._found[pieces] = self._places_of(pieces) if pieces else []
        return self._found[pieces]

    def _places_of(self, pieces: tuple[str, ...]) -> list[Span]:
        mixed = any(piece.isdigit() for piece in pieces) and not all(piece.isdigit() for piece in pieces)
        found = []
        for start in self._starts(pieces[0]):
            if self._is_inside(start):
                continue
            until = next(self._match(start, pieces, mixed), None)
            if until is not None and not self._goes_on(until):
                found.append((self.words[start].start, self.words[until - 1].end))
        return found

    def _starts(self, piece: str) -> list[int]:
        """Where a match of a mark that begins with this piece may begin, with the silent words before."""
        beginnings = {piece[:until] for until in range(1, len(piece) + 1)}
        signs = beginnings if piece.isdigit() else {piece} | {name[0] for name in heard(piece)}
        found: set[int] = set()
        for place in (place for sign in signs for place in self._begin.get(sign, ())):
            start, first = place, max(0, place - _MOST_SILENT)
            while start not in found:
                found.add(start)
                if start > first and self._is_silent(start - 1):
                    start -= 1
        return sorted(found)

    def _is_inside(self, at: int) -> bool:
        """A match may not begin in the middle of a written code: 1-14 is not said by КЖ1-14."""
        word, before = self.words[at], self.words[at - 1] if at else None
        if word.is_sign or before is None or not word.glued:
            return word.is_sign
        if not before.is_sign:
            return word.is_letters or before.is_letters
        return before.key in _JOINTS and before.glued

    def _goes_on(self, until: int) -> bool:
        """The written code is longer than what matched: КЖ1 is not said by КЖ12, nor А500 by А500С."""
        after = self.words[until] if until < len(self.words) else None
        return after is not None and after.glued and not after.is_sign

    def _match(self, at: int, pieces: tuple[str, ...], mixed: bool, passed: int = 0) -> Iterator[int]:
        """The places behind every way in which the words from `at` on say all the pieces; so many silent words were
        `passed` on the way here."""
        if not pieces:
            yield at
            return
        if at >= len(self.words):
            return
        piece = pieces[0]
        steps = self._digits(at, pieces, mixed) if piece.isdigit() else self._letters(at, pieces)
        for until, taken in steps:
            yield from self._match(until, pieces[taken:], mixed)
        if passed < _MOST_SILENT and self._is_silent(at):
            yield from self._match(at + 1, pieces, mixed, passed + 1)

    def _is_silent(self, at: int) -> bool:
        word = self.words[at]
        return word.key in _SILENT_SIGNS or (word.key in _SILENT and at > 0)

    def _letters(self, at: int, pieces: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """(place behind, pieces taken): one letter by its name, or several as an acronym or a run of names."""
        word = self.words[at]
        if not word.is_letters:
            return
        if word.key in heard(pieces[0]):
            skip = 2 if word.key in ("дубль", "дабл") else 1  # дабл-ю is two words
            yield at + skip, 1
        if word.key == "и" and pieces[0] == "Й" and at + 1 < len(self.words) and self.words[at + 1].key == "краткое":
            yield at + 2, 1
        most = min(_LONGEST_ACRONYM, len(pieces))
        for count in range(2, most + 1):
            row = pieces[:count]
            if any(piece.isdigit() for piece in row):
                return
            if _spells(word, row):
                yield at + 1, count

    def _digits(self, at: int, pieces: tuple[str, ...], mixed: bool) -> Iterator[tuple[int, int]]:
        """Whole numbers that put together are the digits; at the end of a mark a longer number may begin with them.

        «эм сто пятьдесят шесть тысяч» is М150, and then six thousand of something.
        """
        if self.words[at].is_digits:
            yield from self._written(at, pieces[0])
            return
        atom = self.atoms.get(at)
        if atom is None or atom.value < 0:
            return
        said = _digits_of(atom)
        if said == pieces[: len(said)]:
            yield atom.until, len(said)
        elif len(said) == 1 and pieces[0].startswith(said[0]) and atom.until < len(self.words):
            rest = (pieces[0][len(said[0]) :], *pieces[1:])
            yield from self._digits(atom.until, rest, mixed)
        elif mixed and len(pieces) == 1 and not atom.ordinal:
            yield from self._beginnings(at, atom, pieces[0])

    def _beginnings(self, at: int, atom: Atom, piece: str) -> Iterator[tuple[int, int]]:
        for until in range(at + 1, atom.until):
            shorter = next(atoms(self.words[at:until]), None)
            if shorter and shorter.until == until - at and _digits_of(shorter) == (piece,):
                yield until, 1

    def _written(self, at: int, piece: str) -> Iterator[tuple[int, int]]:
        digits, until = self.words[at].text, at + 1
        while piece.startswith(digits):
            if digits == piece:
                yield until, 1
                return
            if until >= len(self.words) or not self.words[until].is_digits:
                return
            digits, until = digits + self.words[until].text, until + 1


def in_text(text: str) -> list[tuple[str, Span]]:
    """What looks like a mark in a written value, letters and digits in one: 24-01-КЖ1, А500С, 1–7/А–Г."""
    return [(found[0], found.span()) for found in _MARK.finditer(text) if _LETTER_AND_DIGIT.match(found[0])]


def same(one: str, other: str) -> bool:
    """Two written marks, whatever their signs, case and look-alike letters."""
    return _pieces(one) == _pieces(other)


@cache
def heard(letter: str) -> frozenset[str]:
    """The names that a letter of a mark can be spoken by; a written single letter among them."""
    return frozenset(_NAMES.get(letter, letter.lower()).split()) | {letter.lower()}


@cache
def _pieces(mark: str) -> tuple[str, ...]:
    """Upper case letters one by one, Cyrillic where they look it, and whole runs of digits."""
    folded = cyrillic(mark.upper().replace("Ё", "Е"))
    return tuple(_PIECES.findall(folded))


def _spells(word: Word, letters: tuple[str, ...]) -> bool:
    """«бст», «гп» written as one word, «кажэ», «пэвэха» as names run together."""
    if cyrillic(word.text.upper()) == "".join(letters):
        return True
    return _run_of_names(word.key, letters)


def _run_of_names(key: str, letters: tuple[str, ...]) -> bool:
    if not letters:
        return not key
    return any(key.startswith(name) and _run_of_names(key[len(name) :], letters[1:]) for name in heard(letters[0]))


def _digits_of(atom: Atom) -> tuple[str, ...]:
    """The digits as they are written, at both sides of the comma: 24, and 7 and 5 for семь с половиной."""
    return tuple(f"{abs(atom.value).normalize():f}".split("."))
