"""What the start does not wait for (docs/decisions/0051)."""

from importlib import import_module

MEDIA = ("audio.listening", "audio.encoder", "pictures.drawing", "pictures.photo")


def load_media() -> None:
    """What the first recording, answer and picture would wait for; call it in a thread, right after the start."""
    for name in MEDIA:
        import_module(name)
