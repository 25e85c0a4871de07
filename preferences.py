"""What chats have chosen: how the assistant sounds there, and whether it cleans recordings of noise."""

from typing import TypeVar

from storage.conversations import Choices, Conversations, Place

T = TypeVar("T")

MOST_CHOICES = 100_000
"""Chats whose choice is remembered; the oldest one is forgotten first."""


class Preferences:
    """They outlive conversations, and with a store the process."""

    def __init__(self, store: Conversations | None, voice: str) -> None:
        self._store = store
        self._default_voice = voice
        self._voices: dict[Place, str] = {}
        self._noisy: dict[Place, None] = {}

    async def restore(self) -> None:
        """Raises `errors.StorageError`."""
        if self._store is None:
            return
        for place, choices in (await self._store.choices()).items():
            if choices.voice is not None:
                self._voices[place] = choices.voice
            if choices.noise:
                self._noisy[place] = None

    def voice(self, place: Place) -> str:
        return self._voices.get(place, self._default_voice)

    async def choose_voice(self, place: Place, name: str) -> None:
        """Raises `errors.StorageError` when it holds for this process alone."""
        _remember(self._voices, place, name)
        await self._keep(place, Choices(voice=name))

    def cleans_noise(self, place: Place) -> bool:
        return place in self._noisy

    async def clean_noise(self, place: Place, *, on: bool) -> None:
        """Raises like `choose_voice`."""
        if on:
            _remember(self._noisy, place, None)
        else:
            self._noisy.pop(place, None)
        await self._keep(place, Choices(noise=on))

    async def _keep(self, place: Place, choices: Choices) -> None:
        if self._store is not None:
            await self._store.choose(place, choices)


def _remember(choices: dict[Place, T], place: Place, value: T) -> None:
    choices.pop(place, None)
    choices[place] = value
    if len(choices) > MOST_CHOICES:
        choices.pop(next(iter(choices)))
