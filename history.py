"""What was said in a conversation: a connection without a resumption handle is told it, and the next process."""

from collections import deque
from collections.abc import Iterable, Iterator

from live_session import Speaker, Utterance
from turn import Turn

MOST_REMEMBERED = 40
"""Utterances; the oldest are forgotten first."""


class History:
    def __init__(self, utterances: Iterable[Utterance]) -> None:
        self._utterances = deque(utterances, maxlen=MOST_REMEMBERED)

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self._utterances)

    def add(self, turn: Turn) -> None:
        """As far as either side was understood."""
        asked = " ".join(part for part in (turn.question.text, "".join(turn.asked).strip()) if part)
        said = "".join(turn.said).strip()
        if asked:
            self._utterances.append(Utterance(Speaker.PERSON, asked))
        if said:
            self._utterances.append(Utterance(Speaker.ASSISTANT, said))
